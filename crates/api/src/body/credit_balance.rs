//! Moving credit: transfer, apply, counter-adjust, cancel.

use jiff::civil::Date;
use money::{Amount, Currency};
use receivables::command as c;
use receivables::id::Ref;
use receivables::reason::ReasonCode;
use receivables::text::{Comment, Reference};
use receivables::{AccountNo, Command, InvoiceNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::labels::{FieldChanges, MetadataChanges, labels};
use super::{InvoicePart, late, parts, words};
use crate::problem::ApiError;

/// Cancels a credit balance adjustment.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"settle": true, "comment": "entered twice"}))]
pub(crate) struct CancelAdjustment {
    /// Also make the Charge adjustment ("debit memo") that brings the reopened negative invoice to zero.
    #[serde(default)]
    settle: bool,
    /// Why; a reason code of the category.
    #[schema(value_type = Option<String>, max_length = 32)]
    reason_code: Option<ReasonCode>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
    /// If the day it belongs to is in a locked accounting period: enter it on the next open day instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late_entry: bool,
}

/// Moves an amount between an invoice and the credit balance.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"amount": "100.00"}))]
pub(crate) struct MoveAmount {
    /// How much; all that is possible if left out.
    #[schema(value_type = Option<String>)]
    amount: Option<Amount>,
    /// If given, must be the account's currency.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// Why; a reason code of the category.
    #[schema(value_type = Option<String>, max_length = 32)]
    reason_code: Option<ReasonCode>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
    /// Free reference.
    #[schema(value_type = Option<String>, max_length = 60)]
    reference: Option<Reference>,
    /// If the day it belongs to is in a locked accounting period: enter it on the next open day instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late_entry: bool,
    /// Effective date, today or later; today if left out. Another day needs the setting `future_dates`.
    #[serde(default, deserialize_with = "super::day")]
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-23")]
    date: Option<Date>,
    /// Values of custom fields of the adjustment, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata of the adjustment: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

/// Applies the credit balance to chosen invoices, or oldest due first if none is named.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"invoices": [{"invoice": "INV00000002", "amount": "40.00"}]}))]
pub(crate) struct ApplyCredit {
    /// The invoices, in this order, at most 1,000. Left out: open invoices, oldest due first.
    #[schema(max_items = 1000)]
    invoices: Option<Vec<InvoicePart>>,
    /// Without invoices: apply at most this much.
    #[schema(value_type = Option<String>)]
    amount: Option<Amount>,
    /// If given, must be the account's currency.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// Why; a reason code of the category.
    #[schema(value_type = Option<String>, max_length = 32)]
    reason_code: Option<ReasonCode>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
    /// Free reference.
    #[schema(value_type = Option<String>, max_length = 60)]
    reference: Option<Reference>,
    /// If the day it belongs to is in a locked accounting period: enter it on the next open day instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late_entry: bool,
    /// Effective date, today or later; today if left out. Another day needs the setting `future_dates`.
    #[serde(default, deserialize_with = "super::day")]
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-23")]
    date: Option<Date>,
    /// Values of custom fields of the adjustments, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata of the adjustments: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

impl CancelAdjustment {
    pub(crate) fn command(self, adjustment: Ref<receivables::AdjustmentNo>) -> Command {
        Command::CancelCreditBalanceAdjustment(c::CancelAdjustment {
            adjustment,
            settle: self.settle,
            words: late(words(self.reason_code, self.comment, None), self.late_entry),
        })
    }
}

impl MoveAmount {
    pub(crate) fn transfer(self, invoice: Ref<InvoiceNo>) -> Command {
        let labels = labels(self.custom_fields, self.metadata);
        Command::TransferToCreditBalance(c::TransferToCreditBalance {
            invoice,
            amount: self.amount,
            currency: self.currency,
            date: self.date,
            words: late(words(self.reason_code, self.comment, self.reference), self.late_entry),
        })
        .with_labels(labels)
    }

    pub(crate) fn counter_adjust(self, invoice: Ref<InvoiceNo>) -> Command {
        let labels = labels(self.custom_fields, self.metadata);
        Command::CounterAdjust(c::CounterAdjust {
            invoice,
            amount: self.amount,
            currency: self.currency,
            date: self.date,
            words: late(words(self.reason_code, self.comment, self.reference), self.late_entry),
        })
        .with_labels(labels)
    }
}

impl ApplyCredit {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Result<Command, ApiError> {
        let spread = match self.invoices {
            Some(_) if self.amount.is_some() => {
                let detail = "give amounts with the invoices, or one amount and no invoices";
                return Err(ApiError::bad_request("amount_ambiguous", detail));
            }
            Some(invoices) => c::Spread::Chosen(parts(invoices)?),
            None => c::Spread::OldestDueFirst(self.amount),
        };
        let labels = labels(self.custom_fields, self.metadata);
        Ok(Command::ApplyCreditBalance(c::ApplyCreditBalance {
            account,
            spread,
            currency: self.currency,
            date: self.date,
            words: late(words(self.reason_code, self.comment, self.reference), self.late_entry),
        })
        .with_labels(labels))
    }
}
