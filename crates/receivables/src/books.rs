//! The part of the books that was loaded for a batch of commands.

use jiff::{Timestamp, civil::Date};
use money::{Money, MoneyError};
use rustc_hash::FxHashMap;

use crate::account::Account;
use crate::adjustment::InvoiceItemAdjustment;
use crate::approval::{Party, PastRefunds};
use crate::credit_balance::CreditBalanceAdjustment;
use crate::invoice::{Invoice, Item};
use crate::journal::Posting;
use crate::labels::Labels;
use crate::order::{Landed, Order};
use crate::payment::Payment;
use crate::payment_method::MethodState;
use crate::period::{PeriodName, Unfinished};
use crate::refund::Refund;
use crate::text::ExternalId;
use crate::{
    AccountNo, AdjustmentNo, Document, InvoiceNo, ItemAdjustmentNo, Kind, MethodNo, PaymentNo,
    RefundNo,
};

/// An immutable document together with the one thing that can still happen to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded<T> {
    /// The document.
    pub document: T,
    /// The account it is on.
    pub account: AccountNo,
    /// When it was recorded.
    pub at: Timestamp,
    /// True once it was canceled.
    pub canceled: bool,
}

/// A payment and how much of each of its applications was refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentState {
    /// The payment.
    pub recorded: Recorded<Payment>,
    /// Refunded so far, one figure per application.
    pub refunded: Vec<Money>,
    /// In electronic refunds under way, one figure per application.
    pub held: Vec<Money>,
}

impl PaymentState {
    /// A payment as it is right after it was recorded, or placed with a gateway.
    pub fn new(recorded: Recorded<Payment>) -> Self {
        let payment = &recorded.document;
        let zeros = vec![Money::zero(payment.amount.currency()); payment.applications.len()];
        Self { refunded: zeros.clone(), held: zeros, recorded }
    }

    /// What can still be refunded of the part one invoice took.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn refundable_on(&self, invoice: InvoiceNo) -> Result<Money, MoneyError> {
        let payment = &self.recorded.document;
        let mut rest = Money::zero(payment.amount.currency());
        for (index, part) in payment.applications.iter().enumerate() {
            if part.invoice == invoice {
                rest = rest.try_add(self.left(index, part.amount)?)?;
            }
        }
        Ok(rest)
    }

    /// What can still be refunded of the application at `index`, whose amount is `whole`.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn left(&self, index: usize, whole: Money) -> Result<Money, MoneyError> {
        let zero = Money::zero(whole.currency());
        let of = |list: &[Money]| list.get(index).copied().unwrap_or(zero);
        whole.try_sub(of(&self.refunded))?.try_sub(of(&self.held))
    }

    /// Takes over how an electronic payment landed: invoices may have taken less than was meant for
    /// them. Called when its order moves, and by stores when they read one.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] on overflow.
    pub fn land(&mut self, landed: &Landed) -> Result<(), MoneyError> {
        let payment = &mut self.recorded.document;
        let mut credit = payment.amount;
        for part in &landed.parts {
            credit = credit.try_sub(part.amount)?;
        }
        payment.applications.clone_from(&landed.parts);
        payment.credit_balance_amount = credit;
        payment.credit_balance_adjustment = landed.adjustment;
        let zeros = vec![Money::zero(payment.amount.currency()); landed.parts.len()];
        (self.refunded, self.held) = (zeros.clone(), zeros);
        Ok(())
    }
}

/// How many later movements a command that acts in the past may look at.
pub const MOVEMENTS_MAX: usize = 100_000;

/// One change of the credit balance, for questions about past days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Effective date.
    pub date: Date,
    /// Signed change.
    pub change: Money,
}

/// Everything loaded. A key that is absent was looked for and does not exist.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Accounts by number.
    pub accounts: FxHashMap<AccountNo, Account>,
    /// Accounts by external id, where a command asked for it.
    pub account_ids: FxHashMap<ExternalId, AccountNo>,
    /// Invoices by number.
    pub invoices: FxHashMap<InvoiceNo, Invoice>,
    /// Invoices by external id, where a command asked for it.
    pub invoice_ids: FxHashMap<ExternalId, InvoiceNo>,
    /// Items of invoices, where a command asked for them.
    pub items: FxHashMap<InvoiceNo, Vec<Item>>,
    /// Invoices of an account that may have an open balance, where a command asked for them.
    pub open_invoices: FxHashMap<AccountNo, Vec<InvoiceNo>>,
    /// Payments by number.
    pub payments: FxHashMap<PaymentNo, PaymentState>,
    /// Credit balance adjustments by number.
    pub adjustments: FxHashMap<AdjustmentNo, Recorded<CreditBalanceAdjustment>>,
    /// Invoice item adjustments by number.
    pub item_adjustments: FxHashMap<ItemAdjustmentNo, Recorded<InvoiceItemAdjustment>>,
    /// Refunds by number.
    pub refunds: FxHashMap<RefundNo, Recorded<Refund>>,
    /// Payment methods by number.
    pub methods: FxHashMap<MethodNo, MethodState>,
    /// Orders by the refund or payment they are for.
    pub orders: FxHashMap<Document, Order>,
    /// The postings a document made, where a command may mirror them.
    pub postings: FxHashMap<Document, Vec<Posting>>,
    /// Movements of a credit balance, at least those after the earliest date a command acts on,
    /// where a command acts in the past; and where something is dated in the future, those since then.
    pub movements: FxHashMap<AccountNo, Vec<Movement>>,
    /// What is unfinished until the end of a period, where a command changes one.
    pub unfinished: FxHashMap<PeriodName, Unfinished>,
    /// Labels of documents, where a command asked for them.
    pub labels: FxHashMap<Document, Labels>,
    /// Refunds of late, where a policy looks at them.
    pub past_refunds: FxHashMap<Party, PastRefunds>,
}

/// A document that the history mentions was not loaded: a fault of the store, not of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} {number} is needed and was not loaded", kind.name())]
pub struct Missing {
    /// Its kind.
    pub kind: Kind,
    /// Its number.
    pub number: u64,
}

impl From<Document> for Missing {
    fn from(document: Document) -> Self {
        Self { kind: document.kind, number: document.number }
    }
}

impl Books {
    /// Takes over every state in `newer`.
    pub fn absorb(&mut self, newer: Self) {
        self.accounts.extend(newer.accounts);
        self.account_ids.extend(newer.account_ids);
        self.invoices.extend(newer.invoices);
        self.invoice_ids.extend(newer.invoice_ids);
        self.items.extend(newer.items);
        self.open_invoices.extend(newer.open_invoices);
        self.payments.extend(newer.payments);
        self.adjustments.extend(newer.adjustments);
        self.item_adjustments.extend(newer.item_adjustments);
        self.refunds.extend(newer.refunds);
        self.methods.extend(newer.methods);
        self.orders.extend(newer.orders);
        self.postings.extend(newer.postings);
        self.movements.extend(newer.movements);
        self.unfinished.extend(newer.unfinished);
        self.labels.extend(newer.labels);
        self.past_refunds.extend(newer.past_refunds);
    }
}
