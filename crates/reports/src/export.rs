//! Everything, to files: documents as CSV or NDJSON, the journal for hledger, the whole history.
//! One pass over the history; memory does not grow with it.

mod documents;
mod files;
mod hledger;

use std::io::Write;
use std::path::Path;

use engine::Reader;
use receivables::{Entry, EntryNo};

pub use documents::{Format, documents};
pub use hledger::hledger;

use crate::figures::ReportError;

const CHUNK: usize = 2_000;

/// Calls `visit` with every decision, oldest first.
fn each_entry(
    reader: &dyn Reader,
    progress: &mut dyn FnMut(u64),
    mut visit: impl FnMut(&Entry) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let end = reader.head()?;
    let mut after = EntryNo(0);
    while after < end {
        let entries = reader.entries(after, CHUNK)?;
        let Some(last) = entries.last() else { break };
        after = last.head.no;
        for entry in entries.iter().filter(|entry| entry.head.no <= end) {
            visit(entry)?;
        }
        progress(after.0);
    }
    Ok(())
}

/// Writes the whole history as NDJSON, one decision a line; `quittance import history` reads it back.
///
/// # Errors
///
/// [`ReportError`] if it cannot be read or written.
pub fn history(
    reader: &dyn Reader,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ReportError> {
    each_entry(reader, progress, |entry| {
        serde_json::to_writer(&mut *out, entry)?;
        out.write_all(b"\n")?;
        Ok(())
    })?;
    out.flush()?;
    Ok(())
}

/// Makes a file that only appears under its name once it is complete.
pub(crate) fn whole_file(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = std::path::PathBuf::from(part);
    let mut out = std::io::BufWriter::new(std::fs::File::create(&part)?);
    fill(&mut out)?;
    out.flush()?;
    std::fs::rename(&part, path)?;
    Ok(())
}

/// Writes the history to a file that only appears once it is complete.
///
/// # Errors
///
/// [`ReportError`] if it cannot be read or written.
pub fn history_file(
    reader: &dyn Reader,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ReportError> {
    whole_file(path, |out| history(reader, out, progress))
}

/// Writes the hledger journal to a file that only appears once it is complete.
///
/// # Errors
///
/// [`ReportError`] if it cannot be read or written.
pub fn hledger_file(
    reader: &dyn Reader,
    path: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), ReportError> {
    whole_file(path, |out| hledger(reader, out, progress))
}
