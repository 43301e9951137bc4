//! Where the books are, and the one place that opens them.
//!
//! Opening, reading and letting go of a database may block. None of it belongs into async code.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use engine::{Engine, Reader, Store, SystemClock};

use crate::output::{Done, sentence};

/// A database as named on the command line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// `sqlite:PATH`: one file, written by one server.
    Sqlite(PathBuf),
    /// `postgres://USER:PASSWORD@HOST:PORT/DATABASE`: shared by as many servers as one likes.
    Postgres(String),
}

const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:")
            && !path.is_empty()
        {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        let rest = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
        if rest.is_some_and(|rest| !rest.is_empty()) {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("write the database as sqlite:PATH, such as sqlite:books.db, or as \
             postgres://USER:PASSWORD@HOST:PORT/DATABASE, such as postgres://clerk@localhost/books"
            .to_owned())
    }
}

/// As it was named, without the password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Hides what parameters call a password, and the password before the last `@`.
fn without_password(url: &str) -> String {
    let parameters = url.split('&').map(|part| match part.split_once("password=") {
        Some((before, _)) => format!("{before}password=***"),
        None => part.to_owned(),
    });
    let url = parameters.collect::<Vec<_>>().join("&");
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", &url));
    match rest.rsplit_once('@').map(|(user, host)| (user.split_once(':'), host)) {
        Some((Some((user, _)), host)) => format!("{scheme}://{user}:***@{host}"),
        _ => url,
    }
}

/// How to open a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Make it if it is not there: a file, or the schema in an empty database of PostgreSQL.
    Create,
    /// It must be there.
    Write,
    /// Only read.
    ReadOnly,
}

/// An open database.
pub(crate) struct Opened {
    /// The writing side, one per committer; empty if it can only be read.
    pub(crate) stores: Vec<Box<dyn Store>>,
    /// The reading side, for everyone.
    pub(crate) reader: Arc<dyn Reader>,
    /// Whether other servers may write to it at the same time.
    pub(crate) shared: bool,
}

/// Why a database could not be opened.
#[derive(Debug)]
pub(crate) struct OpenError {
    pub(crate) trouble: Trouble,
    sentence: String,
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It is not there, or holds nothing.
    Missing,
    /// A server holds it.
    InUse,
    /// It cannot be opened for reading either.
    Unfit,
    /// Perhaps it can be read.
    Other,
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for OpenError {}

impl From<store_sqlite::OpenError> for OpenError {
    fn from(error: store_sqlite::OpenError) -> Self {
        use store_sqlite::OpenError as Sqlite;
        let trouble = match &error {
            Sqlite::NotFound(_) => Trouble::Missing,
            Sqlite::Locked(_) => Trouble::InUse,
            Sqlite::NotOurs { .. } | Sqlite::TooNew { .. } => Trouble::Unfit,
            Sqlite::Failed { .. } => Trouble::Other,
        };
        Self { trouble, sentence: error.to_string() }
    }
}

/// An engine on an open database; stopped when dropped, so that caches are written back.
pub(crate) struct Books {
    pub(crate) engine: Engine,
}

impl Drop for Books {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

impl Database {
    /// Opens it with so many committers, if it is opened for writing.
    pub(crate) fn open(&self, mode: Mode, committers: usize) -> Result<Opened, OpenError> {
        match self {
            Self::Sqlite(path) => {
                if committers > 1 && mode != Mode::ReadOnly {
                    let sentence = format!(
                        "a SQLite file has one committer, not {committers}; leave out --committers, \
                         or keep the books in PostgreSQL"
                    );
                    return Err(OpenError { trouble: Trouble::Unfit, sentence });
                }
                let mode = match mode {
                    Mode::Create => store_sqlite::Mode::Create,
                    Mode::Write => store_sqlite::Mode::Write,
                    Mode::ReadOnly => store_sqlite::Mode::ReadOnly,
                };
                let opened = store_sqlite::open(path, mode)?;
                let store = opened.store.map(|store| Box::new(store) as Box<dyn Store>);
                let stores = store.into_iter().collect();
                Ok(Opened { stores, reader: opened.reader, shared: false })
            }
            Self::Postgres(url) => {
                let mode = match mode {
                    Mode::Create => store_postgres::Mode::Create,
                    Mode::Write => store_postgres::Mode::Write,
                    Mode::ReadOnly => store_postgres::Mode::ReadOnly,
                };
                let options = store_postgres::Options { committers, mode };
                let opened = store_postgres::open(url, options).map_err(|error| {
                    use store_postgres::OpenError as Postgres;
                    let trouble = match &error {
                        Postgres::Empty | Postgres::Failed(_) => Trouble::Missing,
                        _ => Trouble::Unfit,
                    };
                    OpenError { trouble, sentence: format!("{self}: {error}") }
                })?;
                let stores = opened.stores.into_iter();
                let stores = stores.map(|store| Box::new(store) as Box<dyn Store>).collect();
                Ok(Opened { stores, reader: opened.reader, shared: true })
            }
        }
    }

    /// Opens it for writing, and makes it if it is not there. A file that can only be read is opened for
    /// reading, and that is said in the log. A database of PostgreSQL that can only be read says so with
    /// each command, and takes them once that has changed.
    pub(crate) fn open_as_far_as_possible(&self, committers: usize) -> Result<Opened, OpenError> {
        let error = match self.open(Mode::Create, committers) {
            Err(error) if error.trouble == Trouble::Other => error,
            opened => return opened,
        };
        match self.open(Mode::ReadOnly, 0) {
            Ok(opened) => {
                tracing::error!(detail = %error, "the database cannot be written; serving reads only");
                Ok(opened)
            }
            Err(_) => Err(error),
        }
    }

    /// Gives up everything a database of PostgreSQL holds; refused while a server runs on it.
    pub(crate) fn clear(&self) -> Done {
        if let Self::Postgres(url) = self {
            let failed = |error| sentence(format!("{self}: {error}"));
            store_postgres::clear(url).map_err(failed)?;
        }
        Ok(())
    }

    /// An engine on the books, with one committer: numbers are the same each time it is done.
    pub(crate) fn books(&self, mode: Mode) -> Done<Books> {
        let Opened { stores, .. } = self.open(mode, 1)?;
        if stores.is_empty() {
            return Err(sentence(format!("{self} is open for reading only")));
        }
        let engine = Engine::start_several(stores, Arc::new(SystemClock))?;
        Ok(Books { engine })
    }

    /// Opens the books for reading; works beside running servers.
    pub(crate) fn read(&self) -> Done<Arc<dyn Reader>> {
        Ok(self.open(Mode::ReadOnly, 0)?.reader)
    }

    /// Keeps writers out to the end of the process, if this is a file: a reader that serves must not
    /// see it change in between. On media where no lock can be made there is no writer either.
    pub(crate) fn keep_writers_out(&self) -> Result<(), OpenError> {
        let Self::Sqlite(path) = self else { return Ok(()) };
        match store_sqlite::lock(path) {
            Ok(lock) => std::mem::forget(lock),
            Err(error) => {
                let error = OpenError::from(error);
                if error.trouble == Trouble::InUse {
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        text.parse::<Database>().map_or_else(|error| error, |database| database.to_string())
    }

    #[test]
    fn a_database_is_named_by_its_scheme() {
        assert_eq!("sqlite:a/b.db".parse(), Ok(Database::Sqlite(PathBuf::from("a/b.db"))));
        for url in ["postgres://localhost/books", "postgresql://clerk@10.0.0.1:5433/books"] {
            assert_eq!(url.parse(), Ok(Database::Postgres(url.to_owned())));
            assert_eq!(shown(url), url);
        }
        for wrong in ["books.db", "sqlite:", "postgres://", "postgres:books", "mysql://x/y", ""] {
            let said = wrong.parse::<Database>().unwrap_err();
            assert!(said.contains("sqlite:PATH") && said.contains("postgres://"), "{said}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let cases = [
            ("postgres://clerk:s3cret@db/books", "postgres://clerk:***@db/books"),
            ("postgres://clerk:s3/c@ret@db/books", "postgres://clerk:***@db/books"),
            ("postgres://:s3cret@db/books", "postgres://:***@db/books"),
            (
                "postgres://clerk@db/books?password=s3cret&sslmode=require",
                "postgres://clerk@db/books?password=***&sslmode=require",
            ),
            ("postgres://db/books?sslpassword=s3@cret", "postgres://db/books?sslpassword=***"),
            ("postgres://clerk:s3?c@ret@db/books", "postgres://clerk:***@db/books"),
        ];
        for (url, expected) in cases {
            assert_eq!(shown(url), expected);
            let debugged = format!("{:?}", url.parse::<Database>());
            assert!(!debugged.contains("s3"), "{debugged}");
        }
    }
}
