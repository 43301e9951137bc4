//! What SQLite makes of our statements: each question finds its rows by a key or an index, however long
//! the history is. Without statistics, and the program makes none, plans depend on the schema only; so
//! the statements are taken from the source and explained on an empty database.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// Tables that stay small, or whose rows are all wanted.
const SMALL: [&str; 11] = [
    "meta",
    "gateway_secret",
    "origin",
    "setting_change",
    "api_key",
    "api_key_access",
    "day_total",
    "filling",
    "word_filling",
    "sqlite_master",
    "sqlite_schema",
];

/// Statements that may go through a whole table, by a part of them, and why.
const THROUGH_ALL: [(&str, &str); 4] = [
    ("FROM idempotency_key k LEFT JOIN entry", "verify looks at every key"),
    ("FROM refund_asker a LEFT JOIN refund", "verify looks at who asked for every refund"),
    (
        "WHERE s.status = 0 AND i.invoice_date",
        "closing a period looks at every draft; only they are in the index",
    ),
    (
        "UNION ALL SELECT body FROM gateway_order",
        "closing a period looks at every order under way; only they are in the indexes",
    ),
];

fn directory(name: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut files: Vec<PathBuf> =
        fs::read_dir(root).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// The tables of the old schema and the new one.
fn database() -> Connection {
    let conn = Connection::open_in_memory().unwrap();
    for file in directory("migrations") {
        let name = file.to_string_lossy().into_owned();
        if !name.contains("contract") && !name.contains("old_file") {
            conn.execute_batch(&fs::read_to_string(file).unwrap()).unwrap();
        }
    }
    conn
}

/// A text in the source, and the name of the constant it is the value of.
struct Literal {
    name: Option<String>,
    text: String,
}

/// The texts in quotes, as the compiler reads them, up to the tests.
fn literals(source: &str) -> Vec<Literal> {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let mut found = Vec::new();
    let mut before = String::new();
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => while rest.next().is_some_and(|c| c != '\n') {},
            '\'' if rest.peek() == Some(&'"') => drop(rest.next()),
            '"' => {
                let mut text = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    match c {
                        '\\' if rest.peek() == Some(&'\n') => {
                            while rest.next_if(|c| c.is_whitespace()).is_some() {}
                        }
                        '\\' => text.extend(rest.next()),
                        c => text.push(c),
                    }
                }
                let declared = before.trim_end().strip_suffix(": &str =");
                let name = declared.and_then(|before| before.rsplit(' ').next());
                found.push(Literal { name: name.map(str::to_owned), text });
                before.clear();
            }
            c => before.push(c),
        }
    }
    found
}

/// Every question in the source, with the names of constants and tables put in. Left out are beginnings
/// of questions, which other texts end, and what `verify` asks for everything with an empty name.
fn questions() -> Vec<String> {
    // Whoever compares two files looks at every row.
    let files: Vec<Vec<Literal>> = directory("src")
        .into_iter()
        .filter(|file| !file.ends_with("compare.rs"))
        .map(|file| literals(&fs::read_to_string(file).unwrap()))
        .collect();
    let all = || files.iter().flatten();
    let named = |literal: &Literal| Some((literal.name.clone()?, literal.text.clone()));
    let constants: BTreeMap<String, String> = all().filter_map(named).collect();
    let mut questions = Vec::new();
    for Literal { name, text } in all() {
        let mut text = text.clone();
        if name.is_some() && !text.contains("WHERE") {
            continue;
        }
        for (name, value) in &constants {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        if !text.starts_with("SELECT") {
            continue;
        }
        if !text.contains('{') {
            questions.push(text);
            continue;
        }
        for (table, column) in numbered(&files) {
            questions.push(text.replace("{table}", &table).replace("{column}", &column));
        }
    }
    questions
}

/// Tables with the column of their numbers: they follow each other in the source.
fn numbered(files: &[Vec<Literal>]) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for file in files {
        for two in file.windows(2) {
            let [table, column] = two else { continue };
            let of = column.text.strip_suffix("_no").filter(|of| table.text.ends_with(of));
            if of.is_some_and(|of| !of.is_empty()) {
                pairs.push((table.text.clone(), column.text.clone()));
            }
        }
    }
    assert!(pairs.len() >= 8, "only {pairs:?}");
    pairs
}

/// The steps of a plan that go through all rows of something.
fn scans(conn: &Connection, question: &str) -> Vec<String> {
    let mut statement = conn
        .prepare(&format!("EXPLAIN QUERY PLAN {question}"))
        .unwrap_or_else(|error| panic!("{error}: {question}"));
    // Parameters have no values yet.
    let mut steps = statement.raw_query();
    let mut found = Vec::new();
    while let Some(step) = steps.next().unwrap() {
        found.push(step.get::<_, String>(3).unwrap());
    }
    found.retain(|step| step.starts_with("SCAN"));
    found
}

#[test]
fn no_question_goes_through_a_whole_table() {
    let conn = database();
    let questions = questions();
    assert!(questions.len() > 50, "only {} questions were found", questions.len());
    let mut offences = Vec::new();
    for question in &questions {
        let mut scans = scans(&conn, question);
        scans.retain(|step| {
            let of = step.split(' ').nth(1).unwrap_or_default();
            // What is asked within has steps of its own.
            !SMALL.contains(&of) && !of.starts_with("(subquery")
        });
        if let Some((_, why)) = THROUGH_ALL.iter().find(|(part, _)| question.contains(part)) {
            assert!(!scans.is_empty(), "needs no exception ({why}): {question}");
            continue;
        }
        offences.extend(scans.into_iter().map(|step| format!("{step}: {question}")));
    }
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn the_program_makes_no_statistics() {
    for file in directory("src") {
        let source = fs::read_to_string(&file).unwrap();
        for word in ["ANALYZE", "optimize"] {
            let found = literals(&source).iter().any(|literal| literal.text.contains(word));
            assert!(!found, "{} says {word}: plans then depend on the rows", file.display());
        }
    }
}

#[test]
fn a_scan_is_seen() {
    let conn = database();
    for question in [
        "SELECT entry_no FROM entry WHERE account_no = 1",
        "SELECT p.posting_no FROM posting p WHERE p.invoice_no = ?1",
        "SELECT entry_no FROM entry ORDER BY at_us",
    ] {
        assert!(!scans(&conn, question).is_empty(), "{question}");
    }
    assert!(scans(&conn, "SELECT at_us FROM entry WHERE entry_no = ?1").is_empty());
}
