//! `quittance import`

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use engine::{Gaps, Reader, Store, import_history};
use intake::{Profile, read, replay};
use receivables::{Entry, EntryNo};
use serde_json::{Value, json};

use super::verify::bar;
use crate::cli::Import;
use crate::database::Mode;
use crate::output::{Done, line, sentence};

/// Entries read back in one commit.
const HISTORY_CHUNK: usize = 1_000;

pub(crate) fn run(arguments: &Import) -> Done {
    if arguments.profile == "history" {
        return history(arguments);
    }
    let began = Instant::now();
    let profile = Profile::find(&arguments.profile)?;
    let size = file_size(&arguments.file)?;
    let file = open(&arguments.file)?;
    let reading = bar(0, "reading").with_message(format!("reading {size} bytes"));
    let business = read(file, &profile, &mut |lines| reading.set_position(lines))
        .map_err(|error| sentence(format!("{}: {error}", arguments.file.display())))?;
    reading.finish_and_clear();
    let books = arguments.at.database.books(Mode::Create)?;
    let posting = bar(business.invoices.len() as u64, "importing");
    let mut progress = |done| posting.set_position(done);
    let totals = replay(&books.engine, &profile, &business, arguments.settle, &mut progress)?;
    posting.finish_and_clear();
    drop(books);
    let mut summary = serde_json::to_value(&totals)?;
    if let Value::Object(summary) = &mut summary {
        let seconds = began.elapsed().as_millis();
        let seconds = format!("{}.{:03}", seconds / 1000, seconds % 1000);
        summary.insert("seconds".to_owned(), json!(seconds.parse::<f64>().unwrap_or_default()));
    }
    line(summary);
    Ok(())
}

fn file_size(path: &Path) -> Done<u64> {
    std::fs::metadata(path)
        .map(|meta| meta.len())
        .map_err(|error| sentence(format!("{} cannot be read: {error}", path.display())))
}

fn open(path: &Path) -> Done<File> {
    File::open(path)
        .map_err(|error| sentence(format!("{} cannot be read: {error}", path.display())))
}

/// Reads an exported history into a database that holds nothing, or a beginning of it.
fn history(arguments: &Import) -> Done {
    let file = BufReader::new(open(&arguments.file)?);
    let mut opened = arguments.at.database.open(Mode::Create, 1)?;
    let store = opened.stores.first_mut();
    let store = store.ok_or_else(|| sentence("the database cannot be written"))?.as_mut();
    let reader = opened.reader;
    let reading = bar(0, "entries");
    let gaps = if arguments.accept_gaps { Gaps::Accepted } else { Gaps::Refused };
    let mut target = Target { already: reader.head()?, reader: reader.as_ref(), store, gaps };
    let mut chunk: Vec<(usize, Entry)> = Vec::with_capacity(HISTORY_CHUNK);
    let mut previous = target.already.0;
    let wrong = |line: usize, reason: &dyn std::fmt::Display| {
        sentence(format!("{}, line {line}: {reason}", arguments.file.display()))
    };
    for (number, text) in (1..).zip(file.lines()) {
        let text = text.map_err(|error| wrong(number, &error))?;
        let entry: Entry = serde_json::from_str(&text).map_err(|error| wrong(number, &error))?;
        let no = entry.head.no;
        if no > target.already && no.0 != previous + 1 && gaps == Gaps::Refused {
            let reason = format!(
                "{no} does not follow on entry {previous}; if several committers wrote these books, \
                 numbers may be missing: then add --accept-gaps"
            );
            return Err(wrong(number, &reason));
        }
        previous = previous.max(no.0);
        chunk.push((number, entry));
        if chunk.len() == HISTORY_CHUNK {
            target.take(&mut chunk).map_err(|(number, reason)| wrong(number, &reason))?;
            reading.set_position(number as u64);
        }
    }
    target.take(&mut chunk).map_err(|(number, reason)| wrong(number, &reason))?;
    target.store.close();
    reading.finish_and_clear();
    line(json!({"entries": reader.head()?.0}));
    Ok(())
}

/// Where a history is read to.
struct Target<'a> {
    reader: &'a dyn Reader,
    store: &'a mut dyn Store,
    /// What was there before.
    already: EntryNo,
    gaps: Gaps,
}

impl Target<'_> {
    /// Appends what is not there yet; what is there must be the same. An error names the line.
    fn take(&mut self, chunk: &mut Vec<(usize, Entry)>) -> Result<(), (usize, String)> {
        let Some(&(first, _)) = chunk.first() else { return Ok(()) };
        let mut entries: Vec<Entry> = chunk.drain(..).map(|(_, entry)| entry).collect();
        let fresh = entries.partition_point(|entry| entry.head.no <= self.already);
        let rest = entries.split_off(fresh);
        if let Some(begin) = entries.first() {
            let before = EntryNo(begin.head.no.0.saturating_sub(1));
            let known = self.reader.entries(before, entries.len());
            let known = known.map_err(|error| (first, error.to_string()))?;
            let mut pairs = entries.iter().enumerate();
            if let Some((index, _)) = pairs.find(|(index, entry)| known.get(*index) != Some(entry))
            {
                return Err((first + index, "the database holds another history".to_owned()));
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        import_history(self.store, &rest, self.gaps)
            .map_err(|error| (first + fresh, error.to_string()))
    }
}
