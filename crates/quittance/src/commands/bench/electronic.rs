//! `quittance bench --electronic`: what an electronic refund costs beside an external one, and what the
//! worker adds of its own. The gateway answers at once, so only our own work is measured. What the
//! rounds queue is drained at the end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use engine::{Actor, Clock, Engine, IdempotencyKey, Reader, Request, SystemClock};
use gateway::{
    Connector, Credentials, Exchange, Finding, Instruction, Notice, Outcome, Question, Receipt,
    Settled, Step, WebhookError, Window,
};
use jiff::Timestamp;
use receivables::command::{AddGateway, AddPaymentMethod};
use receivables::gateway::{Gateway, GatewayKind};
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::refund::RefundType;
use receivables::{AccountNo, Command};
use tokio::sync::watch;
use worker::{Carrying, Gateways, Options, Parts, Transport, Vault, Worker};

use super::load::{self, Load, Target, Turn};
use super::prepare;
use super::server::Servers;
use crate::database::{Database, Mode};
use crate::output::{Done, line, note, sentence};

/// Callers at once, and orders under way at once.
const AT_ONCE: usize = 64;
const ACCOUNTS: u64 = 2_000;
/// A key for credentials, which are none.
const KEY: &str = "00000000000000000000000000000000000000000000000000000000000000ff";

/// Measures on a SQLite file in `directory`: `rounds` of `seconds` each, then a queue of `queued` refunds.
pub(super) fn run(directory: &Path, rounds: usize, seconds: u64, queued: u64) -> Done {
    let database = Database::Sqlite(directory.join("electronic.db"));
    let bench = Bench::open(&database, Mode::Create, 0)?;
    note("making accounts with credit and a card ...");
    bench.prepare()?;
    let key = prepare::api_key(&bench.engine)?;
    let sent = bench.sent.load(Ordering::Relaxed);
    bench.engine.stop();
    drop(bench);
    over_http(&database, &key, rounds, Duration::from_secs(seconds))?;
    let bench = Bench::open(&database, Mode::Write, sent)?;
    let (mut external, mut electronic) = (Vec::new(), Vec::new());
    for round in 1..=rounds.max(1) {
        note(format!("round {round} of {}", rounds.max(1)));
        external.push(bench.create(RefundType::External, Duration::from_secs(seconds))?);
        electronic.push(bench.create(RefundType::Electronic, Duration::from_secs(seconds))?);
    }
    let gateways = bench.gateways()?;
    let (external, electronic) = (median(&mut external), median(&mut electronic));
    compared("without HTTP", external, electronic);
    // The rounds left some.
    bench.fill(queued.saturating_sub(bench.queued.load(Ordering::Relaxed)))?;
    let before = resident_kib();
    let drained = bench.drain(&gateways)?;
    let micros = u64::try_from(drained.time.as_micros()).unwrap_or(u64::MAX);
    let each = micros / drained.orders.max(1);
    line(format!("Draining {} queued refunds, {AT_ONCE} under way:", drained.orders));
    line(format!("  {:>8} per second", drained.orders * 1_000_000 / micros.max(1)));
    line(format!("  {:>8} us of the worker, the engine and the disk for each", each));
    line(format!(
        "  {:>8} us from claim to report, each of the {AT_ONCE} under way",
        each * AT_ONCE as u64
    ));
    let quarters = drained.quarters().map(|kib| format!("{}", kib / 1024)).join(", ");
    line(format!("  memory: {} MiB before, {quarters} MiB after each quarter", before / 1024));
    bench.engine.stop();
    Ok(())
}

/// Creates refunds through a server of its own, as a client would.
fn over_http(database: &Database, key: &str, rounds: usize, time: Duration) -> Done {
    let mut servers = Servers::on(database, None);
    let target = Target { addresses: servers.run(1)?, key: key.to_owned() };
    let mut turn = Turn { began: SystemClock.now().as_microsecond(), number: 0 };
    let mut figures = [Vec::new(), Vec::new()];
    for round in 1..=rounds.max(1) {
        note(format!("over HTTP, round {round} of {}", rounds.max(1)));
        for (electronic, figures) in [false, true].into_iter().zip(&mut figures) {
            turn.number += 1;
            let load =
                Load { clients: AT_ONCE, hot: false, array: 1, accounts: ACCOUNTS, electronic };
            figures.push(load::measure(&target, &load, turn, time)?.per_second);
        }
    }
    let [external, electronic] = &mut figures;
    compared("over HTTP", median(external), median(electronic));
    Ok(())
}

fn compared(how: &str, external: u64, electronic: u64) {
    line(format!(
        "Creating refunds of a credit balance, {AT_ONCE} callers, one command each, {how}:"
    ));
    line(format!("  external    {external:>8} per second"));
    let percent = electronic * 100 / external.max(1);
    line(format!("  electronic  {electronic:>8} per second, {percent} % of it"));
}

fn median(figures: &mut [u64]) -> u64 {
    figures.sort_unstable();
    figures.get(figures.len() / 2).copied().unwrap_or(0)
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
    figure.unwrap_or(0)
}

struct Bench {
    engine: Engine,
    reader: Arc<dyn Reader>,
    sent: AtomicU64,
    /// Electronic refunds created so far.
    queued: AtomicU64,
}

struct Drained {
    orders: u64,
    time: Duration,
    /// Resident memory, every 20 ms.
    kib: Vec<u64>,
}

impl Drained {
    /// Memory at the end of each quarter of the time: flat, if the queue does not matter.
    fn quarters(&self) -> [u64; 4] {
        [1, 2, 3, 4].map(|quarter| {
            let place = (self.kib.len() * quarter / 4).saturating_sub(1);
            self.kib.get(place).copied().unwrap_or(0)
        })
    }
}

impl Bench {
    /// The books; `sent` commands were sent to them before.
    fn open(database: &Database, mode: Mode, sent: u64) -> Done<Self> {
        let opened = database.open(mode, 1)?;
        let engine = Engine::start_several(opened.stores, Arc::new(SystemClock))?;
        let (sent, queued) = (AtomicU64::new(sent), AtomicU64::new(0));
        Ok(Self { engine, reader: opened.reader, sent, queued })
    }

    fn request(&self, command: Command) -> Done<Request> {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let key = IdempotencyKey::try_new(&format!("bench-{number}"))?;
        Ok(Request::new(command, key, Actor::program(Arc::from("bench")), "bench"))
    }

    fn send(&self, commands: Vec<Command>) -> Done {
        let requests = commands.into_iter().map(|command| self.request(command));
        let answers = self.engine.execute_all_blocking(requests.collect::<Done<Vec<_>>>()?)?;
        Ok(answers.into_iter().try_for_each(|answer| answer.map(drop))?)
    }

    fn prepare(&self) -> Done {
        self.send(vec![Command::AddGateway(AddGateway {
            name: "instant".parse().map_err(sentence)?,
            kind: GatewayKind::Sandbox,
            unreferenced_credits: true,
            url: None,
            reference_prefix: None,
            concurrency: None,
            per_second: None,
            default: true,
        })])?;
        for first in (1..=ACCOUNTS).step_by(200) {
            let numbers = first..first + 200;
            self.send(numbers.clone().map(prepare::open_account).collect::<Done<_>>()?)?;
            self.send(numbers.clone().map(prepare::prepay).collect::<Done<_>>()?)?;
            self.send(numbers.map(card).collect::<Done<_>>()?)?;
        }
        Ok(())
    }

    fn refund(&self, kind: RefundType) -> Done<Command> {
        let number = self.sent.load(Ordering::Relaxed);
        let mut command = prepare::refund(number % ACCOUNTS + 1)?;
        if let Command::RefundCreditBalance(refund) = &mut command
            && kind == RefundType::Electronic
        {
            (refund.kind, refund.method_type) = (kind, None);
        }
        Ok(command)
    }

    /// How many are created per second.
    fn create(&self, kind: RefundType, time: Duration) -> Done<u64> {
        let over = AtomicBool::new(false);
        let done = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    scope.spawn(|| {
                        while !over.load(Ordering::Relaxed) {
                            self.send(vec![self.refund(kind)?])?;
                            done.fetch_add(1, Ordering::Relaxed);
                            if kind == RefundType::Electronic {
                                self.queued.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        Done::Ok(())
                    })
                })
                .collect();
            std::thread::sleep(time);
            over.store(true, Ordering::Relaxed);
            for caller in callers {
                caller.join().map_err(|_| sentence("a caller's thread ended"))??;
            }
            Done::Ok(())
        })?;
        Ok(done.into_inner() / time.as_secs().max(1))
    }

    /// Queues so many electronic refunds.
    fn fill(&self, count: u64) -> Done {
        note(format!("queueing {count} electronic refunds ..."));
        for first in (0..count).step_by(1_000) {
            let many =
                (first..(first + 1_000).min(count)).map(|_| self.refund(RefundType::Electronic));
            self.send(many.collect::<Done<_>>()?)?;
        }
        Ok(())
    }

    fn gateways(&self) -> Done<Arc<Gateways>> {
        let parts = Parts {
            connector: Arc::new(|_: &Gateway, _: &Credentials| {
                Ok(Arc::new(AtOnce) as Arc<dyn Connector>)
            }),
            transport: Arc::new(|_: &str| Ok(Arc::new(Nowhere) as Arc<dyn Transport>)),
            credentials: |_| &[],
        };
        let vault = Vault::new(KEY).map_err(sentence)?;
        let gateways = Arc::new(Gateways::new(parts, Some(vault), Arc::clone(&self.reader)));
        let settings = self.reader.settings()?;
        let gateway = settings.gateways.first().ok_or_else(|| sentence("no gateway"))?;
        let secret = gateways.seal(gateway, &Credentials::default(), self.engine.clock().now())?;
        super::super::serve::runtime()?.block_on(self.engine.put_gateway_secret(secret))?;
        Ok(gateways)
    }

    /// Lets a worker do all that is queued.
    fn drain(&self, gateways: &Arc<Gateways>) -> Done<Drained> {
        let options = Options { at_once: AT_ONCE, ..Options::default() };
        let unique = self.sent.load(Ordering::Relaxed);
        let worker = Worker::new(
            self.engine.clone(),
            Arc::clone(&self.reader),
            Arc::clone(gateways),
            options,
            unique,
        );
        let stats = worker.stats();
        let settings = self.reader.settings()?;
        let gateway = settings.gateways.first().ok_or_else(|| sentence("no gateway"))?.no;
        let runtime = super::super::serve::runtime()?;
        let begun = Instant::now();
        let kib = runtime.block_on(async {
            let (stop, stopped) = watch::channel(false);
            let work = tokio::spawn(async move { worker.run(stopped).await });
            let mut kib = Vec::new();
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                kib.push(resident_kib());
                let now = self.engine.clock().now();
                if self.reader.due_orders(gateway, now, 1)?.is_empty() {
                    break;
                }
            }
            let _ = stop.send(true);
            let _ = work.await;
            Done::Ok(kib)
        })?;
        let orders = stats.worked.load(Ordering::Relaxed);
        Ok(Drained { orders, time: begun.elapsed(), kib })
    }
}

fn card(account: u64) -> Done<Command> {
    Ok(Command::AddPaymentMethod(AddPaymentMethod {
        account: Ref::to(AccountNo(account)),
        method_type: MethodType::CreditCard,
        token: Some("pm_ok".parse().map_err(sentence)?),
        customer: None,
        gateway: None,
        brand: None,
        last_four: None,
        expiry: None,
        default: true,
    }))
}

/// A connector whose gateway says yes before it is asked.
struct AtOnce;

fn unasked<T>() -> Step<Result<T, String>> {
    Step::Done(Err("not asked here".to_owned()))
}

impl Connector for AtOnce {
    fn kind(&self) -> GatewayKind {
        GatewayKind::Sandbox
    }

    fn address(&self) -> &'static str {
        "http://nowhere"
    }

    fn send(&self, instruction: &Instruction, _: Timestamp, _: &[Exchange]) -> Step<Outcome> {
        Step::Done(Outcome::Succeeded(Receipt {
            gateway_id: instruction.key.clone(),
            second_id: None,
            amount: Some(instruction.amount),
            code: None,
            message: None,
        }))
    }

    fn look_up(&self, _: &Question, _: &[Exchange]) -> Step<Finding> {
        Step::Done(Finding::NotFound { conclusive: false })
    }

    fn webhook(
        &self,
        _: &[(String, String)],
        _: &[u8],
        _: Timestamp,
    ) -> Result<Vec<Notice>, WebhookError> {
        Ok(Vec::new())
    }

    fn list(&self, _: Window, _: Timestamp, _: &[Exchange]) -> Step<Result<Vec<Settled>, String>> {
        unasked()
    }

    fn test(&self, _: Timestamp, _: &[Exchange]) -> Step<Result<(), String>> {
        unasked()
    }
}

/// Nothing is carried.
struct Nowhere;

impl Transport for Nowhere {
    fn carry(&self, _: gateway::HttpRequest) -> Carrying<'_> {
        Box::pin(async { gateway::Carried::NotSent("nowhere".to_owned()) })
    }
}
