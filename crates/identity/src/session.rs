//! Sessions of people.

use engine::SideKind;
use engine::kept::Kept;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::secret::hex;
use crate::user::UserName;

/// A session. Its record has the SHA-256 of its token as its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose it is.
    pub user: UserName,
    /// The epoch of the user it was made in.
    pub epoch: u64,
    /// When the person logged in.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// Where the person logged in from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Kept for Session {
    const KIND: SideKind = SideKind::Session;
}

impl Session {
    /// Until when it holds if it is not used again.
    pub fn ends_at(&self, idle_s: i64, absolute_s: i64) -> Timestamp {
        let after = |at: Timestamp, seconds| {
            at.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
        };
        after(self.seen_at, idle_s).min(after(self.created_at, absolute_s))
    }
}

/// What a request with the cookie of a session has to say as well. It follows from the token, so whoever does not
/// know that cannot make it, and it need not be kept.
pub fn csrf_token(session_token: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(session_token.as_bytes());
    mac.map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(b"quittance csrf 1");
            hex(&mac.finalize().into_bytes())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_it_is_not_used_and_at_last_in_any_case() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let user = UserName::try_new("ada").unwrap();
        let mut session =
            Session { user, epoch: 0, created_at: at(0), seen_at: at(0), address: None };
        assert_eq!(session.ends_at(1_800, 43_200), at(1_800));
        session.seen_at = at(43_000);
        assert_eq!(session.ends_at(1_800, 43_200), at(43_200));
    }

    #[test]
    fn each_session_has_a_csrf_token_of_its_own() {
        assert_eq!(csrf_token("a").len(), 64);
        assert_ne!(csrf_token("a"), csrf_token("b"));
        assert_ne!(csrf_token("a"), "a");
    }
}
