//! The databases worlds live on: files of SQLite, or databases of a throw-away PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use engine::{Reader, Store};
use tempfile::TempDir;
use throwaway_postgres::Cluster;

/// Says which store worlds are made on: `sqlite`, as if it were not set, or `postgres`.
const CHOICE: &str = "QUITTANCE_TEST_STORE";
/// The name of a database file.
const FILE: &str = "quittance.db";
/// The empty books that databases of PostgreSQL are cloned from.
const TEMPLATE: &str = "empty_books";

/// Where a world's books are; gone when it is dropped.
#[derive(Debug)]
pub(crate) enum Place {
    /// A file, perhaps in a directory of its own.
    File { path: PathBuf, _own: Option<TempDir> },
    /// A database of this process's cluster.
    Database(String),
}

/// An open database.
pub(crate) struct Opened {
    pub(crate) store: Box<dyn Store>,
    pub(crate) reader: Arc<dyn Reader>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Database(name) = self {
            cluster().drop(name).unwrap();
        }
    }
}

fn cluster() -> &'static Cluster {
    Cluster::shared().unwrap_or_else(|error| panic!("{error}"))
}

fn name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("world_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// One committer: numbers are then as dense as on SQLite.
fn open_database(name: &str, mode: store_postgres::Mode) -> store_postgres::Opened {
    let options = store_postgres::Options { mode, committers: 1 };
    store_postgres::open(&cluster().url(name), options).unwrap()
}

/// Makes the template once.
fn template() -> &'static str {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        cluster().create(TEMPLATE).unwrap();
        drop(open_database(TEMPLATE, store_postgres::Mode::Create));
        // Whoever is still connected would be in the way of the clones.
        cluster().terminate_backends(TEMPLATE).unwrap();
    });
    TEMPLATE
}

impl Place {
    /// Empty books in the chosen store.
    pub(crate) fn fresh() -> Self {
        match std::env::var(CHOICE).as_deref() {
            Err(_) | Ok("sqlite") => {
                let own = tempfile::tempdir().unwrap();
                Self::File { path: own.path().join(FILE), _own: Some(own) }
            }
            Ok("postgres") => {
                let name = name();
                cluster().clone_from(template(), &name).unwrap();
                Self::Database(name)
            }
            Ok(other) => panic!("{CHOICE}={other:?} is neither sqlite nor postgres"),
        }
    }

    /// Books in a file that belongs to somebody else.
    pub(crate) fn file(path: &Path) -> Self {
        Self::File { path: path.to_owned(), _own: None }
    }

    /// Opens the books for writing; a file is made if it is not there.
    pub(crate) fn open(&self) -> Opened {
        match self {
            Self::File { path, .. } => {
                let opened = store_sqlite::open(path, store_sqlite::Mode::Create).unwrap();
                Opened { store: Box::new(opened.store.unwrap()), reader: opened.reader }
            }
            Self::Database(name) => {
                let mut opened = open_database(name, store_postgres::Mode::Write);
                Opened { store: Box::new(opened.stores.pop().unwrap()), reader: opened.reader }
            }
        }
    }

    /// What would be there if every process that has these books open died now.
    pub(crate) fn after_a_crash(&self) -> Self {
        match self {
            Self::File { path, .. } => {
                let own = tempfile::tempdir().unwrap();
                for (name, content) in settled_files(path) {
                    std::fs::write(own.path().join(name), content).unwrap();
                }
                let path = own.path().join(path.file_name().unwrap());
                Self::File { path, _own: Some(own) }
            }
            Self::Database(from) => {
                let name = name();
                cluster().copy(from, &name).unwrap();
                Self::Database(name)
            }
        }
    }
}

/// The files of a database. An idle committer writes back and cuts the log when it likes: two readings
/// that agree are one state of them.
fn settled_files(path: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = files(path);
    loop {
        let again = self::files(path);
        if again == files {
            return files;
        }
        files = again;
    }
}

/// The database and its log, as they are on disk.
fn files(path: &Path) -> Vec<(String, Vec<u8>)> {
    let name = path.file_name().unwrap().to_str().unwrap();
    let names = [name.to_owned(), format!("{name}-wal")];
    let content =
        |name: String| Some((name.clone(), std::fs::read(path.with_file_name(name)).ok()?));
    names.into_iter().filter_map(content).collect()
}
