//! Transfer, apply, cancel, counter-adjust (domain 1.5, 1.6, 2.3-2.5).

use money::Money;

use super::{APPLICATIONS_MAX, CreditBalanceAdjustment, Direction, Source};
use crate::account::Account;
use crate::adjustment::decide::{How, require_within_bounds, settle};
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

/// Transfers a negative invoice. Checks in this order: invoice exists, account active; currency;
/// posted; not dated in the future; balance negative; amount positive; amount within the balance;
/// reason code.
pub(crate) fn transfer(
    draft: &mut Draft<'_>,
    command: &TransferToCreditBalance,
) -> Result<(), Refusal> {
    let invoice = draft.invoice_of(command.invoice)?;
    let account = draft.account_now()?;
    draft.check_currency(command.currency, &account)?;
    require_usable(draft, &invoice)?;
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
    increase(draft, invoice.no, amount, &command.words, None)
}

/// Applies credit. Checks in this order: account exists and is active; currency; reason code; some
/// credit; for each invoice: exists, own account, posted, not dated in the future, positive
/// balance, amount positive, within the invoice balance, within the credit left.
pub(crate) fn apply(draft: &mut Draft<'_>, command: &ApplyCreditBalance) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    draft.check_currency(command.currency, &account)?;
    Category::CreditBalanceAdjustment.resolve(command.words.reason_code.as_ref())?;
    match &command.spread {
        Spread::Chosen(parts) => apply_to_chosen(draft, &account, parts, &command.words),
        Spread::OldestDueFirst(limit) => {
            let limit = match limit {
                Some(amount) => Some(draft.positive(*amount, account.currency)?),
                None => None,
            };
            apply_oldest_due_first(draft, &account, limit, &command.words)
        }
    }
}

fn apply_to_chosen(
    draft: &mut Draft<'_>,
    account: &Account,
    parts: &[InvoicePart],
    words: &Words,
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
        require_usable(draft, &invoice)?;
        let balance = invoice.balance()?;
        require_positive(&invoice, balance)?;
        let available = draft.account_now()?.available()?;
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
        require_available(account, amount, available)?;
        decrease(draft, invoice.no, amount, words, None)?;
    }
    Ok(())
}

fn apply_oldest_due_first(
    draft: &mut Draft<'_>,
    account: &Account,
    limit: Option<Money>,
    words: &Words,
) -> Result<(), Refusal> {
    require_credit(account)?;
    if let Some(limit) = limit {
        require_available(account, limit, account.available()?)?;
    }
    let mut left = limit.unwrap_or(account.available()?);
    let mut applied = 0;
    for invoice in open_by_due_date(draft, account)? {
        let amount = invoice.balance()?.at_most(left);
        if !amount.is_positive() || applied == APPLICATIONS_MAX {
            break;
        }
        decrease(draft, invoice.no, amount, words, None)?;
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
/// active, not canceled; not from a payment, not from a refund; reason code; enough credit left;
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
    let default = ReasonCode::try_new("Cancellation").ok();
    let reason = Category::CreditBalanceAdjustment
        .resolve(words.reason_code.as_ref().or(default.as_ref()))?;
    let available = draft.account_now()?.available()?;
    if adjusted.direction == Direction::Increase && available.minor() < adjusted.amount.minor() {
        let amount = adjusted.amount;
        return Err(Rejection::CreditAlreadyUsed { amount, cancellable: available }.into());
    }
    let document = adjusted.no.document();
    draft.record(Fact::Canceled(Canceled {
        document,
        date: draft.ctx.today,
        reason_code: Some(reason),
        comment: words.comment.clone(),
    }))?;
    draft.mirror(document, Some(draft.ctx.today))?;
    require_within_bounds(draft, invoice, document)?;
    if command.settle && adjusted.direction == Direction::Increase {
        let how = How {
            date: draft.ctx.today,
            reason: Category::InvoiceItemAdjustment.resolve(None)?,
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
    require_usable(draft, &invoice)?;
    let reversible = invoice.net_credit()?;
    if !reversible.is_positive() {
        return Err(Rejection::NothingToReverse { invoice: invoice.no.to_string() }.into());
    }
    let amount = match command.amount {
        Some(amount) => draft.positive(amount, account.currency)?,
        None if invoice.amount.is_negative() => {
            require_credit(&account)?;
            reversible.at_most(account.available()?)
        }
        None => reversible,
    };
    if amount.minor() > reversible.minor() {
        let invoice = invoice.no.to_string();
        return Err(
            Rejection::AmountExceedsReversible { invoice, asked: amount, reversible }.into()
        );
    }
    if invoice.amount.is_negative() {
        require_available(&account, amount, account.available()?)?;
        decrease(draft, invoice.no, amount, &command.words, None)?;
    } else {
        increase(draft, invoice.no, amount, &command.words, None)?;
    }
    require_within_bounds(draft, invoice.no, invoice.no.document())
}

/// Moves `amount` from an invoice to the credit balance: Dr Accounts Receivable, Cr Customer Cash
/// On Account.
pub(crate) fn increase(
    draft: &mut Draft<'_>,
    invoice: InvoiceNo,
    amount: Money,
    words: &Words,
    cause: Option<Document>,
) -> Result<(), Refusal> {
    let no = record(draft, Direction::Increase, Source::Invoice(invoice), amount, words, cause)?;
    draft.post(Pair {
        debit: draft.ledger(Role::AccountsReceivable),
        credit: draft.ledger(Role::CustomerCashOnAccount),
        amount,
        date: draft.ctx.today,
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
    words: &Words,
    cause: Option<Document>,
) -> Result<(), Refusal> {
    let no = record(draft, Direction::Decrease, Source::Invoice(invoice), amount, words, cause)?;
    draft.post(Pair {
        debit: draft.ledger(Role::CustomerCashOnAccount),
        credit: draft.ledger(Role::AccountsReceivable),
        amount,
        date: draft.ctx.today,
        document: no.document(),
        invoice: Some(invoice),
    })
}

fn record(
    draft: &mut Draft<'_>,
    direction: Direction,
    source: Source,
    amount: Money,
    words: &Words,
    cause: Option<Document>,
) -> Result<AdjustmentNo, Refusal> {
    let reason_code = Category::CreditBalanceAdjustment.resolve(words.reason_code.as_ref())?;
    let no = AdjustmentNo(next(&mut draft.numbers.adjustment));
    draft.record(Fact::CreditBalanceAdjusted(CreditBalanceAdjustment {
        no,
        direction,
        source,
        amount,
        date: draft.ctx.today,
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

fn require_usable(draft: &Draft<'_>, invoice: &Invoice) -> Result<(), Rejection> {
    require_posted(invoice)?;
    if invoice.invoice_date > draft.ctx.today {
        return Err(Rejection::InvoiceDatedInFuture {
            invoice: invoice.no.to_string(),
            invoice_date: invoice.invoice_date,
            today: draft.ctx.today,
        });
    }
    Ok(())
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
