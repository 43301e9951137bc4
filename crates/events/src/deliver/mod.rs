//! Delivers: follows the history for every endpoint that is enabled.
//!
//! *Shape.* [`Deliverer::run`] looks for endpoints and keeps a task for each ([`serve`](serve::Serving)). Several servers may
//! run one on the same database: a lease in the endpoint's position says which of them delivers, and every write of the
//! position compares versions, so whoever lost the lease finds out at the latest then. An event may be sent twice when a
//! server dies or loses its lease, and never left out: the position only moves behind what was taken, given up, or noted
//! as waiting.

mod lanes;
mod send;
mod serve;
mod waiting;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use engine::{Engine, ReadError, Reader};
use jiff::SignedDuration;
use receivables::{Entry, EntryNo, Settings};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::event::Rendered;
use crate::office::Office;
use crate::records;
use crate::schedule::Schedule;

/// Writes the bodies of the events of an entry, in order.
pub type Render = Arc<dyn Fn(&Entry, &Settings) -> Vec<Rendered> + Send + Sync>;
/// Where chance comes in.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// How events are delivered.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often the history is looked at.
    pub poll: Duration,
    /// When what failed is tried again.
    pub retries: Schedule,
    /// How long a server may be silent before another one takes its endpoints over.
    pub lease: SignedDuration,
    /// After how long a time of nothing but failures an endpoint is disabled.
    pub disable_after: SignedDuration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(200),
            retries: Schedule::default(),
            lease: SignedDuration::from_secs(30),
            disable_after: SignedDuration::from_hours(5 * 24),
        }
    }
}

/// What a deliverer works with.
#[derive(Clone)]
pub struct Parts {
    /// Keeps positions and tells the time.
    pub engine: Engine,
    /// Reads the history.
    pub reader: Arc<dyn Reader>,
    /// Sends.
    pub office: Arc<Office>,
    /// Writes the bodies.
    pub render: Render,
    /// Spreads retries, and makes this server's name.
    pub random: Random,
    /// How.
    pub options: Options,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Parts {
    /// Asks the reader on a thread that may block.
    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Reader) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, Trouble> {
        let reader = Arc::clone(&self.reader);
        let asked = tokio::task::spawn_blocking(move || ask(reader.as_ref())).await;
        asked
            .map_err(|error| Trouble(error.to_string()))?
            .map_err(|error| Trouble(error.to_string()))
    }
}

/// The database cannot be asked or written now. Everything is read again and tried again.
#[derive(Debug)]
struct Trouble(String);

/// Delivers events for every endpoint.
#[derive(Debug)]
pub struct Deliverer {
    parts: Arc<Parts>,
    holder: String,
}

impl Deliverer {
    /// A deliverer; nothing runs yet.
    pub fn new(parts: Parts) -> Self {
        let holder = format!("{:016x}", (parts.random)());
        Self { parts: Arc::new(parts), holder }
    }

    /// Delivers until `stopped` says so; then what is under way is finished, and positions are kept.
    pub async fn run(self, mut stopped: watch::Receiver<bool>) {
        let mut tasks: HashMap<String, JoinHandle<()>> = HashMap::new();
        let (head, known) = watch::channel(EntryNo(0));
        let mut failing = false;
        while !*stopped.borrow() {
            tasks.retain(|_, task| !task.is_finished());
            match self.parts.ask(|it| Ok((records::endpoints(it)?, it.head()?))).await {
                Ok((endpoints, newest)) => {
                    failing = false;
                    head.send_if_modified(|head| std::mem::replace(head, newest) != newest);
                    for endpoint in endpoints.into_iter().map(|stored| stored.body) {
                        if endpoint.disabled.is_none() && !tasks.contains_key(&endpoint.id) {
                            let task = self.serve(&endpoint.id, known.clone(), stopped.clone());
                            tasks.insert(endpoint.id, task);
                        }
                    }
                }
                Err(Trouble(detail)) if !failing => {
                    failing = true;
                    tracing::warn!(detail, "endpoints of events cannot be read; it is tried again");
                }
                Err(_) => {}
            }
            let pause = tokio::time::timeout(self.parts.options.poll, stopped.changed());
            if let Ok(Err(_)) = pause.await {
                break;
            }
        }
        for task in tasks.into_values() {
            let _ = task.await;
        }
    }

    fn serve(
        &self,
        id: &str,
        head: watch::Receiver<EntryNo>,
        stopped: watch::Receiver<bool>,
    ) -> JoinHandle<()> {
        let (parts, holder, id) = (Arc::clone(&self.parts), self.holder.clone(), id.to_owned());
        tokio::spawn(async move {
            match serve::Serving::begin(parts, &id, holder, head).await {
                Ok(Some(serving)) => {
                    if let Err(Trouble(detail)) = serving.run(stopped).await {
                        tracing::warn!(endpoint = id, detail, "delivery stopped; it begins again");
                    }
                }
                // Another server delivers.
                Ok(None) => {}
                Err(Trouble(detail)) => {
                    tracing::warn!(
                        endpoint = id,
                        detail,
                        "delivery cannot begin; it is tried again"
                    );
                }
            }
        })
    }
}
