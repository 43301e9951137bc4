//! `quittance bench`: a server under load over HTTP on loopback, beside anchors of the same run.
//!
//! Absolute figures move with the machine and the hour; ratios to anchors measured in the same round
//! move little. Every round measures the anchors and every load once, interleaved; medians are printed.

mod anchors;
mod load;
mod prepare;
mod report;

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::{Bench, Output};
use crate::output::{Done, line, note};

use load::{Load, Target};
use report::Report;

/// Connections that send arrays.
const ARRAY_CLIENTS: usize = 8;

pub(crate) fn run(arguments: &Bench) -> Done {
    let directory = match &arguments.directory {
        Some(directory) => directory.clone(),
        None => std::env::temp_dir().join(format!("quittance-bench-{}", std::process::id())),
    };
    std::fs::create_dir_all(&directory)?;
    let _cleanup = Cleanup(directory.clone());
    let server = match (&arguments.server, &arguments.api_key) {
        (Some(server), Some(key)) => prepare::Server::elsewhere(server, key),
        _ => prepare::start(&directory, arguments)?,
    };
    let postgres = if arguments.no_pgbench { None } else { anchors::Postgres::start(&directory) };
    if postgres.is_none() && !arguments.no_pgbench {
        note("no PostgreSQL binaries found: only the fdatasync anchor is measured");
    }
    let loads = loads(arguments);
    let mut report = Report::default();
    let time = Duration::from_secs(arguments.seconds.max(1));
    for round in 1..=arguments.rounds.max(1) {
        note(format!("round {round} of {}", arguments.rounds.max(1)));
        report.fdatasync.push(anchors::fdatasync(&directory)?);
        if let Some(postgres) = &postgres {
            report.pgbench.push(postgres.measure(time)?);
        }
        for load in &loads {
            let target = Target { address: server.address.clone(), key: server.key.clone() };
            let sample = load::measure(&target, load, round, time)?;
            report.add(load, sample);
        }
    }
    report.server = server.figures();
    if arguments.output == Output::Json {
        line(report.json());
    } else {
        report.print();
    }
    Ok(())
}

fn loads(arguments: &Bench) -> Vec<Load> {
    let mut loads = Vec::new();
    let accounts = arguments.accounts.max(1);
    for clients in &arguments.clients {
        for hot in [false, true] {
            loads.push(Load { clients: *clients, hot, array: 1, accounts });
        }
    }
    loads.push(Load { clients: ARRAY_CLIENTS, hot: false, array: arguments.array, accounts });
    loads
}

/// Removes the throw-away directory at the end.
struct Cleanup(PathBuf);

impl Drop for Cleanup {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
