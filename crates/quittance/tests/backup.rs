//! `quittance backup` and `restore` on PostgreSQL: a file made beside running servers, and what comes of it.
//! What both stores have in common is in `cli.rs`.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::Value;
use support::store::tamper_file;
use support::{Server, ok, quittance, refused, run};
use tempfile::TempDir;
use throwaway_postgres::Cluster;

/// An empty database of PostgreSQL, whichever store is chosen.
fn empty() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let name = format!("backup_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    Cluster::shared().unwrap().create(&name).unwrap();
    Cluster::shared().unwrap().url(&name)
}

/// The books of a server, which is stopped.
struct Books {
    at: String,
    account: String,
    key: String,
    own: TempDir,
}

impl Books {
    /// An account with credit, and so many refunds.
    fn make(refunds: u64) -> Self {
        let own = tempfile::tempdir().unwrap();
        let at = empty();
        let server = Server::try_start_by(quittance(), own.path(), &at, &[]).unwrap();
        let (account, _) = server.api().account_with_credit("100.00");
        let books = Self { at, account, key: server.key.clone(), own };
        books.refund(&server, refunds);
        books
    }

    fn serve(&self) -> Server {
        Server::try_start_by(quittance(), self.own.path(), &self.at, &[]).unwrap()
    }

    fn refund(&self, server: &Server, times: u64) {
        for _ in 0..times {
            server.api_as(&self.key).refund(&self.account, "1.00").done();
        }
    }

    fn backup(&self, name: &str) -> PathBuf {
        let file = self.own.path().join(name);
        ok(&["backup", file.to_str().unwrap(), "--database", &self.at]);
        file
    }
}

fn at_file(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

#[track_caller]
fn entries(at: &str) -> u64 {
    let verified = ok(&["verify", "--output", "json", "--database", at]);
    let verified: Value = serde_json::from_str(&verified).unwrap();
    verified["entries"].as_u64().unwrap()
}

#[track_caller]
fn credit(at: &str, account: &str) -> String {
    let figures = ok(&["balance", account, "--output", "json", "--database", at]);
    let figures: Value = serde_json::from_str(&figures).unwrap();
    figures["credit_balance"].as_str().unwrap().to_owned()
}

#[test]
fn a_backup_beside_running_servers_holds_all_that_was_answered_before() {
    let books = Books::make(0);
    let (one, other) = (books.serve(), books.serve());
    for round in 0..3 {
        let (file, answered) = thread::scope(|scope| {
            let (ended, asked) = std::sync::mpsc::channel::<()>();
            let (books, other) = (&books, &other);
            books.refund(&one, 1);
            let answered = entries(&books.at);
            scope.spawn(move || {
                while matches!(asked.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty)) {
                    other.api_as(&books.key).open_account("USD");
                }
            });
            let file = books.backup(&format!("backup-{round}.db"));
            drop(ended);
            (file, answered)
        });
        assert!(entries(&at_file(&file)) >= answered);
        let left = std::fs::read_dir(books.own.path()).unwrap().map(|it| it.unwrap().file_name());
        let part = left.into_iter().find(|name| name.to_string_lossy().contains(".part"));
        assert_eq!(part, None);
        let said = refused(&["backup", file.to_str().unwrap(), "--database", &books.at]);
        assert!(said.contains("already there"), "{said}");
    }
}

#[test]
fn a_backup_is_restored_into_an_empty_database_or_a_file() {
    let books = Books::make(3);
    let backup = books.backup("backup.db");
    let backup = backup.to_str().unwrap();
    let held = entries(&books.at);
    let own = tempfile::tempdir().unwrap();
    for target in [empty(), at_file(&own.path().join("books.db"))] {
        let said = ok(&["restore", backup, "--database", &target]);
        assert!(said.contains(&format!("{held} entries verified and restored")), "{said}");
        assert!(!said.contains("quittance:quittance@") && !said.contains(&books.key), "{said}");
        assert_eq!(entries(&target), held);
        assert_eq!(credit(&target, &books.account), "97.00");
        let directory = tempfile::tempdir().unwrap();
        let server = Server::try_start_by(quittance(), directory.path(), &target, &[]).unwrap();
        server.api_as(&books.key).refund(&books.account, "1.00").done();
    }
}

#[test]
fn a_restore_that_was_broken_off_goes_on_and_nothing_else_is_overwritten() {
    let books = Books::make(2);
    let early = books.backup("early.db");
    let server = books.serve();
    books.refund(&server, 5);
    drop(server);
    let late = books.backup("late.db");
    let late = late.to_str().unwrap();
    // What a restore that was broken off leaves is a beginning of the backup.
    let target = empty();
    ok(&["copy", "--from", &at_file(&early), "--to", &target]);
    let output = run(&["restore", late, "--database", &target]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("going on from there"), "{said}");
    assert_eq!(entries(&target), entries(&at_file(Path::new(late))));
    assert_eq!(credit(&target, &books.account), "93.00");
    let said = refused(&["restore", late, "--database", &target]);
    assert!(said.contains("already") && said.contains("--force"), "{said}");
    ok(&["restore", late, "--force", "--database", &target]);
    assert_eq!(credit(&target, &books.account), "93.00");
    // Into other books, or newer ones, nothing is restored.
    let other = Books::make(1);
    for target in [&other.at, &target] {
        let (before, early) = (entries(target), early.to_str().unwrap());
        let said = refused(&["restore", early, "--database", target]);
        assert!(said.contains("is not empty") && said.contains("--force"), "{said}");
        assert_eq!(entries(target), before);
    }
}

#[test]
fn a_broken_backup_changes_nothing_even_by_force() {
    let (books, other) = (Books::make(2), Books::make(4));
    let backup = books.backup("backup.db");
    tamper_file(&backup, "UPDATE invoice_state SET increases = increases + 1");
    let before = entries(&other.at);
    let arguments = ["restore", backup.to_str().unwrap(), "--force", "--database", &other.at];
    let said = refused(&arguments);
    assert!(said.contains("the backup is not right"), "{said}");
    assert_eq!(entries(&other.at), before);
}

#[test]
fn by_force_a_backup_takes_the_place_of_other_books_but_not_under_a_server() {
    let (books, other) = (Books::make(2), Books::make(4));
    let backup = books.backup("backup.db");
    let arguments = ["restore", backup.to_str().unwrap(), "--force", "--database", &other.at];
    let server = other.serve();
    let said = refused(&arguments);
    assert!(said.contains("in use"), "{said}");
    assert_eq!(credit(&other.at, &other.account), "96.00");
    drop(server);
    ok(&arguments);
    assert_eq!(entries(&other.at), entries(&books.at));
    let server = other.serve();
    assert_eq!(server.api_as(&books.key).figures(&books.account)[0], "98.00");
    server.api_as(&other.key).get("/api/v1/accounts").refused(401, "api_key_unknown");
}
