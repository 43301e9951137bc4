//! Refunds of credit balances and payments.

use jiff::civil::Date;
use money::{Amount, Currency};
use receivables::command as c;
use receivables::gateway::GatewayName;
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::reason::ReasonCode;
use receivables::refund::RefundType;
use receivables::text::{Comment, Reference};
use receivables::{AccountNo, Command};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::labels::{FieldChanges, MetadataChanges, labels};
use super::{InvoicePart, Method, late, method, parts, words};
use crate::problem::ApiError;

/// Who moves the money: `external` by hand, `electronic` through a gateway.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundKind {
    /// Outside: cheque, wire, accounts payable.
    External,
    /// Through a payment gateway.
    Electronic,
}

fn external() -> RefundType {
    RefundType::External
}

/// Refunds a credit balance.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "external", "method_type": "check", "amount": "60.00", "reference": "chq 4711", "reason_code": "Customer Request"}))]
pub(crate) struct RefundCredit {
    /// External (default) or electronic.
    #[serde(rename = "type", default = "external")]
    #[schema(value_type = RefundKind)]
    kind: RefundType,
    /// How much; all that is available if left out.
    #[schema(value_type = Option<String>)]
    amount: Option<Amount>,
    /// If given, must be the account's currency.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// How the money goes; required for an external refund.
    #[schema(value_type = Option<Method>)]
    method_type: Option<MethodType>,
    /// For an electronic refund, the stored method it goes to: number or id; the account's default if left
    /// out.
    #[schema(example = "PM-00000001")]
    payment_method_id: Option<String>,
    /// For an electronic refund, the gateway it goes through; the one that knows the method, else the
    /// account's, else the default.
    #[schema(value_type = Option<String>, max_length = 60)]
    gateway: Option<GatewayName>,
    /// Effective date; today if left out. With the setting `future_dates` an external refund may be dated on any day on
    /// which the credit is there, an electronic one today or tomorrow; without it an electronic one takes none.
    #[serde(default, deserialize_with = "super::day")]
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// Why; a reason code of the category.
    #[schema(value_type = Option<String>, max_length = 32)]
    reason_code: Option<ReasonCode>,
    /// Free reference, such as a cheque number.
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

/// Refunds a payment; its invoices reopen.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"type": "external", "method_type": "wire_transfer", "amount": "30.00"}))]
pub(crate) struct RefundPayment {
    /// External (default) or electronic.
    #[serde(rename = "type", default = "external")]
    #[schema(value_type = RefundKind)]
    kind: RefundType,
    /// How much; the sum of the parts, or all that is left, if left out.
    #[schema(value_type = Option<String>)]
    amount: Option<Amount>,
    /// If given, must be the account's currency.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// The parts per invoice; needed for a part of a payment over several invoices.
    #[serde(default)]
    #[schema(max_items = 1000)]
    parts: Vec<InvoicePart>,
    /// How the money goes; required for an external refund.
    #[schema(value_type = Option<Method>)]
    method_type: Option<MethodType>,
    /// For an electronic refund to another method than the payment's own: number or id of that method. The
    /// money is then pushed there without reference to the payment.
    #[schema(example = "PM-00000002")]
    payment_method_id: Option<String>,
    /// For a refund to another method, the gateway it goes through.
    #[schema(value_type = Option<String>, max_length = 60)]
    gateway: Option<GatewayName>,
    /// Refund although the payment is disputed.
    #[serde(default)]
    override_dispute: bool,
    /// Effective date of an external refund; today if left out, not before the payment.
    #[serde(default, deserialize_with = "super::day")]
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// Also credit the items of the reopened invoices, so that they come to zero.
    #[serde(default)]
    adjust: bool,
    /// Why; a reason code of the category.
    #[schema(value_type = Option<String>, max_length = 32)]
    reason_code: Option<ReasonCode>,
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

impl RefundCredit {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Result<Command, ApiError> {
        let labels = labels(self.custom_fields, self.metadata);
        Ok(Command::RefundCreditBalance(c::RefundCreditBalance {
            account,
            amount: self.amount,
            currency: self.currency,
            kind: self.kind,
            method_type: self.method_type,
            method: method(self.payment_method_id.as_ref())?,
            gateway: self.gateway,
            date: self.date,
            words: late(words(self.reason_code, self.comment, self.reference), self.late_entry),
        })
        .with_labels(labels))
    }
}

impl RefundPayment {
    pub(crate) fn command(self, payment: Ref<receivables::PaymentNo>) -> Result<Command, ApiError> {
        let labels = labels(self.custom_fields, self.metadata);
        Ok(Command::RefundPayment(c::RefundPayment {
            payment,
            amount: self.amount,
            currency: self.currency,
            parts: parts(self.parts)?,
            kind: self.kind,
            method_type: self.method_type,
            method: method(self.payment_method_id.as_ref())?,
            gateway: self.gateway,
            override_dispute: self.override_dispute,
            date: self.date,
            adjust: self.adjust,
            words: late(words(self.reason_code, self.comment, self.reference), self.late_entry),
        })
        .with_labels(labels))
    }
}
