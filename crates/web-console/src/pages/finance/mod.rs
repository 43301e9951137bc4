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
use axum::extract::DefaultBodyLimit;
use axum::routing::get;

use crate::FILE_MAX;
use crate::api::{Api, Problem};
use crate::pages::filtered;
use crate::visit::Visit;
pub(super) use record::day;

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/console/journal", get(journal::show))
        .route("/console/journal/{entry}", get(entry::show))
        .route("/console/trial-balance", get(trial_balance::show))
        .route(
            "/console/reconciliation",
            // A file that is too large is read to its end, so that its browser hears that it is.
            get(reconciliation::ask)
                .post(reconciliation::send)
                .layer(DefaultBodyLimit::max(2 * FILE_MAX)),
        )
        .route("/console/audit", get(audit::show))
        .route("/console/audit/check", get(audit::check))
        .route("/console/events", get(events::show))
        .route("/console/events/{event}", get(event::show))
}

/// A filter that cannot be read.
pub(super) fn unreadable(field: &str, detail: &str) -> Problem {
    let (code, detail) = ("query_invalid".to_owned(), detail.to_owned());
    Problem { status: 400, code, detail, field: Some(field.to_owned()) }
}

/// What is wrong with a filter stands beside it, whatever the API calls it: each of its names with the page's own.
fn beside(visit: &Visit, mut problem: Problem, names: &[(&str, &str)]) -> Problem {
    // An account stands in the path of what is asked, which names no field.
    if problem.field.is_none() && problem.status == 404 && visit.query.given("account").is_some() {
        problem.field = Some("account".to_owned());
    }
    let named = names.iter().find(|(name, _)| problem.field.as_deref() == Some(name));
    problem.field = named.map(|it| it.1.to_owned()).or(problem.field);
    problem
}
