//! The connector for CyberSource (Visa Acceptance, gateways 2.5): signed JSON requests.
//!
//! Credentials: `merchant_id`, `key_id`, `shared_secret` (base64), and, for accounts that have webhooks,
//! `webhook_key` (base64).
//!
//! *No idempotency.* CyberSource keeps no keys. Our reference goes out as
//! `clientReferenceInformation.code` and the key of the attempt as `.transactionId`; before anything is
//! sent again, the search must say that there is none. The search lags by minutes, so a miss is
//! conclusive only when it is old enough. `DUPLICATE_REQUEST` is therefore no decline.
//!
//! *Pending.* `PENDING` is CyberSource's word for an accepted refund or credit, which goes out with the
//! next batch; nothing is pushed when it has, and it cannot be asked whether it has. So it counts as
//! succeeded and not as settled; what comes back later is seen in reconciliation. For a debit of a bank
//! account the same word means that the bank has yet to pay, and it stays pending.
//!
//! *Webhooks* for refunds were not established; one that is signed is a hint to look up.

mod body;
mod connector;
mod outcome;
mod search;
mod signature;
mod webhook;

pub use connector::{CyberSourceConnector, connector};

#[cfg(test)]
mod tests;
