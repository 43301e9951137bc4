use std::path::{Path, PathBuf};

/// What makes a server fast to test on: after a loss of power there would be nothing left.
const FAST: [(&str, &str); 5] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    // Would get in the way of cloning and dropping databases, and makes nothing of a few rows better.
    ("autovacuum", "off"),
    ("shared_buffers", "64MB"),
];

/// How a server is to run.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    options: Vec<(String, String)>,
    directory: Option<PathBuf>,
}

impl Settings {
    /// Without `fsync`, for tests of everything but durability.
    pub fn fast() -> Self {
        FAST.iter().fold(Self::default(), |settings, (name, value)| settings.with(name, value))
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

    /// Where to make the cluster's directory.
    pub(crate) fn parent(&self) -> PathBuf {
        self.directory.clone().unwrap_or_else(std::env::temp_dir)
    }
}
