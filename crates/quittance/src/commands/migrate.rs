//! `quittance migrate`

use serde_json::json;

use crate::cli::{Migrate, Output};
use crate::database::Database;
use crate::output::{Done, Sentence, line, sentence};

pub(crate) fn run(arguments: &Migrate) -> Done {
    let database = &arguments.at.database;
    let found =
        if arguments.check { look(database)? } else { migrate(database, arguments.contract)? };
    let Found { schema, known, filled } = found;
    if arguments.output == Output::Json {
        let done = schema == known;
        line(json!({"schema": schema, "known": known, "filled": filled, "done": done}));
        return Ok(());
    }
    line(match (schema == known, filled) {
        (true, _) => {
            format!("{database} has schema {known}, as this program; nothing is left to do")
        }
        (false, true) => format!(
            "{database} has all that schema {known} needs, and programs of schema {schema} can still \
             work with it; once none of them runs any more: quittance migrate --contract"
        ),
        (false, false) => format!(
            "{database} has schema {schema}, this program knows {known}; a server of this program \
             brings it up to date while it works, or do it now: quittance migrate"
        ),
    });
    Ok(())
}

/// How far the schema of a database is from ours.
struct Found {
    schema: i64,
    known: i64,
    filled: bool,
}

fn sqlite(found: store_sqlite::Migration) -> Found {
    Found { schema: found.schema, known: found.known, filled: found.filled }
}

fn postgres(found: store_postgres::Migration) -> Found {
    Found { schema: found.schema.into(), known: found.known.into(), filled: found.filled }
}

/// Brings the schema up to date and, if asked, removes what only older programs need.
fn migrate(database: &Database, contract: bool) -> Done<Found> {
    Ok(match database {
        Database::Sqlite(path) => sqlite(store_sqlite::migrate(path, contract)?),
        Database::Postgres(url) => {
            postgres(store_postgres::migrate(url, contract).map_err(|error| of(database, error))?)
        }
    })
}

/// Changes nothing.
fn look(database: &Database) -> Done<Found> {
    Ok(match database {
        Database::Sqlite(path) => sqlite(store_sqlite::migration(path)?),
        Database::Postgres(url) => {
            postgres(store_postgres::migration(url).map_err(|error| of(database, error))?)
        }
    })
}

fn of(database: &Database, error: store_postgres::OpenError) -> Sentence {
    sentence(format!("{database}: {error}"))
}
