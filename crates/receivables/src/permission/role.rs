//! Roles: named sets of permissions. Three are built in and cannot be edited; others are made.

use serde::{Deserialize, Serialize};

use super::{Permission, Permissions};
use crate::Settings;
use crate::text::{Comment, Text};

/// The name of a role; unique whatever its case.
pub type RoleName = Text<60>;
/// What a role is for.
pub type RoleDescription = Comment;

/// How many roles may be made.
pub const ROLES_MAX: usize = 200;

/// A role that was made. It is never removed, so that what the history says of it keeps its meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: RoleName,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<RoleDescription>,
    /// What it grants.
    pub permissions: Permissions,
    /// Off: it grants nothing.
    pub active: bool,
}

/// The roles that are built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standard {
    /// Everything.
    Administrator,
    /// What the field gives its standard user; it lacks *Credit Balance Electronic Refund* (domain 6).
    PaymentsStandardUser,
    /// Reads.
    Viewer,
}

impl Standard {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Administrator, Self::PaymentsStandardUser, Self::Viewer];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::PaymentsStandardUser => "Payments Standard User",
            Self::Viewer => "Viewer",
        }
    }

    /// What it is for.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Administrator => "Everything, including who may do what.",
            Self::PaymentsStandardUser => {
                "The daily work of billing, without Credit Balance Electronic Refund."
            }
            Self::Viewer => "Looks at everything and changes nothing.",
        }
    }

    /// What it grants.
    pub fn permissions(self) -> Permissions {
        let all = Permission::ALL.iter().copied();
        match self {
            Self::Administrator => all.collect(),
            Self::PaymentsStandardUser => all.filter(|it| it.standard()).collect(),
            Self::Viewer => all.filter(|it| it.code().starts_with("view_")).collect(),
        }
    }
}

/// Whether two names are the same role's.
pub fn same(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

impl Settings {
    /// What a role grants: nothing if it is switched off; `None` if there is none of that name.
    pub fn role(&self, name: &RoleName) -> Option<Permissions> {
        let standard = Standard::ALL.into_iter().find(|role| same(role.name(), name.as_str()));
        if let Some(standard) = standard {
            return Some(standard.permissions());
        }
        let made = self.roles.iter().find(|role| same(role.name.as_str(), name.as_str()))?;
        Some(if made.active { made.permissions } else { Permissions::NONE })
    }

    /// The name of an active role as it was given to it, in whatever case it is asked for.
    pub fn role_name(&self, name: &RoleName) -> Option<&str> {
        let is = |known: &&str| same(known, name.as_str());
        let made = self.roles.iter().filter(|it| it.active).map(|role| role.name.as_str());
        Standard::ALL.iter().map(|role| role.name()).chain(made).find(is)
    }

    /// What several roles grant together. A name that is no role's grants nothing.
    pub fn granted(&self, roles: &[RoleName]) -> Permissions {
        let each = roles.iter().filter_map(|name| self.role(name));
        each.fold(Permissions::NONE, Permissions::union)
    }

    /// The names of the active roles that grant all of `permissions`; first the one that grants least besides.
    pub fn roles_with_all(&self, permissions: Permissions) -> Vec<String> {
        let made = self.roles.iter().filter(|it| it.active);
        let made = made.map(|role| (role.permissions, role.name.to_string()));
        let standard = Standard::ALL.map(|role| (role.permissions(), role.name().to_owned()));
        let grants = |role: &(Permissions, String)| permissions.without(role.0).is_empty();
        let mut found: Vec<_> = made.chain(standard).filter(grants).collect();
        found.sort_by_key(|(granted, _)| granted.iter().count());
        found.into_iter().map(|(_, name)| name).collect()
    }
}
