//! Holding the history against its blocks.

use std::collections::VecDeque;

use engine::{AuditBlock, ReadError, Reader};
use receivables::{Entry, EntryNo};

use crate::block::{Hash, Head, LEAVES_MAX, hash, hex, leaf, leaves_of, root};
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
    let mut chain = Chain::after(reader, None);
    let mut seen_head = false;
    loop {
        let blocks =
            reader.audit_blocks(chain.last.as_ref().map_or(0, |block| block.no), BLOCKS)?;
        if blocks.is_empty() {
            break;
        }
        for block in blocks {
            let block = chain.take(block, key)?;
            if let Some(head) = head.filter(|head| head.block == block.no) {
                same_head(block, head)?;
                seen_head = true;
            }
            progress(block.last);
        }
    }
    let Chain { mut done, mut history, last } = chain;
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

/// At most so many of the newest blocks are checked at once, and of them as many as have no more entries than one block
/// may have, at least one.
const NEWEST_BLOCKS: u64 = 16;

/// Holds the newest blocks against each other, against the block before them, and against the entries they seal: a glance
/// that costs the same however long the history is. It proves nothing of what was before, and looks at no signature.
///
/// # Errors
///
/// As [`check`].
pub fn check_newest(reader: &dyn Reader) -> Result<(Checked, Option<EntryNo>), AuditError> {
    match reader.snapshot()? {
        Some(snapshot) => newest(snapshot.as_ref()),
        None => newest(reader),
    }
}

fn newest(reader: &dyn Reader) -> Result<(Checked, Option<EntryNo>), AuditError> {
    let Some(last) = reader.last_audit_block()? else { return Ok((Checked::default(), None)) };
    let mut blocks = VecDeque::new();
    // With the one before them, to which the first of them is chained.
    let mut after = last.no.saturating_sub(NEWEST_BLOCKS + 1);
    while after < last.no {
        let read = reader.audit_blocks(after, BLOCKS)?;
        let Some(end) = read.last() else { break };
        after = end.no;
        blocks.extend(read);
    }
    // Each of them has to be there: what is believed of the first is its number.
    let first = last.no.saturating_sub(NEWEST_BLOCKS).max(1);
    let mut there = blocks.iter().map(|block| block.no);
    for expected in first..=last.no {
        if there.next() != Some(expected) {
            return Err(broken(format!("block {expected} was removed")));
        }
    }
    // By what they hold, and not by what they say of it.
    let sealed = |block: &AuditBlock| leaves_of(block).map_or(0, |leaves| leaves.len());
    let mut before = if last.no > NEWEST_BLOCKS { blocks.pop_front() } else { None };
    let mut entries: usize = blocks.iter().map(sealed).sum();
    while entries > LEAVES_MAX && blocks.len() > 1 {
        before = blocks.pop_front();
        entries -= before.as_ref().map_or(0, sealed);
    }
    let from = blocks.front().map(|block| block.first);
    let mut chain = Chain::after(reader, before);
    for block in blocks {
        chain.take(block, None)?;
    }
    Ok((chain.done, from))
}

/// Blocks as they are gone through, each held against the one before it and its entries.
struct Chain<'a> {
    done: Checked,
    history: History<'a>,
    last: Option<AuditBlock>,
}

impl<'a> Chain<'a> {
    /// From behind a block on, which is believed; from the beginning if there is none.
    fn after(reader: &'a dyn Reader, before: Option<AuditBlock>) -> Self {
        let after = before.as_ref().map_or(EntryNo(0), |block| block.last);
        Self { done: Checked::default(), history: History::new(reader, after), last: before }
    }

    fn take(
        &mut self,
        block: AuditBlock,
        key: Option<&PublicKey>,
    ) -> Result<&AuditBlock, AuditError> {
        follows(&block, self.last.as_ref())?;
        self.done.signed += signed(&block, key, self.done.signed)?;
        let leaves = leaves_of(&block).filter(|leaves| in_order(&block, leaves));
        let leaves = leaves.ok_or_else(|| list_changed(&block))?;
        self.done.entries += entries_fit(&mut self.history, &block, &leaves)?;
        let hashes: Vec<Hash> = leaves.into_iter().map(|(_, hash)| hash).collect();
        if root(&hashes) != block.root {
            return Err(list_changed(&block));
        }
        self.done.blocks += 1;
        Ok(self.last.insert(block))
    }
}

/// The entries, oldest first.
struct History<'a> {
    reader: &'a dyn Reader,
    after: EntryNo,
    read: VecDeque<Entry>,
    ended: bool,
}

impl<'a> History<'a> {
    /// From behind an entry on.
    fn new(reader: &'a dyn Reader, after: EntryNo) -> Self {
        Self { reader, after, read: VecDeque::new(), ended: false }
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
