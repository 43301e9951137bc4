//! Attempts to log in are counted before they are looked at, so that many at once are no way around the count.

use axum::http::StatusCode;
use engine::kept::{self, Stored};
use engine::{Reader, SideWrite};
use identity::{Attempts, sha256_hex};
use jiff::Timestamp;

use crate::App;
use crate::problem::ApiError;

/// So often a count is tried again that others changed meanwhile.
const TRIES: usize = 16;

/// An attempt that was counted as failed until it is known to be none.
#[derive(Debug)]
pub(crate) struct Attempt {
    id: String,
}

impl Attempt {
    /// Counts an attempt under what was typed as the user's name, whether there is such a user or not.
    ///
    /// Refused, and not counted, while the name is locked.
    pub(crate) async fn begin(app: &App, name: &str, now: Timestamp) -> Result<Self, ApiError> {
        let id = sha256_hex(name);
        for _ in 0..TRIES {
            let stored = read(app, &id).await?;
            let earlier = stored.as_ref().map(|it| it.body).filter(|it| !it.is_forgotten(now));
            if let Some(seconds) = earlier.and_then(|it| it.locked_for(now)) {
                tracing::warn!(code = "login_locked", seconds, "login refused");
                let detail = "this user name was tried too often; wait, and try again";
                return Err(ApiError::too_many_requests("login_locked", detail, seconds));
            }
            let version = stored.map(|it| it.version);
            let write = kept::put(&id, version, &Attempts::failed(earlier, now));
            if put(app, write).await? {
                return Ok(Self { id });
            }
        }
        Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "too many log in under this name; try again",
        ))
    }

    /// It was the right person: nothing counts any more.
    pub(crate) async fn succeeded(self, app: &App) -> Result<(), ApiError> {
        self.change(app, |_| None).await
    }

    /// It was no failure, and proved nothing: what was counted before still counts.
    pub(crate) async fn undecided(self, app: &App) -> Result<(), ApiError> {
        let less = |attempts: Attempts| Attempts {
            failures: attempts.failures.saturating_sub(1),
            ..attempts
        };
        self.change(app, |attempts| Some(less(attempts)).filter(|it| it.failures > 0)).await
    }

    async fn change(
        self,
        app: &App,
        change: impl Fn(Attempts) -> Option<Attempts>,
    ) -> Result<(), ApiError> {
        for _ in 0..TRIES {
            let Some(stored) = read(app, &self.id).await? else { return Ok(()) };
            let write = match change(stored.body) {
                Some(attempts) => kept::put(&self.id, Some(stored.version), &attempts),
                None => kept::erase(&stored),
            };
            if put(app, write).await? {
                break;
            }
        }
        Ok(())
    }
}

/// Writes a count, a few at a time, so that a flood of attempts does not fill the queue of those who write.
async fn put(app: &App, write: SideWrite) -> Result<bool, ApiError> {
    let _turn = app.people.counting.acquire().await.ok();
    Ok(app.engine.put_side(vec![write]).await?)
}

async fn read(app: &App, id: &str) -> Result<Option<Stored<Attempts>>, ApiError> {
    let id = id.to_owned();
    app.read(move |reader: &dyn Reader| Ok(kept::find(reader, &id)?)).await
}
