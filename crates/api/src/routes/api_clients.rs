//! Programs with client credentials.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::kept::{self, Stored};
use identity::{ApiClient, UserName, sha256_hex, token};
use receivables::Settings;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{holders, name_taken, require_free, require_roles};
use super::responses::{PeopleErrors, ReadErrors};
use crate::App;
use crate::body::{Body, ChangeApiClient, CreateApiClient, roles};
use crate::context::{Asked, Name};
use crate::problem::ApiError;
use crate::views::ApiClientView;

/// How many there may be, those that were revoked included.
const CLIENTS_MAX: usize = 1_000;
/// What a secret begins with.
const PREFIX: &str = "qx_";

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_api_clients, create_api_client))
        .routes(routes!(change_api_client))
        .routes(routes!(roll_api_client_secret))
        .routes(routes!(revoke_api_client))
}

/// The API clients.
#[derive(Serialize, ToSchema)]
struct ApiClientPage {
    /// By name.
    api_clients: Vec<ApiClientView>,
}

async fn clients(app: &App) -> Result<Vec<Stored<ApiClient>>, ApiError> {
    app.read(|reader| Ok(kept::all(reader, CLIENTS_MAX, |_: &ApiClient| true)?)).await
}

/// List API clients, without their secrets.
#[utoipa::path(get, path = "/api/v1/api-clients", tag = "administration",
    responses((status = 200, description = "The API clients", body = ApiClientPage), ReadErrors))]
async fn list_api_clients(
    State(app): State<App>,
    asked: Asked,
) -> Result<Json<ApiClientPage>, ApiError> {
    asked.for_real()?;
    let found = clients(&app).await?;
    let api_clients = found.iter().map(|it| ApiClientView::new(&it.body, None)).collect();
    Ok(Json(ApiClientPage { api_clients }))
}

fn new_secret() -> Result<String, ApiError> {
    token(PREFIX).map_err(|error| ApiError::internal(error.to_string()))
}

/// Make an API client: a program that gets tokens at `/oauth/token`. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/api-clients", tag = "administration", request_body = CreateApiClient,
    responses((status = 201, description = "The API client with its secret", body = ApiClientView), PeopleErrors, ReadErrors))]
async fn create_api_client(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<CreateApiClient>,
) -> Result<(StatusCode, Json<ApiClientView>), ApiError> {
    asked.for_real()?;
    let roles = roles(body.roles)?;
    let _changing = app.keys.changing.lock().await;
    let holders = holders(&app).await?;
    require_free(&app, &holders, body.name.as_str()).await?;
    require_roles(&holders.settings, &roles)?;
    if clients(&app).await?.len() >= CLIENTS_MAX {
        let detail = format!("there are {CLIENTS_MAX} API clients, and no more are taken");
        let error = ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many", detail);
        return Err(error.with("max", CLIENTS_MAX));
    }
    let secret = new_secret()?;
    let client = ApiClient {
        name: body.name.to_string(),
        secret: sha256_hex(&secret),
        roles,
        epoch: 1,
        created_at: app.engine.clock().now(),
        revoked_at: None,
    };
    if !app.change_people(vec![kept::put(&client.name, None, &client)]).await? {
        return Err(name_taken());
    }
    let actor = asked.caller.actor.name();
    tracing::info!(%actor, client = client.name, roles = ?client.roles, "API client made");
    Ok((StatusCode::CREATED, Json(ApiClientView::new(&client, Some(secret)))))
}

/// Changes one client, stores it, and has every token held against it at once.
async fn change(
    app: &App,
    name: &str,
    changed: impl FnOnce(&mut ApiClient, &Settings) -> Result<(), ApiError>,
) -> Result<ApiClient, ApiError> {
    let unknown = || {
        let detail = "there is no API client with this name; see the list of API clients";
        ApiError::new(StatusCode::NOT_FOUND, "not_found", detail)
    };
    let id = UserName::try_new(name).map_err(|_| unknown())?.to_string();
    let found =
        app.read(move |reader| Ok((kept::find::<ApiClient>(reader, &id)?, reader.settings()?)));
    let (found, settings) = found.await?;
    let Stored { id, version, body: mut client } = found.ok_or_else(unknown)?;
    changed(&mut client, &settings)?;
    app.must_change_people(vec![kept::put(&id, Some(version), &client)]).await?;
    Ok(client)
}

/// Give an API client other roles. Tokens that are out grant no more than these, at once.
#[utoipa::path(patch, path = "/api/v1/api-clients/{client}", tag = "administration",
    params(("client" = String, Path, description = "Name of the API client", example = "reporting")),
    request_body = ChangeApiClient,
    responses((status = 200, description = "The API client", body = ApiClientView), PeopleErrors, ReadErrors))]
async fn change_api_client(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ChangeApiClient>,
) -> Result<Json<ApiClientView>, ApiError> {
    asked.for_real()?;
    let given = roles(body.roles)?;
    let client = change(&app, &name, |client, settings| {
        require_roles(settings, &given)?;
        client.roles = given;
        Ok(())
    });
    let client = client.await?;
    let actor = asked.caller.actor.name();
    tracing::info!(%actor, client = client.name, roles = ?client.roles, "API client changed");
    Ok(Json(ApiClientView::new(&client, None)))
}

/// Give an API client another secret. The old one and every token end at once.
#[utoipa::path(post, path = "/api/v1/api-clients/{client}/roll-secret", tag = "administration",
    params(("client" = String, Path, description = "Name of the API client", example = "reporting")),
    responses((status = 200, description = "The API client with its new secret", body = ApiClientView), PeopleErrors, ReadErrors))]
async fn roll_api_client_secret(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
) -> Result<Json<ApiClientView>, ApiError> {
    asked.for_real()?;
    let secret = new_secret()?;
    let client = change(&app, &name, |client, _| {
        client.secret = sha256_hex(&secret);
        client.epoch += 1;
        Ok(())
    });
    let client = client.await?;
    let actor = asked.caller.actor.name();
    tracing::info!(%actor, client = client.name, "secret of an API client rolled");
    Ok(Json(ApiClientView::new(&client, Some(secret))))
}

/// Revoke an API client, for ever. Every token ends at once.
#[utoipa::path(post, path = "/api/v1/api-clients/{client}/revoke", tag = "administration",
    params(("client" = String, Path, description = "Name of the API client", example = "reporting")),
    responses((status = 200, description = "The API client", body = ApiClientView), PeopleErrors, ReadErrors))]
async fn revoke_api_client(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
) -> Result<Json<ApiClientView>, ApiError> {
    asked.for_real()?;
    let now = app.engine.clock().now();
    let client = change(&app, &name, |client, _| {
        client.revoked_at = client.revoked_at.or(Some(now));
        client.epoch += 1;
        Ok(())
    });
    let client = client.await?;
    tracing::info!(actor = %asked.caller.actor.name(), client = client.name, "API client revoked");
    Ok(Json(ApiClientView::new(&client, None)))
}
