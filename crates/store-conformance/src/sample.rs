//! A history with every command, every kind of fact and every choice that is stored.

use jiff::civil::Date;
use receivables::account::{AccountStatus, Automation};
use receivables::adjustment::AdjustmentType::{Charge, Credit};
use receivables::command::{
    ChangeAccount, ChangePaymentMethod, ChangeSettings, CreateInvoice, OpenAccount, RecordPayment,
    RefundCreditBalance, RefundPayment, Words,
};
use receivables::fact::Fact;
use receivables::id::{Numbered, Ref};
use receivables::invoice::ItemKind;
use receivables::journal::Role;
use receivables::labels::FieldObject;
use receivables::order::{DeclineCode, Meaning};
use receivables::payment::MethodType;
use receivables::personal_data::{NotePersonalData, PersonalDataStep};
use receivables::{AccountNo, Command, Document, InvoiceNo, ItemNo};

use crate::model::Model;
use crate::paper::Paper;
use crate::say::{self, bill, cancel, day, line, one, part};
use crate::turn::{Desk, adjustment_of, invoice_of, item_adjustment_of, payment_of, refund_of};

/// Makes it.
///
/// # Panics
///
/// If a command of it is refused.
pub fn fill(desk: &mut Desk<'_>) {
    settings(desk);
    desk.done(say::policy_on_totals());
    let one = desk.done(say::open_as("EUR", "shop-1")).head.account;
    credit(desk, one);
    desk.later(5);
    payments(desk, one);
    let two = automated(desk);
    desk.later(26);
    adjustments(desk, two);
    dates(desk, one);
    drafts(desk, one);
    gateways(desk);
    changes(desk, two);
    labels(desk, two);
    let yen = desk.account("JPY");
    desk.deposited(yen, "1000000");
    let dinar = desk.account("BHD");
    desk.posted(dinar, "1.001");
    desk.posted(dinar, "0");
    ahead_and_late(desk);
}

/// A closed period with a late entry, an open one with a draft and what a gateway is at, and credit dated ahead.
fn ahead_and_late(desk: &mut Desk<'_>) {
    desk.done(say::period("2025", "2025-01-01", "2025-12-31"));
    desk.done(say::close_period("2025"));
    desk.done(say::period("2026", "2026-01-01", "2026-12-31"));
    let account = desk.account("EUR");
    let words = Words { late_entry: true, ..Words::default() };
    let Command::RecordPayment(paid) = say::deposit(account, "12") else { panic!("a payment") };
    let date = Some(day("2025-06-01"));
    desk.done(Command::RecordPayment(RecordPayment { date, words, ..paid }));
    desk.done(Command::CreateInvoice(bill(account, &["3"])));
    let future_dates = Some(true);
    desk.done(Command::ChangeSettings(ChangeSettings { future_dates, ..Default::default() }));
    let dated = CreateInvoice { invoice_date: Some(day("2027-01-01")), ..bill(account, &["-20"]) };
    let negative =
        invoice_of(&desk.done(Command::CreateInvoice(CreateInvoice { post: true, ..dated })));
    desk.done(say::transfer(negative, Some("15")));
    desk.done(say::transfer(negative, None));
}

/// The same history with gaps in every kind of number, as several committers leave them.
pub(crate) fn with_gaps() -> Model {
    let mut paper = Paper::default();
    let mut desk = Desk::at(&mut paper);
    fill(&mut desk);
    desk.model
}

/// Orders that landed, came back, wait for a gateway and wait for a person, on an account of their own.
fn gateways(desk: &mut Desk<'_>) {
    desk.done(say::gateway("main"));
    let account = desk.account("EUR");
    desk.done(say::card(account, "tok_one"));
    let second = desk.done(say::card(account, "tok_two"));
    let closed = second.facts.iter().find_map(|fact| match fact {
        Fact::PaymentMethodAdded(method) => Some(method.no),
        _ => None,
    });
    let close = say::change_method(closed.unwrap());
    desk.done(Command::ChangePaymentMethod(ChangePaymentMethod { close: true, ..close }));
    let invoice = desk.posted(account, "40");
    let charged = desk.done(say::charge(account, vec![part(invoice, "40")], Some("60")));
    let payment = payment_of(&charged);
    report(desk, payment.document(), Meaning::Settled);
    let back = desk.done(say::refund_the_way_it_came(payment, Some("15")));
    let back = refund_of(&back).document();
    report(desk, back, Meaning::Succeeded);
    report(desk, back, Meaning::Declined(DeclineCode::Other));
    let went = refund_of(&desk.done(say::refund_to_method(account, "10"))).document();
    report(desk, went, Meaning::Succeeded);
    desk.done(say::refund_the_way_it_came(payment, Some("5")));
    let doubtful = refund_of(&desk.done(say::refund_to_method(account, "7"))).document();
    report(desk, doubtful, Meaning::AmountDiffers);
    let later = payment_of(&desk.done(say::charge(account, Vec::new(), Some("9")))).document();
    report(desk, later, Meaning::Pending);
}

/// Custom fields and metadata of documents of every kind, given with them and changed later; personal data.
fn labels(desk: &mut Desk<'_>, account: AccountNo) {
    for object in [FieldObject::Invoice, FieldObject::Refund] {
        desk.done(say::define(object, "Region__c"));
    }
    let text = |value: &str| say::labels(&[("Region__c", value)], &[("order", "☃ 6735")]);
    let item = say::labels(&[], &[("line", "1")]);
    let bill = Command::CreateInvoice(CreateInvoice { post: true, ..bill(account, &["-30", "5"]) });
    let made = desk.done(bill.with_item_labels(text("north"), vec![item]));
    let invoice = invoice_of(&made);
    let credit = say::transfer(invoice, None).with_labels(say::labels(&[], &[("why", "moved")]));
    let credit = adjustment_of(&desk.done(credit));
    let refund = Command::RefundCreditBalance(say::refund(account, "1"));
    let refund = refund_of(&desk.done(refund.with_labels(text("south"))));
    for of in [invoice.document(), credit.document(), account.document()] {
        desk.done(say::relabel(of, say::labels(&[], &[("order", ""), ("seen", "yes")])));
    }
    // Two changes in one batch, and one that takes the last label away.
    let refund = refund.document();
    desk.all(vec![
        say::relabel(refund, say::labels(&[("Region__c", "west")], &[])),
        say::relabel(refund, say::labels(&[], &[("order", ""), ("box", "7")])),
        say::relabel(account.document(), say::labels(&[], &[("seen", "")])),
    ]);
    for step in [PersonalDataStep::Stored, PersonalDataStep::Erased] {
        let account = Ref::to(account);
        desk.done(Command::NotePersonalData(NotePersonalData { account, step }));
    }
}

/// Claims an order if nothing was sent yet, and reports what became of it.
fn report(desk: &mut Desk<'_>, of: Document, meaning: Meaning) {
    if desk.model.books.orders[&of].sent_at.is_none() {
        desk.done(say::claim(of, "worker"));
    }
    let said = say::called(&format!("tx-{of}"));
    desk.done(Command::ReportOrder(say::report(of, 1, meaning, said)));
}

fn settings(desk: &mut Desk<'_>) {
    desk.done(Command::ChangeSettings(ChangeSettings {
        time_zone: Some("Pacific/Auckland".to_owned()),
        negative_invoices_in_account_balance: Some(false),
        accounting_codes: vec![(Role::Bank, say::text("1800 Bank"))],
        additional_codes: vec![(Role::Revenue, say::text("4010 Books"))],
        ..ChangeSettings::default()
    }));
}

/// Transfers, applications, their cancellations and reversals.
fn credit(desk: &mut Desk<'_>, account: AccountNo) {
    let negative = desk.posted(account, "-100");
    desk.done(say::transfer(negative, Some("60")));
    let rest = adjustment_of(&desk.done(say::transfer(negative, None)));
    let bills = [("70", "2026-04-09"), ("20", "2026-04-01"), ("20", "2026-04-01")];
    let mut owed = Vec::new();
    for (amount, due) in bills {
        let bill = CreateInvoice { due_date: Some(day(due)), ..bill(account, &[amount]) };
        owed.push(invoice_of(&desk.done(Command::CreateInvoice(bill))));
    }
    let [big, early, _] = owed[..] else { panic!("three invoices") };
    desk.done(say::cancel_adjustment(rest, true));
    let parts = vec![part(big, "10"), part(early, "5")];
    let applied = desk.done(Command::ApplyCreditBalance(say::apply(account, parts)));
    desk.done(say::cancel_adjustment(adjustment_of(&applied), false));
    desk.done(say::counter(early, "2"));
    desk.done(say::counter(negative, "7.50"));
    desk.later(1);
    desk.done(say::apply_oldest(account));
}

/// Payments, refunds and their cancellations.
fn payments(desk: &mut Desk<'_>, account: AccountNo) {
    let first = desk.posted(account, "50");
    let second = desk.posted(account, "30");
    let both = vec![part(first, "50"), part(second, "25.50")];
    let paid = RecordPayment {
        words: Words {
            late_entry: false,
            reason_code: None,
            comment: Some(say::text("paid late")),
            reference: Some(say::text("RF18 5390")),
        },
        method_type: MethodType::DebitCard,
        ..say::pay(account, both, Some("12.25"))
    };
    let paid = payment_of(&desk.done(Command::RecordPayment(paid)));
    let back = say::refund_payment(paid, vec![part(second, "5.50"), part(first, "1")]);
    let back = refund_of(&desk.done(Command::RefundPayment(back)));
    desk.done(Command::CancelRefund(cancel(back)));
    let settled =
        RefundPayment { adjust: true, ..say::refund_payment(paid, vec![part(first, "4")]) };
    desk.done(Command::RefundPayment(settled));
    let mistaken = payment_of(&desk.done(Command::RecordPayment(say::pay(
        account,
        vec![part(second, "4.50")],
        Some("1"),
    ))));
    desk.done(Command::CancelPayment(cancel(mistaken)));
    let paypal = RefundCreditBalance {
        method_type: Some(MethodType::Paypal),
        words: Words { reference: Some(say::text("PP-1")), ..Words::default() },
        ..say::refund(account, "2.25")
    };
    desk.done(Command::RefundCreditBalance(paypal));
}

/// An account on which credit moves by itself.
fn automated(desk: &mut Desk<'_>) -> AccountNo {
    let open = OpenAccount {
        automatic_transfer: Automation::On,
        automatic_application: Automation::On,
        external_id: Some(say::id("shop-2")),
        ..say::open("EUR")
    };
    let account = desk.done(Command::OpenAccount(open)).head.account;
    desk.posted(account, "-15");
    desk.posted(account, "40");
    desk.done(say::automate(true, false));
    account
}

/// Adjusted items, with tax and everything an item may say.
fn adjustments(desk: &mut Desk<'_>, account: AccountNo) {
    let mut several = bill(account, &["30", "20"]);
    several.items.push(say::item(ItemKind::Tax, "3.80"));
    several.items[0].accounting_code = Some(say::text("4010 Books"));
    several.items[1].sku = Some(say::text("SKU 7"));
    several.items[1].description = Some(say::text("A book"));
    several.items[1].quantity = Some(say::text("2"));
    several.items[1].unit_price = Some(say::text("10.00"));
    several.external_id = Some(say::id("R-2026/1"));
    let made = desk.done(Command::CreateInvoice(several));
    let invoice = invoice_of(&made);
    let item = |place: u64| {
        let first = desk.model.books.invoices[&invoice].first_item;
        Some(ItemNo(first.0 + place))
    };
    let lines = vec![line(Credit, item(0), "10"), line(Credit, item(1), "20")];
    let mut adjust = say::adjust(invoice, lines);
    adjust.words = Words {
        late_entry: false,
        reason_code: Some(say::text("Customer Satisfaction")),
        comment: Some(say::text("damaged")),
        reference: Some(say::text("ticket 9")),
    };
    let adjusted = desk.done(Command::AdjustInvoiceItems(adjust));
    let adjusted = item_adjustment_of(&adjusted);
    desk.done(Command::CancelInvoiceItemAdjustment(cancel(adjusted)));
    let negative = CreateInvoice { ..bill(account, &["-9"]) };
    let negative = invoice_of(&desk.done(Command::CreateInvoice(negative)));
    desk.done(say::counter(negative, "4"));
    let charge = say::adjust(negative, vec![line(Charge, None, "3")]);
    desk.done(Command::AdjustInvoiceItems(charge));
    let mut settle = say::adjust(invoice, Vec::new());
    settle.settle = true;
    desk.done(Command::AdjustInvoiceItems(settle));
}

/// Commands that act in the past, and an invoice that is dated ahead.
fn dates(desk: &mut Desk<'_>, account: AccountNo) {
    let back = |days: i64| -> Date {
        let last = desk.model.entries().last().unwrap().head.at;
        let today = desk.model.settings.business_date(last);
        today.checked_sub(jiff::Span::new().days(days)).unwrap()
    };
    let (today, yesterday, ahead) = (back(0), back(1), back(-20));
    let paid = say::pay(account, Vec::new(), Some("90"));
    desk.done(Command::RecordPayment(RecordPayment { date: Some(yesterday), ..paid.clone() }));
    desk.done(Command::RecordPayment(RecordPayment { date: Some(today), ..paid }));
    let refund = RefundCreditBalance { date: Some(yesterday), ..say::refund(account, "11") };
    desk.done(Command::RefundCreditBalance(refund));
    let future = CreateInvoice { invoice_date: Some(ahead), ..bill(account, &["5", "6"]) };
    desk.done(Command::CreateInvoice(future));
    desk.later(3);
    desk.posted(account, "8");
}

/// Every way an invoice goes.
fn drafts(desk: &mut Desk<'_>, account: AccountNo) {
    let invoice =
        |desk: &mut Desk<'_>| -> InvoiceNo { invoice_of(&desk.done(say::draft(account, "17"))) };
    let (posted, canceled, _kept) = (invoice(desk), invoice(desk), invoice(desk));
    desk.done(Command::PostInvoice(one(posted)));
    desk.done(Command::UnpostInvoice(one(posted)));
    desk.done(Command::PostInvoice(one(posted)));
    desk.done(Command::CancelInvoice(one(canceled)));
}

/// Every change of an account.
fn changes(desk: &mut Desk<'_>, account: AccountNo) {
    desk.done(say::rename(account, "First Name"));
    desk.done(say::rename(account, "Second Name"));
    let change = |status, transfer, application| {
        Command::ChangeAccount(ChangeAccount {
            account: Ref::to(account),
            name: None,
            status,
            automatic_transfer: transfer,
            automatic_application: application,
            gateway: None,
        })
    };
    desk.done(change(None, Some(Automation::Off), None));
    desk.done(change(Some(AccountStatus::Canceled), None, Some(Automation::Inherit)));
    desk.done(change(Some(AccountStatus::Active), None, None));
    let other = desk.account("USD");
    desk.done(Command::ChangeAccount(ChangeAccount {
        status: Some(AccountStatus::Canceled),
        ..say::change(other)
    }));
}
