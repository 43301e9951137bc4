//! Commands about who may do what: roles, approval policies, and judging refunds that wait.

use jiff::civil::Date;
use serde::Serialize;

use super::OrderRef;
use crate::approval::{Conditions, Level, PolicyName};
use crate::period::{PeriodName, PeriodStatus};
use crate::permission::{Permissions, RoleDescription, RoleName};
use crate::reason::{Category, ReasonCode};
use crate::text::{Comment, Reference};

/// Makes a role.
#[derive(Clone, Debug, Serialize)]
pub struct MakeRole {
    /// Its name.
    pub name: RoleName,
    /// What it is for.
    pub description: Option<RoleDescription>,
    /// What it grants.
    pub permissions: Permissions,
}

/// Changes a role; fields left out stay.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeRole {
    /// Which role.
    pub role: RoleName,
    /// What it is for.
    pub description: Option<RoleDescription>,
    /// What it grants from now on.
    pub permissions: Option<Permissions>,
    /// Whether it grants anything.
    pub active: Option<bool>,
}

/// Changes an approval policy; fields left out stay.
#[derive(Clone, Debug, Serialize)]
pub struct ChangePolicy {
    /// Which policy.
    pub policy: PolicyName,
    /// Whether refunds wait because of it.
    pub active: Option<bool>,
    /// Which refunds, instead of those before.
    pub when: Option<Conditions>,
    /// The levels, instead of those before.
    pub levels: Option<Vec<Level>>,
    /// After how many hours a request lapses.
    pub expires_after_hours: Option<u16>,
}

/// Judges a refund that waits for approval.
#[derive(Clone, Debug, Serialize)]
pub struct Review {
    /// The refund.
    pub order: OrderRef,
    /// Why.
    pub comment: Option<Comment>,
}

/// Adds a reason code.
#[derive(Clone, Debug, Serialize)]
pub struct MakeReasonCode {
    /// What it is given for.
    pub category: Category,
    /// The code.
    pub code: ReasonCode,
}

/// Changes a reason code; what is left out stays.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeReasonCode {
    /// What it is given for.
    pub category: Category,
    /// The code.
    pub code: ReasonCode,
    /// Whether it may be given.
    pub active: Option<bool>,
    /// Make it the default of its category.
    pub default: bool,
}

/// Makes an accounting period.
#[derive(Clone, Debug, Serialize)]
pub struct MakePeriod {
    /// Its name.
    pub name: PeriodName,
    /// Its first day: the day after the last period, if there is one.
    pub first_day: Date,
    /// Its last day.
    pub last_day: Date,
}

/// Opens, half closes or closes an accounting period.
#[derive(Clone, Debug, Serialize)]
pub struct ChangePeriod {
    /// Which period.
    pub period: PeriodName,
    /// What it is from now on.
    pub status: PeriodStatus,
}

/// Says that a refund that was agreed to was paid by hand.
#[derive(Clone, Debug, Serialize)]
pub struct PayRefund {
    /// The refund.
    pub order: OrderRef,
    /// The number of the cheque, or another reference of the payment.
    pub reference: Reference,
    /// Anything else.
    pub comment: Option<Comment>,
}
