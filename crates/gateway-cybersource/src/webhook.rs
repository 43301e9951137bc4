use gateway::{Notice, NoticeKind, WebhookError};
use gateway_kit::sign::{header, hmac_sha256, same, unbase64};
use jiff::Timestamp;
use serde::Deserialize;

use crate::outcome::Echo;

/// How old a notice may be. CyberSource repeats one for hours under its first time; an older one is
/// no longer believed, and the same event is taken once only.
const OLDEST_SECONDS: u64 = 24 * 3600;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    notification_id: String,
    #[serde(default)]
    payloads: Vec<Payload>,
    payload: Option<Payload>,
}

#[derive(Deserialize)]
struct Payload {
    data: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    id: Option<String>,
    client_reference_information: Option<Echo>,
}

fn verify(key: &[u8], signature: &str, body: &[u8], now: Timestamp) -> Result<(), String> {
    if key.is_empty() {
        return Err("no webhook_key is configured".to_owned());
    }
    let field = |wanted: &str| {
        let mut fields = signature.split(';').filter_map(|field| field.trim().split_once('='));
        fields.find(|(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let time = field("t").ok_or("it has no time")?;
    let number: i64 = time.parse().map_err(|_| "its time is not a number".to_owned())?;
    // Milliseconds, where it is too large for seconds.
    let second = if number > 100_000_000_000 { number / 1000 } else { number };
    if second.abs_diff(now.as_second()) > OLDEST_SECONDS {
        return Err("it is too old, or from the future".to_owned());
    }
    let given = field("sig").and_then(unbase64).ok_or("it has no signature")?;
    let wanted = hmac_sha256(key, &[time.as_bytes(), b".", body]);
    if same(&given, &wanted) { Ok(()) } else { Err("no signature matches".to_owned()) }
}

/// Verifies a notice and makes hints of it: what is in it was not established, so it is looked up.
pub(crate) fn read(
    key: &[u8],
    headers: &[(String, String)],
    body: &[u8],
    now: Timestamp,
) -> Result<Vec<Notice>, WebhookError> {
    let signature = header(headers, "v-c-signature")
        .ok_or_else(|| WebhookError::Unverified("it is missing".to_owned()))?;
    verify(key, signature, body, now).map_err(WebhookError::Unverified)?;
    let envelope: Envelope =
        serde_json::from_slice(body).map_err(|error| WebhookError::Malformed(error.to_string()))?;
    let payloads = envelope.payloads.into_iter().chain(envelope.payload);
    let notice = |(place, Payload { data }): (usize, Payload)| {
        let (reference, key) = data
            .client_reference_information
            .map_or((None, None), |echo| (echo.code, echo.transaction_id));
        let event_id = match place {
            0 => envelope.notification_id.clone(),
            place => format!("{}/{place}", envelope.notification_id),
        };
        Notice { event_id, reference, key, gateway_id: data.id, kind: NoticeKind::Hint }
    };
    Ok(payloads.enumerate().map(notice).collect())
}
