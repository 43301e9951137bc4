//! The running server: one postmaster and its children.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use crate::Error;
use crate::error::run;

/// What the server logs once it takes connections, and what it logs about a port that is taken.
const READY: &str = "database system is ready to accept connections";
const PORT_TAKEN: &str = "Address already in use";
/// So much of the log goes into a message.
const LINES_SHOWN: usize = 8;

/// A server that takes connections.
#[derive(Debug)]
pub(crate) struct Server {
    postmaster: Child,
    log: Option<JoinHandle<()>>,
}

/// Why a server did not start.
pub(crate) enum Failed {
    /// Somebody listens on the port.
    PortTaken(Error),
    /// Anything else.
    Other(Error),
}

impl Server {
    /// Starts it and waits until it takes connections. What it logs is appended to `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self, Failed> {
        let other = |error| Failed::Other(Error::system("postgres")(error));
        let already = fs::metadata(log).map_or(0, |log| log.len());
        let file = File::options().append(true).create(true).open(log).map_err(other)?;
        let mut postmaster = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(other)?;
        let (ready, is_ready) = channel();
        let stderr = postmaster.stderr.take();
        let follower =
            stderr.map(|stderr| std::thread::spawn(move || follow(stderr, file, &ready)));
        let mut server = Self { postmaster, log: follower };
        if wait(&is_ready) {
            return Ok(server);
        }
        server.await_end();
        let text = fs::read(log).unwrap_or_default();
        let new = text.get(usize::try_from(already).unwrap_or(0)..).unwrap_or_default();
        let said = last_lines(&String::from_utf8_lossy(new));
        let taken = said.contains(PORT_TAKEN);
        let error = Error::NotStarted(said);
        Err(if taken { Failed::PortTaken(error) } else { Failed::Other(error) })
    }

    /// Sends the postmaster a signal and waits until all of the server is gone.
    pub(crate) fn end(&mut self, signal: &str) -> Result<(), Error> {
        send(signal, &[self.postmaster.id()])?;
        self.await_end();
        Ok(())
    }

    /// `kill -9` of every process of the server at once.
    pub(crate) fn kill(&mut self, name: &str) -> Result<(), Error> {
        // Stopped, it starts no more children while they are counted.
        send("STOP", &[self.postmaster.id()])?;
        let mut pids = processes(name);
        pids.push(self.postmaster.id());
        send("KILL", &pids)?;
        self.await_end();
        Ok(())
    }

    fn await_end(&mut self) {
        let _ = self.postmaster.wait();
        // Every process of the server holds the other end of the log, so this waits for the last.
        if let Some(log) = self.log.take() {
            let _ = log.join();
        }
    }
}

fn wait(ready: &Receiver<()>) -> bool {
    ready.recv().is_ok()
}

/// Copies the log to its file until nobody can write to it any more.
fn follow(stderr: ChildStderr, mut file: File, ready: &Sender<()>) {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let _ = file.write_all(&line);
        if String::from_utf8_lossy(&line).contains(READY) {
            let _ = ready.send(());
        }
        line.clear();
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(LINES_SHOWN)..).unwrap_or_default().join("\n")
}

fn send(signal: &str, pids: &[u32]) -> Result<(), Error> {
    let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
    let script = "kill -s \"$@\" 2> /dev/null || true";
    run(Command::new("sh").args(["-c", script, "sh", signal]).args(pids)).map(drop)
}

/// The processes that carry a cluster's name: the postmaster as an argument, its children as a title.
pub(crate) fn processes(name: &str) -> Vec<u32> {
    let carries = |directory: &Path| {
        let is = |file: &str| fs::read(directory.join(file)).unwrap_or_default();
        let text = is("cmdline");
        is("comm").trim_ascii() == b"postgres" && String::from_utf8_lossy(&text).contains(name)
    };
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(_, directory): &(u32, _)| carries(directory))
        .map(|(pid, _)| pid)
        .collect()
}
