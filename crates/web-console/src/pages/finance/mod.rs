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
use axum::routing::get;

use crate::api::{Api, Problem};
use crate::pages::filtered;

pub(super) use trial_balance::ends_before;

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

/// A filter that cannot be read.
fn unreadable(field: &str, detail: &str) -> Problem {
    let (code, detail) = ("query_invalid".to_owned(), detail.to_owned());
    Problem { status: 400, code, detail, field: Some(field.to_owned()) }
}
