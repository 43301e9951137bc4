//! A decision in the making: states are copied from the books on first change, so that a
//! rejection at any point leaves the books as they were.

mod dates;

use std::collections::hash_map::Entry as Slot;
use std::hash::Hash;

use jiff::civil::Date;
use money::{Amount, Currency, Money, MoneyError};
use rustc_hash::FxHashMap;

use crate::account::{Account, AccountStatus};
use crate::adjustment::InvoiceItemAdjustment;
use crate::approval::{Asker, Party, PastRefunds};
use crate::books::{Books, Missing, Movement, PaymentState, Recorded};
use crate::context::{Context, Numbers, next};
use crate::credit_balance::CreditBalanceAdjustment;
use crate::decide::Decision;
use crate::evolve::{self, Broken, Place, States};
use crate::fact::Fact;
use crate::id::{Numbered, Ref};
use crate::invoice::{Invoice, InvoiceStatus, Item};
use crate::journal::{CreditSide, InvoiceSide, LedgerAccount, Pair, Posting, Role};
use crate::order::Order;
use crate::payment_method::MethodState;
use crate::period::PeriodName;
use crate::permission::Permission;
use crate::refund::Refund;
use crate::{
    AccountNo, AdjustmentNo, Document, EntryNo, InvoiceNo, ItemAdjustmentNo, MethodNo, PaymentNo,
    PostingNo, RefundNo, Rejection,
};

/// Why there is no decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A rule says no.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The caller lacks a permission that depends on what the command found.
    #[error("the permission {} is missing", .0.name())]
    NotPermitted(Permission),
    /// The books themselves are wrong; nothing may be written.
    #[error(transparent)]
    Broken(#[from] Broken),
}

impl From<MoneyError> for Refusal {
    fn from(error: MoneyError) -> Self {
        Self::Rejected(error.into())
    }
}

impl From<Missing> for Refusal {
    fn from(missing: Missing) -> Self {
        Self::Broken(missing.into())
    }
}

/// The working copy of one decision.
#[derive(Debug)]
pub struct Draft<'a> {
    base: &'a Books,
    /// What is handed in.
    pub ctx: Context<'a>,
    /// The next numbers; taken over only if the decision is accepted.
    pub numbers: Numbers,
    changed: Books,
    facts: Vec<Fact>,
    postings: Vec<Posting>,
    account: AccountNo,
    entry: EntryNo,
    /// What belongs to a locked day is entered on the next open one.
    pub late_entry: bool,
    late: Option<Late>,
}

/// What is entered late.
#[derive(Debug)]
struct Late {
    belongs_to: Date,
    period: PeriodName,
    date: Date,
}

fn cow<'m, K: Eq + Hash, V: Clone>(
    base: &FxHashMap<K, V>,
    changed: &'m mut FxHashMap<K, V>,
    key: K,
) -> Option<&'m mut V> {
    match changed.entry(key) {
        Slot::Occupied(slot) => Some(slot.into_mut()),
        Slot::Vacant(slot) => {
            let found = base.get(slot.key())?.clone();
            Some(slot.insert(found))
        }
    }
}

impl<'a> Draft<'a> {
    /// Starts a decision on `base`.
    pub fn new(base: &'a Books, ctx: Context<'a>, mut numbers: Numbers) -> Self {
        let entry = EntryNo(next(&mut numbers.entry));
        Self {
            base,
            ctx,
            numbers,
            changed: Books::default(),
            facts: Vec::with_capacity(2),
            postings: Vec::with_capacity(1),
            account: AccountNo::ORGANISATION,
            entry,
            late_entry: false,
            late: None,
        }
    }

    /// The account named by a command, whatever its status. Everything later is on this account.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`].
    pub fn account_of(&mut self, named: Ref<AccountNo>) -> Result<Account, Rejection> {
        match self.base.accounts.get(&named.no).filter(|found| named.matches(found.opened_at)) {
            Some(found) => {
                self.account = found.no;
                if self.ctx.now < found.last_at {
                    self.ctx = Context::new(found.last_at, self.ctx.settings).by(self.ctx.by);
                }
                self.ctx.today = found.day_of(self.ctx.today);
                Ok(*found)
            }
            None => Err(Rejection::not_found(named.no.document())),
        }
    }

    /// The account named by a command, which must take transactions.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`], [`Rejection::AccountCanceled`].
    pub fn active_account(&mut self, named: Ref<AccountNo>) -> Result<Account, Rejection> {
        let account = self.account_of(named)?;
        match account.status {
            AccountStatus::Active => Ok(account),
            AccountStatus::Canceled => {
                Err(Rejection::AccountCanceled { account: account.no.to_string() })
            }
        }
    }

    /// The invoice named by a command, and its active account.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`], [`Rejection::AccountCanceled`].
    pub fn invoice_of(&mut self, named: Ref<InvoiceNo>) -> Result<Invoice, Rejection> {
        let found = self.base.invoices.get(&named.no).copied();
        let found = found.filter(|found| named.matches(found.drafted_at));
        let invoice = found.ok_or_else(|| Rejection::not_found(named.no.document()))?;
        self.active_account(Ref::to(invoice.account))?;
        Ok(invoice)
    }

    /// The payment named by a command, and its active account.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`], [`Rejection::AccountCanceled`], [`Rejection::AlreadyCanceled`].
    pub fn payment_of(&mut self, named: Ref<PaymentNo>) -> Result<PaymentState, Rejection> {
        let found = self.base.payments.get(&named.no);
        let state = found
            .filter(|found| named.matches(found.recorded.at))
            .ok_or_else(|| Rejection::not_found(named.no.document()))?;
        self.active_account(Ref::to(state.recorded.account))?;
        if state.recorded.canceled {
            return Err(Rejection::AlreadyCanceled { document: named.no.to_string() });
        }
        Ok(state.clone())
    }

    /// A recorded document named by a command, and its active account; not yet canceled.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`], [`Rejection::AccountCanceled`], [`Rejection::AlreadyCanceled`].
    pub fn recorded_of<N: Numbered + 'a, T: Clone + 'a>(
        &mut self,
        named: Ref<N>,
        from: impl Fn(&'a Books) -> &'a FxHashMap<N, Recorded<T>>,
    ) -> Result<T, Rejection> {
        let found = from(self.base).get(&named.no).filter(|found| named.matches(found.at));
        let found = found.ok_or_else(|| Rejection::not_found(named.no.document()))?;
        self.active_account(Ref::to(found.account))?;
        if found.canceled {
            return Err(Rejection::AlreadyCanceled { document: named.no.to_string() });
        }
        Ok(found.document.clone())
    }

    /// The books the decision started from.
    pub fn base(&self) -> &'a Books {
        self.base
    }

    /// What happened so far.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The account as it is now in this draft.
    ///
    /// # Errors
    ///
    /// [`Missing`] if there is no account yet.
    pub fn account_now(&self) -> Result<Account, Missing> {
        let found = self.changed.accounts.get(&self.account);
        let found = found.or_else(|| self.base.accounts.get(&self.account));
        found.copied().ok_or_else(|| self.account.document().into())
    }

    /// An invoice as it is now in this draft.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it was not loaded.
    pub fn invoice_now(&self, no: InvoiceNo) -> Result<Invoice, Missing> {
        let found = self.changed.invoices.get(&no).or_else(|| self.base.invoices.get(&no));
        found.copied().ok_or_else(|| no.document().into())
    }

    /// The items of an invoice as they are now in this draft.
    ///
    /// # Errors
    ///
    /// [`Missing`] if they were not loaded.
    pub fn items_now(&self, no: InvoiceNo) -> Result<Vec<Item>, Missing> {
        let found = self.changed.items.get(&no).or_else(|| self.base.items.get(&no));
        found.cloned().ok_or_else(|| no.document().into())
    }

    /// A positive amount in the account's currency.
    ///
    /// # Errors
    ///
    /// [`Rejection::InvalidAmount`] or [`Rejection::AmountNotPositive`].
    pub fn positive(&self, amount: Amount, currency: Currency) -> Result<Money, Rejection> {
        let money = amount.to_money(currency)?;
        if money.is_positive() {
            Ok(money)
        } else {
            Err(Rejection::AmountNotPositive { amount: money })
        }
    }

    /// Refuses an asserted currency that is not the account's.
    ///
    /// # Errors
    ///
    /// [`Rejection::CurrencyMismatch`].
    pub fn check_currency(
        &self,
        asserted: Option<Currency>,
        account: &Account,
    ) -> Result<(), Rejection> {
        match asserted {
            Some(given) if given != account.currency => Err(Rejection::CurrencyMismatch {
                given,
                currency: account.currency,
                account: account.no.to_string(),
            }),
            _ => Ok(()),
        }
    }

    /// The ledger account in use for `role`.
    pub fn ledger(&self, role: Role) -> LedgerAccount {
        self.ctx.settings.chart.account(role)
    }

    fn place(&self) -> Place {
        Place { account: self.account, entry: self.entry, at: self.ctx.now }
    }

    /// Appends a fact and folds it into the draft.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if a state it changes was not loaded.
    pub fn record(&mut self, fact: Fact) -> Result<(), Refusal> {
        if let Fact::AccountOpened(opened) = &fact {
            self.account = opened.no;
        }
        let place = self.place();
        evolve::fact(self, place, &fact)?;
        if let Fact::InvoiceDrafted(drafted) = &fact {
            // Posting in the same step, or in the same batch, needs the items.
            let items = drafted.items.iter().map(Item::new).collect();
            self.changed.items.insert(drafted.no, items);
        }
        if let Fact::Refunded(refund) = &fact {
            self.note_refund(refund.amount);
        }
        self.facts.push(fact);
        Ok(())
    }

    /// The refunds of a party of late, where a policy looks at them.
    pub(crate) fn past_refunds(&self, of: &Party) -> Option<&PastRefunds> {
        self.changed.past_refunds.get(of).or_else(|| self.base.past_refunds.get(of))
    }

    /// The next refund of the same batch counts this one.
    fn note_refund(&mut self, amount: Money) {
        if self.base.past_refunds.is_empty() {
            return;
        }
        let by = self.ctx.by;
        for party in [Party::Account(self.account), Party::Asker(Asker::of(by.name, by.person))] {
            let known = &mut self.changed.past_refunds;
            if let Some(past) = cow(&self.base.past_refunds, known, party) {
                past.added.push((self.ctx.now, amount));
            }
        }
    }

    /// Appends a balanced pair of journal lines and folds it into the draft. Zero posts nothing.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if a sum leaves its range or a state was not loaded.
    pub fn post(&mut self, pair: Pair) -> Result<(), Refusal> {
        if pair.amount.is_zero() {
            return Ok(());
        }
        self.require_open(pair.date)?;
        let chart = &self.ctx.settings.chart;
        let role = |account| chart.entry(account).map(|entry| entry.role);
        let (debit, credit) = (role(pair.debit), role(pair.credit));
        let invoice = match pair.invoice {
            Some(no) => {
                let state = self.invoice_now(no)?;
                let raises = debit == Some(Role::AccountsReceivable);
                let change = if raises { pair.amount } else { pair.amount.negated() };
                let balance = state.ledger.try_add(change)?;
                Some(InvoiceSide { invoice: no, balance, previous: state.last_posting, raises })
            }
            None => None,
        };
        let cash = Some(Role::CustomerCashOnAccount);
        let credit_balance = if debit == cash || credit == cash {
            let account = self.account_now()?;
            let raises = credit == cash;
            let change = if raises { pair.amount } else { pair.amount.negated() };
            let balance = account.credit_balance.try_add(change)?;
            self.note_movement(Movement { date: pair.date, change });
            Some(CreditSide { balance, previous: account.last_credit_posting, raises })
        } else {
            None
        };
        let posting = Posting {
            no: PostingNo(next(&mut self.numbers.posting)),
            date: pair.date,
            debit: pair.debit,
            credit: pair.credit,
            amount: pair.amount,
            document: pair.document,
            invoice,
            credit_balance,
        };
        let place = self.place();
        evolve::posting(self, place, &posting)?;
        self.postings.push(posting);
        Ok(())
    }

    /// Mirrors every posting of `document`; `date` dates the mirror, or each original's own date.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if its postings were not loaded.
    pub fn mirror(&mut self, document: Document, date: Option<Date>) -> Result<(), Refusal> {
        let originals = self.base.postings.get(&document).ok_or_else(|| Missing::from(document))?;
        for posting in originals {
            self.post(Pair::mirror(posting, date.unwrap_or(posting.date)))?;
        }
        Ok(())
    }

    /// Checks the invariants of design 6 on everything that changed and closes the decision.
    ///
    /// # Errors
    ///
    /// [`Refusal::Broken`] if an invariant does not hold: a fault of a rule, so nothing is written.
    pub fn finish(mut self) -> Result<Decision, Refusal> {
        for invoice in self.changed.invoices.values() {
            if invoice.receivable()? != invoice.ledger {
                let reason = format!(
                    "{} is {} by its documents and {} by its postings",
                    invoice.no,
                    invoice.receivable()?,
                    invoice.ledger
                );
                return Err(Broken::Invariant(reason).into());
            }
        }
        for account in self.changed.accounts.values() {
            if account.credit_balance.is_negative() {
                let reason = format!("{} has a credit of {}", account.no, account.credit_balance);
                return Err(Broken::Invariant(reason).into());
            }
            if account.held.is_negative() || account.available()?.is_negative() {
                let reason = format!(
                    "{} of a credit of {} is held on {}",
                    account.held, account.credit_balance, account.no
                );
                return Err(Broken::Invariant(reason).into());
            }
        }
        self.note_late()?;
        let place = self.place();
        let today = self.ctx.today;
        let postings = std::mem::take(&mut self.postings);
        evolve::close(&mut self, place, today, &postings)?;
        Ok(Decision {
            account: self.account,
            entry: self.entry,
            at: self.ctx.now,
            facts: self.facts,
            postings,
            changed: self.changed,
            numbers: self.numbers,
        })
    }
}

impl States for Draft<'_> {
    fn account(&mut self, no: AccountNo) -> Result<&mut Account, Missing> {
        cow(&self.base.accounts, &mut self.changed.accounts, no).ok_or(no.document().into())
    }

    fn invoice(&mut self, no: InvoiceNo) -> Result<&mut Invoice, Missing> {
        cow(&self.base.invoices, &mut self.changed.invoices, no).ok_or(no.document().into())
    }

    fn items(&mut self, no: InvoiceNo) -> Option<&mut Vec<Item>> {
        cow(&self.base.items, &mut self.changed.items, no)
    }

    fn payment(&mut self, no: PaymentNo) -> Option<&mut PaymentState> {
        cow(&self.base.payments, &mut self.changed.payments, no)
    }

    fn adjustment(
        &mut self,
        no: AdjustmentNo,
    ) -> Result<&mut Recorded<CreditBalanceAdjustment>, Missing> {
        cow(&self.base.adjustments, &mut self.changed.adjustments, no).ok_or(no.document().into())
    }

    fn item_adjustment(
        &mut self,
        no: ItemAdjustmentNo,
    ) -> Result<&mut Recorded<InvoiceItemAdjustment>, Missing> {
        cow(&self.base.item_adjustments, &mut self.changed.item_adjustments, no)
            .ok_or(no.document().into())
    }

    fn refund(&mut self, no: RefundNo) -> Result<&mut Recorded<Refund>, Missing> {
        cow(&self.base.refunds, &mut self.changed.refunds, no).ok_or(no.document().into())
    }

    fn method(&mut self, no: MethodNo) -> Option<&mut MethodState> {
        cow(&self.base.methods, &mut self.changed.methods, no)
    }

    fn order(&mut self, of: Document) -> Result<&mut Order, Missing> {
        cow(&self.base.orders, &mut self.changed.orders, of).ok_or(of.into())
    }

    fn insert(&mut self, newer: Books) {
        self.changed.absorb(newer);
    }
}

/// Refuses an invoice that is not posted.
///
/// # Errors
///
/// [`Rejection::InvoiceStatus`].
pub fn require_posted(invoice: &Invoice) -> Result<(), Rejection> {
    match invoice.status {
        InvoiceStatus::Posted => Ok(()),
        InvoiceStatus::Draft | InvoiceStatus::Canceled => Err(Rejection::InvoiceStatus {
            invoice: invoice.no.to_string(),
            status: invoice.status.name(),
            needed: "posted",
        }),
    }
}
