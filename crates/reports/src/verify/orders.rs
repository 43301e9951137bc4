//! Orders: how they stand, and what they hold.

use engine::KeyHash;
use money::Money;
use receivables::fact::Fact;
use receivables::order::effects::Movement;
use receivables::order::{Order, OrderMoved, OrderState};
use receivables::{AccountNo, Books, Document, Entry, InvoiceNo};
use rustc_hash::FxHashMap;

use super::{VerifyError, broken, sums};

/// Stands for an order while memory would not hold them all twice.
pub(super) fn hash(order: &Order) -> KeyHash {
    engine::hash(&serde_json::to_vec(order).unwrap_or_default())
}

/// The orders that are stored are those of the fold.
pub(super) fn compare(
    books: &Books,
    stored: &FxHashMap<Document, KeyHash>,
) -> Result<(), VerifyError> {
    let invariant = "stored orders equal the fold of the history";
    for (document, order) in &books.orders {
        if stored.get(document) != Some(&hash(order)) {
            return Err(broken(invariant, document));
        }
    }
    if let Some(more) = stored.keys().find(|document| !books.orders.contains_key(document)) {
        return Err(broken(invariant, more));
    }
    Ok(())
}

/// How money landed, or came back, adds up within its entry: a credit balance adjustment that it names is there.
pub(super) fn landed_agrees(entry: &Entry, moved: &OrderMoved) -> bool {
    let adjustment = moved.landed.as_ref().and_then(|landed| landed.adjustment);
    adjustment.is_none_or(|wanted| {
        let made =
            |fact: &Fact| matches!(fact, Fact::CreditBalanceAdjusted(found) if found.no == wanted);
        entry.facts.iter().any(made)
    })
}

/// What accounts and invoices hold for gateways is the sum over the orders under way.
pub(super) fn held_amounts(books: &Books) -> Result<(), VerifyError> {
    let mut held: FxHashMap<AccountNo, Money> = FxHashMap::default();
    let mut pending: FxHashMap<InvoiceNo, Money> = FxHashMap::default();
    for order in books.orders.values() {
        let amount = match order.movement() {
            Movement::CreditRefund(_) if order.state.is_held() => order.placed.amount,
            Movement::Payment(_) if order.state == OrderState::Voiding => {
                order.landed_credit().map_err(sums)?
            }
            _ => Money::zero(order.placed.amount.currency()),
        };
        let sum = held.entry(order.account).or_insert(Money::zero(amount.currency()));
        *sum = sum.try_add(amount).map_err(sums)?;
        if !(matches!(order.movement(), Movement::Payment(_)) && order.state.is_held()) {
            continue;
        }
        for part in &order.placed.parts {
            let sum = pending.entry(part.invoice).or_insert(Money::zero(part.amount.currency()));
            *sum = sum.try_add(part.amount).map_err(sums)?;
        }
    }
    for account in books.accounts.values() {
        let expected = held.get(&account.no).copied().unwrap_or(Money::zero(account.currency));
        if account.held != expected {
            let detail = format!("{}: {} held, {expected} by its orders", account.no, account.held);
            return Err(broken("what is held = sum of orders under way", detail));
        }
    }
    for invoice in books.invoices.values() {
        let zero = Money::zero(invoice.amount.currency());
        let expected = pending.get(&invoice.no).copied().unwrap_or(zero);
        if invoice.pending != expected {
            let (no, found) = (invoice.no, invoice.pending);
            let detail = format!("{no}: {found} pending, {expected} by its orders");
            return Err(broken("what is pending = sum of payments under way", detail));
        }
    }
    Ok(())
}
