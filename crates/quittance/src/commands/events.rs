//! `quittance events`

use std::time::Duration;

use serde_json::Value;

use super::roles::words;
use crate::cli::{Events, Output};
use crate::client::{Client, segment};
use crate::interrupt::Interrupt;
use crate::output::{Done, line, table};

/// How often the history is looked at with `--follow`.
const PAUSE: Duration = Duration::from_secs(1);
/// Rows of a page.
const PAGE: usize = 200;

pub(crate) fn run(arguments: &Events) -> Done {
    let client = Client::open(&arguments.connection, false)?;
    let _interrupt = if arguments.follow { Some(Interrupt::says("stopped")?) } else { None };
    let mut filter = String::new();
    for (name, value) in [("account", &arguments.account), ("type", &arguments.kind)] {
        if let Some(value) = value {
            filter.push_str(&format!("&{name}={}", segment(value)));
        }
    }
    let mut after = arguments.after.clone().unwrap_or_else(|| "0.0".to_owned());
    let mut left = arguments.limit.unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    while left > 0 {
        let limit = left.min(PAGE);
        let path = format!("/api/v1/events?after={}&limit={limit}{filter}", segment(&after));
        let page = client.get(&path)?;
        for event in page.get("events").and_then(Value::as_array).into_iter().flatten() {
            left = left.saturating_sub(1);
            match (arguments.connection.output, arguments.follow) {
                // A line per event, for programs that read along.
                (Output::Json, _) => line(event),
                (Output::Table, true) => line(row(event).join("  ")),
                (Output::Table, false) => rows.push(row(event)),
            }
        }
        after = words(&page, "next_cursor");
        if page.get("more").and_then(Value::as_bool).unwrap_or_default() {
            continue;
        }
        if !arguments.follow {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    if !rows.is_empty() {
        table(&["sequence", "time", "type", "account", "document", "actor"], &[], &rows);
    }
    Ok(())
}

fn row(event: &Value) -> Vec<String> {
    let data = event.get("data").cloned().unwrap_or_default();
    vec![
        words(event, "sequence"),
        words(event, "timestamp"),
        words(event, "type"),
        words(event, "account"),
        words(&data, "number"),
        words(event, "actor"),
    ]
}
