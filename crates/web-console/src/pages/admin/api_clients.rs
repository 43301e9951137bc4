//! API clients: programs that get tokens with a secret of theirs (OAuth).

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

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

const CLIENTS: &str = "/console/admin/api-clients";
const API: &str = "/api/v1/api-clients";
const NEEDED: &str = "manage_user_roles";

const COLUMNS: [Column; 5] = [
    Column::new("Client", Of::Link("client_id", CLIENTS)),
    Column::new("Roles", Of::Text("roles")),
    Column::new("Made", Of::Instant("created_at")),
    Column::new("Revoked", Of::Instant("revoked_at")),
    Column::new("Status", Of::Made(|row| badge(state(row)), |row| state(row).to_owned())),
];

/// Whether it still opens something.
pub(super) fn state(row: &Value) -> &'static str {
    if row["revoked_at"].is_null() { "active" } else { "revoked" }
}

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(CLIENTS, get(show))
        .route("/console/admin/api-clients/new", form_at(new))
        .route("/console/admin/api-clients/{client}", get(one))
        .route("/console/admin/api-clients/{client}/edit", form_at(edit))
        .route("/console/admin/api-clients/{client}/roll-secret", form_at(roll))
        .route("/console/admin/api-clients/{client}/revoke", form_at(revoke))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "api-clients",
        path: API.to_owned(),
        member: "api_clients",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "None yet. An API client is a program that gets tokens at /oauth/token with its id and secret. For a script \
                an API key is simpler.",
    };
    kept(visit, "API clients", &listing, (CLIENTS, "New API client", NEEDED)).await
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let name = Input::new("name", "Name", Kind::Line)
            .hint("Its client_id, and its name in the history: letters, digits and . _ @ + -. It stays.")
            .required();
        let form = Form {
            lead: html! { p { "The secret is shown once. Roles are the most its tokens grant." } },
            button: "Make the client".to_owned(),
            beside: &[("name_taken", "name"), ("unknown_role", "roles")],
            then: Then::Tell(told),
            ..Form::new(
                "New API client",
                format!("{CLIENTS}/new"),
                API.to_owned(),
                vec![name, roles_input(&visit).await?],
                CLIENTS,
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn told(client: &Value) -> Markup {
    let id = text(client, "client_id");
    html! {
        (facts(&[("client_id", html! { (id) }), ("Roles", html! { (text_of(client, "roles")) })]))
        (secret("client_secret", text(client, "client_secret")))
        p { a href=(place(CLIENTS, id)) { "To the client" } }
    }
}

async fn found(visit: &Visit, name: &str) -> Result<Value, Problem> {
    find(&visit.get(API).await?, "api_clients", "client_id", name)
}

async fn one(visit: Visit, Path(name): Path<String>) -> Shown {
    let found = found(&visit, &name).await.map(|client| {
        let at = place(CLIENTS, &name);
        html! {
            p.lead { (badge(state(&client))) }
            (facts(&[
                ("Roles", html! { (text_of(&client, "roles")) }),
                ("Made", html! { (instant(text(&client, "created_at"))) }),
                ("Revoked", html! { (instant(text(&client, "revoked_at"))) }),
            ]))
            @if client["revoked_at"].is_null() {
                p.actions {
                    a.button.primary href={ (at) "/edit" } { "Change roles" }
                    a.button href={ (at) "/roll-secret" } { "Roll the secret" }
                    a.button href={ (at) "/revoke" } { "Revoke" }
                }
            }
        }
    });
    shown(visit, &name, found)
}

async fn edit(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        let client = found(&visit, &name).await?;
        let at = place(CLIENTS, &name);
        let inputs = vec![roles_input(&visit).await?];
        let values = filled(&inputs, &client);
        let form = Form {
            lead: html! { p.hint { "Tokens that are out grant no more than these, at once." } },
            method: Method::PATCH,
            beside: &[("unknown_role", "roles")],
            ..Form::new(
                &format!("Roles of {name}"),
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

async fn roll(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        found(&visit, &name).await?;
        let at = place(CLIENTS, &name);
        let form = Form::confirmation(
            format!("Roll the secret of {name}"),
            format!("{at}/roll-secret"),
            format!("{API}/{}/roll-secret", part(&name)),
            "Roll the secret",
            &at,
            html! { p { "A new secret is made and shown once. The old one and every token end at once: the program stops until it has the new one." } },
        );
        Ok((Form { then: Then::Tell(told), ..form }, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn revoke(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let effect = "The secret and every token end at once, for ever. The name stays taken, for it stands in the history.";
    let made = found(&visit, &name).await.map(|_| revocation((CLIENTS, API), &name, effect));
    page(visit, sent, made).await
}
