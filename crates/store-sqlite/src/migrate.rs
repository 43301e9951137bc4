//! The schema and its changes: expand, fill, contract.
//!
//! *Expand* adds what the new schema needs beside the old, when a program first opens the file for
//! writing. *Fill* copies what is there in slices, with every write-back, while the server works; both
//! are kept up to date meanwhile. *Contract* takes away what only the old schema needs; it is asked for
//! (`quittance migrate --contract`), because a program of the old schema cannot open the file after it.
//! `user_version` says what the oldest program is that can.

use std::path::Path;

use rusqlite::Connection;

use crate::OpenError;
use crate::account_words;
use crate::codec::{Db, int, number};
use crate::rows::one;
use crate::states::{meta, put_meta};

/// The schema this program works with.
pub(crate) const SCHEMA: i64 = 2;

const BOOKS: &str = include_str!("../migrations/0001_books.sql");
const EXPAND: &str = include_str!("../migrations/0002_expand.sql");
const CONTRACT: &str = include_str!("../migrations/0002_contract.sql");
const OLD_FILE: &str = include_str!("../migrations/0002_old_file.sql");
/// In `meta`: up to which entry the new schema was kept up to date. A program of the old one does not.
pub(crate) const NEW_FOLDED: &str = "open_due_folded";
/// Rows copied with one write-back.
const SLICE: i64 = 20_000;
/// Accounts whose names are taken with one write-back: each has several words, on as many pages.
const NAMES_SLICE: i64 = 2_000;

/// What the file holds of the two schemas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Only the old one: opened for reading by a program that changes nothing.
    Old,
    /// Both; the new one is being filled.
    Filling,
    /// Both; the new one is complete.
    Filled,
    /// Only the new one.
    #[default]
    New,
}

impl Layout {
    /// Finds out.
    pub(crate) fn of(conn: &Connection) -> Db<Self> {
        if !has_table(conn, "open_invoice_due")? {
            return Ok(Self::Old);
        }
        if !has_table(conn, "open_invoice")? {
            return Ok(Self::New);
        }
        let position = one(conn, "SELECT account_no FROM filling", [], |row| number(row, 0))?;
        let filling = position.is_some() || names_position(conn)?.is_some();
        Ok(if filling { Self::Filling } else { Self::Filled })
    }

    pub(crate) const fn has_old(self) -> bool {
        !matches!(self, Self::New)
    }

    pub(crate) const fn has_new(self) -> bool {
        !matches!(self, Self::Old)
    }

    /// Whether the new table holds everything.
    pub(crate) const fn reads_new(self) -> bool {
        matches!(self, Self::Filled | Self::New)
    }
}

/// The last account whose name was taken; none if all are.
fn names_position(conn: &Connection) -> Db<Option<u64>> {
    one(conn, "SELECT account_no FROM word_filling", [], |row| number(row, 0))
}

fn has_table(conn: &Connection, name: &str) -> Db<bool> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(one(conn, sql, [name], |_| Ok(()))?.is_some())
}

/// For a connection that only reads: has a file of the old schema answer the questions of the new one.
pub(crate) fn stand_in(conn: &Connection) -> Db<()> {
    if has_table(conn, "account_state")? && !has_table(conn, "gateway_fact")? {
        conn.execute_batch(OLD_FILE)?;
    }
    Ok(())
}

/// From now on a program of the old schema cannot open the file; see [`engine::ends_schema_1`].
/// Part of the transaction that is open.
pub(crate) fn end_old_schema(conn: &Connection) -> Db<()> {
    Ok(conn.pragma_update(None, "user_version", SCHEMA)?)
}

/// The schema version of the file; 0 if it is empty.
pub(crate) fn version(conn: &Connection, path: &Path) -> Result<i64, OpenError> {
    let not_ours = |reason: String| OpenError::NotOurs { path: path.to_owned(), reason };
    let ask = |sql| conn.query_row(sql, [], |row| row.get(0));
    let version: i64 = ask("PRAGMA user_version").map_err(|error| not_ours(error.to_string()))?;
    let tables: i64 =
        ask("SELECT count(*) FROM sqlite_schema").map_err(|error| not_ours(error.to_string()))?;
    match version {
        1..=SCHEMA => Ok(version),
        0 if tables == 0 => Ok(0),
        0 => Err(not_ours("it has no schema version".to_owned())),
        found => Err(OpenError::TooNew { path: path.to_owned(), found, known: SCHEMA }),
    }
}

/// Makes the schema of an empty file.
pub(crate) fn create(conn: &Connection) -> rusqlite::Result<()> {
    let sql =
        format!("BEGIN;\n{BOOKS}\n{EXPAND}\n{CONTRACT}\nPRAGMA user_version = {SCHEMA};\nCOMMIT;");
    conn.execute_batch(&sql)
}

/// Adds what the new schema needs to a file of the old one. Begins anew if a program of the old one
/// wrote to it since.
pub(crate) fn expand(conn: &Connection) -> Db<()> {
    let layout = Layout::of(conn)?;
    let transaction = conn.unchecked_transaction()?;
    let folded = meta(&transaction, "folded")?;
    if layout == Layout::Old {
        tracing::info!("the database is of an older release; it is brought up to date while used");
        transaction.execute_batch(EXPAND)?;
    } else if layout.has_old() && meta(&transaction, NEW_FOLDED)? != folded {
        tracing::info!("an older release wrote meanwhile; the new schema is filled again");
        transaction.execute_batch(
            "DELETE FROM open_invoice_due; DELETE FROM filling; INSERT INTO filling VALUES (0, 0); \
             DELETE FROM account_word; DELETE FROM word_filling; INSERT INTO word_filling VALUES (0);",
        )?;
    }
    if layout.has_old() {
        put_meta(&transaction, NEW_FOLDED, folded)?;
    }
    Ok(transaction.commit()?)
}

/// Copies the next slice; the caller holds the transaction. True when there is nothing left to copy.
pub(crate) fn fill(conn: &Connection) -> Db<bool> {
    let position = one(conn, "SELECT account_no FROM filling", [], |row| number(row, 0))?;
    let done = if position.is_some() { fill_open(conn)? } else { fill_names(conn)? };
    // The names come last, and may be there already.
    let done = done && names_position(conn)?.is_none();
    if done {
        tracing::info!("the new schema is filled; quittance migrate --contract removes the old");
    }
    Ok(done)
}

fn fill_names(conn: &Connection) -> Db<bool> {
    let Some(after) = names_position(conn)? else { return Ok(true) };
    let Some(last) = account_words::fill(conn, after, NAMES_SLICE)? else {
        conn.execute("DELETE FROM word_filling", [])?;
        return Ok(true);
    };
    tracing::debug!(last, "filling the words of names");
    conn.execute("UPDATE word_filling SET account_no = ?1", [int(last)])?;
    Ok(false)
}

fn fill_open(conn: &Connection) -> Db<bool> {
    let copied = conn.execute(
        "INSERT OR IGNORE INTO open_invoice_due \
         SELECT o.account_no, i.due_date, i.invoice_date, o.invoice_no \
         FROM (SELECT account_no, invoice_no FROM open_invoice \
               WHERE (account_no, invoice_no) > (SELECT account_no, invoice_no FROM filling) \
               ORDER BY account_no, invoice_no LIMIT ?1) o JOIN invoice i USING (invoice_no)",
        [SLICE],
    )?;
    let last = "SELECT account_no, invoice_no FROM (SELECT account_no, invoice_no FROM open_invoice \
                WHERE (account_no, invoice_no) > (SELECT account_no, invoice_no FROM filling) \
                ORDER BY account_no, invoice_no LIMIT ?1) \
                ORDER BY account_no DESC, invoice_no DESC LIMIT 1";
    let last = one(conn, last, [SLICE], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    match last {
        Some((account, invoice)) => {
            tracing::debug!(copied, account, invoice, "filling the new schema");
            conn.execute(
                "UPDATE filling SET account_no = ?1, invoice_no = ?2",
                (account, invoice),
            )?;
            Ok(false)
        }
        None => {
            conn.execute("DELETE FROM filling", [])?;
            Ok(true)
        }
    }
}

/// Takes away what only the old schema needs. The caller made sure that everything is copied.
pub(crate) fn contract(conn: &Connection) -> Db<()> {
    let sql = format!("BEGIN;\n{CONTRACT}\nPRAGMA user_version = {SCHEMA};\nCOMMIT;");
    Ok(conn.execute_batch(&sql)?)
}
