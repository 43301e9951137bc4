//! Refunds: of the credit balance (domain 4) and of payments (domain 5).

pub mod decide;

use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::payment::MethodType;
use crate::reason::ReasonCode;
use crate::text::{Comment, Reference};
use crate::{AdjustmentNo, InvoiceNo, MethodNo, PaymentNo, RefundNo};

/// Who moves the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundType {
    /// The business itself, outside: cheque, wire, accounts payable.
    External,
    /// A payment gateway.
    Electronic,
}

/// The part of a payment refund that falls on one invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundPart {
    /// The invoice that reopens.
    pub invoice: InvoiceNo,
    /// By how much.
    pub amount: Money,
}

/// What is refunded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundSource {
    /// The credit balance, recorded by this Decrease; no invoice changes. An electronic one is recorded
    /// when the money is known to have gone; its order names the Decrease.
    CreditBalance(Option<AdjustmentNo>),
    /// A payment; its invoices reopen by these parts.
    Payment {
        /// The payment.
        payment: PaymentNo,
        /// One part per invoice.
        parts: Vec<RefundPart>,
    },
}

/// Money given back, outside or through a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its number.
    pub no: RefundNo,
    /// What is refunded.
    pub source: RefundSource,
    /// How the money went.
    pub method_type: MethodType,
    /// Effective date.
    pub date: Date,
    /// How much; positive.
    pub amount: Money,
    /// Why.
    pub reason_code: ReasonCode,
    /// Free reference such as a cheque number.
    pub reference: Option<Reference>,
    /// Free comment.
    pub comment: Option<Comment>,
    /// The stored method of an electronic refund, or [`MethodNo::BY_HAND`] for an external one that had to be approved
    /// first. What became of it is in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodNo>,
}

impl Refund {
    /// Who moves the money.
    pub const fn kind(&self) -> RefundType {
        match self.method {
            Some(method) if method.0 != MethodNo::BY_HAND.0 => RefundType::Electronic,
            _ => RefundType::External,
        }
    }
}

impl From<RefundPart> for crate::payment::PaymentApplication {
    fn from(part: RefundPart) -> Self {
        Self { invoice: part.invoice, amount: part.amount }
    }
}

impl From<crate::payment::PaymentApplication> for RefundPart {
    fn from(part: crate::payment::PaymentApplication) -> Self {
        Self { invoice: part.invoice, amount: part.amount }
    }
}
