use std::collections::BTreeMap;

use money::Money;
use serde_json::{Value, json};

use crate::call::Reply;
use crate::core::Core;
use crate::core::dialect::Dialect;
use crate::core::state::Intent;
use crate::core::transaction::{Code, Kind, Status, Transaction};
use crate::routes;
use crate::stripe::{Fields, Problem};

/// The version of the API that objects are in.
pub(super) const API_VERSION: &str = "2026-10-28";
/// Metadata that stands for a merchant reference, the first that is there.
const REFERENCES: [&str; 6] = [
    "reference",
    "merchant_reference",
    "refund_number",
    "payment_number",
    "quittance_reference",
    "order_id",
];

/// The merchant reference of a call: Stripe has none, so it is what merchants put into the metadata, or
/// the key, or what it refers to.
pub(super) fn reference(
    metadata: &BTreeMap<String, String>,
    key: Option<&str>,
    other: &str,
) -> String {
    let known = REFERENCES.iter().find_map(|name| metadata.get(*name).map(String::as_str));
    known.or(key).unwrap_or(other).to_owned()
}

/// Metadata without what the sandbox noted there.
fn metadata(one: &BTreeMap<String, String>) -> BTreeMap<&String, &String> {
    one.iter().filter(|(name, _)| !name.starts_with('\u{0}')).collect()
}

fn minor(amount: Money) -> i64 {
    amount.minor()
}

fn currency(amount: Money) -> String {
    amount.currency().code().to_lowercase()
}

fn charge_transaction<'a>(core: &'a Core, one: &'a Transaction) -> &'a Transaction {
    one.of.and_then(|of| core.state.transactions.get(&of)).unwrap_or(one)
}

/// The id of the charge a refund is of.
pub(super) fn charge_of(core: &Core, refund: &Transaction) -> Option<String> {
    let charge = core.state.transactions.get(&refund.of?)?;
    Some(core.id(charge))
}

/// The id of the intent a charge, or a refund of it, belongs to.
pub(super) fn intent_of(core: &Core, one: &Transaction) -> Option<String> {
    let number = intent_number(charge_transaction(core, one))?;
    Some(core.other_id("pi", number))
}

/// The number of the intent a charge belongs to.
pub(super) fn intent_number(charge: &Transaction) -> Option<u64> {
    charge.metadata.get("\u{0}intent")?.parse().ok()
}

/// The charge of an intent, unless it failed.
pub(super) fn charged<'a>(core: &'a Core, intent: &Intent) -> Option<&'a Transaction> {
    let charge = core.state.transactions.get(&intent.charge?)?;
    (charge.status != Status::Failed).then_some(charge)
}

/// A page of a list: `{object: list, data, has_more, url}`. Only what is on it is written out.
pub(super) fn page<'a, T: 'a>(
    url: &str,
    query: &Fields,
    items: impl Iterator<Item = &'a T>,
    id: impl Fn(&T) -> String,
    show: impl Fn(&T) -> Value,
) -> Result<Value, Problem> {
    let limit = query.limit()?;
    let after = query.get("starting_after").map(str::to_owned);
    let before = query.get("ending_before").map(str::to_owned);
    let items: Vec<&T> = items.collect();
    let place = |wanted: &Option<String>| match wanted {
        None => Ok(None),
        Some(wanted) => match items.iter().position(|item| id(item) == *wanted) {
            Some(at) => Ok(Some(at)),
            None => Err(Problem::missing("starting_after", format!("No such object: '{wanted}'"))),
        },
    };
    let (after, before) = (place(&after)?, place(&before)?);
    let (start, end, has_more) = match (after, before) {
        (_, Some(before)) => (before.saturating_sub(limit), before, before > limit),
        (after, None) => {
            let start = after.map_or(0, |after| after + 1);
            let end = items.len().min(start + limit);
            (start, end, items.len() > end)
        }
    };
    let page = items.get(start..end).unwrap_or_default();
    let data: Vec<Value> = page.iter().map(|item| show(item)).collect();
    Ok(json!({"object": "list", "url": url, "has_more": has_more, "data": data}))
}

/// Stripe's word for why a refund failed.
fn failure(code: Option<Code>) -> &'static str {
    match code {
        Some(Code::ExpiredCard) => "expired_or_canceled_card",
        Some(Code::Declined) => "declined",
        Some(Code::MerchantBalanceLow) => "insufficient_funds",
        _ => "unknown",
    }
}

/// The refund object (gateways 2.1).
pub(super) fn refund(core: &Core, one: &Transaction) -> Value {
    let charge = charge_transaction(core, one);
    let status = match one.status {
        Status::Pending => "pending",
        Status::Succeeded | Status::Settled => "succeeded",
        Status::Failed => "failed",
        Status::Voided => "canceled",
    };
    let pending = match (one.status, one.code) {
        (Status::Pending, Some(Code::InsufficientFunds)) => Some("insufficient_funds"),
        (Status::Pending, _) => Some("processing"),
        _ => None,
    };
    let failed = one.status == Status::Failed;
    // A refund made before the charge settled never reaches the bank as one.
    let early = charge.settled_at.is_none_or(|at| one.created < at);
    let card = if early { "reversal" } else { "refund" };
    let transaction = (!one.moves.is_empty()).then(|| core.other_id("txn", one.number));
    let returned = (failed && !one.moves.is_empty()).then(|| core.other_id("txn_fail", one.number));
    let mut body = json!({
        "id": core.id(one),
        "object": "refund",
        "amount": minor(one.amount),
        "balance_transaction": transaction,
        "charge": core.id(charge),
        "created": one.created.as_second(),
        "currency": currency(one.amount),
        "customer": null,
        "customer_account": null,
        "destination_details": {"type": "card", "card": {"type": card}},
        "metadata": metadata(&one.metadata),
        "payment_intent": intent_of(core, one),
        "payment_method": charge.method,
        "reason": one.metadata.get("\u{0}reason"),
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": status,
        "transfer_reversal": null,
    });
    if let Some(fields) = body.as_object_mut() {
        if failed {
            fields.insert("failure_reason".to_owned(), json!(failure(one.code)));
            fields.insert("failure_balance_transaction".to_owned(), json!(returned));
        }
        if let Some(pending) = pending {
            fields.insert("pending_reason".to_owned(), json!(pending));
        }
    }
    body
}

/// The charge object.
pub(super) fn charge(core: &Core, one: &Transaction) -> Value {
    let refunded = minor(one.amount) - minor(core.left(one));
    let status = match one.status {
        Status::Pending => "pending",
        Status::Failed => "failed",
        _ => "succeeded",
    };
    let code = one.code.filter(|_| one.status == Status::Failed);
    let transaction = (!one.moves.is_empty()).then(|| core.other_id("txn", one.number));
    json!({
        "id": core.id(one),
        "object": "charge",
        "amount": minor(one.amount),
        "amount_captured": if one.moves.is_empty() { 0 } else { minor(one.amount) },
        "amount_refunded": refunded,
        "balance_transaction": transaction,
        "captured": !one.moves.is_empty(),
        "created": one.created.as_second(),
        "currency": currency(one.amount),
        "customer": null,
        "disputed": one.dispute.is_some(),
        "failure_code": code.map(|code| decline(code).0),
        "failure_message": code.map(|code| code.words().1),
        "livemode": false,
        "metadata": metadata(&one.metadata),
        "paid": one.counts(),
        "payment_intent": intent_of(core, one),
        "payment_method": one.method,
        "payment_method_details": {"type": "card", "card": card(&one.method)},
        "refunded": refunded == minor(one.amount),
        "status": status,
    })
}

/// The payment intent object.
pub(super) fn intent(core: &Core, one: &Intent) -> Value {
    let charge = one.charge.and_then(|charge| core.state.transactions.get(&charge));
    let status = match charge.map(|charge| charge.status) {
        _ if one.status == "canceled" => "canceled",
        Some(Status::Pending) => "processing",
        Some(Status::Failed) => "requires_payment_method",
        Some(_) => "succeeded",
        None => &one.status,
    };
    let received = charge.filter(|charge| charge.counts() && !charge.moves.is_empty());
    let failed = charge.filter(|charge| charge.status == Status::Failed);
    let error = failed.map(|charge| error_of(core, charge, charge.code.unwrap_or(Code::Declined)));
    json!({
        "id": core.other_id("pi", one.number),
        "object": "payment_intent",
        "amount": minor(one.amount),
        "amount_capturable": 0,
        "amount_received": received.map_or(0, |charge| minor(charge.amount)),
        "capture_method": "automatic",
        "client_secret": format!("{}_secret_sandbox", core.other_id("pi", one.number)),
        "confirmation_method": "automatic",
        "created": one.created.as_second(),
        "currency": currency(one.amount),
        "customer": one.customer,
        "last_payment_error": error,
        "latest_charge": charge.map(|charge| core.id(charge)),
        "livemode": false,
        "metadata": one.metadata,
        "payment_method": one.method,
        "payment_method_types": ["card"],
        "status": status,
    })
}

/// Stripe's code and decline code of a refused charge.
const fn decline(code: Code) -> (&'static str, &'static str) {
    match code {
        Code::ExpiredCard => ("expired_card", "expired_card"),
        Code::MethodRevoked => ("card_declined", "revocation_of_authorization"),
        _ => ("card_declined", "generic_decline"),
    }
}

fn error_of(core: &Core, charge: &Transaction, code: Code) -> Value {
    let (name, declined) = decline(code);
    json!({
        "type": "card_error",
        "code": name,
        "decline_code": declined,
        "message": code.words().1,
        "charge": core.id(charge),
        "doc_url": format!("https://stripe.com/docs/error-codes/{name}"),
    })
}

/// The 402 of a declined charge.
pub(super) fn card_error(core: &Core, charge: &Transaction, code: Code, intent: &Value) -> Reply {
    let mut error = error_of(core, charge, code);
    if let Some(fields) = error.as_object_mut() {
        fields.insert("payment_intent".to_owned(), intent.clone());
    }
    Reply::json(402, &json!({"error": error}))
}

fn card(token: &str) -> Value {
    json!({"brand": "visa", "country": "US", "exp_month": 12, "exp_year": 2034, "funding": "credit",
           "last4": routes::last_four(token)})
}

/// Any token is a card.
pub(super) fn payment_method(core: &Core, id: &str) -> Value {
    json!({"id": id, "object": "payment_method", "type": "card", "card": card(id), "created": core.now().as_second(),
           "customer": null, "livemode": false, "metadata": {}})
}

/// The customer object.
pub(super) fn customer(core: &Core, number: u64, body: &BTreeMap<String, String>) -> Value {
    let field = |name: &str| body.get(name);
    let created = field("created").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let metadata: BTreeMap<&str, &String> = body
        .iter()
        .filter_map(|(name, value)| {
            Some((name.strip_prefix("metadata[")?.strip_suffix(']')?, value))
        })
        .collect();
    json!({"id": core.other_id("cus", number), "object": "customer", "created": created,
           "name": field("name"), "email": field("email"), "description": field("description"),
           "livemode": false, "metadata": metadata})
}

/// The account behind the key.
pub(super) fn account() -> Value {
    json!({"id": "acct_sandbox", "object": "account", "charges_enabled": true, "country": "US",
           "default_currency": "usd", "payouts_enabled": true, "type": "standard"})
}

/// What moved over this dialect, by currency.
pub(super) fn balance(core: &Core) -> Value {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    let theirs = core.state.transactions.values().filter(|one| {
        one.dialect == Dialect::Stripe && matches!(one.kind, Kind::Charge | Kind::Refund)
    });
    for moved in theirs.flat_map(|one| &one.moves) {
        *sums.entry(currency(moved.amount)).or_default() += moved.amount.minor();
    }
    if sums.is_empty() {
        sums.insert("usd".to_owned(), 0);
    }
    let available: Vec<Value> = sums
        .into_iter()
        .map(|(currency, amount)| {
            json!({"amount": amount, "currency": currency, "source_types": {"card": amount}})
        })
        .collect();
    json!({"object": "balance", "available": available, "livemode": false, "pending": []})
}
