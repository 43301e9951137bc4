//! Modes 2, 3, 5, 6 and 23: what gateways tell, early, late, again, and falsely.

use gateway::{WebhookError, Window};
use gateway_kit::sign::{base64, hmac_sha256, unbase64};
use jiff::SignedDuration;
use receivables::Document;
use receivables::Kind;
use receivables::fact::Fact;
use receivables::gateway::GatewayKind;
use receivables::order::{OrderState, Step};
use worker::notices::NoticeError;

use crate::post::Letter;
use crate::stage::{Stage, WEBHOOK_KEY, tells};

/// The webhook comes before the answer: it is about the same refund, and makes no second one.
pub(crate) async fn webhook_first(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let refund = stage.refund("30.71").await;
    stage.round().await;
    stage.flush().await;
    stage.settle_down(refund).await;
    stage.assert_paid_once(refund, "30.71").await;
    let history = stage.reader.order_history(refund).unwrap();
    let answered = history.iter().find(|event| match &event.fact {
        Fact::OrderMoved(moved) => matches!(moved.step, Step::Answered { .. }),
        _ => false,
    });
    assert_eq!(answered.unwrap().actor, "gateway main", "the webhook was first");
    assert_eq!(stage.reader.page(Kind::Refund, None, 10).unwrap().len(), 1);
}

/// Old webhooks again, and in the wrong order, after later refunds: nothing changes.
pub(crate) async fn old_webhook_again(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    // Charges tell of themselves too; that is over.
    stage.flush().await;
    let before = stage.post.letters().len();
    stage.post.hold();
    let first = stage.refund("30.72").await;
    stage.round().await;
    let slow = stage.refund("20.51").await;
    stage.round().await;
    stage.settle_down(slow).await;
    let later = stage.refund("30.00").await;
    stage.round().await;
    stage.flush().await;
    let letters = stage.post.letters().split_off(before);
    assert!(letters.len() >= 4, "three times the first, and the slow one");
    let old = (stage.order(first), stage.order(slow), stage.order(later));
    // Newest first, so that what was pending is told after it was done.
    for letter in letters.iter().rev().chain(&letters) {
        stage.post.take(letter).await.unwrap();
        stage.round().await;
    }
    for (document, text) in [(first, "30.72"), (slow, "20.51"), (later, "30.00")] {
        stage.assert_paid_once(document, text).await;
    }
    let ids = |orders: [&receivables::order::Order; 3]| orders.map(|order| order.said.id.clone());
    let now = (stage.order(first), stage.order(slow), stage.order(later));
    assert_eq!(ids([&now.0, &now.1, &now.2]), ids([&old.0, &old.1, &old.2]));
    assert_eq!(stage.reader.page(Kind::Refund, None, 10).unwrap().len(), 3);
    assert_eq!((stage.refundable(), stage.till().await), ("18.77".into(), "18.77".into()));
}

/// It succeeds and comes back hours later: by webhook where there is one, else by reconciliation. The
/// amount can be refunded again, another way.
pub(crate) async fn fails_late(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let refund = stage.refund("30.52").await;
    stage.round().await;
    stage.assert_paid_once(refund, "30.52").await;
    stage.pass(4 * 3_600).await;
    for _ in 0..2 {
        if tells(kind) {
            stage.flush().await;
        } else {
            reconcile(&stage).await;
        }
        stage.round().await;
        assert_eq!(stage.state(refund), OrderState::FailedLate, "{:?}", stage.order(refund));
        stage.assert_moved(refund, "0.00", 2).await;
        assert_eq!(stage.refundable(), "100.00");
    }
    stage.ok(stage.external("30.52")).await;
    assert_eq!((stage.refundable(), stage.till().await), ("69.48".into(), "100.00".into()));
}

async fn reconcile(stage: &Stage) {
    let now = stage.engine.clock().now();
    let to = now.checked_add(SignedDuration::from_secs(1)).unwrap();
    let from = now.checked_sub(SignedDuration::from_hours(24)).unwrap();
    let gateway = stage.reader.settings().unwrap().gateways.first().unwrap().clone();
    let span = Window { from, to };
    let rows = stage.gateways.list(&gateway, span, now).await.unwrap();
    let listing = worker::reconcile::Listing { rows, span: Some(span) };
    let actor = "test".into();
    let (engine, reader) = (&stage.engine, &stage.reader);
    worker::reconcile::reconcile(engine, reader, &gateway, listing, true, &actor).await.unwrap();
}

/// Pending is neither done nor failed: the amount is held until the gateway says more.
pub(crate) async fn pending(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let refund = stage.refund("80.51").await;
    stage.round().await;
    assert_eq!((stage.state(refund), stage.refundable()), (OrderState::Pending, "19.49".into()));
    stage.assert_moved(refund, "0", 0).await;
    let again = receivables::Command::RefundPayment(stage.refund_of(Some("80.51")));
    let again = stage.refused(again).await;
    assert!(matches!(again, receivables::Rejection::AmountExceedsPayment { .. }), "{again}");
    stage.settle_down(refund).await;
    stage.assert_paid_once(refund, "80.51").await;

    let refund = stage.refund("10.53").await;
    stage.round().await;
    assert_eq!((stage.state(refund), stage.refundable()), (OrderState::Pending, "8.96".into()));
    let order = stage.settle_down(refund).await;
    assert_eq!((order.state, stage.refundable()), (OrderState::Declined, "19.49".into()));
    stage.assert_moved(refund, "0", 0).await;
}

/// A webhook whose signature does not hold changes nothing; the right one is believed, or leads to a
/// look.
pub(crate) async fn unverifiable(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    stage.flush().await;
    stage.post.hold();
    let before = stage.post.letters().len();
    let refund = stage.refund("30.61").await;
    stage.round().await;
    assert_eq!(stage.state(refund), OrderState::Unknown);
    // The index of CyberSource takes two minutes.
    stage.pass(130).await;
    let letters = if kind == GatewayKind::CyberSource {
        vec![letter_of_cybersource(&stage, refund)]
    } else {
        stage.flush().await;
        stage.post.letters().split_off(before)
    };
    let order = stage.order(refund);
    for letter in &letters {
        let mut forged = letter.clone();
        forged.body.push(b' ');
        let mut bare = letter.clone();
        bare.headers.retain(|(name, _)| !name.contains("signature"));
        for wrong in [forged, bare] {
            let refused = stage.post.take(&wrong).await;
            let unverified = NoticeError::Webhook(WebhookError::Unverified(String::new()));
            let same = refused.as_ref().is_err_and(|error| {
                std::mem::discriminant(error) == std::mem::discriminant(&unverified)
            });
            assert!(same, "{refused:?}");
        }
    }
    assert_eq!(stage.order(refund), order, "nothing changed");
    assert_eq!(stage.refundable(), "69.39", "still held");
    for letter in &letters {
        stage.post.take(letter).await.unwrap();
    }
    if kind == GatewayKind::CyberSource {
        assert_eq!(stage.state(refund), OrderState::Unknown, "only a hint");
    }
    stage.round().await;
    stage.assert_paid_once(refund, "30.61").await;
}

/// A webhook as CyberSource signs it; the sandbox sends none in its name.
fn letter_of_cybersource(stage: &Stage, refund: Document) -> Letter {
    let time = stage.engine.clock().now().as_second().to_string();
    let body = format!(
        "{{\"notificationId\":\"n-1\",\"payloads\":[{{\"data\":{{\
         \"clientReferenceInformation\":{{\"code\":\"{refund}\"}}}}}}]}}"
    );
    let key = unbase64(WEBHOOK_KEY).unwrap();
    let mac = base64(&hmac_sha256(&key, &[time.as_bytes(), b".", body.as_bytes()]));
    let signature = format!("t={time};keyId=1;sig={mac}");
    Letter { headers: vec![("v-c-signature".to_owned(), signature)], body: body.into_bytes() }
}
