//! What was refunded of late, to one account or at one person's asking: policies may limit the sum (capabilities D35).
//!
//! A refund counts from the moment it is asked for, on the business day it is asked for, whatever date it bears: a
//! date in the past hides nothing. It stops to count once it is certain that no money went out: when it was rejected,
//! withdrawn, declined, returned, or canceled. Who asks is the person, where one is known, else the program; so a
//! person does not begin anew with another key.

use std::sync::Arc;

use jiff::{Span, Timestamp, civil::Date};
use money::Money;
use serde::{Deserialize, Serialize};

use super::{PersonName, Requester, plain};
use crate::id::Numbered;
use crate::order::OrderState;
use crate::{AccountNo, Command, Document, Settings};

/// How many days back a policy may look: a year.
pub const DAYS_MAX: u16 = 366;
/// How many refunds of a person, or decisions on an account, are looked at. If there are more within the days of a policy,
/// they come to too much, whatever their sum is.
pub const LOOKED_AT_MAX: usize = 100_000;

/// Whose refunds are summed up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Party {
    /// Those to a customer.
    Account(AccountNo),
    /// Those that somebody asked for.
    Asker(Asker),
}

/// The name of a person or program, so that one person has one: case and blanks around it make no difference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asker(Box<str>);

impl Asker {
    /// The person behind a caller; the caller itself if there is none.
    pub fn of(caller: &str, person: Option<&PersonName>) -> Self {
        Self(plain(person.map_or(caller, PersonName::as_str)).into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Asker {
    /// A name that was written by [`Asker::as_str`].
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

/// The refunds of a party that count, from some instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRefunds {
    /// From when on.
    pub since: Timestamp,
    /// When each was asked for, and its amount.
    pub refunds: Arc<[(Timestamp, Money)]>,
    /// When the latest was asked for, or decided, that is one too many to look at; neither it nor those before it are here.
    pub cut_at: Option<Timestamp>,
    /// Those that were decided since they were loaded.
    pub added: Vec<(Timestamp, Money)>,
}

impl PastRefunds {
    /// What was found, and where it was cut off.
    pub fn new(
        since: Timestamp,
        refunds: Vec<(Timestamp, Money)>,
        cut_at: Option<Timestamp>,
    ) -> Self {
        Self { since, refunds: refunds.into(), cut_at, added: Vec::new() }
    }

    /// Whether those since `since` come to too much or too many, together with one of `more`.
    pub(super) fn exceed(&self, since: Timestamp, more: Money, limit: &TotalOver) -> bool {
        if self.cut_at.is_some_and(|cut_at| cut_at >= since) {
            return true;
        }
        let all = || self.refunds.iter().chain(&self.added);
        let within = || all().filter(|(at, _)| *at >= since).map(|(_, amount)| *amount);
        let too_many = |count: u32| u64::from(count) <= within().count() as u64;
        let too_much = |most: Money| {
            let mut same = within().filter(|amount| amount.currency() == most.currency());
            let sum = same.try_fold(more, Money::try_add);
            // A sum that leaves the range is more than any amount.
            most.currency() == more.currency() && !sum.is_ok_and(|sum| sum.minor() <= most.minor())
        };
        limit.count.is_some_and(too_many) || limit.amount.is_some_and(too_much)
    }
}

/// What a policy with a total has to know before a refund is decided.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefundsNeeded {
    /// The account the refund is to, or the payment it refunds.
    pub of: Document,
    /// Who asks.
    pub asker: Asker,
    /// When.
    pub at: Timestamp,
}

impl RefundsNeeded {
    /// What `command` needs; nothing, if it refunds nothing.
    pub fn by(command: &Command, by: Requester<'_>, at: Timestamp) -> Option<Self> {
        let of = match command.bare() {
            Command::RefundCreditBalance(command) => command.account.no.document(),
            Command::RefundPayment(command) => command.payment.no.document(),
            _ => return None,
        };
        Some(Self { of, asker: Asker::of(by.name, by.person), at })
    }
}

/// Whether a refund in this state may have paid something out, or still may.
pub const fn counts(state: OrderState) -> bool {
    state.is_held() || state.is_effective()
}

impl Settings {
    /// From when on past refunds of accounts, and of askers, are looked at by an active policy.
    pub fn refunds_looked_at(&self, at: Timestamp) -> LookedAt {
        let (mut account, mut asker) = (None, None);
        for policy in self.policies.iter().filter(|policy| policy.active) {
            account = account.max(policy.when.account_total_over.map(|total| total.days));
            asker = asker.max(policy.when.requester_total_over.map(|total| total.days));
        }
        let today = self.business_date(at);
        let since = |days: Option<u16>| days.map(|days| self.beginning_of(first_day(today, days)));
        LookedAt { account: since(account), asker: since(asker) }
    }
}

/// From when on past refunds are looked at; none, if they are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookedAt {
    /// Those to accounts.
    pub account: Option<Timestamp>,
    /// Those by askers.
    pub asker: Option<Timestamp>,
}

/// The first of `days` days that end today.
pub(super) fn first_day(today: Date, days: u16) -> Date {
    today.saturating_sub(Span::new().days(days.saturating_sub(1)))
}

/// Too much, or too many refunds, within some days; the one that is asked for is included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalOver {
    /// Of more than this together, in its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// More than so many, in any currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Within so many business days that end today; 1 is today alone.
    pub days: u16,
}

#[cfg(test)]
mod tests {
    use super::*;
    use money::Currency;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::USD)
    }

    fn over(amount: Option<i64>, count: Option<u32>) -> TotalOver {
        TotalOver { amount: amount.map(usd), count, days: 1 }
    }

    #[test]
    fn one_person_has_one_name() {
        let ann = PersonName::try_new(" Ann Meyer ").unwrap();
        assert_eq!(Asker::of("key 7", Some(&ann)), Asker::of("ann meyer", None));
        assert_ne!(Asker::of("key 7", None), Asker::of("key 8", None));
    }

    #[test]
    fn only_what_lies_within_the_days_and_the_currency_counts() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (old, new) = (at("2026-03-01T12:00:00Z"), at("2026-03-02T00:00:00Z"));
        let eur = Money::from_minor(900, "EUR".parse().unwrap());
        let mut past =
            PastRefunds::new(old, vec![(new, usd(60)), (new, eur), (old, usd(400))], None);
        let hundred = over(Some(100), None);
        assert!(!past.exceed(new, usd(40), &hundred));
        assert!(past.exceed(new, usd(41), &hundred));
        assert!(past.exceed(old, usd(1), &hundred));
        assert!(!past.exceed(old, eur, &hundred), "another currency");
        assert!(!past.exceed(new, usd(41), &over(None, Some(3))));
        assert!(past.exceed(old, usd(41), &over(None, Some(3))), "the fourth");
        assert!(past.exceed(new, usd(41), &over(Some(100), Some(3))), "either");
        past.added.push((new, usd(1)));
        assert!(past.exceed(new, usd(40), &hundred), "decided since");
        // Of what was cut off nobody knows; what lies behind it is known.
        let cut = PastRefunds::new(old, vec![(new, usd(1))], Some(old));
        assert!(cut.exceed(old, usd(1), &over(Some(i64::MAX), None)));
        assert!(!cut.exceed(new, usd(1), &hundred));
        assert!(past.exceed(new, usd(i64::MAX), &over(Some(i64::MAX), None)), "out of range");
    }

    #[test]
    fn a_day_is_today_and_two_are_yesterday_too() {
        let today: Date = "2026-03-01".parse().unwrap();
        assert_eq!(first_day(today, 1), today);
        assert_eq!(first_day(today, 2).to_string(), "2026-02-28");
    }
}
