//! Request bodies: parsed into typed DTOs, which turn into commands.
//!
//! A file per noun; here what they share.

mod access;
mod accounts;
mod approvals;
mod credit_balance;
mod events;
mod gateways;
mod invoices;
mod labels;
mod orders;
mod payment_methods;
mod payments;
mod people;
mod periods;
mod refunds;
mod settings;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use jiff::civil::Date;
use money::Amount;
use receivables::MethodNo;
use receivables::command as c;
use receivables::id::Ref;
use receivables::reason::ReasonCode;
use receivables::text::{Comment, Reference};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::problem::ApiError;

pub(crate) use access::{ChangeApiKey, ChangeRole, CreateApiKey, MakeRole, roles};
pub(crate) use accounts::{ChangeAccount, Choice, OpenAccount, change_status};
pub(crate) use approvals::{ChangePolicy, JudgeSeveral, MakePolicy, PayRefund, ReviewRefund};
pub(crate) use credit_balance::{ApplyCredit, CancelAdjustment, MoveAmount};
pub(crate) use events::{ChangeEventEndpoint, MakeEventEndpoint, ReplayEvents};
pub(crate) use gateways::{
    AddGateway, ChangeGateway, GatewayCredentials, Processor, ReconcileWindow,
};
pub(crate) use invoices::{AdjustInvoice, CreateInvoice, CreditOrCharge};
pub(crate) use labels::{
    ChangeCustomFields, ChangeFieldDefinition, ChangeMetadata, DefineCustomField, FieldGeneration,
    LabeledObject, PersonalData,
};
pub(crate) use orders::{NoteDispute, ResolveOrder};
pub(crate) use payment_methods::{AddPaymentMethod, ChangePaymentMethod, close_method};
pub(crate) use payments::{ChargePayment, CollectDue, PaymentRun, RecordPayment};
pub(crate) use people::{
    ChangeApiClient, ChangePassword, ChangeUser, ConfirmSecondFactor, CreateApiClient, CreateUser,
    LogIn, ProveSelf, ResetPassword, Secret, email,
};
pub(crate) use periods::{
    ChangePeriod, ChangeReasonCode, MakePeriod, MakeReasonCode, PeriodState, ReasonCategory,
};
pub(crate) use refunds::{RefundCredit, RefundKind, RefundPayment};
pub(crate) use settings::{ChangeSettings, SetClock, WhenRejected};

/// A JSON body with our own error document.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: serde::de::DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let json = request.headers().get(header::CONTENT_TYPE).is_some_and(|value| {
            value.to_str().is_ok_and(|text| {
                let media = text.split(';').next().unwrap_or("").trim();
                media.eq_ignore_ascii_case("application/json")
            })
        });
        if !json {
            let detail = "send the body as JSON, with the header Content-Type: application/json";
            return Err(ApiError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_type_not_json",
                detail,
            ));
        }
        let bytes = Bytes::from_request(request, app).await.map_err(|error| {
            let status = error.status();
            let code = if status == StatusCode::PAYLOAD_TOO_LARGE {
                "body_too_large"
            } else {
                "body_unreadable"
            };
            ApiError::new(status, code, error.body_text())
        })?;
        parse(&bytes).map(Self)
    }
}

/// Parses a body; an empty one counts as `{}`.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        let detail = format!("{field}: {}", error.inner());
        ApiError::bad_request("body_invalid", detail).with("field", field)
    })?;
    reader.end().map_err(|error| ApiError::bad_request("body_invalid", error.to_string()))?;
    Ok(parsed)
}

pub(super) fn reference<N: receivables::id::Numbered>(text: &str) -> Result<Ref<N>, ApiError> {
    text.parse().map_err(|error: receivables::id::BadRef| {
        ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("{error}; check it"))
            .with("document", error.text)
            .with("kind", error.kind.name())
    })
}

/// A date, only as documented: `YYYY-MM-DD`, no other form of ISO 8601, no year before 1.
pub(crate) fn day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
    let Some(text) = Option::<std::borrow::Cow<'de, str>>::deserialize(from)? else {
        return Ok(None);
    };
    let wrong = || serde::de::Error::custom("write dates like 2026-11-23");
    plain_day(&text).map(Some).ok_or_else(wrong)
}

/// A date as it is written everywhere.
pub(crate) fn plain_day(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    text.parse().ok().filter(|date: &Date| plain && date.year() > 0)
}

/// The same for a date that must be there.
pub(super) fn a_day<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
    day(from)?.ok_or_else(|| serde::de::Error::custom("write dates like 2026-11-23"))
}

/// Resolves the name of a document in a path.
pub(crate) fn named<N: receivables::id::Numbered>(text: &str) -> Result<Ref<N>, ApiError> {
    reference(text)
}

/// Reason, comment and reference of a document.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason_code": "Other", "comment": "entered twice"}))]
pub(crate) struct CancelDocument {
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

/// An invoice and how much of it.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvoicePart {
    /// Number or id of the invoice.
    #[schema(example = "INV00000002")]
    invoice: String,
    /// How much; as much as possible if left out.
    #[schema(value_type = Option<String>, example = "40.00")]
    amount: Option<Amount>,
}

/// How money moves, outside or through a gateway. `cash`, `check`, `wire_transfer` and `other` are always
/// external.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    Ach,
    Cash,
    Check,
    CreditCard,
    Other,
    Paypal,
    WireTransfer,
    DebitCard,
    CreditCardReferenceTransaction,
    Sepa,
    BankTransfer,
}

/// The stored method a body names.
pub(super) fn method(given: Option<&String>) -> Result<Option<Ref<MethodNo>>, ApiError> {
    given.map(|text| reference(text)).transpose()
}

pub(super) fn words(
    reason_code: Option<ReasonCode>,
    comment: Option<Comment>,
    reference: Option<Reference>,
) -> c::Words {
    c::Words { reason_code, comment, reference, late_entry: false }
}

/// The same words, and whether what belongs to a locked day is entered late.
pub(super) fn late(words: c::Words, late_entry: bool) -> c::Words {
    c::Words { late_entry, ..words }
}

impl CancelDocument {
    pub(crate) fn command<N>(self, document: Ref<N>) -> c::Cancel<N> {
        c::Cancel {
            document,
            words: late(words(self.reason_code, self.comment, None), self.late_entry),
        }
    }
}

pub(super) fn parts(given: Vec<InvoicePart>) -> Result<Vec<c::InvoicePart>, ApiError> {
    let part = |part: InvoicePart| {
        Ok(c::InvoicePart { invoice: reference(&part.invoice)?, amount: part.amount })
    };
    given.into_iter().map(part).collect()
}
