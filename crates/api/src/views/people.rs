//! People, their sessions, and programs with client credentials.

use engine::kept::Stored;
use identity::{ApiClient, RECOVERY_CODES, Session, User, UserState};
use jiff::Timestamp;
use receivables::approval::PersonName;
use receivables::permission::RoleName;
use serde::Serialize;
use utoipa::ToSchema;

use crate::people::Login;

/// Done, and there is nothing to show.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DoneView {
    /// True.
    pub(crate) done: bool,
}

impl DoneView {
    pub(crate) const YES: Self = Self { done: true };
}

/// The session a person is logged in with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LoginView {
    /// The user.
    #[schema(example = "ada@example.com")]
    pub(crate) user: String,
    /// What to send as the header `X-CSRF-Token` with everything that is no question.
    pub(crate) csrf_token: String,
    /// When the session ends if it is not used again.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) ends_at: Timestamp,
    /// True: nothing else works until `POST /api/v1/password` has set a password of one's own.
    pub(crate) must_change_password: bool,
    /// Whether a code is asked for at login.
    pub(crate) second_factor: bool,
}

impl LoginView {
    pub(crate) fn new(login: &Login) -> Self {
        let user = &login.user.body;
        Self {
            user: user.name.to_string(),
            csrf_token: login.csrf_token.clone(),
            ends_at: login.ends_at,
            must_change_password: user.must_change,
            second_factor: user.confirmed_factor().is_some(),
        }
    }
}

/// A session of one's own.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Its id; opens nothing.
    pub(crate) id: String,
    /// Whether it is the one that asks.
    pub(crate) current: bool,
    /// When the person logged in.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) seen_at: Timestamp,
    /// Where the person logged in from.
    #[schema(example = "192.0.2.1")]
    pub(crate) address: Option<String>,
}

impl SessionView {
    pub(crate) fn new(session: &Stored<Session>, current: &str) -> Self {
        Self {
            id: session.id.clone(),
            current: session.id == current,
            created_at: session.body.created_at,
            seen_at: session.body.seen_at,
            address: session.body.address.clone(),
        }
    }
}

/// A person who logs in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct UserView {
    /// What the person logs in with; stands in the history as the actor.
    #[schema(example = "ada@example.com")]
    pub(crate) name: String,
    /// Whom approvals take the person for.
    #[schema(value_type = String)]
    pub(crate) person: PersonName,
    /// Where the person is written to.
    pub(crate) email: Option<String>,
    /// Names of roles.
    #[schema(value_type = Vec<String>)]
    pub(crate) roles: Vec<RoleName>,
    /// Whether the person may log in.
    pub(crate) active: bool,
    /// Whether the person has to choose a password at the next login.
    pub(crate) must_change_password: bool,
    /// Whether a code is asked for at login.
    pub(crate) second_factor: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) changed_at: Timestamp,
    /// The password, if it was made up here; only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) password: Option<String>,
}

impl UserView {
    pub(crate) fn new(user: &User, password: Option<String>) -> Self {
        Self {
            name: user.name.to_string(),
            person: user.person.clone(),
            email: user.email.clone(),
            roles: user.roles.clone(),
            active: user.state == UserState::Active,
            must_change_password: user.must_change,
            second_factor: user.confirmed_factor().is_some(),
            created_at: user.created_at,
            changed_at: user.changed_at,
            password,
        }
    }
}

/// A second factor that was just enrolled. Shown once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SecondFactorView {
    /// The secret in Base32, to be typed into an app.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub(crate) secret: String,
    /// The same as a URI, to be shown as a QR code.
    pub(crate) otpauth_uri: String,
    /// Codes for when the device is lost; each is taken once.
    #[schema(min_items = 8, max_items = 8)]
    pub(crate) recovery_codes: Vec<String>,
}

const _: () = assert!(RECOVERY_CODES == 8, "the description above says so");

/// A program with client credentials.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ApiClientView {
    /// Its name, which is its `client_id` as well; stands in the history as the actor.
    #[schema(example = "reporting")]
    pub(crate) client_id: String,
    /// Names of roles: the most its tokens grant.
    #[schema(value_type = Vec<String>)]
    pub(crate) roles: Vec<RoleName>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) revoked_at: Option<Timestamp>,
    /// The secret; only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_secret: Option<String>,
}

impl ApiClientView {
    pub(crate) fn new(client: &ApiClient, client_secret: Option<String>) -> Self {
        Self {
            client_id: client.name.clone(),
            roles: client.roles.clone(),
            created_at: client.created_at,
            revoked_at: client.revoked_at,
            client_secret,
        }
    }
}
