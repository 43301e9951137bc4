//! Books in a file of a temporary directory.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use engine::Reader;
use store_conformance::{Opened, Place};
use store_sqlite::Mode;
use tempfile::TempDir;

/// A file that is gone when it is dropped.
pub(crate) struct InAFile {
    directory: TempDir,
}

impl InAFile {
    /// Where the file is.
    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("quittance.db")
    }
}

impl Place for InAFile {
    const SEVERAL: bool = false;

    fn fresh() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn open(&self, _: usize) -> Opened {
        let opened = store_sqlite::open(&self.path(), Mode::Create).unwrap();
        Opened { stores: vec![Box::new(opened.store.unwrap())], reader: opened.reader }
    }

    fn open_to_read(&self) -> Arc<dyn Reader> {
        store_sqlite::open(&self.path(), Mode::ReadOnly).unwrap().reader
    }

    /// Whatever the disk holds now, in another directory: nothing is written back or let go of.
    fn crash(self, opened: Opened) -> Self {
        let after = Self::fresh();
        for file in fs::read_dir(self.directory.path()).unwrap() {
            let file = file.unwrap();
            if !file.file_name().to_string_lossy().ends_with(".lock") {
                fs::copy(file.path(), after.directory.path().join(file.file_name())).unwrap();
            }
        }
        drop(opened);
        after
    }

    fn verify(reader: &dyn Reader) {
        reports::verify::verify(reader, &mut |_| {}).unwrap();
    }
}
