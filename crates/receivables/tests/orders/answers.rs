//! What workers and gateways say of an order, in any order, and what it leads to.

use crate::house::{ACCOUNT, House, declined, money};
use crate::{deactivate, figures, resolve, with_key, without_key};
use receivables::command as c;
use receivables::order::{Meaning, OrderState, Settlement, Task};
use receivables::{Command, Rejection};

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
fn the_id_of_what_a_person_said_to_be_paid_is_learned_later() {
    let mut house = without_key();
    house.credit(ACCOUNT, "80.00");
    let refund = house.refund("80.00");
    house.send(refund, Meaning::Unknown);
    house.pass(48 * 3_600);
    house.ok(resolve(refund, true));
    let known = |house: &House| house.order(refund).executed.as_ref().unwrap().id.is_some();
    assert!(!known(&house));
    house.ok(Command::ReportOrder(house.report_of(refund, Meaning::Settled)));
    assert!(known(&house));
    house.check();
}

#[test]
fn an_order_over_which_every_worker_dies_is_left_to_a_person() {
    for mut house in [with_key(), without_key()] {
        house.credit(ACCOUNT, "80.00");
        let refund = house.refund("80.00");
        let mut claims = 0;
        while house.claim(refund).is_some() {
            claims += 1;
            assert!(claims < 50, "for ever");
            house.pass(121);
        }
        let order = house.order(refund);
        assert!(order.needs_a_person() && order.state == OrderState::Unknown);
        assert_eq!(house.figures(), figures("80.00", "0.00"));
        house.ok(resolve(refund, false));
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
