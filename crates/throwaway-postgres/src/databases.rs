//! Making, copying and dropping databases.

use std::process::Stdio;

use crate::error::checked;
use crate::{Cluster, Error};

/// The database that is always there; statements about others are run in it.
const MAINTENANCE: &str = "postgres";

impl Cluster {
    /// Makes an empty database.
    ///
    /// # Errors
    ///
    /// [`Error::Program`], for one if it is there.
    pub fn create(&self, database: &str) -> Result<(), Error> {
        self.maintain(&format!("CREATE DATABASE {}", identifier(database)))
    }

    /// Makes a database that is a copy of another one that nobody is connected to; the fastest way.
    ///
    /// # Errors
    ///
    /// [`Error::Program`], for one if somebody stays connected to `template`.
    pub fn clone_from(&self, template: &str, database: &str) -> Result<(), Error> {
        let (template, database) = (identifier(template), identifier(database));
        // Copying files costs two checkpoints, which are nothing without fsync.
        let strategy = if self.settings().is_fast() { "FILE_COPY" } else { "WAL_LOG" };
        self.maintain(&format!(
            "CREATE DATABASE {database} TEMPLATE {template} STRATEGY {strategy}"
        ))
    }

    /// Makes a database that holds what is committed in another one, by `pg_dump`. Whoever is
    /// connected to that one does not notice.
    ///
    /// # Errors
    ///
    /// [`Error::Program`].
    pub fn copy(&self, from: &str, database: &str) -> Result<(), Error> {
        self.create(database)?;
        let mut dump = self.program("pg_dump");
        dump.args(["-d", from]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut dump = dump.spawn().map_err(Error::system("pg_dump"))?;
        let mut restore = self.program("psql");
        restore.args(["-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-d", database]);
        if let Some(stdout) = dump.stdout.take() {
            restore.stdin(stdout);
        }
        let restored = restore.output().map_err(Error::system("psql"))?;
        let dumped = dump.wait_with_output().map_err(Error::system("pg_dump"))?;
        checked("pg_dump", &dumped)?;
        checked("psql", &restored)
    }

    /// Drops a database, also if somebody is connected to it; nothing happens if it is not there.
    ///
    /// # Errors
    ///
    /// [`Error::Program`].
    pub fn drop(&self, database: &str) -> Result<(), Error> {
        self.maintain(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", identifier(database)))
    }

    /// Whether there is a database of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Program`].
    pub fn has(&self, database: &str) -> Result<bool, Error> {
        let sql = format!("SELECT 1 FROM pg_database WHERE datname = {}", literal(database));
        Ok(!self.sql(MAINTENANCE, &sql)?.is_empty())
    }

    /// Breaks every connection to a database, and answers how many there were.
    ///
    /// # Errors
    ///
    /// [`Error::Program`].
    pub fn terminate_backends(&self, database: &str) -> Result<usize, Error> {
        self.terminate(database, "ALL")
    }

    /// Breaks one connection to a database, any; `false` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Program`].
    pub fn terminate_random_backend(&self, database: &str) -> Result<bool, Error> {
        Ok(self.terminate(database, "1")? > 0)
    }

    fn terminate(&self, database: &str, limit: &str) -> Result<usize, Error> {
        let sql = format!(
            "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity \
             WHERE datname = {} AND pid <> pg_backend_pid() \
             AND backend_type = 'client backend' ORDER BY random() LIMIT {limit}) AS chosen",
            literal(database)
        );
        Ok(self.sql(MAINTENANCE, &sql)?.lines().filter(|done| *done == "t").count())
    }

    fn maintain(&self, sql: &str) -> Result<(), Error> {
        self.sql(MAINTENANCE, sql).map(drop)
    }
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
