use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use money::Money;
use receivables::permission::{Permission, Permissions};
use receivables::text::OnBehalfOf;
use receivables::{Command, Document, Entry, Kind, Rejection, Settings};

use crate::KeyHash;
use crate::actor::Actor;
use crate::idempotency::{IdempotencyKey, fingerprint};
use crate::store::{StoreError, StoreErrorKind};

/// A command with everything the history wants to know about it.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) command: Command,
    pub(crate) fingerprint: KeyHash,
    pub(crate) key: Option<KeyHash>,
    pub(crate) at: Option<Timestamp>,
    pub(crate) actor: Actor,
    pub(crate) door: &'static str,
    pub(crate) request_id: Arc<str>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) on_behalf_of: Option<OnBehalfOf>,
    pub(crate) look_ahead: bool,
}

impl Request {
    /// A request that writes. `key` makes it safe to repeat.
    pub fn new(command: Command, key: IdempotencyKey, actor: Actor, door: &'static str) -> Self {
        let fingerprint = fingerprint(&command);
        Self { fingerprint, key: Some(key.0), ..Self::preview(command, actor, door) }
    }

    /// A preview: decided on the books as they are, never written (`dry_run`).
    pub fn preview(command: Command, actor: Actor, door: &'static str) -> Self {
        let (fingerprint, request_id) = (KeyHash([0; 16]), Arc::from(""));
        Self {
            command,
            fingerprint,
            key: None,
            at: None,
            actor,
            door,
            request_id,
            address: None,
            on_behalf_of: None,
            look_ahead: false,
        }
    }

    /// Also looks at what would be posted once the money has moved ([`Outcome::ahead`]). Only a preview does; it copies the
    /// books it was decided on, so it is for one command and not for many.
    #[must_use]
    pub fn look_ahead(mut self) -> Self {
        self.look_ahead = true;
        self
    }

    /// The account, if the command names it.
    pub(crate) fn account(&self) -> Option<u64> {
        match self.command.subject() {
            Some(Document { kind: Kind::Account, number }) => Some(number),
            _ => None,
        }
    }

    /// The instant to act at, instead of now. For imports, which replay the past.
    #[must_use]
    pub fn at(mut self, at: Timestamp) -> Self {
        self.at = Some(at);
        self
    }

    /// The address it came from, and whom its actor says it acts for.
    #[must_use]
    pub fn from(mut self, address: Option<IpAddr>, on_behalf_of: Option<OnBehalfOf>) -> Self {
        (self.address, self.on_behalf_of) = (address, on_behalf_of);
        self
    }

    /// The id under which the request stands in the logs.
    #[must_use]
    pub fn request_id(mut self, id: Arc<str>) -> Self {
        self.request_id = id;
        self
    }
}

/// What an accepted command did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The decision, as it stands in the history or, for a preview, as it would.
    pub entry: Arc<Entry>,
    /// The settings it was decided under; for a replay, those in force now.
    pub settings: Arc<Settings>,
    /// True if an earlier request with the same key did it.
    pub replayed: bool,
    /// True if nothing was written.
    pub dry_run: bool,
    /// For a preview that looks ahead and asks for money to be moved.
    pub ahead: Option<Ahead>,
}

/// What follows a preview once the money it asks for has moved.
#[derive(Clone, Debug)]
pub struct Ahead {
    /// What would be posted then.
    pub entry: Entry,
    /// What is held of the account's credit before and after the command itself, if that changes.
    pub held: Option<[Money; 2]>,
    /// The credit that is available before and after it.
    pub available: Option<[Money; 2]>,
}

/// Why there is no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A rule refused it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The idempotency key belongs to another command.
    #[error(
        "this idempotency key was already used for another command ({entry}); use a new key for a new command"
    )]
    KeyReused {
        /// The entry of the first command.
        entry: String,
    },
    /// The caller may not do that.
    #[error("{}", may_not(command, *missing))]
    PermissionMissing {
        /// Name of the command.
        command: &'static str,
        /// What the caller would need and does not have; none if no caller may.
        missing: Permissions,
    },
    /// More requests than one call may carry.
    #[error("too many commands; at most {max} are allowed in one call")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// The store cannot be written now; sending the same request again is safe.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The books are inconsistent; a person has to look.
    #[error("the books are inconsistent: {0}")]
    Broken(String),
}

fn may_not(command: &str, missing: Permissions) -> String {
    let names: Vec<_> = missing.iter().map(Permission::name).collect();
    if names.is_empty() {
        return format!("{command} is for Quittance's own programs only");
    }
    let (s, names) = (if names.len() == 1 { "" } else { "s" }, names.join(", "));
    format!("{command} needs the permission{s} {names}; ask someone who may manage user roles")
}

/// Why nothing can be written right now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct Unavailable {
    /// Stable code.
    pub code: &'static str,
    /// What happened and what to do.
    pub sentence: String,
}

impl Unavailable {
    pub(crate) fn busy() -> Self {
        let sentence = "too many requests are waiting; send it again with the same key".to_owned();
        Self { code: "busy", sentence }
    }

    pub(crate) fn outcome_unknown() -> Self {
        let sentence = "the connection to the database broke while writing, so whether it was written is not known; \
                        send it again with the same key and it takes effect once";
        Self { code: "outcome_unknown", sentence: sentence.to_owned() }
    }

    pub(crate) fn stopped() -> Self {
        let sentence =
            "the server is stopping; send it again with the same key once it is back".to_owned();
        Self { code: "stopping", sentence }
    }
}

impl From<StoreError> for Unavailable {
    fn from(error: StoreError) -> Self {
        let (code, sentence) = match error.kind {
            StoreErrorKind::Full => (
                "storage_full",
                "the disk of the database is full; free some space, then send it again with the same key",
            ),
            StoreErrorKind::ReadOnly => (
                "storage_read_only",
                "the database can only be read; make it writable, then send it again with the same key",
            ),
            StoreErrorKind::Conflict => (
                "storage_contended",
                "too many others write to the same account; send it again with the same key",
            ),
            StoreErrorKind::Lost | StoreErrorKind::Unknown => (
                "storage_unreachable",
                "the database cannot be reached; send it again with the same key",
            ),
            StoreErrorKind::Other => (
                "storage_failed",
                "the database could not be written; send it again with the same key",
            ),
        };
        Self { code, sentence: sentence.to_owned() }
    }
}
