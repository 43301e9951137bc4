//! Three servers on one PostgreSQL under load, while servers are killed, PostgreSQL is killed and starts
//! again, and its backends are terminated: nothing acknowledged is lost, nothing has effect twice.
//!
//! What happens when comes from a seeded generator, counted in acknowledgements. `QUITTANCE_KILLS` sets
//! how often something happens (`cargo xtask kill`).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, RwLock};
use std::thread;

use serde_json::{Value, json};
use support::random::Random;
use support::{Api, Server, quittance, run};
use throwaway_postgres::{Cluster, Settings};

const SERVERS: usize = 3;
const CLIENTS: usize = 9;
const ACCOUNTS: usize = 4;
const MISHAPS: u64 = 24;
/// Something happens after so many more acknowledgements, or fewer.
const BETWEEN: u64 = 60;

/// A command, what it does to the credit balance of its account, and the answer.
struct Sent {
    account: usize,
    cents: i64,
    path: String,
    key: String,
    body: Value,
    answer: Value,
}

struct Load<'a> {
    urls: &'a RwLock<Vec<String>>,
    key: &'a str,
    accounts: &'a [String],
    acknowledged: &'a AtomicU64,
    enough: u64,
}

impl Load<'_> {
    /// Sends commands one after the other, each again and again until a server acknowledges it.
    fn client(&self, name: usize, mut random: Random) -> Vec<Sent> {
        let mut sent = Vec::new();
        while self.acknowledged.load(Ordering::SeqCst) < self.enough {
            let account = usize::try_from(random.below(ACCOUNTS as u64)).unwrap();
            let number = &self.accounts[account];
            let cents = i64::try_from(1 + random.below(300)).unwrap();
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            let (path, body, cents) = if random.below(2) == 0 {
                let path = format!("/api/v1/accounts/{number}/credit-balance/refund");
                (path, json!({"method_type": "check", "amount": amount}), -cents)
            } else {
                let path = format!("/api/v1/accounts/{number}/payments");
                (path, json!({"method_type": "cash", "credit_balance_amount": amount}), cents)
            };
            let key = format!("{name}-{}", sent.len());
            let answer = self.until_done(&path, &key, &body, &mut random);
            self.acknowledged.fetch_add(1, Ordering::SeqCst);
            sent.push(Sent { account, cents, path, key, body, answer });
        }
        sent
    }

    fn until_done(&self, path: &str, key: &str, body: &Value, random: &mut Random) -> Value {
        loop {
            let which = usize::try_from(random.below(SERVERS as u64)).unwrap();
            let url = self.urls.read().unwrap()[which].clone();
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            let api = Api::new(&url, Some(self.key));
            match api.try_send("POST", path, &headers, Some(body.to_string())) {
                Ok(answer) if answer.status == 201 => return answer.body,
                Ok(answer) if answer.status == 503 => {}
                Ok(answer) => panic!("{path} {body}: {}", answer.text),
                Err(_) => thread::yield_now(),
            }
        }
    }
}

/// Kills and terminates, each time after some more acknowledgements.
fn mishaps(
    cluster: &mut Cluster,
    servers: &mut [Server],
    urls: &RwLock<Vec<String>>,
    moments: &Receiver<()>,
    random: &mut Random,
) {
    while moments.recv().is_ok() {
        match random.below(6) {
            0 => {
                cluster.kill().unwrap();
                cluster.restart().unwrap();
            }
            1..=2 => {
                let which = usize::try_from(random.below(SERVERS as u64)).unwrap();
                servers[which].kill9();
                servers[which].start_again();
                urls.write().unwrap()[which].clone_from(&servers[which].url);
            }
            _ => drop(cluster.terminate_random_backend("books").unwrap()),
        }
    }
}

fn serve(cluster: &Cluster, directory: &std::path::Path) -> Server {
    let server = Server::try_start_by(quittance(), directory, &cluster.url("books"), &[]);
    server.unwrap_or_else(|said| panic!("no server: {said}"))
}

#[test]
fn nothing_is_lost_or_doubled_when_servers_and_the_database_die_under_load() {
    let times = std::env::var("QUITTANCE_KILLS").ok();
    let times: u64 = times.map_or(MISHAPS, |times| times.parse().unwrap());
    let mut cluster = Cluster::start(&Settings::durable()).unwrap();
    cluster.create("books").unwrap();
    let directories: Vec<_> = (0..SERVERS).map(|_| tempfile::tempdir().unwrap()).collect();
    let mut servers: Vec<Server> =
        directories.iter().map(|directory| serve(&cluster, directory.path())).collect();
    let key = servers[0].key.clone();
    let accounts: Vec<String> =
        (0..ACCOUNTS).map(|_| servers[0].api().account_with_credit("100000.00").0).collect();
    let urls = RwLock::new(servers.iter().map(|server| server.url.clone()).collect::<Vec<_>>());

    let acknowledged = AtomicU64::new(0);
    let load = Load {
        urls: &urls,
        key: &key,
        accounts: &accounts,
        acknowledged: &acknowledged,
        enough: (times + 1) * BETWEEN,
    };
    let everything: Mutex<Vec<Sent>> = Mutex::default();
    let mut random = Random(0x5eed);
    thread::scope(|scope| {
        let (moment, moments) = channel();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|name| {
                let (load, everything, seed) = (&load, &everything, random.below(u64::MAX));
                scope.spawn(move || {
                    let sent = load.client(name, Random(seed));
                    everything.lock().unwrap().extend(sent);
                })
            })
            .collect();
        let (cluster, servers, urls, random) = (&mut cluster, &mut servers, &urls, &mut random);
        let disturber = scope.spawn(move || mishaps(cluster, servers, urls, &moments, random));
        for time in 1..=times {
            // The next mishap waits for work done since the last one.
            while load.acknowledged.load(Ordering::SeqCst) < time * BETWEEN {
                assert!(!clients.iter().all(thread::ScopedJoinHandle::is_finished));
                thread::yield_now();
            }
            moment.send(()).unwrap();
        }
        drop(moment);
        disturber.join().unwrap();
    });

    let everything = everything.into_inner().unwrap();
    let api = Api::new(&servers[1].url, Some(&key));
    for (index, account) in accounts.iter().enumerate() {
        let of = everything.iter().filter(|sent| sent.account == index);
        let expected = 10_000_000 + of.map(|sent| sent.cents).sum::<i64>();
        let [credit, ..] = api.figures(account);
        assert_eq!(credit.replace('.', "").parse::<i64>().unwrap(), expected, "{account}");
    }
    for sent in &everything {
        let again = api.post_as(&sent.path, &sent.key, &sent.body);
        assert!(again.replayed(), "{} was acknowledged and is lost", sent.key);
        assert_eq!(again.status(201), sent.answer, "{}", sent.key);
    }
    for server in &mut servers {
        assert!(server.terminate().success());
    }
    let verified = run(&["verify", "--database", &cluster.url("books")]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert_eq!(verified.status.code(), Some(0), "{said}");
}
