use gateway::{Notice, NoticeKind, WebhookError};
use gateway_kit::amount;
use gateway_kit::sign::{header, verify_timed};
use jiff::Timestamp;
use serde::Deserialize;

use crate::connector::SandboxConnector;
use crate::transaction::Transaction;

#[derive(Deserialize)]
struct Event {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    data: serde_json::Value,
}

#[derive(Deserialize)]
struct Disputed {
    dispute: Dispute,
}

#[derive(Deserialize)]
struct Dispute {
    amount: Option<String>,
    won: Option<bool>,
}

/// Verifies and reads one event. Events of kinds that are not known are passed over.
pub(crate) fn read(
    connector: &SandboxConnector,
    headers: &[(String, String)],
    body: &[u8],
    now: Timestamp,
) -> Result<Vec<Notice>, WebhookError> {
    let signature = header(headers, "sandbox-signature")
        .ok_or_else(|| WebhookError::Unverified("it is missing".to_owned()))?;
    verify_timed(signature, connector.webhook_secret.reveal(), body, now)
        .map_err(WebhookError::Unverified)?;
    let malformed = |error: serde_json::Error| WebhookError::Malformed(error.to_string());
    let event: Event = serde_json::from_slice(body).map_err(malformed)?;
    if !matches!(event.kind.as_str(), "transaction.updated" | "dispute.opened" | "dispute.closed") {
        return Ok(Vec::new());
    }
    let transaction: Transaction = serde_json::from_value(event.data.clone()).map_err(malformed)?;
    let kind = if event.kind == "transaction.updated" {
        if transaction.money().is_none() {
            return Err(WebhookError::Malformed("its amount cannot be read".to_owned()));
        }
        NoticeKind::State { state: transaction.state(), receipt: transaction.receipt() }
    } else {
        let Disputed { dispute } = serde_json::from_value(event.data).map_err(malformed)?;
        match (event.kind.as_str(), dispute.won) {
            ("dispute.closed", Some(won)) => NoticeKind::DisputeClosed { won },
            ("dispute.closed", None) => NoticeKind::Hint,
            _ => {
                let currency = transaction.money().map(|money| money.currency().code());
                let disputed = dispute.amount.as_deref().zip(currency);
                let amount = disputed.and_then(|(decimal, currency)| amount(decimal, currency));
                NoticeKind::DisputeOpened { amount }
            }
        }
    };
    Ok(vec![Notice {
        event_id: event.id,
        reference: transaction.reference,
        key: transaction.key,
        gateway_id: Some(transaction.id),
        kind,
    }])
}
