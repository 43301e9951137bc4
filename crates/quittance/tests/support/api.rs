//! A blocking client, and what it is answered.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

use super::contract;

/// How many idle connections a client keeps.
const CONNECTIONS: usize = 128;
/// A server that does not answer for so long is taken for dead.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client with one API key, or none.
#[derive(Clone)]
pub(crate) struct Api {
    url: String,
    key: Option<String>,
    agent: ureq::Agent,
}

/// Status, headers and body of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as JSON; null if it is something else.
    pub(crate) body: Value,
    /// The body as it came.
    pub(crate) text: String,
}

/// An idempotency key that this test program has not used yet.
pub(crate) fn fresh_key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Api {
    pub(crate) fn new(url: &str, key: Option<&str>) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(CONNECTIONS)
            .max_idle_connections_per_host(CONNECTIONS)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        Self { url: url.to_owned(), key: key.map(str::to_owned), agent }
    }

    /// Sends any request: further headers, and the body as it is.
    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Answer {
        self.try_send(method, path, headers, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same; an error if the server does not answer.
    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> Result<Answer, String> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut answer = sent.map_err(|error| error.to_string())?;
        let text = answer
            .body_mut()
            .with_config()
            .limit(64 << 20)
            .read_to_string()
            .map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let content_type = answer.headers().get("content-type").and_then(|it| it.to_str().ok());
        contract::check(method, path, status, content_type.unwrap_or(""), &body);
        Ok(Answer { status, headers: answer.headers().clone(), body, text })
    }

    /// A question.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// A question that has an answer.
    pub(crate) fn show(&self, path: &str) -> Value {
        self.get(path).status(200)
    }

    /// A command with a new idempotency key.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_as(path, &fresh_key(), body)
    }

    /// A command with this idempotency key.
    pub(crate) fn post_as(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.command("POST", path, Some(key), body)
    }

    /// A change with a new idempotency key.
    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.command("PATCH", path, Some(&fresh_key()), body)
    }

    /// A replacement.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.command("PUT", path, None, body)
    }

    /// A command with `dry_run`.
    pub(crate) fn preview(&self, path: &str, body: &Value) -> Answer {
        self.command("POST", &format!("{path}?dry_run=true"), None, body)
    }

    /// A JSON body by any method, with or without an idempotency key.
    pub(crate) fn command(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &Value,
    ) -> Answer {
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.send(method, path, &headers, Some(body.to_string()))
    }

    /// Sends bytes as they are over a connection of their own, and reads all that comes back.
    pub(crate) fn raw(&self, bytes: &[u8]) -> String {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // A server that refuses a body may cut the line; what came before it counts.
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }
}

impl Answer {
    /// The body, if the status is this one.
    #[track_caller]
    pub(crate) fn status(&self, expected: u16) -> Value {
        assert_eq!(self.status, expected, "{}", self.text);
        self.body.clone()
    }

    /// The body of a command that was done.
    #[track_caller]
    pub(crate) fn done(&self) -> Value {
        self.status(201)
    }

    /// The problem document, if it has this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Value {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.text
        );
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        assert_eq!(self.body["type"], format!("urn:quittance:problem:{code}"));
        assert!(self.body["title"].as_str().is_some_and(|title| !title.is_empty()));
        assert!(self.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        self.body.clone()
    }

    /// The code of a problem document.
    pub(crate) fn code(&self) -> Option<&str> {
        self.body["code"].as_str()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether an earlier request with the same key did it.
    pub(crate) fn replayed(&self) -> bool {
        self.header("idempotent-replayed") == Some("true")
    }
}
