//! `/metrics` in the Prometheus text format.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine::Stats;
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: u16,
}

/// Counters of the door; those of the engine are added when asked.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<StatusLabel, Counter>,
    seconds: Histogram,
    engine: EngineGauges,
}

#[derive(Debug, Default)]
struct EngineGauges {
    accepted: Counter,
    rejected: Counter,
    replayed: Counter,
    previewed: Counter,
    failed: Counter,
    commits: Counter,
    turned_away: Counter,
    entries: Gauge,
    orders_due: Gauge,
    orders_for_people: Gauge,
    passwords: Counter,
}

/// What the books say of themselves when the metrics are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Levels {
    /// Decisions in the history.
    pub(crate) entries: u64,
    /// Orders a worker should act on now.
    pub(crate) orders_due: usize,
    /// Orders that wait for a person.
    pub(crate) orders_for_people: usize,
    /// Passwords that were verified.
    pub(crate) passwords: u64,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("quittance");
        let requests = Family::default();
        let seconds = Histogram::new(exponential_buckets(0.000_25, 2.0, 16));
        let engine = EngineGauges::default();
        registry.register("http_requests", "Requests answered, by status", requests.clone());
        registry.register("http_request_seconds", "Time to answer", seconds.clone());
        let counters = [
            ("commands_accepted", "Commands committed", &engine.accepted),
            ("commands_rejected", "Commands refused by a rule", &engine.rejected),
            ("commands_replayed", "Commands answered from the history", &engine.replayed),
            ("commands_previewed", "Commands previewed", &engine.previewed),
            ("commands_failed", "Commands the store could not write", &engine.failed),
            ("commits", "Durable commits", &engine.commits),
            ("turned_away", "Callers turned away because too many waited", &engine.turned_away),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        registry.register("entries", "Decisions in the history", engine.entries.clone());
        let due = "Orders of gateways that are due now, counted up to 1000 a gateway";
        registry.register("orders_due", due, engine.orders_due.clone());
        let passwords = "Passwords verified, those of users that are not there included";
        registry.register("passwords_verified", passwords, engine.passwords.clone());
        let people = "Orders of gateways that wait for a person, counted up to 1000";
        registry.register("orders_for_people", people, engine.orders_for_people.clone());
        Self { registry: Mutex::new(registry), requests, seconds, engine }
    }
}

impl Metrics {
    /// Counts one answered request.
    pub(crate) fn answered(&self, status: u16, took: Duration) {
        self.requests.get_or_create(&StatusLabel { status }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    /// The text, with the engine's counters as they are now.
    pub(crate) fn text(&self, stats: &Stats, levels: Levels) -> String {
        let level = |counter: &Counter, now: &AtomicU64| {
            let now = now.load(Ordering::Relaxed);
            counter.inc_by(now.saturating_sub(counter.get()));
        };
        let mut text = String::new();
        let Ok(registry) = self.registry.lock() else { return text };
        level(&self.engine.accepted, &stats.accepted);
        level(&self.engine.rejected, &stats.rejected);
        level(&self.engine.replayed, &stats.replayed);
        level(&self.engine.previewed, &stats.previewed);
        level(&self.engine.failed, &stats.failed);
        level(&self.engine.commits, &stats.commits);
        level(&self.engine.turned_away, &stats.turned_away);
        let passwords = levels.passwords.saturating_sub(self.engine.passwords.get());
        self.engine.passwords.inc_by(passwords);
        self.engine.entries.set(i64::try_from(levels.entries).unwrap_or(i64::MAX));
        self.engine.orders_due.set(i64::try_from(levels.orders_due).unwrap_or(i64::MAX));
        let people = i64::try_from(levels.orders_for_people).unwrap_or(i64::MAX);
        self.engine.orders_for_people.set(people);
        let _ = encode(&mut text, &registry);
        text
    }
}
