//! Policies: which refunds wait for approval.

use jiff::civil::Date;
use money::{Currency, Money};
use serde::{Deserialize, Serialize};

use super::totals::{PastRefunds, TotalOver, first_day};
use crate::Settings;
use crate::payment::MethodType;
use crate::permission::RoleName;
use crate::reason::ReasonCode;
use crate::text::Text;

/// The name of a policy; unique.
pub type PolicyName = Text<60>;

/// How many policies there may be.
pub const POLICIES_MAX: usize = 100;
/// How many levels a policy may have.
pub const LEVELS_MAX: usize = 5;
/// How many hours a request may wait at most: a year.
pub const HOURS_MAX: u16 = 8_784;

/// One level of approval: one person with one of these roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Any of these roles will do.
    pub roles: Vec<RoleName>,
}

/// Which refunds a policy is about. All that is said must hold; nothing said means every electronic refund.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// In this currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Of more than this amount, in its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_over: Option<Money>,
    /// True: without a payment to refer to. False: with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub non_referenced: Option<bool>,
    /// To one of these kinds of payment method.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub method_types: Vec<MethodType>,
    /// For an account that was opened less than so many days ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_younger_than_days: Option<u16>,
    /// For one of these reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reason_codes: Vec<ReasonCode>,
    /// For an account to which too much, or too often, was refunded of late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_total_over: Option<TotalOver>,
    /// Asked for by somebody who had too much, or too often, refunded of late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester_total_over: Option<TotalOver>,
    /// True: external refunds, instead of electronic ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub external: bool,
}

/// Which refunds wait, and for whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: PolicyName,
    /// Off: nothing waits because of it. What waits already goes on waiting.
    pub active: bool,
    /// Which refunds.
    pub when: Conditions,
    /// One after the other.
    pub levels: Vec<Level>,
    /// After so many hours a request lapses.
    pub expires_after_hours: u16,
}

/// What a policy looks at.
pub(crate) struct Facts<'a> {
    pub(crate) amount: Money,
    pub(crate) non_referenced: bool,
    pub(crate) external: bool,
    pub(crate) method_type: MethodType,
    pub(crate) account_opened: Date,
    pub(crate) today: Date,
    pub(crate) reason_code: &'a ReasonCode,
    /// Refunds of late: to the account, and by who asks. Known where a policy looks at them.
    pub(crate) to_account: Option<&'a PastRefunds>,
    pub(crate) by_requester: Option<&'a PastRefunds>,
    /// Every total counts as exceeded: what is asked for is not counted later, so it could be asked for again and again.
    pub(crate) over_any_total: bool,
}

impl Conditions {
    fn hold(&self, settings: &Settings, facts: &Facts<'_>) -> bool {
        let Self {
            currency,
            amount_over,
            non_referenced,
            method_types,
            account_younger_than_days,
            reason_codes,
            account_total_over,
            requester_total_over,
            external,
        } = self;
        let exceeds = |total: &Option<TotalOver>, past: Option<&PastRefunds>| {
            total.as_ref().is_none_or(|total| {
                let since = settings.beginning_of(first_day(facts.today, total.days));
                facts.over_any_total
                    || past.is_some_and(|past| past.exceed(since, facts.amount, total))
            })
        };
        let age = facts.today.since(facts.account_opened).map_or(0, |span| span.get_days());
        *external == facts.external
            && currency.is_none_or(|wanted| wanted == facts.amount.currency())
            && amount_over.is_none_or(|over| {
                over.currency() == facts.amount.currency() && facts.amount.minor() > over.minor()
            })
            && non_referenced.is_none_or(|wanted| wanted == facts.non_referenced)
            && (method_types.is_empty() || method_types.contains(&facts.method_type))
            && account_younger_than_days.is_none_or(|days| age < i32::from(days))
            && (reason_codes.is_empty() || reason_codes.contains(facts.reason_code))
            && exceeds(account_total_over, facts.to_account)
            && exceeds(requester_total_over, facts.by_requester)
    }
}

/// The active policies that are about such a refund, in the order they were made.
pub(crate) fn matching<'a>(
    settings: &'a Settings,
    facts: &Facts<'_>,
) -> impl Iterator<Item = &'a Policy> {
    settings.policies.iter().filter(|policy| policy.active && policy.when.hold(settings, facts))
}
