use std::time::{Duration, Instant};

use gateway::{Carried, Exchange, HttpMethod, HttpReply, HttpRequest, STEPS_MAX, Step};
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{HOST, USER_AGENT};
use hyper::{Method, Request, Response};
use tokio::time::{Instant as Deadline, timeout, timeout_at};

use crate::address::Address;
use crate::dial::{Dialer, Guard};
use crate::pool::{Body, Pool};

/// How long and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Time to find the host, connect and agree on TLS.
    pub connect: Duration,
    /// Time for the whole request: connecting, sending, and the last byte of the answer.
    pub whole: Duration,
    /// Bytes of an answer that are read. What is longer is cut off there, and its connection closed.
    pub reply_bytes: usize,
    /// Connections that are kept between requests.
    pub idle_connections: usize,
    /// How long one is kept without a request.
    pub idle: Duration,
}

impl Default for Limits {
    /// Ten seconds to connect, forty in all, 4 MiB, 64 connections for 15 seconds.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            whole: Duration::from_secs(40),
            reply_bytes: 4 << 20,
            idle_connections: 64,
            idle: Duration::from_secs(15),
        }
    }
}

/// A conversation did not end within [`STEPS_MAX`] exchanges. What it was about is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManySteps;

/// The way to one gateway.
pub struct Wire {
    address: Address,
    limits: Limits,
    dialer: Dialer,
    pool: Pool,
}

/// What came of handing a request to a connection.
enum Handed {
    /// An answer began.
    Answer(Response<Incoming>),
    /// The connection was closed before the request was begun: it is still whole and unsent.
    Unsent(Request<Body>, hyper::Error),
    /// Something else; the request may have left.
    Lost(hyper::Error),
}

impl Wire {
    /// A way to `address`, as in `https://api.example.com` or `http://127.0.0.1:8420/prefix`. Nothing
    /// is connected yet.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the address.
    pub fn new(address: &str, limits: Limits) -> Result<Self, String> {
        let address = Address::parse(address)?;
        let dialer = Dialer::new(&address)?;
        let pool = Pool::new(limits.idle_connections, limits.idle);
        Ok(Self { address, limits, dialer, pool })
    }

    /// As [`Wire::new`], to an address that somebody else chose: `guard` is asked about what the host leads to, at each
    /// connection, and only that is connected to.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the address.
    pub fn guarded(address: &str, limits: Limits, guard: Guard) -> Result<Self, String> {
        let wire = Self::new(address, limits)?;
        Ok(Self { dialer: wire.dialer.guarded(guard), ..wire })
    }

    /// Finds the host without connecting to it.
    ///
    /// # Errors
    ///
    /// Says that there is no such host, or that it may not be reached.
    pub async fn find(&self) -> Result<(), String> {
        let host = &self.address.host;
        match timeout(self.limits.connect, self.dialer.find(&self.address)).await {
            Ok(Ok(found)) if found.is_empty() => Err(format!("there is no host {host}")),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(error.to_string())
            }
            Ok(Err(error)) => Err(format!("the host {host} cannot be found: {error}")),
            Err(_) => Err(format!("the host {host} cannot be found in time")),
        }
    }

    /// Carries one request, once. Must run within tokio. A caller that stops waiting (drops the
    /// future) closes the connection and does not know what became of it.
    pub async fn carry(&self, request: &HttpRequest) -> Carried {
        let began = Instant::now();
        let carried = self.attempt(request).await;
        let line = self.line(request);
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &carried {
            Carried::Reply(reply) => {
                tracing::debug!(line, status = reply.status, milliseconds, "gateway answered");
            }
            Carried::NotSent(reason) => {
                tracing::warn!(line, reason, milliseconds, "gateway not reached");
            }
            Carried::NoAnswer(reason) => {
                tracing::warn!(line, reason, milliseconds, "gateway did not answer");
            }
        }
        carried
    }

    /// What logs say of a request. An address that somebody else chose may hold a secret in its path, so of it they
    /// only name the host.
    fn line(&self, request: &HttpRequest) -> String {
        if self.dialer.is_guarded() { self.address.host.clone() } else { request.line() }
    }

    /// Drives a conversation to its end: `next` gets what was exchanged so far and says what to ask.
    ///
    /// # Errors
    ///
    /// [`TooManySteps`] if it does not end within [`STEPS_MAX`] exchanges.
    pub async fn converse<T>(
        &self,
        mut next: impl FnMut(&[Exchange]) -> Step<T>,
    ) -> Result<T, TooManySteps> {
        let mut so_far = Vec::new();
        loop {
            match next(&so_far) {
                Step::Done(result) => return Ok(result),
                Step::Ask(_) if so_far.len() >= STEPS_MAX => return Err(TooManySteps),
                Step::Ask(request) => {
                    let carried = self.carry(&request).await;
                    so_far.push(Exchange { request, carried });
                }
            }
        }
    }

    async fn attempt(&self, request: &HttpRequest) -> Carried {
        let deadline = Deadline::now() + self.limits.whole;
        let mut request = match self.translate(request) {
            Ok(request) => request,
            Err(reason) => return Carried::NotSent(reason),
        };
        // A kept connection may turn out to be closed. As long as nothing of the request was written
        // on it, the next one is tried; that is no repetition.
        while let Some(sender) = self.pool.take() {
            match hand_over(sender, request, deadline).await {
                Ok((Handed::Unsent(unsent, _), _)) => request = unsent,
                other => return self.finish(other, deadline).await,
            }
        }
        let within = deadline.min(Deadline::now() + self.limits.connect);
        let sender = match timeout_at(within, self.dialer.dial(&self.address)).await {
            Ok(Ok(sender)) => sender,
            Ok(Err(error)) => return Carried::NotSent(format!("cannot connect: {error}")),
            Err(_) => return Carried::NotSent("time ran out while connecting".to_owned()),
        };
        let handed = hand_over(sender, request, deadline).await;
        self.finish(handed, deadline).await
    }

    /// Reads the answer, and keeps the connection if it was read to its end.
    async fn finish(
        &self,
        handed: Result<(Handed, SendRequest<Body>), String>,
        deadline: Deadline,
    ) -> Carried {
        let (response, mut sender) = match handed {
            Ok((Handed::Answer(response), sender)) => (response, sender),
            Ok((Handed::Unsent(_, error), _)) => {
                return Carried::NotSent(format!("closed before the request: {}", words(&error)));
            }
            Ok((Handed::Lost(error), _)) => return Carried::NoAnswer(words(&error)),
            Err(reason) => return Carried::NoAnswer(reason),
        };
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.as_str().to_owned(), value)
            })
            .collect();
        let read = timeout_at(deadline, self.read(response.into_body())).await;
        let (bytes, whole) = match read {
            Ok(Ok(read)) => read,
            Ok(Err(error)) => {
                return Carried::NoAnswer(format!("answer {status} broke off: {}", words(&error)));
            }
            Err(_) => return Carried::NoAnswer(format!("time ran out in answer {status}")),
        };
        if whole && matches!(timeout(READY, sender.ready()).await, Ok(Ok(()))) {
            self.pool.keep(sender);
        }
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Carried::Reply(HttpReply { status, headers, body })
    }

    /// The body up to the limit, and whether that was all of it.
    async fn read(&self, mut body: Incoming) -> Result<(Vec<u8>, bool), hyper::Error> {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            let room = self.limits.reply_bytes - bytes.len();
            if data.len() > room {
                bytes.extend_from_slice(data.get(..room).unwrap_or_default());
                return Ok((bytes, false));
            }
            bytes.extend_from_slice(&data);
        }
        Ok((bytes, true))
    }

    fn translate(&self, request: &HttpRequest) -> Result<Request<Body>, String> {
        if !request.path.starts_with('/') {
            return Err("the request has no path".to_owned());
        }
        let method = match request.method {
            HttpMethod::Get => Method::GET,
            HttpMethod::Post => Method::POST,
        };
        let mut built = Request::builder()
            .method(method)
            .uri(format!("{}{}", self.address.prefix, request.path))
            .header(HOST, self.address.authority.as_str())
            .header(USER_AGENT, concat!("quittance/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &request.headers {
            built = built.header(name.as_str(), value.as_str());
        }
        let body = Body::new(Bytes::from(request.body.clone()));
        // The error names neither headers nor values.
        built.body(body).map_err(|error| format!("the request cannot be written: {error}"))
    }
}

/// How long a connection may take to be ready again after an answer; else it is not kept.
const READY: Duration = Duration::from_millis(50);

/// Hands a request to a connection and waits for the answer to begin. `Err` if time ran out, when
/// nobody knows how much of it left.
async fn hand_over(
    mut sender: SendRequest<Body>,
    request: Request<Body>,
    deadline: Deadline,
) -> Result<(Handed, SendRequest<Body>), String> {
    match timeout_at(deadline, sender.try_send_request(request)).await {
        Ok(Ok(response)) => Ok((Handed::Answer(response), sender)),
        Ok(Err(mut error)) => {
            // hyper gives a request back only if it had not begun to write it.
            let unsent = error.take_message();
            let error = error.into_error();
            let handed = match unsent {
                Some(request) => Handed::Unsent(request, error),
                None => Handed::Lost(error),
            };
            Ok((handed, sender))
        }
        Err(_) => Err("time ran out before an answer".to_owned()),
    }
}

/// An error with its causes.
fn words(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_name_only_the_host_of_an_address_that_somebody_else_chose() {
        let request = HttpRequest {
            method: HttpMethod::Post,
            path: "/services/T0/secret?token=also".to_owned(),
            headers: Vec::new(),
            body: String::new(),
        };
        let address = "https://hooks.example.com";
        let guard: Guard = std::sync::Arc::new(|_| true);
        let guarded = Wire::guarded(address, Limits::default(), guard).unwrap();
        assert_eq!(guarded.line(&request), "hooks.example.com");
        let known = Wire::new(address, Limits::default()).unwrap();
        assert_eq!(known.line(&request), "POST /services/T0/secret");
    }
}
