//! Accounting periods and reason codes.

use jiff::civil::Date;
use receivables::Command;
use receivables::command as c;
use receivables::period::{PeriodName, PeriodStatus};
use receivables::reason::{Category, ReasonCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether an accounting period takes entries.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PeriodState {
    /// Takes entries.
    Open,
    /// Takes entries of those who have *Manage Close Process*.
    PendingClose,
    /// Locked.
    Closed,
}

/// What a reason code is given for.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReasonCategory {
    /// Refund of a payment.
    PaymentRefund,
    /// Refund of a credit balance.
    CreditBalanceRefund,
    /// Credit balance adjustment, or its cancellation.
    CreditBalanceAdjustment,
    /// Invoice item adjustment.
    InvoiceItemAdjustment,
}

/// Makes an accounting period. The first one may begin on any day; the others on the day after the last one.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "2026-06", "first_day": "2026-06-01", "last_day": "2026-06-30"}))]
pub(crate) struct MakePeriod {
    /// Its name; unique.
    #[schema(value_type = String, min_length = 1, max_length = 40)]
    name: PeriodName,
    /// Its first day.
    #[serde(deserialize_with = "super::a_day")]
    #[schema(value_type = String, format = Date)]
    first_day: Date,
    /// Its last day.
    #[serde(deserialize_with = "super::a_day")]
    #[schema(value_type = String, format = Date)]
    last_day: Date,
}

/// Opens, half closes or closes an accounting period.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "closed"}))]
pub(crate) struct ChangePeriod {
    /// What it is from now on.
    #[schema(value_type = PeriodState)]
    status: PeriodStatus,
}

/// Adds a reason code.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"category": "credit_balance_refund", "code": "Goodwill"}))]
pub(crate) struct MakeReasonCode {
    /// What it is given for.
    #[schema(value_type = ReasonCategory)]
    category: Category,
    /// The code; unique in its category.
    #[schema(value_type = String, min_length = 1, max_length = 32)]
    code: ReasonCode,
}

/// Changes a reason code; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"active": false}))]
pub(crate) struct ChangeReasonCode {
    /// Whether it may be given.
    active: Option<bool>,
    /// Make it the default of its category; that activates it.
    #[serde(default)]
    default: bool,
}

impl MakePeriod {
    pub(crate) fn command(self) -> Command {
        let Self { name, first_day, last_day } = self;
        Command::MakePeriod(c::MakePeriod { name, first_day, last_day })
    }
}

impl ChangePeriod {
    pub(crate) fn command(self, period: PeriodName) -> Command {
        Command::ChangePeriod(c::ChangePeriod { period, status: self.status })
    }
}

impl MakeReasonCode {
    pub(crate) fn command(self) -> Command {
        let Self { category, code } = self;
        Command::MakeReasonCode(c::MakeReasonCode { category, code })
    }
}

impl ChangeReasonCode {
    pub(crate) fn command(self, category: Category, code: ReasonCode) -> Command {
        let Self { active, default } = self;
        Command::ChangeReasonCode(c::ChangeReasonCode { category, code, active, default })
    }
}
