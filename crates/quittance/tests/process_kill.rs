//! `kill -9` of a server under load: no acknowledged command is lost, none is applied twice.
//!
//! The moment of each kill comes from a seeded generator: after so many acknowledgements, while the
//! other clients have commands in flight. `QUITTANCE_KILLS` sets how often (`cargo xtask kill`).
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use serde_json::{Value, json};
use support::books::text;
use support::random::Random;
use support::{Answer, Api, Server, run};

const KILLS: u64 = 50;
const CLIENTS: usize = 6;
const ACCOUNTS: usize = 3;
/// Verifying reads the whole history: every so many kills.
const VERIFY_EVERY: u64 = 10;

/// An account with a negative invoice, so that refunds, payments and transfers all succeed.
struct Customer {
    account: String,
    invoice: String,
    /// The credit balance in cents that all commands done so far make.
    cents: i64,
}

/// A command that was sent, with what it does to the credit balance of its account.
struct Sent {
    customer: usize,
    cents: i64,
    path: String,
    key: String,
    body: Value,
    /// The answer, if one came.
    acknowledged: Option<Value>,
}

impl Sent {
    fn new(customers: &[Customer], random: &mut Random, key: String) -> Self {
        let customer = usize::try_from(random.below(ACCOUNTS as u64)).unwrap();
        let Customer { account, invoice, .. } = &customers[customer];
        let cents = i64::try_from(1 + random.below(500)).unwrap();
        let amount = decimal(cents);
        let (path, body, cents) = match random.below(3) {
            0 => (
                format!("/api/v1/accounts/{account}/credit-balance/refund"),
                json!({"method_type": "check", "amount": amount}),
                -cents,
            ),
            1 => (
                format!("/api/v1/accounts/{account}/payments"),
                json!({"method_type": "cash", "credit_balance_amount": amount}),
                cents,
            ),
            _ => (format!("/api/v1/invoices/{invoice}/transfer"), json!({"amount": amount}), cents),
        };
        Self { customer, cents, path, key, body, acknowledged: None }
    }

    fn send(&self, api: &Api) -> Result<Answer, String> {
        let headers = [("content-type", "application/json"), ("idempotency-key", &self.key)];
        api.try_send("POST", &self.path, &headers, Some(self.body.to_string()))
    }
}

fn decimal(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn cents(decimal: &str) -> i64 {
    decimal.replace('.', "").parse().unwrap()
}

fn customers(api: &Api) -> Vec<Customer> {
    let customer = |_| {
        let account = api.open_account("USD");
        let invoice = api.posted(&account, "-100000000.00");
        api.transfer(&invoice, "1000000.00").done();
        Customer { account, invoice, cents: 100_000_000 }
    };
    (0..ACCOUNTS).map(customer).collect()
}

/// Sends commands one after the other until the server is gone.
fn client(
    api: &Api,
    customers: &[Customer],
    name: &str,
    random: &mut Random,
    acknowledged: (&AtomicU64, u64, &Sender<()>),
) -> Vec<Sent> {
    let (count, kill_at, kill) = acknowledged;
    let mut sent = Vec::new();
    loop {
        let mut next = Sent::new(customers, random, format!("{name}-{}", sent.len()));
        let answer = next.send(api);
        if let Ok(answer) = &answer {
            match answer.status {
                201 => next.acknowledged = Some(answer.body.clone()),
                503 => {}
                _ => panic!("{} {}: {}", next.path, next.body, answer.text),
            }
        }
        let gone = next.acknowledged.is_none();
        sent.push(next);
        if gone {
            return sent;
        }
        if count.fetch_add(1, Ordering::SeqCst) + 1 == kill_at {
            kill.send(()).unwrap();
        }
    }
}

/// Loads the server with commands and kills it after some of them were acknowledged.
fn load_and_kill(
    server: &mut Server,
    customers: &[Customer],
    round: u64,
    random: &mut Random,
) -> Vec<Sent> {
    let kill_at = 1 + random.below(60);
    // At times it is already stopping, and writing its caches back, when it dies.
    let stopping = random.below(4) == 0;
    let seeds: Vec<u64> = (0..CLIENTS).map(|_| random.below(u64::MAX)).collect();
    let count = AtomicU64::new(0);
    let (kill, killed) = channel();
    let (url, key) = (server.url.clone(), server.key.clone());
    thread::scope(|scope| {
        let mut clients = Vec::new();
        for (number, seed) in seeds.into_iter().enumerate() {
            let (count, kill) = (&count, kill.clone());
            let api = Api::new(&url, Some(&key));
            clients.push(scope.spawn(move || {
                let name = format!("{round}-{number}");
                client(&api, customers, &name, &mut Random(seed), (count, kill_at, &kill))
            }));
        }
        drop(kill);
        killed.recv().unwrap();
        if stopping {
            let script = format!("kill -TERM {}", server.pid());
            assert!(
                std::process::Command::new("sh").args(["-c", &script]).status().unwrap().success()
            );
        }
        server.kill9();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

/// Every acknowledged command is there, once; of the others each is there once or not at all.
fn nothing_is_lost_or_doubled(api: &Api, customers: &mut [Customer], round: &mut [Sent]) {
    for (index, customer) in customers.iter_mut().enumerate() {
        let of = |sent: &&Sent| sent.customer == index;
        let done = round.iter().filter(of).filter(|sent| sent.acknowledged.is_some());
        let certain = customer.cents + done.map(|sent| sent.cents).sum::<i64>();
        let doubtful = round.iter().filter(of).filter(|sent| sent.acknowledged.is_none());
        let mut possible = vec![certain];
        for sent in doubtful {
            let with: Vec<i64> = possible.iter().map(|cents| cents + sent.cents).collect();
            possible.extend(with);
        }
        let [credit, ..] = api.figures(&customer.account);
        assert!(possible.contains(&cents(&credit)), "{credit} is none of {possible:?} cents");
    }
    for sent in round.iter_mut() {
        let again = sent.send(api).unwrap();
        if let Some(first) = &sent.acknowledged {
            assert!(again.replayed(), "{} was acknowledged and is lost", sent.key);
            assert_eq!(again.status(201), *first);
        } else {
            sent.acknowledged = Some(again.done());
        }
        customers[sent.customer].cents += sent.cents;
    }
    for customer in customers.iter() {
        let [credit, ..] = api.figures(&customer.account);
        assert_eq!(cents(&credit), customer.cents, "{}", customer.account);
    }
}

#[track_caller]
fn verify(server: &Server) {
    let verified = run(&["verify", "--database", server.database()]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert_eq!(verified.status.code(), Some(0), "{said}");
}

#[test]
fn a_server_killed_under_load_loses_nothing_and_doubles_nothing() {
    let kills = std::env::var("QUITTANCE_KILLS").ok().map_or(KILLS, |times| times.parse().unwrap());
    let mut random = Random(0x5eed);
    let mut server = Server::fresh();
    let mut customers = customers(&server.api());
    let mut everything: Vec<Sent> = Vec::new();
    for round in 1..=kills {
        let mut sent = load_and_kill(&mut server, &customers, round, &mut random);
        if round % VERIFY_EVERY == 1 {
            // What the dead server left behind is right as it lies there.
            verify(&server);
        }
        server.start_again();
        nothing_is_lost_or_doubled(&server.api(), &mut customers, &mut sent);
        everything.append(&mut sent);
        if round % VERIFY_EVERY == 0 {
            verify(&server);
        }
    }
    // A key means the same command for ever, however many deaths ago.
    let api = server.api();
    for sent in &everything {
        let again = sent.send(&api).unwrap();
        assert!(again.replayed(), "{}", sent.key);
        assert_eq!(Some(&again.status(201)), sent.acknowledged.as_ref());
    }
    let other = json!({"amount": "0.01"});
    let first = everything.iter().find(|sent| sent.path.ends_with("/transfer")).unwrap();
    assert_ne!(first.body, other);
    let reused = api.post_as(&first.path, &first.key, &other);
    assert!(!text(&reused.refused(409, "idempotency_key_reused"), "entry").is_empty());
    assert!(server.terminate().success());
    verify(&server);
}
