//! A sandbox on a port of its own, a client that speaks all dialects, and a receiver of webhooks.
#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests; each test program uses a part of them"
)]

mod receiver;
mod wires;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sandbox_gateway::Options;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

pub use receiver::{Received, Receiver};
pub use wires::{Order, Told, WIRES, Wire};

/// A business day, far from any change of clocks.
pub const START: &str = "2026-03-02T09:00:00Z";

/// Options of most tests: a clock that stands, hangs that end at once.
pub fn options() -> Options {
    Options {
        clock: Some(START.parse().unwrap()),
        manual_clock: true,
        hang: Duration::ZERO,
        seed: Some(7),
        ..Options::default()
    }
}

/// A running sandbox; ends with the value.
pub struct Sandbox {
    pub url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
    agent: ureq::Agent,
}

/// What came back: status, headers, body.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(self.text.trim_start_matches('\u{feff}'))
            .unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Sandbox {
    pub fn new() -> Self {
        Self::with(options())
    }

    pub fn with(options: Options) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (port, known) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                port.send(listener.local_addr().unwrap().port()).unwrap();
                let shutdown = async {
                    let _ = stopped.await;
                };
                sandbox_gateway::serve(listener, options, shutdown).await.unwrap();
            });
        });
        let port = known.recv().unwrap();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_idle_connections(0)
            .build()
            .into();
        let url = format!("http://127.0.0.1:{port}");
        Self { url, stop: Some(stop), thread: Some(thread), agent }
    }

    pub fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// One request; `None` if the connection breaks before a whole answer came.
    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Option<Reply> {
        let url = format!("{}{path}", self.url);
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answered = match body {
            Some(body) => self.agent.run(request.body(body.to_owned()).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut response = answered.ok()?;
        let headers = response.headers().iter();
        let headers = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("").to_owned()))
            .collect();
        let text = response.body_mut().read_to_string().ok()?;
        Some(Reply { status: response.status().as_u16(), headers, text })
    }

    /// A control that must be accepted.
    pub fn sim(&self, name: &str, body: &Value) -> Value {
        let headers = [("content-type", "application/json")];
        let path = format!("/_sim/{name}");
        let reply = self.send("POST", &path, &headers, Some(&body.to_string())).unwrap();
        assert_eq!(reply.status, 200, "{path} {body}: {}", reply.text);
        if reply.text.starts_with('{') { reply.json() } else { Value::String(reply.text) }
    }

    pub fn look(&self, path: &str) -> Value {
        let reply = self.send("GET", &format!("/_sim/{path}"), &[], None).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.json()
    }

    pub fn advance(&self, unit: &str, count: u32) {
        self.sim("advance", &json!({unit: count}));
    }

    /// What moved under a merchant reference, in decimals: `"-10.00"`; `"0"` if nothing ever did.
    pub fn moved(&self, reference: &str) -> String {
        let ledger = self.look(&format!("ledger?reference={reference}"));
        let entries = ledger["data"].as_array().unwrap();
        assert!(entries.len() <= 1, "{ledger}");
        entries.first().map_or("0", |entry| entry["total"].as_str().unwrap()).to_owned()
    }

    /// A plain call with a bearer token.
    pub fn plain(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: Option<&Value>,
    ) -> Option<Reply> {
        let headers = [
            ("authorization", "Bearer sandbox"),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        let body = body.map(Value::to_string);
        self.send(method, &format!("/plain/v1/{path}"), &headers, body.as_deref())
    }

    /// A Stripe call with a form.
    pub fn stripe(
        &self,
        method: &str,
        path: &str,
        key: &str,
        form: &[(&str, &str)],
    ) -> Option<Reply> {
        let mut headers = vec![("authorization", "Bearer sk_test_sandbox")];
        if !key.is_empty() {
            headers.push(("idempotency-key", key));
        }
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(form);
        let text = text.finish();
        if method == "GET" {
            return self.send(method, &format!("/stripe/v1/{path}?{text}"), &headers, None);
        }
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        self.send(method, &format!("/stripe/v1/{path}"), &headers, Some(&text))
    }

    /// A signed CyberSource call; more headers may be given.
    pub fn cybersource(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        more: &[(&str, &str)],
    ) -> Option<Reply> {
        let options = Options::default();
        let body = body.map(Value::to_string);
        let digest = body
            .as_ref()
            .map(|body| format!("SHA-256={}", STANDARD.encode(Sha256::digest(body.as_bytes()))));
        let date = "Mon, 02 Mar 2026 09:00:00 GMT";
        let target = format!("request-target: {} {path}", method.to_lowercase());
        let mut lines = vec![format!("host: {}", self.host()), format!("date: {date}"), target];
        lines.extend(digest.as_ref().map(|digest| format!("digest: {digest}")));
        lines.push(format!("v-c-merchant-id: {}", options.cybersource_merchant));
        let key = STANDARD.decode(&options.cybersource_secret).unwrap();
        let mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let mac = mac.chain_update(lines.join("\n")).finalize().into_bytes();
        let names = if digest.is_some() {
            "host date request-target digest v-c-merchant-id"
        } else {
            "host date request-target v-c-merchant-id"
        };
        let signature = format!(
            "keyid=\"{}\", algorithm=\"HmacSHA256\", headers=\"{names}\", signature=\"{}\"",
            options.cybersource_key_id,
            STANDARD.encode(mac)
        );
        let mut headers = vec![
            ("content-type", "application/json"),
            ("date", date),
            ("v-c-merchant-id", &options.cybersource_merchant),
            ("signature", &signature),
        ];
        headers.extend(digest.as_ref().map(|digest| ("digest", digest.as_str())));
        headers.extend(more);
        self.send(method, &format!("/cybersource{path}"), &headers, body.as_deref())
    }

    /// An Authorize.Net call in JSON. `inner` are the fields after `merchantAuthentication`.
    pub fn authorizenet(&self, name: &str, inner: &Value, more: &[(&str, &str)]) -> Option<Reply> {
        let mut fields = inner.clone();
        fields["merchantAuthentication"] = json!({"name": "sandbox", "transactionKey": "sandbox"});
        let inner = wires::ordered(&fields);
        let body = format!("{{\"{name}\":{inner}}}");
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(more);
        self.send("POST", "/authorizenet/xml/v1/request.api", &headers, Some(&body))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
