//! Administration: people, roles, rules and reference data.

use axum::Router;

use crate::api::Api;

pub(super) fn router() -> Router<Api> {
    Router::new()
}
