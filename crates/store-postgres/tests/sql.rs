//! Our SQL stays within what PostgreSQL 15 and later, Citus, YugabyteDB and CockroachDB have in common,
//! and looks the same everywhere.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

/// What is not written, as words in a row (`*` at the end stands for any ending), and why.
const BANNED: &[(&str, &str)] = &[
    ("pg_advisory*", "advisory locks hold on one server only; CockroachDB has none"),
    ("pg_try_advisory*", "advisory locks hold on one server only; CockroachDB has none"),
    ("listen", "is bound to one server; YugabyteDB and CockroachDB have none"),
    ("notify", "is bound to one server; YugabyteDB and CockroachDB have none"),
    ("trigger", "rules are in the program; Citus keeps triggers off distributed tables"),
    ("function", "rules are in the program, and functions differ"),
    ("procedure", "rules are in the program, and procedures differ"),
    ("language", "rules are in the program, not in PL/pgSQL"),
    ("plpgsql", "rules are in the program, not in PL/pgSQL"),
    ("do $$*", "rules are in the program, not in PL/pgSQL"),
    ("call", "rules are in the program"),
    ("sequence", "numbers are given out by numbering: in order, and known before the commit"),
    ("nextval", "numbers are given out by numbering"),
    ("currval", "numbers are given out by numbering"),
    ("setval", "numbers are given out by numbering"),
    ("serial", "numbers are given out by numbering"),
    ("bigserial", "numbers are given out by numbering"),
    ("smallserial", "numbers are given out by numbering"),
    ("identity", "numbers are given out by numbering"),
    ("generated", "what a column holds is decided by the program; Citus limits the rest"),
    ("default", "what a column holds is decided by the program"),
    ("ctid", "names a place on one server, and others have none"),
    ("xmin", "is how one server keeps versions"),
    ("xmax", "is how one server keeps versions"),
    ("cmin", "is how one server keeps versions"),
    ("cmax", "is how one server keeps versions"),
    ("tableoid", "is a system column of one server"),
    ("oid", "is a system column of one server"),
    ("regclass", "system catalogs differ"),
    ("txid_*", "transaction ids are of one server"),
    ("pg_*", "system functions and catalogs differ"),
    ("current_setting", "settings of a server are no data"),
    ("now", "instants come from the program, which decides by them"),
    ("current_timestamp", "instants come from the program, which decides by them"),
    ("current_date", "dates come from the program, which decides by them"),
    ("clock_timestamp", "instants come from the program"),
    ("random", "answers must not depend on chance"),
    ("gen_random_uuid", "ids are derived from numbers"),
    ("temporary", "is bound to one connection; poolers and CockroachDB do not keep it"),
    ("temp", "is bound to one connection; poolers and CockroachDB do not keep it"),
    ("unlogged", "is empty after a crash, and others do not know it"),
    ("inherits", "tables that inherit are PostgreSQL's own"),
    ("partition by", "how tables are cut is the operator's choice"),
    ("distribute*", "how tables are cut is the operator's choice"),
    ("tablespace", "where files are is the operator's choice"),
    ("collate", "texts are compared for equality only"),
    ("references", "foreign keys cost a lookup per row; verify proves them, and Citus limits them"),
    (
        "foreign key",
        "foreign keys cost a lookup per row; verify proves them, and Citus limits them",
    ),
    ("exclude", "exclusion constraints are PostgreSQL's own"),
    ("deferrable", "CockroachDB checks at once"),
    ("deferred", "CockroachDB checks at once"),
    ("create rule", "rules are PostgreSQL's own"),
    ("view", "what is asked for stands in the statement"),
    ("merge", "is new in 15 and missing elsewhere; ON CONFLICT does it"),
    ("copy", "is a protocol of its own and differs; rows come as arrays"),
    ("declare", "cursors hold a connection; pages go on after a key"),
    ("cursor", "cursors hold a connection; pages go on after a key"),
    ("fetch", "cursors hold a connection; pages go on after a key"),
    ("offset", "reads what it leaves out; pages go on after a key"),
    ("truncate", "history is never removed"),
    ("prepare", "the driver prepares; names differ per connection"),
    ("lock table", "CockroachDB has none, and rows are enough"),
    ("savepoint", "a batch is one transaction, whole or not at all"),
    ("skip locked", "nothing is passed over"),
    ("nowait", "who is in the way is waited for, up to lock_timeout"),
    ("gin", "one kind of index is everywhere: the ordered one"),
    ("gist", "one kind of index is everywhere: the ordered one"),
    ("brin", "one kind of index is everywhere: the ordered one"),
    ("hash (", "one kind of index is everywhere: the ordered one"),
    ("jsonb", "what is asked for has a column"),
    ("enum", "choices are small numbers, so that one can be added"),
    ("numeric", "amounts are whole minor units"),
    ("real", "amounts are whole minor units"),
    ("double precision", "amounts are whole minor units"),
    ("float*", "amounts are whole minor units"),
    ("timestamp", "instants are whole microseconds, the same in every store"),
    ("timestamptz", "instants are whole microseconds, the same in every store"),
];

/// Tables without account and shard, and why.
const NOT_BY_ACCOUNT: &[(&str, &str)] = &[
    ("origin", "few rows, shared by all accounts"),
    ("setting_change", "the settings belong to the organisation"),
    ("day_total", "sums over all accounts"),
    ("numbering", "one row"),
    ("committer", "one row per committer"),
    ("origin_salt", "one row"),
    ("word_filling", "one row, and none once everything is filled"),
    ("asker_lock", "one person may ask for refunds to accounts of every shard"),
    ("organisation", "one row"),
    ("api_key", "keys belong to the organisation"),
    ("api_key_access", "keys belong to the organisation"),
    ("audit_block", "the record is one chain over all accounts"),
    ("gateway_secret", "gateways belong to the organisation"),
    ("side_record", "people and endpoints belong to the organisation"),
];

/// Unique indexes without the shard, and why. A database that is cut by shard has to keep them global.
const GLOBAL_INDEXES: &[(&str, &str)] = &[
    ("entry__key_hash", "a key has one effect in all of the books"),
    ("account__external_id", "another system's number of an account is unique"),
    ("invoice__external_id", "another system's number of an invoice is unique"),
];

/// Written in capitals wherever they stand as keywords.
const KEYWORDS: &[&str] = &[
    "all",
    "alter",
    "and",
    "any",
    "array",
    "as",
    "begin",
    "by",
    "case",
    "check",
    "commit",
    "conflict",
    "constraint",
    "create",
    "delete",
    "desc",
    "drop",
    "else",
    "end",
    "exists",
    "for",
    "from",
    "group",
    "having",
    "if",
    "in",
    "index",
    "insert",
    "into",
    "is",
    "join",
    "left",
    "limit",
    "not",
    "nothing",
    "null",
    "on",
    "or",
    "order",
    "primary",
    "recursive",
    "returning",
    "select",
    "set",
    "share",
    "show",
    "table",
    "then",
    "union",
    "unique",
    "update",
    "values",
    "when",
    "where",
    "with",
];

/// Types and functions, written small.
const SMALL: &[&str] = &[
    "bigint", "boolean", "bytea", "coalesce", "count", "excluded", "greatest", "integer", "max",
    "min", "smallint", "sum", "text", "unnest",
];

/// A statement that needs no words: not longer than this, and nothing subtle in it.
const EVIDENT_LINES: usize = 20;

/// No line is longer.
const LINE_MAX: usize = 130;

struct File {
    name: String,
    text: String,
}

impl File {
    /// Without comments and without texts in quotes.
    fn code(&self) -> String {
        let lines = self.text.lines().map(|line| line.split("--").next().unwrap_or_default());
        let mut outside = true;
        let code = lines.collect::<Vec<_>>().join("\n");
        code.chars()
            .filter(|c| {
                outside ^= *c == '\'';
                outside || *c == '\n'
            })
            .collect()
    }

    fn words(&self) -> Vec<String> {
        words(&self.code())
    }
}

/// Names and numbers; every other character but white space is a word of its own.
fn words(code: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    for c in code.chars() {
        let part = c.is_alphanumeric() || c == '_' || c == '$';
        match words.last_mut().filter(|_| part && inside) {
            Some(word) => word.push(c),
            None if !c.is_whitespace() => words.push(c.to_string()),
            None => {}
        }
        inside = part;
    }
    words
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for directory in ["sql", "migrations"] {
        for file in fs::read_dir(root.join(directory)).unwrap() {
            let path = file.unwrap().path();
            let name = format!("{directory}/{}", path.file_name().unwrap().to_string_lossy());
            files.push(File { name, text: fs::read_to_string(path).unwrap() });
        }
    }
    assert!(files.len() > 60, "only {} files", files.len());
    files
}

/// Whether `banned` stands in `words`.
fn stands(words: &[String], banned: &str) -> bool {
    let pattern: Vec<String> = self::words(banned);
    let (pattern, open) = match pattern.split_last() {
        Some((star, rest)) if star == "*" => (rest, true),
        _ => (&pattern[..], false),
    };
    words.windows(pattern.len()).any(|found| {
        found.iter().zip(pattern).enumerate().all(|(place, (word, wanted))| {
            let word = word.to_lowercase();
            let last = place + 1 == pattern.len();
            if open && last { word.starts_with(wanted) } else { word == *wanted }
        })
    })
}

fn none(offences: &[String]) {
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn nothing_is_written_that_not_all_of_them_have() {
    let mut offences = Vec::new();
    for file in files() {
        let words = file.words();
        for (banned, why) in BANNED {
            if stands(&words, banned) {
                offences.push(format!("{}: {banned}: {why}", file.name));
            }
        }
        for place in words.windows(2) {
            let [before, star] = place else { continue };
            let before = before.to_uppercase();
            if star == "*"
                && ["SELECT", ".", ",", "DISTINCT", "RETURNING"].contains(&before.as_str())
            {
                let why = "columns are named, so that a new one changes nothing";
                offences.push(format!("{}: *: {why}", file.name));
            }
        }
    }
    none(&offences);
}

#[test]
fn every_table_can_be_cut_by_account() {
    let mut offences = Vec::new();
    for file in files() {
        for statement in file.code().split(';') {
            let words = words(statement);
            if words.first().is_none_or(|word| word != "CREATE") {
                continue;
            }
            if let Some(place) = words.iter().position(|word| word == "TABLE") {
                table(&words[place + 1], statement, &mut offences);
            }
            if words.get(1).is_some_and(|word| word == "UNIQUE") {
                let name = &words[3];
                let global = GLOBAL_INDEXES.iter().any(|(known, _)| known == name);
                if global == words.iter().any(|word| word == "shard") {
                    offences.push(format!("{name}: a unique index holds the shard, or is named"));
                }
            }
        }
    }
    none(&offences);
}

fn table(name: &str, statement: &str, offences: &mut Vec<String>) {
    let exception = NOT_BY_ACCOUNT.iter().any(|(known, _)| *known == name);
    let columns = words(statement);
    let has = |column: &str| columns.iter().any(|word| word == column);
    let key = statement.split("PRIMARY KEY (").nth(1).and_then(|rest| rest.split(')').next());
    let key = key.is_some_and(|key| words(key).iter().any(|word| word == "shard"));
    let by_account = has("account_no") && key;
    if !exception && !by_account {
        offences.push(format!("{name}: no account_no, or no shard in its primary key"));
    }
    if exception && key {
        offences.push(format!("{name}: needs no exception"));
    }
    if !statement.contains("PRIMARY KEY") {
        offences.push(format!("{name}: has no primary key"));
    }
}

#[test]
fn every_file_says_what_it_is_for_and_looks_like_the_others() {
    let mut offences = Vec::new();
    for File { name, text } in files() {
        let mut say = |what: String| offences.push(format!("{name}: {what}"));
        let file = File { name: name.clone(), text: text.clone() };
        let words = file.words();
        let lines = text.lines().count();
        let subtle = words.iter().any(|word| ["WITH", "FOR", "RECURSIVE"].contains(&word.as_str()));
        if (subtle || lines > EVIDENT_LINES) && !text.starts_with("-- ") {
            say("begins without a comment".to_owned());
        }
        for word in &words {
            let lower = word.to_lowercase();
            if KEYWORDS.contains(&lower.as_str()) && *word != word.to_uppercase() {
                say(format!("{word} is a keyword, in capitals"));
            }
            if SMALL.contains(&lower.as_str()) && *word != lower {
                say(format!("{word} is a type or a function, in small letters"));
            }
        }
        if let Some(line) = text.lines().find(|line| line.chars().count() > LINE_MAX) {
            say(format!("a line is too long: {line}"));
        }
        if text.contains('\t') || !text.ends_with('\n') {
            say("tabs, or no end of line at the end".to_owned());
        }
        if name.starts_with("sql/") && file.code().contains(';') {
            say("one statement, without a semicolon".to_owned());
        }
    }
    none(&offences);
}

#[test]
fn the_exceptions_are_still_needed() {
    let all: String = files().iter().map(File::code).collect();
    for (name, why) in NOT_BY_ACCOUNT {
        assert!(all.contains(&format!("CREATE TABLE {name} (")), "{name} ({why}) is gone");
    }
    for (name, why) in GLOBAL_INDEXES {
        assert!(all.contains(&format!("CREATE UNIQUE INDEX {name} ON")), "{name} ({why}) is gone");
    }
}

#[test]
fn the_lint_finds_what_it_looks_for() {
    let found = |sql: &str| {
        let file = File { name: String::new(), text: sql.to_owned() };
        let words = file.words();
        BANNED.iter().filter(|(banned, _)| stands(&words, banned)).count()
    };
    for sql in [
        "SELECT pg_advisory_lock(1)",
        "CREATE TABLE t (id bigserial)",
        "SELECT t.ctid FROM t",
        "select txid_current()",
        "CREATE TABLE t (a bigint REFERENCES u)",
        "DO $$ BEGIN END $$",
        "LOCK\n  TABLE t",
        "SELECT 1 OFFSET 5",
    ] {
        assert!(found(sql) > 0, "{sql}");
    }
    for sql in ["SELECT 'listen' FROM t -- serial", "INSERT INTO t ON CONFLICT DO NOTHING"] {
        assert_eq!(found(sql), 0, "{sql}");
    }
}
