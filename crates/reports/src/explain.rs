//! For any balance, the documents that make it, summing to it.

use engine::{Located, Reader};
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::id::Numbered;
use receivables::{AccountNo, InvoiceNo, PostingNo};
use serde::Serialize;

use crate::as_of::{each_invoice_posting, undo_after};
use crate::figures::{Decimal, ReportError};

/// How many lines one explanation may list; what lies before them is carried forward.
const LINES_MAX: usize = 1_000;

/// How a balance came about. `carried_forward + sum of changes = balance`.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Explained {
    /// Which balance: `credit_balance`, `invoice_balance` or `account_balance`.
    #[schema(example = "credit_balance")]
    pub of: &'static str,
    /// Whose balance.
    #[schema(example = "A00000001")]
    pub document: String,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The date it holds for, at its end; absent means now.
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-23")]
    pub as_of: Option<Date>,
    /// The balance.
    #[schema(value_type = String, example = "60.00")]
    pub balance: Decimal,
    /// What older documents, not listed, add up to.
    #[schema(value_type = String, example = "0.00")]
    pub carried_forward: Decimal,
    /// The documents, oldest first.
    pub lines: Vec<ExplainedLine>,
}

/// One document's part in a balance.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct ExplainedLine {
    /// Effective date.
    #[schema(value_type = String, format = Date, example = "2026-11-23")]
    pub date: Date,
    /// The journal entry.
    #[schema(example = "JE-00000004")]
    pub entry: String,
    /// The document.
    #[schema(example = "CBA-00000001")]
    pub document: String,
    /// What kind of document.
    #[schema(example = "credit_balance_adjustment")]
    pub document_type: &'static str,
    /// Signed change of the balance.
    #[schema(value_type = String, example = "100.00")]
    pub change: Decimal,
    /// The balance after it, in the order the documents are listed.
    #[schema(value_type = String, example = "100.00")]
    pub running: Decimal,
}

fn line(located: &Located, change: Money) -> ExplainedLine {
    ExplainedLine {
        date: located.posting.date,
        entry: located.entry.to_string(),
        document: located.posting.document.to_string(),
        document_type: located.posting.document.kind.name(),
        change: change.into(),
        running: change.into(),
    }
}

/// Puts lines in order, oldest first, and fills the running balance from what is carried forward.
fn finish(lines: &mut [ExplainedLine], balance: Money) -> Result<Money, ReportError> {
    lines.reverse();
    let mut sum = Money::zero(balance.currency());
    for line in lines.iter() {
        sum = sum.try_add(line.change.0)?;
    }
    let carried = balance.try_sub(sum)?;
    let mut running = carried;
    for line in lines {
        running = running.try_add(line.change.0)?;
        line.running = running.into();
    }
    Ok(carried)
}

/// Explains a credit balance.
///
/// # Errors
///
/// [`ReportError`] if the account does not exist or cannot be read.
pub fn explain_credit(
    reader: &dyn Reader,
    no: AccountNo,
    as_of: Option<Date>,
    limit: usize,
) -> Result<Explained, ReportError> {
    let mut account =
        reader.account(no)?.ok_or(ReportError::NotFound { document: no.document() })?;
    if let Some(date) = as_of {
        undo_after(reader, &mut account, date)?;
    }
    let limit = limit.min(LINES_MAX);
    // Postings committed since the balance was read are not in it.
    let newest = account.last_credit_posting;
    let mut lines: Vec<ExplainedLine> = Vec::new();
    let mut before: Option<PostingNo> = None;
    'walk: loop {
        let chunk = reader.credit_postings(no, before, limit.max(1))?;
        let Some(last) = chunk.last() else { break };
        before = Some(last.posting.no);
        for located in &chunk {
            let later = as_of.is_some_and(|date| located.posting.date > date);
            if later || Some(located.posting.no) > newest {
                continue;
            }
            if lines.len() == limit {
                break 'walk;
            }
            if let Some(side) = located.posting.credit_balance {
                lines.push(line(located, side.change(located.posting.amount)));
            }
        }
    }
    let carried = finish(&mut lines, account.credit_balance)?;
    Ok(Explained {
        of: "credit_balance",
        document: no.to_string(),
        currency: account.currency,
        as_of,
        balance: account.credit_balance.into(),
        carried_forward: carried.into(),
        lines,
    })
}

/// Explains the balance of an invoice.
///
/// # Errors
///
/// [`ReportError`] if the invoice does not exist or cannot be read.
pub fn explain_invoice(
    reader: &dyn Reader,
    no: InvoiceNo,
    as_of: Option<Date>,
    limit: usize,
) -> Result<Explained, ReportError> {
    let invoice = reader.invoice(no)?.ok_or(ReportError::NotFound { document: no.document() })?;
    let limit = limit.min(LINES_MAX);
    let mut balance = Money::zero(invoice.amount.currency());
    let mut lines: Vec<ExplainedLine> = Vec::new();
    each_invoice_posting(reader, no, |located| {
        if as_of.is_none_or(|date| located.posting.date <= date)
            && let Some(side) = located.posting.invoice
        {
            let change = side.change(located.posting.amount);
            balance = balance.try_add(change)?;
            if lines.len() < limit {
                lines.push(line(located, change));
            }
        }
        Ok(())
    })?;
    let carried = finish(&mut lines, balance)?;
    Ok(Explained {
        of: "invoice_balance",
        document: no.to_string(),
        currency: invoice.amount.currency(),
        as_of,
        balance: balance.into(),
        carried_forward: carried.into(),
        lines,
    })
}

/// Explains an account balance as of now: its open invoices and its credit balance.
///
/// # Errors
///
/// [`ReportError`] if the account does not exist or cannot be read.
pub fn explain_account(reader: &dyn Reader, no: AccountNo) -> Result<Explained, ReportError> {
    let account = reader.account(no)?.ok_or(ReportError::NotFound { document: no.document() })?;
    let settings = reader.settings()?;
    let count_negative = settings.negative_invoices_in_account_balance;
    let balance = account.balance(count_negative)?;
    let mut lines = Vec::new();
    let mut push = |date, document: receivables::Document, entry: String, change: Money| {
        lines.push(ExplainedLine {
            date,
            entry,
            document: document.to_string(),
            document_type: document.kind.name(),
            change: change.into(),
            running: change.into(),
        });
    };
    let entry = |no: Option<receivables::EntryNo>| no.map_or_else(String::new, |no| no.to_string());
    if !account.credit_balance.is_zero() {
        let date = account.last_credit_date.unwrap_or_default();
        let change = account.credit_balance.negated();
        push(date, no.document(), entry(account.last_entry), change);
    }
    let open = reader.open_invoices(no, usize::MAX)?;
    let counted =
        open.iter().filter(|invoice| count_negative || !invoice.amount.is_negative()).rev();
    for invoice in counted.take(LINES_MAX) {
        push(
            invoice.invoice_date,
            invoice.no.document(),
            entry(invoice.posted_entry),
            invoice.ledger,
        );
    }
    let carried = finish(&mut lines, balance)?;
    Ok(Explained {
        of: "account_balance",
        document: no.to_string(),
        currency: account.currency,
        as_of: None,
        balance: balance.into(),
        carried_forward: carried.into(),
        lines,
    })
}
