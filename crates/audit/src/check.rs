//! Holding the history against its blocks.

use std::collections::VecDeque;

use engine::{AuditBlock, ReadError, Reader};
use receivables::{Entry, EntryNo};

use crate::block::{Hash, Head, hash, hex, leaf, leaves_of, root};
use crate::sign::PublicKey;

/// Blocks and entries read at once.
const BLOCKS: usize = 16;
const ENTRIES: usize = 2_000;

/// What was held against what.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Checked {
    /// Blocks, each following on the one before it.
    pub blocks: u64,
    /// Entries, each as it was when it was sealed.
    pub entries: u64,
    /// Blocks with a signature that was verified.
    pub signed: u64,
    /// Entries younger than the last block: nothing says that they were not changed.
    pub not_sealed: u64,
}

/// Why the record is not whole.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The first thing that does not fit.
    #[error("{0}")]
    Broken(String),
    /// The database could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
}

fn broken(detail: impl Into<String>) -> AuditError {
    AuditError::Broken(detail.into())
}

/// Holds every sealed entry against its block, and every block against the one before it, its signature if `key` is
/// given, and `head` if one was kept. `progress` is told the last entry done.
///
/// # Errors
///
/// [`AuditError::Broken`] names the first entry or block that does not fit.
pub fn check(
    reader: &dyn Reader,
    key: Option<&PublicKey>,
    head: Option<&Head>,
    progress: &mut dyn FnMut(EntryNo),
) -> Result<Checked, AuditError> {
    match reader.snapshot()? {
        Some(snapshot) => check_all(snapshot.as_ref(), key, head, progress),
        None => check_all(reader, key, head, progress),
    }
}

fn check_all(
    reader: &dyn Reader,
    key: Option<&PublicKey>,
    head: Option<&Head>,
    progress: &mut dyn FnMut(EntryNo),
) -> Result<Checked, AuditError> {
    let mut done = Checked::default();
    let mut history = History::new(reader);
    let mut last: Option<AuditBlock> = None;
    let mut seen_head = false;
    loop {
        let blocks = reader.audit_blocks(last.as_ref().map_or(0, |block| block.no), BLOCKS)?;
        if blocks.is_empty() {
            break;
        }
        for block in blocks {
            follows(&block, last.as_ref())?;
            done.signed += signed(&block, key, done.signed)?;
            let leaves = leaves_of(&block).filter(|leaves| in_order(&block, leaves));
            let leaves = leaves.ok_or_else(|| list_changed(&block))?;
            done.entries += entries_fit(&mut history, &block, &leaves)?;
            let hashes: Vec<Hash> = leaves.into_iter().map(|(_, hash)| hash).collect();
            if root(&hashes) != block.root {
                return Err(list_changed(&block));
            }
            if let Some(head) = head.filter(|head| head.block == block.no) {
                same_head(&block, head)?;
                seen_head = true;
            }
            done.blocks += 1;
            progress(block.last);
            last = Some(block);
        }
    }
    // Else whoever has no key could make all of it anew, unsigned. An unsigned beginning is sealed by the signed rest.
    if let Some(last) = last.filter(|last| key.is_some() && last.signature.is_none()) {
        return Err(broken(format!("the last block, {}, is not signed", last.no)));
    }
    if let Some(head) = head.filter(|_| !seen_head) {
        return Err(broken(format!(
            "block {} up to {}, whose head was kept, is not there: the end of the record was removed",
            head.block, head.last_entry
        )));
    }
    while history.next()?.is_some() {
        done.not_sealed += 1;
    }
    Ok(done)
}

/// The entries, oldest first.
struct History<'a> {
    reader: &'a dyn Reader,
    after: EntryNo,
    read: VecDeque<Entry>,
    ended: bool,
}

impl<'a> History<'a> {
    fn new(reader: &'a dyn Reader) -> Self {
        Self { reader, after: EntryNo(0), read: VecDeque::new(), ended: false }
    }

    fn peek(&mut self) -> Result<Option<&Entry>, AuditError> {
        if self.read.is_empty() && !self.ended {
            self.read = match self.reader.entries(self.after, ENTRIES) {
                Ok(entries) => entries.into(),
                Err(error) => return Err(self.unreadable(error)),
            };
            self.ended = self.read.is_empty();
            if let Some(last) = self.read.back() {
                self.after = last.head.no;
            }
        }
        Ok(self.read.front())
    }

    fn next(&mut self) -> Result<Option<Entry>, AuditError> {
        self.peek()?;
        Ok(self.read.pop_front())
    }

    /// Which of the entries that could not be read together it is.
    fn unreadable(&self, error: ReadError) -> AuditError {
        for no in self.after.0 + 1..=self.after.0 + ENTRIES as u64 {
            if let Err(error) = self.reader.entry(EntryNo(no)) {
                return broken(format!("{} was changed: it cannot be read: {error}", EntryNo(no)));
            }
        }
        error.into()
    }
}

/// Whether a block is what it says, and continues the one before it.
fn follows(block: &AuditBlock, before: Option<&AuditBlock>) -> Result<(), AuditError> {
    let (expected, previous) = before.map_or((1, [0; 32]), |it| (it.no + 1, it.hash));
    if block.no != expected {
        return Err(broken(format!("block {expected} was removed; the next one is {}", block.no)));
    }
    if block.previous != previous {
        let detail = format!("block {} does not follow on the one before it", block.no);
        return Err(broken(format!("{detail}: one of the two was changed")));
    }
    if hash(block) != block.hash {
        return Err(broken(format!("block {} was changed: its hash is another one", block.no)));
    }
    Ok(())
}

/// How many signatures were verified. Blocks that were made before there was a key have none; after one that has, all must.
fn signed(block: &AuditBlock, key: Option<&PublicKey>, before: u64) -> Result<u64, AuditError> {
    let Some(key) = key else { return Ok(0) };
    match &block.signature {
        Some(signature) if key.signed(&block.hash, signature) => Ok(1),
        Some(_) => {
            let detail =
                "its signature is not by this key: it was changed, or signed with another one";
            Err(broken(format!("block {}: {detail}", block.no)))
        }
        None if before == 0 => Ok(0),
        None => Err(broken(format!("block {} is not signed, but the one before it is", block.no))),
    }
}

fn in_order(block: &AuditBlock, leaves: &[(EntryNo, Hash)]) -> bool {
    let ascending = leaves.windows(2).all(|pair| match pair {
        [one, next] => one.0 < next.0,
        _ => true,
    });
    let ends = (leaves.first().map(|it| it.0), leaves.last().map(|it| it.0));
    ascending && ends == (Some(block.first), Some(block.last))
}

fn list_changed(block: &AuditBlock) -> AuditError {
    broken(format!("block {} was changed: its list of entries is another one", block.no))
}

/// Holds the entries of a block against it.
fn entries_fit(
    history: &mut History<'_>,
    block: &AuditBlock,
    leaves: &[(EntryNo, Hash)],
) -> Result<u64, AuditError> {
    for (no, sealed) in leaves {
        let here = history.peek()?.map(|entry| entry.head.no);
        match here {
            Some(found) if found == *no => {}
            Some(found) if found < *no => {
                return Err(broken(format!("{found} was added after block {} was made", block.no)));
            }
            _ => return Err(broken(format!("{no} was removed; it is in block {}", block.no))),
        }
        let Some(entry) = history.next()? else { continue };
        let found = leaf(&entry).map_err(|error| broken(format!("{no}: {error}")))?;
        if found != *sealed {
            return Err(broken(format!(
                "{no} was changed: it is not what was sealed in block {}",
                block.no
            )));
        }
    }
    Ok(leaves.len() as u64)
}

fn same_head(block: &AuditBlock, head: &Head) -> Result<(), AuditError> {
    if hex(&block.hash) == head.hash {
        return Ok(());
    }
    Err(broken(format!(
        "block {} is not the one whose head was kept: the record up to {} was made anew",
        block.no, block.last
    )))
}
