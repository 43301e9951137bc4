//! Sends what was decided to the gateways, finds out what became of it, and tells the books.
//!
//! *Shape.* An order is placed by a rule and lies in the history, due. A [`Worker`] claims it (a
//! command like any other: the engine lets one worker have it, for a while), carries the instruction
//! or the question to the gateway, and reports the answer (again a command). It keeps nothing of its
//! own: killed at any point, it leaves a claim that runs out, and the next worker goes on from what
//! the history says. So any number of them may run, in the server or beside it.
//!
//! *Exactly once.* The claim is durable before the first byte leaves, and the key of the attempt is
//! derived from the claim's history, so every repetition carries the same one. Where the gateway
//! remembers no keys nothing is repeated before a look-up said conclusively that there is nothing.
//! What an answer means is decided by the rules (`receivables::order`), not here.
//!
//! [`notices`] takes webhooks in, [`reconcile`] holds what a gateway lists against the books. Both only
//! report, as a worker does.

pub mod failpoint;
mod gateways;
mod line;
pub mod notices;
mod pace;
pub mod reconcile;
mod report;
mod run;
mod vault;
mod work;

pub use gateways::{
    Carrying, Gateways, GatewaysError, MakeConnector, MakeTransport, Parts, Transport,
};
pub use run::{Options, Worker, WorkerStats};
pub use vault::{Vault, VaultError};
