use jiff::{Timestamp, civil::Date};
use money::{Currency, Money};
use receivables::account::Account;
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::invoice::{Invoice, InvoiceDrafted, Item};
use receivables::journal::{LedgerAccount, Posting};
use receivables::refund::Refund;
use receivables::text::ExternalId;
use receivables::{
    AccountNo, AdjustmentNo, Entry, EntryNo, InvoiceNo, ItemAdjustmentNo, ItemNo, Kind, PaymentNo,
    PostingNo, RefundNo, Settings,
};
use serde::{Deserialize, Serialize};

/// The database could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// The reading side of a database. Shared by everyone; a reader sees everything that was committed
/// before it asked.
pub trait Reader: Send + Sync {
    /// The settings in force.
    fn settings(&self) -> Settings;
    /// The last decision.
    fn head(&self) -> EntryNo;
    /// The last number given out for a kind of document.
    fn last_number(&self, kind: Kind) -> u64;
    /// Whether the database can be written.
    fn writable(&self) -> bool;
    /// Rules and figures of an account.
    ///
    /// # Errors
    ///
    /// [`ReadError`], as for every method here.
    fn account(&self, no: AccountNo) -> Result<Option<Account>, ReadError>;
    /// Name and external id of an account.
    fn account_profile(&self, no: AccountNo) -> Result<Option<AccountProfile>, ReadError>;
    /// The account with an external id.
    fn find_account(&self, id: &ExternalId) -> Result<Option<AccountNo>, ReadError>;
    /// The invoice with an external id.
    fn find_invoice(&self, id: &ExternalId) -> Result<Option<InvoiceNo>, ReadError>;
    /// Figures of an invoice.
    fn invoice(&self, no: InvoiceNo) -> Result<Option<Invoice>, ReadError>;
    /// The invoices of an account that have a balance.
    fn open_invoices(&self, account: AccountNo) -> Result<Vec<Invoice>, ReadError>;
    /// An invoice as it was drafted, with its items.
    fn invoice_record(&self, no: InvoiceNo) -> Result<Option<InvoiceRecord>, ReadError>;
    /// The invoice an item belongs to.
    fn invoice_of_item(&self, no: ItemNo) -> Result<Option<InvoiceNo>, ReadError>;
    /// A payment.
    fn payment(&self, no: PaymentNo) -> Result<Option<PaymentState>, ReadError>;
    /// A credit balance adjustment.
    fn adjustment(
        &self,
        no: AdjustmentNo,
    ) -> Result<Option<Recorded<CreditBalanceAdjustment>>, ReadError>;
    /// An invoice item adjustment.
    fn item_adjustment(
        &self,
        no: ItemAdjustmentNo,
    ) -> Result<Option<Recorded<InvoiceItemAdjustment>>, ReadError>;
    /// A refund.
    fn refund(&self, no: RefundNo) -> Result<Option<Recorded<Refund>>, ReadError>;
    /// One decision.
    fn entry(&self, no: EntryNo) -> Result<Option<Entry>, ReadError>;
    /// Decisions after a position, oldest first.
    fn entries(&self, after: EntryNo, limit: usize) -> Result<Vec<Entry>, ReadError>;
    /// Decisions on one account before a position, newest first.
    fn account_entries(
        &self,
        account: AccountNo,
        before: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError>;
    /// Postings on a credit balance before a position, newest first.
    fn credit_postings(
        &self,
        account: AccountNo,
        before: Option<PostingNo>,
        limit: usize,
    ) -> Result<Vec<Located>, ReadError>;
    /// Postings on an invoice before a position, newest first.
    fn invoice_postings(
        &self,
        invoice: InvoiceNo,
        before: Option<PostingNo>,
        limit: usize,
    ) -> Result<Vec<Located>, ReadError>;
    /// Debits and credits per currency, day and ledger account.
    fn day_totals(&self) -> Result<Vec<DayTotal>, ReadError>;
    /// Every API key.
    fn api_keys(&self) -> Result<Vec<ApiKey>, ReadError>;
    /// Calls `visit` with every stored balance and answers the position up to which they are folded.
    ///
    /// The whole walk sees one state of the database.
    fn stored_states(&self, visit: &mut dyn FnMut(StoredState)) -> Result<EntryNo, ReadError>;
    /// How many idempotency keys are indexed, and up to which position, after checking that each
    /// leads to the entry that carries it. `Err` names the first that does not.
    fn check_keys(&self) -> Result<(u64, EntryNo), ReadError>;
    /// Writes a consistent copy of the database to a new file.
    fn backup(&self, to: &std::path::Path) -> Result<(), ReadError>;
}

/// The parts of an account that decisions do not need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProfile {
    /// The customer's name.
    pub name: String,
    /// Identifier in the system it comes from.
    pub external_id: Option<String>,
}

/// An invoice with its items as drafted and as adjusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRecord {
    /// As drafted.
    pub drafted: InvoiceDrafted,
    /// As adjusted since.
    pub items: Vec<Item>,
}

/// A posting with the entry it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The entry.
    pub entry: EntryNo,
    /// When it was decided.
    pub at: Timestamp,
    /// The posting.
    pub posting: Posting,
}

/// Debits and credits of one ledger account on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayTotal {
    /// The currency.
    pub currency: Currency,
    /// The effective date.
    pub date: Date,
    /// The ledger account.
    pub account: LedgerAccount,
    /// Sum of debits.
    pub debit: Money,
    /// Sum of credits.
    pub credit: Money,
}

/// One stored balance, for `verify`.
#[derive(Clone, Debug)]
pub enum StoredState {
    /// An account.
    Account(Account),
    /// An invoice.
    Invoice(Invoice),
    /// A day total.
    Total(DayTotal),
}

/// What an API key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads, and moves money.
    Clerk,
    /// Everything, including settings and API keys.
    Admin,
}

impl Role {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Clerk => "clerk",
            Self::Admin => "admin",
        }
    }
}

/// An API key; only its hash is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name, unique; stands in the history as the actor.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
