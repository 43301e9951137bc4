//! Errors as RFC 9457 problem documents: a stable code, the numbers involved, what to do next.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::{Failure, ReadError};
use receivables::Rejection;
use receivables::permission::Permission;
use receivables::rejection::Class;
use reports::ReportError;
use serde::Serialize;
use serde_json::{Map, Value};

/// A problem document (RFC 9457). Beside the members below it carries the numbers of the rule that
/// was broken, such as `asked` and `available`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Problem {
    /// A URI for the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:quittance:problem:amount_exceeds_credit_balance")]
    pub(crate) kind: String,
    /// The kind of problem in a few words.
    #[schema(example = "Conflict")]
    pub(crate) title: &'static str,
    /// The HTTP status.
    #[schema(example = 409)]
    pub(crate) status: u16,
    /// The stable code to program against.
    #[schema(example = "amount_exceeds_credit_balance")]
    pub(crate) code: String,
    /// What happened and what to do next.
    #[schema(
        example = "60.00 USD is more than the credit balance of account A00000001, of which 40.00 USD is available"
    )]
    pub(crate) detail: String,
    /// The numbers involved.
    #[serde(flatten)]
    #[schema(additional_properties = true)]
    pub(crate) numbers: Map<String, Value>,
}

/// Whatever goes wrong in a handler.
#[derive(Clone, Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: String,
    detail: String,
    numbers: Map<String, Value>,
    /// Said in the log, never to the client.
    internal: Option<String>,
}

impl ApiError {
    /// A refusal by the door itself.
    pub(crate) fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            detail: detail.into(),
            numbers: Map::new(),
            internal: None,
        }
    }

    /// The request is malformed.
    pub(crate) fn bad_request(code: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// Our fault; the client learns nothing of the cause.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        let detail = "something went wrong on our side; the log has the details";
        let mut error = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail);
        error.internal = Some(cause.into());
        error
    }

    /// Asked too often; `seconds` until asking again helps.
    pub(crate) fn too_many_requests(code: &str, detail: &str, seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail).with("retry_after", seconds)
    }

    /// The HTTP status.
    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// What went wrong, for the log.
    pub(crate) fn cause(&self) -> &str {
        self.internal.as_deref().unwrap_or(&self.detail)
    }

    /// Adds a number to the problem.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.numbers.insert(name.to_owned(), value.into());
        self
    }

    /// The document to answer with.
    pub(crate) fn problem(&self) -> Problem {
        Problem {
            kind: format!("urn:quittance:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            code: self.code.clone(),
            detail: self.detail.clone(),
            numbers: self.numbers.clone(),
        }
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        let status = match rejection.class() {
            Class::NotFound => StatusCode::NOT_FOUND,
            Class::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Class::Conflict => StatusCode::CONFLICT,
        };
        let detail = rejection.to_string();
        let mut numbers = match serde_json::to_value(&rejection) {
            Ok(Value::Object(numbers)) => numbers,
            _ => Map::new(),
        };
        let code = match numbers.remove("code") {
            Some(Value::String(code)) => code,
            _ => "rejected".to_owned(),
        };
        // Members of the problem document itself must not be overwritten.
        if let Some(status) = numbers.remove("status") {
            numbers.insert("current_status".to_owned(), status);
        }
        Self { status, code, detail, numbers, internal: None }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let detail = failure.to_string();
        match failure {
            Failure::Rejected(rejection) => rejection.into(),
            Failure::KeyReused { entry } => {
                Self::new(StatusCode::CONFLICT, "idempotency_key_reused", detail)
                    .with("entry", entry)
            }
            Failure::PermissionMissing { missing, .. } => {
                let codes: Vec<_> = missing.iter().map(Permission::code).collect();
                Self::new(StatusCode::FORBIDDEN, "permission_missing", detail)
                    .with("permissions", codes)
            }
            Failure::TooMany { max } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many", detail).with("max", max)
            }
            Failure::Unavailable(unavailable) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, unavailable.code, detail)
            }
            Failure::Broken(cause) => Self::internal(cause),
        }
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<ReportError> for ApiError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::NotFound { document } => Rejection::not_found(document).into(),
            ReportError::Output(sentence) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "report_too_large", sentence)
            }
            ReportError::Read(_) | ReportError::Money(_) => Self::internal(error.to_string()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.internal {
            tracing::error!(cause, "internal error");
        }
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            StatusCode::TOO_MANY_REQUESTS => {
                let seconds = self.numbers.get("retry_after").and_then(Value::as_u64).unwrap_or(1);
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}
