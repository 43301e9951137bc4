//! The PostgreSQL of a run: thrown away at the end, or one that is there. Every database in it that
//! the bench uses is one it makes; what was there before is left alone.

use std::path::Path;
use std::process::{Command, Stdio};

use throwaway_postgres::{Cluster as Throwaway, Error, Settings};

use crate::output::{Done, note, sentence};

/// Durability as in production; room enough that no checkpoint falls into a measurement by chance.
const SETTINGS: [(&str, &str); 3] =
    [("max_wal_size", "8GB"), ("checkpoint_timeout", "30min"), ("shared_buffers", "1GB")];

/// What is stated beside the figures, as the server says it.
const STATED: &str = "'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', \
                      'max_wal_size', 'checkpoint_timeout'";

/// Tables first, so that indexes are what stays in the buffers if not everything fits.
const PREWARM: &str = "CREATE EXTENSION IF NOT EXISTS pg_prewarm;
    SELECT sum(pg_prewarm(oid::regclass)) FROM (
        SELECT oid FROM pg_class WHERE relkind IN ('r', 'i')
        AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
        ORDER BY relkind DESC, pg_relation_size(oid) DESC) AS relation;";

/// Where the extension is not to be had: every row of every table.
const READ_ALL: &str = "DO $$ DECLARE relation regclass; BEGIN
    FOR relation IN SELECT oid FROM pg_class WHERE relkind = 'r'
        AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    LOOP EXECUTE format('SELECT count(whole.*) FROM %s AS whole', relation); END LOOP; END $$;";

/// A running PostgreSQL.
pub(super) struct Cluster {
    address: Address,
    made: Vec<String>,
    throwaway: Option<Throwaway>,
}

impl Cluster {
    /// Starts one that is thrown away at the end; `None` where PostgreSQL is not installed.
    pub(super) fn start(directory: &Path) -> Done<Option<Self>> {
        note("starting a throw-away PostgreSQL ...");
        let settings = Settings::durable().within(directory);
        let settings =
            SETTINGS.iter().fold(settings, |settings, (name, value)| settings.with(name, value));
        let throwaway = match Throwaway::start(&settings) {
            Ok(throwaway) => throwaway,
            Err(error @ Error::NotInstalled) => {
                note(error);
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let address = Address::parse(&throwaway.url("postgres"))?;
        Ok(Some(Self { address, made: Vec::new(), throwaway: Some(throwaway) }))
    }

    /// One that is there, if the programs `psql` and `pgbench` are and can reach it.
    pub(super) fn at(url: &str) -> Done<Self> {
        let cluster = Self { address: Address::parse(url)?, made: Vec::new(), throwaway: None };
        cluster.sql(&cluster.address.database, "SELECT 1")?;
        Ok(cluster)
    }

    /// Makes an empty database and answers its name.
    pub(super) fn make(&mut self, what: &str) -> Done<String> {
        let name = format!("quittance_bench_{}_{what}", std::process::id());
        self.sql(&self.address.database, &format!("CREATE DATABASE {name}"))?;
        self.made.push(name.clone());
        Ok(name)
    }

    /// Where the product finds a database.
    pub(super) fn url(&self, database: &str) -> String {
        self.address.with(database, true)
    }

    /// One of PostgreSQL's programs, told how to connect.
    pub(super) fn program(&self, name: &str) -> Command {
        let mut command = match &self.throwaway {
            Some(throwaway) => throwaway.program(name),
            None => Command::new(name),
        };
        if let Some(password) = &self.address.password {
            command.env("PGPASSWORD", unescaped(password));
        }
        command
    }

    /// How a program names a database; the password comes another way.
    pub(super) fn named(&self, database: &str) -> String {
        self.address.with(database, false)
    }

    /// Runs SQL and answers what it prints.
    pub(super) fn sql(&self, database: &str, sql: &str) -> Done<String> {
        let mut psql = self.psql(database);
        output(psql.args(["-c", sql])).map(|text| text.trim().to_owned())
    }

    /// Runs a file of SQL with variables.
    pub(super) fn file(&self, database: &str, path: &Path, variables: &[(&str, String)]) -> Done {
        let mut psql = self.psql(database);
        for (name, value) in variables {
            psql.args(["-v", &format!("{name}={value}")]);
        }
        output(psql.arg("-f").arg(path)).map(drop)
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.named(database)]);
        psql.env("PGOPTIONS", "-c client_min_messages=error");
        psql
    }

    /// Reads a database into memory, with statistics and hint bits in order, as a running one has.
    pub(super) fn warm(&self, database: &str) -> Done {
        self.sql(database, "VACUUM ANALYZE")?;
        if let Err(error) = self.sql(database, PREWARM) {
            note(format!("pg_prewarm: {error}; reading every table instead"));
            self.sql(database, READ_ALL)?;
        }
        Ok(())
    }

    /// Begins the rounds with an empty write-ahead log.
    pub(super) fn checkpoint(&self) -> Done {
        // Only a superuser may; without it the rounds still are what they are.
        if let Err(error) = self.sql(&self.address.database, "CHECKPOINT") {
            note(format!("no checkpoint before the rounds: {error}"));
        }
        Ok(())
    }

    /// Bytes a database takes.
    pub(super) fn size(&self, database: &str) -> Done<u64> {
        Ok(self.sql(database, "SELECT pg_database_size(current_database())")?.parse()?)
    }

    /// Its version.
    pub(super) fn version(&self) -> Done<String> {
        self.sql(&self.address.database, "SHOW server_version")
    }

    /// The settings that matter here.
    pub(super) fn settings(&self) -> Done<Vec<String>> {
        let ask = format!(
            "SELECT name || '=' || current_setting(name) FROM pg_settings \
             WHERE name IN ({STATED}) ORDER BY name"
        );
        let text = self.sql(&self.address.database, &ask)?;
        Ok(text.lines().map(ToOwned::to_owned).collect())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.throwaway.is_some() {
            return;
        }
        for name in &self.made {
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            if let Err(error) = self.sql(&self.address.database, &drop) {
                note(format!("the database {name} could not be dropped: {error}"));
            }
        }
    }
}

/// `postgres://user:password@host:port/database?options`, in parts.
#[derive(Debug)]
struct Address {
    /// Scheme and user.
    user: String,
    password: Option<String>,
    /// From the at sign to the slash.
    host: String,
    database: String,
    options: String,
}

impl Address {
    fn parse(url: &str) -> Done<Self> {
        let wrong = || sentence("write --database as postgres://user:password@host:port/database");
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        if !matches!(scheme, "postgres" | "postgresql") {
            return Err(wrong());
        }
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (place, database) = rest.split_once('/').ok_or_else(wrong)?;
        let (user, host) = place.rsplit_once('@').ok_or_else(wrong)?;
        let (user, password) = match user.split_once(':') {
            Some((user, password)) => (user, Some(password.to_owned())),
            None => (user, None),
        };
        Ok(Self {
            user: format!("{scheme}://{user}"),
            password,
            host: host.to_owned(),
            database: database.to_owned(),
            options: if options.is_empty() { String::new() } else { format!("?{options}") },
        })
    }

    fn with(&self, database: &str, secret: bool) -> String {
        let mut url = self.user.clone();
        if let Some(password) = self.password.as_ref().filter(|_| secret) {
            url.push(':');
            url.push_str(password);
        }
        format!("{url}@{}/{database}{}", self.host, self.options)
    }
}

/// A part of an address without its percent signs.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let code = after.get(..2).and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(byte) => bytes.push(byte),
            None => bytes.push(b'%'),
        }
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Runs a program and answers what it prints; its last word on stderr is the error.
pub(super) fn output(command: &mut Command) -> Done<String> {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| sentence(format!("{name}: {error}")))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it failed");
    Err(sentence(format!("{name}: {last}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_and_put_together_for_another_database() {
        let address = Address::parse("postgres://me:s%40cret@db:5433/books?x=1").unwrap();
        assert_eq!(address.with("other", true), "postgres://me:s%40cret@db:5433/other?x=1");
        assert_eq!(address.with("other", false), "postgres://me@db:5433/other?x=1");
        assert_eq!(unescaped(&address.password.unwrap()), "s@cret");
        assert_eq!(unescaped("100%"), "100%");
        for wrong in ["sqlite:x.db", "postgres://db", "postgres://db/books"] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }
}
