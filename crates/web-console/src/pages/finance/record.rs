//! Finding a place in the record: the API knows entries by number only, but they were made one after the other, so a day
//! is found by looking at a few of them.

use jiff::civil::Date;
use serde_json::Value;

use super::unreadable;
use crate::api::Problem;
use crate::parts::{list, text};
use crate::visit::Visit;

/// The number of the newest entry; zero if there is none.
pub(super) async fn newest(visit: &Visit) -> Result<u64, Problem> {
    let page = visit.get("/api/v1/journal?limit=1").await?;
    Ok(list(&page, "entries").first().map_or(0, |entry| count(text(entry, "number"))))
}

/// The number of the last entry that was decided on a day (UTC) or before; zero if there is none. The number of questions
/// grows with the digits of the history, not with its length.
pub(super) async fn last_on(visit: &Visit, day: Date) -> Result<u64, Problem> {
    let day = day.to_string();
    let (mut low, mut high) = (0, newest(visit).await?.saturating_add(1));
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let entry = visit.get(&format!("/api/v1/journal/{}", number(middle))).await?;
        if decided(&entry) <= day.as_str() { low = middle } else { high = middle }
    }
    Ok(low)
}

/// The day an entry was decided on.
fn decided(entry: &Value) -> &str {
    text(entry, "at").get(..10).unwrap_or("")
}

/// A day of a filter; none if it is left out.
pub(super) fn day(visit: &Visit, field: &'static str) -> Result<Option<Date>, Problem> {
    let Some(given) = visit.query.given(field) else { return Ok(None) };
    let wrong = || unreadable(field, "write the day as 2026-11-30");
    given.parse().map(Some).map_err(|_| wrong())
}

/// An entry as it is written.
pub(super) fn number(count: u64) -> String {
    format!("JE-{count:08}")
}

/// An entry by what is written; zero if it is none.
pub(super) fn count(number: &str) -> u64 {
    number.strip_prefix("JE-").and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Where a list goes on that is to begin with an entry.
pub(super) fn cursor(first: u64) -> String {
    format!("I{:08}", first.saturating_add(1))
}
