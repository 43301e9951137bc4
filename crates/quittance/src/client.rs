//! The commands that ask like any client: over HTTP to a server, or to the same API inside this
//! process on a database. Either way one path, one set of answers.

use api::App;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use std::sync::Arc;

use engine::SystemClock;
use serde_json::Value;
use tower::ServiceExt;

use crate::cli::Connection;
use crate::database::{Mode, Trouble};
use crate::output::{Done, Sentence, sentence};

/// The largest answer taken, in bytes.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

/// Asks the API.
pub(crate) enum Client {
    Remote { server: String, key: String },
    Local { runtime: tokio::runtime::Runtime, app: Box<App>, key: String },
}

impl Client {
    /// Connects to a server, or opens the database; for reading unless `write`.
    pub(crate) fn open(connection: &Connection, write: bool) -> Done<Self> {
        if let Some(server) = &connection.server {
            let key = connection
                .api_key
                .clone()
                .ok_or_else(|| sentence("give the API key with --api-key or QUITTANCE_API_KEY"))?;
            return Ok(Self::Remote { server: server.trim_end_matches('/').to_owned(), key });
        }
        let runtime = crate::commands::serve::runtime()?;
        let mode = if write { Mode::Write } else { Mode::ReadOnly };
        let opened = connection.database.open(mode, 1).map_err(|error| match error.trouble {
            Trouble::Missing => sentence(format!(
                "{error}; name the database with --database, or a server with --server URL"
            )),
            Trouble::InUse => {
                sentence(format!("{error}; or talk to that server with --server URL --api-key KEY"))
            }
            Trouble::Unfit | Trouble::Other => sentence(error.to_string()),
        })?;
        let app = crate::commands::serve::app(opened, Arc::new(SystemClock))?;
        // A key for this process only: it is never stored.
        let made = api::new_administrator("cli", app.engine.clock().now()).map_err(sentence)?;
        app.keys.admit(&made.record);
        Ok(Self::Local { runtime, app: Box::new(app), key: made.secret })
    }

    pub(crate) fn get(&self, path: &str) -> Done<Value> {
        self.send("GET", path, None, None)
    }

    pub(crate) fn post(&self, path: &str, key: Option<&str>, body: &Value) -> Done<Value> {
        self.send("POST", path, key, Some(body))
    }

    pub(crate) fn patch(&self, path: &str, key: Option<&str>, body: &Value) -> Done<Value> {
        self.send("PATCH", path, key, Some(body))
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        idempotency_key: Option<&str>,
        body: Option<&Value>,
    ) -> Done<Value> {
        let text = body.map(ToString::to_string).unwrap_or_default();
        let request = |base: &str, key: &str| {
            let mut request = Request::builder()
                .method(method)
                .uri(format!("{base}{path}"))
                .header("authorization", format!("Bearer {key}"));
            if body.is_some() {
                request = request.header("content-type", "application/json");
            }
            if let Some(key) = idempotency_key {
                request = request.header("idempotency-key", key);
            }
            request
        };
        match self {
            Self::Remote { server, key } => {
                let request = request(server, key).body(text)?;
                let agent: ureq::Agent =
                    ureq::Agent::config_builder().http_status_as_error(false).build().into();
                let mut answer = agent
                    .run(request)
                    .map_err(|error| sentence(format!("{server} cannot be reached: {error}")))?;
                let status = answer.status().as_u16();
                let text = answer.body_mut().read_to_string()?;
                understand(status, &text)
            }
            Self::Local { runtime, app, key } => runtime.block_on(async {
                let request = request("", key).body(Body::from(text))?;
                let answer = (**app).clone().service().oneshot(request).await?;
                let status = answer.status().as_u16();
                let bytes = to_bytes(answer.into_body(), ANSWER_MAX).await?;
                understand(status, &String::from_utf8_lossy(&bytes))
            }),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Self::Local { app, .. } = self {
            app.engine.stop();
        }
    }
}

fn understand(status: u16, text: &str) -> Done<Value> {
    let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    if (200..300).contains(&status) {
        return Ok(value);
    }
    let detail = value.get("detail").and_then(Value::as_str);
    let code = value.get("code").and_then(Value::as_str);
    Err(match (detail, code) {
        (Some(detail), Some(code)) => Sentence(format!("{detail} [{code}]")),
        _ => Sentence(format!("the server answered {status}")),
    })
}

/// A part of a path, escaped.
pub(crate) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
