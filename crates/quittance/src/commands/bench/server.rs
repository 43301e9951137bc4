//! Servers to measure: processes of this program, or one that runs elsewhere.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::database::Database;
use crate::output::{Done, sentence};

/// The servers on one database.
pub(super) struct Servers {
    /// How a server is told its database; it may hold a password, so it goes by the environment.
    database: String,
    committers: Option<usize>,
    running: Vec<Process>,
    elsewhere: Option<String>,
    start_ms: Vec<u64>,
}

struct Process {
    child: Child,
    address: String,
}

impl Servers {
    pub(super) fn on(database: &Database, committers: Option<usize>) -> Self {
        let database = match database {
            Database::Sqlite(path) => format!("sqlite:{}", path.display()),
            Database::Postgres(url) => url.clone(),
        };
        Self::told(database, committers)
    }

    fn told(database: String, committers: Option<usize>) -> Self {
        Self { database, committers, running: Vec::new(), elsewhere: None, start_ms: Vec::new() }
    }

    pub(super) fn elsewhere(server: &str) -> Self {
        let address = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { elsewhere: Some(address), ..Self::told(String::new(), None) }
    }

    /// Lets so many run, no more and no fewer, and answers their addresses.
    pub(super) fn run(&mut self, count: usize) -> Done<Vec<String>> {
        if let Some(address) = &self.elsewhere {
            return Ok(vec![address.clone()]);
        }
        self.running.truncate(count);
        while self.running.len() < count {
            let began = Instant::now();
            self.running.push(self.start()?);
            self.start_ms.push(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
        }
        Ok(self.running.iter().map(|process| process.address.clone()).collect())
    }

    fn start(&self) -> Done<Process> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "error"])
            .env("QUITTANCE_DATABASE", &self.database)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(committers) = self.committers {
            command.args(["--committers", &committers.to_string()]);
        }
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or_else(|| sentence("the server has no output"))?;
        let mut process = Process { child, address: String::new() };
        for line in BufReader::new(out).lines() {
            if let Some(address) = line?.strip_prefix("listening on http://") {
                address.clone_into(&mut process.address);
                return Ok(process);
            }
        }
        Err(sentence("the server did not start"))
    }

    /// From starting the first process to its being ready, in milliseconds.
    pub(super) fn start_ms(&self) -> Option<u64> {
        self.start_ms.first().copied()
    }

    /// Resident memory of the first process, in KiB.
    pub(super) fn resident_kib(&self) -> Option<u64> {
        let child = &self.running.first()?.child;
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().trim_end_matches("kB").trim().parse().ok()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
