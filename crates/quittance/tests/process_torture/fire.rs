//! What is asked, and what goes wrong meanwhile.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::api::fresh_key;
use crate::support::books::{all_made, text};
use crate::support::random::Random;
use crate::support::sandbox::{Sandbox, keyed, serve, until, within};
use crate::support::store::{Store, keep_in, store};
use crate::support::{Answer, Server, database};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use throwaway_postgres::{Cluster, Settings};

/// Ahead of every real clock: a server that has just started, and does not know the time yet, works on
/// nothing.
pub(crate) const BEGIN: &str = "2090-03-02T10:00:00Z";
/// What cards make the gateway do with credits and refunds, and with charges. Some stand here twice, the
/// endless ones once.
pub(crate) const TOKENS: [&str; 27] = [
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
pub(crate) const FAULTS: [&str; 7] = [
    "drop_before_read",
    "drop_after_commit",
    "slow",
    "truncate",
    "status_500_done",
    "status_500_lost",
    "rate_limit",
];

pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) yen: bool,
    /// An invoice of more than is ever charged.
    pub(crate) invoice: String,
    pub(crate) methods: Vec<String>,
}

/// A command and the answer to it.
pub(crate) struct Sent {
    pub(crate) path: String,
    pub(crate) key: String,
    pub(crate) body: Value,
    pub(crate) answer: Value,
}

/// A `quittance worker`, whose clock stands where it was started.
pub(crate) struct Worker {
    pub(crate) child: Child,
    pub(crate) name: String,
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) struct Torture {
    pub(crate) random: Random,
    pub(crate) now: Timestamp,
    pub(crate) directory: TempDir,
    pub(crate) server: Server,
    pub(crate) sandbox: Sandbox,
    /// PostgreSQL, if the books are kept there.
    pub(crate) cluster: Option<Cluster>,
    pub(crate) worker: Option<Worker>,
    pub(crate) workers: usize,
    /// Workers that died with their claims.
    pub(crate) dead: HashSet<String>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) documents: BTreeSet<String>,
    /// Those on which a worker may still have to act.
    pub(crate) open: BTreeSet<String>,
}

impl Torture {
    pub(crate) fn begin(seed: u64) -> Self {
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

    pub(crate) fn one_of<'a, T>(random: &mut Random, things: &'a [T]) -> &'a T {
        let which = random.below(u64::try_from(things.len()).unwrap());
        &things[usize::try_from(which).unwrap()]
    }

    /// Any command; it may well be refused.
    pub(crate) fn command(&mut self) -> (String, Value) {
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
    pub(crate) fn act(&mut self) {
        if !self.sent.is_empty() && self.random.below(6) == 0 {
            self.repeat();
            return;
        }
        let (path, body) = self.command();
        let key = fresh_key();
        let answer = self.server.api().post_as(&path, &key, &body);
        self.heard(path, key, body, &answer);
    }

    pub(crate) fn repeat(&mut self) {
        let sent = Self::one_of(&mut self.random, &self.sent);
        let again = self.server.api().post_as(&sent.path, &sent.key, &sent.body);
        assert!(again.replayed(), "{} {} was lost", sent.path, sent.body);
        assert_eq!(again.done(), sent.answer, "{}", sent.path);
    }

    pub(crate) fn heard(&mut self, path: String, key: String, body: Value, answer: &Answer) {
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
    pub(crate) fn kill_server(&mut self) {
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
    pub(crate) fn kill_postgres(&mut self) {
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

    pub(crate) fn nobody_is_at_it(&self) -> bool {
        let api = self.server.api();
        self.open.iter().all(|number| {
            let worker = &api.document(number)["order"]["worker"];
            worker.as_str().is_none_or(|name| self.is_dead(name))
        })
    }

    pub(crate) fn start_server(&mut self) {
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
    pub(crate) fn start_worker(&mut self) {
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

    pub(crate) fn kill_worker(&mut self) {
        if let Some(worker) = self.worker.take() {
            self.dead.insert(worker.name.clone());
        }
    }

    pub(crate) fn is_dead(&self, name: &str) -> bool {
        let beside = |dead: &String| dead.starts_with("beside") && name.starts_with(dead.as_str());
        self.dead.contains(name) || self.dead.iter().any(beside)
    }

    /// Waits until nobody alive is at an order, and forgets those that are over.
    pub(crate) fn calm(&mut self) {
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
    pub(crate) fn step(&mut self, by: SignedDuration) {
        self.kill_worker();
        self.calm();
        self.now = self.now.checked_add(by).unwrap();
        self.server.api().set_clock(self.now);
        self.sandbox.advance(by);
        self.calm();
        self.start_worker();
    }

    pub(crate) fn mishap(&mut self) {
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
}
