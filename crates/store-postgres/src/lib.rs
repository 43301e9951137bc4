//! PostgreSQL behind the ports: many committers, in one process or in many.
//!
//! *Shape.* A batch is one transaction of a fixed number of round trips, whatever its size. The first
//! (`load`) begins it, locks the accounts it touches in the order of their numbers and reads what the
//! rules need; further ones follow documents to what they lead to. Then the numbers are taken, committed
//! by themselves (`take_numbers`). The last one (`commit`) sends every row, one statement per table, and
//! the commit. History and projections are written together, so readers need no memory of ours.
//!
//! *Several writers.* The lock on an account makes its decisions follow on each other, and what was
//! decided before is seen, since everything is read after the lock. Numbers are taken after it too, so
//! they ascend on every account. A committer keeps its row of `committer` locked during a batch: who
//! holds them all knows that the history up to the last number is complete (`settle.sql`).
//!
//! *Failures.* A conflict or a broken connection is an error the engine tries again with the same
//! commands. After a connection broke during the commit, the retry first waits for the locks of the old
//! transaction, then finds its idempotency keys, or not.

mod append;
mod clear;
mod error;
mod fetch;
mod head;
mod link;
mod load;
mod migrate;
mod old;
mod orders;
mod past_refunds;
mod pool;
mod reader;
mod rows;
pub mod sql;
mod states;
mod store;
mod tables;
mod words;

use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_postgres::Config;

pub use reader::PostgresReader;
pub use store::PostgresStore;

use crate::error::PgError;
use crate::link::Link;

/// For the connection of a committer. A transaction whose program is gone, or hangs, ends by itself and
/// lets go of its locks.
pub(crate) const COMMITTER_SETTINGS: &str = "SET application_name = 'quittance committer'; \
    SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '10s'; \
    SET statement_timeout = '30s'";
/// For the connection that takes numbers. It need not wait for the disk: the log is written in order, so
/// the commit of the batch, which does wait, makes the numbers it took durable first.
pub(crate) const COUNTER_SETTINGS: &str = "SET application_name = 'quittance numbers'; \
    SET lock_timeout = '10s'; SET statement_timeout = '30s'; SET synchronous_commit = off";
/// For every connection, where the database knows these. Each statement looks rows up by index, whatever
/// the statistics say: a list of two thousand numbers must not make the planner read a table of millions
/// to join with it. One plan per statement, made once.
pub(crate) const PLANNER_SETTINGS: [&str; 5] = [
    "SET plan_cache_mode = force_generic_plan",
    "SET jit = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET enable_seqscan = off",
];
/// For changes of the schema.
pub(crate) const SCHEMA_SETTINGS: &str = "SET application_name = 'quittance schema'";
/// For the connections of readers.
pub(crate) const READER_SETTINGS: &str =
    "SET application_name = 'quittance reader'; SET idle_in_transaction_session_timeout = 0";
/// How long a new connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long the network may stay silent.
const SILENCE_MAX: Duration = Duration::from_secs(20);

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL cannot be read.
    #[error(
        "this is no address of a PostgreSQL database: {0}; write postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    )]
    Address(String),
    /// It has other tables and none of ours.
    #[error(
        "the database is not empty and holds no Quittance books; create an empty one with createdb"
    )]
    NotOurs,
    /// It has no tables.
    #[error("the database holds no books yet; start a server on it, or copy books into it")]
    Empty,
    /// A server runs on it, or a command.
    #[error("the database is in use by a server; stop every one first, or use another database")]
    InUse,
    /// A newer program wrote it.
    #[error("the database has schema {found}, this program knows {known}; use a newer program")]
    TooNew {
        /// Its schema version.
        found: i32,
        /// Ours.
        known: i32,
    },
    /// Anything else.
    #[error("the database cannot be opened: {0}")]
    Failed(String),
}

impl From<PgError> for OpenError {
    fn from(error: PgError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// How to open a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Make the schema if the database is empty, and bring an older one up to date.
    Create,
    /// The schema must be there; an older one is brought up to date.
    Write,
    /// Only read.
    ReadOnly,
}

/// How to open a database, and how many committers shall write to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How to open it.
    pub mode: Mode,
    /// How many stores to make; each is for one committer.
    pub committers: usize,
}

/// An open database.
#[derive(Debug)]
pub struct Opened {
    /// The writing side, one per committer; empty in read-only mode.
    pub stores: Vec<PostgresStore>,
    /// The reading side.
    pub reader: Arc<PostgresReader>,
}

/// Opens the database at `url`, such as `postgres://user:password@host:5432/database`.
///
/// Blocks, and so does every method of what it answers: call them from threads that may block.
///
/// # Errors
///
/// [`OpenError`].
pub fn open(url: &str, options: Options) -> Result<Opened, OpenError> {
    let config = configuration(url)?;
    let mut link = Link::connect(&config, SCHEMA_SETTINGS)?;
    if options.mode != Mode::Create {
        migrate::check(&mut link)?;
    }
    let old = match options.mode {
        Mode::Create | Mode::Write => {
            migrate::up_to_date(&mut link, &config)?;
            false
        }
        Mode::ReadOnly => !migrate::has_gateways(&mut link)?,
    };
    let reader = Arc::new(PostgresReader::new(Arc::new(pool::Pool::new(config.clone(), old))));
    let seen = Arc::new(Mutex::default());
    let count = if options.mode == Mode::ReadOnly { 0 } else { options.committers.max(1) };
    let store = || PostgresStore::new(config.clone(), Arc::clone(&seen));
    let stores = std::iter::repeat_with(store).take(count).collect();
    Ok(Opened { stores, reader })
}

/// Gives up every book that the database at `url` holds, and makes the tables anew.
///
/// # Errors
///
/// [`OpenError::InUse`] while a server runs on it; [`OpenError`].
pub fn clear(url: &str) -> Result<(), OpenError> {
    clear::clear(&mut Link::connect(&configuration(url)?, SCHEMA_SETTINGS)?)
}

/// How far the schema of a database is from ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// The oldest schema whose programs can work with the database.
    pub schema: i32,
    /// The schema of this program.
    pub known: i32,
    /// Whether the database holds everything the new schema needs.
    pub filled: bool,
}

/// Brings the schema of the database at `url` up to date beside running servers and, if asked, removes
/// what only the older one needs. After that servers of the older release cannot work with it.
///
/// # Errors
///
/// [`OpenError`].
pub fn migrate(url: &str, contract: bool) -> Result<Migration, OpenError> {
    let config = configuration(url)?;
    let mut link = Link::connect(&config, SCHEMA_SETTINGS)?;
    migrate::check(&mut link)?;
    migrate::up_to_date(&mut link, &config)?;
    if contract {
        migrate::contract(&mut link)?;
    }
    migrate::state(&mut link)
}

/// How far the schema of the database at `url` is from ours; changes nothing.
///
/// # Errors
///
/// [`OpenError`].
pub fn migration(url: &str) -> Result<Migration, OpenError> {
    migrate::state(&mut Link::connect(&configuration(url)?, READER_SETTINGS)?)
}

fn configuration(url: &str) -> Result<Config, OpenError> {
    let mut config =
        Config::from_str(url).map_err(|error| OpenError::Address(error.to_string()))?;
    config.connect_timeout(CONNECT_MAX).tcp_user_timeout(SILENCE_MAX);
    Ok(config)
}
