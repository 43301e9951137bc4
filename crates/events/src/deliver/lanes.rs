//! What is sent right now: per account one thing at a time, over all accounts a few at once.

use std::collections::{BTreeSet, HashMap, VecDeque};

use receivables::AccountNo;

use crate::event::Rendered;

/// How many accounts are sent to at once.
pub(super) const AT_ONCE: usize = 16;
/// How many entries may be under way, sent or waiting for their turn.
const WINDOW: usize = 512;

/// The events of one entry that an endpoint wants.
pub(super) struct Work {
    pub(super) entry: u64,
    pub(super) events: Vec<Rendered>,
}

#[derive(Default)]
struct Lane {
    queue: VecDeque<Work>,
    busy: bool,
}

/// Accounts with something to send, and the entries that are not done.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: HashMap<AccountNo, Lane>,
    /// Accounts that may be sent to, the longest waiting first.
    ready: VecDeque<AccountNo>,
    undone: BTreeSet<u64>,
}

impl Lanes {
    /// Whether more entries may be taken in.
    pub(super) fn have_room(&self) -> bool {
        self.undone.len() < WINDOW
    }

    /// Whether more entries should be taken in, so that nobody waits for work.
    pub(super) fn are_low(&self) -> bool {
        self.ready.len() < AT_ONCE
    }

    /// How many entries are not done.
    pub(super) fn undone(&self) -> usize {
        self.undone.len()
    }

    /// The first entry that is not done.
    pub(super) fn first_undone(&self) -> Option<u64> {
        self.undone.first().copied()
    }

    /// Takes in the events of the next entry of an account.
    pub(super) fn take(&mut self, account: AccountNo, work: Work) {
        self.undone.insert(work.entry);
        let lane = self.lanes.entry(account).or_default();
        if !lane.busy && lane.queue.is_empty() {
            self.ready.push_back(account);
        }
        lane.queue.push_back(work);
    }

    /// What to send next; its account is busy until [`Lanes::done`] or [`Lanes::drop_account`].
    pub(super) fn next(&mut self) -> Option<(AccountNo, Work)> {
        loop {
            let account = self.ready.pop_front()?;
            let Some(lane) = self.lanes.get_mut(&account) else { continue };
            let Some(work) = lane.queue.pop_front() else { continue };
            lane.busy = true;
            return Some((account, work));
        }
    }

    /// An entry of an account was sent.
    pub(super) fn done(&mut self, account: AccountNo, entry: u64) {
        self.undone.remove(&entry);
        let Some(lane) = self.lanes.get_mut(&account) else { return };
        lane.busy = false;
        if lane.queue.is_empty() {
            self.lanes.remove(&account);
        } else {
            self.ready.push_back(account);
        }
    }

    /// An account waits: what was taken in of it is read again when it goes on. Answers the last such entry.
    pub(super) fn drop_account(&mut self, account: AccountNo, failed: u64) -> u64 {
        self.undone.remove(&failed);
        let dropped = self.lanes.remove(&account).map(|lane| lane.queue).unwrap_or_default();
        let mut last = failed;
        for work in dropped {
            self.undone.remove(&work.entry);
            last = work.entry;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: AccountNo = AccountNo(1);
    const BOB: AccountNo = AccountNo(2);

    fn lanes(entries: &[(u64, AccountNo)]) -> Lanes {
        let mut lanes = Lanes::default();
        for (entry, account) in entries {
            lanes.take(*account, Work { entry: *entry, events: Vec::new() });
        }
        lanes
    }

    fn next(lanes: &mut Lanes) -> Option<(u64, u64)> {
        lanes.next().map(|(account, work)| (account.0, work.entry))
    }

    #[test]
    fn an_account_is_sent_one_entry_at_a_time_and_others_go_on() {
        let mut lanes = lanes(&[(1, ADA), (2, ADA), (3, BOB)]);
        assert_eq!(next(&mut lanes), Some((1, 1)));
        assert_eq!(next(&mut lanes), Some((2, 3)));
        assert_eq!(next(&mut lanes), None, "both are busy");
        lanes.done(BOB, 3);
        assert_eq!(
            lanes.first_undone(),
            Some(1),
            "done out of order, the first holds the position"
        );
        lanes.done(ADA, 1);
        assert_eq!(next(&mut lanes), Some((1, 2)));
        lanes.done(ADA, 2);
        assert_eq!((next(&mut lanes), lanes.first_undone()), (None, None));
    }

    #[test]
    fn an_account_that_waits_holds_nothing_up() {
        let mut lanes = lanes(&[(1, ADA), (2, BOB), (3, ADA), (5, ADA)]);
        assert_eq!(next(&mut lanes), Some((1, 1)));
        assert_eq!(lanes.drop_account(ADA, 1), 5);
        assert_eq!(lanes.first_undone(), Some(2));
        assert_eq!(next(&mut lanes), Some((2, 2)));
        assert_eq!(next(&mut lanes), None);
    }
}
