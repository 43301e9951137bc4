use serde_json::{Value, json};

use crate::core::Core;
use crate::core::dialect::Dialect;
use crate::core::hooks::{Event, Occasion};
use crate::core::transaction::{Kind, Status, Transaction};
use crate::stripe::{Fields, Problem, objects};

/// What is told of something that happened, in Stripe's order.
pub(crate) fn events(core: &Core, one: &Transaction, why: Occasion) -> Vec<(String, Value)> {
    let failed = one.status == Status::Failed;
    let settled = one.status == Status::Settled;
    let succeeded = one.status == Status::Succeeded;
    match (one.kind, why) {
        (_, Occasion::DisputeOpened) => {
            vec![("charge.dispute.created".to_owned(), dispute(core, one))]
        }
        (_, Occasion::DisputeClosed) => {
            vec![("charge.dispute.closed".to_owned(), dispute(core, one))]
        }
        // Stripe says nothing about settlement.
        (_, Occasion::Changed) if settled => Vec::new(),
        (Kind::Refund, _) => {
            let refund = objects::refund(core, one);
            let kinds: &[&str] = match (why, failed, succeeded) {
                (Occasion::Made, true, _) => &["refund.created", "refund.failed"],
                (Occasion::Made, _, _) => &["refund.created"],
                (_, true, _) => &["refund.updated", "charge.refund.updated", "refund.failed"],
                _ => &["refund.updated", "charge.refund.updated"],
            };
            let mut told: Vec<(String, Value)> =
                kinds.iter().map(|kind| ((*kind).to_owned(), refund.clone())).collect();
            let charge = one.of.and_then(|of| core.state.transactions.get(&of));
            if let (Occasion::Made, false, Some(charge)) = (why, failed, charge) {
                told.push(("charge.refunded".to_owned(), objects::charge(core, charge)));
            }
            told
        }
        (Kind::Charge, _) => {
            let kinds = match one.status {
                Status::Failed => "charge.failed",
                Status::Pending => "charge.pending",
                _ => "charge.succeeded",
            };
            let mut told = vec![(kinds.to_owned(), objects::charge(core, one))];
            let intent = match one.status {
                Status::Failed => "payment_intent.payment_failed",
                Status::Pending => "payment_intent.processing",
                _ => "payment_intent.succeeded",
            };
            let known =
                objects::intent_number(one).and_then(|number| core.state.intents.get(&number));
            told.extend(known.map(|known| (intent.to_owned(), objects::intent(core, known))));
            told
        }
        (Kind::Credit | Kind::Void, _) => Vec::new(),
    }
}

fn dispute(core: &Core, one: &Transaction) -> Value {
    let Some(dispute) = &one.dispute else { return Value::Null };
    let status = match dispute.won {
        None => "needs_response",
        Some(true) => "won",
        Some(false) => "lost",
    };
    json!({
        "id": core.other_id("du", one.number),
        "object": "dispute",
        "amount": dispute.amount.minor(),
        "charge": core.id(one),
        "created": dispute.opened.as_second(),
        "currency": dispute.amount.currency().code().to_lowercase(),
        "livemode": false,
        "metadata": {},
        "payment_intent": objects::intent_of(core, one),
        "reason": "general",
        "status": status,
    })
}

/// The event around an object (gateways 2.1). What a request caused names its key.
pub(crate) fn envelope(
    core: &Core,
    number: u64,
    kind: &str,
    data: Value,
    one: &Transaction,
    why: Occasion,
) -> String {
    let caused = why == Occasion::Made;
    let request = caused.then(|| core.other_id("req", one.number));
    let key = one.key.as_ref().filter(|_| caused);
    json!({
        "id": core.other_id("evt", number),
        "object": "event",
        "api_version": objects::API_VERSION,
        "created": one.updated.as_second(),
        "data": {"object": data},
        "livemode": false,
        "pending_webhooks": 1,
        "request": {"id": request, "idempotency_key": key},
        "type": kind,
    })
    .to_string()
}

fn shown(event: &Event) -> Value {
    serde_json::from_str(&event.body).unwrap_or_default()
}

/// `GET /v1/events/{id}`.
pub(super) fn get(core: &Core, id: &str) -> Result<Value, Problem> {
    let number = core.other_number("evt", id);
    let found = number.and_then(|number| core.state.events.get(&number));
    let found = found.filter(|event| event.dialect == Dialect::Stripe);
    found.map(shown).ok_or_else(|| Problem::missing("id", format!("No such event: '{id}'")))
}

/// `GET /v1/events`, newest first.
pub(super) fn list(core: &Core, query: &Fields) -> Result<Value, Problem> {
    let kind = query.get("type").map(str::to_owned);
    let events = core.state.events.values().rev().filter(|event| {
        event.dialect == Dialect::Stripe
            && query.within(event.created)
            && kind.as_ref().is_none_or(|kind| event.kind == *kind)
    });
    let id = |event: &Event| core.other_id("evt", event.number);
    objects::page("/v1/events", query, events, id, shown)
}
