//! Who a session or a token belongs to.

use std::sync::Arc;

use axum::http::{HeaderMap, Method, StatusCode};
use engine::kept::{self, Stored};
use engine::{ReadError, Reader};
use identity::{AccessToken, ApiClient, Session, User, csrf_token, sha256_hex};
use jiff::Timestamp;

use super::cache::Cache;
use super::{Origin, People};
use crate::App;
use crate::auth::Caller;
use crate::problem::ApiError;

/// A session is written down again at most so often, in seconds.
const SEEN_S: i64 = 60;

/// A session and whose it is.
#[derive(Clone, Debug)]
pub(super) struct LoggedIn {
    session: Stored<Session>,
    user: Stored<User>,
}

/// A token and whose it is.
#[derive(Debug)]
pub(super) struct Program {
    token: AccessToken,
    client: ApiClient,
}

/// A person who is logged in.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// The session.
    pub(crate) session: Stored<Session>,
    /// The user.
    pub(crate) user: Stored<User>,
    /// What unsafe requests say as well.
    pub(crate) csrf_token: String,
    /// When the session ends if it is not used again.
    pub(crate) ends_at: Timestamp,
}

fn session(reader: &dyn Reader, id: &str) -> Result<Option<LoggedIn>, ReadError> {
    let Some(session) = kept::find::<Session>(reader, id)? else { return Ok(None) };
    let user = kept::find::<User>(reader, session.body.user.as_str())?;
    Ok(user.map(|user| LoggedIn { session, user }))
}

fn program(reader: &dyn Reader, id: &str) -> Result<Option<Program>, ReadError> {
    let Some(token) = kept::find::<AccessToken>(reader, id)? else { return Ok(None) };
    let client = kept::find::<ApiClient>(reader, &token.body.client)?;
    Ok(client.map(|client| Program { token: token.body, client: client.body }))
}

fn token_unknown() -> ApiError {
    let detail = "the access token is unknown, revoked or expired; get a new one at /oauth/token";
    ApiError::new(StatusCode::UNAUTHORIZED, "token_unknown", detail)
}

fn session_unknown() -> ApiError {
    let detail = "there is no such session, or it has ended; log in again";
    ApiError::new(StatusCode::UNAUTHORIZED, "session_unknown", detail)
}

impl App {
    /// Whoever has this token.
    pub(crate) async fn token_caller(
        &self,
        token: &str,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Caller, ApiError> {
        let id = AccessToken::id(token);
        let found = self.looked_up(|it| &it.tokens, &id, origin, now, program).await?;
        let program = found.ok_or_else(token_unknown)?;
        let roles = program.token.granted(&program.client, now).ok_or_else(token_unknown)?;
        Ok(self.keys.caller_of(&program.client.name, &roles, None))
    }

    /// Whoever is logged in with the cookie of this request, if it has one. What changes something has to say the
    /// token of the session as well, which no page of another site can know.
    pub(crate) async fn session_caller(
        &self,
        method: &Method,
        headers: &HeaderMap,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Option<Caller>, ApiError> {
        let Some(token) = origin.session_token(headers) else { return Ok(None) };
        let login = self.login(token, origin, now).await?;
        if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
            origin.require_same_site(headers)?;
            let said = headers.get("x-csrf-token").and_then(|it| it.to_str().ok()).unwrap_or("");
            if !identity::constant_time_eq(said, &login.csrf_token) {
                let detail = "send the header X-CSRF-Token with the csrf_token that the login, or \
                              GET /api/v1/me, answers";
                return Err(ApiError::new(StatusCode::FORBIDDEN, "csrf_token_invalid", detail));
            }
        }
        let user = &login.user.body;
        let mut caller =
            self.keys.caller_of(user.name.as_str(), &user.roles, Some(user.person.clone()));
        caller.login = Some(Arc::new(login));
        Ok(Some(caller))
    }

    async fn login(&self, token: &str, origin: &Origin, now: Timestamp) -> Result<Login, ApiError> {
        let id = sha256_hex(token);
        let found = self.looked_up(|it| &it.sessions, &id, origin, now, session).await?;
        let found = found.ok_or_else(session_unknown)?;
        let LoggedIn { mut session, user } = LoggedIn::clone(&found);
        let ends = |session: &Session| {
            let options = self.people.options;
            session.ends_at(options.session_idle_s, options.session_max_s)
        };
        let holds = user.body.is_active() && session.body.epoch == user.body.epoch;
        if !holds || ends(&session.body) <= now {
            return Err(session_unknown());
        }
        if now.duration_since(session.body.seen_at).as_secs() >= SEEN_S {
            session.body.seen_at = now;
            let write = kept::put(&id, Some(session.version), &session.body);
            // Whoever cannot write it down is let in all the same; somebody else may just have done it.
            if self.engine.put_side(vec![write]).await.unwrap_or(false) {
                session.version += 1;
            }
            self.people.sessions.clear();
        }
        let (csrf_token, ends_at) = (csrf_token(token), ends(&session.body));
        Ok(Login { session, user, csrf_token, ends_at })
    }

    /// What was read a moment ago, or is read now. An address whose credentials were refused too often does not
    /// have us read for what was never seen.
    async fn looked_up<T: Send + Sync + 'static>(
        &self,
        cache: impl Fn(&People) -> &Cache<T>,
        id: &str,
        origin: &Origin,
        now: Timestamp,
        read: fn(&dyn Reader, &str) -> Result<Option<T>, ReadError>,
    ) -> Result<Option<Arc<T>>, ApiError> {
        let ticket = match cache(&self.people).find(id) {
            Ok(found) => return Ok(Some(found)),
            Err(ticket) => ticket,
        };
        let _turn = if cache(&self.people).knows(id) {
            None
        } else {
            self.people.may_try(origin, now)?;
            self.people.looking.acquire().await.ok()
        };
        let wanted = id.to_owned();
        let found = self.read(move |reader| Ok(read(reader, &wanted)?.map(Arc::new))).await?;
        cache(&self.people).keep(id, ticket, found.clone());
        Ok(found)
    }
}
