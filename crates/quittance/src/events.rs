//! The network, the secrets and the options with which events are delivered.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api::App;
use clap::Args;
use events::address::{Target, may_reach};
use events::{Answered, Answering, Carrier, Checking, Deliverer, Office, Options, Parts, Schedule};
use gateway::{Carried, Credentials, HttpMethod, HttpRequest, Secret};
use gateway_http::{Limits, Wire};
use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use worker::{Vault, VaultError};

/// How many hosts connections are kept for.
const HOSTS_MAX: usize = 64;
/// The name under which the vault keeps a secret.
const SECRET: &str = "signing_secret";

/// How events are delivered.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct EventOptions {
    /// Deliver no events; another server on the same database does so
    #[arg(long)]
    pub(crate) no_event_delivery: bool,
    /// Deliver events to private addresses, too, and without TLS to this machine; for tests and closed networks
    #[arg(long)]
    pub(crate) allow_private_endpoints: bool,
    /// For tests: seconds between the attempts to deliver an event, such as 5,300
    #[arg(long, hide = true, value_delimiter = ',', value_parser = clap::value_parser!(u32).range(..=604_800))]
    pub(crate) event_retries: Vec<u32>,
    /// For tests: milliseconds between two looks at the history
    #[arg(long, hide = true, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) event_poll: u16,
}

/// Gives the API the office that sends events, and answers who delivers them; nobody, if that is another server's
/// business, if the books can only be read, or if there is no key to sign with.
pub(crate) fn deliverer(
    app: &mut App,
    vault: Option<Vault>,
    options: &EventOptions,
) -> Option<Deliverer> {
    let private = options.allow_private_endpoints;
    let carrier = Arc::new(Network { wires: Mutex::default(), private });
    let signs = vault.is_some();
    let office = Arc::new(Office::new(carrier, Arc::new(Secrets(vault)), private));
    app.office = Some(Arc::clone(&office));
    if options.no_event_delivery || app.read_only || !signs {
        return None;
    }
    let mut how = Options::default();
    if options.event_poll > 0 {
        how.poll = Duration::from_millis(u64::from(options.event_poll));
    }
    if !options.event_retries.is_empty() {
        let pauses = options.event_retries.iter();
        how.retries = Schedule(
            pauses.map(|seconds| SignedDuration::from_secs(i64::from(*seconds))).collect(),
        );
    }
    Some(Deliverer::new(Parts {
        engine: app.engine.clone(),
        reader: Arc::clone(&app.reader),
        office,
        render: Arc::new(api::render_events),
        // Without chance retries come together, and two servers would take each other for the same one.
        random: Arc::new(|| getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()))),
        options: how,
    }))
}

/// Delivery in the background of a server.
pub(crate) struct Delivering {
    stop: watch::Sender<bool>,
    done: JoinHandle<()>,
}

impl Delivering {
    /// Starts it; needs a runtime.
    pub(crate) fn start(deliverer: Deliverer) -> Self {
        let (stop, stopped) = watch::channel(false);
        Self { stop, done: tokio::spawn(deliverer.run(stopped)) }
    }

    /// Lets it finish what is under way, but not for longer than `patience`: what is cut is delivered again.
    pub(crate) async fn stop(self, patience: Duration) {
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(patience, self.done).await;
    }
}

/// The real network. Connections are kept per host, and each was looked at before it was made.
struct Network {
    wires: Mutex<HashMap<String, Arc<Wire>>>,
    private: bool,
}

impl Network {
    fn wire(&self, target: &Target) -> Result<Arc<Wire>, String> {
        let mut wires = self.wires.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(wire) = wires.get(&target.origin) {
            return Ok(Arc::clone(wire));
        }
        let limits = Limits {
            whole: Duration::from_secs(15),
            reply_bytes: 1024,
            idle_connections: 16,
            ..Limits::default()
        };
        let (secure, private) = (target.secure, self.private);
        let guard = Arc::new(move |address| may_reach(address, secure, private));
        let wire = Arc::new(Wire::guarded(&target.origin, limits, guard)?);
        if wires.len() >= HOSTS_MAX {
            wires.clear();
        }
        wires.insert(target.origin.clone(), Arc::clone(&wire));
        Ok(wire)
    }
}

impl Carrier for Network {
    fn post<'a>(
        &'a self,
        target: &'a Target,
        headers: Vec<(String, String)>,
        body: String,
    ) -> Answering<'a> {
        Box::pin(async move {
            let wire = match self.wire(target) {
                Ok(wire) => wire,
                Err(reason) => return Answered::Nothing(reason),
            };
            let path = target.path.clone();
            let request = HttpRequest { method: HttpMethod::Post, path, headers, body };
            match wire.carry(&request).await {
                Carried::Reply(reply) => Answered::Reply { status: reply.status, body: reply.body },
                Carried::NotSent(reason) | Carried::NoAnswer(reason) => Answered::Nothing(reason),
            }
        })
    }

    fn check<'a>(&'a self, target: &'a Target) -> Checking<'a> {
        Box::pin(async move { self.wire(target)?.find().await })
    }
}

/// The vault of gateways keeps the secrets of endpoints as well; each is sealed for its owner.
struct Secrets(Option<Vault>);

impl Secrets {
    fn vault(&self) -> Result<&Vault, String> {
        self.0.as_ref().ok_or_else(|| {
            "there is no key for the secrets of event endpoints; set QUITTANCE_KEY or --key-file"
                .to_owned()
        })
    }
}

impl events::Vault for Secrets {
    fn seal(&self, owner: &str, secret: &str) -> Result<Vec<u8>, String> {
        let secrets = BTreeMap::from([(SECRET.to_owned(), Secret::new(secret))]);
        self.vault()?.seal(owner, &Credentials(secrets)).map_err(|error| error.to_string())
    }

    fn open(&self, owner: &str, sealed: &[u8]) -> Result<String, String> {
        let opened = self.vault()?.open(owner, sealed).map_err(|error| match error {
            VaultError::CannotOpen(_) => {
                "the secret of the endpoint cannot be opened with this key; \
                                          give the key it was stored with, or roll it"
                    .to_owned()
            }
            other => other.to_string(),
        })?;
        Ok(opened.get(SECRET).to_owned())
    }
}
