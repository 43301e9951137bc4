//! The journal: balanced by construction, and the subledger at the same time.
//!
//! A [`Posting`] debits one ledger account and credits another by one positive amount, so a journal
//! entry that does not balance cannot be written down. A posting on *Accounts Receivable* names its
//! invoice, a posting on *Customer Cash On Account* belongs to the credit balance of the account:
//! the balance of an invoice and a credit balance are folds of the same postings that make the
//! trial balance, and each posting carries the running balance it left behind.

use jiff::civil::Date;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::{Document, InvoiceNo, PostingNo};

/// Number of a ledger account in the [`Chart`](crate::settings::Chart).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LedgerAccount(pub u16);

/// What a ledger account is for (domain 8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Role {
    /// What customers owe on posted invoices.
    AccountsReceivable = 1,
    /// What the business owes back: the sum of all credit balances.
    CustomerCashOnAccount = 2,
    /// Money received and paid out.
    Bank = 3,
    /// Revenue or deferred revenue.
    Revenue = 4,
    /// Tax collected for the state.
    Tax = 5,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::AccountsReceivable,
        Self::CustomerCashOnAccount,
        Self::Bank,
        Self::Revenue,
        Self::Tax,
    ];

    /// Its name in the API and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccountsReceivable => "accounts_receivable",
            Self::CustomerCashOnAccount => "customer_cash_on_account",
            Self::Bank => "bank",
            Self::Revenue => "revenue",
            Self::Tax => "tax",
        }
    }
}

/// One balanced pair of journal lines: `debit` and `credit` by the same positive amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Position in the history.
    pub no: PostingNo,
    /// Effective date.
    pub date: Date,
    /// Ledger account debited.
    pub debit: LedgerAccount,
    /// Ledger account credited.
    pub credit: LedgerAccount,
    /// How much; always positive.
    pub amount: Money,
    /// The document that caused it.
    pub document: Document,
    /// The invoice whose balance it changes, with the running balance.
    pub invoice: Option<InvoiceSide>,
    /// Set if it changes the credit balance of the account, with the running balance.
    pub credit_balance: Option<CreditSide>,
}

/// What a posting did to the balance of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceSide {
    /// The invoice.
    pub invoice: InvoiceNo,
    /// Its balance afterwards.
    pub balance: Money,
    /// The posting before this one on the same invoice.
    pub previous: Option<PostingNo>,
    /// True if the posting debits *Accounts Receivable*: the balance goes up by the amount.
    pub raises: bool,
}

/// What a posting did to the credit balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditSide {
    /// The credit balance afterwards.
    pub balance: Money,
    /// The posting before this one on the same credit balance.
    pub previous: Option<PostingNo>,
    /// True if the posting credits *Customer Cash On Account*: the credit balance goes up.
    pub raises: bool,
}

impl InvoiceSide {
    /// The signed change of the invoice balance.
    pub fn change(&self, amount: Money) -> Money {
        if self.raises { amount } else { amount.negated() }
    }
}

impl CreditSide {
    /// The signed change of the credit balance.
    pub fn change(&self, amount: Money) -> Money {
        if self.raises { amount } else { amount.negated() }
    }
}

/// A posting before it has its place in the history.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// Ledger account debited.
    pub debit: LedgerAccount,
    /// Ledger account credited.
    pub credit: LedgerAccount,
    /// How much; must be positive.
    pub amount: Money,
    /// Effective date.
    pub date: Date,
    /// The document that causes it.
    pub document: Document,
    /// The invoice, if *Accounts Receivable* is on one side.
    pub invoice: Option<InvoiceNo>,
}

impl Pair {
    /// The pair that undoes `posting`, dated `date` (domain 8.3: a cancellation is the mirror).
    pub fn mirror(posting: &Posting, date: Date) -> Self {
        Self {
            debit: posting.credit,
            credit: posting.debit,
            amount: posting.amount,
            date,
            document: posting.document,
            invoice: posting.invoice.map(|side| side.invoice),
        }
    }
}
