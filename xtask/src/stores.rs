//! The tests that mean the same on every store, run on the other one.

use serde_json::Value;

use crate::shell::{Done, cargo, metadata, say};

/// The crates whose tests make a database, and ask `QUITTANCE_TEST_STORE` which kind.
const CRATES: [&str; 2] = ["testkit", "quittance"];
/// Tests of files stay on SQLite, and their names say so.
const SQLITE_ONLY: &str = "sqlite_";
/// Tests without a database, and tests that name the stores they need themselves.
const ASK_NOT: [&str; 6] = ["fuzz_seeds", "backup", "copy", "migrate", "process_many", "servers"];

/// Runs them on PostgreSQL: the programs that `cargo test --workspace` made, not compiled again.
pub(crate) fn test_on_postgres() -> Done {
    say("the tests that make a database, on PostgreSQL");
    let programs = programs(metadata()?);
    let mut arguments = vec!["test", "--workspace"];
    for program in &programs {
        arguments.extend(["--test", program]);
    }
    cargo(&arguments, &[("QUITTANCE_TEST_STORE", "postgres")])
}

/// The test programs of these crates.
fn programs(metadata: &Value) -> Vec<&str> {
    let named = |value: &Value, names: &[&str]| {
        value.get("name").and_then(Value::as_str).is_some_and(|name| names.contains(&name))
    };
    list(metadata, "packages")
        .filter(|package| named(package, &CRATES))
        .flat_map(|package| list(package, "targets"))
        .filter(|target| list(target, "kind").any(|kind| kind == "test"))
        .filter(|target| !named(target, &ASK_NOT))
        .filter_map(|target| target.get("name")?.as_str())
        .filter(|name| !name.starts_with(SQLITE_ONLY))
        .collect()
}

fn list<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_with_a_database_are_found_and_tests_of_files_left_out() {
        let programs = programs(metadata().unwrap());
        for name in ["properties", "rules", "cli", "process_kill", "http_parallel"] {
            assert!(programs.contains(&name), "{name} is not in {programs:?}");
        }
        for name in ["sqlite_files", "fuzz_seeds", "servers", "cluster", "quittance", "testkit"] {
            assert!(!programs.contains(&name), "{name} is in {programs:?}");
        }
    }
}
