//! The credit balance and its adjustments (domain 1.5, 1.6, 2).

pub mod decide;

use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::reason::ReasonCode;
use crate::text::{Comment, Reference};
use crate::{AdjustmentNo, Document, InvoiceNo, PaymentNo, RefundNo};

/// How many invoices one call may apply credit to.
pub const APPLICATIONS_MAX: usize = 1_000;

/// Whether an adjustment raises or lowers the credit balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The credit balance goes up.
    Increase,
    /// The credit balance goes down.
    Decrease,
}

/// Where an adjustment comes from (domain 2.1 `SourceTransactionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Transfer from, or application to, an invoice.
    Invoice(InvoiceNo),
    /// The part of a payment that no invoice took.
    Payment(PaymentNo),
    /// A refund of the credit balance.
    Refund(RefundNo),
}

/// One change of a credit balance. Everything but its cancellation is immutable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditBalanceAdjustment {
    /// Its number.
    pub no: AdjustmentNo,
    /// Increase or Decrease.
    #[serde(rename = "type")]
    pub direction: Direction,
    /// What caused it.
    pub source: Source,
    /// How much; positive.
    pub amount: Money,
    /// Effective date.
    pub date: Date,
    /// Why.
    pub reason_code: ReasonCode,
    /// Free comment.
    pub comment: Option<Comment>,
    /// Free reference.
    pub reference: Option<Reference>,
    /// The invoice whose posting made it, if it was made automatically.
    pub cause: Option<Document>,
}
