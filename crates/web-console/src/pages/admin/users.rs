//! Users: people who log in.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{
    ACTIVE, Sent, active_badge, facts, find, form_at, kept, page, require, roles_input, saved,
    secret,
};
use crate::api::{Api, Problem};
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Input, Kind, filled};
use crate::listing::{Column, Listing, Of, Pager, place, text_of};
use crate::pages::{Shown, part, shown};
use crate::parts::{instant, text};
use crate::visit::Visit;

const USERS: &str = "/console/admin/users";
const API: &str = "/api/v1/users";

const COLUMNS: [Column; 6] = [
    Column::new("User", Of::Link("name", USERS)),
    Column::new("Person", Of::Text("person")),
    Column::new("Roles", Of::Text("roles")),
    Column::new("E-mail", Of::Text("email")),
    Column::new("Second factor", Of::Flag("second_factor")),
    Column::new("Status", ACTIVE),
];

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(USERS, get(show))
        .route("/console/admin/users/new", form_at(new))
        .route("/console/admin/users/{user}", get(one))
        .route("/console/admin/users/{user}/edit", form_at(edit))
        .route("/console/admin/users/{user}/{act}", form_at(act))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "users",
        path: API.to_owned(),
        member: "users",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "Nobody logs in yet. A user is a person with a password and roles of their own.",
    };
    kept(visit, "Users", &listing, (USERS, "New user", "manage_user_roles")).await
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, "manage_users").await?;
        require(&visit, "manage_user_roles").await?;
        let inputs = vec![
            Input::new("name", "User", Kind::Line)
                .hint("What the person logs in with, such as ada@example.com. It stands in the history, and stays.")
                .required(),
            Input::new("person", "Person", Kind::Line).hint(
                "Whom approvals take the user for: the same as with the person's own API keys. Left empty, the name.",
            ),
            Input::new("email", "E-mail", Kind::Line),
            roles_input(&visit).await?,
        ];
        let form = Form {
            lead: html! { p { "The first password is made up and shown once. It has to be changed at the first login." } },
            button: "Make the user".to_owned(),
            beside: &[("name_taken", "name"), ("unknown_role", "roles")],
            then: Then::Tell(password_told),
            ..Form::new("New user", format!("{USERS}/new"), API.to_owned(), inputs, USERS)
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn password_told(user: &Value) -> Markup {
    let name = text(user, "name");
    html! {
        p { "The next login of " (name) " has to change this password. Hand it over in person, or by a way of its own." }
        (facts(&[("User", html! { (name) })]))
        (secret("Password", text(user, "password")))
        p { a href=(place(USERS, name)) { "To the user" } }
    }
}

async fn found(visit: &Visit, name: &str) -> Result<Value, Problem> {
    find(&visit.get(API).await?, "users", "name", name)
}

async fn one(visit: Visit, Path(name): Path<String>) -> Shown {
    let found = found(&visit, &name).await.map(|user| about(&visit, &user));
    shown(visit, &name, found)
}

fn about(visit: &Visit, user: &Value) -> Markup {
    let at = place(USERS, text(user, "name"));
    let own = visit.name() == text(user, "name");
    let yes = |name: &str| user[name] == true;
    html! {
        p.lead { (active_badge(user)) }
        (facts(&[
            ("Person, for approvals", html! { (text(user, "person")) }),
            ("E-mail", html! { @if text(user, "email").is_empty() { "none" } @else { (text(user, "email")) } }),
            ("Roles", html! { (text_of(user, "roles")) }),
            ("Second factor", html! { (if yes("second_factor") { "asked for" } else { "none" }) }),
            ("Password", html! { (if yes("must_change_password") { "has to be changed at the next login" } else { "their own" }) }),
            ("Made", html! { (instant(text(user, "created_at"))) }),
            ("Changed", html! { (instant(text(user, "changed_at"))) }),
        ]))
        p.actions {
            a.button.primary href={ (at) "/edit" } { "Change e-mail and roles" }
            @if own {
                a.button href="/console/me" { "Your own password and second factor" }
            } @else {
                a.button href={ (at) "/reset-password" } { "Reset the password" }
                @if yes("second_factor") { a.button href={ (at) "/reset-second-factor" } { "Reset the second factor" } }
            }
            a.button href={ (at) "/end-sessions" } { "End all sessions" }
            @if yes("active") { a.button href={ (at) "/disable" } { "Disable" } }
            @else { a.button href={ (at) "/enable" } { "Enable" } }
        }
    }
}

async fn edit(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        let user = found(&visit, &name).await?;
        let at = place(USERS, &name);
        let mut inputs = vec![Input::new("email", "E-mail", Kind::Line).hint("Empty: nowhere.")];
        if visit.may("manage_user_roles") {
            inputs.push(roles_input(&visit).await?);
        }
        let values = filled(&inputs, &user);
        let form = Form {
            method: Method::PATCH,
            shape: nowhere_if_empty,
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

/// The API takes an empty address for none, and one that is left out for the one there is.
fn nowhere_if_empty(mut body: Value) -> Value {
    if body.get("email").is_none() {
        body["email"] = json!("");
    }
    body
}

/// What an act is called, what it does, and where the API takes it.
const ACTS: [(&str, &str, &str, &str); 5] = [
    (
        "reset-password",
        "Reset the password",
        "/reset-password",
        "A new password is made up and shown once. The old one opens nothing any more, every session ends, and the next login has to change it.",
    ),
    (
        "reset-second-factor",
        "Reset the second factor",
        "/reset-second-factor",
        "Logins ask for no code until the person sets up another device. Every session ends. Do this only if you know who asks you.",
    ),
    (
        "end-sessions",
        "End all sessions",
        "/end-sessions",
        "The person is logged out everywhere, at once. Whatever was typed and not sent is lost.",
    ),
    (
        "disable",
        "Disable",
        "",
        "The person cannot log in, and every session ends at once. What they did stays in the history. They can be enabled again.",
    ),
    (
        "enable",
        "Enable",
        "",
        "The person can log in again, with the password and the second factor they had.",
    ),
];

async fn act(visit: Visit, Path((name, act)): Path<(String, String)>, sent: Sent) -> Shown {
    let made = async {
        let user = found(&visit, &name).await?;
        let known = ACTS.iter().find(|(it, ..)| *it == act);
        let (_, label, below, effect) = *known.ok_or_else(Problem::no_page)?;
        let name = text(&user, "name");
        let at = place(USERS, name);
        let form = Form::confirmation(
            format!("{label}: {name}"),
            format!("{at}/{act}"),
            format!("{API}/{}{below}", part(name)),
            label,
            &at,
            html! {
                p { (effect) }
                @if name == visit.name() { p.note { "This is you: you are logged out as well." } }
            },
        );
        let form = match act.as_str() {
            "disable" => {
                Form { method: Method::PATCH, shape: |_| json!({"active": false}), ..form }
            }
            "enable" => Form { method: Method::PATCH, shape: |_| json!({"active": true}), ..form },
            "reset-password" => Form { then: Then::Tell(password_told), ..form },
            _ => form,
        };
        let then = match form.then {
            Then::Go(_) => Then::Go(format!("{at}?said=done")),
            told => told,
        };
        Ok((Form { then, ..form }, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}
