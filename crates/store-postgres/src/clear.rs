//! Giving up what a database holds.

use std::thread::sleep;
use std::time::Duration;

use crate::OpenError;
use crate::error::Pg;
use crate::link::{Link, Query};
use crate::migrate;
use crate::rows::get;

/// Connections of servers and commands, but ours. Each names itself (`application_name`).
const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
    AND pid <> pg_backend_pid() AND application_name LIKE 'quittance %'";
/// How often, and how far apart, it is looked whether they ended: a connection that was closed just now
/// is still there for a moment.
const LOOKS: u32 = 20;
const APART: Duration = Duration::from_millis(100);

/// Drops every table of ours and makes the schema anew. The books are gone then.
pub(crate) fn clear(link: &mut Link) -> Result<(), OpenError> {
    migrate::check(link)?;
    let mut looks = 0;
    while others(link)? > 0 {
        looks += 1;
        if looks == LOOKS {
            return Err(OpenError::InUse);
        }
        sleep(APART);
    }
    let tables: Vec<&str> = migrate::tables().collect();
    let drop = format!("DROP TABLE IF EXISTS schema_version, {}", tables.join(", "));
    link.script(&drop)?;
    migrate::create(link)
}

fn others(link: &mut Link) -> Pg<i64> {
    let found = link.one(Query::new(OTHERS))?;
    found.first().map_or(Ok(0), |row| get(row, 0))
}
