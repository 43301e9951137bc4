//! A PostgreSQL server to throw away: started from the installed package, gone with the process.
//!
//! *Shape.* [`Cluster::start`] makes a data directory, starts a server on it that listens on a port of
//! `127.0.0.1` and on a Unix socket, and [`Cluster::url`] names a database of it as any program takes
//! it. SQL is run by the `psql` of the same package, so this crate needs no driver.
//!
//! *Nothing is left.* A small shell process, the reaper, waits for the end of a pipe that only the
//! process that owns the [`Cluster`] holds. Whichever way that process ends, `kill -9` too, the reaper
//! then ends the server and removes its directory.
//!
//! *Rights.* PostgreSQL does not run as root; started by root, it runs as the user `postgres`, else as
//! `nobody`. A superuser of the database can run programs as that user, so a random password is
//! asked for even on `127.0.0.1`.
//!
//! ```no_run
//! # fn main() -> Result<(), throwaway_postgres::Error> {
//! use throwaway_postgres::{Cluster, Settings};
//!
//! let mut cluster = Cluster::start(&Settings::durable().with("commit_delay", "50"))?;
//! cluster.create("books")?;
//! cluster.sql("books", "CREATE TABLE kept (x int)")?;
//! cluster.kill()?;
//! cluster.restart()?;
//! assert_eq!(cluster.sql("books", "SELECT count(*) FROM kept")?, "0");
//! # Ok(())
//! # }
//! ```

mod cluster;
mod databases;
mod error;
mod programs;
mod reaper;
mod server;
mod settings;

pub use cluster::Cluster;
pub use error::Error;
pub use settings::Settings;
