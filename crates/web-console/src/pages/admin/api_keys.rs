//! API keys: secrets for scripts and programs, or for people.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::api_clients::state;
use super::{
    Sent, facts, find, form_at, kept, page, require, revocation, roles_input, saved, secret,
};
use crate::api::{Api, Problem};
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Input, Kind, filled};
use crate::listing::{Column, Listing, Of, Pager, place, text_of};
use crate::pages::{Shown, part, shown};
use crate::parts::{badge, instant, text};
use crate::visit::Visit;

const KEYS: &str = "/console/admin/api-keys";
const API: &str = "/api/v1/api-keys";
const NEEDED: &str = "manage_user_roles";

const COLUMNS: [Column; 6] = [
    Column::new("Key", Of::Link("name", KEYS)),
    Column::new("Person", Of::Text("person")),
    Column::new("Roles", Of::Text("roles")),
    Column::new("Made", Of::Instant("created_at")),
    Column::new("Ends", Of::Instant("expires_at")),
    Column::new("Status", Of::Made(|row| badge(state(row)), |row| state(row).to_owned())),
];

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(KEYS, get(show))
        .route("/console/admin/api-keys/new", form_at(new))
        .route("/console/admin/api-keys/{key}", get(one))
        .route("/console/admin/api-keys/{key}/edit", form_at(edit))
        .route("/console/admin/api-keys/{key}/revoke", form_at(revoke))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "api-keys",
        path: API.to_owned(),
        member: "api_keys",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "None yet. An API key lets a script or program in, with the roles you give it.",
    };
    kept(visit, "API keys", &listing, (KEYS, "New API key", NEEDED)).await
}

fn ends() -> Input {
    Input::new("expires_at", "Ends on", Kind::Date)
        .hint("From the beginning of this day (UTC) on it is not taken any more.")
}

/// The API wants an instant where people think of a day.
fn day_begins(mut body: Value) -> Value {
    if let Some(day) = body.get("expires_at").and_then(Value::as_str) {
        body["expires_at"] = json!(format!("{day}T00:00:00Z"));
    }
    body
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let inputs = vec![
            Input::new("name", "Name", Kind::Line)
                .hint("Unique; it stands in the history, and stays.")
                .required(),
            Input::new("person", "Person", Kind::Line).hint(
                "Whose it is; empty: a program's. Only people approve refunds, and keys of one person count as one.",
            ),
            ends(),
            roles_input(&visit).await?,
        ];
        let form = Form {
            lead: html! { p { "The secret is shown once." } },
            button: "Make the key".to_owned(),
            shape: day_begins,
            beside: &[("name_taken", "name"), ("unknown_role", "roles")],
            then: Then::Tell(told),
            ..Form::new("New API key", format!("{KEYS}/new"), API.to_owned(), inputs, KEYS)
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn told(key: &Value) -> Markup {
    let name = text(key, "name");
    html! {
        (facts(&[("Key", html! { (name) }), ("Roles", html! { (text_of(key, "roles")) })]))
        (secret("Secret", text(key, "secret")))
        p { "A program sends it as " code { "Authorization: Bearer SECRET" } "." }
        p { a href=(place(KEYS, name)) { "To the key" } }
    }
}

async fn found(visit: &Visit, name: &str) -> Result<Value, Problem> {
    find(&visit.get(API).await?, "api_keys", "name", name)
}

async fn one(visit: Visit, Path(name): Path<String>) -> Shown {
    let found = found(&visit, &name).await.map(|key| {
        let at = place(KEYS, &name);
        let ends = instant(text(&key, "expires_at"));
        html! {
            p.lead { (badge(state(&key))) }
            (facts(&[
                ("Person", html! { @if text(&key, "person").is_empty() { "none: a program" } @else { (text(&key, "person")) } }),
                ("Roles", html! { (text_of(&key, "roles")) }),
                ("Made", html! { (instant(text(&key, "created_at"))) }),
                ("Ends", html! { @if ends.is_empty() { "never" } @else { (ends) } }),
                ("Revoked", html! { (instant(text(&key, "revoked_at"))) }),
            ]))
            @if key["revoked_at"].is_null() {
                p.actions {
                    a.button.primary href={ (at) "/edit" } { "Change" }
                    a.button href={ (at) "/revoke" } { "Revoke" }
                }
                p.hint { "A key keeps its secret for life. For another secret make another key, and revoke this one once nobody uses it." }
            }
        }
    });
    shown(visit, &name, found)
}

async fn edit(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        let key = found(&visit, &name).await?;
        let at = place(KEYS, &name);
        let inputs = vec![ends(), roles_input(&visit).await?];
        let day = text(&key, "expires_at").split('T').next().unwrap_or("").to_owned();
        let values = filled(&inputs, &key).with("expires_at", day);
        let form = Form {
            lead: html! { p.hint { "An end that was set can be moved, not taken away." } },
            method: Method::PATCH,
            shape: day_begins,
            beside: &[("unknown_role", "roles"), ("last_administrator", "roles")],
            ..Form::new(
                &format!("Change {name}"),
                format!("{at}/edit"),
                format!("{API}/{}", part(&name)),
                inputs,
                &saved(&at),
            )
        };
        Ok((form, values))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn revoke(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let effect = "Whoever uses this key is locked out at once, for ever. The name stays taken, for it stands in the history.";
    let made = found(&visit, &name).await.map(|_| revocation((KEYS, API), &name, effect));
    page(visit, sent, made).await
}
