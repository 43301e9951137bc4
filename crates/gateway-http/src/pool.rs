use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;

/// The body of a request: all there from the beginning.
pub(crate) type Body = Full<Bytes>;

/// A connection that waits for its next request.
struct Idle {
    sender: SendRequest<Body>,
    since: Instant,
}

/// Connections between two requests. The one used last is used next, so that those that are not
/// needed grow old and are dropped.
pub(crate) struct Pool {
    idle: Mutex<VecDeque<Idle>>,
    /// How many are kept.
    most: usize,
    /// How long one is kept. Servers close what is idle too long without a word, and a request
    /// written at that moment has no answer; so this is well below what they allow.
    longest: Duration,
}

impl Pool {
    pub(crate) fn new(most: usize, longest: Duration) -> Self {
        Self { idle: Mutex::new(VecDeque::new()), most, longest }
    }

    /// A connection that is open as far as is known.
    pub(crate) fn take(&self) -> Option<SendRequest<Body>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while idle.front().is_some_and(|oldest| oldest.since.elapsed() > self.longest) {
            idle.pop_front();
        }
        while let Some(Idle { sender, .. }) = idle.pop_back() {
            if sender.is_ready() {
                return Some(sender);
            }
        }
        None
    }

    /// Keeps a connection whose last answer was read to its end.
    pub(crate) fn keep(&self, sender: SendRequest<Body>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= self.most {
            idle.pop_front();
        }
        idle.push_back(Idle { sender, since: Instant::now() });
    }
}
