//! External payments: to invoices, to the credit balance, or both (domain 1.5).

pub mod decide;

use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::text::{Comment, Reference};
use crate::{AdjustmentNo, InvoiceNo, PaymentNo};

/// How many invoices one payment may be applied to.
pub const APPLICATIONS_MAX: usize = 1_000;

/// How money moved outside (domain 4.3 `MethodType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum MethodType {
    /// US bank debit or credit.
    Ach = 1,
    /// Cash.
    Cash = 2,
    /// Cheque.
    Check = 3,
    /// Credit card.
    CreditCard = 4,
    /// Anything else.
    Other = 5,
    /// PayPal.
    Paypal = 6,
    /// Wire transfer.
    WireTransfer = 7,
    /// Debit card.
    DebitCard = 8,
    /// Credit card by reference.
    CreditCardReferenceTransaction = 9,
}

/// The part of a payment that one invoice took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentApplication {
    /// The invoice.
    pub invoice: InvoiceNo,
    /// How much.
    pub amount: Money,
}

/// An external payment: `amount = sum of applications + credit_balance_amount`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its number.
    pub no: PaymentNo,
    /// How the money came.
    pub method_type: MethodType,
    /// Effective date.
    pub date: Date,
    /// The whole payment.
    pub amount: Money,
    /// The part that went to the credit balance.
    pub credit_balance_amount: Money,
    /// The adjustment that records that part.
    pub credit_balance_adjustment: Option<AdjustmentNo>,
    /// The parts that went to invoices.
    pub applications: Vec<PaymentApplication>,
    /// Free reference.
    pub reference: Option<Reference>,
    /// Free comment.
    pub comment: Option<Comment>,
}
