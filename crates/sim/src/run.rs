//! One seed, from the beginning to the judgement.

use std::path::Path;
use std::sync::Arc;

use engine::{Actor, Clock, Engine, IdempotencyKey, Reader, Request, TestClock};
use gateway::{Connector, Credentials};
use jiff::{SignedDuration, Timestamp};
use receivables::command::{OrderRef, ResolveOrder, Words};
use receivables::gateway::{Gateway, GatewayKind};
use receivables::order::{Order, OrderState};
use receivables::{Command, Document, Kind as Documents};
use worker::reconcile::{self, Listing};
use worker::{Gateways, Options, Parts, Transport, Vault, Worker};

use crate::business::{beginnings, wish};
use crate::chance::Chance;
use crate::connector::{Planted, SimConnector};
use crate::crash::{Crash, Mortal};
use crate::gateway_in_memory::{InMemory, Way};
use crate::judge::{judge, moved};

/// Which kind of gateway is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One that remembers keys.
    WithKeys,
    /// One that does not.
    WithoutKeys,
}

/// A seed whose books and ledger differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The seed.
    pub seed: u64,
    /// What is wrong.
    pub wrong: Vec<String>,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "seed {}: {}", self.seed, self.wrong.join("; "))
    }
}

/// How many times time may pass until everything must be over.
const ROUNDS_MAX: usize = 400;
/// A key for credentials, which are none.
const KEY: &str = "00000000000000000000000000000000000000000000000000000000000000ff";

/// Runs one seed.
///
/// # Errors
///
/// [`Failed`].
pub fn run(seed: u64, kind: Kind, planted: Planted) -> Result<(), Failed> {
    let fail = |wrong: String| Failed { seed, wrong: vec![wrong] };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| fail(error.to_string()))?;
    let directory = tempfile::tempdir().map_err(|error| fail(error.to_string()))?;
    let path = directory.path().join("books.db");
    let wrong = runtime.block_on(live(seed, kind, planted, &path)).map_err(fail)?;
    if wrong.is_empty() { Ok(()) } else { Err(Failed { seed, wrong }) }
}

/// The program as it runs between two crashes.
struct Program {
    engine: Engine,
    reader: Arc<dyn Reader>,
    gateways: Arc<Gateways>,
    worker: Worker,
    crash: Arc<Crash>,
}

struct Sim {
    chance: Chance,
    clock: Arc<TestClock>,
    gateway: Arc<InMemory>,
    kind: GatewayKind,
    planted: Planted,
    keys: u64,
    starts: u64,
}

impl Sim {
    fn start(&mut self, path: &Path, crash: &Arc<Crash>) -> Result<Program, String> {
        let mode =
            if path.exists() { store_sqlite::Mode::Write } else { store_sqlite::Mode::Create };
        let opened = store_sqlite::open(path, mode).map_err(|error| error.to_string())?;
        let store = opened.store.ok_or("the file cannot be written")?;
        let store = Mortal { store: Box::new(store), crash: Arc::clone(crash) };
        let clock: Arc<dyn Clock> = Arc::<TestClock>::clone(&self.clock);
        let engine = Engine::start(Box::new(store), clock).map_err(|error| error.to_string())?;
        let reader: Arc<dyn Reader> = opened.reader;
        self.gateway.mortal(crash);
        let (kind, planted, gateway) = (self.kind, self.planted, Arc::clone(&self.gateway));
        let parts = Parts {
            connector: Arc::new(move |_: &Gateway, _: &Credentials| {
                Ok(Arc::new(SimConnector { kind, planted }) as Arc<dyn Connector>)
            }),
            transport: Arc::new(move |_: &str| {
                Ok(Arc::new(Way(Arc::clone(&gateway))) as Arc<dyn Transport>)
            }),
            credentials: |_| &[],
        };
        let vault = Vault::new(KEY).map_err(|error| error.to_string())?;
        let gateways = Arc::new(Gateways::new(parts, Some(vault), Arc::clone(&reader)));
        let options = Options { name: "sim".to_owned(), at_once: 1, ..Options::default() };
        self.starts += 1;
        let worker = Worker::new(
            engine.clone(),
            Arc::clone(&reader),
            Arc::clone(&gateways),
            options,
            self.starts,
        );
        Ok(Program { engine, reader, gateways, worker, crash: Arc::clone(crash) })
    }

    async fn ask(&mut self, program: &Program, command: Command) {
        self.keys += 1;
        let Ok(key) = IdempotencyKey::try_new(&format!("wish {}", self.keys)) else { return };
        let request = Request::new(command, key, Actor::program(Arc::from("sim")), "sim");
        // Refused, or dead: both happen.
        let _ = program.engine.execute(request).await;
    }

    /// The gateway's webhooks of this moment; some are not signed.
    async fn notices(&mut self, program: &Program) -> Result<(), String> {
        let settings = program.reader.settings().map_err(|error| error.to_string())?;
        let Some(gateway) = settings.gateways.first() else { return Ok(()) };
        for telling in self.gateway.tell("USD") {
            let body = serde_json::to_vec(&telling).unwrap_or_default();
            let signed = if self.chance.percent(90) { "yes" } else { "forged" };
            let headers = [("signed".to_owned(), signed.to_owned())];
            let (engine, reader) = (&program.engine, &program.reader);
            let taken =
                worker::notices::take(engine, reader, &program.gateways, gateway, &headers, &body);
            let _ = taken.await;
        }
        Ok(())
    }
}

impl Program {
    fn end(self) {
        self.engine.stop();
    }
}

async fn live(seed: u64, kind: Kind, planted: Planted, path: &Path) -> Result<Vec<String>, String> {
    let begin: Timestamp = "2026-03-02T12:00:00Z".parse().map_err(|_| "no instant")?;
    let clock = Arc::new(TestClock::at(begin));
    let mut chance = Chance::new(seed);
    let with_keys = kind == Kind::WithKeys;
    let gateway = InMemory::new(
        Chance::new(seed ^ 0x5eed),
        Arc::<TestClock>::clone(&clock) as Arc<dyn Clock>,
        with_keys,
    );
    let crash_after = if chance.percent(80) { 1 + chance.below(60) } else { 0 };
    let kind = if with_keys { GatewayKind::Sandbox } else { GatewayKind::CyberSource };
    let mut sim = Sim { chance, clock, gateway, kind, planted, keys: 0, starts: 0 };
    let mut program = sim.start(path, &Crash::after(0))?;
    for command in beginnings(kind) {
        sim.ask(&program, command).await;
    }
    store_credentials(&program).await?;
    program.end();
    program = sim.start(path, &Crash::after(crash_after))?;
    let wishes = 4 + sim.chance.below(6);
    for round in 0..ROUNDS_MAX {
        if round < usize::try_from(wishes).unwrap_or(0) {
            let wanted = wish(&mut sim.chance);
            sim.ask(&program, wanted).await;
        }
        if sim.chance.percent(40) {
            impatience(&mut sim, &program).await?;
        }
        let crash = Arc::clone(&program.crash);
        tokio::select! {
            biased;
            () = crash.wait() => {}
            _ = program.worker.round() => {}
        }
        if !program.crash.is_dead() {
            sim.notices(&program).await?;
        }
        if program.crash.is_dead() {
            program.end();
            let again = if sim.chance.percent(50) { 1 + sim.chance.below(40) } else { 0 };
            program = sim.start(path, &Crash::after(again))?;
            // The claim of the dead runs out.
            sim.clock.advance(SignedDuration::from_secs(121));
            continue;
        }
        let orders = orders(program.reader.as_ref())?;
        let started = u64::try_from(round).unwrap_or(0) >= wishes;
        if started && over(&orders, sim.clock.now(), begin) {
            answer_for_people(&mut sim, &program, &orders).await;
            // What no notice ever told comes out when the gateway's listing is held against the books.
            reconcile(&sim, &program).await;
            if program.crash.is_dead() {
                continue;
            }
            let orders = self::orders(program.reader.as_ref())?;
            if over(&orders, sim.clock.now(), begin) && !orders.iter().any(Order::needs_a_person) {
                break;
            }
        }
        pass(&mut sim, &orders, started);
    }
    let orders = orders(program.reader.as_ref())?;
    let wrong = judge(&orders, program.reader.as_ref(), &sim.gateway, sim.clock.now());
    program.end();
    Ok(wrong)
}

async fn store_credentials(program: &Program) -> Result<(), String> {
    let settings = program.reader.settings().map_err(|error| error.to_string())?;
    let gateway = settings.gateways.first().ok_or("no gateway")?;
    let now = program.engine.clock().now();
    let secret = program.gateways.seal(gateway, &Credentials::default(), now);
    let secret = secret.map_err(|error| error.to_string())?;
    program.engine.put_gateway_secret(secret).await.map_err(|error| format!("{error:?}"))
}

/// Every order there is.
fn orders(reader: &dyn Reader) -> Result<Vec<Order>, String> {
    let mut documents = Vec::new();
    for kind in [Documents::Refund, Documents::Payment] {
        let numbers = reader.page(kind, None, 1_000).map_err(|error| error.to_string())?;
        documents.extend(numbers.into_iter().map(|number| Document { kind, number }));
    }
    reader.orders(&documents).map_err(|error| error.to_string())
}

/// Whether nothing is due, nothing under way, and whatever comes back has come back.
fn over(orders: &[Order], now: Timestamp, begin: Timestamp) -> bool {
    let settled = now.duration_since(begin) > SignedDuration::from_hours(24 * 9);
    settled && orders.iter().all(|order| order.due.is_none() && order.lease.is_none())
}

/// Somebody wants to know about an order now, long before anything is scheduled.
async fn impatience(sim: &mut Sim, program: &Program) -> Result<(), String> {
    let doubtful = orders(program.reader.as_ref())?;
    let doubtful = doubtful.iter().filter(|order| order.state == OrderState::Unknown);
    let documents: Vec<Document> = doubtful.map(|order| order.placed.document).collect();
    if let Some(document) = sim.chance.pick(&documents) {
        sim.clock.advance(SignedDuration::from_secs(20));
        sim.ask(program, Command::HurryOrder(OrderRef::to(document))).await;
    }
    Ok(())
}

async fn reconcile(sim: &Sim, program: &Program) {
    let Ok(settings) = program.reader.settings() else { return };
    let (Some(gateway), Ok(currency)) = (settings.gateways.first(), "USD".parse()) else { return };
    let listing = Listing { rows: sim.gateway.list(currency), span: None };
    let (engine, reader) = (&program.engine, &program.reader);
    let actor = Arc::from("sim");
    // It may die in between; then it is done again.
    let _ = reconcile::reconcile(engine, reader, gateway, listing, true, &actor).await;
}

/// People look at the gateway's own console and say what they see there.
async fn answer_for_people(sim: &mut Sim, program: &Program, orders: &[Order]) {
    let now = sim.clock.now();
    for order in orders.iter().filter(|order| order.needs_a_person()) {
        let out = moved(order, &sim.gateway, now);
        // For a void under way the question is whether it was voided.
        let paid = if order.state == OrderState::Voiding { !out } else { out };
        let command = Command::ResolveOrder(ResolveOrder {
            order: OrderRef::to(order.placed.document),
            paid,
            gateway_id: None,
            words: Words::default(),
        });
        sim.ask(program, command).await;
    }
}

/// Lets time pass: to what is due next, or a while.
fn pass(sim: &mut Sim, orders: &[Order], quickly: bool) {
    let now = sim.clock.now();
    let next = orders.iter().filter_map(|order| order.due).min();
    let wait = match next {
        Some(due) if due > now && sim.chance.percent(70) => due.duration_since(now),
        Some(due) if due <= now => SignedDuration::from_secs(1),
        _ if quickly => SignedDuration::from_hours(12),
        _ => SignedDuration::from_secs(i64::try_from(sim.chance.below(4_000)).unwrap_or(1)),
    };
    sim.clock.advance(wait);
}
