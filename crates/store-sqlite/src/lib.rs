//! SQLite behind the ports: one file, one writer, many readers.
//!
//! *Shape.* The history is appended to tables keyed by dense numbers (`append`), so a commit touches
//! the end of a few tables. Balances live in a cache (`cache`) and are written back in sorted bulk
//! (`states`); idempotency keys likewise (`keys`). At start the cache is rebuilt from the tail of the
//! history that was not written back yet. Documents are read in `rows`, decisions in `history`.
//!
//! *Durability.* WAL with `synchronous=FULL`: [`Store::commit`](engine::Store::commit) returns after
//! the write-ahead log is on disk. A lock file keeps a second writer out.

mod account_words;
mod append;
mod beside;
mod cache;
mod codec;
mod compare;
mod custom_fields;
mod history;
mod keys;
mod load;
mod migrate;
mod orders;
mod past_refunds;
mod reader;
mod rows;
mod states;
mod store;
mod stored;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

pub use compare::differs;
pub use reader::SqliteReader;
pub use store::SqliteStore;

use crate::codec::DbError;

/// Page cache of the writer, in KiB; given back when nothing waits.
const WRITER_CACHE_KIB: i64 = 64 * 1024;
/// Page cache of each reader, in KiB; the operating system caches the rest.
const READER_CACHE_KIB: i64 = 2 * 1024;

/// How long somebody else's lock is waited for.
const BUSY: std::time::Duration = std::time::Duration::from_secs(5);

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes to it.
    #[error("{0} is in use by another server; stop that one first, or use another file")]
    Locked(PathBuf),
    /// It is not there.
    #[error("{0} does not exist")]
    NotFound(PathBuf),
    /// Not one of ours.
    #[error("{path} is not a Quittance database: {reason}")]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer program wrote it.
    #[error("{path} has schema {found}, this program knows {known}; use a newer program")]
    TooNew {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// Anything else.
    #[error("{path} cannot be opened: {reason}")]
    Failed {
        /// The file.
        path: PathBuf,
        /// What happened.
        reason: String,
    },
}

/// How to open a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Create it if it is not there; refuse a second writer.
    Create,
    /// It must exist; refuse a second writer.
    Write,
    /// Only read; works beside a server and on read-only media.
    ReadOnly,
}

/// An open database: the writing side, and the reading side for everyone.
#[derive(Debug)]
pub struct Opened {
    /// The writing side; absent in read-only mode.
    pub store: Option<SqliteStore>,
    /// The reading side.
    pub reader: Arc<SqliteReader>,
}

/// Opens the database at `path`.
///
/// # Errors
///
/// [`OpenError`].
pub fn open(path: &Path, mode: Mode) -> Result<Opened, OpenError> {
    let failed = |reason: String| OpenError::Failed { path: path.to_owned(), reason };
    if mode != Mode::Create && !path.exists() {
        return Err(OpenError::NotFound(path.to_owned()));
    }
    let lock = if mode == Mode::ReadOnly { None } else { Some(lock(path)?) };
    if mode != Mode::ReadOnly && path.exists() {
        // Looked at first: a file that is not ours is not even switched to our settings.
        let conn = connect(path, false).map_err(|error| failed(error.to_string()))?;
        migrate::version(&conn, path)?;
    }
    let conn = connect(path, mode != Mode::ReadOnly).map_err(|error| failed(error.to_string()))?;
    check_schema(&conn, path, mode)?;
    let cache = Arc::new(RwLock::new(cache::Cache::default()));
    let reader = Arc::new(SqliteReader::new(path.to_owned(), Arc::clone(&cache)));
    let store = SqliteStore::open(conn, lock, path.to_owned(), cache, mode != Mode::ReadOnly)
        .map_err(|error| failed(error.to_string()))?;
    let store = (mode != Mode::ReadOnly).then_some(store);
    Ok(Opened { store, reader })
}

/// Takes the lock of the database at `path`, as a writer does, without opening it.
///
/// # Errors
///
/// [`OpenError::Locked`] if a server has it.
pub fn lock(path: &Path) -> Result<File, OpenError> {
    let failed = |error: std::io::Error| OpenError::Failed {
        path: path.to_owned(),
        reason: format!("its lock file cannot be made: {error}"),
    };
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(PathBuf::from(name))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Locked(path.to_owned())),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Moves what the write-ahead log of a database holds into its file. For a caller that has the lock.
///
/// # Errors
///
/// [`OpenError`] if it cannot be opened.
pub fn settle_log(path: &Path) -> Result<(), OpenError> {
    let failed = |reason: String| OpenError::Failed { path: path.to_owned(), reason };
    let conn = connect(path, true).map_err(|error| failed(error.to_string()))?;
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .map_err(|error| failed(error.to_string()))
}

/// A connection with our settings. A read-only one falls back to `immutable` on read-only media.
pub(crate) fn connect(path: &Path, write: bool) -> Result<Connection, DbError> {
    let conn = if write {
        let conn = Connection::open(path)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        // One checkpoint per ~80 MB of log: pages rewritten meanwhile are copied once.
        conn.pragma_update(None, "wal_autocheckpoint", 20_000)?;
        conn
    } else {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let plain = Connection::open_with_flags(path, flags).and_then(|conn| {
            conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map(|()| conn)
        });
        match plain {
            Ok(conn) => conn,
            // What is only in the log would be left out without a word.
            Err(error) if has_log(path) => return Err(error.into()),
            Err(_) => {
                let flags = flags | OpenFlags::SQLITE_OPEN_URI;
                let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f");
                Connection::open_with_flags(format!("file:{name}?immutable=1"), flags)?
            }
        }
    };
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    if !write {
        migrate::stand_in(&conn)?;
    }
    let cache = if write { WRITER_CACHE_KIB } else { READER_CACHE_KIB };
    conn.pragma_update(None, "cache_size", -cache)?;
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(64);
    // Else a statement that compares a parameter is planned anew each time the parameter changes.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(conn)
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    std::fs::metadata(log).is_ok_and(|log| log.len() > 0)
}

fn check_schema(conn: &Connection, path: &Path, mode: Mode) -> Result<(), OpenError> {
    let not_ours = |reason: String| OpenError::NotOurs { path: path.to_owned(), reason };
    let found = migrate::version(conn, path)?;
    match (found, mode) {
        (0, Mode::Create) => migrate::create(conn).map_err(|error| not_ours(error.to_string())),
        (0, _) => Err(not_ours("it is empty".to_owned())),
        (_, Mode::ReadOnly) => Ok(()),
        (_, Mode::Create | Mode::Write) => {
            migrate::expand(conn).map_err(|error| not_ours(error.to_string()))
        }
    }
}

/// How far the schema of the file is from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The oldest schema whose programs can work with the file.
    pub schema: i64,
    /// The schema of this program.
    pub known: i64,
    /// Whether the file holds everything the new schema needs.
    pub filled: bool,
}

/// Brings the file up to date: fills what the new schema needs and, if asked, removes what only the
/// old one needs. After that an older program cannot open it.
///
/// # Errors
///
/// [`OpenError`].
pub fn migrate(path: &Path, contract: bool) -> Result<Migration, OpenError> {
    let failed =
        |error: DbError| OpenError::Failed { path: path.to_owned(), reason: error.to_string() };
    let opened = open(path, Mode::Write)?;
    // Filling goes with the write-backs of the store; here nothing else is to do.
    if let Some(mut store) = opened.store {
        store.fill_up().map_err(failed)?;
        if contract {
            store.contract().map_err(failed)?;
        }
        engine::Store::close(&mut store);
    }
    migration(path)
}

/// How far the schema of the file is from ours; changes nothing.
///
/// # Errors
///
/// [`OpenError`].
pub fn migration(path: &Path) -> Result<Migration, OpenError> {
    if !path.exists() {
        return Err(OpenError::NotFound(path.to_owned()));
    }
    let failed =
        |error: DbError| OpenError::Failed { path: path.to_owned(), reason: error.to_string() };
    let conn = connect(path, false).map_err(failed)?;
    let schema = migrate::version(&conn, path)?;
    let filled = migrate::Layout::of(&conn).map_err(failed)?.reads_new();
    Ok(Migration { schema, known: migrate::SCHEMA, filled })
}
