//! The life of an order, by the rules alone: scenarios 9, 14 to 16, 32 to 37, 40, 45, 46 of the domain
//! dossier, and what gateways do to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod house;

use house::{ACCOUNT, CARD, House, declined, money, named};
use receivables::command as c;
use receivables::gateway::GatewayKind;
use receivables::id::{Numbered, Ref};
use receivables::order::{DeclineCode, Meaning, OrderState, Settlement, Task};
use receivables::payment::MethodType;
use receivables::settings::RefundRejected;
use receivables::{Command, Rejection};

fn with_key() -> House {
    House::new(GatewayKind::Sandbox)
}

fn without_key() -> House {
    House::new(GatewayKind::CyberSource)
}

fn figures(credit: &str, available: &str) -> (String, String) {
    (credit.to_owned(), available.to_owned())
}

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

fn resolve(document: receivables::Document, paid: bool) -> Command {
    Command::ResolveOrder(c::ResolveOrder {
        order: c::OrderRef::to(document),
        paid,
        gateway_id: None,
        words: Default::default(),
    })
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

fn deactivate(house: &mut House) {
    house.ok(Command::ChangeGateway(c::ChangeGateway {
        gateway: named("main"),
        active: Some(false),
        unreferenced_credits: None,
        url: None,
        concurrency: None,
        per_second: None,
        default: None,
    }));
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

#[test]
fn a_gateway_deactivated_in_between_sends_nothing() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    deactivate(&mut house);
    assert_eq!(house.claim(refund), None);
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::NeverSent, figures("80.00", "80.00"))
    );
    house.check();
}

#[test]
fn only_one_worker_has_an_order_and_a_dead_one_loses_it() {
    for (mut house, repeat) in [(with_key(), Task::Replay), (without_key(), Task::LookUp)] {
        house.credit(ACCOUNT, "80.00");
        let refund = house.refund("80.00");
        house.claim(refund);
        let taken = house.refused(house.claim_by(refund, "w2"));
        assert!(matches!(taken, Rejection::OrderLeased { .. }), "{taken}");
        house.pass(120);
        assert_eq!(house.claim(refund), Some(repeat), "it may have been sent");
        assert_eq!(house.state(refund), OrderState::Unknown);
        house.report(refund, Meaning::Succeeded);
        assert_eq!(house.figures(), figures("0.00", "0.00"));
        let late = house.refused(Command::ReportOrder(house.report_of(refund, Meaning::Succeeded)));
        assert!(matches!(late, Rejection::OrderUnchanged { .. }), "{late}");
        house.check();
    }
}

#[test]
fn without_keys_nothing_is_sent_again_before_a_conclusive_not_found() {
    let mut house = without_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, Meaning::Unknown);
    let first = house.order(refund).key(1);
    assert_eq!(house.later(refund, Meaning::Unknown), Some(Task::LookUp));
    assert_eq!(house.order(refund).attempt, 1);
    assert_eq!(house.later(refund, Meaning::NotFound), Some(Task::LookUp));
    let order = house.order(refund);
    assert_eq!((order.state, order.attempt), (OrderState::Reserved, 2));
    assert_ne!(order.key(2), first, "a new attempt has a key of its own");
    assert_eq!(house.send(refund, Meaning::Succeeded), Some(Task::Send));
    assert_eq!(house.figures(), figures("0.00", "0.00"));
    house.check();
}

#[test]
fn an_earlier_attempt_that_moved_the_money_after_all_is_the_one_that_counts() {
    let mut house = without_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, Meaning::Unknown);
    house.later(refund, Meaning::NotFound);
    let of_the_first =
        |house: &House, meaning| c::ReportOrder { attempt: 1, ..house.report_of(refund, meaning) };
    house.ok(Command::ReportOrder(of_the_first(&house, Meaning::Succeeded)));
    let order = house.order(refund);
    let executed = order.executed.as_ref().map(|it| (it.attempt, it.id.is_some()));
    assert_eq!((order.state, order.attempt), (OrderState::Processed, 2));
    assert_eq!(executed, Some((1, true)));
    house.check();

    house.ok(Command::HurryOrder(c::OrderRef::to(refund)));
    assert_eq!(house.claim(refund), Some(Task::LookUp));
    house.ok(Command::ReportOrder(of_the_first(&house, declined())));
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::FailedLate, figures("80.00", "80.00"))
    );
    house.check();
}

#[test]
fn when_the_schedule_is_over_a_person_is_asked() {
    for (mut house, looks) in [(with_key(), 9), (without_key(), 7)] {
        house.credit(ACCOUNT, "80.00");
        let refund = house.refund("80.00");
        house.send(refund, Meaning::Unknown);
        for look in 0..looks {
            assert!(!house.order(refund).needs_a_person(), "look {look}");
            house.later(refund, Meaning::Unknown);
        }
        assert!(house.order(refund).needs_a_person());
        assert_eq!(house.figures(), figures("80.00", "0.00"));
        house.ok(resolve(refund, true));
        assert_eq!(house.figures(), figures("0.00", "0.00"));
        house.check();
    }
}

#[test]
fn a_notice_may_come_before_the_answer_and_again_and_late() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.claim(refund);
    let mut notice = house.report_of(refund, Meaning::Succeeded);
    notice.source = c::AnswerSource::Notice;
    house.ok(Command::ReportOrder(notice.clone()));
    let answer = house.refused(Command::ReportOrder(house.report_of(refund, Meaning::Succeeded)));
    assert!(matches!(answer, Rejection::OrderUnchanged { .. }), "{answer}");
    house.report(refund, declined());
    assert_eq!(house.state(refund), OrderState::FailedLate);
    let old = house.refused(Command::ReportOrder(notice));
    assert!(matches!(old, Rejection::OrderUnchanged { .. }), "{old}");
    assert_eq!(house.figures(), figures("80.00", "80.00"));
    house.check();
}

#[test]
fn a_notice_that_overturns_what_seemed_over_is_looked_up_first() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, declined());
    let mut notice = house.report_of(refund, Meaning::Succeeded);
    notice.source = c::AnswerSource::Notice;
    house.ok(Command::ReportOrder(notice));
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::Declined, figures("80.00", "80.00"))
    );
    assert_eq!(house.claim(refund), Some(Task::LookUp));
    house.report(refund, Meaning::Succeeded);
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::Processed, figures("0.00", "0.00"))
    );
    house.check();
}

#[test]
fn money_that_moved_although_it_was_said_not_to_is_left_to_a_person_if_it_is_gone() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let first = house.refund("80.00");
    house.send(first, declined());
    let second = house.refund("80.00");
    house.send(second, Meaning::Succeeded);
    let mut found = house.report_of(first, Meaning::Succeeded);
    found.source = c::AnswerSource::LookUp;
    house.ok(Command::ReportOrder(found));
    assert_eq!(house.state(first), OrderState::Declined);
    assert!(house.order(first).contradicted && house.order(first).needs_a_person());
    house.credit(ACCOUNT, "100.00");
    house.ok(resolve(first, true));
    assert_eq!(
        (house.state(first), house.figures()),
        (OrderState::Processed, figures("20.00", "20.00"))
    );
    house.check();
}

#[test]
fn another_amount_in_the_answer_stops_everything() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.claim(refund);
    let mut answer = house.report_of(refund, Meaning::Succeeded);
    answer.amount = Some(money("8.00"));
    house.ok(Command::ReportOrder(answer));
    assert_eq!(house.state(refund), OrderState::Unknown);
    assert!(house.order(refund).needs_a_person());
    assert_eq!(house.figures(), figures("80.00", "0.00"));
    house.check();
}

#[test]
fn an_instruction_that_was_not_taken_is_sent_again_under_the_same_key_but_not_for_ever() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    let key = house.order(refund).key(1);
    let mut sends = 1;
    house.send(refund, Meaning::NotTaken);
    while house.state(refund) == OrderState::Reserved {
        assert_eq!(house.order(refund).key(house.order(refund).attempt), key);
        assert_eq!(house.later(refund, Meaning::NotTaken), Some(Task::Send));
        sends += 1;
    }
    assert_eq!((house.state(refund), sends), (OrderState::NeverSent, 12));
    assert_eq!(house.figures(), figures("80.00", "80.00"));
    house.check();
}

#[test]
fn a_pending_refund_is_held_looked_up_and_decided() {
    let mut house = with_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, Meaning::Pending);
    assert_eq!(
        (house.state(refund), house.figures()),
        (OrderState::Pending, figures("80.00", "0.00"))
    );
    assert_eq!(house.later(refund, Meaning::Pending), Some(Task::LookUp));
    assert_eq!(house.later(refund, Meaning::Settled), Some(Task::LookUp));
    assert_eq!(
        (house.state(refund), house.order(refund).settlement),
        (OrderState::Processed, Settlement::Settled)
    );
    house.check();
}

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
