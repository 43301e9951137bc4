//! The scenarios of the domain dossier, by number.

use crate::house::{ACCOUNT, declined, money, named};
use crate::{deactivate, figures, resolve, with_key, without_key};
use receivables::command as c;
use receivables::gateway::GatewayKind;
use receivables::id::{Numbered, Ref};
use receivables::order::{Meaning, OrderState, Settlement, Task};
use receivables::payment::MethodType;
use receivables::settings::RefundRejected;
use receivables::{Command, Rejection};

#[test]
fn scenario_9_a_declined_overpayment_leaves_no_trace() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "100.00");
    house.ok(Command::ChargePayment(house.charge_for(&[invoice], Some("50.00"))));
    let payment = receivables::PaymentNo(house.numbers.payment).document();
    assert_eq!(house.books.invoices[&invoice].pending, money("100.00"));
    house.send(payment, declined());
    assert_eq!(house.state(payment), OrderState::Declined);
    assert_eq!(
        (house.figures(), house.balance(invoice)),
        (figures("0.00", "0.00"), "100.00".into())
    );
    assert!(house.books.invoices[&invoice].pending.is_zero());
    assert!(house.books.adjustments.is_empty());
    house.check();
}

fn collect(until: &str) -> Command {
    Command::Collect(c::Collect {
        account: Ref::to(ACCOUNT),
        due: c::Due::Until(until.parse().unwrap()),
        use_credit: true,
        method: None,
        gateway: None,
        words: Default::default(),
    })
}

#[test]
fn scenario_14_a_payment_run_takes_the_credit_and_calls_nobody() {
    let mut house = with_key();
    house.credit(ACCOUNT, "100.00");
    let invoice = house.invoice(ACCOUNT, "70.00");
    house.ok(collect("2026-11-26"));
    assert_eq!(
        (house.figures(), house.balance(invoice)),
        (figures("30.00", "30.00"), "0.00".into())
    );
    assert!(house.books.orders.is_empty());
    house.check();
}

#[test]
fn scenario_15_a_short_credit_is_used_up_and_the_card_pays_the_rest() {
    let mut house = with_key();
    house.credit(ACCOUNT, "25.00");
    let invoice = house.invoice(ACCOUNT, "70.00");
    house.ok(collect("2026-11-26"));
    let payment = receivables::PaymentNo(house.numbers.payment).document();
    assert_eq!(house.order(payment).placed.amount, money("45.00"));
    assert_eq!(
        (house.figures(), house.balance(invoice)),
        (figures("0.00", "0.00"), "45.00".into())
    );
    let again = house.refused(collect("2026-11-26"));
    assert!(matches!(again, Rejection::NothingToCollect { .. }), "{again}");
    house.send(payment, Meaning::Succeeded);
    assert_eq!(house.balance(invoice), "0.00");
    house.check();

    let mut house = with_key();
    house.credit(ACCOUNT, "25.00");
    let invoice = house.invoice(ACCOUNT, "70.00");
    house.ok(collect("2026-11-26"));
    house.send(receivables::PaymentNo(house.numbers.payment).document(), declined());
    assert_eq!(
        (house.figures(), house.balance(invoice)),
        (figures("0.00", "0.00"), "45.00".into())
    );
    house.check();
}

#[test]
fn scenario_16_what_is_not_due_by_the_target_date_is_left_alone() {
    let mut house = with_key();
    house.credit(ACCOUNT, "100.00");
    let invoice = house.invoice(ACCOUNT, "70.00");
    let early = house.refused(collect("2026-11-25"));
    assert!(matches!(early, Rejection::NothingToCollect { .. }), "{early}");
    house.ok(collect("2026-11-27"));
    assert_eq!(house.balance(invoice), "0.00");
}

#[test]
fn scenario_32_an_electronic_refund_that_succeeds() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    assert_eq!(house.figures(), figures("80.00", "0.00"), "held from the moment of the decision");
    assert_eq!(house.claim(refund), Some(Task::Send));
    assert_eq!(house.state(refund), OrderState::Sending);
    house.report(refund, Meaning::Succeeded);
    assert_eq!(house.state(refund), OrderState::Processed);
    assert_eq!(house.figures(), figures("0.00", "0.00"));
    assert_eq!(house.books.adjustments.len(), 2, "the prepayment and the Decrease");
    assert!(house.order(refund).due.is_none());
    house.check();
}

#[test]
fn scenario_33_a_decline_lets_go_and_another_refund_is_another_one() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let first = house.refund("80.00");
    house.send(first, declined());
    assert_eq!(
        (house.state(first), house.figures()),
        (OrderState::Declined, figures("80.00", "80.00"))
    );
    assert_eq!(house.order(first).state.status(), "error");
    let second = house.refund("80.00");
    assert_ne!(first, second);
    house.send(second, Meaning::Succeeded);
    assert_eq!(house.figures(), figures("0.00", "0.00"));
    house.check();
}

#[test]
fn scenario_34_a_time_out_holds_the_amount_until_it_is_known() {
    for mut house in [with_key(), without_key()] {
        house.credit(ACCOUNT, "80.00");
        let refund = house.refund("80.00");
        house.send(refund, Meaning::Unknown);
        assert_eq!(
            (house.state(refund), house.figures()),
            (OrderState::Unknown, figures("80.00", "0.00"))
        );
        let second = house.refused(Command::RefundCreditBalance(house.refund_credit("80.00")));
        assert!(matches!(second, Rejection::NoCredit { .. }), "{second}");
        house.later(refund, Meaning::Succeeded);
        assert_eq!(
            (house.state(refund), house.figures()),
            (OrderState::Processed, figures("0.00", "0.00"))
        );
        house.check();
    }
}

#[test]
fn scenario_35_a_person_may_say_so_after_48_hours_and_once_only() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, Meaning::Unknown);
    let early = house.refused(resolve(refund, false));
    assert!(matches!(early, Rejection::TooEarlyToResolve { .. }), "{early}");
    house.pass(48 * 3_600);
    house.ok(resolve(refund, false));
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::NeverSent, figures("80.00", "80.00"))
    );
    let again = house.refused(resolve(refund, true));
    assert!(matches!(again, Rejection::AlreadyResolved { .. }), "{again}");
    house.check();
}

#[test]
fn scenario_36_somebody_elses_card() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let other = house.account("Bob");
    let card = house.card(other);
    let mut command = house.refund_credit("80.00");
    command.method = Some(Ref::to(card));
    let refused = house.refused(Command::RefundCreditBalance(command));
    assert!(matches!(refused, Rejection::PaymentMethodOfAnotherAccount { .. }), "{refused}");
}

#[test]
fn scenario_37_a_gateway_that_cannot_names_what_would_work() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let mut command = house.refund_credit("80.00");
    command.gateway = Some(named("no credits"));
    let refused = house.refused(Command::RefundCreditBalance(command));
    let Rejection::GatewayCannot { would_work, .. } = &refused else { panic!("{refused}") };
    assert_eq!(would_work, &["main"]);
    assert_eq!(house.figures(), figures("80.00", "80.00"));
}

#[test]
fn scenario_40_a_refund_that_is_rejected_later() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, Meaning::Succeeded);
    house.report(refund, declined());
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::FailedLate, figures("80.00", "80.00"))
    );
    let returned = house.order(refund).returned.as_ref().unwrap().adjustment.unwrap();
    let increase = &house.books.adjustments[&returned].document;
    assert_eq!(
        increase.source,
        receivables::credit_balance::Source::Refund(house.order(refund).refund().unwrap())
    );
    house.check();

    let mut house = with_key();
    house.ok(Command::ChangeSettings(c::ChangeSettings {
        refund_rejected: Some(RefundRejected::MarkOnly),
        ..Default::default()
    }));
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, Meaning::Settled);
    house.report(refund, declined());
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::Processed, figures("0.00", "0.00"))
    );
    assert_eq!(house.order(refund).settlement, Settlement::FailedToSettle);
    house.check();
}

#[test]
fn scenario_45_an_external_payment_is_refunded_externally() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    house.ok(Command::RecordPayment(c::RecordPayment {
        account: Ref::to(ACCOUNT),
        amount: None,
        currency: None,
        applications: vec![c::InvoicePart { invoice: Ref::to(invoice), amount: None }],
        credit_balance_amount: None,
        method_type: MethodType::Check,
        date: None,
        words: Default::default(),
    }));
    let payment = receivables::PaymentNo(house.numbers.payment);
    let refused = house.refused(Command::RefundPayment(house.refund_of(payment, None)));
    assert!(matches!(refused, Rejection::ExternalPaymentOnly { .. }), "{refused}");
}

#[test]
fn scenario_46_an_inactive_gateway_refuses_and_another_one_pays_the_value_as_credit() {
    let mut house = with_key();
    let invoice = house.invoice(ACCOUNT, "10.00");
    let payment = house.pay(&[invoice], None);
    deactivate(&mut house);
    let refused = house.refused(Command::RefundPayment(house.refund_of(payment, None)));
    assert!(matches!(refused, Rejection::GatewayInactive { .. }), "{refused}");
    house.gateway("new", GatewayKind::Sandbox, true);
    let card = house.card(ACCOUNT);
    let mut command = house.refund_of(payment, None);
    (command.method, command.gateway) = (Some(Ref::to(card)), Some(named("new")));
    house.ok(Command::RefundPayment(command));
    let refund = receivables::RefundNo(house.numbers.refund).document();
    house.send(refund, Meaning::Succeeded);
    assert_eq!(house.balance(invoice), "10.00", "reopened, as by any refund of a payment");
    house.check();
}
