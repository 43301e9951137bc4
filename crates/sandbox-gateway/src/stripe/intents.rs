use money::Currency;
use serde_json::Value;

use crate::call::{Call, Reply};
use crate::core::dialect::Dialect;
use crate::core::hooks::Occasion;
use crate::core::state::{Intent, Record};
use crate::core::transaction::{Code, Kind, Status, Transaction};
use crate::core::{Ask, Core, Manner, Performed};
use crate::routes;
use crate::stripe::{Answered, Fields, Handled, Problem, broken, objects, refusal, throttled};

/// `POST /v1/payment_intents`. Captured at once; there is no manual capture here.
pub(super) fn create(core: &mut Core, call: &Call, form: &Fields) -> Handled {
    let currency = form.get("currency").ok_or_else(|| {
        let problem = Problem::invalid("currency", "Missing required param: currency.");
        Problem { code: Some("parameter_missing"), ..problem }
    })?;
    let currency: Currency = currency
        .to_uppercase()
        .parse()
        .map_err(|_| Problem::invalid("currency", format!("Invalid currency: {currency}")))?;
    let amount = form.amount(currency)?.ok_or_else(|| {
        let problem = Problem::invalid("amount", "Missing required param: amount.");
        Problem { code: Some("parameter_missing"), ..problem }
    })?;
    if form.get("capture_method").is_some_and(|method| method == "manual") {
        let message = "The sandbox captures at once; capture_method=manual is not supported.";
        return Err(Problem::invalid("capture_method", message));
    }
    let method = form.get("payment_method").map(routes::token);
    let status = match method {
        Some(_) => "requires_confirmation",
        None => "requires_payment_method",
    };
    let intent = Intent {
        number: core.number(),
        amount,
        status: status.to_owned(),
        method,
        customer: form.get("customer").map(str::to_owned),
        metadata: form.metadata(),
        charge: None,
        created: core.now(),
    };
    if form.get("confirm").is_some_and(|confirm| confirm == "true") {
        return pay(core, call, intent);
    }
    core.put(Record::Intent(Box::new(intent.clone())));
    Ok(Answered::Body(objects::intent(core, &intent)))
}

fn found(core: &Core, id: &str) -> Result<Intent, Problem> {
    let number = core.other_number("pi", id);
    let found = number.and_then(|number| core.state.intents.get(&number)).cloned();
    found.ok_or_else(|| Problem::missing("intent", format!("No such payment_intent: '{id}'")))
}

fn state_problem(intent: &Intent, verb: &str) -> Problem {
    let message = format!("You cannot {verb} this PaymentIntent because it is {}.", intent.status);
    let problem = Problem::invalid("", message);
    let code = Some("payment_intent_unexpected_state");
    Problem { code, param: None, executed: true, ..problem }
}

/// `POST /v1/payment_intents/{id}/confirm`.
pub(super) fn confirm(core: &mut Core, call: &Call, id: &str, form: &Fields) -> Handled {
    let mut intent = found(core, id)?;
    if let Some(method) = form.get("payment_method") {
        intent.method = Some(routes::token(method));
    }
    if intent.status == "canceled" || objects::charged(core, &intent).is_some() {
        return Err(state_problem(&intent, "confirm"));
    }
    pay(core, call, intent)
}

/// `POST /v1/payment_intents/{id}/cancel`: only while nothing is charged.
pub(super) fn cancel(core: &mut Core, id: &str) -> Result<Value, Problem> {
    let mut intent = found(core, id)?;
    if intent.status == "canceled" || objects::charged(core, &intent).is_some() {
        return Err(state_problem(&intent, "cancel"));
    }
    "canceled".clone_into(&mut intent.status);
    core.put(Record::Intent(Box::new(intent.clone())));
    Ok(objects::intent(core, &intent))
}

/// Charges. A call that is lost leaves no intent behind that was not there before.
fn pay(core: &mut Core, call: &Call, mut intent: Intent) -> Handled {
    let Some(method) = intent.method.clone() else {
        let message = "A payment method is needed to confirm this PaymentIntent.";
        let problem = Problem::invalid("payment_method", message);
        return Err(Problem { code: Some("parameter_missing"), ..problem });
    };
    let sim = match routes::sim(call, intent.metadata.get("sim").map(String::as_str)) {
        Ok(sim) => sim,
        Err(reply) => return Ok(Answered::Other(reply)),
    };
    let key = call.header("idempotency-key").map(str::to_owned);
    // The charge carries its intent, so that both find each other; the intent takes the next number.
    let mut metadata = intent.metadata.clone();
    metadata.insert("\u{0}intent".to_owned(), intent.number.to_string());
    let new = !core.state.intents.contains_key(&intent.number);
    let ask = Ask {
        kind: Kind::Charge,
        dialect: Dialect::Stripe,
        reference: objects::reference(&intent.metadata, key.as_deref(), ""),
        key,
        amount: Some(intent.amount),
        method,
        of: None,
        metadata,
        sim,
        needs_settlement: false,
    };
    if new {
        core.put(Record::Next(intent.number + 1));
    }
    let performed = core.perform(&ask);
    let Performed::Made(made, manner) = performed else {
        return match performed {
            Performed::Refused(code) => Err(refusal(core, code, None, None)),
            Performed::Broken => Ok(Answered::Other(broken())),
            Performed::Throttled => Ok(Answered::Other(throttled())),
            Performed::Lost | Performed::Made(..) => Ok(Answered::Other(Reply::hang())),
        };
    };
    intent.charge = Some(made.number);
    core.put(Record::Intent(Box::new(intent.clone())));
    core.tell(&made, Occasion::Made);
    let body = objects::intent(core, &intent);
    match manner {
        Manner::Broken => Ok(Answered::Other(broken())),
        Manner::Hung => Ok(Answered::Other(Reply::json(200, &body).hung())),
        _ if made.status == Status::Failed => {
            let code = made.code.unwrap_or(Code::Declined);
            Ok(Answered::Other(objects::card_error(core, &made, code, &body)))
        }
        Manner::Misquoted => {
            let mut wrong = intent;
            wrong.amount = routes::misquoted(wrong.amount);
            Ok(Answered::Body(objects::intent(core, &wrong)))
        }
        Manner::Told => Ok(Answered::Body(body)),
    }
}

/// `GET /v1/payment_intents/{id}`.
pub(super) fn get(core: &Core, id: &str) -> Result<Value, Problem> {
    Ok(objects::intent(core, &found(core, id)?))
}

/// `GET /v1/payment_intents`, newest first.
pub(super) fn list(core: &Core, query: &Fields) -> Result<Value, Problem> {
    let now = core.now();
    let visible = |intent: &Intent| {
        let charge = intent.charge.and_then(|charge| core.state.transactions.get(&charge));
        charge.is_none_or(|charge| charge.visible_from <= now)
    };
    let intents = core.state.intents.values().rev().filter(|intent| {
        let customer = query.get("customer");
        query.within(intent.created)
            && visible(intent)
            && customer.is_none_or(|customer| intent.customer.as_deref() == Some(customer))
    });
    let id = |intent: &Intent| core.other_id("pi", intent.number);
    let show = |intent: &Intent| objects::intent(core, intent);
    objects::page("/v1/payment_intents", query, intents, id, show)
}

/// `GET /v1/charges/{id}`.
pub(super) fn charge(core: &Core, id: &str) -> Result<Value, Problem> {
    let found = core.find(Dialect::Stripe, id).filter(|one| one.kind == Kind::Charge);
    let found = found.ok_or_else(|| Problem::missing("id", format!("No such charge: '{id}'")))?;
    Ok(objects::charge(core, found))
}

/// `GET /v1/charges`, newest first.
pub(super) fn charges(core: &Core, query: &Fields) -> Result<Value, Problem> {
    let now = core.now();
    let charges = core.state.transactions.values().rev().filter(|one| {
        let intent = query.get("payment_intent").map(str::to_owned);
        one.dialect == Dialect::Stripe
            && one.kind == Kind::Charge
            && one.visible_from <= now
            && query.within(one.created)
            && intent.is_none_or(|id| objects::intent_of(core, one) == Some(id))
    });
    let (id, show) =
        (|one: &Transaction| core.id(one), |one: &Transaction| objects::charge(core, one));
    objects::page("/v1/charges", query, charges, id, show)
}
