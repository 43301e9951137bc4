use serde_json::{Value, json};

use crate::authorizenet::transactions::reason;
use crate::core::Core;
use crate::core::hooks::Occasion;
use crate::core::transaction::{Kind, Status, Transaction};
use crate::sign;

/// What is told of something that happened. Of settlement, of late failures and of disputes nothing is.
pub(crate) fn events(_: &Core, one: &Transaction, why: Occasion) -> Vec<(String, Value)> {
    let kind = match (why, one.status, one.kind) {
        (Occasion::Made, Status::Pending, _) => "net.authorize.payment.fraud.held",
        (Occasion::Made, Status::Failed, _) => return Vec::new(),
        (Occasion::Made, _, Kind::Charge) => "net.authorize.payment.authcapture.created",
        (Occasion::Made, _, Kind::Refund | Kind::Credit) => "net.authorize.payment.refund.created",
        (Occasion::Made, _, Kind::Void) => "net.authorize.payment.void.created",
        (Occasion::Changed, Status::Succeeded, _) => "net.authorize.payment.fraud.approved",
        (Occasion::Changed, Status::Failed, _) if one.was_declined() => {
            "net.authorize.payment.fraud.declined"
        }
        _ => return Vec::new(),
    };
    vec![(kind.to_owned(), Value::Null)]
}

/// The body of a webhook. The amount is a number, as theirs is; it is written from the decimal, not
/// reckoned.
pub(crate) fn envelope(
    core: &Core,
    number: u64,
    kind: &str,
    _: &Value,
    one: &Transaction,
) -> String {
    let digest = sign::hex(&sign::sha256(core.other_id("evt", number).as_bytes()));
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    let id = format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    );
    let response = match (one.status, one.code) {
        (Status::Failed, Some(code)) => reason(code).0,
        (Status::Pending, _) => "4",
        _ => "1",
    };
    let invoice = json!(one.reference);
    format!(
        "{{\"notificationId\":\"{id}\",\"eventType\":\"{kind}\",\"eventDate\":\"{}\",\
         \"webhookId\":\"5a4db0c5-0000-4000-8000-000000000001\",\"payload\":{{\
         \"responseCode\":{response},\"avsResponse\":\"P\",\"authAmount\":{},\
         \"invoiceNumber\":{invoice},\"entityName\":\"transaction\",\"id\":\"{}\"}}}}",
        one.updated.strftime("%Y-%m-%dT%H:%M:%S%.7fZ"),
        one.amount.to_decimal(),
        core.id(one),
    )
}
