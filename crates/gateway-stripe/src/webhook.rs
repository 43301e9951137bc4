use gateway::{Notice, NoticeKind, Secret, WebhookError};
use gateway_kit::sign::{header, verify_timed};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::amounts::from_stripe;
use crate::objects::{Id, Metadata, PaymentIntent, Refund};

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: Data,
    request: Option<Origin>,
}

#[derive(Deserialize)]
struct Data {
    object: Value,
}

/// The request an event comes from. Old versions write its id only.
#[derive(Deserialize)]
#[serde(untagged)]
enum Origin {
    Request { idempotency_key: Option<String> },
    Id(IgnoredAny),
}

/// A charge or a dispute, as far as it matters.
#[derive(Deserialize)]
struct About {
    id: String,
    charge: Option<Id>,
    payment_intent: Option<Id>,
    amount: Option<i64>,
    currency: Option<String>,
    status: Option<String>,
}

/// Verifies and reads one event. Events of kinds that do not matter are passed over.
pub(crate) fn read(
    secret: &Secret,
    headers: &[(String, String)],
    body: &[u8],
    now: Timestamp,
) -> Result<Vec<Notice>, WebhookError> {
    let signature = header(headers, "stripe-signature")
        .ok_or_else(|| WebhookError::Unverified("it is missing".to_owned()))?;
    verify_timed(signature, secret.reveal(), body, now).map_err(WebhookError::Unverified)?;
    let event: Event = serde_json::from_slice(body).map_err(malformed)?;
    let key = match event.request {
        Some(Origin::Request { idempotency_key }) => idempotency_key,
        Some(Origin::Id(_)) | None => None,
    };
    let object = event.data.object;
    let notice = match event.kind.as_str() {
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            refund(event.id, object, key)?
        }
        "payment_intent.succeeded" | "payment_intent.payment_failed" => {
            payment(event.id, object, key)?
        }
        // The charge itself, and a void of it, both end so; looking either up tells.
        "payment_intent.canceled" => {
            let found: PaymentIntent = serde_json::from_value(object).map_err(malformed)?;
            let Metadata { reference, attempt_key } = found.metadata;
            let key = key.or(attempt_key);
            hint(event.id, reference, key, found.id)
        }
        // Which of its refunds it is about is not said.
        "charge.refunded" => {
            let found: About = serde_json::from_value(object).map_err(malformed)?;
            let id = found.payment_intent.map_or(found.id, |id| id.text().to_owned());
            hint(event.id, None, key, id)
        }
        "charge.dispute.created" | "charge.dispute.closed" => {
            let opened = event.kind == "charge.dispute.created";
            dispute(event.id, object, opened)?
        }
        _ => return Ok(Vec::new()),
    };
    Ok(vec![notice])
}

fn malformed(error: impl std::fmt::Display) -> WebhookError {
    WebhookError::Malformed(error.to_string())
}

fn hint(event_id: String, reference: Option<String>, key: Option<String>, id: String) -> Notice {
    Notice { event_id, reference, key, gateway_id: Some(id), kind: NoticeKind::Hint }
}

fn refund(event_id: String, object: Value, key: Option<String>) -> Result<Notice, WebhookError> {
    let found: Refund = serde_json::from_value(object).map_err(malformed)?;
    let (Some(state), Some(_)) = (found.state(), found.money()) else {
        return Err(malformed("the refund has no state or amount that is known"));
    };
    let receipt = found.receipt();
    Ok(Notice {
        event_id,
        reference: found.metadata.reference,
        key: found.metadata.attempt_key.or(key),
        gateway_id: Some(found.id),
        kind: NoticeKind::State { state, receipt },
    })
}

fn payment(event_id: String, object: Value, key: Option<String>) -> Result<Notice, WebhookError> {
    let found: PaymentIntent = serde_json::from_value(object).map_err(malformed)?;
    let kind = match (found.state(), found.money()) {
        (Some(state), Some(_)) => NoticeKind::State { state, receipt: found.receipt() },
        _ => NoticeKind::Hint,
    };
    Ok(Notice {
        event_id,
        reference: found.metadata.reference,
        key: found.metadata.attempt_key.or(key),
        gateway_id: Some(found.id),
        kind,
    })
}

fn dispute(event_id: String, object: Value, opened: bool) -> Result<Notice, WebhookError> {
    let found: About = serde_json::from_value(object).map_err(malformed)?;
    let kind = match (opened, found.status.as_deref()) {
        (true, _) => {
            let disputed = found.amount.zip(found.currency.as_deref());
            let amount = disputed.and_then(|(amount, currency)| from_stripe(amount, currency));
            NoticeKind::DisputeOpened { amount }
        }
        // An inquiry that never became a dispute took no money.
        (false, Some("won" | "warning_closed")) => NoticeKind::DisputeClosed { won: true },
        (false, Some("lost")) => NoticeKind::DisputeClosed { won: false },
        (false, _) => NoticeKind::Hint,
    };
    let payment = found.payment_intent.or(found.charge);
    let gateway_id = Some(payment.map_or(found.id, |id| id.text().to_owned()));
    Ok(Notice { event_id, reference: None, key: None, gateway_id, kind })
}
