use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::run;

/// What makes a server fast to test on: after a loss of power there would be nothing left.
const FAST: [(&str, &str); 6] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    // Would get in the way of cloning and dropping databases, and makes nothing of a few rows better.
    ("autovacuum", "off"),
    ("shared_buffers", "64MB"),
    ("max_wal_size", "128MB"),
];
/// A file system in memory, and how many KiB must be free there. A database has some 300 files: on some
/// disks it takes longer to make them than to test anything on them.
const MEMORY: (&str, u64) = ("/dev/shm", 2 << 20);

/// How a server is to run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    fast: bool,
    options: Vec<(String, String)>,
    directory: Option<PathBuf>,
}

impl Settings {
    /// Without `fsync`, and in memory if there is room, for tests of everything but durability.
    pub fn fast() -> Self {
        let fast = Self { fast: true, ..Self::default() };
        FAST.iter().fold(fast, |settings, (name, value)| settings.with(name, value))
    }

    /// As the package sets it: with `fsync`, for benchmarks and for tests that kill the server.
    pub fn durable() -> Self {
        Self::default()
    }

    /// With a setting of PostgreSQL (`-c name=value`); of two for the same name the later one counts.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.options.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With its files in a new directory in `directory` instead of the system's temporary one. The
    /// user the server runs as must be let through to it.
    #[must_use]
    pub fn within(mut self, directory: &Path) -> Self {
        self.directory = Some(directory.to_owned());
        self
    }

    /// The settings of PostgreSQL, as arguments of the server.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = String> {
        self.options.iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")])
    }

    /// Whether a loss of power may take everything.
    pub(crate) fn is_fast(&self) -> bool {
        self.fast
    }

    /// Where to make the cluster's directory.
    pub(crate) fn parent(&self) -> PathBuf {
        match &self.directory {
            Some(directory) => directory.clone(),
            None if self.fast && free_kib(MEMORY.0) >= MEMORY.1 => PathBuf::from(MEMORY.0),
            None => std::env::temp_dir(),
        }
    }
}

fn free_kib(directory: &str) -> u64 {
    let free = run(Command::new("df").args(["-k", "--output=avail", directory]));
    free.ok().and_then(|text| text.lines().last()?.trim().parse().ok()).unwrap_or(0)
}
