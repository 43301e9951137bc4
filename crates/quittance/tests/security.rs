//! docs/security.md names only tests that exist.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every function of a source file below `directory` that stands behind `#[test]` or `#[tokio::test]`.
fn tests(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            for part in text.split("test]\n").skip(1) {
                let name = part.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
                found.extend(name.map(|(name, _)| name.to_owned()));
            }
        }
    }
}

#[test]
fn the_tests_named_in_the_documentation_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = BTreeSet::new();
    for directory in ["crates", "xtask"] {
        tests(&root.join(directory), &mut found);
    }
    let page = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let (_, threats) = page.split_once("## Threats and defences").unwrap();
    let mut rows = 0;
    for line in threats.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [threat, _, named] = cells.as_slice() else { continue };
        if !named.starts_with('`') {
            continue;
        }
        rows += 1;
        for name in named.split(',').map(|it| it.trim().trim_matches('`')) {
            assert!(found.contains(name), "{threat:?} names {name}, and there is no such test");
        }
    }
    assert!(rows >= 30, "only {rows} threats");
    let name = "scenario_40_a_card_number_is_refused_wherever_it_is_written";
    assert!(page.contains(name) && found.contains(name));
}
