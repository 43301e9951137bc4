//! The controls: what tests steer the sandbox with, and what they judge it by.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use money::{Amount, Money};
use serde_json::{Value, json};

use crate::call::{Call, Reply, text};
use crate::core::dialect::{ALL, Dialect};
use crate::core::hooks::Target;
use crate::core::state::Record;
use crate::core::transaction::{Code, Kind, Status, Transaction};
use crate::core::{Ask, Core, Fault, Performed};
use crate::outcomes::Outcome;
use crate::plain;
use crate::server::{Shared, flush};

type Answer = Result<Value, String>;

/// Answers a call to `/_sim/...`. Wrong calls get 400 with a sentence.
pub(crate) async fn answer(shared: &Shared, call: Call) -> Reply {
    let body: Value = if call.body.is_empty() {
        json!({})
    } else {
        match serde_json::from_slice(&call.body) {
            Ok(body) => body,
            Err(error) => return refused(&format!("The body is not JSON: {error}")),
        }
    };
    if call.method == "POST" && call.full_path == "/_sim/webhooks/flush" {
        let due = body.get("due_only").and_then(Value::as_bool).unwrap_or(false);
        let (sent, accepted) = flush(shared, !due).await;
        return Reply::json(200, &json!({"sent": sent, "accepted": accepted}));
    }
    let working = shared.clone();
    let done = tokio::task::spawn_blocking(move || {
        let mut core = working.core();
        core.tick();
        let reply = steer(&mut core, &call, &body);
        let kept = core.commit();
        if kept { reply } else { refused("The data file cannot be written.") }
    });
    let reply = done.await.unwrap_or_else(|error| refused(&error.to_string()));
    shared.wake();
    reply
}

fn refused(sentence: &str) -> Reply {
    plain::error(400, "invalid_request", sentence)
}

fn steer(core: &mut Core, call: &Call, body: &Value) -> Reply {
    let answered = match (call.method.as_str(), call.full_path.as_str()) {
        ("GET", "/_sim/clock") => Ok(clock(core)),
        ("POST", "/_sim/advance") => advance(core, body),
        ("GET", "/_sim/ledger") => Ok(ledger(core, call)),
        ("GET", "/_sim/requests") => {
            let reference = call.query("reference");
            Ok(json!({"data": core.log.about(reference.as_deref())}))
        }
        ("GET", "/_sim/faults") => Ok(json!({"data": core.faults.0})),
        ("POST", "/_sim/faults") => faults(core, body),
        ("POST", "/_sim/reset") => Ok(reset(core)),
        ("GET", "/_sim/webhooks") => Ok(webhooks(core)),
        ("POST", "/_sim/webhooks") => target(core, body),
        ("POST", "/_sim/charges") => charge(core, body),
        ("POST", "/_sim/dispute") => dispute(core, body),
        ("POST", "/_sim/settle") => settle(core, body),
        ("POST", "/_sim/top-up") => Ok(json!({"succeeded": core.top_up()})),
        ("POST", "/_sim/settlement-file") => return file(core, body),
        _ => return plain::error(404, "not_found", "There is no such control."),
    };
    match answered {
        Ok(value) => Reply::json(200, &value),
        Err(sentence) => refused(&sentence),
    }
}

fn clock(core: &Core) -> Value {
    json!({"now": core.now().to_string(), "manual": core.is_manual()})
}

fn advance(core: &mut Core, body: &Value) -> Answer {
    let mut by = SignedDuration::ZERO;
    let units = [
        ("seconds", SignedDuration::from_secs(1)),
        ("steps", core.options.step),
        ("days", SignedDuration::from_hours(24)),
    ];
    for (name, length) in units {
        let count = match body.get(name) {
            None => continue,
            Some(count) => count.as_u64().and_then(|count| i32::try_from(count).ok()),
        };
        let count = count.ok_or_else(|| format!("{name} is not a count."))?;
        by = by.saturating_add(length.saturating_mul(count));
    }
    core.advance(by);
    Ok(clock(core))
}

/// Every move of money, by dialect, merchant reference and currency.
fn ledger(core: &Core, call: &Call) -> Value {
    let (reference, dialect) = (call.query("reference"), call.query("dialect"));
    let mut sums: BTreeMap<(&str, &str, &str), (i64, Vec<Value>)> = BTreeMap::new();
    let mut totals: BTreeMap<&str, i64> = BTreeMap::new();
    for one in core.state.transactions.values() {
        let fits = reference.as_ref().is_none_or(|reference| one.reference == *reference)
            && dialect.as_ref().is_none_or(|dialect| one.dialect.name() == dialect);
        if !fits {
            continue;
        }
        for moved in &one.moves {
            let code = moved.amount.currency().code();
            let entry = sums.entry((one.dialect.name(), &one.reference, code)).or_default();
            entry.0 += moved.amount.minor();
            *totals.entry(code).or_default() += moved.amount.minor();
            entry.1.push(json!({
                "transaction": core.id(one),
                "kind": one.kind.name(),
                "why": moved.why,
                "amount": moved.amount.to_decimal(),
                "at": moved.at.to_string(),
            }));
        }
    }
    let decimal = |minor: i64, code: &str| {
        code.parse().map(|currency| Money::from_minor(minor, currency).to_decimal()).ok()
    };
    let data: Vec<Value> = sums
        .into_iter()
        .map(|((dialect, reference, currency), (minor, moves))| {
            json!({
                "dialect": dialect,
                "reference": reference,
                "currency": currency,
                "total": decimal(minor, currency),
                "moves": moves,
            })
        })
        .collect();
    let totals: BTreeMap<&str, Option<String>> =
        totals.into_iter().map(|(code, minor)| (code, decimal(minor, code))).collect();
    json!({"data": data, "totals": totals})
}

fn faults(core: &mut Core, body: &Value) -> Answer {
    let fault: Fault = serde_json::from_value(body.clone()).map_err(|error| error.to_string())?;
    core.faults.0.push(fault);
    Ok(json!({"data": core.faults.0}))
}

fn reset(core: &mut Core) -> Value {
    core.put(Record::Reset);
    core.faults.0.clear();
    core.log.clear();
    clock(core)
}

fn webhooks(core: &Core) -> Value {
    let targets: Vec<Value> = core
        .state
        .targets
        .values()
        .map(|target| {
            json!({"dialect": target.dialect, "url": target.url, "enabled": target.enabled,
                   "auto": target.auto, "real_time": target.real_time, "key_is_hex": target.key_is_hex})
        })
        .collect();
    let deliveries: Vec<Value> = core
        .state
        .deliveries
        .values()
        .map(|delivery| {
            let event = core.state.events.get(&delivery.event);
            let body = event.and_then(|event| serde_json::from_str::<Value>(&event.body).ok());
            json!({"id": delivery.number, "event": delivery.event, "dialect": delivery.dialect,
                   "type": event.map(|event| event.kind.as_str()), "due": delivery.due.to_string(),
                   "tries": delivery.tries, "state": delivery.state, "forged": delivery.forged,
                   "last": delivery.last, "body": body})
        })
        .collect();
    json!({"targets": targets, "deliveries": deliveries})
}

fn target(core: &mut Core, body: &Value) -> Answer {
    let dialect = named(body)?.ok_or("dialect is missing.")?;
    let flag = |name: &str, usual: bool| body.get(name).and_then(Value::as_bool).unwrap_or(usual);
    let url = text(body, &["url"]).unwrap_or_default();
    let enabled = flag("enabled", true);
    if enabled && !(url.starts_with("http://") || url.starts_with("https://")) {
        return Err("url is not an http address.".to_owned());
    }
    let secret = text(body, &["secret"]).unwrap_or_default();
    core.put(Record::Target(Target {
        dialect,
        url,
        secret,
        enabled,
        auto: flag("auto", true),
        real_time: flag("real_time", false),
        key_is_hex: flag("key_is_hex", false),
    }));
    Ok(webhooks(core))
}

fn named(body: &Value) -> Result<Option<Dialect>, String> {
    match text(body, &["dialect"]) {
        None => Ok(None),
        Some(name) => match Dialect::named(&name) {
            Some(dialect) => Ok(Some(dialect)),
            None => Err(format!("{name:?} is not a dialect.")),
        },
    }
}

fn money(body: &Value) -> Result<Option<Money>, String> {
    let Some(amount) = text(body, &["amount"]) else { return Ok(None) };
    let currency = text(body, &["currency"]).unwrap_or_else(|| "USD".to_owned());
    let currency = currency.parse().map_err(|error| format!("currency: {error}"))?;
    let money = amount.parse().and_then(|amount: Amount| amount.to_money(currency));
    money.map(Some).map_err(|error| format!("amount: {error}"))
}

/// A charge without any trigger, for tests to begin with; settled if `"settled": true`.
fn charge(core: &mut Core, body: &Value) -> Answer {
    let dialect = named(body)?.unwrap_or(Dialect::Plain);
    let amount = money(body)?.filter(|amount| amount.is_positive()).ok_or("amount is missing.")?;
    let reference = text(body, &["reference"]).ok_or("reference is missing.")?;
    let method = text(body, &["method_token"]).unwrap_or_else(|| "pm_ok".to_owned());
    let ask = Ask {
        kind: Kind::Charge,
        dialect,
        reference,
        key: None,
        amount: Some(amount),
        method: crate::routes::token(&method),
        of: None,
        metadata: BTreeMap::new(),
        sim: Some(Outcome::Ok),
        needs_settlement: false,
    };
    let Performed::Made(made, _) = core.perform(&ask) else {
        return Err("The charge was refused.".to_owned());
    };
    if body.get("settled").and_then(Value::as_bool).unwrap_or(false) {
        core.settle(Some(made.number));
    }
    let made = core.state.transactions.get(&made.number).cloned().unwrap_or(*made);
    Ok(plain::object(core, &made))
}

/// The charge that `charge` (its id on the wire) or `reference` names, in any dialect.
fn meant(core: &Core, body: &Value, fits: fn(&Transaction) -> bool) -> Result<u64, String> {
    let (id, reference) = (text(body, &["charge"]), text(body, &["reference"]));
    let id = id.or_else(|| text(body, &["id"]));
    if let Some(id) = id {
        let found = ALL.into_iter().find_map(|dialect| core.find(dialect, &id));
        return found.map(|one| one.number).ok_or_else(|| format!("There is no {id:?}."));
    }
    let reference = reference.ok_or("Name a charge or a reference.")?;
    let mut found =
        ALL.into_iter().flat_map(|dialect| core.state.with_reference(dialect, &reference));
    let found = found.find(|one| fits(one)).map(|one| one.number);
    found.ok_or_else(|| format!("Nothing fitting has the reference {reference:?}."))
}

fn dispute(core: &mut Core, body: &Value) -> Answer {
    let number = meant(core, body, |one| one.kind == Kind::Charge)?;
    let currency = core.state.transactions.get(&number).map(|one| one.amount.currency());
    let mut body = body.clone();
    if let (Some(fields), Some(currency)) = (body.as_object_mut(), currency) {
        fields.insert("currency".to_owned(), json!(currency.code()));
    }
    let opened = core.dispute(number, money(&body)?);
    let won = body.get("won").and_then(Value::as_bool);
    let decided = won.is_some_and(|won| core.decide(number, won));
    if !opened && !decided {
        return Err("The charge is disputed already, or cannot be.".to_owned());
    }
    let charge = core.state.transactions.get(&number);
    Ok(charge.map(|charge| plain::object(core, charge)).unwrap_or_default())
}

fn settle(core: &mut Core, body: &Value) -> Answer {
    let all = ["charge", "id", "reference"].iter().all(|name| body.get(name).is_none());
    let only =
        if all { None } else { Some(meant(core, body, |one| one.status == Status::Succeeded)?) };
    Ok(json!({"settled": core.settle(only)}))
}

/// What a processor would send at the end of the day: what was settled, and what failed.
fn file(core: &Core, body: &Value) -> Reply {
    let instant = |name: &str| text(body, &[name]).and_then(|text| text.parse::<Timestamp>().ok());
    let (from, to) = (instant("from"), instant("to"));
    let dialect = match named(body) {
        Ok(dialect) => dialect,
        Err(sentence) => return refused(&sentence),
    };
    let mut rows = csv::Writer::from_writer(Vec::new());
    let head =
        ["type", "reference", "gateway_id", "amount", "currency", "status", "settled_on", "code"];
    let mut written = rows.write_record(head);
    for one in core.state.transactions.values() {
        let at = one.settled_at.unwrap_or(one.updated);
        let wanted = (one.settled_at.is_some() || one.status == Status::Failed)
            && one.kind != Kind::Void
            && dialect.is_none_or(|dialect| one.dialect == dialect)
            && from.is_none_or(|from| at >= from)
            && to.is_none_or(|to| at < to);
        if wanted && written.is_ok() {
            let day =
                one.settled_at.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string());
            written = rows.write_record([
                one.kind.name(),
                &one.reference,
                &core.id(one),
                &one.amount.to_decimal(),
                one.amount.currency().code(),
                one.status.name(),
                &day.unwrap_or_default(),
                one.code.map(Code::words).map_or("", |words| words.0),
            ]);
        }
    }
    match (written, rows.into_inner()) {
        (Ok(()), Ok(bytes)) => Reply::new(200, "text/csv; charset=utf-8", bytes),
        (Err(error), _) => refused(&error.to_string()),
        (_, Err(error)) => refused(&error.to_string()),
    }
}
