//! `quittance serve`

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::worker::{Gateways, Vault};
use api::{App, Options, People, SecretBox};
use audit::{Sealer, Signer};
use engine::{Clock, Engine, Store, SystemClock, TestClock};
use events::Deliverer;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::worker::{self, Background};
use crate::cli::Serve;
use crate::database::{Database, Mode, Opened};
use crate::events::{Delivering, deliverer};
use crate::gateways::{Desk, Secrets, gateways};
use crate::output::{Done, line, note, sentence};
use crate::read_only::ReadOnly;

/// How long running requests may take to finish after a signal.
const DRAIN: Duration = Duration::from_secs(10);
/// How long a question to the database may keep a server that has drained.
const LAST_WORD: Duration = Duration::from_secs(2);
/// Committers on PostgreSQL: while one waits for its commit, the other decides.
const COMMITTERS: usize = 2;

pub(crate) fn run(arguments: &Serve) -> Done {
    logging(&arguments.log, arguments.log_json)?;
    let runtime = runtime()?;
    let (stop, listener) = runtime.block_on(async {
        let stop = Stop::listen()?;
        Done::Ok((stop, listen(arguments.listen).await?))
    })?;
    let clock: Arc<dyn Clock> = if arguments.test_clock {
        Arc::new(TestClock::at(SystemClock.now()))
    } else {
        Arc::new(SystemClock)
    };
    let mut app = app(open(arguments)?, clock)?;
    first_key(&runtime, &app)?;
    app.test_clock = arguments.test_clock;
    worker::arm(arguments.failpoint.as_deref())?;
    let vault = arguments.key.vault()?;
    let deliverer = deliverer(&mut app, vault.clone(), &arguments.events);
    app.people = Arc::new(people(arguments, vault.clone()));
    let gateways = desk(&mut app, vault);
    let works = !arguments.no_worker && !app.read_only;
    let gateways = works.then_some(gateways);
    let at = format!("http://{}", listener.local_addr()?);
    line(format!("listening on {at}"));
    line(format!("people work at {at}/console; the first of them is made there with the API key"));
    let grace = Duration::from_secs(u64::from(arguments.grace));
    let sealer = sealer(&app, arguments.key.signer()?);
    serve(runtime, app, Works { gateways, sealer, deliverer }, listener, stop, grace)
}

/// People and programs, as the command line has them.
fn people(arguments: &Serve, vault: Option<Vault>) -> People {
    let door = &arguments.door;
    let mut people = People::new(Options {
        behind_proxy: door.behind_proxy,
        rate_limit: door.rate_limit,
        failure_limit: door.failure_limit,
        session_idle_s: i64::from(door.session_idle_minutes) * 60,
        session_max_s: i64::from(door.session_hours) * 3_600,
    });
    people.secrets = vault.map(|vault| Arc::new(Secrets(vault)) as Arc<dyn SecretBox>);
    people
}

/// What goes on beside the door.
pub(crate) struct Works {
    /// Whose orders a worker carries; none, if another program does.
    pub(crate) gateways: Option<Arc<Gateways>>,
    /// Who seals the history; none, if it can only be read.
    pub(crate) sealer: Option<Arc<Sealer>>,
    /// Who delivers events; none, if another server does, or the books can only be read.
    pub(crate) deliverer: Option<Deliverer>,
}

/// Who seals what the books gain.
pub(crate) fn sealer(app: &App, signer: Option<Signer>) -> Option<Arc<Sealer>> {
    let (engine, reader) = (app.engine.clone(), Arc::clone(&app.reader));
    (!app.read_only).then(|| Arc::new(Sealer::new(engine, reader, signer)))
}

/// Gives the API its desk, and answers the gateways behind it.
pub(crate) fn desk(app: &mut App, vault: Option<Vault>) -> Arc<Gateways> {
    let gateways = gateways(vault, &app.reader);
    app.desk = Some(Arc::new(Desk {
        engine: app.engine.clone(),
        reader: Arc::clone(&app.reader),
        gateways: Arc::clone(&gateways),
    }));
    gateways
}

/// The runtime of every server in this binary.
pub(crate) fn runtime() -> Done<Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Starts the log on stderr.
pub(crate) fn logging(filter: &str, json: bool) -> Done {
    let filter =
        EnvFilter::try_new(filter).map_err(|error| sentence(format!("--log {filter}: {error}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = if json { builder.json().try_init() } else { builder.try_init() };
    started.map_err(|error| sentence(error.to_string()))
}

pub(crate) async fn listen(address: SocketAddr) -> Done<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        sentence(format!("{address} cannot be listened on: {error}; choose another with --listen"))
    })
}

/// Opens the books. A database that can only be read is served for reads.
fn open(arguments: &Serve) -> Done<Opened> {
    let database = &arguments.at.database;
    if arguments.read_only {
        database.keep_writers_out()?;
        return Ok(database.open(Mode::ReadOnly, 0)?);
    }
    let usual = match database {
        Database::Sqlite(_) => 1,
        Database::Postgres(_) => COMMITTERS,
    };
    let committers = arguments.committers.map_or(usual, usize::from);
    Ok(database.open_as_far_as_possible(committers)?)
}

/// An API on an open database; without a writing side, commands are refused.
pub(crate) fn app(opened: Opened, clock: Arc<dyn Clock>) -> Done<App> {
    let Opened { mut stores, reader, shared } = opened;
    let read_only = stores.is_empty();
    if read_only {
        stores.push(Box::new(ReadOnly) as Box<dyn Store>);
    }
    let engine = Engine::start_several(stores, clock)?;
    let mut app = App::new(engine, reader)?;
    (app.shared, app.read_only) = (shared, read_only);
    Ok(app)
}

/// Makes the administrator's key on first start, and shows it once.
fn first_key(runtime: &Runtime, app: &App) -> Done {
    if app.read_only || !app.reader.writable() || !app.reader.api_keys()?.is_empty() {
        return Ok(());
    }
    if app.shared && app.reader.head()?.0 > 0 {
        note(
            "the database holds books, but no API key; if a copy or a restore into it was broken off, \
             stop this server and run that again first",
        );
    }
    let now = app.engine.clock().now();
    let mut made = api::new_administrator("administrator", now).map_err(sentence)?;
    if app.shared {
        // Of several servers that start at once each may make one, and all that were shown shall hold.
        let [first, second, ..] = made.record.hash;
        made.record.name.push_str(&format!("-{first:02x}{second:02x}"));
    }
    runtime.block_on(app.engine.put_api_key(made.record))?;
    app.keys.reload(app.reader.as_ref())?;
    line(format!("administrator's API key (shown once, keep it safe): {}", made.secret));
    Ok(())
}

/// Serves until SIGINT or SIGTERM, then finishes what is running and writes the caches back.
pub(crate) fn serve(
    runtime: Runtime,
    app: App,
    works: Works,
    listener: TcpListener,
    stop: Stop,
    grace: Duration,
) -> Done {
    // Let go of last and outside of the runtime, because that may block.
    let reader = Arc::clone(&app.reader);
    let served = runtime.block_on(until_stopped(app, works, listener, stop, grace));
    runtime.shutdown_timeout(LAST_WORD);
    drop(reader);
    tracing::info!("stopped");
    served
}

/// Once asked to stop, `/readyz` says so at once. New connections are taken for as long as `grace`
/// says, or until it is asked again; then running requests are finished.
async fn until_stopped(
    app: App,
    works: Works,
    listener: TcpListener,
    mut asked: Stop,
    grace: Duration,
) -> Done {
    let engine = app.engine.clone();
    let Works { gateways, sealer, deliverer } = works;
    let delivering = deliverer.map(Delivering::start);
    let sealing = sealer.clone().map(|sealer| tokio::spawn(sealer.run()));
    let worker = match gateways {
        Some(gateways) => {
            Some(Background::start(engine.clone(), Arc::clone(&app.reader), gateways)?)
        }
        None => None,
    };
    let follower = app.shared.then(|| tokio::spawn(app.clone().follow_keys()));
    let sweeper = (!app.read_only).then(|| tokio::spawn(app.clone().sweep()));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let door = app.clone();
    let service =
        web_console::service(app.service()).into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        asked.wait().await;
        door.announce_stop();
        tracing::info!(grace_s = grace.as_secs(), "stopping");
        let _ = tokio::time::timeout(grace, asked.wait()).await;
        let _ = stop.send(());
    });
    let deadline = async {
        let _ = stopped.await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = std::future::IntoFuture::into_future(server) => result?,
        () = deadline => note("some connections did not end in time; they are cut"),
    }
    if let Some(worker) = worker {
        worker.stop(DRAIN).await;
    }
    if let Some(delivering) = delivering {
        delivering.stop(DRAIN).await;
    }
    for beside in [follower, sealing, sweeper].into_iter().flatten() {
        beside.abort();
    }
    if let Some(sealer) = sealer {
        // So that the record has no open end while nothing runs; the next start would do it, too.
        let _ = tokio::time::timeout(LAST_WORD, sealer.seal(false)).await;
    }
    tokio::task::spawn_blocking(move || engine.stop()).await?;
    Ok(())
}

/// SIGINT and SIGTERM. Heard from the moment this is made, so make it before anyone can know of us.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Begins to listen; needs a runtime.
    pub(crate) fn listen() -> Done<Self> {
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns when the next signal comes.
    pub(crate) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
