//! Roles, permissions, API keys, and who calls.

use engine::ApiKey;
use jiff::Timestamp;
use receivables::Settings;
use receivables::approval::PersonName;
use receivables::permission::{Permission, Permissions, Role, RoleName, Standard};
use serde::Serialize;
use utoipa::ToSchema;

use super::LoginView;

/// One thing a caller may be allowed to do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PermissionView {
    /// Its stable code.
    #[schema(example = "credit_balance_electronic_refund")]
    code: &'static str,
    /// Where it is listed.
    #[schema(example = "Credit Balance")]
    area: &'static str,
    /// Its name.
    #[schema(example = "Credit Balance Electronic Refund")]
    name: &'static str,
    /// What it allows.
    description: &'static str,
    /// Whether the role *Payments Standard User* has it.
    standard: bool,
}

impl From<Permission> for PermissionView {
    fn from(permission: Permission) -> Self {
        Self {
            code: permission.code(),
            area: permission.area(),
            name: permission.name(),
            description: permission.about(),
            standard: permission.standard(),
        }
    }
}

/// A role.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RoleView {
    /// Its name.
    #[schema(example = "Payments Standard User")]
    name: String,
    /// What it is for.
    description: Option<String>,
    /// True for the roles that come with the product and cannot be edited.
    built_in: bool,
    /// False: it grants nothing.
    active: bool,
    /// Codes of the permissions it grants.
    #[schema(value_type = Vec<String>)]
    permissions: Permissions,
}

impl RoleView {
    /// Every role: first the built-in ones, then those that were made.
    pub(crate) fn all(settings: &Settings) -> Vec<Self> {
        let built_in = Standard::ALL.into_iter().map(|role| Self {
            name: role.name().to_owned(),
            description: Some(role.description().to_owned()),
            built_in: true,
            active: true,
            permissions: role.permissions(),
        });
        let made = |role: &Role| Self {
            name: role.name.to_string(),
            description: role.description.as_ref().map(ToString::to_string),
            built_in: false,
            active: role.active,
            permissions: role.permissions,
        };
        built_in.chain(settings.roles.iter().map(made)).collect()
    }
}

/// Who calls.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CallerView {
    /// The name that stands in the history.
    #[schema(example = "web shop")]
    pub(crate) name: String,
    /// The person it acts for; none for a program.
    #[schema(value_type = Option<String>)]
    pub(crate) person: Option<PersonName>,
    /// Its roles.
    #[schema(value_type = Vec<String>)]
    pub(crate) roles: Vec<RoleName>,
    /// Codes of the permissions they grant.
    #[schema(value_type = Vec<String>)]
    pub(crate) permissions: Permissions,
    /// The session, if it is a person who logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<LoginView>,
}

/// An API key; the secret itself is shown only when it is made.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ApiKeyView {
    /// Its name.
    #[schema(example = "web shop")]
    pub(crate) name: String,
    /// The person it belongs to; none for a program.
    #[schema(value_type = Option<String>)]
    pub(crate) person: Option<PersonName>,
    /// Names of its roles.
    #[schema(value_type = Vec<String>)]
    pub(crate) roles: Vec<RoleName>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// From when on it is not taken any more.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) revoked_at: Option<Timestamp>,
    /// The secret; only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
}

impl ApiKeyView {
    pub(crate) fn new(key: &ApiKey, secret: Option<String>) -> Self {
        Self {
            name: key.name.clone(),
            person: key.person.clone(),
            roles: key.roles.clone(),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            secret,
        }
    }
}
