//! Modes 1, 7, 8 and 21: answers that never come, and requests that never went.

use receivables::gateway::GatewayKind;
use receivables::order::OrderState;
use serde_json::json;

use crate::stage::{Setup, Stage, has_keys};

/// The gateway does it and the answer is lost: it is found out, by sending again under the same key or
/// by looking, and nothing moves twice. The same amount again is another refund.
pub(crate) async fn double_refund(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    for _ in 0..2 {
        let refund = stage.refund("30.61").await;
        stage.round().await;
        assert_eq!(stage.state(refund), OrderState::Unknown);
        let order = stage.settle_down(refund).await;
        stage.assert_paid_once(refund, "30.61").await;
        assert_eq!(order.attempt, 1);
        let sent = stage.sent(refund).await;
        if has_keys(kind) {
            assert!(sent.len() > 1, "it was sent again");
            for request in &sent {
                let headers = request["headers"].to_string();
                assert!(headers.contains(&format!("{:?}", order.key(1))), "{headers}");
            }
        } else {
            assert_eq!(sent.len(), 1, "without keys nothing is sent again: {sent:?}");
        }
    }
    assert_eq!((stage.refundable(), stage.till().await), ("38.78".into(), "38.78".into()));
    if kind != GatewayKind::Stripe {
        credit_refunded_twice(&stage).await;
    }
}

/// The same with a refund of the credit balance, which refers to no payment.
async fn credit_refunded_twice(stage: &Stage) {
    let refund = stage.refund_of_credit("80.00", "30.61").await;
    assert_eq!(stage.credit(), ("80.00".into(), "49.39".into()), "held from the decision on");
    stage.round().await;
    assert_eq!(stage.state(refund), OrderState::Unknown);
    assert_eq!(stage.credit(), ("80.00".into(), "49.39".into()), "still held");
    stage.settle_down(refund).await;
    stage.assert_paid_once(refund, "30.61").await;
    assert_eq!(stage.credit(), ("49.39".into(), "49.39".into()));
}

/// Nothing is sent: it is tried again under the same key, and after a while it is over and lets go.
pub(crate) async fn nothing_sent(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let refund = stage.refund("30.00").await;
    // Nobody listens there.
    stage.change_gateway(None, Some("http://127.0.0.1:9")).await;
    stage.round().await;
    assert_eq!((stage.state(refund), stage.refundable()), (OrderState::Reserved, "70.00".into()));
    stage.change_gateway(None, Some(&stage.url)).await;
    let order = stage.settle_down(refund).await;
    assert_eq!(order.attempt, 1);
    stage.assert_paid_once(refund, "30.00").await;

    let refund = stage.refund("30.00").await;
    stage.change_gateway(None, Some("http://127.0.0.1:9")).await;
    let order = stage.settle_down(refund).await;
    assert_eq!((order.state, stage.refundable()), (OrderState::NeverSent, "70.00".into()));
    stage.assert_moved(refund, "0", 0).await;
    assert!(stage.sent(refund).await.is_empty());
}

/// No answer, so no id: the look-up by our reference brings it.
pub(crate) async fn no_id(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let refund = stage.refund("30.00").await;
    // The replays get no answer either.
    let count = if has_keys(kind) { 3 } else { 1 };
    let fits = json!({"method": "POST", "reference": refund.to_string()});
    let fault = json!({"kind": "drop_after_commit", "count": count, "match": fits});
    stage.control("/_sim/faults", &fault).await;
    stage.round().await;
    let order = stage.order(refund);
    assert_eq!((order.state, order.said.id), (OrderState::Unknown, None));
    assert_eq!(stage.refundable(), "70.00", "held");
    let order = stage.settle_down(refund).await;
    assert!(order.executed.unwrap().id.is_some());
    stage.assert_paid_once(refund, "30.00").await;
}

/// The gateway has it already and says so, or answers as it did the first time: no failure, and
/// nothing moves again.
pub(crate) async fn duplicate(kind: GatewayKind) {
    let window = |options: &mut sandbox_gateway::Options| {
        options.cybersource_duplicate_window = jiff::SignedDuration::from_hours(8);
    };
    let stage = Stage::with(kind, Setup { sandbox: window, ..Setup::default() }).await;
    let refund = stage.refund("30.00").await;
    stage.send_behind_its_back(refund).await;
    stage.round().await;
    if !has_keys(kind) {
        assert_eq!(stage.state(refund), OrderState::Unknown, "it has to be looked up");
    }
    stage.settle_down(refund).await;
    stage.assert_paid_once(refund, "30.00").await;
    assert_eq!(stage.refundable(), "70.00");
    if !has_keys(kind) {
        unseen_duplicate(kind).await;
    }
}

/// The search is further behind than it says: what was done is not seen, sending it again is refused as
/// a duplicate, and again. That is no "never sent": the amount stays held until a person has looked.
async fn unseen_duplicate(kind: GatewayKind) {
    let behind = |options: &mut sandbox_gateway::Options| {
        options.search_lag = jiff::SignedDuration::from_mins(20);
        options.cybersource_duplicate_window = jiff::SignedDuration::from_hours(8);
    };
    let stage = Stage::with(kind, Setup { sandbox: behind, ..Setup::default() }).await;
    let refund = stage.refund("30.77").await;
    let fits = json!({"method": "POST", "reference": refund.to_string()});
    let fault = json!({"kind": "drop_after_commit", "match": fits});
    stage.control("/_sim/faults", &fault).await;
    let order = stage.settle_down(refund).await;
    assert_eq!(stage.sent(refund).await.len(), 3);
    stage.assert_moved(refund, "-30.77", 1).await;
    assert_eq!((order.state, order.needs_a_person()), (OrderState::Unknown, true));
    assert_eq!(stage.refundable(), "69.23");
}
