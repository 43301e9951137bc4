//! The whole book on any date: debits and credits per ledger account.

use std::collections::BTreeMap;

use engine::Reader;
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::journal::LedgerAccount;
use serde::Serialize;

use crate::figures::{Decimal, ReportError};

/// Debits and credits of every ledger account; per currency they are equal.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TrialBalance {
    /// The date it holds for, at its end; absent means everything posted so far.
    #[schema(value_type = Option<String>, format = Date, example = "2026-11-30")]
    pub as_of: Option<Date>,
    /// One line per currency and ledger account.
    pub lines: Vec<TrialBalanceLine>,
}

/// One ledger account in one currency.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct TrialBalanceLine {
    /// Currency of the amounts.
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// Accounting code.
    #[schema(example = "Customer Cash On Account")]
    pub accounting_code: String,
    /// What it is for.
    #[schema(example = "customer_cash_on_account")]
    pub role: &'static str,
    /// Sum of debits.
    #[schema(value_type = String, example = "40.00")]
    pub debit: Decimal,
    /// Sum of credits.
    #[schema(value_type = String, example = "100.00")]
    pub credit: Decimal,
    /// Debits minus credits.
    #[schema(value_type = String, example = "-60.00")]
    pub balance: Decimal,
}

/// The trial balance at the end of `as_of`, or of everything posted so far.
///
/// # Errors
///
/// [`ReportError`] if it cannot be read.
pub fn trial_balance(
    reader: &dyn Reader,
    as_of: Option<Date>,
) -> Result<TrialBalance, ReportError> {
    let mut sums: BTreeMap<(&'static str, LedgerAccount), (Money, Money)> = BTreeMap::new();
    for total in reader.day_totals()? {
        if as_of.is_some_and(|date| total.date > date) {
            continue;
        }
        let zero = Money::zero(total.currency);
        let sum = sums.entry((total.currency.code(), total.account)).or_insert((zero, zero));
        *sum = (sum.0.try_add(total.debit)?, sum.1.try_add(total.credit)?);
    }
    let settings = reader.settings()?;
    let mut lines = Vec::with_capacity(sums.len());
    for ((_, account), (debit, credit)) in sums {
        let entry = settings.chart.entry(account);
        lines.push(TrialBalanceLine {
            currency: debit.currency(),
            accounting_code: entry.map_or_else(String::new, |entry| entry.code.to_string()),
            role: entry.map_or("", |entry| entry.role.name()),
            debit: debit.into(),
            credit: credit.into(),
            balance: debit.try_sub(credit)?.into(),
        });
    }
    Ok(TrialBalance { as_of, lines })
}
