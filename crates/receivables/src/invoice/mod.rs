//! Invoices and their items (domain 10).

pub mod decide;

use jiff::{Timestamp, civil::Date};
use money::{Money, MoneyError};
use serde::{Deserialize, Serialize};

use crate::journal::LedgerAccount;
use crate::text::{Description, ExternalId, Figure, Sku};
use crate::{AccountNo, EntryNo, InvoiceNo, ItemNo, PostingNo};

/// How many items one invoice may have.
pub const ITEMS_MAX: usize = 10_000;

/// Status of an invoice (domain 10.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Not yet a receivable.
    Draft,
    /// Locked; counts in every balance.
    Posted,
    /// Void for ever.
    Canceled,
}

impl InvoiceStatus {
    /// Its name in the API and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Posted => "posted",
            Self::Canceled => "canceled",
        }
    }
}

/// What an item stands for (domain 3.2 `SourceType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A charge line.
    Charge,
    /// The tax on a charge line.
    Tax,
}

/// One line of an invoice, as it was drafted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceItem {
    /// Its number, unique over all invoices.
    pub no: ItemNo,
    /// Charge or tax.
    pub kind: ItemKind,
    /// Signed amount.
    pub amount: Money,
    /// The ledger account it is posted against.
    pub ledger_account: LedgerAccount,
    /// For a tax item, the charge item it belongs to.
    pub tax_on: Option<ItemNo>,
    /// Stock keeping unit.
    pub sku: Option<Sku>,
    /// What it is for.
    pub description: Option<Description>,
    /// Quantity as written, for information.
    pub quantity: Option<Figure>,
    /// Price as written, for information.
    pub unit_price: Option<Figure>,
}

/// An invoice was drafted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceDrafted {
    /// Its number.
    pub no: InvoiceNo,
    /// The account it bills.
    pub account: AccountNo,
    /// Its number in the system it comes from; unique.
    pub external_id: Option<ExternalId>,
    /// Date of the invoice.
    pub invoice_date: Date,
    /// When it falls due.
    pub due_date: Date,
    /// Sum of its items; may be negative or zero.
    pub amount: Money,
    /// Its lines.
    pub items: Vec<InvoiceItem>,
}

/// The status of an invoice changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceStatusChanged {
    /// Which invoice.
    pub invoice: InvoiceNo,
    /// Its new status.
    pub status: InvoiceStatus,
}

/// An item as adjustments see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub no: ItemNo,
    /// Charge or tax.
    pub kind: ItemKind,
    /// Signed amount on the invoice.
    pub amount: Money,
    /// Net of its adjustments: Charge minus Credit.
    pub adjusted: Money,
    /// The ledger account it is posted against.
    pub ledger_account: LedgerAccount,
}

impl Item {
    /// An item as it is right after it was drafted.
    pub fn new(drafted: &InvoiceItem) -> Self {
        Self {
            no: drafted.no,
            kind: drafted.kind,
            amount: drafted.amount,
            adjusted: Money::zero(drafted.amount.currency()),
            ledger_account: drafted.ledger_account,
        }
    }

    /// Amount after adjustments.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn balance(&self) -> Result<Money, MoneyError> {
        self.amount.try_add(self.adjusted)
    }
}

/// What decisions need to know of an invoice: its header and the sums that make its balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// Its number.
    pub no: InvoiceNo,
    /// The account it bills.
    pub account: AccountNo,
    /// Draft, posted or canceled.
    pub status: InvoiceStatus,
    /// Date of the invoice.
    pub invoice_date: Date,
    /// When it falls due.
    pub due_date: Date,
    /// When it was drafted.
    pub drafted_at: Timestamp,
    /// Sum of its items.
    pub amount: Money,
    /// Charge adjustments.
    pub charges: Money,
    /// Credit adjustments.
    pub credits: Money,
    /// Payments applied.
    pub payments: Money,
    /// Payments refunded.
    pub refunds: Money,
    /// Transfers to the credit balance.
    pub increases: Money,
    /// Applications of the credit balance.
    pub decreases: Money,
    /// Electronic payments under way for it; not part of its balance.
    pub pending: Money,
    /// The balance its postings make; equals [`Invoice::receivable`] after every decision.
    pub ledger: Money,
    /// First of its items; they are numbered one after the other.
    pub first_item: ItemNo,
    /// How many items it has.
    pub item_count: u32,
    /// Payments and adjustments that hang on it and are not canceled.
    pub attached: u32,
    /// The invoice of the account that was posted before it.
    pub previous_posted: Option<InvoiceNo>,
    /// The decision that posted it.
    pub posted_entry: Option<EntryNo>,
    /// Its last posting.
    pub last_posting: Option<PostingNo>,
}

impl Invoice {
    /// An invoice as it is right after `drafted`.
    pub fn new(drafted: &InvoiceDrafted, at: Timestamp) -> Self {
        let zero = Money::zero(drafted.amount.currency());
        Self {
            no: drafted.no,
            account: drafted.account,
            status: InvoiceStatus::Draft,
            invoice_date: drafted.invoice_date,
            due_date: drafted.due_date,
            drafted_at: at,
            amount: drafted.amount,
            charges: zero,
            credits: zero,
            payments: zero,
            refunds: zero,
            increases: zero,
            decreases: zero,
            pending: zero,
            ledger: zero,
            first_item: drafted.items.first().map_or(ItemNo(0), |item| item.no),
            item_count: u32::try_from(drafted.items.len()).unwrap_or(u32::MAX),
            attached: 0,
            previous_posted: None,
            posted_entry: None,
            last_posting: None,
        }
    }

    /// `amount + charges - credits + refunds - payments + increases - decreases` (domain 10.2).
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn balance(&self) -> Result<Money, MoneyError> {
        self.amount
            .try_add(self.charges)?
            .try_sub(self.credits)?
            .try_add(self.refunds)?
            .try_sub(self.payments)?
            .try_add(self.increases)?
            .try_sub(self.decreases)
    }

    /// The balance if it is a receivable: drafts and canceled invoices are none (domain 1.3).
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn receivable(&self) -> Result<Money, MoneyError> {
        match self.status {
            InvoiceStatus::Posted => self.balance(),
            InvoiceStatus::Draft | InvoiceStatus::Canceled => {
                Ok(Money::zero(self.amount.currency()))
            }
        }
    }

    /// Credit applied and not transferred back (positive invoice), or credit transferred and not
    /// applied back (negative invoice): what a counter-adjustment may undo (domain 2.5).
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn net_credit(&self) -> Result<Money, MoneyError> {
        if self.amount.is_negative() {
            self.increases.try_sub(self.decreases)
        } else {
            self.decreases.try_sub(self.increases)
        }
    }

    /// True if the sums stay within the bounds of domain 10.2 and 2.5: the balance lies between
    /// zero and the adjusted amount, and no more credit came back than went.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn within_bounds(&self) -> Result<bool, MoneyError> {
        let balance = self.balance()?.minor();
        let (low, high) = if self.amount.is_negative() {
            (self.amount.try_sub(self.credits)?.minor(), 0)
        } else {
            (0, self.amount.try_add(self.charges)?.minor())
        };
        Ok(low <= balance && balance <= high && !self.net_credit()?.is_negative())
    }
}
