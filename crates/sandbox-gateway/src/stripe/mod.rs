//! Stripe's form dialect (gateways 2.1).

mod events;
mod fields;
mod intents;
mod objects;
mod refunds;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::call::{Call, Reply};
use crate::core::Core;
use crate::core::dialect::Dialect;
use crate::core::keys::{self, Seen};
use crate::core::state::Record;
use crate::core::transaction::Code;
use crate::sign;

pub(crate) use events::{envelope, events};
use fields::Fields;

/// An error as Stripe words it.
#[derive(Clone, Debug)]
struct Problem {
    status: u16,
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: String,
    /// Whether the answer is kept under the key: it was executed, not merely found wrong.
    executed: bool,
}

impl Problem {
    fn invalid(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            kind: "invalid_request_error",
            code: None,
            param: Some(param),
            message: message.into(),
            executed: false,
        }
    }

    fn missing(param: &'static str, message: impl Into<String>) -> Self {
        Self { status: 404, code: Some("resource_missing"), ..Self::invalid(param, message) }
    }

    fn reply(&self) -> Reply {
        let mut error = json!({"type": self.kind, "message": self.message});
        if let Some(fields) = error.as_object_mut() {
            let mut say = |name: &str, text: Option<&str>| {
                if let Some(text) = text {
                    fields.insert(name.to_owned(), json!(text));
                }
            };
            say("code", self.code);
            say("param", self.param);
            let url = self.code.map(|code| format!("https://stripe.com/docs/error-codes/{code}"));
            say("doc_url", url.as_deref());
        }
        Reply::json(self.status, &json!({"error": error}))
    }
}

/// What a handler answers: a body to keep, or a problem, or a reply that is made already.
enum Answered {
    Body(Value),
    /// Done, but told in another way.
    Other(Reply),
}

type Handled = Result<Answered, Problem>;

/// Answers a call.
pub(crate) fn answer(core: &mut Core, call: &Call) -> Reply {
    // Not kept in the file: request ids may repeat after a restart of a sandbox that did nothing.
    let request = core.other_id("req", core.number());
    let reply = match authorised(core, call) {
        Ok(()) if call.method == "POST" => keyed(core, call, &request),
        Ok(()) => finish(route(core, call)).0,
        Err(problem) => problem.reply(),
    };
    reply.with("request-id", request).with("stripe-version", version(call))
}

fn version(call: &Call) -> String {
    call.header("stripe-version").unwrap_or(objects::API_VERSION).to_owned()
}

fn authorised(core: &Core, call: &Call) -> Result<(), Problem> {
    let header = call.header("authorization").unwrap_or_default();
    let basic = header.strip_prefix("Basic ").and_then(sign::unbase64);
    let basic = basic.and_then(|bytes| String::from_utf8(bytes).ok());
    let user = basic.map(|pair| pair.split(':').next().unwrap_or_default().to_owned());
    let bearer = header.strip_prefix("Bearer ").map(|key| key.trim().to_owned());
    let given = bearer.or(user).filter(|key| !key.is_empty());
    let wanted = core.options.api_key.as_ref();
    if given.is_some_and(|given| wanted.is_none_or(|wanted| *wanted == given)) {
        return Ok(());
    }
    let message = "Invalid API Key provided";
    Err(Problem { status: 401, param: None, ..Problem::invalid("", message) })
}

/// Calls that change something: with a key, the answer is kept (gateways 2.1).
fn keyed(core: &mut Core, call: &Call, request: &str) -> Reply {
    let key = call.header("idempotency-key").map(str::trim).filter(|key| !key.is_empty());
    let Some(key) = key else { return finish(route(core, call)).0 };
    if key.len() > 255 {
        return Problem { param: None, ..Problem::invalid("", "The key is too long.") }.reply();
    }
    let asked = keys::digest(call);
    match core.seen(Dialect::Stripe, key, &asked) {
        Seen::Before(mut reply) => {
            // The id of the first request moves to a header of its own.
            let kept = reply.headers.iter().position(|(name, _)| name == "kept-request-id");
            let kept = kept.map(|at| reply.headers.remove(at).1).unwrap_or_default();
            reply.with("original-request", kept).with("idempotency-key", key)
        }
        Seen::Reused => {
            let message = "Keys for idempotent requests can only be used with the same parameters \
                           they were first used with.";
            let problem = Problem::invalid("", message);
            Problem { kind: "idempotency_error", param: None, ..problem }.reply()
        }
        Seen::InFlight => {
            let message = "There is currently another in-progress request using this key.";
            let code = Some("idempotency_key_in_use");
            let problem = Problem::invalid("", message);
            let problem =
                Problem { status: 409, kind: "idempotency_error", code, param: None, ..problem };
            problem.reply().with("retry-after", "1")
        }
        Seen::New => {
            let (reply, executed) = finish(route(core, call));
            if executed && reply.status != 0 {
                let kept = reply.clone().with("kept-request-id", request);
                core.remember(Dialect::Stripe, key, &asked, &kept);
            }
            reply.with("idempotency-key", key)
        }
    }
}

/// The reply, and whether it is kept under the key.
fn finish(handled: Handled) -> (Reply, bool) {
    match handled {
        Ok(Answered::Body(body)) => (Reply::json(200, &body), true),
        Ok(Answered::Other(reply)) => {
            let kept = reply.status != 429;
            (reply, kept)
        }
        Err(problem) => (problem.reply(), problem.executed),
    }
}

fn route(core: &mut Core, call: &Call) -> Handled {
    let form = Fields::read(&String::from_utf8_lossy(&call.body));
    let query = Fields::read(&call.query);
    let body = |value| Ok(Answered::Body(value));
    match (call.method.as_str(), call.parts().as_slice()) {
        ("POST", ["v1", "refunds"]) => refunds::create(core, call, &form),
        ("GET", ["v1", "refunds"]) => refunds::list(core, &query).and_then(body),
        ("GET", ["v1", "refunds", id]) => refunds::get(core, id).and_then(body),
        ("POST", ["v1", "refunds", id]) => refunds::update(core, id, &form).and_then(body),
        ("POST", ["v1", "refunds", id, "cancel"]) => refunds::cancel(core, id).and_then(body),
        ("POST", ["v1", "payment_intents"]) => intents::create(core, call, &form),
        ("GET", ["v1", "payment_intents"]) => intents::list(core, &query).and_then(body),
        ("GET", ["v1", "payment_intents", id]) => intents::get(core, id).and_then(body),
        ("POST", ["v1", "payment_intents", id, "confirm"]) => {
            intents::confirm(core, call, id, &form)
        }
        ("POST", ["v1", "payment_intents", id, "cancel"]) => {
            intents::cancel(core, id).and_then(body)
        }
        ("GET", ["v1", "charges"]) => intents::charges(core, &query).and_then(body),
        ("GET", ["v1", "charges", id]) => intents::charge(core, id).and_then(body),
        ("GET", ["v1", "payment_methods", id]) => body(objects::payment_method(core, id)),
        ("POST", ["v1", "payment_methods", id, "attach" | "detach"]) => {
            body(objects::payment_method(core, id))
        }
        ("POST", ["v1", "customers"]) => body(new_customer(core, &form)),
        ("GET", ["v1", "customers", id]) => customer(core, id).and_then(body),
        ("GET", ["v1", "balance"]) => body(objects::balance(core)),
        ("GET", ["v1", "account"]) => body(objects::account()),
        ("GET", ["v1", "events"]) => events::list(core, &query).and_then(body),
        ("GET", ["v1", "events", id]) => events::get(core, id).and_then(body),
        (method, _) => {
            let message = format!("Unrecognized request URL ({method}: {}).", call.path);
            Err(Problem { status: 404, param: None, ..Problem::invalid("", message) })
        }
    }
}

fn new_customer(core: &mut Core, form: &Fields) -> Value {
    let number = core.number();
    let mut body: BTreeMap<String, String> = form.all().into_iter().collect();
    body.insert("created".to_owned(), core.now().as_second().to_string());
    core.put(Record::Customer { number, body: body.clone() });
    objects::customer(core, number, &body)
}

fn customer(core: &Core, id: &str) -> Result<Value, Problem> {
    let number = core.other_number("cus", id);
    let found =
        number.and_then(|number| core.state.customers.get(&number).map(|body| (number, body)));
    match found {
        Some((number, body)) => Ok(objects::customer(core, number, body)),
        None => Err(Problem::missing("id", format!("No such customer: '{id}'"))),
    }
}

/// Not taken.
pub(crate) fn throttled() -> Reply {
    let problem = Problem::invalid("", "Request rate limit exceeded.");
    let problem = Problem { status: 429, code: Some("rate_limit"), param: None, ..problem };
    problem.reply().with("retry-after", "1").with("stripe-should-retry", "true")
}

/// Outcome unknown.
pub(crate) fn broken() -> Reply {
    let problem = Problem::invalid("", "An unknown error occurred.");
    Problem { status: 500, kind: "api_error", param: None, ..problem }.reply()
}

/// A rule's refusal of a refund, as Stripe words it (gateways 2.1).
fn refusal(core: &Core, code: Code, asked: Option<money::Money>, charge: Option<u64>) -> Problem {
    let charge = charge.and_then(|number| core.state.transactions.get(&number));
    let id = charge.map(|charge| core.id(charge)).unwrap_or_default();
    let executed = |code: Option<&'static str>, param: Option<&'static str>, message: String| {
        let problem = Problem::invalid("", message);
        Problem { code, param, executed: true, ..problem }
    };
    let words = code.words().1.to_owned();
    match code {
        Code::AlreadyRefunded => {
            let message = format!("Charge {id} has already been refunded.");
            executed(Some("charge_already_refunded"), None, message)
        }
        Code::ExceedsRefundable => {
            let shown = |money: Option<money::Money>| {
                money.map(money::Money::to_decimal).unwrap_or_default()
            };
            let left = charge.map(|charge| core.left(charge));
            let message = format!(
                "Refund amount (${}) is greater than unrefunded amount on charge (${})",
                shown(asked),
                shown(left)
            );
            executed(None, Some("amount"), message)
        }
        Code::Disputed => {
            let message = format!("Charge {id} has been charged back; cannot issue a refund.");
            executed(Some("charge_disputed"), None, message)
        }
        Code::MerchantBalanceLow => executed(Some("balance_insufficient"), None, words),
        Code::ChargeUnknown => Problem::missing("charge", "No such charge"),
        Code::CurrencyMismatch => executed(None, Some("currency"), words),
        _ => executed(Some("charge_not_refundable"), None, words),
    }
}
