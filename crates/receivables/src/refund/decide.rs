//! Refunding a credit balance (domain 4) and a payment (domain 5).

use money::Money;

use super::{Refund, RefundPart, RefundSource, RefundType};
use crate::account::Account;
use crate::adjustment::decide::{How, settle};
use crate::books::PaymentState;
use crate::command::{Cancel, RefundCreditBalance, RefundPayment};
use crate::context::next;
use crate::credit_balance::decide::{require_available, require_credit};
use crate::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use crate::draft::{Draft, Refusal};
use crate::fact::{Canceled, Fact};
use crate::id::Numbered;
use crate::journal::{Pair, Role};
use crate::payment::MethodType;
use crate::reason::Category;
use crate::{AdjustmentNo, RefundNo, Rejection};

/// Refunds a credit balance. Checks in this order (domain 4.7): account exists and is active;
/// currency; method type against refund type; reason code; date not in the future; amount positive
/// and precise; some credit; amount within the credit balance, on the refund date and ever since.
pub(crate) fn refund_credit_balance(
    draft: &mut Draft<'_>,
    command: &RefundCreditBalance,
) -> Result<(), Refusal> {
    let account = draft.active_account(command.account)?;
    draft.check_currency(command.currency, &account)?;
    let method_type = external_method(command.kind, command.method_type, &account)?;
    let words = &command.words;
    let reason_code = Category::CreditBalanceRefund.resolve(words.reason_code.as_ref())?;
    let date = draft.date(command.date)?;
    let asked = match command.amount {
        Some(amount) => Some(draft.positive(amount, account.currency)?),
        None => None,
    };
    require_credit(&account)?;
    let amount = asked.unwrap_or(account.credit_balance);
    require_available(&account, amount, account.credit_balance)?;
    let available = draft.available_since(date)?;
    if amount.minor() > available.minor() {
        return Err(
            Rejection::AmountExceedsCreditBalanceOn { asked: amount, available, date }.into()
        );
    }
    let no = RefundNo(next(&mut draft.numbers.refund));
    let adjustment = AdjustmentNo(next(&mut draft.numbers.adjustment));
    draft.record(Fact::Refunded(Refund {
        no,
        source: RefundSource::CreditBalance(adjustment),
        method_type,
        date,
        amount,
        reason_code,
        reference: words.reference.clone(),
        comment: words.comment.clone(),
    }))?;
    draft.record(Fact::CreditBalanceAdjusted(CreditBalanceAdjustment {
        no: adjustment,
        direction: Direction::Decrease,
        source: Source::Refund(no),
        amount,
        date,
        reason_code: Category::CreditBalanceAdjustment.resolve(None)?,
        comment: None,
        reference: None,
        cause: None,
    }))?;
    draft.post(Pair {
        debit: draft.ledger(Role::CustomerCashOnAccount),
        credit: draft.ledger(Role::Bank),
        amount,
        date,
        document: adjustment.document(),
        invoice: None,
    })
}

/// The method type of an external refund (domain 4.7 rule 6). An electronic one needs a gateway.
fn external_method(
    kind: RefundType,
    method_type: Option<MethodType>,
    account: &Account,
) -> Result<MethodType, Rejection> {
    match (kind, method_type) {
        (RefundType::External, Some(method_type)) => Ok(method_type),
        (RefundType::External, None) => Err(Rejection::MethodTypeMissing),
        (RefundType::Electronic, Some(_)) => Err(Rejection::MethodTypeNotAllowed),
        (RefundType::Electronic, None) => {
            Err(Rejection::NoGateway { account: account.no.to_string() })
        }
    }
}

/// Refunds a payment; its invoices reopen, and come to zero by Credit adjustments if asked for.
/// Checks in this order: payment exists, account active, not canceled; currency; an external payment
/// is refunded externally; method type; reason code; date not in the future, not before the payment
/// (domain 5.1); the parts (see [`parts`]).
pub(crate) fn refund_payment(
    draft: &mut Draft<'_>,
    command: &RefundPayment,
) -> Result<(), Refusal> {
    let state = draft.payment_of(command.payment)?;
    let payment = &state.recorded.document;
    let account = draft.account_now()?;
    draft.check_currency(command.currency, &account)?;
    if command.kind == RefundType::Electronic {
        return Err(Rejection::ExternalPaymentOnly { payment: payment.no.to_string() }.into());
    }
    let method_type = external_method(command.kind, command.method_type, &account)?;
    let words = &command.words;
    let reason_code = Category::PaymentRefund.resolve(words.reason_code.as_ref())?;
    let date = draft.date(command.date)?;
    if date < payment.date {
        return Err(Rejection::DateTooEarly { date, earliest: payment.date }.into());
    }
    let parts = parts(draft, &state, command)?;
    let mut amount = Money::zero(account.currency);
    for part in &parts {
        amount = amount.try_add(part.amount)?;
    }
    let no = RefundNo(next(&mut draft.numbers.refund));
    let source = RefundSource::Payment { payment: payment.no, parts: parts.clone() };
    draft.record(Fact::Refunded(Refund {
        no,
        source,
        method_type,
        date,
        amount,
        reason_code,
        reference: words.reference.clone(),
        comment: words.comment.clone(),
    }))?;
    for part in &parts {
        draft.post(Pair {
            debit: draft.ledger(Role::AccountsReceivable),
            credit: draft.ledger(Role::Bank),
            amount: part.amount,
            date,
            document: no.document(),
            invoice: Some(part.invoice),
        })?;
    }
    if command.adjust {
        settle_refunded(draft, no, &parts, command)?;
    }
    Ok(())
}

fn settle_refunded(
    draft: &mut Draft<'_>,
    no: RefundNo,
    parts: &[RefundPart],
    command: &RefundPayment,
) -> Result<(), Refusal> {
    let words = crate::command::Words { reason_code: None, ..command.words.clone() };
    for part in parts {
        let earliest = draft.invoice_now(part.invoice)?.invoice_date;
        let how = How {
            date: draft.ctx.today.max(earliest),
            reason: Category::InvoiceItemAdjustment.resolve(None)?,
            words: &words,
            cause: Some(no.document()),
        };
        settle(draft, part.invoice, &how)?;
    }
    Ok(())
}

/// How much of which application is refunded. Given parts: each invoice once, each within what is
/// left of its application, and together the amount if one is given. No parts: the whole rest, or
/// the amount on the only invoice; a partial amount over several invoices needs the parts.
fn parts(
    draft: &Draft<'_>,
    state: &PaymentState,
    command: &RefundPayment,
) -> Result<Vec<RefundPart>, Refusal> {
    let payment = &state.recorded.document;
    let currency = payment.amount.currency();
    let name = || payment.no.to_string();
    let mut left = Vec::with_capacity(payment.applications.len());
    let mut refundable = Money::zero(currency);
    for (application, refunded) in payment.applications.iter().zip(&state.refunded) {
        let rest = application.amount.try_sub(*refunded)?;
        refundable = refundable.try_add(rest)?;
        left.push(RefundPart { invoice: application.invoice, amount: rest });
    }
    let asked = match command.amount {
        Some(amount) => Some(draft.positive(amount, currency)?),
        None => None,
    };
    if let Some(asked) = asked
        && asked.minor() > refundable.minor()
    {
        return Err(Rejection::AmountExceedsPayment { payment: name(), asked, refundable }.into());
    }
    if !refundable.is_positive() {
        let asked = asked.unwrap_or(refundable);
        return Err(Rejection::AmountExceedsPayment { payment: name(), asked, refundable }.into());
    }
    if command.parts.is_empty() {
        left.retain(|part| part.amount.is_positive());
        return match (asked, left.as_mut_slice()) {
            (None, _) => Ok(left),
            (Some(asked), _) if asked == refundable => Ok(left),
            (Some(asked), [only]) => {
                only.amount = asked;
                Ok(left)
            }
            (Some(_), several) => {
                Err(Rejection::PartsRequired { payment: name(), invoices: several.len() }.into())
            }
        };
    }
    let mut parts: Vec<RefundPart> = Vec::with_capacity(command.parts.len());
    let mut sum = Money::zero(currency);
    for part in &command.parts {
        let invoice = part.invoice.no;
        if parts.iter().any(|known| known.invoice == invoice) {
            return Err(Rejection::InvoiceNamedTwice { invoice: invoice.to_string() }.into());
        }
        let rest = left
            .iter()
            .find(|left| left.invoice == invoice)
            .ok_or_else(|| Rejection::not_found(invoice.document()))?
            .amount;
        let amount = match part.amount {
            Some(amount) => draft.positive(amount, currency)?,
            None => rest,
        };
        if amount.minor() > rest.minor() || !amount.is_positive() {
            return Err(Rejection::AmountExceedsApplication {
                payment: name(),
                invoice: invoice.to_string(),
                asked: amount,
                refundable: rest,
            }
            .into());
        }
        sum = sum.try_add(amount)?;
        parts.push(RefundPart { invoice, amount });
    }
    match asked {
        Some(amount) if amount != sum => {
            Err(Rejection::PartsDoNotAddUp { amount, parts: sum }.into())
        }
        _ => Ok(parts),
    }
}

/// Cancels a payment refund. Checks in this order: it exists, account active; it is not a refund of
/// a credit balance (final, domain 4.5); not canceled; each reopened invoice still has the balance.
pub(crate) fn cancel(draft: &mut Draft<'_>, command: &Cancel<RefundNo>) -> Result<(), Refusal> {
    let refund = draft.recorded_of(command.document, |books| &books.refunds)?;
    let RefundSource::Payment { parts, .. } = &refund.source else {
        return Err(Rejection::RefundFinal { refund: refund.no.to_string() }.into());
    };
    if let Some(code) = &command.words.reason_code {
        Category::PaymentRefund.resolve(Some(code))?;
    }
    for part in parts {
        let balance = draft.invoice_now(part.invoice)?.balance()?;
        if balance.minor() < part.amount.minor() {
            return Err(Rejection::RefundedInvoiceSettled {
                refund: refund.no.to_string(),
                invoice: part.invoice.to_string(),
                amount: part.amount,
                balance,
            }
            .into());
        }
    }
    let document = refund.no.document();
    draft.record(Fact::Canceled(Canceled {
        document,
        date: draft.ctx.today,
        reason_code: command.words.reason_code.clone(),
        comment: command.words.comment.clone(),
    }))?;
    draft.mirror(document, Some(draft.ctx.today))
}
