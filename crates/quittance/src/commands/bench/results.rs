//! What was measured, and what follows from it.

use serde::Serialize;
use serde_json::{Value, json};

use super::figures::{Ratio, Spread};
use super::load::{Load, Sample};
use super::machine::Machine;
use crate::cli::Store;

/// How commands reach the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// Over HTTP, to so many servers on one database.
    Http(usize),
    /// Calls in the same process.
    InProcess,
}

impl Door {
    /// What it is called in tables.
    pub(super) fn name(self) -> String {
        match self {
            Self::Http(servers) => servers.to_string(),
            Self::InProcess => "in process".to_owned(),
        }
    }
}

/// One thing that every round measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    /// Refunds in the history beforehand.
    pub(super) history: u64,
    pub(super) door: Door,
    pub(super) load: Load,
}

/// A case with a sample per round.
pub(super) struct Measured {
    pub(super) case: Case,
    pub(super) rounds: Vec<Sample>,
}

impl Measured {
    /// Commands per second in each round.
    pub(super) fn rates(&self) -> Vec<u64> {
        self.rounds.iter().map(|sample| sample.per_second).collect()
    }

    /// The median and the ends of something over the rounds.
    pub(super) fn spread(&self, of: impl Fn(&Sample) -> u64) -> Option<Spread<u64>> {
        Spread::of(self.rounds.iter().map(of))
    }

    /// Against an anchor measured in the same rounds.
    pub(super) fn times(&self, anchor: &[u64]) -> Option<Spread<Ratio>> {
        Spread::of_rounds(&self.rates(), anchor)
    }
}

/// What the machine does without us, per second and round.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Anchors {
    pub(super) fdatasync: Vec<u64>,
    /// `pgbench -N` with 64 clients.
    pub(super) pgbench: Vec<u64>,
    /// Refunds the usual way, 64 clients over 32 connections.
    pub(super) usual: Vec<u64>,
}

/// Books that were measured on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BooksFigures {
    /// Refunds in the history.
    pub(super) history: u64,
    /// How long making them took.
    pub(super) prepared_s: u64,
    /// Their size on disk before the rounds.
    pub(super) bytes: u64,
    /// From starting a server on them to its being ready.
    pub(super) start_ms: Option<u64>,
    /// Memory of a server on them at the end.
    pub(super) resident_kib: Option<u64>,
}

/// How it was measured.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Settings {
    pub(super) rounds: usize,
    pub(super) seconds: u64,
    pub(super) accounts: u64,
    /// Per server; the server's default if none.
    pub(super) committers: Option<usize>,
    /// Settings of PostgreSQL.
    pub(super) postgres: Vec<String>,
}

/// Everything of one run.
pub(super) struct Results {
    pub(super) store: Store,
    pub(super) date: String,
    pub(super) machine: Machine,
    pub(super) settings: Settings,
    pub(super) anchors: Anchors,
    pub(super) books: Vec<BooksFigures>,
    pub(super) measured: Vec<Measured>,
}

impl Results {
    pub(super) fn add(&mut self, case: Case, sample: Sample) {
        match self.measured.iter_mut().find(|measured| measured.case == case) {
            Some(measured) => measured.rounds.push(sample),
            None => self.measured.push(Measured { case, rounds: vec![sample] }),
        }
    }

    /// The case at hand, if it was measured.
    pub(super) fn find(
        &self,
        history: u64,
        door: Door,
        is: impl Fn(&Load) -> bool,
    ) -> Option<&Measured> {
        let fits = |case: &Case| case.history == history && case.door == door && is(&case.load);
        self.measured.iter().find(|measured| fits(&measured.case))
    }

    /// Histories in the order they were asked for; the first one is what the others are held against.
    pub(super) fn histories(&self) -> Vec<u64> {
        self.distinct(|measured| measured.case.history)
    }

    /// Doors of the first history.
    pub(super) fn doors(&self) -> Vec<Door> {
        self.distinct(|measured| measured.case.door)
    }

    /// Loads, in the order they were measured.
    pub(super) fn loads(&self) -> Vec<Load> {
        self.distinct(|measured| measured.case.load.clone())
    }

    fn distinct<T: PartialEq>(&self, of: impl Fn(&Measured) -> T) -> Vec<T> {
        let mut found = Vec::new();
        for value in self.measured.iter().map(of) {
            if !found.contains(&value) {
                found.push(value);
            }
        }
        found
    }

    /// The first of the histories, whose figures are shown in full.
    pub(super) fn first(&self) -> u64 {
        self.measured.first().map_or(0, |measured| measured.case.history)
    }

    /// What the store is called.
    pub(super) fn store_name(&self) -> &'static str {
        match self.store {
            Store::Sqlite => "SQLite",
            Store::Postgres => "PostgreSQL",
        }
    }

    /// For programs: every sample, and the ratios.
    pub(super) fn json(&self) -> Value {
        let measured: Vec<Value> =
            self.measured.iter().map(|one| self.measured_json(one)).collect();
        let aims: Vec<Value> = super::aims::aims(self).iter().map(super::aims::Aim::json).collect();
        json!({
            "program": format!("quittance {}", env!("CARGO_PKG_VERSION")),
            "store": self.store_name().to_lowercase(),
            "date": self.date,
            "machine": self.machine,
            "settings": self.settings,
            "anchors_per_second": self.anchors,
            "books": self.books,
            "measured": measured,
            "aims": aims,
        })
    }

    fn measured_json(&self, one: &Measured) -> Value {
        let Case { history, door, load } = &one.case;
        json!({
            "history": history,
            "door": match door { Door::Http(_) => "http", Door::InProcess => "in process" },
            "servers": match door { Door::Http(servers) => Some(servers), Door::InProcess => None },
            "clients": load.clients,
            "load": load.name(),
            "array": load.array,
            "per_second": one.spread(|sample| sample.per_second),
            "p50_us": one.spread(|sample| sample.p50_us),
            "p99_us": one.spread(|sample| sample.p99_us),
            "x_pgbench": one.times(&self.anchors.pgbench),
            "x_usual": one.times(&self.anchors.usual),
            "x_fdatasync": one.times(&self.anchors.fdatasync),
            "rounds": one.rounds,
        })
    }
}
