//! An array answers as its commands one by one would, also for documents made in the same array.
#![allow(missing_docs, reason = "a test says what it says")]

use engine::{Actor, Failure, Outcome};
use receivables::command::{RecordPayment, RefundCreditBalance, RefundPayment};
use receivables::{AccountNo, AdjustmentNo, Command, InvoiceNo, PaymentNo};
use testkit::command::{
    apply_oldest, cancel_adjustment, cancel_item_adjustment, cancel_payment, cancel_refund, day,
    one, open, part, pay, refund, refund_payment, transfer,
};
use testkit::{ALL, World, bill, code_of};

fn words(answer: &Result<Outcome, Failure>) -> String {
    match answer {
        Ok(outcome) => format!("{:?} {:?}", outcome.entry.facts, outcome.entry.postings),
        Err(Failure::Rejected(rejection)) => code_of(rejection),
        Err(other) => format!("{other:?}"),
    }
}

/// Runs `given` singly in two worlds, opens both databases again, then runs `when` singly in one and
/// as an array in the other; compares and hands back what was answered.
#[track_caller]
fn same(given: &[Command], when: &[Command]) -> Vec<String> {
    let prepare = || {
        let mut world = World::new();
        world.ask(Command::OpenAccount(open("USD"))).accepted();
        for command in given {
            world.ask(command.clone()).accepted();
        }
        world.later(24);
        world.reopen();
        world
    };
    let (mut singly, mut together) = (prepare(), prepare());
    let requests = |world: &mut World| -> Vec<_> {
        when.iter().map(|c| World::request(c.clone(), world.next_key())).collect()
    };
    let one_by_one: Vec<_> =
        requests(&mut singly).into_iter().map(|request| words(&singly.execute(request))).collect();
    let requests = requests(&mut together);
    let array: Vec<_> = together.array(requests).iter().map(words).collect();
    assert_eq!(array, one_by_one);
    assert_eq!(together.entries(), singly.entries());
    assert_eq!(together.snapshot(), singly.snapshot());
    together.audit();
    array
}

const A: AccountNo = AccountNo(1);
const INV: InvoiceNo = InvoiceNo(1);

fn credit(amount: &str) -> Command {
    Command::RecordPayment(pay(A, vec![], Some(amount)))
}

fn oldest(account: AccountNo) -> Command {
    Command::ApplyCreditBalance(apply_oldest(account, ALL))
}

#[test]
fn credit_goes_to_an_invoice_of_an_account_opened_in_the_same_array() {
    let new = AccountNo(2);
    let answers = same(
        &[],
        &[
            Command::OpenAccount(open("USD")),
            bill(new).charge("10").posted(),
            Command::RecordPayment(pay(new, vec![], Some("5"))),
            oldest(new),
        ],
    );
    assert!(answers[3].contains("Decrease"), "{}", answers[3]);
}

#[test]
fn credit_goes_to_an_invoice_reopened_in_the_same_array() {
    let whole = || {
        vec![
            bill(A).charge("10").posted(),
            Command::RecordPayment(pay(A, vec![part(INV, "10")], None)),
            credit("10"),
        ]
    };
    let back = Command::RefundPayment(refund_payment(PaymentNo(1), ALL));
    assert!(same(&whole(), &[back, oldest(A)])[1].contains("Decrease"));
    let canceled = cancel_payment(PaymentNo(1));
    assert!(same(&whole(), &[canceled, oldest(A)])[1].contains("Decrease"));
    let applied = [bill(A).charge("10").posted(), credit("10"), oldest(A)];
    let undone = cancel_adjustment(AdjustmentNo(2), false);
    assert!(same(&applied, &[undone, oldest(A)])[1].contains("Decrease"));
}

#[test]
fn a_prepayment_is_canceled_in_the_same_array() {
    let answers = same(&[], &[credit("5"), cancel_payment(PaymentNo(1))]);
    assert!(answers[1].contains("Canceled"), "{}", answers[1]);
}

#[test]
fn a_payment_dated_in_the_past_is_canceled_in_the_same_array() {
    let date = Some(day("2026-02-20"));
    let past = RecordPayment { date, ..pay(A, vec![], Some("50")) };
    let answers =
        same(&[credit("1")], &[Command::RecordPayment(past), cancel_payment(PaymentNo(2))]);
    assert!(answers[1].contains("Canceled"), "{}", answers[1]);
}

#[test]
fn a_past_refund_of_an_account_opened_in_the_same_array_is_judged() {
    let new = AccountNo(2);
    let date = Some(day("2026-03-01"));
    let past = RefundCreditBalance { date, ..refund(new, "5") };
    let answers = same(
        &[],
        &[
            Command::OpenAccount(open("USD")),
            Command::RecordPayment(pay(new, vec![], Some("5"))),
            Command::RefundCreditBalance(past),
        ],
    );
    assert_eq!(answers[2], "amount_exceeds_credit_balance_on");
}

#[test]
fn an_invoice_of_zero_is_unposted_in_the_same_array() {
    let zero = bill(A).charge("10").charge("-10");
    let unpost = Command::UnpostInvoice(one(INV));
    same(&[], &[zero.clone().posted(), unpost.clone()]);
    same(&[zero.draft()], &[Command::PostInvoice(one(INV)), unpost]);
}

#[test]
fn an_invoice_is_unposted_and_posted_again_in_the_same_array() {
    let (post, unpost) = (Command::PostInvoice(one(INV)), Command::UnpostInvoice(one(INV)));
    let when = [unpost.clone(), post.clone(), unpost.clone(), post, unpost];
    same(&[bill(A).charge("10").tax("1").posted()], &when);
}

#[test]
fn a_transfer_is_canceled_and_settled_in_the_same_array() {
    let moved = Command::TransferToCreditBalance(transfer(INV, ALL));
    let answers =
        same(&[bill(A).charge("-10").posted()], &[moved, cancel_adjustment(AdjustmentNo(1), true)]);
    assert!(answers[1].contains("InvoiceItemAdjusted"), "{}", answers[1]);
}

#[test]
fn a_payment_is_refunded_and_adjusted_in_the_same_array() {
    let paid = Command::RecordPayment(pay(A, vec![part(INV, "10")], None));
    let back = RefundPayment { adjust: true, ..refund_payment(PaymentNo(1), ALL) };
    let answers = same(
        &[bill(A).charge("10").posted()],
        &[
            paid,
            Command::RefundPayment(back),
            cancel_item_adjustment(receivables::ItemAdjustmentNo(1)),
            cancel_refund(receivables::RefundNo(1)),
            cancel_payment(PaymentNo(1)),
        ],
    );
    assert!(answers[1].contains("InvoiceItemAdjusted"), "{}", answers[1]);
    assert!(answers[4].contains("Canceled"), "{}", answers[4]);
}

#[test]
fn an_external_id_is_taken_within_the_array() {
    let numbered = || bill(A).charge("1").number("EXT-1").draft();
    let account = || {
        Command::OpenAccount(receivables::command::OpenAccount {
            external_id: Some("C-1".parse().unwrap()),
            ..open("USD")
        })
    };
    let answers = same(&[], &[numbered(), account(), numbered(), account()]);
    assert_eq!([answers[2].as_str(), answers[3].as_str()], ["external_id_taken"; 2]);
}

#[test]
fn a_rejected_command_leaves_no_trace_for_the_next_one() {
    let answers = same(
        &[bill(A).charge("10").posted(), credit("5")],
        &[
            Command::RefundCreditBalance(refund(A, "6")),
            Command::RefundCreditBalance(refund(A, "5")),
            Command::RefundCreditBalance(refund(A, "5")),
        ],
    );
    assert_eq!(
        (answers[0].as_str(), answers[2].as_str()),
        ("amount_exceeds_credit_balance", "no_credit")
    );
}

#[test]
fn a_preview_in_an_array_sees_what_came_before_and_leaves_nothing() {
    let mut world = World::new();
    let account = world.account("USD");
    let refund = || Command::RefundCreditBalance(refund(account, "5"));
    let requests = vec![
        World::request(credit("5"), world.next_key()),
        engine::Request::preview(refund(), Actor::program("tester".into()), "test"),
        World::request(refund(), world.next_key()),
        engine::Request::preview(refund(), Actor::program("tester".into()), "test"),
    ];
    let answers = world.array(requests);
    let [_, preview, real, late] = answers.as_slice() else { panic!("{answers:?}") };
    assert!(preview.as_ref().unwrap().dry_run && !real.as_ref().unwrap().dry_run);
    assert_eq!(words(preview), words(real));
    assert_eq!(words(late), "no_credit");
    assert_eq!(world.entries().len(), 3);
    world.audit();
}

#[test]
fn an_array_has_a_limit_and_an_empty_one_answers() {
    let world = World::new();
    assert!(world.array(Vec::new()).is_empty());
    let request = World::request(Command::OpenAccount(open("USD")), World::key("k"));
    let many = vec![request; engine::ARRAY_MAX + 1];
    assert_eq!(
        world.engine.execute_all_blocking(many).unwrap_err(),
        Failure::TooMany { max: 1000 }
    );
    assert_eq!(world.entries().len(), 0);
}
