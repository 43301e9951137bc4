//! Takes webhooks on a port of its own, and says to each what a test wants it to say.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A delivery that does not come within this time never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came in, whatever was answered.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) timestamp: String,
    pub(crate) signature: String,
    pub(crate) body: String,
    pub(crate) status: u16,
}

impl Received {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn account(&self) -> Option<String> {
        self.json()["account"].as_str().map(str::to_owned)
    }

    pub(crate) fn taken(&self) -> bool {
        self.status < 300
    }
}

type Answer = Box<dyn Fn(&Value) -> u16 + Send>;

struct Shared {
    received: Mutex<Vec<Received>>,
    more: Condvar,
    answer: Mutex<Answer>,
}

pub(crate) struct Receiver {
    pub(crate) url: String,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

impl Receiver {
    /// A receiver that takes everything.
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            more: Condvar::new(),
            answer: Mutex::new(Box::new(|_| 204)),
        });
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/hooks?team=books", listener.local_addr().unwrap());
        let service = Router::new().fallback(take).with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, service).await });
        Self { url, shared, _runtime: runtime }
    }

    /// From now on answers as `answer` says of the event.
    pub(crate) fn answers(&self, answer: impl Fn(&Value) -> u16 + Send + 'static) {
        *self.shared.answer.lock().unwrap() = Box::new(answer);
    }

    /// All that came in so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Forgets what came in.
    pub(crate) fn forget(&self) {
        self.shared.received.lock().unwrap().clear();
    }

    /// Waits until what came in is enough.
    #[track_caller]
    pub(crate) fn until(&self, enough: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let received = self.shared.received.lock().unwrap();
        let waiting = |received: &mut Vec<Received>| !enough(received);
        let (received, waited) =
            self.shared.more.wait_timeout_while(received, PATIENCE, waiting).unwrap();
        let kinds: Vec<_> = received.iter().map(|one| (one.kind(), one.status)).collect();
        assert!(!waited.timed_out(), "only this came in: {kinds:?}");
        received.clone()
    }

    /// Waits until each of these events was taken.
    #[track_caller]
    pub(crate) fn until_taken(&self, ids: &[String]) -> Vec<Received> {
        self.until(|received| {
            ids.iter().all(|id| received.iter().any(|one| one.taken() && one.id == *id))
        })
    }
}

async fn take(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let header = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let event: Value = serde_json::from_str(&body).unwrap_or_default();
    let status = (shared.answer.lock().unwrap())(&event);
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let signature = header("webhook-signature");
    shared.received.lock().unwrap().push(Received { id, timestamp, signature, body, status });
    shared.more.notify_all();
    let said = if status < 300 { String::new() } else { "not now, ".repeat(1_000) };
    let status = StatusCode::from_u16(status).unwrap();
    // Whoever followed a redirect would come back here.
    (status, [("location", "/elsewhere")], said)
}
