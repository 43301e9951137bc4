//! Who asked for refunds: what is kept to sum them up is what the history says.

use engine::{AskedRefund, KeyHash};
use receivables::approval::Asker;
use receivables::{EntryHead, RefundNo};
use rustc_hash::FxHashMap;

use super::{VerifyError, broken};

const INVARIANT: &str = "who asked for a refund is kept as the history says";

/// Stands for a row while memory would not hold them all twice.
fn hash(asked: &AskedRefund) -> KeyHash {
    let AskedRefund { asker, at, refund } = asked;
    engine::hash(format!("{refund} {at} {}", asker.as_str()).as_bytes())
}

/// The rows that are stored.
#[derive(Default)]
pub(super) struct StoredAskers {
    rows: FxHashMap<RefundNo, KeyHash>,
    twice: Option<RefundNo>,
}

impl StoredAskers {
    pub(super) fn take(&mut self, asked: &AskedRefund) {
        if self.rows.insert(asked.refund, hash(asked)).is_some() {
            self.twice = Some(asked.refund);
        }
    }
}

/// The rows that there must be, and those that there may be: a program of schema 1 wrote none.
#[derive(Default)]
pub(super) struct Askers {
    rows: FxHashMap<RefundNo, (KeyHash, bool)>,
    /// From here on no program of schema 1 wrote anything.
    pub(super) required: bool,
}

impl Askers {
    pub(super) fn note(&mut self, head: &EntryHead, refund: RefundNo) {
        let asker = Asker::of(&head.actor, head.person.as_ref());
        let asked = AskedRefund { asker, at: head.at, refund };
        self.rows.insert(refund, (hash(&asked), self.required));
    }

    pub(super) fn compare(&self, stored: &StoredAskers) -> Result<(), VerifyError> {
        if let Some(twice) = stored.twice {
            return Err(broken(INVARIANT, format!("{twice} is there twice")));
        }
        for (refund, (hash, required)) in &self.rows {
            match stored.rows.get(refund) {
                Some(found) if found == hash => {}
                None if !required => {}
                _ => return Err(broken(INVARIANT, refund)),
            }
        }
        match stored.rows.keys().find(|refund| !self.rows.contains_key(refund)) {
            Some(more) => Err(broken(INVARIANT, more)),
            None => Ok(()),
        }
    }
}
