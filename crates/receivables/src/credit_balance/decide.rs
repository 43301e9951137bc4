//! Transfer, apply, cancel, counter-adjust (domain 1.5, 1.6, 2.3-2.5).

use jiff::civil::Date;
use money::Money;

use super::{APPLICATIONS_MAX, CreditBalanceAdjustment, Direction, Source};
use crate::account::Account;
use crate::adjustment::decide::{How as Settling, require_within_bounds, settle};
use crate::command::{
    ApplyCreditBalance, CancelAdjustment, CounterAdjust, InvoicePart, Spread,
    TransferToCreditBalance, Words,
};
use crate::context::next;
use crate::draft::{Draft, Refusal, require_posted};
use crate::fact::{Canceled, Fact};
use crate::id::Numbered;
use crate::invoice::Invoice;
use crate::journal::{Pair, Role};
use crate::reason::{Category, ReasonCode};
use crate::{AdjustmentNo, Document, InvoiceNo, Rejection};

/// How credit moves.
pub(crate) struct How<'a> {
    pub(crate) date: Date,
    pub(crate) words: &'a Words,
    pub(crate) cause: Option<Document>,
}

/// Transfers a negative invoice. Checks in this order: invoice exists, account active; currency; credit balances are on;
/// posted; the date (see [`date_for`]); balance negative; amount positive; amount within the balance;
/// reason code.
pub(crate) fn transfer(
    draft: &mut Draft<'_>,
    command: &TransferToCreditBalance,
) -> Result<(), Refusal> {
    let invoice = draft.invoice_of(command.invoice)?;
    let account = draft.account_now()?;
    draft.check_currency(command.currency, &account)?;
    if !draft.ctx.settings.credit_balance {
        return Err(Rejection::CreditBalanceOff.into());
    }
    require_posted(&invoice)?;
    let date = date_for(draft, &invoice, command.date)?;
    let balance = invoice.balance()?;
    if !balance.is_negative() {
        let invoice = invoice.no.to_string();
        return Err(Rejection::InvoiceNotNegative { invoice, balance }.into());
    }
    let amount = match command.amount {
        Some(amount) => draft.positive(amount, account.currency)?,
        None => balance.abs(),
    };
    if amount.minor() > balance.abs().minor() {
        let invoice = invoice.no.to_string();
        return Err(
            Rejection::AmountExceedsInvoiceBalance { invoice, asked: amount, balance }.into()
        );
    }
    increase(draft, invoice.no, amount, &How { date, words: &command.words, cause: None })
}

/// Applies credit. Checks in this order: account exists and is active; currency; reason code; some
/// credit; the date (see [`date_for`]); for each invoice: exists, own account, posted, not dated after that, positive
/// balance, amount positive, within the invoice balance, within the credit left.
pub(crate) fn apply(draft: &mut Draft<'_>, command: &ApplyCreditBalance) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    draft.check_currency(command.currency, &account)?;
    Category::CreditBalanceAdjustment
        .resolve(draft.ctx.settings, command.words.reason_code.as_ref())?;
    match &command.spread {
        Spread::Chosen(parts) => apply_to_chosen(draft, &account, parts, command),
        Spread::OldestDueFirst(limit) => {
            let limit = match limit {
                Some(amount) => Some(draft.positive(*amount, account.currency)?),
                None => None,
            };
            apply_oldest_due_first(draft, &account, limit, command)
        }
    }
}

fn apply_to_chosen(
    draft: &mut Draft<'_>,
    account: &Account,
    parts: &[InvoicePart],
    command: &ApplyCreditBalance,
) -> Result<(), Refusal> {
    if parts.is_empty() {
        return Err(Rejection::NothingGiven { what: "invoices" }.into());
    }
    if parts.len() > APPLICATIONS_MAX {
        return Err(Rejection::TooMany { what: "invoices", max: APPLICATIONS_MAX }.into());
    }
    require_credit(account)?;
    for part in parts {
        let invoice = invoice_of_account(draft, account, part)?;
        require_posted(&invoice)?;
        let date = date_for(draft, &invoice, command.date)?;
        let balance = invoice.balance()?;
        require_positive(&invoice, balance)?;
        let available = draft.available_since(date)?;
        let amount = match part.amount {
            Some(amount) => draft.positive(amount, account.currency)?,
            None if !available.is_positive() => {
                return Err(Rejection::NoCredit { account: account.no.to_string() }.into());
            }
            None => balance.at_most(available),
        };
        if amount.minor() > balance.minor() {
            let invoice = invoice.no.to_string();
            let asked = amount;
            return Err(Rejection::AmountExceedsInvoiceBalance { invoice, asked, balance }.into());
        }
        require_available_on(draft, account, amount, date)?;
        let how = How { date, words: &command.words, cause: None };
        decrease(draft, invoice.no, amount, &how)?;
    }
    Ok(())
}

fn apply_oldest_due_first(
    draft: &mut Draft<'_>,
    account: &Account,
    limit: Option<Money>,
    command: &ApplyCreditBalance,
) -> Result<(), Refusal> {
    require_credit(account)?;
    let date = movement_date(draft, command.date)?;
    if let Some(limit) = limit {
        require_available_on(draft, account, limit, date)?;
    }
    let mut left = match limit {
        Some(limit) => limit,
        None => draft.available_since(date)?,
    };
    let mut applied = 0;
    let how = How { date, words: &command.words, cause: None };
    for invoice in open_by_due_date(draft, account)? {
        let amount = invoice.balance()?.at_most(left);
        if !amount.is_positive() || applied == APPLICATIONS_MAX {
            break;
        }
        decrease(draft, invoice.no, amount, &how)?;
        left = left.try_sub(amount)?;
        applied += 1;
    }
    if applied == 0 {
        return Err(Rejection::NoOpenInvoice { account: account.no.to_string() }.into());
    }
    Ok(())
}

/// Open positive invoices by due date, then invoice date, then number (domain 1.6).
pub(crate) fn open_by_due_date(
    draft: &Draft<'_>,
    account: &Account,
) -> Result<Vec<Invoice>, Refusal> {
    let numbers = draft.base().open_invoices.get(&account.no);
    let mut open = Vec::new();
    for no in numbers.into_iter().flatten() {
        let invoice = draft.invoice_now(*no)?;
        let usable = invoice.invoice_date <= draft.ctx.today;
        if usable && invoice.receivable()?.is_positive() {
            open.push(invoice);
        }
    }
    open.sort_by_key(|invoice| (invoice.due_date, invoice.invoice_date, invoice.no));
    open.dedup_by_key(|invoice| invoice.no);
    Ok(open)
}

/// Cancels an adjustment by the table of domain 2.4. Checks in this order: it exists, account
/// active, not canceled; not from a payment, not from a refund; reason code; its day is not locked; enough credit left;
/// the invoice stays within its bounds. Then settles the reopened invoice if asked to.
pub(crate) fn cancel(draft: &mut Draft<'_>, command: &CancelAdjustment) -> Result<(), Refusal> {
    let adjusted = draft.recorded_of(command.adjustment, |books| &books.adjustments)?;
    let invoice = match adjusted.source {
        Source::Invoice(invoice) => invoice,
        Source::Payment(payment) => {
            let (adjustment, payment) = (adjusted.no.to_string(), payment.to_string());
            return Err(Rejection::AdjustmentOfPayment { adjustment, payment }.into());
        }
        Source::Refund(refund) => {
            let (adjustment, refund) = (adjusted.no.to_string(), refund.to_string());
            return Err(Rejection::AdjustmentOfRefund { adjustment, refund }.into());
        }
    };
    let words = &command.words;
    let (category, settings) = (Category::CreditBalanceAdjustment, draft.ctx.settings);
    let reason = match &words.reason_code {
        Some(code) => category.resolve(settings, Some(code))?,
        None => category.or_default(settings, ReasonCode::try_new("Cancellation").ok().as_ref())?,
    };
    let date = draft.cancellation_date(adjusted.date)?;
    let cancellable = draft.available_since(date)?;
    if adjusted.direction == Direction::Increase && cancellable.minor() < adjusted.amount.minor() {
        return Err(Rejection::CreditAlreadyUsed { amount: adjusted.amount, cancellable }.into());
    }
    let document = adjusted.no.document();
    draft.record(Fact::Canceled(Canceled {
        document,
        date,
        reason_code: Some(reason),
        comment: words.comment.clone(),
    }))?;
    draft.mirror(document, Some(date))?;
    require_within_bounds(draft, invoice, document)?;
    if command.settle && adjusted.direction == Direction::Increase {
        let how = Settling {
            date,
            reason: Category::InvoiceItemAdjustment.resolve(draft.ctx.settings, None)?,
            words: &Words { reason_code: None, ..words.clone() },
            cause: Some(document),
        };
        settle(draft, invoice, &how)?;
    }
    Ok(())
}

/// Reverses earlier adjustments of an invoice by one of the opposite type (domain 2.5). Checks in
/// this order: invoice exists, account active; currency; posted; not dated in the future; something
/// to reverse; amount positive; within what may be reversed; within the credit balance.
pub(crate) fn counter_adjust(
    draft: &mut Draft<'_>,
    command: &CounterAdjust,
) -> Result<(), Refusal> {
    let invoice = draft.invoice_of(command.invoice)?;
    let account = draft.account_now()?;
    draft.check_currency(command.currency, &account)?;
    require_posted(&invoice)?;
    let date = date_for(draft, &invoice, command.date)?;
    let reversible = invoice.net_credit()?;
    if !reversible.is_positive() {
        return Err(Rejection::NothingToReverse { invoice: invoice.no.to_string() }.into());
    }
    let amount = match command.amount {
        Some(amount) => draft.positive(amount, account.currency)?,
        None if invoice.amount.is_negative() => {
            let there = draft.available_since(date)?;
            if !there.is_positive() {
                return Err(Rejection::NoCredit { account: account.no.to_string() }.into());
            }
            reversible.at_most(there)
        }
        None => reversible,
    };
    if amount.minor() > reversible.minor() {
        let invoice = invoice.no.to_string();
        return Err(
            Rejection::AmountExceedsReversible { invoice, asked: amount, reversible }.into()
        );
    }
    let how = How { date, words: &command.words, cause: None };
    if invoice.amount.is_negative() {
        require_available_on(draft, &account, amount, date)?;
        decrease(draft, invoice.no, amount, &how)?;
    } else {
        increase(draft, invoice.no, amount, &how)?;
    }
    require_within_bounds(draft, invoice.no, invoice.no.document())
}

/// Moves `amount` from an invoice to the credit balance: Dr Accounts Receivable, Cr Customer Cash
/// On Account.
pub(crate) fn increase(
    draft: &mut Draft<'_>,
    invoice: InvoiceNo,
    amount: Money,
    how: &How<'_>,
) -> Result<(), Refusal> {
    let no = record(draft, Direction::Increase, Source::Invoice(invoice), amount, how)?;
    draft.post(Pair {
        debit: draft.ledger(Role::AccountsReceivable),
        credit: draft.ledger(Role::CustomerCashOnAccount),
        amount,
        date: how.date,
        document: no.document(),
        invoice: Some(invoice),
    })
}

/// Moves `amount` from the credit balance to an invoice: Dr Customer Cash On Account, Cr Accounts
/// Receivable.
pub(crate) fn decrease(
    draft: &mut Draft<'_>,
    invoice: InvoiceNo,
    amount: Money,
    how: &How<'_>,
) -> Result<(), Refusal> {
    let no = record(draft, Direction::Decrease, Source::Invoice(invoice), amount, how)?;
    draft.post(Pair {
        debit: draft.ledger(Role::CustomerCashOnAccount),
        credit: draft.ledger(Role::AccountsReceivable),
        amount,
        date: how.date,
        document: no.document(),
        invoice: Some(invoice),
    })
}

fn record(
    draft: &mut Draft<'_>,
    direction: Direction,
    source: Source,
    amount: Money,
    how: &How<'_>,
) -> Result<AdjustmentNo, Refusal> {
    let How { date, words, cause } = *how;
    let reason_code = Category::CreditBalanceAdjustment
        .resolve(draft.ctx.settings, words.reason_code.as_ref())?;
    let no = AdjustmentNo(next(&mut draft.numbers.adjustment));
    draft.record(Fact::CreditBalanceAdjusted(CreditBalanceAdjustment {
        no,
        direction,
        source,
        amount,
        date,
        reason_code,
        comment: words.comment.clone(),
        reference: words.reference.clone(),
        cause,
    }))?;
    Ok(no)
}

fn invoice_of_account(
    draft: &Draft<'_>,
    account: &Account,
    part: &InvoicePart,
) -> Result<Invoice, Rejection> {
    let found = draft.invoice_now(part.invoice.no).ok();
    let invoice = found
        .filter(|found| part.invoice.matches(found.drafted_at))
        .ok_or_else(|| Rejection::not_found(part.invoice.no.document()))?;
    require_owner(&invoice, account)?;
    Ok(invoice)
}

/// Refuses an invoice of another account (scenario 53).
pub(crate) fn require_owner(invoice: &Invoice, account: &Account) -> Result<(), Rejection> {
    if invoice.account == account.no {
        return Ok(());
    }
    Err(Rejection::InvoiceOfAnotherAccount {
        invoice: invoice.no.to_string(),
        owner: invoice.account.to_string(),
        account: account.no.to_string(),
    })
}

/// The day on which credit moves from or to an invoice: today, but not before the invoice date. With future dates any day
/// from today on, and the invoice date for an invoice that is dated ahead if none is given (domain 1.6). Checks in this
/// order: not in the past, nor in the future unless that is set; not locked; not before the invoice date.
fn date_for(
    draft: &mut Draft<'_>,
    invoice: &Invoice,
    given: Option<Date>,
) -> Result<Date, Rejection> {
    let (today, earliest) = (draft.ctx.today, invoice.invoice_date);
    if given.is_none() && earliest > today {
        if draft.ctx.settings.future_dates {
            return draft.bookable(earliest);
        }
        let invoice = invoice.no.to_string();
        return Err(Rejection::InvoiceDatedInFuture { invoice, invoice_date: earliest, today });
    }
    let date = movement_date(draft, given)?;
    if date < earliest {
        return Err(Rejection::DateTooEarly { date, earliest });
    }
    Ok(date)
}

/// The day on which credit moves: today, or a later one where that is set.
fn movement_date(draft: &mut Draft<'_>, given: Option<Date>) -> Result<Date, Rejection> {
    let today = draft.ctx.today;
    if let Some(date) = given.filter(|date| *date < today) {
        return Err(Rejection::DateTooEarly { date, earliest: today });
    }
    draft.date_or_future(given)
}

/// Refuses more than the credit balance now, or than is there on `date` and every day after.
fn require_available_on(
    draft: &Draft<'_>,
    account: &Account,
    asked: Money,
    date: Date,
) -> Result<(), Refusal> {
    require_available(account, asked, draft.account_now()?.available()?)?;
    let available = draft.available_since(date)?;
    if asked.minor() <= available.minor() {
        return Ok(());
    }
    Err(Rejection::AmountExceedsCreditBalanceOn { asked, available, date }.into())
}

/// Refuses an invoice without a positive balance.
pub(crate) fn require_positive(invoice: &Invoice, balance: Money) -> Result<(), Rejection> {
    if balance.is_positive() {
        return Ok(());
    }
    Err(Rejection::InvoiceNotPositive { invoice: invoice.no.to_string(), balance })
}

/// Refuses an account without credit, or all of whose credit is held.
pub(crate) fn require_credit(account: &Account) -> Result<(), Rejection> {
    if account.available()?.is_positive() {
        return Ok(());
    }
    Err(Rejection::NoCredit { account: account.no.to_string() })
}

/// Refuses more than the credit balance (domain 0, invariant 1).
pub(crate) fn require_available(
    account: &Account,
    asked: Money,
    available: Money,
) -> Result<(), Rejection> {
    if asked.minor() <= available.minor() {
        return Ok(());
    }
    let account = account.no.to_string();
    Err(Rejection::AmountExceedsCreditBalance { account, asked, available })
}
