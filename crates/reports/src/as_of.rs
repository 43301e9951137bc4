//! Balances on any date, from the history: what postings dated after it did is taken back.

use engine::{Located, Reader};
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::account::Account;
use receivables::id::Numbered;
use receivables::{AccountNo, InvoiceNo};
use serde::Serialize;

use crate::figures::{Decimal, ReportError};
use crate::over_time::at_ends_of;

/// How many postings are read at a time.
const CHUNK: usize = 500;

/// The figures of an account (domain 1.3) on a date.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountFigures {
    /// Account number.
    #[schema(example = "A00000001")]
    pub account: String,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The date the figures hold for, at its end; absent means now.
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-23")]
    pub as_of: Option<Date>,
    /// The figures.
    #[serde(flatten)]
    pub balances: AccountBalances,
}

/// The balances of an account (domain 1.3).
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct AccountBalances {
    /// What the business owes the customer.
    #[schema(value_type = String, example = "100.00")]
    pub credit_balance: Decimal,
    /// Sum of the balances of posted invoices, under the rule for negative ones.
    #[schema(value_type = String, example = "0.00")]
    pub total_invoice_balance: Decimal,
    /// Total invoice balance minus credit balance.
    #[schema(value_type = String, example = "-100.00")]
    pub account_balance: Decimal,
}

impl AccountBalances {
    /// Those of an account; `count_negative` is the rule for negative invoices.
    pub(crate) fn of(account: &Account, count_negative: bool) -> Result<Self, ReportError> {
        Ok(Self {
            credit_balance: account.credit_balance.into(),
            total_invoice_balance: account.total_invoice_balance(count_negative)?.into(),
            account_balance: account.balance(count_negative)?.into(),
        })
    }
}

/// The balance of an invoice on a date.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct InvoiceFigures {
    /// Invoice number.
    #[schema(example = "INV00000001")]
    pub invoice: String,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The date the figure holds for, at its end; absent means now.
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-23")]
    pub as_of: Option<Date>,
    /// The balance.
    #[schema(value_type = String, example = "-70.00")]
    pub balance: Decimal,
}

/// The figures of an account at the end of `as_of`, or now.
///
/// # Errors
///
/// [`ReportError`] if the account does not exist or cannot be read.
pub fn account_as_of(
    reader: &dyn Reader,
    no: AccountNo,
    as_of: Option<Date>,
) -> Result<AccountFigures, ReportError> {
    let mut account =
        reader.account(no)?.ok_or(ReportError::NotFound { document: no.document() })?;
    let settings = reader.settings()?;
    if let Some(date) = as_of {
        undo_after(reader, &mut account, date)?;
    }
    let count_negative = settings.negative_invoices_in_account_balance;
    Ok(AccountFigures {
        account: no.to_string(),
        currency: account.currency,
        as_of,
        balances: AccountBalances::of(&account, count_negative)?,
    })
}

/// Takes back what every posting dated after `date` did to the figures of `account`.
pub(crate) fn undo_after(
    reader: &dyn Reader,
    account: &mut Account,
    date: Date,
) -> Result<(), ReportError> {
    if let Some(then) = at_ends_of(reader, account, &[date], usize::MAX)?.pop() {
        *account = then;
    }
    Ok(())
}

/// The balance of an invoice at the end of `as_of`, or now.
///
/// # Errors
///
/// [`ReportError`] if the invoice does not exist or cannot be read.
pub fn invoice_as_of(
    reader: &dyn Reader,
    no: InvoiceNo,
    as_of: Option<Date>,
) -> Result<InvoiceFigures, ReportError> {
    let invoice = reader.invoice(no)?.ok_or(ReportError::NotFound { document: no.document() })?;
    let mut balance = invoice.ledger;
    if let Some(date) = as_of {
        balance = Money::zero(balance.currency());
        each_invoice_posting(reader, no, |located| {
            if located.posting.date <= date
                && let Some(side) = located.posting.invoice
            {
                balance = balance.try_add(side.change(located.posting.amount))?;
            }
            Ok(())
        })?;
    }
    let currency = balance.currency();
    Ok(InvoiceFigures { invoice: no.to_string(), currency, as_of, balance: balance.into() })
}

/// Visits every posting of an invoice, newest first.
pub(crate) fn each_invoice_posting(
    reader: &dyn Reader,
    no: InvoiceNo,
    mut visit: impl FnMut(&Located) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    let mut before = None;
    loop {
        let chunk = reader.invoice_postings(no, before, CHUNK)?;
        let Some(last) = chunk.last() else { return Ok(()) };
        before = Some(last.posting.no);
        for located in &chunk {
            visit(located)?;
        }
    }
}
