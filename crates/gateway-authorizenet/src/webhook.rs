use gateway::{MoneyState, Notice, NoticeKind, Receipt, WebhookError};
use gateway_kit::reply::Loose;
use gateway_kit::sign::{header, hmac_sha512, same, unhex};
use serde::Deserialize;

use crate::requests::is_transaction;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    notification_id: String,
    event_type: String,
    payload: Payload,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    response_code: Option<Loose>,
    id: Option<Loose>,
    invoice_number: Option<String>,
}

/// `sha512=<hex>` over the body. Whether the key is its characters or the bytes they stand for is
/// disputed in public code (gateways 2.4), so either is accepted; nobody can sign without the key.
fn verify(key: &str, signature: &str, body: &[u8]) -> Result<(), String> {
    if key.is_empty() {
        return Err("no signature_key is configured".to_owned());
    }
    let digits = signature
        .trim()
        .split_once('=')
        .filter(|(name, _)| name.eq_ignore_ascii_case("sha512"))
        .map(|(_, digits)| digits)
        .ok_or("it is not a sha512")?;
    let given = unhex(digits).ok_or("it is not hexadecimal")?;
    let by_characters = same(&given, &hmac_sha512(key.as_bytes(), body));
    let decoded = unhex(key).filter(|key| !key.is_empty());
    let by_bytes = decoded.is_some_and(|key| same(&given, &hmac_sha512(&key, body)));
    if by_characters || by_bytes { Ok(()) } else { Err("no signature matches".to_owned()) }
}

/// Verifies and reads one event. Events that are not about payments are passed over.
pub(crate) fn read(
    key: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> Result<Vec<Notice>, WebhookError> {
    let signature = header(headers, "x-anet-signature")
        .ok_or_else(|| WebhookError::Unverified("it is missing".to_owned()))?;
    verify(key, signature, body).map_err(WebhookError::Unverified)?;
    let malformed = |error: serde_json::Error| WebhookError::Malformed(error.to_string());
    let value: serde_json::Value = serde_json::from_slice(body).map_err(malformed)?;
    let kind = value.get("eventType").and_then(serde_json::Value::as_str).unwrap_or_default();
    if !kind.is_empty() && !kind.starts_with("net.authorize.payment.") {
        return Ok(Vec::new());
    }
    let event: Event = serde_json::from_value(value).map_err(malformed)?;
    let id = event.payload.id.as_ref().map(Loose::text).filter(|id| is_transaction(id));
    let code = event.payload.response_code.as_ref().map(Loose::text);
    let created = matches!(
        event.event_type.as_str(),
        "net.authorize.payment.refund.created" | "net.authorize.payment.authcapture.created"
    );
    // A void has the id of what it voids, and a decision of the fraud filter says nothing of money:
    // both are looked up.
    let state = match code.as_deref() {
        Some("1") if created => Some(MoneyState::Succeeded),
        Some("4") if created => Some(MoneyState::Pending),
        _ => None,
    };
    let kind = match (state, &id) {
        (Some(state), Some(id)) => {
            // The amount comes without its currency.
            let gateway_id = id.clone();
            let receipt =
                Receipt { gateway_id, second_id: None, amount: None, code, message: None };
            NoticeKind::State { state, receipt }
        }
        _ => NoticeKind::Hint,
    };
    let reference = event.payload.invoice_number.filter(|reference| !reference.is_empty());
    Ok(vec![Notice { event_id: event.notification_id, reference, key: None, gateway_id: id, kind }])
}
