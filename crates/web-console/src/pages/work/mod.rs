//! What waits for people: approvals, refunds to be paid by hand, refunds nobody knows the end of, payment runs.

mod answer;
mod approvals;
mod approve;
mod payment_run;
mod payment_runs;
mod to_be_paid;
mod unknown;

use axum::Router;
use axum::routing::get;

use crate::api::Api;
use crate::input::{Input, Kind};
use crate::pages::forms::form_at;
use crate::visit::Visit;

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/console/approvals", get(approvals::show).post(approve::send))
        .route("/console/to-be-paid", get(to_be_paid::show).post(to_be_paid::act))
        .route("/console/unknown", get(unknown::show))
        .route("/console/unknown/{document}/{answer}", form_at(answer::show))
        .route("/console/payment-runs", get(payment_runs::ask).post(payment_runs::send))
}

/// What lists of what waits can be narrowed to.
fn narrowing() -> Vec<Input> {
    vec![
        Input::new("account", "Account", Kind::Line).hint("Number or id."),
        Input::new("currency", "Currency", Kind::Line).hint("Such as USD."),
    ]
}

/// The same, as the API is asked for it after a path.
fn narrowed(visit: &Visit) -> String {
    visit.narrowed(&["account"])
}

/// What stands there if nothing is found: what was asked for may be the reason.
fn empty<'a>(visit: &Visit, nothing: &'a str) -> &'a str {
    let asked =
        ["account", "currency", "mine"].iter().any(|name| visit.query.given(name).is_some());
    if asked {
        "Nothing that waits is like this. Take a filter away to see the others."
    } else {
        nothing
    }
}
