//! The page of a refund that is under way follows it by itself: server-sent events with pieces of the page.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::interval;

use super::{life, refund};
use crate::form::{Fields, fresh_key};
use crate::links::followed;
use crate::visit::{KEY, Visit};

/// So often it is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// So often at most; then the page stands still, so that one that is left open does not keep a session alive.
const LOOKS: u32 = 600;
/// So many pages follow at once; further ones are told to come back.
const FOLLOWED: usize = 256;

/// How a refund stands whose end is near enough to wait for it.
pub(super) fn moves(refund: &Value) -> bool {
    const ON_THE_WAY: [&str; 8] = [
        "reserved",
        "sending",
        "pending",
        "unknown",
        "waiting",
        "voiding",
        "awaiting_approval",
        "to_be_paid",
    ];
    ON_THE_WAY.contains(&state(refund))
}

struct Followed {
    visit: Visit,
    refund: String,
    /// The state the page shows.
    shown: String,
    /// The log as it was last looked at.
    life: Option<Value>,
    ticks: tokio::time::Interval,
    looks: u32,
    /// Nothing more will come.
    ended: bool,
    /// And the browser was told so.
    told: bool,
    _place: OwnedSemaphorePermit,
}

/// Tells what changes. `state` comes with all of the page; `life` with the log of attempts only, so that what somebody
/// is typing stays.
pub(crate) async fn follow(visit: Visit, Path(refund): Path<String>) -> Response {
    // Whoever may not see it is told so, as on its page; a browser does not ask again then.
    if let Err(problem) = refund::found(&visit, &refund).await {
        return visit.sorry(&problem);
    }
    static PLACES: std::sync::LazyLock<Arc<Semaphore>> =
        std::sync::LazyLock::new(|| Arc::new(Semaphore::new(FOLLOWED)));
    let Ok(place) = Arc::clone(&PLACES).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "too many pages follow refunds").into_response();
    };
    let ticks = interval(EVERY);
    let shown = visit.query.get("state").to_owned();
    let (life, looks, ended, told) = (None, 0, false, false);
    let followed =
        Followed { visit, refund, shown, life, ticks, looks, ended, told, _place: place };
    let events = unfold(followed, |mut followed| async move {
        let event = followed.next().await?;
        Some((Ok::<_, Infallible>(event), followed))
    });
    Sse::new(events).into_response()
}

impl Followed {
    /// The next change. The last says that nothing more will come, so that the browser does not ask again.
    async fn next(&mut self) -> Option<Event> {
        if self.told {
            return None;
        }
        while !self.ended && self.looks < LOOKS {
            self.ticks.tick().await;
            self.looks += 1;
            // A server that stops lets its pages go; they come back to the next one.
            if self.visit.get("/readyz").await.is_err() {
                return None;
            }
            let (found, log) = refund::found(&self.visit, &self.refund).await.ok()?;
            let state = state(&found);
            let longer = self.life.as_ref().is_some_and(|seen| *seen != log);
            let event = if state != self.shown {
                let fields = Fields::default().with(KEY, fresh_key());
                let offers = refund::offers(&self.visit, &found).await;
                let all = refund::content(&self.visit, &found, &log, &offers, &fields, None);
                state.clone_into(&mut self.shown);
                let all = followed(&all, |needed| self.visit.may(needed));
                Some(Event::default().event("state").data(all.into_string()))
            } else if longer {
                Some(Event::default().event("life").data(life::show(&log).into_string()))
            } else {
                None
            };
            self.ended = !moves(&found);
            self.life = Some(log);
            if event.is_some() {
                return event;
            }
        }
        self.told = true;
        // An event without data is none to a browser.
        Some(Event::default().event("end").data("end"))
    }
}

/// How a refund stands; empty if it needs no order.
pub(super) fn state(refund: &Value) -> &str {
    refund.pointer("/order/state").and_then(Value::as_str).unwrap_or("")
}
