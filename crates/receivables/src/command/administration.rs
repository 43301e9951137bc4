//! Commands about who may do what: roles, approval policies, and judging refunds that wait.

use serde::Serialize;

use super::OrderRef;
use crate::approval::{Conditions, Level, PolicyName};
use crate::permission::{Permissions, RoleDescription, RoleName};
use crate::text::Comment;

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
