//! Approvals: policies, what a refund waits for, and who agreed.

use jiff::Timestamp;
use money::Currency;
use receivables::approval::{ApprovalNeeded, Level, Policy, TotalOver};
use receivables::order::Order;
use receivables::payment::MethodType;
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::adjustments::RuleCheck;
use super::orders::WaitingOrder;
use crate::body::Method;

/// Which refunds wait, and for whom.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PolicyView {
    /// Its name.
    #[schema(example = "Large payouts")]
    name: String,
    /// False: no refund waits because of it.
    active: bool,
    /// Which refunds: all that is said must hold.
    when: ConditionsView,
    /// Who has to agree, one after the other: names of roles, of which any will do.
    levels: Vec<Vec<String>>,
    /// After so many hours a request lapses.
    #[schema(example = 72)]
    expires_after_hours: u16,
}

/// Which refunds a policy is about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ConditionsView {
    /// In this currency.
    #[schema(value_type = Option<String>, example = "USD")]
    currency: Option<Currency>,
    /// Of more than this.
    #[schema(value_type = Option<String>, example = "500.00")]
    amount_over: Option<Decimal>,
    /// True: without a payment to refer to. False: with one.
    non_referenced: Option<bool>,
    /// To one of these kinds of payment method; to any, if there are none.
    #[schema(value_type = Vec<Method>)]
    method_types: Vec<MethodType>,
    /// For an account that was opened less than so many days ago.
    account_younger_than_days: Option<u16>,
    /// For one of these reasons; for any, if there are none.
    reason_codes: Vec<String>,
    /// For an account to which too much, or too often, was refunded of late.
    #[serde(skip_serializing_if = "Option::is_none")]
    account_total_over: Option<TotalOverView>,
    /// Asked for by a person or program that had too much, or too often, refunded of late.
    #[serde(skip_serializing_if = "Option::is_none")]
    requester_total_over: Option<TotalOverView>,
    /// True: external refunds, instead of electronic ones.
    external: bool,
}

/// Too much, or too many refunds, within some days.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct TotalOverView {
    /// More than this together.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "2000.00")]
    amount: Option<Decimal>,
    /// More than so many, in any currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    /// Within so many days that end today.
    days: u16,
}

impl TotalOverView {
    fn new(total: TotalOver) -> Self {
        let TotalOver { amount, count, days } = total;
        Self { amount: amount.map(Decimal), count, days }
    }
}

fn names(level: &Level) -> Vec<String> {
    level.roles.iter().map(ToString::to_string).collect()
}

impl PolicyView {
    pub(crate) fn new(policy: &Policy) -> Self {
        let when = &policy.when;
        Self {
            name: policy.name.to_string(),
            active: policy.active,
            when: ConditionsView {
                currency: when.currency,
                amount_over: when.amount_over.map(Decimal),
                non_referenced: when.non_referenced,
                method_types: when.method_types.clone(),
                account_younger_than_days: when.account_younger_than_days,
                account_total_over: when.account_total_over.map(TotalOverView::new),
                requester_total_over: when.requester_total_over.map(TotalOverView::new),
                reason_codes: when.reason_codes.iter().map(ToString::to_string).collect(),
                external: when.external,
            },
            levels: policy.levels.iter().map(names).collect(),
            expires_after_hours: policy.expires_after_hours,
        }
    }
}

/// What a refund waits for, or waited for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ApprovalView {
    /// The caller who asked for the refund.
    #[schema(example = "web shop")]
    requested_by: String,
    /// The person behind it.
    person: Option<String>,
    /// The policies that ask for approval.
    policies: Vec<String>,
    /// Who has to agree, one after the other: names of roles, of which any will do.
    levels: Vec<Vec<String>>,
    /// Who agreed so far, a level each.
    approvals: Vec<GivenView>,
    /// From when on nobody can approve it any more.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// One level was approved.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GivenView {
    /// The person.
    #[schema(example = "Ada Lovelace")]
    person: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl ApprovalView {
    /// What was asked for when the order was placed.
    pub(crate) fn placed(needed: &ApprovalNeeded) -> Self {
        Self {
            requested_by: needed.requested_by.clone(),
            person: needed.person.as_ref().map(ToString::to_string),
            policies: needed.policies.iter().map(ToString::to_string).collect(),
            levels: needed.levels.iter().map(names).collect(),
            approvals: Vec::new(),
            expires_at: needed.expires_at,
        }
    }

    /// As it stands; none if the order never waited.
    pub(crate) fn new(order: &Order) -> Option<Self> {
        let given = order.approvals.iter();
        let given = given.map(|it| GivenView { person: it.person.to_string(), at: it.at });
        let approvals = given.collect();
        let needed = order.placed.approval.as_ref()?;
        Some(Self { approvals, ..Self::placed(needed) })
    }
}

/// A refund that waits for approval.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WaitingRefund {
    /// What it is, and everything known of it.
    #[serde(flatten)]
    pub(crate) waiting: WaitingOrder,
    /// Whether you could approve it now, and why not; absent if the rules cannot be asked now.
    pub(crate) approve: Option<RuleCheck>,
}
