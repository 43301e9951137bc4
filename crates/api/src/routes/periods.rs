//! Reference data a controller keeps: accounting periods and reason codes.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::response::Response;
use jiff::civil::Date;
use receivables::Rejection;
use receivables::period::{Period, PeriodName, PeriodStatus};
use receivables::reason::{Category, Reason, ReasonCode};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{
    Body, ChangePeriod, ChangeReasonCode, MakePeriod, MakeReasonCode, PeriodState, ReasonCategory,
};
use crate::context::{Asked, Name};
use crate::problem::ApiError;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_accounting_periods, make_accounting_period))
        .routes(routes!(change_accounting_period))
        .routes(routes!(list_reason_codes, make_reason_code))
        .routes(routes!(change_reason_code))
}

/// An accounting period.
#[derive(Serialize, ToSchema)]
struct PeriodView {
    /// Its name.
    #[schema(example = "2026-06")]
    name: String,
    /// Its first day. The first period answers for all days before it, too.
    #[schema(value_type = String, format = Date)]
    first_day: Date,
    /// Its last day.
    #[schema(value_type = String, format = Date)]
    last_day: Date,
    /// Whether it takes entries.
    #[schema(value_type = PeriodState)]
    status: PeriodStatus,
}

/// The accounting periods.
#[derive(Serialize, ToSchema)]
struct PeriodPage {
    /// In the order of their days.
    accounting_periods: Vec<PeriodView>,
}

impl PeriodView {
    fn new(period: &Period) -> Self {
        let Period { name, first_day, last_day, status } = period;
        Self { name: name.to_string(), first_day: *first_day, last_day: *last_day, status: *status }
    }
}

/// List the accounting periods.
#[utoipa::path(get, path = "/api/v1/accounting-periods", tag = "administration",
    responses((status = 200, description = "The periods", body = PeriodPage), ReadErrors))]
async fn list_accounting_periods(State(app): State<App>) -> Result<Json<PeriodPage>, ApiError> {
    let settings = app.read(|reader| Ok(reader.settings()?)).await?;
    let accounting_periods = settings.periods.iter().map(PeriodView::new).collect();
    Ok(Json(PeriodPage { accounting_periods }))
}

/// Make an accounting period.
#[utoipa::path(post, path = "/api/v1/accounting-periods", tag = "administration", params(DryRun, KeyHeader),
    request_body = MakePeriod, responses(CommandResponses))]
async fn make_accounting_period(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<MakePeriod>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command()).await
}

/// Open, half close or close an accounting period. A preview says whether it could be closed now.
#[utoipa::path(patch, path = "/api/v1/accounting-periods/{period}", tag = "administration",
    params(("period" = String, Path, description = "Name of the period", example = "2026-05"), DryRun, KeyHeader),
    request_body = ChangePeriod, responses(CommandResponses))]
async fn change_accounting_period(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ChangePeriod>,
) -> Result<Response, ApiError> {
    let unknown = || Rejection::UnknownPeriod { period: name.chars().take(60).collect() };
    let period = PeriodName::try_new(&name).map_err(|_| unknown())?;
    asked.execute(&app, body.command(period)).await
}

/// A reason code.
#[derive(Serialize, ToSchema)]
struct ReasonCodeView {
    /// What it is given for.
    #[schema(value_type = ReasonCategory)]
    category: Category,
    /// The code.
    #[schema(example = "Customer Request")]
    code: String,
    /// Whether it may be given.
    active: bool,
    /// Whether it is taken where none is given.
    default: bool,
}

/// The reason codes.
#[derive(Serialize, ToSchema)]
struct ReasonCodePage {
    /// By category.
    reason_codes: Vec<ReasonCodeView>,
}

/// List the reason codes of every category, active or not.
#[utoipa::path(get, path = "/api/v1/reason-codes", tag = "administration",
    responses((status = 200, description = "The reason codes", body = ReasonCodePage), ReadErrors))]
async fn list_reason_codes(State(app): State<App>) -> Result<Json<ReasonCodePage>, ApiError> {
    let settings = app.read(|reader| Ok(reader.settings()?)).await?;
    let all = Category::ALL.into_iter().flat_map(|category| category.list(&settings));
    let reason_codes = all
        .map(|reason| {
            let Reason { category, code, active, default } = reason;
            ReasonCodeView { category, code: code.to_string(), active, default }
        })
        .collect();
    Ok(Json(ReasonCodePage { reason_codes }))
}

/// Add a reason code.
#[utoipa::path(post, path = "/api/v1/reason-codes", tag = "administration", params(DryRun, KeyHeader),
    request_body = MakeReasonCode, responses(CommandResponses))]
async fn make_reason_code(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<MakeReasonCode>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command()).await
}

/// A category and a code, as they stand in the path.
struct Named(String, String);

impl FromRequestParts<App> for Named {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<(String, String)>::from_request_parts(parts, app).await;
        let path =
            path.map_err(|error| ApiError::bad_request("path_invalid", error.body_text()))?;
        Ok(Self(path.0.0, path.0.1))
    }
}

/// Activate or deactivate a reason code, or make it the default.
#[utoipa::path(patch, path = "/api/v1/reason-codes/{category}/{code}", tag = "administration",
    params(("category" = String, Path, description = "What it is given for", example = "credit_balance_refund"),
        ("code" = String, Path, description = "The code", example = "Other"), DryRun, KeyHeader),
    request_body = ChangeReasonCode, responses(CommandResponses))]
async fn change_reason_code(
    State(app): State<App>,
    asked: Asked,
    Named(category, code): Named,
    Body(body): Body<ChangeReasonCode>,
) -> Result<Response, ApiError> {
    let known = Category::ALL.into_iter().find(|known| known.name() == category);
    let unknown = || {
        let categories: Vec<&str> = Category::ALL.iter().map(|known| known.name()).collect();
        let detail = format!("the category is one of {}", categories.join(", "));
        ApiError::bad_request("path_invalid", detail)
    };
    let known = known.ok_or_else(unknown)?;
    let code = ReasonCode::try_new(&code)
        .map_err(|error| ApiError::bad_request("path_invalid", error.to_string()))?;
    asked.execute(&app, body.command(known, code)).await
}
