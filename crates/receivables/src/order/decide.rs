//! Orders in motion: what an answer leads to, and what a person may say.

use jiff::Timestamp;

use super::effects::{Movement, give_back, land};
use super::schedule::{
    ATTEMPTS_MAX, BY_HAND_AFTER, NOT_TAKEN_MAX, SETTLEMENT_WAIT, next_glance, next_pending,
    next_try, next_unknown,
};
use super::{
    DeclineCode, GatewaySaid, Landed, Meaning, Order, OrderMoved, OrderState, Settlement, Step,
};
use crate::command::{AnswerSource, OrderRef, ReportOrder, ResolveOrder};
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::gateway::{Abilities, Ability, Idempotency, capability};
use crate::id::Ref;
use crate::payment::decide::{let_go, reject};
use crate::settings::RefundRejected;
use crate::text::Text;
use crate::{Document, Rejection};

/// What is looked up and conclusively not found is sent anew, but no more often than this in all.
const SENDS_MAX: u16 = 3;

/// The order a command names, with its account as the subject of the decision. The account may be
/// canceled: money that moved must be booked all the same.
pub(crate) fn order_of(draft: &mut Draft<'_>, named: OrderRef) -> Result<Order, Rejection> {
    let found = draft.base().orders.get(&named.document);
    let found = found.filter(|order| named.matches(order.placed_at));
    let order = found.ok_or(Rejection::NoOrder { document: named.document.to_string() })?.clone();
    draft.account_of(Ref::to(order.account))?;
    Ok(order)
}

/// What changes with a step; everything else stays.
pub(crate) struct Next {
    pub(super) attempt: u16,
    pub(super) ability: Ability,
    pub(super) state: OrderState,
    pub(super) due: Option<Timestamp>,
    pub(super) landed: Option<Landed>,
}

impl Next {
    fn stay(order: &Order) -> Self {
        Self {
            attempt: order.attempt,
            ability: order.ability,
            state: order.state,
            due: order.due,
            landed: None,
        }
    }

    pub(crate) fn to(order: &Order, state: OrderState, due: Option<Timestamp>) -> Self {
        Self { state, due, ..Self::stay(order) }
    }

    /// Another attempt, with a key of its own.
    fn again(order: &Order, state: OrderState, ability: Ability, due: Timestamp) -> Self {
        Self { attempt: order.attempt + 1, ability, state, due: Some(due), landed: None }
    }
}

pub(crate) fn record(
    draft: &mut Draft<'_>,
    order: &Order,
    step: Step,
    said: GatewaySaid,
    next: Next,
) -> Result<(), Refusal> {
    step_by(draft, order, moved(order, step, said, next))
}

/// Takes a step, and what follows for a payment that came back while a refund of it held a part.
fn step_by(draft: &mut Draft<'_>, order: &Order, moved: OrderMoved) -> Result<(), Refusal> {
    let (before, after) = (order.state, moved.state);
    draft.record(Fact::OrderMoved(Box::new(moved)))?;
    if before.is_held() && !after.is_held() && !after.is_effective() {
        return let_go(draft, order);
    }
    Ok(())
}

fn moved(order: &Order, step: Step, said: GatewaySaid, next: Next) -> OrderMoved {
    let Next { attempt, ability, state, due, landed } = next;
    let document = order.placed.document;
    OrderMoved { document, attempt, step, state, ability, due, said, landed }
}

/// What the gateway of an order can do for it, if it is still configured.
fn abilities(draft: &Draft<'_>, order: &Order) -> Option<Abilities> {
    let gateway = draft.ctx.settings.gateway(order.placed.gateway)?;
    let method = draft.base().methods.get(&order.placed.method)?;
    let method_type = method.method.method_type;
    capability::abilities(gateway, method_type, order.placed.amount.currency())
}

pub(super) fn idempotency(draft: &Draft<'_>, order: &Order) -> Idempotency {
    abilities(draft, order).map_or(Idempotency::None, |found| found.idempotency)
}

/// Takes over what a worker learned. Checks in this order: the order exists; the attempt is the
/// current one, or an earlier one that is said to have moved money; it does not wait for approval; something changes.
pub(crate) fn report(draft: &mut Draft<'_>, command: &ReportOrder) -> Result<(), Refusal> {
    let order = order_of(draft, command.order)?;
    let mut meaning = command.meaning;
    if command.amount.is_some_and(|amount| amount != order.placed.amount)
        && matches!(meaning, Meaning::Succeeded | Meaning::Settled | Meaning::Pending)
    {
        meaning = Meaning::AmountDiffers;
    }
    if order.state == OrderState::AwaitingApproval || order.placed.by_hand() {
        // Nothing was sent, so nobody can know of it. What a gateway lists all the same is a difference to look at.
        let document = order.placed.document.to_string();
        return Err(Rejection::OrderUnchanged { document, state: order.state }.into());
    }
    let money = order.executed.as_ref().filter(|_| order.state == OrderState::Processed);
    let money = money.map_or(order.attempt, |executed| executed.attempt);
    let executed = money == command.attempt && order.state == OrderState::Processed;
    let next = if command.attempt == money {
        react(draft, &order, meaning, command)?
    } else if command.attempt == order.attempt {
        after_void(draft, &order, meaning)
    } else {
        earlier_attempt(draft, &order, meaning, command)?
    };
    let unchanged = || {
        let document = order.placed.document.to_string();
        Rejection::OrderUnchanged { document, state: order.state }
    };
    let Some((step, next)) = next else { return Err(unchanged().into()) };
    let mut moved = moved(&order, step, command.said.clone(), next);
    // Also when an earlier attempt turns out to be the one that moved the money.
    if executed || (command.attempt < order.attempt && moved.landed.is_some()) {
        moved.attempt = command.attempt;
    }
    let mut after = order.clone();
    after.take(&moved, draft.ctx.now);
    if after == order {
        return Err(unchanged().into());
    }
    step_by(draft, &order, moved)
}

type Reaction = Result<Option<(Step, Next)>, Refusal>;

/// What an answer leads to about a void that is over, and left the payment as it was. Money that went
/// back after all is seen by looking at the payment.
fn after_void(draft: &Draft<'_>, order: &Order, meaning: Meaning) -> Option<(Step, Next)> {
    matches!(meaning, Meaning::Succeeded | Meaning::Settled)
        .then(|| (Step::Hurried, Next { due: Some(draft.ctx.now), ..Next::stay(order) }))
}

/// What an answer about an attempt before the current one leads to. It only matters if it moved money.
fn earlier_attempt(
    draft: &mut Draft<'_>,
    order: &Order,
    meaning: Meaning,
    command: &ReportOrder,
) -> Reaction {
    let stale = || Rejection::StaleAttempt {
        document: order.placed.document.to_string(),
        attempt: command.attempt,
        current: order.attempt,
    };
    if command.attempt > order.attempt || !matches!(meaning, Meaning::Succeeded | Meaning::Settled)
    {
        return Err(stale().into());
    }
    match order.state {
        // The charge before its void, or before it came back: nothing new.
        OrderState::Processed
        | OrderState::Voiding
        | OrderState::Voided
        | OrderState::FailedLate => Err(stale().into()),
        // Nothing of the current attempt was sent, so the earlier one is the one that counts.
        OrderState::Reserved | OrderState::Waiting if order.sent_at.is_none() => {
            let landed = Some(land(draft, order)?);
            let next = Next { landed, ..Next::to(order, OrderState::Processed, None) };
            Ok(Some((Step::Answered { meaning }, next)))
        }
        // Two attempts may have moved money: a person has to look.
        state => {
            let step = Step::Answered { meaning: Meaning::AmountDiffers };
            Ok(Some((step, Next::to(order, state, None))))
        }
    }
}

fn react(
    draft: &mut Draft<'_>,
    order: &Order,
    meaning: Meaning,
    command: &ReportOrder,
) -> Reaction {
    if meaning == Meaning::AmountDiffers {
        let state = if order.state.is_held() { OrderState::Unknown } else { order.state };
        return Ok(Some((Step::Answered { meaning }, Next::to(order, state, None))));
    }
    let next = match order.state {
        state if state.is_held() => Some(held(draft, order, meaning, command)?),
        OrderState::Voiding => Some(voiding(draft, order, meaning, command)?),
        // What a notice says of an order that seemed to be over may be old: it is looked up.
        _ if command.source == AnswerSource::Notice && overturns(order, meaning) => {
            let due = Some(draft.ctx.now);
            return Ok(Some((Step::Hurried, Next { due, ..Next::stay(order) })));
        }
        OrderState::Processed => processed(draft, order, meaning)?,
        OrderState::Declined | OrderState::NeverSent
            if matches!(meaning, Meaning::Succeeded | Meaning::Settled) =>
        {
            return closed(draft, order, meaning);
        }
        _ => None,
    };
    // A look-up that was hurried and found nothing new ends the hurry; one that got no answer does not.
    let next = next.or_else(|| {
        order.due?;
        let silent = matches!(meaning, Meaning::Unknown | Meaning::NotTaken);
        let due = silent.then(|| next_glance(order.tries, draft.ctx.now)).flatten();
        Some(Next { due, ..Next::stay(order) })
    });
    Ok(next.map(|next| (Step::Answered { meaning }, next)))
}

/// Whether an answer says otherwise than the books.
fn overturns(order: &Order, meaning: Meaning) -> bool {
    let moved = matches!(meaning, Meaning::Succeeded | Meaning::Settled);
    match order.state {
        OrderState::Processed => matches!(meaning, Meaning::Declined(_)),
        OrderState::Declined | OrderState::NeverSent => moved,
        _ => false,
    }
}

/// An answer while the amount is held.
fn held(
    draft: &mut Draft<'_>,
    order: &Order,
    meaning: Meaning,
    command: &ReportOrder,
) -> Result<Next, Refusal> {
    let now = draft.ctx.now;
    let sent_at = order.sent_at.unwrap_or(now);
    Ok(match meaning {
        Meaning::Succeeded | Meaning::Settled => {
            let landed = Some(land(draft, order)?);
            Next { landed, ..Next::to(order, OrderState::Processed, None) }
        }
        Meaning::Pending => {
            Next::to(order, OrderState::Pending, later(next_pending(sent_at, order.tries), now))
        }
        Meaning::Declined(reason) => declined(draft, order, reason),
        Meaning::NotTaken if order.state == OrderState::Sending => {
            if order.refusals + 1 < NOT_TAKEN_MAX {
                let due = next_try(order, now, command.retry_after_seconds);
                Next::to(order, OrderState::Reserved, due)
            } else {
                Next::to(order, OrderState::NeverSent, None)
            }
        }
        Meaning::NotTaken | Meaning::Unknown | Meaning::AmountDiffers => {
            if order.state == OrderState::Pending {
                let due = later(next_pending(sent_at, order.tries), now);
                return Ok(Next::to(order, OrderState::Pending, due));
            }
            let next = next_unknown(idempotency(draft, order), sent_at, order.tries);
            Next::to(order, OrderState::Unknown, later(next.map(|(at, _)| at), now))
        }
        Meaning::NotFound => {
            if order.said.id.is_some() || order.state == OrderState::Pending {
                // The gateway once gave an id and now knows of nothing: a person has to look.
                Next::to(order, OrderState::Unknown, None)
            } else if order.attempt < SENDS_MAX {
                Next::again(order, OrderState::Reserved, order.ability, now)
            } else {
                // Sent so often and never answered, yet without a trace: the search may be further
                // behind than it says, and the later ones refused as duplicates of the first.
                Next::to(order, OrderState::Unknown, None)
            }
        }
    })
}

/// An instant that lies in the past means now.
fn later(at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    at.map(|at| at.max(now))
}

/// A certain no, while the amount is held. An unsettled payment is voided if all of it goes back, else
/// the refund waits for settlement (gateways 6.16).
fn declined(draft: &Draft<'_>, order: &Order, reason: DeclineCode) -> Next {
    let now = draft.ctx.now;
    let more = order.attempt < ATTEMPTS_MAX;
    match (reason, order.ability) {
        (DeclineCode::NotSettled, Ability::ReferencedRefund) if more => {
            let can_void = abilities(draft, order).is_some_and(|found| found.void);
            if can_void && takes_all(draft, order) {
                return Next::again(order, OrderState::Reserved, Ability::Void, now);
            }
            let due = now.saturating_add(SETTLEMENT_WAIT).unwrap_or(now);
            Next::again(order, OrderState::Waiting, Ability::ReferencedRefund, due)
        }
        (DeclineCode::NotVoidable, Ability::Void) if more => {
            Next::again(order, OrderState::Reserved, Ability::ReferencedRefund, now)
        }
        // After a resend this may well be the first one, which succeeded after all.
        (DeclineCode::AlreadyRefunded | DeclineCode::ExceedsRefundable, _) if order.attempt > 1 => {
            let sent_at = order.sent_at.unwrap_or(now);
            let next = next_unknown(Idempotency::None, sent_at, order.tries);
            Next::to(order, OrderState::Unknown, later(next.map(|(at, _)| at), now))
        }
        _ => Next::to(order, OrderState::Declined, None),
    }
}

/// Whether the refund takes its whole payment and is the only one.
fn takes_all(draft: &Draft<'_>, order: &Order) -> bool {
    let payment = order.placed.payment.and_then(|no| draft.base().payments.get(&no));
    payment.is_some_and(|payment| {
        payment.recorded.document.amount == order.placed.amount
            && payment.refunded.iter().all(|part| part.is_zero())
    })
}

/// An answer about a void that is under way.
fn voiding(
    draft: &mut Draft<'_>,
    order: &Order,
    meaning: Meaning,
    command: &ReportOrder,
) -> Result<Next, Refusal> {
    let now = draft.ctx.now;
    let sent_at = order.sent_at.unwrap_or(now);
    let voiding = OrderState::Voiding;
    Ok(match meaning {
        Meaning::Succeeded | Meaning::Settled => {
            let landed = Some(give_back(draft, order)?);
            Next { landed, ..Next::to(order, OrderState::Voided, None) }
        }
        // Why not? It may be settled, or have come back meanwhile: the payment is looked up.
        Meaning::Declined(_) => Next::to(order, OrderState::Processed, Some(now)),
        Meaning::Pending => {
            Next::to(order, voiding, later(next_pending(sent_at, order.tries), now))
        }
        Meaning::NotTaken if order.refusals + 1 < NOT_TAKEN_MAX => {
            // The same again, under the same key: nothing was taken.
            let due = next_try(order, now, command.retry_after_seconds);
            Next::to(order, voiding, due)
        }
        Meaning::NotFound => {
            let payment = order.executed.as_ref().map_or(0, |executed| executed.attempt);
            if order.attempt.saturating_sub(payment) < SENDS_MAX {
                Next::again(order, voiding, Ability::Void, now)
            } else {
                // As with a refund that is never answered nor found: a person has to look.
                Next::to(order, voiding, None)
            }
        }
        Meaning::NotTaken | Meaning::Unknown | Meaning::AmountDiffers => {
            let next = next_unknown(idempotency(draft, order), sent_at, order.tries);
            Next::to(order, voiding, later(next.map(|(at, _)| at), now))
        }
    })
}

/// An answer about an order that is processed: it may be settled, or come back late (domain 7.4).
fn processed(
    draft: &mut Draft<'_>,
    order: &Order,
    meaning: Meaning,
) -> Result<Option<Next>, Refusal> {
    Ok(match meaning {
        Meaning::Settled if order.settlement != Settlement::Settled => {
            Some(Next::to(order, OrderState::Processed, None))
        }
        Meaning::Declined(_) => Some(fails_late(draft, order, "Payment Rejection")?),
        _ => None,
    })
}

/// The money came back. A refund gives the credit back, linked to it, unless the organisation only
/// wants it marked; a payment is recorded as refunded outside, and its invoices reopen.
fn fails_late(draft: &mut Draft<'_>, order: &Order, payment_reason: &str) -> Result<Next, Refusal> {
    if let Movement::Payment(no) = order.movement() {
        reject(draft, no, payment_reason)?;
        return Ok(Next::to(order, OrderState::FailedLate, None));
    }
    if draft.ctx.settings.refund_rejected == RefundRejected::MarkOnly {
        return Ok(Next::to(order, OrderState::Processed, None));
    }
    let landed = Some(give_back(draft, order)?);
    Ok(Next { landed, ..Next::to(order, OrderState::FailedLate, None) })
}

/// A look-up found money moved by an order that was thought not to have moved any. If the books can
/// still take it, they do; else a person has to look.
fn closed(draft: &mut Draft<'_>, order: &Order, meaning: Meaning) -> Reaction {
    if !can_land(draft, order)? {
        let step = Step::Answered { meaning: Meaning::AmountDiffers };
        return Ok(Some((step, Next::to(order, order.state, None))));
    }
    let landed = Some(land(draft, order)?);
    let next = Next { landed, ..Next::to(order, OrderState::Processed, None) };
    Ok(Some((Step::Answered { meaning }, next)))
}

fn can_land(draft: &Draft<'_>, order: &Order) -> Result<bool, Refusal> {
    let amount = order.placed.amount;
    match order.movement() {
        Movement::CreditRefund(_) => draft.covers(amount),
        Movement::Payment(_) => Ok(true),
        Movement::PaymentRefund(_) => {
            let Some(no) = order.placed.payment else { return Ok(false) };
            let Some(payment) = draft.base().payments.get(&no) else { return Ok(false) };
            for part in &order.placed.parts {
                if part.amount.minor() > payment.refundable_on(part.invoice)?.minor() {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// Asks that an order be looked at now. Checks: it exists; nobody is at it; something was sent.
pub(crate) fn hurry(draft: &mut Draft<'_>, named: OrderRef) -> Result<(), Refusal> {
    let order = order_of(draft, named)?;
    let now = draft.ctx.now;
    let document = order.placed.document.to_string();
    if let Some(lease) = order.lease.as_ref().filter(|lease| lease.until > now) {
        return Err(Rejection::OrderLeased { document, worker: lease.worker.to_string() }.into());
    }
    // By hand nobody sends anything.
    let unsent = order.sent_at.is_none() && order.executed.is_none() || order.placed.by_hand();
    if unsent || order.due.is_some_and(|due| due <= now) {
        return Err(Rejection::OrderUnchanged { document, state: order.state }.into());
    }
    let next = Next { due: Some(now), ..Next::stay(&order) };
    record(draft, &order, Step::Hurried, GatewaySaid::default(), next)
}

/// A person says how an order stands. Checks in this order: it exists; no person said so before
/// (domain 4.5: once only, then frozen); nobody is at it; it is in doubt; 48 hours have passed since it was sent, or
/// nothing more is scheduled.
pub(crate) fn resolve(draft: &mut Draft<'_>, command: &ResolveOrder) -> Result<(), Refusal> {
    let order = order_of(draft, command.order)?;
    let now = draft.ctx.now;
    let document = order.placed.document.to_string();
    if order.resolved {
        return Err(Rejection::AlreadyResolved { document }.into());
    }
    if let Some(lease) = order.lease.as_ref().filter(|lease| lease.until > now) {
        return Err(Rejection::OrderLeased { document, worker: lease.worker.to_string() }.into());
    }
    let in_doubt = order.contradicted
        || matches!(
            order.state,
            OrderState::Sending | OrderState::Unknown | OrderState::Pending | OrderState::Voiding
        );
    if !in_doubt {
        return Err(Rejection::NotInDoubt { document, state: order.state }.into());
    }
    if !order.needs_a_person() {
        let from = order.sent_at.unwrap_or(order.placed_at);
        let earliest = from.saturating_add(BY_HAND_AFTER).unwrap_or(from);
        if now < earliest {
            return Err(Rejection::TooEarlyToResolve { document, earliest }.into());
        }
    }
    let next = resolved(draft, &order, command.paid)?;
    let said = GatewaySaid {
        id: command.gateway_id.clone(),
        message: command.words.comment.as_ref().and_then(|text| Text::fitting(text.as_str())),
        ..GatewaySaid::default()
    };
    record(draft, &order, Step::Resolved { paid: command.paid }, said, next)
}

/// Has the money of an order move, whatever it waits for: for a look ahead.
pub(crate) fn move_at_once(draft: &mut Draft<'_>, document: Document) -> Result<(), Refusal> {
    let order = order_of(draft, OrderRef::to(document))?;
    let landed = Some(land(draft, &order)?);
    let next = Next { landed, ..Next::to(&order, OrderState::Processed, None) };
    let step = Step::Answered { meaning: Meaning::Succeeded };
    record(draft, &order, step, GatewaySaid::default(), next)
}

fn resolved(draft: &mut Draft<'_>, order: &Order, paid: bool) -> Result<Next, Refusal> {
    let (state, landed) = match (order.state, paid) {
        (OrderState::Voiding, true) => (OrderState::Voided, Some(give_back(draft, order)?)),
        (OrderState::Voiding, false) => (OrderState::Processed, None),
        (state, true) if state.is_held() => (OrderState::Processed, Some(land(draft, order)?)),
        (state, false) if state.is_held() => (OrderState::NeverSent, None),
        (OrderState::Declined | OrderState::NeverSent, true) => {
            if !can_land(draft, order)? {
                let asked = order.placed.amount;
                let account = draft.account_now()?;
                let available = account.available()?;
                let account = account.no.to_string();
                let refused = Rejection::AmountExceedsCreditBalance { account, asked, available };
                return Err(refused.into());
            }
            (OrderState::Processed, Some(land(draft, order)?))
        }
        (OrderState::Processed, false) => {
            let next = fails_late(draft, order, "Payment Rejection")?;
            (next.state, next.landed)
        }
        (state, _) => (state, None),
    };
    Ok(Next { landed, ..Next::to(order, state, None) })
}

/// A dispute of a payment was opened or closed. A lost one takes the payment back. Checks: the order
/// exists and is that of a payment; something changes.
pub(crate) fn dispute(
    draft: &mut Draft<'_>,
    named: OrderRef,
    open: bool,
    lost: bool,
) -> Result<(), Refusal> {
    let order = order_of(draft, named)?;
    let Movement::Payment(_) = order.movement() else {
        return Err(Rejection::NoOrder { document: named.document.to_string() }.into());
    };
    let lost = lost && order.state == OrderState::Processed;
    if order.disputed == open && !lost {
        let document = order.placed.document.to_string();
        return Err(Rejection::OrderUnchanged { document, state: order.state }.into());
    }
    let next =
        if lost { fails_late(draft, &order, "Payment Reversal")? } else { Next::stay(&order) };
    record(draft, &order, Step::Disputed { open }, GatewaySaid::default(), next)
}

/// Begins the void of a processed payment. The caller has checked the payment.
pub(crate) fn begin_void(draft: &mut Draft<'_>, order: &Order) -> Result<(), Refusal> {
    let next = Next::again(order, OrderState::Voiding, Ability::Void, draft.ctx.now);
    record(draft, order, Step::VoidAsked, GatewaySaid::default(), next)
}
