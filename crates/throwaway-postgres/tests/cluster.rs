//! The server starts, does as told, survives what it should, and leaves nothing behind.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use throwaway_postgres::{Cluster, Error, Settings};

/// Longer than a server takes to end.
const PATIENCE: &str = "60";

/// Every process of PostgreSQL whose command line or title names the cluster in `directory`.
fn processes(directory: &Path) -> Vec<String> {
    let name = directory.file_name().unwrap().to_str().unwrap();
    let text = |path: PathBuf| {
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).trim().to_owned()
    };
    fs::read_dir("/proc")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| ["postgres", "initdb"].contains(&text(path.join("comm")).as_str()))
        .map(|path| text(path.join("cmdline")))
        .filter(|title| title.contains(name))
        .collect()
}

#[track_caller]
fn nothing_is_left(directory: &Path) {
    assert!(!directory.exists(), "{}", directory.display());
    assert_eq!(processes(directory), Vec::<String>::new());
}

/// The program of this crate, with a server of its own.
struct Owner {
    child: Child,
    url: String,
    directory: PathBuf,
}

impl Owner {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_throwaway-postgres"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap();
        let (url, directory) = (line(), PathBuf::from(line()));
        assert!(processes(&directory).len() > 3, "no server runs");
        Self { child, url, directory }
    }

    /// Sends it a signal, waits for its end and then for that of its server.
    fn signal(&mut self, name: &str) {
        let script = format!("kill -s {name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
        self.child.wait().unwrap();
        until(&format!("[ ! -e {} ]", self.directory.display()));
    }
}

/// Returns once a condition of the shell holds.
#[track_caller]
fn until(condition: &str) {
    let script = format!("until {condition}; do sleep 0.02; done");
    let met = Command::new("timeout").args([PATIENCE, "sh", "-c", &script]).status().unwrap();
    assert!(met.success(), "in vain: {condition}");
}

/// A directory that the server's user may enter.
fn place() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    place
}

#[test]
fn databases_are_made_cloned_copied_and_dropped() {
    let cluster = Cluster::shared().unwrap();
    assert!(std::ptr::eq(cluster, Cluster::shared().unwrap()), "one per process");
    cluster.create("first").unwrap();
    cluster.sql("first", "CREATE TABLE kept AS SELECT 'it''s' AS word, 7 AS number").unwrap();
    cluster.clone_from("first", "second").unwrap();
    cluster.sql("second", "UPDATE kept SET number = 8").unwrap();
    // A copy of what is committed, beside somebody who is at work.
    let at_work = "BEGIN; UPDATE kept SET number = 9; SELECT 'ready'; SELECT pg_sleep(600)";
    let mut busy = cluster
        .program("psql")
        .args(["-X", "-q", "-A", "-t", "-d", "second"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    busy.stdin.take().unwrap().write_all(at_work.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(busy.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    cluster.copy("second", "third").unwrap();
    for (database, row) in [("first", "it's|7"), ("second", "it's|8"), ("third", "it's|8")] {
        assert_eq!(cluster.sql(database, "SELECT * FROM kept").unwrap(), row);
    }
    assert!(cluster.terminate_random_backend("second").unwrap());
    busy.wait().unwrap();
    assert!(!cluster.terminate_random_backend("second").unwrap());
    assert_eq!(cluster.terminate_backends("second").unwrap(), 0);
    for database in ["first", "second", "third", "never made"] {
        cluster.drop(database).unwrap();
        assert!(!cluster.has(database).unwrap());
    }
}

#[test]
fn what_postgresql_refuses_is_said() {
    let cluster = Cluster::shared().unwrap();
    let refused = cluster.sql("postgres", "SELECT 1 / 0").unwrap_err().to_string();
    assert!(refused.contains("psql") && refused.contains("division by zero"), "{refused}");
    let refused = cluster.clone_from("no such \"template", "copy").unwrap_err().to_string();
    assert!(refused.contains("no such \"template"), "{refused}");
    assert!(cluster.copy("nowhere", "somewhere").is_err());
    cluster.drop("somewhere").unwrap();
    let settings = Settings::fast().with("no_such_setting", "1");
    let refused = Cluster::start(&settings).unwrap_err();
    assert!(matches!(refused, Error::NotStarted(_)), "{refused}");
    assert!(refused.to_string().contains("no_such_setting"), "{refused}");
}

#[test]
fn an_address_leads_to_the_database_and_only_with_the_password() {
    let cluster = Cluster::shared().unwrap();
    cluster.create("addressed").unwrap();
    let url = cluster.url("addressed");
    let connect = |url: &str| {
        let mut psql = Command::new(cluster.program("psql").get_program());
        psql.args(["-X", "-w", "-A", "-t", "-c", "SELECT current_database()", url]);
        psql.env_remove("PGPASSWORD").env("PGPASSFILE", "/dev/null").output().unwrap()
    };
    assert_eq!(connect(&url).stdout, b"addressed\n");
    let (password, _) = url.trim_start_matches("postgres://quittance:").split_once('@').unwrap();
    assert!(!connect(&url.replace(password, "guessed")).status.success());
    assert!(!connect(&url.replace(&format!(":{password}"), "")).status.success());
    cluster.drop("addressed").unwrap();
}

#[test]
fn settings_reach_the_server() {
    let cluster = Cluster::shared().unwrap();
    assert_eq!(cluster.sql("postgres", "SHOW fsync").unwrap(), "off");
    let place = place();
    let settings = Settings::durable().with("work_mem", "1MB").with("work_mem", "3MB");
    let other = Cluster::start(&settings.within(place.path())).unwrap();
    assert!(other.directory().starts_with(place.path()));
    assert_ne!(other.port(), cluster.port());
    for (name, value) in [("fsync", "on"), ("synchronous_commit", "on"), ("work_mem", "3MB")] {
        assert_eq!(other.sql("postgres", &format!("SHOW {name}")).unwrap(), value);
    }
}

#[test]
fn a_killed_server_comes_back_with_what_was_committed() {
    let mut cluster = Cluster::start(&Settings::durable()).unwrap();
    let url = cluster.url("books");
    cluster.create("books").unwrap();
    cluster.sql("books", "CREATE TABLE kept (x int)").unwrap();
    for round in 1..=3 {
        cluster.sql("books", "INSERT INTO kept VALUES (1)").unwrap();
        let before = cluster.processes();
        assert!(before.len() > 3, "{before:?}");
        match round {
            1 => cluster.kill().unwrap(),
            2 => cluster.stop_immediately().unwrap(),
            _ => cluster.stop().unwrap(),
        }
        assert_eq!(cluster.processes(), Vec::<u32>::new());
        assert!(matches!(cluster.kill(), Err(Error::Stopped)));
        assert!(cluster.sql("books", "SELECT 1").is_err());
        let logged = cluster.log().len();
        cluster.restart().unwrap();
        let log = cluster.log();
        let recovered = log[logged..].contains("automatic recovery");
        assert_eq!(recovered, round < 3, "{log}");
        assert_eq!(cluster.sql("books", "SELECT count(*) FROM kept").unwrap(), round.to_string());
        assert_eq!(cluster.url("books"), url, "same port");
    }
    cluster.restart().unwrap();
    assert_eq!(cluster.sql("books", "SELECT count(*) FROM kept").unwrap(), "3");
}

#[test]
fn a_cluster_that_is_dropped_leaves_nothing() {
    for stopped in [false, true] {
        let mut cluster = Cluster::start(&Settings::fast()).unwrap();
        let directory = cluster.directory().to_owned();
        if stopped {
            cluster.kill().unwrap();
        }
        drop(cluster);
        nothing_is_left(&directory);
    }
}

#[test]
fn whichever_way_its_owner_ends_nothing_is_left() {
    for signal in ["KILL", "TERM", "INT"] {
        let mut owner = Owner::start();
        assert!(owner.url.starts_with("postgres://"), "{}", owner.url);
        owner.signal(signal);
        nothing_is_left(&owner.directory);
    }
    let mut owner = Owner::start();
    drop(owner.child.stdin.take());
    assert!(owner.child.wait().unwrap().success());
    nothing_is_left(&owner.directory);
}

#[test]
fn an_owner_killed_while_it_starts_the_server_leaves_nothing() {
    for file in
        ["name", "data", "data/base", "data/global/pg_control", "log", "data/postmaster.pid"]
    {
        let place = place();
        let mut owner = Command::new(env!("CARGO_BIN_EXE_throwaway-postgres"))
            .env("TMPDIR", place.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        until(&format!("[ -e {}/*/{file} ]", place.path().display()));
        owner.kill().unwrap();
        owner.wait().unwrap();
        until(&format!("[ -z \"$(ls {})\" ]", place.path().display()));
        let processes: Vec<String> = processes(place.path());
        assert_eq!(processes, Vec::<String>::new(), "{file}");
    }
}
