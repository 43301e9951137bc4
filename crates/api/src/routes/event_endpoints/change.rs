//! Changes of endpoints. Each compares versions, because the deliverer changes them, too.

use axum::Json;
use axum::extract::State;
use engine::SideWrite;
use engine::kept;
use events::records;
use events::{DeliveryState, Endpoint, Filter, Position};
use receivables::EntryNo;

use super::{EndpointErrors, accounts, contended, find, new_secret, refused, refused_filter, view};
use crate::App;
use crate::body::{Body, ChangeEventEndpoint, ReplayEvents};
use crate::context::{Asked, Name};
use crate::problem::ApiError;
use crate::routes::responses::ReadErrors;
use crate::views::EventEndpointView;

/// How often a change is tried against others.
const TRIES: usize = 5;
/// Records erased at once.
const ERASED: usize = 500;

/// Change an endpoint, disable or enable it.
#[utoipa::path(patch, path = "/api/v1/event-endpoints/{endpoint}", tag = "events",
    params(("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60")),
    request_body = ChangeEventEndpoint,
    responses((status = 200, description = "The endpoint", body = EventEndpointView), EndpointErrors, ReadErrors))]
pub(super) async fn change_event_endpoint(
    State(app): State<App>,
    asked: Asked,
    Name(id): Name,
    Body(body): Body<ChangeEventEndpoint>,
) -> Result<Json<EventEndpointView>, ApiError> {
    asked.for_real()?;
    let known = id.clone();
    app.read(move |reader| find(reader, &known)).await?;
    let accounts = match body.accounts {
        Some(given) => Some(accounts(&app, given).await?),
        None => None,
    };
    if let Some(types) = &body.types {
        Filter::new(types.clone(), Vec::new()).map_err(refused_filter)?;
    }
    if let Some(url) = &body.url {
        app.office()?.check(url).await.map_err(refused)?;
    }
    let (now, actor) = (app.engine.clock().now(), asked.caller.actor.name());
    change(&app, &id, |endpoint| {
        if let Some(url) = &body.url {
            endpoint.url.clone_from(url);
        }
        if let Some(description) = &body.description {
            endpoint.description = description.to_string();
        }
        if let Some(types) = &body.types {
            endpoint.filter.types.clone_from(types);
        }
        if let Some(accounts) = &accounts {
            endpoint.filter.accounts.clone_from(accounts);
        }
        match body.enabled {
            Some(true) if endpoint.disabled.is_some() => {
                endpoint.disabled = None;
                endpoint.switched_at = now;
            }
            Some(false) if endpoint.disabled.is_none() => {
                endpoint.disabled = Some(format!("disabled by {actor}"));
                endpoint.switched_at = now;
            }
            _ => {}
        }
    })
    .await?;
    tracing::info!(actor = %actor, endpoint = id, "event endpoint changed");
    shown(&app, id).await
}

/// Make a new secret. The old one signs beside it for 24 hours, so that the receiver can change over.
#[utoipa::path(post, path = "/api/v1/event-endpoints/{endpoint}/roll-secret", tag = "events",
    params(("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60")),
    responses((status = 200, description = "The endpoint with its new secret", body = EventEndpointView), EndpointErrors, ReadErrors))]
pub(super) async fn roll_event_endpoint_secret(
    State(app): State<App>,
    asked: Asked,
    Name(id): Name,
) -> Result<Json<EventEndpointView>, ApiError> {
    asked.for_real()?;
    let known = id.clone();
    app.read(move |reader| find(reader, &known)).await?;
    let (secret, sealed) = new_secret(&*app.office()?, &id)?;
    let now = app.engine.clock().now();
    change(&app, &id, |endpoint| endpoint.roll(sealed.clone(), now)).await?;
    tracing::info!(actor = %asked.caller.actor.name(), endpoint = id, "secret of event endpoint rolled");
    let mut answer = shown(&app, id).await?;
    answer.0.secret = Some(secret);
    Ok(answer)
}

/// Deliver once more what happened from a sequence on. What was delivered before comes again under its id. Nothing that is
/// still to be delivered is left out: from a later sequence, delivery goes on where it is.
#[utoipa::path(post, path = "/api/v1/event-endpoints/{endpoint}/replay", tag = "events",
    params(("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60")),
    request_body = ReplayEvents,
    responses((status = 200, description = "The endpoint", body = EventEndpointView), EndpointErrors, ReadErrors))]
pub(super) async fn replay_events(
    State(app): State<App>,
    asked: Asked,
    Name(id): Name,
    Body(body): Body<ReplayEvents>,
) -> Result<Json<EventEndpointView>, ApiError> {
    asked.for_real()?;
    let name = id.clone();
    let (head, begun) = app
        .read(move |reader| Ok((reader.head()?, kept::find::<Position>(reader, &name)?.is_some())))
        .await?;
    let start = EntryNo(body.from.entry.0.saturating_sub(1)).min(head);
    change(&app, &id, |endpoint| {
        // Before anything was delivered the start is all that says what is still to come.
        endpoint.start = if begun { start } else { start.min(endpoint.start) };
        endpoint.generation += 1;
    })
    .await?;
    tracing::info!(actor = %asked.caller.actor.name(), endpoint = id, from = %body.from, "events replayed");
    shown(&app, id).await
}

/// Delete an endpoint with everything kept about it.
#[utoipa::path(delete, path = "/api/v1/event-endpoints/{endpoint}", tag = "events",
    params(("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60")),
    responses((status = 200, description = "The endpoint as it was", body = EventEndpointView), EndpointErrors, ReadErrors))]
pub(super) async fn delete_event_endpoint(
    State(app): State<App>,
    asked: Asked,
    Name(id): Name,
) -> Result<Json<EventEndpointView>, ApiError> {
    asked.for_real()?;
    let last = shown(&app, id.clone()).await?;
    // First the endpoint: whoever delivers leaves then, and makes no new records.
    let name = id.clone();
    erase(&app, move |reader| {
        let found = kept::find::<Endpoint>(reader, &name)?;
        Ok(found.iter().map(kept::erase).collect())
    })
    .await?;
    let name = id.clone();
    erase(&app, move |reader| {
        let position = kept::find::<Position>(reader, &name)?;
        let mut writes: Vec<SideWrite> = position.iter().map(kept::erase).collect();
        for state in [DeliveryState::Waiting, DeliveryState::Dead] {
            let found = records::deliveries(reader, &name, state, None, ERASED)?;
            writes.extend(found.iter().map(kept::erase));
        }
        Ok(writes)
    })
    .await?;
    tracing::info!(actor = %asked.caller.actor.name(), endpoint = id, "event endpoint deleted");
    Ok(last)
}

/// Erases what `found` finds until it finds nothing.
async fn erase(
    app: &App,
    found: impl Fn(&dyn engine::Reader) -> Result<Vec<SideWrite>, ApiError> + Clone + Send + 'static,
) -> Result<(), ApiError> {
    let mut lost = 0;
    while lost < TRIES {
        let writes = app.read(found.clone()).await?;
        if writes.is_empty() {
            return Ok(());
        }
        if !app.engine.put_side(writes).await? {
            lost += 1;
        }
    }
    Err(contended())
}

/// Changes the stored endpoint, again if somebody else does so at the same time.
async fn change(app: &App, id: &str, change: impl Fn(&mut Endpoint)) -> Result<(), ApiError> {
    for _ in 0..TRIES {
        let name = id.to_owned();
        let mut endpoint = app.read(move |reader| find(reader, &name)).await?;
        change(&mut endpoint.body);
        if app.engine.put_side(vec![kept::change(&endpoint)]).await? {
            return Ok(());
        }
    }
    Err(contended())
}

async fn shown(app: &App, id: String) -> Result<Json<EventEndpointView>, ApiError> {
    app.read(move |reader| view(reader, &find(reader, &id)?.body)).await.map(Json)
}
