//! Making and changing roles. Who has which role is not part of the books.

use super::role::{ROLES_MAX, Role, RoleName, Standard, same};
use crate::command::{ChangeRole, MakeRole};
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::{Rejection, Settings};

/// Makes a role. Checks: the name is free, whatever its case; not too many.
pub(crate) fn make(draft: &mut Draft<'_>, command: &MakeRole) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    if settings.role(&command.name).is_some() {
        return Err(Rejection::RoleNameTaken { role: command.name.to_string() }.into());
    }
    if settings.roles.len() >= ROLES_MAX {
        return Err(Rejection::TooMany { what: "roles", max: ROLES_MAX }.into());
    }
    settings.roles.push(Role {
        name: command.name.clone(),
        description: command.description.clone(),
        permissions: command.permissions,
        active: true,
    });
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// Changes a role. Checks: it exists; it is not built in.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangeRole) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    let role = made(&mut settings, &command.role)?;
    if let Some(description) = &command.description {
        role.description = Some(description.clone());
    }
    role.permissions = command.permissions.unwrap_or(role.permissions);
    role.active = command.active.unwrap_or(role.active);
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

fn made<'a>(settings: &'a mut Settings, name: &RoleName) -> Result<&'a mut Role, Rejection> {
    let role = name.to_string();
    if Standard::ALL.iter().any(|standard| same(standard.name(), name.as_str())) {
        return Err(Rejection::RoleNotEditable { role });
    }
    let found = settings.roles.iter_mut().find(|it| same(it.name.as_str(), name.as_str()));
    found.ok_or(Rejection::UnknownRole { role })
}
