//! Runs the real binary as a server and talks to it over HTTP, as any client would.
//!
//! [`Server`] owns the process; dropping it ends the process. [`Api`] is a client with one key. Every
//! [`Answer`] is held against the OpenAPI document: a status that is not documented for its operation
//! fails the test that saw it.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper for tests fails its test")]

pub(crate) mod api;
pub(crate) mod books;
pub(crate) mod console;
pub(crate) mod contract;
pub(crate) mod electronic;
pub(crate) mod judge;
pub(crate) mod people;
pub(crate) mod random;
pub(crate) mod sample;
pub(crate) mod sandbox;
pub(crate) mod scene;
pub(crate) mod store;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};

use tempfile::TempDir;

pub(crate) use api::{Answer, Api};
pub(crate) use store::database;

/// A running `quittance serve`.
pub(crate) struct Server {
    child: Child,
    // Held open, so that the server never meets a closed pipe.
    stdout: Option<BufReader<ChildStdout>>,
    directory: PathBuf,
    database: String,
    arguments: Vec<String>,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// The administrator's key, shown on first start.
    pub(crate) key: String,
    own: Option<TempDir>,
}

/// The binary under test.
pub(crate) fn quittance() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quittance"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("QUITTANCE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the binary to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    quittance().args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// What a command says that does what it is told.
#[track_caller]
pub(crate) fn ok(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a command says on stderr that refuses.
#[track_caller]
pub(crate) fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    String::from_utf8(output.stderr).unwrap()
}

impl Server {
    /// A server on a fresh database, in a directory of its own.
    pub(crate) fn fresh() -> Self {
        Self::fresh_with(&[])
    }

    /// The same with further arguments of `serve`.
    pub(crate) fn fresh_with(arguments: &[&str]) -> Self {
        let own = tempfile::tempdir().unwrap();
        let mut server = Self::start_with(own.path(), arguments);
        server.own = Some(own);
        server
    }

    /// A server on the database of `directory`; made if it is not there.
    pub(crate) fn start(directory: &Path) -> Self {
        Self::start_with(directory, &[])
    }

    /// The same with further arguments of `serve`.
    pub(crate) fn start_with(directory: &Path, arguments: &[&str]) -> Self {
        Self::try_start_by(quittance(), directory, &database(directory), arguments)
            .unwrap_or_else(|said| panic!("no server: {said}"))
    }

    /// A server by any command, whose last word so far is the binary, on any database; its log is in
    /// `directory`. If it ends instead of listening, what it said on stderr.
    pub(crate) fn try_start_by(
        mut command: Command,
        directory: &Path,
        database: &str,
        arguments: &[&str],
    ) -> Result<Self, String> {
        let log = File::options().append(true).create(true).open(log(directory)).unwrap();
        let child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--database", database])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self {
            child,
            stdout: None,
            directory: directory.to_owned(),
            database: database.to_owned(),
            arguments: arguments.iter().map(|text| (*text).to_owned()).collect(),
            url: String::new(),
            key: String::new(),
            own: None,
        };
        server.await_ready()?;
        Ok(server)
    }

    /// Reads stdout up to the line that says where the server listens.
    fn await_ready(&mut self) -> Result<(), String> {
        let mut lines = BufReader::new(self.child.stdout.take().unwrap());
        loop {
            let mut line = String::new();
            if lines.read_line(&mut line).unwrap() == 0 {
                let status = self.child.wait().unwrap();
                return Err(format!("{status}: {}", self.log()));
            }
            if let Some((what, secret)) = line.trim().rsplit_once(": ")
                && what.contains("API key")
            {
                secret.clone_into(&mut self.key);
            }
            if let Some(url) = line.trim().strip_prefix("listening on ") {
                url.clone_into(&mut self.url);
                self.stdout = Some(lines);
                return Ok(());
            }
        }
    }

    /// A client with the administrator's key.
    pub(crate) fn api(&self) -> Api {
        self.api_as(&self.key)
    }

    /// A client with another key.
    pub(crate) fn api_as(&self, key: &str) -> Api {
        Api::new(&self.url, Some(key))
    }

    /// A client that sends no key.
    pub(crate) fn anonymous(&self) -> Api {
        Api::new(&self.url, None)
    }

    /// Makes a key with a built-in role (`viewer`, `clerk`, `admin`) and answers a client with it.
    pub(crate) fn api_with_role(&self, role: &str) -> Api {
        let built_in = match role {
            "viewer" => "Viewer",
            "clerk" => "Payments Standard User",
            _ => "Administrator",
        };
        self.api_with_roles(&format!("a {role}"), &[built_in])
    }

    /// Makes a key with these roles and answers a client with it.
    pub(crate) fn api_with_roles(&self, name: &str, roles: &[&str]) -> Api {
        let body = serde_json::json!({"name": name, "roles": roles});
        let made = self.api().post("/api/v1/api-keys", &body).status(201);
        self.api_as(made["secret"].as_str().unwrap())
    }

    /// What the server wrote on stderr so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(log(&self.directory)).unwrap_or_default()
    }

    /// The directory that stands for its database.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Its database, as the command line names it.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// The id of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Asks it to stop (SIGTERM), and waits until it has.
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        let script = format!("kill -TERM {}", self.pid());
        assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
        self.child.wait().unwrap()
    }

    /// Starts it again on the same database with the same arguments, after it ended. Its address is
    /// another one; its keys are the same.
    pub(crate) fn start_again(&mut self) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let next = Self::try_start_by(quittance(), &self.directory, &self.database, &arguments);
        let mut next = next.unwrap_or_else(|said| panic!("no server: {said}"));
        next.own = self.own.take();
        next.key.clone_from(&self.key);
        *self = next;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn log(directory: &Path) -> PathBuf {
    directory.join("server.log")
}
