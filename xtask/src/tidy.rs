//! The repository's own lints: what neither rustc nor clippy knows about this house.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shell::{Done, metadata, root, say};

/// Which crate of ours may use which, beside itself. The tests of a crate may use any.
const EDGES: &[(&str, &[&str])] = &[
    ("money", &[]),
    ("receivables", &["money"]),
    ("columns", &["money", "receivables"]),
    ("engine", &["money", "receivables"]),
    ("store-sqlite", &["money", "receivables", "columns", "engine"]),
    ("store-postgres", &["money", "receivables", "columns", "engine"]),
    ("store-conformance", &["money", "receivables", "engine"]),
    ("reports", &["money", "receivables", "engine"]),
    ("intake", &["money", "receivables", "engine"]),
    ("audit", &["receivables", "engine"]),
    ("events", &["receivables", "engine"]),
    ("identity", &["receivables", "engine"]),
    ("api", &["money", "receivables", "engine", "reports", "audit", "events", "identity"]),
    ("web-console", &[]),
    ("throwaway-postgres", &[]),
    ("gateway", &["money", "receivables"]),
    ("gateway-kit", &["money", "receivables", "gateway"]),
    ("gateway-http", &["gateway"]),
    ("gateway-sandbox", &["money", "receivables", "gateway", "gateway-kit"]),
    ("gateway-stripe", &["money", "receivables", "gateway", "gateway-kit"]),
    ("gateway-cybersource", &["money", "receivables", "gateway", "gateway-kit"]),
    ("gateway-authorizenet", &["money", "receivables", "gateway", "gateway-kit"]),
    ("sandbox-gateway", &["money"]),
    ("worker", &["money", "receivables", "engine", "gateway"]),
    ("sim", &["money", "receivables", "engine", "gateway", "store-sqlite", "worker"]),
    (
        "quittance",
        &[
            "money",
            "receivables",
            "engine",
            "store-sqlite",
            "store-postgres",
            "reports",
            "intake",
            "api",
            "web-console",
            "throwaway-postgres",
            "gateway",
            "gateway-http",
            "gateway-sandbox",
            "gateway-stripe",
            "gateway-cybersource",
            "gateway-authorizenet",
            "sandbox-gateway",
            "audit",
            "events",
            "worker",
        ],
    ),
    (
        "testkit",
        &[
            "money",
            "receivables",
            "engine",
            "store-sqlite",
            "store-postgres",
            "reports",
            "throwaway-postgres",
        ],
    ),
    ("xtask", &[]),
];

/// The most lines a source file may have.
const LINES_MAX: usize = 800;

/// Crates whose code may not ask the machine for anything.
const PURE: [&str; 3] = ["crates/money/", "crates/receivables/", "crates/reports/"];
/// The one part of them that writes files.
const EXPORT: &str = "crates/reports/src/export";
/// What they may not use, as path or type.
const IMPURE: [&str; 7] = ["std::time", "std::fs", "std::env", "tokio", "rusqlite", "f32", "f64"];

/// Endings of the files that are looked at.
const TEXT: [&str; 10] = ["rs", "toml", "md", "sql", "sh", "py", "txt", "json", "yml", "mjs"];
/// Directories that are not ours to look at.
const SKIPPED: [&str; 4] = ["target", ".git", "corpus", "seeds"];

/// Runs every lint and names every offence.
pub(crate) fn run() -> Done {
    let mut found = edges(metadata()?);
    let mut files = Vec::new();
    walk(&root(), &mut files)?;
    for path in &files {
        let Ok(text) = fs::read_to_string(path) else {
            found.push(format!("{}: not UTF-8 text", path.display()));
            continue;
        };
        let name = path.strip_prefix(root()).unwrap_or(path).to_string_lossy().into_owned();
        file(&name, &text, &mut found);
    }
    for offence in &found {
        say(offence);
    }
    match found.len() {
        0 => {
            say(format!("tidy: {} files are in order", files.len()));
            Ok(())
        }
        count => Err(format!("tidy: {count} to put in order")),
    }
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Done {
    let failed = |error: std::io::Error| format!("{}: {error}", directory.display());
    let mut entries =
        fs::read_dir(directory).and_then(Iterator::collect::<Result<Vec<_>, _>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) {
            walk(&path, files)?;
        } else if kind.is_file() {
            let ending = path.extension().and_then(|ending| ending.to_str());
            if ending.is_some_and(|ending| TEXT.contains(&ending)) {
                files.push(path);
            }
        }
    }
    Ok(())
}

/// Dependencies point one way.
fn edges(metadata: &Value) -> Vec<String> {
    let list = |value: &Value, field: &str| {
        value.get(field).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let text = |value: &Value, field: &str| {
        value.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut found = Vec::new();
    for package in list(metadata, "packages") {
        let name = text(&package, "name");
        let Some((_, allowed)) = EDGES.iter().find(|(known, _)| *known == name) else {
            found.push(format!("crate {name} is not in the list of edges; add it to xtask's tidy"));
            continue;
        };
        for dependency in list(&package, "dependencies") {
            let (used, kind) = (text(&dependency, "name"), text(&dependency, "kind"));
            let ours = EDGES.iter().any(|(known, _)| *known == used);
            if ours && kind != "dev" && !allowed.contains(&used.as_str()) {
                found.push(format!("crate {name} may not depend on {used}"));
            }
        }
    }
    found
}

fn file(name: &str, text: &str, found: &mut Vec<String>) {
    for (number, line) in (1..).zip(text.lines()) {
        if line.ends_with([' ', '\t']) {
            found.push(format!("{name}:{number}: trailing space"));
        }
    }
    if !name.ends_with(".rs") {
        return;
    }
    let lines = text.lines().count();
    if lines > LINES_MAX {
        found.push(format!("{name}: {lines} lines; split what has two reasons to change"));
    }
    let source = PURE.iter().any(|pure| name.starts_with(&format!("{pure}src/")));
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split("//").next().unwrap_or_default();
        for (marker, instead) in markers() {
            if code.contains(&marker) {
                found.push(format!("{name}:{number}: {marker} ... {instead}"));
            }
        }
        if source {
            for word in IMPURE.iter().filter(|word| has_word(code, word)) {
                if *word != "std::fs" || !name.starts_with(EXPORT) {
                    found.push(format!("{name}:{number}: {word} has no place in this crate"));
                }
            }
        }
    }
    attributes(name, text, found);
}

/// Never in a source file. Put together here, so that this file passes too.
fn markers() -> [(String, &'static str); 3] {
    [
        (format!("{}!(", "todo"), "write it, or leave it out"),
        (format!("{}!(", "unimplemented"), "write it, or leave it out"),
        (format!("#[{}", "ignore"), "a test that does not run proves nothing"),
    ]
}

/// `expect` with a reason says when it is no longer needed; `allow` does not. Only in tests, where a
/// module shared by several programs is used by each in part, `allow` with a reason may stand.
fn attributes(name: &str, text: &str, found: &mut Vec<String>) {
    let tests = name.contains("/tests/");
    for level in ["allow", "expect"] {
        for opening in [format!("#[{level}("), format!("#![{level}(")] {
            for (at, _) in text.match_indices(&opening) {
                let number = text.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
                let attribute = text.get(at..).and_then(|rest| rest.split(")]").next());
                let reason = attribute.is_some_and(|attribute| attribute.contains("reason ="));
                if !reason {
                    found.push(format!("{name}:{number}: {opening}...)] without a reason"));
                } else if level == "allow" && !tests {
                    found.push(format!("{name}:{number}: {opening}...)] should be an expect"));
                }
            }
        }
    }
}

/// Whether `word` stands in `code` by itself, not as a part of a longer name.
fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        let after = code.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(name: &str, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        file(name, text, &mut found);
        found
    }

    #[test]
    fn a_pure_crate_may_not_ask_the_machine() {
        let text = "use std::time::Instant;\nlet x: f64 = 1.0; // f32\nlet of64 = 1;\n";
        assert_eq!(offences("crates/money/src/lib.rs", text).len(), 2);
        assert_eq!(offences("crates/engine/src/lib.rs", text).len(), 0);
        let text = "use std::fs;\n";
        assert_eq!(offences("crates/reports/src/verify.rs", text).len(), 1);
        assert_eq!(offences("crates/reports/src/export/csv.rs", text).len(), 0);
    }

    #[test]
    fn an_exception_from_a_lint_has_a_reason() {
        let allow = format!("#[{}(dead_code)]", "allow");
        assert_eq!(offences("crates/api/src/a.rs", &allow).len(), 1);
        let reason = format!("#[{}(\n    dead_code,\n    reason = \"so\"\n)]", "allow");
        assert_eq!(offences("crates/api/src/a.rs", &reason).len(), 1);
        assert_eq!(offences("crates/api/tests/a.rs", &reason).len(), 0);
        let expect = format!("#![{}(dead_code, reason = \"so\")]", "expect");
        assert_eq!(offences("crates/api/src/a.rs", &expect).len(), 0);
    }

    #[test]
    fn unfinished_code_and_long_files_are_found() {
        assert_eq!(offences("a.rs", &format!("fn a() {{ {}!() }}\n", "todo")).len(), 1);
        assert_eq!(offences("a.rs", &"\n".repeat(801)).len(), 1);
        assert_eq!(offences("a.md", "one \ntwo\n").len(), 1);
    }

    #[test]
    fn the_list_of_edges_points_one_way() {
        let place = |name: &str| EDGES.iter().position(|(known, _)| *known == name);
        for (index, (name, allowed)) in EDGES.iter().enumerate() {
            for used in *allowed {
                assert!(place(used).is_some_and(|used| used < index), "{name} uses {used}");
            }
        }
    }
}
