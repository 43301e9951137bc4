//! Accounts that wait behind an event that failed, and how they catch up.

use std::collections::VecDeque;

use engine::kept::Stored;
use engine::{ReadError, Reader};
use receivables::{AccountNo, Entry, EntryNo};

use crate::records::Delivery;

/// How many entries an account that catches up is sent before it is noted how far it got.
pub(super) const STRETCH: usize = 64;
/// Entries read at once.
const PAGE: usize = 200;
/// Pages read for the organisation before it is noted how far that got.
const PAGES: usize = 50;

/// An account that waits.
pub(super) struct Waiting {
    pub(super) stored: Stored<Delivery>,
    /// Being sent to right now.
    pub(super) busy: bool,
    /// The last entry of it that the stream passed over.
    pub(super) passed: u64,
}

/// A part of what an account missed.
pub(super) struct Stretch {
    /// Oldest first, at most [`STRETCH`].
    pub(super) entries: Vec<Entry>,
    /// Everything of the account up to this entry is in it.
    pub(super) reached: EntryNo,
    /// Whether that is all.
    pub(super) all: bool,
}

/// The entries of an account from `from` up to `until`, or the first of them.
pub(super) fn stretch(
    reader: &dyn Reader,
    account: AccountNo,
    from: EntryNo,
    until: EntryNo,
) -> Result<Stretch, ReadError> {
    if account == AccountNo::ORGANISATION {
        return of_organisation(reader, from, until);
    }
    let mut kept: VecDeque<Entry> = VecDeque::new();
    let mut all = true;
    let mut before = None;
    // The history links the entries of an account backwards, so they are walked from the end, and no more than
    // these are kept.
    loop {
        let page = reader.account_entries(account, before, PAGE)?;
        let Some(last) = page.last().map(|entry| entry.head.no) else { break };
        let full = page.len() == PAGE;
        for entry in page.into_iter().filter(|it| it.head.no >= from && it.head.no <= until) {
            kept.push_front(entry);
            if kept.len() > STRETCH {
                kept.pop_back();
                all = false;
            }
        }
        if last <= from || !full {
            break;
        }
        before = Some(last);
    }
    let reached = kept.back().filter(|_| !all).map_or(until, |last| last.head.no);
    Ok(Stretch { entries: kept.into(), reached, all })
}

/// The same of the organisation, whose entries are few and not linked: the history is read on from `from`.
fn of_organisation(
    reader: &dyn Reader,
    from: EntryNo,
    until: EntryNo,
) -> Result<Stretch, ReadError> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut reached = EntryNo(from.0.saturating_sub(1));
    for _ in 0..PAGES {
        let page = reader.entries(reached, PAGE)?;
        let full = page.len() == PAGE;
        for entry in page {
            if entry.head.no > until || entries.len() >= STRETCH {
                return Ok(Stretch { all: entry.head.no > until, entries, reached });
            }
            reached = entry.head.no;
            if entry.head.account == AccountNo::ORGANISATION {
                entries.push(entry);
            }
        }
        if !full {
            return Ok(Stretch { entries, reached: until, all: true });
        }
    }
    Ok(Stretch { entries, reached, all: false })
}
