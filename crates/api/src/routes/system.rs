//! Health and metrics; no API key needed, nothing of the books is shown.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use engine::Reader;
use receivables::Kind;
use receivables::order::Waiting;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::metrics::Levels;
use crate::problem::{ApiError, Problem};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// So far orders are counted for the metrics, those that are due by gateway.
const ORDERS_COUNTED: usize = 1_000;

/// Health.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// Version of the program.
    #[schema(example = "0.1.0")]
    version: &'static str,
}

const HEALTH: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// Is the process alive?
#[utoipa::path(get, path = "/healthz", tag = "system", security(()),
    responses((status = 200, description = "Yes", body = Health)))]
async fn healthz() -> Json<Health> {
    Json(HEALTH)
}

/// Can the server take commands? Reads are served even if not.
#[utoipa::path(get, path = "/readyz", tag = "system", security(()),
    responses((status = 200, description = "Yes", body = Health),
        (status = 503, description = "`storage_read_only`: only reads are served; `stopping`: send nothing more", body = Problem, content_type = "application/problem+json")))]
async fn readyz(State(app): State<App>) -> Result<Json<Health>, ApiError> {
    if app.is_stopping() {
        let detail =
            "the server is stopping; send what follows to another, or here once it is back";
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "stopping", detail));
    }
    if !app.read_only && app.read(|reader| Ok(reader.writable())).await? {
        return Ok(Json(HEALTH));
    }
    let detail = "the database cannot be written; reads are served";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "storage_read_only", detail))
}

/// Metrics in the OpenMetrics text format, as Prometheus reads it.
#[utoipa::path(get, path = "/metrics", tag = "system", security(()),
    responses((status = 200, description = "The metrics", body = String, content_type = "application/openmetrics-text")))]
async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, ApiError> {
    let now = app.engine.clock().now();
    let passwords = app.people.hasher.verified();
    let levels = move |reader: &dyn Reader| {
        let mut orders_due = 0;
        for gateway in reader.settings()?.gateways {
            orders_due += reader.due_orders(gateway.no, now, ORDERS_COUNTED)?.len();
        }
        Ok(Levels {
            // The newest there is, complete up to there or not: nobody has to wait for it.
            entries: reader.page(Kind::JournalEntry, None, 1)?.pop().unwrap_or(0),
            orders_due,
            orders_for_people: reader
                .orders_for_people(Waiting::ForAnswer, None, ORDERS_COUNTED)?
                .len(),
            passwords,
        })
    };
    let levels = app.read(levels).await?;
    let text = app.metrics.text(app.engine.stats(), levels);
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text))
}
