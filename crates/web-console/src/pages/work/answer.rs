//! One answer to the question how an order ended: what it will do, and then done once and for ever.

use axum::extract::Path;
use maud::{Markup, html};
use serde_json::Value;

use super::unknown::{known, needed, of_order};
use crate::api::Problem;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Input, Kind};
use crate::pages::forms::{Sent, page};
use crate::pages::{Shown, part, require};
use crate::parts::{badge, list, money, text};
use crate::visit::Visit;

/// Where one comes back to.
const QUEUE: &str = "/console/unknown?said=done";

pub(super) async fn show(visit: Visit, Path(asked): Path<(String, String)>, sent: Sent) -> Shown {
    let made = form(&visit, &asked).await.map(|form| (form, Fields::default()));
    page(visit, sent, made).await
}

async fn form(visit: &Visit, (number, answer): &(String, String)) -> Result<Form, Problem> {
    require(visit, needed(number, answer)).await?;
    let kind = if number.starts_with("R-") { "refunds" } else { "payments" };
    let path = format!("/api/v1/{kind}/{}", part(number));
    let found = visit.get(&path).await?;
    let of = part(text(&found, "account"));
    let queue = visit.get(&format!("/api/v1/orders/queue?limit=200&account={of}")).await?;
    let queued = list(&queue, "orders").iter().find(|it| text(it, "number") == number);
    let order = queued.unwrap_or(&found);
    let at = format!("/console/unknown/{}/{answer}", part(number));
    let inputs = || {
        vec![
            Input::new("gateway_id", "The gateway's id of the transaction", Kind::Line)
                .hint("As its console shows it, if it has one."),
            Input::new("comment", "How you know", Kind::Line)
                .hint("Stands in the history with your name."),
        ]
    };
    let resolve = |title: &str, shape: fn(Value) -> Value| Form {
        lead: lead(order, answer, queued.is_some()),
        button: title.to_owned(),
        previewed: true,
        shape,
        then: Then::Go(QUEUE.to_owned()),
        ..Form::new(title, at.clone(), format!("{path}/resolve"), inputs(), QUEUE)
    };
    match answer.as_str() {
        "paid" => Ok(resolve("The money moved", moved)),
        "not-paid" => Ok(resolve("The money did not move", not_moved)),
        "refresh" => Ok(Form {
            lead: lead(order, answer, queued.is_some()),
            button: "Ask now".to_owned(),
            ..Form::new(
                "Ask the gateway once more",
                at.clone(),
                format!("{path}/refresh"),
                Vec::new(),
                QUEUE,
            )
        }),
        _ => Err(Problem {
            status: 404,
            code: "not_found".to_owned(),
            detail: "there is no such answer; choose one in the queue".to_owned(),
            field: None,
        }),
    }
}

/// What the answer will do, and of what.
fn lead(order: &Value, answer: &str, waits: bool) -> Markup {
    let what = match (answer, of_order(order, "state")) {
        ("refresh", _) => {
            "The gateway is asked how it stands, and nothing is sent again. If its answer is conclusive, the order leaves the queue."
        }
        ("paid", "voiding") => {
            "You say that the void went through: the payment counts as taken back, and what it paid reopens."
        }
        (_, "voiding") => {
            "You say that the void did not go through, and will not: the payment stays as it is."
        }
        ("paid", _) => {
            "You say that the money moved: it is posted today, and what was held for it is gone."
        }
        _ => {
            "You say that nothing moved, and nothing will: what was held is free again, and nothing is posted."
        }
    };
    html! {
        p.lead {
            (text(order, "number")) ", " (money(text(order, "amount"), text(order, "currency"))) " " (badge(of_order(order, "state")))
        }
        p { (what) }
        @if answer != "refresh" { p.note { "It can be said once, and then stands for ever. Look into the gateway's console first." } }
        @if !waits { p.note { "It does not wait in the queue at this moment; the rules say whether it may be answered." } }
        (known(order))
    }
}

fn moved(body: Value) -> Value {
    with_paid(body, true)
}

fn not_moved(body: Value) -> Value {
    with_paid(body, false)
}

fn with_paid(mut body: Value, paid: bool) -> Value {
    if let Some(body) = body.as_object_mut() {
        body.insert("paid".to_owned(), paid.into());
    }
    body
}
