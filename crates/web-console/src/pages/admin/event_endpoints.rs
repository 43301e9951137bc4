//! Event endpoints: where the history is told to other systems.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::{Sent, button, facts, form_at, kept, page, require, saved, secret};
use crate::api::Api;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Input, Kind, filled};
use crate::listing::{Column, Listing, Of, Pager, place, text_of};
use crate::pages::{Shown, part, shown};
use crate::parts::{badge, instant, text};
use crate::visit::Visit;

pub(super) const ENDPOINTS: &str = "/console/admin/event-endpoints";
pub(super) const API: &str = "/api/v1/event-endpoints";
pub(super) const NEEDED: &str = "manage_event_endpoints";

const COLUMNS: [Column; 6] = [
    Column::new("Address", Of::Long(link, |row| text(row, "url").to_owned())),
    Column::new("What it is for", Of::Text("description")),
    Column::new("Types", Of::Text("types")),
    Column::new("Behind by entries", Of::Plain("lag")),
    Column::new("Last taken", Of::Instant("last_success")),
    Column::new("Status", Of::Made(|row| badge(state(row)), |row| state(row).to_owned())),
];

/// Refusals that name no field.
const BESIDE: [(&str, &str); 2] =
    [("event_endpoint_url_refused", "url"), ("event_type_unknown", "types")];

fn link(endpoint: &Value) -> Markup {
    html! { a href=(place(ENDPOINTS, text(endpoint, "id"))) { (text(endpoint, "url")) } }
}

fn state(endpoint: &Value) -> &'static str {
    match (endpoint["enabled"] == true, endpoint["failing_since"].is_null()) {
        (false, _) => "off",
        (true, true) => "active",
        (true, false) => "error",
    }
}

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(ENDPOINTS, get(show))
        .route("/console/admin/event-endpoints/new", form_at(new))
        .route("/console/admin/event-endpoints/{endpoint}", get(one))
        .route("/console/admin/event-endpoints/{endpoint}/edit", form_at(edit))
        .route("/console/admin/event-endpoints/{endpoint}/delete", form_at(delete))
        .route("/console/admin/event-endpoints/{endpoint}/roll-secret", form_at(roll))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "event-endpoints",
        path: API.to_owned(),
        member: "event_endpoints",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "Nobody is told. An endpoint is an address of another system, such as a ledger or a mail service; what \
                happens here is sent there, signed.",
    };
    kept(visit, "Event endpoints", &listing, (ENDPOINTS, "New endpoint", "manage_event_endpoints"))
        .await
}

/// What can be changed of an endpoint that is there, too.
fn lasting() -> Vec<Input> {
    vec![
        Input::new("url", "Address", Kind::Line)
            .hint("It begins with https:// and leads out of the server's own network.")
            .required(),
        Input::new("description", "What it is for", Kind::Line),
        Input::new("types", "Types", Kind::Lines)
            .hint("One in a line, with * at the end for all that begin so, such as refund.*. Empty: all.")
            .clears(),
        Input::new("accounts", "Accounts", Kind::Lines)
            .hint("One in a line, by number. Empty: all, and the organisation.")
            .clears(),
    ]
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let mut inputs = lasting();
        inputs.push(
            Input::new("start", "Begins with", Kind::Line)
                .hint("A sequence; 0.0 is the whole history. Empty: what happens from now on."),
        );
        let form = Form {
            lead: html! { p { "The secret that signs is shown once." } },
            button: "Make the endpoint".to_owned(),
            beside: &BESIDE,
            then: Then::Tell(told),
            ..Form::new(
                "New event endpoint",
                format!("{ENDPOINTS}/new"),
                API.to_owned(),
                inputs,
                ENDPOINTS,
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn told(endpoint: &Value) -> Markup {
    html! {
        (facts(&[("Address", html! { (text(endpoint, "url")) })]))
        (secret("Signing secret", text(endpoint, "secret")))
        p { "The receiver verifies with it that events come from here, as Standard Webhooks has it." }
        p { a href=(place(ENDPOINTS, text(endpoint, "id"))) { "To the endpoint" } }
    }
}

async fn one(visit: Visit, Path(id): Path<String>) -> Shown {
    let found = visit.get(&format!("{API}/{}", part(&id))).await;
    let found = found.map(|endpoint| about(&visit, &endpoint));
    shown(visit, "Event endpoint", found)
}

fn about(visit: &Visit, endpoint: &Value) -> Markup {
    let at = place(ENDPOINTS, text(endpoint, "id"));
    let all = |name: &str| match text_of(endpoint, name) {
        none if none.is_empty() => "all".to_owned(),
        some => some,
    };
    let failure = &endpoint["last_failure"];
    html! {
        p.lead { (text(endpoint, "url")) " " (badge(state(endpoint))) }
        @if !text(endpoint, "disabled_reason").is_empty() {
            p.note { "Nothing is delivered: " (text(endpoint, "disabled_reason")) }
        }
        (facts(&[
            ("Id", html! { (text(endpoint, "id")) }),
            ("What it is for", html! { (text(endpoint, "description")) }),
            ("Types", html! { (all("types")) }),
            ("Accounts", html! { (all("accounts")) }),
            ("Delivered up to", html! { (text(endpoint, "position")) ", behind by " (text_of(endpoint, "lag")) }),
            ("Last taken", html! { (instant(text(endpoint, "last_success"))) }),
            ("Accounts that wait", html! { (text_of(endpoint, "waiting")) }),
            ("Events given up", html! { (text_of(endpoint, "dead")) }),
            ("Old secret signs until", html! { (instant(text(endpoint, "old_secret_until"))) }),
            ("Made", html! { (instant(text(endpoint, "created_at"))) " by " (text(endpoint, "created_by")) }),
        ]))
        @if !failure.is_null() {
            h2 { "What went wrong last" }
            p { (instant(text(failure, "at"))) ": " (text(failure, "error")) }
            @if !text(failure, "body").is_empty() { p.hint { (text(failure, "body")) } }
        }
        div.actions {
            a.button.primary href={ (at) "/edit" } { "Change" }
            (button(visit, &format!("{at}/test"), "Send a test event"))
            a.button href={ (at) "/deliveries" } { "Events given up" }
            a.button href={ (at) "/deliveries?state=waiting" } { "Events that wait" }
            a.button href={ (at) "/replay" } { "Deliver again" }
            a.button href={ (at) "/roll-secret" } { "Roll the secret" }
            a.button href={ (at) "/delete" } { "Delete" }
        }
    }
}

async fn edit(visit: Visit, Path(id): Path<String>, sent: Sent) -> Shown {
    let made = async {
        let path = format!("{API}/{}", part(&id));
        let endpoint = visit.get(&path).await?;
        let mut inputs = vec![
            Input::new("enabled", "Enabled", Kind::Flag)
                .hint("Off: nothing is delivered. Enabled again, it goes on where it stopped."),
        ];
        inputs.extend(lasting());
        let values = filled(&inputs, &endpoint);
        let at = place(ENDPOINTS, &id);
        let form = Form {
            method: Method::PATCH,
            beside: &BESIDE,
            ..Form::new("Change the endpoint", format!("{at}/edit"), path, inputs, &saved(&at))
        };
        Ok((form, values))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn delete(visit: Visit, Path(id): Path<String>, sent: Sent) -> Shown {
    let made = async {
        let path = format!("{API}/{}", part(&id));
        let endpoint = visit.get(&path).await?;
        let at = place(ENDPOINTS, &id);
        let form = Form::confirmation(
            "Delete the endpoint".to_owned(),
            format!("{at}/delete"),
            path,
            "Delete for ever",
            &at,
            html! {
                p.lead { (text(&endpoint, "url")) }
                p { "Nothing is delivered there any more, and everything kept about it goes: what failed, what waits, its secret. The events themselves stay." }
            },
        );
        let then = Then::Go(format!("{ENDPOINTS}?said=done"));
        Ok((Form { method: Method::DELETE, then, ..form }, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn roll(visit: Visit, Path(id): Path<String>, sent: Sent) -> Shown {
    let made = async {
        let path = format!("{API}/{}", part(&id));
        let endpoint = visit.get(&path).await?;
        let at = place(ENDPOINTS, &id);
        let form = Form::confirmation(
            "Roll the secret".to_owned(),
            format!("{at}/roll-secret"),
            format!("{path}/roll-secret"),
            "Roll the secret",
            &at,
            html! {
                p.lead { (text(&endpoint, "url")) }
                p { "A new secret is made and shown once. The old one signs beside it for 24 hours, so that the receiver can change over." }
            },
        );
        Ok((Form { then: Then::Tell(told), ..form }, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}
