use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::Core;
use crate::core::clock;
use crate::core::dialect::Dialect;
use crate::core::engine::later;
use crate::core::state::Record;
use crate::core::transaction::Transaction;
use crate::outcomes::Outcome;
use crate::{authorizenet, plain, sign, stripe};

/// Why something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    Made,
    Changed,
    DisputeOpened,
    DisputeClosed,
}

/// Something that happened, as its dialect tells it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) dialect: Dialect,
    pub(crate) kind: String,
    pub(crate) transaction: u64,
    pub(crate) created: Timestamp,
    /// The JSON that is sent, byte for byte.
    pub(crate) body: String,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Delivering {
    Waiting,
    Delivered,
    /// Tried for three days.
    GivenUp,
    /// Never to be sent.
    Withheld,
}

/// One sending of an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) number: u64,
    pub(crate) event: u64,
    pub(crate) dialect: Dialect,
    pub(crate) due: Timestamp,
    pub(crate) tries: u32,
    pub(crate) state: Delivering,
    /// Signed with a wrong secret.
    pub(crate) forged: bool,
    /// What came of the last try: a status or a sentence.
    pub(crate) last: Option<String>,
}

/// Where a dialect's webhooks go.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) dialect: Dialect,
    pub(crate) url: String,
    /// As the dialect has it: `whsec_...` as text, Authorize.Net's key as text or hexadecimal.
    pub(crate) secret: String,
    pub(crate) enabled: bool,
    /// Whether deliveries are made by themselves; otherwise only by a flush.
    pub(crate) auto: bool,
    /// Whether signatures carry the machine's time instead of the simulated one.
    pub(crate) real_time: bool,
    /// Whether Authorize.Net's key is taken as hexadecimal (gateways 2.4: disputed).
    pub(crate) key_is_hex: bool,
}

/// What goes over the wire for one delivery.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) delivery: u64,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// Minutes between the tries; given up after the last, after three days.
const BACKOFF: [i64; 8] = [1, 5, 30, 120, 480, 960, 1_440, 1_440];

impl Core {
    /// Makes the events of something that happened, and their deliveries if anyone listens.
    pub(crate) fn tell(&mut self, transaction: &Transaction, why: Occasion) {
        let dialect = transaction.dialect;
        let drafts: Vec<(String, Value)> = match dialect {
            Dialect::Plain => plain::events(self, transaction, why),
            Dialect::Stripe => stripe::events(self, transaction, why),
            Dialect::Authorizenet => authorizenet::events(self, transaction, why),
            Dialect::Cybersource => Vec::new(),
        };
        let mut made = Vec::new();
        for (kind, data) in drafts {
            let number = self.number();
            let body = match dialect {
                Dialect::Stripe => stripe::envelope(self, number, &kind, data, transaction, why),
                Dialect::Authorizenet => {
                    authorizenet::envelope(self, number, &kind, &data, transaction)
                }
                _ => plain::envelope(self, number, &kind, data, transaction),
            };
            let created = transaction.updated;
            let event =
                Event { number, dialect, kind, transaction: transaction.number, created, body };
            made.push(event.number);
            self.put(Record::Event(Box::new(event)));
        }
        if self.state.targets.get(&dialect).is_some_and(|target| target.enabled) {
            self.queue(transaction, why, made);
        }
    }

    fn queue(&mut self, transaction: &Transaction, why: Occasion, mut events: Vec<u64>) {
        let outcome = transaction.outcome;
        let made = why == Occasion::Made;
        let mut due = transaction.updated;
        if made && outcome == Outcome::HookReorder {
            // Several change places; one alone is held back until after the settlement's.
            if events.len() > 1 {
                events.reverse();
            } else {
                let after = self.options.settle_after.saturating_add(SignedDuration::from_secs(1));
                due = later(due, after);
            }
        }
        let copies = if outcome == Outcome::HookDup { 3 } else { 1 };
        let state = match outcome {
            Outcome::HookNever => Delivering::Withheld,
            _ => Delivering::Waiting,
        };
        for event in events {
            if outcome == Outcome::HookBadsig {
                self.deliver_later(transaction, event, due, state, true);
            }
            for _ in 0..copies {
                let number = self.deliver_later(transaction, event, due, state, false);
                if made && outcome == Outcome::HookFirst {
                    self.first.push(number);
                }
            }
        }
    }

    fn deliver_later(
        &mut self,
        transaction: &Transaction,
        event: u64,
        due: Timestamp,
        state: Delivering,
        forged: bool,
    ) -> u64 {
        let (number, dialect) = (self.number(), transaction.dialect);
        let delivery =
            Delivery { number, event, dialect, due, tries: 0, state, forged, last: None };
        self.put(Record::Delivery(delivery));
        number
    }

    /// The next letter to send. `all` also takes those that wait for another try, or for a later time;
    /// `done` are those already tried in this round.
    pub(crate) fn next_letter(&self, all: bool, done: &[u64]) -> Option<Letter> {
        let now = self.now();
        let fits = |delivery: &&Delivery| {
            let target = self.state.targets.get(&delivery.dialect);
            let open = target.is_some_and(|target| target.enabled && (all || target.auto));
            let retried = all && delivery.tries > 0;
            open && (delivery.due <= now || retried) && !done.contains(&delivery.number)
        };
        let waiting = self.state.waiting.iter();
        let waiting = waiting.filter_map(|number| self.state.deliveries.get(number));
        let next = waiting.filter(fits).min_by_key(|delivery| (delivery.due, delivery.number))?;
        self.letter(next.number)
    }

    /// The letter of one delivery.
    pub(crate) fn letter(&self, number: u64) -> Option<Letter> {
        let delivery = self.state.deliveries.get(&number)?;
        let event = self.state.events.get(&delivery.event)?;
        let target = self.state.targets.get(&delivery.dialect)?;
        let secret =
            if delivery.forged { "a secret that is not the right one" } else { &target.secret };
        let at = if target.real_time { clock::real() } else { self.now() };
        let stamped = |name: &str| {
            let text = format!("{}.{}", at.as_second(), event.body);
            let mac = sign::hex(&sign::hmac_sha256(secret.as_bytes(), text.as_bytes()));
            (name.to_owned(), format!("t={},v1={mac}", at.as_second()))
        };
        let signature = match delivery.dialect {
            Dialect::Stripe => stamped("Stripe-Signature"),
            Dialect::Authorizenet => {
                let key = Some(secret).filter(|_| target.key_is_hex).and_then(sign::unhex);
                let key = key.unwrap_or_else(|| secret.as_bytes().to_vec());
                let mac = sign::hex(&sign::hmac_sha512(&key, event.body.as_bytes()));
                ("X-ANET-Signature".to_owned(), format!("sha512={}", mac.to_uppercase()))
            }
            _ => stamped("Sandbox-Signature"),
        };
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned()), signature];
        let (url, body) = (target.url.clone(), event.body.clone());
        Some(Letter { delivery: number, url, headers, body })
    }

    /// Notes what came of a try. A forged copy is not sent again.
    pub(crate) fn tried(&mut self, number: u64, status: Result<u16, String>) {
        let Some(mut delivery) = self.state.deliveries.get(&number).cloned() else { return };
        let tries = usize::try_from(delivery.tries).unwrap_or(usize::MAX);
        delivery.tries += 1;
        let accepted = matches!(status, Ok(200..=299));
        delivery.last = Some(match status {
            Ok(status) => status.to_string(),
            Err(sentence) => sentence,
        });
        if accepted || delivery.forged {
            delivery.state = Delivering::Delivered;
        } else if let Some(minutes) = BACKOFF.get(tries) {
            delivery.due = later(self.now(), SignedDuration::from_mins(*minutes));
        } else {
            delivery.state = Delivering::GivenUp;
        }
        self.put(Record::Delivery(delivery));
    }
}
