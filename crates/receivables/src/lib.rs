//! The rules of credit balances, refunds and the receivables around them. Pure.
//!
//! *Shape.* A [`Command`] is decided against [`Books`] (what was loaded) in a [`Context`] (instant,
//! business date, settings) and answers either a [`Rejection`], which changes nothing, or a
//! [`Decision`]: the [`Fact`]s that are appended to the history, the balanced journal
//! [`Posting`](journal::Posting)s, and the states that changed.
//!
//! *Invariants.* No clock, no randomness, no I/O. One command touches one account. Every change of
//! a balance happens in [`evolve`], which also folds the history again at start and in `verify`:
//! there is one definition of what a fact means.
//!
//! *Layering.* A folder per noun: its types in `mod.rs`, its rules in `decide.rs`. Rule sources are
//! the sections of the domain dossier, written as "domain 2.4".

pub mod account;
pub mod adjustment;
pub mod approval;
pub mod books;
pub mod command;
pub mod context;
pub mod credit_balance;
pub mod decide;
pub mod draft;
pub mod evolve;
pub mod fact;
pub mod gateway;
pub mod id;
pub mod invoice;
pub mod journal;
pub mod labels;
pub mod order;
pub mod payment;
pub mod payment_method;
pub mod period;
pub mod permission;
pub mod personal_data;
pub mod reason;
pub mod refund;
pub mod rejection;
pub mod settings;
pub mod text;

pub use books::Books;
pub use command::{Command, Need};
pub use context::{Context, Numbers};
pub use decide::{Decision, decide};
pub use fact::{Entry, EntryHead, Fact};
pub use id::{
    AccountNo, AdjustmentNo, Document, EntryNo, InvoiceNo, ItemAdjustmentNo, ItemNo, Kind,
    MethodNo, PaymentNo, PostingNo, PublicId, RefundNo,
};
pub use rejection::Rejection;
pub use settings::Settings;
