//! Commands about invoices and their items.

use jiff::civil::Date;
use money::{Amount, Currency};
use serde::Serialize;

use super::Words;
use crate::adjustment::AdjustmentType;
use crate::id::Ref;
use crate::invoice::ItemKind;
use crate::settings::AccountingCode;
use crate::text::{Description, ExternalId, Figure, Sku};
use crate::{AccountNo, InvoiceNo, ItemNo};

/// One line of a new invoice.
#[derive(Clone, Debug, Serialize)]
pub struct NewItem {
    /// Charge or tax. A tax item belongs to the charge item before it.
    pub kind: ItemKind,
    /// Signed amount.
    pub amount: Amount,
    /// Accounting code; the chart's revenue or tax account if left out.
    pub accounting_code: Option<AccountingCode>,
    /// Stock keeping unit.
    pub sku: Option<Sku>,
    /// What it is for.
    pub description: Option<Description>,
    /// Quantity as written, for information.
    pub quantity: Option<Figure>,
    /// Price as written, for information.
    pub unit_price: Option<Figure>,
}

/// Drafts an invoice, and posts it in the same step if wanted.
#[derive(Clone, Debug, Serialize)]
pub struct CreateInvoice {
    /// The account to bill.
    pub account: Ref<AccountNo>,
    /// Its number in the system it comes from; unique.
    pub external_id: Option<ExternalId>,
    /// Date of the invoice; today if left out.
    pub invoice_date: Option<Date>,
    /// When it falls due; the invoice date if left out.
    pub due_date: Option<Date>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// Its lines.
    pub items: Vec<NewItem>,
    /// Post it at once.
    pub post: bool,
}

/// Names one invoice, for commands that need nothing else.
#[derive(Clone, Debug, Serialize)]
pub struct OneInvoice {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
}

/// One adjusted line.
#[derive(Clone, Debug, Serialize)]
pub struct AdjustmentLine {
    /// The item; may be left out if the invoice has only one.
    pub item: Option<Ref<ItemNo>>,
    /// Credit or Charge.
    pub kind: AdjustmentType,
    /// How much; positive.
    pub amount: Amount,
}

/// Adjusts items of one invoice; several lines are judged on the net (domain 3.3).
#[derive(Clone, Debug, Serialize)]
pub struct AdjustInvoiceItems {
    /// Which invoice.
    pub invoice: Ref<InvoiceNo>,
    /// The lines; none if `settle` is set.
    pub lines: Vec<AdjustmentLine>,
    /// Let the rules choose the lines that bring the invoice to zero.
    pub settle: bool,
    /// Effective date; today if left out, not before the invoice date.
    pub date: Option<Date>,
    /// Reason, comment, reference.
    pub words: Words,
}
