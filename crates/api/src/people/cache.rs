//! What was read a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// How long it counts.
const FRESH: Duration = Duration::from_secs(1);
/// So many are kept; then all are read again.
const KEPT_MAX: usize = 10_000;

/// Records by id, each with when its reading began.
#[derive(Debug)]
pub(super) struct Cache<T> {
    kept: RwLock<Kept<T>>,
}

#[derive(Debug)]
struct Kept<T> {
    by_id: HashMap<String, (Arc<T>, Instant)>,
    /// How often everything was forgotten.
    cleared: u64,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { kept: RwLock::new(Kept { by_id: HashMap::new(), cleared: 0 }) }
    }
}

/// Taken before a record is read, so that what was read before a change is not kept after it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    began: Instant,
    cleared: u64,
}

impl<T> Cache<T> {
    /// The record, if it was read a moment ago; else a ticket for reading it.
    pub(super) fn find(&self, id: &str) -> Result<Arc<T>, Ticket> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = kept.by_id.get(id).filter(|(_, read)| read.elapsed() < FRESH);
        let ticket = Ticket { began: Instant::now(), cleared: kept.cleared };
        fresh.map(|(record, _)| Arc::clone(record)).ok_or(ticket)
    }

    /// Whether it was ever read and not forgotten since.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).by_id.contains_key(id)
    }

    /// Takes over what was read; none if it is not there any more.
    pub(super) fn keep(&self, id: &str, ticket: Ticket, record: Option<Arc<T>>) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.by_id.len() >= KEPT_MAX {
            kept.by_id.clear();
        }
        match record {
            Some(record) if kept.cleared == ticket.cleared => {
                kept.by_id.insert(id.to_owned(), (record, ticket.began));
            }
            Some(_) => {}
            None => {
                kept.by_id.remove(id);
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.by_id.clear();
        kept.cleared += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let cache = Cache::default();
        let early = cache.find("a").unwrap_err();
        cache.clear();
        cache.keep("a", early, Some(Arc::new(1)));
        let late = cache.find("a").unwrap_err();
        cache.keep("a", late, Some(Arc::new(2)));
        assert_eq!(cache.find("a").map(|it| *it).ok(), Some(2));
        assert!(cache.knows("a") && !cache.knows("b"));
        cache.keep("a", late, None);
        assert!(cache.find("a").is_err());
    }
}
