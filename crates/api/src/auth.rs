//! API keys: 256 random bits, shown once, only their SHA-256 stored.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use axum::http::{HeaderMap, StatusCode, header};
use engine::{ApiKey, ReadError, Reader, Role};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::problem::ApiError;

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
}

impl Actor {
    /// Refuses a caller whose role is not enough.
    pub(crate) fn require(&self, needed: Role) -> Result<(), ApiError> {
        if self.role >= needed {
            return Ok(());
        }
        let (role, needed) = (self.role.name(), needed.name());
        let detail = format!(
            "key {:?} has role {role}, this needs role {needed}; ask an administrator for such a key",
            self.name
        );
        Err(ApiError::new(StatusCode::FORBIDDEN, "role_not_sufficient", detail)
            .with("role", role)
            .with("needed", needed))
    }
}

/// The keys that may call, by hash. The hash of a random key tells nothing, so looking it up in a
/// map leaks no timing worth having.
#[derive(Debug, Default)]
pub struct Keyring {
    actors: RwLock<HashMap<[u8; 32], Actor>>,
    run: OnceLock<String>,
    /// Held from checking the stored keys to changing them.
    pub(crate) changing: tokio::sync::Mutex<()>,
}

impl Keyring {
    /// Reads the keys that are not revoked.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the database cannot be read.
    pub fn load(reader: &dyn Reader) -> Result<Self, ReadError> {
        let keyring = Self::default();
        keyring.reload(reader)?;
        Ok(keyring)
    }

    /// Reads the keys again, after one was made or revoked.
    ///
    /// # Errors
    ///
    /// [`ReadError`] if the database cannot be read.
    pub fn reload(&self, reader: &dyn Reader) -> Result<(), ReadError> {
        let keys = reader.api_keys()?.into_iter().filter(|key| key.revoked_at.is_none());
        let fresh = keys
            .map(|key| (key.hash, Actor { name: Arc::from(key.name), role: key.role }))
            .collect();
        if let Ok(mut current) = self.actors.write() {
            *current = fresh;
        }
        Ok(())
    }

    /// Lets a key in without storing it, for this process only.
    pub fn admit(&self, key: &ApiKey) {
        if let Ok(mut actors) = self.actors.write() {
            actors.insert(key.hash, Actor { name: Arc::from(key.name.as_str()), role: key.role });
        }
    }

    /// A name for this run of the program, in front of the request ids it gives out.
    pub(crate) fn run_id(&self) -> &str {
        self.run.get_or_init(|| {
            let mut random = [0_u8; 4];
            let _ = getrandom::fill(&mut random);
            format!("{:08x}", u32::from_be_bytes(random))
        })
    }

    /// The caller named by `Authorization: Bearer KEY`.
    pub(crate) fn actor(&self, headers: &HeaderMap) -> Result<Actor, ApiError> {
        let unauthorized =
            |code, detail: &str| ApiError::new(StatusCode::UNAUTHORIZED, code, detail);
        let header = headers.get(header::AUTHORIZATION).ok_or_else(|| {
            unauthorized("api_key_missing", "send the header Authorization: Bearer YOUR_API_KEY")
        })?;
        let key = header.to_str().ok().and_then(|text| {
            let (scheme, key) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
        });
        let found = key.and_then(|key| {
            let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
            self.actors.read().ok()?.get(&hash).cloned()
        });
        found.ok_or_else(|| {
            unauthorized(
                "api_key_unknown",
                "the API key is unknown or revoked; ask an administrator",
            )
        })
    }
}

/// A key just made: the secret is shown once, the record is stored.
#[derive(Debug)]
pub struct NewKey {
    /// What the caller sends.
    pub secret: String,
    /// What is stored.
    pub record: ApiKey,
}

/// Makes a key.
///
/// # Errors
///
/// A sentence if the machine has no randomness.
pub fn new_key(name: &str, role: Role, at: Timestamp) -> Result<NewKey, String> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    let mut secret = String::from("qk_");
    for byte in random {
        secret.push_str(&format!("{byte:02x}"));
    }
    let hash = Sha256::digest(secret.as_bytes()).into();
    let record = ApiKey { name: name.to_owned(), hash, role, created_at: at, revoked_at: None };
    Ok(NewKey { secret, record })
}
