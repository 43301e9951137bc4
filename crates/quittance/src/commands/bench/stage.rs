//! Everything a run needs, and its rounds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Clock as _, Engine, SystemClock};

use super::anchors::{self, Databases};
use super::cluster::Cluster;
use super::load::{Load, Target, Turn};
use super::results::{BooksFigures, Case, Door, Results};
use super::server::Servers;
use super::{in_process, load, prepare, store};
use crate::cli::{Bench, Store};
use crate::commands::verify::bar;
use crate::database::{Database, Mode};
use crate::output::{Done, note, sentence};

/// Connections that send arrays.
const ARRAY_CLIENTS: usize = 8;
/// Callers in the same process.
const IN_PROCESS_CLIENTS: usize = 256;
/// Committers while books are made, and in the same process, unless said otherwise.
const COMMITTERS: usize = 2;

/// Everything a run needs. Fields are dropped in this order: a database goes after who uses it.
pub(super) struct Stage {
    books: Vec<Books>,
    in_process: Option<InProcess>,
    anchors: Option<Databases>,
    cluster: Option<Cluster>,
    directory: PathBuf,
    loads: Vec<Load>,
    servers: Vec<usize>,
    time: Duration,
    turn: Turn,
}

/// Books with their servers.
struct Books {
    servers: Servers,
    key: String,
    figures: BooksFigures,
    place: Place,
}

/// Where books are.
#[derive(Clone)]
enum Place {
    File(PathBuf),
    Postgres(String),
    Elsewhere,
}

/// Books with an engine on them.
struct InProcess {
    engine: Engine,
    history: u64,
}

impl Drop for InProcess {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

impl Stage {
    /// Makes databases, servers and anchors, all warm.
    pub(super) fn set(arguments: &Bench, directory: &Path) -> Done<Self> {
        let cluster = match &arguments.database {
            Some(url) => Some(Cluster::at(url)?),
            None if arguments.no_pgbench && store(arguments) == Store::Sqlite => None,
            None => Cluster::start(directory)?,
        };
        let mut stage = Self {
            books: Vec::new(),
            in_process: None,
            anchors: None,
            cluster,
            directory: directory.to_owned(),
            loads: loads(arguments),
            servers: arguments.servers.clone(),
            time: Duration::from_secs(arguments.seconds.max(1)),
            turn: Turn { began: SystemClock.now().as_microsecond(), number: 0 },
        };
        stage.make_books(arguments)?;
        if let Some(cluster) = stage.cluster.as_mut().filter(|_| !arguments.no_pgbench) {
            let accounts = arguments.accounts.max(1);
            stage.anchors = Some(Databases::prepare(cluster, directory, accounts)?);
        }
        stage.warm()?;
        Ok(stage)
    }

    /// The PostgreSQL of the run, if one takes part.
    pub(super) fn cluster(&self) -> Option<&Cluster> {
        self.cluster.as_ref()
    }

    fn make_books(&mut self, arguments: &Bench) -> Done {
        if let (Some(server), Some(key)) = (&arguments.server, &arguments.api_key) {
            let figures = BooksFigures::of(0);
            let servers = Servers::elsewhere(server);
            let key = key.clone();
            self.books.push(Books { servers, key, figures, place: Place::Elsewhere });
            return Ok(());
        }
        let accounts = arguments.accounts.max(1);
        let committers = match store(arguments) {
            Store::Sqlite => 1,
            Store::Postgres => arguments.committers.unwrap_or(COMMITTERS),
        };
        for history in &arguments.histories {
            let place = self.place(store(arguments), &format!("books_{history}"))?;
            let database = self.database(&place)?;
            note(format!("making {accounts} accounts and {history} refunds of history ..."));
            let began = Instant::now();
            let engine = open(&database, committers)?;
            let key = prepare::fill(&engine, accounts, *history);
            engine.stop();
            let prepared_s = began.elapsed().as_secs();
            let figures = BooksFigures { prepared_s, ..BooksFigures::of(*history) };
            let servers = Servers::on(&database, arguments.committers);
            self.books.push(Books { servers, key: key?, figures, place });
        }
        if arguments.in_process {
            let place = self.place(store(arguments), "in_process")?;
            let database = self.database(&place)?;
            let history = arguments.histories.first().copied().unwrap_or(0);
            let engine = open(&database, committers)?;
            self.in_process = Some(InProcess { engine: engine.clone(), history });
            prepare::fill(&engine, accounts, history)?;
        }
        Ok(())
    }

    fn place(&mut self, store: Store, name: &str) -> Done<Place> {
        match (store, &mut self.cluster) {
            (Store::Sqlite, _) => Ok(Place::File(self.directory.join(format!("{name}.db")))),
            (Store::Postgres, Some(cluster)) => Ok(Place::Postgres(cluster.make(name)?)),
            (Store::Postgres, None) => Err(sentence("there is no PostgreSQL to measure on")),
        }
    }

    fn database(&self, place: &Place) -> Done<Database> {
        match (place, &self.cluster) {
            (Place::File(path), _) => Ok(Database::Sqlite(path.clone())),
            (Place::Postgres(name), Some(cluster)) => Ok(Database::Postgres(cluster.url(name))),
            _ => Err(sentence("there is no database to measure on")),
        }
    }

    /// Reads all books once, so that it does not depend on their age who is in memory.
    fn warm(&mut self) -> Done {
        for books in &mut self.books {
            match (&books.place, &self.cluster) {
                (Place::File(path), _) => {
                    let read = std::io::copy(&mut std::fs::File::open(path)?, &mut std::io::sink());
                    books.figures.bytes = read?;
                }
                (Place::Postgres(name), Some(cluster)) => {
                    cluster.warm(name)?;
                    books.figures.bytes = cluster.size(name)?;
                }
                _ => {}
            }
        }
        self.cluster.as_ref().map_or(Ok(()), Cluster::checkpoint)
    }

    /// Measures the anchors and every case once.
    pub(super) fn round(&mut self, results: &mut Results) -> Done {
        let cases = self.cases();
        let bar = bar(cases.len() as u64, "measuring");
        results.anchors.fdatasync.push(anchors::fdatasync(&self.directory)?);
        if let (Some(anchors), Some(cluster)) = (&self.anchors, &self.cluster) {
            results.anchors.pgbench.push(anchors.pgbench(cluster, self.time)?);
            results.anchors.usual.push(anchors.usual(cluster, self.time)?);
        }
        for case in cases {
            self.turn.number += 1;
            let sample = match (case.door, &self.in_process) {
                (Door::InProcess, Some(InProcess { engine, .. })) => {
                    in_process::measure(engine, &case.load, self.turn, self.time)?
                }
                (Door::InProcess, None) => continue,
                (Door::Http(count), _) => {
                    let on = |books: &&mut Books| books.figures.history == case.history;
                    let books = self.books.iter_mut().find(on);
                    let books = books.ok_or_else(|| sentence("there are no such books"))?;
                    let addresses = books.servers.run(count)?;
                    let target = Target { addresses, key: books.key.clone() };
                    load::measure(&target, &case.load, self.turn, self.time)?
                }
            };
            results.add(case, sample);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Every load on every history with the first number of servers; the other numbers of servers on
    /// the first history.
    fn cases(&self) -> Vec<Case> {
        let mut cases = Vec::new();
        for (place, books) in self.books.iter().enumerate() {
            let counts = if place == 0 { self.servers.len() } else { 1 };
            for servers in self.servers.iter().take(counts) {
                let (history, door) = (books.figures.history, Door::Http(*servers));
                let with = |load: &Load| Case { history, door, load: load.clone() };
                cases.extend(self.loads.iter().map(with));
            }
            if let Some(InProcess { history, .. }) = self.in_process.as_ref().filter(|_| place == 0)
            {
                let accounts = self.loads.first().map_or(1, |load| load.accounts);
                let load = Load {
                    clients: IN_PROCESS_CLIENTS,
                    hot: false,
                    array: 1,
                    accounts,
                    electronic: false,
                };
                cases.push(Case { history: *history, door: Door::InProcess, load });
            }
        }
        cases
    }

    /// What is known of the books at the end.
    pub(super) fn books_figures(&self) -> Vec<BooksFigures> {
        let known = self.books.iter().map(|books| BooksFigures {
            start_ms: books.servers.start_ms(),
            resident_kib: books.servers.resident_kib(),
            ..books.figures.clone()
        });
        known.filter(|books| books.bytes > 0).collect()
    }
}

impl BooksFigures {
    fn of(history: u64) -> Self {
        Self { history, prepared_s: 0, bytes: 0, start_ms: None, resident_kib: None }
    }
}

/// An engine on a database, made if it is not there.
pub(super) fn open(database: &Database, committers: usize) -> Done<Engine> {
    let opened = database.open(Mode::Create, committers)?;
    Ok(Engine::start_several(opened.stores, Arc::new(SystemClock))?)
}

fn loads(arguments: &Bench) -> Vec<Load> {
    let mut loads = Vec::new();
    let accounts = arguments.accounts.max(1);
    for clients in &arguments.clients {
        for hot in [false, true] {
            loads.push(Load { clients: *clients, hot, array: 1, accounts, electronic: false });
        }
    }
    let (clients, array) = (ARRAY_CLIENTS, arguments.array);
    loads.push(Load { clients, hot: false, array, accounts, electronic: false });
    loads
}
