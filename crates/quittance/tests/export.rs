//! `quittance export`: every document as CSV and NDJSON, a journal that the real hledger accepts and sums
//! to the same figures, and a history that makes the same books again.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use support::books::{number, text};
use support::sample::Sample;
use support::{Api, Server, database, run};

/// Lists of the API that show every document there is.
const LISTS: [(&str, &str); 7] = [
    ("/api/v1/accounts", "accounts"),
    ("/api/v1/invoices", "invoices"),
    ("/api/v1/payments", "payments"),
    ("/api/v1/refunds", "refunds"),
    ("/api/v1/credit-balance-adjustments", "credit_balance_adjustments"),
    ("/api/v1/invoice-item-adjustments", "invoice_item_adjustments"),
    ("/api/v1/journal", "entries"),
];
/// Name of a file of documents, and the list that has as many rows.
const FILES: [(&str, &str); 6] = [
    ("account", "accounts"),
    ("invoice", "invoices"),
    ("payment", "payments"),
    ("refund", "refunds"),
    ("credit_balance_adjustment", "credit_balance_adjustments"),
    ("invoice_item_adjustment", "invoice_item_adjustments"),
];

/// Books with every kind of document, in currencies of 0, 2 and 3 decimals, over half a year.
static RICH: LazyLock<Books> = LazyLock::new(|| {
    let server = Server::on("2026-01-15");
    rich(&server.api());
    let key = server.key.clone();
    Books::read(server, &key, None)
});
/// The sample business.
static SAMPLE: LazyLock<Books> = LazyLock::new(|| {
    let sample = Sample::make("11", "60");
    Books::read(Server::start(&sample.directory()), &sample.key(), Some(sample))
});

/// Books at rest, with what the API showed of them.
struct Books {
    at: String,
    shown: Shown,
    _keep: (Server, Option<Sample>),
}

/// Everything the API shows.
#[derive(PartialEq)]
struct Shown {
    lists: BTreeMap<&'static str, Vec<Value>>,
    trial_balance: Value,
    settings: Value,
}

impl Shown {
    fn by(api: &Api) -> Self {
        let lists = LISTS.iter().map(|(path, rows)| (*rows, api.walk(path, rows, 200))).collect();
        let trial_balance = api.show("/api/v1/trial-balance");
        Self { lists, trial_balance, settings: api.show("/api/v1/settings") }
    }
}

impl Books {
    fn read(mut server: Server, key: &str, sample: Option<Sample>) -> Self {
        let shown = Shown::by(&server.api_as(key));
        assert!(server.terminate().success());
        let at = server.database().to_owned();
        Self { at, shown, _keep: (server, sample) }
    }
}

/// What a command that is done prints.
#[track_caller]
fn ok(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

fn export(at: &str, out: &Path, format: &str) -> String {
    ok(&["export", "--database", at, "--out", out.to_str().unwrap(), "--format", format])
}

fn rich(api: &Api) {
    let settings = json!({"time_zone": "Europe/London", "revenue_codes": ["Licences", "Sales; EU"],
        "accounting_codes": {"bank": "Bank: London"}});
    api.patch("/api/v1/settings", &settings).done();
    for currency in ["USD", "JPY", "BHD"] {
        let account = api.open_account(currency);
        invoices(api, &account);
        credits(api, &account);
        payments(api, &account);
        api.set_date(&format!("2026-0{}-20", 2 + currency.len() % 2));
        let path = format!("/api/v1/accounts/{account}");
        api.patch(&path, &json!({"name": "Ada & \"Söhne\", Ltd", "automatic_transfer": "on"}))
            .done();
        api.posted(&account, "-7");
        api.patch(&path, &json!({"automatic_transfer": "inherit"})).done();
    }
    let closed = api.open_account("EUR");
    for step in ["cancel", "reactivate", "cancel"] {
        api.post(&format!("/api/v1/accounts/{closed}/{step}"), &json!({})).done();
    }
}

fn invoices(api: &Api, account: &str) {
    let items = json!([
        {"amount": "300", "tax": "30", "accounting_code": "Licences", "sku": "=1+1",
            "description": "Seats, \"gold\"\nsecond line", "quantity": "3", "unit_price": "100.00"},
        {"amount": "-20", "accounting_code": "Sales; EU", "description": "@rebate"}]);
    let body = json!({"items": items, "post": true, "external_id": format!("shop {account}"),
        "invoice_date": "2026-01-10", "due_date": "2026-02-10"});
    api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done();
    let drafts: Vec<String> = (0..3).map(|_| api.invoice(account, "50", false)).collect();
    api.post(&format!("/api/v1/invoices/{}/cancel", drafts[0]), &json!({})).done();
    api.post(&format!("/api/v1/invoices/{}/post", drafts[1]), &json!({})).done();
    api.post(&format!("/api/v1/invoices/{}/unpost", drafts[1]), &json!({})).done();
    let single = api.posted(account, "40");
    let adjust = |amount: &str| {
        let lines = json!([{"type": "credit", "amount": amount}]);
        let body = json!({"lines": lines, "comment": "-goodwill", "reference": "+1"});
        api.post(&format!("/api/v1/invoices/{single}/adjust"), &body).done()
    };
    adjust("5");
    let credited = number(&adjust("6"), "invoice_item_adjustment");
    let path = format!("/api/v1/invoice-item-adjustments/{credited}/cancel");
    api.post(&path, &json!({"reason_code": "Write-off"})).done();
    api.posted(account, "0");
}

fn credits(api: &Api, account: &str) {
    let negative = api.posted(account, "-200");
    api.transfer(&negative, "150").done();
    let open = api.posted(account, "60");
    let applied = api.apply(account, &open, "25").done();
    api.apply(account, &open, "5").done();
    api.cancel_adjustment(&number(&applied, "credit_balance_adjustment")).done();
    let transferred = api.transfer(&negative, "50").done();
    let transferred = number(&transferred, "credit_balance_adjustment");
    let path = format!("/api/v1/credit-balance-adjustments/{transferred}/cancel");
    api.post(&path, &json!({"settle": true, "comment": "entered twice"})).done();
    let counter = format!("/api/v1/invoices/{negative}/counter-adjust");
    api.post(&counter, &json!({"amount": "10"})).done();
    api.refund(account, "33").done();
}

fn payments(api: &Api, account: &str) {
    let [first, second] = [api.posted(account, "80"), api.posted(account, "90")];
    let paid = api.pay(account, &[(&first, "80"), (&second, "70")], Some("12")).done();
    let path = format!("/api/v1/payments/{}/refund", number(&paid, "payment"));
    let parts = json!([{"invoice": first, "amount": "30"}, {"invoice": second, "amount": "1"}]);
    let body = json!({"method_type": "wire_transfer", "parts": parts, "reason_code": "Chargeback"});
    let refunded = api.post(&path, &body).done();
    let cancel = format!("/api/v1/refunds/{}/cancel", number(&refunded, "refund"));
    api.post(&cancel, &json!({})).done();
    let parts = json!([{"invoice": first, "amount": "20"}]);
    let adjusting = json!({"method_type": "cash", "parts": parts, "adjust": true});
    api.post(&path, &adjusting).done();
    let other = api.posted(account, "15");
    let paid = api.pay(account, &[(&other, "15")], None).done();
    let path = format!("/api/v1/payments/{}/cancel", number(&paid, "payment"));
    api.post(&path, &json!({"comment": "bounced"})).done();
}

fn csv_rows(path: &Path) -> Vec<Map<String, Value>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let row = |record: Result<csv::StringRecord, csv::Error>| {
        let record = record.unwrap();
        header.iter().map(str::to_owned).zip(record.iter().map(Value::from)).collect()
    };
    reader.records().map(row).collect()
}

fn ndjson_rows(path: &Path) -> Vec<Map<String, Value>> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_document_is_exported_as_csv_and_as_ndjson() {
    for books in [&*SAMPLE, &RICH] {
        let out = tempfile::tempdir().unwrap();
        let said = export(&books.at, out.path(), "csv");
        let said_json = export(&books.at, out.path(), "ndjson");
        for (name, list) in FILES {
            let rows = csv_rows(&out.path().join(format!("{name}.csv")));
            let listed = &books.shown.lists[list];
            assert_eq!(rows.len(), listed.len(), "{name}");
            if !rows.is_empty() {
                assert!(said.contains(&format!("{name}.csv: {} rows", rows.len())), "{said}");
                assert!(said_json.contains(&format!("{name}.ndjson: {} rows", rows.len())));
            }
            let numbers: Vec<&Value> = rows.iter().map(|row| &row["number"]).collect();
            let listed: Vec<&Value> = listed.iter().rev().map(|row| &row["number"]).collect();
            assert_eq!(numbers, listed, "{name}");
        }
        for entry in fs::read_dir(out.path()).unwrap() {
            let path = entry.unwrap().path();
            assert_ne!(path.extension().unwrap(), "part");
            if path.extension().unwrap() == "csv" {
                same_rows(&csv_rows(&path), &ndjson_rows(&path.with_extension("ndjson")), &path);
            }
        }
        let lines = csv_rows(&out.path().join("journal_line.csv"));
        let journal = books.shown.lists["entries"].iter().map(|entry| entry["journal"].as_array());
        assert_eq!(lines.len(), journal.flatten().map(Vec::len).sum::<usize>());
    }
}

/// Text for a spreadsheet and text for a program say the same.
#[track_caller]
fn same_rows(csv: &[Map<String, Value>], ndjson: &[Map<String, Value>], path: &Path) {
    assert_eq!(csv.len(), ndjson.len(), "{}", path.display());
    for (cells, fields) in csv.iter().zip(ndjson) {
        for (column, cell) in cells {
            let cell = cell.as_str().unwrap();
            let field = match fields.get(column) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            // A spreadsheet must not take a text for a formula.
            let formula =
                cell.strip_prefix('\'').filter(|text| text.starts_with(['=', '+', '-', '@']));
            assert_eq!(formula.unwrap_or(cell), field, "{column} in {}", path.display());
        }
    }
}

#[test]
fn a_spreadsheet_takes_no_text_for_a_formula() {
    let out = tempfile::tempdir().unwrap();
    export(&RICH.at, out.path(), "csv");
    for (file, column) in [
        ("invoice_item.csv", "sku"),
        ("invoice_item.csv", "description"),
        ("invoice_item_adjustment.csv", "comment"),
        ("invoice_item_adjustment.csv", "reference"),
    ] {
        let rows = csv_rows(&out.path().join(file));
        let cells: Vec<&str> = rows.iter().map(|row| row[column].as_str().unwrap()).collect();
        assert!(cells.iter().any(|cell| cell.starts_with('\'')), "{column}: {cells:?}");
        assert!(!cells.iter().any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{cells:?}");
    }
}

/// Runs the real hledger, which `cargo xtask test` installs.
#[track_caller]
fn hledger(file: &Path, arguments: &[&str]) -> String {
    let output = Command::new("hledger").arg("-f").arg(file).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("hledger cannot be run ({error}); cargo xtask test installs it")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn hledger_accepts_the_journal_and_comes_to_the_same_figures() {
    for books in [&*SAMPLE, &RICH] {
        let out = tempfile::tempdir().unwrap();
        export(&books.at, out.path(), "hledger");
        let file = out.path().join("journal.hledger");
        hledger(&file, &["check"]);
        hledger(&file, &["check", "accounts", "balancednoautoconversion"]);
        let report = hledger(
            &file,
            &["balance", "--flat", "--no-total", "--layout=bare", "--output-format=csv"],
        );
        let mut theirs: Vec<(String, String, String)> = Vec::new();
        for record in csv::Reader::from_reader(report.as_bytes()).records() {
            let record = record.unwrap();
            let code = record[0].split_once(':').unwrap().1.to_owned();
            theirs.push((code, record[1].to_owned(), record[2].to_owned()));
        }
        let lines = books.shown.trial_balance["lines"].as_array().unwrap().iter();
        let mut ours: Vec<(String, String, String)> = lines
            .map(|line| {
                // What hledger would read as a comment or as a level of accounts.
                let code = text(line, "accounting_code").replace([';', ':'], "-");
                (code, text(line, "currency"), text(line, "balance"))
            })
            .filter(|(.., balance)| !balance.trim_matches(['0', '.']).is_empty())
            .collect();
        theirs.sort();
        ours.sort();
        assert!(!ours.is_empty());
        assert_eq!(theirs, ours);
    }
}

#[test]
fn an_exported_history_makes_the_same_books() {
    for books in [&*SAMPLE, &RICH] {
        let (out, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        export(&books.at, out.path(), "history");
        let file = out.path().join("history.ndjson");
        let at = database(other.path());
        let import = ["import", "history", file.to_str().unwrap(), "--database", &at];
        let said: Value = serde_json::from_str(&ok(&import)).unwrap();
        assert_eq!(said["entries"], books.shown.lists["entries"].len());
        ok(&["verify", "--database", &at]);
        // Again: nothing changes.
        ok(&import);
        for format in ["history", "csv", "ndjson", "hledger"] {
            let (first, second) = (out.path().join(format), other.path().join(format));
            export(&books.at, &first, format);
            export(&at, &second, format);
            let mut files = 0;
            for entry in fs::read_dir(&first).unwrap() {
                let name = entry.unwrap().file_name();
                let same =
                    fs::read(first.join(&name)).unwrap() == fs::read(second.join(&name)).unwrap();
                assert!(same, "{} differs", name.display());
                files += 1;
            }
            assert_eq!(files, fs::read_dir(&second).unwrap().count());
        }
        // API keys are no part of the history: the new server makes its own.
        let server = Server::start(other.path());
        assert!(Shown::by(&server.api()) == books.shown, "the API shows other books");
    }
}

#[test]
fn a_command_of_the_old_books_is_known_in_the_new_ones() {
    let server = Server::fresh();
    let (account, _) = server.api().account_with_credit("100.00");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": "60.00"});
    let first = server.api().post_as(&path, "refund-1", &body).done();
    let (out, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    export(server.database(), out.path(), "history");
    let file = out.path().join("history.ndjson");
    let at = database(other.path());
    ok(&["import", "history", file.to_str().unwrap(), "--database", &at]);
    let moved = Server::start(other.path());
    let again = moved.api().post_as(&path, "refund-1", &body);
    assert!(again.replayed());
    assert_eq!(again.status(201), first);
    assert_eq!(moved.api().figures(&account)[0], "40.00");
    // The new books go on where the old ones ended.
    moved.api().refund(&account, "40.00").done();
    // What the old ones did since cannot be read into them any more.
    server.api().refund(&account, "1.00").done();
    drop(moved);
    export(server.database(), out.path(), "history");
    let output = run(&["import", "history", file.to_str().unwrap(), "--database", &at]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("another history"), "{said}");
}

#[test]
fn a_history_is_read_on_where_it_stopped_and_refused_where_it_is_broken() {
    let out = tempfile::tempdir().unwrap();
    export(&RICH.at, out.path(), "history");
    let text = fs::read_to_string(out.path().join("history.ndjson")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let file = out.path().join("part.ndjson");
    let file_text = file.to_str().unwrap();
    let at = database(out.path());
    let import = |lines: &[&str]| {
        fs::write(&file, format!("{}\n", lines.join("\n"))).unwrap();
        run(&["import", "history", file_text, "--database", &at])
    };
    assert!(import(&lines[..10]).status.success());
    let missing = [&lines[..12], &lines[13..]].concat();
    let half = [&lines[..12], &[&lines[12][..40]]].concat();
    let posted = lines.iter().position(|line| line.contains("\"postings\":[{")).unwrap();
    let wrong = lines[posted].replacen("\"amount\":\"", "\"amount\":\"9", 1);
    let other = [&[wrong.as_str()], &lines[posted + 1..]].concat();
    for (broken, words) in [
        (missing, &["does not follow"][..]),
        (half, &["line 13"][..]),
        (other, &["line 1", "another history"][..]),
    ] {
        let output = import(&broken);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not in {said}");
        }
        let counted = ok(&["verify", "--output", "json", "--database", &at]);
        let counted: Value = serde_json::from_str(&counted).unwrap();
        assert_eq!(counted["entries"], 10, "{said}");
    }
    assert!(import(&lines).status.success());
    let again = out.path().join("again");
    export(&at, &again, "history");
    assert!(fs::read_to_string(again.join("history.ndjson")).unwrap() == text);
}
