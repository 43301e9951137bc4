//! Licences, sources and versions of what we depend on, held against `deny.toml`.
//!
//! The same as `cargo deny check bans licenses sources`, which has hundreds of dependencies of its own and takes longer
//! to build than everything here.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::shell::{Done, output, root};

/// What `deny.toml` allows.
struct Rules {
    licences: BTreeSet<String>,
    /// `NAME@VERSION` that may stand beside a newer one.
    older: BTreeSet<String>,
}

/// Names every offence.
pub(crate) fn offences() -> Done<Vec<String>> {
    let path = root().join("deny.toml");
    let text =
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let rules = Rules::read(&text)?;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["metadata", "--format-version", "1", "--locked"]).current_dir(root());
    let metadata: Value = serde_json::from_str(&output(&mut command)?)
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    Ok(rules.check(packages.map_or(&[][..], Vec::as_slice)))
}

impl Rules {
    fn read(text: &str) -> Done<Self> {
        let wrong = |error: String| format!("deny.toml: {error}");
        let rules: toml::Table =
            text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
        let list = |section: &str, name: &str| {
            let found = rules.get(section)?.get(name)?.as_array()?;
            Some(found.clone())
        };
        let licences = list("licenses", "allow").ok_or_else(|| wrong("no licences".to_owned()))?;
        let older = list("bans", "skip").unwrap_or_default();
        let text = |value: &toml::Value| value.as_str().map(str::to_owned);
        Ok(Self {
            licences: licences.iter().filter_map(text).collect(),
            older: older.iter().filter_map(|it| it.get("crate").and_then(text)).collect(),
        })
    }

    fn check(&self, packages: &[Value]) -> Vec<String> {
        let mut found = Vec::new();
        let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for package in packages {
            let text = |field: &str| package.get(field).and_then(Value::as_str);
            let (name, version) = (text("name").unwrap_or("?"), text("version").unwrap_or("?"));
            versions.entry(name).or_default().push(version);
            let licence = text("license").unwrap_or("none");
            if !self.allows(licence) {
                found.push(format!("{name} {version}: its licence is {licence}; see deny.toml"));
            }
            let foreign = |source: &str| !source.ends_with("/crates.io-index");
            if let Some(source) = text("source").filter(|source| foreign(source)) {
                found.push(format!("{name} {version}: comes from {source}, not from crates.io"));
            }
        }
        let known = |name: &str, version: &str| self.older.contains(&format!("{name}@{version}"));
        for (name, there) in &versions {
            let unknown = there.iter().filter(|version| !known(name, version)).count();
            if unknown > 1 {
                found.push(format!(
                    "{name} is there in versions {}; see deny.toml",
                    there.join(", ")
                ));
            }
        }
        for entry in &self.older {
            let (name, version) = entry.split_once('@').unwrap_or((entry, ""));
            if !versions.get(name).is_some_and(|there| there.contains(&version)) {
                found.push(format!("{entry} is gone; take it out of deny.toml"));
            }
        }
        found
    }

    /// Whether an SPDX expression, or the older form with a slash, can be kept with what is allowed.
    fn allows(&self, expression: &str) -> bool {
        let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut at = 0;
        self.any(&words, &mut at) && at == words.len()
    }

    fn any(&self, words: &[&str], at: &mut usize) -> bool {
        let mut allowed = self.every(words, at);
        while words.get(*at) == Some(&"OR") {
            *at += 1;
            allowed |= self.every(words, at);
        }
        allowed
    }

    fn every(&self, words: &[&str], at: &mut usize) -> bool {
        let mut allowed = self.one(words, at);
        while words.get(*at) == Some(&"AND") {
            *at += 1;
            allowed &= self.one(words, at);
        }
        allowed
    }

    fn one(&self, words: &[&str], at: &mut usize) -> bool {
        let word = words.get(*at);
        *at += 1;
        let Some(word) = word else { return false };
        if *word == "(" {
            let allowed = self.any(words, at);
            *at += 1;
            return allowed && words.get(*at - 1) == Some(&")");
        }
        if words.get(*at) != Some(&"WITH") {
            return self.licences.contains(*word);
        }
        let exception = words.get(*at + 1).copied().unwrap_or_default();
        *at += 2;
        self.licences.contains(&format!("{word} WITH {exception}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        let text =
            "[licenses]\nallow = [\"MIT\", \"ISC\"]\n[bans]\nskip = [{ crate = \"a@1.0.0\" }]\n";
        Rules::read(text).unwrap()
    }

    #[test]
    fn a_licence_is_allowed_if_one_of_its_choices_is() {
        let rules = rules();
        for good in [
            "MIT",
            "GPL-3.0 OR MIT",
            "GPL-3.0/MIT",
            "(MIT OR X) AND ISC",
            "Apache-2.0 WITH LLVM-exception OR MIT",
        ] {
            assert!(rules.allows(good), "{good}");
        }
        for bad in
            ["", "none", "GPL-3.0", "MIT AND GPL-3.0", "MIT WITH X", "(MIT", "MIT MIT", "MIT OR"]
        {
            assert!(!rules.allows(bad), "{bad}");
        }
    }

    #[test]
    fn a_foreign_source_a_second_version_and_a_stale_exception_are_named() {
        let package = |name: &str, version: &str, source: Value| serde_json::json!({"name": name, "version": version, "license": "MIT", "source": source});
        let home = Value::from("registry+x/crates.io-index");
        let tidy = [
            package("a", "1.0.0", home.clone()),
            package("a", "2.0.0", home.clone()),
            package("ours", "0.1.0", Value::Null),
        ];
        assert_eq!(rules().check(&tidy), Vec::<String>::new());
        let messy = [
            package("b", "1.0.0", home.clone()),
            package("b", "2.0.0", home),
            package("c", "1.0.0", Value::from("git+x")),
        ];
        assert_eq!(rules().check(&messy).len(), 3);
    }
}
