//! Domain 13, scenarios 1 to 10: creating credit.
#![allow(missing_docs, reason = "a test says what it says")]

use std::sync::Barrier;

use engine::Failure;
use receivables::Kind;
use receivables::credit_balance::{Direction, Source};
use receivables::{Command, Rejection};
use testkit::command::{one, part, transfer};
use testkit::{World, code_of};

#[test]
fn scenario_01_full_transfer() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100.00");
    world.expect(account, "0.00", "-100.00", "-100.00");
    let done = world.transfer(invoice, "100.00").accepted();
    let (adjusted, canceled) = world.adjustment(done.adjustment());
    assert_eq!(adjusted.direction, Direction::Increase);
    assert_eq!(adjusted.source, Source::Invoice(invoice));
    assert_eq!(adjusted.amount.to_decimal(), "100.00");
    assert!(!canceled);
    assert_eq!(world.balance(invoice), "0.00");
    world.expect(account, "100.00", "0.00", "-100.00");
    world.audit();
}

#[test]
fn scenario_02_partial_transfer() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    world.transfer(invoice, "30").accepted();
    assert_eq!(world.balance(invoice), "-70.00");
    world.expect(account, "30.00", "-70.00", "-100.00");
    world.audit();
}

#[test]
fn scenario_03_transfer_too_much() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    world.transfer(invoice, "100.01").rejected_with("amount_exceeds_invoice_balance");
    assert_eq!(world.balance(invoice), "-100.00");
    world.expect(account, "0.00", "-100.00", "-100.00");
}

#[test]
fn scenario_04_transfer_from_a_positive_invoice() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "50");
    world.transfer(invoice, "10").rejected_with("invoice_not_negative");
    world.counter(invoice, "10").rejected_with("nothing_to_reverse");
    world.expect(account, "0.00", "50.00", "50.00");
}

#[test]
fn scenario_05_zero_and_negative_amounts() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    world.transfer(invoice, "0").rejected_with("amount_not_positive");
    world.transfer(invoice, "-100").rejected_with("amount_not_positive");
    assert_eq!(world.count(Kind::CreditBalanceAdjustment), 0);
}

#[test]
fn scenario_06_draft_invoice() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.draft(account, "-100");
    world.transfer(invoice, "100").rejected_with("invoice_status");
    world.expect(account, "0.00", "0.00", "0.00");
    world.ask(Command::PostInvoice(one(invoice))).accepted();
    world.transfer(invoice, "100").accepted();
    world.expect(account, "100.00", "0.00", "-100.00");
}

#[test]
fn scenario_07_overpayment() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "100");
    let done = world.pay(account, vec![part(invoice, "100")], Some("50")).accepted();
    assert_eq!(done.payment().amount.to_decimal(), "150.00");
    let (adjusted, _) = world.adjustment(done.adjustment());
    assert_eq!(adjusted.direction, Direction::Increase);
    assert_eq!(adjusted.source, Source::Payment(done.payment_no()));
    assert_eq!(adjusted.amount.to_decimal(), "50.00");
    assert_eq!(world.balance(invoice), "0.00");
    world.expect(account, "50.00", "0.00", "-50.00");
    assert_eq!(world.count(Kind::Payment), 1);
    world.audit();
}

#[test]
fn scenario_08_prepayment() {
    let mut world = World::new();
    let account = world.account("USD");
    let done = world.pay(account, vec![], Some("50")).accepted();
    assert_eq!(done.payment().amount.to_decimal(), "50.00");
    world.expect(account, "50.00", "0.00", "-50.00");
    world.audit();
}

#[test]
fn scenario_10_two_transfers_of_one_invoice_in_parallel() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    let requests = ["left", "right"].map(|key| {
        let command = Command::TransferToCreditBalance(transfer(invoice, "100"));
        World::request(command, World::key(key))
    });
    let (gate, engine) = (Barrier::new(2), &world.engine);
    let answers = std::thread::scope(|scope| {
        let threads = requests.map(|request| {
            scope.spawn(|| {
                gate.wait();
                engine.execute_all_blocking(vec![request]).unwrap().pop().unwrap()
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    let refused: Vec<String> = answers
        .iter()
        .filter_map(|answer| match answer {
            Err(Failure::Rejected(rejection @ Rejection::InvoiceNotNegative { .. })) => {
                Some(code_of(rejection))
            }
            _ => None,
        })
        .collect();
    assert_eq!(refused, ["invoice_not_negative"]);
    assert_eq!(world.count(Kind::CreditBalanceAdjustment), 1);
    world.expect(account, "100.00", "0.00", "-100.00");
    world.audit();
}
