//! Administration: people, roles, rules and reference data.

mod accounting_codes;
mod api_clients;
mod api_keys;
mod custom_fields;
mod deliveries;
mod event_endpoints;
mod gateway;
mod gateways;
mod periods;
mod policies;
mod policy_form;
mod reason_codes;
mod roles;
mod settings;
pub(super) mod setup;
mod users;

use axum::Router;
use maud::{Markup, html};
use serde_json::Value;

use super::forms::{Sent, form_at, page};
use super::{Shown, listed, part, require};
use crate::api::{Api, Problem};
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::listing::{Listing, Of, place};
use crate::parts::{badge, list, text};
use crate::visit::Visit;

pub(super) fn router() -> Router<Api> {
    let pages = [
        accounting_codes::router(),
        api_clients::router(),
        api_keys::router(),
        custom_fields::router(),
        deliveries::router(),
        event_endpoints::router(),
        gateway::router(),
        gateways::router(),
        periods::router(),
        policies::router(),
        reason_codes::router(),
        roles::router(),
        settings::router(),
        setup::router(),
        users::router(),
    ];
    pages.into_iter().fold(Router::new(), Router::merge)
}

/// A page with a form; whoever lacks the permission sees what is there.
async fn page_or_look(
    visit: Visit,
    sent: Sent,
    permission: &str,
    made: Result<(Form, Fields), Problem>,
) -> Shown {
    match (made, sent.0) {
        (Ok((form, filled)), None) if !visit.may(permission) => Ok(form.look(&visit, &filled)),
        (made, sent) => page(visit, Sent(sent), made).await,
    }
}

/// A list, and for whoever may, the way to make one more: where the list is, what that way is called, and the permission.
async fn kept(
    visit: Visit,
    title: &str,
    listing: &Listing<'_>,
    (at, new, permission): (&str, &str, &str),
) -> Shown {
    let found = listing.show_found(&visit).await;
    listed(visit, title, found, |visit, list| {
        html! {
            @if visit.may(permission) { p.actions { a.button.primary href={ (at) "/new" } { (new) } } }
            (list)
        }
    })
}

/// The end of a secret, for ever: where it is kept, here and by the API, and what ends with it.
fn revocation((kept, api): (&str, &str), name: &str, effect: &str) -> (Form, Fields) {
    let at = place(kept, name);
    let form = Form::confirmation(
        format!("Revoke {name}"),
        format!("{at}/revoke"),
        format!("{api}/{}/revoke", part(name)),
        "Revoke for ever",
        &at,
        html! { p { (effect) } },
    );
    (Form { then: Then::Go(format!("{at}?said=revoked")), ..form }, Fields::default())
}

/// The one of a list that is called so.
fn find(page: &Value, member: &str, key: &str, name: &str) -> Result<Value, Problem> {
    let found = list(page, member).iter().find(|it| text(it, key) == name).cloned();
    found.ok_or_else(|| Problem {
        status: 404,
        code: "not_found".to_owned(),
        detail: "there is nothing with this name; see the list".to_owned(),
        field: None,
    })
}

/// The boxes for the roles somebody has.
async fn roles_input(visit: &Visit) -> Result<Input, Problem> {
    let hint = "All of what each of them grants. What each grants stands at Roles.";
    if !visit.may("view_settings") {
        let hint = "One in a line, by name; your own roles do not let you see the list.";
        return Ok(Input::new("roles", "Roles", Kind::Lines).hint(hint));
    }
    let choices = role_choices(&visit.get("/api/v1/roles").await?);
    Ok(Input::new("roles", "Roles", Kind::Many(choices)).hint(hint))
}

fn role_choices(page: &Value) -> Vec<Choice> {
    let roles = list(page, "roles").iter();
    roles
        .map(|role| {
            let name = text(role, "name");
            let label =
                if role["active"] == false { format!("{name} (off)") } else { name.to_owned() };
            Choice { about: text(role, "description").to_owned(), ..Choice::new(name, label) }
        })
        .collect()
}

/// The address one comes back to after something was done, and what it says then.
fn saved(place: &str) -> String {
    format!("{place}?said=saved")
}

/// Whether something is in use.
const ACTIVE: Of = Of::Made(active_badge, |row| active_word(row).to_owned());

fn active_word(row: &Value) -> &'static str {
    if row["active"] == true { "active" } else { "off" }
}

fn active_badge(row: &Value) -> Markup {
    badge(active_word(row))
}

/// What is known of one thing.
pub(in crate::pages) fn facts(facts: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (label, value) in facts { div { dt { (label) } dd { (value) } } } } }
}

/// What is shown this once.
pub(in crate::pages) fn secret(label: &str, secret: &str) -> Markup {
    html! {
        h2 { (label) }
        code.secret { (secret) }
        p.note { "This is shown this once, and never again. Copy it now to where it is kept." }
    }
}

/// A button that does one thing at once.
fn button(visit: &Visit, at: &str, label: &str) -> Markup {
    html! {
        form method="post" action=(at) data-once="" {
            (visit.guard(&crate::form::fresh_key()))
            button type="submit" { (label) }
        }
    }
}
