//! What a history holds, counted.

use std::collections::BTreeMap;

use money::Currency;
use receivables::Entry;
use receivables::account::Account;
use receivables::fact::Fact;
use receivables::invoice::Invoice;
use serde::Serialize;

/// How many of each kind, and the sum of all postings by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    pub(crate) entries: u64,
    pub(crate) postings: u64,
    pub(crate) accounts: u64,
    pub(crate) invoices: u64,
    pub(crate) invoice_items: u64,
    pub(crate) payments: u64,
    pub(crate) credit_balance_adjustments: u64,
    pub(crate) invoice_item_adjustments: u64,
    pub(crate) refunds: u64,
    pub(crate) payment_methods: u64,
    pub(crate) gateway_orders: u64,
    pub(crate) gateway_steps: u64,
    pub(crate) label_changes: u64,
    pub(crate) cancellations: u64,
    /// In minor units, by code.
    #[serde(skip)]
    posted: BTreeMap<&'static str, (Currency, i128)>,
}

impl Tally {
    /// Counts an entry.
    pub(super) fn add(&mut self, entry: &Entry) {
        self.entries += 1;
        for fact in &entry.facts {
            let count = match fact {
                Fact::AccountOpened(_) => &mut self.accounts,
                Fact::InvoiceDrafted(drafted) => {
                    self.invoice_items += drafted.items.len() as u64;
                    &mut self.invoices
                }
                Fact::PaymentRecorded(_) => &mut self.payments,
                Fact::CreditBalanceAdjusted(_) => &mut self.credit_balance_adjustments,
                Fact::InvoiceItemAdjusted(_) => &mut self.invoice_item_adjustments,
                Fact::Refunded(_) => &mut self.refunds,
                Fact::Canceled(_) => &mut self.cancellations,
                Fact::PaymentMethodAdded(_) => &mut self.payment_methods,
                Fact::OrderPlaced(_) => &mut self.gateway_orders,
                Fact::OrderMoved(_) => &mut self.gateway_steps,
                Fact::Labeled(_) => &mut self.label_changes,
                Fact::AccountChanged(_)
                | Fact::SettingsChanged(_)
                | Fact::EnteredLate(_)
                | Fact::PaymentMethodChanged(_)
                | Fact::PersonalDataNoted(_)
                | Fact::InvoiceStatusChanged(_) => continue,
            };
            *count += 1;
        }
        for posting in &entry.postings {
            self.postings += 1;
            let currency = posting.amount.currency();
            let posted = self.posted.entry(currency.code()).or_insert((currency, 0));
            posted.1 += i128::from(posting.amount.minor());
        }
    }

    /// Sums of balances, by currency.
    pub(super) fn sums<'a>(
        &self,
        accounts: impl Iterator<Item = &'a Account>,
        invoices: impl Iterator<Item = &'a Invoice>,
    ) -> Vec<Sums> {
        let mut credit: BTreeMap<&str, i128> = BTreeMap::new();
        let mut owed: BTreeMap<&str, i128> = BTreeMap::new();
        for account in accounts {
            let minor = i128::from(account.credit_balance.minor());
            *credit.entry(account.currency.code()).or_default() += minor;
        }
        for invoice in invoices {
            let minor = i128::from(invoice.ledger.minor());
            *owed.entry(invoice.ledger.currency().code()).or_default() += minor;
        }
        let of = |sums: &BTreeMap<&str, i128>, currency: Currency| {
            decimal(sums.get(currency.code()).copied().unwrap_or(0), currency)
        };
        let line = |(currency, posted): &(Currency, i128)| Sums {
            currency: currency.code(),
            credit_balances: of(&credit, *currency),
            invoice_balances: of(&owed, *currency),
            posted: decimal(*posted, *currency),
        };
        self.posted.values().map(line).collect()
    }
}

/// Sums of one currency, as decimals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    pub(crate) currency: &'static str,
    pub(crate) credit_balances: String,
    pub(crate) invoice_balances: String,
    pub(crate) posted: String,
}

/// Sums of millions of amounts may not fit a [`money::Money`].
fn decimal(minor: i128, currency: Currency) -> String {
    let decimals = usize::from(currency.decimals());
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (whole, part) = digits.split_at(digits.len() - decimals);
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_shown_with_the_decimals_of_its_currency() {
        assert_eq!(decimal(-5, Currency::USD), "-0.05");
        assert_eq!(decimal(123_456, Currency::USD), "1234.56");
        assert_eq!(decimal(123_456, Currency::JPY), "123456");
        assert_eq!(decimal(0, Currency::BHD), "0.000");
        assert_eq!(decimal(i128::from(i64::MAX) * 100, Currency::BHD), "922337203685477580.700");
    }
}
