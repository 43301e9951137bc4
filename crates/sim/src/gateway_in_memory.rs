//! A gateway in memory that keeps a true ledger and lies about it (gateways 6 and 7.2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use engine::Clock;
use gateway::{
    Carried, Decline, DeclineCode, Finding, HttpReply, HttpRequest, MoneyState, Notice, NoticeKind,
    Outcome, Receipt, Settled, SettledKind,
};
use jiff::{SignedDuration, Timestamp};
use money::{Currency, Money};
use serde::{Deserialize, Serialize};
use worker::{Carrying, Transport};

use crate::chance::Chance;
use crate::connector::{Lookup, What, Wish};
use crate::crash::Crash;

/// What the gateway says of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Said {
    Succeeded { id: String, minor: i64 },
    Settled { id: String, minor: i64 },
    Pending { id: String, minor: i64 },
    Failed { id: String, minor: i64 },
    Declined { code: DeclineCode },
    Nothing,
}

impl Said {
    fn receipt(id: &str, minor: i64, currency: Currency) -> Receipt {
        Receipt {
            gateway_id: id.to_owned(),
            second_id: None,
            amount: Some(Money::from_minor(minor, currency)),
            code: None,
            message: None,
        }
    }

    fn decline(code: DeclineCode) -> Decline {
        Decline { reason: code, code: "no".to_owned(), message: "the gateway says no".to_owned() }
    }

    pub(crate) fn outcome(&self, currency: Currency) -> Outcome {
        match self {
            Self::Succeeded { id, minor } | Self::Settled { id, minor } => {
                Outcome::Succeeded(Self::receipt(id, *minor, currency))
            }
            Self::Pending { id, minor } => Outcome::Pending(Self::receipt(id, *minor, currency)),
            Self::Failed { .. } => Outcome::Declined(Self::decline(DeclineCode::Declined)),
            Self::Declined { code } => Outcome::Declined(Self::decline(*code)),
            Self::Nothing => Outcome::Unknown { reason: "nothing said".to_owned() },
        }
    }

    pub(crate) fn finding(&self, currency: Currency) -> Finding {
        let found = |state, id: &str, minor| Finding::Found {
            state,
            receipt: Self::receipt(id, minor, currency),
        };
        match self {
            Self::Succeeded { id, minor } => found(MoneyState::Succeeded, id, *minor),
            Self::Settled { id, minor } => found(MoneyState::Settled, id, *minor),
            Self::Pending { id, minor } => found(MoneyState::Pending, id, *minor),
            Self::Failed { id, minor } => {
                found(MoneyState::Failed(Self::decline(DeclineCode::Declined)), id, *minor)
            }
            Self::Declined { .. } | Self::Nothing => {
                Finding::NoAnswer { reason: "nothing said".to_owned() }
            }
        }
    }
}

/// What is told by webhook.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Telling {
    pub(crate) event: String,
    pub(crate) reference: String,
    pub(crate) key: Option<String>,
    pub(crate) currency: String,
    pub(crate) said: Said,
}

impl Telling {
    pub(crate) fn notice(&self) -> Notice {
        let currency = self.currency.parse::<Currency>();
        let kind = match currency.map(|currency| self.said.finding(currency)) {
            Ok(Finding::Found { state, receipt }) => NoticeKind::State { state, receipt },
            _ => NoticeKind::Hint,
        };
        let gateway_id = match &kind {
            NoticeKind::State { receipt, .. } => Some(receipt.gateway_id.clone()),
            _ => None,
        };
        Notice {
            event_id: self.event.clone(),
            reference: Some(self.reference.clone()),
            key: self.key.clone(),
            gateway_id,
            kind,
        }
    }
}

/// One transaction.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) id: String,
    pub(crate) wish: Wish,
    pub(crate) at: Timestamp,
    /// When it is decided, if it is pending.
    decided_at: Timestamp,
    /// When it comes back, if it does.
    fails_at: Option<Timestamp>,
    will_fail: bool,
    /// Look-ups miss it until then.
    hidden_until: Timestamp,
    told: u8,
}

impl Transaction {
    /// Whether its money is out (or in) at `now`.
    pub(crate) fn state(&self, now: Timestamp) -> Said {
        let (id, minor) = (self.id.clone(), self.wish.minor);
        if now < self.decided_at {
            return Said::Pending { id, minor };
        }
        if self.will_fail || self.fails_at.is_some_and(|at| at <= now) {
            return Said::Failed { id, minor };
        }
        let settled = SignedDuration::from_hours(24);
        let settles = self.decided_at.saturating_add(settled).unwrap_or(self.decided_at);
        if now >= settles { Said::Settled { id, minor } } else { Said::Succeeded { id, minor } }
    }

    /// Whether money moved, even if it came back since.
    pub(crate) fn ever_moved(&self, now: Timestamp) -> bool {
        now >= self.decided_at && !self.will_fail
    }

    pub(crate) fn moved(&self, now: Timestamp) -> bool {
        matches!(self.state(now), Said::Succeeded { .. } | Said::Settled { .. })
    }
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) transactions: Vec<Transaction>,
    keys: HashMap<String, Said>,
    events: u64,
}

pub(crate) struct InMemory {
    pub(crate) state: Mutex<State>,
    chance: Mutex<Chance>,
    clock: Arc<dyn Clock>,
    remembers_keys: bool,
    crash: Mutex<Arc<Crash>>,
    /// How often, out of a hundred, it does something odd.
    oddness: u64,
}

impl InMemory {
    pub(crate) fn new(chance: Chance, clock: Arc<dyn Clock>, remembers_keys: bool) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            chance: Mutex::new(chance),
            clock,
            remembers_keys,
            crash: Mutex::new(Crash::after(0)),
            oddness: 60,
        })
    }

    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this crash counts.
    pub(crate) fn mortal(&self, crash: &Arc<Crash>) {
        *self.crash.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(crash);
    }

    fn crash(&self) -> Arc<Crash> {
        Arc::clone(&self.crash.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn chance<T>(&self, draw: impl FnOnce(&mut Chance) -> T) -> T {
        draw(&mut self.chance.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn answer(&self, request: &HttpRequest) -> Option<Carried> {
        if request.path == "/look-up" {
            return Some(self.look_up(request));
        }
        let wish: Wish = serde_json::from_str(&request.body).ok()?;
        let odd = self.oddness;
        let (strange, which) = self.chance(|it| (it.percent(odd), it.below(9)));
        let nothing = |reason: &str| Some(Carried::NoAnswer(reason.to_owned()));
        if !strange {
            return Some(reply(201, &self.carry_out(&wish)));
        }
        match which {
            0 => Some(Carried::NotSent("refused".to_owned())),
            1 => nothing("dropped before it was read"),
            2 => Some(reply(429, &Said::Nothing)),
            3 => Some(reply(500, &Said::Nothing)),
            4 => {
                let _ = self.carry_out(&wish);
                nothing("timed out, done")
            }
            5 => {
                let _ = self.carry_out(&wish);
                Some(reply(500, &Said::Nothing))
            }
            6 => {
                let said = self.carry_out(&wish);
                Some(reply(201, &echo_wrong(said)))
            }
            7 => {
                let _ = self.carry_out(&wish);
                Some(Carried::Reply(HttpReply {
                    status: 201,
                    headers: Vec::new(),
                    body: "{\"Succ".to_owned(),
                }))
            }
            _ => {
                let said = self.carry_out(&wish);
                Some(reply(201, &said))
            }
        }
    }

    /// Moves the money, once per key where keys are remembered.
    fn carry_out(&self, wish: &Wish) -> Said {
        let now = self.clock.now();
        let (declined, pending, fails, late, hidden) = self.chance(|it| {
            (it.percent(15), it.percent(25), it.percent(40), it.percent(12), it.percent(30))
        });
        let mut state = self.lock();
        if self.remembers_keys
            && let Some(said) = state.keys.get(&wish.key)
        {
            return said.clone();
        }
        let said = if let Some(code) = refusal(&state, wish, now) {
            Said::Declined { code }
        } else if declined {
            Said::Declined { code: DeclineCode::Declined }
        } else {
            let number = state.transactions.len() + 1;
            let in_hours =
                |hours| now.saturating_add(SignedDuration::from_hours(hours)).unwrap_or(now);
            let pending = pending && wish.what != What::Void;
            let decided_at = if pending { in_hours(3) } else { now };
            let late = late && !pending && matches!(wish.what, What::Refund | What::Credit);
            let transaction = Transaction {
                id: format!("tx_{number}"),
                wish: wish.clone(),
                at: now,
                decided_at,
                fails_at: late.then(|| in_hours(30)),
                will_fail: pending && fails,
                hidden_until: if hidden {
                    now.saturating_add(SignedDuration::from_secs(240)).unwrap_or(now)
                } else {
                    now
                },
                told: 0,
            };
            let said = transaction.state(now);
            state.transactions.push(transaction);
            said
        };
        if self.remembers_keys {
            state.keys.insert(wish.key.clone(), said.clone());
        }
        said
    }

    fn look_up(&self, request: &HttpRequest) -> Carried {
        if self.chance(|it| it.percent(15)) {
            return Carried::NoAnswer("no answer to a look-up".to_owned());
        }
        let Ok(lookup) = serde_json::from_str::<Lookup>(&request.body) else {
            return reply(400, &Said::Nothing);
        };
        let now = self.clock.now();
        let state = self.lock();
        let wanted = state.transactions.iter().find(|it| {
            let same =
                it.wish.reference == lookup.wish.reference && it.wish.what == lookup.wish.what;
            lookup.id.as_ref().map_or(same && it.wish.key == lookup.wish.key, |id| it.id == *id)
        });
        match wanted.filter(|it| it.hidden_until <= now) {
            Some(found) => reply(200, &found.state(now)),
            None => reply(200, &Said::Nothing),
        }
    }

    /// Everything it did but voids, as it lists it.
    pub(crate) fn list(&self, currency: Currency) -> Vec<Settled> {
        let now = self.clock.now();
        let state = self.lock();
        let listed = state.transactions.iter().filter(|it| it.wish.what != What::Void);
        listed
            .filter_map(|it| {
                let Finding::Found { state, receipt } = it.state(now).finding(currency) else {
                    return None;
                };
                Some(Settled {
                    kind: match it.wish.what {
                        What::Charge => SettledKind::Charge,
                        _ => SettledKind::Refund,
                    },
                    reference: Some(it.wish.reference.clone()),
                    amount: Money::from_minor(it.wish.minor, currency),
                    receipt,
                    state,
                    at: it.at,
                })
            })
            .collect()
    }

    /// What it would tell by webhook now: in any order, again, or never.
    pub(crate) fn tell(&self, currency: &str) -> Vec<Telling> {
        let now = self.clock.now();
        let mut tellings = Vec::new();
        let mut state = self.lock();
        let mut events = state.events;
        for transaction in &mut state.transactions {
            let step = match transaction.state(now) {
                Said::Pending { .. } => 1,
                Said::Succeeded { .. } => 2,
                Said::Settled { .. } => 3,
                _ => 4,
            };
            if step == transaction.told || self.chance(|it| it.percent(30)) {
                continue;
            }
            transaction.told = step;
            events += 1;
            let telling = Telling {
                event: format!("evt_{events}"),
                reference: transaction.wish.reference.clone(),
                key: self.chance(|it| it.percent(50)).then(|| transaction.wish.key.clone()),
                currency: currency.to_owned(),
                said: transaction.state(now),
            };
            if self.chance(|it| it.percent(30)) {
                // An older state, told late.
                let (id, minor) = (transaction.id.clone(), transaction.wish.minor);
                events += 1;
                let event = format!("evt_{events}");
                let said = Said::Succeeded { id, minor };
                if transaction.ever_moved(now) {
                    tellings.push(Telling { event, said, ..telling.clone() });
                }
            }
            for _ in 0..=self.chance(|it| it.below(2)) {
                tellings.push(telling.clone());
            }
        }
        state.events = events;
        drop(state);
        if self.chance(|it| it.percent(50)) {
            tellings.reverse();
        }
        tellings
    }
}

/// What a gateway does not do: refund or void more than there is, or void what is settled.
fn refusal(state: &State, wish: &Wish, now: Timestamp) -> Option<DeclineCode> {
    let of = wish.of.as_ref()?;
    let Some(charge) = state.transactions.iter().find(|it| it.id == *of) else {
        return Some(DeclineCode::PaymentUnknown);
    };
    let against = |what| {
        state.transactions.iter().filter(move |it| {
            it.wish.what == what
                && it.wish.of.as_ref() == Some(of)
                && !matches!(it.state(now), Said::Failed { .. })
        })
    };
    if against(What::Void).next().is_some() {
        return Some(DeclineCode::AlreadyRefunded);
    }
    let refunded: i64 = against(What::Refund).map(|it| it.wish.minor).sum();
    if wish.what == What::Void {
        let settled = matches!(charge.state(now), Said::Settled { .. });
        return (settled || refunded > 0).then_some(DeclineCode::NotVoidable);
    }
    (refunded + wish.minor > charge.wish.minor).then_some(DeclineCode::ExceedsRefundable)
}

fn echo_wrong(said: Said) -> Said {
    match said {
        Said::Succeeded { id, minor } => Said::Succeeded { id, minor: minor + 100 },
        other => other,
    }
}

fn reply(status: u16, said: &Said) -> Carried {
    let body = serde_json::to_string(said).unwrap_or_default();
    Carried::Reply(HttpReply { status, headers: Vec::new(), body })
}

/// The way to it. Dies before or after the gateway acts.
pub(crate) struct Way(pub(crate) Arc<InMemory>);

impl Transport for Way {
    fn carry(&self, request: HttpRequest) -> Carrying<'_> {
        Box::pin(async move {
            if self.0.crash().moment() {
                return std::future::pending().await;
            }
            let carried = self.0.answer(&request);
            if self.0.crash().moment() {
                return std::future::pending().await;
            }
            carried.unwrap_or_else(|| Carried::NoAnswer("not understood".to_owned()))
        })
    }
}
