//! Books to measure on: accounts with credit, and a history of the wanted length.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use engine::{Actor, Engine, IdempotencyKey, Request};
use indicatif::ProgressBar;
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

use crate::commands::verify::bar;
use crate::output::{Done, sentence};

/// Commands handed to the engine at once.
const ARRAY: u64 = 1_000;
/// Arrays under way at once, so that the next one is ready when a committer has time.
const FEEDERS: u64 = 4;

/// Makes an API key; answers its secret.
pub(super) fn api_key(engine: &Engine) -> Done<String> {
    let made = api::new_administrator("bench", engine.clock().now());
    let made = made.map_err(sentence)?;
    crate::commands::serve::runtime()?.block_on(engine.put_api_key(made.record))?;
    Ok(made.secret)
}

/// Makes the accounts and the history, and an API key whose secret is answered.
pub(super) fn fill(engine: &Engine, accounts: u64, history: u64) -> Done<String> {
    let secret = api_key(engine)?;
    let bar = bar(accounts * 2 + history, "preparing");
    let filler = Filler { engine, actor: Arc::from("bench"), sent: AtomicU64::new(0), bar: &bar };
    for first in (1..=accounts).step_by(1_000) {
        let last = (first + ARRAY - 1).min(accounts);
        filler.send((first..=last).map(open_account).collect::<Done<Vec<_>>>()?)?;
        filler.send((first..=last).map(prepay).collect::<Done<Vec<_>>>()?)?;
    }
    let done = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let feed = || filler.refund(&done, accounts, history);
        let feeders: Vec<_> = (0..FEEDERS).map(|_| scope.spawn(feed)).collect();
        feeders.into_iter().try_for_each(|feeder| {
            feeder.join().unwrap_or_else(|_| Err(sentence("a thread that prepares ended")))
        })
    })?;
    bar.finish_and_clear();
    Ok(secret)
}

struct Filler<'a> {
    engine: &'a Engine,
    actor: Arc<str>,
    sent: AtomicU64,
    bar: &'a ProgressBar,
}

impl Filler<'_> {
    /// Takes arrays of refunds until all are done. The accounts take turns.
    fn refund(&self, done: &AtomicU64, accounts: u64, history: u64) -> Done {
        loop {
            let first = done.fetch_add(ARRAY, Ordering::Relaxed);
            if first >= history {
                return Ok(());
            }
            let last = (first + ARRAY).min(history);
            let orders = (first..last).map(|index| refund(index % accounts + 1));
            self.send(orders.collect::<Done<Vec<_>>>()?)?;
        }
    }

    fn send(&self, orders: Vec<Order>) -> Done {
        let count = orders.len() as u64;
        let first = self.sent.fetch_add(count, Ordering::Relaxed);
        let mut requests = Vec::with_capacity(orders.len());
        for (number, order) in (first..).zip(orders) {
            let key = IdempotencyKey::try_new(&format!("prepare-{number}"))?;
            requests.push(Request::new(
                order,
                key,
                Actor::program(Arc::clone(&self.actor)),
                "bench",
            ));
        }
        for answer in self.engine.execute_all_blocking(requests)? {
            answer?;
        }
        self.bar.inc(count);
        Ok(())
    }
}

pub(super) fn open_account(number: u64) -> Done<Order> {
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

pub(super) fn prepay(number: u64) -> Done<Order> {
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

/// Refunds a cent of the credit balance: what every load consists of.
pub(super) fn refund(account: u64) -> Done<Order> {
    Ok(Order::RefundCreditBalance(RefundCreditBalance {
        account: Ref::to(AccountNo(account)),
        amount: Some(amount("0.01")?),
        currency: None,
        kind: RefundType::External,
        method: None,
        gateway: None,
        method_type: Some(MethodType::Check),
        date: None,
        words: Words::default(),
    }))
}
