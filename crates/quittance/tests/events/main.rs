//! Events over HTTP and as webhooks: a server of the binary under test, and a receiver in this process that takes,
//! refuses or ignores what is delivered.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod endpoints;
mod failing;
mod listed;
mod rebuild;
mod receiver;
mod several;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::books::text;
use support::sandbox::serve;
use support::{Api, Server};
use tempfile::TempDir;

use receiver::Receiver;

pub(crate) const ENDPOINTS: &str = "/api/v1/event-endpoints";
/// Looks often, tries twice more, and goes wherever a test listens.
pub(crate) const ARGUMENTS: [&str; 5] =
    ["--allow-private-endpoints", "--event-poll", "5", "--event-retries", "5,300"];

/// A server with a test clock, and a receiver beside it.
pub(crate) struct Scene {
    pub(crate) server: Server,
    pub(crate) api: Api,
    pub(crate) receiver: Receiver,
    pub(crate) directory: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = serve_in(directory.path(), None);
        Self { api: server.api(), server, receiver: Receiver::new(), directory }
    }

    /// Makes an endpoint at the receiver, with these fields besides.
    pub(crate) fn endpoint(&self, more: &Value) -> Value {
        let mut body = json!({"url": self.receiver.url});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.api.post(ENDPOINTS, &body).status(201)
    }

    /// An endpoint that takes everything from the beginning on; its id.
    pub(crate) fn whole_history(&self) -> String {
        text(&self.endpoint(&json!({"start": "0.0"})), "id")
    }

    /// Lets time pass on the test clock.
    pub(crate) fn pass(&self, by: SignedDuration) {
        let now: Timestamp = text(&self.api.show("/api/v1/clock"), "now").parse().unwrap();
        self.api.set_clock(now + by);
    }
}

/// A server on the database of `directory`; `key` is the administrator's if it was shown already.
pub(crate) fn serve_in(directory: &Path, key: Option<&str>) -> Server {
    serve(directory, key, &ARGUMENTS)
}

/// Every event of the history, page by page.
pub(crate) fn all_events(api: &Api, filter: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), "0.0".to_owned());
    loop {
        let page = api.show(&format!("/api/v1/events?after={after}&limit=200{filter}"));
        all.extend(page["events"].as_array().unwrap().iter().cloned());
        after = text(&page, "next_cursor");
        if page["more"] == false {
            return all;
        }
    }
}

/// Looks at an endpoint until it is as `wanted` says.
#[track_caller]
pub(crate) fn until(api: &Api, id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut shown = Value::Null;
    for _ in 0..20_000 {
        shown = api.show(&format!("{ENDPOINTS}/{id}"));
        if wanted(&shown) {
            return shown;
        }
    }
    panic!("the endpoint does not come to this: {shown}");
}

/// Ids of events.
pub(crate) fn ids(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| text(event, "id")).collect()
}
