//! The databases of the tests. A directory stands for a database: on SQLite it is a file in it, on
//! PostgreSQL one of the throw-away cluster that belongs to it. `QUITTANCE_TEST_STORE` says which:
//! `sqlite`, as if it were not set, or `postgres`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};

use tempfile::TempDir;
use throwaway_postgres::Cluster;

const CHOICE: &str = "QUITTANCE_TEST_STORE";
/// The name of a file, and of a database that is not there.
const FILE: &str = "books.db";
const NOT_THERE: &str = "not_there";
/// Tables that are not PostgreSQL's own.
const OURS: &str = "FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' \
                    AND nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema'";

/// Where the books of this run are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

/// The chosen store.
pub(crate) fn store() -> Store {
    match std::env::var(CHOICE).as_deref() {
        Err(_) | Ok("sqlite") => Store::Sqlite,
        Ok("postgres") => Store::Postgres,
        Ok(other) => panic!("{CHOICE}={other:?} is neither sqlite nor postgres"),
    }
}

/// The database of `directory`, as the command line names it. On PostgreSQL an empty one is made when
/// it is named first; on SQLite it is for the program to make the file.
pub(crate) fn database(directory: &Path) -> String {
    match store() {
        Store::Sqlite => file(directory),
        Store::Postgres => {
            let elsewhere = ELSEWHERE.lock().unwrap().get(directory).cloned();
            elsewhere.unwrap_or_else(|| cluster().url(&name(directory)))
        }
    }
}

/// Databases on clusters that belong to one test.
static ELSEWHERE: LazyLock<Mutex<HashMap<PathBuf, String>>> = LazyLock::new(Mutex::default);

/// Keeps the books of `directory` in a database of a cluster of the test's own, which may be killed.
pub(crate) fn keep_in(directory: &Path, url: String) {
    ELSEWHERE.lock().unwrap().insert(directory.to_owned(), url);
}

/// The database file in `directory`, as the command line names it, whichever store is chosen.
pub(crate) fn file(directory: &Path) -> String {
    format!("sqlite:{}", directory.join(FILE).display())
}

/// A database that is not there.
pub(crate) fn not_there(directory: &Path) -> String {
    match store() {
        Store::Sqlite => file(directory),
        Store::Postgres => cluster().url(NOT_THERE),
    }
}

fn cluster() -> &'static Cluster {
    Cluster::shared().unwrap_or_else(|error| panic!("{error}"))
}

/// The database of PostgreSQL that belongs to a directory.
fn name(directory: &Path) -> String {
    static NAMES: LazyLock<Mutex<HashMap<PathBuf, String>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap();
    let next = format!("books_{}", names.len() + 1);
    let name = names.entry(directory.to_owned()).or_insert_with(|| {
        cluster().create(&next).unwrap();
        next
    });
    name.clone()
}

/// Whether a database is still not there.
pub(crate) fn is_not_there(directory: &Path) -> bool {
    !directory.join(FILE).exists()
        && (store() == Store::Sqlite || !cluster().has(NOT_THERE).unwrap())
}

/// Whether the program has put nothing into the database of `directory`.
pub(crate) fn holds_nothing(directory: &Path) -> bool {
    let count = || sql(directory, &format!("SELECT count(*) {OURS}"));
    !directory.join(FILE).exists() && (store() == Store::Sqlite || count() == "0")
}

/// A copy of a database that no server has open, in a directory of its own.
pub(crate) fn copy(directory: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    match store() {
        Store::Sqlite => {
            for entry in fs::read_dir(directory).unwrap() {
                let entry = entry.unwrap();
                if entry.file_name().to_string_lossy().starts_with(FILE) {
                    fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
                }
            }
        }
        Store::Postgres => {
            let to = name(copy.path());
            cluster().drop(&to).unwrap();
            cluster().copy(&name(directory), &to).unwrap();
        }
    }
    copy
}

/// Changes rows behind the program's back; fails if none is changed.
#[track_caller]
pub(crate) fn tamper(directory: &Path, statement: &str) {
    match store() {
        Store::Sqlite => tamper_file(&directory.join(FILE), statement),
        Store::Postgres => {
            let (first, rest) = statement.split_once(' ').unwrap();
            assert!(first == "UPDATE" || first == "DELETE", "{rest}");
            let count =
                format!("WITH changed AS ({statement} RETURNING 1) SELECT count(*) FROM changed");
            assert_ne!(sql(directory, &count), "0", "{statement} changed nothing");
        }
    }
}

/// The same in a database file, whichever store is chosen.
#[track_caller]
pub(crate) fn tamper_file(file: &Path, statement: &str) {
    let conn = rusqlite::Connection::open(file).unwrap();
    conn.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
    assert!(conn.execute(statement, []).unwrap() > 0, "{statement} changed nothing");
}

/// Whether `secret` stands anywhere in the database of `directory` or in a file beside it.
pub(crate) fn is_stored(directory: &Path, secret: &str) -> bool {
    let holds = |bytes: &[u8]| {
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        [secret, &hex]
            .iter()
            .any(|text| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    let mut files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let in_files = files.any(|file| holds(&fs::read(file).unwrap_or_default()));
    in_files
        || match store() {
            Store::Sqlite => false,
            Store::Postgres => {
                let mut dump = cluster().program("pg_dump");
                let dump = dump.args(["--data-only", "-d", &name(directory)]).output().unwrap();
                assert!(dump.status.success());
                holds(&dump.stdout)
            }
        }
}

/// How many bytes the database takes by now.
pub(crate) fn size(directory: &Path) -> u64 {
    match store() {
        Store::Sqlite => [FILE.to_owned(), format!("{FILE}-wal")]
            .map(|name| fs::metadata(directory.join(name)).map_or(0, |metadata| metadata.len()))
            .iter()
            .sum(),
        Store::Postgres => {
            let size =
                format!("SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) {OURS}");
            sql(directory, &size).parse().unwrap()
        }
    }
}

fn sql(directory: &Path, sql: &str) -> String {
    cluster().sql(&name(directory), sql).unwrap()
}
