//! Modes 9, 16 to 20 and 24: payments that cannot simply go back the way they came.

use receivables::command as c;
use receivables::gateway::{Ability, GatewayKind};
use receivables::id::{Numbered, Ref};
use receivables::order::{DeclineCode, OrderState};
use receivables::{Command, Document, MethodNo, Rejection};
use serde_json::json;

use crate::acts::PAYMENT;
use crate::stage::{Setup, Stage, tells};

const DAY: i64 = 24 * 3_600;

/// While a payment is disputed nothing is refunded; once the dispute is won it is.
pub(crate) async fn disputed(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let reference = PAYMENT.document().to_string();
    stage.control("/_sim/dispute", &json!({"reference": reference})).await;
    learn_of_dispute(&stage, true).await;
    assert!(stage.order(PAYMENT.document()).disputed);
    let refused = stage.refused(Command::RefundPayment(stage.refund_of(Some("30.00")))).await;
    assert!(matches!(refused, Rejection::PaymentDisputed { .. }), "{refused}");
    if tells(kind) {
        // Whoever insists is refused by the gateway.
        let mut insisting = stage.refund_of(Some("30.00"));
        insisting.override_dispute = true;
        let refund = stage.place(insisting).await;
        stage.round().await;
        let order = stage.order(refund);
        assert_eq!(order.state, OrderState::Declined);
        assert_eq!(order.reason, Some(DeclineCode::Disputed));
        stage.assert_moved(refund, "0", 0).await;
    }
    assert_eq!((stage.refundable(), stage.till().await), ("100.00".into(), "0.00".into()));
    stage.control("/_sim/dispute", &json!({"reference": reference, "won": true})).await;
    learn_of_dispute(&stage, false).await;
    let refund = stage.refund("30.00").await;
    stage.round().await;
    stage.assert_paid_once(refund, "30.00").await;
    assert_eq!((stage.refundable(), stage.till().await), ("70.00".into(), "70.00".into()));
    lost_after_refund(&stage).await;
}

/// Another dispute, after the refund, is lost: nothing is left to refund, and nothing more goes out.
async fn lost_after_refund(stage: &Stage) {
    let reference = PAYMENT.document().to_string();
    stage.control("/_sim/dispute", &json!({"reference": reference, "amount": "70.00"})).await;
    learn_of_dispute(stage, true).await;
    stage.control("/_sim/dispute", &json!({"reference": reference, "won": false})).await;
    if tells(stage.kind) {
        stage.flush().await;
    } else {
        let order = c::OrderRef::to(PAYMENT.document());
        stage.ok(Command::NoteDispute(c::NoteDispute { order, open: false, lost: true })).await;
    }
    assert_eq!(stage.state(PAYMENT.document()), OrderState::FailedLate);
    let refused = stage.refused(Command::RefundPayment(stage.refund_of(Some("30.00")))).await;
    assert!(matches!(refused, Rejection::PaymentNotProcessed { .. }), "{refused}");
    assert_eq!((stage.refundable(), stage.till().await), ("0.00".into(), "0.00".into()));
}

/// By webhook, or from a person who reads it at the gateway.
async fn learn_of_dispute(stage: &Stage, open: bool) {
    if tells(stage.kind) {
        return stage.flush().await;
    }
    let order = c::OrderRef::to(PAYMENT.document());
    stage.ok(Command::NoteDispute(c::NoteDispute { order, open, lost: false })).await;
}

/// All of an unsettled payment is voided; a part of it waits for settlement.
pub(crate) async fn unsettled(kind: GatewayKind) {
    let setup = Setup {
        settled: false,
        sandbox: |options| options.plain_needs_settlement = true,
        ..Setup::default()
    };
    let stage = Stage::with(kind, setup).await;
    let refund = stage.place(stage.refund_of(None)).await;
    let order = stage.settle_down(refund).await;
    assert_eq!(order.state, OrderState::Processed, "{order:?}");
    assert_eq!(order.executed.unwrap().ability, Ability::Void);
    assert_eq!((stage.refundable(), stage.till().await), ("0.00".into(), "0.00".into()));

    let stage = Stage::with(kind, setup).await;
    let refund = stage.refund("30.00").await;
    stage.round().await;
    assert_eq!((stage.state(refund), stage.refundable()), (OrderState::Waiting, "70.00".into()));
    stage.assert_moved(refund, "0", 0).await;
    stage.settle_down(refund).await;
    stage.assert_paid_once(refund, "30.00").await;
}

/// A refund goes back to the method of the payment through its gateway, whatever is the default now.
pub(crate) async fn its_own_method(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    // Nobody listens there.
    stage.gateway("other", "http://127.0.0.1:9", true).await;
    let card = stage.card("pm_declined").await;
    stage
        .ok(Command::ChangePaymentMethod(c::ChangePaymentMethod {
            method: Ref::to(card),
            close: false,
            expiry: None,
            default: true,
        }))
        .await;
    let mut elsewhere = stage.refund_of(Some("30.00"));
    elsewhere.gateway = Some("other".parse().unwrap());
    let refused = stage.refused(Command::RefundPayment(elsewhere)).await;
    assert!(matches!(refused, Rejection::NotTheOriginalMethod { .. }), "{refused}");
    let refund = stage.refund("30.00").await;
    stage.round().await;
    let (order, paid) = (stage.order(refund), stage.order(PAYMENT.document()));
    assert_eq!(order.placed.method, MethodNo(1));
    assert_eq!(order.placed.gateway, paid.placed.gateway);
    stage.assert_paid_once(refund, "30.00").await;
}

/// Pays a part of the payment out to another card, or by cheque where the gateway has no credits
/// without a payment.
async fn another_way(stage: &Stage, text: &str, gateway: Option<&str>) {
    let card = stage.card("pm_ok").await;
    let mut push = stage.refund_of(Some(text));
    push.method = Some(Ref::to(card));
    push.gateway = gateway.map(|name| name.parse().unwrap());
    if stage.kind == GatewayKind::Stripe {
        let refused = stage.refused(Command::RefundPayment(push)).await;
        assert!(matches!(refused, Rejection::GatewayCannot { .. }), "{refused}");
        stage.ok(stage.external(text)).await;
    } else {
        let refund = stage.place(push).await;
        stage.round().await;
        assert_eq!(stage.order(refund).ability, Ability::NonReferencedRefund);
        stage.assert_paid_once(refund, text).await;
    }
}

async fn declined(stage: &Stage, refund: Document) -> Option<DeclineCode> {
    let order = stage.order(refund);
    assert_eq!((order.state, stage.refundable()), (OrderState::Declined, "100.00".into()));
    stage.assert_moved(refund, "0", 0).await;
    order.reason
}

/// A closed card is tried, declines, and the money goes another way. The declined refund stays as it is.
pub(crate) async fn closed_card(kind: GatewayKind) {
    let stage = Stage::with(kind, Setup { token: "pm_revoked", ..Setup::default() }).await;
    let refund = stage.refund("30.00").await;
    stage.round().await;
    declined(&stage, refund).await;
    let before = stage.order(refund);
    another_way(&stage, "30.00", None).await;
    assert_eq!((stage.order(refund), stage.refundable()), (before, "70.00".into()));

    // One that was closed here is still where the payment came from: it is tried.
    let stage = Stage::new(kind).await;
    stage
        .ok(Command::ChangePaymentMethod(c::ChangePaymentMethod {
            method: Ref::to(MethodNo(1)),
            close: true,
            expiry: None,
            default: false,
        }))
        .await;
    let refund = stage.refund("30.00").await;
    stage.round().await;
    stage.assert_paid_once(refund, "30.00").await;
}

/// The merchant's balance is too low: no fault of the customer, and another refund is another attempt.
/// Where the gateway waits, the amount is held.
pub(crate) async fn balance_low(kind: GatewayKind) {
    let stage = Stage::with(kind, Setup { token: "pm_balance_refused", ..Setup::default() }).await;
    let refund = stage.refund("30.00").await;
    stage.round().await;
    let reason = declined(&stage, refund).await;
    if tells(kind) {
        assert_eq!(reason, Some(DeclineCode::MerchantBalanceLow));
    }
    let again = stage.refund("30.00").await;
    assert_ne!(stage.order(again).key(1), stage.order(refund).key(1));
    if !tells(kind) {
        return;
    }
    let stage = Stage::new(kind).await;
    let refund = stage.refund("30.58").await;
    stage.round().await;
    assert_eq!((stage.state(refund), stage.refundable()), (OrderState::Pending, "69.42".into()));
    stage.assert_moved(refund, "0", 0).await;
    stage.control("/_sim/top-up", &json!({})).await;
    stage.settle_down(refund).await;
    stage.assert_paid_once(refund, "30.58").await;
}

/// A payment that is too old for its gateway is refused up front, or by the gateway where it names no
/// limit; the money goes another way.
pub(crate) async fn too_old(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    stage.pass(182 * DAY).await;
    if kind == GatewayKind::Stripe {
        let refund = stage.refund("30.00").await;
        stage.round().await;
        declined(&stage, refund).await;
    } else {
        let refused = stage.refused(Command::RefundPayment(stage.refund_of(Some("30.00")))).await;
        assert!(matches!(refused, Rejection::PaymentTooOld { .. }), "{refused}");
    }
    another_way(&stage, "30.00", None).await;
    assert_eq!(stage.refundable(), "70.00");
}

/// Through a gateway that is switched off nothing is refunded, not even what was already placed; the
/// money goes through another one.
pub(crate) async fn deactivated(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let placed = stage.refund("30.00").await;
    stage.change_gateway(Some(false), None).await;
    stage.round().await;
    assert_eq!((stage.state(placed), stage.refundable()), (OrderState::NeverSent, "100.00".into()));
    assert!(stage.sent(placed).await.is_empty());
    let refused = stage.refused(Command::RefundPayment(stage.refund_of(Some("30.00")))).await;
    assert!(matches!(refused, Rejection::GatewayInactive { .. }), "{refused}");
    stage.gateway("new", &stage.url, false).await;
    another_way(&stage, "30.00", Some("new")).await;
    assert_eq!(stage.refundable(), "70.00");
}
