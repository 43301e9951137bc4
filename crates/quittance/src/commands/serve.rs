//! `quittance serve`

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use api::App;
use engine::{Clock, Engine, Reader, Role, SystemClock, TestClock};
use store_sqlite::{Mode, Opened};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::cli::Serve;
use crate::database::Database;
use crate::output::{Done, line, note, sentence};

/// How long running requests may take to finish after a signal.
const DRAIN: Duration = Duration::from_secs(10);

pub(crate) fn run(arguments: &Serve) -> Done {
    logging(&arguments.log, arguments.log_json)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let stop = Stop::listen()?;
        let listener = listen(arguments.listen).await?;
        let clock: Arc<dyn Clock> = if arguments.test_clock {
            Arc::new(TestClock::at(SystemClock.now()))
        } else {
            Arc::new(SystemClock)
        };
        let mut app = open(&arguments.at.database, arguments.read_only, clock).await?;
        app.test_clock = arguments.test_clock;
        line(format!("listening on http://{}", listener.local_addr()?));
        serve(app, listener, stop).await
    })
}

/// The runtime of every server in this binary.
pub(crate) fn runtime() -> Done<tokio::runtime::Runtime> {
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

/// Opens the books and makes the first administrator's key if there is none. A database that can
/// only be read is served for reads.
pub(crate) async fn open(database: &Database, read_only: bool, clock: Arc<dyn Clock>) -> Done<App> {
    if read_only {
        // Kept to the end of the process: a reader that serves must not see a writer's file change
        // under it. On media where no lock can be made there is no writer either.
        match store_sqlite::lock(&database.path) {
            Ok(lock) => std::mem::forget(lock),
            Err(error) if is_locked(&error) => return Err(error.into()),
            Err(_) => {}
        }
    }
    let mode = if read_only { Mode::ReadOnly } else { Mode::Create };
    let opened = match store_sqlite::open(&database.path, mode) {
        Err(error) if !read_only && database.path.exists() && !is_locked(&error) => {
            let reading = store_sqlite::open(&database.path, Mode::ReadOnly)
                .map_err(|_| sentence(error.to_string()))?;
            tracing::error!(detail = %error, "the database cannot be written; serving reads only");
            reading
        }
        other => other?,
    };
    let app = app(opened, clock)?;
    first_key(&app).await?;
    Ok(app)
}

/// An API on an open database; without a writing side, commands are refused.
pub(crate) fn app(opened: Opened, clock: Arc<dyn Clock>) -> Done<App> {
    let Opened { store, reader } = opened;
    let engine = match store {
        Some(store) => Engine::start(Box::new(store), clock)?,
        None => Engine::start(Box::new(read_only::ReadOnly), clock)?,
    };
    let reader: Arc<dyn Reader> = reader;
    Ok(App::new(engine, reader)?)
}

fn is_locked(error: &store_sqlite::OpenError) -> bool {
    use store_sqlite::OpenError::{Locked, NotOurs, TooNew};
    matches!(error, Locked(_) | NotOurs { .. } | TooNew { .. })
}

/// Makes the administrator's key on first start, and shows it once.
async fn first_key(app: &App) -> Done {
    if !app.reader.writable() || !app.reader.api_keys()?.is_empty() {
        return Ok(());
    }
    let made =
        api::new_key("administrator", Role::Admin, app.engine.clock().now()).map_err(sentence)?;
    app.engine.put_api_key(made.record).await?;
    app.keys.reload(app.reader.as_ref())?;
    line(format!("administrator's API key (shown once, keep it safe): {}", made.secret));
    Ok(())
}

/// Serves until SIGINT or SIGTERM, then finishes what is running and writes the caches back.
pub(crate) async fn serve(app: App, listener: TcpListener, mut asked: Stop) -> Done {
    let engine = app.engine.clone();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = axum::serve(listener, app.service()).with_graceful_shutdown(async move {
        asked.wait().await;
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
    tokio::task::spawn_blocking(move || engine.stop()).await?;
    tracing::info!("stopped");
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

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

mod read_only {
    //! The writing side of a database that cannot be written: commands and previews are refused.

    use engine::{ApiKey, Gaps, KeyHash, Loaded, Store, StoreError, StoreErrorKind};
    use receivables::context::Numbers;
    use receivables::{Books, Entry, EntryNo, Need};

    pub(super) struct ReadOnly;

    fn refuse<T>() -> Result<T, StoreError> {
        let detail = "the database is open for reading only".to_owned();
        Err(StoreError { kind: StoreErrorKind::ReadOnly, detail })
    }

    impl Store for ReadOnly {
        fn load(&mut self, _: &[Need], _: &[KeyHash]) -> Result<Loaded, StoreError> {
            refuse()
        }
        fn commit(&mut self, _: &[&Entry], _: Books, _: Numbers) -> Result<(), StoreError> {
            refuse()
        }
        fn entries(&mut self, _: &[EntryNo]) -> Result<Vec<Entry>, StoreError> {
            refuse()
        }
        fn adopt_numbers(&mut self, _: Numbers, _: Gaps) -> Result<(), StoreError> {
            refuse()
        }
        fn put_api_key(&mut self, _: &ApiKey) -> Result<(), StoreError> {
            refuse()
        }
    }
}
