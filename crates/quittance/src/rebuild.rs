//! Whether every row of a file is what its entries make. An entry is read by some columns of its rows; the others (which
//! account, which entry, which payment) are there for questions, and only a second making of all rows shows that
//! they were not changed.

use std::path::Path;

use engine::Store;

use crate::copy::{Source, append_all};
use crate::database::{Database, Mode};
use crate::output::{Done, sentence};

/// Makes the rows of the file at `path` again from its entries, beside it in the directory for temporary files, and answers
/// the first row that differs. Takes as much room there as two copies.
pub(crate) fn differing_row(path: &Path) -> Done<Option<String>> {
    let directory = tempfile::tempdir()?;
    let [here, rebuilt] = ["here.db", "rebuilt.db"].map(|name| directory.path().join(name));
    // A copy, since a server may go on with the file, and its balances may lag behind.
    store_sqlite::open(path, store_sqlite::Mode::ReadOnly)?.reader.backup(&here)?;
    // What an older release wrote is filled to the end; else it would seem that rows are missing.
    store_sqlite::migrate(&here, false)?;
    let here_too = Database::Sqlite(here.clone());
    let source = Source::at_rest(&here_too)?;
    let opened = Database::Sqlite(rebuilt.clone()).open(Mode::Create, 1)?;
    let mut stores = opened.stores;
    let store: &mut dyn Store =
        stores.first_mut().ok_or_else(|| sentence("a new file cannot be written"))?.as_mut();
    append_all(&source, store)?;
    store.close();
    drop(stores);
    drop(opened.reader);
    drop(source);
    store_sqlite::differs(&here, &rebuilt).map_err(sentence)
}
