//! The schema and its changes: expand, contract.
//!
//! *Expand* adds what the new schema needs, when a program first opens the database for writing; indexes
//! are built beside running servers, and servers of the release before go on. *Contract* takes away what
//! only they need; it is asked for (`quittance migrate --contract`) once none of them runs.
//! `schema_version` says what the oldest program is that can work with the database.

use std::time::Duration;

use engine::StoreErrorKind;
use tokio_postgres::Config;

use crate::error::{Pg, Phase, corrupt};
use crate::link::{Link, Query};
use crate::rows::get;
use crate::sql;
use crate::words;
use crate::{Migration, OpenError};

/// The schema this program works with.
pub(crate) const SCHEMA: i32 = 2;

const BOOKS: &str = include_str!("../migrations/0001_books.sql");
const COLUMNS: &str = include_str!("../migrations/0002_columns.sql");
const TABLES: &str = include_str!("../migrations/0002_tables.sql");
const EXPAND: &str = include_str!("../migrations/0002_expand.sql");
const DRAFTS: &str = include_str!("../migrations/0002_drafts.sql");
const CONTRACT: &str = include_str!("../migrations/0002_contract.sql");
/// Stands in the script where the salt goes.
const SALT: &str = "salt of this database";
/// Held by the server that builds. Asked as text: a prepared question would keep its snapshot, and the
/// building would wait for it.
const TURN: &str = "SELECT version FROM schema_version FOR UPDATE NOWAIT";
/// From here on the words of names are filled.
const BEGIN_WORDS: &str = "DELETE FROM word_filling; INSERT INTO word_filling VALUES (0)";
/// How long a server waits before it asks again whether another one is still building.
const PAUSE: Duration = Duration::from_millis(100);
/// An index that was being built when its program ended is there, and is not valid.
const EXPANDED: &str = "SELECT i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
    WHERE c.relname = 'invoice_state__open_due' AND pg_table_is_visible(c.oid)";

/// The schema version; none if the database has no books.
fn version(link: &mut Link) -> Pg<Option<i32>> {
    let table = "SELECT count(*) FROM information_schema.tables \
                 WHERE table_schema = current_schema() AND table_name = 'schema_version'";
    let found = link.one(Query::new(table))?;
    let tables: i64 = found.first().map_or(Ok(0), |row| get(row, 0))?;
    if tables == 0 {
        return Ok(None);
    }
    let found = link.one(Query::new("SELECT max(version) FROM schema_version"))?;
    found.first().map_or(Ok(None), |row| get(row, 0))
}

/// Refuses a database that is not ours, or of a newer program.
pub(crate) fn check(link: &mut Link) -> Result<i32, OpenError> {
    match version(link)? {
        Some(found) if found > SCHEMA => Err(OpenError::TooNew { found, known: SCHEMA }),
        Some(found) => Ok(found),
        None if others(link)? => Err(OpenError::NotOurs),
        None => Err(OpenError::Empty),
    }
}

/// The tables, with a salt that nobody knows beforehand. It is drawn here, as not all databases draw alike.
fn tables_with_salt() -> Pg<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| corrupt(format_args!("no randomness for the salt of origins: {error}")))?;
    let salt = bytes.iter().fold(String::new(), |salt, byte| salt + &format!("{byte:02x}"));
    Ok(TABLES.replace(SALT, &salt))
}

/// Every table of a new database but `schema_version`.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    let made = [BOOKS, TABLES].into_iter().flat_map(|script| script.split("CREATE TABLE ").skip(1));
    made.filter_map(|rest| rest.split_whitespace().next())
}

fn others(link: &mut Link) -> Pg<bool> {
    let sql =
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()";
    let found = link.one(Query::new(sql))?;
    let tables: i64 = found.first().map_or(Ok(0), |row| get(row, 0))?;
    Ok(tables > 0)
}

/// Whether the tables are there that came with gateways; the columns were added before them.
pub(crate) fn has_gateways(link: &mut Link) -> Pg<bool> {
    let sql = "SELECT count(*) FROM information_schema.tables \
               WHERE table_schema = current_schema() AND table_name = 'gateway_order'";
    let found = link.one(Query::new(sql))?;
    let tables: i64 = found.first().map_or(Ok(0), |row| get(row, 0))?;
    Ok(tables > 0)
}

/// Whether the index of the new schema is there; none if it was left half done.
fn indexed(link: &mut Link) -> Pg<Option<bool>> {
    let found = link.one(Query::new(EXPANDED))?;
    match found.first() {
        Some(row) => Ok(get::<bool>(row, 0)?.then_some(true)),
        None => Ok(Some(false)),
    }
}

/// Whether the words of some names are still missing.
fn fills_words(link: &mut Link) -> Pg<bool> {
    Ok(!link.one(Query::new(sql::WORD_FILLING))?.is_empty())
}

/// Whether the database holds everything the new schema needs.
fn expanded(link: &mut Link) -> Pg<bool> {
    Ok(has_gateways(link)? && indexed(link)? == Some(true) && !fills_words(link)?)
}

/// Makes the schema in an empty database, or adds to an older one what this program needs. Of several
/// servers that start at once, one makes it.
pub(crate) fn up_to_date(link: &mut Link, config: &Config) -> Result<(), OpenError> {
    if version(link)?.is_none() {
        if others(link)? {
            return Err(OpenError::NotOurs);
        }
        create(link)?;
    }
    if check(link)? < SCHEMA {
        expand(link, config)?;
    }
    Ok(())
}

/// Makes the schema of this program in an empty database.
pub(crate) fn create(link: &mut Link) -> Result<(), OpenError> {
    let table = "CREATE TABLE schema_version (version integer NOT NULL PRIMARY KEY)";
    // Nobody else is here yet, so indexes are built within the transaction.
    let expand = format!("{DRAFTS};\n{EXPAND}").replace(" CONCURRENTLY", "");
    let tables = tables_with_salt()?;
    let script = format!(
        "BEGIN;\n{table};\n{BOOKS}\n{COLUMNS}\n{tables}\n{expand};\n{CONTRACT};\n\
         INSERT INTO schema_version VALUES ({SCHEMA});\nCOMMIT"
    );
    if let Err(error) = link.script(&script) {
        drop(link.script("ROLLBACK"));
        // Another server was faster.
        if version(link)?.is_none() {
            return Err(error.into());
        }
    }
    Ok(())
}

/// One server builds; the others wait for it without a statement of theirs running, because building an
/// index concurrently waits for every statement that began before.
fn expand(link: &mut Link, config: &Config) -> Pg<()> {
    if expanded(link)? {
        return Ok(());
    }
    let mut turn = Link::connect(config, crate::SCHEMA_SETTINGS)?;
    while let Err(error) = turn.run(vec![Query::text("BEGIN"), Query::text(TURN)]) {
        if error.kind(Phase::Before) != StoreErrorKind::Conflict {
            return Err(error);
        }
        turn.run(vec![Query::text("ROLLBACK")])?;
        std::thread::sleep(PAUSE);
    }
    let built = build(link);
    turn.run(vec![Query::text("ROLLBACK")])?;
    built
}

fn build(link: &mut Link) -> Pg<()> {
    if expanded(link)? {
        return Ok(());
    }
    tracing::info!(
        "the database is of an older release; it is brought up to date beside running servers"
    );
    if !has_gateways(link)? {
        // One at a time: each waits for the servers on one table only, so nobody waits in a circle.
        for statement in statements(COLUMNS) {
            link.script(statement)?;
        }
        let tables = tables_with_salt()?;
        link.script(&format!("BEGIN;\n{tables}\n{BEGIN_WORDS};\nCOMMIT"))?;
    }
    words::fill(link)?;
    match indexed(link)? {
        Some(true) => return Ok(()),
        Some(false) => {}
        None => link.script("DROP INDEX CONCURRENTLY IF EXISTS invoice_state__open_due")?,
    }
    link.script(DRAFTS)?;
    link.script(EXPAND)
}

/// The statements of a script.
fn statements(script: &str) -> impl Iterator<Item = &str> {
    script.split(';').filter(|statement| statement.contains("ALTER"))
}

/// How far the schema is from ours.
pub(crate) fn state(link: &mut Link) -> Result<Migration, OpenError> {
    let schema = check(link)?;
    let filled = expanded(link)?;
    Ok(Migration { schema, known: SCHEMA, filled })
}

/// Takes away what only the older schema needs.
pub(crate) fn contract(link: &mut Link) -> Result<(), OpenError> {
    check(link)?;
    // Names that servers of the older release gave since are found only now; they do not know the words.
    link.script(BEGIN_WORDS)?;
    words::fill(link)?;
    // The version may be there already: it comes with the first gateway.
    let version = format!("INSERT INTO schema_version VALUES ({SCHEMA}) ON CONFLICT DO NOTHING");
    Ok(link.script(&format!("BEGIN;\n{CONTRACT};\n{version};\nCOMMIT"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_database_has_a_salt_of_its_own() {
        let (one, other) = (tables_with_salt().unwrap(), tables_with_salt().unwrap());
        assert!(TABLES.contains(SALT) && !one.contains(SALT));
        assert_ne!(one, other);
        assert_eq!(one.len(), TABLES.len() - SALT.len() + 64);
    }
}
