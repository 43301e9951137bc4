//! Modes 14 and 15: currencies without decimals, with three, and the wrong one.

use receivables::gateway::GatewayKind;
use receivables::order::OrderState;
use receivables::{Command, Kind, Rejection};

use crate::stage::{Setup, Stage};

/// JPY has no decimals and KWD three: what goes over the wire, and what is left, is exact.
pub(crate) async fn decimals(kind: GatewayKind) {
    let cases = [
        ("JPY", "1000", "300", "700", "300", "\"300\""),
        ("KWD", "10.500", "3.250", "7.250", "3250", "\"3.250\""),
        ("BHD", "10.500", "3.250", "7.250", "3250", "\"3.250\""),
    ];
    for (currency, amount, part, left, minor, decimal) in cases {
        let stage = Stage::with(kind, Setup { currency, amount, ..Setup::default() }).await;
        let refund = stage.refund(part).await;
        stage.round().await;
        stage.assert_paid_once(refund, part).await;
        assert_eq!((stage.refundable(), stage.till().await), (left.into(), left.into()));
        let sent = stage.sent(refund).await;
        let body = sent.first().unwrap()["body"].as_str().unwrap();
        let stripe = format!("&amount={minor}&");
        let wanted = if kind == GatewayKind::Stripe { &stripe } else { decimal };
        assert!(body.contains(wanted), "{body}");
    }
    if kind == GatewayKind::Stripe {
        rounds_nothing(kind).await;
    }
}

/// Stripe takes three decimals only if the last is zero. Anything else is refused here, not rounded.
async fn rounds_nothing(kind: GatewayKind) {
    let setup = Setup { currency: "KWD", amount: "10.500", ..Setup::default() };
    let stage = Stage::with(kind, setup).await;
    let refund = stage.refund("3.201").await;
    stage.round().await;
    assert_eq!((stage.state(refund), stage.refundable()), (OrderState::Declined, "10.500".into()));
    assert!(stage.sent(refund).await.is_empty());
    stage.assert_moved(refund, "0", 0).await;
}

/// A refund in another currency than the payment's is refused; nothing is exchanged.
pub(crate) async fn mismatch(kind: GatewayKind) {
    let stage = Stage::new(kind).await;
    let mut command = stage.refund_of(Some("30.00"));
    command.currency = Some("EUR".parse().unwrap());
    let refused = stage.refused(Command::RefundPayment(command)).await;
    assert!(matches!(refused, Rejection::CurrencyMismatch { .. }), "{refused}");
    assert_eq!(stage.round().await, 0);
    assert!(stage.reader.page(Kind::Refund, None, 10).unwrap().is_empty());
    assert_eq!((stage.refundable(), stage.till().await), ("100.00".into(), "100.00".into()));
}
