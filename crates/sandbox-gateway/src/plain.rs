//! The sandbox's own dialect: JSON with decimal amounts and every word spelled out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use money::{Amount, Currency, Money};
use serde_json::{Value, json};

use crate::call::{Call, Reply, text};
use crate::core::dialect::Dialect;
use crate::core::hooks::Occasion;
use crate::core::keys::{self, Seen};
use crate::core::transaction::{Code, Kind, Status, Transaction};
use crate::core::{Ask, Core, Manner, Performed};
use crate::routes;

/// The most transactions in one page.
const PAGE_MAX: usize = 1_000;

/// Answers a call.
pub(crate) fn answer(core: &mut Core, call: &Call) -> Reply {
    let given = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let given = given.map(str::trim).filter(|key| !key.is_empty());
    let wanted = core.options.api_key.as_deref();
    if given.is_none_or(|given| wanted.is_some_and(|wanted| wanted != given)) {
        return error(401, "unauthorized", "Send the API key as a bearer token.");
    }
    match (call.method.as_str(), call.parts().as_slice()) {
        ("GET", ["v1", "ping"]) => Reply::json(200, &json!({"ok": true})),
        ("GET", ["v1", "transactions"]) => list(core, call),
        ("GET", ["v1", "transactions", id]) => match core.find(Dialect::Plain, id) {
            Some(found) => Reply::json(200, &object(core, found)),
            None => error(404, "not_found", "There is no such transaction."),
        },
        ("POST", ["v1", "charges"]) => keyed(core, call, Kind::Charge),
        ("POST", ["v1", "refunds"]) => keyed(core, call, Kind::Refund),
        ("POST", ["v1", "credits"]) => keyed(core, call, Kind::Credit),
        ("POST", ["v1", "voids"]) => keyed(core, call, Kind::Void),
        _ => error(404, "not_found", "There is no such address."),
    }
}

/// An error's body.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}}))
}

/// Not taken.
pub(crate) fn throttled() -> Reply {
    error(429, "rate_limited", "Too many requests.").with("retry-after", "1")
}

/// Outcome unknown.
pub(crate) fn broken() -> Reply {
    error(500, "internal", "Something went wrong.")
}

fn keyed(core: &mut Core, call: &Call, kind: Kind) -> Reply {
    let key = call.header("idempotency-key").map(str::trim).unwrap_or_default().to_owned();
    if key.is_empty() || key.len() > 255 {
        let message = "Send an Idempotency-Key of 1 to 255 characters.";
        return error(400, "invalid_request", message);
    }
    let asked = keys::digest(call);
    match core.seen(Dialect::Plain, &key, &asked) {
        Seen::Before(reply) => return reply,
        Seen::Reused => {
            return error(409, "key_reused", "The key was used for another request.");
        }
        Seen::InFlight => {
            let reply = error(409, "key_in_use", "A request with this key is being answered.");
            return reply.with("retry-after", "1");
        }
        Seen::New => {}
    }
    let ask = match read(core, call, kind, &key) {
        Ok(ask) => ask,
        Err(reply) => return *reply,
    };
    let performed = core.perform(&ask);
    let reply = told(core, &performed);
    if matches!(reply.status, 201 | 402 | 500) {
        core.remember(Dialect::Plain, &key, &asked, &reply);
    }
    match performed {
        Performed::Made(_, Manner::Hung) => reply.hung(),
        _ => reply,
    }
}

fn told(core: &Core, performed: &Performed) -> Reply {
    match performed {
        Performed::Made(_, Manner::Broken) | Performed::Broken => broken(),
        Performed::Made(made, _) if made.status == Status::Failed => {
            refused(made.code.unwrap_or(Code::Declined))
        }
        Performed::Made(made, Manner::Misquoted) => {
            let mut wrong = Transaction::clone(made);
            wrong.amount = routes::misquoted(wrong.amount);
            Reply::json(201, &object(core, &wrong))
        }
        Performed::Made(made, _) => Reply::json(201, &object(core, made)),
        Performed::Refused(code) => refused(*code),
        Performed::Lost => Reply::hang(),
        Performed::Throttled => throttled(),
    }
}

fn refused(code: Code) -> Reply {
    let (name, message) = code.words();
    let status = match code {
        Code::ChargeUnknown => 404,
        Code::CurrencyMismatch => 400,
        _ => 402,
    };
    error(status, name, message)
}

fn read(core: &Core, call: &Call, kind: Kind, key: &str) -> Result<Ask, Box<Reply>> {
    let invalid = |message: &str| Box::new(error(400, "invalid_request", message));
    let body: Value = serde_json::from_slice(&call.body)
        .map_err(|error| invalid(&format!("The body is not JSON: {error}")))?;
    let field = |name: &str| text(&body, &[name]).filter(|text| !text.is_empty());
    let needed = |name: &str| field(name).ok_or_else(|| invalid(&format!("{name} is missing.")));
    let reference = needed("reference")?;
    let metadata = metadata(body.get("metadata"));
    let sim = routes::sim(call, metadata.get("sim").map(String::as_str)).map_err(Box::new)?;
    let (mut amount, mut of, mut method) = (None, None, String::new());
    if kind != Kind::Void {
        let currency: Currency =
            needed("currency")?.parse().map_err(|_| invalid("currency is not a currency."))?;
        let sum = needed("amount")?.parse().and_then(|sum: Amount| sum.to_money(currency));
        let sum = sum.map_err(|error| invalid(&format!("amount: {error}")))?;
        amount = Some(
            Some(sum)
                .filter(|sum| sum.is_positive())
                .ok_or_else(|| invalid("amount must be greater than zero."))?,
        );
    }
    if matches!(kind, Kind::Refund | Kind::Void) {
        let charge = core.find(Dialect::Plain, &needed("charge")?);
        let (name, message) = Code::ChargeUnknown.words();
        let charge = charge.ok_or_else(|| Box::new(error(404, name, message)))?;
        of = Some(charge.number);
    } else {
        method = routes::token(&needed("method_token")?);
    }
    Ok(Ask {
        kind,
        dialect: Dialect::Plain,
        reference,
        key: Some(key.to_owned()),
        amount,
        method,
        of,
        metadata,
        sim,
        needs_settlement: core.options.plain_needs_settlement,
    })
}

fn metadata(value: Option<&Value>) -> BTreeMap<String, String> {
    let fields = value.and_then(Value::as_object);
    let entry = |(name, value): (&String, &Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text)
    };
    fields.into_iter().flatten().map(entry).collect()
}

fn list(core: &Core, call: &Call) -> Reply {
    let bound = |name: &str| match call.query(name) {
        Some(text) => text.parse::<Timestamp>().map(Some).map_err(|_| {
            error(400, "invalid_request", &format!("{name} is not an RFC 3339 instant."))
        }),
        None => Ok(None),
    };
    let (from, to) = match (bound("created_from"), bound("created_to")) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(reply), _) | (_, Err(reply)) => return reply,
    };
    let limit = call.query("limit").and_then(|text| text.parse().ok()).unwrap_or(100_usize);
    let after = call.query("after");
    let after_number = match &after {
        Some(id) => match core.find(Dialect::Plain, id) {
            Some(found) => found.number,
            None => return error(404, "not_found", "after names no transaction."),
        },
        None => 0,
    };
    let (reference, key) = (call.query("reference"), call.query("key"));
    let now = core.now();
    let fits = |one: &&Transaction| {
        one.dialect == Dialect::Plain
            && one.visible_from <= now
            && reference.as_ref().is_none_or(|reference| one.reference == *reference)
            && key.as_ref().is_none_or(|key| one.key.as_ref() == Some(key))
            && from.is_none_or(|from| one.created >= from)
            && to.is_none_or(|to| one.created < to)
    };
    let limit = limit.clamp(1, PAGE_MAX);
    let mut found: Vec<&Transaction> = match &reference {
        Some(reference) => core.state.with_reference(Dialect::Plain, reference),
        None => core.state.transactions.range(after_number + 1..).map(|(_, one)| one).collect(),
    };
    found.retain(|one| fits(one) && one.number > after_number);
    let has_more = found.len() > limit;
    let data: Vec<Value> = found.iter().take(limit).map(|one| object(core, one)).collect();
    Reply::json(200, &json!({"data": data, "has_more": has_more}))
}

/// The transaction object.
pub(crate) fn object(core: &Core, one: &Transaction) -> Value {
    let charge = one.of.and_then(|number| core.state.transactions.get(&number));
    let words = one.code.map(Code::words);
    json!({
        "id": core.id(one),
        "object": one.kind.name(),
        "status": one.status.name(),
        "reference": one.reference,
        "key": one.key,
        "charge": charge.map(|charge| core.id(charge)),
        "amount": one.amount.to_decimal(),
        "currency": one.amount.currency().code(),
        "method_token": one.method,
        "code": words.map(|words| words.0),
        "message": words.map(|words| words.1),
        "created": one.created.to_string(),
        "updated": one.updated.to_string(),
        "metadata": one.metadata,
    })
}

/// What is told of something that happened.
pub(crate) fn events(core: &Core, one: &Transaction, why: Occasion) -> Vec<(String, Value)> {
    let mut data = object(core, one);
    let kind = match why {
        Occasion::Made | Occasion::Changed => "transaction.updated",
        Occasion::DisputeOpened => "dispute.opened",
        Occasion::DisputeClosed => "dispute.closed",
    };
    let disputed = matches!(why, Occasion::DisputeOpened | Occasion::DisputeClosed);
    if let (true, Some(dispute), Some(fields)) = (disputed, &one.dispute, data.as_object_mut()) {
        let amount: Money = dispute.amount;
        let told = json!({"amount": amount.to_decimal(), "won": dispute.won});
        fields.insert("dispute".to_owned(), told);
    }
    vec![(kind.to_owned(), data)]
}

/// The body of a webhook.
pub(crate) fn envelope(
    core: &Core,
    number: u64,
    kind: &str,
    data: Value,
    one: &Transaction,
) -> String {
    let id = core.other_id("evt", number);
    let created = one.updated.to_string();
    json!({"id": id, "type": kind, "created": created, "data": data}).to_string()
}
