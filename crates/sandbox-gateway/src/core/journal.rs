use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::core::state::{Record, State};
use crate::options::SandboxError;

/// How many lines a file may have beyond what it needs before it is written anew at the next start.
const SPARE_LINES: usize = 20_000;

/// The data file: one line of JSON per request that changed something. A line is complete or it never
/// happened, so `kill -9` loses nothing that was answered and does nothing by halves.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    file: Option<File>,
}

impl Journal {
    /// Reads the file into a state, and keeps it open and locked.
    pub(crate) fn open(path: Option<&PathBuf>) -> Result<(Self, State), SandboxError> {
        let Some(path) = path else { return Ok((Self::default(), State::default())) };
        let failed = |source| SandboxError::File { path: shown(path), source };
        let mut options = OpenOptions::new();
        let mut file = options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(SandboxError::InUse(shown(path))),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let (state, lines, length) = replay(&file, path)?;
        file.set_len(length).map_err(failed)?;
        file.seek(SeekFrom::End(0)).map_err(failed)?;
        let records = state.records();
        if lines > records.len() + SPARE_LINES {
            file = rewrite(path, &records).map_err(failed)?;
        }
        Ok((Self { file: Some(file) }, state))
    }

    /// Appends one line and waits until it is on the disk.
    pub(crate) fn append(&mut self, records: &[Record]) -> std::io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut line = serde_json::to_vec(records)?;
        line.push(b'\n');
        file.write_all(&line)?;
        file.sync_data()
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The state, the lines, and where the last complete line ends.
fn replay(file: &File, path: &Path) -> Result<(State, usize, u64), SandboxError> {
    let failed = |source| SandboxError::File { path: shown(path), source };
    let mut state = State::default();
    let (mut lines, mut length) = (0, 0);
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(failed)?;
        if line.last() != Some(&b'\n') {
            return Ok((state, lines, length));
        }
        lines += 1;
        let records: Vec<Record> = match serde_json::from_slice(&line) {
            Ok(records) => records,
            Err(error) => {
                let reason = error.to_string();
                return Err(SandboxError::Damaged { path: shown(path), line: lines, reason });
            }
        };
        records.into_iter().for_each(|record| state.apply(record));
        length += u64::try_from(read).unwrap_or(0);
    }
}

/// Writes the state as one line beside the file and puts it in the file's place.
fn rewrite(path: &Path, records: &[Record]) -> std::io::Result<File> {
    let beside = path.with_extension("rewritten");
    let mut options = OpenOptions::new();
    let mut file = options.read(true).write(true).create(true).truncate(true).open(&beside)?;
    file.try_lock().map_err(|error| std::io::Error::other(error.to_string()))?;
    for record in records {
        serde_json::to_writer(&mut file, &[record])?;
        file.write_all(b"\n")?;
    }
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    if let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        File::open(directory)?.sync_all()?;
    }
    Ok(file)
}
