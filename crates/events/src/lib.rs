//! Events: what the history says, told to whoever listens.
//!
//! *Shape.* An event is a view of an entry: [`events_of`] derives all of them, in order, and nothing of them is
//! stored. So an event exists if and only if its decision was committed, its id is the same for ever, and the commit
//! path pays nothing. [`Deliverer`] follows the history behind the committers and hands every event that an endpoint wants
//! to that endpoint, signed after the Standard Webhooks specification.
//!
//! *Invariants.* Each event is delivered at least once; whoever receives one recognises it by its id. Events of one
//! account arrive in the order of the history: one at a time, and behind one that fails the later ones of its account
//! wait. Other accounts go on. What is stored beside the history is how far an endpoint was served, and the accounts
//! that wait: both stay small, however many events there are.
//!
//! *Ports.* [`Carrier`] is the network, [`Vault`] keeps the secrets, and [`Render`] writes the bodies, which the API
//! does because its documents are in them. No HTTP here.

pub mod address;
mod deliver;
mod event;
mod filter;
mod kind;
mod office;
pub mod records;
mod schedule;
mod signature;

pub use deliver::{Deliverer, Options, Parts, Random, Render};
pub use event::{BadEventId, BadSequence, Event, EventId, Part, Rendered, Sequence, events_of};
pub use filter::{Filter, FilterError, TYPES_MAX};
pub use kind::EventKind;
pub use office::{Answered, Answering, Carrier, Checking, Office, OfficeError, Tried, Vault};
pub use records::{Delivery, DeliveryState, Endpoint, Failure, Position};
pub use schedule::Schedule;
pub use signature::{SigningSecret, sign};
