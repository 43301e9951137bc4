//! Programs that get tokens with their client credentials (RFC 6749, 4.4).

use engine::SideKind;
use jiff::Timestamp;
use receivables::permission::{RoleName, same};
use serde::{Deserialize, Serialize};

use crate::side::Kept;

/// How long a token holds.
pub const TOKEN_SECONDS: i64 = 3_600;

/// A program. Its record has the client id as its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiClient {
    /// Its name, unique; stands in the history as the actor.
    pub name: String,
    /// SHA-256 of its secret.
    pub secret: String,
    /// Names of roles.
    pub roles: Vec<RoleName>,
    /// Tokens of an earlier epoch have ended.
    pub epoch: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}

impl Kept for ApiClient {
    const KIND: SideKind = SideKind::ApiClient;
}

/// A bearer token. Its record has the SHA-256 of the token as its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// Id of the client it was given to.
    pub client: String,
    /// The epoch of the client it was made in.
    pub epoch: u64,
    /// The roles that were asked for; it never grants more than the client has by then.
    pub roles: Vec<RoleName>,
    /// From when on it does not hold any more.
    pub expires_at: Timestamp,
}

impl Kept for AccessToken {
    const KIND: SideKind = SideKind::AccessToken;
}

impl AccessToken {
    /// The roles it grants, if it holds.
    pub fn granted(&self, client: &ApiClient, now: Timestamp) -> Option<Vec<RoleName>> {
        if client.revoked_at.is_some() || client.epoch != self.epoch || self.expires_at <= now {
            return None;
        }
        let has = |role: &&RoleName| client.roles.iter().any(|it| same(it.as_str(), role.as_str()));
        Some(self.roles.iter().filter(has).cloned().collect())
    }
}
