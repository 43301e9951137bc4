//! Importing invoice lines as the business they were.
//!
//! *Shape.* A [`Profile`] (TOML) says which column means what. [`read`] turns a file (plain, gzip or
//! zstd) into [`Business`]: accounts and invoices in posting order. [`replay`] sends it through the
//! engine like any other caller, array by array, each command with a key derived from the file's own
//! numbers: running it again, after a kill or in full, repeats nothing.
//!
//! *Errors.* The whole file is read and checked before the first command; every error names line and
//! column.

mod profile;
mod read;
mod replay;

pub use profile::{Profile, ProfileError};
pub use read::{Business, ReadError, read};
pub use replay::{ImportError, Totals, replay};
