//! The console against those who mean it ill: pages of other sites, frames, planted sessions, and people who ask for
//! what is not theirs. Every route is read from the source, so that a new one is judged as well.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod business;
mod csrf;
mod forms;
mod framing;
mod links;
mod others;
mod routes;
mod sessions;
#[path = "../support/mod.rs"]
mod support;
