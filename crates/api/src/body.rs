//! Request bodies: parsed into typed DTOs, which turn into commands.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use jiff::civil::Date;
use money::{Amount, Currency};
use receivables::account::{AccountStatus, Automation};
use receivables::adjustment::AdjustmentType;
use receivables::command as c;
use receivables::id::Ref;
use receivables::invoice::ItemKind;
use receivables::journal::Role as LedgerRole;
use receivables::payment::MethodType;
use receivables::reason::ReasonCode;
use receivables::refund::RefundType;
use receivables::settings::AccountingCode;
use receivables::text::{Comment, Description, ExternalId, Figure, Name, Reference, Sku};
use receivables::{AccountNo, Command, InvoiceNo, ItemNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::problem::ApiError;

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

fn reference<N: receivables::id::Numbered>(text: &str) -> Result<Ref<N>, ApiError> {
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
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = text.parse().ok().filter(|date: &Date| plain && date.year() > 0);
    let wrong = || serde::de::Error::custom("write dates like 2026-11-23");
    date.map(Some).ok_or_else(wrong)
}

/// Resolves the name of a document in a path.
pub(crate) fn named<N: receivables::id::Numbered>(text: &str) -> Result<Ref<N>, ApiError> {
    reference(text)
}

/// Opens an account.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace Ltd", "currency": "USD", "external_id": "crm-4711"}))]
pub(crate) struct OpenAccount {
    /// Its identifier in your own system; unique.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    external_id: Option<ExternalId>,
    /// The customer's name.
    #[schema(value_type = String, min_length = 1, max_length = 255)]
    name: Name,
    /// ISO 4217 code of everything on it.
    #[schema(value_type = String, min_length = 3, max_length = 3)]
    currency: Currency,
    /// Transfer negative invoices to the credit balance when they are posted.
    #[serde(default)]
    #[schema(value_type = Choice)]
    automatic_transfer: Automation,
    /// Apply the credit balance to positive invoices when they are posted.
    #[serde(default)]
    #[schema(value_type = Choice)]
    automatic_application: Automation,
}

/// A setting of the organisation, as one account wants it: `inherit`, `on` or `off`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    /// As the organisation has it.
    Inherit,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Changes an account; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"automatic_transfer": "on"}))]
pub(crate) struct ChangeAccount {
    /// New name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    name: Option<Name>,
    /// New choice for automatic transfer.
    #[schema(value_type = Option<Choice>)]
    automatic_transfer: Option<Automation>,
    /// New choice for automatic application.
    #[schema(value_type = Option<Choice>)]
    automatic_application: Option<Automation>,
}

/// One line of an invoice.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewItem {
    /// Signed amount of the charge.
    #[schema(value_type = String, example = "-100.00")]
    amount: Amount,
    /// Signed tax on it; makes a tax item of its own.
    #[schema(value_type = Option<String>, example = "-10.00")]
    tax: Option<Amount>,
    /// Accounting code of the charge; the chart's revenue account if left out.
    #[schema(value_type = Option<String>, max_length = 100)]
    accounting_code: Option<AccountingCode>,
    /// Stock keeping unit.
    #[schema(value_type = Option<String>, max_length = 64, example = "SKU-7")]
    sku: Option<Sku>,
    /// What it is for.
    #[schema(value_type = Option<String>, max_length = 500, example = "Returned goods")]
    description: Option<Description>,
    /// Quantity, for information.
    #[schema(value_type = Option<String>, max_length = 40, example = "1")]
    quantity: Option<Figure>,
    /// Price, for information.
    #[schema(value_type = Option<String>, max_length = 40, example = "100.00")]
    unit_price: Option<Figure>,
}

/// Drafts an invoice, and posts it in the same step if wanted.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"post": true, "items": [{"amount": "-100.00", "description": "Returned goods"}]}))]
pub(crate) struct CreateInvoice {
    /// Its number in your own system; unique.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    external_id: Option<ExternalId>,
    /// Date of the invoice; today if left out.
    #[serde(default, deserialize_with = "day")]
    #[schema(value_type = Option<String>, format = Date)]
    invoice_date: Option<Date>,
    /// When it falls due; the invoice date if left out.
    #[serde(default, deserialize_with = "day")]
    #[schema(value_type = Option<String>, format = Date)]
    due_date: Option<Date>,
    /// If given, must be the account's currency.
    #[schema(value_type = Option<String>)]
    currency: Option<Currency>,
    /// Its lines, 1 to 10,000.
    #[schema(min_items = 1, max_items = 10000)]
    items: Vec<NewItem>,
    /// Post it at once.
    #[serde(default)]
    post: bool,
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
}

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
}

/// Credit lowers an item, Charge raises it.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CreditOrCharge {
    /// Lowers the invoice balance.
    Credit,
    /// Raises the invoice balance.
    Charge,
}

/// One adjusted item.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdjustmentLine {
    /// The item; may be left out if the invoice has only one.
    #[schema(example = "II-00000001")]
    item: Option<String>,
    /// Credit or Charge.
    #[serde(rename = "type")]
    #[schema(value_type = CreditOrCharge)]
    kind: AdjustmentType,
    /// How much; positive.
    #[schema(value_type = String, example = "100.00")]
    amount: Amount,
}

/// Adjusts items of one invoice; several lines are judged on the net.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"type": "charge", "amount": "100.00"}], "reason_code": "Write-off"}))]
pub(crate) struct AdjustInvoice {
    /// The lines, 1 to 1,000; left out with `settle`.
    #[serde(default)]
    #[schema(max_items = 1000)]
    lines: Vec<AdjustmentLine>,
    /// Let the rules choose the lines that bring the invoice to zero.
    #[serde(default)]
    settle: bool,
    /// Effective date; today if left out, not before the invoice date.
    #[serde(default, deserialize_with = "day")]
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// Why; a reason code of the category.
    #[schema(value_type = Option<String>, max_length = 32)]
    reason_code: Option<ReasonCode>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
    /// Free reference.
    #[schema(value_type = Option<String>, max_length = 60)]
    reference: Option<Reference>,
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
}

/// How money moved outside.
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
}

/// Who moves the money: `external` by hand, `electronic` through a gateway.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundKind {
    /// Outside: cheque, wire, accounts payable.
    External,
    /// Through a payment gateway.
    Electronic,
}

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
    #[serde(default, deserialize_with = "day")]
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// Free reference.
    #[schema(value_type = Option<String>, max_length = 60)]
    reference: Option<Reference>,
    /// Free comment.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
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
    /// Effective date; today if left out.
    #[serde(default, deserialize_with = "day")]
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
    /// Effective date; today if left out, not before the payment.
    #[serde(default, deserialize_with = "day")]
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
}

/// Accounting codes to use from now on; fields left out stay.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountingCodes {
    /// What customers owe.
    #[schema(value_type = Option<String>, max_length = 100)]
    accounts_receivable: Option<AccountingCode>,
    /// What the business owes back.
    #[schema(value_type = Option<String>, max_length = 100)]
    customer_cash_on_account: Option<AccountingCode>,
    /// Money received and paid out.
    #[schema(value_type = Option<String>, max_length = 100)]
    bank: Option<AccountingCode>,
    /// Revenue or deferred revenue.
    #[schema(value_type = Option<String>, max_length = 100)]
    revenue: Option<AccountingCode>,
    /// Tax collected.
    #[schema(value_type = Option<String>, max_length = 100)]
    tax: Option<AccountingCode>,
}

/// Changes the settings; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"time_zone": "Europe/London", "automatic_transfer": true}))]
pub(crate) struct ChangeSettings {
    /// IANA time zone in which business dates are reckoned.
    #[schema(max_length = 60)]
    time_zone: Option<String>,
    /// Transfer negative invoices to the credit balance when they are posted.
    automatic_transfer: Option<bool>,
    /// Apply the credit balance to positive invoices when they are posted.
    automatic_application: Option<bool>,
    /// Count invoices with a negative total in the account balance.
    negative_invoices_in_account_balance: Option<bool>,
    /// Accounting codes to use from now on.
    #[serde(default)]
    accounting_codes: AccountingCodes,
    /// Further revenue codes that invoice items may name.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 1000)]
    revenue_codes: Vec<AccountingCode>,
}

/// Makes an API key.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "web shop", "role": "clerk"}))]
pub(crate) struct CreateApiKey {
    /// Its name; unique, stands in the history as the actor.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    pub(crate) name: Reference,
    /// What it may do: `viewer`, `clerk` or `admin`.
    #[schema(value_type = RoleName)]
    pub(crate) role: engine::Role,
}

/// What an API key may do.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleName {
    /// Reads.
    Viewer,
    /// Reads, and moves money.
    Clerk,
    /// Everything.
    Admin,
}

/// Moves the test clock.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"now": "2033-11-23T10:00:00Z"}))]
pub(crate) struct SetClock {
    /// The instant to show from now on.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) now: jiff::Timestamp,
}

impl OpenAccount {
    pub(crate) fn command(self) -> Command {
        Command::OpenAccount(c::OpenAccount {
            external_id: self.external_id,
            name: self.name,
            currency: self.currency,
            automatic_transfer: self.automatic_transfer,
            automatic_application: self.automatic_application,
        })
    }
}

impl ChangeAccount {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Command {
        Command::ChangeAccount(c::ChangeAccount {
            account,
            name: self.name,
            status: None,
            automatic_transfer: self.automatic_transfer,
            automatic_application: self.automatic_application,
        })
    }
}

/// Cancels or reactivates an account.
pub(crate) fn change_status(account: Ref<AccountNo>, status: AccountStatus) -> Command {
    Command::ChangeAccount(c::ChangeAccount {
        account,
        name: None,
        status: Some(status),
        automatic_transfer: None,
        automatic_application: None,
    })
}

impl CreateInvoice {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Command {
        let mut items = Vec::with_capacity(self.items.len());
        for item in self.items {
            let tax = item.tax.map(|amount| c::NewItem {
                kind: ItemKind::Tax,
                amount,
                accounting_code: None,
                sku: None,
                description: item.description.clone(),
                quantity: None,
                unit_price: None,
            });
            items.push(c::NewItem {
                kind: ItemKind::Charge,
                amount: item.amount,
                accounting_code: item.accounting_code,
                sku: item.sku,
                description: item.description,
                quantity: item.quantity,
                unit_price: item.unit_price,
            });
            items.extend(tax);
        }
        Command::CreateInvoice(c::CreateInvoice {
            account,
            external_id: self.external_id,
            invoice_date: self.invoice_date,
            due_date: self.due_date,
            currency: self.currency,
            items,
            post: self.post,
        })
    }
}

fn words(
    reason_code: Option<ReasonCode>,
    comment: Option<Comment>,
    reference: Option<Reference>,
) -> c::Words {
    c::Words { reason_code, comment, reference }
}

impl CancelDocument {
    pub(crate) fn command<N>(self, document: Ref<N>) -> c::Cancel<N> {
        c::Cancel { document, words: words(self.reason_code, self.comment, None) }
    }
}

impl CancelAdjustment {
    pub(crate) fn command(self, adjustment: Ref<receivables::AdjustmentNo>) -> Command {
        Command::CancelCreditBalanceAdjustment(c::CancelAdjustment {
            adjustment,
            settle: self.settle,
            words: words(self.reason_code, self.comment, None),
        })
    }
}

impl AdjustInvoice {
    pub(crate) fn command(self, invoice: Ref<InvoiceNo>) -> Result<Command, ApiError> {
        let mut lines = Vec::with_capacity(self.lines.len());
        for line in self.lines {
            let item = match &line.item {
                Some(text) => Some(reference::<ItemNo>(text)?),
                None => None,
            };
            lines.push(c::AdjustmentLine { item, kind: line.kind, amount: line.amount });
        }
        Ok(Command::AdjustInvoiceItems(c::AdjustInvoiceItems {
            invoice,
            lines,
            settle: self.settle,
            date: self.date,
            words: words(self.reason_code, self.comment, self.reference),
        }))
    }
}

impl MoveAmount {
    pub(crate) fn transfer(self, invoice: Ref<InvoiceNo>) -> Command {
        Command::TransferToCreditBalance(c::TransferToCreditBalance {
            invoice,
            amount: self.amount,
            currency: self.currency,
            words: words(self.reason_code, self.comment, self.reference),
        })
    }

    pub(crate) fn counter_adjust(self, invoice: Ref<InvoiceNo>) -> Command {
        Command::CounterAdjust(c::CounterAdjust {
            invoice,
            amount: self.amount,
            currency: self.currency,
            words: words(self.reason_code, self.comment, self.reference),
        })
    }
}

fn parts(given: Vec<InvoicePart>) -> Result<Vec<c::InvoicePart>, ApiError> {
    let part = |part: InvoicePart| {
        Ok(c::InvoicePart { invoice: reference(&part.invoice)?, amount: part.amount })
    };
    given.into_iter().map(part).collect()
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
        Ok(Command::ApplyCreditBalance(c::ApplyCreditBalance {
            account,
            spread,
            currency: self.currency,
            words: words(self.reason_code, self.comment, self.reference),
        }))
    }
}

impl RecordPayment {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Result<Command, ApiError> {
        Ok(Command::RecordPayment(c::RecordPayment {
            account,
            amount: self.amount,
            currency: self.currency,
            applications: parts(self.applications)?,
            credit_balance_amount: self.credit_balance_amount,
            method_type: self.method_type,
            date: self.date,
            words: words(None, self.comment, self.reference),
        }))
    }
}

impl RefundCredit {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Command {
        Command::RefundCreditBalance(c::RefundCreditBalance {
            account,
            amount: self.amount,
            currency: self.currency,
            kind: self.kind,
            method_type: self.method_type,
            date: self.date,
            words: words(self.reason_code, self.comment, self.reference),
        })
    }
}

impl RefundPayment {
    pub(crate) fn command(self, payment: Ref<receivables::PaymentNo>) -> Result<Command, ApiError> {
        Ok(Command::RefundPayment(c::RefundPayment {
            payment,
            amount: self.amount,
            currency: self.currency,
            parts: parts(self.parts)?,
            kind: self.kind,
            method_type: self.method_type,
            date: self.date,
            adjust: self.adjust,
            words: words(self.reason_code, self.comment, self.reference),
        }))
    }
}

impl ChangeSettings {
    pub(crate) fn command(self) -> Command {
        let codes = self.accounting_codes;
        let assigned = [
            (LedgerRole::AccountsReceivable, codes.accounts_receivable),
            (LedgerRole::CustomerCashOnAccount, codes.customer_cash_on_account),
            (LedgerRole::Bank, codes.bank),
            (LedgerRole::Revenue, codes.revenue),
            (LedgerRole::Tax, codes.tax),
        ];
        Command::ChangeSettings(c::ChangeSettings {
            time_zone: self.time_zone,
            automatic_transfer: self.automatic_transfer,
            automatic_application: self.automatic_application,
            negative_invoices_in_account_balance: self.negative_invoices_in_account_balance,
            accounting_codes: assigned
                .into_iter()
                .filter_map(|(role, code)| code.map(|code| (role, code)))
                .collect(),
            additional_codes: self
                .revenue_codes
                .into_iter()
                .map(|code| (LedgerRole::Revenue, code))
                .collect(),
        })
    }
}
