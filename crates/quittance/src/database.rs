//! Where the books are.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use engine::{Engine, Reader, SystemClock};
use store_sqlite::{Mode, Opened};

use crate::output::{Done, sentence};

/// A database as named on the command line: `sqlite:PATH`.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) path: PathBuf,
}

impl FromStr for Database {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self { path: PathBuf::from(path) }),
            _ => Err("write the database as sqlite:PATH, such as sqlite:books.db".to_owned()),
        }
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
    /// Opens the books for writing.
    pub(crate) fn open(&self, mode: Mode) -> Done<Books> {
        let Opened { store, .. } = store_sqlite::open(&self.path, mode)?;
        let store = store.ok_or_else(|| sentence("the database is open for reading only"))?;
        let engine = Engine::start(Box::new(store), Arc::new(SystemClock))?;
        Ok(Books { engine })
    }

    /// Opens the books for reading; works beside a running server.
    pub(crate) fn read(&self) -> Done<Arc<dyn Reader>> {
        let Opened { reader, .. } = store_sqlite::open(&self.path, Mode::ReadOnly)?;
        Ok(reader)
    }
}
