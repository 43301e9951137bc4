//! Finance: the journal, the trial balance, reconciliation, the record and events.

mod audit;
mod details;
mod entry;
mod event;
mod events;
mod journal;
mod reconciliation;
mod record;
mod trial_balance;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use maud::{Markup, html};

use crate::api::{Api, Problem};
use crate::input::{Input, wrong_with_form};
use crate::layout;
use crate::listing::{Listed, filters_with};
use crate::pages::{Shown, Sorry};
use crate::visit::Visit;

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/console/journal", get(journal::show))
        .route("/console/journal/{entry}", get(entry::show))
        .route("/console/trial-balance", get(trial_balance::show))
        .route("/console/reconciliation", get(reconciliation::ask).post(reconciliation::send))
        .route("/console/audit", get(audit::show))
        .route("/console/events", get(events::show))
        .route("/console/events/{event}", get(event::show))
}

/// A list under its filters. What is wrong with a filter stands beside it, and everything that was asked for stays.
fn filtered(
    visit: Visit,
    title: &str,
    inputs: &[Input],
    found: Result<Listed, Problem>,
    lead: &Markup,
) -> Shown {
    let given = inputs.iter().any(|input| visit.query.given(&input.name).is_some());
    let (status, problem, list) = match found {
        Ok(Listed::File(file)) => return Ok(file),
        Ok(Listed::Page(list)) => (axum::http::StatusCode::OK, None, list),
        Err(problem) if given && matches!(problem.status, 400 | 404 | 422) => {
            (problem.status(), Some(problem), html! {})
        }
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let content = html! {
        (lead)
        (wrong_with_form(problem.as_ref(), inputs))
        (filters_with(&visit, inputs, problem.as_ref()))
        (list)
    };
    Ok((status, layout::page(&visit, title, &content)).into_response())
}

/// A filter that cannot be read.
fn unreadable(field: &str, detail: &str) -> Problem {
    let (code, detail) = ("query_invalid".to_owned(), detail.to_owned());
    Problem { status: 400, code, detail, field: Some(field.to_owned()) }
}
