//! `quittance backup`, `quittance restore`

use std::path::{Path, PathBuf};

use store_sqlite::Mode;

use crate::cli::{Backup, Restore};
use crate::database::Database;
use crate::output::{Done, line, sentence};

pub(crate) fn backup(arguments: &Backup) -> Done {
    if arguments.to.exists() {
        let path = arguments.to.display();
        return Err(sentence(format!("{path} is already there; choose another name")));
    }
    let reader = store_sqlite::open(&arguments.at.database.path, Mode::ReadOnly)?.reader;
    reader.backup(&arguments.to)?;
    let copy = Database { path: arguments.to.clone() }.read()?;
    line(format!("{} entries backed up to {}", copy.head()?.0, arguments.to.display()));
    Ok(())
}

pub(crate) fn restore(arguments: &Restore) -> Done {
    let target = &arguments.at.database.path;
    if target.exists() && !arguments.force {
        let path = target.display();
        return Err(sentence(format!("{path} is already there; replace it with --force")));
    }
    let reader = store_sqlite::open(&arguments.from, Mode::ReadOnly)?.reader;
    let done = reports::verify::verify(reader.as_ref(), &mut |_| {})
        .map_err(|error| sentence(format!("the backup is not right: {error}")))?;
    let part = beside(target, ".restoring");
    let _ = std::fs::remove_file(&part);
    reader.backup(&part)?;
    // Held while the file is exchanged, so that no server opens it meanwhile.
    let _lock = store_sqlite::lock(target)?;
    if target.exists() {
        // What is still in the log of the old database goes into its file, so that a crash between
        // the next two steps loses nothing of either.
        drop(store_sqlite::settle_log(target));
    }
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(target, suffix));
    }
    std::fs::File::open(&part)?.sync_all()?;
    std::fs::rename(&part, target)?;
    if let Some(directory) = target.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::File::open(directory)?.sync_all()?;
    }
    line(format!("{} entries verified and restored to {}", done.entries, target.display()));
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
