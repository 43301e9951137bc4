use engine::{AccountProfile, ApiKey, InvoiceRecord};
use jiff::{Timestamp, civil::Date};
use money::{Currency, Money};
use receivables::account::{Account, AccountStatus, Automation};
use receivables::adjustment::{AdjustmentType, InvoiceItemAdjustment};
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use receivables::id::Numbered;
use receivables::invoice::{Invoice, InvoiceStatus, ItemKind};
use receivables::journal::Role;
use receivables::payment::{MethodType, Payment};
use receivables::refund::{Refund, RefundSource};
use receivables::{AccountNo, PublicId, Settings};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use crate::body::{Choice, CreditOrCharge, Method, RoleName};

fn id<N: Numbered>(no: N, at: Timestamp, account: AccountNo) -> String {
    PublicId::new(no.document(), at, account).to_string()
}

fn text<T: ToString>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

/// Whether a document counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// It counts.
    Processed,
    /// It was canceled and counts zero.
    Canceled,
}

impl Status {
    fn of(canceled: bool) -> Self {
        if canceled { Self::Canceled } else { Self::Processed }
    }
}

/// An account with its figures.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018100000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "A00000001")]
    pub(crate) number: String,
    /// Identifier in your own system.
    #[schema(example = "crm-4711")]
    pub(crate) external_id: Option<String>,
    /// The customer's name.
    #[schema(example = "Ada Lovelace Ltd")]
    pub(crate) name: String,
    /// Currency of every amount on it.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// `active` or `canceled`.
    #[schema(value_type = AccountStatusName)]
    pub(crate) status: AccountStatus,
    /// Transfer negative invoices when posted.
    #[schema(value_type = Choice)]
    pub(crate) automatic_transfer: Automation,
    /// Apply credit to positive invoices when posted.
    #[schema(value_type = Choice)]
    pub(crate) automatic_application: Automation,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
    /// What the business owes the customer.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) credit_balance: Decimal,
    /// Sum of the balances of posted invoices, under the rule for negative ones.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) total_invoice_balance: Decimal,
    /// Total invoice balance minus credit balance.
    #[schema(value_type = String, example = "-100.00")]
    pub(crate) account_balance: Decimal,
}

/// `active` or `canceled`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the wire names")]
enum AccountStatusName {
    Active,
    Canceled,
}

impl AccountView {
    pub(crate) fn new(
        account: &Account,
        profile: AccountProfile,
        settings: &Settings,
    ) -> Result<Self, money::MoneyError> {
        let count_negative = settings.negative_invoices_in_account_balance;
        Ok(Self {
            id: id(account.no, account.opened_at, account.no),
            number: account.no.to_string(),
            external_id: profile.external_id,
            name: profile.name,
            currency: account.currency,
            status: account.status,
            automatic_transfer: account.automatic_transfer,
            automatic_application: account.automatic_application,
            opened_at: account.opened_at,
            credit_balance: account.credit_balance.into(),
            total_invoice_balance: account.total_invoice_balance(count_negative)?.into(),
            account_balance: account.balance(count_negative)?.into(),
        })
    }
}

/// One line of an invoice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceItemView {
    /// Number.
    #[schema(example = "II-00000001")]
    pub(crate) number: String,
    /// `charge` or `tax`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Signed amount.
    #[schema(value_type = String, example = "-100.00")]
    pub(crate) amount: Decimal,
    /// Amount after adjustments; absent in effects.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "0.00")]
    pub(crate) balance: Option<Decimal>,
    /// Accounting code.
    #[schema(example = "Revenue")]
    pub(crate) accounting_code: String,
    /// For a tax item, the charge it belongs to.
    #[schema(example = "II-00000001")]
    pub(crate) tax_on: Option<String>,
    /// Stock keeping unit.
    pub(crate) sku: Option<String>,
    /// What it is for.
    pub(crate) description: Option<String>,
    /// Quantity as written.
    pub(crate) quantity: Option<String>,
    /// Price as written.
    pub(crate) unit_price: Option<String>,
}

impl InvoiceItemView {
    pub(crate) fn new(item: &receivables::invoice::InvoiceItem, settings: &Settings) -> Self {
        let code = settings.chart.entry(item.ledger_account);
        Self {
            number: item.no.to_string(),
            kind: match item.kind {
                ItemKind::Charge => "charge",
                ItemKind::Tax => "tax",
            },
            amount: item.amount.into(),
            balance: None,
            accounting_code: code.map_or_else(String::new, |entry| entry.code.to_string()),
            tax_on: item.tax_on.map(|no| no.to_string()),
            sku: text(item.sku.as_ref()),
            description: text(item.description.as_ref()),
            quantity: text(item.quantity.as_ref()),
            unit_price: text(item.unit_price.as_ref()),
        }
    }
}

/// An invoice with the sums that make its balance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceView {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018200000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "INV00000001")]
    pub(crate) number: String,
    /// Its number in your own system; only when one invoice is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) external_id: Option<Option<String>>,
    /// The account it bills.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// `draft`, `posted` or `canceled`.
    #[schema(example = "posted")]
    pub(crate) status: &'static str,
    /// Date of the invoice.
    #[schema(value_type = String, format = Date)]
    pub(crate) invoice_date: Date,
    /// When it falls due.
    #[schema(value_type = String, format = Date)]
    pub(crate) due_date: Date,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// Sum of its items.
    #[schema(value_type = String, example = "-100.00")]
    pub(crate) amount: Decimal,
    /// What is open; a draft shows what would be.
    #[schema(value_type = String, example = "-70.00")]
    pub(crate) balance: Decimal,
    /// Charge minus Credit adjustments.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) adjustment_amount: Decimal,
    /// Payments applied.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) payment_amount: Decimal,
    /// Payments refunded.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) refund_amount: Decimal,
    /// Transfers to, minus applications of, the credit balance.
    #[schema(value_type = String, example = "30.00")]
    pub(crate) credit_balance_adjustment_amount: Decimal,
    /// Its lines; only when one invoice is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<Vec<InvoiceItemView>>,
}

impl InvoiceView {
    pub(crate) fn new(invoice: &Invoice) -> Result<Self, money::MoneyError> {
        Ok(Self {
            id: id(invoice.no, invoice.drafted_at, invoice.account),
            number: invoice.no.to_string(),
            external_id: None,
            account: invoice.account.to_string(),
            status: invoice.status.name(),
            invoice_date: invoice.invoice_date,
            due_date: invoice.due_date,
            currency: invoice.amount.currency(),
            amount: invoice.amount.into(),
            balance: match invoice.status {
                InvoiceStatus::Canceled => Money::zero(invoice.amount.currency()).into(),
                InvoiceStatus::Draft | InvoiceStatus::Posted => invoice.balance()?.into(),
            },
            adjustment_amount: invoice.charges.try_sub(invoice.credits)?.into(),
            payment_amount: invoice.payments.into(),
            refund_amount: invoice.refunds.into(),
            credit_balance_adjustment_amount: invoice.increases.try_sub(invoice.decreases)?.into(),
            items: None,
        })
    }

    pub(crate) fn with_record(
        mut self,
        record: &InvoiceRecord,
        settings: &Settings,
    ) -> Result<Self, money::MoneyError> {
        self.external_id = Some(text(record.drafted.external_id.as_ref()));
        let mut items = Vec::with_capacity(record.drafted.items.len());
        for (item, adjusted) in record.drafted.items.iter().zip(&record.items) {
            let mut view = InvoiceItemView::new(item, settings);
            view.balance = Some(adjusted.balance()?.into());
            items.push(view);
        }
        self.items = Some(items);
        Ok(self)
    }
}

/// The part of a payment or refund that falls on one invoice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Applied {
    /// The invoice.
    #[schema(example = "INV00000002")]
    pub(crate) invoice: String,
    /// How much.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) amount: Decimal,
    /// How much of it was refunded since; absent in effects and refunds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "0.00")]
    pub(crate) refunded: Option<Decimal>,
}

/// An external payment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018300000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "P-00000001")]
    pub(crate) number: String,
    /// Whether it counts.
    pub(crate) status: Status,
    /// How the money came.
    #[schema(value_type = Method)]
    pub(crate) method_type: MethodType,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// The whole payment.
    #[schema(value_type = String, example = "150.00")]
    pub(crate) amount: Decimal,
    /// The part that went to the credit balance.
    #[schema(value_type = String, example = "50.00")]
    pub(crate) credit_balance_amount: Decimal,
    /// The adjustment that records that part.
    #[schema(example = "CBA-00000001")]
    pub(crate) credit_balance_adjustment: Option<String>,
    /// The parts that went to invoices.
    pub(crate) applications: Vec<Applied>,
    /// Free reference.
    pub(crate) reference: Option<String>,
    /// Free comment.
    pub(crate) comment: Option<String>,
}

impl PaymentDocument {
    pub(crate) fn new(payment: &Payment, at: Timestamp, account: AccountNo) -> Self {
        let applications = payment.applications.iter().map(|part| Applied {
            invoice: part.invoice.to_string(),
            amount: part.amount.into(),
            refunded: None,
        });
        Self {
            id: id(payment.no, at, account),
            number: payment.no.to_string(),
            status: Status::Processed,
            method_type: payment.method_type,
            date: payment.date,
            currency: payment.amount.currency(),
            amount: payment.amount.into(),
            credit_balance_amount: payment.credit_balance_amount.into(),
            credit_balance_adjustment: text(payment.credit_balance_adjustment.as_ref()),
            applications: applications.collect(),
            reference: text(payment.reference.as_ref()),
            comment: text(payment.comment.as_ref()),
        }
    }
}

/// A payment as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    /// The payment.
    #[serde(flatten)]
    pub(crate) payment: PaymentDocument,
    /// The account that paid.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    /// How much can still be refunded.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) refundable: Decimal,
}

impl PaymentView {
    pub(crate) fn new(state: &PaymentState) -> Result<Self, money::MoneyError> {
        let recorded = &state.recorded;
        let document = &recorded.document;
        let mut payment = PaymentDocument::new(document, recorded.at, recorded.account);
        payment.status = Status::of(recorded.canceled);
        let mut refundable = Money::zero(document.amount.currency());
        for (part, refunded) in payment.applications.iter_mut().zip(&state.refunded) {
            refundable = refundable.try_add(part.amount.0.try_sub(*refunded)?)?;
            part.refunded = Some((*refunded).into());
        }
        if recorded.canceled {
            refundable = Money::zero(refundable.currency());
        }
        Ok(Self {
            payment,
            account: recorded.account.to_string(),
            recorded_at: recorded.at,
            refundable: refundable.into(),
        })
    }
}

/// A change of the credit balance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdjustmentDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018400000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "CBA-00000001")]
    pub(crate) number: String,
    /// Whether it counts.
    pub(crate) status: Status,
    /// `increase` or `decrease`.
    #[serde(rename = "type")]
    #[schema(example = "increase")]
    pub(crate) kind: &'static str,
    /// `invoice`, `payment` or `refund`.
    #[schema(example = "invoice")]
    pub(crate) source_type: &'static str,
    /// The document that caused it.
    #[schema(example = "INV00000001")]
    pub(crate) source: String,
    /// Currency of the amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much; positive.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) amount: Decimal,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Why.
    #[schema(example = "Standard Adjustment")]
    pub(crate) reason_code: String,
    /// Free comment.
    pub(crate) comment: Option<String>,
    /// Free reference.
    pub(crate) reference: Option<String>,
    /// The invoice whose posting made it automatically.
    pub(crate) cause: Option<String>,
}

impl AdjustmentDocument {
    pub(crate) fn new(
        adjusted: &CreditBalanceAdjustment,
        at: Timestamp,
        account: AccountNo,
    ) -> Self {
        let (source_type, source) = match adjusted.source {
            Source::Invoice(no) => ("invoice", no.to_string()),
            Source::Payment(no) => ("payment", no.to_string()),
            Source::Refund(no) => ("refund", no.to_string()),
        };
        Self {
            id: id(adjusted.no, at, account),
            number: adjusted.no.to_string(),
            status: Status::Processed,
            kind: match adjusted.direction {
                Direction::Increase => "increase",
                Direction::Decrease => "decrease",
            },
            source_type,
            source,
            currency: adjusted.amount.currency(),
            amount: adjusted.amount.into(),
            date: adjusted.date,
            reason_code: adjusted.reason_code.to_string(),
            comment: text(adjusted.comment.as_ref()),
            reference: text(adjusted.reference.as_ref()),
            cause: text(adjusted.cause.as_ref()),
        }
    }
}

/// Whether a document can be canceled now, and if not, why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CancelCheck {
    /// True if cancelling it would be accepted now.
    pub(crate) allowed: bool,
    /// If not: the stable code of the rule.
    #[schema(example = "credit_already_used")]
    pub(crate) code: Option<String>,
    /// If not: why, and what to do.
    pub(crate) reason: Option<String>,
}

/// A credit balance adjustment as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdjustmentView {
    /// The adjustment.
    #[serde(flatten)]
    pub(crate) adjustment: AdjustmentDocument,
    /// Whose credit balance.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    /// Whether it can be canceled now; only when one adjustment is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cancel: Option<CancelCheck>,
}

impl AdjustmentView {
    pub(crate) fn new(recorded: &Recorded<CreditBalanceAdjustment>) -> Self {
        let mut adjustment =
            AdjustmentDocument::new(&recorded.document, recorded.at, recorded.account);
        adjustment.status = Status::of(recorded.canceled);
        let account = recorded.account.to_string();
        Self { adjustment, account, recorded_at: recorded.at, cancel: None }
    }
}

/// An adjusted invoice item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ItemAdjustmentDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018600000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "IIA-00000001")]
    pub(crate) number: String,
    /// Whether it counts.
    pub(crate) status: Status,
    /// Credit lowers, Charge raises.
    #[serde(rename = "type")]
    #[schema(value_type = CreditOrCharge)]
    pub(crate) kind: AdjustmentType,
    /// The invoice.
    #[schema(example = "INV00000001")]
    pub(crate) invoice: String,
    /// The item.
    #[schema(example = "II-00000001")]
    pub(crate) item: String,
    /// Currency of the amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much; positive.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) amount: Decimal,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Why.
    #[schema(example = "Standard Adjustment")]
    pub(crate) reason_code: String,
    /// Free comment.
    pub(crate) comment: Option<String>,
    /// Free reference.
    pub(crate) reference: Option<String>,
    /// The document it was made for in the same step.
    #[schema(example = "CBA-00000001")]
    pub(crate) cause: Option<String>,
}

impl ItemAdjustmentDocument {
    pub(crate) fn new(adjusted: &InvoiceItemAdjustment, at: Timestamp, account: AccountNo) -> Self {
        Self {
            id: id(adjusted.no, at, account),
            number: adjusted.no.to_string(),
            status: Status::Processed,
            kind: adjusted.kind,
            invoice: adjusted.invoice.to_string(),
            item: adjusted.item.to_string(),
            currency: adjusted.amount.currency(),
            amount: adjusted.amount.into(),
            date: adjusted.date,
            reason_code: adjusted.reason_code.to_string(),
            comment: text(adjusted.comment.as_ref()),
            reference: text(adjusted.reference.as_ref()),
            cause: text(adjusted.cause.as_ref()),
        }
    }
}

/// An invoice item adjustment as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ItemAdjustmentView {
    /// The adjustment.
    #[serde(flatten)]
    pub(crate) adjustment: ItemAdjustmentDocument,
    /// The account.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
}

impl ItemAdjustmentView {
    pub(crate) fn new(recorded: &Recorded<InvoiceItemAdjustment>) -> Self {
        let mut adjustment =
            ItemAdjustmentDocument::new(&recorded.document, recorded.at, recorded.account);
        adjustment.status = Status::of(recorded.canceled);
        Self { adjustment, account: recorded.account.to_string(), recorded_at: recorded.at }
    }
}

/// Money given back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefundDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018500000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "R-00000001")]
    pub(crate) number: String,
    /// Whether it counts.
    pub(crate) status: Status,
    /// `external`.
    #[serde(rename = "type")]
    #[schema(example = "external")]
    pub(crate) kind: &'static str,
    /// `credit_balance` or `payment`.
    #[schema(example = "credit_balance")]
    pub(crate) source_type: &'static str,
    /// The payment refunded, or the adjustment that records the refund of the credit balance.
    #[schema(example = "CBA-00000002")]
    pub(crate) source: String,
    /// How the money went.
    #[schema(value_type = Method)]
    pub(crate) method_type: MethodType,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much; positive.
    #[schema(value_type = String, example = "60.00")]
    pub(crate) amount: Decimal,
    /// For a payment refund, the invoices that reopened.
    pub(crate) parts: Vec<Applied>,
    /// Why.
    #[schema(example = "Standard Refund")]
    pub(crate) reason_code: String,
    /// Free reference, such as a cheque number.
    pub(crate) reference: Option<String>,
    /// Free comment.
    pub(crate) comment: Option<String>,
}

impl RefundDocument {
    pub(crate) fn new(refund: &Refund, at: Timestamp, account: AccountNo) -> Self {
        let (source_type, source, parts) = match &refund.source {
            RefundSource::CreditBalance(no) => ("credit_balance", no.to_string(), Vec::new()),
            RefundSource::Payment { payment, parts } => {
                let parts = parts.iter().map(|part| Applied {
                    invoice: part.invoice.to_string(),
                    amount: part.amount.into(),
                    refunded: None,
                });
                ("payment", payment.to_string(), parts.collect())
            }
        };
        Self {
            id: id(refund.no, at, account),
            number: refund.no.to_string(),
            status: Status::Processed,
            kind: "external",
            source_type,
            source,
            method_type: refund.method_type,
            date: refund.date,
            currency: refund.amount.currency(),
            amount: refund.amount.into(),
            parts,
            reason_code: refund.reason_code.to_string(),
            reference: text(refund.reference.as_ref()),
            comment: text(refund.comment.as_ref()),
        }
    }
}

/// A refund as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefundView {
    /// The refund.
    #[serde(flatten)]
    pub(crate) refund: RefundDocument,
    /// The account.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
}

impl RefundView {
    pub(crate) fn new(recorded: &Recorded<Refund>) -> Self {
        let mut refund = RefundDocument::new(&recorded.document, recorded.at, recorded.account);
        refund.status = Status::of(recorded.canceled);
        Self { refund, account: recorded.account.to_string(), recorded_at: recorded.at }
    }
}

/// The settings of the organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// IANA time zone in which business dates are reckoned.
    #[schema(example = "UTC")]
    pub(crate) time_zone: String,
    /// Transfer negative invoices to the credit balance when they are posted.
    pub(crate) automatic_transfer: bool,
    /// Apply the credit balance to positive invoices when they are posted.
    pub(crate) automatic_application: bool,
    /// Count invoices with a negative total in the account balance.
    pub(crate) negative_invoices_in_account_balance: bool,
    /// The chart of accounts.
    pub(crate) accounting_codes: Vec<AccountingCodeView>,
}

/// One accounting code.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountingCodeView {
    /// The code.
    #[schema(example = "Customer Cash On Account")]
    pub(crate) code: String,
    /// What it is for.
    #[schema(example = "customer_cash_on_account")]
    pub(crate) role: &'static str,
    /// True for the code new documents of this role use.
    pub(crate) in_use: bool,
}

impl SettingsView {
    pub(crate) fn new(settings: &Settings) -> Self {
        let current = Role::ALL.map(|role| settings.chart.account(role));
        let codes = settings.chart.accounts().iter().map(|entry| AccountingCodeView {
            code: entry.code.to_string(),
            role: entry.role.name(),
            in_use: current.contains(&entry.account),
        });
        Self {
            time_zone: settings.time_zone.clone(),
            automatic_transfer: settings.automatic_transfer,
            automatic_application: settings.automatic_application,
            negative_invoices_in_account_balance: settings.negative_invoices_in_account_balance,
            accounting_codes: codes.collect(),
        }
    }
}

/// An API key; the secret itself is shown only when it is made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    /// Its name.
    #[schema(example = "web shop")]
    pub(crate) name: String,
    /// What it may do.
    #[schema(value_type = RoleName)]
    pub(crate) role: engine::Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) revoked_at: Option<Timestamp>,
    /// The secret; only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
}

impl ApiKeyView {
    pub(crate) fn new(key: &ApiKey, secret: Option<String>) -> Self {
        let (name, role) = (key.name.clone(), key.role);
        Self { name, role, created_at: key.created_at, revoked_at: key.revoked_at, secret }
    }
}
