//! Electronic payments and refunds: which facts belong to which document, and what a payment is worth
//! once its own order and those of its refunds are known. The same in every database.

use money::{Money, MoneyError};
use receivables::books::{PaymentState, Recorded};
use receivables::fact::Fact;
use receivables::id::Numbered;
use receivables::labels::Labels;
use receivables::order::{GatewayId, Order, OrderState, Waiting};
use receivables::payment::Payment;
use receivables::payment_method::{MethodState, MethodStatus};
use receivables::{AccountNo, Document, InvoiceNo, Kind};

use crate::{Corrupt, corrupt};
use jiff::Timestamp;

/// The document that a fact about gateways belongs to: an order's refund or payment, or a payment
/// method. None for every other fact.
pub fn document_of_fact(fact: &Fact) -> Option<Document> {
    Some(match fact {
        Fact::PaymentMethodAdded(method) => method.no.document(),
        Fact::PaymentMethodChanged(changed) => changed.no.document(),
        Fact::OrderPlaced(placed) => placed.document,
        Fact::OrderMoved(moved) => moved.document,
        _ => return None,
    })
}

/// Labels of a document stand under its kind and this, so that the life of an order is read without them.
const LABELS: i16 = 64;

/// The same for what became of personal data.
const PERSONAL_DATA: i16 = 96;

/// The same for what was entered late.
const ENTERED_LATE: i16 = 32;

/// The kind under which it stands what became of the personal data of an account.
pub const PERSONAL_DATA_OF_ACCOUNT: i16 = PERSONAL_DATA + Kind::Account as i16;

/// Under which kind and number the row of a fact stands that is written as JSON: of orders, payment methods, labels and
/// personal data.
/// None for a fact that has a table of its own.
pub fn row_of_fact(fact: &Fact) -> Option<(i16, u64)> {
    match fact {
        Fact::Labeled(labeled) => Some(labels_row(labeled.document)),
        Fact::EnteredLate(late) => {
            Some((ENTERED_LATE + late.document.kind as i16, late.document.number))
        }
        Fact::PersonalDataNoted(noted) => Some((PERSONAL_DATA_OF_ACCOUNT, noted.account.0)),
        _ => document_of_fact(fact).map(|of| (i16::from(of.kind as u8), of.number)),
    }
}

/// Where the labels of a document stand.
pub const fn labels_row(of: Document) -> (i16, u64) {
    (LABELS + of.kind as i16, of.number)
}

/// The labels that a row of [`labels_row`] holds, and their document.
///
/// # Errors
///
/// [`Corrupt`] if it holds another fact.
pub fn labels_of(fact: Fact) -> Result<(Document, Labels), Corrupt> {
    match fact {
        Fact::Labeled(labeled) => Ok((labeled.document, labeled.labels())),
        _ => Err(corrupt("a fact of another kind stands among labels")),
    }
}

/// The ids a gateway gave with a step, each with its rank: 1 for the id of the transaction, 2 for the
/// second id.
pub fn references(fact: &Fact) -> impl Iterator<Item = (u8, &GatewayId)> {
    let said = match fact {
        Fact::OrderMoved(moved) => Some(&moved.said),
        _ => None,
    };
    let ids = said.map(|said| [(1, said.id.as_ref()), (2, said.second_id.as_ref())]);
    ids.into_iter().flatten().filter_map(|(rank, id)| Some((rank, id?)))
}

/// No instant is so early. What waits for approval, and what waits to be paid, stands in the index of what waits for
/// people, this much before the rest: three lists, each with the oldest first.
const APPROVALS_BEFORE: i64 = i64::MIN / 2;
const PAYMENTS_BEFORE: i64 = i64::MIN / 4;
/// Between the lists.
const APPROVALS_END: i64 = i64::MIN / 8 * 3;
const PAYMENTS_END: i64 = i64::MIN / 8;

/// When an order was placed, if a person has to look at it or approve it: the oldest come first.
pub fn attention_us(order: &Order) -> Option<i64> {
    let placed_at = order.placed_at.as_microsecond();
    if order.state == OrderState::AwaitingApproval {
        return Some(placed_at.saturating_add(APPROVALS_BEFORE));
    }
    if order.state == OrderState::ToBePaid {
        return Some(placed_at.saturating_add(PAYMENTS_BEFORE));
    }
    order.needs_a_person().then_some(placed_at)
}

/// The span of [`attention_us`] of what waits: from behind (instant, kind, number), and before an instant.
pub fn waiting(list: Waiting, after: Option<(Timestamp, Document)>) -> ((i64, i16, i64), i64) {
    let (from, before, offset) = match list {
        Waiting::ForApproval => (i64::MIN, APPROVALS_END, APPROVALS_BEFORE),
        Waiting::ForPayment => (APPROVALS_END, PAYMENTS_END, PAYMENTS_BEFORE),
        Waiting::ForAnswer => (PAYMENTS_END, i64::MAX, 0),
    };
    let from = match after {
        Some(after) => {
            let (at, kind, no) = place(Timestamp::UNIX_EPOCH, Some(after));
            (at.saturating_add(offset), kind, no)
        }
        None => (from, -1, -1),
    };
    (from, before)
}

/// When it was sent, if the gateway must have it on record.
pub fn sent_us(order: &Order) -> Option<i64> {
    order.on_record_since().map(jiff::Timestamp::as_microsecond)
}

/// Where to go on in a list by instant and document: behind `after`, else at `from`.
pub fn place(from: Timestamp, after: Option<(Timestamp, Document)>) -> (i64, i16, i64) {
    match after {
        Some((at, of)) => (at.as_microsecond(), i16::from(of.kind as u8), crate::int(of.number)),
        None => (from.as_microsecond(), -1, -1),
    }
}

/// An order from its facts, oldest first; none if it was not placed yet.
///
/// # Errors
///
/// [`Corrupt`] if its history does not begin with its placing.
pub fn order_from<'a>(
    account: AccountNo,
    facts: impl Iterator<Item = (Timestamp, &'a Fact)>,
) -> Result<Option<Order>, Corrupt> {
    let mut found: Option<Order> = None;
    for (at, fact) in facts {
        match (&mut found, fact) {
            (None, Fact::OrderPlaced(placed)) => found = Some(Order::new(placed, account, at)),
            (Some(order), Fact::OrderMoved(moved)) => order.take(moved, at),
            _ => return Err(corrupt("the history of an order begins with its placing")),
        }
    }
    Ok(found)
}

/// A payment method from its facts, oldest first; none if it was not added yet.
///
/// # Errors
///
/// [`Corrupt`] if its history does not begin with its adding.
pub fn method_from<'a>(
    facts: impl Iterator<Item = (Timestamp, &'a Fact)>,
) -> Result<Option<MethodState>, Corrupt> {
    let mut found: Option<MethodState> = None;
    for (at, fact) in facts {
        match (&mut found, fact) {
            (None, Fact::PaymentMethodAdded(method)) => {
                let status = MethodStatus::Active;
                found = Some(MethodState { method: method.clone(), at, status });
            }
            (Some(state), Fact::PaymentMethodChanged(changed)) => {
                state.status = changed.status.unwrap_or(state.status);
                state.method.expiry = changed.expiry.or(state.method.expiry);
            }
            _ => return Err(corrupt("the history of a payment method begins with its adding")),
        }
    }
    Ok(found)
}

/// A payment as the fold of the history leaves it. `order` is its own, if it is electronic; `external`
/// says what was refunded outside per invoice; `refunds` are the orders of its electronic refunds.
///
/// # Errors
///
/// [`MoneyError`] on overflow.
pub fn payment_state(
    recorded: Recorded<Payment>,
    order: Option<&Order>,
    external: &[(InvoiceNo, Money)],
    refunds: &[Order],
) -> Result<PaymentState, MoneyError> {
    let mut state = PaymentState::new(recorded);
    if let Some(order) = order {
        if let Some(landed) = &order.landed {
            state.land(landed)?;
        }
        state.recorded.canceled |= order.state == OrderState::Voided;
    }
    let PaymentState { recorded, refunded, held } = &mut state;
    let applications = recorded.document.applications.iter();
    for (application, (refunded, held)) in applications.zip(refunded.iter_mut().zip(held)) {
        let invoice = application.invoice;
        for (_, amount) in external.iter().filter(|(of, _)| *of == invoice) {
            *refunded = refunded.try_add(*amount)?;
        }
        for order in refunds {
            if order.state.is_held() {
                for part in order.placed.parts.iter().filter(|part| part.invoice == invoice) {
                    *held = held.try_add(part.amount)?;
                }
            }
            let went = order.landed.iter().flat_map(|landed| &landed.parts);
            for part in went.filter(|part| part.invoice == invoice) {
                *refunded = refunded.try_add(part.amount)?;
            }
            let came = order.returned.iter().flat_map(|landed| &landed.parts);
            for part in came.filter(|part| part.invoice == invoice) {
                *refunded = refunded.try_sub(part.amount)?;
            }
        }
    }
    Ok(state)
}
