//! Carries requests to one gateway over HTTP: the only part of a gateway that owns a network.
//!
//! *Shape.* A [`Wire`] has one address, keeps its connections for the next request and may be used by
//! many tasks at once. [`Wire::carry`] carries one request; [`Wire::converse`] drives a conversation
//! of a connector to its end.
//!
//! *Invariants.* A request is written at most once: nothing is repeated, no redirect is followed.
//! [`Carried::NotSent`] is said only if certainly no byte of the request left: no such name, refused,
//! no TLS, a time-out before there was a connection, or a kept connection that was closed before the
//! request was begun. Whatever goes wrong later is [`Carried::NoAnswer`], for the gateway may have
//! acted. A log has the line of a request, its status and its duration; no query, header or body.

mod address;
mod dial;
mod pool;
mod wire;

pub use dial::Guard;
pub use wire::{Limits, TooManySteps, Wire};

#[cfg(doc)]
use gateway::Carried;
