use jiff::{Timestamp, civil::Date};
use money::{Currency, Money};
use receivables::account::{Account, AccountChanged};
use receivables::adjustment::InvoiceItemAdjustment;
use receivables::approval::{Asker, PersonName};
use receivables::books::{PaymentState, Recorded};
use receivables::credit_balance::CreditBalanceAdjustment;
use receivables::gateway::GatewayNo;
use receivables::invoice::{Invoice, InvoiceDrafted, Item};
use receivables::journal::{LedgerAccount, Posting};
use receivables::labels::{FieldName, Labels};
use receivables::order::{Order, Waiting};
use receivables::payment_method::MethodState;
use receivables::permission::{RoleName, Standard, same};
use receivables::refund::Refund;
use receivables::text::ExternalId;
use receivables::{
    AccountNo, AdjustmentNo, Document, Entry, EntryNo, Fact, InvoiceNo, ItemAdjustmentNo, ItemNo,
    Kind, MethodNo, PaymentNo, PostingNo, RefundNo, Settings,
};

use crate::side::{SideKind, SideRecord};
use crate::words::ByWord;

/// The database could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ReadError(pub String);

/// The reading side of a database. Shared by everyone; a reader sees everything that was committed
/// before it asked. Every method may block, and fails with [`ReadError`] if the database cannot be read.
///
/// Methods that take several numbers answer what exists of them, in the order asked for, with a
/// fixed number of round trips.
pub trait Reader: Send + Sync + std::fmt::Debug {
    /// The settings in force.
    fn settings(&self) -> Result<Settings, ReadError>;
    /// The last decision up to which the history is complete: no later commit adds one before it.
    fn head(&self) -> Result<EntryNo, ReadError>;
    /// Whether the database can be written.
    fn writable(&self) -> bool;
    /// Whether numbers are without gaps: one writer gives them all out.
    fn gapless(&self) -> bool;
    /// A reader that keeps seeing the books as they are now, if this one does not do so by itself
    /// as far as reports need it.
    fn snapshot(&self) -> Result<Option<Box<dyn Reader>>, ReadError>;
    /// The numbers of a kind of document below `before`, newest first.
    fn page(&self, kind: Kind, before: Option<u64>, limit: usize) -> Result<Vec<u64>, ReadError>;
    /// The same of those with a value of a custom field, as [`as_filter`](receivables::labels::FieldValue::as_filter) writes it.
    fn page_with_value(
        &self,
        kind: Kind,
        with: (&FieldName, &str),
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<u64>, ReadError>;
    /// What decisions on an account made, newest first: each decision from `from` backwards, itself included, or from
    /// the last, with the invoices, payments, refunds and adjustments it made, in that order; at most `limit`
    /// decisions. Nothing, if `from` is no decision on the account.
    fn account_documents(
        &self,
        account: AccountNo,
        from: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<(EntryNo, Vec<Document>)>, ReadError>;
    /// Rules and figures of accounts.
    fn accounts(&self, numbers: &[AccountNo]) -> Result<Vec<Account>, ReadError>;
    /// Name and external id of accounts.
    fn account_profiles(&self, numbers: &[AccountNo]) -> Result<Vec<AccountProfile>, ReadError>;
    /// For each of `beginnings`, in small letters, the accounts with a word in their name ([`words`](crate::words::words))
    /// that begins with it: the newest [`ACCOUNTS_MAX`](crate::words::ACCOUNTS_MAX) of each of the first
    /// [`SPELLINGS_MAX`](crate::words::SPELLINGS_MAX) such words. Not those whose personal data was erased since they were
    /// named.
    fn accounts_by_word(&self, beginnings: &[String]) -> Result<Vec<ByWord>, ReadError>;
    /// The account with an external id.
    fn find_account(&self, id: &ExternalId) -> Result<Option<AccountNo>, ReadError>;
    /// The invoice with an external id.
    fn find_invoice(&self, id: &ExternalId) -> Result<Option<InvoiceNo>, ReadError>;
    /// Figures of invoices.
    fn invoices(&self, numbers: &[InvoiceNo]) -> Result<Vec<Invoice>, ReadError>;
    /// The invoices of an account that have a balance, oldest due first, at most `limit` of them.
    fn open_invoices(&self, account: AccountNo, limit: usize) -> Result<Vec<Invoice>, ReadError>;
    /// An invoice as it was drafted, with its items.
    fn invoice_record(&self, no: InvoiceNo) -> Result<Option<InvoiceRecord>, ReadError>;
    /// The invoice an item belongs to.
    fn invoice_of_item(&self, no: ItemNo) -> Result<Option<InvoiceNo>, ReadError>;
    /// Payments.
    fn payments(&self, numbers: &[PaymentNo]) -> Result<Vec<PaymentState>, ReadError>;
    /// Credit balance adjustments.
    fn adjustments(
        &self,
        numbers: &[AdjustmentNo],
    ) -> Result<Vec<Recorded<CreditBalanceAdjustment>>, ReadError>;
    /// Invoice item adjustments.
    fn item_adjustments(
        &self,
        numbers: &[ItemAdjustmentNo],
    ) -> Result<Vec<Recorded<InvoiceItemAdjustment>>, ReadError>;
    /// Refunds.
    fn refunds(&self, numbers: &[RefundNo]) -> Result<Vec<Recorded<Refund>>, ReadError>;
    /// One decision.
    fn entry(&self, no: EntryNo) -> Result<Option<Entry>, ReadError>;
    /// Decisions after a position, oldest first, up to [`Reader::head`] of the same moment.
    fn entries(&self, after: EntryNo, limit: usize) -> Result<Vec<Entry>, ReadError>;
    /// Decisions before a position, newest first.
    fn entries_before(
        &self,
        before: Option<EntryNo>,
        limit: usize,
    ) -> Result<Vec<Entry>, ReadError>;
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
    /// Payment methods.
    fn methods(&self, numbers: &[MethodNo]) -> Result<Vec<MethodState>, ReadError>;
    /// The payment methods of an account, oldest first.
    fn account_methods(&self, account: AccountNo) -> Result<Vec<MethodState>, ReadError>;
    /// Orders of refunds and payments.
    fn orders(&self, documents: &[Document]) -> Result<Vec<Order>, ReadError>;
    /// Orders of the electronic refunds of a payment, oldest first.
    fn payment_orders(&self, payment: PaymentNo) -> Result<Vec<Order>, ReadError>;
    /// Orders of a gateway whose `due` is at or before `now`, the longest due first, at most `limit`.
    fn due_orders(
        &self,
        gateway: GatewayNo,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError>;
    /// Orders of a gateway that it must have on record ([`Order::on_record_since`]) since an instant of a span,
    /// `from` inclusive, `to` exclusive, by that instant; those after `after`, at most `limit`.
    fn orders_on_record(
        &self,
        gateway: GatewayNo,
        span: (Timestamp, Timestamp),
        after: Option<(Timestamp, Document)>,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError>;
    /// Orders that need a person ([`Order::needs_a_person`]), oldest first, at most `limit`.
    fn orders_for_people(
        &self,
        list: Waiting,
        after: Option<(Timestamp, Document)>,
        limit: usize,
    ) -> Result<Vec<Order>, ReadError>;
    /// What happened to an order, oldest first: its facts with the entries they belong to.
    fn order_history(&self, document: Document) -> Result<Vec<OrderEvent>, ReadError>;
    /// The settings before a decision.
    fn settings_before(&self, entry: EntryNo) -> Result<Settings, ReadError>;
    /// Everything about an account that can be changed, as it was before a decision.
    fn account_before(
        &self,
        account: AccountNo,
        entry: EntryNo,
    ) -> Result<Option<AccountChanged>, ReadError>;
    /// The labels of documents, of those that ever had some: those in force, or those before a decision.
    fn labels(
        &self,
        documents: &[Document],
        before: Option<EntryNo>,
    ) -> Result<Vec<(Document, Labels)>, ReadError>;
    /// The order of a gateway's transaction, by either of its ids.
    fn find_order(&self, gateway: GatewayNo, id: &str) -> Result<Option<Document>, ReadError>;
    /// Accounts after `after`, in order of their numbers, that have an open invoice due on or before
    /// `until`; at most `limit`. May name an account that has none any more.
    fn accounts_due(
        &self,
        until: Date,
        after: AccountNo,
        limit: usize,
    ) -> Result<Vec<AccountNo>, ReadError>;
    /// The sealed credentials of every gateway.
    fn gateway_secrets(&self) -> Result<Vec<GatewaySecret>, ReadError>;
    /// Blocks of the audit log after a position, oldest first.
    fn audit_blocks(&self, after: u64, limit: usize) -> Result<Vec<AuditBlock>, ReadError>;
    /// The last block of the audit log.
    fn last_audit_block(&self) -> Result<Option<AuditBlock>, ReadError>;
    /// A record beside the history.
    fn side(&self, kind: SideKind, id: &str) -> Result<Option<SideRecord>, ReadError>;
    /// Records of a kind in the order of their ids, behind `after`, at most `limit`.
    fn sides(
        &self,
        kind: SideKind,
        after: &str,
        limit: usize,
    ) -> Result<Vec<SideRecord>, ReadError>;
    /// Calls `visit` with every stored balance and answers the position up to which they are folded.
    ///
    /// The whole walk sees one state of the database.
    fn stored_states(&self, visit: &mut dyn FnMut(StoredState)) -> Result<EntryNo, ReadError>;
    /// How many idempotency keys are indexed, and up to which position, after checking that each
    /// leads to the entry that carries it. `Err` names the first that does not.
    fn check_keys(&self) -> Result<(u64, EntryNo), ReadError>;

    /// One account.
    fn account(&self, no: AccountNo) -> Result<Option<Account>, ReadError> {
        Ok(self.accounts(&[no])?.pop())
    }
    /// Name and external id of one account.
    fn account_profile(&self, no: AccountNo) -> Result<Option<AccountProfile>, ReadError> {
        Ok(self.account_profiles(&[no])?.pop())
    }
    /// One invoice.
    fn invoice(&self, no: InvoiceNo) -> Result<Option<Invoice>, ReadError> {
        Ok(self.invoices(&[no])?.pop())
    }
    /// One payment.
    fn payment(&self, no: PaymentNo) -> Result<Option<PaymentState>, ReadError> {
        Ok(self.payments(&[no])?.pop())
    }
    /// One credit balance adjustment.
    fn adjustment(
        &self,
        no: AdjustmentNo,
    ) -> Result<Option<Recorded<CreditBalanceAdjustment>>, ReadError> {
        Ok(self.adjustments(&[no])?.pop())
    }
    /// One invoice item adjustment.
    fn item_adjustment(
        &self,
        no: ItemAdjustmentNo,
    ) -> Result<Option<Recorded<InvoiceItemAdjustment>>, ReadError> {
        Ok(self.item_adjustments(&[no])?.pop())
    }
    /// One payment method.
    fn method(&self, no: MethodNo) -> Result<Option<MethodState>, ReadError> {
        Ok(self.methods(&[no])?.pop())
    }
    /// One order.
    fn order(&self, document: Document) -> Result<Option<Order>, ReadError> {
        Ok(self.orders(&[document])?.pop())
    }
    /// The labels of one document in force.
    fn labels_of(&self, document: Document) -> Result<Labels, ReadError> {
        let found = self.labels(&[document], None)?.pop();
        Ok(found.map(|(_, labels)| labels).unwrap_or_default())
    }
    /// One refund.
    fn refund(&self, no: RefundNo) -> Result<Option<Recorded<Refund>>, ReadError> {
        Ok(self.refunds(&[no])?.pop())
    }
}

/// The parts of an account that decisions do not need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProfile {
    /// The account.
    pub account: AccountNo,
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

/// One fact of an order's life, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// The decision.
    pub entry: EntryNo,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// [`Fact::OrderPlaced`] or [`Fact::OrderMoved`].
    pub fact: Fact,
}

/// The credentials of a gateway, encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewaySecret {
    /// The name of the gateway.
    pub gateway: String,
    /// The sealed credentials; only the holder of the key can open them.
    pub sealed: Vec<u8>,
    /// When they were stored.
    pub stored_at: Timestamp,
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
    /// A payment method.
    Method(MethodState),
    /// An order.
    Order(Box<Order>),
    /// Who asked for a refund.
    Asked(AskedRefund),
}

/// Who asked for a refund, and when: kept to sum up those of one person.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AskedRefund {
    /// Who.
    pub asker: Asker,
    /// When.
    pub at: Timestamp,
    /// For which refund.
    pub refund: RefundNo,
}

/// A block of the audit log: seals the entries of a span of the history. What its parts mean is known to the crate
/// `audit`; for everyone else they are bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditBlock {
    /// Its number, from 1, without gaps.
    pub no: u64,
    /// The first entry in it.
    pub first: EntryNo,
    /// The last.
    pub last: EntryNo,
    /// Number and hash of each entry.
    pub leaves: Vec<u8>,
    /// The hash of the block before it; zeros for the first.
    pub previous: [u8; 32],
    /// The Merkle root over the hashes of its entries.
    pub root: [u8; 32],
    /// Its own hash.
    pub hash: [u8; 32],
    /// When it was made.
    pub made_at: Timestamp,
    /// The signature of its hash, if there was a key.
    pub signature: Option<Vec<u8>>,
}

/// An API key; only its hash is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its name, unique; stands in the history as the actor.
    pub name: String,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What it may do: names of roles.
    pub roles: Vec<RoleName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// From when on it is not taken any more.
    pub expires_at: Option<Timestamp>,
    /// The person it belongs to; none for a program.
    pub person: Option<PersonName>,
}

impl ApiKey {
    /// What a program of the release before takes the key for: 0 reads, 1 moves money, 2 administers.
    pub fn old_role(&self) -> u8 {
        let has =
            |standard: Standard| self.roles.iter().any(|it| same(it.as_str(), standard.name()));
        if has(Standard::Administrator) { 2 } else { u8::from(has(Standard::PaymentsStandardUser)) }
    }

    /// The role that stands for what a program of the release before wrote.
    pub fn of_old_role(role: i64) -> Option<Vec<RoleName>> {
        let standard = match role {
            0 => Standard::Viewer,
            1 => Standard::PaymentsStandardUser,
            2 => Standard::Administrator,
            _ => return None,
        };
        Some(RoleName::try_new(standard.name()).into_iter().collect())
    }
}
