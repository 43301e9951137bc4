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
/// So much of it may be the rows of one result; of a longer one the first are kept.
const ROWS_MAX: usize = ALL_MAX / 4;

/// What is kept.
#[derive(Default)]
pub(crate) struct Kept(Mutex<VecDeque<Thing>>);

struct Thing {
    who: String,
    name: String,
    value: Value,
    weight: usize,
    /// Whether it is all there was.
    whole: bool,
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
        let (weight, whole) = (weight(&value), true);
        things.push_back(Thing {
            who: who.to_owned(),
            name: name.to_owned(),
            value,
            weight,
            whole,
        });
        Self::make_room(&mut things);
    }

    fn make_room(things: &mut VecDeque<Thing>) {
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

    /// Whether something is kept under a name, and if so, whether it is all there was.
    pub(crate) fn whole(&self, who: &str, name: &str) -> Option<bool> {
        self.things().iter().find(|thing| thing.is(who, name)).map(|thing| thing.whole)
    }

    /// Lets go of it.
    pub(crate) fn forget(&self, who: &str, name: &str) {
        self.things().retain(|thing| !thing.is(who, name));
    }

    /// Keeps rows beside those that are there; a row with the same text under `by` takes the place of the earlier one.
    /// `first` is whether there were none before: if there were, and they are gone, or if there are too many, what is kept
    /// is known not to be whole.
    pub(crate) fn add(&self, who: &str, name: &str, rows: &[Value], by: &str, first: bool) {
        let mut things = self.things();
        let place = things.iter().position(|thing| thing.is(who, name));
        let mut thing = place.and_then(|place| things.remove(place)).unwrap_or_else(|| Thing {
            who: who.to_owned(),
            name: name.to_owned(),
            value: Value::Array(Vec::new()),
            weight: 0,
            whole: first,
        });
        if let Value::Array(all) = &mut thing.value {
            let new: HashSet<&str> = rows.iter().map(|row| text(row, by)).collect();
            all.retain(|row| {
                let stays = !new.contains(text(row, by));
                if !stays {
                    thing.weight = thing.weight.saturating_sub(weight(row));
                }
                stays
            });
            for row in rows {
                let heavier = thing.weight + weight(row);
                if heavier > ROWS_MAX {
                    thing.whole = false;
                    break;
                }
                thing.weight = heavier;
                all.push(row.clone());
            }
        }
        things.push_back(thing);
        Self::make_room(&mut things);
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
        kept.add("ada", "run", &[row("A1", "refused"), row("A2", "collected")], "account", true);
        kept.add("ada", "run", &[row("A1", "collected"), row("A3", "refused")], "account", false);
        let expected =
            json!([row("A2", "collected"), row("A1", "collected"), row("A3", "refused")]);
        assert_eq!(kept.get("ada", "run"), Some(expected));
        assert_eq!(kept.whole("ada", "run"), Some(true));
    }

    #[test]
    fn what_lacks_rows_is_known_not_to_be_whole() {
        let kept = Kept::default();
        let row = |account: usize| json!({"account": format!("A{account}"), "why": "x".repeat(ROWS_MAX / 3)});
        kept.add("ada", "run", &[row(1)], "account", true);
        kept.forget("ada", "run");
        kept.add("ada", "run", &[row(2)], "account", false);
        assert_eq!(kept.whole("ada", "run"), Some(false), "the first rows are gone");
        kept.put("eve", "file", json!("a file"));
        kept.add("eve", "run", &[row(1), row(2), row(3), row(4)], "account", true);
        assert_eq!(kept.whole("eve", "run"), Some(false), "there are too many");
        assert_eq!(kept.get("eve", "run").and_then(|it| it.as_array().map(Vec::len)), Some(2));
        assert!(kept.get("eve", "file").is_some(), "nobody else's thing goes for it");
        assert_eq!(kept.whole("eve", "nothing"), None);
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
