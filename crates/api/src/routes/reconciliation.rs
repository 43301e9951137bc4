//! What gateways tell: webhooks, and reconciliation with a listing or a settlement file.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::gateways::gateway_of;
use super::responses::{DeskErrors, ReadErrors};
use crate::auth::Caller;
use crate::body::{ReconcileWindow, parse};
use crate::context::{Name, Query};
use crate::desk::{Reconcile, Reconciled, Taken};
use crate::problem::{ApiError, Problem};
use crate::{App, FILE_BODY_MAX, WEBHOOK_BODY_MAX};

pub(super) fn router() -> OpenApiRouter<App> {
    let webhooks = OpenApiRouter::new()
        .routes(routes!(receive_webhook))
        .layer(DefaultBodyLimit::max(WEBHOOK_BODY_MAX));
    let files = OpenApiRouter::new()
        .routes(routes!(reconcile_gateway))
        .layer(DefaultBodyLimit::max(FILE_BODY_MAX));
    webhooks.merge(files)
}

/// Who cannot prove itself by a key names a gateway all the same.
struct GatewayInPath(String);

impl FromRequestParts<App> for GatewayInPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, app).await;
        let path =
            path.map_err(|error| ApiError::bad_request("path_invalid", error.body_text()))?;
        Ok(Self(path.0))
    }
}

/// A body as it came.
struct Raw(Vec<u8>);

impl FromRequest<App> for Raw {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let bytes = Bytes::from_request(request, app).await.map_err(|error| {
            let large = error.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let code = if large { "body_too_large" } else { "body_unreadable" };
            ApiError::new(error.status(), code, error.body_text())
        })?;
        Ok(Self(bytes.to_vec()))
    }
}

/// Take a notice of a gateway. Its signature proves who sent it, so no API key is needed; what cannot be
/// verified changes nothing. Anything but 200 asks the gateway to send it again.
#[utoipa::path(post, path = "/webhooks/{gateway}", tag = "system", security(()),
    params(("gateway" = String, Path, description = "Name of the gateway", example = "cards")),
    request_body(content = String, content_type = "application/octet-stream", description = "As the gateway sends it"),
    responses(
        (status = 200, description = "What became of it", body = Taken),
        (status = 400, description = "`webhook_malformed`", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "`webhook_unverified`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`credentials_missing`", body = Problem, content_type = "application/problem+json"),
        (status = 502, description = "`gateway_failed`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`gateways_unavailable`, or the books cannot be written now", body = Problem, content_type = "application/problem+json")))]
async fn receive_webhook(
    State(app): State<App>,
    GatewayInPath(name): GatewayInPath,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Taken>, ApiError> {
    let (gateway, _) = gateway_of(&app, name).await?;
    let headers = headers.iter().map(|(name, value)| {
        // Names are in lower case by construction.
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let desk = app.desk()?;
    Ok(Json(desk.notice(gateway, headers.collect(), body).await?))
}

/// Query of a settlement file.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReconcileQuery {
    /// For a settlement file: true to also take over what it says.
    #[param(example = false)]
    apply: Option<bool>,
    /// For a settlement file that has all of a span of time: from this instant. Then what the books have and the file has not is
    /// listed, too.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-22T00:00:00Z")]
    from: Option<jiff::Timestamp>,
    /// Up to this instant, which does not belong to it.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T00:00:00Z")]
    to: Option<jiff::Timestamp>,
}

/// Hold what a gateway did against the books: its own listing of a span of time, or a settlement file.
/// Doing it again has no further effect, so no idempotency key is needed.
#[utoipa::path(post, path = "/api/v1/gateways/{gateway}/reconcile", tag = "administration",
    params(("gateway" = String, Path, description = "Name of the gateway", example = "cards"), ReconcileQuery),
    request_body(content((ReconcileWindow = "application/json"), (String = "text/csv"))),
    responses(
        (status = 200, description = "What agrees, what was taken over, and what differs", body = Reconciled),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`content_type_not_json`", body = Problem, content_type = "application/problem+json"),
        DeskErrors, ReadErrors))]
async fn reconcile_gateway(
    State(app): State<App>,
    caller: Caller,
    Name(name): Name,
    Query(query): Query<ReconcileQuery>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Reconciled>, ApiError> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let (what, apply) = match media.as_str() {
        "text/csv" => {
            let span = query.span()?;
            (Reconcile::File { bytes: body, span }, query.apply.unwrap_or(false))
        }
        "application/json" => window(&body, &query)?,
        _ => {
            let detail =
                "send a span of time as application/json, or a settlement file as text/csv";
            let code = "content_type_not_json";
            return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail));
        }
    };
    let (gateway, _) = gateway_of(&app, name).await?;
    let desk = app.desk()?;
    Ok(Json(desk.reconcile(gateway, what, apply, Arc::clone(caller.actor.name())).await?))
}

impl ReconcileQuery {
    fn span(&self) -> Result<Option<(jiff::Timestamp, jiff::Timestamp)>, ApiError> {
        match (self.from, self.to) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) if from < to => Ok(Some((from, to))),
            _ => {
                let detail = "give both from and to, from before to, or neither";
                Err(ApiError::bad_request("query_invalid", detail))
            }
        }
    }
}

fn window(body: &[u8], query: &ReconcileQuery) -> Result<(Reconcile, bool), ApiError> {
    let given: ReconcileWindow = parse(body)?;
    let twice = query.from.is_some() || query.to.is_some();
    if twice || query.apply.is_some_and(|apply| apply != given.apply) {
        let detail = "all of it stands in the body already; leave it out of the query";
        return Err(ApiError::bad_request("query_invalid", detail));
    }
    if given.from >= given.to {
        let detail = "from: this has to be before the end of the span (to)";
        return Err(ApiError::bad_request("body_invalid", detail).with("field", "from"));
    }
    Ok((Reconcile::Window { from: given.from, to: given.to }, given.apply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_runs_forward_and_says_once_whether_it_applies() {
        let body = |from: &str, to: &str| {
            format!("{{\"from\": \"{from}\", \"to\": \"{to}\", \"apply\": true}}")
        };
        let (early, late) = ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
        let query = |apply| ReconcileQuery { apply, from: None, to: None };
        let (what, apply) = window(body(early, late).as_bytes(), &query(None)).unwrap();
        assert!(apply && matches!(what, Reconcile::Window { from, to } if from < to));
        for (from, to) in [(late, early), (early, early)] {
            let error = window(body(from, to).as_bytes(), &query(None)).unwrap_err();
            assert_eq!(error.code(), "body_invalid");
        }
        let error = window(body(early, late).as_bytes(), &query(Some(false))).unwrap_err();
        assert_eq!(error.code(), "query_invalid");
    }
}
