//! API keys: 256 random bits, shown once, only their SHA-256 stored.
//!
//! The keys are in memory. Several servers may share a database; then each reads the keys again every
//! second, and at once when it is shown one it does not know.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use engine::{ApiKey, ReadError, Reader, Role};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::time::MissedTickBehavior;

use crate::App;
use crate::problem::ApiError;

/// How often the keys are read again if other servers may change them; and at most how often because
/// of unknown ones.
const REFRESH: Duration = Duration::from_secs(1);
/// The code of a key that is not among those in memory.
const UNKNOWN: &str = "api_key_unknown";

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
    /// Let in by this process, never stored.
    admitted: Mutex<HashMap<[u8; 32], Actor>>,
    /// Held from reading the stored keys to taking them over, so that an older reading never wins.
    reading: Mutex<()>,
    /// When the keys were last read because of an unknown one.
    looked: tokio::sync::Mutex<Option<Instant>>,
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
        let _reading = self.reading.lock();
        let keys = reader.api_keys()?.into_iter().filter(|key| key.revoked_at.is_none());
        let mut fresh: HashMap<_, _> = keys
            .map(|key| (key.hash, Actor { name: Arc::from(key.name), role: key.role }))
            .collect();
        if let Ok(admitted) = self.admitted.lock() {
            fresh.extend(admitted.iter().map(|(hash, actor)| (*hash, actor.clone())));
        }
        if let Ok(mut current) = self.actors.write() {
            *current = fresh;
        }
        Ok(())
    }

    /// Lets a key in without storing it, for this process only.
    pub fn admit(&self, key: &ApiKey) {
        let actor = Actor { name: Arc::from(key.name.as_str()), role: key.role };
        if let Ok(mut admitted) = self.admitted.lock() {
            admitted.insert(key.hash, actor.clone());
        }
        if let Ok(mut actors) = self.actors.write() {
            actors.insert(key.hash, actor);
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

    /// The caller named by `Authorization: Bearer KEY`, among the keys in memory.
    fn actor(&self, headers: &HeaderMap) -> Result<Actor, ApiError> {
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
            unauthorized(UNKNOWN, "the API key is unknown or revoked; ask an administrator")
        })
    }
}

impl App {
    /// The caller named by `Authorization: Bearer KEY`. A key that is not known may just have been made
    /// by another server; then the stored ones are looked at.
    pub(crate) async fn actor(&self, headers: &HeaderMap) -> Result<Actor, ApiError> {
        let asked = Instant::now();
        match self.keys.actor(headers) {
            Err(error) if self.shared && error.code() == UNKNOWN => {
                self.look_again(asked).await;
                self.keys.actor(headers)
            }
            answer => answer,
        }
    }

    /// Returns after the keys were read at or after `asked`. However many ask, they are read once a
    /// second; the others wait, so that a key is never refused that was there before it was asked for.
    async fn look_again(&self, asked: Instant) {
        let mut looked = self.keys.looked.lock().await;
        if let Some(last) = *looked {
            if last >= asked {
                return;
            }
            tokio::time::sleep(REFRESH.saturating_sub(last.elapsed())).await;
        }
        *looked = Some(Instant::now());
        if let Err(error) = self.reload_keys().await {
            tracing::warn!(detail = error.cause(), "the API keys could not be read again");
        }
    }

    /// Reads the stored keys again.
    pub(crate) async fn reload_keys(&self) -> Result<(), ApiError> {
        let keys = Arc::clone(&self.keys);
        self.read(move |reader| Ok(keys.reload(reader)?)).await
    }

    /// Reads the stored keys again every second, until it is dropped: other servers make and revoke
    /// keys, too.
    pub async fn follow_keys(self) {
        let mut tick = tokio::time::interval(REFRESH);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        loop {
            tick.tick().await;
            let read = self.reload_keys().await;
            if let (Err(error), false) = (&read, failing) {
                tracing::warn!(detail = error.cause(), "the API keys could not be read again");
            }
            failing = read.is_err();
        }
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
