//! Accounts by how they stand. A page looks through the accounts ([`walk`]). Rejected: an index of balances, which every
//! decision would pay for.

use std::cmp::Reverse;

use engine::Reader;
use money::Currency;
use receivables::account::{Account, AccountStatus};
use receivables::{AccountNo, Settings};

use crate::context::cursor;
use crate::history::wanted_currency;
use crate::list::{Listed, invalid};
use crate::problem::ApiError;
use crate::walk::{step_of, walk};

/// What an account has.
#[derive(Clone, Copy, Debug)]
enum With {
    CreditBalance,
    Available,
    Held,
    OpenInvoices,
}

/// How an account stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    status: Option<AccountStatus>,
    currency: Option<Currency>,
    with: Option<With>,
}

impl Standing {
    /// What is asked for; none if nothing is.
    pub(crate) fn read(
        status: Option<&str>,
        currency: Option<&str>,
        with: Option<&str>,
    ) -> Result<Option<Self>, ApiError> {
        if status.is_none() && currency.is_none() && with.is_none() {
            return Ok(None);
        }
        let wrong = |field: &'static str, detail: &str| {
            invalid(format!("{field}: {detail}")).with("field", field)
        };
        let status = status.map(|status| match status {
            "active" => Ok(AccountStatus::Active),
            "canceled" => Ok(AccountStatus::Canceled),
            _ => Err(wrong("status", "write active or canceled")),
        });
        let currency = currency.map(wanted_currency);
        let with = with.map(|with| match with {
            "credit_balance" => Ok(With::CreditBalance),
            "available" => Ok(With::Available),
            "held" => Ok(With::Held),
            "open_invoices" => Ok(With::OpenInvoices),
            _ => Err(wrong("with", "write credit_balance, available, held or open_invoices")),
        });
        let (status, currency) = (status.transpose()?, currency.transpose()?);
        Ok(Some(Self { status, currency, with: with.transpose()? }))
    }

    fn fits(self, account: &Account, settings: &Settings) -> Result<bool, money::MoneyError> {
        let count_negative = settings.negative_invoices_in_account_balance;
        let has = match self.with {
            None => true,
            Some(With::CreditBalance) => account.credit_balance.is_positive(),
            Some(With::Available) => account.available()?.is_positive(),
            Some(With::Held) => account.held.is_positive(),
            Some(With::OpenInvoices) => !account.total_invoice_balance(count_negative)?.is_zero(),
        };
        let status = self.status.is_none_or(|status| account.status == status);
        let currency = self.currency.is_none_or(|currency| account.currency == currency);
        Ok(has && status && currency)
    }

    /// The accounts of a page that stand so, newest first, and the cursor of the next one.
    pub(crate) fn page(
        self,
        reader: &dyn Reader,
        listed: Listed,
    ) -> Result<(Vec<AccountNo>, Option<String>), ApiError> {
        let Listed::Page { before, limit, with } = listed else {
            return listed.numbers(reader);
        };
        let settings = reader.settings()?;
        let read = |before, limit| {
            let step = Listed::Page { before, limit, with: with.clone() };
            let (numbers, _) = step.numbers::<AccountNo>(reader)?;
            let mut accounts = reader.accounts(&numbers)?;
            accounts.sort_unstable_by_key(|account| Reverse(account.no));
            // Checked here, so that what is wanted needs no answer but yes or no.
            let fits = |account: Account| Ok((account.no, self.fits(&account, &settings)?));
            let fitting: Result<Vec<_>, money::MoneyError> =
                accounts.into_iter().map(fits).collect();
            fitting.map_err(|error| ApiError::internal(error.to_string()))
        };
        let place = |(AccountNo(no), _): &(AccountNo, bool)| *no;
        let steps = (limit, step_of(limit, true));
        let (found, next) = walk(read, |(_, fits)| *fits, place, before, steps)?;
        Ok((found.into_iter().map(|(no, _)| no).collect(), next.map(cursor)))
    }
}
