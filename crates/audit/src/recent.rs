//! Hashes of what was committed a moment ago, so that it need not be read back.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};

use engine::{Committed, ReadError, Reader};
use receivables::{EntryNo, Kind};

use crate::block::{Hash, LEAVES_MAX, Leaf, leaf};

/// How many hashes are kept while nobody seals; older ones are read back.
const KEPT_MAX: usize = 500_000;

/// The hashes of recent entries of this process.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    hashes: Mutex<BTreeMap<u64, Hash>>,
}

impl Recent {
    /// Hashes what it hears on a thread of its own, until nothing more is told.
    pub(crate) fn hear(commits: Receiver<Committed>) -> Arc<Self> {
        let recent = Arc::new(Self::default());
        let mine = Arc::clone(&recent);
        let hearing = std::thread::Builder::new().name("sealer".to_owned());
        let begun = hearing.spawn(move || {
            for entries in commits {
                let hashed: Vec<_> = entries
                    .iter()
                    .filter_map(|entry| Some((entry.head.no.0, leaf(entry).ok()?)))
                    .collect();
                mine.keep(hashed);
            }
        });
        if let Err(error) = begun {
            tracing::warn!(%error, "entries are read back to be sealed");
        }
        recent
    }

    fn keep(&self, hashed: Vec<(u64, Hash)>) {
        let Ok(mut hashes) = self.hashes.lock() else { return };
        hashes.extend(hashed);
        while hashes.len() > KEPT_MAX {
            hashes.pop_first();
        }
    }

    /// The leaves of the next entries after `after`, up to the first that is not known here, perhaps because it was committed just
    /// now; none if not even the next one is.
    pub(crate) fn leaves(
        &self,
        reader: &dyn Reader,
        after: EntryNo,
    ) -> Result<Option<Vec<Leaf>>, ReadError> {
        let head = reader.head()?;
        let end = after.0.saturating_add(LEAVES_MAX as u64 + 1);
        let mut numbers = reader.page(Kind::JournalEntry, Some(end), LEAVES_MAX)?;
        numbers.retain(|no| *no > after.0 && *no <= head.0);
        if numbers.is_empty() && head > after {
            return Ok(None);
        }
        numbers.sort_unstable();
        let Ok(hashes) = self.hashes.lock() else { return Ok(None) };
        let all = numbers.is_empty();
        let known = numbers.into_iter().map_while(|no| Some((EntryNo(no), *hashes.get(&no)?)));
        let known: Vec<Leaf> = known.collect();
        Ok(Some(known).filter(|known| all || !known.is_empty()))
    }

    /// Lets go of what is sealed.
    pub(crate) fn forget(&self, up_to: EntryNo) {
        if let Ok(mut hashes) = self.hashes.lock() {
            *hashes = hashes.split_off(&(up_to.0 + 1));
        }
    }
}
