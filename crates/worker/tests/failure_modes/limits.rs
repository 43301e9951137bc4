//! Modes 4, 10 to 13 and 22: never more than was paid, never less than what is left, never twice.

use receivables::gateway::GatewayKind;
use receivables::id::Numbered;
use receivables::order::OrderState;
use receivables::{Command, Kind, Rejection};

use crate::acts::{PAYMENT, refund_in};
use crate::stage::{Setup, Stage};

/// Two refunds at the same time that are too much together: one of them is refused.
pub(crate) async fn concurrent(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let command = || Command::RefundPayment(stage.refund_of(Some("60.00")));
    let (one, other) = tokio::join!(stage.tell(command()), stage.tell(command()));
    let (taken, refused) = match (one, other) {
        (Ok(taken), Err(refused)) | (Err(refused), Ok(taken)) => (taken, refused),
        both => panic!("{both:?}"),
    };
    assert!(matches!(refused, Rejection::AmountExceedsPayment { .. }), "{refused}");
    let refund = refund_in(&taken);
    stage.round().await;
    stage.assert_paid_once(refund, "60.00").await;
    let more = stage.refused(Command::RefundPayment(stage.refund_of(Some("40.01")))).await;
    assert!(matches!(more, Rejection::AmountExceedsPayment { .. }), "{more}");
    assert_eq!((stage.refundable(), stage.till().await), ("40.00".into(), "40.00".into()));
}

/// What was declined does not count: all of it can still be refunded.
pub(crate) async fn declined_before(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let failed = stage.refund("30.54").await;
    stage.round().await;
    assert_eq!((stage.state(failed), stage.refundable()), (OrderState::Declined, "100.00".into()));
    let refund = stage.place(stage.refund_of(None)).await;
    stage.round().await;
    stage.assert_paid_once(refund, "100.00").await;
    stage.assert_moved(failed, "0", 0).await;
    assert_eq!((stage.refundable(), stage.till().await), ("0.00".into(), "0.00".into()));
}

/// The same request twice is one refund, and two workers that find it send it once.
pub(crate) async fn processed_twice(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let command = || Command::RefundPayment(stage.refund_of(Some("30.00")));
    let (one, other) =
        tokio::join!(stage.tell_as(command(), "page"), stage.tell_as(command(), "page"));
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(usize::from(one.replayed) + usize::from(other.replayed), 1);
    let refund = refund_in(&one);
    let (second, third) = (stage.another_worker(2), stage.another_worker(3));
    let rounds = tokio::join!(stage.worker.round(), second.round(), third.round());
    assert_eq!(rounds.0 + rounds.1 + rounds.2, 1, "one of them did it");
    assert_eq!(stage.sent(refund).await.len(), 1);
    stage.assert_paid_once(refund, "30.00").await;
    assert_eq!(stage.reader.page(Kind::Refund, None, 10).unwrap().len(), 1);
}

/// What is asked for is what goes over the wire; where the answer names another amount, a person looks
/// and the amount stays held.
pub(crate) async fn partial_amount(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let refund = stage.refund("33.33").await;
    stage.round().await;
    stage.assert_paid_once(refund, "33.33").await;
    let sent = stage.sent(refund).await;
    let body = sent.first().unwrap()["body"].as_str().unwrap();
    let amount = match kind {
        GatewayKind::Sandbox | GatewayKind::AuthorizeNet => "\"amount\":\"33.33\"",
        GatewayKind::Stripe => "&amount=3333&",
        GatewayKind::CyberSource => "\"totalAmount\":\"33.33\"",
    };
    assert!(body.contains(amount), "{body}");
    let wrong = stage.refund("20.76").await;
    stage.round().await;
    stage.assert_moved(wrong, "-20.76", 1).await;
    if kind == GatewayKind::AuthorizeNet {
        // It names no amount.
        assert_eq!(stage.state(wrong), OrderState::Processed);
    } else {
        let order = stage.order(wrong);
        assert!(order.contradicted && order.needs_a_person(), "{order:?}");
    }
    assert_eq!(stage.refundable(), "45.91");
}

/// Parts down to the last cent, and not one more.
pub(crate) async fn last_cent(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    for text in ["33.33", "33.33", "33.33", "0.01"] {
        let refund = stage.refund(text).await;
        stage.round().await;
        stage.assert_paid_once(refund, text).await;
    }
    assert_eq!((stage.refundable(), stage.till().await), ("0.00".into(), "0.00".into()));
    let more = stage.refused(Command::RefundPayment(stage.refund_of(Some("0.01")))).await;
    assert!(matches!(more, Rejection::AmountExceedsPayment { .. }), "{more}");
}

/// A payment is captured at once and whole, so there is one capture to refund.
pub(crate) async fn captured_at_once(kind: GatewayKind) {
    let stage = Stage::with(kind, Setup { settled: false, ..Setup::default() }).await;
    let payment = PAYMENT.document();
    assert_eq!(stage.sent(payment).await.len(), 1, "one request charges and captures");
    stage.assert_moved(payment, "100.00", 1).await;
}
