//! Invoices and adjustments of their items.

use jiff::civil::Date;
use money::{Amount, Currency};
use receivables::adjustment::AdjustmentType;
use receivables::command as c;
use receivables::id::Ref;
use receivables::invoice::ItemKind;
use receivables::labels::LabelChanges;
use receivables::reason::ReasonCode;
use receivables::settings::AccountingCode;
use receivables::text::{Comment, Description, ExternalId, Figure, Reference, Sku};
use receivables::{AccountNo, Command, InvoiceNo, ItemNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::labels::{FieldChanges, MetadataChanges, labels};
use super::{late, reference, words};
use crate::problem::ApiError;

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
    /// Values of custom fields of the charge, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata of the charge: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
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
    #[serde(default, deserialize_with = "super::day")]
    #[schema(value_type = Option<String>, format = Date)]
    invoice_date: Option<Date>,
    /// When it falls due; the invoice date if left out.
    #[serde(default, deserialize_with = "super::day")]
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
    /// Values of custom fields, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
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
    #[serde(default, deserialize_with = "super::day")]
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
    /// If the day it belongs to is in a locked accounting period: enter it on the next open day instead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late_entry: bool,
    /// Values of custom fields of the adjustments, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata of the adjustments: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

impl CreateInvoice {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Command {
        let mut items = Vec::with_capacity(self.items.len());
        let mut item_labels = Vec::with_capacity(self.items.len());
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
            item_labels.push(labels(item.custom_fields, item.metadata));
            item_labels.extend(tax.as_ref().map(|_| LabelChanges::default()));
            items.extend(tax);
        }
        let labels = labels(self.custom_fields, self.metadata);
        Command::CreateInvoice(c::CreateInvoice {
            account,
            external_id: self.external_id,
            invoice_date: self.invoice_date,
            due_date: self.due_date,
            currency: self.currency,
            items,
            post: self.post,
        })
        .with_item_labels(labels, item_labels)
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
        let labels = labels(self.custom_fields, self.metadata);
        Ok(Command::AdjustInvoiceItems(c::AdjustInvoiceItems {
            invoice,
            lines,
            settle: self.settle,
            date: self.date,
            words: late(words(self.reason_code, self.comment, self.reference), self.late_entry),
        })
        .with_labels(labels))
    }
}
