//! The life of electronic refunds and payments on one thread, with chance that can be repeated.
//!
//! *Shape.* A seed makes a small business and a list of wishes. The rules, the engine, the SQLite store
//! and the worker are the real ones; the clock is ours, and the gateway is in memory and lies in every
//! way a real one was seen to lie (`gateway_in_memory`). At a chosen write, of the books or at the
//! gateway, everything dies and starts again from the file ([`Crash`]). Then time runs until nothing is
//! left to do, people answer what only they can, and the ledger of the gateway is held against the
//! books, order by order.
//!
//! *A seed that fails replays*: `cargo xtask sim --from SEED --seeds 1` does the very same again.

mod business;
mod chance;
mod connector;
mod crash;
mod gateway_in_memory;
mod judge;
mod run;

pub use chance::Chance;
pub use connector::Planted;
pub use crash::Crash;
pub use run::{Failed, Kind, run};
