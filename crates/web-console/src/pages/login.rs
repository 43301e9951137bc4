//! Logging in and out, and a first password of one's own.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::json;

use crate::api::{Api, Caller, Change, Problem};
use crate::form::Fields;
use crate::input::{Input, Kind, wrong_with_form};
use crate::layout;
use crate::pages::first_user::FIRST_USER;
use crate::visit::{LOGIN, PASSWORD, Visit, own_page, redirect};

/// The form.
pub(crate) async fn show(Query(query): Query<Vec<(String, String)>>) -> Response {
    let next = query.iter().find(|(name, _)| name == "next").map_or("", |(_, next)| next.as_str());
    let fields = Fields::default().with("next", own_page(next));
    let ended = query.iter().any(|(name, _)| name == "ended");
    let content = html! {
        @if ended {
            p.note role="status" { "Your session has ended, so nothing was done. Log in, and fill in the form again." }
        }
        (form(&fields, None))
    };
    layout::bare("Log in", false, &content).into_response()
}

fn form(fields: &Fields, problem: Option<&Problem>) -> Markup {
    let code = Input::new("code", "Code of your second factor", Kind::Line)
        .hint("Six digits, or a recovery code.")
        .required();
    let asks_code = problem.is_some_and(|it| it.code == "second_factor_required")
        || fields.given("code").is_some();
    html! {
        (wrong_with_form(problem, &[]))
        form method="post" action=(LOGIN) {
            input type="hidden" name="next" value=(fields.get("next"));
            div.field {
                label for="user" { "User" }
                input #user name="user" type="text" value=(fields.get("user")) required autocomplete="username"
                    autocapitalize="none" spellcheck="false";
            }
            div.field {
                label for="password" { "Password" }
                input #password name="password" type="password" required autocomplete="current-password";
            }
            @if asks_code {
                (code.show(fields, problem))
            }
            button.primary type="submit" { "Log in" }
        }
        p.hint {
            "New books? " a href=(FIRST_USER) { "Make the first user" } ", with the API key that the server printed when it was first started."
        }
    }
}

/// Logs in, and goes to the page that was asked for.
pub(crate) async fn log_in(State(api): State<Api>, parts: Parts, fields: Fields) -> Response {
    match session(&api, &parts, &fields, own_page(fields.get("next"))).await {
        Ok(response) => response,
        Err(problem) => {
            (problem.status(), layout::bare("Log in", true, &form(&fields, Some(&problem))))
                .into_response()
        }
    }
}

/// Begins a session of `user` with `password`, and leads to a page.
pub(super) async fn session(
    api: &Api,
    parts: &Parts,
    fields: &Fields,
    to: &str,
) -> Result<Response, Problem> {
    let mut body = fields.body(&["user", "code"]);
    body["password"] = json!(fields.exactly("password"));
    let (method, path) = (Method::POST, "/api/v1/login".to_owned());
    let change = Change { method, path, body, csrf: "", key: None };
    let answer = api.change(&Caller::of(parts), change).await?;
    let must_change = answer.body.get("must_change_password") == Some(&json!(true));
    let mut response = redirect(if must_change { PASSWORD } else { to });
    for cookie in answer.headers.get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// Logs out.
pub(crate) async fn log_out(visit: Visit, fields: Fields) -> Response {
    match visit.tell("/api/v1/logout", json!({}), &fields).await {
        Ok(told) => {
            let mut response = redirect(LOGIN);
            response.headers_mut().extend(told.headers().clone());
            response
        }
        Err(problem) => visit.sorry(&problem),
    }
}

/// The form for a password of one's own.
pub(crate) async fn ask_password(visit: Visit) -> Response {
    layout::page(&visit, "Your password", &password_form(&visit, None)).into_response()
}

fn password_form(visit: &Visit, problem: Option<&Problem>) -> Markup {
    let session = visit.me.get("session");
    let first = session.and_then(|it| it.get("must_change_password")) == Some(&json!(true));
    html! {
        @if first {
            p { "Somebody else gave you this password. Choose one of your own before you go on." }
        }
        (wrong_with_form(problem, &[]))
        form.narrow method="post" action=(PASSWORD) {
            (visit.guard(""))
            input type="hidden" name="username" value=(visit.name()) autocomplete="username";
            div.field {
                label for="current" { "Password so far" }
                input #current name="current" type="password" required autocomplete="current-password";
            }
            div.field {
                label for="new" { "New password" }
                input #new name="new" type="password" required minlength="12" maxlength="128"
                    autocomplete="new-password" aria-describedby="new-hint";
                p.hint #new-hint { "12 characters or more; a few words are easy to keep in mind." }
            }
            button.primary type="submit" { "Change the password" }
        }
    }
}

/// Changes it. All other sessions of the user end.
pub(crate) async fn change_password(visit: Visit, fields: Fields) -> Response {
    let body = json!({"current": fields.exactly("current"), "new": fields.exactly("new")});
    match visit.tell("/api/v1/password", body, &fields).await {
        Ok(_) => redirect("/console"),
        Err(problem) => {
            let form = password_form(&visit, Some(&problem));
            (problem.status(), layout::page(&visit, "Your password", &form)).into_response()
        }
    }
}
