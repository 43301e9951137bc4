use serde_json::Value;

use crate::call::Call;
use crate::call::Reply;
use crate::core::dialect::Dialect;
use crate::core::state::Record;
use crate::core::transaction::{Kind, Transaction};
use crate::core::{Ask, Core, Manner, Performed};
use crate::routes;
use crate::stripe::{Answered, Fields, Handled, Problem, broken, objects, refusal, throttled};

/// Reasons that may be given (gateways 2.1).
const REASONS: [&str; 3] = ["duplicate", "fraudulent", "requested_by_customer"];

/// `POST /v1/refunds`.
pub(super) fn create(core: &mut Core, call: &Call, form: &Fields) -> Handled {
    let charge = target(core, form)?;
    let amount = form.amount(charge.amount.currency())?;
    if let Some(reason) = form.get("reason")
        && !REASONS.contains(&reason)
    {
        return Err(Problem::invalid("reason", format!("Invalid reason: {reason}")));
    }
    let mut metadata = form.metadata();
    let sim = metadata.get("sim").map(String::as_str);
    let sim = match routes::sim(call, sim) {
        Ok(sim) => sim,
        Err(reply) => return Ok(Answered::Other(reply)),
    };
    let key = call.header("idempotency-key").map(str::to_owned);
    let reference = objects::reference(&metadata, key.as_deref(), &charge.reference);
    if let Some(reason) = form.get("reason") {
        metadata.insert("\u{0}reason".to_owned(), reason.to_owned());
    }
    let ask = Ask {
        kind: Kind::Refund,
        dialect: Dialect::Stripe,
        reference,
        key,
        amount,
        method: String::new(),
        of: Some(charge.number),
        metadata,
        sim,
        needs_settlement: false,
    };
    match core.perform(&ask) {
        Performed::Made(_, Manner::Broken) | Performed::Broken => Ok(Answered::Other(broken())),
        Performed::Made(made, Manner::Misquoted) => {
            let mut wrong = *made;
            wrong.amount = routes::misquoted(wrong.amount);
            Ok(Answered::Body(objects::refund(core, &wrong)))
        }
        Performed::Made(made, Manner::Hung) => {
            Ok(Answered::Other(Reply::json(200, &objects::refund(core, &made)).hung()))
        }
        Performed::Made(made, Manner::Told) => Ok(Answered::Body(objects::refund(core, &made))),
        Performed::Refused(code) => {
            let asked = amount.or(Some(charge.amount));
            Err(refusal(core, code, asked, Some(charge.number)))
        }
        Performed::Lost => Ok(Answered::Other(Reply::hang())),
        Performed::Throttled => Ok(Answered::Other(throttled())),
    }
}

/// The charge that `charge` or `payment_intent` names.
fn target(core: &Core, form: &Fields) -> Result<Transaction, Problem> {
    if let Some(id) = form.get("charge") {
        let found = core.find(Dialect::Stripe, id).filter(|one| one.kind == Kind::Charge).cloned();
        return found.ok_or_else(|| Problem::missing("charge", format!("No such charge: '{id}'")));
    }
    let Some(id) = form.get("payment_intent") else {
        let message = "One of the following params should be provided for this request: \
                       payment_intent or charge.";
        let problem = Problem::invalid("", message);
        return Err(Problem { code: Some("parameter_missing"), param: None, ..problem });
    };
    let unknown = || Problem::missing("payment_intent", format!("No such payment_intent: '{id}'"));
    let number = core.other_number("pi", id).ok_or_else(unknown)?;
    let intent = core.state.intents.get(&number).ok_or_else(unknown)?;
    let charge = intent.charge.and_then(|charge| core.state.transactions.get(&charge)).cloned();
    charge.ok_or_else(|| {
        let message = "This PaymentIntent does not have a successful charge to refund.";
        Problem::invalid("payment_intent", message)
    })
}

fn found<'a>(core: &'a Core, id: &str) -> Result<&'a Transaction, Problem> {
    let found = core.find(Dialect::Stripe, id).filter(|one| one.kind == Kind::Refund);
    found.ok_or_else(|| Problem::missing("id", format!("No such refund: '{id}'")))
}

/// `GET /v1/refunds/{id}`.
pub(super) fn get(core: &Core, id: &str) -> Result<Value, Problem> {
    Ok(objects::refund(core, found(core, id)?))
}

/// `POST /v1/refunds/{id}`: metadata only.
pub(super) fn update(core: &mut Core, id: &str, form: &Fields) -> Result<Value, Problem> {
    let mut refund = found(core, id)?.clone();
    refund.metadata.extend(form.metadata());
    core.put(Record::Transaction(Box::new(refund.clone())));
    Ok(objects::refund(core, &refund))
}

/// `POST /v1/refunds/{id}/cancel`: only what requires an action can be canceled, and nothing here does.
pub(super) fn cancel(core: &Core, id: &str) -> Result<Value, Problem> {
    found(core, id)?;
    let message = "This refund cannot be canceled: it does not require an action.";
    Err(Problem { param: None, executed: true, ..Problem::invalid("", message) })
}

/// `GET /v1/refunds`, newest first.
pub(super) fn list(core: &Core, query: &Fields) -> Result<Value, Problem> {
    let charge = query.get("charge").map(str::to_owned);
    let intent = query.get("payment_intent").map(str::to_owned);
    let now = core.now();
    let refunds = core.state.transactions.values().rev().filter(|one| {
        one.dialect == Dialect::Stripe
            && one.kind == Kind::Refund
            && one.visible_from <= now
            && query.within(one.created)
            && charge.as_ref().is_none_or(|id| objects::charge_of(core, one).as_ref() == Some(id))
            && intent.as_ref().is_none_or(|id| objects::intent_of(core, one).as_ref() == Some(id))
    });
    let (id, show) =
        (|one: &Transaction| core.id(one), |one: &Transaction| objects::refund(core, one));
    objects::page("/v1/refunds", query, refunds, id, show)
}
