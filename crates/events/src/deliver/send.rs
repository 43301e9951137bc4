//! Sending: what is new of an account, or what it missed, and what came of it.

use std::sync::Arc;

use receivables::{AccountNo, EntryNo};

use super::waiting::{Stretch, stretch};
use super::{Parts, Trouble};
use crate::event::{Rendered, Sequence};
use crate::records::{Endpoint, Failure};

/// What came of sending something.
pub(super) struct Done {
    pub(super) account: AccountNo,
    /// The entry in a lane; none if an account caught up.
    pub(super) lane: Option<u64>,
    /// How many events were taken.
    pub(super) taken: usize,
    /// Where the account goes on, and whether it reached the end of what it was given.
    pub(super) next: Sequence,
    pub(super) finished: bool,
    /// The end of what it was given.
    pub(super) until: EntryNo,
    pub(super) failed: Option<Failed>,
}

/// An event that was not taken.
pub(super) struct Failed {
    pub(super) event: String,
    pub(super) kind: &'static str,
    pub(super) failure: Failure,
}

/// Sends events in order, up to the first that is not taken.
pub(super) async fn send_all(
    parts: &Parts,
    endpoint: &Endpoint,
    events: Vec<Rendered>,
    done: &mut Done,
) {
    for event in events {
        let now = parts.engine.clock().now();
        let tried = parts.office.send(endpoint, &event.id, &event.body, now).await;
        done.next = event.sequence;
        if let Some(failure) = tried.failure(now) {
            let (event, kind) = (event.id, event.kind.name());
            done.failed = Some(Failed { event, kind, failure });
            return;
        }
        done.taken += 1;
    }
}

/// Sends an account what it missed from `from` up to `until`, or a good part of it.
pub(super) async fn catch_up(
    parts: Arc<Parts>,
    endpoint: Endpoint,
    account: AccountNo,
    from: Sequence,
    until: EntryNo,
) -> Result<Done, Trouble> {
    let (render, filter) = (Arc::clone(&parts.render), endpoint.filter.clone());
    let (events, all, reached) = parts
        .ask(move |reader| {
            let Stretch { entries, reached, all } = stretch(reader, account, from.entry, until)?;
            let settings = reader.settings()?;
            let mut events: Vec<Rendered> =
                entries.iter().flat_map(|entry| render(entry, &settings)).collect();
            events.retain(|event| event.sequence >= from && filter.wants(event.kind));
            // Whoever narrowed the filter does not want what waited either.
            if !filter.wants_account(account) {
                events.clear();
            }
            Ok((events, all, reached))
        })
        .await?;
    let mut done =
        Done { account, lane: None, taken: 0, next: from, finished: all, until, failed: None };
    send_all(&parts, &endpoint, events, &mut done).await;
    if done.failed.is_none() {
        done.next = Sequence { entry: EntryNo(reached.0 + 1), index: 0 };
    }
    Ok(done)
}
