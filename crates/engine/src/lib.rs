//! Use cases: commands in, answers out. Load, decide, commit.
//!
//! *Shape.* [`Engine`] is a handle any door may clone. Its commands wait in a bounded queue; a
//! committer thread takes what is there (at most [`BATCH_MAX`] commands), loads what they touch with
//! one set-based read, decides them in order, writes every decision with one durable commit, and only
//! then answers. A database that takes several writers may have several committers, each with a queue
//! of its own; the account a command names says which one gets it.
//!
//! *Ordering.* First come, first decided on each account, also within an array. A batch gives the same
//! result as its commands one by one.
//!
//! *Idempotency.* The key is looked for before anything else. The same key with the same command
//! answers the original outcome, for ever; with another command it is an error. A rejection writes
//! nothing, so its key stays free.
//!
//! *Ports.* [`Store`] writes (owned by the committer), [`Reader`] reads (shared by everyone),
//! [`Clock`] tells the instant. No database and no HTTP here.

mod actor;
mod clock;
mod committer;
mod history;
mod idempotency;
pub mod kept;
mod reader;
mod request;
mod side;
mod store;
mod tap;
pub mod words;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

pub use actor::Actor;
pub use clock::{Clock, SystemClock, TestClock};
pub use history::{Gaps, ends_schema_1, fold_needs, import_history};
pub use idempotency::{IdempotencyKey, KeyError, hash};
pub use reader::{
    AccountProfile, ApiKey, AskedRefund, AuditBlock, DayTotal, GatewaySecret, InvoiceRecord,
    Located, OrderEvent, ReadError, Reader, StoredState,
};
pub use receivables::fact::KeyHash;
pub use request::{Ahead, Failure, Outcome, Request, Unavailable};
pub use side::{SideKind, SideRecord, SideWrite};
pub use store::{Loaded, Prior, Store, StoreError, StoreErrorKind};
pub use tap::Committed;
pub use words::ByWord;

use committer::Job;
use tap::Tap;

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
    /// Batches tried again, because another writer was in the way or the connection broke.
    pub retried: AtomicU64,
    /// Callers turned away because the queue was full.
    pub turned_away: AtomicU64,
    /// Told when a commit of this engine left an order that is due, so that a worker beside it need not wait
    /// until it looks again.
    pub orders: tokio::sync::Notify,
}

impl Stats {
    pub(crate) fn add(counter: &AtomicU64, by: u64) {
        counter.fetch_add(by, Ordering::Relaxed);
    }
}

/// The handle through which every door reaches the books.
#[derive(Clone)]
pub struct Engine {
    queues: Arc<[SyncSender<Job>]>,
    stats: Arc<Stats>,
    clock: Arc<dyn Clock>,
    workers: Arc<Mutex<Vec<JoinHandle<()>>>>,
    tap: Arc<Tap>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

type Answers = Vec<Result<Outcome, Failure>>;

impl Engine {
    /// Starts one committer thread on `store`.
    ///
    /// # Errors
    ///
    /// [`std::io::Error`] if the thread cannot be started.
    pub fn start(store: Box<dyn Store>, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        Self::start_several(vec![store], clock)
    }

    /// Starts a committer thread on each of `stores`, which write to the same database.
    ///
    /// # Errors
    ///
    /// [`std::io::Error`] if `stores` is empty or a thread cannot be started.
    pub fn start_several(
        stores: Vec<Box<dyn Store>>,
        clock: Arc<dyn Clock>,
    ) -> std::io::Result<Self> {
        if stores.is_empty() {
            return Err(std::io::Error::other("an engine needs a store"));
        }
        let stats = Arc::new(Stats::default());
        let tap = Arc::new(Tap::default());
        let (mut queues, mut workers) = (Vec::new(), Vec::new());
        for store in stores {
            let (queue, jobs): (SyncSender<Job>, Receiver<Job>) = sync_channel(QUEUE_MAX);
            let (counters, time, tap) = (Arc::clone(&stats), Arc::clone(&clock), Arc::clone(&tap));
            let worker = std::thread::Builder::new()
                .name("committer".to_owned())
                .spawn(move || committer::run(store, &jobs, &time, &counters, &tap))?;
            queues.push(queue);
            workers.push(worker);
        }
        let workers = Arc::new(Mutex::new(workers));
        Ok(Self { queues: queues.into(), stats, clock, workers, tap })
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
    pub async fn execute_all(&self, requests: Vec<Request>) -> Result<Answers, Failure> {
        let waiting = self.submit(requests)?;
        let mut parts = Vec::with_capacity(waiting.len());
        for part in waiting {
            let answers = part.answers.await;
            parts.push((part.places, answers.unwrap_or_default()));
        }
        Ok(in_order(parts))
    }

    /// As [`Engine::execute_all`], for callers without a runtime.
    ///
    /// # Errors
    ///
    /// As [`Engine::execute_all`].
    pub fn execute_all_blocking(&self, requests: Vec<Request>) -> Result<Answers, Failure> {
        let waiting = self.submit(requests)?;
        let parts = waiting.into_iter().map(|part| {
            let answers = part.answers.blocking_recv();
            (part.places, answers.unwrap_or_default())
        });
        Ok(in_order(parts.collect()))
    }

    /// Hands the requests to their committers. Parts that find a full queue are answered at once.
    fn submit(&self, requests: Vec<Request>) -> Result<Vec<Waiting>, Failure> {
        if requests.len() > ARRAY_MAX {
            return Err(Failure::TooMany { max: ARRAY_MAX });
        }
        let whole = requests.len();
        let mut waiting = Vec::new();
        for (committer, (places, requests)) in self.route(requests) {
            let (reply, answers) = oneshot::channel();
            let count = requests.len();
            let sent = match self.queues.get(committer) {
                Some(queue) => queue.try_send(Job::Execute { requests, reply }),
                None => Err(TrySendError::Disconnected(Job::Stop)),
            };
            let refused = match sent {
                Ok(()) => {
                    waiting.push(Waiting { places, answers });
                    continue;
                }
                Err(TrySendError::Full(_)) => {
                    Stats::add(&self.stats.turned_away, 1);
                    Failure::Unavailable(Unavailable::busy())
                }
                Err(TrySendError::Disconnected(_)) => Failure::Unavailable(Unavailable::stopped()),
            };
            if count == whole {
                return Err(refused);
            }
            let (reply, answers) = oneshot::channel();
            let _ =
                reply.send(std::iter::repeat_with(|| Err(refused.clone())).take(count).collect());
            waiting.push(Waiting { places, answers });
        }
        Ok(waiting)
    }

    /// Which committer gets which requests, with their places in the array. An array that names the
    /// account of every command is split; any other stays together, so that commands on one account
    /// are decided in order whichever way they name it.
    fn route(&self, requests: Vec<Request>) -> Vec<(usize, Part)> {
        let count = self.queues.len().max(1);
        let place = |account: u64| usize::try_from(account % count as u64).unwrap_or(0);
        let known = requests.iter().all(|request| request.account().is_some());
        if count == 1 || requests.len() <= 1 || !known {
            let account = requests.iter().find_map(Request::account);
            let whole = ((0..requests.len()).collect(), requests);
            return vec![(account.map_or(0, place), whole)];
        }
        let mut parts: Vec<(usize, Part)> =
            (0..count).map(|committer| (committer, Part::default())).collect();
        for (index, request) in requests.into_iter().enumerate() {
            let committer = request.account().map_or(0, place);
            if let Some((_, (places, part))) = parts.get_mut(committer) {
                places.push(index);
                part.push(request);
            }
        }
        parts.retain(|(_, (places, _))| !places.is_empty());
        parts
    }

    /// Stores or replaces an API key.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`].
    pub async fn put_api_key(&self, key: ApiKey) -> Result<(), Failure> {
        self.put(|reply| Job::PutApiKey { key, reply }).await
    }

    /// Stores or replaces the sealed credentials of a gateway.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`].
    pub async fn put_gateway_secret(&self, secret: GatewaySecret) -> Result<(), Failure> {
        self.put(|reply| Job::PutGatewaySecret { secret, reply }).await
    }

    /// Every commit of this engine from now on, for one listener; whoever listened before hears nothing more. A listener that
    /// is slow misses some.
    pub fn listen(&self) -> Receiver<Committed> {
        self.tap.listen()
    }

    /// Stores a block of the audit log, unless there is one of its number.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`].
    pub async fn put_audit_block(&self, block: AuditBlock) -> Result<(), Failure> {
        self.put(|reply| Job::PutAuditBlock { block: Box::new(block), reply }).await
    }

    /// Changes records beside the history, all or none. False, and nothing is changed, if one of them was changed by
    /// somebody else meanwhile.
    ///
    /// # Errors
    ///
    /// [`Failure::Unavailable`].
    pub async fn put_side(&self, writes: Vec<SideWrite>) -> Result<bool, Failure> {
        self.put(|reply| Job::PutSide { writes, reply }).await
    }

    /// Has the first committer do something beside the history.
    async fn put<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Job,
    ) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        let queue = self.queues.first();
        let queue = queue.ok_or(Failure::Unavailable(Unavailable::stopped()))?;
        queue.try_send(job(reply)).map_err(|_| Failure::Unavailable(Unavailable::busy()))?;
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

    /// Answers what is queued, writes the cached balances back and stops the committers.
    pub fn stop(&self) {
        for queue in self.queues.iter() {
            let _ = queue.send(Job::Stop);
        }
        let workers = self.workers.lock().map(|mut workers| std::mem::take(&mut *workers));
        for worker in workers.unwrap_or_default() {
            let _ = worker.join();
        }
        self.tap.close();
    }
}

/// Requests for one committer, with their places in the array they came in.
type Part = (Vec<usize>, Vec<Request>);

/// A part of an array that a committer works on.
struct Waiting {
    places: Vec<usize>,
    answers: oneshot::Receiver<Answers>,
}

/// Puts the answers of the parts back into the order of the array. A committer that stopped left some
/// without an answer.
fn in_order(parts: Vec<(Vec<usize>, Answers)>) -> Answers {
    let count = parts.iter().map(|(places, _)| places.len()).sum();
    let stopped = || Err(Failure::Unavailable(Unavailable::stopped()));
    let mut ordered: Answers = std::iter::repeat_with(stopped).take(count).collect();
    for (places, answers) in parts {
        for (place, answer) in places.into_iter().zip(answers) {
            if let Some(slot) = ordered.get_mut(place) {
                *slot = answer;
            }
        }
    }
    ordered
}
