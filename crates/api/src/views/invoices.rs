//! Invoices and their items.

use engine::InvoiceRecord;
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::Settings;
use receivables::invoice::{Invoice, InvoiceStatus, ItemKind};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::labels::LabelsView;
use super::{id, text};

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
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
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
            labels: LabelsView::default(),
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
    /// What electronic payments under way are to pay of it; not yet part of the balance.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) pending_payment_amount: Decimal,
    /// Payments refunded.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) refund_amount: Decimal,
    /// Transfers to, minus applications of, the credit balance.
    #[schema(value_type = String, example = "30.00")]
    pub(crate) credit_balance_adjustment_amount: Decimal,
    /// Its lines; only when one invoice is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) items: Option<Vec<InvoiceItemView>>,
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
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
            pending_payment_amount: invoice.pending.into(),
            refund_amount: invoice.refunds.into(),
            credit_balance_adjustment_amount: invoice.increases.try_sub(invoice.decreases)?.into(),
            items: None,
            labels: LabelsView::default(),
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
