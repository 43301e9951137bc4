//! Users, logging in, and programs with client credentials. What is secret is never shown by `Debug`.

use std::fmt;

use identity::{EMAIL_MAX, UserName};
use receivables::approval::PersonName;
use receivables::permission::RoleName;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::ApiError;

/// Longer passwords and codes are not even looked at, in bytes.
const SECRET_MAX: usize = 1_024;
/// Longer names to log in with are not even looked at, in characters.
const TYPED_MAX: usize = 255;

/// A password or a code.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Secret {
    /// The text, unless nobody has such a password.
    pub(crate) fn reveal(self) -> Result<String, ApiError> {
        if self.0.len() > SECRET_MAX {
            let detail = format!("a password or code has at most {SECRET_MAX} bytes");
            return Err(ApiError::bad_request("body_invalid", detail));
        }
        Ok(self.0)
    }
}

/// Logs a person in.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user": "ada@example.com", "password": "correct horse battery"}))]
pub(crate) struct LogIn {
    /// Name of the user, in any case.
    #[schema(max_length = 255)]
    pub(crate) user: String,
    /// The password.
    #[schema(value_type = String, max_length = 128)]
    pub(crate) password: Secret,
    /// Six digits of the second factor, or a recovery code.
    #[schema(value_type = Option<String>, max_length = 32)]
    pub(crate) code: Option<Secret>,
}

impl LogIn {
    /// The user there may be of this name; and what attempts are counted under: the name however it was written, or
    /// what was typed, if that is no name.
    pub(crate) fn name(&self) -> Result<(Option<UserName>, String), ApiError> {
        if self.user.chars().nth(TYPED_MAX).is_some() {
            let detail = format!("user: at most {TYPED_MAX} characters");
            return Err(ApiError::bad_request("body_invalid", detail).with("field", "user"));
        }
        let name = UserName::try_new(&self.user).ok();
        let typed = || self.user.trim().to_lowercase();
        let counted = name.as_ref().map_or_else(typed, UserName::to_string);
        Ok((name, counted))
    }
}

/// Changes one's own password.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current": "given to me by Ada", "new": "correct horse battery"}))]
pub(crate) struct ChangePassword {
    /// The password so far.
    #[schema(value_type = String, max_length = 128)]
    pub(crate) current: Secret,
    /// The password from now on.
    #[schema(value_type = String, min_length = 12, max_length = 128)]
    pub(crate) new: Secret,
}

/// Proves again who asks.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "correct horse battery"}))]
pub(crate) struct ProveSelf {
    /// The password.
    #[schema(value_type = String, max_length = 128)]
    pub(crate) password: Secret,
}

/// Proves that the second factor works.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "287082"}))]
pub(crate) struct ConfirmSecondFactor {
    /// The six digits the app shows.
    #[schema(value_type = String, min_length = 6, max_length = 6)]
    pub(crate) code: Secret,
}

/// Makes a user.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "grace@example.com", "roles": ["Payments Standard User"]}))]
pub(crate) struct CreateUser {
    /// What the person logs in with: ASCII letters, digits and `. _ @ + -`; unique in any case, and no name of an API
    /// key or API client.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    pub(crate) name: UserName,
    /// Whom approvals take the person for: the same as with the person's own API keys; the name, if left out.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 60)]
    pub(crate) person: Option<PersonName>,
    /// Where the person is written to.
    #[schema(max_length = 254)]
    pub(crate) email: Option<String>,
    /// Names of roles.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub(crate) roles: Vec<RoleName>,
    /// A password for the first login; made up, if left out.
    #[schema(value_type = Option<String>, min_length = 12, max_length = 128)]
    pub(crate) password: Option<Secret>,
    /// True for the first user of all, who chose the password and need not change it; refused once there is a user. Of
    /// several servers on one database, each lets one be the first that does not know of the other's yet.
    pub(crate) first: Option<bool>,
}

/// Changes a user; fields left out stay.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "ada@example.com"}))]
pub(crate) struct ChangeUser {
    /// Where the person is written to; empty: nowhere.
    #[schema(max_length = 254)]
    pub(crate) email: Option<String>,
    /// Names of roles from now on; needs *Manage User Roles* as well.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 20)]
    pub(crate) roles: Option<Vec<RoleName>>,
    /// False: the person cannot log in, and every session ends. True needs *Manage User Roles* as well if the person
    /// approves refunds.
    pub(crate) active: Option<bool>,
}

/// Gives a user another password, to be changed at the next login.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub(crate) struct ResetPassword {
    /// The password; made up, if left out.
    #[schema(value_type = Option<String>, min_length = 12, max_length = 128)]
    pub(crate) password: Option<Secret>,
}

/// Makes an API client.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "web-shop", "roles": ["Payments Standard User"]}))]
pub(crate) struct CreateApiClient {
    /// Its name and `client_id`: ASCII letters, digits and `. _ @ + -`; unique in any case, and no name of an API key
    /// or user.
    #[schema(value_type = String, min_length = 1, max_length = 60)]
    pub(crate) name: UserName,
    /// Names of roles: the most its tokens grant.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub(crate) roles: Vec<RoleName>,
}

/// Changes what an API client may do.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"roles": ["Viewer"]}))]
pub(crate) struct ChangeApiClient {
    /// Names of roles from now on; tokens that are out grant no more than these.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 20)]
    pub(crate) roles: Vec<RoleName>,
}

/// Checks an e-mail address as far as that makes sense without sending something there.
pub(crate) fn email(given: String) -> Result<Option<String>, ApiError> {
    let plain = |text: &str| !text.chars().any(|it| it.is_control() || it.is_whitespace());
    let sides =
        given.rsplit_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    match given.as_str() {
        "" => Ok(None),
        text if sides && plain(text) && text.len() <= EMAIL_MAX => Ok(Some(given)),
        _ => {
            let detail =
                format!("email: write it as user@host, with at most {EMAIL_MAX} characters");
            Err(ApiError::bad_request("body_invalid", detail).with("field", "email"))
        }
    }
}
