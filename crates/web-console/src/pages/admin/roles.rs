//! Roles: what people and programs may do.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::{ACTIVE, Sent, active_badge, find, form_at, page, require, saved};
use crate::api::{Api, Problem};
use crate::change::Form;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind, filled};
use crate::layout;
use crate::listing::{Column, Listing, Of, Pager, place};
use crate::pages::{Shown, Sorry, listed, part};
use crate::parts::{list, text};
use crate::visit::Visit;

const ROLES: &str = "/console/admin/roles";
const API: &str = "/api/v1/roles";
const NEEDED: &str = "manage_user_roles";

const COLUMNS: [Column; 5] = [
    Column::new("Role", Of::Link("name", ROLES)),
    Column::new("What it is for", Of::Text("description")),
    Column::new("Permissions", Of::Made(|role| html! { (count(role)) }, count)),
    Column::new("Built in", Of::Flag("built_in")),
    Column::new("Status", ACTIVE),
];

fn count(role: &Value) -> String {
    list(role, "permissions").len().to_string()
}

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(ROLES, get(show))
        .route("/console/admin/roles/new", form_at(new))
        .route("/console/admin/roles/{role}", form_at(one))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "roles",
        path: API.to_owned(),
        member: "roles",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "No roles.",
    };
    let found = listing.show_found(&visit).await;
    listed(visit, "Roles", found, |visit, list| {
        html! {
            p.hint {
                "A role grants permissions. Whoever has several roles may do what any of them grants. "
                "Built-in roles cannot be changed: to allow more, make a role beside them, such as one that grants "
                "Credit Balance Electronic Refund, and give it to people at Users."
            }
            @if visit.may(NEEDED) {
                p.actions { a.button.primary href={ (ROLES) "/new" } { "New role" } }
            }
            (list)
        }
    })
}

/// The boxes for permissions, by area, each with what it allows. All have one name: together they are one list.
fn grid(all: &Value) -> Vec<Input> {
    let permissions = list(all, "permissions");
    let areas = areas(permissions).into_iter().map(|area| {
        let within = permissions.iter().filter(|it| text(it, "area") == area);
        let choices = within.map(|it| Choice {
            about: text(it, "description").to_owned(),
            ..Choice::new(text(it, "code"), text(it, "name"))
        });
        Input::new("permissions", area.to_owned(), Kind::Many(choices.collect()))
    });
    areas.collect()
}

fn areas(permissions: &[Value]) -> Vec<&str> {
    let mut areas = Vec::new();
    for permission in permissions {
        let area = text(permission, "area");
        if !areas.contains(&area) {
            areas.push(area);
        }
    }
    areas
}

fn description() -> Input {
    Input::new("description", "What it is for", Kind::Line)
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let mut inputs = vec![
            Input::new("name", "Name", Kind::Line).hint("Unique; it stays.").required(),
            description(),
        ];
        inputs.extend(grid(&visit.get("/api/v1/permissions").await?));
        let form = Form {
            lead: html! { p { "Tick what the role grants. It grants that to nobody until you give it to people (Users) or programs (API keys, API clients)." } },
            button: "Make the role".to_owned(),
            beside: &[("role_name_taken", "name")],
            ..Form::new(
                "New role",
                format!("{ROLES}/new"),
                API.to_owned(),
                inputs,
                &format!("{ROLES}?said=made"),
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn one(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let found = async {
        let role = find(&visit.get(API).await?, "roles", "name", &name)?;
        let permissions = visit.get("/api/v1/permissions").await?;
        let held = if visit.may("manage_users") {
            holders(&visit, &name).await?
        } else {
            html! {}
        };
        Ok((role, permissions, held))
    };
    let (role, permissions, held) = match found.await {
        Ok(found) => found,
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let fixed = role["built_in"] == true || !visit.may(NEEDED);
    if fixed && sent.0.is_none() {
        let content = html! { (lead(&role)) (held) (granted(&role, &permissions)) };
        return Ok(layout::page(&visit, &name, &content).into_response());
    }
    let mut inputs = vec![
        description(),
        Input::new("active", "Active", Kind::Flag).hint("Off: it grants nothing to anyone."),
    ];
    inputs.extend(grid(&permissions));
    let values = filled(&inputs, &role);
    let at = place(ROLES, &name);
    let form = Form {
        lead: html! { (lead(&role)) (held) },
        method: Method::PATCH,
        ..Form::new(&name, at.clone(), format!("{API}/{}", part(&name)), inputs, &saved(&at))
    };
    page(visit, sent, Ok((form, values))).await
}

fn lead(role: &Value) -> Markup {
    html! {
        p.lead { bdi { (text(role, "description")) } " " (active_badge(role)) }
        @if role["built_in"] == true {
            p.hint { "This role comes with the product and cannot be changed." }
        }
    }
}

/// Who has it, and how one gives it to somebody.
async fn holders(visit: &Visit, role: &str) -> Result<Markup, Problem> {
    let users = visit.get("/api/v1/users").await?;
    let has = |user: &&Value| list(user, "roles").iter().any(|it| it == role);
    let holders: Vec<&Value> = list(&users, "users").iter().filter(has).collect();
    Ok(html! {
        p {
            @if holders.is_empty() { "No user has it. " }
            @else {
                "Users who have it: "
                @for (place_of, user) in holders.iter().enumerate() {
                    @if place_of > 0 { ", " }
                    a href=(place("/console/admin/users", text(user, "name"))) { (text(user, "name")) }
                }
                ". "
            }
            "To assign it, open somebody at " a href="/console/admin/users" { "Users" } " and tick it there."
        }
    })
}

/// What it grants and what not, to be read.
fn granted(role: &Value, all: &Value) -> Markup {
    let permissions = list(all, "permissions");
    let has = |it: &Value| list(role, "permissions").contains(&it["code"]);
    html! {
        @for area in areas(permissions) {
            h2 { (area) }
            table tabindex="0" {
                thead { tr { th { "Permission" } th { "Granted" } th { "Allows" } } }
                tbody {
                    @for it in permissions.iter().filter(|it| text(it, "area") == area) {
                        tr {
                            td { (text(it, "name")) }
                            td { (if has(it) { "yes" } else { "no" }) }
                            td.text { (text(it, "description")) }
                        }
                    }
                }
            }
        }
    }
}
