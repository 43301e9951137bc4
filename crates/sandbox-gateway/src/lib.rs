//! A payment processor to test against: one engine behind four wire dialects, in a process of its own.
//!
//! *Shape.* `core` keeps transactions, keys, events and a simulated clock, and appends every change to
//! a data file before anything is answered. The modules `plain`, `stripe`, `cybersource` and
//! `authorizenet` translate a wire dialect into the core's words and back; `sim` is what tests steer it
//! with. `server` owns the sockets, because a test processor must be able to hang and to break off.
//!
//! *Invariants.* What was answered is in the file. A step of money is in the ledger exactly once. Time is
//! the simulated clock's; only `core::clock` asks the machine.
//!
//! *Absent on purpose.* Card numbers are never kept, only their last four digits. Nothing is printed.
//!
//! The conventions (which token or amount provokes what) are in [`outcomes`].

mod authorizenet;
mod call;
mod core;
mod cybersource;
mod options;
mod plain;
mod routes;
mod server;
mod sign;
mod sim;
mod stripe;

pub mod outcomes;

pub use options::{Options, SandboxError};
pub use server::serve;
