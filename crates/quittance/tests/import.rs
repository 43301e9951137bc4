//! `quittance import`: exact totals, nothing twice, broken input by line and column, killed and resumed,
//! and the whole real file where it is at hand.
#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};
use std::thread;

use serde_json::{Value, json};
use support::store::{Store, holds_nothing, size, store};
use support::{database, quittance, run};
use tempfile::TempDir;

const HEADER: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/// Seven invoices of three customers, out of order, with everything that is untidy in the real file.
const LINES: &str = "\
536500,22423,\"CAKESTAND, 3 TIER\",10,2010-12-03 10:00:00,1.00,17850.0,France
536365,85123A,WHITE HANGING HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
C536379,D,Discount,-1,2010-12-02 09:41:00,27.50,17850.0,United Kingdom
536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536501,M,,2,2010-12-03 10:00:00,0.005,,United Kingdom
536502,22139,,5,2010-12-03 11:00:00,0.0,,United Kingdom
536503,POST,POSTAGE,30,2010-12-04 09:00:00,1,17850.0,France
C536504,22086,PAPER CHAIN KIT 50'S,-3,2010-12-04 10:00:00,1.005,12583.0,Germany
";

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn at(&self) -> String {
        database(self.directory.path())
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.path().join(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn import_as(&self, profile: &str, file: &Path, options: &[&str]) -> Output {
        let at = self.at();
        let mut arguments = vec!["import", profile, file.to_str().unwrap(), "--database", &at];
        arguments.extend(options);
        run(&arguments)
    }

    fn import(&self, file: &Path, options: &[&str]) -> Output {
        self.import_as("online-retail", file, options)
    }

    /// The whole history, as it is exported.
    fn history(&self) -> String {
        let out = self.directory.path().join("history");
        let out_text = out.to_str().unwrap();
        let arguments =
            ["export", "--format", "history", "--out", out_text, "--database", &self.at()];
        assert!(run(&arguments).status.success());
        fs::read_to_string(out.join("history.ndjson")).unwrap()
    }

    fn verify(&self) {
        let output = run(&["verify", "--database", &self.at()]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    }

    fn credit(&self, account: &str) -> String {
        let at = self.at();
        let output = run(&["balance", account, "--output", "json", "--database", &at]);
        let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
        figures["credit_balance"].as_str().unwrap().to_owned()
    }
}

/// The object on the last line of stdout, without the seconds it took.
#[track_caller]
fn totals(output: &Output) -> Value {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let stdout = String::from_utf8(output.stdout.clone()).unwrap();
    let mut totals: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    let seconds = totals.as_object_mut().unwrap().remove("seconds");
    assert!(seconds.is_some_and(|seconds| seconds.is_number()), "{totals}");
    totals
}

fn expected_totals() -> Value {
    json!({"accounts": 3, "invoices": 7, "positive": 4, "negative": 2, "zero": 1,
        "transferred": "30.52", "applied": "27.50", "applications": 2, "paid": "48.15",
        "payments": 3, "refunded": "3.02", "refunds": 1})
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(plain).unwrap();
    packed.finish().unwrap()
}

fn zstd(plain: &[u8]) -> Vec<u8> {
    zstd::encode_all(plain, 1).unwrap()
}

fn small() -> String {
    format!("{HEADER}{LINES}")
}

#[test]
fn a_file_is_imported_and_settled_plain_or_packed() {
    let mut histories = Vec::new();
    let plain = small().into_bytes();
    for (name, bytes) in [("plain", plain.clone()), ("gzip", gzip(&plain)), ("zstd", zstd(&plain))]
    {
        let place = Place::new();
        // What it is shows in its first bytes, not in its name.
        let file = place.file(name, bytes);
        assert_eq!(totals(&place.import(&file, &["--settle"])), expected_totals(), "{name}");
        place.verify();
        for account in ["A00000001", "A00000002", "A00000003"] {
            assert_eq!(place.credit(account), "0.00");
        }
        histories.push(place.history());
    }
    assert!(histories.iter().all(|history| *history == histories[0]));
}

#[test]
fn a_second_run_changes_nothing() {
    let place = Place::new();
    let file = place.file("lines.csv", small());
    let first = totals(&place.import(&file, &["--settle"]));
    let history = place.history();
    assert_eq!(totals(&place.import(&file, &["--settle"])), first);
    assert_eq!(place.history(), history);
    // Nor does the same business in another order of lines.
    let mut lines: Vec<&str> = LINES.lines().collect();
    lines.reverse();
    let file = place.file("reversed.csv", format!("{HEADER}{}\n", lines.join("\n")));
    let reversed = place.import(&file, &["--settle"]);
    let said = String::from_utf8_lossy(&reversed.stderr);
    // The two lines of 536365 changed places: that is another invoice under the same number.
    assert_eq!(reversed.status.code(), Some(1));
    assert!(said.contains("536365"), "{said}");
    assert_eq!(place.history(), history);
}

#[test]
fn without_settling_only_invoices_are_posted() {
    let place = Place::new();
    let file = place.file("lines.csv", small());
    let posted = totals(&place.import(&file, &["--no-settle"]));
    let mut expected = expected_totals();
    for field in ["transferred", "applied", "paid", "refunded"] {
        expected[field] = json!("0.00");
    }
    for field in ["applications", "payments", "refunds"] {
        expected[field] = json!(0);
    }
    assert_eq!(posted, expected);
    place.verify();
    // Settling may follow later, and comes to the same.
    let settled = totals(&place.import(&file, &["--settle"]));
    assert_eq!((&settled["invoices"], &settled["refunds"]), (&json!(7), &json!(1)));
    place.verify();
}

#[test]
fn accounts_and_invoices_keep_their_names_and_dates() {
    let place = Place::new();
    let file = place.file("lines.csv", small());
    totals(&place.import(&file, &["--settle"]));
    let history = place.history();
    let entries: Vec<Value> =
        history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for entry in &entries {
        let at = entry["at"].as_str().unwrap();
        assert!(at.starts_with("2010-12-0"), "{at}");
    }
    for name in ["Customer 17850", "Customer 12583", "Customer UNIDENTIFIED", "C536379"] {
        assert!(history.contains(&format!("\"{name}\"")), "{name}");
    }
    assert!(history.contains("CAKESTAND, 3 TIER"));
    let last = entries.last().unwrap();
    assert_eq!(last["at"], "2010-12-05T10:00:00Z", "refunds are dated the day after");
}

#[test]
fn a_broken_file_is_named_by_line_and_column_and_changes_nothing() {
    let place = Place::new();
    let good = place.file("good.csv", small());
    totals(&place.import(&good, &["--settle"]));
    let history = place.history();
    let row = |row: &str| format!("{HEADER}{LINES}{row}\n").into_bytes();
    let many = zstd(format!("{HEADER}{}", LINES.repeat(2_000)).as_bytes());
    let many_gzip = gzip(format!("{HEADER}{}", LINES.repeat(2_000)).as_bytes());
    let noise: Vec<u8> =
        (0..10_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cases: Vec<(&str, Vec<u8>, &[&str])> = vec![
        (
            "column.csv",
            small().replacen("Quantity", "Qty", 1).into(),
            &["line 1", "\"Quantity\"", "Qty"],
        ),
        ("empty.csv", Vec::new(), &["line 1", "\"InvoiceNo\""]),
        ("number.csv", row("1,A,,six,2010-12-05 10:00:00,1,1.0,X"), &["line 10", "\"Quantity\""]),
        ("price.csv", row("1,A,,6,2010-12-05 10:00:00,,1.0,X"), &["line 10", "\"UnitPrice\""]),
        (
            "large.csv",
            row("1,A,,99999999999999,2010-12-05 10:00:00,99999999,1.0,X"),
            &["line 10", "\"Quantity\""],
        ),
        (
            "date.csv",
            row("1,A,,6,05.12.2010,1,1.0,X"),
            &["line 10", "\"InvoiceDate\"", "05.12.2010"],
        ),
        ("day.csv", row("1,A,,6,2010-02-30 10:00:00,1,1.0,X"), &["line 10", "\"InvoiceDate\""]),
        ("cells.csv", row("1,A,,6,2010-12-05 10:00:00,1"), &["line 10", "6 cells"]),
        ("invoice.csv", row(",A,,6,2010-12-05 10:00:00,1,1.0,X"), &["line 10", "\"InvoiceNo\""]),
        (
            "customers.csv",
            row("536365,A,,6,2010-12-05 10:00:00,1,99.0,X"),
            &["line 10", "\"CustomerID\"", "536365"],
        ),
        (
            "text.csv",
            row("1,A,a\u{7}b,6,2010-12-05 10:00:00,1,1.0,X"),
            &["line 10", "\"Description\""],
        ),
        (
            "latin.csv",
            [small().as_bytes(), b"1,A,caf\xe9,6,2010-12-05 10:00:00,1,1.0,X\n"].concat(),
            &["line 10", "UTF-8"],
        ),
        ("cut.csv.zst", many[..many.len() / 2].to_vec(), &["line "]),
        ("cut.csv.gz", many_gzip[..many_gzip.len() / 2].to_vec(), &["line "]),
        ("binary", noise, &["line 1"]),
    ];
    for (name, bytes, words) in cases {
        let file = place.file(name, bytes);
        let output = place.import(&file, &["--settle"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}: {said}");
        assert!(output.stdout.is_empty(), "{name}");
        for word in words.iter().chain(&[name]) {
            assert!(said.contains(word), "{name}: {word:?} is not in {said}");
        }
        assert!(!said.contains("panicked"), "{name}: {said}");
        assert_eq!(place.history(), history, "{name}");
    }
    let missing = place.import(Path::new("no-such-file.csv"), &[]);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("no-such-file.csv"));
    assert_eq!(missing.status.code(), Some(1));
}

#[test]
fn a_broken_file_does_not_even_make_a_database() {
    let place = Place::new();
    let file = place.file("lines.csv", "a,b\n1,2\n");
    assert_eq!(place.import(&file, &[]).status.code(), Some(1));
    assert!(holds_nothing(place.directory.path()));
}

#[test]
fn a_profile_of_ones_own_describes_another_file() {
    let place = Place::new();
    let profile = place.file(
        "my-shop.toml",
        r#"
            name = "my-shop"
            [columns]
            invoice = "Rechnung"
            account = "Kunde"
            timestamp = "Tag"
            amount = "Betrag"
            description = "Text"
            [account]
            currency = "JPY"
            name_prefix = "Kunde "
            [timestamp]
            format = "%d.%m.%Y %H:%M"
            time_zone = "Asia/Tokyo"
            [settle]
            payment_method = "wire_transfer"
            payout_method = "cash"
        "#,
    );
    let profile = profile.to_str().unwrap();
    let csv = "Kunde,Rechnung,Tag,Betrag,Text,Rest\nk1,1,05.03.2024 08:30,500,Tee,x\n\
               k1,2,06.03.2024 08:30,-200,Kanne,x\nk2,3,06.03.2024 09:00,70,Tasse,x\n";
    let file = place.file("lines.csv", csv);
    let expected = json!({"accounts": 2, "invoices": 3, "positive": 2, "negative": 1, "zero": 0,
        "transferred": "200", "applied": "0", "applications": 0, "paid": "570", "payments": 2,
        "refunded": "200", "refunds": 1});
    assert_eq!(totals(&place.import_as(profile, &file, &["--settle"])), expected);
    place.verify();
    assert!(place.history().contains("2024-03-04T23:30:00Z"), "the time zone counts");
    // More decimals than the currency has are refused, not rounded.
    let file = place.file("yen.csv", format!("{csv}k2,4,07.03.2024 09:00,70.5,Tasse,x\n"));
    let output = place.import_as(profile, &file, &["--settle"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("line 5") && said.contains("\"Betrag\""), "{said}");
    // A customer is required unless the profile has an account for blanks.
    let file = place.file("blank.csv", format!("{csv},4,07.03.2024 09:00,70,Tasse,x\n"));
    let said = place.import_as(profile, &file, &[]);
    let said = String::from_utf8_lossy(&said.stderr);
    assert!(said.contains("line 5") && said.contains("\"Kunde\""), "{said}");
}

#[test]
fn a_profile_that_is_wrong_is_said() {
    let place = Place::new();
    let file = place.file("lines.csv", small());
    let output = place.import_as("offline-retail", &file, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("online-retail") && said.contains(".toml"), "{said}");
    let cases = [("name = 1\n", "name"), ("name = \"x\"\nnames = \"y\"\n", "names")];
    for (text, word) in cases {
        let profile = place.file("wrong.toml", text);
        let output = place.import_as(profile.to_str().unwrap(), &file, &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1));
        assert!(said.contains(word), "{said}");
    }
}

/// A business large enough to be killed in.
fn large() -> String {
    let mut text = HEADER.to_owned();
    for number in 0..4_000_u32 {
        let (day, minute) = (1 + number / 400, number % 400);
        let customer = number.wrapping_mul(7_919) % 300;
        let sign = if number % 5 == 0 { "-" } else { "" };
        for line in 0..3 {
            writeln!(
                text,
                "{number},S{line},Thing {line},{sign}{},2011-01-{day:02} {:02}:{:02}:00,1.{line}5,{customer}.0,X",
                1 + number % 9,
                8 + minute / 60,
                minute % 60,
            )
            .unwrap();
        }
    }
    text
}

fn spawn(place: &Place, file: &Path) -> Child {
    quittance()
        .args(["import", "online-retail", file.to_str().unwrap(), "--settle", "--database"])
        .arg(place.at())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What is the same in two histories even if documents have other numbers: on PostgreSQL those that a
/// killed import had taken and not used are left out for good.
fn without_numbers(history: &str) -> Vec<Value> {
    fn strip(value: &mut Value) {
        match value {
            Value::Number(_) => *value = Value::Null,
            Value::Array(values) => values.iter_mut().for_each(strip),
            Value::Object(fields) => {
                let numberless = ["debit", "credit", "ledger_account"];
                // The hash of a command that names documents by number.
                fields.remove("fingerprint");
                let fields =
                    fields.iter_mut().filter(|(name, _)| !numberless.contains(&name.as_str()));
                fields.for_each(|(_, value)| strip(value));
            }
            _ => {}
        }
    }
    let line = |line: &str| {
        let mut entry: Value = serde_json::from_str(line).unwrap();
        strip(&mut entry);
        entry
    };
    history.lines().map(line).collect()
}

#[test]
fn a_killed_import_is_resumed_and_comes_to_the_same_books() {
    let straight = Place::new();
    let file = straight.file("lines.csv", large());
    let expected = totals(&straight.import(&file, &["--settle"]));
    assert_eq!(expected["invoices"], 4_000);
    let place = Place::new();
    let mut kills = 0;
    let mut kill_at = 400_000;
    let output = loop {
        let mut child = spawn(&place, &file);
        let ended = loop {
            if child.try_wait().unwrap().is_some() {
                break true;
            }
            if size(place.directory.path()) > kill_at {
                break false;
            }
            thread::yield_now();
        };
        if ended {
            break child.wait_with_output().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        place.verify();
        kills += 1;
        // What is there by now is replayed first; beyond that it goes on for a while.
        kill_at = size(place.directory.path()) + 700_000;
    };
    assert!(kills >= 2, "it was killed only {kills} times");
    assert_eq!(totals(&output), expected);
    place.verify();
    let (left, right) = (place.history(), straight.history());
    assert!(without_numbers(&left) == without_numbers(&right), "the books differ");
    assert!(store() == Store::Postgres || left == right, "numbers differ");
}

#[test]
fn the_whole_real_file_comes_to_the_known_totals() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("../shared/data/online-retail.csv.zst");
    if !file.exists() {
        let _ = writeln!(
            std::io::stderr().lock(),
            "skipped: the Online Retail file is not beside the repository"
        );
        return;
    }
    let place = Place::new();
    let expected = json!({"accounts": 4373, "invoices": 25900, "positive": 19960, "negative": 3838,
        "zero": 2102, "transferred": "918936.61", "applied": "570060.60", "applications": 3177,
        "paid": "10096623.94", "payments": 19376, "refunded": "348876.01", "refunds": 574});
    assert_eq!(totals(&place.import(&file, &["--settle"])), expected);
    place.verify();
}
