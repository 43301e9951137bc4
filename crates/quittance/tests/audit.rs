//! The record nobody can bend: sealed by servers, and whatever is done to it afterwards is found and named.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use audit::{Signer, check};
use rusqlite::Connection;
use rusqlite::types::Value as Cell;
use serde_json::{Value, json};
use support::{Server, ok, run};
use tempfile::TempDir;

const SECRET: &str = "0707070707070707070707070707070707070707070707070707070707070707";

/// What `verify --audit` prints as JSON, and its exit code.
fn verified(database: &str, more: &[&str]) -> (i32, Value) {
    let arguments = ["verify", "--audit", "--output", "json", "--database", database];
    let output = run(&[&arguments, more].concat());
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code().unwrap(), said)
}

/// Some of everything, with refunds that wait for a gateway and for approval.
fn business(server: &Server) {
    let api = server.api();
    api.gateway("cards");
    let policy = json!({"name": "Large", "when": {"currency": "USD", "amount_over": "50"},
        "levels": [{"roles": ["Administrator"]}]});
    api.post("/api/v1/approval-policies", &policy).done();
    for round in 1..=6 {
        let (account, invoice) = api.account_with_credit("100");
        api.card(&account);
        let metadata = json!({"metadata": {"round": round.to_string()}});
        api.patch(&format!("/api/v1/accounts/{account}/metadata"), &metadata).done();
        let open = api.posted(&account, "30");
        api.apply(&account, &open, "20").done();
        api.refund(&account, "5").done();
        let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
        let amount = if round % 2 == 0 { "51" } else { "7" };
        api.post(&path, &json!({"type": "electronic", "amount": amount})).done();
        let paid = api.posted(&account, "40");
        api.pay(&account, &[(&paid, "40")], Some("55")).done();
        let refund = json!({"method_type": "check", "amount": "10"});
        api.post(&format!("/api/v1/payments/P-{round:08}/refund"), &refund).done();
        let lines = json!({"lines": [{"type": "charge", "amount": "1"}]});
        drop(api.post(&format!("/api/v1/invoices/{invoice}/adjust"), &lines));
        let adjust = json!({"lines": [{"type": "credit", "amount": "2"}]});
        api.post(&format!("/api/v1/invoices/{open}/adjust"), &adjust).done();
    }
}

/// A server that sealed such a business, ended.
fn sealed(directory: &Path) -> Server {
    let key = directory.join("key.hex");
    std::fs::write(&key, SECRET).unwrap();
    let mut server = Server::start_with(directory, &["--key-file", key.to_str().unwrap()]);
    business(&server);
    assert!(server.terminate().success());
    server
}

#[test]
fn a_server_seals_what_it_commits_and_signs_it() {
    let directory = tempfile::tempdir().unwrap();
    let server = sealed(directory.path());
    let at = server.database();
    let key = directory.path().join("key.hex");
    let key = ["--key-file", key.to_str().unwrap()];
    let (code, said) = verified(at, &key);
    assert_eq!(code, 0, "{said}");
    let audit = &said["audit"];
    assert_eq!((&audit["entries"], &audit["not_sealed"]), (&said["entries"], &json!(0)));
    assert!(audit["blocks"].as_u64().unwrap() >= 1);
    assert_eq!(audit["signed"], audit["blocks"]);
    // The public key is enough; another one is not.
    let public = ok(&[&["audit", "public-key"], key.as_slice()].concat());
    assert_eq!(verified(at, &["--public-key", public.trim()]).0, 0);
    let other = Signer::derived(&"08".repeat(32)).unwrap().public_key().to_string();
    let (code, said) = verified(at, &["--public-key", &other]);
    assert_eq!((code, said["detail"].to_string().contains("block 1")), (1, true), "{said}");
    // A head that was kept is found again, also when the books went on.
    let head = ok(&[&["audit", "head", "--database", at], key.as_slice()].concat());
    let kept = directory.path().join("head.json");
    std::fs::write(&kept, &head).unwrap();
    let kept = ["--head", kept.to_str().unwrap()];
    let mut again = Server::start_with(directory.path(), &key);
    let api = again.api_as(&server.key);
    let shown = api.show("/api/v1/audit/head")["head"].clone();
    let exported: Value = serde_json::from_str(&head).unwrap();
    assert_eq!((&shown["hash"], &shown["signature"]), (&exported["hash"], &exported["signature"]));
    api.open_account("EUR");
    assert!(again.terminate().success());
    let (code, said) = verified(at, &[key, kept].concat());
    assert_eq!((code, &said["audit"]["not_sealed"]), (0, &json!(0)), "{said}");
    // What the API answers can be kept as it is.
    let answered = directory.path().join("answered.json");
    std::fs::write(&answered, json!({"head": shown}).to_string()).unwrap();
    let (code, said) = verified(at, &["--head", answered.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    // A copy brings the record along.
    let copy = directory.path().join("copy.db");
    let to = format!("sqlite:{}", copy.display());
    ok(&["copy", "--from", at, "--to", &to]);
    let (_, said) = verified(at, &key);
    let (code, copied) = verified(&to, &[key, kept].concat());
    assert_eq!((code, &copied["audit"]), (0, &said["audit"]));
}

#[test]
fn books_that_no_server_serves_are_sealed_by_hand() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("demo");
    ok(&["demo", "--no-serve", "--accounts", "5", "--directory", path.to_str().unwrap()]);
    let at = format!("sqlite:{}", path.join("books.db").display());
    let (code, said) = verified(&at, &[]);
    assert_eq!((code, &said["audit"]["blocks"]), (0, &json!(0)));
    assert_eq!(said["audit"]["not_sealed"], said["entries"]);
    assert!(ok(&["audit", "seal", "--database", &at]).contains("sealed up to JE-"));
    assert!(ok(&["audit", "seal", "--database", &at]).starts_with("0 blocks made"));
    let (code, said) = verified(&at, &[]);
    assert_eq!((code, &said["audit"]["not_sealed"]), (0, &json!(0)));
    assert_eq!(
        (&said["audit"]["signed"], &said["audit"]["entries"]),
        (&json!(0), &said["entries"])
    );
    // Whoever expects signatures is told that there are none.
    let key = Signer::derived(SECRET).unwrap().public_key().to_string();
    assert_eq!(verified(&at, &["--public-key", &key]).0, 1);
    // What was made before there was a key is sealed by the first block that is signed.
    let secret = path.join("late.hex");
    std::fs::write(&secret, SECRET).unwrap();
    let late = ["--key-file", secret.to_str().unwrap()];
    ok(&["key", "create", "boss", "--role", "Administrator", "--database", &at]);
    ok(&["role", "create", "Extra", "--database", &at]);
    ok(&[&["audit", "seal", "--database", &at], late.as_slice()].concat());
    let (code, said) = verified(&at, &["--public-key", &key]);
    assert_eq!((code, &said["audit"]["signed"]), (0, &json!(1)), "{said}");
}

/// A sealed file.
struct Books {
    directory: TempDir,
    head: audit::Head,
}

static BOOKS: LazyLock<Books> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let server = sealed(directory.path());
    // Tampering is done to a file, whatever the books were kept in.
    let path = directory.path().join("sealed.db");
    let to = format!("sqlite:{}", path.display());
    ok(&["copy", "--from", server.database(), "--to", &to]);
    let head = ok(&["audit", "head", "--database", &to]);
    Books { directory, head: serde_json::from_str(&head).unwrap() }
});

impl Books {
    /// A copy to spoil.
    fn copy(&self) -> (TempDir, PathBuf) {
        let own = tempfile::tempdir().unwrap();
        let path = own.path().join("books.db");
        std::fs::copy(self.directory.path().join("sealed.db"), &path).unwrap();
        (own, path)
    }

    /// What is wrong with a copy; none if nothing is.
    fn wrong(&self, path: &Path) -> Option<String> {
        let reader = match store_sqlite::open(path, store_sqlite::Mode::ReadOnly) {
            Ok(opened) => opened.reader,
            Err(error) => return Some(error.to_string()),
        };
        let key = Signer::derived(SECRET).unwrap().public_key();
        let found = check(reader.as_ref(), Some(&key), Some(&self.head), &mut |_| {});
        if let Err(error) = found {
            return Some(error.to_string());
        }
        let folded = reports::verify::verify(reader.as_ref(), &mut |_| {});
        if let Err(error) = folded {
            return Some(error.to_string());
        }
        // What only a second making of all rows shows; that takes a process.
        let at = format!("sqlite:{}", path.display());
        let output = run(&["verify", "--audit", "--database", &at]);
        (output.status.code() != Some(0)).then(|| format!("{output:?}"))
    }
}

/// What is said after `sql` was done to a copy.
#[track_caller]
fn after(sql: &str) -> String {
    let (_own, path) = BOOKS.copy();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(sql).unwrap();
    drop(conn);
    BOOKS.wrong(&path).unwrap_or_else(|| panic!("not found: {sql}"))
}

#[test]
fn what_was_changed_removed_added_or_swapped_is_named() {
    assert_eq!(BOOKS.wrong(&BOOKS.copy().1), None);
    for (sql, named) in [
        ("UPDATE refund SET amount = amount + 1 WHERE refund_no = 1", "was changed"),
        ("UPDATE refund SET comment = 'x' WHERE refund_no = 1", "was changed"),
        ("UPDATE entry SET at_us = at_us + 1 WHERE entry_no = 5", "JE-00000005 was changed"),
        ("DELETE FROM entry WHERE entry_no = 5", "JE-00000005 was removed"),
        ("DELETE FROM audit_block WHERE block_no = 1", "block 1"),
        ("UPDATE audit_block SET made_us = made_us + 1 WHERE block_no = 1", "block 1 was changed"),
        ("UPDATE audit_block SET signature = x'00' WHERE block_no = 1", "block 1"),
    ] {
        let said = after(sql);
        assert!(said.contains(named), "{sql}: {said}");
    }
    // A pair that changed places; each fits by itself.
    let swapped = after(
        "CREATE TEMP TABLE pair AS SELECT entry_no, at_us, key_hash FROM entry WHERE entry_no IN (7, 8);
         UPDATE entry SET
           key_hash = (SELECT key_hash FROM pair WHERE pair.entry_no = 15 - entry.entry_no),
           at_us = (SELECT at_us FROM pair WHERE pair.entry_no = 15 - entry.entry_no)
         WHERE entry_no IN (7, 8)",
    );
    assert!(swapped.contains("JE-00000007"), "{swapped}");
    // The whole end, entries and blocks; only the head that was kept knows of it.
    let ended = after("DELETE FROM audit_block; DELETE FROM entry WHERE entry_no > 3");
    assert!(ended.contains("whose head was kept, is not there"), "{ended}");
}

#[test]
fn a_glance_at_the_newest_blocks_finds_what_was_changed_in_them() {
    let glance = |sql: &str| {
        let (_own, path) = BOOKS.copy();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let reader = store_sqlite::open(&path, store_sqlite::Mode::ReadOnly).unwrap().reader;
        audit::check_newest(reader.as_ref()).map_err(|error| error.to_string())
    };
    let (whole, from) = glance("").unwrap();
    assert!(whole.blocks >= 1 && whole.entries >= 8 && whole.signed == 0, "{whole:?}");
    assert!(from.is_some());
    for (sql, named) in [
        ("UPDATE refund SET amount = amount + 1 WHERE refund_no = 1", "was changed"),
        ("DELETE FROM entry WHERE entry_no = 5", "JE-00000005 was removed"),
        ("UPDATE audit_block SET made_us = made_us + 1", "was changed"),
    ] {
        let said = glance(sql).unwrap_err();
        assert!(said.contains(named), "{sql}: {said}");
    }
    let gap = glance("UPDATE audit_block SET block_no = block_no + 1").unwrap_err();
    assert!(gap.contains("block 1 was removed"), "{gap}");
    // Nothing is sealed, so nothing can be held against anything.
    assert_eq!(glance("DELETE FROM audit_block").unwrap(), (audit::Checked::default(), None));
}

/// Numbers by chance that are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Every table that holds money or the record of what was done: all but keys and credentials, which are beside the history, and what
/// says how far caches are.
fn tables(conn: &Connection) -> Vec<String> {
    let beside = ["api_key", "api_key_access", "gateway_secret", "meta", "filling", "open_invoice"];
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut statement = conn.prepare(sql).unwrap();
    let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    names.map(Result::unwrap).filter(|name| !beside.contains(&name.as_str())).collect()
}

/// The cell with one byte changed; none if there is nothing to change.
fn flipped(cell: &Cell, chance: &mut Chance) -> Option<Cell> {
    Some(match cell {
        Cell::Integer(number) => {
            let bit = chance.below(48);
            Cell::Integer(number ^ (1 << bit))
        }
        Cell::Text(text) if !text.is_empty() => {
            let mut bytes = text.clone().into_bytes();
            let place = chance.below(bytes.len());
            bytes[place] ^= 1 + u8::try_from(chance.below(15)).unwrap();
            Cell::Text(String::from_utf8(bytes).ok()?)
        }
        Cell::Blob(blob) if !blob.is_empty() => {
            let mut bytes = blob.clone();
            let place = chance.below(bytes.len());
            bytes[place] ^= 1 + u8::try_from(chance.below(255)).unwrap();
            Cell::Blob(bytes)
        }
        _ => return None,
    })
}

#[test]
fn of_a_thousand_single_byte_changes_every_one_is_found() {
    let (_own, path) = BOOKS.copy();
    let conn = Connection::open(&path).unwrap();
    conn.pragma_update(None, "synchronous", "OFF").unwrap();
    let tables = tables(&conn);
    let mut chance = Chance(1);
    let (mut changes, mut missed) = (0, Vec::new());
    while changes < 1_000 {
        let table = &tables[chance.below(tables.len())];
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 = conn.query_row(&count, [], |row| row.get(0)).unwrap();
        let rows = usize::try_from(rows).unwrap();
        if rows == 0 {
            continue;
        }
        let columns: Vec<String> = {
            let statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
            statement.column_names().map(str::to_owned).collect()
        };
        let all = columns.join(", ");
        let sql = format!(
            "SELECT {all} FROM {table} ORDER BY {all} LIMIT 1 OFFSET {}",
            chance.below(rows)
        );
        let row: Vec<Cell> = conn
            .query_row(&sql, [], |row| (0..columns.len()).map(|column| row.get(column)).collect())
            .unwrap();
        let column = chance.below(columns.len());
        let Some(other) = flipped(&row[column], &mut chance) else { continue };
        let place = columns.iter().map(|column| format!("{column} IS ?")).collect::<Vec<_>>();
        let sql =
            format!("UPDATE {table} SET {} = ? WHERE {}", columns[column], place.join(" AND "));
        let mut values = vec![other.clone()];
        values.extend(row.iter().cloned());
        let done = conn.execute(&sql, rusqlite::params_from_iter(values));
        // Another row has that key, or a check of the schema refuses it.
        if done.is_err() {
            continue;
        }
        changes += 1;
        if BOOKS.wrong(&path).is_none() {
            missed.push(format!("{table}.{}: {:?} -> {other:?}", columns[column], row[column]));
        }
        let mut back = row.clone();
        back[column] = other;
        let mut values = vec![row[column].clone()];
        values.extend(back);
        conn.execute(&sql, rusqlite::params_from_iter(values)).unwrap();
    }
    missed.sort();
    assert!(missed.is_empty(), "{} of {changes} not found:\n{}", missed.len(), missed.join("\n"));
    assert_eq!(BOOKS.wrong(&path), None);
}
