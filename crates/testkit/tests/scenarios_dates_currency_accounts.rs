//! Domain 13, scenarios 47 and 51 to 58: dates, currencies, accounts, ledger, idempotency.
#![allow(missing_docs, reason = "a test says what it says")]

use engine::Failure;
use receivables::account::AccountStatus::{Active, Canceled};
use receivables::command::{ChangeSettings, RecordPayment, RefundCreditBalance};
use receivables::{Command, Kind};
use testkit::command::{adjust, credit, day, part, pay, refund, set_status, transfer};
use testkit::{ALL, World, bill};

#[test]
fn scenario_47_counter_adjusting_ends_where_canceling_would() {
    let figures = |counter: bool| {
        let mut world = World::new();
        let account = world.account("USD");
        let invoice = world.posted(account, "-100");
        let adjustment = world.transfer(invoice, "100").accepted().adjustment();
        world.later(24 * 31);
        if counter {
            world.counter(invoice, "100").accepted();
            world.cancel(adjustment).rejected_with("credit_already_used");
        } else {
            world.cancel(adjustment).accepted();
        }
        world.audit();
        let total = (world.total(account), world.account_balance(account));
        (world.credit(account), world.balance(invoice), total)
    };
    assert_eq!(figures(true), figures(false));
    let total = ("-100.00".to_owned(), "-100.00".to_owned());
    assert_eq!(figures(true), ("0.00".into(), "-100.00".into(), total));
}

#[test]
fn scenario_51_future_dates_are_refused() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("100")).accepted();
    let date = Some(day("2026-03-03"));
    let late = RefundCreditBalance { date, ..refund(account, "10") };
    world.ask(Command::RefundCreditBalance(late)).rejected_with("date_in_future");
    let late = RecordPayment { date, ..pay(account, vec![], Some("10")) };
    world.ask(Command::RecordPayment(late)).rejected_with("date_in_future");
    let coming = world.billed(bill(account).charge("-10").dated("2026-03-03").posted());
    world.transfer(coming, ALL).rejected_with("invoice_dated_in_future");
    let coming = world.billed(bill(account).charge("10").dated("2026-03-03").posted());
    world.apply(coming, ALL).rejected_with("invoice_dated_in_future");
    world.ask(adjust(coming, vec![credit(None, "1")])).rejected_with("date_too_early");
    world.later(24);
    world.apply(coming, ALL).accepted();
    world.audit();
}

#[test]
fn scenario_52_currency_precision() {
    let mut world = World::new();
    let (yen, dollar) = (world.account("JPY"), world.account("USD"));
    world.pay(yen, vec![], Some("1000")).accepted();
    world.refund(yen, "0.5").rejected_with("invalid_amount");
    assert_eq!(world.credit(yen), "1000");
    world.pay(dollar, vec![], Some("100")).accepted();
    world.refund(dollar, "10.005").rejected_with("invalid_amount");
    world.refund(dollar, "10.00500").rejected_with("invalid_amount");
    assert_eq!(world.credit(dollar), "100.00");
    world.refund(dollar, "10.000").accepted();
    assert_eq!(world.credit(dollar), "90.00");
}

#[test]
fn scenario_53_two_currencies() {
    let mut world = World::new();
    let (a, b) = (world.account("USD"), world.account("EUR"));
    world.pay(a, vec![], Some("50")).accepted();
    let invoice = world.posted(b, "50");
    world.apply_to(a, vec![part(invoice, "50")]).rejected_with("invoice_of_another_account");
    world.expect(a, "50.00", "0.00", "-50.00");
    world.expect(b, "0.00", "50.00", "50.00");
}

#[test]
fn scenario_54_canceled_account() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("20")).accepted();
    world.ask(set_status(account, Canceled)).accepted();
    world.pay(account, vec![], Some("5")).rejected_with("account_canceled");
    world.refund(account, "20").rejected_with("account_canceled");
    assert_eq!(world.credit(account), "20.00");
    world.ask(set_status(account, Active)).accepted();
    world.refund(account, "20").accepted();
    world.ask(set_status(account, Canceled)).accepted();
    world.ask(set_status(account, Canceled)).rejected_with("account_status_unchanged");
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn scenario_55_tax_line() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.billed(bill(account).charge("-100").tax("-10").posted());
    assert_eq!(world.balance(invoice), "-110.00");
    world.transfer(invoice, "100").accepted();
    assert_eq!(world.balance(invoice), "-10.00");
    world.expect(account, "100.00", "-10.00", "-110.00");
    world.transfer(invoice, ALL).accepted();
    assert_eq!(world.balance(invoice), "0.00");
    world.expect(account, "110.00", "0.00", "-110.00");
    world.audit();
}

#[test]
fn scenario_56_ledger_tie_out() {
    let mut world = World::new();
    let account = world.account("USD");
    let second = world.posted(account, "100");
    world.pay(account, vec![part(second, "100")], Some("50")).accepted();
    world.pay(account, vec![], Some("50")).accepted();
    let third = world.posted(account, "40");
    let applied = world.apply(third, "40").accepted().adjustment();
    world.refund(account, "35.50").accepted();
    assert_eq!(world.credit(account), "24.50");
    assert_eq!(world.cash_on_account("USD").to_decimal(), "24.50");
    world.cancel(applied).accepted();
    assert_eq!(world.cash_on_account("USD").to_decimal(), world.credit(account));
    // The audit checks that canceled documents net to zero on every ledger account; here by hand.
    let lines: Vec<_> = world
        .entries()
        .iter()
        .flat_map(|entry| entry.postings.clone())
        .filter(|posting| posting.document.kind == Kind::CreditBalanceAdjustment)
        .filter(|posting| posting.document.number == applied.0)
        .collect();
    let [done, undone] = lines.as_slice() else { panic!("two entries, got {lines:?}") };
    assert_eq!(
        (done.debit, done.credit, done.amount),
        (undone.credit, undone.debit, undone.amount)
    );
    world.audit();
}

#[test]
fn scenario_57_idempotency() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    let command = |amount| Command::TransferToCreditBalance(transfer(invoice, amount));
    let key = World::key("once");
    let first = world.ask_with(command("60"), key).accepted();
    let head = world.entries().len();
    let again = world.ask_with(command("60"), key).accepted();
    assert!(!first.0.replayed && again.0.replayed);
    assert_eq!(first.0.entry, again.0.entry);
    assert_eq!((world.entries().len(), world.count(Kind::CreditBalanceAdjustment)), (head, 1));
    let other = world.ask_with(command("40"), key).failed();
    assert_eq!(other, Failure::KeyReused { entry: first.0.entry.head.no.to_string() });
    // A rejection leaves the key free.
    let free = World::key("free");
    world.ask_with(command("40.01"), free).rejected_with("amount_exceeds_invoice_balance");
    world.ask_with(command("40"), free).accepted();
    // Also in one array, also after the database was opened again, also months later.
    world.later(24 * 100);
    world.reopen();
    let twice = World::key("twice");
    let more = Command::RecordPayment(pay(account, vec![], Some("5")));
    let answers = world.array(vec![
        World::request(command("60"), key),
        World::request(more.clone(), twice),
        World::request(more, twice),
        World::request(command("1"), twice),
    ]);
    let [replayed, made, same, reused] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!(replayed.as_ref().unwrap().entry, first.0.entry);
    assert_eq!(made.as_ref().unwrap().entry, same.as_ref().unwrap().entry);
    assert!(same.as_ref().unwrap().replayed);
    assert!(matches!(reused, Err(Failure::KeyReused { .. })));
    world.expect(account, "105.00", "0.00", "-105.00");
    world.audit();
}

#[test]
fn scenario_58_account_balance_rule() {
    let mut world = World::new();
    let account = world.account("USD");
    let eighth = world.posted(account, "80");
    let ninth = world.posted(account, "-30");
    let rule = |yes| {
        let negative_invoices_in_account_balance = Some(yes);
        Command::ChangeSettings(ChangeSettings {
            negative_invoices_in_account_balance,
            ..ChangeSettings::default()
        })
    };
    world.ask(rule(true)).accepted();
    world.expect(account, "0.00", "50.00", "50.00");
    world.ask(rule(false)).accepted();
    world.expect(account, "0.00", "80.00", "80.00");
    world.transfer(ninth, "30").accepted();
    assert_eq!(world.balance(eighth), "80.00");
    world.expect(account, "30.00", "80.00", "50.00");
    world.ask(rule(true)).accepted();
    world.expect(account, "30.00", "80.00", "50.00");
    world.audit();
}
