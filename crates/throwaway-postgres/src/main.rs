//! A PostgreSQL server to try something on: prints the address of an empty database and where the
//! files are, and is gone when its standard input ends or when it is killed.

use std::io::{Read, Write};

use throwaway_postgres::{Cluster, Settings};

/// The name of the database.
const DATABASE: &str = "scratch";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cluster = Cluster::start(&Settings::durable())?;
    cluster.create(DATABASE)?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}\n{}", cluster.url(DATABASE), cluster.directory().display())?;
    stdout.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
