//! The first user of new books: whoever holds the API key that the server printed when it was first started. The server
//! gives itself to nobody else who happens to come first.

use axum::extract::State;
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::json;

use super::login::session;
use crate::api::{Api, Caller, Change, Problem};
use crate::form::Fields;
use crate::input::{Input, Kind, wrong_with_form};
use crate::layout;
use crate::visit::LOGIN;

/// Where it is.
pub(super) const FIRST_USER: &str = "/console/first-user";
const TITLE: &str = "The first user";
/// What new books need before the first refund.
const NEXT: &str = "/console/setup";

fn inputs() -> [Input; 3] {
    [
        Input::new("api_key", "API key of the administrator", Kind::Secret)
            .hint("The server printed it when it was first started: qk_ and 64 letters and digits.")
            .required(),
        Input::new("user", "What you log in with", Kind::Line)
            .hint("Such as ada@example.com; it stands beside all that you do, for ever.")
            .required(),
        Input::new("password", "Password", Kind::Secret)
            .hint("12 characters or more; a few words are easy to keep in mind.")
            .required(),
    ]
}

pub(super) async fn ask() -> Response {
    layout::bare(TITLE, false, &form(&Fields::default(), None)).into_response()
}

fn form(fields: &Fields, problem: Option<&Problem>) -> Markup {
    let inputs = inputs();
    html! {
        p { "New books have no user yet. The first has every permission, and makes the others." }
        (wrong_with_form(problem, &inputs))
        form method="post" action=(FIRST_USER) data-once="" {
            @for input in &inputs { (input.show(fields, problem)) }
            button.primary type="submit" { "Make the user, and log in" }
        }
        p.hint { "There is one already? " a href=(LOGIN) { "Log in" } }
    }
}

/// Makes the user, and logs in.
pub(super) async fn make(State(api): State<Api>, parts: Parts, fields: Fields) -> Response {
    let made = async {
        create(&api, &parts, &fields).await.map_err(named)?;
        session(&api, &parts, &fields, NEXT).await
    };
    match made.await {
        Ok(response) => response,
        Err(problem) => {
            let content = form(&fields, Some(&problem));
            (problem.status(), layout::bare(TITLE, true, &content)).into_response()
        }
    }
}

async fn create(api: &Api, parts: &Parts, fields: &Fields) -> Result<(), Problem> {
    let caller = Caller::with_key(parts, fields.get("api_key")).ok_or_else(|| Problem {
        status: 401,
        code: "api_key_unknown".to_owned(),
        detail: "this is no API key; copy all of it".to_owned(),
        field: None,
    })?;
    let body = json!({"name": fields.get("user"), "password": fields.exactly("password"),
        "roles": ["Administrator"], "first": true});
    let (method, path) = (Method::POST, "/api/v1/users".to_owned());
    api.change(&caller, Change { method, path, body, csrf: "", key: None }).await?;
    Ok(())
}

/// What is refused, beside the field it is about.
fn named(mut problem: Problem) -> Problem {
    let field = match (problem.code.as_str(), problem.field.as_deref(), problem.status) {
        (_, Some("name"), _) | ("name_taken", ..) => Some("user"),
        ("password_refused", ..) => Some("password"),
        (_, _, 401 | 403) => Some("api_key"),
        _ => None,
    };
    problem.field = field.map(str::to_owned).or(problem.field);
    problem
}
