//! Domain 8.4: accounting periods, and scenario 47. Scenario 48, with a gateway, is in `http_periods`.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use engine::{Actor, Failure, Request};
use receivables::command::{
    AdjustInvoiceItems, Cancel, CancelAdjustment, ChangePeriod, MakePeriod, RecordPayment,
    RefundCreditBalance, Words,
};
use receivables::fact::Fact;
use receivables::id::Ref;
use receivables::period::PeriodStatus;
use receivables::permission::{Permission, Permissions};
use receivables::{Command, Rejection};
use testkit::command::{bill, cancel_adjustment, day, pay, refund, transfer};
use testkit::{ALL, Answer, World};

impl Months for World {
    fn month(&mut self, name: &str, first: &str, last: &str) -> Answer {
        let (first_day, last_day) = (day(first), day(last));
        let name = name.parse().unwrap();
        self.ask(Command::MakePeriod(MakePeriod { name, first_day, last_day }))
    }

    fn set(&mut self, period: &str, status: PeriodStatus) -> Answer {
        self.ask(set(period, status))
    }

    /// February and March; it is the second of March.
    fn with_months() -> Self {
        let mut world = Self::new();
        world.month("2026-02", "2026-02-01", "2026-02-28").accepted();
        world.month("2026-03", "2026-03-01", "2026-03-31").accepted();
        world
    }
}

trait Months: Sized {
    fn month(&mut self, name: &str, first: &str, last: &str) -> Answer;
    fn set(&mut self, period: &str, status: PeriodStatus) -> Answer;
    fn with_months() -> Self;
}

fn set(period: &str, status: PeriodStatus) -> Command {
    Command::ChangePeriod(ChangePeriod { period: period.parse().unwrap(), status })
}

fn late() -> Words {
    Words { late_entry: true, ..Words::default() }
}

#[test]
fn periods_follow_each_other_and_close_in_order() {
    let mut world = World::with_months();
    world.month("2026-03", "2026-04-01", "2026-04-30").rejected_with("period_name_taken");
    world.month("2026-04", "2026-04-02", "2026-04-30").rejected_with("period_not_next");
    world
        .month("2026-04", "2026-04-01", "2026-03-31")
        .rejected_with("period_ends_before_it_begins");
    world.set("2026-05", PeriodStatus::Closed).rejected_with("unknown_period");
    world.set("2026-02", PeriodStatus::Open).rejected_with("period_status_unchanged");
    world.set("2026-03", PeriodStatus::Closed).rejected_with("earlier_period_open");
    world.set("2026-03", PeriodStatus::PendingClose).accepted();
    world.set("2026-02", PeriodStatus::Closed).accepted();
    world.set("2026-03", PeriodStatus::Closed).accepted();
    world.set("2026-02", PeriodStatus::Open).rejected_with("period_not_reopenable");
    world.set("2026-03", PeriodStatus::Open).accepted();
    world.set("2026-02", PeriodStatus::PendingClose).accepted();
    world.audit();
}

#[test]
fn drafts_keep_a_period_open() {
    let mut world = World::with_months();
    let account = world.account("USD");
    let posted = bill(account).charge("5").dated("2026-02-10").posted();
    world.ask(posted).accepted();
    let draft = world.billed(bill(account).charge("10").dated("2026-02-28").draft());
    let later = world.billed(bill(account).charge("10").dated("2026-03-01").draft());
    for round in 0..2 {
        let refused = world.set("2026-02", PeriodStatus::Closed).rejected_with("period_has_drafts");
        let Rejection::PeriodHasDrafts { drafts, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!(*drafts, [draft.to_string()], "round {round}");
        world.reopen();
    }
    world.set("2026-02", PeriodStatus::PendingClose).accepted();
    let cancel = receivables::command::OneInvoice { invoice: Ref::to(draft) };
    world.ask(Command::CancelInvoice(cancel)).accepted();
    world.set("2026-02", PeriodStatus::Closed).accepted();
    world.set("2026-03", PeriodStatus::Closed).rejected_with("period_has_drafts");
    assert_eq!(world.balance(later), "0.00");
    world.audit();
}

#[test]
fn scenario_47_a_document_of_a_closed_period_is_countered_not_canceled() {
    let mut world = World::with_months();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    let adjustment = world.transfer(invoice, ALL).accepted().adjustment();
    world.later(24 * 30);
    world.set("2026-02", PeriodStatus::Closed).accepted();
    world.set("2026-03", PeriodStatus::Closed).accepted();
    world.cancel(adjustment).rejected_with("period_closed");
    world.expect(account, "100.00", "0.00", "-100.00");
    world.counter(invoice, ALL).accepted();
    world.expect(account, "0.00", "-100.00", "-100.00");
    world.audit();
}

#[test]
fn a_late_entry_stands_on_the_next_open_day_and_says_so() {
    let mut world = World::with_months();
    let account = world.account("USD");
    let invoice = world.posted(account, "-100");
    let adjustment = world.transfer(invoice, ALL).accepted().adjustment();
    world.later(24 * 31);
    world.set("2026-02", PeriodStatus::Closed).accepted();
    world.set("2026-03", PeriodStatus::Closed).accepted();
    let command =
        CancelAdjustment { adjustment: Ref::to(adjustment), settle: false, words: late() };
    let done = world.ask(Command::CancelCreditBalanceAdjustment(command)).accepted();
    let entry = &done.0.entry;
    let Some(Fact::EnteredLate(said)) = entry.facts.last() else { panic!("{entry:?}") };
    assert_eq!((said.belongs_to, said.date), (day("2026-03-02"), day("2026-04-02")));
    assert_eq!(said.period.as_str(), "2026-03");
    assert!(entry.postings.iter().all(|posting| posting.date == day("2026-04-02")));
    world.expect(account, "0.00", "-100.00", "-100.00");
    // A payment that belongs to March is dated the first of April.
    let words = late();
    let date = Some(day("2026-03-15"));
    let payment = RecordPayment { date, words, ..pay(account, vec![], Some("30")) };
    let done = world.ask(Command::RecordPayment(payment)).accepted();
    assert!(done.0.entry.postings.iter().all(|posting| posting.date == day("2026-04-01")));
    world.audit();
    world.reopen();
    world.audit();
    assert_eq!(world.imported(2).snapshot(), world.snapshot());
}

/// Everything domain 8.4 lists as locked, each refused by the same code, and nothing is written.
#[test]
fn what_is_dated_in_a_closed_period_is_locked() {
    let mut world = World::with_months();
    let account = world.account("USD");
    let negative = world.posted(account, "-100");
    let positive = world.posted(account, "50");
    let increase = world.transfer(negative, "60").accepted().adjustment();
    let draft = world.billed(bill(account).charge("10").dated("2026-04-01").draft());
    let payment = world.paid(positive, "20");
    let other = world.paid(positive, "10");
    let refunded = world.refund_payment(payment, "5").accepted().refund_no();
    let adjust = |invoice, date: &str| AdjustInvoiceItems {
        invoice: Ref::to(invoice),
        lines: vec![],
        settle: true,
        date: Some(day(date)),
        words: Words::default(),
    };
    let adjusted =
        world.ask(Command::AdjustInvoiceItems(adjust(negative, "2026-03-02"))).accepted();
    let adjusted = adjusted.item_adjustments()[0].no;
    world.later(24 * 31);
    world.set("2026-02", PeriodStatus::Closed).accepted();
    world.set("2026-03", PeriodStatus::Closed).accepted();
    let before = world.snapshot();
    let date = Some(day("2026-03-20"));
    let words = Words::default();
    for command in [
        bill(account).charge("10").dated("2026-03-31").draft(),
        bill(account).charge("10").dated("2026-01-31").posted(),
        Command::AdjustInvoiceItems(adjust(positive, "2026-03-20")),
        Command::RecordPayment(RecordPayment { date, ..pay(account, vec![], Some("30")) }),
        Command::RefundCreditBalance(RefundCreditBalance { date, ..refund(account, "10") }),
        cancel_adjustment(increase, false),
        Command::CancelInvoiceItemAdjustment(Cancel {
            document: Ref::to(adjusted),
            words: words.clone(),
        }),
        Command::CancelRefund(Cancel { document: Ref::to(refunded), words: words.clone() }),
        Command::CancelPayment(Cancel { document: Ref::to(other), words }),
    ] {
        world.ask(command).rejected_with("period_closed");
    }
    assert_eq!(world.snapshot(), before);
    world.ask(transfer_of(draft)).rejected_with("invoice_status");
    world.audit();
}

fn transfer_of(invoice: receivables::InvoiceNo) -> Command {
    Command::TransferToCreditBalance(transfer(invoice, ALL))
}

#[test]
fn a_period_pending_close_takes_entries_of_those_who_close() {
    let mut world = World::with_months();
    let account = world.account("USD");
    world.set("2026-03", PeriodStatus::PendingClose).accepted();
    let all_but =
        Permissions::all().without(Permissions::NONE.with(Permission::ManageCloseProcess));
    let mut ask = |permissions| {
        let key = world.next_key();
        let actor = Actor::granted(Arc::from("somebody"), permissions, Arc::from([]), None);
        let command = Command::RecordPayment(pay(account, vec![], Some("30")));
        world.execute(Request::new(command, key, actor, "test"))
    };
    let refused = ask(all_but);
    let Err(Failure::Rejected(Rejection::PeriodClosed { status, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(status, PeriodStatus::PendingClose);
    ask(Permissions::all()).unwrap();
    world.audit();
}

/// Each is judged by what it leaves unfinished itself, whoever else changes another one in the same batch.
#[test]
fn two_periods_in_one_batch_are_judged_by_themselves() {
    let mut world = World::with_months();
    let account = world.account("USD");
    world.billed(bill(account).charge("10").draft());
    world.set("2026-02", PeriodStatus::Closed).accepted();
    let commands = [set("2026-03", PeriodStatus::Closed), set("2026-02", PeriodStatus::Open)];
    let requests = commands.into_iter().map(|command| World::request(command, world.next_key()));
    let requests = requests.collect();
    let said: Vec<bool> = world.array(requests).into_iter().map(|said| said.is_ok()).collect();
    assert_eq!(said, [false, true]);
    world.month("2026-04", "2026-04-01", "9999-12-31").rejected_with("date_too_far_ahead");
}
