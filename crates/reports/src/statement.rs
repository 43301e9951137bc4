//! What happened on an account between two dates.

use engine::Reader;
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::account::Account;
use receivables::id::Numbered;
use receivables::{AccountNo, Entry};
use serde::Serialize;

use crate::as_of::undo_after;
use crate::figures::{Decimal, ReportError};
use crate::over_time::ZONE_SLACK;

/// How many lines one statement may have.
const LINES_MAX: usize = 10_000;
const CHUNK: usize = 500;

/// A statement: opening balances, every line, closing balances.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Statement {
    /// Account number.
    #[schema(example = "A00000001")]
    pub account: String,
    /// The customer's name.
    #[schema(example = "Ada Lovelace Ltd")]
    pub name: String,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// First day.
    #[schema(value_type = String, format = Date, example = "2026-11-01")]
    pub from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, example = "2026-11-30")]
    pub to: Date,
    /// Sum of invoice balances at the beginning of the first day.
    #[schema(value_type = String, example = "0.00")]
    pub opening_invoice_balance: Decimal,
    /// Credit balance at the beginning of the first day.
    #[schema(value_type = String, example = "0.00")]
    pub opening_credit_balance: Decimal,
    /// Every posting of the days between, by date.
    pub lines: Vec<StatementLine>,
    /// Sum of invoice balances at the end of the last day.
    #[schema(value_type = String, example = "40.00")]
    pub closing_invoice_balance: Decimal,
    /// Credit balance at the end of the last day.
    #[schema(value_type = String, example = "60.00")]
    pub closing_credit_balance: Decimal,
}

/// One line of a statement.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct StatementLine {
    /// Effective date.
    #[schema(value_type = String, format = Date, example = "2026-11-23")]
    pub date: Date,
    /// What was done.
    #[schema(example = "transfer_to_credit_balance")]
    pub command: String,
    /// The journal entry.
    #[schema(example = "JE-00000004")]
    pub entry: String,
    /// The document.
    #[schema(example = "CBA-00000001")]
    pub document: String,
    /// The invoice concerned.
    #[schema(example = "INV00000001")]
    pub invoice: Option<String>,
    /// Change of the sum of invoice balances.
    #[schema(value_type = String, example = "100.00")]
    pub invoice_change: Decimal,
    /// Change of the credit balance.
    #[schema(value_type = String, example = "100.00")]
    pub credit_change: Decimal,
    /// Sum of invoice balances afterwards.
    #[schema(value_type = String, example = "0.00")]
    pub invoice_balance: Decimal,
    /// Credit balance afterwards.
    #[schema(value_type = String, example = "100.00")]
    pub credit_balance: Decimal,
}

/// The statement of an account from `from` to `to`, both included.
///
/// # Errors
///
/// [`ReportError`] if the account does not exist, cannot be read, or has more than 10,000 lines.
pub fn statement(
    reader: &dyn Reader,
    no: AccountNo,
    from: Date,
    to: Date,
) -> Result<Statement, ReportError> {
    let not_found = || ReportError::NotFound { document: no.document() };
    let mut closing = reader.account(no)?.ok_or_else(not_found)?;
    let profile = reader.account_profile(no)?.ok_or_else(not_found)?;
    undo_after(reader, &mut closing, to)?;
    let mut lines = lines(reader, &closing, from, to)?;
    let invoices = closing.positive_invoice_balance.try_add(closing.negative_invoice_balance)?;
    let (mut invoice_sum, mut credit) = (invoices, closing.credit_balance);
    for line in lines.iter_mut().rev() {
        line.invoice_balance = invoice_sum.into();
        line.credit_balance = credit.into();
        invoice_sum = invoice_sum.try_sub(line.invoice_change.0)?;
        credit = credit.try_sub(line.credit_change.0)?;
    }
    Ok(Statement {
        account: no.to_string(),
        name: profile.name,
        currency: closing.currency,
        from,
        to,
        opening_invoice_balance: invoice_sum.into(),
        opening_credit_balance: credit.into(),
        lines,
        closing_invoice_balance: invoices.into(),
        closing_credit_balance: closing.credit_balance.into(),
    })
}

fn lines(
    reader: &dyn Reader,
    account: &Account,
    from: Date,
    to: Date,
) -> Result<Vec<StatementLine>, ReportError> {
    let settings = reader.settings()?;
    let whole_history = account.dated_ahead.is_some_and(|ahead| ahead >= from);
    let earliest = from.saturating_sub(ZONE_SLACK);
    let zero = Money::zero(account.currency);
    let mut lines = Vec::new();
    let mut before = None;
    'walk: loop {
        let entries = reader.account_entries(account.no, before, CHUNK)?;
        let Some(last) = entries.last() else { break };
        before = Some(last.head.no);
        let known = |entry: &&Entry| Some(entry.head.no) <= account.last_entry;
        for entry in entries.iter().filter(known) {
            if !whole_history && settings.business_date(entry.head.at) < earliest {
                break 'walk;
            }
            for posting in entry.postings.iter().rev() {
                if posting.date < from || posting.date > to {
                    continue;
                }
                if lines.len() == LINES_MAX {
                    let sentence = format!(
                        "the statement has more than {LINES_MAX} lines; choose a shorter period"
                    );
                    return Err(ReportError::Output(sentence));
                }
                let invoice_change =
                    posting.invoice.map_or(zero, |side| side.change(posting.amount));
                let credit_change =
                    posting.credit_balance.map_or(zero, |side| side.change(posting.amount));
                lines.push(StatementLine {
                    date: posting.date,
                    command: entry.head.command.to_string(),
                    entry: entry.head.no.to_string(),
                    document: posting.document.to_string(),
                    invoice: posting.invoice.map(|side| side.invoice.to_string()),
                    invoice_change: invoice_change.into(),
                    credit_change: credit_change.into(),
                    invoice_balance: zero.into(),
                    credit_balance: zero.into(),
                });
            }
        }
    }
    lines.reverse();
    lines.sort_by_key(|line| line.date);
    Ok(lines)
}
