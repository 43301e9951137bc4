//! The sample business of `quittance demo`, in the chosen store.

use std::path::PathBuf;

use tempfile::TempDir;

use super::run;
use super::store::{Store, copy, database, file, store};

/// A sample business that nobody serves.
pub(crate) struct Sample {
    own: TempDir,
    /// What the demo said.
    pub(crate) tour: String,
}

impl Sample {
    /// Makes one. A demo always keeps its books in a file; on PostgreSQL they are copied from it.
    pub(crate) fn make(seed: &str, accounts: &str) -> Self {
        let own = tempfile::tempdir().unwrap();
        let sample = Self { own, tour: String::new() };
        let directory = sample.directory();
        let into = ["--directory", directory.to_str().unwrap()];
        let demo = ["demo", "--no-serve", "--seed", seed, "--accounts", accounts];
        let tour = done(&[demo.as_slice(), &into].concat());
        if store() == Store::Postgres {
            done(&["copy", "--from", &file(&directory), "--to", &database(&directory)]);
        }
        Self { tour, ..sample }
    }

    /// The directory that the demo made.
    pub(crate) fn directory(&self) -> PathBuf {
        self.own.path().join("demo")
    }

    /// Its database, as the command line names it.
    pub(crate) fn at(&self) -> String {
        database(&self.directory())
    }

    /// A copy of its database in a directory of its own.
    pub(crate) fn copy(&self) -> TempDir {
        copy(&self.directory())
    }

    /// An account with a credit balance, from the tour.
    pub(crate) fn account(&self) -> String {
        let (_, rest) = self.tour.split_once("/accounts/").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }

    /// The administrator's key, from the tour.
    pub(crate) fn key(&self) -> String {
        let (_, key) = self.tour.split_once("export KEY=").unwrap();
        key.lines().next().unwrap().to_owned()
    }
}

fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
