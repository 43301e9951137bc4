//! Copying the books from one database to another, and proving that both are the same.
//!
//! The history is everything: it is appended entry by entry, folded anew on the way, and the API keys
//! follow. Each chunk is one commit, so a copy that ends in between holds a beginning of the history,
//! and the next one goes on there.

mod compare;
mod tally;
mod transfer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Gaps, Reader, Store};
use receivables::{Entry, EntryNo};
use reports::verify::{VerifyError, verify};

use crate::commands::verify::bar;
use crate::database::{Database, Mode};
use crate::output::{Done, note, sentence};
use crate::place::{beside, put_in_place};

pub(crate) use tally::{Sums, Tally};

/// Entries read or appended at once.
const CHUNK: usize = 2_000;

/// The books to copy, as they are at one moment.
pub(crate) struct Source {
    // Before the reader it came from: fields are dropped in this order.
    snapshot: Option<Box<dyn Reader>>,
    reader: Arc<dyn Reader>,
    name: String,
    end: EntryNo,
}

impl Source {
    /// Opens the books for reading; what is committed from now on is left out.
    pub(crate) fn at_rest(database: &Database) -> Done<Self> {
        let reader = database.read()?;
        let snapshot = reader.snapshot()?;
        let mut source = Self { snapshot, reader, name: database.to_string(), end: EntryNo(0) };
        source.end = last(source.books())?.map_or(EntryNo(0), |entry| entry.head.no);
        Ok(source)
    }

    /// The books.
    pub(crate) fn books(&self) -> &dyn Reader {
        self.snapshot.as_deref().unwrap_or(self.reader.as_ref())
    }

    /// Their last entry.
    pub(crate) fn end(&self) -> EntryNo {
        self.end
    }
}

/// The last entry up to which the history is complete.
fn last(reader: &dyn Reader) -> Done<Option<Entry>> {
    let after = EntryNo(reader.head()?.0.saturating_add(1));
    Ok(reader.entries_before(Some(after), 1)?.pop())
}

/// What a database to copy to holds already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// Nothing.
    Nothing,
    /// The history of the source, up to here.
    Same(EntryNo),
    /// Something else, as the sentence says.
    Other(String),
}

/// Compares what is in `target` with the source.
pub(crate) fn beginning(source: &Source, target: &dyn Reader, name: &str) -> Done<Beginning> {
    let Some(newest) = target.entries_before(None, 1)?.pop() else {
        return Ok(Beginning::Nothing);
    };
    let (no, end) = (newest.head.no, source.end);
    let from = &source.name;
    if no <= end && source.books().entry(no)?.as_ref() == Some(&newest) {
        return Ok(Beginning::Same(no));
    }
    let all = no > end && end.0 > 0 && source.books().entry(end)? == target.entry(end)?;
    Ok(Beginning::Other(if all {
        format!("{name} holds all of {from} up to {end}, and goes on up to {no}; nothing is copied")
    } else {
        format!(
            "{name} holds another history than {from}; copy to an empty database, or to an earlier \
             copy that nobody wrote to since"
        )
    }))
}

/// What was copied, and proved to be the same on both sides.
#[derive(Clone, Debug)]
pub(crate) struct Copied {
    /// What both sides hold.
    pub(crate) tally: Tally,
    /// Balances by currency.
    pub(crate) sums: Vec<Sums>,
    /// Entries appended by this copy.
    pub(crate) entries: u64,
    /// API keys stored or changed by this copy.
    pub(crate) api_keys: u64,
    /// Accounts whose stored balances could not be compared, because the source went on meanwhile.
    pub(crate) moved_on: u64,
    /// How long appending took.
    pub(crate) appending: Duration,
    /// How long all took.
    pub(crate) took: Duration,
}

/// Copies to a database that holds nothing, or a beginning of the source. A new file only gets its name
/// once all is there and verified.
pub(crate) fn copy(source: &Source, to: &Database) -> Done<Copied> {
    match to {
        Database::Sqlite(path) if !path.exists() => {
            let (copied, part) = copy_to_part(source, path)?;
            put_in_place(&part, path)?;
            Ok(copied)
        }
        _ => fill(source, to),
    }
}

/// Copies to a file beside `path`, which an interrupted copy may have left there.
pub(crate) fn copy_to_part(source: &Source, path: &Path) -> Done<(Copied, PathBuf)> {
    let part = beside(path, ".part");
    let copied = fill(source, &Database::Sqlite(part.clone()))?;
    store_sqlite::settle_log(&part)?;
    let _ = std::fs::remove_file(beside(&part, ".lock"));
    Ok((copied, part))
}

fn fill(source: &Source, to: &Database) -> Done<Copied> {
    let began = Instant::now();
    let opened = to.open(Mode::Create, 1)?;
    let reader = opened.reader;
    let mut stores = opened.stores;
    let store = stores.first_mut();
    let store = store.ok_or_else(|| sentence(format!("{to} can only be read")))?.as_mut();
    let after = match beginning(source, reader.as_ref(), &to.to_string())? {
        Beginning::Nothing => EntryNo(0),
        Beginning::Same(no) => no,
        Beginning::Other(what) => return Err(sentence(what)),
    };
    if after.0 > 0 && after < source.end {
        note(format!("{to} holds the history up to {after}; going on from there"));
    }
    let entries = append(source, store, after)?;
    let appending = began.elapsed();
    let api_keys = transfer::api_keys(source.books(), reader.as_ref(), store)?;
    transfer::gateway_secrets(source.books(), reader.as_ref(), store)?;
    transfer::side_records(source.books(), reader.as_ref(), store)?;
    transfer::audit_blocks(source.books(), reader.as_ref(), store, source.end)?;
    store.close();
    let (tally, moved_on, sums) = prove(source, reader.as_ref())?;
    // Before the store: the last to let go of a file puts it in order, and a reader cannot.
    drop(reader);
    drop(stores);
    let took = began.elapsed();
    Ok(Copied { tally, sums, entries, api_keys, moved_on, appending, took })
}

/// Appends all of the source to a database that holds nothing.
pub(crate) fn append_all(source: &Source, store: &mut dyn Store) -> Done<u64> {
    append(source, store, EntryNo(0))
}

fn append(source: &Source, store: &mut dyn Store, after: EntryNo) -> Done<u64> {
    let gaps = if source.books().gapless() { Gaps::Refused } else { Gaps::Accepted };
    let bar = bar(source.end.0, "copying");
    bar.set_position(after.0);
    let mut entries = 0;
    transfer::read_ahead(source.books(), after, source.end, |chunk| {
        engine::import_history(store, &chunk, gaps)?;
        entries += chunk.len() as u64;
        bar.set_position(chunk.last().map_or(0, |entry| entry.head.no.0));
        Ok(())
    })?;
    bar.finish_and_clear();
    Ok(entries)
}

/// Holds the copy against the source: every entry, every balance; and then against itself.
fn prove(source: &Source, target: &dyn Reader) -> Done<(Tally, u64, Vec<Sums>)> {
    let (books, end) = (source.books(), source.end);
    let newest = target.entries_before(None, 1)?.pop().map_or(EntryNo(0), |entry| entry.head.no);
    if newest != end {
        return Err(sentence("somebody else writes to the copy; stop that first, and copy again"));
    }
    let comparing = bar(end.0, "comparing");
    let tally = compare::histories(books, target, end, &mut |done| comparing.set_position(done))?;
    comparing.finish_and_clear();
    let (sums, moved_on) = compare::balances(books, target, end, &tally)?;
    let verifying = bar(end.0, "verifying");
    let verified = verify(target, &mut |done| verifying.set_position(done));
    verifying.finish_and_clear();
    match verified {
        Ok(done) if done.entries == tally.entries => Ok((tally, moved_on, sums)),
        Ok(done) => Err(sentence(format!(
            "{} entries were copied, but {} are there; somebody else writes to the copy",
            tally.entries, done.entries
        ))),
        Err(VerifyError::Broken { invariant, detail }) => {
            Err(sentence(format!("the copy is not right: {invariant}: {detail}")))
        }
        Err(VerifyError::Report(error)) => Err(error.into()),
    }
}
