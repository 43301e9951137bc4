//! `Store::commit` and `Store::release`: all or nothing, and visible at the right moment.

use std::sync::atomic::{AtomicBool, Ordering};

use engine::{Reader, StoreErrorKind};
use money::Money;
use receivables::{AccountNo, Command, Entry, EntryNo, Kind};

use super::{empty, filled, reopened};
use crate::agree::agree;
use crate::feed::{Raise, follow};
use crate::model::Model;
use crate::place::Place;
use crate::say;
use crate::turn::{Ask, Desk, Said, Turn, act, invoice_of};

/// A reader sees a commit when it returned, and nothing of it before.
pub fn a_commit_is_seen_when_it_returns_and_not_before<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader;
    let mut desk = Desk::at(opened.stores[0].as_mut());
    let account = desk.account("EUR");
    let asks: Vec<Ask> = ["10", "20"].map(|amount| desk.ask(say::deposit(account, amount))).into();
    let before = desk.model;
    let store = opened.stores[0].as_mut();
    let mut turn = Turn::load(store, asks).unwrap();
    unseen(reader.as_ref(), &before);
    turn.take_numbers(store).unwrap();
    unseen(reader.as_ref(), &before);
    let after = {
        let entries = turn.entries().clone();
        turn.commit(store).unwrap();
        Model::of(&[before.entries(), &entries[..]].concat())
    };
    agree(&after, reader.as_ref());
}

/// What can be asked amid a batch without waiting for it.
#[track_caller]
fn unseen(reader: &dyn Reader, before: &Model) {
    let last = reader.entries_before(None, 1).unwrap();
    assert_eq!(last.first(), before.entries().last());
    let accounts: Vec<AccountNo> =
        before.numbers_of(Kind::Account).into_iter().map(AccountNo).collect();
    let expected: Vec<_> = accounts.iter().map(|no| before.books.accounts[no]).collect();
    assert_eq!(reader.accounts(&accounts).unwrap(), expected);
    let last = before.numbers_of(Kind::Payment).pop();
    assert_eq!(reader.page(Kind::Payment, None, 1).unwrap().pop(), last);
    assert_eq!(reader.day_totals().unwrap(), before.day_totals());
    for account in accounts {
        let postings = before.credit_postings(account);
        assert_eq!(reader.credit_postings(account, None, 100).unwrap(), postings);
    }
}

/// A batch with one row that the database refuses leaves nothing, and the store goes on.
pub fn a_commit_is_all_or_nothing<P: Place>() {
    let (place, mut opened, mut model) = filled::<P>();
    for spoil in [duplicate as fn(&mut [Entry]), negative] {
        let reader = opened.reader.clone();
        let mut desk = Desk::on(opened.store(), model);
        let account = desk.account("EUR");
        let commands = ["1", "2", "3", "4", "5"].map(|amount| say::deposit(account, amount));
        let asks: Vec<Ask> = commands.into_iter().map(|command| desk.ask(command)).collect();
        let mut turn = Turn::load(desk.store, asks.clone()).unwrap();
        turn.take_numbers(desk.store).unwrap();
        spoil(turn.entries());
        assert!(turn.commit(desk.store).is_err(), "a spoilt batch was committed");
        unseen(reader.as_ref(), &desk.model);
        // The keys are free, and the same commands can be handed in again.
        for said in desk.hand_in(asks) {
            said.done();
        }
        model = desk.model;
        agree(&model, reader.as_ref());
        assert!(reader.writable(), "the commit that followed was written");
        opened = reopened(&place, opened);
    }
    agree(&model, opened.reader.as_ref());
}

/// The number of an entry is given out twice.
fn duplicate(entries: &mut [Entry]) {
    entries[3].head.no = entries[2].head.no;
}

/// A credit balance is below zero.
fn negative(entries: &mut [Entry]) {
    let posting = &mut entries[2].postings[0];
    let side = posting.credit_balance.as_mut().unwrap();
    side.balance = Money::from_minor(-1, side.balance.currency());
}

/// What was loaded and let go of leaves nothing, not even amid the numbers.
pub fn what_is_released_leaves_nothing<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::on(opened.store(), model);
    let account = desk.account("EUR");
    desk.store.release();
    for numbers in [false, true] {
        let ask = desk.ask(say::deposit(account, "1"));
        let mut turn = Turn::load(desk.store, vec![ask.clone()]).unwrap();
        if numbers {
            turn.take_numbers(desk.store).unwrap();
        }
        desk.store.release();
        agree(&desk.model, reader.as_ref());
        desk.hand_in(vec![ask]).pop().unwrap().done();
        desk.store.release();
        agree(&desk.model, reader.as_ref());
    }
}

/// A program that dies between loading and committing leaves nothing.
pub fn a_batch_that_was_cut_off_leaves_nothing<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    let mut desk = Desk::on(opened.store(), model);
    let account = desk.account("EUR");
    let ask = desk.ask(say::deposit(account, "1"));
    let model = desk.model;
    let mut turn = Turn::load(opened.store(), vec![ask.clone()]).unwrap();
    turn.take_numbers(opened.store()).unwrap();
    let place = place.crash(opened);
    let mut opened = place.open(1);
    agree(&model, opened.reader.as_ref());
    let reader = opened.reader.clone();
    let mut desk = Desk::on(opened.store(), model);
    desk.hand_in(vec![ask]).pop().unwrap().done();
    agree(&desk.model, reader.as_ref());
}

/// Everything that was committed is there after a crash, written back or not.
pub fn what_was_committed_survives_a_crash<P: Place>() {
    let (place, mut opened, model) = filled::<P>();
    let mut desk = Desk::on(opened.store(), model);
    desk.store.idle();
    let account = desk.account("EUR");
    desk.posted(account, "-12");
    desk.done(say::rename(account, "After the write-back"));
    let model = desk.model;
    let place = place.crash(opened);
    let opened = place.open(1);
    agree(&model, opened.reader.as_ref());
    agree(&model, place.open_to_read().as_ref());
    P::verify(opened.reader.as_ref());
}

/// As many decisions as a batch may have, on one account and on many.
pub fn a_large_batch_is_one_commit<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    let accounts = desk.all(vec![Command::OpenAccount(say::open("EUR")); 1_000]);
    let first = accounts[0].head.account;
    desk.all(vec![say::posted(first, "7"); 1_000]);
    let each = accounts.iter().map(|entry| say::deposit(entry.head.account, "0.01"));
    let each = each.collect();
    desk.all(each);
    agree(&desk.model, reader.as_ref());
    P::verify(reader.as_ref());
}

/// Later commands of a batch build on the earlier ones.
pub fn a_batch_builds_on_itself<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    let account = desk.account("EUR");
    let made = desk.all(vec![
        say::posted(account, "-30"),
        say::posted(account, "50"),
        say::deposit(account, "5"),
        say::rename(account, "Renamed"),
        say::automate(true, true),
        say::posted(account, "-2"),
    ]);
    let (negative, positive) = (invoice_of(&made[0]), invoice_of(&made[1]));
    let apply = Command::ApplyCreditBalance(say::apply(account, vec![say::part(positive, "20")]));
    desk.all(vec![say::transfer(negative, None), apply]);
    let said = desk.batch(vec![
        Command::RefundCreditBalance(say::refund(account, "17")),
        Command::RefundCreditBalance(say::refund(account, "0.01")),
        say::deposit(account, "1"),
    ]);
    assert!(matches!(said[..], [Said::Done(_), Said::Refused(_), Said::Done(_)]), "{said:?}");
    agree(&desk.model, reader.as_ref());
}

/// Decisions of the past come in the order asked for, amid a batch.
pub fn decisions_come_in_the_order_asked_for<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let store = opened.store();
    let mut numbers: Vec<EntryNo> = model.entries().iter().map(|entry| entry.head.no).collect();
    numbers.rotate_left(7);
    numbers.reverse();
    store.load(&[], &[]).unwrap();
    let found = store.entries(&numbers).unwrap();
    assert!(store.entries(&[]).unwrap().is_empty());
    store.release();
    let expected: Vec<&Entry> = numbers
        .iter()
        .filter_map(|no| model.entries().iter().find(|entry| entry.head.no == *no))
        .collect();
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
}

/// A decision that is not there is an error, and the store goes on after it.
pub fn a_missing_decision_is_an_error<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::on(opened.store(), model);
    desk.store.load(&[], &[]).unwrap();
    let error = desk.store.entries(&[EntryNo(1), EntryNo(9_999), EntryNo(2)]).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Other, "{error}");
    desk.store.release();
    desk.account("EUR");
    agree(&desk.model, reader.as_ref());
}

/// A refused command takes no numbers and leaves no trace.
pub fn what_is_refused_leaves_no_trace<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::on(opened.store(), model);
    let too_much = say::refund(AccountNo(1), "1000000");
    desk.say(Command::RefundCreditBalance(too_much)).refused();
    desk.say(say::open_as("EUR", "shop-1")).refused();
    agree(&desk.model, reader.as_ref());
}

/// Closing, waking and idling at any time changes nothing.
pub fn idling_and_closing_change_nothing<P: Place>() {
    let (place, mut opened) = empty::<P>();
    opened.store().idle();
    agree(&Model::default(), opened.reader.as_ref());
    opened = reopened(&place, opened);
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    for amount in ["1", "2", "3"] {
        let account = desk.account("EUR");
        desk.deposited(account, amount);
        desk.store.idle();
        agree(&desk.model, reader.as_ref());
        desk.store.idle();
    }
    let model = desk.model;
    opened.store().close();
    agree(&model, reader.as_ref());
    drop(opened);
    let mut opened = place.open(1);
    agree(&model, opened.reader.as_ref());
    let ask = Ask::new(Command::OpenAccount(say::open("EUR")), "after all that");
    act(opened.store(), vec![ask]).unwrap();
}

/// Readers that follow the history while the store goes on miss nothing.
pub fn followers_miss_nothing<P: Place>() {
    let (_place, mut opened, model) = filled::<P>();
    let reader = opened.reader.clone();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _over = Raise(&over);
        let followers: Vec<_> = (0..2)
            .map(|_| {
                let (reader, over) = (reader.clone(), &over);
                scope.spawn(move || follow(reader.as_ref(), over))
            })
            .collect();
        let mut desk = Desk::on(opened.store(), model);
        let account = desk.account("EUR");
        for _ in 0..200 {
            desk.deposited(account, "1");
        }
        over.store(true, Ordering::SeqCst);
        for follower in followers {
            let followed = follower.join().unwrap();
            assert_eq!(followed.entries(), desk.model.entries());
        }
        agree(&desk.model, reader.as_ref());
    });
}
