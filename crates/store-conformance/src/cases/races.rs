//! Several stores on the same books, step by step: who holds what, who waits, and what is seen then.

use std::thread::{self, ScopedJoinHandle};

use engine::{Reader, Store, StoreError, StoreErrorKind};
use receivables::id::Numbered;
use receivables::{AccountNo, Command, Entry, EntryNo, InvoiceNo, Kind, Need, RefundNo, Rejection};

use crate::agree::{ALL, agree};
use crate::model::Model;
use crate::place::{Opened, Shared};
use crate::say;
use crate::turn::{Ask, Desk, Said, Turn, act};

/// How often a batch is tried when others are in the way.
const TRIES: usize = 50;

/// As `act`; tried again while others are in the way, as an engine does.
pub(crate) fn persist(store: &mut dyn Store, asks: &[Ask]) -> Result<Vec<Said>, StoreError> {
    let mut tries = 1;
    loop {
        match act(store, asks.to_vec()) {
            Err(error) if error.kind == StoreErrorKind::Conflict && tries < TRIES => tries += 1,
            done => return done,
        }
    }
}

/// Commits a batch whose numbers were taken; tried again from the beginning if others are in the way, as
/// under serializable isolation they may be.
fn conclude(turn: Turn, store: &mut dyn Store) -> Said {
    let asks = turn.asks();
    let said = match turn.commit(store) {
        Err(error) if error.kind == StoreErrorKind::Conflict => persist(store, &asks),
        done => done,
    };
    said.unwrap().swap_remove(0)
}

/// As `persist`, of one command.
fn persist_one(store: &mut dyn Store, ask: &Ask) -> Said {
    persist(store, std::slice::from_ref(ask)).unwrap().pop().unwrap()
}

/// The whole history, which must be a right one, and all that readers say of it.
#[track_caller]
pub(crate) fn proven<P: Shared>(reader: &dyn Reader) -> Model {
    let model = Model::of(&reader.entries(EntryNo(0), ALL).unwrap());
    agree(&model, reader);
    P::verify(reader);
    model
}

/// Books with two accounts, each with credit of 100, and two stores.
struct Two<P> {
    place: P,
    one: Box<dyn Store>,
    other: Box<dyn Store>,
    reader: std::sync::Arc<dyn Reader>,
}

const FIRST: AccountNo = AccountNo(1);
const SECOND: AccountNo = AccountNo(2);

impl<P: Shared> Two<P> {
    fn make() -> Self {
        let place = P::fresh();
        let Opened { mut stores, reader } = place.open(2);
        let (mut other, mut one) = (stores.pop().unwrap(), stores.pop().unwrap());
        let mut desk = Desk::at(one.as_mut());
        for account in [FIRST, SECOND] {
            assert_eq!(desk.account("EUR"), account);
            desk.deposited(account, "100");
        }
        // Both have been at work before.
        persist_one(other.as_mut(), &Ask::new(say::rename(SECOND, "Second"), "beforehand"));
        Self { place, one, other, reader }
    }

    /// Waits until another transaction waits for ours.
    fn until_it_waits<T>(&self, waiter: &ScopedJoinHandle<'_, T>) {
        self.place.await_waiting(1, &|| waiter.is_finished());
    }
}

fn refund(account: AccountNo, amount: &str, key: &str) -> Ask {
    Ask::new(Command::RefundCreditBalance(say::refund(account, amount)), key)
}

fn deposit(account: AccountNo, amount: &str, key: &str) -> Ask {
    Ask::new(say::deposit(account, amount), key)
}

/// What one store loaded another one has to wait for, and then finds changed.
pub fn an_account_is_decided_on_by_one_at_a_time<P: Shared>() {
    let mut two = Two::<P>::make();
    let mut turn = Turn::load(two.one.as_mut(), vec![refund(FIRST, "70", "a")]).unwrap();
    let mut other = std::mem::replace(&mut two.other, nobody());
    let (first, second) = thread::scope(|scope| {
        let waiter = scope.spawn(move || persist_one(other.as_mut(), &refund(FIRST, "70", "b")));
        two.until_it_waits(&waiter);
        turn.take_numbers(two.one.as_mut()).unwrap();
        let first = conclude(turn, two.one.as_mut());
        (first, waiter.join().unwrap())
    });
    let refused = |said: &Said| matches!(said, Said::Refused(_));
    assert!(refused(&first) != refused(&second), "spent twice: {first:?} {second:?}");
    proven::<P>(two.reader.as_ref());
}

/// What one store let go of another one finds as it was.
pub fn a_released_account_is_free<P: Shared>() {
    let mut two = Two::<P>::make();
    Turn::load(two.one.as_mut(), vec![refund(FIRST, "70", "a")]).unwrap();
    let mut other = std::mem::replace(&mut two.other, nobody());
    let second = thread::scope(|scope| {
        let waiter = scope.spawn(move || persist_one(other.as_mut(), &refund(FIRST, "70", "b")));
        two.until_it_waits(&waiter);
        two.one.release();
        waiter.join().unwrap()
    });
    second.done();
    proven::<P>(two.reader.as_ref());
}

/// A store that is dropped amid a batch, as when its program ends, holds up nobody.
pub fn a_lost_store_holds_up_nobody<P: Shared>() {
    let mut two = Two::<P>::make();
    let mut turn = Turn::load(two.one.as_mut(), vec![refund(FIRST, "70", "a")]).unwrap();
    turn.take_numbers(two.one.as_mut()).unwrap();
    two.one = nobody();
    persist_one(two.other.as_mut(), &refund(FIRST, "70", "b")).done();
    proven::<P>(two.reader.as_ref());
}

/// Accounts that have nothing to do with each other are decided on side by side; the numbers ascend on
/// each of them all the same.
pub fn accounts_do_not_wait_for_each_other<P: Shared>() {
    let mut two = Two::<P>::make();
    let (one, other) = (two.one.as_mut(), two.other.as_mut());
    let mut turn = Turn::load(one, vec![deposit(FIRST, "1", "a")]).unwrap();
    for number in 0..3 {
        persist_one(other, &deposit(SECOND, "1", &format!("b {number}"))).done();
    }
    turn.take_numbers(one).unwrap();
    persist_one(other, &deposit(SECOND, "1", "c")).done();
    conclude(turn, one);
    persist_one(other, &deposit(FIRST, "1", "d")).done();
    persist_one(one, &deposit(SECOND, "1", "e")).done();
    proven::<P>(two.reader.as_ref());
}

/// A change of the settings waits for batches that decide under the old ones.
pub fn a_change_of_settings_waits_for_batches<P: Shared>() {
    let mut two = Two::<P>::make();
    let negative = Ask::new(say::posted(FIRST, "-5"), "under the old settings");
    let mut turn = Turn::load(two.one.as_mut(), vec![negative]).unwrap();
    let mut other = std::mem::replace(&mut two.other, nobody());
    let (posted, changed) = thread::scope(|scope| {
        let change = Ask::new(say::automate(true, true), "change");
        let waiter = scope.spawn(move || persist_one(other.as_mut(), &change).done());
        two.until_it_waits(&waiter);
        turn.take_numbers(two.one.as_mut()).unwrap();
        let posted = conclude(turn, two.one.as_mut()).done();
        (posted, waiter.join().unwrap())
    });
    assert_decided_under_its_settings(&posted, &changed);
    proven::<P>(two.reader.as_ref());
}

/// Whatever stands in the history after the change transfers by itself, whatever stands before does not.
#[track_caller]
fn assert_decided_under_its_settings(posted: &Entry, changed: &Entry) {
    let transferred = posted.facts.len() == 3;
    assert_eq!(transferred, changed.head.no < posted.head.no, "{posted:?}");
}

/// Batches wait for a change of the settings, and are decided under the new ones.
pub fn batches_wait_for_a_change_of_settings<P: Shared>() {
    let mut two = Two::<P>::make();
    let change = Ask::new(say::automate(true, true), "change");
    let mut turn = Turn::load(two.one.as_mut(), vec![change]).unwrap();
    let mut other = std::mem::replace(&mut two.other, nobody());
    let (changed, posted) = thread::scope(|scope| {
        let negative = Ask::new(say::posted(FIRST, "-5"), "under the new settings");
        let waiter = scope.spawn(move || persist_one(other.as_mut(), &negative).done());
        two.until_it_waits(&waiter);
        turn.take_numbers(two.one.as_mut()).unwrap();
        let changed = conclude(turn, two.one.as_mut()).done();
        (changed, waiter.join().unwrap())
    });
    assert_decided_under_its_settings(&posted, &changed);
    proven::<P>(two.reader.as_ref());
}

/// One key in two stores at once, on an account: the second one finds what the first one did.
pub fn a_key_on_an_account_has_one_effect<P: Shared>() {
    let mut two = Two::<P>::make();
    let ask = refund(FIRST, "10", "the same");
    let mut turn = Turn::load(two.one.as_mut(), vec![ask.clone()]).unwrap();
    let mut other = std::mem::replace(&mut two.other, nobody());
    let (first, second) = thread::scope(|scope| {
        let waiter = scope.spawn(move || persist_one(other.as_mut(), &ask));
        two.until_it_waits(&waiter);
        turn.take_numbers(two.one.as_mut()).unwrap();
        let first = conclude(turn, two.one.as_mut());
        (first, waiter.join().unwrap())
    });
    let entries = match (first, second) {
        (Said::Done(made), Said::Replayed(again)) | (Said::Replayed(again), Said::Done(made)) => {
            (made, again)
        }
        other => panic!("not one effect: {other:?}"),
    };
    assert_eq!(entries.0, entries.1);
    proven::<P>(two.reader.as_ref());
}

/// One key in two stores at once, where there is no account yet to wait for: the second one is in the
/// way, and finds the effect when it tries again.
pub fn a_key_without_an_account_has_one_effect<P: Shared>() {
    conflict_then::<P>(
        &Ask::new(Command::OpenAccount(say::open("EUR")), "the same"),
        &Ask::new(Command::OpenAccount(say::open("EUR")), "the same"),
        |first, second| assert_eq!(*first, second.replayed()),
    );
}

/// One external id for two accounts at once: the second one is refused when it tries again.
pub fn an_external_id_of_an_account_is_taken_once<P: Shared>() {
    conflict_then::<P>(
        &Ask::new(say::open_as("EUR", "shop-1"), "a"),
        &Ask::new(say::open_as("EUR", "shop-1"), "b"),
        |_, second| taken(&second.refused()),
    );
}

/// One external id for two invoices at once, on accounts that have nothing to do with each other.
pub fn an_external_id_of_an_invoice_is_taken_once<P: Shared>() {
    let bill = |account, key: &str| {
        let mut bill = say::bill(account, &["1"]);
        bill.external_id = Some(say::id("R-1"));
        Ask::new(Command::CreateInvoice(bill), key)
    };
    conflict_then::<P>(&bill(FIRST, "a"), &bill(SECOND, "b"), |_, second| taken(&second.refused()));
}

#[track_caller]
fn taken(rejection: &Rejection) {
    assert!(matches!(rejection, Rejection::ExternalIdTaken { .. }), "{rejection:?}");
}

/// Both stores load before either commits; what the second one finds when it tries again.
fn conflict_then<P: Shared>(first: &Ask, second: &Ask, then: fn(&Entry, Said)) {
    let mut two = Two::<P>::make();
    let (one, other) = (two.one.as_mut(), two.other.as_mut());
    let mut early = Turn::load(one, vec![first.clone()]).unwrap();
    let mut late = Turn::load(other, vec![second.clone()]).unwrap();
    early.take_numbers(one).unwrap();
    late.take_numbers(other).unwrap();
    let made = early.commit(one).unwrap().pop().unwrap().done();
    let error = late.commit(other).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Conflict, "{error}");
    then(&made, persist_one(other, second));
    proven::<P>(two.reader.as_ref());
}

/// Whoever reads the history in order while a batch is open misses nothing of it later.
pub fn a_feed_does_not_pass_an_open_batch<P: Shared>() {
    for commits in [true, false] {
        let mut two = Two::<P>::make();
        let before = two.reader.head().unwrap();
        let mut turn = Turn::load(two.one.as_mut(), vec![deposit(FIRST, "1", "early")]).unwrap();
        turn.take_numbers(two.one.as_mut()).unwrap();
        let later = persist_one(two.other.as_mut(), &deposit(SECOND, "1", "late")).done();
        let page = thread::scope(|scope| {
            let reader = two.reader.clone();
            let waiter = scope.spawn(move || reader.entries(before, 10).unwrap());
            two.until_it_waits(&waiter);
            if commits {
                conclude(turn, two.one.as_mut());
            } else {
                two.one.release();
            }
            waiter.join().unwrap()
        });
        let numbers = |page: &[Entry]| page.iter().map(|entry| entry.head.no).collect::<Vec<_>>();
        let all = numbers(&two.reader.entries(before, 10).unwrap());
        assert!(all.contains(&later.head.no));
        assert_eq!(all.len(), if commits { 2 } else { 1 });
        assert!(all.starts_with(&numbers(&page)), "{all:?} became of {page:?}");
        proven::<P>(two.reader.as_ref());
    }
}

/// The head is not beyond a batch that is open.
pub fn the_head_is_not_beyond_an_open_batch<P: Shared>() {
    let mut two = Two::<P>::make();
    let mut turn = Turn::load(two.one.as_mut(), vec![deposit(FIRST, "1", "early")]).unwrap();
    turn.take_numbers(two.one.as_mut()).unwrap();
    persist_one(two.other.as_mut(), &deposit(SECOND, "1", "late")).done();
    let (head, seen) = thread::scope(|scope| {
        let reader = two.reader.clone();
        let waiter = scope.spawn(move || {
            let head = reader.head().unwrap();
            (head, crate::feed::up_to(reader.as_ref(), head))
        });
        two.until_it_waits(&waiter);
        conclude(turn, two.one.as_mut());
        waiter.join().unwrap()
    });
    assert_eq!(crate::feed::up_to(two.reader.as_ref(), head), seen, "{head} was not the head");
}

/// A snapshot taken while batches are open is a whole one.
pub fn a_snapshot_amid_batches_is_whole<P: Shared>() {
    let mut two = Two::<P>::make();
    let mut turn = Turn::load(two.one.as_mut(), vec![deposit(FIRST, "1", "early")]).unwrap();
    turn.take_numbers(two.one.as_mut()).unwrap();
    persist_one(two.other.as_mut(), &deposit(SECOND, "1", "late")).done();
    let snapshot = thread::scope(|scope| {
        let reader = two.reader.clone();
        let waiter = scope.spawn(move || reader.snapshot().unwrap());
        two.until_it_waits(&waiter);
        conclude(turn, two.one.as_mut());
        waiter.join().unwrap()
    });
    persist_one(two.other.as_mut(), &deposit(SECOND, "1", "after it")).done();
    let Some(snapshot) = snapshot else { return };
    let then = Model::of(&snapshot.entries(EntryNo(0), ALL).unwrap());
    agree(&then, snapshot.as_ref());
    P::verify(snapshot.as_ref());
    proven::<P>(two.reader.as_ref());
}

/// What another store commits while ours waits is loaded whole or not at all: a document never without
/// its account.
pub fn what_is_committed_meanwhile_is_loaded_whole<P: Shared>() {
    let mut two = Two::<P>::make();
    // A batch on both accounts that makes the first invoice.
    let asks = vec![deposit(FIRST, "1", "a"), Ask::new(say::posted(SECOND, "5"), "b")];
    let mut turn = Turn::load(two.one.as_mut(), asks).unwrap();
    let mut other = std::mem::replace(&mut two.other, nobody());
    let loaded = thread::scope(|scope| {
        // One that waits for the first account, and names that invoice too.
        let needs = [Need::Account(FIRST), Need::Invoice(InvoiceNo(1))];
        let waiter = scope.spawn(move || {
            let loaded = other.load(&needs, &[]);
            other.release();
            loaded
        });
        two.until_it_waits(&waiter);
        turn.take_numbers(two.one.as_mut()).unwrap();
        conclude(turn, two.one.as_mut());
        waiter.join().unwrap()
    });
    let books = match loaded {
        Ok(loaded) => loaded.books,
        Err(error) => return assert_eq!(error.kind, StoreErrorKind::Conflict, "{error}"),
    };
    let model = proven::<P>(two.reader.as_ref());
    for invoice in books.invoices.values() {
        assert_eq!(model.books.invoices.get(&invoice.no), Some(invoice));
        let account = books.accounts.get(&invoice.account);
        assert!(account.is_some(), "{} came without {}", invoice.no, invoice.account);
    }
}

/// Closing one store does not disturb another one, and opening one neither.
pub fn stores_come_and_go<P: Shared>() {
    let mut two = Two::<P>::make();
    let mut more = two.place.open(2);
    for (number, store) in more.stores.iter_mut().enumerate() {
        persist_one(store.as_mut(), &deposit(FIRST, "1", &format!("new {number}"))).done();
    }
    two.one.close();
    persist_one(two.other.as_mut(), &deposit(FIRST, "1", "after one closed")).done();
    // A store that was closed opens again by itself if it is needed.
    persist_one(two.one.as_mut(), &deposit(FIRST, "1", "closed too early")).done();
    let accounts = two.reader.page(Kind::Account, None, ALL).unwrap();
    assert_eq!(accounts, [2, 1]);
    proven::<P>(more.reader.as_ref());
    more.close();
    proven::<P>(two.reader.as_ref());
}

/// A store for whom there is nothing to do.
fn nobody() -> Box<dyn Store> {
    Box::new(crate::paper::Paper::default())
}

/// Of two workers that claim an order at once, one gets it; the other one is told who has it.
pub fn an_order_is_claimed_by_one<P: Shared>() {
    let Two { place: _place, mut one, mut other, reader } = Two::<P>::make();
    let commands =
        [say::gateway("main"), say::card(FIRST, "tok_one"), say::refund_to_method(FIRST, "20")];
    for (number, command) in commands.into_iter().enumerate() {
        persist_one(one.as_mut(), &Ask::new(command, &format!("order {number}"))).done();
    }
    let of = RefundNo(1).document();
    let asks = ["one", "other"].map(|worker| Ask::new(say::claim(of, worker), worker));
    let said = thread::scope(|scope| {
        let [first, second] = &asks;
        let first = scope.spawn(|| persist_one(one.as_mut(), first));
        let second = scope.spawn(|| persist_one(other.as_mut(), second));
        [first.join().unwrap(), second.join().unwrap()]
    });
    let got = said.iter().filter(|said| matches!(said, Said::Done(_))).count();
    let told =
        said.iter().filter(|said| matches!(said, Said::Refused(Rejection::OrderLeased { .. })));
    assert_eq!((got, told.count()), (1, 1), "{said:?}");
    let model = proven::<P>(reader.as_ref());
    assert_eq!(model.order_history(of).len(), 2);
}
