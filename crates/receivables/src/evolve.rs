//! What a fact means: the one place where states change.
//!
//! Used while deciding (on a draft), when the tail of the history is folded at start, and by
//! `verify`. Document sums change by facts, ledger balances by postings; that they agree is checked
//! after every decision.

mod orders;

use jiff::Timestamp;
use money::{Money, MoneyError};

use crate::account::Account;
use crate::adjustment::{AdjustmentType, InvoiceItemAdjustment};
use crate::books::{Books, Missing, PaymentState, Recorded};
use crate::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use crate::fact::{Canceled, Fact};
use crate::id::Numbered;
use crate::invoice::{Invoice, InvoiceDrafted, InvoiceStatus, InvoiceStatusChanged, Item};
use crate::journal::Posting;
use crate::order::Order;
use crate::payment::PaymentApplication;
use crate::payment_method::{MethodState, MethodStatus, PaymentMethodChanged};
use crate::refund::{Refund, RefundSource};
use crate::{
    AccountNo, AdjustmentNo, Document, EntryNo, InvoiceNo, ItemAdjustmentNo, Kind, MethodNo,
    PaymentNo, RefundNo,
};

/// The history cannot be folded: a fault in the store or in a rule, never the caller's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A state was not loaded.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// A sum left its range.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// An invariant of design 6 does not hold.
    #[error("invariant broken: {0}")]
    Invariant(String),
}

/// Where states are found and changed.
pub trait States {
    /// An account.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not there.
    fn account(&mut self, no: AccountNo) -> Result<&mut Account, Missing>;
    /// An invoice.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not there.
    fn invoice(&mut self, no: InvoiceNo) -> Result<&mut Invoice, Missing>;
    /// The items of an invoice, if they are held.
    fn items(&mut self, no: InvoiceNo) -> Option<&mut Vec<Item>>;
    /// A payment, if it is held.
    fn payment(&mut self, no: PaymentNo) -> Option<&mut PaymentState>;
    /// A credit balance adjustment.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not there.
    fn adjustment(
        &mut self,
        no: AdjustmentNo,
    ) -> Result<&mut Recorded<CreditBalanceAdjustment>, Missing>;
    /// An invoice item adjustment.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not there.
    fn item_adjustment(
        &mut self,
        no: ItemAdjustmentNo,
    ) -> Result<&mut Recorded<InvoiceItemAdjustment>, Missing>;
    /// A refund.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not there.
    fn refund(&mut self, no: RefundNo) -> Result<&mut Recorded<Refund>, Missing>;
    /// A payment method, if it is held.
    fn method(&mut self, no: MethodNo) -> Option<&mut MethodState>;
    /// An order.
    ///
    /// # Errors
    ///
    /// [`Missing`] if it is not there.
    fn order(&mut self, of: Document) -> Result<&mut Order, Missing>;
    /// Takes over new states.
    fn insert(&mut self, newer: Books);
}

/// Where a fact stands in the history.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The account it is on.
    pub account: AccountNo,
    /// The decision it belongs to.
    pub entry: EntryNo,
    /// When it was decided.
    pub at: Timestamp,
}

/// Folds one fact.
///
/// # Errors
///
/// [`Broken`] if a state is missing or a sum leaves its range.
pub fn fact(states: &mut impl States, place: Place, fact: &Fact) -> Result<(), Broken> {
    let mut new = Books::default();
    match fact {
        // Labels are no states: nothing is decided by them.
        Fact::SettingsChanged(_)
        | Fact::EnteredLate(_)
        | Fact::Labeled(_)
        | Fact::PersonalDataNoted(_) => return Ok(()),
        Fact::AccountOpened(opened) => {
            new.accounts.insert(opened.no, Account::new(opened, place.at));
            if let Some(id) = &opened.external_id {
                new.account_ids.insert(id.clone(), opened.no);
            }
        }
        Fact::AccountChanged(changed) => {
            let account = states.account(changed.no)?;
            account.status = changed.status.unwrap_or(account.status);
            account.automatic_transfer =
                changed.automatic_transfer.unwrap_or(account.automatic_transfer);
            account.automatic_application =
                changed.automatic_application.unwrap_or(account.automatic_application);
            account.gateway = changed.gateway.or(account.gateway);
            account.default_method = changed.default_method.or(account.default_method);
            return Ok(());
        }
        Fact::InvoiceDrafted(drafted) => draft_invoice(&mut new, place, drafted),
        Fact::InvoiceStatusChanged(changed) => return change_status(states, place, changed),
        Fact::InvoiceItemAdjusted(adjusted) => {
            adjust_item(states, adjusted, Sign::Do)?;
            new.item_adjustments.insert(adjusted.no, recorded(adjusted.clone(), place));
        }
        Fact::PaymentRecorded(payment) => {
            // An electronic one takes effect when its order says that the money moved.
            if payment.method.is_none() {
                pay_invoices(states, &payment.applications, Sign::Do)?;
            }
            let state = PaymentState::new(recorded(payment.clone(), place));
            new.payments.insert(payment.no, state);
        }
        Fact::CreditBalanceAdjusted(adjusted) => {
            adjust_invoice_by_credit(states, adjusted, Sign::Do)?;
            new.adjustments.insert(adjusted.no, recorded(adjusted.clone(), place));
        }
        Fact::Refunded(refund) => {
            if refund.method.is_none() {
                refund_payment(states, refund, Sign::Do)?;
            }
            new.refunds.insert(refund.no, recorded(refund.clone(), place));
        }
        Fact::Canceled(canceled) => return cancel(states, canceled),
        Fact::PaymentMethodAdded(method) => {
            states.account(method.account)?.methods += 1;
            let status = MethodStatus::Active;
            let state = MethodState { method: method.clone(), at: place.at, status };
            new.methods.insert(method.no, state);
        }
        Fact::PaymentMethodChanged(changed) => {
            return change_method(states, place, changed);
        }
        Fact::OrderPlaced(placed) => {
            let order = Order::new(placed, place.account, place.at);
            orders::hold(states, &order, Sign::Do)?;
            new.orders.insert(placed.document, order);
        }
        Fact::OrderMoved(moved) => return orders::take(states, place, moved),
    }
    states.insert(new);
    Ok(())
}

/// Folds one posting: ledger balance of its invoice, sums of its account, credit balance.
///
/// # Errors
///
/// [`Broken`] if a state is missing or a sum leaves its range.
pub fn posting(states: &mut impl States, place: Place, posting: &Posting) -> Result<(), Broken> {
    let mut negative_total = false;
    if let Some(side) = posting.invoice {
        let invoice = states.invoice(side.invoice)?;
        invoice.ledger = invoice.ledger.try_add(side.change(posting.amount))?;
        invoice.last_posting = Some(posting.no);
        negative_total = invoice.amount.is_negative();
    }
    let account = states.account(place.account)?;
    if let Some(side) = posting.invoice {
        let change = side.change(posting.amount);
        if negative_total {
            account.negative_invoice_balance = account.negative_invoice_balance.try_add(change)?;
        } else {
            account.positive_invoice_balance = account.positive_invoice_balance.try_add(change)?;
        }
    }
    if let Some(side) = posting.credit_balance {
        account.credit_balance = account.credit_balance.try_add(side.change(posting.amount))?;
        account.last_credit_posting = Some(posting.no);
    }
    Ok(())
}

/// Marks that `place.entry` is now the last decision on its account, and remembers the dates of its postings, and
/// whether one lies after the business day `today`.
///
/// # Errors
///
/// [`Missing`] if the account is not there.
pub fn close(
    states: &mut impl States,
    place: Place,
    today: jiff::civil::Date,
    postings: &[Posting],
) -> Result<(), Missing> {
    if place.account == AccountNo::ORGANISATION {
        return Ok(());
    }
    let account = states.account(place.account)?;
    let today = account.day_of(today);
    account.last_entry = Some(place.entry);
    account.last_at = place.at;
    let ahead = postings.iter().map(|posting| posting.date).filter(|date| *date > today).max();
    let on_credit = postings.iter().filter(|posting| posting.credit_balance.is_some());
    let credit_date = on_credit.map(|posting| posting.date).max();
    // What was dated ahead before has come true, or this goes on with it.
    let waits = account.dated_ahead.is_some_and(|ahead| ahead > today);
    if credit_date > Some(today) && !(waits && account.ahead_from.is_some()) {
        account.ahead_from = Some(today);
    }
    account.last_credit_date = account.last_credit_date.max(credit_date);
    account.dated_ahead = account.dated_ahead.max(ahead);
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Do,
    Undo,
}

impl Sign {
    pub(crate) fn apply(self, sum: Money, amount: Money) -> Result<Money, MoneyError> {
        match self {
            Self::Do => sum.try_add(amount),
            Self::Undo => sum.try_sub(amount),
        }
    }

    pub(crate) fn count(self, attached: u32) -> u32 {
        match self {
            Self::Do => attached.saturating_add(1),
            Self::Undo => attached.saturating_sub(1),
        }
    }
}

fn recorded<T>(document: T, place: Place) -> Recorded<T> {
    Recorded { document, account: place.account, at: place.at, canceled: false }
}

fn draft_invoice(new: &mut Books, place: Place, drafted: &InvoiceDrafted) {
    new.invoices.insert(drafted.no, Invoice::new(drafted, place.at));
    if let Some(id) = &drafted.external_id {
        new.invoice_ids.insert(id.clone(), drafted.no);
    }
}

fn change_status(
    states: &mut impl States,
    place: Place,
    changed: &InvoiceStatusChanged,
) -> Result<(), Broken> {
    let no = changed.invoice;
    let latest = states.account(place.account)?.latest_posted;
    let invoice = states.invoice(no)?;
    invoice.status = changed.status;
    match changed.status {
        InvoiceStatus::Posted => {
            invoice.previous_posted = latest;
            invoice.posted_entry = Some(place.entry);
            states.account(place.account)?.latest_posted = Some(no);
        }
        InvoiceStatus::Draft => {
            invoice.posted_entry = None;
            let previous = invoice.previous_posted.take();
            states.account(place.account)?.latest_posted = previous;
        }
        InvoiceStatus::Canceled => {}
    }
    Ok(())
}

fn adjust_item(
    states: &mut impl States,
    adjusted: &InvoiceItemAdjustment,
    sign: Sign,
) -> Result<(), Broken> {
    let invoice = states.invoice(adjusted.invoice)?;
    invoice.attached = sign.count(invoice.attached);
    let signed = match adjusted.kind {
        AdjustmentType::Charge => {
            invoice.charges = sign.apply(invoice.charges, adjusted.amount)?;
            adjusted.amount
        }
        AdjustmentType::Credit => {
            invoice.credits = sign.apply(invoice.credits, adjusted.amount)?;
            adjusted.amount.negated()
        }
    };
    if let Some(items) = states.items(adjusted.invoice)
        && let Some(item) = items.iter_mut().find(|item| item.no == adjusted.item)
    {
        item.adjusted = sign.apply(item.adjusted, signed)?;
    }
    Ok(())
}

fn adjust_invoice_by_credit(
    states: &mut impl States,
    adjusted: &CreditBalanceAdjustment,
    sign: Sign,
) -> Result<(), Broken> {
    let Source::Invoice(no) = adjusted.source else { return Ok(()) };
    let invoice = states.invoice(no)?;
    invoice.attached = sign.count(invoice.attached);
    match adjusted.direction {
        Direction::Increase => {
            invoice.increases = sign.apply(invoice.increases, adjusted.amount)?;
        }
        Direction::Decrease => {
            invoice.decreases = sign.apply(invoice.decreases, adjusted.amount)?;
        }
    }
    Ok(())
}

fn refund_payment(states: &mut impl States, refund: &Refund, sign: Sign) -> Result<(), Broken> {
    let RefundSource::Payment { payment, parts } = &refund.source else { return Ok(()) };
    for part in parts {
        let invoice = states.invoice(part.invoice)?;
        invoice.refunds = sign.apply(invoice.refunds, part.amount)?;
    }
    if let Some(state) = states.payment(*payment) {
        let applications = state.recorded.document.applications.iter();
        for (application, refunded) in applications.zip(state.refunded.iter_mut()) {
            if let Some(part) = parts.iter().find(|part| part.invoice == application.invoice) {
                *refunded = sign.apply(*refunded, part.amount)?;
            }
        }
    }
    Ok(())
}

/// What a payment does to its invoices.
pub(crate) fn pay_invoices(
    states: &mut impl States,
    applications: &[PaymentApplication],
    sign: Sign,
) -> Result<(), Broken> {
    for part in applications {
        let invoice = states.invoice(part.invoice)?;
        invoice.payments = sign.apply(invoice.payments, part.amount)?;
        invoice.attached = sign.count(invoice.attached);
    }
    Ok(())
}

fn change_method(
    states: &mut impl States,
    place: Place,
    changed: &PaymentMethodChanged,
) -> Result<(), Broken> {
    if let Some(state) = states.method(changed.no) {
        state.status = changed.status.unwrap_or(state.status);
        state.method.expiry = changed.expiry.or(state.method.expiry);
    }
    let account = states.account(place.account)?;
    let closed = changed.status == Some(MethodStatus::Closed);
    if closed && account.default_method == Some(changed.no) {
        account.default_method = None;
    }
    Ok(())
}

fn cancel(states: &mut impl States, canceled: &Canceled) -> Result<(), Broken> {
    let document = canceled.document;
    match document.kind {
        Kind::InvoiceItemAdjustment => {
            let found = states.item_adjustment(ItemAdjustmentNo(document.number))?;
            found.canceled = true;
            let adjusted = found.document.clone();
            adjust_item(states, &adjusted, Sign::Undo)
        }
        Kind::CreditBalanceAdjustment => {
            let found = states.adjustment(AdjustmentNo(document.number))?;
            found.canceled = true;
            let adjusted = found.document.clone();
            adjust_invoice_by_credit(states, &adjusted, Sign::Undo)
        }
        Kind::Refund => {
            let found = states.refund(RefundNo(document.number))?;
            found.canceled = true;
            let refund = found.document.clone();
            refund_payment(states, &refund, Sign::Undo)
        }
        Kind::Payment => {
            let no = PaymentNo(document.number);
            let found = states.payment(no).ok_or_else(|| Missing::from(no.document()))?;
            found.recorded.canceled = true;
            let applications = found.recorded.document.applications.clone();
            pay_invoices(states, &applications, Sign::Undo)
        }
        Kind::Account
        | Kind::Invoice
        | Kind::JournalEntry
        | Kind::InvoiceItem
        | Kind::PaymentMethod => Err(Broken::Invariant(format!("{document} cannot be canceled"))),
    }
}

impl States for Books {
    fn account(&mut self, no: AccountNo) -> Result<&mut Account, Missing> {
        self.accounts.get_mut(&no).ok_or_else(|| no.document().into())
    }

    fn invoice(&mut self, no: InvoiceNo) -> Result<&mut Invoice, Missing> {
        self.invoices.get_mut(&no).ok_or_else(|| no.document().into())
    }

    fn items(&mut self, no: InvoiceNo) -> Option<&mut Vec<Item>> {
        self.items.get_mut(&no)
    }

    fn payment(&mut self, no: PaymentNo) -> Option<&mut PaymentState> {
        self.payments.get_mut(&no)
    }

    fn adjustment(
        &mut self,
        no: AdjustmentNo,
    ) -> Result<&mut Recorded<CreditBalanceAdjustment>, Missing> {
        self.adjustments.get_mut(&no).ok_or_else(|| no.document().into())
    }

    fn item_adjustment(
        &mut self,
        no: ItemAdjustmentNo,
    ) -> Result<&mut Recorded<InvoiceItemAdjustment>, Missing> {
        self.item_adjustments.get_mut(&no).ok_or_else(|| no.document().into())
    }

    fn refund(&mut self, no: RefundNo) -> Result<&mut Recorded<Refund>, Missing> {
        self.refunds.get_mut(&no).ok_or_else(|| no.document().into())
    }

    fn method(&mut self, no: MethodNo) -> Option<&mut MethodState> {
        self.methods.get_mut(&no)
    }

    fn order(&mut self, of: Document) -> Result<&mut Order, Missing> {
        self.orders.get_mut(&of).ok_or_else(|| of.into())
    }

    fn insert(&mut self, newer: Books) {
        self.absorb(newer);
    }
}
