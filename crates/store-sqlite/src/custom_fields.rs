//! Values of custom fields, to look for documents by them: always current, written with the fact that sets them.

use receivables::Kind;
use receivables::labels::{FieldName, Labeled};
use rusqlite::Connection;

use crate::codec::{Db, int, number};
use crate::rows;

/// Writes the values that a document has from now on, instead of those before.
pub(crate) fn write(conn: &Connection, labeled: &Labeled) -> Db<()> {
    let of = labeled.document;
    let sql = "DELETE FROM custom_field_value WHERE kind = ?1 AND number = ?2";
    conn.prepare_cached(sql)?.execute((of.kind as u8, int(of.number)))?;
    let sql = "INSERT INTO custom_field_value (kind, field, value, number) VALUES (?1, ?2, ?3, ?4)";
    let mut insert = conn.prepare_cached(sql)?;
    for (field, value) in &labeled.custom_fields {
        insert.execute((of.kind as u8, field.as_str(), value.as_filter(), int(of.number)))?;
    }
    Ok(())
}

/// Numbers up to `end` of documents of a kind with a value, newest first.
pub(crate) fn page(
    conn: &Connection,
    kind: Kind,
    (field, value): (&FieldName, &str),
    end: u64,
    limit: usize,
) -> Db<Vec<u64>> {
    let sql = "SELECT number FROM custom_field_value WHERE kind = ?1 AND field = ?2 AND value = ?3 \
               AND number <= ?4 ORDER BY number DESC LIMIT ?5";
    let parameters = (kind as u8, field.as_str(), value, int(end), int(limit as u64));
    rows::all(conn, sql, parameters, |row| number(row, 0))
}
