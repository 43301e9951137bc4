//! The figures of an account at the end of several days, from one walk back over its entries.
//!
//! What postings dated after a day did is taken back. The entries of one account run forward in time, and only an invoice
//! may be dated ahead of the day it is posted. So the walk ends at the first entry decided on or before the earliest day,
//! unless the account has postings dated ahead of that day.

use std::collections::{HashMap, HashSet};

use engine::Reader;
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::account::Account;
use receivables::id::Numbered;
use receivables::journal::Posting;
use receivables::{AccountNo, Entry, InvoiceNo};
use serde::Serialize;

use crate::as_of::AccountBalances;
use crate::figures::ReportError;

/// So many entries are read first; then twice as many, and so on.
const FIRST_STEP: usize = 50;
/// At most so many entries are read at a time.
const CHUNK: usize = 500;
/// At most so many entries are looked at for the figures of several days.
const ENTRIES_MAX: usize = 1_000;

/// How much earlier a walk back ends, because the time zone may have moved west meanwhile.
pub(crate) const ZONE_SLACK: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);

/// The figures of an account at the end of several days.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct FiguresOverTime {
    /// Account number.
    #[schema(example = "A00000001")]
    pub account: String,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The days that were asked for and are answered, the oldest first.
    pub days: Vec<DayFigures>,
    /// The days that were asked for and lie too far back: more than 1,000 decisions on the account came after them. Ask for
    /// each by itself.
    #[schema(value_type = Vec<String>, format = Date, example = json!([]))]
    pub too_far_back: Vec<Date>,
}

/// The figures of an account at the end of one of several days.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DayFigures {
    /// The day.
    #[schema(value_type = String, format = Date, example = "2026-11-23")]
    pub as_of: Date,
    /// The figures.
    #[serde(flatten)]
    pub balances: AccountBalances,
}

/// The figures of an account at the end of each of `days`, of those that 1,000 entries lead back to.
///
/// # Errors
///
/// [`ReportError`] if the account does not exist or cannot be read.
pub fn account_over_time(
    reader: &dyn Reader,
    no: AccountNo,
    mut days: Vec<Date>,
) -> Result<FiguresOverTime, ReportError> {
    let account = reader.account(no)?.ok_or(ReportError::NotFound { document: no.document() })?;
    let count_negative = reader.settings()?.negative_invoices_in_account_balance;
    days.sort_unstable();
    days.dedup();
    let known = at_ends_of(reader, &account, &days, ENTRIES_MAX)?;
    let answered = days.split_off(days.len() - known.len());
    let figures = |(as_of, account): (Date, Account)| -> Result<DayFigures, ReportError> {
        Ok(DayFigures { as_of, balances: AccountBalances::of(&account, count_negative)? })
    };
    Ok(FiguresOverTime {
        account: no.to_string(),
        currency: account.currency,
        days: answered.into_iter().zip(known).map(figures).collect::<Result<_, _>>()?,
        too_far_back: days,
    })
}

/// `account` as it was at the end of each of `days`, which ascend; only of the last of them, if `most` entries do not
/// lead back to all.
pub(crate) fn at_ends_of(
    reader: &dyn Reader,
    account: &Account,
    days: &[Date],
    most: usize,
) -> Result<Vec<Account>, ReportError> {
    let Some(&earliest) = days.first() else { return Ok(Vec::new()) };
    let settings = reader.settings()?;
    let mut walk = Walk::new(reader, account, days);
    let (mut before, mut looked, mut step) = (None, 0, FIRST_STEP);
    let first = 'back: loop {
        let entries = reader.account_entries(account.no, before, step.min(most - looked))?;
        let Some(last) = entries.last() else { break 0 };
        let reached = |day: &Date, entry: &Entry| {
            let ahead = account.dated_ahead.is_some_and(|ahead| ahead > *day);
            !ahead && settings.business_date(entry.head.at) <= day.saturating_sub(ZONE_SLACK)
        };
        before = Some(last.head.no);
        looked += entries.len();
        step = step.saturating_mul(2).min(CHUNK);
        walk.learn(&entries)?;
        // Entries committed since the figures were read are not in them.
        for entry in entries.iter().filter(|entry| Some(entry.head.no) <= account.last_entry) {
            if reached(&earliest, entry) {
                break 'back 0;
            }
            for posting in &entry.postings {
                walk.undo(posting)?;
            }
        }
        if last.head.previous.is_some() && looked >= most {
            break days.iter().position(|day| reached(day, last)).unwrap_or(days.len());
        }
    };
    walk.accounts(first)
}

/// What is taken back on the way.
struct Walk<'a> {
    reader: &'a dyn Reader,
    days: &'a [Date],
    /// Whether an invoice has a negative total, of those met so far.
    negative: HashMap<InvoiceNo, bool>,
    /// For each day, what postings after it and up to the next day changed.
    changes: Vec<Change>,
    account: &'a Account,
}

#[derive(Clone, Copy)]
struct Change {
    credit: Money,
    positive: Money,
    negative: Money,
}

impl<'a> Walk<'a> {
    fn new(reader: &'a dyn Reader, account: &'a Account, days: &'a [Date]) -> Self {
        let zero = Money::zero(account.currency);
        let changes = vec![Change { credit: zero, positive: zero, negative: zero }; days.len()];
        Self { reader, days, negative: HashMap::new(), changes, account }
    }

    /// Reads the invoices of what is to be taken back, those of several entries by one question.
    fn learn(&mut self, entries: &[Entry]) -> Result<(), ReportError> {
        let postings = entries.iter().flat_map(|entry| &entry.postings);
        let after =
            postings.filter(|posting| self.days.first().is_some_and(|day| posting.date > *day));
        let invoices = after.filter_map(|posting| Some(posting.invoice?.invoice));
        let unknown: HashSet<InvoiceNo> =
            invoices.filter(|no| !self.negative.contains_key(no)).collect();
        if !unknown.is_empty() {
            let unknown: Vec<InvoiceNo> = unknown.into_iter().collect();
            let found = self.reader.invoices(&unknown)?;
            self.negative.extend(found.iter().map(|it| (it.no, it.amount.is_negative())));
        }
        Ok(())
    }

    fn undo(&mut self, posting: &Posting) -> Result<(), ReportError> {
        let before = self.days.partition_point(|day| *day < posting.date);
        let Some(change) = before.checked_sub(1).and_then(|place| self.changes.get_mut(place))
        else {
            return Ok(());
        };
        if let Some(side) = posting.credit_balance {
            change.credit = change.credit.try_add(side.change(posting.amount))?;
        }
        if let Some(side) = posting.invoice {
            let negative = self.negative.get(&side.invoice).copied().unwrap_or(false);
            let sum = if negative { &mut change.negative } else { &mut change.positive };
            *sum = sum.try_add(side.change(posting.amount))?;
        }
        Ok(())
    }

    /// The account at the end of each day from the one at `first` on.
    fn accounts(&self, first: usize) -> Result<Vec<Account>, ReportError> {
        let mut account = *self.account;
        let mut found = Vec::new();
        for change in self.changes.iter().skip(first).rev() {
            account.credit_balance = account.credit_balance.try_sub(change.credit)?;
            account.positive_invoice_balance =
                account.positive_invoice_balance.try_sub(change.positive)?;
            account.negative_invoice_balance =
                account.negative_invoice_balance.try_sub(change.negative)?;
            found.push(account);
        }
        found.reverse();
        Ok(found)
    }
}
