//! A whole program in a test: a SQLite file, the engine, a worker, real connectors over real
//! connections, and a sandbox gateway at the other end. Time passes on both sides at once, by hand.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use engine::{Clock, Engine, Reader, TestClock};
use gateway::{Carried, Connector, Credentials, HttpMethod, HttpRequest, Secret};
use gateway_http::{Limits, Wire};
use jiff::Timestamp;
use receivables::gateway::{Gateway, GatewayKind};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use worker::{Carrying, Gateways, Options, Parts, Transport, Vault, Worker};

use crate::post::Post;

/// Seals the credentials of these tests.
const KEY: &str = "00000000000000000000000000000000000000000000000000000000000000ff";
/// Signs the webhooks of these tests.
pub(crate) const WEBHOOK_SECRET: &str = "the webhook secret of the tests";
/// The same for CyberSource, which has it in base64.
pub(crate) const WEBHOOK_KEY: &str = "dGhlIHdlYmhvb2sga2V5IG9mIHRoZSB0ZXN0cw==";
/// When every test begins.
const BEGIN: &str = "2026-03-02T12:00:00Z";

/// Runs a scenario.
pub(crate) fn run(scenario: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap().block_on(scenario);
}

/// The connector of that name, as in the table of modes.
pub(crate) fn kind(name: &str) -> GatewayKind {
    match name {
        "sandbox" => GatewayKind::Sandbox,
        "stripe" => GatewayKind::Stripe,
        "cybersource" => GatewayKind::CyberSource,
        "authorizenet" => GatewayKind::AuthorizeNet,
        other => panic!("{other} is no connector"),
    }
}

/// Whether a connector's gateway remembers keys.
pub(crate) const fn has_keys(kind: GatewayKind) -> bool {
    matches!(kind, GatewayKind::Sandbox | GatewayKind::Stripe)
}

/// Whether a connector's gateway tells of everything that happens to a transaction.
pub(crate) const fn tells(kind: GatewayKind) -> bool {
    has_keys(kind)
}

/// How the sandbox calls the dialect.
pub(crate) const fn dialect(kind: GatewayKind) -> &'static str {
    match kind {
        GatewayKind::Sandbox => "plain",
        GatewayKind::Stripe => "stripe",
        GatewayKind::CyberSource => "cybersource",
        GatewayKind::AuthorizeNet => "authorizenet",
    }
}

/// How a test begins.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    /// The token of the card, which may provoke something.
    pub(crate) token: &'static str,
    /// The currency of the account.
    pub(crate) currency: &'static str,
    /// What the payment is of.
    pub(crate) amount: &'static str,
    /// Whether the payment is settled.
    pub(crate) settled: bool,
    /// What is different with the sandbox.
    pub(crate) sandbox: fn(&mut sandbox_gateway::Options),
}

impl Default for Setup {
    fn default() -> Self {
        Self { token: "pm_ok", currency: "USD", amount: "100.00", settled: true, sandbox: |_| {} }
    }
}

/// The program and its gateway.
pub(crate) struct Stage {
    pub(crate) kind: GatewayKind,
    pub(crate) setup: Setup,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) engine: Engine,
    pub(crate) reader: Arc<dyn Reader>,
    pub(crate) gateways: Arc<Gateways>,
    pub(crate) worker: Worker,
    /// Where webhooks arrive.
    pub(crate) post: Arc<Post>,
    /// Where the connector's dialect is spoken.
    pub(crate) url: String,
    pub(crate) keys: AtomicU64,
    sim: Wire,
    _directory: tempfile::TempDir,
}

impl Stage {
    /// An account with a card, and a settled payment of 100.00 USD.
    pub(crate) async fn new(kind: GatewayKind) -> Self {
        Self::with(kind, Setup::default()).await
    }

    /// The same with differences.
    pub(crate) async fn with(kind: GatewayKind, setup: Setup) -> Self {
        let stage = Self::empty(kind, setup).await;
        stage.begin().await;
        stage
    }

    /// Nothing but a gateway that nobody configured yet.
    pub(crate) async fn empty(kind: GatewayKind, setup: Setup) -> Self {
        let begin: Timestamp = BEGIN.parse().unwrap();
        let mut options = sandbox_gateway::Options {
            manual_clock: true,
            clock: Some(begin),
            hang: std::time::Duration::ZERO,
            seed: Some(1),
            ..sandbox_gateway::Options::default()
        };
        (setup.sandbox)(&mut options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(sandbox_gateway::serve(listener, options, std::future::pending()));
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("books.db");
        let opened = store_sqlite::open(&path, store_sqlite::Mode::Create).unwrap();
        let reader: Arc<dyn Reader> = opened.reader;
        let clock = Arc::new(TestClock::at(begin));
        let for_engine: Arc<dyn Clock> = Arc::<TestClock>::clone(&clock);
        let engine = Engine::start(Box::new(opened.store.unwrap()), for_engine).unwrap();
        let vault = Vault::new(KEY).unwrap();
        let gateways = Arc::new(Gateways::new(parts(), Some(vault), Arc::clone(&reader)));
        let post = Post::open(&engine, &reader, &gateways).await;
        let url = match kind {
            GatewayKind::CyberSource => root.clone(),
            other => format!("{root}/{}", dialect(other)),
        };
        let stage = Self {
            kind,
            setup,
            clock,
            worker: another(&engine, &reader, &gateways, 1),
            engine,
            reader,
            gateways,
            post,
            url,
            keys: AtomicU64::new(0),
            sim: Wire::new(&root, Limits::default()).unwrap(),
            _directory: directory,
        };
        stage.listen().await;
        stage
    }

    /// Another worker on the same books.
    pub(crate) fn another_worker(&self, unique: u64) -> Worker {
        another(&self.engine, &self.reader, &self.gateways, unique)
    }

    /// Webhooks go to the post, when they are flushed. CyberSource sends none.
    async fn listen(&self) {
        if self.kind == GatewayKind::CyberSource {
            return;
        }
        let body = json!({"dialect": dialect(self.kind), "url": self.post.url,
                          "secret": WEBHOOK_SECRET, "auto": false});
        self.control("/_sim/webhooks", &body).await;
    }

    /// Steers the sandbox.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Value {
        self.ask(HttpMethod::Post, path, body.to_string()).await
    }

    /// Asks the sandbox.
    pub(crate) async fn look(&self, path: &str) -> Value {
        self.ask(HttpMethod::Get, path, String::new()).await
    }

    async fn ask(&self, method: HttpMethod, path: &str, body: String) -> Value {
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        let request = HttpRequest { method, path: path.to_owned(), headers, body };
        match self.sim.carry(&request).await {
            Carried::Reply(reply) if reply.status == 200 => {
                serde_json::from_str(&reply.body).unwrap()
            }
            other => panic!("{path}: {other:?}"),
        }
    }

    /// The credentials of the connector.
    pub(crate) fn credentials(&self) -> Credentials {
        let sandbox = sandbox_gateway::Options::default();
        let texts: Vec<(&str, String)> = match self.kind {
            GatewayKind::Sandbox => vec![
                ("api_key", "sandbox_key".to_owned()),
                ("webhook_secret", WEBHOOK_SECRET.to_owned()),
            ],
            GatewayKind::Stripe => vec![
                ("secret_key", "sk_test_key".to_owned()),
                ("webhook_secret", WEBHOOK_SECRET.to_owned()),
            ],
            GatewayKind::CyberSource => vec![
                ("merchant_id", sandbox.cybersource_merchant),
                ("key_id", sandbox.cybersource_key_id),
                ("shared_secret", sandbox.cybersource_secret),
                ("webhook_key", WEBHOOK_KEY.to_owned()),
            ],
            GatewayKind::AuthorizeNet => vec![
                ("login", "login".to_owned()),
                ("transaction_key", "key".to_owned()),
                ("signature_key", WEBHOOK_SECRET.to_owned()),
            ],
        };
        let secrets = texts.into_iter().map(|(name, text)| (name.to_owned(), Secret::new(text)));
        Credentials(secrets.collect())
    }
}

fn another(
    engine: &Engine,
    reader: &Arc<dyn Reader>,
    gateways: &Arc<Gateways>,
    unique: u64,
) -> Worker {
    let options = Options { name: "test".to_owned(), ..Options::default() };
    Worker::new(engine.clone(), Arc::clone(reader), Arc::clone(gateways), options, unique)
}

/// As the binary puts it together.
fn parts() -> Parts {
    Parts {
        connector: Arc::new(connector),
        transport: Arc::new(|address: &str| {
            let wire = Wire::new(address, Limits::default())?;
            Ok(Arc::new(Network(wire)) as Arc<dyn Transport>)
        }),
        credentials: |kind| match kind {
            GatewayKind::Sandbox => &["api_key", "webhook_secret"],
            GatewayKind::Stripe => &["secret_key", "webhook_secret"],
            GatewayKind::CyberSource => &["merchant_id", "key_id", "shared_secret", "webhook_key"],
            GatewayKind::AuthorizeNet => &["login", "transaction_key", "signature_key", "currency"],
        },
    }
}

fn connector(gateway: &Gateway, secrets: &Credentials) -> Result<Arc<dyn Connector>, String> {
    let url = gateway.url.as_ref().map(|url| url.as_str());
    Ok(match gateway.kind {
        GatewayKind::Sandbox => Arc::new(gateway_sandbox::connector(secrets, url)?),
        GatewayKind::Stripe => Arc::new(gateway_stripe::connector(secrets, url)?),
        GatewayKind::CyberSource => Arc::new(gateway_cybersource::connector(secrets, url)?),
        GatewayKind::AuthorizeNet => Arc::new(gateway_authorizenet::connector(secrets, url)?),
    })
}

struct Network(Wire);

impl Transport for Network {
    fn carry(&self, request: HttpRequest) -> Carrying<'_> {
        Box::pin(async move { self.0.carry(&request).await })
    }
}
