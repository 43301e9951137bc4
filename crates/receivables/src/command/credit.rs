//! Commands that move money: external payments, credit balances, refunds.

use jiff::civil::Date;
use money::{Amount, Currency};
use serde::Serialize;

use super::{InvoicePart, Words};
use crate::gateway::GatewayName;
use crate::id::Ref;
use crate::payment::MethodType;
use crate::refund::RefundType;
use crate::{AccountNo, AdjustmentNo, InvoiceNo, MethodNo, PaymentNo};

/// Cancels a credit balance adjustment, and settles the reopened invoice if wanted.
#[derive(Clone, Debug, Serialize)]
pub struct CancelAdjustment {
    /// Which adjustment.
    pub adjustment: Ref<AdjustmentNo>,
    /// Make the Charge adjustment ("debit memo") that brings the reopened negative invoice to zero.
    pub settle: bool,
    /// Reason and comment.
    pub words: Words,
}

/// Records an external payment.
#[derive(Clone, Debug, Serialize)]
pub struct RecordPayment {
    /// The account that paid.
    pub account: Ref<AccountNo>,
    /// The whole payment; the sum of the parts if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// The parts for invoices.
    pub applications: Vec<InvoicePart>,
    /// The part for the credit balance; what the invoices leave of `amount` if left out.
    pub credit_balance_amount: Option<Amount>,
    /// How the money came.
    pub method_type: MethodType,
    /// Effective date; today if left out, never in the future.
    pub date: Option<Date>,
    /// Comment and reference.
    pub words: Words,
}

/// Transfers a negative invoice to the credit balance.
#[derive(Clone, Debug, Serialize)]
pub struct TransferToCreditBalance {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
    /// How much; the whole balance if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Effective date; today if left out. Another day needs the setting for future dates (domain 1.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// How credit is spread over invoices.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Spread {
    /// These invoices, in this order.
    Chosen(Vec<InvoicePart>),
    /// Open invoices by due date, invoice date and number, up to an amount.
    OldestDueFirst(Option<Amount>),
}

/// Applies the credit balance to invoices.
#[derive(Clone, Debug, Serialize)]
pub struct ApplyCreditBalance {
    /// Whose credit balance.
    pub account: Ref<AccountNo>,
    /// To which invoices.
    pub spread: Spread,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Effective date; today if left out. Another day needs the setting for future dates (domain 1.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// Reverses earlier adjustments of an invoice by one of the opposite type (domain 2.5).
#[derive(Clone, Debug, Serialize)]
pub struct CounterAdjust {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
    /// How much; all that may be reversed if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Effective date; today if left out. Another day needs the setting for future dates (domain 1.6).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// Refunds the credit balance.
#[derive(Clone, Debug, Serialize)]
pub struct RefundCreditBalance {
    /// Whose credit balance.
    pub account: Ref<AccountNo>,
    /// How much; all that is available if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// External or electronic.
    pub kind: RefundType,
    /// How the money goes; required for an external refund.
    pub method_type: Option<MethodType>,
    /// The stored method an electronic refund goes to; the default one if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Ref<MethodNo>>,
    /// The gateway an electronic refund goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
    /// Effective date; today if left out, never in the future. Not for an electronic refund.
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}

/// Refunds a payment; the invoices reopen.
#[derive(Clone, Debug, Serialize)]
pub struct RefundPayment {
    /// Which payment.
    pub payment: Ref<PaymentNo>,
    /// How much; the sum of the parts, or all that is left, if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// The parts per invoice; required for a partial refund of several invoices.
    pub parts: Vec<InvoicePart>,
    /// External or electronic.
    pub kind: RefundType,
    /// How the money goes; required for an external refund.
    pub method_type: Option<MethodType>,
    /// For an electronic refund, another stored method than the one the payment came from: the money is
    /// then pushed there without reference to the payment (domain 5.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Ref<MethodNo>>,
    /// For a refund to another method, the gateway it goes through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
    /// Refund although the payment is disputed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub override_dispute: bool,
    /// Effective date; today if left out, not before the payment, never in the future.
    pub date: Option<Date>,
    /// Credit the items of the reopened invoices so that they come to zero, in the same step.
    pub adjust: bool,
    /// Reason, comment, reference.
    pub words: Words,
}
