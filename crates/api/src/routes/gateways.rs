//! Gateways: configuring them, their credentials, what each can do.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::{GatewaySecret, Reader};
use money::Currency;
use receivables::Settings;
use receivables::gateway::{Gateway, GatewayName, GatewayNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DeskErrors, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{AddGateway, Body, ChangeGateway, GatewayCredentials};
use crate::context::{Asked, Name, Query};
use crate::desk::{DeskClass, GatewayDesk};
use crate::problem::{ApiError, Problem};
use crate::views::{CapabilityTable, GatewayView};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_gateway, list_gateways))
        .routes(routes!(get_gateway, change_gateway))
        .routes(routes!(put_gateway_credentials))
        .routes(routes!(test_gateway))
        .routes(routes!(get_gateway_capabilities))
}

/// The gateways.
#[derive(Serialize, ToSchema)]
struct GatewayPage {
    /// In the order they were added.
    gateways: Vec<GatewayView>,
}

fn missing(name: &str) -> ApiError {
    let detail = format!("there is no gateway {name:?}; list the gateways to see their names");
    ApiError::new(StatusCode::NOT_FOUND, "not_found", detail).with("gateway", name)
}

/// A gateway by its name, with the settings.
pub(super) async fn gateway_of(app: &App, name: String) -> Result<(Gateway, Settings), ApiError> {
    app.read(move |reader| {
        let settings = reader.settings()?;
        let found = settings.gateways.iter().find(|gateway| gateway.name.as_str() == name);
        let gateway = found.cloned().ok_or_else(|| missing(&name))?;
        Ok((gateway, settings))
    })
    .await
}

/// Encrypts credentials; what seals them may take its time.
async fn sealed(
    app: &App,
    desk: Arc<dyn GatewayDesk>,
    gateway: Gateway,
    credentials: BTreeMap<String, String>,
) -> Result<GatewaySecret, ApiError> {
    let now = app.engine.clock().now();
    tokio::task::spawn_blocking(move || desk.seal(&gateway, credentials, now))
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?
        .map_err(ApiError::from)
}

/// A gateway as it will be, for whoever checks its credentials.
fn planned(body: &AddGateway) -> Gateway {
    Gateway {
        no: GatewayNo(0),
        name: body.name.clone(),
        kind: body.kind,
        active: true,
        unreferenced_credits: body.unreferenced_credits,
        url: body.url.clone(),
        reference_prefix: body.reference_prefix.clone(),
        concurrency: body.concurrency.unwrap_or(1),
        per_second: body.per_second.unwrap_or(0),
    }
}

/// Configure a gateway. Its credentials, if given, are checked first and stored, encrypted, after it.
#[utoipa::path(post, path = "/api/v1/gateways", tag = "administration", params(DryRun, KeyHeader),
    request_body = AddGateway, responses(CommandResponses))]
async fn add_gateway(
    State(app): State<App>,
    asked: Asked,
    Body(mut body): Body<AddGateway>,
) -> Result<Response, ApiError> {
    asked.key()?;
    let secret = match body.credentials.take() {
        Some(given) => {
            let given = given.checked()?;
            Some(sealed(&app, app.desk()?, planned(&body), given).await?)
        }
        None => None,
    };
    let name = body.name.to_string();
    let response = asked.execute(&app, body.command()).await?;
    if let Some(secret) = secret.filter(|_| !asked.dry_run) {
        // A repetition stores what the first one may not have come to, but never goes back to old ones.
        let replayed = response.headers().contains_key("idempotent-replayed");
        if !replayed || !has_credentials(&app, name.clone()).await? {
            app.engine.put_gateway_secret(secret).await?;
            tracing::info!(actor = %asked.caller.actor.name(), gateway = name, "credentials stored");
        }
    }
    Ok(response)
}

async fn has_credentials(app: &App, name: String) -> Result<bool, ApiError> {
    app.read(move |reader| Ok(reader.gateway_secrets()?.iter().any(|it| it.gateway == name))).await
}

/// List the gateways, without their credentials.
#[utoipa::path(get, path = "/api/v1/gateways", tag = "administration",
    responses((status = 200, description = "The gateways", body = GatewayPage), ReadErrors))]
async fn list_gateways(State(app): State<App>) -> Result<Json<GatewayPage>, ApiError> {
    let page = app
        .read(|reader| {
            let (settings, secrets) = (reader.settings()?, reader.gateway_secrets()?);
            let view = |gateway| GatewayView::new(gateway, &settings, &secrets);
            Ok(GatewayPage { gateways: settings.gateways.iter().map(view).collect() })
        })
        .await?;
    Ok(Json(page))
}

fn view(reader: &dyn Reader, name: &str) -> Result<GatewayView, ApiError> {
    let (settings, secrets) = (reader.settings()?, reader.gateway_secrets()?);
    let found = settings.gateways.iter().find(|gateway| gateway.name.as_str() == name);
    let gateway = found.ok_or_else(|| missing(name))?;
    Ok(GatewayView::new(gateway, &settings, &secrets))
}

/// Show a gateway, without its credentials.
#[utoipa::path(get, path = "/api/v1/gateways/{gateway}", tag = "administration",
    params(("gateway" = String, Path, description = "Name of the gateway", example = "cards")),
    responses((status = 200, description = "The gateway", body = GatewayView), ReadErrors))]
async fn get_gateway(
    State(app): State<App>,
    Name(name): Name,
) -> Result<Json<GatewayView>, ApiError> {
    Ok(Json(app.read(move |reader| view(reader, &name)).await?))
}

/// Change a gateway.
#[utoipa::path(patch, path = "/api/v1/gateways/{gateway}", tag = "administration",
    params(("gateway" = String, Path, description = "Name of the gateway", example = "cards"), DryRun, KeyHeader),
    request_body = ChangeGateway, responses(CommandResponses))]
async fn change_gateway(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ChangeGateway>,
) -> Result<Response, ApiError> {
    asked.key()?;
    let name = GatewayName::try_new(&name).map_err(|_| missing(&name))?;
    let (gateway, _) = gateway_of(&app, name.to_string()).await?;
    asked.execute(&app, body.command(gateway.name)).await
}

/// Store or replace the credentials of a gateway, encrypted; they are never shown again.
#[utoipa::path(put, path = "/api/v1/gateways/{gateway}/credentials", tag = "administration",
    params(("gateway" = String, Path, description = "Name of the gateway", example = "cards")),
    request_body = GatewayCredentials,
    responses(
        (status = 200, description = "The gateway", body = GatewayView),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`content_type_not_json`", body = Problem, content_type = "application/problem+json"),
        DeskErrors, ReadErrors))]
async fn put_gateway_credentials(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<GatewayCredentials>,
) -> Result<Json<GatewayView>, ApiError> {
    asked.for_real()?;
    let credentials = body.checked()?;
    let (gateway, _) = gateway_of(&app, name.clone()).await?;
    let secret = sealed(&app, app.desk()?, gateway, credentials).await?;
    app.engine.put_gateway_secret(secret).await?;
    tracing::info!(actor = %asked.caller.actor.name(), gateway = name, "credentials stored");
    Ok(Json(app.read(move |reader| view(reader, &name)).await?))
}

/// Whether the credentials of a gateway work.
#[derive(Serialize, ToSchema)]
struct GatewayTest {
    /// True if the gateway accepts them.
    works: bool,
    /// If not, what the gateway or the network says.
    reason: Option<String>,
}

/// Prove the credentials of a gateway, without moving any money.
#[utoipa::path(post, path = "/api/v1/gateways/{gateway}/test", tag = "administration",
    params(("gateway" = String, Path, description = "Name of the gateway", example = "cards")),
    responses((status = 200, description = "Whether they work", body = GatewayTest),
        DeskErrors, ReadErrors))]
async fn test_gateway(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
) -> Result<Response, ApiError> {
    asked.for_real()?;
    let (gateway, _) = gateway_of(&app, name).await?;
    let tested = app.desk()?.test(gateway, app.engine.clock().now()).await;
    let answer = match tested {
        Ok(()) => GatewayTest { works: true, reason: None },
        Err(error) if error.class == DeskClass::Gateway => {
            GatewayTest { works: false, reason: Some(error.sentence) }
        }
        Err(error) => return Err(error.into()),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Currencies of the table if none are asked for.
const CURRENCIES: &str = "USD,EUR,GBP,CAD,AUD,NZD,JPY";
/// The most currencies one table may have.
const CURRENCIES_MAX: usize = 50;

/// Query of the table of capabilities.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CapabilityQuery {
    /// ISO 4217 codes with commas between them, at most 50.
    #[param(example = "USD,EUR")]
    currencies: Option<String>,
}

/// Show what a gateway can do, by type of payment method and currency, and what would work instead.
#[utoipa::path(get, path = "/api/v1/gateways/{gateway}/capabilities", tag = "administration",
    params(("gateway" = String, Path, description = "Name of the gateway", example = "cards"), CapabilityQuery),
    responses((status = 200, description = "The table", body = CapabilityTable), ReadErrors))]
async fn get_gateway_capabilities(
    State(app): State<App>,
    Name(name): Name,
    Query(query): Query<CapabilityQuery>,
) -> Result<Json<CapabilityTable>, ApiError> {
    let codes = query.currencies.as_deref().unwrap_or(CURRENCIES);
    let parsed: Result<Vec<Currency>, _> = codes.split(',').map(str::parse).collect();
    let mut currencies =
        parsed.ok().filter(|found| found.len() <= CURRENCIES_MAX).ok_or_else(|| {
            let detail = "currencies: write ISO 4217 codes like USD,EUR, at most 50 of them";
            ApiError::bad_request("query_invalid", detail)
        })?;
    let mut seen = Vec::new();
    currencies.retain(|currency| {
        let new = !seen.contains(currency);
        seen.push(*currency);
        new
    });
    let (gateway, settings) = gateway_of(&app, name).await?;
    Ok(Json(CapabilityTable::new(&gateway, &settings, &currencies)))
}
