//! The life of a refund or a payment: what was done to send it, step by step, in words for people.

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::listing::{Column, Of, rows_file, table};
use crate::parts::{instant, list, page_of, text, words};
use crate::visit::Visit;

/// What a step is called, by what happened and how.
const STEPS: [(&str, &str, &str); 23] = [
    ("placed", "", "Asked for"),
    ("claimed", "send", "Sent to the gateway"),
    ("claimed", "replay", "Sent again under the same key, so that nothing is paid twice"),
    ("claimed", "look_up", "Asked the gateway how it stands"),
    ("answered", "succeeded", "The gateway says: done"),
    ("answered", "settled", "The gateway says: settled"),
    ("answered", "pending", "The gateway says: under way"),
    ("answered", "declined", "The gateway declined"),
    ("answered", "not_taken", "The gateway did not take it"),
    ("answered", "unknown", "No clear answer: nobody knows yet whether the money moved"),
    ("answered", "not_found", "The gateway knows nothing of it"),
    ("answered", "amount_differs", "The gateway names another amount than these books"),
    ("void_asked", "", "A void was asked for"),
    ("hurried", "", "Told to ask the gateway at once"),
    ("resolved", "paid", "A person said that the money moved"),
    ("resolved", "not_paid", "A person said that the money did not move"),
    ("judged", "approved", "Approved"),
    ("judged", "rejected", "Rejected"),
    ("judged", "withdrawn", "Withdrawn"),
    ("judged", "lapsed", "Not approved in time"),
    ("judged", "paid", "Paid by hand"),
    ("judged", "returned", "Came back unpaid"),
    ("disputed", "", "Disputed"),
];

/// What was done to send it; what was never sent and never waited has no life to tell.
pub(super) async fn of(visit: &Visit, path: &str) -> Result<Value, Problem> {
    match visit.get(&format!("{path}/attempts")).await {
        Err(problem) if problem.code == "no_order" => Ok(Value::Null),
        found => found,
    }
}

fn called(step: &Value) -> String {
    let (what, detail) = (text(step, "what"), text(step, "detail"));
    let known = STEPS.iter().find(|(it, how, _)| *it == what && (*how == detail || how.is_empty()));
    let called = known.map_or_else(|| words(what), |(_, _, called)| (*called).to_owned());
    match what {
        "disputed" if !detail.is_empty() => format!("{called}: {}", words(detail)),
        _ => called,
    }
}

/// Who did it: the person of a judgement, the gateway that answered, else whoever made the entry. What the server does by
/// itself is done by no person.
fn who<'a>(step: &'a Value, gateway: &'a str) -> &'a str {
    let (by, actor) = (text(step, "by"), text(step, "actor"));
    match text(step, "what") {
        _ if !by.is_empty() => by,
        "claimed" => "the server",
        "answered" if !gateway.is_empty() => gateway,
        _ => actor,
    }
}

const COLUMNS: [Column; 5] = [
    Column::new("When", Of::Instant("at")),
    Column::new("What", Of::Text("told")),
    Column::new("Who", Of::Text("by_whom")),
    Column::new("Stands then", Of::Badge("state")),
    Column::new("Reason", Of::Long(|step| html! { (why(step)) }, why)),
];
/// What asks for the log as a file.
const FILE: &str = "attempts";

/// The steps as they are told.
fn told(life: &Value) -> Vec<Value> {
    let gateway = life.get("order").map_or("", |order| text(order, "gateway"));
    let told = |step: &Value| {
        let (called, who) = (called(step), who(step, gateway).to_owned());
        let mut step = step.clone();
        (step["told"], step["by_whom"]) = (called.into(), who.into());
        step
    };
    list(life, "attempts").iter().map(told).collect()
}

/// The log as a file, if it is asked for.
pub(super) fn file(visit: &Visit, life: &Value) -> Option<Response> {
    let wanted = visit.query.get("export") == FILE;
    wanted.then(|| rows_file(FILE, true, &COLUMNS, &told(life)))
}

/// The log, oldest first. It is shown where the page follows, too, so it knows its own address.
pub(super) fn show(life: &Value) -> Markup {
    let steps = told(life);
    html! {
        @if !steps.is_empty() {
            h2 { "Attempts" }
            (table(&steps, &COLUMNS, None))
            @if let Some(page) = page_of(text(life, "number")) {
                p.pager { a href={ (page) "?export=" (FILE) } download="" { "Export (CSV)" } }
            }
            (next(life.get("order").unwrap_or(&Value::Null)))
        }
    }
}

/// The reason in the words of every gateway, then in its own.
fn why(step: &Value) -> String {
    let (reason, message) = (words(text(step, "reason")), text(step, "message"));
    match (reason.is_empty(), message.is_empty()) {
        (false, false) => format!("{reason}: {message}"),
        (true, _) => message.to_owned(),
        (false, true) => reason,
    }
}

/// When the server goes on by itself, while a gateway has the last word.
fn next(order: &Value) -> Markup {
    let (due, state) = (text(order, "due"), text(order, "state"));
    let asks = matches!(state, "unknown" | "pending" | "voiding" | "sending");
    html! {
        @if !due.is_empty() && asks {
            p.hint {
                "The server asks the gateway again by itself, next at " time datetime=(due) { (instant(due)) } " (UTC)."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_step_is_told_in_words_and_by_somebody() {
        let told = |step: Value| {
            let life = json!({"attempts": [step], "order": {"gateway": "cards"}});
            let said = super::told(&life).remove(0);
            (text(&said, "told").to_owned(), text(&said, "by_whom").to_owned())
        };
        let both = |what: &str, who: &str| (what.to_owned(), who.to_owned());
        let sent = json!({"what": "claimed", "detail": "send", "actor": "worker", "worker": "w1"});
        assert_eq!(told(sent), both("Sent to the gateway", "the server"));
        let answered = json!({"what": "answered", "detail": "declined", "actor": "worker"});
        assert_eq!(told(answered), both("The gateway declined", "cards"));
        let judged = json!({"what": "judged", "detail": "approved", "actor": "key", "by": "Otto"});
        assert_eq!(told(judged), both("Approved", "Otto"));
        let placed = json!({"what": "placed", "actor": "clara"});
        assert_eq!(told(placed), both("Asked for", "clara"));
        let disputed = json!({"what": "disputed", "detail": "opened", "actor": "ada"});
        assert_eq!(told(disputed), both("Disputed: opened", "ada"));
        assert_eq!(told(json!({"what": "new_step", "actor": "x"})), both("new step", "x"));
    }

    #[test]
    fn hostile_texts_of_a_gateway_are_shown_as_they_were_written() {
        let hostile = "<img src=x onerror=alert(1)>";
        let step = json!({"at": hostile, "what": hostile, "by": hostile, "state": hostile,
            "detail": hostile, "message": hostile, "reason": hostile});
        let life = json!({"attempts": [step], "order": {"gateway": hostile}});
        let shown = show(&life).into_string();
        assert!(shown.contains("&lt;img") && !shown.contains("<img"), "{shown}");
    }
}
