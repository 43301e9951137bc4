use money::Money;
use serde_json::{Value, json};

use crate::call::{Reply, text};
use crate::core::Core;
use crate::core::transaction::{Code, Kind, Status, Transaction};
use crate::cybersource::is_dead;
use crate::routes;

/// CyberSource's word for a decline (gateways 2.5).
pub(super) const fn reason(code: Code) -> &'static str {
    match code {
        Code::ExpiredCard => "EXPIRED_CARD",
        Code::MethodRevoked => "UNAUTHORIZED_CARD",
        Code::MerchantBalanceLow => "INSUFFICIENT_FUND",
        _ => "PROCESSOR_DECLINED",
    }
}

/// Its number for it, in reports.
const fn reason_code(code: Option<Code>) -> &'static str {
    match code {
        Some(Code::ExpiredCard) => "202",
        Some(Code::MethodRevoked) => "233",
        Some(Code::MerchantBalanceLow) => "204",
        Some(_) => "203",
        None => "100",
    }
}

/// 400 `INVALID_REQUEST`.
pub(super) fn invalid(core: &Core, reason: &str, message: &str, field: Option<&str>) -> Reply {
    let details: Vec<Value> =
        field.into_iter().map(|field| json!({"field": field, "reason": reason})).collect();
    let mut body = json!({
        "submitTimeUtc": core.now().to_string(),
        "status": "INVALID_REQUEST",
        "reason": reason,
        "message": message,
    });
    if let (false, Some(fields)) = (details.is_empty(), body.as_object_mut()) {
        fields.insert("details".to_owned(), Value::Array(details));
    }
    Reply::json(400, &body)
}

/// 201 `DECLINED` of something that was not even made.
pub(super) fn declined(core: &Core, reason: &str, message: &str, body: &Value) -> Reply {
    let code = text(body, &["clientReferenceInformation", "code"]);
    let body = json!({
        "submitTimeUtc": core.now().to_string(),
        "status": "DECLINED",
        "clientReferenceInformation": {"code": code},
        "errorInformation": {"reason": reason, "message": message},
    });
    Reply::json(201, &body)
}

const fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Charge => "payments",
        Kind::Refund => "refunds",
        Kind::Credit => "credits",
        Kind::Void => "voids",
    }
}

/// The answer to something made. PENDING is the ordinary success of refunds and credits.
pub(super) fn created(core: &Core, one: &Transaction, asked: &Value, shown: Money) -> Value {
    let id = core.id(one);
    let status = match (one.status, one.kind) {
        (Status::Failed, _) => "DECLINED",
        (_, Kind::Void) => "VOIDED",
        (Status::Pending, Kind::Charge) => "AUTHORIZED_PENDING_REVIEW",
        (_, Kind::Charge) => "AUTHORIZED",
        _ => "PENDING",
    };
    let currency = shown.currency().code();
    let mut reference = json!({"code": one.reference});
    if let (Some(id), Some(fields)) =
        (text(asked, &["clientReferenceInformation", "transactionId"]), reference.as_object_mut())
    {
        fields.insert("transactionId".to_owned(), json!(id));
    }
    let noun = noun(one.kind);
    let mut body = json!({
        "id": id,
        "submitTimeUtc": one.created.to_string(),
        "status": status,
        "reconciliationId": format!("R{id}"),
        "clientReferenceInformation": reference,
        "orderInformation": {"amountDetails": {"currency": currency}},
        "_links": {
            "self": {"method": "GET", "href": format!("/pts/v2/{noun}/{id}")},
            "void": {"method": "POST", "href": format!("/pts/v2/{noun}/{id}/voids")},
        },
    });
    let Some(fields) = body.as_object_mut() else { return body };
    if let (Status::Failed, Some(code)) = (one.status, one.code) {
        let error = json!({"reason": reason(code), "message": code.words().1});
        fields.insert("errorInformation".to_owned(), error);
        fields.insert("processorInformation".to_owned(), json!({"responseCode": "05"}));
        return body;
    }
    let processor = json!({"approvalCode": "888888", "responseCode": "100", "transactionId": id});
    fields.insert("processorInformation".to_owned(), processor);
    let amount = shown.to_decimal();
    let details = match one.kind {
        Kind::Refund => {
            ("refundAmountDetails", json!({"refundAmount": amount, "currency": currency}))
        }
        Kind::Credit => {
            ("creditAmountDetails", json!({"creditAmount": amount, "currency": currency}))
        }
        Kind::Void => ("voidAmountDetails", json!({"voidAmount": amount, "currency": currency})),
        Kind::Charge => (
            "orderInformation",
            json!({"amountDetails": {"totalAmount": amount, "authorizedAmount": amount,
                                      "currency": currency}}),
        ),
    };
    fields.insert(details.0.to_owned(), details.1);
    body
}

const fn application(kind: Kind) -> &'static str {
    match kind {
        Kind::Charge => "ics_bill",
        Kind::Refund | Kind::Credit => "ics_credit",
        Kind::Void => "ics_void",
    }
}

/// The status that reports show: PENDING until the batch is transmitted.
fn report_status(one: &Transaction) -> &'static str {
    match one.status {
        Status::Pending | Status::Succeeded => "PENDING",
        Status::Settled => "TRANSMITTED",
        Status::Failed if one.was_declined() => "DECLINED",
        Status::Failed => "REJECTED",
        Status::Voided => "VOIDED",
    }
}

fn information(core: &Core, one: &Transaction) -> Value {
    let dead = is_dead(one);
    let code = match one.status {
        Status::Pending => "480",
        _ => reason_code(one.code.filter(|_| dead)),
    };
    let (flag, result) = if dead { ("DDECLINED", "0") } else { ("SOK", "1") };
    let message = one.code.map_or("Request was processed successfully.", |code| code.words().1);
    let mut application = json!({
        "name": application(one.kind),
        "status": report_status(one),
        "reasonCode": code,
        "rCode": result,
        "rFlag": flag,
        "reconciliationId": format!("R{}", core.id(one)),
        "rMessage": message,
        "returnCode": 1_010_000,
    });
    if let (Some(code), Some(fields)) = (one.code.filter(|_| dead), application.as_object_mut()) {
        fields.insert("errorReason".to_owned(), json!(reason(code)));
    }
    json!({
        "status": report_status(one),
        "reasonCode": code,
        "rCode": result,
        "rFlag": flag,
        "rMessage": message,
        "applications": [application],
    })
}

/// One line of a search's answer.
pub(super) fn summary(core: &Core, one: &Transaction) -> Value {
    let id = core.id(one);
    json!({
        "id": id,
        "submitTimeUtc": one.created.to_string(),
        "merchantId": core.options.cybersource_merchant,
        "applicationInformation": information(core, one),
        "clientReferenceInformation": {"code": one.reference},
        "orderInformation": {"amountDetails": {
            "totalAmount": one.amount.to_decimal(), "currency": one.amount.currency().code()}},
        "paymentInformation": {"card": {"suffix": routes::last_four(&one.method)}},
        "_links": {"transactionDetail": {
            "method": "GET", "href": format!("/tss/v2/transactions/{id}")}},
    })
}

/// `GET /tss/v2/transactions/{id}`.
pub(super) fn details(core: &Core, one: &Transaction) -> Value {
    let mut body = summary(core, one);
    let of = one.of.and_then(|of| core.state.transactions.get(&of)).map(|of| core.id(of));
    if let Some(fields) = body.as_object_mut() {
        let id = core.id(one);
        fields.insert("reconciliationId".to_owned(), json!(format!("R{id}")));
        fields.insert("rootId".to_owned(), json!(of.as_ref().unwrap_or(&id)));
        if let Some(of) = of {
            fields.insert(
                "relatedTransactions".to_owned(),
                json!([{"method": "GET", "href": format!("/tss/v2/transactions/{of}")}]),
            );
        }
        if let (true, Some(code)) = (is_dead(one), one.code) {
            let error = json!({"reason": reason(code), "message": code.words().1});
            fields.insert("errorInformation".to_owned(), error);
        }
    }
    body
}
