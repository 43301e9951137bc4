//! Whether two files hold the same rows, whatever the order they were written in.

use std::path::Path;

use rusqlite::Connection;

use crate::codec::{Db, DbError};

/// Tables that differ between books with the same history: what is beside the history, and how far caches are.
const BESIDE: [&str; 9] = [
    "api_key",
    "api_key_access",
    "audit_block",
    "gateway_secret",
    "side_record",
    "meta",
    "filling",
    "open_invoice",
    // A program of schema 1 wrote none; `verify` holds those that are there against the history.
    "refund_asker",
];

/// Holds every table of the history, and of the balances derived from it, in `file` against `rebuilt`, which was made
/// from the entries of `file`. Answers the first row that is in one of them only.
///
/// # Errors
///
/// What went wrong, in words.
pub fn differs(file: &Path, rebuilt: &Path) -> Result<Option<String>, String> {
    find(file, rebuilt).map_err(|error: DbError| error.to_string())
}

fn find(file: &Path, rebuilt: &Path) -> Db<Option<String>> {
    let conn = Connection::open_in_memory()?;
    for (path, name) in [(file, "here"), (rebuilt, "rebuilt")] {
        conn.execute(&format!("ATTACH ?1 AS {name}"), [path.to_string_lossy()])?;
    }
    let sql =
        "SELECT name FROM rebuilt.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
    let mut statement = conn.prepare(sql)?;
    let names: Vec<String> =
        statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for table in names.iter().filter(|name| !BESIDE.contains(&name.as_str())) {
        for (one, other, what) in [
            ("here", "rebuilt", "is not what the history makes"),
            ("rebuilt", "here", "follows from the history and is missing or another one"),
        ] {
            if let Some(row) = only_in(&conn, table, one, other)? {
                return Ok(Some(format!("{table}: the row {row} {what}")));
            }
        }
    }
    Ok(None)
}

/// The first row of a table that one of the files has and the other has not.
fn only_in(conn: &Connection, table: &str, one: &str, other: &str) -> Db<Option<String>> {
    let sql = format!("SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table} LIMIT 1");
    let mut statement = conn.prepare(&sql)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut shown = Vec::with_capacity(names.len());
    for (place, name) in names.iter().enumerate().take(4) {
        let cell: rusqlite::types::Value = row.get(place)?;
        shown.push(match cell {
            rusqlite::types::Value::Null => format!("{name} none"),
            rusqlite::types::Value::Integer(number) => format!("{name} {number}"),
            rusqlite::types::Value::Real(number) => format!("{name} {number}"),
            rusqlite::types::Value::Text(text) => format!("{name} {text:.40}"),
            rusqlite::types::Value::Blob(_) => format!("{name} ..."),
        });
    }
    Ok(Some(shown.join(", ")))
}
