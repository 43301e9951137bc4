//! What became of deliveries, and single ones that somebody asks for.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use engine::Reader;
use engine::kept::{self, Stored};
use events::records;
use events::{Delivery, DeliveryState, Endpoint, Rendered, Sequence};
use receivables::AccountNo;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{EndpointErrors, find, random_hex};
use crate::App;
use crate::context::{Asked, Name, Query, rows};
use crate::problem::ApiError;
use crate::routes::events::find as find_event;
use crate::routes::responses::ReadErrors;
use crate::views::{DeliveryView, TriedView, render_events};

/// Send a test event at once, and show what the receiver said.
#[utoipa::path(post, path = "/api/v1/event-endpoints/{endpoint}/test", tag = "events",
    params(("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60")),
    responses((status = 200, description = "What the receiver said", body = TriedView), EndpointErrors, ReadErrors))]
pub(super) async fn test_event_endpoint(
    State(app): State<App>,
    asked: Asked,
    Name(id): Name,
) -> Result<Json<TriedView>, ApiError> {
    asked.for_real()?;
    let endpoint = app.read(move |reader| Ok(find(reader, &id)?.body)).await?;
    let now = app.engine.clock().now();
    // Stands in no history, so its id is not derived.
    let event = format!("evt_test_{}", random_hex()?);
    let body = json!({
        "id": event,
        "type": events::EventKind::EndpointTest.name(),
        "timestamp": now,
        "actor": asked.caller.actor.name(),
        "request_id": asked.request_id,
        "data": {"document_type": "event_endpoint", "id": endpoint.id},
    });
    let tried = app.office()?.send(&endpoint, &event, &body.to_string(), now).await;
    Ok(Json(TriedView::new(event, tried)))
}

/// Query of deliveries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeliveryQuery {
    /// `dead`: what was given up; `waiting`: what is tried again. `dead` if left out.
    #[param(value_type = Option<String>, example = "dead")]
    state: Option<Wanted>,
    /// Where the page before ended: its `next_cursor`.
    #[param(example = "412.0")]
    cursor: Option<String>,
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<usize>,
}

/// As [`DeliveryState`], as queries write it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    Waiting,
    Dead,
}

/// Events that failed.
#[derive(Serialize, ToSchema)]
pub(super) struct DeliveryPage {
    /// Dead ones in the order of the history, waiting ones by account.
    deliveries: Vec<DeliveryView>,
    /// Where the next page begins; absent on the last.
    next_cursor: Option<String>,
}

/// List the events that failed: those that wait to be tried again, or those that were given up.
#[utoipa::path(get, path = "/api/v1/event-endpoints/{endpoint}/deliveries", tag = "events",
    params(("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60"), DeliveryQuery),
    responses((status = 200, description = "A page of deliveries", body = DeliveryPage), ReadErrors))]
pub(super) async fn list_event_deliveries(
    State(app): State<App>,
    Name(id): Name,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<DeliveryPage>, ApiError> {
    let limit = rows(query.limit)?;
    let state = match query.state {
        Some(Wanted::Waiting) => DeliveryState::Waiting,
        Some(Wanted::Dead) | None => DeliveryState::Dead,
    };
    let after = query.cursor.as_deref().map(|cursor| key(&id, state, cursor)).transpose()?;
    let page = app
        .read(move |reader| {
            let endpoint = find(reader, &id)?.body.id;
            let found = records::deliveries(reader, &endpoint, state, after.as_deref(), limit)?;
            let full = found.len() == limit;
            let last = found.last().filter(|_| full).map(|last| cursor(&last.body));
            let deliveries = found.iter().map(|stored| DeliveryView::new(&stored.body)).collect();
            Ok(DeliveryPage { deliveries, next_cursor: last })
        })
        .await?;
    Ok(Json(page))
}

/// Where a page ends: an account, or a sequence.
fn cursor(delivery: &Delivery) -> String {
    match delivery.state {
        DeliveryState::Waiting => format!("{}.0", delivery.account.0),
        DeliveryState::Dead => delivery.sequence.to_string(),
    }
}

/// The key of the record a page ended with.
fn key(endpoint: &str, state: DeliveryState, cursor: &str) -> Result<String, ApiError> {
    let sequence: Sequence = cursor.parse().map_err(|_| {
        let detail = "take the cursor from next_cursor of the page before";
        ApiError::bad_request("cursor_invalid", detail)
    })?;
    Ok(record(endpoint, state, AccountNo(sequence.entry.0), sequence))
}

/// The key of a record, whatever else it holds.
fn record(id: &str, state: DeliveryState, account: AccountNo, sequence: Sequence) -> String {
    let mut delivery = Delivery::going_on(account, sequence, jiff::Timestamp::UNIX_EPOCH);
    delivery.state = state;
    delivery.key(id)
}

/// Try a failed event again: one that was given up is sent at once; one that waits is due now and is sent in its turn.
#[utoipa::path(post, path = "/api/v1/event-endpoints/{endpoint}/deliveries/{event}/retry", tag = "events",
    params(
        ("endpoint" = String, Path, description = "Id of the endpoint", example = "ep_5f0c2a9b7e1d4c3a8f60"),
        ("event" = String, Path, description = "Id of the event", example = "evt_019dd3c0a8c070018700000000000001_0")),
    responses((status = 200, description = "How it stands now: `waiting`, `dead`, or `delivered`", body = Retried), EndpointErrors, ReadErrors))]
pub(super) async fn retry_event_delivery(
    State(app): State<App>,
    asked: Asked,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Json<Retried>, ApiError> {
    asked.for_real()?;
    let unreadable =
        |error: PathRejection| ApiError::bad_request("path_invalid", error.body_text());
    let Path((id, event)) = path.map_err(unreadable)?;
    let found = app.read(move |reader| failed(reader, &id, &event)).await?;
    let Found { endpoint, mut stored, rendered } = found;
    let now = app.engine.clock().now();
    let delivery = &mut stored.body;
    if delivery.state == DeliveryState::Waiting {
        delivery.due = Some(now);
        if !app.engine.put_side(vec![kept::change(&stored)]).await? {
            return Err(super::contended());
        }
        return Ok(Json(Retried { state: "waiting", tried: None }));
    }
    let tried = app.office()?.send(&endpoint, &rendered.id, &rendered.body, now).await;
    let view = TriedView::new(rendered.id, tried.clone());
    let (state, write) = match tried.failure(now) {
        None => ("delivered", kept::erase(&stored)),
        Some(failure) => {
            delivery.attempts = delivery.attempts.saturating_add(1);
            delivery.failure = Some(failure);
            ("dead", kept::change(&stored))
        }
    };
    // If somebody else tried it at the same moment, what they noted stands.
    app.engine.put_side(vec![write]).await?;
    Ok(Json(Retried { state, tried: Some(view) }))
}

/// What came of trying again.
#[derive(Serialize, ToSchema)]
pub(super) struct Retried {
    /// `delivered`, `dead`, or `waiting`: it is sent in its turn.
    #[schema(example = "delivered")]
    state: &'static str,
    /// What the receiver said, if it was sent at once.
    tried: Option<TriedView>,
}

/// A failed event with everything needed to send it.
struct Found {
    endpoint: Endpoint,
    stored: Stored<Delivery>,
    rendered: Rendered,
}

fn failed(reader: &dyn Reader, id: &str, event: &str) -> Result<Found, ApiError> {
    let endpoint = find(reader, id)?.body;
    let missing = || {
        let detail =
            "this event did not fail at this endpoint; GET .../deliveries lists those that did";
        ApiError::new(StatusCode::NOT_FOUND, "event_delivery_not_found", detail)
    };
    let (found, entry) = find_event(reader, event).map_err(|_| missing())?;
    for state in [DeliveryState::Dead, DeliveryState::Waiting] {
        let key = record(id, state, entry.head.account, found.sequence);
        let stored = kept::find::<Delivery>(reader, &key)?;
        let same = |stored: &Stored<Delivery>| stored.body.event.as_deref() == Some(event);
        let Some(stored) = stored.filter(same) else { continue };
        let rendered = render_events(&entry, &reader.settings()?);
        let rendered = rendered.into_iter().find(|one| one.sequence == found.sequence);
        let rendered = rendered.ok_or_else(missing)?;
        return Ok(Found { endpoint, stored, rendered });
    }
    Err(missing())
}

#[cfg(test)]
mod tests {
    use receivables::EntryNo;

    use super::*;

    #[test]
    fn a_cursor_leads_behind_the_record_it_was_made_of() {
        let sequence = Sequence { entry: EntryNo(412), index: 3 };
        for state in [DeliveryState::Waiting, DeliveryState::Dead] {
            let mut delivery =
                Delivery::going_on(AccountNo(7), sequence, jiff::Timestamp::UNIX_EPOCH);
            delivery.state = state;
            let key = key("ep_1", state, &cursor(&delivery)).unwrap();
            assert_eq!(key, delivery.key("ep_1"));
        }
        assert!(key("ep_1", DeliveryState::Dead, "ep_2/d/").is_err());
    }
}
