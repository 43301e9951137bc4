//! Reconciliation: what a gateway says it did, held against the books.

use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::listing::{Column, Of, table};
use crate::pages::work::needs;
use crate::pages::{Shown, Sorry, part};
use crate::parts::{list, text};
use crate::visit::Visit;

const AT: &str = "/console/reconciliation";

const COLUMNS: [Column; 9] = [
    Column::new("Difference", Of::Words("kind")),
    Column::new("Document", Of::Document("document")),
    Column::new("In the books", Of::Money("our_amount")),
    Column::new("At the gateway", Of::Money("gateway_amount")),
    Column::new("Stands", Of::Words("our_state")),
    Column::new("Stands there", Of::Words("gateway_state")),
    Column::new("Reference", Of::Text("reference")),
    Column::new("Gateway's id", Of::Text("gateway_id")),
    Column::new("What to do", Of::Text("explanation")),
];

pub(super) async fn ask(visit: Visit) -> Shown {
    match form(&visit, &Fields::default()).await {
        Ok((form, today)) => {
            let fields = Fields::default().with("from", today.clone()).with("to", today);
            Ok(form.ask(&visit, fields.with("gateway", visit.query.get("gateway"))))
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

pub(super) async fn send(visit: Visit, fields: Fields) -> Shown {
    match form(&visit, &fields).await {
        Ok((form, _)) => form.send(visit, fields).await,
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// The form, and today.
async fn form(visit: &Visit, sent: &Fields) -> Result<(Form, String), Problem> {
    needs(visit, "edit_payment_gateway_status", "Edit Payment Gateway Status")?;
    let clock = visit.get("/api/v1/clock").await?;
    let gateway = if visit.may("view_settings") {
        let gateways = visit.get("/api/v1/gateways").await?;
        let names = list(&gateways, "gateways").iter().map(|it| text(it, "name"));
        let names = names.map(|name| Choice::new(name, name)).collect();
        Kind::One(Choice::or_none("Choose one", names))
    } else {
        Kind::Line
    };
    let inputs = vec![
        Input::new("gateway", "Gateway", gateway).required(),
        Input::new("from", "From the beginning of (UTC)", Kind::Date).required(),
        Input::new("to", "To the end of (UTC)", Kind::Date).required(),
        Input::new("apply", "Take over what only the gateway knows", Kind::Flag)
            .hint("Left out, the two are compared and nothing is changed. Doing it again has no further effect."),
        Input::new("file", "Or a settlement file", Kind::Lines)
            .hint("Paste its lines (CSV, up to 60 KB) to hold those against the books instead of the gateway's listing. Larger files: POST /api/v1/gateways/{gateway}/reconcile."),
    ];
    let path = format!("/api/v1/gateways/{}/reconcile", part(sent.get("gateway")));
    let file = sent.given("file").is_some();
    // Of a file the rest stands in the address, because the file is the body.
    let query = format!("?apply={}{}", sent.get("apply") == "true", span(sent));
    let form = Form {
        lead: html! {
            p {
                "Asks the gateway what it did in a span of time and holds that against the books: what agrees, what differs, and what "
                "only one side has."
            }
        },
        button: "Compare".to_owned(),
        shape: if file { pasted } else { instants },
        then: Then::Tell(told),
        ..Form::new(
            "Reconciliation",
            AT.to_owned(),
            if file { format!("{path}{query}") } else { path },
            inputs,
            AT,
        )
    };
    Ok((form, text(&clock, "today").to_owned()))
}

/// The beginning of a day, or of the day after it, as the API wants it. What is no day stays as it is: the refusal names
/// the field.
fn instant(day: &str, after: bool) -> String {
    let parsed: Option<Date> = day.parse().ok();
    let parsed = parsed.and_then(|day| if after { day.tomorrow().ok() } else { Some(day) });
    parsed.map_or_else(|| day.to_owned(), |day| format!("{day}T00:00:00Z"))
}

fn span(sent: &Fields) -> String {
    let (from, to) = (instant(sent.get("from"), false), instant(sent.get("to"), true));
    if from.is_empty() || to.is_empty() {
        return String::new();
    }
    format!("&from={}&to={}", part(&from), part(&to))
}

fn instants(mut body: Value) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.remove("gateway");
        for (name, after) in [("from", false), ("to", true)] {
            if let Some(Value::String(day)) = body.get(name) {
                let at = instant(day, after);
                body.insert(name.to_owned(), at.into());
            }
        }
    }
    body
}

/// The lines of a file, as they were pasted.
fn pasted(body: Value) -> Value {
    let lines = list(&body, "file").iter().filter_map(Value::as_str);
    Value::String(lines.flat_map(|line| [line, "\n"]).collect())
}

fn told(answer: &Value) -> Markup {
    let count = |name: &str| answer[name].as_u64().unwrap_or(0);
    let differences = list(answer, "differences");
    html! {
        dl.figures {
            @for (name, label) in [("transactions", "Transactions the gateway named"), ("matched", "Agree"),
                ("applied", "Taken over"), ("difference_count", "Differ")] {
                div { dt { (label) } dd { (count(name)) } }
            }
        }
        @if answer["preview"] == true { p.note { "Only looked at: nothing was changed." } }
        @if differences.is_empty() { p.empty { "Nothing differs." } }
        @else {
            (table(differences, &COLUMNS, None))
            @if count("difference_count") > u64::try_from(differences.len()).unwrap_or(0) {
                p.note { "These are the first " (differences.len()) ". Choose a shorter span of time to see the others." }
            }
        }
        p { a href=(AT) { "Compare again" } }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn days_become_instants_and_the_last_belongs_to_them() {
        let body = instants(
            json!({"gateway": "cards", "from": "2026-03-01", "to": "2026-03-31", "apply": false}),
        );
        let expected =
            json!({"from": "2026-03-01T00:00:00Z", "to": "2026-04-01T00:00:00Z", "apply": false});
        assert_eq!(body, expected);
        assert_eq!(instants(json!({"from": "soon"}))["from"], "soon");
    }

    #[test]
    fn a_file_is_what_was_pasted() {
        assert_eq!(pasted(json!({"file": ["a,b", "1,2"], "gateway": "x"})), json!("a,b\n1,2\n"));
    }
}
