//! Domain 13, scenarios 11 to 17: applying credit.
#![allow(missing_docs, reason = "a test says what it says")]

use receivables::Kind;
use testkit::World;

#[test]
fn scenario_11_exact_and_partial() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("100")).accepted();
    let third = world.posted(account, "40");
    world.apply(third, "40").accepted();
    assert_eq!((world.credit(account), world.balance(third)), ("60.00".into(), "0.00".into()));
    let fourth = world.posted(account, "80");
    world.apply(fourth, "60").accepted();
    assert_eq!(world.balance(fourth), "20.00");
    world.expect(account, "0.00", "20.00", "20.00");
    assert_eq!(world.count(Kind::CreditBalanceAdjustment), 3);
    world.audit();
}

#[test]
fn scenario_12_more_than_credit_balance() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("30")).accepted();
    let invoice = world.posted(account, "80");
    world.apply(invoice, "50").rejected_with("amount_exceeds_credit_balance");
    assert_eq!(world.balance(invoice), "80.00");
    world.expect(account, "30.00", "80.00", "50.00");
}

#[test]
fn scenario_13_more_than_invoice() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("100")).accepted();
    let invoice = world.posted(account, "40");
    world.apply(invoice, "41").rejected_with("amount_exceeds_invoice_balance");
    assert_eq!(world.balance(invoice), "40.00");
    world.expect(account, "100.00", "40.00", "-60.00");
}

#[test]
fn scenario_17_balance_identity() {
    let mut world = World::new();
    let account = world.account("USD");
    let first = world.posted(account, "-100");
    world.transfer(first, "100").accepted();
    let third = world.posted(account, "40");
    world.apply(third, "40").accepted();
    assert_eq!((world.balance(first), world.balance(third)), ("0.00".into(), "0.00".into()));
    world.expect(account, "60.00", "0.00", "-60.00");
    world.audit();
}
