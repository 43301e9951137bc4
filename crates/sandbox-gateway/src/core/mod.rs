//! The engine: transactions, keys, events, and the clock they live by.

pub(crate) mod clock;
pub(crate) mod dialect;
mod engine;
mod faults;
pub(crate) mod hooks;
mod journal;
pub(crate) mod keys;
mod log;
mod money_moves;
pub(crate) mod state;
pub(crate) mod transaction;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::core::clock::Clock;
use crate::core::dialect::Dialect;
use crate::core::journal::Journal;
use crate::core::state::{Record, State};
use crate::core::transaction::Transaction;
use crate::options::{Options, SandboxError};

pub(crate) use engine::{Ask, Manner, Performed};
pub(crate) use faults::{Fault, FaultKind, Faults};
pub(crate) use log::Log;

/// The whole sandbox behind its lock.
pub(crate) struct Core {
    pub(crate) options: Options,
    pub(crate) state: State,
    journal: Journal,
    batch: Vec<Record>,
    /// Set if the data file could not be written: from then on nothing is answered.
    broken: bool,
    pub(crate) faults: Faults,
    pub(crate) log: Log,
    /// Keys whose answers are not sent yet.
    pub(crate) in_flight: BTreeSet<(Dialect, String)>,
    /// Deliveries that must be made before the answer.
    pub(crate) first: Vec<u64>,
    seed: u32,
    clock: Clock,
}

impl Core {
    /// Opens the data file.
    pub(crate) fn open(options: Options) -> Result<Self, SandboxError> {
        let (journal, state) = Journal::open(options.data.as_ref())?;
        let seed = match (state.seed, options.seed) {
            (Some(seed), _) | (None, Some(seed)) => seed,
            (None, None) => random()?,
        };
        let clock = match state.clock {
            Some(clock) if clock.is_manual() == options.manual_clock => clock,
            Some(clock) => Clock::showing(clock.now().max(clock::real()), options.manual_clock),
            None => {
                let start = options.clock.unwrap_or_else(clock::real);
                Clock::showing(start, options.manual_clock)
            }
        };
        let mut core = Self {
            options,
            state,
            journal,
            batch: Vec::new(),
            broken: false,
            faults: Faults::default(),
            log: Log::default(),
            in_flight: BTreeSet::new(),
            first: Vec::new(),
            seed,
            clock,
        };
        if core.state.seed.is_none() {
            core.put(Record::Seed(seed));
        }
        core.put(Record::Clock(clock));
        core.commit();
        Ok(core)
    }

    /// The simulated instant.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// True if time only moves when told.
    pub(crate) const fn is_manual(&self) -> bool {
        self.clock.is_manual()
    }

    /// Moves the clock and lets everything happen that falls due.
    pub(crate) fn advance(&mut self, by: SignedDuration) {
        self.clock = self.clock.later(by);
        self.put(Record::Clock(self.clock));
        self.tick();
    }

    /// Changes the state; written by the next [`Core::commit`].
    pub(crate) fn put(&mut self, record: Record) {
        self.batch.push(record.clone());
        self.state.apply(record);
    }

    /// A number nobody has had.
    pub(crate) fn number(&self) -> u64 {
        self.state.next_number()
    }

    /// Writes what was changed. False if it cannot be written: then nothing may be answered any more.
    pub(crate) fn commit(&mut self) -> bool {
        if self.batch.is_empty() || self.broken {
            return !self.broken;
        }
        let batch = std::mem::take(&mut self.batch);
        if let Err(error) = self.journal.append(&batch) {
            tracing::error!(%error, "the sandbox's data file cannot be written");
            self.broken = true;
        }
        !self.broken
    }

    /// The id a transaction has on its wire.
    pub(crate) fn id(&self, transaction: &Transaction) -> String {
        transaction.dialect.id(self.seed, transaction.kind, transaction.number)
    }

    /// An id of a thing that is no transaction: `pi_...`, `evt_...`.
    pub(crate) fn other_id(&self, prefix: &str, number: u64) -> String {
        format!("{prefix}_{}", dialect::tail(self.seed, number))
    }

    /// The number in such an id.
    pub(crate) fn other_number(&self, prefix: &str, id: &str) -> Option<u64> {
        let (found, _) = id.split_once('_')?;
        (found == prefix).then(|| Dialect::Stripe.number(self.seed, id)).flatten()
    }

    /// The transaction with an id of a dialect. The prefix must be right too.
    pub(crate) fn find(&self, dialect: Dialect, id: &str) -> Option<&Transaction> {
        let number = dialect.number(self.seed, id)?;
        let found = self.state.transactions.get(&number)?;
        (found.dialect == dialect && self.id(found) == id).then_some(found)
    }
}

fn random() -> Result<u32, SandboxError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| SandboxError::Random(error.to_string()))?;
    Ok(u32::from_le_bytes(bytes))
}
