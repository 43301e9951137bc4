//! Orders: what a gateway was asked to do for a refund or a payment, and what is known of it (design 5).
//!
//! ```text
//! awaiting_approval -> reserved | rejected | withdrawn | lapsed
//! reserved -> sending -> processed | pending | declined | never_sent | unknown
//!             pending, unknown -> processed | declined | never_sent
//!             processed -> failed_late (the money comes back)
//!             processed payment -> voiding -> voided | processed
//! ```
//!
//! *Invariants.* While an order is [`held`](OrderState::is_held) its amount cannot be used for anything
//! else. Every step is a fact of the account's history, written before it is acted upon: the attempt with
//! its own key before the first byte leaves, the answer before anything follows from it. So a worker that
//! dies at any point leaves a state from which the next one goes on.
//!
//! *Who may act* is decided here too: a worker claims an order for a while ([`Lease`]), and only one can.

pub(crate) mod by_hand;
pub mod claim;
pub mod decide;
pub mod effects;
pub mod schedule;
mod state;

use jiff::Timestamp;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::approval::{ApprovalGiven, ApprovalNeeded, Judged, PersonName, Verdict};
use crate::gateway::{Ability, GatewayNo};
use crate::payment::PaymentApplication;
use crate::refund::RefundPart;
use crate::text::Text;
use crate::{AccountNo, AdjustmentNo, Document, MethodNo, PublicId, RefundNo};

pub use state::{DeclineCode, OrderState, Settlement, Waiting};

/// A gateway's id of a transaction.
pub type GatewayId = Text<100>;
/// A gateway's code, as written.
pub type GatewayCode = Text<60>;
/// What a gateway says, in words.
pub type GatewayMessage = Text<500>;
/// The name of a worker.
pub type WorkerName = Text<60>;

/// What a worker is to do with an order it claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Send the instruction for the first time, under the key of the attempt.
    Send,
    /// Send the same instruction again, under the same key; only where the gateway remembers keys.
    Replay,
    /// Ask what became of it.
    LookUp,
}

/// A worker holds an order until some instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Who.
    pub worker: WorkerName,
    /// Until when; then another one may take over.
    pub until: Timestamp,
}

/// The ids a gateway gave, and its words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewaySaid {
    /// Its id of the transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<GatewayId>,
    /// Its second id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_id: Option<GatewayId>,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<GatewayCode>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<GatewayMessage>,
}

/// An order was placed: a refund or payment was decided and its amount is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// The refund or payment.
    pub document: Document,
    /// Through which gateway.
    pub gateway: GatewayNo,
    /// From or to which stored method.
    pub method: MethodNo,
    /// What the gateway is asked to do.
    pub ability: Ability,
    /// How much.
    pub amount: Money,
    /// For the refund of a payment, the parts by invoice; for a payment, its applications as parts.
    pub parts: Vec<RefundPart>,
    /// For the refund of a payment, the payment.
    pub payment: Option<crate::PaymentNo>,
    /// For a payment, the part meant for the credit balance.
    pub credit: Option<Money>,
    /// What it waits for before it may be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<ApprovalNeeded>,
    /// It is not sent before: it is a refund of credit that is there from then on (domain 1.6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

impl OrderPlaced {
    /// Whether a person pays, not a gateway.
    pub fn by_hand(&self) -> bool {
        self.gateway == GatewayNo::BY_HAND
    }

    /// Where an order begins.
    pub const fn state(&self) -> OrderState {
        if self.approval.is_some() { OrderState::AwaitingApproval } else { OrderState::Reserved }
    }
}

/// One step in the life of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderMoved {
    /// The refund or payment.
    pub document: Document,
    /// Which attempt it concerns, from 1.
    pub attempt: u16,
    /// What happened.
    pub step: Step,
    /// Where the order stands now.
    pub state: OrderState,
    /// What this attempt asks the gateway to do.
    pub ability: Ability,
    /// When a worker should act next; never, if nothing is to be done or a person has to.
    pub due: Option<Timestamp>,
    /// What the gateway said, if it did.
    #[serde(default)]
    pub said: GatewaySaid,
    /// How the money went to or came back from documents, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landed: Option<Landed>,
}

/// Which documents took a movement of money. What an invoice could not take went to the credit balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// The parts that invoices took.
    pub parts: Vec<PaymentApplication>,
    /// The credit balance adjustment for the rest.
    pub adjustment: Option<AdjustmentNo>,
}

/// What happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Step {
    /// A worker claimed it, to do this.
    Claimed {
        /// What for.
        task: Task,
        /// Who, until when.
        lease: Lease,
    },
    /// The gateway, or a look-up, said how it stands.
    Answered {
        /// What the answer means.
        meaning: Meaning,
    },
    /// A person asked for the void of a processed payment.
    VoidAsked,
    /// A person or a notice asked that it be looked at now.
    Hurried,
    /// A person who knows said how it stands.
    Resolved {
        /// True if the money moved.
        paid: bool,
    },
    /// Somebody approved, rejected, withdrew, paid or returned it, or it lapsed.
    Judged(Judged),
    /// A dispute was opened, or closed.
    Disputed {
        /// True while it is open.
        open: bool,
    },
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// The money moved.
    Succeeded,
    /// It moved and is settled.
    Settled,
    /// It will be said later.
    Pending,
    /// No: nothing moved, or it came back.
    Declined(DeclineCode),
    /// Not taken: nothing moved, the same may be sent again.
    NotTaken,
    /// Not known.
    Unknown,
    /// There is no such transaction, for certain.
    NotFound,
    /// The gateway names another amount than was asked for.
    AmountDiffers,
}

/// The attempt that moved the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// Which attempt.
    pub attempt: u16,
    /// What it asked the gateway to do.
    pub ability: Ability,
    /// When it was last sent.
    pub sent_at: Option<Timestamp>,
    /// The gateway's id of it.
    pub id: Option<GatewayId>,
    /// Its second id.
    pub second_id: Option<GatewayId>,
}

/// An order as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What was asked for.
    pub placed: OrderPlaced,
    /// Whose it is.
    pub account: AccountNo,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Where it stands.
    pub state: OrderState,
    /// What the current attempt asks the gateway to do.
    pub ability: Ability,
    /// The current attempt, from 1.
    pub attempt: u16,
    /// When the current attempt was first sent.
    pub sent_at: Option<Timestamp>,
    /// When it was last sent, or sent again: from then on a look-up that misses means something.
    pub last_sent_at: Option<Timestamp>,
    /// The attempt that moved the money, once one did. A void that follows is another attempt.
    pub executed: Option<Executed>,
    /// How often it was asked about since.
    pub tries: u16,
    /// How often it was not taken since.
    pub refusals: u16,
    /// When a worker should act.
    pub due: Option<Timestamp>,
    /// Who is at it.
    pub lease: Option<Lease>,
    /// Ids and words of the gateway, the latest of each.
    pub said: GatewaySaid,
    /// Why it said no.
    pub reason: Option<DeclineCode>,
    /// Settlement.
    pub settlement: Settlement,
    /// True while a dispute is open.
    pub disputed: bool,
    /// True once a person said how it stands: then nobody may say it again (domain 4.5).
    pub resolved: bool,
    /// True if the gateway says otherwise than the books, and a person has to look.
    pub contradicted: bool,
    /// How the money landed when it moved.
    pub landed: Option<Landed>,
    /// How it landed when it came back.
    pub returned: Option<Landed>,
    /// Who approved it so far, a level each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<ApprovalGiven>,
}

impl Order {
    /// An order as it is right after `placed`.
    pub fn new(placed: &OrderPlaced, account: AccountNo, at: Timestamp) -> Self {
        Self {
            placed: placed.clone(),
            account,
            placed_at: at,
            state: placed.state(),
            ability: placed.ability,
            attempt: 1,
            sent_at: None,
            last_sent_at: None,
            executed: None,
            tries: 0,
            refusals: 0,
            due: Some(match &placed.approval {
                Some(needed) => needed.expires_at,
                None => placed.not_before.unwrap_or(at),
            }),
            lease: None,
            said: GatewaySaid::default(),
            reason: None,
            settlement: Settlement::NotSubmitted,
            disputed: false,
            resolved: false,
            contradicted: false,
            landed: None,
            returned: None,
            approvals: Vec::new(),
        }
    }

    /// Whether it keeps a period from being closed that ends at `end`: placed before, and its money may still move.
    pub fn keeps_open(&self, end: Timestamp) -> bool {
        self.placed_at < end && (self.state.is_held() || self.state == OrderState::Voiding)
    }

    /// The refund, if it is the order of one.
    pub fn refund(&self) -> Option<RefundNo> {
        let document = self.placed.document;
        (document.kind == crate::Kind::Refund).then_some(RefundNo(document.number))
    }

    /// The idempotency key of an attempt: the document's public id, so that no two organisations ever
    /// make the same one, and the number of the attempt. Derived from what was decided, never from the
    /// amount (gateways 6.1).
    pub fn key(&self, attempt: u16) -> String {
        let id = PublicId::new(self.placed.document, self.placed_at, self.account);
        format!("{id}-{attempt}")
    }

    /// The gateway's id of an attempt, as far as it is known.
    pub fn id_of(&self, attempt: u16) -> Option<&GatewayId> {
        let executed = self.executed.as_ref().filter(|executed| executed.attempt == attempt);
        let of_it = executed.and_then(|executed| executed.id.as_ref());
        of_it.or_else(|| self.said.id.as_ref().filter(|_| attempt == self.attempt))
    }

    /// The attempt a gateway's id belongs to.
    pub fn attempt_of(&self, id: &str) -> Option<u16> {
        let is = |known: &Option<GatewayId>| known.as_ref().is_some_and(|it| it.as_str() == id);
        let executed = self.executed.as_ref();
        let executed = executed.filter(|it| is(&it.id) || is(&it.second_id));
        executed
            .map(|executed| executed.attempt)
            .or_else(|| (is(&self.said.id) || is(&self.said.second_id)).then_some(self.attempt))
    }

    /// When that was sent which the gateway must have on record, since by the books it moved the money or is
    /// about to. A void leaves no transaction of its own.
    pub fn on_record_since(&self) -> Option<Timestamp> {
        let executed = self.executed.as_ref();
        let ability = executed.map_or(self.ability, |executed| executed.ability);
        match self.state {
            _ if ability == Ability::Void => None,
            OrderState::Processed => executed.map(|it| it.sent_at.unwrap_or(self.placed_at)),
            OrderState::Pending => self.last_sent_at,
            _ => None,
        }
    }

    /// True if only a person can go on: nothing is scheduled, and it is not known how it ended, or the
    /// gateway contradicts the books. What is to be paid by hand is in no doubt.
    pub const fn needs_a_person(&self) -> bool {
        self.contradicted
            || (self.due.is_none()
                && self.lease.is_none()
                && !matches!(self.state, OrderState::ToBePaid)
                && (self.state.is_held() || matches!(self.state, OrderState::Voiding)))
    }

    /// Takes a step. The one place where an order changes; called by [`evolve`](crate::evolve).
    pub fn take(&mut self, moved: &OrderMoved, at: Timestamp) {
        // What concerns an earlier attempt leaves the current one the current one.
        let first_of_attempt = moved.attempt > self.attempt;
        if first_of_attempt {
            self.attempt = moved.attempt;
            (self.sent_at, self.last_sent_at) = (None, None);
            (self.tries, self.refusals) = (0, 0);
        }
        let current = moved.attempt == self.attempt;
        self.lease = None;
        match &moved.step {
            Step::Claimed { task, lease } => {
                self.lease = Some(lease.clone());
                match task {
                    Task::Send => self.sent_at = Some(at),
                    Task::Replay | Task::LookUp => self.tries = self.tries.saturating_add(1),
                }
                if matches!(task, Task::Send | Task::Replay) {
                    self.last_sent_at = Some(at);
                }
            }
            Step::Answered { meaning } => {
                // An answer about a void says nothing about the money it was to take back.
                let executed = self.executed.as_ref().map(|executed| executed.attempt);
                self.answered(*meaning, executed.is_none_or(|attempt| attempt == moved.attempt));
            }
            Step::VoidAsked | Step::Hurried => {}
            Step::Judged(judged) => {
                // Only people approve, so the name is a person's.
                if let (Verdict::Approved, Ok(person)) =
                    (judged.verdict, PersonName::try_new(&judged.by))
                {
                    self.approvals.push(ApprovalGiven { person, at });
                }
            }
            Step::Resolved { .. } => {
                self.resolved = true;
                self.contradicted = false;
            }
            Step::Disputed { open } => self.disputed = *open,
        }
        if current {
            self.said.merge(&moved.said, first_of_attempt);
        }
        if moved.landed.is_some() {
            if self.state.is_effective() {
                self.returned.clone_from(&moved.landed);
            } else {
                self.landed.clone_from(&moved.landed);
            }
        }
        if !self.state.is_effective() && moved.state.is_effective() {
            let said = if current { &self.said } else { &moved.said };
            self.executed = Some(Executed {
                attempt: moved.attempt,
                ability: moved.ability,
                sent_at: self.last_sent_at.filter(|_| current),
                id: said.id.clone(),
                second_id: said.second_id.clone(),
            });
        }
        if let Some(executed) = &mut self.executed
            && executed.attempt == moved.attempt
        {
            // Of what a person said to be paid it is learned later.
            executed.id = executed.id.take().or_else(|| moved.said.id.clone());
            executed.second_id = executed.second_id.take().or_else(|| moved.said.second_id.clone());
        }
        self.state = moved.state;
        if current {
            self.ability = moved.ability;
        }
        self.due = moved.due;
    }

    fn answered(&mut self, meaning: Meaning, about_the_money: bool) {
        match meaning {
            Meaning::NotTaken => self.refusals = self.refusals.saturating_add(1),
            Meaning::Declined(reason) => self.reason = Some(reason),
            // A new doubt, whatever a person said before.
            Meaning::AmountDiffers => (self.contradicted, self.resolved) = (true, false),
            _ => {}
        }
        let untold = self.settlement == Settlement::NotSubmitted;
        if about_the_money {
            self.settlement = match meaning {
                Meaning::Succeeded | Meaning::Pending if untold => Settlement::Submitted,
                Meaning::Settled => Settlement::Settled,
                Meaning::Declined(_) if !untold => Settlement::FailedToSettle,
                _ => self.settlement,
            };
        }
    }
}

impl GatewaySaid {
    /// Takes over what is newer. Ids of an attempt stay until another one begins.
    fn merge(&mut self, newer: &Self, anew: bool) {
        if anew {
            *self = Self::default();
        }
        for (mine, theirs) in [(&mut self.id, &newer.id), (&mut self.second_id, &newer.second_id)] {
            if theirs.is_some() {
                mine.clone_from(theirs);
            }
        }
        if newer.code.is_some() || newer.message.is_some() {
            self.code.clone_from(&newer.code);
            self.message.clone_from(&newer.message);
        }
    }
}
