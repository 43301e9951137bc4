//! The suite of every store, and that of a store that several may write to, on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use support::InADatabase;

store_conformance::conformance!(InADatabase);
store_conformance::races!(InADatabase);

/// The same races, with transactions that are serializable.
mod serializable {
    use super::support::InADatabase;

    store_conformance::races!(InADatabase<true>);
}
