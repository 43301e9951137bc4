//! Who may act on an order, and what they are to do.

use super::decide::{Next, idempotency, order_of, record};
use super::schedule::{self, LOOKS_MAX, task_now};
use super::{DeclineCode, GatewaySaid, Lease, Meaning, Order, OrderState, Step, Task};
use crate::Rejection;
use crate::approval::{Judged, Verdict};
use crate::command::ClaimOrder;
use crate::draft::{Draft, Refusal};
use crate::gateway::decide::require_able;
use crate::text::Text;

/// Gives an order to a worker for a while, and says what it is to do. Checks in this order: the order
/// exists; nobody else is at it; it is due. One that waits for approval lapses then. Before the first send the gateway is looked at again: one
/// that was deactivated since sends nothing. An order over which worker after worker dies is left to a person.
pub(crate) fn claim(draft: &mut Draft<'_>, command: &ClaimOrder) -> Result<(), Refusal> {
    let order = order_of(draft, command.order)?;
    let now = draft.ctx.now;
    let document = || order.placed.document.to_string();
    if let Some(lease) = order.lease.as_ref().filter(|lease| lease.until > now) {
        let worker = lease.worker.to_string();
        return Err(Rejection::OrderLeased { document: document(), worker }.into());
    }
    match order.due {
        Some(due) if due <= now => {}
        due => return Err(Rejection::OrderNotDue { document: document(), due }.into()),
    }
    if order.state == OrderState::AwaitingApproval {
        // Its time is over.
        let by = command.worker.to_string();
        let step = Step::Judged(Judged { verdict: Verdict::Lapsed, by, comment: None });
        let next = Next::to(&order, OrderState::Lapsed, None);
        return record(draft, &order, step, GatewaySaid::default(), next);
    }
    let unsent = order.sent_at.is_none();
    let (task, state) = match order.state {
        OrderState::Reserved | OrderState::Waiting => (Task::Send, OrderState::Sending),
        OrderState::Voiding if unsent => (Task::Send, OrderState::Voiding),
        OrderState::Sending | OrderState::Unknown => (repeat(draft, &order), OrderState::Unknown),
        OrderState::Voiding => (repeat(draft, &order), OrderState::Voiding),
        other => (Task::LookUp, other),
    };
    // What is looked up of a payment whose void came to nothing is the payment.
    let executed = order.executed.as_ref().filter(|_| state == OrderState::Processed);
    let (attempt, ability) =
        executed.map_or((order.attempt, order.ability), |it| (it.attempt, it.ability));
    if task == Task::Send
        && let Some(refused) = cannot_send(draft, &order)
    {
        return record(draft, &order, refused.0, refused.1, refused.2);
    }
    // A lease that is still there ran out: nobody reported back.
    if task == Task::LookUp && order.lease.is_some() && order.tries >= LOOKS_MAX {
        let message = Text::fitting("no worker came back with an answer");
        let said = GatewaySaid { message, ..GatewaySaid::default() };
        let step = Step::Answered { meaning: Meaning::Unknown };
        return record(draft, &order, step, said, Next::to(&order, state, None));
    }
    let until = now.saturating_add(command.lease.unwrap_or(schedule::LEASE)).unwrap_or(now);
    let lease = Lease { worker: command.worker.clone(), until };
    let next = Next { attempt, ability, ..Next::to(&order, state, Some(until)) };
    record(draft, &order, Step::Claimed { task, lease }, GatewaySaid::default(), next)
}

fn repeat(draft: &Draft<'_>, order: &Order) -> Task {
    let sent_at = order.sent_at.unwrap_or(order.placed_at);
    task_now(idempotency(draft, order), sent_at, order.tries, draft.ctx.now)
}

/// The step that ends an order whose gateway was deactivated before anything was sent.
fn cannot_send(draft: &Draft<'_>, order: &Order) -> Option<(Step, GatewaySaid, Next)> {
    let settings = draft.ctx.settings;
    let gateway = settings.gateway(order.placed.gateway)?;
    let method = draft.base().methods.get(&order.placed.method)?;
    let currency = order.placed.amount.currency();
    let refused = require_able(settings, gateway, method, currency, order.ability).err()?;
    let said =
        GatewaySaid { message: Text::fitting(&refused.to_string()), ..GatewaySaid::default() };
    let meaning = Meaning::Declined(DeclineCode::Configuration);
    let state = if order.state == OrderState::Voiding {
        OrderState::Processed
    } else {
        OrderState::NeverSent
    };
    Some((Step::Answered { meaning }, said, Next::to(order, state, None)))
}
