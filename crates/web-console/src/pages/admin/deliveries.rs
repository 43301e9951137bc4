//! Deliveries to an event endpoint: tests, events that failed, and delivering again.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::event_endpoints::{API, ENDPOINTS, NEEDED};
use super::{Sent, facts, form_at, page, require, saved};
use crate::api::Api;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::listing::{Column, Listing, Of, Pager, filters, place, text_of};
use crate::pages::{Shown, listed, part};
use crate::parts::{badge, instant, text};
use crate::visit::Visit;

const COLUMNS: [Column; 8] = [
    Column::new("Type", Of::Text("type")),
    Column::new("Account", Of::Document("account")),
    Column::new("Sequence", Of::Plain("sequence")),
    Column::new("State", Of::Badge("state")),
    Column::new("Tried", Of::Plain("attempts")),
    Column::new("Next", Of::Instant("due")),
    Column::new("What went wrong", Of::Long(failure, failure_text)),
    Column::new("", Of::Made(retry_link, |_| String::new())),
];

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/console/admin/event-endpoints/{endpoint}/test", form_at(test))
        .route("/console/admin/event-endpoints/{endpoint}/replay", form_at(replay))
        .route("/console/admin/event-endpoints/{endpoint}/deliveries", get(show))
        .route("/console/admin/event-endpoints/{endpoint}/deliveries/{event}/retry", form_at(retry))
}

fn failure_text(row: &Value) -> String {
    row.get("failure").map_or_else(String::new, |it| text(it, "error").to_owned())
}

fn failure(row: &Value) -> Markup {
    let failure = &row["failure"];
    html! {
        @if !failure.is_null() { (instant(text(failure, "at"))) ": " (text(failure, "error")) }
    }
}

/// Relative: the row does not know its endpoint, the page does.
fn retry_link(row: &Value) -> Markup {
    let event = text(row, "event");
    html! { @if !event.is_empty() { a href={ "deliveries/" (part(event)) "/retry" } { "Try again" } } }
}

async fn show(visit: Visit, Path(id): Path<String>) -> Shown {
    let waiting = visit.query.get("state") == "waiting";
    let listing = Listing {
        name: "deliveries",
        path: format!(
            "{API}/{}/deliveries?{}",
            part(&id),
            visit.asked(&["state"]).trim_start_matches('&')
        ),
        member: "deliveries",
        pager: Pager::Cursor,
        columns: &COLUMNS,
        empty: if waiting {
            "Nothing waits: every event was taken, or given up."
        } else {
            "Nothing was given up. An event that the receiver refuses again and again ends here after the last try."
        },
    };
    let found = listing.show(&visit).await;
    let at = place(ENDPOINTS, &id);
    listed(visit, "Deliveries", found, |visit, list| {
        let states =
            vec![Choice::new("", "Given up"), Choice::new("waiting", "Waiting to be tried again")];
        let state = Input::new("state", "Events", Kind::One(states));
        html! {
            p { a href=(at) { "Back to the endpoint" } }
            (filters(visit, &[state]))
            (list)
        }
    })
}

async fn test(visit: Visit, Path(id): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let at = place(ENDPOINTS, &id);
        let form = Form {
            lead: html! {
                p { "A test event is sent at once; it stands in no history." }
                p { a href=(at) { "Back to the endpoint" } }
            },
            button: "Send a test event".to_owned(),
            then: Then::Tell(tried),
            ..Form::new(
                "Test delivery",
                format!("{at}/test"),
                format!("{API}/{}/test", part(&id)),
                Vec::new(),
                &at,
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

/// What the receiver said.
fn tried(answer: &Value) -> Markup {
    html! {
        @if answer["taken"] == true { p.said role="status" { "The receiver took it." } }
        @else { p.alert role="alert" { "The receiver did not take it: " (text(answer, "error")) } }
        (facts(&[
            ("Event", html! { (text(answer, "event")) }),
            ("Status", html! { (text_of(answer, "status")) }),
            ("Answer", html! { (text(answer, "body")) }),
        ]))
        p { a href=(ENDPOINTS) { "To the endpoints" } }
    }
}

async fn retry(visit: Visit, Path((id, event)): Path<(String, String)>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let at = place(ENDPOINTS, &id);
        let form = Form {
            lead: html! {
                p { "Event " (event) ": one that was given up is sent at once; one that waits is due now, and is sent in its turn." }
                p { a href={ (at) "/deliveries" } { "Back to the deliveries" } }
            },
            button: "Try again".to_owned(),
            then: Then::Tell(retried),
            ..Form::new(
                "Try again",
                format!("{at}/deliveries/{}/retry", part(&event)),
                format!("{API}/{}/deliveries/{}/retry", part(&id), part(&event)),
                Vec::new(),
                &at,
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn retried(answer: &Value) -> Markup {
    html! {
        p.lead { "It is now " (badge(text(answer, "state"))) }
        @if answer["tried"].is_object() { (tried(&answer["tried"])) }
        @else { p { a href=(ENDPOINTS) { "To the endpoints" } } }
    }
}

async fn replay(visit: Visit, Path(id): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let at = place(ENDPOINTS, &id);
        let from = Input::new("from", "From", Kind::Line)
            .hint("A sequence, such as 412.0; the events of its entry come whole. 0.0 is the whole history.")
            .required();
        let form = Form {
            leave: Some(at.clone()),
            lead: html! { p { "What was delivered since then comes once more, under the same ids. A receiver that looks at the ids does nothing twice." } },
            button: "Deliver again".to_owned(),
            ..Form::new(
                "Deliver again",
                format!("{at}/replay"),
                format!("{API}/{}/replay", part(&id)),
                vec![from],
                &saved(&at),
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}
