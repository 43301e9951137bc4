//! What waits for people: approvals, refunds to be paid by hand, refunds nobody knows the end of, payment runs.

mod approvals;

use axum::Router;
use axum::routing::get;

use crate::api::Api;

pub(super) fn router() -> Router<Api> {
    Router::new().route("/console/approvals", get(approvals::show))
}
