//! Domain 13, scenarios 41 to 44: refunding payments.
#![allow(missing_docs, reason = "a test says what it says")]

use receivables::Command;
use receivables::command::RefundPayment;
use testkit::World;
use testkit::command::{adjust, credit, part, refund_payment};

#[test]
fn scenario_41_reopen_and_write_off() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "100");
    let payment = world.paid(invoice, "100");
    world.expect(account, "0.00", "0.00", "0.00");
    world.refund_payment(payment, "100").accepted();
    assert_eq!(world.balance(invoice), "100.00");
    world.expect(account, "0.00", "100.00", "100.00");
    world.ask(adjust(invoice, vec![credit(None, "100")])).accepted();
    assert_eq!(world.balance(invoice), "0.00");
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn scenario_42_partial() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "100");
    let payment = world.paid(invoice, "100");
    world.refund_payment(payment, "30").accepted();
    assert_eq!(world.balance(invoice), "30.00");
    let state = world.snapshot().payments.remove(0);
    assert_eq!(state.refunded[0].to_decimal(), "30.00");
    world.refund_payment(payment, "71").rejected_with("amount_exceeds_payment");
    world.refund_payment(payment, "70").accepted();
    assert_eq!(world.balance(invoice), "100.00");
    world.audit();
}

#[test]
fn scenario_43_multi_invoice_payment() {
    let mut world = World::new();
    let account = world.account("USD");
    let (a, b) = (world.posted(account, "6"), world.posted(account, "4"));
    let parts = vec![part(a, "6"), part(b, "4")];
    let payment = world.pay(account, parts, None).accepted().payment_no();
    world.refund_payment(payment, "4").rejected_with("parts_required");
    let over = RefundPayment { parts: vec![part(b, "5")], ..refund_payment(payment, "5") };
    world.ask(Command::RefundPayment(over)).rejected_with("amount_exceeds_application");
    let uneven = vec![part(a, "2"), part(b, "1")];
    let uneven = RefundPayment { parts: uneven, ..refund_payment(payment, "4") };
    world.ask(Command::RefundPayment(uneven)).rejected_with("parts_do_not_add_up");
    let parts = vec![part(a, "2"), part(b, "2")];
    let even = RefundPayment { parts, ..refund_payment(payment, "4") };
    world.ask(Command::RefundPayment(even)).accepted();
    assert_eq!((world.balance(a), world.balance(b)), ("2.00".into(), "2.00".into()));
    world.expect(account, "0.00", "4.00", "4.00");
    world.audit();
}

#[test]
fn scenario_44_credit_part_is_not_payment_refundable() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "100");
    let done = world.pay(account, vec![part(invoice, "100")], Some("50")).accepted();
    let payment = done.payment_no();
    world.refund_payment(payment, "120").rejected_with("amount_exceeds_payment");
    world.refund_payment(payment, "100").accepted();
    world.expect(account, "50.00", "100.00", "50.00");
    world.refund_payment(payment, "50").rejected_with("amount_exceeds_payment");
    world.refund(account, "50").accepted();
    assert_eq!(world.balance(invoice), "100.00");
    world.expect(account, "0.00", "100.00", "100.00");
    world.audit();
}
