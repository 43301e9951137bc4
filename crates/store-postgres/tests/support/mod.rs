//! Books in a database of a throw-away cluster, one cluster per test program.
#![allow(dead_code, reason = "each test program uses a part")]

pub(crate) mod proxy;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use engine::Reader;
use store_conformance::{Opened, Place, Shared};
use store_postgres::{Mode, Options};
use throwaway_postgres::Cluster;

/// Empty books that all others are cloned from.
const TEMPLATE: &str = "empty_books";
/// Every transaction of a connection with this is serializable.
const SERIALIZABLE: &str = "?options=-c%20default_transaction_isolation%3Dserializable";

/// The cluster of this test program.
pub(crate) fn cluster() -> &'static Cluster {
    Cluster::shared().unwrap()
}

/// Makes the template once.
fn template() -> &'static str {
    static MADE: OnceLock<()> = OnceLock::new();
    MADE.get_or_init(|| {
        cluster().create(TEMPLATE).unwrap();
        drop(open(&cluster().url(TEMPLATE), Mode::Create, 1));
        // Whoever is still connected would be in the way of the clones.
        cluster().terminate_backends(TEMPLATE).unwrap();
    });
    TEMPLATE
}

/// Opens a database with so many committers.
pub(crate) fn open(url: &str, mode: Mode, committers: usize) -> Opened {
    let opened = store_postgres::open(url, Options { mode, committers }).unwrap();
    let stores = opened.stores.into_iter().map(|store| Box::new(store) as Box<_>).collect();
    Opened { stores, reader: opened.reader }
}

/// A database that is gone when it is dropped; perhaps with transactions that are serializable instead
/// of read committed.
#[derive(Debug)]
pub(crate) struct InADatabase<const IS_SERIALIZABLE: bool = false> {
    /// Its name.
    pub(crate) name: String,
}

impl<const IS_SERIALIZABLE: bool> InADatabase<IS_SERIALIZABLE> {
    /// Its address.
    pub(crate) fn url(&self) -> String {
        let url = cluster().url(&self.name);
        if IS_SERIALIZABLE { url + SERIALIZABLE } else { url }
    }

    /// Runs SQL in it by `psql`.
    pub(crate) fn sql(&self, sql: &str) -> String {
        cluster().sql(&self.name, sql).unwrap()
    }
}

impl<const IS_SERIALIZABLE: bool> Drop for InADatabase<IS_SERIALIZABLE> {
    fn drop(&mut self) {
        cluster().drop(&self.name).unwrap();
    }
}

impl<const IS_SERIALIZABLE: bool> Place for InADatabase<IS_SERIALIZABLE> {
    const SEVERAL: bool = true;

    fn fresh() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = format!("books_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        cluster().clone_from(template(), &name).unwrap();
        Self { name }
    }

    fn open(&self, stores: usize) -> Opened {
        open(&self.url(), Mode::Write, stores)
    }

    fn open_to_read(&self) -> Arc<dyn Reader> {
        open(&self.url(), Mode::ReadOnly, 1).reader
    }

    /// The server goes on; all that a dead program leaves are broken connections.
    fn crash(self, opened: Opened) -> Self {
        cluster().terminate_backends(&self.name).unwrap();
        drop(opened);
        self
    }

    fn verify(reader: &dyn Reader) {
        reports::verify::verify(reader, &mut |_| {}).unwrap();
    }
}

impl<const IS_SERIALIZABLE: bool> Shared for InADatabase<IS_SERIALIZABLE> {
    fn await_waiting(&self, count: usize, done: &dyn Fn() -> bool) {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while !done() && self.sql(waiting).parse::<usize>().unwrap() < count {}
    }
}
