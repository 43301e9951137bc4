//! People who log in and programs that get tokens: what is kept of them beside the history, and the rules of
//! passwords, second factors, lockouts and rates.
//!
//! Nothing here knows HTTP. Instants are handed in. Of passwords, tokens and recovery codes only hashes are
//! kept; nothing that is kept lets anybody in.

mod attempts;
mod client;
mod password;
mod rate;
mod secret;
mod session;
mod totp;
mod user;

pub use attempts::Attempts;
pub use client::{AccessToken, ApiClient, TOKEN_PREFIX, TOKEN_SECONDS};
pub use password::{Busy, Hasher, PasswordError, Place, check_password, generated};
pub use rate::{Limiter, Rate};
pub use secret::{NoRandomness, constant_time_eq, hex, sha256_hex, token};
pub use session::{Session, csrf_token};
pub use totp::{
    CODE_PERIOD_S, RECOVERY_CODES, base32, code_of_step, matching_step, otpauth_uri, recovery_code,
};
pub use user::{BadUserName, EMAIL_MAX, SecondFactor, User, UserName, UserState};
