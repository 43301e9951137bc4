//! What happens in the books when money moved, or came back.

use money::Money;

use super::{Landed, Order};
use crate::context::next;
use crate::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::id::Numbered;
use crate::journal::{Pair, Role};
use crate::payment::PaymentApplication;
use crate::reason::Category;
use crate::{AdjustmentNo, Document, InvoiceNo, Kind, PaymentNo, RefundNo};

/// What kind of movement an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// A refund of the credit balance.
    CreditRefund(RefundNo),
    /// A refund of a payment.
    PaymentRefund(RefundNo),
    /// A payment.
    Payment(PaymentNo),
}

impl Order {
    /// What kind of movement it is.
    pub fn movement(&self) -> Movement {
        let document = self.placed.document;
        match (document.kind, self.placed.payment) {
            (Kind::Refund, Some(_)) => Movement::PaymentRefund(RefundNo(document.number)),
            (Kind::Refund, None) => Movement::CreditRefund(RefundNo(document.number)),
            _ => Movement::Payment(PaymentNo(document.number)),
        }
    }

    /// The part of a payment that became credit.
    ///
    /// # Errors
    ///
    /// [`money::MoneyError`] on overflow.
    pub fn landed_credit(&self) -> Result<Money, money::MoneyError> {
        let mut credit = Money::zero(self.placed.amount.currency());
        if let (Movement::Payment(_), Some(landed)) = (self.movement(), &self.landed) {
            credit = self.placed.amount;
            for part in &landed.parts {
                credit = credit.try_sub(part.amount)?;
            }
        }
        Ok(credit)
    }
}

/// Which way money goes through the bank.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// Posts that the money of `order` moved. A credit refund lowers the credit balance; a payment refund
/// reopens invoices; a payment pays what its invoices can still take, and the rest becomes credit.
pub(crate) fn land(draft: &mut Draft<'_>, order: &Order) -> Result<Landed, Refusal> {
    let amount = order.placed.amount;
    match order.movement() {
        Movement::CreditRefund(no) => {
            let adjustment = through_credit(draft, Way::Out, Source::Refund(no), amount)?;
            Ok(Landed { parts: Vec::new(), adjustment: Some(adjustment) })
        }
        Movement::PaymentRefund(no) => {
            let parts: Vec<_> = order.placed.parts.iter().map(|part| (*part).into()).collect();
            for part in &parts {
                through_invoice(draft, Way::Out, no.document(), part)?;
            }
            Ok(Landed { parts, adjustment: None })
        }
        Movement::Payment(no) => {
            let wanted: Vec<_> = order.placed.parts.iter().map(|part| (*part).into()).collect();
            spread_in(draft, no.document(), Source::Payment(no), &wanted, amount)
        }
    }
}

/// Posts that the money of a processed `order` came back: the mirror of how it landed. What an invoice
/// cannot take any more, because it was settled otherwise, goes to the credit balance.
pub(crate) fn give_back(draft: &mut Draft<'_>, order: &Order) -> Result<Landed, Refusal> {
    let amount = order.placed.amount;
    let landed = order.landed.as_ref();
    let parts = landed.map(|landed| landed.parts.clone()).unwrap_or_default();
    match order.movement() {
        Movement::CreditRefund(no) => {
            let adjustment = through_credit(draft, Way::In, Source::Refund(no), amount)?;
            Ok(Landed { parts, adjustment: Some(adjustment) })
        }
        Movement::PaymentRefund(no) => {
            spread_in(draft, no.document(), Source::Refund(no), &parts, amount)
        }
        Movement::Payment(no) => {
            let mut rest = amount;
            for part in &parts {
                through_invoice(draft, Way::Out, no.document(), part)?;
                rest = rest.try_sub(part.amount)?;
            }
            let adjustment = if rest.is_positive() {
                Some(through_credit(draft, Way::Out, Source::Payment(no), rest)?)
            } else {
                None
            };
            Ok(Landed { parts, adjustment })
        }
    }
}

/// Brings money in: to invoices as far as they are open, the rest to the credit balance.
fn spread_in(
    draft: &mut Draft<'_>,
    document: Document,
    source: Source,
    wanted: &[PaymentApplication],
    amount: Money,
) -> Result<Landed, Refusal> {
    let mut rest = amount;
    let mut parts = Vec::with_capacity(wanted.len());
    for part in wanted {
        let open = draft.invoice_now(part.invoice)?.receivable()?;
        let taken = part.amount.at_most(open);
        if taken.is_positive() {
            let part = PaymentApplication { invoice: part.invoice, amount: taken };
            through_invoice(draft, Way::In, document, &part)?;
            rest = rest.try_sub(taken)?;
            parts.push(part);
        }
    }
    let adjustment =
        if rest.is_positive() { Some(through_credit(draft, Way::In, source, rest)?) } else { None };
    Ok(Landed { parts, adjustment })
}

fn through_invoice(
    draft: &mut Draft<'_>,
    way: Way,
    document: Document,
    part: &PaymentApplication,
) -> Result<(), Refusal> {
    through_bank(draft, way, Role::AccountsReceivable, part.amount, document, Some(part.invoice))
}

fn through_credit(
    draft: &mut Draft<'_>,
    way: Way,
    source: Source,
    amount: Money,
) -> Result<AdjustmentNo, Refusal> {
    let no = AdjustmentNo(next(&mut draft.numbers.adjustment));
    let direction = match way {
        Way::In => Direction::Increase,
        Way::Out => Direction::Decrease,
    };
    let date = draft.booking_day();
    draft.record(Fact::CreditBalanceAdjusted(CreditBalanceAdjustment {
        no,
        direction,
        source,
        amount,
        date,
        reason_code: Category::CreditBalanceAdjustment.resolve(draft.ctx.settings, None)?,
        comment: None,
        reference: None,
        cause: None,
    }))?;
    through_bank(draft, way, Role::CustomerCashOnAccount, amount, no.document(), None)?;
    Ok(no)
}

fn through_bank(
    draft: &mut Draft<'_>,
    way: Way,
    other: Role,
    amount: Money,
    document: Document,
    invoice: Option<InvoiceNo>,
) -> Result<(), Refusal> {
    let (bank, other) = (draft.ledger(Role::Bank), draft.ledger(other));
    let (debit, credit) = match way {
        Way::In => (bank, other),
        Way::Out => (other, bank),
    };
    let date = draft.booking_day();
    draft.post(Pair { debit, credit, amount, date, document, invoice })
}
