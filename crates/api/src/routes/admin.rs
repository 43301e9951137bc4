//! Settings, API keys, the test clock.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::Role;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::auth::new_key;
use crate::body::{Body, ChangeSettings, CreateApiKey, SetClock};
use crate::context::{Caller, Name, Viewer};
use crate::problem::{ApiError, Problem};
use crate::views::{ApiKeyView, SettingsView};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_settings, change_settings))
        .routes(routes!(list_api_keys, create_api_key))
        .routes(routes!(revoke_api_key))
        .routes(routes!(get_clock, set_clock))
}

/// Show the settings.
#[utoipa::path(get, path = "/api/v1/settings", tag = "administration",
    responses((status = 200, description = "The settings", body = SettingsView), ReadErrors))]
async fn get_settings(State(app): State<App>, _: Viewer) -> Result<Json<SettingsView>, ApiError> {
    Ok(Json(app.read(|reader| Ok(SettingsView::new(&reader.settings()?))).await?))
}

/// Change the settings; later decisions follow them.
#[utoipa::path(patch, path = "/api/v1/settings", tag = "administration", params(DryRun, KeyHeader),
    request_body = ChangeSettings, responses(CommandResponses))]
async fn change_settings(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<ChangeSettings>,
) -> Result<Response, ApiError> {
    caller.execute(&app, body.command(), Role::Admin).await
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
async fn list_api_keys(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<ApiKeyPage>, ApiError> {
    caller.administrates()?;
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
        (status = 503, description = "The database cannot be written now", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn create_api_key(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<CreateApiKey>,
) -> Result<(StatusCode, Json<ApiKeyView>), ApiError> {
    caller.administrates()?;
    let name = body.name.to_string();
    let _changing = app.keys.changing.lock().await;
    let keys = app.read(|reader| Ok(reader.api_keys()?)).await?;
    if keys.iter().any(|key| key.name == name) {
        let detail = "there is already a key with this name; choose another name";
        return Err(ApiError::new(StatusCode::CONFLICT, "name_taken", detail));
    }
    let made = new_key(&name, body.role, app.engine.clock().now()).map_err(ApiError::internal)?;
    app.engine.put_api_key(made.record.clone()).await?;
    app.reload_keys().await?;
    tracing::info!(actor = %caller.actor.name, key = name, role = body.role.name(), "API key made");
    let view = ApiKeyView::new(&made.record, Some(made.secret));
    Ok((StatusCode::CREATED, Json(view)))
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
    caller: Caller,
    Name(name): Name,
) -> Result<Json<ApiKeyView>, ApiError> {
    caller.administrates()?;
    let _changing = app.keys.changing.lock().await;
    let keys = app.read(|reader| Ok(reader.api_keys()?)).await?;
    let found = keys.iter().find(|key| key.name == name);
    let Some(key) = found else {
        let detail = "there is no API key with this name; see the list of keys";
        return Err(ApiError::new(StatusCode::NOT_FOUND, "not_found", detail));
    };
    let others = keys
        .iter()
        .any(|key| key.name != name && key.role == Role::Admin && key.revoked_at.is_none());
    if key.role == Role::Admin && !others {
        let detail = "this is the last administrator's key; make another one first";
        return Err(ApiError::new(StatusCode::CONFLICT, "last_administrator", detail));
    }
    let mut revoked = key.clone();
    revoked.revoked_at = revoked.revoked_at.or(Some(app.engine.clock().now()));
    app.engine.put_api_key(revoked.clone()).await?;
    app.reload_keys().await?;
    tracing::info!(actor = %caller.actor.name, key = name, "API key revoked");
    Ok(Json(ApiKeyView::new(&revoked, None)))
}

/// The instant the engine decides by.
#[derive(Serialize, ToSchema)]
struct ClockView {
    /// Now.
    #[schema(value_type = String, format = DateTime)]
    now: jiff::Timestamp,
    /// The business date.
    #[schema(value_type = String, format = Date)]
    today: jiff::civil::Date,
    /// Whether it can be moved (`serve --test-clock`).
    movable: bool,
}

async fn clock_view(app: &App) -> Result<ClockView, ApiError> {
    let (now, movable) = (app.engine.clock().now(), app.test_clock);
    let today = app.read(move |reader| Ok(reader.settings()?.business_date(now))).await?;
    Ok(ClockView { now, today, movable })
}

/// Show the clock.
#[utoipa::path(get, path = "/api/v1/clock", tag = "system",
    responses((status = 200, description = "The clock", body = ClockView), ReadErrors))]
async fn get_clock(State(app): State<App>, _: Viewer) -> Result<Json<ClockView>, ApiError> {
    Ok(Json(clock_view(&app).await?))
}

/// Move the clock; only on a server started with `--test-clock`.
#[utoipa::path(put, path = "/api/v1/clock", tag = "system", request_body = SetClock,
    responses(
        (status = 200, description = "The clock", body = ClockView),
        (status = 409, description = "`clock_not_movable`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`content_type_not_json`", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn set_clock(
    State(app): State<App>,
    caller: Caller,
    Body(body): Body<SetClock>,
) -> Result<Json<ClockView>, ApiError> {
    caller.administrates()?;
    if !app.test_clock || !app.engine.clock().set(body.now) {
        let detail = "the clock can only be moved on a server started with --test-clock";
        return Err(ApiError::new(StatusCode::CONFLICT, "clock_not_movable", detail));
    }
    Ok(Json(clock_view(&app).await?))
}
