//! Roles and API keys.

use jiff::Timestamp;
use receivables::Command;
use receivables::approval::PersonName;
use receivables::command as c;
use receivables::permission::{Permissions, Role, RoleDescription, RoleName};
use receivables::text::Reference;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::ApiError;

/// How many roles one caller may have.
const ROLES_OF_ONE_MAX: usize = 20;

/// Makes a role.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Refund desk", "permissions": ["view_accounts", "credit_balance_electronic_refund"]}))]
pub(crate) struct MakeRole {
    /// Its name; unique whatever its case.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    name: RoleName,
    /// What it is for.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    description: Option<RoleDescription>,
    /// Codes of the permissions it grants, as `GET /api/v1/permissions` lists them.
    #[schema(value_type = Vec<String>, max_items = 64)]
    permissions: Permissions,
}

/// Changes a role; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"permissions": ["view_accounts"]}))]
pub(crate) struct ChangeRole {
    /// What it is for.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    description: Option<RoleDescription>,
    /// Codes of the permissions it grants from now on.
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    permissions: Option<Permissions>,
    /// False: it grants nothing to anyone.
    active: Option<bool>,
}

/// Makes an API key.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "web shop", "roles": ["Payments Standard User"]}))]
pub(crate) struct CreateApiKey {
    /// Its name; unique, stands in the history as the actor.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    pub(crate) name: Reference,
    /// Names of its roles.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub(crate) roles: Vec<RoleName>,
    /// The person it belongs to; a program's, if left out. Only people approve refunds, and keys of one person count as
    /// one.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60)]
    pub(crate) person: Option<PersonName>,
    /// From when on it is not taken any more; never, if left out.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Timestamp>,
}

/// Changes what an API key may do; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"roles": ["Viewer"]}))]
pub(crate) struct ChangeApiKey {
    /// Names of its roles from now on.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 20)]
    pub(crate) roles: Option<Vec<RoleName>>,
    /// From when on it is not taken any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Timestamp>,
}

impl MakeRole {
    pub(crate) fn command(self) -> Command {
        let Self { name, description, permissions } = self;
        Command::MakeRole(c::MakeRole { name, description, permissions })
    }
}

impl ChangeRole {
    /// What the role will be.
    pub(crate) fn foresee(&self, role: &mut Role) {
        role.permissions = self.permissions.unwrap_or(role.permissions);
        role.active = self.active.unwrap_or(role.active);
    }

    pub(crate) fn command(self, role: RoleName) -> Command {
        let Self { description, permissions, active } = self;
        Command::ChangeRole(c::ChangeRole { role, description, permissions, active })
    }
}

/// The roles without repetitions, if there are enough and not too many.
pub(crate) fn roles(given: Vec<RoleName>) -> Result<Vec<RoleName>, ApiError> {
    let mut roles: Vec<RoleName> = Vec::with_capacity(given.len());
    for role in given {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    if roles.is_empty() || roles.len() > ROLES_OF_ONE_MAX {
        let detail = format!("roles: name at least one role and at most {ROLES_OF_ONE_MAX}");
        return Err(ApiError::bad_request("body_invalid", detail).with("field", "roles"));
    }
    Ok(roles)
}
