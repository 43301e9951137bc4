//! Endpoints of events and what became of deliveries.

use events::records::{Endpoint, Failure, Position};
use events::{Delivery, DeliveryState, Tried};
use jiff::Timestamp;
use receivables::EntryNo;
use serde::Serialize;
use utoipa::ToSchema;

/// Where events are delivered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EventEndpointView {
    /// Its id, such as `ep_5f0c2a9b7e1d4c3a8f60`.
    pub(crate) id: String,
    /// Where to.
    #[schema(example = "https://example.com/hooks/books")]
    pub(crate) url: String,
    /// What it is for.
    #[schema(example = "ledger of the data warehouse")]
    pub(crate) description: String,
    /// The types it wants; empty: all.
    #[schema(example = json!(["refund.*", "journal.posted"]))]
    pub(crate) types: Vec<String>,
    /// The accounts it wants; empty: all, and the organisation.
    #[schema(example = json!(["A00000001"]))]
    pub(crate) accounts: Vec<String>,
    /// Whether events are delivered.
    pub(crate) enabled: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disabled_reason: Option<String>,
    /// Since when it is as it is, enabled or disabled.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) switched_at: Timestamp,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// By whom.
    #[schema(example = "administrator")]
    pub(crate) created_by: String,
    /// The secret that signs; in the answer that makes it, and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
    /// Until when secrets that were replaced sign beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) old_secret_until: Option<Timestamp>,
    /// Up to which entry everything was delivered, given up, or waits behind a failure.
    #[schema(example = "JE-00000412")]
    pub(crate) position: String,
    /// How many entries the history is ahead of that.
    #[schema(example = 0)]
    pub(crate) lag: u64,
    /// When an event was last taken.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) last_success: Option<Timestamp>,
    /// What went wrong last.
    pub(crate) last_failure: Option<FailureView>,
    /// Since when there was nothing but failures.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) failing_since: Option<Timestamp>,
    /// How many accounts wait behind an event that failed, counted up to 1000; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    pub(crate) waiting: Option<usize>,
    /// How many events were given up, counted up to 1000; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 0)]
    pub(crate) dead: Option<usize>,
}

/// Why an event was not taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FailureView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// The HTTP status, if there was an answer.
    #[schema(example = 503)]
    pub(crate) status: Option<u16>,
    /// What went wrong, in words.
    #[schema(example = "answered 503")]
    pub(crate) error: String,
    /// The first KiB of the answer.
    pub(crate) body: String,
}

impl FailureView {
    fn new(failure: &Failure) -> Self {
        let Failure { at, status, error, body } = failure.clone();
        Self { at, status, error, body }
    }
}

impl EventEndpointView {
    /// An endpoint as it stands, `head` being the end of the history.
    pub(crate) fn new(endpoint: &Endpoint, position: Option<&Position>, head: EntryNo) -> Self {
        // What a replay goes back to counts before the deliverer has seen it.
        let entry = match position {
            Some(it) if it.generation == endpoint.generation => it.entry,
            Some(it) => it.entry.min(endpoint.start),
            None => endpoint.start,
        };
        Self {
            id: endpoint.id.clone(),
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            types: endpoint.filter.types.clone(),
            accounts: endpoint.filter.accounts.iter().map(ToString::to_string).collect(),
            enabled: endpoint.disabled.is_none(),
            disabled_reason: endpoint.disabled.clone(),
            switched_at: endpoint.switched_at,
            created_at: endpoint.created_at,
            created_by: endpoint.created_by.clone(),
            secret: None,
            old_secret_until: endpoint.secrets.iter().filter_map(|secret| secret.until).max(),
            position: entry.to_string(),
            lag: head.0.saturating_sub(entry.0),
            last_success: position.and_then(|it| it.last_success),
            last_failure: position.and_then(|it| it.last_failure.as_ref()).map(FailureView::new),
            failing_since: position.and_then(|it| it.failing_since),
            waiting: None,
            dead: None,
        }
    }
}

/// An event that failed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// `waiting`: it is tried again, and the account's later events wait behind it. `dead`: it was given up, and the
    /// account went on.
    #[schema(example = "dead")]
    pub(crate) state: &'static str,
    /// The account; absent for the organisation.
    #[schema(example = "A00000001")]
    pub(crate) account: Option<String>,
    /// The id of the event; absent while the account only catches up.
    pub(crate) event: Option<String>,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(example = "refund.processed")]
    pub(crate) kind: Option<String>,
    /// Where it stands; for an account that waits, where it goes on.
    #[schema(example = "412.0")]
    pub(crate) sequence: String,
    /// How often it was tried.
    #[schema(example = 10)]
    pub(crate) attempts: u16,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) due: Option<Timestamp>,
    /// What went wrong last.
    pub(crate) failure: Option<FailureView>,
}

impl DeliveryView {
    pub(crate) fn new(delivery: &Delivery) -> Self {
        let account = delivery.account;
        Self {
            state: match delivery.state {
                DeliveryState::Waiting => "waiting",
                DeliveryState::Dead => "dead",
            },
            account: (account != receivables::AccountNo::ORGANISATION).then(|| account.to_string()),
            event: delivery.event.clone(),
            kind: delivery.kind.clone(),
            sequence: delivery.sequence.to_string(),
            attempts: delivery.attempts,
            due: delivery.due,
            failure: delivery.failure.as_ref().map(FailureView::new),
        }
    }
}

/// What the receiver said to an event that was sent at once.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TriedView {
    /// The id of the event that was sent.
    pub(crate) event: String,
    /// Whether it was taken.
    pub(crate) taken: bool,
    /// The HTTP status, if there was an answer.
    #[schema(example = 204)]
    pub(crate) status: Option<u16>,
    /// The first KiB of the answer.
    pub(crate) body: String,
    /// Why it does not count as taken.
    #[schema(example = "answered 503")]
    pub(crate) error: Option<String>,
}

impl TriedView {
    pub(crate) fn new(event: String, tried: Tried) -> Self {
        let Tried { status, body, error } = tried;
        Self { event, taken: error.is_none(), status, body, error }
    }
}
