//! What is kept beside the history: endpoints, how far each was served, and what waits or was given up.

use engine::kept::{self, Kept, Stored};
use engine::{ReadError, Reader, SideKind};
use jiff::{SignedDuration, Timestamp};
use receivables::{AccountNo, EntryNo};
use serde::{Deserialize, Serialize};

use crate::event::Sequence;
use crate::filter::Filter;

/// How many endpoints there may be.
pub const ENDPOINTS_MAX: usize = 50;
/// How many accounts of one endpoint may wait. Then it goes on with what waits before it takes anything new, so that an
/// endpoint that is down leaves no record per account.
pub const WAITING_MAX: usize = 1_000;
/// How long a secret that was replaced still signs.
pub const OLD_SECRET_SIGNS: SignedDuration = SignedDuration::from_hours(24);
/// How many secrets sign side by side.
pub const SECRETS_MAX: usize = 3;

/// Where events are delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// Where to.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Which events it wants.
    #[serde(flatten)]
    pub filter: Filter,
    /// Set while nothing is delivered: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<String>,
    /// Since when it is as it is, enabled or disabled.
    pub switched_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// The newest first.
    pub secrets: Vec<SealedSecret>,
    /// The entry after which it begins.
    pub start: EntryNo,
    /// One more each time it is to begin anew at `start`.
    pub generation: u64,
}

/// A secret that signs, encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSecret {
    /// Base64 of what the vault made.
    pub sealed: String,
    /// Until when it signs, once another one took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Endpoint {
    /// The secrets that sign at an instant.
    pub fn signing(&self, now: Timestamp) -> impl Iterator<Item = &SealedSecret> {
        self.secrets.iter().filter(move |secret| secret.until.is_none_or(|until| now < until))
    }

    /// Puts a new secret in the first place. Those before it go on for a while.
    pub fn roll(&mut self, sealed: String, now: Timestamp) {
        let end = now.checked_add(OLD_SECRET_SIGNS).unwrap_or(now);
        self.secrets.retain(|secret| secret.until.is_none_or(|until| now < until));
        for old in &mut self.secrets {
            old.until = Some(old.until.map_or(end, |until| until.min(end)));
        }
        self.secrets.insert(0, SealedSecret { sealed, until: None });
        self.secrets.truncate(SECRETS_MAX);
    }
}

/// How far an endpoint was served, and who serves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Everything up to this entry was delivered, given up, or stands behind an account that waits.
    pub entry: EntryNo,
    /// The endpoint's generation it belongs to.
    pub generation: u64,
    /// Who delivers, until when; then another server may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// When an event was last taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<Failure>,
    /// Since when there was nothing but failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Timestamp>,
}

/// A server delivers for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Which one.
    pub holder: String,
    /// Until when.
    pub until: Timestamp,
}

/// Why an event was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When.
    pub at: Timestamp,
    /// The HTTP status, if there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What went wrong, in words.
    pub error: String,
    /// The first KiB of the answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried again, and the account's later events wait behind it.
    Waiting,
    /// It was given up; the account went on.
    Dead,
}

/// An event that failed: an account that waits behind it, or a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Where it stands.
    pub state: DeliveryState,
    /// Whose event it is.
    pub account: AccountNo,
    /// The event; for an account that waits, where it goes on.
    pub sequence: Sequence,
    /// Its id; none while an account only catches up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How often it was tried.
    pub attempts: u16,
    /// When it is tried next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Timestamp>,
    /// What went wrong last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Delivery {
    /// An account that goes on at `sequence`, from `now` on.
    pub fn going_on(account: AccountNo, sequence: Sequence, now: Timestamp) -> Self {
        Self {
            state: DeliveryState::Waiting,
            account,
            sequence,
            event: None,
            kind: None,
            attempts: 0,
            due: Some(now),
            failure: None,
        }
    }

    /// The id of its record: one per account that waits, one per dead event.
    pub fn key(&self, endpoint: &str) -> String {
        let prefix = prefix(endpoint, self.state);
        match self.state {
            DeliveryState::Waiting => format!("{prefix}{:016}", self.account.0),
            DeliveryState::Dead => {
                format!("{prefix}{:018}.{:05}", self.sequence.entry.0, self.sequence.index)
            }
        }
    }
}

/// What the records of an endpoint in a state begin with.
fn prefix(endpoint: &str, state: DeliveryState) -> String {
    let letter = match state {
        DeliveryState::Waiting => 'w',
        DeliveryState::Dead => 'd',
    };
    format!("{endpoint}/{letter}/")
}

/// Every endpoint, in order of their ids.
///
/// # Errors
///
/// [`ReadError`].
pub fn endpoints(reader: &dyn Reader) -> Result<Vec<Stored<Endpoint>>, ReadError> {
    kept::page(reader, "", ENDPOINTS_MAX)
}

/// Deliveries of an endpoint in a state, in order, behind the key `after`.
///
/// # Errors
///
/// [`ReadError`].
pub fn deliveries(
    reader: &dyn Reader,
    endpoint: &str,
    state: DeliveryState,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Stored<Delivery>>, ReadError> {
    let prefix = prefix(endpoint, state);
    let after = after.unwrap_or(&prefix);
    let mut found = kept::page::<Delivery>(reader, after, limit)?;
    found.truncate(found.partition_point(|record| record.id.starts_with(&prefix)));
    Ok(found)
}

impl Kept for Endpoint {
    const KIND: SideKind = SideKind::EventEndpoint;
}

impl Kept for Position {
    const KIND: SideKind = SideKind::EventPosition;
}

impl Kept for Delivery {
    const KIND: SideKind = SideKind::EventDelivery;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint() -> Endpoint {
        let at: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        Endpoint {
            id: "ep_1".to_owned(),
            url: "https://example.com".to_owned(),
            description: String::new(),
            filter: Filter::default(),
            disabled: None,
            switched_at: at,
            created_at: at,
            created_by: "administrator".to_owned(),
            secrets: vec![SealedSecret { sealed: "one".to_owned(), until: None }],
            start: EntryNo(0),
            generation: 1,
        }
    }

    #[test]
    fn a_secret_that_was_replaced_signs_for_a_day_and_then_no_more() {
        let mut endpoint = endpoint();
        let now = endpoint.created_at;
        let at = |hours| now + SignedDuration::from_hours(hours);
        let signing = |endpoint: &Endpoint, now| {
            endpoint.signing(now).map(|secret| secret.sealed.clone()).collect::<Vec<_>>()
        };
        endpoint.roll("two".to_owned(), now);
        assert_eq!(signing(&endpoint, at(23)), ["two", "one"]);
        assert_eq!(signing(&endpoint, at(24)), ["two"]);
        // Rolled again, the first keeps its own end.
        endpoint.roll("three".to_owned(), at(1));
        assert_eq!(signing(&endpoint, at(23)), ["three", "two", "one"]);
        assert_eq!(signing(&endpoint, at(24)), ["three", "two"]);
        endpoint.roll("four".to_owned(), at(2));
        assert_eq!(signing(&endpoint, at(3)), ["four", "three", "two"], "at most three");
        endpoint.roll("five".to_owned(), at(100));
        assert_eq!(endpoint.secrets.len(), 2, "what has ended is forgotten");
    }

    #[test]
    fn records_of_a_state_are_in_the_order_of_the_history() {
        let mut delivery = Delivery::going_on(
            AccountNo(12),
            Sequence { entry: EntryNo(9), index: 10 },
            "2026-11-23T10:00:00Z".parse().unwrap(),
        );
        assert_eq!(delivery.key("ep_1"), "ep_1/w/0000000000000012");
        delivery.state = DeliveryState::Dead;
        let earlier = delivery.key("ep_1");
        delivery.sequence = Sequence { entry: EntryNo(10), index: 2 };
        assert!(earlier < delivery.key("ep_1"), "{earlier}");
    }
}
