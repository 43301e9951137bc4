//! Electronic refunds under fire: a real server, a real gateway and, on that store, a real PostgreSQL, all killed
//! at any time, connections that break, notices that come twice or too late, a clock that jumps. In the end every movement of money
//! in the gateway's own ledger is held against the books: exactly once, or not at all.
//!
//! All chance comes from a seed (`QUITTANCE_TORTURE_SEED`); `QUITTANCE_TORTURE_ROUNDS` says for how long
//! (`cargo xtask torture`). What the processes do at the same time is theirs: a seed makes a run similar,
//! not the same.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that says its seed"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use support::api::fresh_key;
use support::books::{all_made, number, text};
use support::random::Random;
use support::sandbox::{GATEWAY, Sandbox, keyed, serve, until, within};
use support::store::{Store, keep_in, store};
use support::{Answer, Api, Server, database, run};
use tempfile::TempDir;
use throwaway_postgres::{Cluster, Settings};

const ROUNDS: u64 = 200;
const SEED: u64 = 0x5eed;
/// Ahead of every real clock: a server that has just started, and does not know the time yet, works on
/// nothing.
const BEGIN: &str = "2090-03-02T10:00:00Z";
/// What cards make the gateway do with credits and refunds, and with charges. Some stand here twice, the
/// endless ones once.
const TOKENS: [&str; 27] = [
    "pm_ok",
    "pm_ok",
    "pm_ok_2",
    "pm_pending_ok",
    "pm_pending_ok_2",
    "pm_late_fail",
    "pm_late_fail_2",
    "pm_pending_fail",
    "pm_declined",
    "pm_timeout_done",
    "pm_timeout_done_2",
    "pm_timeout_lost",
    "pm_500_done",
    "pm_500_done_2",
    "pm_500_lost",
    "pm_429",
    "pm_hook_first",
    "pm_hook_dup",
    "pm_hook_reorder",
    "pm_hook_badsig",
    "pm_echo_wrong",
    "pm_charge_pending_ok",
    "pm_charge_late_fail",
    "pm_charge_timeout_done",
    "pm_charge_500_done",
    "pm_charge_declined",
    "pm_charge_hook_first",
];
const FAULTS: [&str; 7] = [
    "drop_before_read",
    "drop_after_commit",
    "slow",
    "truncate",
    "status_500_done",
    "status_500_lost",
    "rate_limit",
];

struct Account {
    number: String,
    yen: bool,
    /// An invoice of more than is ever charged.
    invoice: String,
    methods: Vec<String>,
}

/// A command and the answer to it.
struct Sent {
    path: String,
    key: String,
    body: Value,
    answer: Value,
}

/// A `quittance worker`, whose clock stands where it was started.
struct Worker {
    child: Child,
    name: String,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Torture {
    random: Random,
    now: Timestamp,
    directory: TempDir,
    server: Server,
    sandbox: Sandbox,
    /// PostgreSQL, if the books are kept there.
    cluster: Option<Cluster>,
    worker: Option<Worker>,
    workers: usize,
    /// Workers that died with their claims.
    dead: HashSet<String>,
    accounts: Vec<Account>,
    sent: Vec<Sent>,
    documents: BTreeSet<String>,
    /// Those on which a worker may still have to act.
    open: BTreeSet<String>,
}

impl Torture {
    fn begin(seed: u64) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let now: Timestamp = BEGIN.parse().unwrap();
        let sandbox = Sandbox::start(directory.path(), now);
        let cluster = (store() == Store::Postgres).then(|| {
            let cluster = Cluster::start(&Settings::durable()).unwrap();
            cluster.create("books").unwrap();
            keep_in(directory.path(), cluster.url("books"));
            cluster
        });
        let server = serve(directory.path(), None, &[]);
        let api = server.api();
        api.set_clock(now);
        api.living_gateway(&sandbox);
        sandbox.notifies(&server);
        let account = |currency: &str| {
            let number = api.open_account(currency);
            let invoice = api.posted(&number, "-900000000");
            api.transfer(&invoice, "900000000").done();
            let methods = TOKENS.iter().map(|token| {
                let body = json!({"method_type": "credit_card", "token": token,
                    "brand": "Visa", "last_four": "4242", "expiry": "2099-12"});
                api.payment_method(&number, &body)
            });
            let methods = methods.collect();
            let invoice = api.posted(&number, "900000000");
            Account { number, yen: currency == "JPY", invoice, methods }
        };
        let accounts = ["USD", "USD", "JPY", "USD", "JPY"].map(account).into();
        Self {
            random: Random(seed),
            now,
            directory,
            server,
            sandbox,
            cluster,
            worker: None,
            workers: 0,
            dead: HashSet::new(),
            accounts,
            sent: Vec::new(),
            documents: BTreeSet::new(),
            open: BTreeSet::new(),
        }
    }

    fn one_of<'a, T>(random: &mut Random, things: &'a [T]) -> &'a T {
        let which = random.below(u64::try_from(things.len()).unwrap());
        &things[usize::try_from(which).unwrap()]
    }

    /// Any command; it may well be refused.
    fn command(&mut self) -> (String, Value) {
        let random = &mut self.random;
        let account = Self::one_of(random, &self.accounts);
        let hundreds = 1 + random.below(50);
        let amount = if account.yen { format!("{hundreds}00") } else { hundreds.to_string() };
        let method = Self::one_of(random, &account.methods);
        let payments: Vec<&String> =
            self.documents.iter().filter(|number| number.starts_with("P-")).collect();
        let what = if payments.is_empty() { random.below(8) } else { random.below(14) };
        let number = &account.number;
        match what {
            0..=4 => (
                format!("/api/v1/accounts/{number}/credit-balance/refund"),
                json!({"type": "electronic", "amount": amount, "payment_method_id": method}),
            ),
            5..=6 => (
                format!("/api/v1/accounts/{number}/payments/charge"),
                json!({"payment_method_id": method,
                    "applications": [{"invoice": account.invoice, "amount": amount}]}),
            ),
            7 => (
                format!("/api/v1/accounts/{number}/payments/charge"),
                json!({"payment_method_id": method, "credit_balance_amount": amount}),
            ),
            8..=11 => {
                let payment = Self::one_of(random, &payments);
                let mut body = json!({"type": "electronic"});
                if random.below(3) > 0 {
                    body["amount"] = json!(amount);
                }
                (format!("/api/v1/payments/{payment}/refund"), body)
            }
            _ => {
                let payment = Self::one_of(random, &payments);
                (format!("/api/v1/payments/{payment}/void"), json!({}))
            }
        }
    }

    /// Sends a new command, or one of the earlier ones again.
    fn act(&mut self) {
        if !self.sent.is_empty() && self.random.below(6) == 0 {
            self.repeat();
            return;
        }
        let (path, body) = self.command();
        let key = fresh_key();
        let answer = self.server.api().post_as(&path, &key, &body);
        self.heard(path, key, body, &answer);
    }

    fn repeat(&mut self) {
        let sent = Self::one_of(&mut self.random, &self.sent);
        let again = self.server.api().post_as(&sent.path, &sent.key, &sent.body);
        assert!(again.replayed(), "{} {} was lost", sent.path, sent.body);
        assert_eq!(again.done(), sent.answer, "{}", sent.path);
    }

    fn heard(&mut self, path: String, key: String, body: Value, answer: &Answer) {
        match answer.status {
            201 => {}
            409 | 422 => return,
            _ => panic!("{path} {body}: {}", answer.text),
        }
        let answer = answer.body.clone();
        for kind in ["refund", "payment"] {
            for made in all_made(&answer, kind) {
                self.documents.insert(text(&made, "number"));
                self.open.insert(text(&made, "number"));
            }
        }
        if let Some((_, rest)) = path.split_once("/payments/P-")
            && let Some((payment, "void")) = rest.split_once('/')
        {
            self.open.insert(format!("P-{payment}"));
        }
        self.sent.push(Sent { path, key, body, answer });
    }

    /// Kills the server while a command is on its way, and sends that again afterwards.
    fn kill_server(&mut self) {
        let (path, body) = self.command();
        let key = fresh_key();
        let api = self.server.api();
        thread::scope(|scope| {
            let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
            let (path, body) = (&path, body.to_string());
            scope.spawn(move || drop(api.try_send("POST", path, &headers, Some(body))));
            self.server.kill9();
        });
        self.start_server();
        let answer = self.server.api().post_as(&path, &key, &body);
        self.heard(path, key, body, &answer);
    }

    /// Kills PostgreSQL while a command is on its way, and sends that again once it is back.
    fn kill_postgres(&mut self) {
        let (path, body) = self.command();
        let key = fresh_key();
        let api = self.server.api();
        let Some(cluster) = &mut self.cluster else { return };
        thread::scope(|scope| {
            let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
            let (path, body) = (&path, body.to_string());
            scope.spawn(move || drop(api.try_send("POST", path, &headers, Some(body))));
            cluster.kill().unwrap();
            cluster.restart().unwrap();
        });
        let api = self.server.api();
        let mut answer = None;
        until("the server finds PostgreSQL again", || {
            let again = api.post_as(&path, &key, &body);
            let done = again.status != 503;
            answer = Some(again);
            done
        });
        self.heard(path, key, body, &answer.unwrap());
        // A claim of which a worker does not know that it was granted stands until it runs out.
        if !within(Duration::from_secs(2), || self.nobody_is_at_it()) {
            self.kill_worker();
            self.server.kill9();
            self.start_server();
            self.start_worker();
        }
    }

    fn nobody_is_at_it(&self) -> bool {
        let api = self.server.api();
        self.open.iter().all(|number| {
            let worker = &api.document(number)["order"]["worker"];
            worker.as_str().is_none_or(|name| self.is_dead(name))
        })
    }

    fn start_server(&mut self) {
        let elsewhere = store() == Store::Postgres && self.random.below(2) == 0;
        let more: &[&str] = if elsewhere { &["--no-worker"] } else { &[] };
        let key = self.server.key.clone();
        self.server = serve(self.directory.path(), Some(&key), more);
        // Its clock is long ago, so that it works on nothing yet: whoever holds an order is dead, or the
        // worker beside it.
        let api = self.server.api();
        let beside = self.worker.as_ref().map(|worker| worker.name.clone());
        for number in &self.open {
            if let Some(name) = api.document(number)["order"]["worker"].as_str()
                && !beside.as_ref().is_some_and(|beside| name.starts_with(beside))
            {
                self.dead.insert(name.to_owned());
            }
        }
        api.set_clock(self.now);
        self.sandbox.notifies(&self.server);
    }

    /// On PostgreSQL: another worker, instead of the one before.
    fn start_worker(&mut self) {
        if store() == Store::Sqlite {
            return;
        }
        self.workers += 1;
        let name = format!("beside{}-", self.workers);
        let log = File::create(self.directory.path().join("worker.log")).unwrap();
        let database = database(self.directory.path());
        let child = keyed()
            .args(["worker", "--database", &database, "--name", &name])
            .args(["--log", "warn", "--clock", &self.now.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.worker = Some(Worker { child, name });
    }

    fn kill_worker(&mut self) {
        if let Some(worker) = self.worker.take() {
            self.dead.insert(worker.name.clone());
        }
    }

    fn is_dead(&self, name: &str) -> bool {
        let beside = |dead: &String| dead.starts_with("beside") && name.starts_with(dead.as_str());
        self.dead.contains(name) || self.dead.iter().any(beside)
    }

    /// Waits until nobody alive is at an order, and forgets those that are over.
    fn calm(&mut self) {
        let api = self.server.api();
        let mut over = Vec::new();
        until("every call comes to an end", || {
            over.clear();
            self.open.iter().all(|number| {
                let order = &api.document(number)["order"];
                if order["due"].is_null() && order["worker"].is_null() {
                    over.push(number.clone());
                }
                order["worker"].as_str().is_none_or(|name| self.is_dead(name))
            })
        });
        for number in over {
            self.open.remove(&number);
        }
    }

    /// Both clocks jump. No call is under way then: in truth it would have been cut off long before its
    /// claim ran out.
    fn step(&mut self, by: SignedDuration) {
        self.kill_worker();
        self.calm();
        self.now = self.now.checked_add(by).unwrap();
        self.server.api().set_clock(self.now);
        self.sandbox.advance(by);
        self.calm();
        self.start_worker();
    }

    fn mishap(&mut self) {
        match self.random.below(17) {
            0..=1 => self.kill_server(),
            2..=3 => {
                self.sandbox.kill9();
                if self.random.below(2) == 0 {
                    self.act();
                }
                self.sandbox.start_again();
            }
            4..=8 => {
                let kind = Self::one_of(&mut self.random, &FAULTS);
                let count = 1 + self.random.below(3);
                let mut fault = json!({"kind": kind, "count": count, "millis": 20});
                if self.random.below(2) == 0 {
                    fault["match"] = json!({"method": "POST"});
                }
                self.sandbox.tell("/_sim/faults", &fault);
            }
            9 => {
                self.sandbox.flush();
                self.sandbox.flush();
            }
            10..=13 => {
                let steps = [5, 31, 121, 301, 301, 3_601, 3_601, 86_401];
                let seconds = *Self::one_of(&mut self.random, &steps);
                self.step(SignedDuration::from_secs(seconds));
            }
            14 => {
                self.kill_worker();
                self.start_worker();
            }
            15 => self.kill_postgres(),
            _ => {}
        }
    }

    /// No more mishaps: time goes on until nothing is left to do.
    fn settle(&mut self) {
        self.sandbox.kill9();
        self.sandbox.start_again();
        let (minute, hour) = (60, 3_600);
        let steps = [(31, 6), (5 * minute, 8), (hour, 24), (24 * hour, 40)];
        let steps = steps.iter().flat_map(|(seconds, times)| vec![*seconds; *times]);
        for (count, seconds) in steps.enumerate() {
            self.sandbox.flush();
            if count > 20 && self.open.is_empty() {
                break;
            }
            self.step(SignedDuration::from_secs(seconds));
            let (api, now) = (self.server.api(), self.now);
            // A gateway that was down is left in peace for a while: then the next step comes first.
            within(Duration::from_secs(1), || {
                self.open.iter().all(|number| {
                    let order = &api.document(number)["order"];
                    let due = order["due"].as_str().map(|due| due.parse::<Timestamp>().unwrap());
                    due.is_none_or(|due| due > now) && order["worker"].is_null()
                })
            });
        }
        // What is settled or fails late does so within days.
        for _ in 0..4 {
            self.step(SignedDuration::from_hours(24));
            self.sandbox.flush();
        }
        self.calm();
        let api = self.server.api();
        let lives = self.open.iter().map(|number| format!("{:#}", life(&api, number)));
        let lives: Vec<String> = lives.collect();
        assert!(lives.is_empty(), "{:?} never came to an end:\n{}", self.open, lives.join("\n"));
    }

    /// A person looks into the gateway's books and says how it was.
    fn resolve(&mut self) -> usize {
        let api = self.server.api();
        let queue = api.show("/api/v1/orders/queue?limit=200");
        let queue = queue["orders"].as_array().unwrap();
        let moved = moves(&self.sandbox);
        for order in queue {
            let number = text(order, "number");
            let kind = if number.starts_with("R-") { "refunds" } else { "payments" };
            let state = api.document(&number)["state"].clone();
            let total: i64 = moved.get(&number).into_iter().flatten().sum();
            // Of a void it is asked whether that was done.
            let paid = (total != 0) != (state == "voiding");
            let body = json!({"paid": paid, "comment": "seen in the ledger"});
            api.post(&format!("/api/v1/{kind}/{number}/resolve"), &body).done();
        }
        queue.len()
    }

    /// Holds all that the gateway lists against the books, in spans that it can list.
    fn reconcile(&self, from: Timestamp, to: Timestamp) -> Vec<Value> {
        let body = json!({"from": from.to_string(), "to": to.to_string(), "apply": true});
        let path = format!("/api/v1/gateways/{GATEWAY}/reconcile");
        let answer = self.server.api().command("POST", &path, None, &body);
        if answer.status == 200 {
            return answer.body["differences"].as_array().unwrap().clone();
        }
        let half = SignedDuration::from_secs(to.duration_since(from).as_secs() / 2);
        assert!(half.as_secs() > 0, "{}", answer.text);
        let middle = from.checked_add(half).unwrap();
        [self.reconcile(from, middle), self.reconcile(middle, to)].concat()
    }

    /// Every refund and payment against the gateway's ledger, one by one.
    fn compare(&self) -> BTreeMap<String, usize> {
        let api = self.server.api();
        let mut moved = moves(&self.sandbox);
        let (mut wrong, mut states, mut known) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for kind in ["refunds", "payments"] {
            for shown in api.walk(&format!("/api/v1/{kind}"), kind, 200) {
                if shown["type"] == "external" {
                    // The books' own record that the money of a charge came back.
                    continue;
                }
                let (number, state) = (text(&shown, "number"), text(&shown, "state"));
                let amount = minor(&text(&shown, "amount"));
                let full = if kind == "refunds" { -amount } else { amount };
                let moves = moved.remove(&number).unwrap_or_default();
                let mut total = 0;
                let steps_fit = moves.iter().all(|moved| {
                    total += moved;
                    total == 0 || total == full
                });
                let expected = match state.as_str() {
                    "processed" => Some(full),
                    "declined" | "never_sent" | "failed_late" | "voided" => Some(0),
                    _ => None,
                };
                if !steps_fit || expected != Some(total) {
                    let life = life(&api, &number);
                    wrong.push(format!("{number} {state} {full}, but {moves:?}:\n{life:#}"));
                }
                *states.entry(format!("{kind} {state}")).or_default() += 1;
                known.insert(number);
            }
        }
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(moved.is_empty(), "moved for nothing: {moved:?}");
        assert_eq!(known, self.documents, "not the documents that were acknowledged");
        states
    }
}

/// The movements of money by reference, oldest first, in minor units.
fn moves(sandbox: &Sandbox) -> BTreeMap<String, Vec<i64>> {
    let mut all = BTreeMap::new();
    for row in sandbox.ledger() {
        let mut moves: Vec<(Timestamp, i64)> = row["moves"]
            .as_array()
            .unwrap()
            .iter()
            .map(|moved| (text(moved, "at").parse().unwrap(), minor(&text(moved, "amount"))))
            .collect();
        moves.sort_by_key(|(at, _)| *at);
        let moves = moves.into_iter().map(|(_, minor)| minor).collect();
        assert!(all.insert(text(&row, "reference"), moves).is_none(), "two currencies: {row}");
    }
    all
}

/// Every step of the order of a document.
fn life(api: &Api, number: &str) -> Value {
    let kind = if number.starts_with("R-") { "refunds" } else { "payments" };
    api.show(&format!("/api/v1/{kind}/{number}/attempts"))
}

fn minor(decimal: &str) -> i64 {
    decimal.replace('.', "").parse().unwrap()
}

fn of_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

#[test]
fn money_moves_exactly_once_under_fire() {
    let rounds = of_environment("QUITTANCE_TORTURE_ROUNDS", ROUNDS);
    let seed = of_environment("QUITTANCE_TORTURE_SEED", SEED);
    println!("torture: {rounds} rounds with seed {seed}");
    let mut torture = Torture::begin(seed);
    torture.start_worker();
    for _ in 0..rounds {
        for _ in 0..1 + torture.random.below(4) {
            torture.act();
        }
        torture.mishap();
    }
    torture.settle();
    let by_hand = torture.resolve();
    let begin: Timestamp = BEGIN.parse().unwrap();
    let differences = torture.reconcile(begin, torture.now);
    println!("torture: {by_hand} were resolved by hand, {} differences", differences.len());
    for found in &differences {
        println!("torture: {} {} {}", found["kind"], found["document"], found["explanation"]);
    }
    let states = torture.compare();
    println!("torture: {states:#?}");
    assert!(differences.iter().all(|found| found["kind"] != "twice"), "{differences:#?}");
    let api = torture.server.api();
    for account in &torture.accounts {
        let [_, held, _] = api.credit(&account.number);
        assert_eq!(minor(&held), 0, "{}", account.number);
    }
    for sent in &torture.sent {
        assert!(api.post_as(&sent.path, &sent.key, &sent.body).replayed(), "{}", sent.key);
    }
    torture.kill_worker();
    assert!(torture.server.terminate().success());
    let verified = run(&["verify", "--database", torture.server.database()]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert_eq!(verified.status.code(), Some(0), "{said}");
}

/// One refund by a server that dies at `place`, and what is left of it.
fn dies_at(place: &str) {
    let directory = tempfile::tempdir().unwrap();
    let now: Timestamp = BEGIN.parse().unwrap();
    let sandbox = Sandbox::start(directory.path(), now);
    let mut server = serve(directory.path(), None, &[]);
    let api = server.api();
    api.set_clock(now);
    api.living_gateway(&sandbox);
    let (account, _) = api.account_with_credit("100");
    api.card(&account);
    let admin = server.key.clone();
    assert!(server.terminate().success());
    let mut server = serve(directory.path(), Some(&admin), &["--failpoint", place]);
    server.api().set_clock(now);
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let (key, body) = (fresh_key(), json!({"type": "electronic", "amount": "60"}));
    let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
    // It may die before it has answered.
    let _ = server.api().try_send("POST", &path, &headers, Some(body.to_string()));
    until(&format!("the server dies at {place}"), || server.ended().is_some());
    let server = serve(directory.path(), Some(&admin), &[]);
    let api = server.api();
    let later = SignedDuration::from_secs(122);
    api.set_clock(now.checked_add(later).unwrap());
    sandbox.advance(later);
    let refund = number(&api.post_as(&path, &key, &body).done(), "refund");
    let state = |api: &Api| text(&api.document(&refund), "state");
    until(&format!("{place}: {refund} is processed"), || state(&api) == "processed");
    assert_eq!(moves(&sandbox), BTreeMap::from([(refund, vec![-6_000])]), "{place}");
    assert_eq!(api.credit(&account), ["40.00", "0.00", "40.00"], "{place}");
}

#[test]
fn a_worker_that_dies_anywhere_moves_money_once() {
    for place in worker::failpoint::PLACES {
        dies_at(place);
    }
}
