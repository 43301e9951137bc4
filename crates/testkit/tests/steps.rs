//! What one step does beyond its document: refund and adjust, cancel and settle, automation.
#![allow(missing_docs, reason = "a test says what it says")]

use receivables::account::Automation::{Inherit, Off, On};
use receivables::adjustment::AdjustmentType;
use receivables::command::{CancelAdjustment, OpenAccount, RefundPayment, Words};
use receivables::credit_balance::Direction;
use receivables::id::{Numbered, Ref};
use receivables::{Command, Kind};
use testkit::command::{
    apply_oldest, automate, cancel_adjustment, cancel_refund, one, open, part, refund_payment,
};
use testkit::{ALL, World, bill};

#[test]
fn refund_and_adjust_brings_the_invoices_to_zero_in_one_step() {
    let mut world = World::new();
    let account = world.account("USD");
    let a = world.billed(bill(account).charge("60").tax("6").charge("-10").posted());
    let b = world.posted(account, "30");
    let parts = vec![part(a, "56"), part(b, "30")];
    let payment = world.pay(account, parts, None).accepted().payment_no();
    let command = RefundPayment { adjust: true, ..refund_payment(payment, ALL) };
    let done = world.ask(Command::RefundPayment(command)).accepted();
    let refund = done.refund_no();
    assert_eq!(done.refund().amount.to_decimal(), "86.00");
    let made: Vec<_> = done.item_adjustments().into_iter().cloned().collect();
    assert_eq!(made.len(), 2);
    for adjusted in &made {
        assert_eq!(adjusted.kind, AdjustmentType::Credit);
        assert_eq!(adjusted.cause, Some(refund.document()));
    }
    assert_eq!((world.balance(a), world.balance(b)), ("0.00".into(), "0.00".into()));
    world.expect(account, "0.00", "0.00", "0.00");
    // The refund can only be canceled once the write-offs are.
    world.ask(cancel_refund(refund)).rejected_with("refunded_invoice_settled");
    for adjusted in &made {
        world.ask(testkit::command::cancel_item_adjustment(adjusted.no)).accepted();
    }
    assert_eq!((world.balance(a), world.balance(b)), ("56.00".into(), "30.00".into()));
    world.ask(cancel_refund(refund)).accepted();
    assert_eq!((world.balance(a), world.balance(b)), ("0.00".into(), "0.00".into()));
    world.audit();
}

#[test]
fn cancel_and_settle_leaves_the_invoice_at_zero_in_one_step() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.billed(bill(account).charge("-100").tax("-10").charge("20").posted());
    let adjustment = world.transfer(invoice, ALL).accepted().adjustment();
    world.expect(account, "90.00", "0.00", "-90.00");
    let done = world.ask(cancel_adjustment(adjustment, true)).accepted();
    let made = done.item_adjustments();
    let amounts: Vec<_> = made.iter().map(|made| made.amount.to_decimal()).collect();
    assert_eq!(amounts, ["90.00"]);
    for adjusted in made {
        assert_eq!(adjusted.kind, AdjustmentType::Charge);
        assert_eq!(adjusted.cause, Some(adjustment.document()));
    }
    assert_eq!(world.balance(invoice), "0.00");
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn settling_charges_as_many_items_as_it_takes() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.billed(bill(account).charge("-100").tax("-10").charge("-5").posted());
    let adjustment = world.transfer(invoice, "112").accepted().adjustment();
    let done = world.ask(cancel_adjustment(adjustment, true)).accepted();
    let amounts: Vec<_> =
        done.item_adjustments().iter().map(|made| made.amount.to_decimal()).collect();
    assert_eq!(amounts, ["100.00", "10.00", "5.00"]);
    assert_eq!(world.balance(invoice), "0.00");
    world.audit();
}

#[test]
fn a_wrong_reason_code_settles_nothing() {
    let mut world = World::new();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    let adjustment = world.transfer(invoice, ALL).accepted().adjustment();
    let reason_code = Some("Write-off".parse().unwrap());
    let words = Words { reason_code, ..Words::default() };
    let command = CancelAdjustment { adjustment: Ref::to(adjustment), settle: true, words };
    world.ask(Command::CancelCreditBalanceAdjustment(command)).rejected_with("unknown_reason_code");
}

#[test]
fn settings_move_credit_when_an_invoice_is_posted() {
    let mut world = World::new();
    let account = world.account("USD");
    world.ask(automate(true, true)).accepted();
    let done = world.ask(bill(account).charge("-100").posted()).accepted();
    let negative = done.invoice();
    assert_eq!(done.adjustments()[0].cause, Some(negative.document()));
    assert_eq!(done.adjustments()[0].direction, Direction::Increase);
    world.expect(account, "100.00", "0.00", "-100.00");
    let first = world.posted(account, "70");
    assert_eq!(world.balance(first), "0.00");
    let second = world.posted(account, "70");
    assert_eq!(world.balance(second), "40.00");
    world.expect(account, "0.00", "40.00", "40.00");
    let third = world.posted(account, "5");
    assert_eq!(world.balance(third), "5.00");
    // Also when a draft is posted, and not for invoices that are not due to count yet.
    let draft = world.draft(account, "-8");
    assert_eq!(world.credit(account), "0.00");
    world.ask(Command::PostInvoice(one(draft))).accepted();
    assert_eq!(world.credit(account), "8.00");
    world.billed(bill(account).charge("-9").dated("2026-03-03").posted());
    assert_eq!(world.credit(account), "8.00");
    let zero = world.posted(account, "0");
    assert_eq!((world.balance(zero), world.credit(account)), ("0.00".into(), "8.00".into()));
    world.audit();
}

#[test]
fn an_account_overrides_the_settings() {
    for organisation in [false, true] {
        for (choice, moves) in [(Inherit, organisation), (On, true), (Off, false)] {
            let mut world = World::new();
            world.ask(automate(organisation, organisation)).accepted();
            let account = world.account_as(OpenAccount {
                automatic_transfer: choice,
                automatic_application: choice,
                ..open("USD")
            });
            let negative = world.posted(account, "-10");
            assert_eq!(world.balance(negative), if moves { "0.00" } else { "-10.00" });
            world.pay(account, vec![], Some("10")).accepted();
            let positive = world.posted(account, "4");
            assert_eq!(world.balance(positive), if moves { "0.00" } else { "4.00" });
            world.audit();
        }
    }
}

#[test]
fn parts_without_an_amount_share_the_credit_there_is() {
    let mut world = World::new();
    let account = world.account("USD");
    let (a, b) = (world.posted(account, "10"), world.posted(account, "10"));
    world.pay(account, vec![], Some("15")).accepted();
    let done = world.apply_to(account, vec![part(a, ALL), part(b, ALL)]).accepted();
    let amounts: Vec<_> = done.adjustments().iter().map(|made| made.amount.to_decimal()).collect();
    assert_eq!(amounts, ["10.00", "5.00"]);
    let c = world.posted(account, "10");
    world.pay(account, vec![], Some("3")).accepted();
    // Nothing is left for the second part: a rule says so, not the database.
    world.apply_to(account, vec![part(b, ALL), part(c, ALL)]).rejected_with("no_credit");
    world.apply_to(account, vec![part(b, "3"), part(c, ALL)]).rejected_with("no_credit");
    world.audit();
}

#[test]
fn credit_goes_to_the_oldest_due_first() {
    let mut world = World::new();
    let account = world.account("USD");
    let due = |bill: testkit::command::Bill, invoiced: &str, due: &str| {
        bill.dated(invoiced).due(due).posted()
    };
    let ten = || bill(account).charge("10");
    let d = world.billed(due(ten(), "2026-03-01", "2026-04-01"));
    let c = world.billed(due(ten(), "2026-02-02", "2026-03-01"));
    let b = world.billed(due(ten(), "2026-02-01", "2026-03-01"));
    let b2 = world.billed(due(ten(), "2026-02-01", "2026-03-01"));
    let a = world.billed(due(ten(), "2026-02-09", "2026-02-10"));
    let future = world.billed(due(ten(), "2026-03-03", "2026-03-03"));
    world.pay(account, vec![], Some("100")).accepted();
    let apply = |limit| Command::ApplyCreditBalance(apply_oldest(account, limit));
    world.ask(apply("100.01")).rejected_with("amount_exceeds_credit_balance");
    world.ask(apply("15")).accepted();
    let balances = |world: &World| [a, b, b2, c, d, future].map(|no| world.balance(no));
    assert_eq!(balances(&world), ["0.00", "5.00", "10.00", "10.00", "10.00", "10.00"]);
    world.ask(apply("20")).accepted();
    assert_eq!(balances(&world), ["0.00", "0.00", "0.00", "5.00", "10.00", "10.00"]);
    world.ask(apply(ALL)).accepted();
    assert_eq!(balances(&world), ["0.00", "0.00", "0.00", "0.00", "0.00", "10.00"]);
    assert_eq!(world.credit(account), "50.00");
    world.ask(apply(ALL)).rejected_with("no_open_invoice");
    assert_eq!(world.count(Kind::CreditBalanceAdjustment), 1 + 2 + 3 + 2);
    world.audit();
}
