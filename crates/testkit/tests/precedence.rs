//! Which rejection comes first: a table of books, command and code. Clients depend on the order.
#![allow(missing_docs, reason = "a test says what it says")]
#![expect(clippy::unwrap_used, reason = "a test")]

use money::Currency;
use receivables::account::AccountStatus;
use receivables::command::{
    AdjustInvoiceItems, ApplyCreditBalance, Cancel, CancelAdjustment, CounterAdjust, CreateInvoice,
    RecordPayment, RefundCreditBalance, RefundPayment, TransferToCreditBalance, Words,
};
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::reason::ReasonCode;
use receivables::refund::RefundType;
use receivables::{
    AccountNo, AdjustmentNo, Command, InvoiceNo, ItemAdjustmentNo, PaymentNo, RefundNo,
};
use testkit::command::{
    adjust, apply, apply_oldest, cancel_adjustment, cancel_item_adjustment, cancel_payment,
    cancel_refund, charge, counter, credit, day, one, part, pay, refund, refund_payment,
    set_status, sum, transfer,
};
use testkit::{ALL, World, bill};

const EUR: Option<Currency> = Some(Currency::EUR);

fn wrong() -> Words {
    let reason_code = Some(ReasonCode::try_new("Nonsense").unwrap());
    Words { reason_code, ..Words::default() }
}

/// An account with credit 90, and one document of every kind; the same on a canceled account.
struct Books {
    account: AccountNo,
    negative: InvoiceNo,
    positive: InvoiceNo,
    draft: InvoiceNo,
    future: InvoiceNo,
    transferred: AdjustmentNo,
    overpaid: AdjustmentNo,
    refunded: AdjustmentNo,
    payment: PaymentNo,
    refund: RefundNo,
    payment_refund: RefundNo,
    item: ItemAdjustmentNo,
}

fn books(world: &mut World, status: AccountStatus) -> Books {
    let account = world.account("USD");
    let negative = world.posted(account, "-100");
    let transferred = world.transfer(negative, "60").accepted().adjustment();
    let positive = world.posted(account, "100");
    let paid = world.pay(account, vec![part(positive, "40")], Some("40")).accepted();
    let payment_refund = world.refund_payment(paid.payment_no(), "10").accepted().refund_no();
    let back = world.refund(account, "10").accepted();
    let item = world.ask(adjust(positive, vec![credit(None, "5")])).accepted();
    let item = item.item_adjustments()[0].no;
    let draft = world.draft(account, "-1");
    let future = world.billed(bill(account).charge("-7").dated("2026-04-01").posted());
    let found = Books {
        account,
        negative,
        positive,
        draft,
        future,
        transferred,
        overpaid: paid.adjustment(),
        refunded: back.adjustment(),
        payment: paid.payment_no(),
        refund: back.refund_no(),
        payment_refund,
        item,
    };
    if status == AccountStatus::Canceled {
        world.ask(set_status(account, status)).accepted();
    }
    found
}

fn move_to_credit(command: TransferToCreditBalance) -> Command {
    Command::TransferToCreditBalance(command)
}

fn transfers(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let t = transfer;
    let eur = |no| TransferToCreditBalance { currency: EUR, ..t(no, "0") };
    let bad = |no, amount| TransferToCreditBalance { words: wrong(), ..t(no, amount) };
    [
        (eur(InvoiceNo(99)), "not_found"),
        (eur(gone.negative), "account_canceled"),
        (eur(ok.draft), "currency_mismatch"),
        (bad(ok.draft, "0"), "invoice_status"),
        (bad(ok.future, "0"), "invoice_dated_in_future"),
        (bad(ok.positive, "0"), "invoice_not_negative"),
        (bad(ok.negative, "0.001"), "invalid_amount"),
        (bad(ok.negative, "0"), "amount_not_positive"),
        (bad(ok.negative, "41"), "amount_exceeds_invoice_balance"),
        (bad(ok.negative, "1"), "unknown_reason_code"),
    ]
    .map(|(command, code)| (move_to_credit(command), code))
    .into()
}

fn applications(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let on = |account, parts| ApplyCreditBalance { words: wrong(), ..apply(account, parts) };
    let eur = |account| ApplyCreditBalance { currency: EUR, ..on(account, vec![]) };
    let fine = |parts| apply(ok.account, parts);
    [
        (eur(AccountNo(99)), "not_found"),
        (eur(gone.account), "account_canceled"),
        (eur(ok.account), "currency_mismatch"),
        (on(ok.account, vec![]), "unknown_reason_code"),
        (fine(vec![]), "nothing_given"),
        (fine(vec![part(InvoiceNo(99), "0")]), "not_found"),
        (fine(vec![part(gone.draft, "0")]), "invoice_of_another_account"),
        (fine(vec![part(ok.draft, "0")]), "invoice_status"),
        (fine(vec![part(ok.future, "0")]), "invoice_dated_in_future"),
        (fine(vec![part(ok.negative, "0")]), "invoice_not_positive"),
        (fine(vec![part(ok.positive, "0")]), "amount_not_positive"),
        (fine(vec![part(ok.positive, "99")]), "amount_exceeds_invoice_balance"),
        (fine(vec![part(ok.positive, "65"), part(ok.positive, "1")]), "invoice_not_positive"),
        (apply_oldest(ok.account, "0"), "amount_not_positive"),
        (apply_oldest(ok.account, "90.01"), "amount_exceeds_credit_balance"),
    ]
    .map(|(command, code)| (Command::ApplyCreditBalance(command), code))
    .into()
}

fn cancellations(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let bad = |adjustment| {
        let adjustment = Ref::to(adjustment);
        let command = CancelAdjustment { adjustment, settle: true, words: wrong() };
        Command::CancelCreditBalanceAdjustment(command)
    };
    let item = |no| {
        let command = Cancel { document: Ref::to(no), words: wrong() };
        Command::CancelInvoiceItemAdjustment(command)
    };
    vec![
        (bad(AdjustmentNo(99)), "not_found"),
        (bad(gone.transferred), "account_canceled"),
        (bad(ok.overpaid), "adjustment_of_payment"),
        (bad(ok.refunded), "adjustment_of_refund"),
        (bad(ok.transferred), "unknown_reason_code"),
        (item(ItemAdjustmentNo(99)), "not_found"),
        (item(gone.item), "account_canceled"),
        (item(ok.item), "unknown_reason_code"),
        (cancel_item_adjustment(ItemAdjustmentNo(99)), "not_found"),
        (cancel_payment(PaymentNo(99)), "not_found"),
        (cancel_payment(gone.payment), "account_canceled"),
        (cancel_payment(ok.payment), "payment_refunded"),
        (cancel_refund(RefundNo(99)), "not_found"),
        (cancel_refund(gone.refund), "account_canceled"),
        (cancel_refund(gone.payment_refund), "account_canceled"),
        (cancel_refund(ok.refund), "refund_final"),
    ]
}

fn counters(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let bad = |no, amount| CounterAdjust { words: wrong(), ..counter(no, amount) };
    let eur = |no| CounterAdjust { currency: EUR, ..bad(no, "0") };
    [
        (eur(InvoiceNo(99)), "not_found"),
        (eur(gone.negative), "account_canceled"),
        (eur(ok.draft), "currency_mismatch"),
        (bad(ok.draft, "0"), "invoice_status"),
        (bad(ok.future, "0"), "invoice_dated_in_future"),
        (bad(ok.positive, "0"), "nothing_to_reverse"),
        (bad(ok.negative, "0"), "amount_not_positive"),
        (bad(ok.negative, "61"), "amount_exceeds_reversible"),
        (bad(ok.negative, "60"), "unknown_reason_code"),
    ]
    .map(|(command, code)| (Command::CounterAdjust(command), code))
    .into()
}

fn refunds(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let tomorrow = Some(day("2026-03-03"));
    let base = |account, amount| RefundCreditBalance {
        currency: EUR,
        method_type: None,
        date: tomorrow,
        words: wrong(),
        ..refund(account, amount)
    };
    let method = |amount| RefundCreditBalance { currency: None, ..base(ok.account, amount) };
    let reason =
        |amount| RefundCreditBalance { method_type: Some(MethodType::Check), ..method(amount) };
    let date = |amount| RefundCreditBalance { words: Words::default(), ..reason(amount) };
    let past = |amount| RefundCreditBalance { date: Some(day("2026-03-01")), ..date(amount) };
    let electronic = |date, words, amount| RefundCreditBalance {
        kind: RefundType::Electronic,
        date,
        words,
        ..method(amount)
    };
    let wire = RefundCreditBalance {
        kind: RefundType::Electronic,
        method_type: Some(MethodType::Ach),
        ..method("0")
    };
    [
        (base(AccountNo(99), "0"), "not_found"),
        (base(gone.account, "0"), "account_canceled"),
        (base(ok.account, "0"), "currency_mismatch"),
        (method("0"), "method_type_missing"),
        (wire, "method_type_not_allowed"),
        (reason("0"), "unknown_reason_code"),
        (date("0"), "date_in_future"),
        (past("0.001"), "invalid_amount"),
        (past("0"), "amount_not_positive"),
        (past("90.01"), "amount_exceeds_credit_balance"),
        (past("90"), "amount_exceeds_credit_balance_on"),
        (electronic(tomorrow, wrong(), "0"), "unknown_reason_code"),
        (electronic(tomorrow, Words::default(), "0"), "date_not_allowed"),
        (electronic(None, Words::default(), "0"), "amount_not_positive"),
        (electronic(None, Words::default(), "1"), "payment_method_missing"),
    ]
    .map(|(command, code)| (Command::RefundCreditBalance(command), code))
    .into()
}

fn payment_refunds(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let base = |payment| RefundPayment {
        currency: EUR,
        kind: RefundType::Electronic,
        method_type: None,
        date: Some(day("2026-03-03")),
        words: wrong(),
        ..refund_payment(payment, "99")
    };
    let kind = || RefundPayment { currency: None, ..base(ok.payment) };
    let method = || RefundPayment { kind: RefundType::External, ..kind() };
    let reason = || RefundPayment { method_type: Some(MethodType::Check), ..method() };
    let date = || RefundPayment { words: Words::default(), ..reason() };
    let early = || RefundPayment { date: Some(day("2026-03-01")), ..date() };
    let now = |amount| RefundPayment { date: None, amount: sum(amount), ..date() };
    let parts = |amount, parts| RefundPayment { parts, ..now(amount) };
    [
        (base(PaymentNo(99)), "not_found"),
        (base(gone.payment), "account_canceled"),
        (base(ok.payment), "currency_mismatch"),
        (kind(), "external_payment_only"),
        (method(), "method_type_missing"),
        (reason(), "unknown_reason_code"),
        (date(), "date_in_future"),
        (early(), "date_too_early"),
        (now("0"), "amount_not_positive"),
        (now("30.01"), "amount_exceeds_payment"),
        (parts("1", vec![part(ok.negative, "1")]), "not_found"),
        (parts("1", vec![part(ok.positive, "0")]), "amount_not_positive"),
        (parts("1", vec![part(ok.positive, "31")]), "amount_exceeds_application"),
        (parts("1", vec![part(ok.positive, "1"), part(ok.positive, "1")]), "invoice_named_twice"),
        (parts("1", vec![part(ok.positive, "2")]), "parts_do_not_add_up"),
    ]
    .map(|(command, code)| (Command::RefundPayment(command), code))
    .into()
}

fn payments(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let tomorrow = Some(day("2026-03-03"));
    let base = |account| RecordPayment {
        currency: EUR,
        date: tomorrow,
        ..pay(account, vec![part(ok.draft, "0")], None)
    };
    let to = |parts| pay(ok.account, parts, None);
    let whole = |amount, parts| RecordPayment { amount: sum(amount), ..to(parts) };
    [
        (base(AccountNo(99)), "not_found"),
        (base(gone.account), "account_canceled"),
        (base(ok.account), "currency_mismatch"),
        (RecordPayment { currency: None, ..base(ok.account) }, "date_in_future"),
        (to(vec![part(InvoiceNo(99), "0")]), "not_found"),
        (to(vec![part(gone.draft, "0")]), "invoice_of_another_account"),
        (to(vec![part(ok.draft, "0")]), "invoice_status"),
        (to(vec![part(ok.negative, "0")]), "invoice_not_positive"),
        (to(vec![part(ok.positive, "0")]), "amount_not_positive"),
        (to(vec![part(ok.positive, "66")]), "amount_exceeds_invoice_balance"),
        (to(vec![part(ok.positive, "1"), part(ok.positive, "66")]), "invoice_named_twice"),
        (whole("1", vec![part(ok.positive, "2")]), "parts_do_not_add_up"),
        (
            RecordPayment { credit_balance_amount: sum("2"), ..whole("1", vec![]) },
            "parts_do_not_add_up",
        ),
        (to(vec![]), "payment_goes_nowhere"),
    ]
    .map(|(command, code)| (Command::RecordPayment(command), code))
    .into()
}

fn invoices(ok: &Books, gone: &Books) -> Vec<(Command, &'static str)> {
    let lines = |invoice, lines| AdjustInvoiceItems {
        settle: false,
        invoice: Ref::to(invoice),
        lines,
        date: Some(day("2026-03-03")),
        words: wrong(),
    };
    let item = || vec![charge(None, "0")];
    let eur = |account| {
        let Command::CreateInvoice(new) = bill(account).draft() else { unreachable!() };
        Command::CreateInvoice(CreateInvoice { currency: EUR, ..new })
    };
    let mut rows = vec![
        (eur(AccountNo(99)), "not_found"),
        (eur(gone.account), "account_canceled"),
        (eur(ok.account), "currency_mismatch"),
        (bill(ok.account).draft(), "nothing_given"),
        (Command::PostInvoice(one(gone.draft)), "account_canceled"),
        (Command::PostInvoice(one(ok.positive)), "invoice_status"),
        (Command::UnpostInvoice(one(gone.future)), "account_canceled"),
        (Command::UnpostInvoice(one(ok.draft)), "invoice_status"),
        (Command::UnpostInvoice(one(ok.negative)), "invoice_not_latest"),
        (Command::CancelInvoice(one(gone.draft)), "account_canceled"),
    ];
    let adjusting = [
        (lines(InvoiceNo(99), vec![]), "not_found"),
        (lines(gone.draft, vec![]), "account_canceled"),
        (lines(ok.draft, vec![]), "invoice_status"),
        (lines(ok.positive, vec![]), "nothing_given"),
        (lines(ok.positive, item()), "unknown_reason_code"),
        (
            AdjustInvoiceItems { words: Words::default(), ..lines(ok.positive, item()) },
            "date_in_future",
        ),
    ];
    rows.extend(adjusting.map(|(command, code)| (Command::AdjustInvoiceItems(command), code)));
    rows.push((adjust(ok.positive, item()), "amount_not_positive"));
    rows.push((adjust(ok.positive, vec![charge(None, "1")]), "item_not_toward_zero"));
    rows.push((adjust(ok.positive, vec![credit(None, "66")]), "not_toward_zero"));
    rows
}

#[test]
fn the_first_rule_in_the_list_answers() {
    let mut world = World::new();
    let gone = books(&mut world, AccountStatus::Canceled);
    let ok = books(&mut world, AccountStatus::Active);
    assert_eq!(world.credit(ok.account), "90.00");
    assert_eq!(world.balance(ok.positive), "65.00");
    assert_eq!(world.balance(ok.negative), "-40.00");
    let rows = [
        transfers,
        applications,
        cancellations,
        counters,
        refunds,
        payment_refunds,
        payments,
        invoices,
    ]
    .map(|table| table(&ok, &gone))
    .concat();
    for (index, (command, code)) in rows.into_iter().enumerate() {
        eprintln!("row {index}: {command:?}");
        world.ask(command).rejected_with(code);
    }
    // An account without credit: that comes before its invoices and after the reason code.
    let poor = world.account("USD");
    let draft = world.draft(poor, "5");
    world.apply(draft, "0").rejected_with("no_credit");
    let oldest = apply_oldest(poor, ALL);
    world.ask(Command::ApplyCreditBalance(oldest)).rejected_with("no_credit");
    world.refund(poor, "1").rejected_with("no_credit");
    world.refund(poor, "0").rejected_with("amount_not_positive");
    // Credit used beyond a transfer, and the same after a counter-adjustment.
    world.refund(ok.account, "31").accepted();
    world.ask(cancel_adjustment(ok.transferred, false)).rejected_with("credit_already_used");
    world.pay(ok.account, vec![], Some("31")).accepted();
    world.counter(ok.negative, "1").accepted();
    world.ask(cancel_adjustment(ok.transferred, true)).rejected_with("invoice_beyond_its_amount");
    world.audit();
}
