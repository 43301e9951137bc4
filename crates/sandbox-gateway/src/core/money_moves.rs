use jiff::Timestamp;
use money::Money;

use crate::core::Core;
use crate::core::engine::later;
use crate::core::hooks::Occasion;
use crate::core::state::Record;
use crate::core::transaction::{Change, Code, Dispute, Kind, Move, Planned, Status, Transaction};

impl Core {
    /// Lets everything happen that is due, each at its own instant.
    pub(crate) fn tick(&mut self) {
        let now = self.now();
        while let Some((at, number)) = self.state.due.first().copied()
            && at <= now
        {
            let Some(mut transaction) = self.state.transactions.get(&number).cloned() else {
                self.state.due.pop_first();
                continue;
            };
            let planned = transaction.plan.remove(0);
            self.change(transaction, planned.to, at);
        }
    }

    /// Changes a transaction whose plan has already been shortened.
    fn change(&mut self, mut transaction: Transaction, to: Change, at: Timestamp) {
        transaction.updated = at;
        match to {
            Change::Succeed => {
                transaction.status = Status::Succeeded;
                transaction.code = None;
                let why = transaction.kind.name().to_owned();
                transaction.moves.push(Move { at, amount: transaction.signed(), why });
                let settled = later(at, self.options.settle_after);
                transaction.plan = vec![Planned { at: settled, to: Change::Settle }];
            }
            Change::Fail(code) => {
                transaction.status = Status::Failed;
                transaction.code = Some(code);
                transaction.plan.clear();
                if !transaction.moves.is_empty() {
                    let amount = transaction.signed().negated();
                    transaction.moves.push(Move { at, amount, why: "failed".to_owned() });
                }
            }
            Change::Settle => {
                transaction.status = Status::Settled;
                transaction.settled_at = Some(at);
            }
        }
        self.put(Record::Transaction(Box::new(transaction.clone())));
        self.tell(&transaction, Occasion::Changed);
    }

    /// Marks what a void took back. The money is in the void's own record.
    pub(crate) fn void(&mut self, mut target: Transaction, at: Timestamp) {
        target.status = Status::Voided;
        target.updated = at;
        target.plan.clear();
        self.put(Record::Transaction(Box::new(target.clone())));
        self.tell(&target, Occasion::Changed);
    }

    /// Settles what has succeeded, now; all of it, or one transaction.
    pub(crate) fn settle(&mut self, only: Option<u64>) -> usize {
        self.now_for(only, Change::Settle, |transaction| {
            transaction.status == Status::Succeeded && transaction.kind != Kind::Void
        })
    }

    /// Lets what waits for the merchant's balance succeed, now.
    pub(crate) fn top_up(&mut self) -> usize {
        self.now_for(None, Change::Succeed, |transaction| {
            transaction.status == Status::Pending
                && transaction.code == Some(Code::InsufficientFunds)
        })
    }

    fn now_for(&mut self, only: Option<u64>, to: Change, fits: fn(&Transaction) -> bool) -> usize {
        let chosen = |one: &&Transaction| fits(one) && only.is_none_or(|only| only == one.number);
        let found: Vec<Transaction> =
            self.state.transactions.values().filter(chosen).cloned().collect();
        let now = self.now();
        let count = found.len();
        for mut transaction in found {
            transaction.plan.retain(|planned| planned.to != to);
            self.change(transaction, to, now);
        }
        count
    }

    /// Opens a dispute of a charge, of `amount` or all of it. False if there is one already.
    pub(crate) fn dispute(&mut self, number: u64, amount: Option<Money>) -> bool {
        let Some(mut charge) = self.state.transactions.get(&number).cloned() else { return false };
        if charge.kind != Kind::Charge || charge.is_disputed() || !charge.counts() {
            return false;
        }
        let now = self.now();
        let amount = amount.unwrap_or(charge.amount);
        charge.dispute = Some(Dispute { amount, opened: now, won: None });
        charge.updated = now;
        charge.moves.push(Move { at: now, amount: amount.negated(), why: "dispute".to_owned() });
        self.put(Record::Transaction(Box::new(charge.clone())));
        self.tell(&charge, Occasion::DisputeOpened);
        true
    }

    /// Decides an open dispute. False if there is none.
    pub(crate) fn decide(&mut self, number: u64, won: bool) -> bool {
        let Some(mut charge) = self.state.transactions.get(&number).cloned() else { return false };
        let now = self.now();
        let Some(dispute) = charge.dispute.as_mut().filter(|dispute| dispute.won.is_none()) else {
            return false;
        };
        dispute.won = Some(won);
        let amount = dispute.amount;
        if won {
            charge.moves.push(Move { at: now, amount, why: "dispute_won".to_owned() });
        }
        charge.updated = now;
        self.put(Record::Transaction(Box::new(charge.clone())));
        self.tell(&charge, Occasion::DisputeClosed);
        true
    }
}
