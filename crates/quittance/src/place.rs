//! Files that only get their name once they are complete.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::output::Done;

/// `path` with something after its name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Gives a complete database file its name, durably, in the place of what may be there. Refused while a
/// server has that open.
pub(crate) fn put_in_place(part: &Path, target: &Path) -> Done {
    // Held while the file is exchanged, so that no server opens it meanwhile.
    let _lock = store_sqlite::lock(target)?;
    if target.exists() {
        // What is still in the log of the old database goes into its file, so that a crash between
        // the next two steps loses nothing of either.
        drop(store_sqlite::settle_log(target));
    }
    for suffix in ["-wal", "-shm"] {
        let _ = fs::remove_file(beside(target, suffix));
    }
    rename(part, target)
}

/// Gives a complete file its name, durably.
pub(crate) fn rename(part: &Path, target: &Path) -> Done {
    File::open(part)?.sync_all()?;
    fs::rename(part, target)?;
    if let Some(directory) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}
