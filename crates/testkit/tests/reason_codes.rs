//! Domain 8.2: reason codes per category; and credit balances switched off (domain 1.1).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use receivables::command::{
    ChangeReasonCode, ChangeSettings, MakeReasonCode, RefundCreditBalance, Words,
};
use receivables::reason::Category;
use receivables::{AccountNo, Command};
use testkit::command::{automate, refund};
use testkit::{ALL, Answer, World};

const REFUND: Category = Category::CreditBalanceRefund;

trait Codes {
    fn make(&mut self, code: &str) -> Answer;
    fn change(&mut self, code: &str, active: Option<bool>, default: bool) -> Answer;
    fn refund_because(&mut self, account: AccountNo, code: Option<&str>) -> Answer;
}

impl Codes for World {
    fn make(&mut self, code: &str) -> Answer {
        let (category, code) = (REFUND, code.parse().unwrap());
        self.ask(Command::MakeReasonCode(MakeReasonCode { category, code }))
    }

    fn change(&mut self, code: &str, active: Option<bool>, default: bool) -> Answer {
        let (category, code) = (REFUND, code.parse().unwrap());
        self.ask(Command::ChangeReasonCode(ChangeReasonCode { category, code, active, default }))
    }

    fn refund_because(&mut self, account: AccountNo, code: Option<&str>) -> Answer {
        let reason_code = code.map(|code| code.parse().unwrap());
        let words = Words { reason_code, ..Words::default() };
        self.ask(Command::RefundCreditBalance(RefundCreditBalance {
            words,
            ..refund(account, "1")
        }))
    }
}

#[test]
fn codes_are_added_switched_off_and_made_the_default() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("50")).accepted();
    world.refund_because(account, Some("Goodwill")).rejected_with("unknown_reason_code");
    world.make("Goodwill").accepted();
    world.make("Goodwill").rejected_with("reason_code_taken");
    world.refund_because(account, Some("Goodwill")).accepted();
    world.change("Nonsense", Some(false), false).rejected_with("unknown_reason_code");
    world.change("Standard Refund", Some(false), false).rejected_with("reason_code_is_default");
    world.change("Goodwill", Some(false), false).accepted();
    world.refund_because(account, Some("Goodwill")).rejected_with("unknown_reason_code");
    // Making an inactive code the default activates it.
    world.change("Goodwill", None, true).accepted();
    let done = world.refund_because(account, None).accepted();
    assert_eq!(done.refund().reason_code.as_str(), "Goodwill");
    world.change("Standard Refund", Some(false), false).accepted();
    world.refund_because(account, Some("Standard Refund")).rejected_with("unknown_reason_code");
    // Other categories are as they were.
    let invoice = world.posted(account, "-5");
    world.transfer(invoice, ALL).accepted();
    world.audit();
}

#[test]
fn there_are_at_most_three_hundred() {
    let mut world = World::new();
    let predefined: usize = Category::ALL.iter().map(|category| category.predefined().len()).sum();
    for number in predefined..300 {
        world.make(&format!("Code {number}")).accepted();
    }
    world.make("One more").rejected_with("too_many");
}

#[test]
fn without_credit_balances_none_arises_and_what_is_there_can_go() {
    let mut world = World::new();
    let account = world.account("USD");
    world.pay(account, vec![], Some("50")).accepted();
    let used = world.posted(account, "20");
    let off = ChangeSettings { credit_balance: Some(false), ..ChangeSettings::default() };
    world.ask(Command::ChangeSettings(off)).accepted();
    world.pay(account, vec![], Some("50")).rejected_with("credit_balance_off");
    let negative = world.posted(account, "-5");
    world.transfer(negative, ALL).rejected_with("credit_balance_off");
    world.ask(automate(true, false)).accepted();
    let automatic = world.posted(account, "-7");
    assert_eq!(world.balance(automatic), "-7.00");
    world.apply(used, ALL).accepted();
    world.refund(account, ALL).accepted();
    assert_eq!(world.credit(account), "0.00");
    world.audit();
}

#[test]
fn a_cancellation_needs_no_code_though_its_own_is_switched_off() {
    let mut world = World::new();
    let account = world.account("USD");
    let (category, code) = (Category::CreditBalanceAdjustment, "Cancellation".parse().unwrap());
    let off = ChangeReasonCode { category, code, active: Some(false), default: false };
    world.ask(Command::ChangeReasonCode(off)).accepted();
    let invoice = world.posted(account, "-5");
    let adjustment = world.transfer(invoice, ALL).accepted().adjustment();
    world.cancel(adjustment).accepted();
    world.audit();
}
