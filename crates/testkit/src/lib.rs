//! Builders and given/when/then: a [`World`] to act in, sentence-like helpers, and an [`audit`] that
//! recomputes every figure from the history.
//!
//! *Shape.* A [`World`] is a fresh database with a clock that stands still. Which store it is in is
//! chosen by `QUITTANCE_TEST_STORE`: a SQLite file in a temporary directory, or a database of a
//! throw-away PostgreSQL; every test means the same on both. Its verbs (`transfer`, `apply`, `refund`,
//! ...) answer an [`Answer`], which is either [`accepted`](Answer::accepted) or
//! [`rejected_with`](Answer::rejected_with) a stable code, and a rejection is checked to have changed
//! nothing. [`command`] builds the same commands without a world.
//!
//! Amounts are written as decimal text; [`ALL`] leaves the amount to the rules.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper for tests fails its test")]

mod answer;
mod audit;
pub mod command;
mod place;
mod snapshot;
mod world;

pub use answer::{Answer, Done, code_of};
pub use audit::audit;
pub use command::{ALL, bill};
pub use snapshot::Snapshot;
pub use world::World;
