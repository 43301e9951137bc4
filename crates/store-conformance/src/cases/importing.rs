//! An exported history, read in: `engine::import_history`.

use engine::{Gaps, Reader, Store, import_history};
use money::Money;
use receivables::{Command, Entry, EntryNo};

use super::{empty, filled, reopened};
use crate::agree::{ALL, agree};
use crate::model::Model;
use crate::place::Place;
use crate::sample;
use crate::say;
use crate::turn::{Desk, key_of};

/// The history as a reader exports it makes equal books, in chunks of any size.
pub fn an_exported_history_makes_equal_books<P: Place>() {
    let (_from, opened, model) = filled::<P>();
    let exported = export(opened.reader.as_ref());
    assert_eq!(exported, model.entries());
    for chunk in [1, 7, ALL] {
        let (place, mut opened) = empty::<P>();
        for entries in exported.chunks(chunk) {
            import_history(opened.store(), entries, Gaps::Refused).unwrap();
        }
        agree(&model, opened.reader.as_ref());
        P::verify(opened.reader.as_ref());
        assert_eq!(opened.reader.gapless(), !P::SEVERAL, "dense numbers");
        let mut opened = reopened(&place, opened);
        agree(&model, opened.reader.as_ref());
        goes_on(opened.store(), model.clone());
    }
}

fn export(reader: &dyn Reader) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::new();
    loop {
        let after = all.last().map_or(EntryNo(0), |entry| entry.head.no);
        let page = reader.entries(after, 10).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Numbers go on after the last one, and the keys are known.
fn goes_on(store: &mut dyn Store, model: Model) {
    let last = model.numbers;
    let key = model.entries()[0].head.key_hash;
    let loaded = store.load(&[], &[key, key_of("unheard of")]).unwrap();
    store.release();
    assert_eq!((loaded.prior.len(), loaded.numbers), (1, last));
    let mut desk = Desk::on(store, model);
    let account = desk.account("EUR");
    assert_eq!(account.0, last.account + 1);
    desk.deposited(account, "5");
}

/// A history with gaps is taken if that is asked for; the books say so, and go on.
pub fn gaps_are_accepted_if_asked_for<P: Place>() {
    let model = sample::with_gaps();
    for chunk in [1, 11, ALL] {
        let (place, mut opened) = empty::<P>();
        for entries in model.entries().chunks(chunk) {
            import_history(opened.store(), entries, Gaps::Accepted).unwrap();
        }
        agree(&model, opened.reader.as_ref());
        P::verify(opened.reader.as_ref());
        assert!(!opened.reader.gapless());
        let mut opened = reopened(&place, opened);
        assert!(!opened.reader.gapless(), "forgotten");
        agree(&model, opened.reader.as_ref());
        goes_on(opened.store(), model.clone());
    }
}

/// A history without gaps leaves none, also if they would have been accepted.
pub fn accepting_gaps_makes_none<P: Place>() {
    let (_from, _opened, model) = filled::<P>();
    let (_place, mut opened) = empty::<P>();
    import_history(opened.store(), model.entries(), Gaps::Accepted).unwrap();
    assert_eq!(opened.reader.gapless(), !P::SEVERAL);
    agree(&model, opened.reader.as_ref());
}

/// A history that does not follow on what is there is refused, and nothing of it is there.
pub fn what_does_not_follow_is_refused<P: Place>() {
    let (_from, _opened, model) = filled::<P>();
    let (place, mut opened) = empty::<P>();
    let (head, tail) = model.entries().split_at(20);
    import_history(opened.store(), head, Gaps::Refused).unwrap();
    let half = Model::of(head);
    let mut disordered = tail.to_vec();
    disordered.swap(3, 4);
    let gappy = sample::with_gaps();
    let wrong = [(&tail[1..], Gaps::Refused), (head, Gaps::Refused), (head, Gaps::Accepted)];
    let wrong = wrong.into_iter().chain([(&disordered[..], Gaps::Accepted)]);
    for (entries, gaps) in wrong.chain([(&gappy.entries()[20..], Gaps::Refused)]) {
        import_history(opened.store(), entries, gaps).unwrap_err();
        agree(&half, opened.reader.as_ref());
        assert_eq!(opened.reader.gapless(), !P::SEVERAL);
    }
    let mut opened = reopened(&place, opened);
    agree(&half, opened.reader.as_ref());
    import_history(opened.store(), tail, Gaps::Refused).unwrap();
    agree(&model, opened.reader.as_ref());
}

/// A history that the database refuses leaves nothing: no entries, no numbers, no gaps.
pub fn a_failed_import_leaves_nothing<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let model = sample::with_gaps();
    let mut entries = model.entries().to_vec();
    let last = entries.iter_mut().rev().flat_map(|entry| &mut entry.postings);
    let side = last.filter_map(|posting| posting.credit_balance.as_mut()).next().unwrap();
    side.balance = Money::from_minor(-1, side.balance.currency());
    import_history(opened.store(), &entries, Gaps::Accepted).unwrap_err();
    assert_eq!(opened.reader.entries(EntryNo(0), 5).unwrap(), Vec::new());
    assert_eq!(opened.reader.gapless(), !P::SEVERAL, "the books have gaps without an entry");
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    let opened_first = desk.done(Command::OpenAccount(say::open("EUR")));
    assert_eq!((opened_first.head.no, opened_first.head.account.0), (EntryNo(1), 1));
    agree(&desk.model, reader.as_ref());
}
