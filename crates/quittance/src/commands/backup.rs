//! `quittance backup`, `quittance restore`

use std::path::Path;

use crate::cli::{Backup, Restore};
use crate::copy::{Beginning, Source, beginning, copy, copy_to_part};
use crate::database::{Database, Mode};
use crate::interrupt::Interrupt;
use crate::output::{Done, line, note, sentence};
use crate::place::{beside, put_in_place, rename};

pub(crate) fn backup(arguments: &Backup) -> Done {
    let to = &arguments.to;
    if to.exists() {
        return Err(sentence(format!("{} is already there; choose another name", to.display())));
    }
    let _interrupt = Interrupt::says("stopped; there is no backup")?;
    let entries = match &arguments.at.database {
        Database::Sqlite(path) => {
            let reader = store_sqlite::open(path, store_sqlite::Mode::ReadOnly)?.reader;
            let part = beside(to, ".part");
            remove_part(&part)?;
            reader.backup(&part)?;
            rename(&part, to)?;
            Database::Sqlite(to.clone()).read()?.head()?.0
        }
        shared @ Database::Postgres(_) => {
            let (copied, part) = copy_to_part(&Source::at_rest(shared)?, to)?;
            rename(&part, to)?;
            copied.tally.entries
        }
    };
    line(format!("{entries} entries backed up to {}", to.display()));
    Ok(())
}

/// What an interrupted backup left.
fn remove_part(part: &Path) -> Done {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        match std::fs::remove_file(beside(part, suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

pub(crate) fn restore(arguments: &Restore) -> Done {
    match &arguments.at.database {
        Database::Sqlite(target) => restore_file(arguments, target),
        shared @ Database::Postgres(_) => restore_shared(arguments, shared),
    }
}

fn restore_file(arguments: &Restore, target: &Path) -> Done {
    if target.exists() && !arguments.force {
        let path = target.display();
        return Err(sentence(format!("{path} is already there; replace it with --force")));
    }
    let reader = store_sqlite::open(&arguments.from, store_sqlite::Mode::ReadOnly)?.reader;
    let entries = verified(reader.as_ref())?;
    let part = beside(target, ".restoring");
    remove_part(&part)?;
    reader.backup(&part)?;
    put_in_place(&part, target)?;
    line(format!("{entries} entries verified and restored to {}", target.display()));
    Ok(())
}

/// Into an empty database, or one in which an earlier restore of the same backup was interrupted.
fn restore_shared(arguments: &Restore, target: &Database) -> Done {
    let _interrupt = Interrupt::says("stopped; the same command again goes on from here")?;
    let source = Source::at_rest(&Database::Sqlite(arguments.from.clone()))?;
    verified(source.books())?;
    let found = {
        let reader = target.open(Mode::Create, 1)?.reader;
        beginning(&source, reader.as_ref(), &target.to_string())?
    };
    match found {
        Beginning::Nothing => {}
        Beginning::Same(reached) if reached < source.end() => {
            note(format!("{target} holds the backup up to {reached}; going on from there"));
        }
        Beginning::Same(_) if arguments.force => {}
        Beginning::Same(_) => {
            return Err(sentence(format!(
                "{target} holds this backup already; to verify it, and complete its API keys, add --force"
            )));
        }
        Beginning::Other(_) if arguments.force => target.clear()?,
        Beginning::Other(_) => {
            return Err(sentence(format!(
                "{target} is not empty, and what it holds is not in the backup; restore into an empty \
                 database, or give up what it holds with --force"
            )));
        }
    }
    let copied = copy(&source, target)?;
    line(format!("{} entries verified and restored to {target}", copied.tally.entries));
    Ok(())
}

/// Refuses a backup that is not right; answers how many entries it has.
fn verified(reader: &dyn engine::Reader) -> Done<u64> {
    let done = reports::verify::verify(reader, &mut |_| {})
        .map_err(|error| sentence(format!("the backup is not right: {error}")))?;
    Ok(done.entries)
}
