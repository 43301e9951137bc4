//! Payments.

use jiff::civil::Date;
use money::{Amount, Currency};
use receivables::command as c;
use receivables::gateway::GatewayName;
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::text::{Comment, Reference};
use receivables::{AccountNo, Command};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::labels::{FieldChanges, MetadataChanges, labels};
use super::{InvoicePart, Method, late, method, parts, reference, words};
use crate::problem::ApiError;

/// Records an external payment: to invoices, to the credit balance, or both.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"method_type": "check", "amount": "150.00", "applications": [{"invoice": "INV00000002", "amount": "100.00"}], "reference": "chq 4711"}))]
pub(crate) struct RecordPayment {
    /// The whole payment; the sum of the parts if left out.
    #[schema(value_type = Option<String>)]
    amount: Option<Amount>,
    /// If given, must be the account's currency.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// The invoices it pays, at most 1,000.
    #[serde(default)]
    #[schema(max_items = 1000)]
    applications: Vec<InvoicePart>,
    /// The part for the credit balance; what the invoices leave of `amount` if left out.
    #[schema(value_type = Option<String>)]
    credit_balance_amount: Option<Amount>,
    /// How the money came.
    #[schema(value_type = Method)]
    method_type: MethodType,
    /// Effective date; today if left out.
    #[serde(default, deserialize_with = "super::day")]
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// Free reference.
    #[schema(value_type = Option<String>, max_length = 60)]
    reference: Option<Reference>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
    /// If the day it belongs to is in a locked accounting period: enter it on the next open day instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late_entry: bool,
    /// Values of custom fields, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

impl RecordPayment {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Result<Command, ApiError> {
        let labels = labels(self.custom_fields, self.metadata);
        Ok(Command::RecordPayment(c::RecordPayment {
            account,
            amount: self.amount,
            currency: self.currency,
            applications: parts(self.applications)?,
            credit_balance_amount: self.credit_balance_amount,
            method_type: self.method_type,
            date: self.date,
            words: late(words(None, self.comment, self.reference), self.late_entry),
        })
        .with_labels(labels))
    }
}

const fn yes() -> bool {
    true
}

/// Charges a stored payment method: for invoices, for the credit balance, or both.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"payment_method_id": "PM-00000001", "applications": [{"invoice": "INV00000002", "amount": "40.00"}]}))]
pub(crate) struct ChargePayment {
    /// The stored method: number or id; the account's default if left out.
    #[schema(example = "PM-00000001")]
    payment_method_id: Option<String>,
    /// The gateway; the one that knows the method, else the account's, else the default.
    #[schema(value_type = Option<String>, max_length = 60)]
    gateway: Option<GatewayName>,
    /// The whole payment; the sum of the parts if left out.
    #[schema(value_type = Option<String>)]
    amount: Option<Amount>,
    /// If given, must be the account's currency.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// The invoices it pays, at most 1,000.
    #[serde(default)]
    #[schema(max_items = 1000)]
    applications: Vec<InvoicePart>,
    /// The part for the credit balance; what the invoices leave of `amount` if left out.
    #[schema(value_type = Option<String>)]
    credit_balance_amount: Option<Amount>,
    /// Free reference.
    #[schema(value_type = Option<String>, max_length = 60)]
    reference: Option<Reference>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
    /// Values of custom fields, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

/// Collects what an account owes, for one invoice or for all that is due until a date: the credit balance
/// first, then the stored method for the rest.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"due_until": "2026-11-23"}))]
pub(crate) struct CollectDue {
    /// This invoice.
    #[schema(example = "INV00000002")]
    invoice: Option<String>,
    /// Every open invoice due on or before this date.
    #[serde(default, deserialize_with = "super::day")]
    #[schema(value_type = Option<String>, format = Date)]
    due_until: Option<Date>,
    /// Use the credit balance first.
    #[serde(default = "yes")]
    use_credit: bool,
    /// The stored method for the rest: number or id; the account's default if left out.
    #[schema(example = "PM-00000001")]
    payment_method_id: Option<String>,
    /// The gateway; the one that knows the method, else the account's, else the default.
    #[schema(value_type = Option<String>, max_length = 60)]
    gateway: Option<GatewayName>,
    /// Free reference.
    #[schema(value_type = Option<String>, max_length = 60)]
    reference: Option<Reference>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
}

/// Collects what is due on every account: the credit balance first, then the default method.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"target_date": "2026-11-23"}))]
pub(crate) struct PaymentRun {
    /// Invoices due on or before this date.
    #[serde(deserialize_with = "super::a_day")]
    #[schema(value_type = String, format = Date)]
    pub(crate) target_date: Date,
    /// Use the credit balance first.
    #[serde(default = "yes")]
    pub(crate) use_credit: bool,
    /// At most this many accounts in one call, 1 to 1000; 200 if left out.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<usize>,
    /// Where the call before ended: its `next_cursor`.
    #[schema(example = "I00000041")]
    pub(crate) cursor: Option<String>,
}

impl ChargePayment {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Result<Command, ApiError> {
        let labels = labels(self.custom_fields, self.metadata);
        Ok(Command::ChargePayment(c::ChargePayment {
            account,
            method: method(self.payment_method_id.as_ref())?,
            gateway: self.gateway,
            amount: self.amount,
            currency: self.currency,
            applications: parts(self.applications)?,
            credit_balance_amount: self.credit_balance_amount,
            words: words(None, self.comment, self.reference),
        })
        .with_labels(labels))
    }
}

impl CollectDue {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Result<Command, ApiError> {
        let due = match (&self.invoice, self.due_until) {
            (Some(invoice), None) => c::Due::Invoice(reference(invoice)?),
            (None, Some(date)) => c::Due::Until(date),
            _ => {
                let detail = "name one invoice, or give due_until, not both";
                return Err(ApiError::bad_request("due_ambiguous", detail));
            }
        };
        Ok(Command::Collect(c::Collect {
            account,
            due,
            use_credit: self.use_credit,
            method: method(self.payment_method_id.as_ref())?,
            gateway: self.gateway,
            words: words(None, self.comment, self.reference),
        }))
    }
}

impl PaymentRun {
    /// What is done for one account.
    pub(crate) fn command(&self, account: AccountNo) -> Command {
        Command::Collect(c::Collect {
            account: Ref::to(account),
            due: c::Due::Until(self.target_date),
            use_credit: self.use_credit,
            method: None,
            gateway: None,
            words: c::Words::default(),
        })
    }
}
