//! `quittance import`

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use engine::{Gaps, import_history};
use intake::{Profile, read, replay};
use receivables::Entry;
use serde_json::{Value, json};
use store_sqlite::{Mode, Opened};

use super::verify::bar;
use crate::cli::Import;
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
    let books = arguments.at.database.open(Mode::Create)?;
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
    let Opened { store, reader } = store_sqlite::open(&arguments.at.database.path, Mode::Create)?;
    let mut store = store.ok_or_else(|| sentence("the database cannot be written"))?;
    let reader: std::sync::Arc<dyn engine::Reader> = reader;
    let already = reader.head()?.0;
    let reading = bar(0, "entries");
    let mut chunk: Vec<Entry> = Vec::with_capacity(HISTORY_CHUNK);
    let mut number = 0_u64;
    for text in file.lines() {
        number += 1;
        let wrong = |reason: String| {
            sentence(format!("{}, line {number}: {reason}", arguments.file.display()))
        };
        let text = text.map_err(|error| wrong(error.to_string()))?;
        let entry: Entry = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        if entry.head.no.0 <= already {
            let known = reader.entry(entry.head.no)?;
            if known.as_ref() != Some(&entry) {
                return Err(wrong("the database holds another history".to_owned()));
            }
            continue;
        }
        chunk.push(entry);
        if chunk.len() == HISTORY_CHUNK {
            import_history(&mut store, &chunk, Gaps::Refused)
                .map_err(|error| wrong(error.to_string()))?;
            chunk.clear();
            reading.set_position(number);
        }
    }
    if !chunk.is_empty() {
        import_history(&mut store, &chunk, Gaps::Refused)?;
    }
    engine::Store::close(&mut store);
    reading.finish_and_clear();
    line(json!({"entries": reader.head()?.0}));
    Ok(())
}
