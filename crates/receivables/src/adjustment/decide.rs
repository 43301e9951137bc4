//! Adjusting invoice items, and taking an adjustment back (domain 3.3).

use jiff::civil::Date;
use money::Money;

use super::{AdjustmentType, InvoiceItemAdjustment, LINES_MAX};
use crate::command::{AdjustInvoiceItems, AdjustmentLine, Cancel, Words};
use crate::context::next;
use crate::draft::{Draft, Refusal, require_posted};
use crate::fact::{Canceled, Fact};
use crate::id::Numbered;
use crate::invoice::{Invoice, Item};
use crate::journal::{Pair, Role};
use crate::reason::{Category, ReasonCode};
use crate::{Document, InvoiceNo, ItemAdjustmentNo, Rejection};

/// Adjusts items of one invoice. Checks in this order: invoice exists, account active; posted; one
/// to [`LINES_MAX`] lines; reason code; date not in the future and not before the invoice; each
/// line's item and amount; each item toward zero on the net; the invoice toward zero on the net.
pub(crate) fn adjust(draft: &mut Draft<'_>, command: &AdjustInvoiceItems) -> Result<(), Refusal> {
    let invoice = draft.invoice_of(command.invoice)?;
    require_posted(&invoice)?;
    if command.settle && !command.lines.is_empty() {
        return Err(Rejection::LinesOrSettle.into());
    }
    if command.lines.is_empty() && !command.settle {
        return Err(Rejection::NothingGiven { what: "lines" }.into());
    }
    if command.lines.len() > LINES_MAX {
        return Err(Rejection::TooMany { what: "lines", max: LINES_MAX }.into());
    }
    let reason = Category::InvoiceItemAdjustment
        .resolve(draft.ctx.settings, command.words.reason_code.as_ref())?;
    let date = draft.date(command.date)?;
    if date < invoice.invoice_date {
        return Err(Rejection::DateTooEarly { date, earliest: invoice.invoice_date }.into());
    }
    let before = draft.items_now(invoice.no)?;
    let how = How { date, reason, words: &command.words, cause: None };
    if command.settle {
        if invoice.balance()?.is_zero() {
            return Err(Rejection::NothingToSettle { invoice: invoice.no.to_string() }.into());
        }
        return settle(draft, invoice.no, &how);
    }
    for line in &command.lines {
        let item = find_item(&invoice, &before, line)?;
        let amount = draft.positive(line.amount, invoice.amount.currency())?;
        record(draft, invoice.no, &item, line.kind, amount, &how)?;
    }
    items_toward_zero(&before, &draft.items_now(invoice.no)?)?;
    let (old, new) = (invoice.balance()?, draft.invoice_now(invoice.no)?.balance()?);
    if !toward_zero(old, new) {
        let invoice = invoice.no.to_string();
        return Err(Rejection::NotTowardZero { invoice, balance: old, would_be: new }.into());
    }
    Ok(())
}

/// True if `new` lies between zero and `old`.
fn toward_zero(old: Money, new: Money) -> bool {
    let (old, new) = (old.minor(), new.minor());
    if old < 0 { old <= new && new <= 0 } else { 0 <= new && new <= old }
}

fn find_item(invoice: &Invoice, items: &[Item], line: &AdjustmentLine) -> Result<Item, Rejection> {
    match &line.item {
        Some(named) => items
            .iter()
            .find(|item| item.no == named.no && named.matches(invoice.drafted_at))
            .copied()
            .ok_or_else(|| Rejection::not_found(named.no.document())),
        None => match items {
            [only] => Ok(*only),
            _ => Err(Rejection::ItemAmbiguous {
                invoice: invoice.no.to_string(),
                items: invoice.item_count,
            }),
        },
    }
}

fn items_toward_zero(before: &[Item], after: &[Item]) -> Result<(), Refusal> {
    for (old, new) in before.iter().zip(after) {
        let (balance, would_be) = (old.balance()?, new.balance()?);
        if !toward_zero(balance, would_be) {
            let item = old.no.to_string();
            return Err(Rejection::ItemNotTowardZero { item, balance, would_be }.into());
        }
    }
    Ok(())
}

/// What all adjustments of one step have in common.
pub(crate) struct How<'a> {
    pub(crate) date: Date,
    pub(crate) reason: ReasonCode,
    pub(crate) words: &'a Words,
    pub(crate) cause: Option<Document>,
}

fn record(
    draft: &mut Draft<'_>,
    invoice: InvoiceNo,
    item: &Item,
    kind: AdjustmentType,
    amount: Money,
    how: &How<'_>,
) -> Result<(), Refusal> {
    let no = ItemAdjustmentNo(next(&mut draft.numbers.item_adjustment));
    draft.record(Fact::InvoiceItemAdjusted(InvoiceItemAdjustment {
        no,
        invoice,
        item: item.no,
        kind,
        amount,
        date: how.date,
        reason_code: how.reason.clone(),
        comment: how.words.comment.clone(),
        reference: how.words.reference.clone(),
        cause: how.cause,
    }))?;
    let receivable = draft.ledger(Role::AccountsReceivable);
    let (debit, credit) = match kind {
        AdjustmentType::Charge => (receivable, item.ledger_account),
        AdjustmentType::Credit => (item.ledger_account, receivable),
    };
    let (date, document) = (how.date, no.document());
    draft.post(Pair { debit, credit, amount, date, document, invoice: Some(invoice) })
}

/// Brings an invoice to zero: Credit adjustments on its positive items, or Charge adjustments on
/// its negative ones, first item first. There is always enough to adjust, because what payments
/// and credit took from an invoice never exceeds the sum of its items.
pub(crate) fn settle(
    draft: &mut Draft<'_>,
    invoice: InvoiceNo,
    how: &How<'_>,
) -> Result<(), Refusal> {
    let mut open = draft.invoice_now(invoice)?.balance()?;
    let kind = if open.is_negative() { AdjustmentType::Charge } else { AdjustmentType::Credit };
    for item in draft.items_now(invoice)? {
        let left = item.balance()?;
        if open.is_zero() {
            break;
        }
        if left.is_zero() || left.is_negative() != open.is_negative() {
            continue;
        }
        let amount = left.abs().at_most(open.abs());
        record(draft, invoice, &item, kind, amount, how)?;
        open = if open.is_negative() { open.try_add(amount)? } else { open.try_sub(amount)? };
    }
    Ok(())
}

/// Takes an adjustment back. Checks: it exists, account active, not canceled; reason code; its day is not locked; the
/// invoice stays between zero and its adjusted amount.
pub(crate) fn cancel(
    draft: &mut Draft<'_>,
    command: &Cancel<ItemAdjustmentNo>,
) -> Result<(), Refusal> {
    let adjusted = draft.recorded_of(command.document, |books| &books.item_adjustments)?;
    let words = &command.words;
    if let Some(code) = &words.reason_code {
        Category::InvoiceItemAdjustment.resolve(draft.ctx.settings, Some(code))?;
    }
    let date = draft.cancellation_date(adjusted.date)?;
    let document = adjusted.no.document();
    draft.record(Fact::Canceled(Canceled {
        document,
        date,
        reason_code: words.reason_code.clone(),
        comment: words.comment.clone(),
    }))?;
    draft.mirror(document, Some(date))?;
    require_within_bounds(draft, adjusted.invoice, document)
}

/// Refuses a cancellation that would push the invoice beyond its bounds (domain 2.4, 2.5, 10.2).
pub(crate) fn require_within_bounds(
    draft: &Draft<'_>,
    invoice: InvoiceNo,
    document: Document,
) -> Result<(), Refusal> {
    let state = draft.invoice_now(invoice)?;
    if state.within_bounds()? {
        return Ok(());
    }
    let (document, invoice) = (document.to_string(), invoice.to_string());
    Err(Rejection::InvoiceBeyondItsAmount { document, invoice }.into())
}
