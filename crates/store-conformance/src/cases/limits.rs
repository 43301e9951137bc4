//! Figures as large as the rules allow.

use receivables::{Command, Rejection};

use super::{empty, reopened};
use crate::agree::agree;
use crate::place::Place;
use crate::say::{self, part};
use crate::turn::{Desk, Said, invoice_of};

/// The largest amount of one document: ten to the fifteenth minor units.
const LARGEST: &str = "10000000000000.00";
/// So many of them fit into one balance.
const FITTING: usize = 9_223;

/// Documents of the largest amount, of either sign, in a currency of no, two and three decimals.
pub fn the_largest_documents_come_back<P: Place>() {
    let (place, mut opened) = empty::<P>();
    let mut desk = Desk::at(opened.store());
    for (currency, largest) in
        [("JPY", "1000000000000000"), ("EUR", LARGEST), ("BHD", "1000000000000.000")]
    {
        let account = desk.account(currency);
        let negative = desk.posted(account, &format!("-{largest}"));
        let positive = desk.posted(account, largest);
        desk.done(say::transfer(negative, None));
        let apply = say::apply(account, vec![part(positive, largest)]);
        desk.done(Command::ApplyCreditBalance(apply));
        desk.deposited(account, largest);
        desk.done(Command::RefundCreditBalance(say::refund(account, largest)));
    }
    let model = desk.model;
    agree(&model, opened.reader.as_ref());
    let opened = reopened(&place, opened);
    agree(&model, opened.reader.as_ref());
    P::verify(opened.reader.as_ref());
}

/// A credit balance up to what sixty-four bits hold; the rules refuse what would go beyond.
pub fn a_balance_up_to_the_last_bit<P: Place>() {
    let (place, mut opened) = empty::<P>();
    let mut desk = Desk::at(opened.store());
    let account = desk.account("EUR");
    let mut left = FITTING;
    while left > 0 {
        let now = left.min(1_000);
        desk.all(vec![say::deposit(account, LARGEST); now]);
        left -= now;
    }
    let one_more = desk.say(say::deposit(account, LARGEST)).refused();
    assert!(matches!(one_more, Rejection::BalanceTooLarge), "{one_more:?}");
    // 9,223,372,036,854,775,807 is the largest number there is.
    desk.done(say::deposit(account, "3720368547758.07"));
    let said = desk.say(say::deposit(account, "0.01"));
    assert!(matches!(said, Said::Refused(Rejection::BalanceTooLarge)), "{said:?}");
    let balance = desk.model.books.accounts[&account].credit_balance;
    assert_eq!(balance.minor(), i64::MAX);
    let model = desk.model;
    assert_eq!(opened.reader.accounts(&[account]).unwrap()[0].credit_balance.minor(), i64::MAX);
    opened.store().idle();
    agree(&model, opened.reader.as_ref());
    let opened = reopened(&place, opened);
    agree(&model, opened.reader.as_ref());
}

/// As many items, lines and parts as a command may have.
pub fn the_longest_documents_come_back<P: Place>() {
    let (_place, mut opened) = empty::<P>();
    let reader = opened.reader.clone();
    let mut desk = Desk::at(opened.store());
    let account = desk.account("EUR");
    let long = say::bill(account, &["0.01"; 10_000]);
    let long = invoice_of(&desk.done(Command::CreateInvoice(long)));
    let invoices = desk.all(vec![say::posted(account, "2"); 1_000]);
    let parts = |amount: &str| {
        let numbers = invoices.iter().map(invoice_of);
        numbers.map(|no| part(no, amount)).collect::<Vec<_>>()
    };
    let paid = desk.done(Command::RecordPayment(say::pay(account, parts("1.50"), None)));
    let paid = crate::turn::payment_of(&paid);
    desk.done(Command::RefundPayment(say::refund_payment(paid, parts("0.75"))));
    desk.deposited(account, "100000");
    desk.done(Command::ApplyCreditBalance(say::apply(account, parts("1"))));
    let mut settle = say::adjust(long, Vec::new());
    settle.settle = true;
    desk.done(Command::AdjustInvoiceItems(settle));
    agree(&desk.model, reader.as_ref());
    P::verify(reader.as_ref());
}
