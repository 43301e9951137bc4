//! People who log in.

use std::fmt;

use engine::SideKind;
use engine::kept::Kept;
use jiff::Timestamp;
use receivables::approval::PersonName;
use receivables::permission::RoleName;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most characters an e-mail address may have (RFC 5321).
pub const EMAIL_MAX: usize = 254;
/// The most characters a user name may have.
const NAME_MAX: usize = 60;

/// What somebody logs in with: ASCII letters, digits and `. _ @ + -`, in lower case. Nothing else, so that no two
/// names look alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(Box<str>);

/// A text that is no user name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a user name has 1 to 60 ASCII letters, digits and . _ @ + -, and begins with a letter or digit"
)]
pub struct BadUserName;

impl UserName {
    /// Normalises `text`: blanks around it go, capitals become small.
    ///
    /// # Errors
    ///
    /// [`BadUserName`].
    pub fn try_new(text: &str) -> Result<Self, BadUserName> {
        let text = text.trim();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._@+-".contains(&byte);
        let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if !begins || text.len() > NAME_MAX || !text.bytes().all(plain) {
            return Err(BadUserName);
        }
        Ok(Self(text.to_ascii_lowercase().into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for UserName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for UserName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::try_new(&text).map_err(serde::de::Error::custom)
    }
}

/// Whether somebody may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserState {
    /// Yes.
    Active,
    /// No; every session has ended.
    Disabled,
}

/// A second factor by time-based codes (RFC 6238).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// The secret, sealed, in hexadecimal digits.
    pub sealed: String,
    /// Whether a code proved that the person has it; until then it is not asked for.
    pub confirmed: bool,
    /// The last step a code was taken of; none before it is taken again.
    pub last_step: i64,
    /// SHA-256 of the recovery codes that are left.
    pub recovery: Vec<String>,
}

/// A person who logs in. Its record has the name as its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What the person logs in with; stands in the history as the actor.
    pub name: UserName,
    /// Whom approvals take the person for.
    pub person: PersonName,
    /// Where the person is written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Names of roles.
    pub roles: Vec<RoleName>,
    /// Whether the person may log in.
    pub state: UserState,
    /// The password, hashed with Argon2id.
    pub password: String,
    /// The password was given by somebody else, and nothing else works until it is changed.
    pub must_change: bool,
    /// Sessions of an earlier epoch have ended.
    pub epoch: u64,
    /// The second factor, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl Kept for User {
    const KIND: SideKind = SideKind::User;
}

impl User {
    /// Whether the person may log in.
    pub fn is_active(&self) -> bool {
        self.state == UserState::Active
    }

    /// The second factor that is asked for.
    pub fn confirmed_factor(&self) -> Option<&SecondFactor> {
        self.second_factor.as_ref().filter(|factor| factor.confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_name_is_the_same_in_any_case_and_never_looks_like_another() {
        assert_eq!(UserName::try_new(" Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
        for bad in ["", " ", ".ada", "a da", "ad\u{430}", "ada\0", &"a".repeat(61)] {
            assert_eq!(UserName::try_new(bad), Err(BadUserName), "{bad:?}");
        }
    }
}
