use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use money::Money;

use crate::core::Core;
use crate::core::dialect::Dialect;
use crate::core::hooks::Occasion;
use crate::core::state::Record;
use crate::core::transaction::{Change, Code, Kind, Move, Planned, Status, Transaction};
use crate::outcomes::Outcome;

/// A call that moves money, in the core's words.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) kind: Kind,
    pub(crate) dialect: Dialect,
    pub(crate) reference: String,
    pub(crate) key: Option<String>,
    /// `None` is what is left of the charge, and what a void has.
    pub(crate) amount: Option<Money>,
    /// Of charges and credits.
    pub(crate) method: String,
    /// The transaction that is refunded or voided.
    pub(crate) of: Option<u64>,
    pub(crate) metadata: BTreeMap<String, String>,
    /// What the call itself asks for.
    pub(crate) sim: Option<Outcome>,
    /// Whether a charge must be settled before it is refunded.
    pub(crate) needs_settlement: bool,
}

/// How the answer to something done is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As it is.
    Told,
    /// Never: the connection hangs.
    Hung,
    /// As a server error.
    Broken,
    /// With another amount.
    Misquoted,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) enum Performed {
    /// A transaction was made. Its status may be `Failed`: the issuer declined.
    Made(Box<Transaction>, Manner),
    /// A rule refuses it; nothing was made.
    Refused(Code),
    /// Not done, and the connection hangs.
    Lost,
    /// Not done, and answered with a server error.
    Broken,
    /// Not taken; come again.
    Throttled,
}

impl Core {
    /// Carries out a call. The one place where money starts to move.
    pub(crate) fn perform(&mut self, ask: &Ask) -> Performed {
        let of = ask.of.and_then(|number| self.state.transactions.get(&number)).cloned();
        let refers = matches!(ask.kind, Kind::Refund | Kind::Void);
        if refers && of.is_none() {
            return Performed::Refused(Code::ChargeUnknown);
        }
        let left = of.as_ref().map(|charge| self.left(charge));
        let amount = match ask.kind {
            Kind::Void => of.as_ref().map(|charge| charge.amount),
            _ => ask.amount.or(left),
        };
        let Some(amount) = amount else { return Performed::Refused(Code::ChargeUnknown) };
        let outcome = chosen(ask, of.as_ref(), amount);
        match outcome {
            Outcome::TimeoutLost => return Performed::Lost,
            Outcome::ErrorLost => return Performed::Broken,
            Outcome::RateLimit if self.throttles(ask, amount) => return Performed::Throttled,
            _ => {}
        }
        if let Err(code) = self.allowed(ask, of.as_ref(), amount, outcome) {
            return Performed::Refused(code);
        }
        let transaction = self.make(ask, of.as_ref(), amount, outcome);
        let manner = match outcome {
            Outcome::TimeoutDone => Manner::Hung,
            Outcome::ErrorDone => Manner::Broken,
            Outcome::EchoWrong => Manner::Misquoted,
            _ => Manner::Told,
        };
        Performed::Made(Box::new(transaction), manner)
    }

    /// What can still be refunded of a charge.
    pub(crate) fn left(&self, charge: &Transaction) -> Money {
        let refunds = self.state.children(charge.number);
        let taken: i64 = refunds
            .filter(|child| child.kind == Kind::Refund && child.counts())
            .map(|child| child.amount.minor())
            .sum();
        Money::from_minor(charge.amount.minor() - taken, charge.amount.currency())
    }

    /// True the first time.
    fn throttles(&mut self, ask: &Ask, amount: Money) -> bool {
        let who = ask.key.as_ref().unwrap_or(&ask.reference);
        let what = format!("{}:{}:{who}:{amount}", ask.dialect.name(), ask.kind.name());
        if self.state.limited.contains(&what) {
            return false;
        }
        self.put(Record::Limited(what));
        true
    }

    fn allowed(
        &self,
        ask: &Ask,
        of: Option<&Transaction>,
        amount: Money,
        outcome: Outcome,
    ) -> Result<(), Code> {
        if outcome == Outcome::BalanceRefused {
            return Err(Code::MerchantBalanceLow);
        }
        match (ask.kind, of) {
            (Kind::Credit, _) if outcome == Outcome::NoUnlinked => Err(Code::CreditNotEnabled),
            (Kind::Credit | Kind::Charge, _) | (_, None) => Ok(()),
            (Kind::Refund, Some(charge)) => self.refundable(ask, charge, amount, outcome),
            (Kind::Void, Some(target)) => self.voidable(target),
        }
    }

    fn refundable(
        &self,
        ask: &Ask,
        charge: &Transaction,
        amount: Money,
        outcome: Outcome,
    ) -> Result<(), Code> {
        if charge.kind != Kind::Charge || charge.status == Status::Failed {
            return Err(Code::ChargeUnknown);
        }
        if charge.status == Status::Voided {
            return Err(Code::Voided);
        }
        if amount.currency() != charge.amount.currency() {
            return Err(Code::CurrencyMismatch);
        }
        if outcome == Outcome::Disputed || charge.is_disputed() {
            return Err(Code::Disputed);
        }
        let days = i64::from(self.options.refund_days);
        let age = self.now().duration_since(charge.created);
        if outcome == Outcome::TooOld || age > SignedDuration::from_hours(days * 24) {
            return Err(Code::TooOld);
        }
        let settled = charge.status == Status::Settled;
        let pending = charge.status == Status::Pending;
        if outcome == Outcome::NotSettled || pending || (ask.needs_settlement && !settled) {
            return Err(Code::NotSettled);
        }
        let left = self.left(charge);
        if left.is_zero() {
            return Err(Code::AlreadyRefunded);
        }
        if amount.minor() > left.minor() {
            return Err(Code::ExceedsRefundable);
        }
        Ok(())
    }

    fn voidable(&self, target: &Transaction) -> Result<(), Code> {
        let open = matches!(target.status, Status::Pending | Status::Succeeded);
        let refunded = self.state.children(target.number).any(Transaction::counts);
        let fits = target.kind != Kind::Void && open && !refunded && !target.is_disputed();
        match (target.status, fits) {
            (Status::Voided, _) => Err(Code::Voided),
            (_, true) => Ok(()),
            (_, false) => Err(Code::NotVoidable),
        }
    }

    fn make(
        &mut self,
        ask: &Ask,
        of: Option<&Transaction>,
        amount: Money,
        outcome: Outcome,
    ) -> Transaction {
        let now = self.now();
        let (status, code, plan) = self.course(ask.kind, outcome, now);
        let lag = if outcome == Outcome::SearchLag {
            self.options.search_lag
        } else if ask.dialect == Dialect::Cybersource {
            self.options.index_lag
        } else {
            SignedDuration::ZERO
        };
        let method = of.map_or_else(|| ask.method.clone(), |of| of.method.clone());
        let mut transaction = Transaction {
            number: self.number(),
            kind: ask.kind,
            dialect: ask.dialect,
            status,
            reference: ask.reference.clone(),
            key: ask.key.clone(),
            of: ask.of,
            amount,
            method,
            code,
            created: now,
            updated: now,
            settled_at: None,
            visible_from: now.saturating_add(lag).unwrap_or(now),
            metadata: ask.metadata.clone(),
            plan,
            moves: Vec::new(),
            dispute: None,
            outcome,
        };
        if status == Status::Succeeded {
            // What a void gives back is the other side of what was voided.
            let moved = match (ask.kind, of) {
                (Kind::Void, Some(target)) => voided_money(target),
                _ => Some(transaction.signed()),
            };
            let why = ask.kind.name().to_owned();
            transaction.moves.extend(moved.map(|amount| Move { at: now, amount, why }));
        }
        self.put(Record::Transaction(Box::new(transaction.clone())));
        if let (Kind::Void, Some(target), Status::Succeeded) = (ask.kind, of, status) {
            self.void(target.clone(), now);
        }
        // Stripe's charges are told of once their intent knows them.
        if (ask.dialect, ask.kind) != (Dialect::Stripe, Kind::Charge) {
            self.tell(&transaction, Occasion::Made);
        }
        transaction
    }

    /// Where a transaction starts and what is planned for it.
    fn course(
        &self,
        kind: Kind,
        outcome: Outcome,
        now: Timestamp,
    ) -> (Status, Option<Code>, Vec<Planned>) {
        let step = self.options.step;
        let after = |by: SignedDuration, to| Planned { at: later(now, by), to };
        let three = step.saturating_mul(3);
        let settle = after(self.options.settle_after, Change::Settle);
        match outcome {
            Outcome::Declined => (Status::Failed, Some(Code::Declined), vec![]),
            Outcome::Expired => (Status::Failed, Some(Code::ExpiredCard), vec![]),
            Outcome::Revoked => (Status::Failed, Some(Code::MethodRevoked), vec![]),
            // A void happens at once or not at all.
            _ if kind == Kind::Void => (Status::Succeeded, None, vec![]),
            Outcome::PendingOk => (Status::Pending, None, vec![after(step, Change::Succeed)]),
            Outcome::PendingFail => {
                (Status::Pending, None, vec![after(step, Change::Fail(Code::Declined))])
            }
            Outcome::BalanceLow => {
                let plan = vec![after(three, Change::Succeed)];
                (Status::Pending, Some(Code::InsufficientFunds), plan)
            }
            Outcome::LateFail => {
                let mut plan = vec![settle, after(three, Change::Fail(Code::ExpiredCard))];
                plan.sort_by_key(|planned| planned.at);
                (Status::Succeeded, None, plan)
            }
            _ => (Status::Succeeded, None, vec![settle]),
        }
    }
}

/// The outcome of a call: its own, else its method's, else its amount's.
fn chosen(ask: &Ask, of: Option<&Transaction>, amount: Money) -> Outcome {
    let token = match ask.kind {
        Kind::Charge => Outcome::of_charge_token(&ask.method),
        Kind::Credit => Outcome::of_token(&ask.method),
        Kind::Refund => of.and_then(|of| Outcome::of_token(&of.method)),
        // What went out under a token can be taken back without meeting it again.
        Kind::Void => {
            of.filter(|of| of.kind == Kind::Charge).and_then(|of| Outcome::of_token(&of.method))
        }
    };
    let by_amount = match ask.kind {
        Kind::Charge | Kind::Void => None,
        Kind::Refund | Kind::Credit => Outcome::of_amount(amount),
    };
    let token = token.filter(|outcome| *outcome != Outcome::Ok);
    ask.sim.or(token).or(by_amount).unwrap_or(Outcome::Ok)
}

/// What goes back when `target` is voided; nothing if it had not moved.
fn voided_money(target: &Transaction) -> Option<Money> {
    (!target.moves.is_empty()).then(|| target.signed().negated())
}

/// An instant moved forward.
pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}
