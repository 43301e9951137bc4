//! Programs that get tokens with their client credentials (RFC 6749, 4.4).

use engine::kept::{Kept, Stored, below};
use engine::{ReadError, Reader, SideKind};
use jiff::Timestamp;
use receivables::permission::{RoleName, same};
use serde::{Deserialize, Serialize};

use crate::secret::{NoRandomness, sha256_hex, token};

/// What a token begins with; no API key does.
pub const TOKEN_PREFIX: &str = "qt_";
/// How long a token holds.
pub const TOKEN_SECONDS: i64 = 3_600;

/// So many digits say whose a token is.
const MARK: usize = 16;

/// What stands in tokens for the name of a client, which may have any letters.
fn mark(client: &str) -> String {
    sha256_hex(client).chars().take(MARK).collect()
}

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

/// A bearer token. Its record has an id that [`AccessToken::id`] finds in the token.
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
    /// A fresh token for a client: a mark of the client, then 256 random bits.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`].
    pub fn fresh(client: &str) -> Result<String, NoRandomness> {
        token(&format!("{TOKEN_PREFIX}{}_", mark(client)))
    }

    /// The id of the record of a token. It begins with the mark of the client, so that the tokens of a client lie
    /// together. What is no token of ours gets an id that no record has.
    pub fn id(token: &str) -> String {
        let own = token.strip_prefix(TOKEN_PREFIX).and_then(|own| own.split_once('_'));
        let ours =
            |mark: &&str| mark.len() == MARK && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mark = own.map(|(mark, _)| mark).filter(ours).unwrap_or_default();
        format!("{mark}-{}", sha256_hex(token))
    }

    /// The tokens of a client, also those that do not hold any more.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the database cannot be read.
    pub fn of_client(reader: &dyn Reader, client: &str) -> Result<Vec<Stored<Self>>, ReadError> {
        let own = |token: &Self| token.client == client;
        below(reader, &format!("{}-", mark(client)), usize::MAX, own)
    }

    /// The roles it grants, if it holds.
    pub fn granted(&self, client: &ApiClient, now: Timestamp) -> Option<Vec<RoleName>> {
        if client.revoked_at.is_some() || client.epoch != self.epoch || self.expires_at <= now {
            return None;
        }
        let has = |role: &&RoleName| client.roles.iter().any(|it| same(it.as_str(), role.as_str()));
        Some(self.roles.iter().filter(has).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tokens_of_a_client_have_ids_that_lie_together() {
        let id = |client: &str| AccessToken::id(&AccessToken::fresh(client).unwrap());
        let of_shop = format!("{}-", mark("shop"));
        assert!(id("shop").starts_with(&of_shop) && !id("store").starts_with(&of_shop));
        assert_ne!(id("shop"), id("shop"));
        for foreign in
            ["", "qt_", "qt_guess", "qt_a_b", "qt_\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0_", "qk_0"]
        {
            assert_eq!(AccessToken::id(foreign), format!("-{}", sha256_hex(foreign)));
        }
    }
}
