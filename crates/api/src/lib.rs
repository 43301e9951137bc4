//! The JSON door: parse, authorise, one use case, render. No rule and no SQL here.
//!
//! Every operation is registered together with its OpenAPI description (`routes::router`), so the served
//! document and the handlers cannot drift apart.

mod access;
mod auth;
mod body;
mod context;
pub mod desk;
mod history;
mod list;
mod metrics;
mod middleware;
mod of_account;
mod people;
mod problem;
mod routes;
mod standing;
mod views;
mod waiting;
mod walk;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use engine::{Engine, Reader};

pub use access::{Access, OPERATIONS, Operation};
pub use auth::{Keyring, NewKey, new_administrator, new_key};
pub use metrics::Metrics;
pub use people::{Options, People, SecretBox};
pub use routes::document;
pub use views::render_events;

pub(crate) use problem::{ApiError, Problem};

use desk::{DeskError, GatewayDesk};

/// The largest body of a request, in bytes.
pub const BODY_MAX: usize = 1024 * 1024;
/// The largest body of a batch, in bytes.
pub const BATCH_BODY_MAX: usize = 8 * 1024 * 1024;
/// The largest body of a webhook, in bytes.
pub const WEBHOOK_BODY_MAX: usize = 256 * 1024;
/// The largest settlement file, in bytes.
pub const FILE_BODY_MAX: usize = 8 * 1024 * 1024;
/// The most rows a page may have.
pub const PAGE_MAX: usize = 200;

/// What every handler can reach.
#[derive(Clone)]
pub struct App {
    /// Commands go here.
    pub engine: Engine,
    /// Questions go here.
    pub reader: Arc<dyn Reader>,
    /// Who may call.
    pub keys: Arc<Keyring>,
    /// Counters for `/metrics`.
    pub metrics: Arc<Metrics>,
    /// Whether the clock may be moved (`serve --test-clock`).
    pub test_clock: bool,
    /// Whether other servers may write to the database, so that API keys come and go without us.
    pub shared: bool,
    /// Whether commands are refused although the database could be written (`serve --read-only`).
    pub read_only: bool,
    /// Who talks to gateways; without it, what needs one is answered with 503.
    pub desk: Option<Arc<dyn GatewayDesk>>,
    /// Who sends events; without it, what needs it is answered with 503.
    pub office: Option<Arc<events::Office>>,
    /// People who log in, programs with tokens, and how often anybody may ask.
    pub people: Arc<People>,
    stopping: Arc<AtomicBool>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Wires the door to an engine and a reader. Blocks.
    ///
    /// # Errors
    ///
    /// [`engine::ReadError`] if the API keys cannot be read.
    pub fn new(engine: Engine, reader: Arc<dyn Reader>) -> Result<Self, engine::ReadError> {
        let keys = Arc::new(Keyring::load(reader.as_ref())?);
        let metrics = Arc::new(Metrics::default());
        let stopping = Arc::new(AtomicBool::new(false));
        Ok(Self {
            engine,
            reader,
            keys,
            metrics,
            test_clock: false,
            shared: false,
            read_only: false,
            desk: None,
            office: None,
            people: Arc::new(People::new(Options::default())),
            stopping,
        })
    }

    /// From now on `/readyz` says that the server stops, so that a load balancer sends nothing more.
    /// What comes is still answered.
    pub fn announce_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The complete HTTP service.
    pub fn service(self) -> Router {
        routes::service(self)
    }

    /// Who talks to gateways.
    pub(crate) fn desk(&self) -> Result<Arc<dyn GatewayDesk>, ApiError> {
        self.desk.clone().ok_or_else(|| {
            let sentence = "this server does not talk to gateways; start it with a key for their \
                 credentials (see docs/operations.md), or ask another server";
            DeskError::unavailable(sentence).into()
        })
    }

    /// Asks the reader on a thread that may block.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Reader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || ask(reader.as_ref()))
            .await
            .map_err(|error| ApiError::internal(error.to_string()))?
    }

    /// The same for a report that asks for things that only agree at one moment. Reports on one account
    /// or invoice leave out what came after the figures they began with, so they do without; keeping
    /// a moment may hold writers up for as long as a connection takes.
    pub(crate) async fn report<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Reader) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.read(move |reader| match reader.snapshot()? {
            Some(snapshot) => ask(snapshot.as_ref()),
            None => ask(reader),
        })
        .await
    }
}
