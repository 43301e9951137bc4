//! Approval policies, and what people say of refunds that wait.

use money::{Amount, Currency};
use receivables::approval::{self, Conditions, Level, Policy, PolicyName};
use receivables::command as c;
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::permission::RoleName;
use receivables::reason::ReasonCode;
use receivables::text::{Comment, Reference};
use receivables::{Command, RefundNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Method;
use crate::problem::ApiError;

/// Which electronic refunds a policy is about: all that is said must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyConditions {
    /// In this currency.
    #[schema(value_type = Option<String>, example = "USD")]
    currency: Option<Currency>,
    /// Of more than this; needs `currency`.
    #[schema(value_type = Option<String>, example = "500.00")]
    amount_over: Option<Amount>,
    /// True: without a payment to refer to, as every refund of a credit balance. False: with one.
    non_referenced: Option<bool>,
    /// To one of these kinds of payment method.
    #[serde(default)]
    #[schema(value_type = Vec<Method>, max_items = 11)]
    method_types: Vec<MethodType>,
    /// For an account that was opened less than so many days ago.
    #[schema(minimum = 0, maximum = 65535)]
    account_younger_than_days: Option<u16>,
    /// For one of these reasons.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 50)]
    reason_codes: Vec<ReasonCode>,
    /// For an account to which too much, or too often, was refunded of late; this refund is counted.
    account_total_over: Option<TotalOver>,
    /// Asked for by a person or program that had too much, or too often, refunded of late; this refund is counted.
    requester_total_over: Option<TotalOver>,
    /// True: external refunds, instead of electronic ones. An approved one is to be paid, and closed with its cheque
    /// number.
    #[serde(default)]
    external: bool,
}

/// Too much, or too many refunds, within some days. A refund counts on the business day it is asked for, until it is
/// certain that no money went out.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotalOver {
    /// More than this together; needs `currency`.
    #[schema(value_type = Option<String>, example = "2000.00")]
    amount: Option<Amount>,
    /// More than so many, in any currency.
    #[schema(minimum = 0)]
    count: Option<u32>,
    /// Within so many days that end today; 1 is today alone.
    #[schema(minimum = 1, maximum = 366)]
    days: u16,
}

/// One level: one person with one of these roles.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyLevel {
    /// Names of roles; any of them will do.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    roles: Vec<RoleName>,
}

const HOURS: u16 = 72;

const fn hours() -> u16 {
    HOURS
}

/// Makes an approval policy.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Large payouts", "when": {"currency": "USD", "amount_over": "500.00", "non_referenced": true}, "levels": [{"roles": ["Administrator"]}]}))]
pub(crate) struct MakePolicy {
    /// Its name; unique.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    name: PolicyName,
    /// Which refunds; every electronic one if left out.
    #[serde(default)]
    when: PolicyConditions,
    /// Who has to agree, one after the other.
    #[schema(min_items = 1, max_items = 5)]
    levels: Vec<PolicyLevel>,
    /// After so many hours a request lapses; 72 if left out.
    #[serde(default = "hours")]
    #[schema(minimum = 1, maximum = 8784)]
    expires_after_hours: u16,
}

/// Changes an approval policy; fields left out stay. What waits already goes on waiting as it was asked for.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub(crate) struct ChangePolicy {
    /// False: no refund waits because of it any more.
    active: Option<bool>,
    /// Which refunds, instead of those before.
    when: Option<PolicyConditions>,
    /// Who has to agree, instead of those before.
    #[schema(min_items = 1, max_items = 5)]
    levels: Option<Vec<PolicyLevel>>,
    /// After so many hours a request lapses.
    #[schema(minimum = 1, maximum = 8784)]
    expires_after_hours: Option<u16>,
}

/// Judges a refund that waits for approval.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"comment": "checked against the contract"}))]
pub(crate) struct ReviewRefund {
    /// Why; required to reject.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
}

/// Approves or rejects several refunds. The total says what you saw.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"refunds": ["R-00000002"], "currency": "USD", "total": "60.00", "comment": "checked against the contract"}))]
pub(crate) struct JudgeSeveral {
    /// Numbers or ids of refunds, each once.
    #[schema(min_items = 1, max_items = 200)]
    pub(crate) refunds: Vec<String>,
    /// Their currency.
    #[schema(value_type = String)]
    pub(crate) currency: Currency,
    /// The sum of their amounts.
    #[schema(value_type = String)]
    pub(crate) total: Amount,
    /// Why; required to reject.
    #[schema(value_type = Option<String>, max_length = 255)]
    pub(crate) comment: Option<Comment>,
}

impl PolicyConditions {
    fn conditions(self) -> Result<Conditions, ApiError> {
        let money = |amount: Option<Amount>| match (amount, self.currency) {
            (None, _) => Ok(None),
            (Some(amount), Some(currency)) => {
                Ok(Some(amount.to_money(currency).map_err(receivables::Rejection::from)?))
            }
            (Some(_), None) => {
                let detail =
                    "an amount needs a currency: amounts of different ones cannot be compared";
                let error = ApiError::bad_request("body_invalid", detail);
                Err(error.with("field", "when.currency"))
            }
        };
        let total = |given: Option<TotalOver>| match given {
            None => Ok::<_, ApiError>(None),
            Some(TotalOver { amount, count, days }) => {
                Ok(Some(approval::TotalOver { amount: money(amount)?, count, days }))
            }
        };
        let amount_over = money(self.amount_over)?;
        let account_total_over = total(self.account_total_over)?;
        let requester_total_over = total(self.requester_total_over)?;
        Ok(Conditions {
            currency: self.currency,
            amount_over,
            non_referenced: self.non_referenced,
            method_types: self.method_types,
            account_younger_than_days: self.account_younger_than_days,
            reason_codes: self.reason_codes,
            account_total_over,
            requester_total_over,
            external: self.external,
        })
    }
}

fn levels(given: Vec<PolicyLevel>) -> Vec<Level> {
    given.into_iter().map(|level| Level { roles: level.roles }).collect()
}

impl MakePolicy {
    pub(crate) fn command(self) -> Result<Command, ApiError> {
        Ok(Command::MakePolicy(Policy {
            name: self.name,
            active: true,
            when: self.when.conditions()?,
            levels: levels(self.levels),
            expires_after_hours: self.expires_after_hours,
        }))
    }
}

impl ChangePolicy {
    pub(crate) fn command(self, policy: PolicyName) -> Result<Command, ApiError> {
        Ok(Command::ChangePolicy(c::ChangePolicy {
            policy,
            active: self.active,
            when: self.when.map(PolicyConditions::conditions).transpose()?,
            levels: self.levels.map(levels),
            expires_after_hours: self.expires_after_hours,
        }))
    }
}

/// Says that a refund that was agreed to was paid by hand.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reference": "chq 4711"}))]
pub(crate) struct PayRefund {
    /// The number of the cheque, or another reference of the payment.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    reference: Reference,
    /// Anything else.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
}

impl PayRefund {
    pub(crate) fn command(self, refund: Ref<RefundNo>) -> Command {
        let Self { reference, comment } = self;
        Command::PayRefund(c::PayRefund { order: refund.into(), reference, comment })
    }
}

impl ReviewRefund {
    pub(crate) fn review(self, refund: Ref<RefundNo>) -> c::Review {
        c::Review { order: refund.into(), comment: self.comment }
    }
}
