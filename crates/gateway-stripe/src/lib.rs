//! The connector for Stripe (gateways 2.1): PaymentIntents and refunds, forms in, JSON out, an idempotency
//! key on every request that moves money.
//!
//! Credentials: `secret_key`, `webhook_secret`.
//!
//! *Ids.* The gateway id of a payment is its PaymentIntent (`pi_`), the second id its charge (`ch_`). A
//! payment taken by another system may be known by its charge only.
//!
//! *Void.* Our charges are captured at once, so most PaymentIntents are `succeeded` when a void is asked
//! for. Sending one reads the PaymentIntent first. If it is `succeeded`, all of it is refunded, which
//! Stripe turns into a reversal while the card network still allows it; otherwise it is canceled. The two
//! never both take effect: a canceled PaymentIntent cannot be refunded and a captured one not be
//! canceled. They have different idempotency keys, since a key belongs to one path.
//!
//! *Credit.* Stripe has none: "refunds can only go back to the original payment method". It is declined
//! without a request.

mod amounts;
mod connector;
mod errors;
mod list;
mod lookup;
mod objects;
mod requests;
mod webhook;

pub use connector::{StripeConnector, connector};

#[cfg(test)]
mod tests;
