//! Finding a place in the record: the API knows entries by number only, but they were made one after the other, so a day
//! is found by looking at a few of them.

use jiff::civil::Date;
use serde_json::Value;

use super::unreadable;
use crate::api::Problem;
use crate::pages::part;
use crate::parts::{code_of, list, text};
use crate::visit::Visit;

/// The number of the newest entry; zero if there is none.
pub(super) async fn newest(visit: &Visit) -> Result<u64, Problem> {
    let page = visit.get("/api/v1/journal?limit=1&changes=false").await?;
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

/// Where a list begins.
pub(super) enum Day {
    /// At the last entry of a day: the page has another address, with its cursor.
    Elsewhere(String),
    /// Where its address says; a file at this cursor, which is empty for the newest.
    Here(String),
}

/// Where a list of entries begins: with the day `on`, unless a page that begins there was turned to already.
pub(super) async fn begins(visit: &Visit) -> Result<Day, Problem> {
    let file = visit.query.get("export") == "csv";
    match day(visit, "on")? {
        Some(day) if file || visit.query.given("cursor").is_none() => {
            let cursor = cursor(last_on(visit, day).await?);
            let here = || Day::Elsewhere(visit.here_with(&[("cursor", &cursor)]));
            Ok(if file { Day::Here(cursor) } else { here() })
        }
        _ => Ok(Day::Here(String::new())),
    }
}

/// Where the API has the entries of an account, or all, narrowed by `what` was done and by these of its parameters, each
/// with what pages call it.
pub(super) fn narrowed(visit: &Visit, names: &[(&str, &str)]) -> String {
    let path = match visit.query.given("account") {
        Some(account) => format!("/api/v1/accounts/{}/history", part(account)),
        None => "/api/v1/journal".to_owned(),
    };
    let given =
        names.iter().filter_map(|(name, page)| Some((*name, visit.query.given(page)?.to_owned())));
    // Commands are written as people write them.
    let what = visit.query.given("what").map(|it| ("command", code_of(it)));
    let filters = given.chain(what).map(|(name, value)| format!("&{name}={}", part(&value)));
    // What each of them changed stands on its own page.
    format!("{path}?changes=false{}", filters.collect::<String>())
}

/// The day an entry was decided on.
fn decided(entry: &Value) -> &str {
    text(entry, "at").get(..10).unwrap_or("")
}

/// A day of a filter; none if it is left out.
pub(in crate::pages) fn day(visit: &Visit, field: &'static str) -> Result<Option<Date>, Problem> {
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
fn cursor(first: u64) -> String {
    format!("I{:08}", first.saturating_add(1))
}
