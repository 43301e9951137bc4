//! `quittance bench`: servers under load over HTTP on loopback, beside anchors of the same run.
//!
//! Absolute figures move with the machine and the hour; ratios to anchors measured in the same round
//! move little. Every round measures the anchors and every case once, interleaved; medians are printed.
//!
//! `--electronic` measures something else: see `electronic`.
//!
//! *Map.* `stage` sets everything up and runs the rounds: `cluster` (PostgreSQL), `anchors`, `prepare`
//! (the books), `server` and `load` (HTTP), `in_process`. `results` keeps the samples; `aims`, `tables`
//! and `plot` show them.

mod aims;
mod anchors;
mod cluster;
mod electronic;
mod figures;
mod in_process;
mod load;
mod machine;
mod plot;
mod prepare;
mod results;
mod server;
mod stage;
mod tables;
#[cfg(test)]
mod tests;

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use engine::Clock as _;

use crate::cli::{Bench, Output, Store};
use crate::database::Database;
use crate::output::{Done, line, note, sentence};

use machine::Machine;
use results::{Results, Settings};
use stage::Stage;

pub(crate) fn run(arguments: &Bench) -> Done {
    check(arguments)?;
    if let Some(file) = &arguments.fill {
        return fill(arguments, file);
    }
    let directory = Directory::make(arguments.directory.as_deref())?;
    if arguments.electronic {
        return electronic::run(
            &directory.0,
            arguments.rounds,
            arguments.seconds,
            arguments.queued,
        );
    }
    let mut stage = Stage::set(arguments, &directory.0)?;
    let mut results = empty(arguments, &stage)?;
    let rounds = arguments.rounds.max(1);
    for round in 1..=rounds {
        note(format!("round {round} of {rounds}"));
        stage.round(&mut results)?;
    }
    results.books = stage.books_figures();
    drop(stage);
    show(arguments, &results)
}

/// Books like those that are measured, to keep.
fn fill(arguments: &Bench, file: &Path) -> Done {
    if file.exists() {
        return Err(sentence(format!("{} is there already; name a new file", file.display())));
    }
    let history = arguments.histories.first().copied().unwrap_or(0);
    let engine = stage::open(&Database::Sqlite(file.to_owned()), 1)?;
    let key = prepare::fill(&engine, arguments.accounts.max(1), history);
    engine.stop();
    line(format!("API key of the administrator: {}", key?));
    Ok(())
}

/// What does not go together.
fn check(arguments: &Bench) -> Done {
    let sqlite = store(arguments) == Store::Sqlite;
    if sqlite && arguments.servers.iter().any(|servers| *servers != 1) {
        return Err(sentence("a SQLite file has one server; --servers is for --store postgres"));
    }
    if sqlite && arguments.committers.is_some_and(|committers| committers != 1) {
        return Err(sentence(
            "a SQLite file has one committer; --committers is for --store postgres",
        ));
    }
    let none = arguments.servers.contains(&0) || arguments.clients.contains(&0);
    if none || arguments.servers.is_empty() || arguments.histories.is_empty() {
        return Err(sentence("--servers, --clients and --histories are lists of numbers from 1"));
    }
    Ok(())
}

fn store(arguments: &Bench) -> Store {
    if arguments.database.is_some() { Store::Postgres } else { arguments.store }
}

fn empty(arguments: &Bench, stage: &Stage) -> Done<Results> {
    let today = || engine::SystemClock.now().strftime("%Y-%m-%d").to_string();
    let cluster = stage.cluster();
    Ok(Results {
        store: store(arguments),
        date: arguments.date.clone().unwrap_or_else(today),
        machine: Machine::here(cluster.map(cluster::Cluster::version).transpose()?),
        settings: Settings {
            rounds: arguments.rounds.max(1),
            seconds: arguments.seconds.max(1),
            accounts: arguments.accounts.max(1),
            committers: arguments.committers,
            postgres: cluster.map(cluster::Cluster::settings).transpose()?.unwrap_or_default(),
        },
        anchors: results::Anchors::default(),
        books: Vec::new(),
        measured: Vec::new(),
    })
}

/// Prints, and writes the files that were asked for.
fn show(arguments: &Bench, results: &Results) -> Done {
    let plots = match &arguments.plots {
        Some(directory) => plot::write(results, directory)?,
        None => Vec::new(),
    };
    let write = |path: &Path, text: String| {
        let failed = |error| sentence(format!("{}: {error}", path.display()));
        std::fs::write(path, text).map_err(failed)
    };
    if let Some(path) = &arguments.save {
        write(path, format!("{:#}\n", results.json()))?;
    }
    if let Some(path) = &arguments.markdown {
        write(path, tables::markdown(results, &plots))?;
    }
    if arguments.output == Output::Json {
        line(results.json());
    } else {
        tables::print(results);
    }
    Ok(())
}

/// A directory of our own, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn make(within: Option<&Path>) -> Done<Self> {
        let within = within.map_or_else(std::env::temp_dir, Path::to_owned);
        let directory = within.join(format!("quittance-bench-{}", std::process::id()));
        let failed = |error| sentence(format!("{}: {error}", directory.display()));
        std::fs::create_dir_all(&directory).map_err(failed)?;
        let made = Self(directory.clone());
        // A throw-away PostgreSQL in it may run as another user.
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&directory, open).map_err(failed)?;
        Ok(made)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
