//! Holds the books against the true ledger of the gateway.

use engine::Reader;
use jiff::Timestamp;
use receivables::Fact;
use receivables::gateway::Ability;
use receivables::order::{Order, OrderState};

use crate::business::ACCOUNT;
use crate::connector::What;
use crate::gateway_in_memory::InMemory;

/// Whether the money of an order is out (of a payment: in) at the gateway.
pub(crate) fn moved(order: &Order, gateway: &InMemory, now: Timestamp) -> bool {
    movements(order, gateway, now, false) > 0
}

/// How many transactions moved the money of an order, or did so before some came back. A void of the
/// payment instead of its refund counts as one; of a payment, a void takes one back.
fn movements(order: &Order, gateway: &InMemory, now: Timestamp, ever: bool) -> usize {
    let state = gateway.lock();
    let reference = order.placed.document.to_string();
    let counts = |what: What| {
        let of = state.transactions.iter().filter(|it| it.wish.reference == reference);
        of.filter(|it| it.wish.what == what)
            .filter(|it| if ever { it.ever_moved(now) } else { it.moved(now) })
            .count()
    };
    match order.placed.ability {
        Ability::Payment if ever => counts(What::Charge),
        Ability::Payment => counts(What::Charge).saturating_sub(counts(What::Void)),
        _ => counts(What::Refund) + counts(What::Credit) + counts(What::Void),
    }
}

/// What happened to an order, here and there: to read when a seed fails.
fn story(order: &Order, reader: &dyn Reader, gateway: &InMemory) -> String {
    let document = order.placed.document;
    let mut lines = Vec::new();
    for event in reader.order_history(document).unwrap_or_default() {
        if let Fact::OrderMoved(moved) = event.fact {
            let (step, state) = (&moved.step, moved.state.name());
            lines.push(format!("{} books: attempt {}, {step:?}, {state}", event.at, moved.attempt));
        }
    }
    let state = gateway.lock();
    let reference = document.to_string();
    for it in state.transactions.iter().filter(|it| it.wish.reference == reference) {
        lines.push(format!("{} gateway: {it:?}", it.at));
    }
    lines.sort();
    format!("\n  {}", lines.join("\n  "))
}

/// Everything that is wrong; empty if the books tell the truth and nobody was paid twice.
pub(crate) fn judge(
    orders: &[Order],
    reader: &dyn Reader,
    gateway: &InMemory,
    now: Timestamp,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for order in orders {
        let before = wrong.len();
        let document = order.placed.document;
        let (out, ever) =
            (movements(order, gateway, now, false), movements(order, gateway, now, true));
        if ever > 1 {
            wrong.push(format!("{document} moved money {ever} times"));
        }
        let books = order.state.is_effective();
        let undecided = order.state.is_held() || order.state == OrderState::Voiding;
        if undecided {
            wrong.push(format!("{document} is still {}", order.state.name()));
        } else if books != (out == 1) {
            let state = order.state.name();
            wrong.push(format!("{document} is {state}, but the gateway has {out} movements"));
        }
        let state = gateway.lock();
        let amounts = state.transactions.iter();
        let amounts = amounts.filter(|it| it.wish.reference == document.to_string());
        for transaction in amounts.filter(|it| it.wish.what != What::Void) {
            if transaction.wish.minor != order.placed.amount.minor() {
                wrong.push(format!("{document} went out with another amount"));
            }
        }
        drop(state);
        if wrong.len() > before {
            wrong.push(story(order, reader, gateway));
        }
    }
    match reader.account(ACCOUNT) {
        Ok(Some(account)) if !account.held.is_zero() => {
            wrong.push(format!("{} is still held", account.held));
        }
        Ok(Some(_)) => {}
        other => wrong.push(format!("the account cannot be read: {other:?}")),
    }
    wrong
}
