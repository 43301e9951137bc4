//! The loop of a worker: find what is due, work on it, many at once.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use engine::{Engine, Reader};
use receivables::Document;
use receivables::gateway::{Gateway, GatewayNo};
use receivables::order::{Order, WorkerName};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use crate::gateways::Gateways;
use crate::line::Line;
use crate::work::{Bench, Done};

/// The most orders of one gateway that one look reads.
const LOOK_MAX: usize = 512;

/// One look in so many says what keeps orders waiting: about once a minute.
const LOUD_EVERY: u64 = 300;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct Options {
    /// Its name, in claims and in the history; a part that makes it unique is added.
    pub name: String,
    /// How long it waits before it looks again when nothing was due.
    pub idle: Duration,
    /// How many orders it works on at once, over all gateways.
    pub at_once: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { name: "worker".to_owned(), idle: Duration::from_millis(200), at_once: 128 }
    }
}

/// What a worker did since it started.
#[derive(Debug, Default)]
pub struct WorkerStats {
    /// Orders it claimed and reported on.
    pub worked: AtomicU64,
    /// Orders it left alone.
    pub left: AtomicU64,
    /// Looks at the list of what is due.
    pub looks: AtomicU64,
}

/// A worker.
pub struct Worker {
    bench: Arc<Bench>,
    options: Options,
    stats: Arc<WorkerStats>,
    /// Orders it is at.
    busy: Arc<Mutex<HashSet<Document>>>,
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker on these books. `unique` makes its name its own: two workers must never share one.
    pub fn new(
        engine: Engine,
        reader: Arc<dyn Reader>,
        gateways: Arc<Gateways>,
        options: Options,
        unique: u64,
    ) -> Self {
        let text: String = format!("{}-{unique:x}", options.name).chars().take(60).collect();
        let actor: Arc<str> = Arc::from(options.name.as_str());
        let fallback = || WorkerName::try_new("worker");
        let name = WorkerName::try_new(&text).or_else(|_| fallback());
        // A name is never empty: there is a dash in it.
        #[expect(clippy::unwrap_used, reason = "the text is not empty and short")]
        let name = name.unwrap();
        let bench = Bench { engine, reader, gateways, name, actor, count: AtomicU64::new(0) };
        Self { bench: Arc::new(bench), options, stats: Arc::default(), busy: Arc::default() }
    }

    /// What it did so far.
    pub fn stats(&self) -> Arc<WorkerStats> {
        Arc::clone(&self.stats)
    }

    /// Works until `stop` says so, then finishes what it is at.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut under_way: JoinSet<()> = JoinSet::new();
        let places = Arc::new(Semaphore::new(self.options.at_once.max(1)));
        while !*stop.borrow() {
            let found = self.begin(&mut under_way, &places).await;
            while under_way.try_join_next().is_some() {}
            if found > 0 {
                // More may be due. A quarter of the places at a time, so that one look starts many.
                let quarter = u32::try_from(self.options.at_once / 4).unwrap_or(1).max(1);
                tokio::select! {
                    free = places.acquire_many(quarter) => drop(free),
                    _ = stop.changed() => {}
                }
                continue;
            }
            tokio::select! {
                () = self.bench.engine.stats().orders.notified() => {}
                () = tokio::time::sleep(self.options.idle) => {}
                _ = stop.changed() => {}
            }
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Works on what is due now, and waits until that is done. Answers how many orders it worked on.
    pub async fn round(&self) -> usize {
        let mut under_way: JoinSet<()> = JoinSet::new();
        let places = Arc::new(Semaphore::new(self.options.at_once.max(1)));
        let before = self.stats.worked.load(Ordering::Relaxed);
        self.begin(&mut under_way, &places).await;
        while under_way.join_next().await.is_some() {}
        let worked = self.stats.worked.load(Ordering::Relaxed) - before;
        usize::try_from(worked).unwrap_or(usize::MAX)
    }

    /// Starts work on orders that are due, as far as there are places. Answers how many it started.
    async fn begin(&self, under_way: &mut JoinSet<()>, places: &Arc<Semaphore>) -> usize {
        self.stats.looks.fetch_add(1, Ordering::Relaxed);
        let free = places.available_permits();
        let due = match self.due(free).await {
            Ok(due) => due,
            Err(detail) => {
                tracing::warn!(detail, "what is due could not be read");
                return 0;
            }
        };
        self.lapse_by_hand().await;
        let mut started = 0;
        for (order, gateway, line) in due {
            let document = order.placed.document;
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            if busy.contains(&document) {
                continue;
            }
            let Ok(place) = Arc::clone(places).try_acquire_owned() else { break };
            let Ok(line_place) = Arc::clone(&line.places).try_acquire_owned() else { continue };
            if !line.pace.may_begin(self.bench.engine.clock().now()) {
                continue;
            }
            busy.insert(document);
            drop(busy);
            started += 1;
            let (bench, busy) = (Arc::clone(&self.bench), Arc::clone(&self.busy));
            let (stats, idle) = (Arc::clone(&self.stats), self.options.idle);
            under_way.spawn(async move {
                let done = bench.work(order, &gateway, &line).await;
                let counter = if done == Done::Worked { &stats.worked } else { &stats.left };
                counter.fetch_add(1, Ordering::Relaxed);
                if done == Done::Left {
                    line.pace.did_not_begin();
                }
                drop((place, line_place));
                if done == Done::Left {
                    // Still due if the books could not be told; without a pause it would be found at once.
                    tokio::time::sleep(idle).await;
                }
                busy.lock().unwrap_or_else(PoisonError::into_inner).remove(&document);
            });
        }
        started
    }

    /// Has requests for external refunds lapse that nobody agreed to in time: no gateway is asked for them.
    async fn lapse_by_hand(&self) {
        let now = self.bench.engine.clock().now();
        let reader = Arc::clone(&self.bench.reader);
        let ask = move || reader.due_orders(GatewayNo::BY_HAND, now, LOOK_MAX);
        match tokio::task::spawn_blocking(ask).await {
            Ok(Ok(lapsed)) => {
                for order in lapsed {
                    self.bench.lapse(&order).await;
                }
            }
            Ok(Err(error)) => tracing::warn!(%error, "what lapses could not be read"),
            Err(error) => tracing::warn!(%error, "what lapses could not be read"),
        }
    }

    /// Orders that are due, with their gateways, as many as there is room for. Each gateway is asked for on
    /// its own, so that one that is down, or cannot be spoken to, keeps none of the others waiting.
    async fn due(&self, free: usize) -> Result<Vec<(Order, Gateway, Arc<Line>)>, String> {
        let now = self.bench.engine.clock().now();
        let (reader, gateways) = (Arc::clone(&self.bench.reader), Arc::clone(&self.bench.gateways));
        let loud = self.stats.looks.load(Ordering::Relaxed) % LOUD_EVERY == 1;
        let ask = move || {
            let settings = reader.settings().map_err(|error| error.to_string())?;
            let mut found = Vec::new();
            for gateway in &settings.gateways {
                // Orders that are being claimed are still listed: a few more than there is room for.
                let mut limit = free.saturating_mul(2).min(LOOK_MAX);
                let line = gateways.line(gateway);
                if let Ok(line) = &line {
                    limit = limit.min(line.places.available_permits().saturating_mul(2));
                    if line.pace.is_open(now) {
                        limit = 0;
                    }
                }
                if limit == 0 {
                    continue;
                }
                let due = reader.due_orders(gateway.no, now, limit);
                let due = due.map_err(|error| error.to_string())?;
                match line {
                    Ok(line) => found.extend(
                        due.into_iter().map(|order| (order, gateway.clone(), Arc::clone(&line))),
                    ),
                    Err(error) if !due.is_empty() => {
                        if loud {
                            tracing::warn!(%error, "orders of a gateway have to wait");
                        }
                    }
                    Err(_) => {}
                }
            }
            Ok(found)
        };
        tokio::task::spawn_blocking(ask).await.map_err(|error| error.to_string())?
    }
}
