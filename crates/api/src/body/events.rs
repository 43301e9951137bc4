//! Endpoints of events.

use events::Sequence;
use receivables::text::Comment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Makes an endpoint.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://example.com/hooks/books", "types": ["refund.*", "journal.posted"]}))]
pub(crate) struct MakeEventEndpoint {
    /// Where to: an address that begins with https:// and leads out of the server's own network.
    #[schema(max_length = 2000)]
    pub(crate) url: String,
    /// What it is for.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    pub(crate) description: Option<Comment>,
    /// The types it wants, with `*` at the end for all that begin so; all if left out.
    #[schema(max_items = 100)]
    pub(crate) types: Option<Vec<String>>,
    /// Numbers or ids of the accounts it wants; all if left out.
    #[schema(max_items = 100)]
    pub(crate) accounts: Option<Vec<String>>,
    /// The sequence it begins with, such as `0.0` for the whole history; with what happens from now on, if left out.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,16}\\.[0-9]{1,5}$")]
    pub(crate) start: Option<Sequence>,
}

/// Changes an endpoint; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": false}))]
pub(crate) struct ChangeEventEndpoint {
    /// Where to from now on.
    #[schema(max_length = 2000)]
    pub(crate) url: Option<String>,
    /// What it is for.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    pub(crate) description: Option<Comment>,
    /// The types it wants from now on; an empty list: all.
    #[schema(max_items = 100)]
    pub(crate) types: Option<Vec<String>>,
    /// The accounts it wants from now on; an empty list: all.
    #[schema(max_items = 100)]
    pub(crate) accounts: Option<Vec<String>>,
    /// False: nothing is delivered until it is enabled again; then it goes on where it stopped.
    pub(crate) enabled: Option<bool>,
}

/// Delivers once more.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"from": "1.0"}))]
pub(crate) struct ReplayEvents {
    /// The sequence to begin with; the events of its entry come whole.
    #[schema(value_type = String, pattern = "^[0-9]{1,16}\\.[0-9]{1,5}$")]
    pub(crate) from: Sequence,
}
