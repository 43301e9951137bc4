//! CyberSource's JSON dialect (gateways 2.5). There are no idempotency keys: the same request again
//! makes a second transaction.

mod objects;
mod search;
mod signature;

use std::collections::BTreeMap;

use money::{Amount, Currency, Money};
use serde_json::{Value, json};

use crate::call::{Call, Reply, text};
use crate::core::dialect::Dialect;
use crate::core::transaction::{Code, Kind, Status, Transaction};
use crate::core::{Ask, Core, Manner, Performed};
use crate::routes;

/// Answers a call.
pub(crate) fn answer(core: &mut Core, call: &Call) -> Reply {
    if let Err(reason) = signature::check(&core.options, call) {
        let body = json!({"response": {"rmsg": "Authentication Failed", "reason": reason}});
        return Reply::json(401, &body);
    }
    let body: Value = match call.method.as_str() {
        "POST" => match serde_json::from_slice(&call.body) {
            Ok(body) => body,
            Err(_) => return objects::invalid(core, "INVALID_DATA", "The body is not JSON.", None),
        },
        _ => Value::Null,
    };
    match (call.method.as_str(), call.parts().as_slice()) {
        ("POST", ["pts", "v2", "payments"]) => create(core, call, &body, Kind::Charge, None),
        ("POST", ["pts", "v2", "credits"]) => create(core, call, &body, Kind::Credit, None),
        ("POST", ["pts", "v2", "payments", id, "captures"]) => capture(core, id, &body),
        ("POST", ["pts", "v2", "payments" | "captures", id, "refunds"]) => {
            create(core, call, &body, Kind::Refund, Some(id))
        }
        ("POST", ["pts", "v2", noun, id, "voids"]) if noun_fits(core, noun, id) => {
            create(core, call, &body, Kind::Void, Some(id))
        }
        ("POST", ["pts", "v2", "voids"]) => time_out_void(core, call, &body),
        ("POST", ["tss", "v2", "searches"]) => search::create(core, &body),
        ("GET", ["tss", "v2", "transactions", id]) => match core.find(Dialect::Cybersource, id) {
            Some(found) => Reply::json(200, &objects::details(core, found)),
            None => not_found(),
        },
        _ => not_found(),
    }
}

fn not_found() -> Reply {
    Reply::json(404, &json!({"response": {"rmsg": "Resource not found"}}))
}

/// Whether `/refunds/{id}/voids` and the like name the kind that `id` is.
fn noun_fits(core: &Core, noun: &str, id: &str) -> bool {
    let Some(found) = core.find(Dialect::Cybersource, id) else { return true };
    match found.kind {
        Kind::Charge => matches!(noun, "payments" | "captures"),
        Kind::Refund => noun == "refunds",
        Kind::Credit => noun == "credits",
        Kind::Void => false,
    }
}

/// A payment is captured when it is made; capturing it again says so.
fn capture(core: &Core, id: &str, body: &Value) -> Reply {
    match core.find(Dialect::Cybersource, id).filter(|one| one.kind == Kind::Charge) {
        Some(charge) => Reply::json(201, &objects::created(core, charge, body, charge.amount)),
        None => unknown(core),
    }
}

fn unknown(core: &Core) -> Reply {
    objects::invalid(core, "INVALID_DATA", "There is no such transaction.", Some("id"))
}

/// Voids what carries the merchant's `transactionId`, whatever became of its answer.
fn time_out_void(core: &mut Core, call: &Call, body: &Value) -> Reply {
    let wanted = text(body, &["clientReferenceInformation", "transactionId"]);
    let found = core.state.transactions.values().rev().find(|one| {
        one.dialect == Dialect::Cybersource
            && one.kind != Kind::Void
            && wanted.is_some()
            && one.metadata.get("transactionId") == wanted.as_ref()
    });
    match found.map(|one| core.id(one)) {
        Some(id) => create(core, call, body, Kind::Void, Some(&id)),
        None => objects::invalid(core, "NOT_VOIDABLE", "There is nothing to void.", None),
    }
}

fn create(core: &mut Core, call: &Call, body: &Value, kind: Kind, of: Option<&str>) -> Reply {
    let ask = match read(core, call, body, kind, of) {
        Ok(ask) => ask,
        Err(reply) => return *reply,
    };
    if repeats(core, &ask) {
        let message = "The same was sent a moment ago.";
        return objects::invalid(core, "DUPLICATE_REQUEST", message, None);
    }
    match core.perform(&ask) {
        Performed::Made(_, Manner::Broken) | Performed::Broken => broken(),
        Performed::Made(made, manner) => {
            let shown = match manner {
                Manner::Misquoted => routes::misquoted(made.amount),
                _ => made.amount,
            };
            let reply = Reply::json(201, &objects::created(core, &made, body, shown));
            if manner == Manner::Hung { reply.hung() } else { reply }
        }
        Performed::Refused(code) => refused(core, code, body, kind),
        Performed::Lost => Reply::hang(),
        Performed::Throttled => throttled(),
    }
}

/// True if the same was asked within the duplicate window, if there is one.
fn repeats(core: &Core, ask: &Ask) -> bool {
    let window = core.options.cybersource_duplicate_window;
    let now = core.now();
    let same = |one: &&Transaction| {
        one.kind == ask.kind
            && one.of == ask.of
            && ask.amount.is_none_or(|amount| amount == one.amount)
            && now.duration_since(one.created) < window
    };
    core.state.with_reference(Dialect::Cybersource, &ask.reference).iter().any(same)
}

fn read(
    core: &Core,
    call: &Call,
    body: &Value,
    kind: Kind,
    of: Option<&str>,
) -> Result<Ask, Box<Reply>> {
    let wrong = |reason: &str, field: &str| {
        let message = "One or more fields in the request are missing or invalid.";
        Box::new(objects::invalid(core, reason, message, Some(field)))
    };
    let of = match of.map(|id| core.find(Dialect::Cybersource, id)) {
        None => None,
        Some(Some(found)) => Some(found.number),
        Some(None) => return Err(Box::new(unknown(core))),
    };
    let code = "clientReferenceInformation.code";
    let reference = text(body, &["clientReferenceInformation", "code"]);
    let reference = match (reference, kind) {
        (Some(reference), _) => reference,
        (None, Kind::Void) => String::new(),
        (None, _) => return Err(wrong("MISSING_FIELD", code)),
    };
    let amount = if kind == Kind::Void { None } else { Some(amount(body, &wrong)?) };
    let method = match kind {
        Kind::Charge | Kind::Credit => {
            method(body).ok_or_else(|| wrong("MISSING_FIELD", "paymentInformation"))?
        }
        Kind::Refund | Kind::Void => String::new(),
    };
    let mut metadata: BTreeMap<String, String> = BTreeMap::new();
    let defined = body.get("merchantDefinedInformation").and_then(Value::as_array);
    for item in defined.into_iter().flatten() {
        if let (Some(key), Some(value)) = (text(item, &["key"]), text(item, &["value"])) {
            metadata.insert(key, value);
        }
    }
    if let Some(id) = text(body, &["clientReferenceInformation", "transactionId"]) {
        metadata.insert("transactionId".to_owned(), id);
    }
    let sim = routes::sim(call, metadata.get("sim").map(String::as_str)).map_err(Box::new)?;
    Ok(Ask {
        kind,
        dialect: Dialect::Cybersource,
        reference,
        key: None,
        amount,
        method,
        of,
        metadata,
        sim,
        needs_settlement: false,
    })
}

fn amount(body: &Value, wrong: &impl Fn(&str, &str) -> Box<Reply>) -> Result<Money, Box<Reply>> {
    let at = |name: &str| text(body, &["orderInformation", "amountDetails", name]);
    let (sum, unit) =
        ("orderInformation.amountDetails.totalAmount", "orderInformation.amountDetails.currency");
    let currency = at("currency").ok_or_else(|| wrong("MISSING_FIELD", unit))?;
    let currency: Currency = currency.parse().map_err(|_| wrong("INVALID_DATA", unit))?;
    let total = at("totalAmount").ok_or_else(|| wrong("MISSING_FIELD", sum))?;
    let total = total.parse().and_then(|total: Amount| total.to_money(currency));
    let total = total.ok().filter(|total| total.is_positive());
    total.ok_or_else(|| wrong("INVALID_AMOUNT", sum))
}

/// The stored method, or what is kept of a card or an account.
fn method(body: &Value) -> Option<String> {
    let places: [&[&str]; 5] = [
        &["paymentInstrument", "id"],
        &["instrumentIdentifier", "id"],
        &["customer", "id"],
        &["card", "number"],
        &["bank", "account", "number"],
    ];
    let information = body.get("paymentInformation")?;
    let found = places.iter().find_map(|place| text(information, place));
    found.map(|token| routes::token(&token))
}

/// A rule's refusal. What the issuer would say is a DECLINED; the rest an INVALID_REQUEST.
fn refused(core: &Core, code: Code, body: &Value, kind: Kind) -> Reply {
    let message = code.words().1;
    let (reason, field) = match code {
        Code::AlreadyRefunded | Code::ExceedsRefundable => {
            ("INVALID_AMOUNT", Some("orderInformation.amountDetails.totalAmount"))
        }
        Code::CurrencyMismatch => ("INVALID_DATA", Some("orderInformation.amountDetails.currency")),
        Code::ChargeUnknown => ("INVALID_DATA", Some("id")),
        Code::CreditNotEnabled => ("ACCOUNT_NOT_ALLOWED_CREDIT", None),
        Code::Voided if kind == Kind::Refund => ("CAPTURE_ALREADY_VOIDED", None),
        Code::Voided | Code::NotVoidable => ("NOT_VOIDABLE", None),
        Code::TooOld | Code::NotSettled => ("NOT_SUPPORTED", None),
        Code::Duplicate => ("DUPLICATE_REQUEST", None),
        Code::Disputed => return objects::declined(core, "GENERAL_DECLINE", message, body),
        Code::MerchantBalanceLow | Code::InsufficientFunds => {
            return objects::declined(core, "INSUFFICIENT_FUND", message, body);
        }
        Code::Declined | Code::ExpiredCard | Code::MethodRevoked => {
            return objects::declined(core, objects::reason(code), message, body);
        }
    };
    objects::invalid(core, reason, message, field)
}

/// Not taken.
pub(crate) fn throttled() -> Reply {
    let body = json!({"response": {"rmsg": "Too many requests"}});
    Reply::json(429, &body).with("retry-after", "1")
}

/// Outcome unknown (gateways 2.5).
pub(crate) fn broken() -> Reply {
    let body = json!({"status": "SERVER_ERROR", "reason": "SYSTEM_ERROR",
                      "message": "Error - General system failure."});
    Reply::json(502, &body)
}

/// True if the transaction is final and did not happen.
fn is_dead(one: &Transaction) -> bool {
    matches!(one.status, Status::Failed | Status::Voided)
}
