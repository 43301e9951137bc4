//! What a handler learns from a request before its body.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use engine::{Failure, IdempotencyKey, Outcome, Request};
use jiff::civil::Date;
use receivables::Command;
use receivables::text::OnBehalfOf;
use serde::Deserialize;

use crate::auth::Caller;
use crate::middleware::RequestId;
use crate::people;
use crate::problem::ApiError;
use crate::views::render_effect;
use crate::{App, PAGE_MAX};

/// Whoever calls, with what every command needs to know of the request.
pub(crate) struct Asked {
    pub(crate) caller: Caller,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) dry_run: bool,
    pub(crate) request_id: Arc<str>,
    pub(crate) origin: Origin,
}

/// From where a request came, and for whom.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    address: Option<IpAddr>,
    on_behalf_of: Option<OnBehalfOf>,
}

/// Whom a program acts for. It is recorded, and never a reason to allow anything.
const ON_BEHALF_OF: &str = "quittance-on-behalf-of";

impl Origin {
    fn of(parts: &Parts) -> Result<Self, ApiError> {
        let caller = parts.extensions.get::<people::Origin>();
        let address = caller.and_then(people::Origin::ip).map(|address| address.to_canonical());
        let on_behalf_of = match parts.headers.get(ON_BEHALF_OF) {
            Some(value) => {
                let text = std::str::from_utf8(value.as_bytes()).unwrap_or("\0");
                let refused = |error| {
                    let detail = format!(
                        "Quittance-On-Behalf-Of: {error}; give a name of up to 100 characters"
                    );
                    ApiError::bad_request("on_behalf_of_invalid", detail)
                };
                Some(OnBehalfOf::try_new(text).map_err(refused)?)
            }
            None => None,
        };
        Ok(Self { address, on_behalf_of })
    }
}

/// The caller that was let in.
pub(crate) fn caller(parts: &Parts) -> Result<Caller, ApiError> {
    let caller = parts.extensions.get::<Caller>().cloned();
    caller.ok_or_else(|| ApiError::internal("an operation that is open asks who calls"))
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        caller(parts)
    }
}

impl FromRequestParts<App> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let caller = caller(parts)?;
        let dry_run = dry_run(parts.uri.query().unwrap_or(""))?;
        let key = idempotency_key(&parts.headers)?;
        let id = parts.extensions.get::<RequestId>();
        let request_id = id.map_or_else(|| Arc::from(""), |id| Arc::clone(&id.0));
        let origin = Origin::of(parts)?;
        Ok(Self { caller, key, dry_run, request_id, origin })
    }
}

fn dry_run(query: &str) -> Result<bool, ApiError> {
    let mut dry_run = false;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        dry_run = match pair {
            "dry_run=true" => true,
            "dry_run=false" => false,
            _ => {
                let detail = "the only query parameter here is dry_run, and it is true or false";
                return Err(ApiError::bad_request("query_invalid", detail));
            }
        };
    }
    Ok(dry_run)
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let text = value.to_str().unwrap_or("");
    let key = IdempotencyKey::try_new(text)
        .map_err(|error| ApiError::bad_request("idempotency_key_invalid", error.to_string()))?;
    Ok(Some(key))
}

impl Asked {
    /// The caller's idempotency key; a command needs one unless it is a preview.
    pub(crate) fn key(&self) -> Result<Option<IdempotencyKey>, ApiError> {
        if self.dry_run {
            return Ok(None);
        }
        let missing = || {
            ApiError::bad_request(
                "idempotency_key_missing",
                "send the header Idempotency-Key with a text of your own, new for each command; \
                 repeat it when you repeat the request",
            )
        };
        self.key.map(Some).ok_or_else(missing)
    }

    /// The same caller asking under another key.
    pub(crate) fn under(&self, key: Option<IdempotencyKey>) -> Self {
        let (caller, request_id) = (self.caller.clone(), Arc::clone(&self.request_id));
        let origin = self.origin.clone();
        Self { caller, key, dry_run: self.dry_run, request_id, origin }
    }

    /// Refuses a preview of what has none.
    pub(crate) fn for_real(&self) -> Result<(), ApiError> {
        if self.dry_run {
            let detail = "this has no preview, and nothing was done; leave dry_run out";
            return Err(ApiError::bad_request("query_invalid", detail));
        }
        Ok(())
    }

    /// The request for `command`: a preview, or a write with the caller's idempotency key. The engine
    /// checks the permissions again; here the refusal can say who could help.
    pub(crate) fn request(&self, app: &App, command: Command) -> Result<Request, ApiError> {
        let actor = self.caller.actor.clone();
        match actor.check(&command) {
            Err(Failure::PermissionMissing { missing, .. }) if !missing.is_empty() => {
                return Err(app.keys.forbidden(&self.caller, missing, false));
            }
            other => other?,
        }
        let request = match self.key()? {
            Some(key) => Request::new(command, key, actor, "api"),
            None => Request::preview(command, actor, "api"),
        };
        let Origin { address, on_behalf_of } = self.origin.clone();
        Ok(request.request_id(Arc::clone(&self.request_id)).from(address, on_behalf_of))
    }

    /// Executes a command and renders its effect.
    pub(crate) async fn execute(&self, app: &App, command: Command) -> Result<Response, ApiError> {
        let request = self.request(app, command)?.look_ahead();
        Ok(answer(&app.engine.execute(request).await?))
    }
}

/// Renders what a command did.
pub(crate) fn answer(outcome: &Outcome) -> Response {
    let status = if outcome.dry_run { StatusCode::OK } else { StatusCode::CREATED };
    let mut response = (status, axum::Json(render_effect(outcome))).into_response();
    if outcome.replayed {
        let yes = axum::http::HeaderValue::from_static("true");
        response.headers_mut().insert("idempotent-replayed", yes);
    }
    response
}

/// Query of a list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// Where the page before ended: its `next_cursor`.
    #[param(example = "I00000041")]
    pub(crate) cursor: Option<String>,
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    pub(crate) limit: Option<usize>,
}

/// The number of rows asked for, 50 if none is.
pub(crate) fn rows(limit: Option<usize>) -> Result<usize, ApiError> {
    match limit.unwrap_or(50) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        _ => {
            let detail = format!("limit must be between 1 and {PAGE_MAX}");
            Err(ApiError::bad_request("limit_invalid", detail))
        }
    }
}

impl PageQuery {
    /// The position to continue before, and the number of rows.
    pub(crate) fn resolve(&self) -> Result<(Option<u64>, usize), ApiError> {
        let limit = rows(self.limit)?;
        let cursor = match &self.cursor {
            Some(text) => {
                let number = text.strip_prefix('I').and_then(|digits| digits.parse().ok());
                Some(number.filter(|number| (1..1 << 56).contains(number)).ok_or_else(|| {
                    let detail = "take the cursor from next_cursor of the page before";
                    ApiError::bad_request("cursor_invalid", detail)
                })?)
            }
            None => None,
        };
        Ok((cursor, limit))
    }
}

/// The cursor of the page after one with these `numbers`, newest first; none if the page is not full
/// or ends with the first number there is.
pub(crate) fn next_cursor(numbers: impl Iterator<Item = u64>, limit: usize) -> Option<String> {
    let (mut last, mut count) = (0, 0);
    for number in numbers {
        (last, count) = (number, count + 1);
    }
    (count == limit && last > 1).then(|| cursor(last))
}

/// The cursor that continues before `number`.
pub(crate) fn cursor(number: u64) -> String {
    format!("I{number:08}")
}

/// Query of a balance.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AsOfQuery {
    /// The date the figures shall hold for, at its end; now if left out.
    #[serde(default, deserialize_with = "crate::body::day")]
    #[param(value_type = Option<String>, format = Date, example = "2026-11-23")]
    pub(crate) as_of: Option<Date>,
}

/// At most so many days are asked for at once.
const DAYS_MAX: usize = 62;

/// Query of figures over time.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DaysQuery {
    /// The days the figures shall hold for, at their end: up to 62 with commas between them; today if left out.
    #[param(min_length = 10, max_length = 700, example = "2026-10-31,2026-11-23")]
    as_of: Option<String>,
}

impl DaysQuery {
    /// The days; none if today is meant.
    pub(crate) fn days(&self) -> Result<Vec<Date>, ApiError> {
        let Some(as_of) = &self.as_of else { return Ok(Vec::new()) };
        let invalid = |detail: String| ApiError::bad_request("query_invalid", detail);
        let days = as_of.split(',').map(crate::body::plain_day).collect::<Option<Vec<_>>>();
        let days = days.ok_or_else(|| {
            invalid("as_of: write dates like 2026-11-23, with commas between them".to_owned())
        })?;
        if days.len() > DAYS_MAX {
            return Err(invalid(format!("as_of: at most {DAYS_MAX} days, not {}", days.len())));
        }
        Ok(days)
    }
}

/// Query of an explanation.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExplainQuery {
    /// The date the figures shall hold for, at its end; now if left out.
    #[serde(default, deserialize_with = "crate::body::day")]
    #[param(value_type = Option<String>, format = Date, example = "2026-11-23")]
    pub(crate) as_of: Option<Date>,
    /// At most this many documents, 1 to 1000; older ones are summed in `carried_forward`.
    #[param(minimum = 1, maximum = 1000, example = 200)]
    pub(crate) limit: Option<usize>,
}

impl ExplainQuery {
    /// The number of lines.
    pub(crate) fn lines(&self) -> Result<usize, ApiError> {
        match self.limit.unwrap_or(200) {
            limit @ 1..=1000 => Ok(limit),
            _ => Err(ApiError::bad_request("limit_invalid", "limit must be between 1 and 1000")),
        }
    }
}

/// Query of a statement.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PeriodQuery {
    /// First day; the first of the current month if left out.
    #[serde(default, deserialize_with = "crate::body::day")]
    #[param(value_type = Option<String>, format = Date, example = "2026-11-01")]
    pub(crate) from: Option<Date>,
    /// Last day; today if left out.
    #[serde(default, deserialize_with = "crate::body::day")]
    #[param(value_type = Option<String>, format = Date, example = "2026-11-30")]
    pub(crate) to: Option<Date>,
}

/// A query string with our own error document.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: serde::de::DeserializeOwned> FromRequestParts<App> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map_err(|error| ApiError::bad_request("query_invalid", error.body_text()))?;
        Ok(Self(query.0))
    }
}

/// Path segments as text.
pub(crate) struct Name(pub(crate) String);

impl FromRequestParts<App> for Name {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, app).await;
        let path =
            path.map_err(|error| ApiError::bad_request("path_invalid", error.body_text()))?;
        Ok(Self(path.0))
    }
}
