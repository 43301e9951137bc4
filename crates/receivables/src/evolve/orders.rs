//! What the steps of an order mean for everything around it: what is held, what moved, what came back.

use super::{Broken, Place, Sign, States, pay_invoices};
use crate::order::effects::Movement;
use crate::order::{Landed, Order, OrderMoved, OrderState};
use crate::payment::PaymentApplication;

/// Takes a step and what follows from it.
pub(super) fn take(
    states: &mut impl States,
    place: Place,
    moved: &OrderMoved,
) -> Result<(), Broken> {
    let order = states.order(moved.document)?;
    let before = order.clone();
    order.take(moved, place.at);
    let after = order.clone();
    if before.state.is_held() && !after.state.is_held() {
        hold(states, &before, Sign::Undo)?;
    }
    let voids = |order: &Order| order.state == OrderState::Voiding;
    if voids(&before) != voids(&after) {
        hold_credit(states, &after, if voids(&after) { Sign::Do } else { Sign::Undo })?;
    }
    if let Some(landed) = &moved.landed {
        match (before.state.is_effective(), after.state.is_effective()) {
            (false, true) => lands(states, &after, landed)?,
            (true, false) => comes_back(states, &after, landed)?,
            _ => return Err(Broken::Invariant(format!("{} landed twice", moved.document))),
        }
    } else if !before.state.is_effective() && after.state.is_effective() {
        return Err(Broken::Invariant(format!("{} landed nowhere", moved.document)));
    }
    if after.state == OrderState::Voided {
        cancel_payment(states, &after);
    }
    Ok(())
}

/// Holds the amount of an order, or lets go of it.
pub(super) fn hold(states: &mut impl States, order: &Order, sign: Sign) -> Result<(), Broken> {
    match order.movement() {
        Movement::CreditRefund(_) => {
            let account = states.account(order.account)?;
            account.held = sign.apply(account.held, order.placed.amount)?;
        }
        Movement::PaymentRefund(_) => {
            let Some(no) = order.placed.payment else { return Ok(()) };
            let Some(state) = states.payment(no) else { return Ok(()) };
            for (application, held) in
                state.recorded.document.applications.iter().zip(&mut state.held)
            {
                let part = order.placed.parts.iter();
                for part in part.filter(|part| part.invoice == application.invoice) {
                    *held = sign.apply(*held, part.amount)?;
                }
            }
        }
        Movement::Payment(_) => {
            for part in &order.placed.parts {
                let invoice = states.invoice(part.invoice)?;
                invoice.pending = sign.apply(invoice.pending, part.amount)?;
                invoice.attached = sign.count(invoice.attached);
            }
        }
    }
    Ok(())
}

/// While a void is under way, the credit that the payment brought must stay where it is.
fn hold_credit(states: &mut impl States, order: &Order, sign: Sign) -> Result<(), Broken> {
    let credit = order.landed_credit()?;
    let account = states.account(order.account)?;
    account.held = sign.apply(account.held, credit)?;
    Ok(())
}

/// The money of an order moved.
fn lands(states: &mut impl States, order: &Order, landed: &Landed) -> Result<(), Broken> {
    match order.movement() {
        Movement::CreditRefund(_) => Ok(()),
        Movement::PaymentRefund(_) => refund_parts(states, order, &landed.parts, Sign::Do),
        Movement::Payment(no) => {
            if let Some(state) = states.payment(no) {
                state.land(landed)?;
            }
            pay_invoices(states, &landed.parts, Sign::Do)
        }
    }
}

/// It came back.
fn comes_back(states: &mut impl States, order: &Order, landed: &Landed) -> Result<(), Broken> {
    match order.movement() {
        Movement::CreditRefund(_) => Ok(()),
        Movement::PaymentRefund(_) => refund_parts(states, order, &landed.parts, Sign::Undo),
        Movement::Payment(_) => pay_invoices(states, &landed.parts, Sign::Undo),
    }
}

/// Parts of a payment were refunded, or came back.
fn refund_parts(
    states: &mut impl States,
    order: &Order,
    parts: &[PaymentApplication],
    sign: Sign,
) -> Result<(), Broken> {
    for part in parts {
        let invoice = states.invoice(part.invoice)?;
        invoice.refunds = sign.apply(invoice.refunds, part.amount)?;
    }
    let Some(no) = order.placed.payment else { return Ok(()) };
    let Some(state) = states.payment(no) else { return Ok(()) };
    for (application, refunded) in
        state.recorded.document.applications.iter().zip(&mut state.refunded)
    {
        for part in parts.iter().filter(|part| part.invoice == application.invoice) {
            *refunded = sign.apply(*refunded, part.amount)?;
        }
    }
    Ok(())
}

fn cancel_payment(states: &mut impl States, order: &Order) {
    if let Movement::Payment(no) = order.movement()
        && let Some(state) = states.payment(no)
    {
        state.recorded.canceled = true;
    }
}
