//! Settings and the test clock.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{Body, ChangeSettings, SetClock};
use crate::context::Asked;
use crate::problem::{ApiError, Problem};
use crate::views::SettingsView;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_settings, change_settings))
        .routes(routes!(get_clock, set_clock))
}

/// Show the settings.
#[utoipa::path(get, path = "/api/v1/settings", tag = "administration",
    responses((status = 200, description = "The settings", body = SettingsView), ReadErrors))]
async fn get_settings(State(app): State<App>) -> Result<Json<SettingsView>, ApiError> {
    Ok(Json(app.read(|reader| Ok(SettingsView::new(&reader.settings()?))).await?))
}

/// Change the settings; later decisions follow them.
#[utoipa::path(patch, path = "/api/v1/settings", tag = "administration", params(DryRun, KeyHeader),
    request_body = ChangeSettings, responses(CommandResponses))]
async fn change_settings(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<ChangeSettings>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command()).await
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
async fn get_clock(State(app): State<App>) -> Result<Json<ClockView>, ApiError> {
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
    asked: Asked,
    Body(body): Body<SetClock>,
) -> Result<Json<ClockView>, ApiError> {
    asked.for_real()?;
    if !app.test_clock || !app.engine.clock().set(body.now) {
        let detail = "the clock can only be moved on a server started with --test-clock";
        return Err(ApiError::new(StatusCode::CONFLICT, "clock_not_movable", detail));
    }
    Ok(Json(clock_view(&app).await?))
}
