//! `quittance copy`: from store to store and back, while the source goes on, after it was broken off, and
//! what it refuses.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};
use support::books::text;
use support::store::{file, tamper_file};
use support::{Api, Server, ok, quittance, refused, run};
use tempfile::TempDir;
use throwaway_postgres::Cluster;

/// A sample business in a file; nobody writes to it.
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| {
    let own = tempfile::tempdir().unwrap();
    let directory = own.path().join("demo");
    let into = directory.to_str().unwrap();
    ok(&["demo", "--no-serve", "--seed", "5", "--accounts", "150", "--directory", into]);
    Sample { own }
});

struct Sample {
    own: TempDir,
}

impl Sample {
    fn at(&self) -> String {
        file(&self.own.path().join("demo"))
    }
}

/// Copies, and what the summary says.
#[track_caller]
fn copy(from: &str, to: &str) -> Value {
    let said = ok(&["copy", "--from", from, "--to", to, "--output", "json"]);
    serde_json::from_str(&said).unwrap()
}

/// The whole history, byte for byte.
#[track_caller]
fn history(at: &str) -> String {
    let out = tempfile::tempdir().unwrap();
    let directory = out.path().to_str().unwrap();
    ok(&["export", "--database", at, "--out", directory, "--format", "history"]);
    fs::read_to_string(out.path().join("history.ndjson")).unwrap()
}

/// What the books show beside their history.
#[track_caller]
fn shown(at: &str) -> (Value, String) {
    let verified = ok(&["verify", "--output", "json", "--database", at]);
    let mut verified: Value = serde_json::from_str(&verified).unwrap();
    for field in ["keys", "totals"] {
        // Beside a running server those not written back are not counted.
        verified.as_object_mut().unwrap().remove(field);
    }
    (verified, ok(&["key", "list", "--output", "json", "--database", at]))
}

/// Both hold the same history, right figures, and the same keys.
#[track_caller]
fn assert_same(one: &str, other: &str) {
    assert!(history(one) == history(other), "{one} and {other} differ");
    assert_eq!(shown(one), shown(other));
}

/// An empty database of PostgreSQL.
fn empty() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let cluster = Cluster::shared().unwrap();
    let name = format!("copy_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    cluster.create(&name).unwrap();
    cluster.url(&name)
}

fn in_directory(directory: &Path, name: &str) -> (PathBuf, String) {
    let path = directory.join(name);
    let at = format!("sqlite:{}", path.display());
    (path, at)
}

/// A server on a fresh file, whichever store is chosen, with an account that has credit.
struct Source {
    server: Server,
    account: String,
    _own: TempDir,
}

impl Source {
    fn serve() -> Self {
        let own = tempfile::tempdir().unwrap();
        let at = file(own.path());
        let server = Server::try_start_by(quittance(), own.path(), &at, &[]).unwrap();
        let (account, _) = server.api().account_with_credit("1000.00");
        Self { server, account, _own: own }
    }

    fn at(&self) -> &str {
        self.server.database()
    }

    fn refund(&self, times: u64) {
        for _ in 0..times {
            self.server.api().refund(&self.account, "0.01").done();
        }
    }
}

#[test]
fn a_copy_of_a_file_is_the_same_and_says_what_it_holds() {
    let own = tempfile::tempdir().unwrap();
    let (path, at) = in_directory(own.path(), "copy.db");
    let done = copy(&SAMPLE.at(), &at);
    assert_same(&SAMPLE.at(), &at);
    let (verified, _) = shown(&at);
    for (held, counted) in [
        ("entries", "entries"),
        ("postings", "postings"),
        ("accounts", "accounts"),
        ("invoices", "invoices"),
        ("payments", "payments"),
        ("refunds", "refunds"),
        ("credit_balance_adjustments", "adjustments"),
    ] {
        assert_eq!(done["holds"][held], verified[counted], "{held}");
    }
    assert_eq!(done["copied"], verified["entries"]);
    assert_eq!(done["api_keys"], 1);
    assert_eq!(done["accounts_moved_on"], 0);
    assert!(done["entries_per_second"].as_u64().unwrap() > 0);
    assert_eq!(done["sums"].as_array().unwrap().len(), verified["currencies"]);
    // Nothing is left of the work.
    let left = fs::read_dir(own.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let part = left.into_iter().find(|name| name.to_string_lossy().contains(".part"));
    assert_eq!(part, None);
    assert!(path.exists());
    // Once more has nothing to do.
    let again = copy(&SAMPLE.at(), &at);
    assert_eq!((&again["copied"], &again["api_keys"]), (&json!(0), &json!(0)));
    assert_eq!(again["holds"], done["holds"]);
    assert_eq!(again["sums"], done["sums"]);
    let table = ok(&["copy", "--from", &SAMPLE.at(), "--to", &at]);
    for words in ["proved to be the same", "credit balances", "USD", "verified in"] {
        assert!(table.contains(words), "{words}: {table}");
    }
}

#[test]
fn books_come_back_from_postgresql_as_they_went() {
    let own = tempfile::tempdir().unwrap();
    let (_, back) = in_directory(own.path(), "back.db");
    let (one, other) = (empty(), empty());
    let there = copy(&SAMPLE.at(), &one);
    assert_eq!(there["holds"], copy(&one, &other)["holds"]);
    let returned = copy(&other, &back);
    assert_eq!(returned["holds"], there["holds"]);
    assert_eq!(returned["sums"], there["sums"]);
    assert_same(&SAMPLE.at(), &one);
    assert_same(&SAMPLE.at(), &back);
}

#[test]
fn what_the_source_does_meanwhile_comes_with_the_next_copy() {
    for to in [None, Some(empty())] {
        let own = tempfile::tempdir().unwrap();
        let to = to.unwrap_or_else(|| in_directory(own.path(), "copy.db").1);
        let source = Source::serve();
        let first = copy(source.at(), &to);
        let entries = |done: &Value| done["holds"]["entries"].as_u64().unwrap();
        source.refund(20);
        let clerk = source.server.api_with_role("clerk");
        let second = copy(source.at(), &to);
        assert_eq!(second["copied"], 20);
        assert_eq!(entries(&second), entries(&first) + 20);
        assert_eq!(second["api_keys"], 1);
        source.server.api().post("/api/v1/api-keys/a%20clerk/revoke", &json!({})).status(200);
        assert_eq!(copy(source.at(), &to)["api_keys"], 1);
        assert_same(source.at(), &to);
        clerk.get("/api/v1/accounts").refused(401, "api_key_unknown");
    }
}

#[test]
fn what_was_changed_or_erased_beside_the_history_is_so_in_the_next_copy() {
    for to in [None, Some(empty())] {
        let own = tempfile::tempdir().unwrap();
        let to = to.unwrap_or_else(|| in_directory(own.path(), "copy.db").1);
        let mut source = Source::serve();
        let api = source.server.api();
        let accounts: Vec<String> = (0..4).map(|_| api.open_account("USD")).collect();
        let path = |account: &String| format!("/api/v1/accounts/{account}/personal-data");
        let put = |account: &String, name: &str| {
            let key = format!("{account} {name}");
            api.command("PUT", &path(account), Some(&key), &json!({"name": name})).status(201);
        };
        for account in &accounts[..3] {
            put(account, "before");
        }
        copy(source.at(), &to);
        put(&accounts[1], "after");
        let erase = format!("{}/erase", path(&accounts[2]));
        api.command("POST", &erase, Some("erase"), &json!({})).status(201);
        put(&accounts[3], "new");
        let names = |api: &Api| {
            let name = |account| api.show(&path(account))["personal_data"]["name"].clone();
            accounts.iter().map(name).collect::<Vec<Value>>()
        };
        let wanted = [json!("before"), json!("after"), Value::Null, json!("new")];
        assert_eq!(names(&api), wanted);
        assert!(source.server.terminate().success());
        copy(source.at(), &to);
        let server = Server::try_start_by(quittance(), own.path(), &to, &[]).unwrap();
        assert_eq!(names(&server.api_as(&source.server.key)), wanted);
    }
}

#[test]
fn a_copy_is_right_at_whatever_moment_of_the_source_it_is_made() {
    let source = Source::serve();
    let own = tempfile::tempdir().unwrap();
    let (_, to) = in_directory(own.path(), "copy.db");
    let shared = empty();
    thread::scope(|scope| {
        let (sent, asked) = std::sync::mpsc::channel::<()>();
        let source = &source;
        scope.spawn(move || {
            // Until nobody waits for it any more.
            while matches!(asked.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty)) {
                source.refund(1);
            }
        });
        for _ in 0..4 {
            copy(source.at(), &to);
            copy(source.at(), &shared);
        }
        drop(sent);
    });
    for to in [&to, &shared] {
        let done = copy(source.at(), to);
        assert_eq!(done["accounts_moved_on"], 0);
        assert_same(source.at(), to);
    }
}

#[test]
fn a_copy_serves_on_where_the_source_ended() {
    let mut source = Source::serve();
    let path = format!("/api/v1/accounts/{}/credit-balance/refund", source.account);
    let body = json!({"method_type": "check", "amount": "1.00"});
    source.server.api().post_as(&path, "the first", &body).done();
    assert!(source.server.terminate().success());
    let shared = empty();
    copy(source.at(), &shared);
    let own = tempfile::tempdir().unwrap();
    let server = Server::try_start_by(quittance(), own.path(), &shared, &[]).unwrap();
    let api = server.api_as(&source.server.key);
    assert!(api.post_as(&path, "the first", &body).replayed());
    assert_eq!(api.figures(&source.account)[0], "999.00");
    api.refund(&source.account, "1.00").done();
    drop(server);
    // Both ways: what was done there is brought home.
    let home = copy(&shared, source.at());
    assert_eq!(home["copied"], 1);
    assert_same(source.at(), &shared);
}

#[test]
fn a_copy_that_was_broken_off_goes_on() {
    let source = Source::serve();
    let own = tempfile::tempdir().unwrap();
    let (path, at) = in_directory(own.path(), "copy.db");
    let (part, in_part) = in_directory(own.path(), "copy.db.part");
    source.refund(30);
    copy(source.at(), &in_part);
    source.refund(10);
    let output = run(&["copy", "--from", source.at(), "--to", &at, "--output", "json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("going on from there"), "{said}");
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(done["copied"], 10);
    assert!(path.exists() && !part.exists());
    assert_same(source.at(), &at);
}

#[test]
fn a_copy_may_be_killed_at_any_moment() {
    let own = tempfile::tempdir().unwrap();
    let (path, at) = in_directory(own.path(), "copy.db");
    let (part, _) = in_directory(own.path(), "copy.db.part");
    for (to, signal) in [(at, "KILL"), (empty(), "KILL"), (empty(), "TERM")] {
        let mut child = quittance()
            .args(["copy", "--from", &SAMPLE.at(), "--to", &to])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if to.starts_with("sqlite:") {
            while !part.exists() && !path.exists() {
                thread::yield_now();
            }
        } else {
            // Until the program is connected, and has made something.
            let name = to.rsplit('/').next().unwrap();
            let tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'entry'";
            while Cluster::shared().unwrap().sql(name, tables).unwrap() == "0" {
                thread::yield_now();
            }
        }
        let kill = format!("kill -{signal} {}", child.id());
        // It may be done already.
        let _ = std::process::Command::new("sh").args(["-c", &kill]).status();
        child.wait().unwrap();
        copy(&SAMPLE.at(), &to);
        assert_same(&SAMPLE.at(), &to);
    }
    assert!(!part.exists());
}

#[test]
fn another_history_is_never_mixed_in() {
    let (one, other) = (Source::serve(), Source::serve());
    for to in [None, Some(empty())] {
        let own = tempfile::tempdir().unwrap();
        let to = to.unwrap_or_else(|| in_directory(own.path(), "copy.db").1);
        copy(one.at(), &to);
        let before = history(&to);
        let said = refused(&["copy", "--from", other.at(), "--to", &to]);
        assert!(said.contains("another history"), "{said}");
        // The same beginning, but somebody went on with the copy.
        let serving = tempfile::tempdir().unwrap();
        let server = Server::try_start_by(quittance(), serving.path(), &to, &[]).unwrap();
        server.api_as(&one.server.key).refund(&one.account, "1.00").done();
        drop(server);
        let said = refused(&["copy", "--from", one.at(), "--to", &to]);
        assert!(said.contains("holds all of") && said.contains("goes on"), "{said}");
        one.refund(2);
        let said = refused(&["copy", "--from", one.at(), "--to", &to]);
        assert!(said.contains("another history"), "{said}");
        assert!(history(&to).starts_with(&before));
    }
    let own = tempfile::tempdir().unwrap();
    let (part, in_part) = in_directory(own.path(), "copy.db.part");
    copy(one.at(), &in_part);
    let (_, at) = in_directory(own.path(), "copy.db");
    let said = refused(&["copy", "--from", other.at(), "--to", &at]);
    assert!(said.contains("copy.db.part holds another history"), "{said}");
    assert!(part.exists());
}

#[test]
fn what_cannot_be_copied_is_refused() {
    let own = tempfile::tempdir().unwrap();
    let (path, at) = in_directory(own.path(), "copy.db");
    let said = refused(&["copy", "--from", &SAMPLE.at(), "--to", &SAMPLE.at()]);
    assert!(said.contains("same database"), "{said}");
    let (_, missing) = in_directory(own.path(), "missing.db");
    let said = refused(&["copy", "--from", &missing, "--to", &at]);
    assert!(said.contains("does not exist"), "{said}");
    assert!(!path.exists());
    // A file that a server has open.
    let source = Source::serve();
    let said = refused(&["copy", "--from", &SAMPLE.at(), "--to", source.at()]);
    assert!(said.contains("in use"), "{said}");
    let nobody = "postgres://nobody:s3cret@127.0.0.1:1/books";
    let said = refused(&["copy", "--from", &SAMPLE.at(), "--to", nobody]);
    assert!(said.contains("nobody:***@127.0.0.1") && !said.contains("s3cret"), "{said}");
}

#[test]
fn books_that_are_not_right_do_not_pass() {
    let cases = [
        (
            "UPDATE account_state SET credit_balance = credit_balance + 1 WHERE account_no = 3",
            "not the same in the copy",
        ),
        (
            "UPDATE invoice_state SET payments = payments + 1 WHERE invoice_no = 1",
            "not the same in the copy",
        ),
        ("DELETE FROM invoice_state WHERE invoice_no = 1", "not the same in the copy"),
        ("UPDATE day_total SET debit = debit + 1", "not the same in the copy"),
        ("UPDATE posting SET amount = amount + 1 WHERE posting_no = 5", "not the same in the copy"),
        ("DELETE FROM entry WHERE entry_no = 7", "does not follow"),
        ("UPDATE payment SET amount = amount + 1 WHERE payment_no = 1", "the copy is not right"),
    ];
    for (statement, words) in cases {
        for to in [None, Some(empty())] {
            let own = tempfile::tempdir().unwrap();
            let (path, at) = in_directory(own.path(), "copy.db");
            let (source, from) = in_directory(own.path(), "books.db");
            ok(&["backup", source.to_str().unwrap(), "--database", &SAMPLE.at()]);
            tamper_file(&source, statement);
            let said = refused(&["copy", "--from", &from, "--to", to.as_ref().unwrap_or(&at)]);
            assert!(said.contains(words), "{statement}: {said}");
            assert!(!path.exists(), "{statement}");
        }
    }
}

#[test]
fn a_key_that_was_revoked_stays_revoked() {
    let source = Source::serve();
    source.server.api_with_role("viewer");
    let own = tempfile::tempdir().unwrap();
    let (_, at) = in_directory(own.path(), "copy.db");
    copy(source.at(), &at);
    ok(&["key", "revoke", "a viewer", "--database", &at]);
    assert_eq!(copy(source.at(), &at)["api_keys"], 0);
    let keys = ok(&["key", "list", "--output", "json", "--database", &at]);
    let keys: Value = serde_json::from_str(&keys).unwrap();
    let listed = keys["api_keys"].as_array().unwrap();
    let viewer = listed.iter().find(|key| key["name"] == "a viewer").unwrap();
    assert!(!text(viewer, "revoked_at").is_empty());
}

#[test]
fn sealed_credentials_come_along_and_stay_sealed() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = support::sandbox::serve(directory.path(), None, &["--no-worker"]);
    let secret = "sk_a_secret_of_the_gateway";
    let body = json!({"name": "cards", "kind": "sandbox", "unreferenced_credits": true,
        "credentials": {"api_key": secret, "webhook_secret": "whsec"}});
    server.api().post("/api/v1/gateways", &body).done();
    let source = server.database().to_owned();
    assert!(server.terminate().success());
    let middle = empty();
    let (path, end) = in_directory(directory.path(), "end.db");
    copy(&source, &middle);
    copy(&middle, &end);
    let sealed: Vec<u8> = rusqlite::Connection::open(&path)
        .unwrap()
        .query_row("SELECT sealed FROM gateway_secret", [], |row| row.get(0))
        .unwrap();
    assert!(!sealed.windows(9).any(|part| part == &secret.as_bytes()[..9]));
    ok(&["verify", "--database", &end]);
}
