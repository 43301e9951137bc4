//! `kill -9` at any time loses nothing that was answered and does nothing twice. This program is both the
//! test and, when it is told a data file, the sandbox that is killed.

#![allow(clippy::unwrap_used, reason = "a test without a harness")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// Names the data file to the sandbox that is killed.
const FILE: &str = "SANDBOX_GATEWAY_KILL_FILE";
/// How often it is killed.
const ROUNDS: usize = 6;
/// After how many answers.
const ANSWERS: usize = 60;

fn main() {
    match std::env::var_os(FILE) {
        Some(path) => serve(Path::new(&path)),
        None => test(),
    }
}

fn serve(path: &Path) {
    let options = sandbox_gateway::Options { data: Some(path.to_owned()), ..common::options() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", listener.local_addr().unwrap()).unwrap();
        out.flush().unwrap();
        drop(out);
        sandbox_gateway::serve(listener, options, std::future::pending()).await.unwrap();
    });
}

/// A sandbox that is killed at the latest when the test fails.
struct Victim(Child);

impl Victim {
    fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        self.kill();
    }
}

fn start(path: &Path) -> (Victim, String) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Victim(child), format!("http://{}", line.trim()))
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).max_idle_connections(0).build().into()
}

/// A charge with the key `key`; `None` if no answer came.
fn charge(agent: &ureq::Agent, url: &str, key: &str) -> Option<Value> {
    let body =
        json!({"reference": key, "method_token": "pm_ok", "amount": "1.00", "currency": "USD"});
    let request = agent.post(format!("{url}/plain/v1/charges"));
    let request = request.header("authorization", "Bearer x").header("idempotency-key", key);
    let mut response = request.send(body.to_string()).ok()?;
    assert_eq!(response.status().as_u16(), 201);
    serde_json::from_str(&response.body_mut().read_to_string().ok()?).ok()
}

fn test() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.jsonl");
    let mut known: Vec<(String, Value)> = Vec::new();
    for round in 0..ROUNDS {
        let (mut child, url) = start(&path);
        let answered: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let unanswered: Arc<Mutex<Vec<String>>> = Arc::default();
        let (count, dead) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let clients: Vec<_> = (0..4)
            .map(|client| {
                let (url, answered, unanswered) =
                    (url.clone(), answered.clone(), unanswered.clone());
                let (count, dead) = (count.clone(), dead.clone());
                std::thread::spawn(move || {
                    let agent = agent();
                    for number in 0.. {
                        let key = format!("k-{round}-{client}-{number}");
                        match charge(&agent, &url, &key) {
                            Some(body) => answered.lock().unwrap().push((key, body)),
                            None => {
                                unanswered.lock().unwrap().push(key);
                                break;
                            }
                        }
                        count.fetch_add(1, Ordering::SeqCst);
                        if dead.load(Ordering::SeqCst) {
                            break;
                        }
                    }
                })
            })
            .collect();
        while count.load(Ordering::SeqCst) < ANSWERS {
            std::thread::yield_now();
        }
        child.kill();
        dead.store(true, Ordering::SeqCst);
        clients.into_iter().for_each(|client| client.join().unwrap());
        known.append(&mut answered.lock().unwrap());
        let again = std::mem::take(&mut *unanswered.lock().unwrap());
        verify(&path, &mut known, again);
    }
    // A line that was torn off in its middle never happened.
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"[{\"next\":9999").unwrap();
    drop(file);
    verify(&path, &mut known, vec!["after-the-torn-line".to_owned()]);
    verify(&path, &mut known, Vec::new());
    assert!(known.len() > ROUNDS * ANSWERS);
}

/// Everything answered is there as answered; what was not answered can be sent again with its key; every
/// reference moved money exactly once.
fn verify(path: &Path, known: &mut Vec<(String, Value)>, again: Vec<String>) {
    let (mut child, url) = start(path);
    let agent = agent();
    for key in again {
        let body = charge(&agent, &url, &key).unwrap();
        known.push((key, body));
    }
    for (key, body) in known.iter() {
        assert_eq!(charge(&agent, &url, key).as_ref(), Some(body), "{key}");
    }
    let mut ledger = agent.get(format!("{url}/_sim/ledger")).call().unwrap();
    let ledger: Value = serde_json::from_str(&ledger.body_mut().read_to_string().unwrap()).unwrap();
    let entries = ledger["data"].as_array().unwrap();
    assert_eq!(entries.len(), known.len());
    assert!(entries.iter().all(|entry| entry["total"] == "1.00"), "{ledger}");
    child.kill();
}
