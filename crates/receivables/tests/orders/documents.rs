//! What the documents around an order take and refuse: payments, invoices, credit and methods.

use crate::house::{ACCOUNT, CARD, declined};
use crate::{figures, resolve, with_key, without_key};
use receivables::command as c;
use receivables::id::{Numbered, Ref};
use receivables::order::{DeclineCode, Meaning, OrderState, Settlement, Task};
use receivables::payment::MethodType;
use receivables::{Command, Rejection};

#[test]
fn an_unsettled_payment_is_voided_if_all_of_it_goes_back_else_the_refund_waits() {
    let not_settled = Meaning::Declined(DeclineCode::NotSettled);
    let mut house = without_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    let payment = house.pay(&[invoice], None);
    house.ok(Command::RefundPayment(house.refund_of(payment, None)));
    let refund = receivables::RefundNo(house.numbers.refund).document();
    house.send(refund, not_settled);
    assert_eq!(house.order(refund).ability, receivables::gateway::Ability::Void);
    house.send(refund, Meaning::Succeeded);
    assert_eq!(
        (house.state(refund), house.balance(invoice)),
        (OrderState::Processed, "10.00".into())
    );
    house.check();

    let mut house = without_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    let payment = house.pay(&[invoice], None);
    house.ok(Command::RefundPayment(house.refund_of(payment, Some("4.00"))));
    let refund = receivables::RefundNo(house.numbers.refund).document();
    house.send(refund, not_settled);
    assert_eq!(house.state(refund), OrderState::Waiting);
    assert_eq!(house.later(refund, Meaning::Succeeded), Some(Task::Send));
    assert_eq!(house.balance(invoice), "4.00");
    house.check();
}

#[test]
fn a_void_takes_the_payment_back_and_a_late_one_leaves_it() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    let payment = house.pay(&[invoice], Some("5.00"));
    assert_eq!((house.balance(invoice), house.figures()), ("0.00".into(), figures("5.00", "5.00")));
    let void = || c::Cancel { document: Ref::to(payment), words: Default::default() };
    house.ok(Command::VoidPayment(void()));
    assert_eq!(house.figures(), figures("5.00", "0.00"), "the credit it brought is held");
    house.send(payment.document(), Meaning::Declined(DeclineCode::NotVoidable));
    assert_eq!(
        (house.state(payment.document()), house.figures()),
        (OrderState::Processed, figures("5.00", "5.00"))
    );
    let order = house.order(payment.document());
    assert_eq!((order.settlement, order.due), (Settlement::Submitted, Some(house.now)), "why not?");
    let again = house.report_of(payment.document(), Meaning::Declined(DeclineCode::NotVoidable));
    let refused = house.refused(Command::ReportOrder(again));
    assert!(matches!(refused, Rejection::OrderUnchanged { .. }), "{refused}");
    house.claim(payment.document());
    let stands = house.report_of(payment.document(), Meaning::Succeeded);
    house.ok(Command::ReportOrder(c::ReportOrder { attempt: 1, ..stands }));
    let order = house.order(payment.document());
    assert_eq!((order.settlement, order.due), (Settlement::Submitted, None));
    house.ok(Command::ReportOrder(house.report_of(payment.document(), Meaning::Succeeded)));
    assert_eq!(house.order(payment.document()).due, Some(house.now), "voided after all?");
    house.ok(Command::VoidPayment(void()));
    house.send(payment.document(), Meaning::Succeeded);
    assert_eq!(house.state(payment.document()), OrderState::Voided);
    assert_eq!(
        (house.balance(invoice), house.figures()),
        ("10.00".into(), figures("0.00", "0.00"))
    );
    assert!(house.books.payments[&payment].recorded.canceled);
    house.check();
}

#[test]
fn a_void_of_what_has_come_back_meanwhile_finds_that_out() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    let payment = house.pay(&[invoice], None);
    let mut notice = house.report_of(payment.document(), declined());
    notice.source = c::AnswerSource::Notice;
    house.ok(Command::ReportOrder(notice));
    house.ok(Command::VoidPayment(c::Cancel {
        document: Ref::to(payment),
        words: Default::default(),
    }));
    house.send(payment.document(), Meaning::Declined(DeclineCode::NotVoidable));
    let looked_up = |house: &mut crate::house::House, meaning| {
        house.claim(payment.document());
        let answer = c::ReportOrder { attempt: 1, ..house.report_of(payment.document(), meaning) };
        house.ok(Command::ReportOrder(answer));
    };
    looked_up(&mut house, Meaning::Unknown);
    let due = house.order(payment.document()).due.expect("no answer is not the end");
    house.now = due;
    looked_up(&mut house, declined());
    assert_eq!(house.state(payment.document()), OrderState::FailedLate);
    assert_eq!(house.balance(invoice), "10.00");
    house.check();
}

#[test]
fn a_void_that_is_never_found_is_sent_three_times_then_a_person_is_asked() {
    let mut house = without_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    let payment = house.pay(&[invoice], None);
    house.ok(Command::VoidPayment(c::Cancel {
        document: Ref::to(payment),
        words: Default::default(),
    }));
    for attempt in 2..=4 {
        assert_eq!(house.send(payment.document(), Meaning::Unknown), Some(Task::Send));
        let order = house.order(payment.document());
        assert_eq!((order.attempt, order.needs_a_person()), (attempt, false));
        assert_eq!(house.later(payment.document(), Meaning::NotFound), Some(Task::LookUp));
    }
    let order = house.order(payment.document());
    assert_eq!((order.attempt, order.needs_a_person()), (4, true));
    house.pass(3 * 24 * 3_600);
    house.ok(resolve(payment.document(), false));
    assert_eq!(house.state(payment.document()), OrderState::Processed);
    assert_eq!(house.balance(invoice), "0.00", "the charge stands");
    house.check();
}

#[test]
fn a_disputed_payment_is_refunded_on_purpose_only_and_a_lost_dispute_takes_it_back() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    let payment = house.pay(&[invoice], None);
    let dispute = |open, lost| {
        Command::NoteDispute(c::NoteDispute {
            order: c::OrderRef::to(payment.document()),
            open,
            lost,
        })
    };
    house.ok(dispute(true, false));
    let refused = house.refused(Command::RefundPayment(house.refund_of(payment, Some("1.00"))));
    assert!(matches!(refused, Rejection::PaymentDisputed { .. }), "{refused}");
    let mut overridden = house.refund_of(payment, Some("1.00"));
    overridden.override_dispute = true;
    house.ok(Command::RefundPayment(overridden));
    let refund = receivables::RefundNo(house.numbers.refund).document();
    house.send(refund, Meaning::Succeeded);
    house.ok(dispute(false, true));
    assert_eq!(house.state(payment.document()), OrderState::FailedLate);
    assert_eq!(house.balance(invoice), "10.00", "only what was left is taken back");
    house.check();
}

#[test]
fn two_refunds_of_one_payment_cannot_take_more_than_it() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "100.00");
    let payment = house.pay(&[invoice], None);
    house.ok(Command::RefundPayment(house.refund_of(payment, Some("60.00"))));
    let refused = house.refused(Command::RefundPayment(house.refund_of(payment, Some("60.00"))));
    assert!(matches!(refused, Rejection::AmountExceedsPayment { .. }), "{refused}");
    let refund = receivables::RefundNo(house.numbers.refund).document();
    house.send(refund, declined());
    house.ok(Command::RefundPayment(house.refund_of(payment, Some("100.00"))));
    house.check();
}

#[test]
fn what_an_invoice_cannot_take_any_more_becomes_credit() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "100.00");
    house.ok(Command::ChargePayment(house.charge_for(&[invoice], None)));
    let payment = receivables::PaymentNo(house.numbers.payment);
    let again = house.refused(Command::ChargePayment(house.charge_for(&[invoice], None)));
    assert!(matches!(again, Rejection::InvoiceBeingCharged { .. }), "{again}");
    house.ok(Command::RecordPayment(c::RecordPayment {
        account: Ref::to(ACCOUNT),
        amount: None,
        currency: None,
        applications: vec![c::InvoicePart {
            invoice: Ref::to(invoice),
            amount: Some("70.00".parse().unwrap()),
        }],
        credit_balance_amount: None,
        method_type: MethodType::Check,
        date: None,
        words: Default::default(),
    }));
    house.send(payment.document(), Meaning::Succeeded);
    assert_eq!(
        (house.balance(invoice), house.figures()),
        ("0.00".into(), figures("70.00", "70.00"))
    );
    house.check();

    // A refund that comes back late finds its invoice settled.
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "100.00");
    let payment = house.pay(&[invoice], None);
    house.ok(Command::RefundPayment(house.refund_of(payment, None)));
    let refund = receivables::RefundNo(house.numbers.refund).document();
    house.send(refund, Meaning::Succeeded);
    house.ok(Command::AdjustInvoiceItems(c::AdjustInvoiceItems {
        invoice: Ref::to(invoice),
        lines: Vec::new(),
        settle: true,
        date: None,
        words: Default::default(),
    }));
    house.report(refund, declined());
    assert_eq!(
        (house.balance(invoice), house.figures()),
        ("0.00".into(), figures("100.00", "100.00"))
    );
    house.check();
}

#[test]
fn held_credit_is_held_against_everything() {
    let mut house = with_key();
    house.credit(ACCOUNT, "100.00");
    let invoice = house.invoice(ACCOUNT, "50.00");
    house.refund("80.00");
    let apply = |text: &str| {
        Command::ApplyCreditBalance(c::ApplyCreditBalance {
            date: None,
            account: Ref::to(ACCOUNT),
            spread: c::Spread::Chosen(vec![c::InvoicePart {
                invoice: Ref::to(invoice),
                amount: Some(text.parse().unwrap()),
            }]),
            currency: None,
            words: Default::default(),
        })
    };
    assert!(matches!(house.refused(apply("20.01")), Rejection::AmountExceedsCreditBalance { .. }));
    let cancel =
        c::Cancel { document: Ref::to(receivables::PaymentNo(1)), words: Default::default() };
    assert!(matches!(
        house.refused(Command::CancelPayment(cancel)),
        Rejection::CreditAlreadyUsed { .. }
    ));
    house.ok(apply("20.00"));
    house.check();
}

#[test]
fn card_numbers_are_refused_everywhere() {
    let house = with_key();
    let mut command = house.refund_credit("1.00");
    command.words.comment = Some("card 4242 4242 4242 4242".parse().unwrap());
    let refused = house.refused(Command::RefundCreditBalance(command));
    assert_eq!(refused, Rejection::CardNumberRefused { field: "comment" });
    let add = |token: &str| {
        Command::AddPaymentMethod(c::AddPaymentMethod {
            account: Ref::to(ACCOUNT),
            method_type: MethodType::CreditCard,
            token: Some(token.parse().unwrap()),
            customer: None,
            gateway: None,
            brand: None,
            last_four: None,
            expiry: None,
            default: false,
        })
    };
    assert_eq!(
        house.refused(add("5555555555554444")),
        Rejection::CardNumberRefused { field: "token" }
    );
}

#[test]
fn methods_expire_close_and_default() {
    let mut house = with_key();
    house.credit(ACCOUNT, "10.00");
    assert_eq!(house.books.accounts[&ACCOUNT].default_method, Some(CARD));
    let change = |close, default| {
        Command::ChangePaymentMethod(c::ChangePaymentMethod {
            method: Ref::to(CARD),
            close,
            expiry: None,
            default,
        })
    };
    house.pass(5 * 366 * 86_400);
    let expired = house.refused(Command::RefundCreditBalance(house.refund_credit("1.00")));
    assert!(matches!(expired, Rejection::PaymentMethodExpired { .. }), "{expired}");
    house.ok(change(true, false));
    assert_eq!(house.books.accounts[&ACCOUNT].default_method, None);
    assert!(matches!(house.refused(change(false, true)), Rejection::PaymentMethodClosed { .. }));
    let mut command = house.refund_credit("1.00");
    command.method = None;
    let missing = house.refused(Command::RefundCreditBalance(command));
    assert!(matches!(missing, Rejection::PaymentMethodMissing { .. }), "{missing}");
    house.check();
}
