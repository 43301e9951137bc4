//! How often a batch and a question wait for the server: as often for a thousand as for one.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use engine::Reader;
use receivables::id::Numbered;
use receivables::{
    AccountNo, AdjustmentNo, Command, EntryNo, InvoiceNo, MethodNo, PaymentNo, RefundNo,
};
use store_conformance::turn::{Ask, Desk, Said, Turn, act};
use store_conformance::{Opened, Place, say};
use store_postgres::Mode;
use support::InADatabase;
use support::proxy::Proxy;

/// Books that are asked through a proxy.
struct Counted {
    opened: Opened,
    proxy: Proxy,
    // Dropped last: the database is in use up to then.
    _place: InADatabase,
}

impl Counted {
    fn make() -> Self {
        let (place, proxy) = (InADatabase::fresh(), Proxy::open());
        let opened = support::open(&proxy.url(&place.url()), Mode::Write, 1);
        Self { opened, proxy, _place: place }
    }

    /// How many statements `ask` sends.
    fn statements<T>(&mut self, ask: impl FnOnce(&mut Opened) -> T) -> (usize, T) {
        let before = self.proxy.statements();
        let answer = ask(&mut self.opened);
        (self.proxy.statements() - before, answer)
    }
}

/// A thousand accounts with credit and an invoice each.
fn prepared() -> (Counted, Vec<AccountNo>) {
    let mut counted = Counted::make();
    let mut desk = Desk::at(counted.opened.store());
    let open = vec![Command::OpenAccount(say::open("EUR")); 1_000];
    let accounts: Vec<AccountNo> = desk.all(open).iter().map(|entry| entry.head.account).collect();
    desk.all(accounts.iter().map(|account| say::deposit(*account, "10")).collect());
    desk.all(accounts.iter().map(|account| say::posted(*account, "10")).collect());
    (counted, accounts)
}

/// Payments to the credit balance and to an invoice, one pair per account.
fn payments(accounts: &[AccountNo], key: &str) -> Vec<Ask> {
    let pair = |account: &AccountNo| {
        let invoice = vec![say::part(InvoiceNo(account.0), "0.01")];
        let paid = Command::RecordPayment(say::pay(*account, invoice, None));
        [say::deposit(*account, "0.01"), paid]
    };
    let commands = accounts.iter().flat_map(pair).enumerate();
    commands.map(|(number, command)| Ask::new(command, &format!("{key} {number}"))).collect()
}

#[test]
fn a_batch_waits_three_times_whatever_its_size() {
    let (mut counted, accounts) = prepared();
    // Statements are prepared once per connection, so the first batch is not the measure.
    let mut all = Vec::new();
    for (round, size) in [1, 1, 500, 1, 500].into_iter().enumerate() {
        let asks = payments(&accounts[..size], &format!("{round}"));
        let (load, turn) = counted.statements(|opened| Turn::load(opened.store(), asks));
        let mut turn = turn.unwrap();
        let (take, taken) = counted.statements(|opened| turn.take_numbers(opened.store()));
        taken.unwrap();
        let (commit, done) = counted.statements(|opened| turn.commit(opened.store()));
        assert_eq!(done.unwrap().len(), 2 * size);
        all.push([load, take, commit]);
    }
    let [_, one, many, one_again, many_again] = all[..] else { panic!("five rounds") };
    assert_eq!(one, one_again);
    assert_eq!(many, many_again);
    assert_eq!(one, many, "statements of a batch of 1 and of 500 pairs");
    assert!(one.iter().sum::<usize>() < 20, "{one:?}");
    // With all answers held back until the last statement of a step was sent, each step still comes
    // through: its statements go out together.
    for (round, size) in [1, 500].into_iter().enumerate() {
        let asks = payments(&accounts[..size], &format!("held {round}"));
        let [load, take, commit] = one;
        counted.proxy.hold_until(load);
        let mut turn = Turn::load(counted.opened.store(), asks).unwrap();
        counted.proxy.hold_until(take);
        turn.take_numbers(counted.opened.store()).unwrap();
        counted.proxy.hold_until(commit);
        turn.commit(counted.opened.store()).unwrap();
    }
}

#[test]
fn a_batch_that_names_documents_asks_as_often_whatever_its_size() {
    let (mut counted, accounts) = prepared();
    let mut all = Vec::new();
    for (round, range) in [0..1, 1..2, 2..102, 102..103, 103..203].into_iter().enumerate() {
        // The payment of each account has its number.
        let cancel =
            |account: &AccountNo| Command::CancelPayment(say::cancel(PaymentNo(account.0)));
        let commands = accounts[range].iter().map(cancel).enumerate();
        let asks = commands
            .map(|(number, command)| Ask::new(command, &format!("cancel {round} {number}")));
        let asks: Vec<Ask> = asks.collect();
        let count = asks.len();
        let (sent, said) = counted.statements(|opened| act(opened.store(), asks).unwrap());
        assert_eq!(said.into_iter().map(Said::done).count(), count);
        all.push(sent);
    }
    assert_eq!(all[1..], [all[1]; 4], "statements of a batch of 1 and of 100");
    assert!(all[1] < 40, "{all:?}");
}

#[test]
fn a_batch_about_orders_asks_as_often_whatever_its_size() {
    let (mut counted, accounts) = prepared();
    let model =
        store_conformance::Model::of(&counted.opened.reader.entries(EntryNo(0), 100_000).unwrap());
    let mut desk = Desk::on(counted.opened.store(), model);
    desk.done(say::gateway("main"));
    desk.all(accounts.iter().map(|account| say::card(*account, "tok_one")).collect());
    desk.all(accounts.iter().map(|account| say::refund_to_method(*account, "1")).collect());
    let mut all = Vec::new();
    for (round, range) in [0..1, 1..2, 2..102, 102..103, 103..203].into_iter().enumerate() {
        // The refund of each account has its number.
        let claim = |account: &AccountNo| say::claim(RefundNo(account.0).document(), "worker");
        let commands = accounts[range].iter().map(claim).enumerate();
        let asks =
            commands.map(|(number, command)| Ask::new(command, &format!("claim {round} {number}")));
        let asks: Vec<Ask> = asks.collect();
        let count = asks.len();
        let (sent, said) = counted.statements(|opened| act(opened.store(), asks).unwrap());
        assert_eq!(said.into_iter().map(Said::done).count(), count);
        all.push(sent);
    }
    assert_eq!(all[1..], [all[1]; 4], "statements of a batch of 1 and of 100");
    assert!(all[1] < 40, "{all:?}");
}

#[test]
fn a_question_about_many_asks_as_often_as_one_about_one() {
    let (counted, accounts) = prepared();
    let reader = counted.opened.reader.as_ref();
    type Question = fn(&dyn Reader, usize);
    fn first<N>(count: usize, of: fn(u64) -> N) -> Vec<N> {
        (1..=count as u64).map(of).collect()
    }
    let questions: [(&str, Question); 14] = [
        ("accounts", |reader, count| drop(reader.accounts(&first(count, AccountNo)).unwrap())),
        ("account_profiles", |reader, count| {
            drop(reader.account_profiles(&first(count, AccountNo)).unwrap());
        }),
        ("invoices", |reader, count| drop(reader.invoices(&first(count, InvoiceNo)).unwrap())),
        ("payments", |reader, count| drop(reader.payments(&first(count, PaymentNo)).unwrap())),
        ("adjustments", |reader, count| {
            drop(reader.adjustments(&first(count, AdjustmentNo)).unwrap());
        }),
        ("refunds", |reader, count| drop(reader.refunds(&first(count, RefundNo)).unwrap())),
        ("methods", |reader, count| drop(reader.methods(&first(count, MethodNo)).unwrap())),
        ("orders", |reader, count| {
            drop(reader.orders(&first(count, |no| RefundNo(no).document())).unwrap());
        }),
        ("page", |reader, count| {
            drop(reader.page(receivables::Kind::Invoice, None, count).unwrap());
        }),
        ("entries", |reader, count| drop(reader.entries(EntryNo(0), count).unwrap())),
        ("entries_before", |reader, count| drop(reader.entries_before(None, count).unwrap())),
        ("account_entries", |reader, count| {
            drop(reader.account_entries(AccountNo(1), None, count).unwrap());
        }),
        ("credit_postings", |reader, count| {
            drop(reader.credit_postings(AccountNo(1), None, count).unwrap());
        }),
        ("invoice_postings", |reader, count| {
            drop(reader.invoice_postings(InvoiceNo(1), None, count).unwrap());
        }),
    ];
    for (name, ask) in questions {
        let count = |size: usize| {
            let before = counted.proxy.statements();
            ask(reader, size);
            counted.proxy.statements() - before
        };
        // Prepared first.
        count(1);
        assert_eq!(count(1), count(accounts.len()), "{name}");
    }
}
