//! Invoice item adjustments: Credit lowers, Charge raises (domain 3.2, 3.3).

pub mod decide;

use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::reason::ReasonCode;
use crate::text::{Comment, Reference};
use crate::{Document, InvoiceNo, ItemAdjustmentNo, ItemNo};

/// How many items one call may adjust.
pub const LINES_MAX: usize = 1_000;

/// Credit or Charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentType {
    /// Lowers the invoice balance; the field calls it a credit memo.
    Credit,
    /// Raises the invoice balance; the field calls it a debit memo.
    Charge,
}

/// One adjusted line of one invoice. The amount is positive; the type gives the sign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceItemAdjustment {
    /// Its number.
    pub no: ItemAdjustmentNo,
    /// The invoice.
    pub invoice: InvoiceNo,
    /// The item.
    pub item: ItemNo,
    /// Credit or Charge.
    #[serde(rename = "type")]
    pub kind: AdjustmentType,
    /// How much; positive.
    pub amount: Money,
    /// Effective date; not before the invoice date.
    pub date: Date,
    /// Why.
    pub reason_code: ReasonCode,
    /// Free comment.
    pub comment: Option<Comment>,
    /// Free reference.
    pub reference: Option<Reference>,
    /// The document it was made for in the same step: a canceled credit balance adjustment or a refund.
    pub cause: Option<Document>,
}
