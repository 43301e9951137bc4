//! A sandbox gateway as a process of its own, and the books that talk to it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Api, Server, database, quittance};

/// The name of the gateway in the books.
pub(crate) const GATEWAY: &str = "cards";
/// The key for the credentials: any 64 hexadecimal digits.
const KEY: &str = "5eed0f00ba11ad0e5eed0f00ba11ad0e5eed0f00ba11ad0e5eed0f00ba11ad0e";
/// The secret its webhooks are signed with.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_of_the_torture";
/// What takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks again and again until it is so.
#[track_caller]
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    assert!(within(PATIENCE, &mut done), "{what}: not within {PATIENCE:?}");
}

/// The same, and whether it became so in time.
pub(crate) fn within(patience: Duration, mut done: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + patience;
    while !done() {
        if Instant::now() > deadline {
            return false;
        }
        thread::yield_now();
    }
    true
}

/// A running `quittance sandbox-gateway`, whose clock stands still until it is advanced.
pub(crate) struct Sandbox {
    child: Child,
    stdout: BufReader<ChildStdout>,
    data: PathBuf,
    address: String,
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    api: Api,
}

impl Sandbox {
    /// A fresh one, with its data file in `directory`.
    pub(crate) fn start(directory: &Path, clock: Timestamp) -> Self {
        let data = directory.join("sandbox.data");
        let started = launch(&data, "127.0.0.1:0", &["--clock", &clock.to_string()]);
        let (child, stdout, url) = started.unwrap();
        let address = url.strip_prefix("http://").unwrap().to_owned();
        let api = Api::new(&url, None);
        Self { child, stdout, data, address, url, api }
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again on its data file, at the same address.
    pub(crate) fn start_again(&mut self) {
        until("the sandbox comes back", || {
            let Some((child, stdout, _)) = launch(&self.data, &self.address, &[]) else {
                return false;
            };
            (self.child, self.stdout) = (child, stdout);
            true
        });
        // Connections to the dead one are of no use.
        self.api = Api::new(&self.url, None);
    }

    /// Gives it an order.
    #[track_caller]
    pub(crate) fn tell(&self, path: &str, body: &Value) -> Value {
        self.api.command("POST", path, None, body).status(200)
    }

    /// Lets its clock go on.
    pub(crate) fn advance(&self, by: SignedDuration) {
        self.tell("/_sim/advance", &json!({"seconds": by.as_secs()}));
    }

    /// Sends the webhooks of the gateway to `server` from now on.
    pub(crate) fn notifies(&self, server: &Server) {
        let url = format!("{}/webhooks/{GATEWAY}", server.url);
        let target = json!({"dialect": "plain", "url": url, "secret": WEBHOOK_SECRET});
        self.tell("/_sim/webhooks", &target);
    }

    /// Sends every webhook that was not taken yet.
    pub(crate) fn flush(&self) {
        self.tell("/_sim/webhooks/flush", &json!({}));
    }

    /// Every movement of money, by reference and currency.
    pub(crate) fn ledger(&self) -> Vec<Value> {
        self.api.show("/_sim/ledger")["data"].as_array().unwrap().clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(
    data: &Path,
    listen: &str,
    more: &[&str],
) -> Option<(Child, BufReader<ChildStdout>, String)> {
    let mut child = quittance()
        .args(["sandbox-gateway", "--manual-clock", "--hang", "0", "--listen", listen, "--data"])
        .arg(data)
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let Some(url) = line.trim().strip_prefix("sandbox gateway on ") else {
        child.wait().unwrap();
        return None;
    };
    let url = url.to_owned();
    Some((child, stdout, url))
}

/// The binary with the key for the credentials.
pub(crate) fn keyed() -> Command {
    let mut command = quittance();
    command.env("QUITTANCE_KEY", KEY);
    command
}

/// A server with the key and a test clock, on the database of `directory`. `key` is the administrator's
/// if it was shown already.
pub(crate) fn serve(directory: &Path, key: Option<&str>, more: &[&str]) -> Server {
    let arguments = [&["--test-clock", "--log", "warn"], more].concat();
    let started = Server::try_start_by(keyed(), directory, &database(directory), &arguments);
    let mut server = started.unwrap_or_else(|said| panic!("no server: {said}"));
    if let Some(key) = key {
        key.clone_into(&mut server.key);
    }
    server
}

impl Api {
    /// Moves the test clock.
    pub(crate) fn set_clock(&self, now: Timestamp) {
        self.put("/api/v1/clock", &json!({"now": now.to_string()})).status(200);
    }

    /// Configures a sandbox gateway that answers.
    pub(crate) fn living_gateway(&self, sandbox: &Sandbox) {
        let credentials = json!({"api_key": "any", "webhook_secret": WEBHOOK_SECRET});
        let body = json!({"name": GATEWAY, "kind": "sandbox", "unreferenced_credits": true,
            "url": format!("{}/plain", sandbox.url), "credentials": credentials});
        self.post("/api/v1/gateways", &body).done();
    }

    /// A refund or a payment as it is shown.
    pub(crate) fn document(&self, number: &str) -> Value {
        let kind = if number.starts_with("R-") { "refunds" } else { "payments" };
        self.show(&format!("/api/v1/{kind}/{number}"))
    }
}
