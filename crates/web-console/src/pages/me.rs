//! Oneself: what one may do, the password, the second factor, and where one is logged in.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::admin::{facts, secret};
use super::forms::{Sent, form_at, page};
use super::{Shown, part, shown};
use crate::api::Api;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Input, Kind};
use crate::listing::text_of;
use crate::parts::{badge, instant, list, text};
use crate::qr;
use crate::visit::{PASSWORD, Visit};

const ME: &str = "/console/me";
const FACTOR: &str = "/console/me/second-factor";
const API: &str = "/api/v1/second-factor";

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(ME, get(show))
        .route(FACTOR, form_at(enrol))
        .route("/console/me/second-factor/confirm", form_at(confirm))
        .route("/console/me/second-factor/remove", form_at(remove))
        .route("/console/me/sessions/{session}/end", form_at(end_session))
}

/// Whether the login asks for a code.
fn has_factor(visit: &Visit) -> bool {
    visit.me.get("session").and_then(|it| it.get("second_factor")) == Some(&Value::Bool(true))
}

async fn show(visit: Visit) -> Shown {
    let found = async {
        let sessions = visit.get("/api/v1/sessions").await?;
        let permissions = visit.get("/api/v1/permissions").await?;
        Ok(html! {
            (facts(&[
                ("Name", html! { (visit.name()) }),
                ("Person, for approvals", html! { (text(&visit.me, "person")) }),
                ("Roles", html! { (text_of(&visit.me, "roles")) }),
                ("Second factor", html! { (if has_factor(&visit) { "asked for at each login" } else { "none" }) }),
            ]))
            p.actions {
                a.button href=(PASSWORD) { "Change the password" }
                @if has_factor(&visit) {
                    a.button href={ (FACTOR) "/remove" } { "Remove the second factor" }
                } @else {
                    a.button href=(FACTOR) { "Set up a second factor" }
                }
            }
            h2 { "Where you are logged in" }
            (logins(&sessions))
            h2 { "What your roles allow" }
            (allowed(&visit, &permissions))
        })
    };
    let found = found.await;
    shown(visit, "You", found)
}

fn logins(page: &Value) -> Markup {
    html! {
        table tabindex="0" {
            thead { tr { th { "Since" } th { "Last used" } th { "From" } th {} } }
            tbody {
                @for session in list(page, "sessions") {
                    tr {
                        td { (instant(text(session, "created_at"))) }
                        td { (instant(text(session, "seen_at"))) }
                        td { (text(session, "address")) }
                        td {
                            @if session["current"] == true { (badge("this one")) }
                            @else { a href={ (ME) "/sessions/" (part(text(session, "id"))) "/end" } { "End it" } }
                        }
                    }
                }
            }
        }
        p.hint { "A new password ends all others." }
    }
}

/// By area, as the page of a role has them.
fn allowed(visit: &Visit, page: &Value) -> Markup {
    let mine: Vec<&Value> =
        list(page, "permissions").iter().filter(|it| visit.may(text(it, "code"))).collect();
    let areas = mine.chunk_by(|one, next| one["area"] == next["area"]);
    html! {
        @if mine.is_empty() { p.empty { "Nothing. Ask whoever manages user roles for one." } }
        dl.facts {
            @for area in areas {
                div {
                    dt { (area.first().map_or("", |it| text(it, "area"))) }
                    @for it in area { dd title=(text(it, "description")) { (text(it, "name")) } }
                }
            }
        }
    }
}

fn password() -> Input {
    Input::new("password", "Your password", Kind::Secret)
        .hint("So that nobody does this at a screen you left open.")
        .required()
}

async fn enrol(visit: Visit, sent: Sent) -> Shown {
    let form = Form {
        lead: html! {
            p { "A second factor is an app on your phone that shows six digits. With it a password alone opens nothing." }
        },
        button: "Begin".to_owned(),
        beside: &[("password_wrong", "password")],
        then: Then::Tell(enrolled),
        ..Form::new(
            "Set up a second factor",
            FACTOR.to_owned(),
            API.to_owned(),
            vec![password()],
            ME,
        )
    };
    page(visit, sent, Ok((form, Fields::default()))).await
}

fn enrolled(answer: &Value) -> Markup {
    html! {
        p { "Add an account to your app: let it read this picture." }
        (qr::picture(text(answer, "otpauth_uri"), "QR code with the secret, for an authenticator app"))
        p { "Or by hand, with this secret: time-based, six digits, 30 seconds." }
        (secret("Secret", text(answer, "secret")))
        p.hint { "Apps that take an address take this one:" }
        code.secret { (text(answer, "otpauth_uri")) }
        h2 { "Recovery codes" }
        p { "For when the phone is lost. Each is taken once. Print them, or keep them where you keep passwords." }
        code.secret { @for code in list(answer, "recovery_codes") { (code.as_str().unwrap_or("")) br; } }
        p.actions { a.button.primary href={ (FACTOR) "/confirm" } { "Confirm it with a code" } }
        p.hint { "Until you confirm it, logins do not ask for it." }
    }
}

async fn confirm(visit: Visit, sent: Sent) -> Shown {
    let code =
        Input::new("code", "Code", Kind::Line).hint("Six digits, as the app shows them now.");
    let form = Form {
        lead: html! { p { "From then on every login asks for a code. Your other sessions end." } },
        button: "Confirm".to_owned(),
        beside: &[("code_wrong", "code")],
        ..Form::new(
            "Confirm the second factor",
            format!("{FACTOR}/confirm"),
            format!("{API}/confirm"),
            vec![code.required()],
            "/console/me?said=done",
        )
    };
    page(visit, sent, Ok((form, Fields::default()))).await
}

async fn remove(visit: Visit, sent: Sent) -> Shown {
    let form = Form {
        leave: Some(ME.to_owned()),
        lead: html! { p { "Logins ask for the password alone then. The recovery codes are worth nothing any more." } },
        button: "Remove it".to_owned(),
        beside: &[("password_wrong", "password")],
        ..Form::new(
            "Remove the second factor",
            format!("{FACTOR}/remove"),
            format!("{API}/remove"),
            vec![password()],
            "/console/me?said=done",
        )
    };
    page(visit, sent, Ok((form, Fields::default()))).await
}

async fn end_session(visit: Visit, Path(id): Path<String>, sent: Sent) -> Shown {
    let form = Form::confirmation(
        "End a session".to_owned(),
        format!("{ME}/sessions/{}/end", part(&id)),
        format!("/api/v1/sessions/{}/end", part(&id)),
        "End it",
        ME,
        html! { p { "Whoever uses it is logged out at once. If it was not you, change your password as well." } },
    );
    let form = Form { then: Then::Go(format!("{ME}?said=done")), ..form };
    page(visit, sent, Ok((form, Fields::default()))).await
}
