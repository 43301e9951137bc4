//! Domain 13, scenarios 18 to 26: canceling.
#![allow(missing_docs, reason = "a test says what it says")]

use receivables::{AccountNo, AdjustmentNo, InvoiceNo, Kind};
use testkit::World;
use testkit::command::{adjust, cancel_refund, charge, part};

/// Scenario 1: an account with one negative invoice, wholly transferred.
fn transferred(world: &mut World) -> (AccountNo, InvoiceNo, AdjustmentNo) {
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    let adjustment = world.transfer(invoice, "100").accepted().adjustment();
    (account, invoice, adjustment)
}

/// A posted invoice paid wholly from credit.
fn applied(world: &mut World, account: AccountNo, amount: &str) -> (InvoiceNo, AdjustmentNo) {
    let invoice = world.posted(account, amount);
    (invoice, world.apply(invoice, amount).accepted().adjustment())
}

#[test]
fn scenario_18_cancel_unused_transfer() {
    let mut world = World::new();
    let (account, invoice, adjustment) = transferred(&mut world);
    world.cancel(adjustment).accepted();
    assert!(world.adjustment(adjustment).1);
    assert_eq!(world.balance(invoice), "-100.00");
    world.expect(account, "0.00", "-100.00", "-100.00");
    assert_eq!(world.count(Kind::Refund), 0);
    assert_eq!(world.count(Kind::CreditBalanceAdjustment), 1);
    world.audit();
}

#[test]
fn scenario_19_then_zero_it_with_a_charge() {
    let mut world = World::new();
    let (account, invoice, adjustment) = transferred(&mut world);
    world.cancel(adjustment).accepted();
    world.ask(adjust(invoice, vec![charge(None, "100.01")])).rejected_with("item_not_toward_zero");
    world.ask(adjust(invoice, vec![charge(None, "100")])).accepted();
    assert_eq!(world.balance(invoice), "0.00");
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn scenario_20_cancel_after_part_was_used() {
    let mut world = World::new();
    let (account, invoice, increase) = transferred(&mut world);
    let (third, decrease) = applied(&mut world, account, "40");
    assert_eq!(world.credit(account), "60.00");
    world.cancel(increase).rejected_with("credit_already_used");
    world.cancel(decrease).accepted();
    assert_eq!((world.credit(account), world.balance(third)), ("100.00".into(), "40.00".into()));
    world.cancel(increase).accepted();
    assert_eq!(world.balance(invoice), "-100.00");
    world.expect(account, "0.00", "-60.00", "-60.00");
    world.audit();
}

#[test]
fn scenario_21_pool_not_lots() {
    let mut world = World::new();
    let (account, invoice, increase) = transferred(&mut world);
    let sixth = world.posted(account, "-50");
    world.transfer(sixth, "50").accepted();
    assert_eq!(world.credit(account), "150.00");
    let (third, _) = applied(&mut world, account, "40");
    assert_eq!(world.credit(account), "110.00");
    world.cancel(increase).accepted();
    assert_eq!(world.balance(invoice), "-100.00");
    assert_eq!(world.balance(third), "0.00");
    world.expect(account, "10.00", "-100.00", "-110.00");
    world.audit();
}

#[test]
fn scenario_22_cancel_an_application() {
    let mut world = World::new();
    let (account, _, _) = transferred(&mut world);
    let (third, decrease) = applied(&mut world, account, "40");
    assert_eq!((world.credit(account), world.balance(third)), ("60.00".into(), "0.00".into()));
    world.cancel(decrease).accepted();
    assert_eq!(world.balance(third), "40.00");
    world.expect(account, "100.00", "40.00", "-60.00");
    world.audit();
}

#[test]
fn scenario_23_cancel_overpayment_adjustment() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "100");
    let done = world.pay(account, vec![part(invoice, "100")], Some("50")).accepted();
    world.cancel(done.adjustment()).rejected_with("adjustment_of_payment");
    world.expect(account, "50.00", "0.00", "-50.00");
}

#[test]
fn scenario_24_cancel_refund_adjustment() {
    let mut world = World::new();
    let (account, _, _) = transferred(&mut world);
    let refund = world.refund(account, "60").accepted();
    world.cancel(refund.adjustment()).rejected_with("adjustment_of_refund");
    world.ask(cancel_refund(refund.refund_no())).rejected_with("refund_final");
    assert_eq!(world.credit(account), "40.00");
    world.pay(account, vec![], Some("60")).accepted();
    world.expect(account, "100.00", "0.00", "-100.00");
    world.audit();
}

#[test]
fn scenario_25_cancel_twice() {
    let mut world = World::new();
    let (account, invoice, adjustment) = transferred(&mut world);
    world.cancel(adjustment).accepted();
    world.cancel(adjustment).rejected_with("already_canceled");
    assert_eq!(world.balance(invoice), "-100.00");
    world.expect(account, "0.00", "-100.00", "-100.00");
}

#[test]
fn scenario_26_cancel_after_counter_adjustment() {
    let mut world = World::new();
    let (account, _, _) = transferred(&mut world);
    let seventh = world.posted(account, "100");
    let decrease = world.apply(seventh, "40").accepted().adjustment();
    assert_eq!(world.balance(seventh), "60.00");
    world.counter(seventh, "10").accepted();
    assert_eq!(world.balance(seventh), "70.00");
    world.cancel(decrease).rejected_with("invoice_beyond_its_amount");
    world.counter(seventh, "31").rejected_with("amount_exceeds_reversible");
    world.counter(seventh, "30").accepted();
    assert_eq!(world.balance(seventh), "100.00");
    world.expect(account, "100.00", "100.00", "0.00");
    world.audit();
}
