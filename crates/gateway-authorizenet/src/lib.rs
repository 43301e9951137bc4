//! The connector for Authorize.Net (gateways 2.4): JSON to one address, with HTTP 200 even for errors.
//!
//! Credentials: `login`, `transaction_key`, `signature_key`; and `currency`, the one the merchant account
//! settles in (USD if it is left out), since listings do not name it.
//!
//! *Ids.* The token of a method is its payment profile, its customer the customer profile.
//!
//! *Refund and credit* differ on the wire only in `refTransId`. Here they are two types: that of a
//! refund cannot be made without the id of its payment, and that of a credit has no place for one.
//!
//! *No idempotency.* Authorize.Net refuses what looks like a repetition within a window, which is set
//! as wide as it goes; "duplicate" therefore means that the first one must be looked up. Our reference
//! goes out as `order.invoiceNumber` and the key of the attempt as `order.description`; both come back
//! in the details of a transaction. Lists have no kind and no key, so whatever in them has our
//! reference is asked for in detail.

mod connector;
mod details;
mod list;
mod lookup;
mod outcome;
mod requests;
mod webhook;

pub use connector::{AuthorizeNetConnector, connector};

#[cfg(test)]
mod tests;
