//! Who may do what: permissions, roles, API keys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::ApiKey;
use engine::kept::{self, Stored};
use identity::{ApiClient, User, UserName};
use jiff::Timestamp;
use receivables::permission::{Permission, RoleName, same};
use receivables::{Rejection, Settings};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::auth::{Caller, new_key};
use crate::body::{Body, ChangeApiKey, ChangeRole, CreateApiKey, MakeRole, roles};
use crate::context::{Asked, Name};
use crate::problem::{ApiError, Problem};
use crate::views::{ApiKeyView, CallerView, LoginView, PermissionView, RoleView};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_me))
        .routes(routes!(list_permissions))
        .routes(routes!(list_roles, make_role))
        .routes(routes!(change_role))
        .routes(routes!(list_api_keys, create_api_key))
        .routes(routes!(change_api_key))
        .routes(routes!(revoke_api_key))
}

/// Show who calls, and what it may do.
#[utoipa::path(get, path = "/api/v1/me", tag = "administration",
    responses((status = 200, description = "Who calls", body = CallerView), ReadErrors))]
async fn get_me(caller: Caller) -> Json<CallerView> {
    Json(CallerView {
        name: caller.actor.name().to_string(),
        person: caller.actor.person().cloned(),
        roles: caller.actor.roles().to_vec(),
        permissions: caller.actor.permissions(),
        session: caller.login.as_deref().map(LoginView::new),
    })
}

/// The permissions.
#[derive(Serialize, ToSchema)]
struct PermissionPage {
    /// By area.
    permissions: Vec<PermissionView>,
}

/// List every permission there is.
#[utoipa::path(get, path = "/api/v1/permissions", tag = "administration",
    responses((status = 200, description = "The permissions", body = PermissionPage), ReadErrors))]
async fn list_permissions() -> Json<PermissionPage> {
    let permissions = Permission::ALL.iter().map(|permission| PermissionView::from(*permission));
    Json(PermissionPage { permissions: permissions.collect() })
}

/// The roles.
#[derive(Serialize, ToSchema)]
struct RolePage {
    /// First the built-in ones, then the others in the order they were made.
    roles: Vec<RoleView>,
}

/// List the roles with what they grant.
#[utoipa::path(get, path = "/api/v1/roles", tag = "administration",
    responses((status = 200, description = "The roles", body = RolePage), ReadErrors))]
async fn list_roles(State(app): State<App>) -> Result<Json<RolePage>, ApiError> {
    let settings = app.read(|reader| Ok(reader.settings()?)).await?;
    Ok(Json(RolePage { roles: RoleView::all(&settings) }))
}

/// Make a role.
#[utoipa::path(post, path = "/api/v1/roles", tag = "administration", params(DryRun, KeyHeader),
    request_body = MakeRole, responses(CommandResponses))]
async fn make_role(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<MakeRole>,
) -> Result<Response, ApiError> {
    let response = asked.execute(&app, body.command()).await?;
    app.reload_keys().await?;
    Ok(response)
}

/// Change a role that was made; whoever has it can do from now on what it grants then.
#[utoipa::path(patch, path = "/api/v1/roles/{role}", tag = "administration",
    params(("role" = String, Path, description = "Name of the role", example = "Payout desk"), DryRun, KeyHeader),
    request_body = ChangeRole, responses(CommandResponses))]
async fn change_role(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ChangeRole>,
) -> Result<Response, ApiError> {
    let role = role_name(&name)?;
    let _changing = app.keys.changing.lock().await;
    let holders = holders(&app).await?;
    let mut changed = holders.settings.clone();
    for made in changed.roles.iter_mut().filter(|made| same(made.name.as_str(), role.as_str())) {
        body.foresee(made);
    }
    let before = holders.administered();
    require_administered(before, Holders { settings: changed, ..holders }.administered())?;
    let response = asked.execute(&app, body.command(role)).await?;
    app.reload_keys().await?;
    Ok(response)
}

fn role_name(name: &str) -> Result<RoleName, ApiError> {
    let unknown = || Rejection::UnknownRole { role: name.chars().take(60).collect() };
    RoleName::try_new(name).map_err(|_| unknown().into())
}

/// Who has roles, and what they grant.
pub(super) struct Holders {
    pub(super) keys: Vec<ApiKey>,
    pub(super) users: Vec<Stored<User>>,
    pub(super) settings: Settings,
}

pub(super) async fn holders(app: &App) -> Result<Holders, ApiError> {
    app.read(|reader| {
        let users = kept::all(reader, usize::MAX, |_: &User| true)?;
        Ok(Holders { keys: reader.api_keys()?, users, settings: reader.settings()? })
    })
    .await
}

impl Holders {
    /// Whether somebody can give roles, and will go on to be able to.
    pub(super) fn administered(&self) -> bool {
        let gives =
            |roles: &[RoleName]| self.settings.granted(roles).has(Permission::ManageUserRoles);
        let lasting = |key: &ApiKey| key.revoked_at.is_none() && key.expires_at.is_none();
        self.keys.iter().any(|key| lasting(key) && gives(&key.roles))
            || self.users.iter().any(|user| user.body.is_active() && gives(&user.body.roles))
    }
}

/// Refuses what leaves nobody who can give roles.
pub(super) fn require_administered(before: bool, after: bool) -> Result<(), ApiError> {
    if after || !before {
        return Ok(());
    }
    let detail = "after this nobody could manage user roles; give somebody else the role of an \
                  administrator first";
    Err(ApiError::new(StatusCode::CONFLICT, "last_administrator", detail))
}

/// Refuses a role that is not there.
pub(super) fn require_roles(settings: &Settings, roles: &[RoleName]) -> Result<(), ApiError> {
    match roles.iter().find(|role| settings.role(role).is_none()) {
        Some(role) => Err(Rejection::UnknownRole { role: role.to_string() }.into()),
        None => Ok(()),
    }
}

/// Refuses an end that lies behind.
fn require_ahead(end: Option<Timestamp>, now: Timestamp) -> Result<(), ApiError> {
    if end.is_some_and(|end| end <= now) {
        let detail = "expires_at must lie in the future; revoke the key to end it now";
        return Err(ApiError::bad_request("body_invalid", detail).with("field", "expires_at"));
    }
    Ok(())
}

/// The API keys.
#[derive(Serialize, ToSchema)]
struct ApiKeyPage {
    /// By name.
    api_keys: Vec<ApiKeyView>,
}

/// List API keys, without their secrets.
#[utoipa::path(get, path = "/api/v1/api-keys", tag = "administration",
    responses((status = 200, description = "The API keys", body = ApiKeyPage), ReadErrors))]
async fn list_api_keys(State(app): State<App>, asked: Asked) -> Result<Json<ApiKeyPage>, ApiError> {
    asked.for_real()?;
    let keys = app.read(|reader| Ok(reader.api_keys()?)).await?;
    let api_keys = keys.iter().map(|key| ApiKeyView::new(key, None)).collect();
    Ok(Json(ApiKeyPage { api_keys }))
}

/// Make an API key; the secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/api-keys", tag = "administration", request_body = CreateApiKey,
    responses(
        (status = 201, description = "The API key with its secret", body = ApiKeyView),
        (status = 409, description = "`name_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`content_type_not_json`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`unknown_role`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database cannot be written now", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn create_api_key(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<CreateApiKey>,
) -> Result<(StatusCode, Json<ApiKeyView>), ApiError> {
    asked.for_real()?;
    let (name, roles) = (body.name.to_string(), roles(body.roles)?);
    let now = app.engine.clock().now();
    require_ahead(body.expires_at, now)?;
    let _changing = app.keys.changing.lock().await;
    let holders = holders(&app).await?;
    if holders.keys.iter().any(|key| key.name == name) {
        return Err(name_taken());
    }
    require_free(&app, &holders, &name).await?;
    require_roles(&holders.settings, &roles)?;
    let mut made = new_key(&name, roles, now).map_err(ApiError::internal)?;
    made.record.expires_at = body.expires_at;
    made.record.person = body.person;
    app.engine.put_api_key(made.record.clone()).await?;
    app.reload_keys().await?;
    tracing::info!(actor = %asked.caller.actor.name(), key = name, roles = ?made.record.roles, "API key made");
    let view = ApiKeyView::new(&made.record, Some(made.secret));
    Ok((StatusCode::CREATED, Json(view)))
}

pub(super) fn name_taken() -> ApiError {
    let detail =
        "there is already a key, a user or an API client with this name; choose another name";
    ApiError::new(StatusCode::CONFLICT, "name_taken", detail)
}

/// Refuses a name that stands for somebody of another kind in the history: whoever asked for a refund is known there
/// by name.
pub(super) async fn require_free(app: &App, holders: &Holders, name: &str) -> Result<(), ApiError> {
    let Ok(name) = UserName::try_new(name) else { return Ok(()) };
    let is = |other: &str| other.trim().eq_ignore_ascii_case(name.as_str());
    let user = holders.users.iter().any(|user| user.body.name == name);
    let key = holders.keys.iter().any(|key| is(&key.name));
    let id = name.to_string();
    let client =
        app.read(move |reader| Ok(kept::find::<ApiClient>(reader, &id)?.is_some())).await?;
    if user || key || client { Err(name_taken()) } else { Ok(()) }
}

fn found(keys: &[ApiKey], name: &str) -> Result<usize, ApiError> {
    keys.iter().position(|key| key.name == name).ok_or_else(|| {
        let detail = "there is no API key with this name; see the list of keys";
        ApiError::new(StatusCode::NOT_FOUND, "not_found", detail)
    })
}

/// Changes one key, stores it, and has every caller held against it at once.
async fn change(
    app: &App,
    name: &str,
    changed: impl FnOnce(&mut ApiKey, &Settings) -> Result<(), ApiError>,
) -> Result<ApiKey, ApiError> {
    let _changing = app.keys.changing.lock().await;
    let mut holders = holders(app).await?;
    let place = found(&holders.keys, name)?;
    let before = holders.administered();
    if let Some(key) = holders.keys.get_mut(place) {
        changed(key, &holders.settings)?;
    }
    require_administered(before, holders.administered())?;
    let key = holders.keys.swap_remove(place);
    app.engine.put_api_key(key.clone()).await?;
    app.reload_keys().await?;
    Ok(key)
}

/// Give an API key other roles, or another end. Its secret stays.
#[utoipa::path(patch, path = "/api/v1/api-keys/{name}", tag = "administration",
    params(("name" = String, Path, description = "Name of the key", example = "web shop")),
    request_body = ChangeApiKey,
    responses(
        (status = 200, description = "The API key", body = ApiKeyView),
        (status = 409, description = "`last_administrator`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`content_type_not_json`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`unknown_role`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database cannot be written now", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn change_api_key(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ChangeApiKey>,
) -> Result<Json<ApiKeyView>, ApiError> {
    asked.for_real()?;
    require_ahead(body.expires_at, app.engine.clock().now())?;
    let given = body.roles.map(roles).transpose()?;
    let key = change(&app, &name, |key, settings| {
        if let Some(given) = given {
            require_roles(settings, &given)?;
            key.roles = given;
        }
        key.expires_at = body.expires_at.or(key.expires_at);
        Ok(())
    });
    let key = key.await?;
    tracing::info!(actor = %asked.caller.actor.name(), key = name, roles = ?key.roles, "API key changed");
    Ok(Json(ApiKeyView::new(&key, None)))
}

/// Revoke an API key, for ever.
#[utoipa::path(post, path = "/api/v1/api-keys/{name}/revoke", tag = "administration",
    params(("name" = String, Path, description = "Name of the key", example = "web shop")),
    responses(
        (status = 200, description = "The API key", body = ApiKeyView),
        (status = 409, description = "`last_administrator`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database cannot be written now", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn revoke_api_key(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
) -> Result<Json<ApiKeyView>, ApiError> {
    asked.for_real()?;
    let now = app.engine.clock().now();
    let revoke = |key: &mut ApiKey, _: &Settings| {
        key.revoked_at = key.revoked_at.or(Some(now));
        Ok(())
    };
    let key = change(&app, &name, revoke).await?;
    tracing::info!(actor = %asked.caller.actor.name(), key = name, "API key revoked");
    Ok(Json(ApiKeyView::new(&key, None)))
}
