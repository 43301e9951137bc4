//! The command line: help, exit codes, output for people and for programs, each command on a file and
//! against a server, and what `verify` finds in books that somebody tampered with.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::process::Output;
use std::sync::LazyLock;

use serde_json::{Value, json};
use support::books::text;
use support::sample::Sample;
use support::store::{Store, holds_nothing, is_not_there, not_there, store, tamper, tamper_file};
use support::{Server, database, quittance, run};

/// The sample business, made once; tests that write take a copy.
static SAMPLE: LazyLock<Sample> = LazyLock::new(|| Sample::make("7", "25"));

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a command that is done prints.
#[track_caller]
fn ok(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

/// The same as JSON.
#[track_caller]
fn ok_json(arguments: &[&str]) -> Value {
    serde_json::from_str(&ok(arguments)).unwrap()
}

/// What a command that is refused or failed says.
#[track_caller]
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stdout(&output));
    stderr(&output)
}

/// What a command that is used wrongly says.
#[track_caller]
fn misused(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stdout(&output));
    stderr(&output)
}

#[test]
fn every_command_has_help_with_an_example() {
    let help = ok(&["--help"]);
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    let expected = [
        "serve",
        "demo",
        "import",
        "export",
        "verify",
        "audit",
        "balance",
        "statement",
        "refund",
        "key",
        "user",
        "client",
        "role",
        "custom-field",
        "whoami",
        "events",
        "bench",
        "openapi",
        "backup",
        "restore",
        "copy",
        "migrate",
        "worker",
        "sandbox-gateway",
    ];
    assert_eq!(commands, expected);
    for command in commands {
        let help = ok(&[command, "--help"]);
        assert!(help.contains(&format!("Example: quittance {command}")), "{help}");
    }
    for command in ["create", "list", "revoke"] {
        ok(&["key", command, "--help"]);
    }
    assert!(ok(&["--version"]).starts_with("quittance "));
}

#[test]
fn wrong_use_has_exit_code_2() {
    misused(&[]);
    assert!(misused(&["balance"]).contains("<ACCOUNT>"));
    assert!(misused(&["refunds"]).contains("refund"));
    assert!(misused(&["verify", "--database", "books.db"]).contains("sqlite:books.db"));
    assert!(misused(&["verify", "--database", "sqlite:"]).contains("sqlite:PATH"));
    assert!(misused(&["balance", "A00000001", "--as-of", "31.12.2026"]).contains("--as-of"));
    assert!(misused(&["refund", "A00000001"]).contains("--method"));
    assert!(misused(&["export", "--out", "x", "--format", "pdf"]).contains("history"));
}

#[test]
fn bench_fills_books_to_keep() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("books.db");
    let file = file.to_str().unwrap();
    let fill = ["bench", "--fill", file, "--accounts", "3", "--histories", "7"];
    assert!(ok(&fill).starts_with("API key of the administrator: qk_"));
    let database = format!("sqlite:{file}");
    ok(&["verify", "--database", &database]);
    let balance = ok(&["balance", "A00000001", "--database", &database]);
    assert!(balance.contains("999999.97"), "7 refunds of a cent take turns: {balance}");
    assert!(refused(&fill).contains("name a new file"));
    misused(&["bench", "--fill", file, "--in-process"]);
}

#[test]
fn what_is_not_there_is_said_with_what_to_do() {
    let nowhere = tempfile::tempdir().unwrap();
    let at = not_there(nowhere.path());
    let said = refused(&["balance", "A00000001", "--database", &at]);
    assert!(said.contains("does not exist") && said.contains("--server"), "{said}");
    for command in ["verify", "export", "backup"] {
        let mut arguments = vec![command, "--database", &at];
        let out = nowhere.path().join("out");
        let out = out.to_str().unwrap();
        match command {
            "export" => arguments.extend(["--out", out]),
            "backup" => arguments.push(out),
            _ => {}
        }
        let said = refused(&arguments);
        assert!(said.contains("does not exist"), "{said}");
    }
    assert!(is_not_there(nowhere.path()));
    let at = SAMPLE.at();
    for (account, words) in [("A00000999", "A00000999"), ("nobody", "number or the id")] {
        let said = refused(&["balance", account, "--database", &at]);
        assert!(said.contains(words) && said.contains("[not_found]"), "{said}");
    }
    let said = refused(&["balance", "A00000001", "--server", "http://127.0.0.1:1"]);
    assert!(said.contains("--api-key"), "{said}");
    let unreachable = ["--server", "http://127.0.0.1:1", "--api-key", "qk_x"];
    let said = refused(&[&["balance", "A00000001"], unreachable.as_slice()].concat());
    assert!(said.contains("cannot be reached"), "{said}");
}

#[test]
fn balance_and_statement_agree_for_people_and_for_programs() {
    let (at, account) = (SAMPLE.at(), SAMPLE.account());
    let with = |words: &[&str]| {
        let mut all = words.to_vec();
        all.extend(["--database", &at]);
        all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let json = |words: &[&str]| {
        let all = with(words);
        let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
        all.extend(["--output", "json"]);
        ok_json(&all)
    };
    let table = |words: &[&str]| {
        let all = with(words);
        ok(&all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let figures = json(&["balance", &account]);
    let credit = text(&figures, "credit_balance");
    assert_eq!(text(&figures, "account"), account);
    let shown = table(&["balance", &account]);
    assert!(shown.contains(&credit) && shown.contains(&text(&figures, "currency")), "{shown}");
    let explained = json(&["balance", &account, "--explain"]);
    let lines = explained["credit_balance_explained"]["lines"].as_array().unwrap();
    assert_eq!(text(lines.last().unwrap(), "running"), credit);
    assert!(table(&["balance", &account, "--explain"]).contains(&text(&lines[0], "document")));
    let before = json(&["balance", &account, "--as-of", "2000-01-01"]);
    assert_eq!(before["as_of"], "2000-01-01");
    assert!(text(&before, "credit_balance").trim_matches(['0', '.']).is_empty());
    let statement = json(&["statement", &account, "--from", "2000-01-01"]);
    assert_eq!(text(&statement, "closing_credit_balance"), credit);
    let shown = table(&["statement", &account, "--from", "2000-01-01"]);
    let rows = statement["lines"].as_array().unwrap().len();
    assert_eq!(shown.lines().count(), rows + 4, "{shown}");
    assert!(shown.contains("opening balance") && shown.contains("closing balance"));
}

#[test]
fn a_refund_is_previewed_done_and_repeated_on_a_database() {
    let copy = SAMPLE.copy();
    let (account, books) = (SAMPLE.account(), database(copy.path()));
    let at = ["--database", &books, "--output", "json"];
    let credit =
        || text(&ok_json(&[&["balance", &account], at.as_slice()].concat()), "credit_balance");
    let before = credit();
    let refund = ["refund", &account, "--method", "check", "--reference", "chq 4711"];
    let preview = ok_json(&[&refund, ["--dry-run"].as_slice(), &at].concat());
    assert_eq!(preview["dry_run"], true);
    assert_eq!(credit(), before);
    let keyed = [&refund, ["--idempotency-key", "mine"].as_slice(), &at].concat();
    let done = ok_json(&keyed);
    assert_eq!(done["documents"][0]["amount"], before.as_str());
    assert!(credit().trim_matches(['0', '.']).is_empty());
    assert_eq!(ok_json(&keyed), done);
    let said = refused(&[&refund, at.as_slice()].concat());
    assert!(said.contains("--idempotency-key cli-"), "{said}");
    let said = refused(&[&["refund", &account, "--method", "gold"], at.as_slice()].concat());
    assert!(said.contains("gold") && said.contains("wire_transfer"), "{said}");
    ok(&["verify", "--database", &books]);
}

#[test]
fn a_refund_for_people_shows_documents_balances_and_journal() {
    let (at, account) = (SAMPLE.at(), SAMPLE.account());
    let shown = ok(&["refund", &account, "--method", "cash", "--dry-run", "--database", &at]);
    for words in ["nothing was written", "refund R-", "CBA-", "Customer Cash On Account", "Bank"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[test]
fn the_commands_work_against_a_server() {
    let server = Server::fresh();
    let (account, _) = server.api().account_with_credit("100.00");
    let remote = ["--server", &server.url, "--api-key", &server.key, "--output", "json"];
    let ask = |words: &[&str]| ok_json(&[words, remote.as_slice()].concat());
    assert_eq!(ask(&["balance", &account])["credit_balance"], "100.00");
    assert_eq!(ask(&["balance", &account, "--explain"])["credit_balance"], "100.00");
    assert_eq!(ask(&["statement", &account])["closing_credit_balance"], "100.00");
    let refund = ask(&["refund", &account, "--method", "check", "--amount", "60"]);
    assert_eq!(refund["documents"][0]["amount"], "60.00");
    let too_much = ["refund", &account, "--method", "check", "--amount", "60"];
    let said = refused(&[&too_much, remote.as_slice()].concat());
    assert!(said.contains("40.00") && said.contains("[amount_exceeds_credit_balance]"), "{said}");
    let made = ask(&["key", "create", "web shop", "--role", "Viewer"]);
    let viewer = text(&made, "secret");
    let as_viewer = ["--server", &server.url, "--api-key", &viewer];
    ok(&[&["balance", &account], as_viewer.as_slice()].concat());
    let said =
        refused(&[&["refund", &account, "--method", "check"], as_viewer.as_slice()].concat());
    assert!(said.contains("[permission_missing]"), "{said}");
    ask(&["key", "revoke", "web shop"]);
    let said = refused(&[&["balance", &account], as_viewer.as_slice()].concat());
    assert!(said.contains("[api_key_unknown]"), "{said}");
    let listed = ask(&["key", "list"]);
    assert_eq!(listed["api_keys"].as_array().unwrap().len(), 2);
    // The environment says the same as the options.
    let by_environment = quittance()
        .args(["balance", &account, "--output", "json"])
        .env("QUITTANCE_SERVER", &server.url)
        .env("QUITTANCE_API_KEY", &server.key)
        .output()
        .unwrap();
    let figures: Value = serde_json::from_slice(&by_environment.stdout).unwrap();
    assert_eq!(figures["credit_balance"], "40.00");
}

#[test]
fn keys_made_on_a_database_open_the_server() {
    let copy = SAMPLE.copy();
    let at = database(copy.path());
    let shown =
        ok(&["key", "create", "shop", "--role", "payments standard user", "--database", &at]);
    let secret = shown.trim().rsplit(' ').next().unwrap().to_owned();
    assert!(ok(&["key", "list", "--database", &at]).contains("shop"));
    let said = refused(&["key", "create", "shop", "--database", &at]);
    assert!(said.contains("[name_taken]"), "{said}");
    refused(&["key", "create", "other", "--role", "king", "--database", &at]);
    let server = Server::start(copy.path());
    server.api_as(&secret).show("/api/v1/accounts");
    drop(server);
    assert!(ok(&["key", "revoke", "shop", "--database", &at]).contains("revoked"));
    let server = Server::start(copy.path());
    server.api_as(&secret).get("/api/v1/accounts").refused(401, "api_key_unknown");
}

#[test]
fn roles_are_made_given_and_switched_off_from_the_command_line() {
    let server = Server::fresh();
    let remote = ["--server", &server.url, "--api-key", &server.key];
    let say = |words: &[&str]| ok(&[words, remote.as_slice()].concat());
    say(&["role", "create", "Payouts", "--permission", "credit_balance_electronic_refund"]);
    say(&["key", "create", "desk", "--role", "Viewer", "--person", "Ada", "--output", "json"]);
    let secret = {
        let made = say(&["key", "create", "shop", "--role", "viewer", "--output", "json"]);
        text(&serde_json::from_str(&made).unwrap(), "secret")
    };
    say(&["key", "change", "shop", "--role", "Viewer", "--role", "payouts"]);
    let own = ["--server", &server.url, "--api-key", &secret];
    let me = ok(&[&["whoami"], own.as_slice()].concat());
    assert!(me.starts_with("shop: Viewer, payouts"), "{me}");
    assert!(me.contains("credit_balance_electronic_refund"), "{me}");
    say(&["role", "change", "PAYOUTS", "--off"]);
    let me = ok(&[&["whoami"], own.as_slice()].concat());
    assert!(!me.contains("credit_balance_electronic_refund"), "{me}");
    let roles = say(&["role", "list"]);
    assert!(roles.contains("Payments Standard User") && roles.contains("Payouts"), "{roles}");
    assert!(say(&["key", "list"]).contains("Ada"));
    let said = refused(&[&["role", "change", "Viewer", "--off"], remote.as_slice()].concat());
    assert!(said.contains("[role_not_editable]"), "{said}");
}

#[test]
fn custom_fields_are_defined_listed_and_changed() {
    let server = Server::fresh();
    let remote = ["--server", &server.url, "--api-key", &server.key];
    let say = |words: &[&str]| ok(&[&["custom-field"], words, remote.as_slice()].concat());
    say(&["create", "refund", "Region__c", "--type", "picklist", "--value", "a", "--required"]);
    say(&["create", "account", "Tier__c", "--max-length", "5", "--generation", "advanced"]);
    let listed = say(&["list", "--object", "refund"]);
    assert!(listed.contains("Region__c") && !listed.contains("Tier__c"), "{listed}");
    say(&["change", "refund", "Region__c", "--optional", "--off", "--value", "b"]);
    let listed = say(&["list", "--object", "refund", "--output", "json"]);
    let shown: Value = serde_json::from_str(&listed).unwrap();
    let field = &shown["custom_fields"][0];
    assert_eq!((&field["values"], &field["required"]), (&json!(["b"]), &json!(false)));
    assert_eq!(field["active"], false);
    let more = ["custom-field", "create", "refund", "Region__c"];
    let said = refused(&[more.as_slice(), remote.as_slice()].concat());
    assert!(said.contains("[custom_field_exists]"), "{said}");
}

#[test]
fn a_backup_beside_a_running_server_is_restored() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100.00");
    let at = database(server.directory());
    let backup = server.directory().join("backup.db");
    let backup = backup.to_str().unwrap();
    ok(&["backup", backup, "--database", &at]);
    assert!(refused(&["backup", backup, "--database", &at]).contains("already there"));
    api.refund(&account, "60").done();
    let credit = |at: &str| {
        let figures = ok_json(&["balance", &account, "--output", "json", "--database", at]);
        text(&figures, "credit_balance")
    };
    assert_eq!(credit(&at), "40.00");
    let other = tempfile::tempdir().unwrap();
    let restored = database(other.path());
    ok(&["restore", backup, "--database", &restored]);
    assert_eq!(credit(&restored), "100.00");
    ok(&["verify", "--database", &restored]);
    // In the place of a database only on demand, and never under a running server.
    assert!(refused(&["restore", backup, "--database", &restored]).contains("--force"));
    ok(&["restore", backup, "--database", &restored, "--force"]);
    let said = refused(&["restore", backup, "--database", &at, "--force"]);
    assert!(said.contains("in use"), "{said}");
    assert_eq!(credit(&at), "40.00");
    // The key of the server opens the restored books too.
    let again = Server::start(other.path());
    again.api_as(&server.key).show(&format!("/api/v1/accounts/{account}"));
}

#[test]
fn a_broken_backup_is_not_restored() {
    let directory = tempfile::tempdir().unwrap();
    let backup = directory.path().join("backup.db");
    let backup_text = backup.to_str().unwrap();
    ok(&["backup", backup_text, "--database", &SAMPLE.at()]);
    tamper_file(&backup, "UPDATE account_state SET credit_balance = credit_balance + 1");
    let target = tempfile::tempdir().unwrap();
    let at = database(target.path());
    let said = refused(&["restore", backup_text, "--database", &at]);
    assert!(said.contains("the backup is not right"), "{said}");
    assert!(holds_nothing(target.path()));
}

#[test]
fn an_address_in_use_is_said() {
    let server = Server::fresh();
    let address = server.url.strip_prefix("http://").unwrap();
    let other = tempfile::tempdir().unwrap();
    let at = database(other.path());
    let said = refused(&["serve", "--listen", address, "--database", &at]);
    assert!(said.contains(address) && said.contains("--listen"), "{said}");
}

#[test]
fn openapi_is_the_document_the_server_serves() {
    let printed = ok_json(&["openapi"]);
    assert!(text(&printed, "openapi").starts_with("3.1"));
    let served = Server::fresh().anonymous().show("/api/openapi.json");
    assert_eq!(printed, served);
}

#[test]
fn verify_says_what_it_checked() {
    let at = SAMPLE.at();
    let shown = ok(&["verify", "--database", &at]);
    assert!(shown.ends_with("the books are right\n"), "{shown}");
    let counted = ok_json(&["verify", "--output", "json", "--database", &at]);
    assert_eq!(counted["accounts"], 25);
    // The sample knows no gateway.
    let none = ["orders", "payment_methods"];
    for (what, count) in counted.as_object().unwrap() {
        assert_eq!(count.as_u64().unwrap() > 0, !none.contains(&what.as_str()), "{counted}");
    }
}

const STORED: &str = "stored balances equal the fold of the history";
const GAPS: &str = "the history has no gaps";
const CREDIT: &str = "credit balance = increases - decreases >= 0";
const PARTS: &str = "documents agree with their parts";
const KEYS: &str = "every idempotency key leads to its entry";

/// What somebody may do to the tables, and the invariant that `verify` names then.
const BROKEN: [(&str, &str); 19] = [
    ("UPDATE account_state SET credit_balance = credit_balance + 1 WHERE account_no = 3", STORED),
    ("UPDATE account_state SET status = 1 - status WHERE account_no = 3", STORED),
    ("DELETE FROM account_state WHERE account_no = 3", STORED),
    ("UPDATE invoice_state SET payments = payments + 1 WHERE invoice_no = 1", STORED),
    ("DELETE FROM invoice_state WHERE invoice_no = 1", STORED),
    ("UPDATE day_total SET debit = debit + 1", STORED),
    ("UPDATE posting SET debit = credit, credit = debit WHERE posting_no = 5", STORED),
    ("UPDATE account SET currency = 'XAF' WHERE account_no = 3", STORED),
    (
        "UPDATE posting SET amount = amount + 1 WHERE posting_no = 5",
        "running invoice balances follow",
    ),
    (
        "UPDATE posting SET credit_balance = credit_balance + 1 WHERE credit_balance IS NOT NULL",
        "running credit balances follow",
    ),
    ("UPDATE entry SET at_us = 1 WHERE entry_no = 20", "an account's history runs forward"),
    ("UPDATE invoice SET amount = amount + 1 WHERE invoice_no = 1", PARTS),
    ("UPDATE invoice_item SET amount = amount + 1 WHERE item_no = 1", PARTS),
    ("UPDATE payment SET amount = amount + 1 WHERE payment_no = 1", PARTS),
    ("UPDATE payment_application SET amount = amount + 1 WHERE payment_no = 1", PARTS),
    ("UPDATE refund SET amount = amount + 1 WHERE refund_no = 1", PARTS),
    ("UPDATE refund SET date = date - 10000 WHERE refund_no = 1", PARTS),
    ("UPDATE posting SET document_no = document_no + 1 WHERE posting_no = 5", PARTS),
    (
        "UPDATE credit_balance_adjustment SET amount = amount + 1 WHERE adjustment_no = \
         (SELECT min(adjustment_no) FROM credit_balance_adjustment WHERE source_kind = 2)",
        CREDIT,
    ),
];
const BROKEN_SQLITE: [(&str, &str); 6] = [
    ("DELETE FROM posting WHERE posting_no = 5", "postings follow on each other and are positive"),
    ("DELETE FROM entry WHERE entry_no = 7", GAPS),
    ("DELETE FROM entry WHERE entry_no = (SELECT max(entry_no) FROM entry)", GAPS),
    (
        "UPDATE entry SET key_hash = (SELECT key_hash FROM entry WHERE entry_no = 8) \
         WHERE entry_no = 7",
        "a key has one effect",
    ),
    ("DELETE FROM idempotency_key WHERE entry_no = 7", KEYS),
    ("UPDATE idempotency_key SET entry_no = 8 WHERE entry_no = 7", KEYS),
];
/// A number may be missing for good, if a commit failed; and an index keeps keys apart.
const BROKEN_POSTGRES: [(&str, &str); 2] = [
    ("DELETE FROM entry WHERE entry_no = 7", "each entry names the one before it on its account"),
    ("DELETE FROM entry WHERE entry_no = (SELECT max(entry_no) FROM entry)", STORED),
];

#[test]
fn verify_names_the_invariant_that_somebody_broke() {
    let further = match store() {
        Store::Sqlite => BROKEN_SQLITE.as_slice(),
        Store::Postgres => &BROKEN_POSTGRES,
    };
    for (sql, invariant) in BROKEN.iter().chain(further) {
        let copy = SAMPLE.copy();
        tamper(copy.path(), sql);
        let at = database(copy.path());
        let output = run(&["verify", "--database", &at, "--output", "json"]);
        assert_eq!(output.status.code(), Some(1), "{sql} goes unnoticed");
        let broken: Value = serde_json::from_str(&stdout(&output))
            .unwrap_or_else(|_| panic!("{sql}: {}", stderr(&output)));
        assert_eq!(broken["broken"], *invariant, "{sql}: {broken}");
        assert_ne!(broken["detail"], json!(""), "{sql}");
    }
    let copy = SAMPLE.copy();
    tamper(copy.path(), "UPDATE account_state SET credit_balance = credit_balance + 1");
    let output = run(&["verify", "--database", &database(copy.path())]);
    let shown = stdout(&output);
    assert!(shown.starts_with(&format!("BROKEN  {STORED}\n")), "{shown}");
}

#[test]
fn a_row_missing_from_the_history_is_never_overlooked() {
    for table in
        ["credit_balance_adjustment", "refund", "account", "invoice", "payment", "posting", "entry"]
    {
        let copy = SAMPLE.copy();
        tamper(
            copy.path(),
            &format!("DELETE FROM {table} WHERE entry_no = (SELECT max(entry_no) FROM {table})"),
        );
        let output = run(&["verify", "--database", &database(copy.path())]);
        assert_eq!(output.status.code(), Some(1), "{table}: {}", stdout(&output));
    }
}

/// Balances of every account, and what the entries did, without the instants.
fn essence(sample: &Sample) -> Vec<(Value, Value)> {
    let numbers = (1..=25).map(|number| format!("A{number:08}"));
    let with = ["--output", "json", "--database", &sample.at()].map(str::to_owned);
    let ask = |words: &[&str]| {
        let with: Vec<&str> = with.iter().map(String::as_str).collect();
        ok_json(&[words, with.as_slice()].concat())
    };
    let one = |number: String| {
        let mut statement = ask(&["statement", &number, "--from", "2000-01-01"]);
        for line in statement["lines"].as_array_mut().unwrap() {
            line.as_object_mut().unwrap().retain(|field, _| field != "date" && field != "at");
        }
        (ask(&["balance", &number]), statement["lines"].clone())
    };
    numbers.map(one).collect()
}

#[test]
fn the_same_seed_makes_the_same_business() {
    let again = Sample::make("7", "25");
    assert_eq!(essence(&again), essence(&SAMPLE));
    assert_ne!(essence(&Sample::make("8", "25")), essence(&SAMPLE));
    ok(&["verify", "--database", &again.at()]);
}

#[test]
fn the_tour_of_the_demo_is_true() {
    let (account, tour) = (SAMPLE.account(), &SAMPLE.tour);
    let copy = SAMPLE.copy();
    let server = Server::start(copy.path());
    let api = server.api_as(&SAMPLE.key());
    let [credit, ..] = api.figures(&account);
    assert!(!credit.trim_matches(['0', '.']).is_empty(), "{account} is owed nothing");
    api.refund(&account, "5").done();
    let invoice = tour.split("/invoices/").nth(1).unwrap().split('/').next().unwrap();
    api.post(&format!("/api/v1/invoices/{invoice}/transfer"), &json!({})).done();
}
