//! Finance: the journal, the trial balance, reconciliation, the record and events.

use axum::Router;

use crate::api::Api;

pub(super) fn router() -> Router<Api> {
    Router::new()
}
