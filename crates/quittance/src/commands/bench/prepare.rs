//! The server to measure: accounts with credit, a history of the wanted length, warm.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use engine::{Engine, IdempotencyKey, Request};
use money::{Amount, Currency};
use receivables::AccountNo;
use receivables::account::Automation;
use receivables::command::{
    Command as Order, OpenAccount, RecordPayment, RefundCreditBalance, Words,
};
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::refund::RefundType;
use receivables::text::Name;
use store_sqlite::Mode;

use crate::cli::Bench;
use crate::commands::verify::bar;
use crate::database::Database;
use crate::output::{Done, note, sentence};

/// Commands handed to the engine at once while preparing.
const ARRAY: u64 = 1_000;

/// A server under measurement.
pub(super) struct Server {
    pub(super) address: String,
    pub(super) key: String,
    child: Option<Child>,
    start_ms: u128,
}

/// What the server costs at rest.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(super) struct Figures {
    /// From starting the process to its first answer, in milliseconds.
    pub(super) start_ms: u128,
    /// Resident memory at the end, in KiB.
    pub(super) resident_kib: u64,
}

impl Server {
    pub(super) fn elsewhere(server: &str, key: &str) -> Self {
        let address = server.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { address, key: key.to_owned(), child: None, start_ms: 0 }
    }

    pub(super) fn figures(&self) -> Figures {
        let resident = self.child.as_ref().and_then(|child| {
            let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.trim().trim_end_matches("kB").trim().parse().ok()
        });
        Figures { start_ms: self.start_ms, resident_kib: resident.unwrap_or(0) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Makes the books and starts `serve` on them in a process of its own.
pub(super) fn start(directory: &Path, arguments: &Bench) -> Done<Server> {
    let database = Database { path: directory.join("bench.db") };
    let secret = fill(&database, arguments)?;
    let began = Instant::now();
    let mut child = Command::new(std::env::current_exe()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--database"])
        .arg(format!("sqlite:{}", database.path.display()))
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().ok_or_else(|| sentence("the server has no output"))?;
    let mut address = None;
    let mut lines = BufReader::new(out).lines();
    while address.is_none() {
        let text = lines.next().ok_or_else(|| sentence("the server did not start"))??;
        address = text.strip_prefix("listening on http://").map(ToOwned::to_owned);
    }
    let address = address.unwrap_or_default();
    let start_ms = began.elapsed().as_millis();
    note(format!("the server started in {start_ms} ms"));
    Ok(Server { address, key: secret, child: Some(child), start_ms })
}

fn fill(database: &Database, arguments: &Bench) -> Done<String> {
    let accounts = arguments.accounts.max(1);
    note(format!("making {accounts} accounts and {} refunds of history ...", arguments.history));
    let opened = store_sqlite::open(&database.path, Mode::Create)?;
    let app = crate::commands::serve::app(opened, Arc::new(engine::SystemClock))?;
    let made =
        api::new_key("bench", engine::Role::Clerk, app.engine.clock().now()).map_err(sentence)?;
    let runtime = crate::commands::serve::runtime()?;
    runtime.block_on(app.engine.put_api_key(made.record))?;
    let bar = bar(accounts * 2 + arguments.history, "preparing");
    let mut filler = Filler { engine: &app.engine, sent: 0, actor: Arc::from("bench") };
    for first in (1..=accounts).step_by(1_000) {
        let last = (first + ARRAY - 1).min(accounts);
        filler.send((first..=last).map(open_account).collect::<Done<Vec<_>>>()?)?;
        filler.send((first..=last).map(prepay).collect::<Done<Vec<_>>>()?)?;
        bar.set_position(filler.sent);
    }
    let mut left = arguments.history;
    while left > 0 {
        let count = left.min(ARRAY);
        let orders = (0..count).map(|index| refund((left - index) % accounts + 1));
        filler.send(orders.collect::<Done<Vec<_>>>()?)?;
        left -= count;
        bar.set_position(filler.sent);
    }
    bar.finish_and_clear();
    app.engine.stop();
    Ok(made.secret)
}

struct Filler<'a> {
    engine: &'a Engine,
    sent: u64,
    actor: Arc<str>,
}

impl Filler<'_> {
    fn send(&mut self, orders: Vec<Order>) -> Done {
        let mut requests = Vec::with_capacity(orders.len());
        for order in orders {
            self.sent += 1;
            let key = IdempotencyKey::try_new(&format!("prepare-{}", self.sent))?;
            requests.push(Request::new(order, key, Arc::clone(&self.actor), "bench"));
        }
        for answer in self.engine.execute_all_blocking(requests)? {
            answer?;
        }
        Ok(())
    }
}

fn open_account(number: u64) -> Done<Order> {
    Ok(Order::OpenAccount(OpenAccount {
        external_id: None,
        name: Name::try_new(&format!("Customer {number}"))?,
        currency: Currency::USD,
        automatic_transfer: Automation::Inherit,
        automatic_application: Automation::Inherit,
    }))
}

fn amount(text: &str) -> Done<Amount> {
    Ok(text.parse::<Amount>()?)
}

fn prepay(number: u64) -> Done<Order> {
    Ok(Order::RecordPayment(RecordPayment {
        account: Ref::to(AccountNo(number)),
        amount: None,
        currency: None,
        applications: Vec::new(),
        credit_balance_amount: Some(amount("1000000.00")?),
        method_type: MethodType::WireTransfer,
        date: None,
        words: Words::default(),
    }))
}

fn refund(number: u64) -> Done<Order> {
    Ok(Order::RefundCreditBalance(RefundCreditBalance {
        account: Ref::to(AccountNo(number)),
        amount: Some(amount("0.01")?),
        currency: None,
        kind: RefundType::External,
        method_type: Some(MethodType::Check),
        date: None,
        words: Words::default(),
    }))
}
