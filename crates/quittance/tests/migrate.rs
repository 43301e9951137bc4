//! Books that the release before wrote (schema 1, with a sample business in them) are brought up to date
//! while they are used. The fixtures were written by that release, and are not made anew.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::{Value, json};
use support::{Api, Server, ok, quittance};
use throwaway_postgres::Cluster;

const FILE: &[u8] = include_bytes!("fixtures/books-schema-1.db.zst");
const DUMP: &[u8] = include_bytes!("fixtures/books-schema-1.sql.zst");
/// An account of the sample with open invoices, and how many decisions the sample has.
const ACCOUNT: &str = "A00000001";
const ENTRIES: i64 = 331;

fn serve(directory: &Path, database: &str) -> Server {
    Server::try_start_by(quittance(), directory, database, &[]).unwrap()
}

/// An administrator: the keys of the fixture are not known, so one is made beside the server.
fn api(server: &mut Server, database: &str) -> Api {
    let name = format!("tester {}", server.pid());
    let made = ok(&[
        "key",
        "create",
        &name,
        "--role",
        "Administrator",
        "--output",
        "json",
        "--database",
        database,
    ]);
    let made: Value = serde_json::from_str(&made).unwrap();
    server.key = made["secret"].as_str().unwrap().to_owned();
    server.api()
}

/// Every open invoice, oldest due first, of accounts that have some.
fn open_invoices(api: &Api) -> Vec<Vec<(String, String)>> {
    let accounts = api.show("/api/v1/accounts?limit=200");
    let accounts = accounts["accounts"].as_array().unwrap();
    let open = |account: &Value| -> Vec<(String, String)> {
        let number = account["number"].as_str().unwrap();
        let page = api.show(&format!("/api/v1/accounts/{number}/open-invoices"));
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let invoices = page["invoices"].as_array().unwrap();
        invoices
            .iter()
            .map(|invoice| (text(&invoice["due_date"]), text(&invoice["number"])))
            .collect()
    };
    accounts.iter().map(open).collect()
}

fn invoice(api: &Api, amount: &str) -> String {
    api.posted(ACCOUNT, amount)
}

#[test]
fn a_file_of_the_release_before_is_brought_up_to_date_while_it_is_used() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("books.db");
    std::fs::write(&path, zstd::decode_all(FILE).unwrap()).unwrap();
    let database = format!("sqlite:{}", path.display());
    let ask = |sql: &str| -> i64 {
        Connection::open(&path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((ask("PRAGMA user_version"), ask("SELECT count(*) FROM entry")), (1, ENTRIES));
    let old = ask("SELECT count(*) FROM open_invoice");
    // Reading changes nothing.
    ok(&["verify", "--database", &database]);
    assert_eq!(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'open_invoice_due'"), 0);

    // One command writes, and ends; both tables know of it.
    ok(&[
        "refund",
        ACCOUNT,
        "--method",
        "check",
        "--amount",
        "0.01",
        "--dry-run",
        "--database",
        &database,
    ]);
    let key = ok(&[
        "key",
        "create",
        "admin",
        "--role",
        "Administrator",
        "--output",
        "json",
        "--database",
        &database,
    ]);
    let key: Value = serde_json::from_str(&key).unwrap();
    let mut server = serve(directory.path(), &database);
    key["secret"].as_str().unwrap().clone_into(&mut server.key);
    let api = server.api();
    let made = invoice(&api, "12.00");
    let seen = open_invoices(&api);
    assert!(seen.iter().flatten().any(|(_, number)| *number == made));
    for account in &seen {
        assert!(account.is_sorted_by_key(|(due, _)| due.clone()), "{account:?}");
    }
    // Killed before it wrote anything back, and again after.
    server.kill9();
    server.start_again();
    assert_eq!(open_invoices(&server.api()), seen);
    assert!(server.terminate().success());
    assert_eq!(ask("PRAGMA user_version"), 1, "the release before can still open it");
    assert_eq!(ask("SELECT count(*) FROM open_invoice"), old + 1);
    assert_eq!(ask("SELECT count(*) FROM open_invoice_due"), old + 1);

    // The release before goes on with it for a while: it knows nothing of the new table.
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "DELETE FROM open_invoice_due WHERE account_no % 2 = 0; \
         UPDATE meta SET value = value - 1 WHERE key = 'open_due_folded'",
    )
    .unwrap();
    drop(conn);
    server.start_again();
    assert_eq!(open_invoices(&server.api()), seen);
    assert!(server.terminate().success());

    ok(&["migrate", "--contract", "--database", &database]);
    assert_eq!(ask("PRAGMA user_version"), 2);
    assert_eq!(
        ask("SELECT count(*) FROM sqlite_schema WHERE name IN ('open_invoice', 'filling')"),
        0
    );
    assert_eq!(ask("SELECT count(*) FROM open_invoice_due"), old + 1);
    server.start_again();
    assert_eq!(open_invoices(&server.api()), seen);
    invoice(&server.api(), "13.00");
    assert!(server.terminate().success());
    // Every row is made again from the history: what an older program did not write is not missed.
    ok(&["verify", "--audit", "--database", &database]);
}

#[test]
fn a_postgresql_of_the_release_before_is_brought_up_to_date_beside_running_servers() {
    let cluster = Cluster::shared().unwrap();
    cluster.create("schema_1").unwrap();
    let mut psql = cluster.program("psql");
    let psql = psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", "schema_1"]);
    let mut psql = psql.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    psql.stdin.take().unwrap().write_all(&zstd::decode_all(DUMP).unwrap()).unwrap();
    assert!(psql.wait().unwrap().success());
    let ask = |sql: &str| cluster.sql("schema_1", sql).unwrap();
    let index =
        |name: &str| ask(&format!("SELECT count(*) FROM pg_indexes WHERE indexname = '{name}'"));
    let database = cluster.url("schema_1");
    assert_eq!(ask("SELECT max(version) FROM schema_version"), "1");
    assert_eq!(ask("SELECT count(*) FROM entry"), ENTRIES.to_string());
    // Reading changes nothing.
    ok(&["verify", "--database", &database]);
    assert_eq!(index("invoice_state__open_due"), "0");

    // Two servers start on it at once; one builds what is new, nobody has to wait.
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut first, mut second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| serve(one.path(), &database));
        let second = scope.spawn(|| serve(two.path(), &database));
        (first.join().unwrap(), second.join().unwrap())
    });
    let api = api(&mut first, &database);
    second.key.clone_from(&first.key);
    let made = invoice(&api, "12.00");
    let seen = open_invoices(&second.api());
    assert!(seen.iter().flatten().any(|(_, number)| *number == made));
    assert_eq!(
        (index("invoice_state__open_due"), index("invoice_state__open")),
        ("1".into(), "1".into())
    );
    assert_eq!(ask("SELECT max(version) FROM schema_version"), "1", "the release before can go on");

    ok(&["migrate", "--contract", "--database", &database]);
    assert_eq!(ask("SELECT max(version) FROM schema_version"), "2");
    assert_eq!(index("invoice_state__open"), "0");
    assert_eq!(open_invoices(&first.api()), seen);
    invoice(&second.api(), "13.00");
    let body = json!({"method_type": "cash", "credit_balance_amount": "5.00"});
    first.api().post(&format!("/api/v1/accounts/{ACCOUNT}/payments"), &body).done();
    assert!(first.terminate().success() && second.terminate().success());
    ok(&["verify", "--database", &database]);
}
