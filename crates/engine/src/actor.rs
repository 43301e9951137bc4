//! Who asks, and what they may do.

use std::sync::Arc;

use receivables::Command;
use receivables::approval::{PersonName, Requester, same};
use receivables::permission::{Permissions, Required, RoleName};

use crate::request::Failure;

/// Who asks. Whoever makes a request has to say what its actor may do; the engine holds every command
/// against it, whatever door it came in by.
#[derive(Clone, Debug)]
pub struct Actor {
    name: Arc<str>,
    rights: Rights,
    roles: Arc<[RoleName]>,
    person: Option<PersonName>,
}

#[derive(Clone, Copy, Debug)]
enum Rights {
    /// One of our own programs, started by whoever owns the database.
    Program,
    /// A caller with these permissions.
    Granted(Permissions),
}

impl Actor {
    /// A caller with `roles`, which grant `permissions`, and the person it acts for.
    pub const fn granted(
        name: Arc<str>,
        permissions: Permissions,
        roles: Arc<[RoleName]>,
        person: Option<PersonName>,
    ) -> Self {
        Self { name, rights: Rights::Granted(permissions), roles, person }
    }

    /// One of our own programs: it may do everything, also what no caller may.
    pub fn program(name: Arc<str>) -> Self {
        Self { name, rights: Rights::Program, roles: Arc::from([]), person: None }
    }

    /// Its name, as it stands in the history.
    pub const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Its roles.
    pub fn roles(&self) -> &[RoleName] {
        &self.roles
    }

    /// The person it acts for.
    pub const fn person(&self) -> Option<&PersonName> {
        self.person.as_ref()
    }

    /// The person it acts for, unless its name says as much.
    pub(crate) fn person_to_record(&self) -> Option<&PersonName> {
        let named = PersonName::try_new(&self.name).ok();
        self.person.as_ref().filter(|person| !named.is_some_and(|named| same(&named, person)))
    }

    /// What the rules want to know of it.
    pub(crate) fn requester(&self) -> Requester<'_> {
        Requester {
            name: &self.name,
            person: self.person.as_ref(),
            roles: &self.roles,
            permissions: self.permissions(),
        }
    }

    /// What it was granted; a program has everything.
    pub fn permissions(&self) -> Permissions {
        match self.rights {
            Rights::Program => Permissions::all(),
            Rights::Granted(permissions) => permissions,
        }
    }

    /// Refuses a command that requires more than was granted.
    ///
    /// # Errors
    ///
    /// [`Failure::PermissionMissing`].
    pub fn check(&self, command: &Command) -> Result<(), Failure> {
        let Rights::Granted(granted) = self.rights else { return Ok(()) };
        let missing = match command.requires() {
            Required::All(required) if required.without(granted).is_empty() => return Ok(()),
            Required::All(required) => required.without(granted),
            Required::Program => Permissions::NONE,
        };
        Err(Failure::PermissionMissing { command: command.name(), missing })
    }
}
