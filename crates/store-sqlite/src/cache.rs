//! Balances in memory: current for everyone, written back in sorted bulk.
//!
//! The database holds the fold of the history up to `folded`; the cache holds every state that
//! changed since (dirty), and states read meanwhile (clean). A dirty state is never evicted, and it
//! turns clean only after the write-back was committed; so whoever misses here finds the current
//! state in the database.

use std::sync::Arc;

use money::Currency;
use receivables::account::Account;
use receivables::context::Numbers;
use receivables::invoice::Invoice;
use receivables::journal::{LedgerAccount, Posting};
use receivables::{AccountNo, Books, EntryNo, InvoiceNo, Settings};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::codec::date_int;
use crate::migrate::Layout;

/// How many clean accounts are kept at most; about 230 bytes each.
const ACCOUNTS_MAX: usize = 200_000;
/// How many clean invoices are kept at most; about 320 bytes each.
const INVOICES_MAX: usize = 50_000;

/// Key of a day total: currency, date as an integer, ledger account.
pub(crate) type TotalKey = (Currency, i64, LedgerAccount);

#[derive(Debug, Default)]
pub(crate) struct Cache {
    pub(crate) accounts: FxHashMap<AccountNo, Account>,
    pub(crate) invoices: FxHashMap<InvoiceNo, Invoice>,
    pub(crate) dirty_accounts: FxHashSet<AccountNo>,
    pub(crate) dirty_invoices: FxHashSet<InvoiceNo>,
    /// Dirty invoices by account, for questions about open invoices.
    pub(crate) touched: FxHashMap<AccountNo, Vec<InvoiceNo>>,
    /// Debits and credits since the last write-back.
    pub(crate) totals: FxHashMap<TotalKey, (i64, i64)>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) numbers: Numbers,
    pub(crate) writable: bool,
    /// Up to which entry the database holds the fold; `totals` begins after it.
    pub(crate) folded: u64,
    /// Which tables know the open invoices.
    pub(crate) layout: Layout,
}

impl Cache {
    /// Takes over states that were just committed.
    pub(crate) fn publish(&mut self, changed: Books) {
        for (no, account) in changed.accounts {
            self.accounts.insert(no, account);
            self.dirty_accounts.insert(no);
        }
        for (no, invoice) in changed.invoices {
            self.invoices.insert(no, invoice);
            if self.dirty_invoices.insert(no) {
                self.touched.entry(invoice.account).or_default().push(no);
            }
        }
    }

    /// Adds a committed posting to the totals of its day.
    pub(crate) fn add(&mut self, posting: &Posting) {
        let currency = posting.amount.currency();
        let date = date_int(posting.date);
        let minor = posting.amount.minor();
        let debit = self.totals.entry((currency, date, posting.debit)).or_default();
        debit.0 = debit.0.saturating_add(minor);
        let credit = self.totals.entry((currency, date, posting.credit)).or_default();
        credit.1 = credit.1.saturating_add(minor);
    }

    /// How many states wait to be written back.
    pub(crate) fn dirty(&self) -> usize {
        self.dirty_accounts.len() + self.dirty_invoices.len()
    }

    /// Called after a write-back was committed.
    pub(crate) fn clean(&mut self) {
        self.folded = self.numbers.entry;
        self.dirty_accounts.clear();
        self.dirty_invoices.clear();
        self.touched.clear();
        self.totals.clear();
        if self.accounts.len() > ACCOUNTS_MAX {
            self.accounts = FxHashMap::default();
        }
        if self.invoices.len() > INVOICES_MAX {
            self.invoices = FxHashMap::default();
        }
    }

    /// The last decision.
    pub(crate) const fn head(&self) -> EntryNo {
        EntryNo(self.numbers.entry)
    }
}
