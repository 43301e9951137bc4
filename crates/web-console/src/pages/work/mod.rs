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
use serde_json::Value;

use crate::api::{Api, Problem};
use crate::input::{Input, Kind};
use crate::parts::text;
use crate::visit::Visit;

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/console/approvals", get(approvals::show).post(approve::send))
        .route("/console/to-be-paid", get(to_be_paid::show).post(to_be_paid::act))
        .route("/console/unknown", get(unknown::show))
        .route("/console/unknown/{document}/{answer}", get(answer::ask).post(answer::send))
        .route("/console/payment-runs", get(payment_runs::ask).post(payment_runs::send))
}

/// What lists of waiting refunds can be narrowed to. The API has no filter for them, so each page is looked through.
fn narrowing() -> Vec<Input> {
    vec![
        Input::new("account", "Account", Kind::Line),
        Input::new("currency", "Currency", Kind::Line)
            .hint("Such as USD. Looks through each page."),
    ]
}

/// Whether a row is one of those that were asked for.
fn wanted(visit: &Visit, row: &Value) -> bool {
    let fits = |name: &str| {
        let given = visit.query.given(name);
        given.is_none_or(|given| text(row, name).eq_ignore_ascii_case(given))
    };
    fits("account") && fits("currency")
}

/// Says at the door what the API would say of the first question, where a page has none to ask.
pub(in crate::pages) fn needs(
    visit: &Visit,
    permission: &str,
    called: &str,
) -> Result<(), Problem> {
    if visit.may(permission) {
        return Ok(());
    }
    let detail = format!("this page needs the permission {called}, which your roles do not grant");
    Err(Problem { status: 403, code: "permission_missing".to_owned(), detail, field: None })
}
