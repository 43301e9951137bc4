//! People who log in and programs that get tokens, and how often anybody may ask.
//!
//! Sessions and tokens are records of the database. What was read of one is kept for a second, so that a
//! revocation, here or on another server, holds within that time, and a caller costs one read a second.

mod attempts;
mod cache;
mod credentials;
mod origin;
mod sweep;

use std::sync::Arc;

use engine::SideWrite;
use identity::{Hasher, Limiter, Rate};
use jiff::Timestamp;
use receivables::permission::Permissions;
use tokio::sync::Semaphore;

use crate::App;
use crate::problem::ApiError;

pub(crate) use attempts::Attempt;
pub(crate) use credentials::Login;
pub(crate) use origin::Origin;

use cache::Cache;
use credentials::{LoggedIn, Program};

/// How many refused credentials a second an address may be seen with, times what it may send at once.
const FAILURES_AT_ONCE: u32 = 5;
/// So many unknown tokens are looked up at once; the others wait.
const LOOKING: usize = 4;
/// So many attempts to log in are written down at once; the others wait.
const COUNTING: usize = 32;

/// Keeps the secrets of second factors.
pub trait SecretBox: Send + Sync {
    /// Seals `secret` so that it only opens under the same name.
    ///
    /// # Errors
    ///
    /// A sentence.
    fn seal(&self, name: &str, secret: &[u8]) -> Result<Vec<u8>, String>;
    /// Opens what [`SecretBox::seal`] made.
    ///
    /// # Errors
    ///
    /// A sentence.
    fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, String>;
}

/// What may be chosen when a server starts.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether a proxy says in `X-Forwarded-*` who asks, and by which scheme.
    pub behind_proxy: bool,
    /// Requests a second of one caller; 0 limits nobody.
    pub rate_limit: u32,
    /// Refused credentials a second of one address; 0 limits nobody.
    pub failure_limit: u32,
    /// Seconds after which a session that is not used ends.
    pub session_idle_s: i64,
    /// Seconds after which a session ends in any case.
    pub session_max_s: i64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            behind_proxy: false,
            rate_limit: 0,
            failure_limit: 20,
            session_idle_s: 30 * 60,
            session_max_s: 12 * 3_600,
        }
    }
}

/// What the door knows of people and programs.
pub struct People {
    pub(crate) options: Options,
    pub(crate) hasher: Hasher,
    /// Seals the secrets of second factors; without it nobody can enrol one.
    pub secrets: Option<Arc<dyn SecretBox>>,
    callers: Limiter<Arc<str>>,
    addresses: Limiter<String>,
    sessions: Cache<LoggedIn>,
    tokens: Cache<Program>,
    looking: Semaphore,
    counting: Semaphore,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").field("options", &self.options).finish_non_exhaustive()
    }
}

impl People {
    /// With these options.
    pub fn new(options: Options) -> Self {
        let rate = |per_second: u32, times: u32| {
            Limiter::new(Rate { per_second, burst: per_second.saturating_mul(times) })
        };
        Self {
            options,
            hasher: Hasher::default(),
            secrets: None,
            callers: Limiter::new(Rate {
                per_second: options.rate_limit,
                burst: options.rate_limit,
            }),
            addresses: rate(options.failure_limit, FAILURES_AT_ONCE),
            sessions: Cache::default(),
            tokens: Cache::default(),
            looking: Semaphore::new(LOOKING),
            counting: Semaphore::new(COUNTING),
        }
    }

    /// Forgets what was read, after something changed.
    pub(crate) fn forget(&self) {
        self.sessions.clear();
        self.tokens.clear();
    }

    /// One more request of a caller.
    pub(crate) fn asks(&self, caller: &Arc<str>, now: Timestamp) -> Result<(), ApiError> {
        self.callers.take(Arc::clone(caller), now).map_err(|seconds| {
            let detail = "this caller asks more often than this server allows; wait, and ask for \
                          several things at once where that is possible";
            ApiError::too_many_requests("rate_limited", detail, seconds)
        })
    }

    /// Refuses an address whose credentials were refused too often.
    pub(crate) fn may_try(&self, origin: &Origin, now: Timestamp) -> Result<(), ApiError> {
        let Some(address) = origin.bucket() else { return Ok(()) };
        self.addresses.look(address, now).map_err(too_many_failures)
    }

    /// Counts an attempt against its address before anything is done about it, so that many at once are no way around
    /// the limit.
    pub(crate) fn tries(&self, origin: &Origin, now: Timestamp) -> Result<(), ApiError> {
        let Some(address) = origin.bucket() else { return Ok(()) };
        self.addresses.take(address, now).map_err(too_many_failures)
    }

    /// The attempt was none that counts.
    pub(crate) fn tried_well(&self, origin: &Origin) {
        if let Some(address) = origin.bucket() {
            self.addresses.give_back(address);
        }
    }

    /// Counts refused credentials against their address. The refusal of them, or that there were too many.
    pub(crate) fn refused(&self, origin: &Origin, now: Timestamp, error: ApiError) -> ApiError {
        let Some(address) = origin.bucket() else { return error };
        self.addresses.take(address, now).err().map_or(error, too_many_failures)
    }
}

fn too_many_failures(seconds: u64) -> ApiError {
    let detail =
        "credentials from this address were refused too often; correct them, wait, and try again";
    ApiError::too_many_requests("too_many_failures", detail, seconds)
}

impl App {
    /// Changes records of people or programs, all or none, and has everybody held against it at once.
    pub(crate) async fn change_people(&self, writes: Vec<SideWrite>) -> Result<bool, ApiError> {
        let changed = self.engine.put_side(writes).await?;
        self.people.forget();
        Ok(changed)
    }

    /// The same, refused if somebody else changed one of them meanwhile.
    pub(crate) async fn must_change_people(&self, writes: Vec<SideWrite>) -> Result<(), ApiError> {
        if self.change_people(writes).await? {
            return Ok(());
        }
        let detail = "somebody else changed this meanwhile; look at it, and try again";
        Err(ApiError::new(axum::http::StatusCode::CONFLICT, "changed_meanwhile", detail))
    }
}

/// Which of the permissions of somebody else the caller lacks.
pub(crate) fn beyond(theirs: Permissions, mine: Permissions) -> Option<Permissions> {
    Some(theirs.without(mine)).filter(|more| !more.is_empty())
}
