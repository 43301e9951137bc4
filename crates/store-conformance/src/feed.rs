//! Following a history while it grows.

use std::sync::atomic::{AtomicBool, Ordering};

use engine::Reader;
use receivables::{EntryNo, Kind};

use crate::agree::ALL;
use crate::model::Model;

/// Says that it is over when it goes out of scope, however that happens: nobody waits for ever for a
/// case that failed.
pub(crate) struct Raise<'a>(pub(crate) &'a AtomicBool);

impl Drop for Raise<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Reads page after page, each after the last entry of the one before, until it is over and there is no
/// more. Whatever appears later than that before an entry that was seen is missed, as a feed would
/// miss it.
pub(crate) fn follow(reader: &dyn Reader, over: &AtomicBool) -> Model {
    let mut model = Model::default();
    loop {
        let ended = over.load(Ordering::SeqCst);
        let after = model.entries().last().map_or(EntryNo(0), |entry| entry.head.no);
        let page = reader.entries(after, 7).unwrap();
        if page.is_empty() && ended {
            return model;
        }
        for entry in &page {
            model.take(entry);
        }
    }
}

/// Asks for the head, and how many entries there are up to it, until it is over. Each answer must be
/// final: so many, and no more, lie up to that head for ever.
pub(crate) fn heads(reader: &dyn Reader, over: &AtomicBool) -> Vec<(EntryNo, usize)> {
    let mut heads = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let head = reader.head().unwrap();
        heads.push((head, up_to(reader, head)));
    }
    heads
}

/// How many entries there are up to a position.
pub(crate) fn up_to(reader: &dyn Reader, head: EntryNo) -> usize {
    reader.page(Kind::JournalEntry, Some(head.0 + 1), ALL).unwrap().len()
}
