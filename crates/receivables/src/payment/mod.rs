//! Payments, external and through a gateway: to invoices, to the credit balance, or both (domain 1.5).

pub mod decide;
pub mod electronic;

use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::text::{Comment, Reference};
use crate::{AdjustmentNo, InvoiceNo, MethodNo, PaymentNo};

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
    /// SEPA debit or credit.
    Sepa = 10,
    /// Any other bank account.
    BankTransfer = 11,
}

impl MethodType {
    /// Every type.
    pub const ALL: [Self; 11] = [
        Self::Ach,
        Self::Cash,
        Self::Check,
        Self::CreditCard,
        Self::Other,
        Self::Paypal,
        Self::WireTransfer,
        Self::DebitCard,
        Self::CreditCardReferenceTransaction,
        Self::Sepa,
        Self::BankTransfer,
    ];

    /// Its name in the API and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ach => "ach",
            Self::Cash => "cash",
            Self::Check => "check",
            Self::CreditCard => "credit_card",
            Self::Other => "other",
            Self::Paypal => "paypal",
            Self::WireTransfer => "wire_transfer",
            Self::DebitCard => "debit_card",
            Self::CreditCardReferenceTransaction => "credit_card_reference_transaction",
            Self::Sepa => "sepa",
            Self::BankTransfer => "bank_transfer",
        }
    }

    /// Whether a gateway can move money this way; the others are always external.
    pub const fn is_electronic(self) -> bool {
        matches!(
            self,
            Self::Ach
                | Self::CreditCard
                | Self::Paypal
                | Self::DebitCard
                | Self::CreditCardReferenceTransaction
                | Self::Sepa
                | Self::BankTransfer
        )
    }

    /// Whether it is a card, which expires.
    pub const fn is_card(self) -> bool {
        matches!(self, Self::CreditCard | Self::DebitCard | Self::CreditCardReferenceTransaction)
    }
}

/// The part of a payment that one invoice took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentApplication {
    /// The invoice.
    pub invoice: InvoiceNo,
    /// How much.
    pub amount: Money,
}

/// A payment, external or through a gateway: `amount = sum of applications + credit_balance_amount`.
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
    /// The stored method of an electronic payment. What became of it is in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<MethodNo>,
}
