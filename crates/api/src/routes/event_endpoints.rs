//! Endpoints of events: where the history is delivered to.

mod change;
mod deliveries;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::Reader;
use engine::kept::{self, Stored};
use events::records::{self, ENDPOINTS_MAX, SealedSecret};
use events::{
    DeliveryState, Endpoint, Filter, FilterError, Office, OfficeError, Position, SigningSecret,
};
use receivables::{AccountNo, EntryNo};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::existing;
use super::responses::ReadErrors;
use crate::App;
use crate::body::{Body, MakeEventEndpoint, named};
use crate::context::{Asked, Name};
use crate::problem::{ApiError, Problem};
use crate::views::EventEndpointView;

/// Up to how many deliveries are counted.
const COUNTED: usize = 1_000;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_event_endpoints, make_event_endpoint))
        .routes(routes!(
            get_event_endpoint,
            change::change_event_endpoint,
            change::delete_event_endpoint
        ))
        .routes(routes!(change::roll_event_endpoint_secret))
        .routes(routes!(change::replay_events))
        .routes(routes!(deliveries::test_event_endpoint))
        .routes(routes!(deliveries::list_event_deliveries))
        .routes(routes!(deliveries::retry_event_delivery))
}

/// What a change of an endpoint may be answered with instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described, never built")]
enum EndpointErrors {
    /// `too_many_event_endpoints`, `event_endpoint_contended`.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] Problem),
    /// `body_too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
    /// `content_type_not_json`.
    #[response(status = 415, content_type = "application/problem+json")]
    NotJson(#[to_schema] Problem),
    /// `event_endpoint_url_refused`, `event_type_unknown`.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// `events_unavailable`, or the database cannot be written now.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// The endpoints.
#[derive(Serialize, ToSchema)]
struct EventEndpointPage {
    /// In the order of their ids; there are at most 50.
    event_endpoints: Vec<EventEndpointView>,
}

/// List the endpoints, with how far each was served.
#[utoipa::path(get, path = "/api/v1/event-endpoints", tag = "events",
    responses((status = 200, description = "The endpoints", body = EventEndpointPage), ReadErrors))]
async fn list_event_endpoints(State(app): State<App>) -> Result<Json<EventEndpointPage>, ApiError> {
    let event_endpoints = app
        .read(|reader| {
            let head = reader.head()?;
            let all = records::endpoints(reader)?.into_iter().map(|stored| stored.body);
            let view = |endpoint: Endpoint| {
                let position = kept::find::<Position>(reader, &endpoint.id)?;
                let position = position.as_ref().map(|stored| &stored.body);
                Ok(EventEndpointView::new(&endpoint, position, head))
            };
            all.map(view).collect::<Result<Vec<_>, ApiError>>()
        })
        .await?;
    Ok(Json(EventEndpointPage { event_endpoints }))
}

/// Show an endpoint: how far it was served, and what waits.
#[utoipa::path(get, path = "/api/v1/event-endpoints/{endpoint}", tag = "events",
    params(("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60")),
    responses((status = 200, description = "The endpoint", body = EventEndpointView), ReadErrors))]
async fn get_event_endpoint(
    State(app): State<App>,
    Name(id): Name,
) -> Result<Json<EventEndpointView>, ApiError> {
    app.read(move |reader| view(reader, &find(reader, &id)?.body)).await.map(Json)
}

/// Make an endpoint. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/api/v1/event-endpoints", tag = "events", request_body = MakeEventEndpoint,
    responses((status = 201, description = "The endpoint with its secret", body = EventEndpointView), EndpointErrors, ReadErrors))]
async fn make_event_endpoint(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<MakeEventEndpoint>,
) -> Result<(StatusCode, Json<EventEndpointView>), ApiError> {
    asked.for_real()?;
    let accounts = accounts(&app, body.accounts.unwrap_or_default()).await?;
    let filter = Filter::new(body.types.unwrap_or_default(), accounts).map_err(refused_filter)?;
    let office = app.office()?;
    let id = format!("ep_{}", random_hex()?);
    office.plausible(&body.url).map_err(refused)?;
    let (secret, sealed) = new_secret(&office, &id)?;
    office.check(&body.url).await.map_err(refused)?;
    let (head, count) =
        app.read(|reader| Ok((reader.head()?, records::endpoints(reader)?.len()))).await?;
    if count >= ENDPOINTS_MAX {
        let detail =
            format!("there are {ENDPOINTS_MAX} endpoints already; delete one that is not needed");
        return Err(ApiError::new(StatusCode::CONFLICT, "too_many_event_endpoints", detail));
    }
    let now = app.engine.clock().now();
    let endpoint = Endpoint {
        id: id.clone(),
        url: body.url,
        description: body.description.map(|text| text.to_string()).unwrap_or_default(),
        filter,
        disabled: None,
        switched_at: now,
        created_at: now,
        created_by: asked.caller.actor.name().to_string(),
        secrets: vec![SealedSecret { sealed, until: None }],
        start: body.start.map_or(head, |first| EntryNo(first.entry.0.saturating_sub(1)).min(head)),
        generation: 1,
    };
    let write = kept::put(&id, None, &endpoint);
    if !app.engine.put_side(vec![write]).await? {
        return Err(contended());
    }
    tracing::info!(actor = %asked.caller.actor.name(), endpoint = id, "event endpoint made");
    let mut view = EventEndpointView::new(&endpoint, None, head);
    view.secret = Some(secret);
    Ok((StatusCode::CREATED, Json(view)))
}

/// The endpoint with this id.
fn find(reader: &dyn Reader, id: &str) -> Result<Stored<Endpoint>, ApiError> {
    // Ids are ours; what is longer is none, and nobody has to look it up.
    let found = if id.len() <= 40 { kept::find::<Endpoint>(reader, id)? } else { None };
    let detail =
        "there is no event endpoint with this id; take it from GET /api/v1/event-endpoints";
    let missing = || ApiError::new(StatusCode::NOT_FOUND, "event_endpoint_not_found", detail);
    found.ok_or_else(missing)
}

/// All that is known of an endpoint.
fn view(reader: &dyn Reader, endpoint: &Endpoint) -> Result<EventEndpointView, ApiError> {
    let position = kept::find::<Position>(reader, &endpoint.id)?;
    let position = position.as_ref().map(|stored| &stored.body);
    let mut view = EventEndpointView::new(endpoint, position, reader.head()?);
    let count = |state| -> Result<usize, ApiError> {
        Ok(records::deliveries(reader, &endpoint.id, state, None, COUNTED)?.len())
    };
    view.waiting = Some(count(DeliveryState::Waiting)?);
    view.dead = Some(count(DeliveryState::Dead)?);
    Ok(view)
}

/// Resolves the accounts of a filter.
async fn accounts(app: &App, given: Vec<String>) -> Result<Vec<AccountNo>, ApiError> {
    if given.len() > events::TYPES_MAX {
        return Err(refused_filter(FilterError::TooMany));
    }
    let about = |place: usize, error: ApiError| error.with("field", format!("accounts[{place}]"));
    let read = |(place, text): (usize, &String)| named(text).map_err(|error| about(place, error));
    let named = given.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    app.read(move |reader| {
        let found = |(place, one)| existing(reader, one).map_err(|error| about(place, error));
        named.into_iter().enumerate().map(found).collect()
    })
    .await
}

/// A fresh secret as it is shown once, and as it is stored.
fn new_secret(office: &Office, endpoint: &str) -> Result<(String, String), ApiError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| ApiError::internal(error.to_string()))?;
    let secret = SigningSecret::new(random);
    let sealed = office.seal(endpoint, &secret).map_err(refused)?;
    Ok((secret.text(), sealed))
}

/// Twenty hexadecimal digits that nobody can foresee.
fn random_hex() -> Result<String, ApiError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| ApiError::internal(error.to_string()))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn refused(error: OfficeError) -> ApiError {
    let detail = error.to_string();
    match error {
        OfficeError::Vault(_) => unavailable(detail),
        OfficeError::Address(_) | OfficeError::Refused(_) => {
            let detail = format!("{detail}; events go to public addresses only");
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "event_endpoint_url_refused", detail)
        }
    }
}

fn refused_filter(error: FilterError) -> ApiError {
    let detail = error.to_string();
    match error {
        FilterError::UnknownType(kind) => {
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "event_type_unknown", detail)
                .with("event_type", kind)
        }
        FilterError::TooMany => ApiError::bad_request("body_invalid", detail),
    }
}

fn unavailable(detail: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "events_unavailable", detail)
}

fn contended() -> ApiError {
    let detail = "somebody else changed the endpoint at the same time; look at it and try again";
    ApiError::new(StatusCode::CONFLICT, "event_endpoint_contended", detail)
}

impl App {
    /// Who sends events.
    fn office(&self) -> Result<std::sync::Arc<Office>, ApiError> {
        self.office.clone().ok_or_else(|| {
            unavailable("events are sent by a server only; ask one that runs, with --server")
        })
    }
}
