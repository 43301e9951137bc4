use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::call::{Call, Fate, Reply};
use crate::core::dialect::Dialect;
use crate::core::hooks::Letter;
use crate::core::{Core, Fault, FaultKind};
use crate::options::{Options, SandboxError};
use crate::{routes, sim};

/// The largest body taken, in bytes.
const BODY_MAX: usize = 1 << 20;
/// How long a receiver of webhooks may take.
const HOOK_PATIENCE: Duration = Duration::from_secs(5);
/// How often time is looked at when it runs by itself.
const BEAT: Duration = Duration::from_millis(500);
/// How long answers under way may take when the sandbox stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// The core and what its servants wake each other with.
#[derive(Clone)]
pub(crate) struct Shared {
    core: Arc<Mutex<Core>>,
    /// Something may be due.
    changed: Arc<Notify>,
    /// Webhooks go out one after the other.
    turn: Arc<tokio::sync::Mutex<()>>,
    mail: ureq::Agent,
}

impl Shared {
    /// The core. A panic under the lock leaves it as it is.
    pub(crate) fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }
}

/// Marks a response that must not be sent: the connection breaks instead.
#[derive(Clone, Copy)]
struct Cut;

/// The connection was broken on purpose.
#[derive(Debug, thiserror::Error)]
#[error("broken off on purpose")]
struct BrokenOff;

/// Serves the sandbox on `listener` until `shutdown` is done. Every dialect is at its prefix
/// (`/plain`, `/stripe`, `/cybersource`, `/authorizenet`) and at its own paths at the root; the
/// controls are at `/_sim`. There is no authentication at the controls: listen on a loopback address.
///
/// # Errors
///
/// [`SandboxError`] if the data file cannot be used.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), SandboxError> {
    let core = tokio::task::spawn_blocking(move || Core::open(options)).await;
    let core = core.map_err(|error| SandboxError::Random(error.to_string()))??;
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(HOOK_PATIENCE))
        .build();
    let shared = Shared {
        core: Arc::new(Mutex::new(core)),
        changed: Arc::default(),
        turn: Arc::default(),
        mail: agent.into(),
    };
    let (farewell, leaving) = watch::channel(false);
    let router = Router::new().fallback(handle).with_state(shared.clone());
    let mut tasks = JoinSet::new();
    let postman = tokio::spawn(postman(shared.clone()));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tasks.spawn(connection(stream, router.clone(), leaving.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the sandbox cannot accept a connection");
                    tokio::time::sleep(BEAT).await;
                }
            },
            Some(_) = tasks.join_next() => {}
        }
    }
    postman.abort();
    let _ = farewell.send(true);
    let ended = async { while tasks.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FAREWELL, ended).await;
    tasks.shutdown().await;
    let _ = postman.await;
    Ok(())
}

async fn connection(stream: TcpStream, router: Router, mut leaving: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service =
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let router = router.clone();
            async move {
                let response = router.oneshot(request.map(Body::new)).await;
                let response: Response =
                    response.unwrap_or_else(|never: Infallible| match never {});
                if response.extensions().get::<Cut>().is_some() {
                    return Err(BrokenOff);
                }
                Ok(response)
            }
        });
    let mut builder = hyper::server::conn::http1::Builder::new();
    let serving = builder.keep_alive(true).serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let left = tokio::select! {
        _ = serving.as_mut() => false,
        _ = leaving.wait_for(|leaving| *leaving) => true,
    };
    if left {
        serving.as_mut().graceful_shutdown();
        let _ = serving.await;
    }
}

/// Delivers webhooks as they fall due, and lets time pass if it runs by itself.
async fn postman(shared: Shared) {
    let manual = shared.core().is_manual();
    loop {
        if manual {
            shared.changed.notified().await;
        } else {
            let _ = tokio::time::timeout(BEAT, shared.changed.notified()).await;
            let ticking = shared.clone();
            let _ = tokio::task::spawn_blocking(move || {
                let mut core = ticking.core();
                core.tick();
                core.commit();
            })
            .await;
        }
        flush(&shared, false).await;
    }
}

/// Sends what is due (`all`: also what waits for another try), each once. Answers how many letters went
/// out, and how many of them were accepted.
pub(crate) async fn flush(shared: &Shared, all: bool) -> (usize, usize) {
    let _turn = shared.turn.lock().await;
    let (mut done, mut accepted) = (Vec::new(), 0);
    loop {
        let letter = shared.core().next_letter(all, &done);
        let Some(letter) = letter else { return (done.len(), accepted) };
        done.push(letter.delivery);
        if send(shared, letter).await {
            accepted += 1;
        }
    }
}

async fn send(shared: &Shared, letter: Letter) -> bool {
    let shared = shared.clone();
    let sent = tokio::task::spawn_blocking(move || {
        let mut request = shared.mail.post(&letter.url);
        for (name, value) in &letter.headers {
            request = request.header(name, value);
        }
        let status = match request.send(letter.body.as_bytes()) {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(error.to_string()),
        };
        let accepted = matches!(status, Ok(200..=299));
        let mut core = shared.core();
        core.tried(letter.delivery, status);
        core.commit();
        accepted
    });
    sent.await.unwrap_or(false)
}

async fn handle(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX).await else { return cut() };
    let headers: Vec<(String, String)> = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let method = head.method.as_str().to_owned();
    let full_path = head.uri.path().to_owned();
    let (dialect, path) = routes::dialect(&method, &full_path, &headers);
    let query = head.uri.query().unwrap_or_default().to_owned();
    let body = body.to_vec();
    let call = Call { dialect, method, full_path, path, query, headers, body };
    if call.full_path.starts_with("/_sim/") {
        return respond(sim::answer(&shared, call).await);
    }
    let fault = shared.core().faults.strike(&call);
    let (working, struck) = (shared.clone(), fault.as_ref().map(|fault| fault.kind));
    let done = tokio::task::spawn_blocking(move || work(&working, &call, struck)).await;
    let Ok(done) = done else { return respond(routes::broken(dialect)) };
    shared.wake();
    deliver(&shared, done, fault).await
}

/// What came of a call, before any of it is sent.
struct Done {
    /// `None` if the connection is to break.
    reply: Option<Reply>,
    /// Deliveries to make before the answer.
    first: Vec<Letter>,
    /// The key stays in use until the answer is sent.
    key: Option<KeyInUse>,
}

/// A key whose answer is under way.
struct KeyInUse {
    shared: Shared,
    name: (Dialect, String),
}

impl Drop for KeyInUse {
    fn drop(&mut self) {
        self.shared.core().in_flight.remove(&self.name);
    }
}

/// Everything that happens under the lock: time, the call itself, the file, the log.
fn work(shared: &Shared, call: &Call, fault: Option<FaultKind>) -> Done {
    let mut core = shared.core();
    core.tick();
    let reply = match fault {
        Some(FaultKind::DropBeforeRead) => None,
        Some(FaultKind::RateLimit) => Some(routes::throttled(call.dialect)),
        Some(FaultKind::ErrorLost) => Some(routes::broken(call.dialect)),
        _ => Some(routes::answer(&mut core, call)),
    };
    let first = std::mem::take(&mut core.first);
    let now = core.now();
    core.log.push(now, call, reply.as_ref(), fault);
    if !core.commit() {
        return Done { reply: None, first: Vec::new(), key: None };
    }
    let reply = match fault {
        Some(FaultKind::DropAfterCommit) => None,
        Some(FaultKind::ErrorDone) => Some(routes::broken(call.dialect)),
        _ => reply,
    };
    let first: Vec<Letter> = first.iter().filter_map(|number| core.letter(*number)).collect();
    let late = fault == Some(FaultKind::Slow) || !first.is_empty();
    let hangs = reply.as_ref().is_some_and(|reply| reply.fate == Fate::Hang);
    let key = call.header("idempotency-key").filter(|_| late || hangs);
    let key = key.map(|key| (call.dialect, key.trim().to_owned()));
    let key = key.filter(|name| core.in_flight.insert(name.clone()));
    drop(core);
    let key = key.map(|name| KeyInUse { shared: shared.clone(), name });
    Done { reply, first, key }
}

async fn deliver(shared: &Shared, done: Done, fault: Option<Fault>) -> Response {
    if !done.first.is_empty() {
        let _turn = shared.turn.lock().await;
        for letter in done.first {
            send(shared, letter).await;
        }
    }
    let Some(reply) = done.reply else { return cut() };
    if reply.fate == Fate::Hang {
        let hang = shared.core().options.hang;
        tokio::time::sleep(hang).await;
        return cut();
    }
    match fault {
        Some(Fault { kind: FaultKind::Slow, millis, .. }) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            drop(done.key);
            respond(reply)
        }
        Some(Fault { kind: FaultKind::Truncate, .. }) => truncated(reply),
        _ => respond(reply),
    }
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

fn respond(reply: Reply) -> Response {
    let body = Body::from(reply.body.clone());
    finished(&reply, body)
}

fn finished(reply: &Reply, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &reply.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Promises the whole body, sends half of it and breaks off.
fn truncated(reply: Reply) -> Response {
    let length = reply.body.len();
    let half = Bytes::copy_from_slice(reply.body.get(..length / 2).unwrap_or_default());
    let parts: [Result<Bytes, std::io::Error>; 2] =
        [Ok(half), Err(std::io::Error::other("truncated on purpose"))];
    let body = Body::from_stream(futures_util::stream::iter(parts));
    finished(&reply.with("content-length", length.to_string()), body)
}
