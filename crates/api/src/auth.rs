//! Who calls: by an API key, the token of a program, or the session of a person.
//!
//! API keys: 256 random bits, shown once, only their SHA-256 stored.
//!
//! The keys are in memory. Several servers may share a database; then each reads the keys again every
//! second, and at once when it is shown one it does not know.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use engine::{Actor, ApiKey, ReadError, Reader};
use identity::TOKEN_PREFIX;
use jiff::Timestamp;
use receivables::Settings;
use receivables::approval::PersonName;
use receivables::permission::{Permission, Permissions, RoleName, Standard};
use sha2::{Digest, Sha256};
use tokio::time::MissedTickBehavior;

use crate::App;
use crate::people::{Login, Origin};
use crate::problem::ApiError;

/// How often the keys are read again if other servers may change them; and at most how often because
/// of unknown ones.
const REFRESH: Duration = Duration::from_secs(1);
/// The code of a key that is not among those in memory.
const UNKNOWN: &str = "api_key_unknown";
/// The code of a request that says nothing of who calls.
const MISSING: &str = "api_key_missing";

/// Who calls: what the history and the rules want to know, and the roles behind it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) actor: Actor,
    /// The session, if it is a person who logged in.
    pub(crate) login: Option<Arc<Login>>,
    expires_at: Option<Timestamp>,
}

impl Caller {
    fn new(key: &ApiKey, settings: &Settings) -> Self {
        let actor = actor(&key.name, &key.roles, key.person.clone(), settings);
        Self { actor, login: None, expires_at: key.expires_at }
    }
}

fn actor(name: &str, roles: &[RoleName], person: Option<PersonName>, settings: &Settings) -> Actor {
    Actor::granted(Arc::from(name), settings.granted(roles), Arc::from(roles), person)
}

/// The callers, and what a refusal tells of them.
#[derive(Debug, Default)]
struct Callers {
    by_hash: HashMap<[u8; 32], Caller>,
    /// The names of those that may give roles, sorted.
    granters: Vec<String>,
    settings: Settings,
}

impl Callers {
    fn insert(&mut self, key: &ApiKey) {
        let caller = Caller::new(key, &self.settings);
        if caller.actor.permissions().has(Permission::ManageUserRoles)
            && let Err(place) = self.granters.binary_search(&key.name)
        {
            self.granters.insert(place, key.name.clone());
        }
        self.by_hash.insert(key.hash, caller);
    }
}

/// How many names a refusal tells at most.
const NAMES_MAX: usize = 5;

/// The keys that may call, by hash. The hash of a random key tells nothing, so looking it up in a
/// map leaks no timing worth having.
#[derive(Debug, Default)]
pub struct Keyring {
    callers: RwLock<Callers>,
    /// Let in by this process, never stored.
    admitted: Mutex<Vec<ApiKey>>,
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
        let mut fresh = Callers { settings: reader.settings()?, ..Callers::default() };
        for key in reader.api_keys()?.iter().filter(|key| key.revoked_at.is_none()) {
            fresh.insert(key);
        }
        if let Ok(admitted) = self.admitted.lock() {
            admitted.iter().for_each(|key| fresh.insert(key));
        }
        if let Ok(mut current) = self.callers.write() {
            *current = fresh;
        }
        Ok(())
    }

    /// Lets a key in without storing it, for this process only.
    pub fn admit(&self, key: &ApiKey) {
        if let Ok(mut admitted) = self.admitted.lock() {
            admitted.push(key.clone());
        }
        if let Ok(mut callers) = self.callers.write() {
            callers.insert(key);
        }
    }

    /// The refusal of a caller that lacks permissions: which, which roles have them, who can give one. `any`:
    /// one of them would do.
    pub(crate) fn forbidden(&self, caller: &Caller, missing: Permissions, any: bool) -> ApiError {
        let named: Vec<&str> = missing.iter().map(Permission::name).collect();
        let codes: Vec<&str> = missing.iter().map(Permission::code).collect();
        let (mut roles, mut granters) = (Vec::new(), Vec::new());
        if let Ok(callers) = self.callers.read() {
            roles = callers.settings.roles_with_all(missing);
            granters.clone_from(&callers.granters);
        }
        roles.truncate(NAMES_MAX);
        granters.truncate(NAMES_MAX);
        let permissions = match named.as_slice() {
            [one] => format!("permission {one}"),
            several => format!("permissions {}", several.join(if any { " or " } else { ", " })),
        };
        let whose = if granters.is_empty() { "an administrator" } else { &granters.join(", ") };
        let detail = format!(
            "{:?} does not have the {permissions}; ask {whose} for a role that has it, such as {}",
            caller.actor.name(),
            roles.first().map_or("Administrator", String::as_str)
        );
        ApiError::new(StatusCode::FORBIDDEN, "permission_missing", detail)
            .with("permissions", codes)
            .with("permission_names", named)
            .with("roles", roles)
            .with("granted_by", granters)
    }

    /// A caller with these roles, as the settings have them now.
    pub(crate) fn caller_of(
        &self,
        name: &str,
        roles: &[RoleName],
        person: Option<PersonName>,
    ) -> Caller {
        let callers = self.callers.read().unwrap_or_else(PoisonError::into_inner);
        let actor = actor(name, roles, person, &callers.settings);
        Caller { actor, login: None, expires_at: None }
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
    fn caller(&self, headers: &HeaderMap, now: Timestamp) -> Result<Caller, ApiError> {
        let unauthorized =
            |code, detail: &str| ApiError::new(StatusCode::UNAUTHORIZED, code, detail);
        let header = headers.get(header::AUTHORIZATION).ok_or_else(|| {
            unauthorized(MISSING, "send the header Authorization: Bearer YOUR_API_KEY")
        })?;
        let found = bearer(header).and_then(|key| {
            let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
            self.callers.read().ok()?.by_hash.get(&hash).cloned()
        });
        let caller = found.ok_or_else(|| {
            unauthorized(UNKNOWN, "the API key is unknown or revoked; ask an administrator")
        })?;
        if caller.expires_at.is_some_and(|end| end <= now) {
            let detail = "the API key has expired; ask an administrator for a new one";
            return Err(unauthorized("api_key_expired", detail));
        }
        Ok(caller)
    }
}

fn bearer(header: &HeaderValue) -> Option<&str> {
    let (scheme, key) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

impl App {
    /// Who calls: by `Authorization: Bearer` and a key or a token, else by the cookie of a session. Credentials
    /// that are refused count against the address they came from.
    pub(crate) async fn caller(
        &self,
        method: &Method,
        headers: &HeaderMap,
        origin: &Origin,
    ) -> Result<Caller, ApiError> {
        let now = self.engine.clock().now();
        let found = match headers.get(header::AUTHORIZATION) {
            Some(header) => match bearer(header).filter(|it| it.starts_with(TOKEN_PREFIX)) {
                Some(token) => self.token_caller(token, origin, now).await,
                None => self.key_caller(headers, origin, now).await,
            },
            None => match self.session_caller(method, headers, origin, now).await {
                Ok(Some(caller)) => Ok(caller),
                Ok(None) => self.keys.caller(headers, now),
                Err(error) => Err(error),
            },
        };
        found.map_err(|error| {
            let refused = error.status() == StatusCode::UNAUTHORIZED && error.code() != MISSING;
            if refused { self.people.refused(origin, now, error) } else { error }
        })
    }

    /// The caller with an API key. One that is not known may just have been made by another server; then the stored
    /// ones are looked at.
    async fn key_caller(
        &self,
        headers: &HeaderMap,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Caller, ApiError> {
        let asked = Instant::now();
        match self.keys.caller(headers, now) {
            Err(error) if self.shared && error.code() == UNKNOWN => {
                self.people.may_try(origin, now)?;
                self.look_again(asked).await;
                self.keys.caller(headers, now)
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
pub fn new_key(name: &str, roles: Vec<RoleName>, at: Timestamp) -> Result<NewKey, String> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random).map_err(|error| error.to_string())?;
    let mut secret = String::from("qk_");
    for byte in random {
        secret.push_str(&format!("{byte:02x}"));
    }
    let hash = Sha256::digest(secret.as_bytes()).into();
    let (name, created_at) = (name.to_owned(), at);
    let (revoked_at, expires_at, person) = (None, None, None);
    let record = ApiKey { name, hash, roles, created_at, revoked_at, expires_at, person };
    Ok(NewKey { secret, record })
}

/// As [`new_key`], for an administrator.
///
/// # Errors
///
/// As [`new_key`].
pub fn new_administrator(name: &str, at: Timestamp) -> Result<NewKey, String> {
    new_key(name, RoleName::try_new(Standard::Administrator.name()).into_iter().collect(), at)
}
