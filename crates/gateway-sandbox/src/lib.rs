//! The connector for the sandbox gateway that comes with the program, in its plain dialect: JSON, amounts
//! as decimal texts, an idempotency key on every request that moves money.
//!
//! Credentials: `api_key`, `webhook_secret`.

mod connector;
mod transaction;
mod webhook;

pub use connector::{SandboxConnector, connector};

#[cfg(test)]
mod tests;
