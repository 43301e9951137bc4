//! The schema and its changes.

use crate::OpenError;
use crate::error::Pg;
use crate::link::{Link, Query};
use crate::rows::get;

/// The schema this program works with.
pub(crate) const SCHEMA: i32 = 1;

const BOOKS: &str = include_str!("../migrations/0001_books.sql");

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

/// Refuses a database whose schema is not ours.
pub(crate) fn check(link: &mut Link) -> Result<(), OpenError> {
    match version(link)? {
        Some(found) if found > SCHEMA => Err(OpenError::TooNew { found, known: SCHEMA }),
        Some(found) if found < SCHEMA => Err(OpenError::TooOld { found, known: SCHEMA }),
        Some(_) => Ok(()),
        None if others(link)? => Err(OpenError::NotOurs),
        None => Err(OpenError::Empty),
    }
}

fn others(link: &mut Link) -> Pg<bool> {
    let sql =
        "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()";
    let found = link.one(Query::new(sql))?;
    let tables: i64 = found.first().map_or(Ok(0), |row| get(row, 0))?;
    Ok(tables > 0)
}

/// Makes the schema in an empty database. Of several servers that start at once, one does it.
pub(crate) fn up_to_date(link: &mut Link) -> Result<(), OpenError> {
    if version(link)?.is_none() {
        if others(link)? {
            return Err(OpenError::NotOurs);
        }
        let table = "CREATE TABLE schema_version (version integer NOT NULL PRIMARY KEY)";
        let script = format!(
            "BEGIN;\n{table};\n{BOOKS}\nINSERT INTO schema_version VALUES ({SCHEMA});\nCOMMIT"
        );
        if let Err(error) = link.script(&script) {
            drop(link.script("ROLLBACK"));
            // Another server was faster.
            if version(link)?.is_none() {
                return Err(error.into());
            }
        }
    }
    check(link)
}
