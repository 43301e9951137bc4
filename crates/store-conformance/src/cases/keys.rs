//! Idempotency keys: one effect each, for ever.

use std::collections::HashMap;

use engine::{KeyHash, Store};
use receivables::{Command, Entry};

use super::{empty, filled, reopened};
use crate::agree::agree;
use crate::place::Place;
use crate::say;
use crate::turn::{Ask, Desk, Said, key_of};

/// Every key of the past leads to its decision, in memory, on disk and after a crash.
pub fn a_key_is_found_again<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    found(opened.store(), model.entries());
    opened.store().idle();
    found(opened.store(), model.entries());
    let mut opened = reopened(&place, opened);
    found(opened.store(), model.entries());
    let place = place.crash(opened);
    let mut opened = place.open(1);
    found(opened.store(), model.entries());
}

/// Asks for the keys of these decisions, and for as many that were never used.
#[track_caller]
fn found(store: &mut dyn Store, entries: &[Entry]) {
    let mut keys: Vec<KeyHash> = entries.iter().map(|entry| entry.head.key_hash).collect();
    keys.extend((0..entries.len()).map(|number| key_of(&format!("unheard of {number}"))));
    let loaded = store.load(&[], &keys).unwrap();
    store.release();
    let prior = loaded.prior.iter().map(|(key, prior)| (*key, (prior.entry, prior.fingerprint)));
    let prior: HashMap<_, _> = prior.collect();
    assert_eq!(prior.len(), entries.len());
    for Entry { head, .. } in entries {
        assert_eq!(prior.get(&head.key_hash), Some(&(head.no, head.fingerprint)), "{}", head.no);
    }
}

/// A command that is handed in again is answered with its decision, whoever asks for something else
/// in the same batch.
pub fn a_command_has_one_effect<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    let mut desk = Desk::on(opened.store(), model);
    let account = desk.account("EUR");
    let first = desk.ask(say::deposit(account, "3"));
    let made = desk.hand_in(vec![first.clone()]).pop().unwrap().done();
    let second = desk.ask(say::deposit(account, "3"));
    let said = desk.hand_in(vec![first.clone(), second, first.clone()]);
    let [Said::Replayed(again), Said::Done(_), Said::Replayed(_)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(*again, made);
    let model = desk.model;
    let mut opened = reopened(&place, opened);
    let reader = opened.reader.clone();
    let mut desk = Desk::on(opened.store(), model);
    assert_eq!(desk.hand_in(vec![first]).pop().unwrap().replayed(), made);
    agree(&desk.model, reader.as_ref());
}

/// Ten thousand keys in one question.
pub fn ten_thousand_keys_are_found<P: Place>() {
    let (place, mut opened) = empty::<P>();
    let mut desk = Desk::at(opened.store());
    for _ in 0..10 {
        desk.all(vec![Command::OpenAccount(say::open("EUR")); 1_000]);
    }
    let model = desk.model;
    found(opened.store(), model.entries());
    let mut opened = reopened(&place, opened);
    found(opened.store(), model.entries());
    let (count, end) = opened.reader.check_keys().unwrap();
    assert_eq!((count, end.0), (10_000, 10_000));
}

/// A key that was loaded and not used stays free.
pub fn a_key_that_was_not_used_is_free<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let mut desk = Desk::on(opened.store(), model);
    let key = "of a refused command";
    let refused = Ask::new(say::open_as("EUR", "shop-1"), key);
    desk.hand_in(vec![refused]).pop().unwrap().refused();
    let accepted = Ask::new(say::open_as("EUR", "shop-3"), key);
    desk.hand_in(vec![accepted]).pop().unwrap().done();
}
