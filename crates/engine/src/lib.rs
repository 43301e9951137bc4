//! Use cases: commands in, answers out. Load, decide, commit.
//!
//! *Shape.* [`Engine`] is a handle any door may clone. Its commands wait in a bounded queue; one
//! committer thread takes what is there (at most [`BATCH_MAX`] commands), loads what they touch with
//! one set-based read, decides them in order, writes every decision with one durable commit, and only
//! then answers.
//!
//! *Ordering.* First come, first decided, also within an array. A batch gives the same result as its
//! commands one by one.
//!
//! *Idempotency.* The key is looked for before anything else. The same key with the same command
//! answers the original outcome, for ever; with another command it is an error. A rejection writes
//! nothing, so its key stays free.
//!
//! *Ports.* [`Store`] writes (owned by the committer), [`Reader`] reads (shared by everyone),
//! [`Clock`] tells the instant. No database and no HTTP here.

mod clock;
mod committer;
mod idempotency;
mod reader;
mod request;
mod store;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use clock::{Clock, SystemClock, TestClock};
pub use idempotency::{IdempotencyKey, KeyError, hash};
pub use reader::{
    AccountProfile, ApiKey, DayTotal, InvoiceRecord, Located, ReadError, Reader, Role, StoredState,
};
pub use receivables::fact::KeyHash;
pub use request::{Failure, Outcome, Request, Unavailable};
pub use store::{Loaded, Prior, Store, StoreError, StoreErrorKind};

use committer::Job;

/// Once so many commands are taken, no further caller joins the batch; one array may carry it beyond.
pub const BATCH_MAX: usize = 1024;
/// The most commands one caller may hand in at once.
pub const ARRAY_MAX: usize = 1000;
/// How many callers may wait before further ones are turned away.
pub const QUEUE_MAX: usize = 4096;

/// Counters of what the engine did since it started.
#[derive(Debug, Default)]
pub struct Stats {
    /// Commands that were committed.
    pub accepted: AtomicU64,
    /// Commands that were refused by a rule.
    pub rejected: AtomicU64,
    /// Commands that were answered from the history.
    pub replayed: AtomicU64,
    /// Commands that were previewed.
    pub previewed: AtomicU64,
    /// Commands that failed because the store could not be written.
    pub failed: AtomicU64,
    /// Durable commits.
    pub commits: AtomicU64,
    /// Callers turned away because the queue was full.
    pub turned_away: AtomicU64,
}

impl Stats {
    pub(crate) fn add(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }
}

/// The handle through which every door reaches the books.
#[derive(Clone)]
pub struct Engine {
    queue: SyncSender<Job>,
    stats: Arc<Stats>,
    clock: Arc<dyn Clock>,
    worker: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts the committer thread on `store`.
    ///
    /// # Errors
    ///
    /// [`std::io::Error`] if the thread cannot be started.
    pub fn start(store: Box<dyn Store>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let (queue, jobs): (SyncSender<Job>, Receiver<Job>) = sync_channel(QUEUE_MAX);
        let stats = Arc::new(Stats::default());
        let counters = Arc::clone(&stats);
        let time = Arc::clone(&clock);
        let worker = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || committer::run(store, &jobs, &time, &counters))?;
        Ok(Self { queue, stats, clock, worker: Arc::new(Mutex::new(Some(worker))) })
    }

    /// Executes one request.
    ///
    /// # Errors
    ///
    /// [`Failure`]; in every case but [`Failure::Unavailable`] nothing was written, and then sending
    /// the same request again with the same key is always safe.
    pub async fn execute(&self, request: Request) -> Result<Outcome, Failure> {
        let mut answers = self.execute_all(vec![request]).await?;
        answers.pop().unwrap_or(Err(Failure::Unavailable(Unavailable::stopped())))
    }

    /// Executes up to [`ARRAY_MAX`] requests in order; each has its own answer.
    ///
    /// # Errors
    ///
    /// [`Failure::TooMany`], or [`Failure::Unavailable`] if the queue is full or the engine stopped.
    pub async fn execute_all(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Outcome, Failure>>, Failure> {
        let answers = self.submit(requests)?;
        answers.await.map_err(|_| Failure::Unavailable(Unavailable::stopped()))
    }

    /// As [`Engine::execute_all`], for callers without a runtime.
    ///
    /// # Errors
    ///
    /// As [`Engine::execute_all`].
    pub fn execute_all_blocking(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Result<Outcome, Failure>>, Failure> {
        let answers = self.submit(requests)?;
        answers.blocking_recv().map_err(|_| Failure::Unavailable(Unavailable::stopped()))
    }

    fn submit(
        &self,
        requests: Vec<Request>,
    ) -> Result<oneshot::Receiver<Vec<Result<Outcome, Failure>>>, Failure> {
        if requests.len() > ARRAY_MAX {
            return Err(Failure::TooMany { max: ARRAY_MAX });
        }
        let (reply, answers) = oneshot::channel();
        self.queue.try_send(Job::Execute { requests, reply }).map_err(|error| match error {
            TrySendError::Full(_) => {
                Stats::add(&self.stats.turned_away, 1);
                Failure::Unavailable(Unavailable::busy())
            }
            TrySendError::Disconnected(_) => Failure::Unavailable(Unavailable::stopped()),
        })?;
        Ok(answers)
    }

    /// Stores or replaces an API key.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`].
    pub async fn put_api_key(&self, key: ApiKey) -> Result<(), Failure> {
        let (reply, answer) = oneshot::channel();
        self.queue
            .try_send(Job::PutApiKey { key, reply })
            .map_err(|_| Failure::Unavailable(Unavailable::busy()))?;
        let stored = answer.await.map_err(|_| Failure::Unavailable(Unavailable::stopped()))?;
        stored.map_err(|error| Failure::Unavailable(error.into()))
    }

    /// What the engine did so far.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// The clock the engine decides by.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Answers what is queued, writes the cached balances back and stops the committer.
    pub fn stop(&self) {
        let _ = self.queue.send(Job::Stop);
        let worker = self.worker.lock().ok().and_then(|mut worker| worker.take());
        if let Some(worker) = worker {
            let _ = worker.join();
        }
    }
}
