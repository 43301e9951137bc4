//! Books in a SQLite file, whichever store is chosen: a disk that is full or can only be read, a lock,
//! files that are not ours. A clear sentence, reads go on, nothing is lost.
//!
//! Tests that mount a small disk need root; without it they say so and pass.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::books::text;
use support::sample::Sample;
use support::store::file as database;
use support::{Api, Server, quittance, run};
use tempfile::TempDir;

/// Mounts a small disk for the server alone, fills it from a directory, and becomes the server.
const ON_SMALL_DISK: &str = r#"
    mount -t tmpfs -o size=8m tmpfs "$1"
    if [ -d "$2" ]; then cp "$2"/books.db* "$1"; fi
    if [ "$3" = full ]; then head -c 64M /dev/zero > "$1/ballast" 2> /dev/null || true; fi
    if [ "$3" = readonly ]; then mount -o remount,ro "$1"; fi
    shift 3
    exec "$@"
"#;
/// Nobody's.
const NOBODY: &str = "65534";
/// More commands than a small disk has room for in its log.
const MANY: usize = 4_000;

/// A server on the file in `directory`.
fn start_with(directory: &Path, arguments: &[&str]) -> Server {
    try_start_by(quittance(), directory, arguments)
}

fn start(directory: &Path) -> Server {
    start_with(directory, &[])
}

fn try_start_by(command: Command, directory: &Path, arguments: &[&str]) -> Server {
    let server = Server::try_start_by(command, directory, &database(directory), arguments);
    server.unwrap_or_else(|said| panic!("no server: {said}"))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

/// Whether this machine lets us mount; says what is left out if not.
fn may_mount(test: &str) -> bool {
    let script = "mount -t tmpfs tmpfs /mnt";
    let tried = Command::new("unshare").args(["-m", "sh", "-c", script]).output();
    let may = tried.is_ok_and(|tried| tried.status.success());
    if !may {
        note(&format!("skipped: {test} mounts a small disk, which needs root"));
    }
    may
}

fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// A server alone on a disk of 8 MB. `books` is a directory whose database is put there first.
fn on_small_disk(books: Option<&Path>, state: &str) -> (Server, TempDir) {
    let mount = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-e", "-c", ON_SMALL_DISK, "sh"]).arg(mount.path());
    command.arg(books.unwrap_or(Path::new(""))).arg(state).arg(env!("CARGO_BIN_EXE_quittance"));
    (try_start_by(command, mount.path(), &[]), mount)
}

/// A file on the disk of a server, as seen from outside.
fn seen(server: &Server, mount: &TempDir, name: &str) -> PathBuf {
    let inside = mount.path().strip_prefix("/").unwrap();
    Path::new("/proc").join(server.pid().to_string()).join("root").join(inside).join(name)
}

/// Runs the binary where the server lives.
fn run_beside(server: &Server, arguments: &[&str]) -> Output {
    let mut command = Command::new("nsenter");
    command.args(["-t", &server.pid().to_string(), "-m", env!("CARGO_BIN_EXE_quittance")]);
    command.args(arguments).output().unwrap()
}

fn refund(api: &Api, account: &str, key: &str) -> support::Answer {
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    api.post_as(&path, key, &json!({"method_type": "check", "amount": "0.01"}))
}

fn credit(api: &Api, account: &str) -> String {
    let [credit, ..] = api.figures(account);
    credit
}

/// Questions are answered; `code` says why commands are not.
#[track_caller]
fn only_reads_are_served(api: &Api, account: &str, expected_credit: &str, code: &str) {
    assert_eq!(credit(api, account), expected_credit);
    for path in ["/api/v1/journal", "/api/v1/trial-balance", "/api/v1/invoices", "/healthz"] {
        api.show(path);
    }
    api.show(&format!("/api/v1/accounts/{account}/credit-balance/explain"));
    let problem = refund(api, account, "while it cannot be written").refused(503, code);
    assert!(text(&problem, "detail").contains("send it again with the same key"), "{problem}");
    let body = json!({"name": "another", "roles": ["Viewer"]});
    api.command("POST", "/api/v1/api-keys", None, &body).refused(503, code);
    api.get("/readyz").refused(503, "storage_read_only");
}

#[track_caller]
fn fails_saying(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said:?}");
    }
    assert!(!said.contains("panicked"), "{said}");
}

fn path_text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_full_disk_refuses_commands_until_there_is_space_again() {
    if !may_mount("a full disk") {
        return;
    }
    let (mut server, mount) = on_small_disk(None, "");
    let api = server.api();
    let (account, _) = api.account_with_credit("1000.00");
    let mut ballast = File::create(seen(&server, &mount, "ballast")).unwrap();
    while ballast.write_all(&[0; 4096]).is_ok() {}
    let mut done = 0;
    let refused = loop {
        let answer = refund(&api, &account, &format!("refund {done}"));
        if answer.status != 201 {
            break answer.refused(503, "storage_full");
        }
        done += 1;
        assert!(done < MANY, "the disk is never full");
    };
    assert!(text(&refused, "detail").contains("full"), "{refused}");
    let left = format!("{}.{:02}", (100_000 - done) / 100, (100_000 - done) % 100);
    only_reads_are_served(&api, &account, &left, "storage_full");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    api.preview(&path, &json!({"method_type": "check"})).status(200);
    drop(ballast);
    fs::remove_file(seen(&server, &mount, "ballast")).unwrap();
    // The refused command, sent again with its key, is done now; what was done is not done again.
    let again = refund(&api, &account, &format!("refund {done}"));
    assert!(!again.replayed());
    again.done();
    api.get("/readyz").status(200);
    for earlier in 0..done.min(100) {
        assert!(refund(&api, &account, &format!("refund {earlier}")).replayed());
    }
    let left = format!("{}.{:02}", (99_999 - done) / 100, (99_999 - done) % 100);
    assert_eq!(credit(&api, &account), left);
    let verified = run_beside(&server, &["verify", "--database", &database(mount.path())]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(server.terminate().success(), "{}", server.log());
}

/// A database as a killed server leaves it: the last commands are only in the write-ahead log.
fn left_by_a_killed_server() -> (TempDir, String, String) {
    let directory = tempfile::tempdir().unwrap();
    let mut server = start(directory.path());
    let (account, _) = server.api().account_with_credit("25.00");
    server.kill9();
    (directory, server.key.clone(), account)
}

#[test]
fn a_disk_that_is_full_at_the_start_still_serves_reads() {
    if !may_mount("a disk full at the start") {
        return;
    }
    let (books, key, account) = left_by_a_killed_server();
    let (mut server, _mount) = on_small_disk(Some(books.path()), "full");
    let api = server.api_as(&key);
    assert_eq!(credit(&api, &account), "25.00");
    let refused = refund(&api, &account, "full from the start");
    assert_eq!(refused.status, 503, "{}", refused.text);
    api.get("/readyz").refused(503, "storage_read_only");
    assert!(server.terminate().success(), "{}", server.log());
}

#[test]
fn a_read_only_disk_serves_reads() {
    if !may_mount("a read-only disk") {
        return;
    }
    let (books, key, account) = left_by_a_killed_server();
    let (mut server, mount) = on_small_disk(Some(books.path()), "readonly");
    let api = server.api_as(&key);
    only_reads_are_served(&api, &account, "25.00", "storage_read_only");
    let at = database(mount.path());
    let verified = run_beside(&server, &["verify", "--database", &at]);
    assert_eq!(verified.status.code(), Some(0), "{}", String::from_utf8_lossy(&verified.stdout));
    let balance =
        run_beside(&server, &["balance", &account, "--output", "json", "--database", &at]);
    let figures: Value = serde_json::from_slice(&balance.stdout).unwrap();
    assert_eq!(figures["credit_balance"], "25.00");
    assert!(server.terminate().success(), "{}", server.log());
}

/// The binary run by one who may not write everything: root runs a copy of it as nobody.
fn without_rights() -> (Command, TempDir) {
    let bin = tempfile::tempdir().unwrap();
    if !is_root() {
        return (Command::new(env!("CARGO_BIN_EXE_quittance")), bin);
    }
    let binary = bin.path().join("quittance");
    fs::copy(env!("CARGO_BIN_EXE_quittance"), &binary).unwrap();
    fs::set_permissions(bin.path(), Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).arg(binary);
    (command, bin)
}

#[test]
fn files_without_the_right_to_write_serve_reads() {
    let (books, key, account) = left_by_a_killed_server();
    for entry in fs::read_dir(books.path()).unwrap() {
        fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o444)).unwrap();
    }
    let log = books.path().join("server.log");
    fs::set_permissions(&log, Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(books.path(), Permissions::from_mode(0o555)).unwrap();
    let (mut command, _bin) = without_rights();
    command.env_remove("QUITTANCE_DATABASE");
    let mut server = try_start_by(command, books.path(), &[]);
    only_reads_are_served(&server.api_as(&key), &account, "25.00", "storage_read_only");
    assert!(server.log().contains("serving reads only"), "{}", server.log());
    assert!(server.terminate().success(), "{}", server.log());
    fs::set_permissions(books.path(), Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_log_that_cannot_be_read_is_not_left_out_silently() {
    let (books, key, account) = left_by_a_killed_server();
    let mut server = start(books.path());
    assert!(server.terminate().success());
    let mut server = start(books.path());
    refund(&server.api_as(&key), &account, "only in the log").done();
    server.kill9();
    // Whoever copies the file and its log, and not the index of the log, to a place that cannot be
    // written must not be told the balance of yesterday.
    let place = tempfile::tempdir().unwrap();
    for name in ["books.db", "books.db-wal"] {
        fs::copy(books.path().join(name), place.path().join(name)).unwrap();
        fs::set_permissions(place.path().join(name), Permissions::from_mode(0o444)).unwrap();
    }
    fs::set_permissions(place.path(), Permissions::from_mode(0o555)).unwrap();
    let (mut command, _bin) = without_rights();
    let at = database(place.path());
    let output = command.args(["balance", &account, "--database", &at]).output().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    fails_saying(&output, &["books.db", "cannot be opened"]);
}

#[test]
fn a_server_started_read_only_answers_questions_only() {
    let (books, key, account) = left_by_a_killed_server();
    let mut server = start_with(books.path(), &["--read-only"]);
    only_reads_are_served(&server.api_as(&key), &account, "25.00", "storage_read_only");
    // What it shows must not change under it: no server writes meanwhile, and the other way round.
    let at = database(books.path());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database", &at];
    fails_saying(&run(&serve), &["in use by another server"]);
    assert!(server.terminate().success());
    let mut writer = start(books.path());
    refund(&writer.api_as(&key), &account, "afterwards").done();
    fails_saying(&run(&[&serve[..], &["--read-only"]].concat()), &["in use by another server"]);
    assert!(writer.terminate().success());
}

#[test]
fn read_only_needs_a_database() {
    let nowhere = tempfile::tempdir().unwrap();
    let at = database(nowhere.path());
    let output = run(&["serve", "--read-only", "--listen", "127.0.0.1:0", "--database", &at]);
    fails_saying(&output, &["books.db", "does not exist"]);
    assert!(!nowhere.path().join("books.db").exists());
}

#[test]
fn a_second_server_on_the_same_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let server = start(directory.path());
    let at = database(server.directory());
    let second = run(&["serve", "--listen", "127.0.0.1:0", "--database", &at]);
    fails_saying(&second, &["books.db", "in use by another server"]);
    server.api().open_account("USD");
    // So is whatever else wants to write.
    let refund = run(&["refund", "A00000001", "--method", "check", "--database", &at]);
    fails_saying(&refund, &["in use by another server", "--server"]);
    let csv = server.directory().join("lines.csv");
    fs::write(&csv, "InvoiceNo,CustomerID,InvoiceDate,StockCode,Description,Quantity,UnitPrice\n")
        .unwrap();
    let import = run(&["import", "online-retail", &path_text(&csv), "--database", &at]);
    fails_saying(&import, &["in use by another server"]);
}

#[test]
fn a_file_that_is_no_database_of_ours_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text");
    fs::write(&text, "dear diary, ".repeat(1_000)).unwrap();
    let foreign = directory.path().join("foreign");
    let conn = rusqlite::Connection::open(&foreign).unwrap();
    conn.execute_batch("CREATE TABLE mine (x)").unwrap();
    drop(conn);
    let newer = directory.path().join("newer");
    let conn = rusqlite::Connection::open(&newer).unwrap();
    conn.execute_batch("CREATE TABLE ours (x); PRAGMA user_version = 99").unwrap();
    drop(conn);
    let cases = [
        (&text, "is not a database"),
        (&foreign, "is not a Quittance database"),
        (&newer, "use a newer program"),
    ];
    for (path, sentence) in cases {
        let before = fs::read(path).unwrap();
        let at = format!("sqlite:{}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        let served = run(&["serve", "--listen", "127.0.0.1:0", "--database", &at]);
        fails_saying(&served, &[name, sentence]);
        fails_saying(&run(&["verify", "--database", &at]), &[name, sentence]);
        fails_saying(&run(&["balance", "A00000001", "--database", &at]), &[name, sentence]);
        assert!(fs::read(path).unwrap() == before, "{name} was changed");
    }
    let nowhere = format!("sqlite:{}/no/such/directory/books.db", directory.path().display());
    let served = run(&["serve", "--listen", "127.0.0.1:0", "--database", &nowhere]);
    fails_saying(&served, &["no/such/directory"]);
}

#[test]
fn a_demo_only_empties_a_directory_that_a_demo_made() {
    let sample = Sample::make("7", "25");
    let directory = sample.directory();
    let into = ["--directory", directory.to_str().unwrap()];
    let demo = ["demo", "--no-serve", "--seed", "8", "--accounts", "3"];
    let again = run(&[demo.as_slice(), &into].concat());
    assert!(again.status.success(), "{}", String::from_utf8_lossy(&again.stderr));
    let foreign = tempfile::tempdir().unwrap();
    fs::write(foreign.path().join("letters.txt"), "dear").unwrap();
    let elsewhere = ["--directory", foreign.path().to_str().unwrap()];
    let refused = run(&[demo.as_slice(), &elsewhere].concat());
    fails_saying(&refused, &["no demo made it", "--directory"]);
    assert_eq!(fs::read_to_string(foreign.path().join("letters.txt")).unwrap(), "dear");
    // A sample business that is being served is not taken away.
    let _server = start(&directory);
    fails_saying(&run(&[demo.as_slice(), &into].concat()), &["in use"]);
    assert!(directory.join("books.db").exists());
}
