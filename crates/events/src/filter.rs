//! Which events an endpoint wants.

use receivables::AccountNo;
use serde::{Deserialize, Serialize};

use crate::kind::EventKind;

/// How many types, and how many accounts, one filter may name.
pub const TYPES_MAX: usize = 100;

/// Types, as names or with `*` at the end, and accounts. Empty lists take everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Such as `invoice.posted`, `refund.*` or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
    /// Only what concerns these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountNo>,
}

/// A filter that takes nothing, or too much is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No type has that name, or a name that begins so.
    #[error(
        "no event has the type {0:?}; docs/events.md lists the types, and a * stands at the end only"
    )]
    UnknownType(String),
    /// Too many.
    #[error("a filter names at most {TYPES_MAX} types and as many accounts")]
    TooMany,
}

impl Filter {
    /// A filter on these types, each of which takes something.
    ///
    /// # Errors
    ///
    /// [`FilterError`].
    pub fn new(types: Vec<String>, accounts: Vec<AccountNo>) -> Result<Self, FilterError> {
        if types.len() > TYPES_MAX || accounts.len() > TYPES_MAX {
            return Err(FilterError::TooMany);
        }
        if let Some(unknown) =
            types.iter().find(|wanted| !EventKind::ALL.iter().any(|kind| fits(wanted, *kind)))
        {
            return Err(FilterError::UnknownType(unknown.chars().take(60).collect()));
        }
        Ok(Self { types, accounts })
    }

    /// Whether the endpoint wants what concerns this account.
    pub fn wants_account(&self, account: AccountNo) -> bool {
        self.accounts.is_empty() || self.accounts.contains(&account)
    }

    /// Whether it wants events of this type.
    pub fn wants(&self, kind: EventKind) -> bool {
        self.types.is_empty() || self.types.iter().any(|wanted| fits(wanted, kind))
    }
}

fn fits(wanted: &str, kind: EventKind) -> bool {
    match wanted.strip_suffix('*') {
        Some(beginning) => kind.name().starts_with(beginning),
        None => kind.name() == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(types: &[&str]) -> Result<Filter, FilterError> {
        Filter::new(types.iter().map(|text| (*text).to_owned()).collect(), Vec::new())
    }

    #[test]
    fn a_star_at_the_end_takes_every_type_that_begins_so() {
        let refunds = filter(&["refund.*", "journal.posted"]).unwrap();
        assert!(refunds.wants(EventKind::RefundFailed));
        assert!(refunds.wants(EventKind::JournalPosted));
        assert!(!refunds.wants(EventKind::CreditBalanceRefundProcessed));
        for everything in [filter(&[]).unwrap(), filter(&["*"]).unwrap()] {
            assert!(EventKind::ALL.iter().all(|kind| everything.wants(*kind)));
        }
    }

    #[test]
    fn a_type_that_takes_nothing_is_refused() {
        for unknown in ["", "invoice", "Invoice.posted", "*.posted", "invoice.p*d", "bill.*"] {
            let refused = filter(&[unknown]).unwrap_err();
            assert_eq!(refused, FilterError::UnknownType(unknown.to_owned()));
        }
        assert_eq!(filter(&["*"; TYPES_MAX + 1]).unwrap_err(), FilterError::TooMany);
    }

    #[test]
    fn a_filter_on_accounts_takes_only_those() {
        let one = Filter::new(Vec::new(), vec![AccountNo(7)]).unwrap();
        assert!(one.wants_account(AccountNo(7)));
        assert!(!one.wants_account(AccountNo(8)));
        assert!(!one.wants_account(AccountNo::ORGANISATION));
    }
}
