//! The suite of every store, on SQLite files.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use support::InAFile;

store_conformance::conformance!(InAFile);
