//! Accounts by how they stand: a page looks through the accounts from where the page before ended, at no more than
//! [`WALK_MAX`] of them. Rejected: an index of balances, which every decision would pay for.

use engine::Reader;
use money::Currency;
use receivables::account::{Account, AccountStatus};
use receivables::{AccountNo, Settings};

use crate::context::cursor;
use crate::list::{Listed, invalid};
use crate::problem::ApiError;

/// At most so many accounts are looked at for one page.
const WALK_MAX: usize = 2_000;
/// So many are read at once.
const STEP: usize = 200;

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
        let currency = currency.map(|currency| {
            let known = currency.parse::<Currency>();
            known.map_err(|error| wrong("currency", &format!("{error}; write it like USD")))
        });
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
        let Listed::Page { mut before, limit, with } = listed else {
            return listed.numbers(reader);
        };
        let (settings, mut found) = (reader.settings()?, Vec::new());
        for _ in 0..WALK_MAX / STEP {
            let step = Listed::Page { before, limit: STEP, with: with.clone() };
            let (numbers, next) = step.numbers::<AccountNo>(reader)?;
            let mut accounts = reader.accounts(&numbers)?;
            accounts.sort_unstable_by_key(|account| std::cmp::Reverse(account.no));
            for account in &accounts {
                let fits = self.fits(account, &settings);
                if !fits.map_err(|error| ApiError::internal(error.to_string()))? {
                    continue;
                }
                if found.len() == limit {
                    return Ok((found, before.map(cursor)));
                }
                found.push(account.no);
                let AccountNo(no) = account.no;
                before = Some(no);
            }
            if next.is_none() {
                return Ok((found, None));
            }
            before = numbers.last().map(|AccountNo(no)| *no);
        }
        Ok((found, before.map(cursor)))
    }
}
