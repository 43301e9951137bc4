//! `quittance worker`, and the worker inside `serve`.

use std::sync::Arc;
use std::time::Duration;

use engine::{Clock, Engine, Reader, SystemClock, TestClock};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use worker::{Gateways, Options, Worker, failpoint};

use super::serve::{Stop, logging, runtime};
use crate::cli::Work;
use crate::database::{Database, Mode};
use crate::gateways::gateways;
use crate::output::{Done, line, sentence};

/// A worker in the background of a server.
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
}

impl Background {
    /// Starts it; needs a runtime.
    pub(crate) fn start(
        engine: Engine,
        reader: Arc<dyn Reader>,
        gateways: Arc<Gateways>,
    ) -> Done<Self> {
        let worker = make(engine, reader, gateways, "worker")?;
        let (stop, stopped) = watch::channel(false);
        let done = tokio::spawn(async move { worker.run(stopped).await });
        Ok(Self { stop, done })
    }

    /// Lets it finish what it is at, but not for longer than `patience`: what is left is taken up again.
    pub(crate) async fn stop(self, patience: Duration) {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(patience, self.done).await;
    }
}

fn make(
    engine: Engine,
    reader: Arc<dyn Reader>,
    gateways: Arc<Gateways>,
    name: &str,
) -> Done<Worker> {
    let unique = getrandom::u64().map_err(|error| sentence(error.to_string()))?;
    let options = Options { name: name.to_owned(), ..Options::default() };
    Ok(Worker::new(engine, reader, gateways, options, unique))
}

/// Arms the place `NAME` or `NAME:N` at which a test lets the process die.
pub(crate) fn arm(place: Option<&str>) -> Done {
    let Some(place) = place else { return Ok(()) };
    let (name, nth) = place.split_once(':').unwrap_or((place, "1"));
    let nth = nth.parse().map_err(|_| sentence(format!("--failpoint {place}: no number")))?;
    if !failpoint::PLACES.contains(&name) {
        let known = failpoint::PLACES.join(", ");
        return Err(sentence(format!("--failpoint {name}: it is one of {known}")));
    }
    failpoint::arm(name, nth);
    Ok(())
}

/// A worker of its own, beside servers on the same PostgreSQL.
pub(crate) fn run(arguments: &Work) -> Done {
    logging(&arguments.log, arguments.log_json)?;
    arm(arguments.failpoint.as_deref())?;
    if let Database::Sqlite(_) = &arguments.at.database {
        let why = "a SQLite file is written by one process: the worker runs inside quittance serve; \
                   a worker of its own needs PostgreSQL";
        return Err(sentence(why));
    }
    let vault = arguments.key.vault()?;
    let vault = Some(vault.ok_or_else(|| sentence(worker::VaultError::NoKey))?);
    let opened = arguments.at.database.open(Mode::Write, 1)?;
    let clock: Arc<dyn Clock> = match arguments.clock {
        Some(at) => Arc::new(TestClock::at(at)),
        None => Arc::new(SystemClock),
    };
    let engine = Engine::start_several(opened.stores, clock)?;
    let gateways = gateways(vault, &opened.reader);
    let worker = make(engine.clone(), Arc::clone(&opened.reader), gateways, &arguments.name)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut asked = Stop::listen()?;
        let (stop, stopped) = watch::channel(false);
        line("working");
        let work = tokio::spawn(async move { worker.run(stopped).await });
        asked.wait().await;
        let _ = stop.send(true);
        let _ = work.await;
        Done::Ok(())
    })?;
    engine.stop();
    Ok(())
}
