//! What it was measured on.

use serde::Serialize;

/// The machine, as far as its figures depend on it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    cpu: String,
    cores: usize,
    memory_mib: u64,
    system: String,
    kernel: String,
    /// Version of PostgreSQL, if it took part.
    pub(super) postgres: Option<String>,
}

impl Machine {
    /// This one.
    pub(super) fn here(postgres: Option<String>) -> Self {
        let field = |path: &str, name: &str| {
            let text = std::fs::read_to_string(path).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix(name))?.to_owned();
            Some(line.trim_matches([' ', '\t', ':', '=', '"']).to_owned())
        };
        let kib = field("/proc/meminfo", "MemTotal").unwrap_or_default();
        let kib: u64 = kib.trim_end_matches(" kB").parse().unwrap_or(0);
        let unknown = || "unknown".to_owned();
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kib / 1024,
            system: field("/etc/os-release", "PRETTY_NAME").unwrap_or_else(unknown),
            kernel: kernel.trim().to_owned(),
            postgres,
        }
    }

    /// In one line.
    pub(super) fn sentence(&self) -> String {
        let postgres = match &self.postgres {
            Some(version) => format!(", PostgreSQL {version}"),
            None => String::new(),
        };
        format!(
            "{} cores ({}), {} GiB, {}, Linux {}{postgres}",
            self.cores,
            self.cpu,
            (self.memory_mib + 512) / 1024,
            self.system,
            self.kernel,
        )
    }
}
