//! Logging in and out, and what a person does with sessions and the password.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::SideWrite;
use engine::kept::{self, Stored};
use identity::{Session, User, UserName, check_password, csrf_token, sha256_hex, token};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{PeopleErrors, ReadErrors};
use super::second_factor::{Factor, take_code};
use super::users::{busy, hashed, password_refused};
use crate::App;
use crate::auth::Caller;
use crate::body::{Body, ChangePassword, LogIn};
use crate::context::{Asked, Name};
use crate::people::{Attempt, Login, Origin};
use crate::problem::ApiError;
use crate::views::{DoneView, LoginView, SessionView};

/// So many sessions a person may have; logging in once more ends the oldest.
const SESSIONS_MAX: usize = 20;
/// Refusals of logins that count against the address.
const COUNTED: [&str; 3] = ["login_failed", "login_locked", "busy"];
/// What the token of a session begins with.
const PREFIX: &str = "qs_";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(log_in))
        .routes(routes!(log_out))
        .routes(routes!(change_password))
        .routes(routes!(list_sessions))
        .routes(routes!(end_session))
}

/// Log in. The answer sets the cookie of a new session.
///
/// Whether the user is unknown or disabled, or the password or the code is wrong, the answer is the same.
#[utoipa::path(post, path = "/api/v1/login", tag = "login", security(()), request_body = LogIn,
    responses((status = 200, description = "Logged in", body = LoginView), PeopleErrors, ReadErrors))]
async fn log_in(
    State(app): State<App>,
    origin: Origin,
    headers: HeaderMap,
    Body(body): Body<LogIn>,
) -> Result<Response, ApiError> {
    origin.require_same_site(&headers)?;
    let now = app.engine.clock().now();
    app.people.tries(&origin, now)?;
    let login = match recognised(&app, body, now).await {
        Ok(user) => begin(&app, &origin, user, now).await,
        Err(error) => Err(error),
    };
    if login.as_ref().err().is_none_or(|error| !COUNTED.contains(&error.code())) {
        app.people.tried_well(&origin);
    }
    let (login, token) = login.inspect_err(|error| {
        tracing::info!(code = error.code(), "login refused");
    })?;
    tracing::info!(user = %login.user.body.name, "logged in");
    Ok(with_cookie(&origin, &token, Json(LoginView::new(&login))))
}

fn login_failed() -> ApiError {
    let detail = "user, password or code is not right, or the user may not log in";
    ApiError::new(StatusCode::UNAUTHORIZED, "login_failed", detail)
}

/// A user who proved to be the one, and what that changed: a code that was used up.
struct Recognised {
    user: Stored<User>,
    changed: bool,
}

/// Finds the user and checks everything. Who is not there costs as much as who is.
async fn recognised(app: &App, body: LogIn, now: Timestamp) -> Result<Recognised, ApiError> {
    let (name, counted) = body.name()?;
    let (password, code) = (body.password.reveal()?, body.code.map(|it| it.reveal()).transpose()?);
    let place = app.people.hasher.place().map_err(|_| busy())?;
    let attempt = Attempt::begin(app, &counted, now).await?;
    let user = match name {
        Some(name) => find(app, &name).await?,
        None => None,
    };
    let user = user.filter(|user| user.body.is_active());
    let stored = user.as_ref().map(|user| user.body.password.clone());
    let right = app.people.hasher.verify(place, password, stored).await.map_err(|_| busy());
    let mut user = match (right, user) {
        (Ok(true), Some(user)) => user,
        (Ok(_), _) => return Err(login_failed()),
        (Err(busy), _) => {
            attempt.undecided(app).await?;
            return Err(busy);
        }
    };
    let changed = match take_code(app, &mut user.body, code.as_deref(), now)? {
        Factor::NotAsked => false,
        Factor::Right => true,
        Factor::Wrong => return Err(login_failed()),
        Factor::Missing => {
            attempt.undecided(app).await?;
            let detail = "send the six digits of your second factor, or a recovery code, as code";
            return Err(ApiError::new(StatusCode::UNAUTHORIZED, "second_factor_required", detail));
        }
    };
    attempt.succeeded(app).await?;
    Ok(Recognised { user, changed })
}

async fn find(app: &App, name: &UserName) -> Result<Option<Stored<User>>, ApiError> {
    let name = name.clone();
    app.read(move |reader| Ok(kept::find(reader, name.as_str())?)).await
}

/// Begins a session with a token that nobody has seen before.
async fn begin(
    app: &App,
    origin: &Origin,
    recognised: Recognised,
    now: Timestamp,
) -> Result<(Login, String), ApiError> {
    let Recognised { mut user, changed } = recognised;
    let token = token(PREFIX).map_err(|error| ApiError::internal(error.to_string()))?;
    let body = Session {
        user: user.body.name.clone(),
        epoch: user.body.epoch,
        created_at: now,
        seen_at: now,
        address: origin.address(),
    };
    let id = sha256_hex(&token);
    let mut writes = vec![kept::put(&id, None, &body)];
    if changed {
        // By its version: of two logins with the same code one finds it changed.
        writes.push(kept::change(&user));
        user.version += 1;
    }
    app.must_change_people(writes).await?;
    end_oldest(app, &user.body.name).await?;
    let options = app.people.options;
    let ends_at = body.ends_at(options.session_idle_s, options.session_max_s);
    let session = Stored { id, version: 1, body };
    Ok((Login { session, user, csrf_token: csrf_token(&token), ends_at }, token))
}

async fn sessions(app: &App, user: &UserName) -> Result<Vec<Stored<Session>>, ApiError> {
    let user = user.clone();
    let mine = move |session: &Session| session.user == user;
    app.read(move |reader| Ok(kept::all(reader, usize::MAX, mine)?)).await
}

async fn end_oldest(app: &App, user: &UserName) -> Result<(), ApiError> {
    let mut sessions = sessions(app, user).await?;
    sessions.sort_by_key(|session| std::cmp::Reverse(session.body.created_at));
    let old: Vec<SideWrite> = sessions.iter().skip(SESSIONS_MAX).map(kept::erase).collect();
    if !old.is_empty() {
        // Somebody else may just have ended one of them; the next login tries again.
        app.change_people(old).await?;
    }
    Ok(())
}

fn with_cookie(origin: &Origin, token: &str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    if let Ok(cookie) = HeaderValue::from_str(&origin.set_cookie(token)) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, no_store);
    response
}

/// The session of whoever asks.
pub(super) fn login(caller: &Caller) -> Result<Arc<Login>, ApiError> {
    caller.login.clone().ok_or_else(|| {
        let detail = "this is for people who logged in; keys and tokens have no session";
        ApiError::new(StatusCode::CONFLICT, "not_a_session", detail)
    })
}

/// Log out: end the session that asks.
#[utoipa::path(post, path = "/api/v1/logout", tag = "login",
    responses((status = 200, description = "Logged out", body = DoneView), PeopleErrors, ReadErrors))]
async fn log_out(
    State(app): State<App>,
    asked: Asked,
    origin: Origin,
) -> Result<Response, ApiError> {
    asked.for_real()?;
    let login = login(&asked.caller)?;
    end(&app, &login.session.body.user, &login.session.id).await?;
    tracing::info!(user = %login.user.body.name, "logged out");
    Ok(with_cookie(&origin, "", Json(DoneView::YES)))
}

/// Ends a session of a user; false if there is none of this id.
async fn end(app: &App, user: &UserName, id: &str) -> Result<bool, ApiError> {
    // It is written down again now and then; one of these finds it as it is.
    for _ in 0..3 {
        let wanted = id.to_owned();
        let found = app.read(move |reader| Ok(kept::find::<Session>(reader, &wanted)?)).await?;
        let Some(session) = found.filter(|it| it.body.user == *user) else { return Ok(false) };
        if app.change_people(vec![kept::erase(&session)]).await? {
            return Ok(true);
        }
    }
    Err(busy())
}

/// Change one's own password. Every other session ends.
#[utoipa::path(post, path = "/api/v1/password", tag = "login", request_body = ChangePassword,
    responses((status = 200, description = "Changed", body = DoneView), PeopleErrors, ReadErrors))]
async fn change_password(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<ChangePassword>,
) -> Result<Json<DoneView>, ApiError> {
    asked.for_real()?;
    let login = login(&asked.caller)?;
    let (current, new) = (body.current.reveal()?, body.new.reveal()?);
    let Stored { id, version, body: mut user } = login.user.clone();
    prove(&app, &user, current.clone()).await?;
    check_password(&user.name, &new).map_err(password_refused)?;
    if new == current {
        let detail = "this is the password you have; choose another one";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "password_refused", detail));
    }
    user.password = hashed(&app, new).await?;
    (user.must_change, user.changed_at) = (false, app.engine.clock().now());
    user.epoch += 1;
    let writes = vec![kept::put(&id, Some(version), &user), kept_session(&login.session, &user)];
    app.must_change_people(writes).await?;
    tracing::info!(user = %user.name, "password changed");
    Ok(Json(DoneView::YES))
}

/// The session that goes on when all others of the user end.
pub(super) fn kept_session(session: &Stored<Session>, user: &User) -> SideWrite {
    let body = Session { epoch: user.epoch, ..session.body.clone() };
    kept::put(&session.id, Some(session.version), &body)
}

/// Whether somebody who is logged in is really the person. Counted as logging in is, so that a session somebody
/// left open is no way to guess the password.
pub(super) async fn prove(app: &App, user: &User, password: String) -> Result<(), ApiError> {
    let place = app.people.hasher.place().map_err(|_| busy())?;
    let attempt = Attempt::begin(app, user.name.as_str(), app.engine.clock().now()).await?;
    match app.people.hasher.verify(place, password, Some(user.password.clone())).await {
        Ok(true) => attempt.succeeded(app).await,
        Ok(false) => {
            tracing::info!(user = %user.name, code = "password_wrong", "refused");
            let detail = "the current password is not right";
            Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "password_wrong", detail))
        }
        Err(_) => {
            attempt.undecided(app).await?;
            Err(busy())
        }
    }
}

/// One's own sessions.
#[derive(Serialize, ToSchema)]
struct SessionPage {
    /// The newest first; none for a key or a token.
    sessions: Vec<SessionView>,
}

/// List one's own sessions.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "login",
    responses((status = 200, description = "The sessions", body = SessionPage), ReadErrors))]
async fn list_sessions(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<SessionPage>, ApiError> {
    let Some(login) = caller.login else { return Ok(Json(SessionPage { sessions: Vec::new() })) };
    let (now, options) = (app.engine.clock().now(), app.people.options);
    let mut found = sessions(&app, &login.user.body.name).await?;
    found.retain(|session| {
        let ends_at = session.body.ends_at(options.session_idle_s, options.session_max_s);
        ends_at > now && session.body.epoch == login.user.body.epoch
    });
    found.sort_by_key(|session| std::cmp::Reverse(session.body.created_at));
    let sessions = found.iter().map(|it| SessionView::new(it, &login.session.id)).collect();
    Ok(Json(SessionPage { sessions }))
}

/// End one of one's own sessions.
#[utoipa::path(post, path = "/api/v1/sessions/{session}/end", tag = "login",
    params(("session" = String, Path, description = "Id of the session", example = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9")),
    responses((status = 200, description = "It has ended", body = DoneView), PeopleErrors, ReadErrors))]
async fn end_session(
    State(app): State<App>,
    asked: Asked,
    Name(id): Name,
) -> Result<Json<DoneView>, ApiError> {
    asked.for_real()?;
    let login = login(&asked.caller)?;
    if end(&app, &login.user.body.name, &id).await? {
        return Ok(Json(DoneView::YES));
    }
    let detail = "you have no session with this id; see the list of sessions";
    Err(ApiError::new(StatusCode::NOT_FOUND, "not_found", detail))
}
