//! What is kept between two pages because it is too large to be carried by a form: a file that was looked at and is not
//! confirmed yet, and what became of the rows of a change, to be fetched as a file.
//!
//! In the memory of this server, for whoever sent it, and no more than [`ALL_MAX`] of it: the oldest goes first, and a page
//! that misses something says so. Nothing depends on it: a file is chosen again, and what was done stands in the books.
//! Rejected: a table for it, which would store settlement files beside the history for ever, or need somebody who clears it.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::parts::text;

/// So much is kept, in bytes.
const ALL_MAX: usize = 48 * 1024 * 1024;

/// What is kept.
#[derive(Default)]
pub(crate) struct Kept(Mutex<VecDeque<Thing>>);

struct Thing {
    who: String,
    name: String,
    value: Value,
    weight: usize,
}

impl Thing {
    fn is(&self, who: &str, name: &str) -> bool {
        self.who == who && self.name == name
    }
}

impl Kept {
    fn things(&self) -> MutexGuard<'_, VecDeque<Thing>> {
        // Whoever panicked left whole things behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps something under a name, instead of what had it.
    pub(crate) fn put(&self, who: &str, name: &str, value: Value) {
        let mut things = self.things();
        things.retain(|thing| !thing.is(who, name));
        let weight = weight(&value);
        things.push_back(Thing { who: who.to_owned(), name: name.to_owned(), value, weight });
        let mut all: usize = things.iter().map(|thing| thing.weight).sum();
        while all > ALL_MAX {
            let Some(oldest) = things.pop_front() else { break };
            all -= oldest.weight;
        }
    }

    /// What somebody kept under a name.
    pub(crate) fn get(&self, who: &str, name: &str) -> Option<Value> {
        self.things().iter().find(|thing| thing.is(who, name)).map(|thing| thing.value.clone())
    }

    /// Lets go of it.
    pub(crate) fn forget(&self, who: &str, name: &str) {
        self.things().retain(|thing| !thing.is(who, name));
    }

    /// Keeps rows beside those that are there; a row with the same text under `by` takes the place of the earlier one.
    pub(crate) fn add(&self, who: &str, name: &str, rows: &[Value], by: &str) {
        let new: HashSet<&str> = rows.iter().map(|row| text(row, by)).collect();
        let mut all = match self.get(who, name) {
            Some(Value::Array(all)) => all,
            _ => Vec::new(),
        };
        all.retain(|row| !new.contains(text(row, by)));
        all.extend_from_slice(rows);
        self.put(who, name, Value::Array(all));
    }
}

/// About how much room it takes, in bytes.
fn weight(value: &Value) -> usize {
    const EACH: usize = size_of::<Value>();
    match value {
        Value::String(text) => EACH + text.len(),
        Value::Array(all) => all.iter().fold(EACH, |sum, one| sum + weight(one)),
        Value::Object(all) => {
            all.iter().fold(EACH, |sum, (name, one)| sum + EACH + name.len() + weight(one))
        }
        _ => EACH,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everybody_has_their_own_and_the_last_of_a_name() {
        let kept = Kept::default();
        kept.put("ada", "x", json!(1));
        kept.put("eve", "x", json!(2));
        kept.put("ada", "x", json!(3));
        assert_eq!((kept.get("ada", "x"), kept.get("eve", "x")), (Some(json!(3)), Some(json!(2))));
        kept.forget("ada", "x");
        assert_eq!((kept.get("ada", "x"), kept.get("eve", "y")), (None, None));
    }

    #[test]
    fn rows_are_added_and_a_row_that_comes_again_is_there_once() {
        let kept = Kept::default();
        let row = |account: &str, result: &str| json!({"account": account, "result": result});
        kept.add("ada", "run", &[row("A1", "refused"), row("A2", "collected")], "account");
        kept.add("ada", "run", &[row("A1", "collected"), row("A3", "refused")], "account");
        let expected =
            json!([row("A2", "collected"), row("A1", "collected"), row("A3", "refused")]);
        assert_eq!(kept.get("ada", "run"), Some(expected));
    }

    #[test]
    fn the_oldest_goes_when_there_is_too_much() {
        let kept = Kept::default();
        let large = || Value::String("x".repeat(ALL_MAX / 3));
        for name in ["a", "b", "c"] {
            kept.put("ada", name, large());
        }
        let there = ["a", "b", "c"].map(|name| kept.get("ada", name).is_some());
        assert_eq!(there, [false, true, true]);
        kept.put("ada", "all", Value::String("x".repeat(ALL_MAX)));
        assert!(kept.get("ada", "all").is_none() && kept.get("ada", "c").is_none());
    }
}
