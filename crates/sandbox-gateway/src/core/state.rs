use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::core::clock::Clock;
use crate::core::dialect::Dialect;
use crate::core::hooks::{Delivering, Delivery, Event, Target};
use crate::core::keys::Remembered;
use crate::core::transaction::Transaction;

/// How many events are kept; the oldest go first.
const EVENTS_MAX: usize = 20_000;

/// A change of the state, as it stands in the data file: the whole new form of one thing.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    Seed(u32),
    Clock(Clock),
    /// The next number to give away.
    Next(u64),
    Transaction(Box<Transaction>),
    Intent(Box<Intent>),
    Customer {
        number: u64,
        body: BTreeMap<String, String>,
    },
    Key(Box<Remembered>),
    /// A request that was once refused with 429.
    Limited(String),
    Event(Box<Event>),
    Delivery(Delivery),
    Target(Target),
    /// Everything but the seed, the clock, the numbers and the targets is gone.
    Reset,
}

/// A Stripe payment intent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) number: u64,
    pub(crate) amount: Money,
    /// `requires_payment_method`, `requires_confirmation` or `canceled`, as long as there is no charge.
    pub(crate) status: String,
    pub(crate) method: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) charge: Option<u64>,
    pub(crate) created: Timestamp,
}

/// Everything the sandbox knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) seed: Option<u32>,
    pub(crate) clock: Option<Clock>,
    next: u64,
    pub(crate) transactions: BTreeMap<u64, Transaction>,
    pub(crate) intents: BTreeMap<u64, Intent>,
    pub(crate) customers: BTreeMap<u64, BTreeMap<String, String>>,
    pub(crate) keys: BTreeMap<(Dialect, String), Remembered>,
    pub(crate) limited: BTreeSet<String>,
    pub(crate) events: BTreeMap<u64, Event>,
    pub(crate) deliveries: BTreeMap<u64, Delivery>,
    /// Deliveries still to be made.
    pub(crate) waiting: BTreeSet<u64>,
    pub(crate) targets: BTreeMap<Dialect, Target>,
    /// When what is due.
    pub(crate) due: BTreeSet<(Timestamp, u64)>,
    by_reference: BTreeMap<(Dialect, String), Vec<u64>>,
    children: BTreeMap<u64, Vec<u64>>,
}

impl State {
    /// The number the next thing gets.
    pub(crate) fn next_number(&self) -> u64 {
        self.next.max(1)
    }

    /// Takes a change in.
    pub(crate) fn apply(&mut self, record: Record) {
        match record {
            Record::Seed(seed) => self.seed = Some(seed),
            Record::Clock(clock) => self.clock = Some(clock),
            Record::Next(next) => self.next = self.next.max(next),
            Record::Transaction(transaction) => self.take(*transaction),
            Record::Intent(intent) => {
                self.used(intent.number);
                self.intents.insert(intent.number, *intent);
            }
            Record::Customer { number, body } => {
                self.used(number);
                self.customers.insert(number, body);
            }
            Record::Key(key) => {
                self.keys.insert((key.dialect, key.key.clone()), *key);
            }
            Record::Limited(what) => {
                self.limited.insert(what);
            }
            Record::Event(event) => {
                self.used(event.number);
                self.events.insert(event.number, *event);
                while self.events.len() > EVENTS_MAX {
                    self.events.pop_first();
                }
            }
            Record::Delivery(delivery) => {
                self.used(delivery.number);
                if delivery.state == Delivering::Waiting {
                    self.waiting.insert(delivery.number);
                } else {
                    self.waiting.remove(&delivery.number);
                }
                self.deliveries.insert(delivery.number, delivery);
                while self.deliveries.len() > EVENTS_MAX {
                    let oldest = self.deliveries.pop_first();
                    oldest.map(|(number, _)| self.waiting.remove(&number));
                }
            }
            Record::Target(target) => {
                self.targets.insert(target.dialect, target);
            }
            Record::Reset => {
                let old = std::mem::take(self);
                self.seed = old.seed;
                self.clock = old.clock;
                self.next = old.next;
                self.targets = old.targets;
            }
        }
    }

    fn used(&mut self, number: u64) {
        self.next = self.next.max(number + 1);
    }

    fn take(&mut self, transaction: Transaction) {
        let number = transaction.number;
        self.used(number);
        match self.transactions.get(&number) {
            Some(old) => {
                if let Some(planned) = old.plan.first() {
                    self.due.remove(&(planned.at, number));
                }
            }
            None => {
                let name = (transaction.dialect, transaction.reference.clone());
                self.by_reference.entry(name).or_default().push(number);
                if let Some(of) = transaction.of {
                    self.children.entry(of).or_default().push(number);
                }
            }
        }
        if let Some(planned) = transaction.plan.first() {
            self.due.insert((planned.at, number));
        }
        self.transactions.insert(number, transaction);
    }

    /// The transactions with a merchant reference, oldest first.
    pub(crate) fn with_reference(&self, dialect: Dialect, reference: &str) -> Vec<&Transaction> {
        let numbers = self.by_reference.get(&(dialect, reference.to_owned()));
        numbers.into_iter().flatten().filter_map(|number| self.transactions.get(number)).collect()
    }

    /// The refunds and voids of a transaction, oldest first.
    pub(crate) fn children(&self, number: u64) -> impl Iterator<Item = &Transaction> {
        let numbers = self.children.get(&number);
        numbers.into_iter().flatten().filter_map(|number| self.transactions.get(number))
    }

    /// What a fresh data file needs to say.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        records.extend(self.seed.map(Record::Seed));
        records.extend(self.clock.map(Record::Clock));
        records.push(Record::Next(self.next));
        records.extend(self.targets.values().cloned().map(Record::Target));
        let transactions = self.transactions.values().cloned();
        records.extend(transactions.map(|one| Record::Transaction(Box::new(one))));
        records.extend(self.intents.values().cloned().map(|one| Record::Intent(Box::new(one))));
        let customers = self.customers.iter();
        records.extend(
            customers
                .map(|(number, body)| Record::Customer { number: *number, body: body.clone() }),
        );
        records.extend(self.keys.values().cloned().map(|one| Record::Key(Box::new(one))));
        records.extend(self.limited.iter().cloned().map(Record::Limited));
        records.extend(self.events.values().cloned().map(|one| Record::Event(Box::new(one))));
        records.extend(self.deliveries.values().cloned().map(Record::Delivery));
        records
    }
}
