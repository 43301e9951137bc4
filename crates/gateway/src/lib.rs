//! The port to payment gateways: what is asked of one, what it may answer, and how a connector
//! translates between the two and the wire.
//!
//! *Shape.* A [`Connector`] is pure: it turns an [`Instruction`] or a [`Question`] into an
//! [`HttpRequest`], and the [`Exchange`]s so far into the next request or the result. Whoever owns a
//! network (the worker; in tests a script or a simulator) carries the requests. So every connector is
//! tested from recorded examples, and none can retry by itself.
//!
//! *Invariants.* An [`Outcome`] never claims more than is known: a time-out after the first byte is
//! [`Outcome::Unknown`], never declined. The key of an instruction is made once, with the attempt, and
//! sent with every repetition. Secrets are [`Secret`]s, which print as dots.

mod connector;
mod instruction;
mod outcome;
mod secret;
mod webhook;
mod wire;

pub use connector::{Connector, STEPS_MAX, Settled, SettledKind, Step, Window};
pub use instruction::{Action, Instruction, Method, PaymentRef, Question};
pub use outcome::{Decline, DeclineCode, Finding, MoneyState, Outcome, Receipt};
pub use secret::{Credentials, Secret};
pub use webhook::{Notice, NoticeKind, WebhookError};
pub use wire::{Carried, Exchange, HttpMethod, HttpReply, HttpRequest};
