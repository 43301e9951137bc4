//! Events: the history as others read it, oldest first.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::Reader;
use events::{Event, EventId, Filter, Sequence, events_of};
use receivables::id::Ref;
use receivables::{AccountNo, Entry, EntryNo, Settings};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::existing;
use super::responses::ReadErrors;
use crate::body::named;
use crate::context::{Name, Query, rows};
use crate::problem::ApiError;
use crate::views::EventView;
use crate::{App, PAGE_MAX};

/// How many entries one question looks at. A filter that takes little may so get an empty page; it goes on from its cursor.
const LOOKED_AT: usize = 2_000;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_events)).routes(routes!(get_event))
}

/// Query of events.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct EventQuery {
    /// Only events after this sequence: `next_cursor` of the page before. From the beginning, if left out.
    #[param(example = "412.0")]
    after: Option<String>,
    /// Number or id of an account: only what concerns it.
    #[param(example = "A00000001")]
    account: Option<String>,
    /// A type, or the beginning of types with `*` behind it.
    #[serde(rename = "type")]
    #[param(rename = "type", example = "refund.*")]
    kind: Option<String>,
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<usize>,
}

/// Events, oldest first.
#[derive(Serialize, ToSchema)]
struct EventPage {
    /// The events. With a filter there may be few or none although more follow.
    events: Vec<EventView>,
    /// Give it as `after` to go on, at once or later.
    #[schema(example = "412.0")]
    next_cursor: String,
    /// Whether there is more at this moment.
    more: bool,
}

/// The sequence as written; zero if there is none.
fn sequence(after: Option<&String>) -> Result<Sequence, ApiError> {
    let Some(text) = after else { return Ok(Sequence { entry: EntryNo(0), index: 0 }) };
    text.parse().map_err(|error: events::BadSequence| {
        ApiError::bad_request("cursor_invalid", format!("{error}; take it from next_cursor"))
    })
}

/// List events, oldest first, from any place of the history on.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(EventQuery),
    responses((status = 200, description = "A page of events", body = EventPage), ReadErrors))]
async fn list_events(
    State(app): State<App>,
    Query(query): Query<EventQuery>,
) -> Result<Json<EventPage>, ApiError> {
    let (after, limit) = (sequence(query.after.as_ref())?, rows(query.limit)?);
    let account = query.account.as_deref().map(named).transpose();
    let account = account.map_err(|error| error.with("field", "account"))?;
    let filter = Filter::new(query.kind.into_iter().collect(), Vec::new()).map_err(|error| {
        ApiError::bad_request("query_invalid", format!("type: {error}")).with("field", "type")
    })?;
    let page = app.read(move |reader| page(reader, after, account, filter, limit)).await?;
    Ok(Json(page))
}

fn page(
    reader: &dyn Reader,
    after: Sequence,
    account: Option<Ref<AccountNo>>,
    mut filter: Filter,
    limit: usize,
) -> Result<EventPage, ApiError> {
    if let Some(account) = account {
        let found = existing(reader, account).map_err(|error| error.with("field", "account"))?;
        filter.accounts.push(found);
    }
    let settings = reader.settings()?;
    let mut page = Collected { events: Vec::new(), last: after, limit };
    let mut read = EntryNo(after.entry.0.saturating_sub(1));
    for _ in 0..LOOKED_AT / PAGE_MAX {
        let entries = reader.entries(read, PAGE_MAX)?;
        for entry in &entries {
            read = entry.head.no;
            if !page.take(entry, after, &filter, &settings) {
                return Ok(page.answer(true));
            }
        }
        if entries.len() < PAGE_MAX {
            return Ok(page.answer(false));
        }
    }
    Ok(page.answer(true))
}

/// A page in the making.
struct Collected {
    events: Vec<EventView>,
    last: Sequence,
    limit: usize,
}

impl Collected {
    /// Takes the events of an entry that are wanted; false if the page is full before its end.
    fn take(
        &mut self,
        entry: &Entry,
        after: Sequence,
        filter: &Filter,
        settings: &Settings,
    ) -> bool {
        let ours = filter.wants_account(entry.head.account);
        // The cursor names the last event that was given, so the first event of all needs one before it.
        let behind = |event: &Event| event.sequence > after || after.entry.0 == 0;
        for event in events_of(entry).iter().filter(|event| behind(event)) {
            if ours && filter.wants(event.kind) {
                if self.events.len() == self.limit {
                    return false;
                }
                self.events.extend(EventView::new(event, entry, settings));
            }
            self.last = event.sequence;
        }
        true
    }

    fn answer(self, more: bool) -> EventPage {
        EventPage { events: self.events, next_cursor: self.last.to_string(), more }
    }
}

/// Show an event.
#[utoipa::path(get, path = "/api/v1/events/{event}", tag = "events",
    params(("event" = String, Path, description = "Id of the event", example = "evt_019dd3c0a8c070018700000000000001_0")),
    responses((status = 200, description = "The event", body = EventView), ReadErrors))]
async fn get_event(State(app): State<App>, Name(event): Name) -> Result<Json<EventView>, ApiError> {
    let view = app
        .read(move |reader| {
            let (event, entry) = find(reader, &event)?;
            EventView::new(&event, &entry, &reader.settings()?).ok_or_else(missing)
        })
        .await?;
    Ok(Json(view))
}

/// The event with this id, and the entry it is a view of.
pub(super) fn find(reader: &dyn Reader, id: &str) -> Result<(Event, Entry), ApiError> {
    let id: EventId = id.parse().map_err(|_| missing())?;
    let sequence = id.sequence();
    let entry = reader.entry(sequence.entry)?.filter(|entry| id.matches(entry.head.at));
    let entry = entry.ok_or_else(missing)?;
    let event = events_of(&entry).into_iter().find(|event| event.sequence == sequence);
    Ok((event.ok_or_else(missing)?, entry))
}

fn missing() -> ApiError {
    let detail = "there is no event with this id; take it from GET /api/v1/events";
    ApiError::new(StatusCode::NOT_FOUND, "event_not_found", detail)
}
