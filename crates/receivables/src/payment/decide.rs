//! Recording and canceling external payments (domain 1.5, 5.4). Electronic ones: [`super::electronic`].

use jiff::civil::Date;
use money::{Amount, Money};

use super::{APPLICATIONS_MAX, Payment, PaymentApplication};
use crate::account::Account;
use crate::command::{Cancel, InvoicePart, RecordPayment};
use crate::context::next;
use crate::credit_balance::decide::{require_owner, require_positive};
use crate::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use crate::draft::{Draft, Refusal, require_posted};
use crate::fact::{Canceled, Fact};
use crate::id::Numbered;
use crate::journal::{Pair, Role};
use crate::reason::Category;
use crate::{AdjustmentNo, PaymentNo, Rejection};

pub(crate) use super::electronic::{charge, collect, let_go, reject, void};

/// Records a payment. Checks in this order: account exists and is active; currency; number of
/// invoices; date not in the future; for each invoice: named once, exists, own account, posted,
/// not dated after the payment, positive balance, amount positive and within the balance; the parts add up; credit
/// balances are on, if some of it becomes credit; it goes somewhere.
pub(crate) fn record(draft: &mut Draft<'_>, command: &RecordPayment) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    draft.check_currency(command.currency, &account)?;
    if command.applications.len() > APPLICATIONS_MAX {
        return Err(Rejection::TooMany { what: "invoices", max: APPLICATIONS_MAX }.into());
    }
    let date = draft.date(command.date)?;
    let applications = applications(draft, &account, date, &command.applications)?;
    let mut applied = Money::zero(account.currency);
    for part in &applications {
        applied = applied.try_add(part.amount)?;
    }
    let given = (command.amount, command.credit_balance_amount);
    let credit = credit_part(draft, &account, given, applied)?;
    require_credit_wanted(draft, credit)?;
    let amount = applied.try_add(credit)?;
    if !amount.is_positive() {
        return Err(Rejection::PaymentGoesNowhere.into());
    }
    let no = PaymentNo(next(&mut draft.numbers.payment));
    let adjustment = if credit.is_positive() {
        Some(AdjustmentNo(next(&mut draft.numbers.adjustment)))
    } else {
        None
    };
    draft.record(Fact::PaymentRecorded(Payment {
        no,
        method_type: command.method_type,
        date,
        amount,
        credit_balance_amount: credit,
        credit_balance_adjustment: adjustment,
        applications: applications.clone(),
        reference: command.words.reference.clone(),
        comment: command.words.comment.clone(),
        method: None,
    }))?;
    let bank = draft.ledger(Role::Bank);
    for part in &applications {
        draft.post(Pair {
            debit: bank,
            credit: draft.ledger(Role::AccountsReceivable),
            amount: part.amount,
            date,
            document: no.document(),
            invoice: Some(part.invoice),
        })?;
    }
    let Some(adjustment) = adjustment else { return Ok(()) };
    draft.record(Fact::CreditBalanceAdjusted(CreditBalanceAdjustment {
        no: adjustment,
        direction: Direction::Increase,
        source: Source::Payment(no),
        amount: credit,
        date,
        reason_code: Category::CreditBalanceAdjustment.resolve(draft.ctx.settings, None)?,
        comment: None,
        reference: None,
        cause: None,
    }))?;
    draft.post(Pair {
        debit: bank,
        credit: draft.ledger(Role::CustomerCashOnAccount),
        amount: credit,
        date,
        document: adjustment.document(),
        invoice: None,
    })
}

pub(super) fn applications(
    draft: &Draft<'_>,
    account: &Account,
    date: Date,
    parts: &[InvoicePart],
) -> Result<Vec<PaymentApplication>, Refusal> {
    let mut applications: Vec<PaymentApplication> = Vec::with_capacity(parts.len());
    for part in parts {
        let no = part.invoice.no;
        if applications.iter().any(|known| known.invoice == no) {
            return Err(Rejection::InvoiceNamedTwice { invoice: no.to_string() }.into());
        }
        let found = draft.invoice_now(no).ok();
        let invoice = found
            .filter(|found| part.invoice.matches(found.drafted_at))
            .ok_or_else(|| Rejection::not_found(no.document()))?;
        require_owner(&invoice, account)?;
        require_posted(&invoice)?;
        if date < invoice.invoice_date {
            return Err(Rejection::DateTooEarly { date, earliest: invoice.invoice_date }.into());
        }
        let balance = invoice.balance()?;
        require_positive(&invoice, balance)?;
        let amount = match part.amount {
            Some(amount) => draft.positive(amount, account.currency)?,
            None => balance,
        };
        if amount.minor() > balance.minor() {
            let (invoice, asked) = (no.to_string(), amount);
            return Err(Rejection::AmountExceedsInvoiceBalance { invoice, asked, balance }.into());
        }
        applications.push(PaymentApplication { invoice: no, amount });
    }
    Ok(applications)
}

/// The part for the credit balance: as given, or what the invoices leave of the whole.
pub(super) fn credit_part(
    draft: &Draft<'_>,
    account: &Account,
    (whole, credit): (Option<Amount>, Option<Amount>),
    applied: Money,
) -> Result<Money, Refusal> {
    let zero = Money::zero(account.currency);
    let whole = match whole {
        Some(amount) => Some(draft.positive(amount, account.currency)?),
        None => None,
    };
    let credit = match (credit, whole) {
        (Some(credit), _) => draft.positive(credit, account.currency)?,
        (None, Some(whole)) => whole.try_sub(applied)?,
        (None, None) => zero,
    };
    let parts = applied.try_add(credit)?;
    match whole {
        Some(amount) if amount != parts || credit.is_negative() => {
            let parts = if credit.is_negative() { applied } else { parts };
            Err(Rejection::PartsDoNotAddUp { amount, parts }.into())
        }
        _ => Ok(credit),
    }
}

/// Refuses to let credit arise where the organisation keeps no credit balances (domain 1.1).
pub(super) fn require_credit_wanted(draft: &Draft<'_>, credit: Money) -> Result<(), Rejection> {
    if credit.is_positive() && !draft.ctx.settings.credit_balance {
        return Err(Rejection::CreditBalanceOff);
    }
    Ok(())
}

/// Cancels a payment as of its own date (domain 5.4). Checks in this order: it exists, account
/// active, not canceled; external; no refunds on it; its day is not locked; its part of the credit balance is still there, and was on
/// every day since; reason code; the invoices stay within their bounds.
pub(crate) fn cancel(draft: &mut Draft<'_>, command: &Cancel<PaymentNo>) -> Result<(), Refusal> {
    let state = draft.payment_of(command.document)?;
    let payment = &state.recorded.document;
    if payment.method.is_some() {
        let payment = payment.no.to_string();
        return Err(Rejection::ElectronicPaymentNotCancelable { payment }.into());
    }
    let mut refunded = Money::zero(payment.amount.currency());
    for amount in state.refunded.iter().chain(&state.held) {
        refunded = refunded.try_add(*amount)?;
    }
    if refunded.is_positive() {
        let payment = payment.no.to_string();
        return Err(Rejection::PaymentRefunded { payment, refunded }.into());
    }
    let date = draft.bookable(payment.date)?;
    let credit = payment.credit_balance_amount;
    if credit.is_positive() {
        let cancellable = draft.available()?;
        if cancellable.minor() < credit.minor() {
            return Err(Rejection::CreditAlreadyUsed { amount: credit, cancellable }.into());
        }
        let lowest = draft.available_since(date)?;
        if lowest.minor() < credit.minor() {
            return Err(Rejection::CreditAlreadyUsed { amount: credit, cancellable: lowest }.into());
        }
    }
    if let Some(code) = &command.words.reason_code {
        Category::PaymentRefund.resolve(draft.ctx.settings, Some(code))?;
    }
    let documents = std::iter::once(payment.no.document())
        .chain(payment.credit_balance_adjustment.map(Numbered::document));
    for document in documents {
        draft.record(Fact::Canceled(Canceled {
            document,
            date,
            reason_code: command.words.reason_code.clone(),
            comment: command.words.comment.clone(),
        }))?;
        draft.mirror(document, Some(date))?;
    }
    Ok(())
}
