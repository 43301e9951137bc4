//! Around every request: its id, its log line, its metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::App;
use crate::problem::ApiError;

/// The id of a request, given by the caller or by us; stands in the log and in the history.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
static NEXT: AtomicU64 = AtomicU64::new(1);
/// Slower answers are logged as warnings.
const SLOW_MS: u64 = 1_000;
/// Bodies up to this size, in bytes, are taken in before anything is decided.
const SMALL_BODY: usize = 64 * 1024;

pub(crate) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(&request, &app);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let mut response = match taken_in(request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    let took = began.elapsed();
    let status = response.status().as_u16();
    app.metrics.answered(status, took);
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if status == 503 {
        tracing::warn!(request_id = %id, %method, path, status, duration_ms, "not available");
    } else if status >= 500 {
        tracing::error!(request_id = %id, %method, path, status, duration_ms, "request failed");
    } else if duration_ms >= SLOW_MS {
        tracing::warn!(request_id = %id, %method, path, status, duration_ms, "slow request");
    } else if status >= 400 {
        tracing::info!(request_id = %id, %method, path, status, duration_ms, "request refused");
    } else {
        tracing::debug!(request_id = %id, %method, path, status, duration_ms, "request");
    }
    response
}

/// Reads a small body to its end. Else a refusal that does not look at it would close the connection
/// under a client that is still sending, or about to use it again.
async fn taken_in(request: Request) -> Result<Request, ApiError> {
    let length = request.body().size_hint().exact().unwrap_or(u64::MAX);
    if length == 0 || length > SMALL_BODY as u64 {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, SMALL_BODY).await;
    let bytes =
        bytes.map_err(|error| ApiError::bad_request("body_unreadable", error.to_string()))?;
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// The caller's id if it is short and plain, else one of ours: start of the process and a count.
fn request_id(request: &Request, app: &App) -> Arc<str> {
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    match given {
        Some(id) if !id.is_empty() && id.len() <= 64 && id.bytes().all(plain) => Arc::from(id),
        _ => {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            Arc::from(format!("{}-{number:x}", app.keys.run_id()))
        }
    }
}
