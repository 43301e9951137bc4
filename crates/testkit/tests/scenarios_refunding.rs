//! Domain 13, scenarios 27 to 31: refunding the credit balance.
#![allow(missing_docs, reason = "a test says what it says")]

use receivables::command::{RefundCreditBalance, Words};
use receivables::credit_balance::{Direction, Source};
use receivables::payment::MethodType;
use receivables::refund::{RefundSource, RefundType};
use receivables::{AccountNo, Command, InvoiceNo, Kind};
use testkit::command::refund;
use testkit::{ALL, World};

fn with_credit(world: &mut World) -> (AccountNo, InvoiceNo) {
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    world.transfer(invoice, ALL).accepted();
    (account, invoice)
}

#[test]
fn scenario_27_external_full() {
    let mut world = World::new();
    let (account, invoice) = with_credit(&mut world);
    let reference = Some("chq 4711".parse().unwrap());
    let words = Words { reference, ..Words::default() };
    let command = RefundCreditBalance { words, ..refund(account, "100") };
    let done = world.ask(Command::RefundCreditBalance(command)).accepted();
    let found = done.refund();
    assert_eq!(found.amount.to_decimal(), "100.00");
    assert_eq!(found.method_type, MethodType::Check);
    assert_eq!(found.reference.as_ref().unwrap().as_str(), "chq 4711");
    assert_eq!(found.source, RefundSource::CreditBalance(Some(done.adjustment())));
    let (adjusted, canceled) = world.adjustment(done.adjustment());
    assert_eq!(adjusted.direction, Direction::Decrease);
    assert_eq!(adjusted.source, Source::Refund(found.no));
    assert!(!canceled);
    assert_eq!(world.balance(invoice), "0.00");
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn scenario_28_external_part() {
    let mut world = World::new();
    let (account, _) = with_credit(&mut world);
    world.refund(account, "35.50").accepted();
    world.expect(account, "64.50", "0.00", "-64.50");
    let rest = world.preview(Command::RefundCreditBalance(refund(account, ALL))).unwrap();
    assert_eq!(testkit::Done(rest).refund().amount.to_decimal(), "64.50");
    assert_eq!(world.count(Kind::Refund), 1);
    world.audit();
}

#[test]
fn scenario_29_too_much() {
    let mut world = World::new();
    let (account, _) = with_credit(&mut world);
    world.refund(account, "35.50").accepted();
    world.refund(account, "64.51").rejected_with("amount_exceeds_credit_balance");
    assert_eq!(world.count(Kind::Refund), 1);
    world.expect(account, "64.50", "0.00", "-64.50");
}

#[test]
fn scenario_30_no_credit() {
    let mut world = World::new();
    let account = world.account("USD");
    world.refund(account, "10").rejected_with("no_credit");
    assert_eq!(world.count(Kind::Refund), 0);
}

#[test]
fn scenario_31_method_type_against_refund_type() {
    let mut world = World::new();
    let (account, _) = with_credit(&mut world);
    for (kind, method_type, code) in [
        (RefundType::External, None, "method_type_missing"),
        (RefundType::Electronic, Some(MethodType::CreditCard), "method_type_not_allowed"),
        (RefundType::Electronic, None, "payment_method_missing"),
    ] {
        let command = RefundCreditBalance { kind, method_type, ..refund(account, "10") };
        world.ask(Command::RefundCreditBalance(command)).rejected_with(code);
    }
    world.expect(account, "100.00", "0.00", "-100.00");
}
