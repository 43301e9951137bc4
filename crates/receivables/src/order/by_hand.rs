//! External refunds that all agreed to: a person pays them and says so, or they come back unpaid.

use super::decide::{Next, order_of, record};
use super::effects::land;
use super::{GatewaySaid, Order, OrderState, Step};
use crate::approval::decide::require_refundable;
use crate::approval::{Judged, Verdict};
use crate::command::{OrderRef, PayRefund, Review};
use crate::draft::{Draft, Refusal};
use crate::permission::Permission;
use crate::refund::RefundSource;
use crate::text::Text;
use crate::{RefundNo, Rejection};

/// Records that a refund was paid, with its cheque number or another reference. Checks in this order: it exists; the
/// caller may issue such a refund; it is to be paid; its day has come; a payment that it refunds is still processed and not disputed, unless that was overridden.
pub(crate) fn pay(draft: &mut Draft<'_>, command: &PayRefund) -> Result<(), Refusal> {
    let order = to_be_paid(draft, command.order)?;
    if let Some(due) = order.placed.not_before.filter(|first| draft.ctx.now < *first) {
        let document = order.placed.document.to_string();
        return Err(Rejection::OrderNotDue { document, due: Some(due) }.into());
    }
    if let Some(needed) = &order.placed.approval {
        require_refundable(draft, &order, needed)?;
    }
    let landed = Some(land(draft, &order)?);
    let judged = Judged {
        verdict: Verdict::Paid,
        by: draft.ctx.by.name.to_owned(),
        comment: command.comment.clone(),
    };
    let said = GatewaySaid { id: Text::fitting(command.reference.as_str()), ..Default::default() };
    let next = Next { landed, ..Next::to(&order, OrderState::Processed, None) };
    record(draft, &order, Step::Judged(judged), said, next)
}

/// Records that a refund came back unpaid; what was held is free again. Checks in this order: it exists; the caller
/// may issue such a refund; it is to be paid; with a reason.
pub(crate) fn give_back(draft: &mut Draft<'_>, review: &Review) -> Result<(), Refusal> {
    let order = to_be_paid(draft, review.order)?;
    if review.comment.is_none() {
        return Err(Rejection::NothingGiven { what: "reasons for the return (comment)" }.into());
    }
    let judged = Judged {
        verdict: Verdict::Returned,
        by: draft.ctx.by.name.to_owned(),
        comment: review.comment.clone(),
    };
    let next = Next::to(&order, OrderState::Returned, None);
    record(draft, &order, Step::Judged(judged), GatewaySaid::default(), next)
}

fn to_be_paid(draft: &mut Draft<'_>, named: OrderRef) -> Result<Order, Refusal> {
    let refund = draft.base().refunds.get(&RefundNo(named.document.number));
    let refund = refund.ok_or_else(|| Rejection::not_found(named.document))?;
    let needed = match refund.document.source {
        RefundSource::CreditBalance(_) => Permission::CreditBalanceExternalRefund,
        RefundSource::Payment { .. } => Permission::IssueExternalRefund,
    };
    if !draft.ctx.by.permissions.has(needed) {
        return Err(Refusal::NotPermitted(needed));
    }
    let order = order_of(draft, named)?;
    if order.state == OrderState::ToBePaid {
        return Ok(order);
    }
    let (refund, state) = (order.placed.document.to_string(), order.state);
    Err(Rejection::NotToBePaid { refund, state }.into())
}
