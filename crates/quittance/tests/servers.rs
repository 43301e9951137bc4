//! Several servers on one database of PostgreSQL: keys, stopping, and a database that can only be read;
//! and what a load balancer sees of a server that stops.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use serde_json::json;
use support::books::text;
use support::store::file;
use support::{Api, Server, quittance, run};
use tempfile::TempDir;
use throwaway_postgres::Cluster;

/// A database of PostgreSQL, whichever store is chosen.
struct Shared {
    name: String,
}

impl Shared {
    fn make() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = format!("shared_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        cluster().create(&name).unwrap();
        Self { name }
    }

    fn url(&self) -> String {
        cluster().url(&self.name)
    }

    fn serve(&self) -> Served {
        self.serve_with(&[])
    }

    fn serve_with(&self, arguments: &[&str]) -> Served {
        let own = tempfile::tempdir().unwrap();
        let server = Server::try_start_by(quittance(), own.path(), &self.url(), arguments);
        Served { server: server.unwrap(), _own: own }
    }

    #[track_caller]
    fn verify(&self) {
        let verified = run(&["verify", "--database", &self.url()]);
        let said = String::from_utf8_lossy(&verified.stdout);
        assert_eq!(verified.status.code(), Some(0), "{said}");
    }
}

struct Served {
    server: Server,
    _own: TempDir,
}

fn cluster() -> &'static Cluster {
    Cluster::shared().unwrap()
}

fn signal(server: &Server, name: &str) {
    let script = format!("kill -{name} {}", server.pid());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
}

fn refund(account: &str) -> String {
    format!("/api/v1/accounts/{account}/credit-balance/refund")
}

#[test]
fn a_key_made_through_one_server_opens_the_others_at_once() {
    let shared = Shared::make();
    let (one, other) = (shared.serve(), shared.serve());
    assert_eq!(other.server.key, "", "there was a key already");
    for number in 0..3 {
        let body = json!({"name": format!("shop {number}"), "roles": ["Viewer"]});
        let made = one.server.api().post("/api/v1/api-keys", &body).status(201);
        other.server.api_as(&text(&made, "secret")).show("/api/v1/accounts");
    }
    other.server.api_as("qk_unheard_of").get("/api/v1/accounts").refused(401, "api_key_unknown");
    let listed = other.server.api_as(&one.server.key).show("/api/v1/api-keys");
    assert_eq!(listed["api_keys"].as_array().unwrap().len(), 4);
}

#[test]
fn a_key_revoked_through_one_server_closes_the_others() {
    let shared = Shared::make();
    let (one, other) = (shared.serve(), shared.serve());
    let body = json!({"name": "shop", "roles": ["Viewer"]});
    let made = one.server.api().post("/api/v1/api-keys", &body).status(201);
    let shop = other.server.api_as(&text(&made, "secret"));
    shop.show("/api/v1/accounts");
    one.server.api().post("/api/v1/api-keys/shop/revoke", &json!({})).status(200);
    // Within a second or so; it never comes back.
    while shop.get("/api/v1/accounts").status == 200 {
        thread::yield_now();
    }
    shop.get("/api/v1/accounts").refused(401, "api_key_unknown");
    one.server
        .api_as(&text(&made, "secret"))
        .get("/api/v1/accounts")
        .refused(401, "api_key_unknown");
}

#[test]
fn every_key_shown_by_servers_that_start_at_once_opens_all_of_them() {
    let shared = Shared::make();
    let servers: Vec<Served> = thread::scope(|scope| {
        let starting: Vec<_> = (0..3).map(|_| scope.spawn(|| shared.serve())).collect();
        starting.into_iter().map(|server| server.join().unwrap()).collect()
    });
    let keys: Vec<&str> = servers
        .iter()
        .map(|served| served.server.key.as_str())
        .filter(|key| !key.is_empty())
        .collect();
    assert!(!keys.is_empty());
    for served in &servers {
        for key in &keys {
            served.server.api_as(key).show("/api/v1/api-keys");
        }
    }
}

#[test]
fn what_a_stopping_server_acknowledged_the_others_know() {
    let shared = Shared::make();
    let (mut one, other) = (shared.serve(), shared.serve_with(&["--committers", "3"]));
    let key = one.server.key.clone();
    let accounts: Vec<String> =
        (0..4).map(|_| one.server.api().account_with_credit("100000.00").0).collect();
    let (acknowledged, all) = channel();
    let body = json!({"method_type": "cash", "amount": "0.01"});
    let done: Vec<(usize, String)> = thread::scope(|scope| {
        for client in 0..4 {
            let url = if client % 2 == 0 { &one.server.url } else { &other.server.url };
            let api = Api::new(url, Some(&key));
            let (accounts, body, acknowledged) = (&accounts, &body, acknowledged.clone());
            scope.spawn(move || {
                for number in 0..400_usize {
                    // Every client writes to every account.
                    let (account, key) = (number % 4, format!("{client}-{number}"));
                    let headers = [("content-type", "application/json"), ("idempotency-key", &key)];
                    let path = refund(accounts.get(account).unwrap());
                    match api.try_send("POST", &path, &headers, Some(body.to_string())) {
                        Ok(answer) if answer.status == 201 => {
                            acknowledged.send((account, key)).unwrap();
                        }
                        Ok(answer) => {
                            let code = answer.code();
                            assert!(
                                code == Some("stopping") || code == Some("storage_contended"),
                                "{}",
                                answer.text
                            );
                        }
                        Err(_) => return,
                    }
                }
            });
        }
        drop(acknowledged);
        let mut done: Vec<_> = all.iter().take(100).collect();
        assert!(one.server.terminate().success(), "{}", one.server.log());
        done.extend(all.iter());
        done
    });
    assert!(done.len() >= 400, "the other server went on");
    shared.verify();
    let api = other.server.api_as(&key);
    for (account, key) in &done {
        let path = refund(accounts.get(*account).unwrap());
        assert!(api.post_as(&path, key, &body).replayed(), "{key} is lost");
    }
}

#[test]
fn a_server_that_stops_says_so_before_it_turns_anybody_away() {
    let own = tempfile::tempdir().unwrap();
    let shared = Shared::make();
    for database in [file(own.path()), shared.url()] {
        let directory = tempfile::tempdir().unwrap();
        let arguments = ["--grace", "3600"];
        let server = Server::try_start_by(quittance(), directory.path(), &database, &arguments);
        let mut server = server.unwrap();
        let api = server.api();
        let (account, _) = api.account_with_credit("100.00");
        api.get("/readyz").status(200);
        signal(&server, "TERM");
        // New connections, as a load balancer makes them.
        while server.anonymous().get("/readyz").status == 200 {
            thread::yield_now();
        }
        server.anonymous().get("/readyz").refused(503, "stopping");
        server.anonymous().get("/healthz").status(200);
        let late = Api::new(&server.url, Some(&server.key));
        late.refund(&account, "60.00").done();
        assert_eq!(late.figures(&account)[0], "40.00");
        // Asked again it does not wait any longer.
        assert!(server.terminate().success(), "{}", server.log());
    }
}

#[test]
fn a_database_that_can_only_be_read_is_served_for_reads() {
    let shared = Shared::make();
    let first = shared.serve();
    let key = first.server.key.clone();
    let (account, _) = first.server.api().account_with_credit("100.00");
    let read_only = shared.serve_with(&["--read-only"]);
    let only_reads = |served: &Served| {
        let api = served.server.api_as(&key);
        assert_eq!(api.figures(&account)[0], "100.00");
        api.get("/readyz").refused(503, "storage_read_only");
        api.refund(&account, "1.00").refused(503, "storage_read_only");
        api.preview(&refund(&account), &json!({"method_type": "check"}))
            .refused(503, "storage_read_only");
        let body = json!({"name": "shop", "roles": ["Viewer"]});
        api.post("/api/v1/api-keys", &body).refused(503, "storage_read_only");
    };
    only_reads(&read_only);
    first.server.api().get("/readyz").status(200);
    let all = |setting: &str| {
        let sql =
            format!("ALTER DATABASE {} SET default_transaction_read_only = {setting}", shared.name);
        cluster().sql("postgres", &sql).unwrap();
        cluster().terminate_backends(&shared.name).unwrap();
    };
    all("on");
    let standby = shared.serve();
    assert_eq!(standby.server.key, "");
    only_reads(&standby);
    only_reads(&first);
    all("off");
    // As after a standby was promoted: no restart is needed.
    for served in [&standby, &first] {
        served.server.api_as(&key).refund(&account, "1.00").done();
        served.server.anonymous().get("/readyz").status(200);
    }
    shared.verify();
}

#[test]
fn committers_are_for_postgresql() {
    let own = tempfile::tempdir().unwrap();
    let at = file(own.path());
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--committers", "2", "--database", &at]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("one committer") && said.contains("--committers"), "{said}");
    let server = Server::try_start_by(quittance(), own.path(), &at, &["--committers", "1"]);
    server.unwrap().api().account_with_credit("1.00");
}
