//! Domain 1.6: credit dated in the future. Scenarios 49 to 51; the electronic part of 50 is in `http_future_dates`.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use receivables::command::{
    ApplyCreditBalance, ChangeSettings, RefundCreditBalance, TransferToCreditBalance,
};
use receivables::{AccountNo, Command, InvoiceNo};
use testkit::command::{apply, bill, day, part, refund, transfer};
use testkit::{ALL, Answer, World};

trait Ahead: Sized {
    fn ahead() -> Self;
    fn transfer_on(&mut self, invoice: InvoiceNo, amount: &str, date: &str) -> Answer;
    fn apply_on(&mut self, invoice: InvoiceNo, amount: &str, date: &str) -> Answer;
    fn refund_on(&mut self, account: AccountNo, amount: &str, date: &str) -> Answer;
}

impl Ahead for World {
    /// A world with the rule on; it is the second of March.
    fn ahead() -> Self {
        let mut world = Self::new();
        let on = ChangeSettings { future_dates: Some(true), ..ChangeSettings::default() };
        world.ask(Command::ChangeSettings(on)).accepted();
        world
    }

    fn transfer_on(&mut self, invoice: InvoiceNo, amount: &str, date: &str) -> Answer {
        let date = Some(day(date));
        let command = TransferToCreditBalance { date, ..transfer(invoice, amount) };
        self.ask(Command::TransferToCreditBalance(command))
    }

    fn apply_on(&mut self, invoice: InvoiceNo, amount: &str, date: &str) -> Answer {
        let (date, account) = (Some(day(date)), self.invoice(invoice).account);
        let command = ApplyCreditBalance { date, ..apply(account, vec![part(invoice, amount)]) };
        self.ask(Command::ApplyCreditBalance(command))
    }

    fn refund_on(&mut self, account: AccountNo, amount: &str, date: &str) -> Answer {
        let command = RefundCreditBalance { date: Some(day(date)), ..refund(account, amount) };
        self.ask(Command::RefundCreditBalance(command))
    }
}

#[test]
fn scenario_49_a_future_dated_transfer_and_what_may_be_done_with_it() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let negative = world.billed(bill(account).charge("-100").dated("2026-03-11").posted());
    world.transfer_on(negative, ALL, "2026-03-02").rejected_with("date_too_early");
    world.transfer_on(negative, ALL, "2026-03-11").accepted();
    let positive = world.billed(bill(account).charge("10").dated("2026-03-06").posted());
    world.apply_on(positive, "10", "2026-03-06").rejected_with("amount_exceeds_credit_balance_on");
    world.apply_on(positive, "10", "2026-03-11").accepted();
    world.expect(account, "90.00", "0.00", "-90.00");
    world.audit();
    world.reopen();
    // What was written back, or is in a database, knows of it as well.
    world.refund(account, "1").rejected_with("amount_exceeds_credit_balance_on");
    world.crashed().audit();
    assert_eq!(world.imported(3).snapshot(), world.snapshot());
    world.later(24 * 9);
    world.refund(account, ALL).accepted();
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn scenario_50_an_external_refund_on_a_day_when_credit_is_there() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let negative = world.billed(bill(account).charge("-100").dated("2026-04-01").posted());
    // Left out, the date is the first one possible.
    world.transfer(negative, ALL).accepted();
    world.refund_on(account, "100", "2026-03-05").rejected_with("amount_exceeds_credit_balance_on");
    world.refund_on(account, "100", "2026-03-31").rejected_with("amount_exceeds_credit_balance_on");
    world.refund_on(account, "100", "2026-04-01").accepted();
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn scenario_51_without_the_rule_no_other_day_is_taken() {
    let mut world = World::new();
    let account = world.account("USD");
    let negative = world.posted(account, "-100");
    world.transfer_on(negative, ALL, "2026-03-03").rejected_with("date_in_future");
    world.transfer_on(negative, ALL, "2026-03-01").rejected_with("date_too_early");
    world.transfer_on(negative, ALL, "2026-03-02").accepted();
    world.refund_on(account, "1", "2026-03-03").rejected_with("date_in_future");
    let positive = world.posted(account, "10");
    world.apply_on(positive, "10", "2026-03-03").rejected_with("date_in_future");
    let later = world.billed(bill(account).charge("-5").dated("2026-03-09").posted());
    world.transfer(later, ALL).rejected_with("invoice_dated_in_future");
    world.audit();
}

/// What a later day needs cannot be spent today, and what a later day brings is not there today.
#[test]
fn every_later_day_keeps_its_credit() {
    let mut world = World::ahead();
    let account = world.account("USD");
    world.pay(account, vec![], Some("50")).accepted();
    let bill_of = |amount: &str, date: &str| bill(account).charge(amount).dated(date).posted();
    let may = world.billed(bill_of("40", "2026-05-01"));
    world.apply_on(may, "40", "2026-05-01").accepted();
    world.refund(account, "10.01").rejected_with("amount_exceeds_credit_balance");
    let june = world.billed(bill_of("-30", "2026-06-01"));
    world.transfer(june, ALL).accepted();
    // 50 now, 10 from May on, 40 from June on.
    world.refund(account, "10.01").rejected_with("amount_exceeds_credit_balance_on");
    world.refund_on(account, "40.01", "2026-06-01").rejected_with("amount_exceeds_credit_balance");
    let done = world.refund(account, ALL).accepted();
    assert_eq!(done.refund().amount.to_decimal(), "10.00");
    world.refund(account, "0.01").rejected_with("amount_exceeds_credit_balance_on");
    world.refund_on(account, ALL, "2026-06-01").accepted();
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

/// Several commands of one batch see what the ones before them dated ahead.
#[test]
fn an_array_gives_what_its_commands_give_one_by_one() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let negative = world.billed(bill(account).charge("-100").dated("2026-03-11").posted());
    let dated = |amount: &str, date: &str| {
        let command = RefundCreditBalance { date: Some(day(date)), ..refund(account, amount) };
        Command::RefundCreditBalance(command)
    };
    let commands = [
        Command::TransferToCreditBalance(transfer(negative, ALL)),
        Command::RefundCreditBalance(refund(account, "1")),
        dated("60", "2026-03-11"),
        dated("60", "2026-03-12"),
        dated("40", "2026-03-12"),
    ];
    let requests = commands.into_iter().map(|command| World::request(command, world.next_key()));
    let requests = requests.collect();
    let said: Vec<bool> = world.array(requests).into_iter().map(|said| said.is_ok()).collect();
    assert_eq!(said, [true, false, true, false, true]);
    world.expect(account, "0.00", "0.00", "0.00");
    world.audit();
}

#[test]
fn the_cancellation_of_what_is_still_to_come_stands_on_its_day() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let negative = world.billed(bill(account).charge("-100").dated("2026-03-11").posted());
    let adjustment = world.transfer(negative, ALL).accepted().adjustment();
    let done = world.cancel(adjustment).accepted();
    assert!(done.0.entry.postings.iter().all(|posting| posting.date == day("2026-03-11")));
    world.expect(account, "0.00", "-100.00", "-100.00");
    world.audit();
}

#[test]
fn what_was_dated_ahead_before_a_day_closes_the_past_to_refunds() {
    let mut world = World::ahead();
    let account = world.account("USD");
    world.pay(account, vec![], Some("50")).accepted();
    world.later(24 * 3);
    let negative = world.billed(bill(account).charge("-100").dated("2026-03-11").posted());
    world.transfer(negative, ALL).accepted();
    world.refund_on(account, "1", "2026-03-04").rejected_with("dated_ahead_since");
    world.refund_on(account, "51", "2026-03-05").rejected_with("amount_exceeds_credit_balance_on");
    world.refund_on(account, "50", "2026-03-05").accepted();
    world.audit();
}

/// What was dated ahead and has come true is not there on the days before it, however long ago it was decided.
#[test]
fn the_past_knows_what_was_dated_ahead() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let negative = world.billed(bill(account).charge("-100").dated("2026-03-11").posted());
    world.transfer(negative, ALL).accepted();
    world.later(24 * 10);
    world.draft(account, "1");
    world.later(24 * 3);
    world.refund_on(account, "100", "2026-03-05").rejected_with("amount_exceeds_credit_balance_on");
    world.refund_on(account, "100", "2026-03-11").accepted();
    world.audit();
}

#[test]
fn nothing_is_reversed_before_its_credit_is_there() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let negative = world.billed(bill(account).charge("-100").dated("2026-03-02").posted());
    world.transfer_on(negative, ALL, "2026-03-03").accepted();
    world.counter(negative, ALL).rejected_with("no_credit");
    world.later(24);
    world.counter(negative, ALL).accepted();
    world.audit();
}

/// What others ask for in the same batch changes nothing, even of an account that is not there.
#[test]
fn a_batch_with_an_unknown_account_loses_no_movements() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let first = world.billed(bill(account).charge("-100").dated("2026-03-11").posted());
    world.transfer(first, ALL).accepted();
    let second = world.billed(bill(account).charge("-50").dated("2026-03-21").posted());
    let owed = world.posted(account, "100");
    let nobody = AccountNo(999_999);
    let commands = [
        Command::RefundCreditBalance(RefundCreditBalance {
            date: Some(day("2026-03-02")),
            ..refund(nobody, "1")
        }),
        Command::TransferToCreditBalance(transfer(second, ALL)),
        Command::ApplyCreditBalance(apply(account, vec![part(owed, "100")])),
    ];
    let requests = commands.into_iter().map(|command| World::request(command, world.next_key()));
    let requests = requests.collect();
    let said: Vec<bool> = world.array(requests).into_iter().map(|said| said.is_ok()).collect();
    assert_eq!(said, [false, true, false]);
    world.audit();
}

#[test]
fn nothing_is_dated_more_than_two_years_ahead() {
    let mut world = World::ahead();
    let account = world.account("USD");
    let negative = world.posted(account, "-5");
    world.transfer_on(negative, ALL, "9999-12-31").rejected_with("date_too_far_ahead");
    world.transfer_on(negative, ALL, "2028-03-02").accepted();
    world.audit();
}
