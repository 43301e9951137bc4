//! The record nobody can bend: the history, sealed in blocks that are chained and signed.
//!
//! *Shape.* Beside the writers, never in their way, a [`Sealer`] reads what the history has gained and makes a
//! [`Block`](engine::AuditBlock) of it: the hash of every entry ([`leaf`]), the Merkle root over them, the hash of the block before,
//! and a signature (Ed25519). Whoever changes, removes, adds or swaps an entry afterwards no longer fits the block; whoever
//! changes the block too no longer fits the next one or the signature; and who rewrites them all, with the key,
//! no longer fits a head that was kept elsewhere. [`check`] finds the first entry that does not fit, and names it.
//!
//! *What it does not cover.* Entries younger than the last block, a second at most while a server runs. Balances and other
//! projections are no part of it: `verify` derives them again from the entries.
//!
//! *Canonical content.* The JSON of an entry as the history export writes it, so that an auditor can compute every hash
//! from an export with any tool. A field that is added to an entry later must be left out while it says nothing.

mod block;
mod check;
mod recent;
mod seal;
mod sign;

pub use block::{Head, LEAVES_MAX, leaf};
pub use check::{AuditError, Checked, check, check_newest};
pub use seal::{Sealer, seal_all};
pub use sign::{PublicKey, Signer};
