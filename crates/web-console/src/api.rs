//! The JSON door, asked in the same process with the session of whoever looks at a page.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use serde_json::Value;
use tower::ServiceExt;

use crate::kept::Kept;

/// The largest answer that is read, in bytes.
const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// What the API must know of the browser's own request: the session, where it came from, and which page sent it.
const HANDED_ON: [HeaderName; 9] = [
    header::COOKIE,
    header::HOST,
    header::ORIGIN,
    header::USER_AGENT,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-request-id"),
];

/// Asks.
#[derive(Clone)]
pub(crate) struct Api {
    service: Router,
    pub(crate) kept: Arc<Kept>,
}

/// On whose behalf it is asked.
#[derive(Clone)]
pub(crate) struct Caller {
    headers: HeaderMap,
    peer: Option<ConnectInfo<SocketAddr>>,
}

impl Caller {
    /// Whoever sent a request.
    pub(crate) fn of(parts: &Parts) -> Self {
        let mut headers = HeaderMap::new();
        for name in HANDED_ON {
            for value in parts.headers.get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        Self { headers, peer: parts.extensions.get().copied() }
    }

    /// Whoever holds an API key, from where a request came; none if no key can look like this.
    pub(crate) fn with_key(parts: &Parts, key: &str) -> Option<Self> {
        let mut caller = Self::of(parts);
        caller.headers.remove(header::COOKIE);
        let value = HeaderValue::from_str(&format!("Bearer {key}")).ok()?;
        caller.headers.insert(header::AUTHORIZATION, value);
        Some(caller)
    }
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// What was answered instead: a problem document.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The stable code.
    pub(crate) code: String,
    /// The sentence that says what to do.
    pub(crate) detail: String,
    /// The field of the request it is about.
    pub(crate) field: Option<String>,
}

/// Refusals that name what no form of the console shows, by code, as its forms call it.
const WORDED: [(&str, &str); 2] = [
    (
        "method_type_missing",
        "choose how an external refund is paid, such as by cheque or wire transfer",
    ),
    ("custom_field_missing", "a field that is required here is empty; fill it in"),
];

impl Problem {
    fn read(status: u16, body: &Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let code = text("code").unwrap_or_else(|| "unknown".to_owned());
        let worded =
            WORDED.iter().find(|(it, _)| *it == code).map(|(_, detail)| (*detail).to_owned());
        Self {
            status,
            code,
            detail: worded
                .or_else(|| text("detail"))
                .unwrap_or_else(|| format!("the server answered {status}")),
            field: text("field"),
        }
    }

    /// There is no page of this address.
    pub(crate) fn no_page() -> Self {
        let detail = "There is no such page.".to_owned();
        Self { status: 404, code: "not_found".to_owned(), detail, field: None }
    }

    /// What was sent cannot be handed on.
    fn unreadable(detail: &str) -> Self {
        let (code, detail) = ("form_invalid".to_owned(), detail.to_owned());
        Self { status: 400, code, detail, field: None }
    }

    /// The status a page that says so has.
    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_GATEWAY)
    }

    /// Something is wrong here, and nobody who asks can mend it.
    pub(crate) fn broken(detail: impl std::fmt::Display) -> Self {
        tracing::error!(%detail, "the console could not answer");
        let detail = "the server could not answer; try again".to_owned();
        Self { status: 500, code: "internal".to_owned(), detail, field: None }
    }
}

/// A change that is asked for.
pub(crate) struct Change<'a> {
    /// `POST`, `PATCH`, `PUT` or `DELETE`.
    pub(crate) method: Method,
    /// The path, with its query.
    pub(crate) path: String,
    /// The body.
    pub(crate) body: Value,
    /// The token of the session.
    pub(crate) csrf: &'a str,
    /// The key under which it is done once; none for a preview, and for what needs none.
    pub(crate) key: Option<&'a str>,
}

impl Api {
    pub(crate) fn new(service: Router) -> Self {
        Self { service, kept: Arc::default() }
    }

    /// Asks a question.
    pub(crate) async fn get(&self, caller: &Caller, path: &str) -> Result<Value, Problem> {
        Ok(self.send(caller, Method::GET, path, HeaderMap::new(), None).await?.body)
    }

    /// Asks for a change.
    pub(crate) async fn change(
        &self,
        caller: &Caller,
        change: Change<'_>,
    ) -> Result<Answer, Problem> {
        let Change { method, path, body, csrf, key } = change;
        let mut headers = HeaderMap::new();
        let said = [(HeaderName::from_static("x-csrf-token"), Some(csrf)), (KEY, key)];
        for (name, value) in said {
            let Some(value) = value else { continue };
            match HeaderValue::from_str(value) {
                Ok(value) => drop(headers.insert(name, value)),
                Err(_) => {
                    return Err(Problem::unreadable("the form is damaged; open its page anew"));
                }
            }
        }
        self.send(caller, method, &path, headers, Some(body)).await
    }

    async fn send(
        &self,
        caller: &Caller,
        method: Method,
        path: &str,
        headers: HeaderMap,
        body: Option<Value>,
    ) -> Result<Answer, Problem> {
        // Whatever is no text is JSON; a text is a settlement file.
        let (kind, content) = match body {
            None => ("application/json", Body::empty()),
            Some(Value::String(file)) => ("text/csv", Body::from(file)),
            Some(body) => ("application/json", Body::from(body.to_string())),
        };
        let uri: Uri = path
            .parse()
            .map_err(|_| Problem::unreadable("what is asked for is too long; write less"))?;
        let request = Request::builder().method(method).uri(uri).body(content);
        let mut request = request.map_err(Problem::broken)?;
        request.headers_mut().extend(caller.headers.clone());
        request.headers_mut().extend(headers);
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(peer) = caller.peer {
            request.extensions_mut().insert(peer);
        }
        let response = match self.service.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, ANSWER_MAX).await.map_err(Problem::broken)?;
        let body: Value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).map_err(Problem::broken)?
        };
        if parts.status.is_success() {
            return Ok(Answer { headers: parts.headers, body });
        }
        Err(Problem::read(parts.status.as_u16(), &body))
    }
}

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
