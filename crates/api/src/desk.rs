//! The port to whoever talks to gateways: the door asks, the binary answers with the worker.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::http::StatusCode;
use engine::GatewaySecret;
use jiff::Timestamp;
use receivables::gateway::Gateway;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::ApiError;

/// An answer that takes its time.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, DeskError>> + Send>>;

/// What the door cannot do by itself: keep secrets, and talk to gateways. Nothing here decides; what is
/// learned goes to the books as commands.
pub trait GatewayDesk: Send + Sync {
    /// Checks the credentials of a gateway against what its connector needs, and encrypts them. `gateway`
    /// may not be configured yet, so nothing may depend on its number.
    ///
    /// # Errors
    ///
    /// [`DeskError::invalid`] if one is missing or unknown, [`DeskError::unavailable`] without a key to
    /// encrypt them.
    fn seal(
        &self,
        gateway: &Gateway,
        credentials: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<GatewaySecret, DeskError>;

    /// Proves the stored credentials without moving anything.
    fn test(&self, gateway: Gateway, now: Timestamp) -> Answer<()>;

    /// Takes a webhook: verifies it on its raw body and hands what it says to the books. Header names are
    /// in lower case. What cannot be verified changes nothing.
    fn notice(
        &self,
        gateway: Gateway,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Answer<Taken>;

    /// Holds what a gateway says it did against the books, and takes it over if `apply` is set. Doing it
    /// again has no further effect.
    fn reconcile(
        &self,
        gateway: Gateway,
        what: Reconcile,
        apply: bool,
        actor: Arc<str>,
    ) -> Answer<Reconciled>;
}

/// What is reconciled.
#[derive(Clone, PartialEq, Eq)]
pub enum Reconcile {
    /// The gateway's own listing of a span of time.
    Window {
        /// From, inclusive.
        from: Timestamp,
        /// To, exclusive.
        to: Timestamp,
    },
    /// A settlement file.
    File {
        /// The CSV as it came.
        bytes: Vec<u8>,
        /// The span of time that it is all of, from inclusive, to exclusive.
        span: Option<(Timestamp, Timestamp)>,
    },
}

impl fmt::Debug for Reconcile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window { from, to } => write!(f, "Window({from} to {to})"),
            Self::File { bytes, .. } => write!(f, "File({} bytes)", bytes.len()),
        }
    }
}

/// What became of a webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Taken {
    /// Notices in it.
    pub notices: u32,
    /// Notices that came before.
    pub repeated: u32,
    /// Notices about nothing that is known here.
    pub unmatched: u32,
    /// Notices that changed something.
    pub applied: u32,
    /// Notices after which the gateway is asked how things stand.
    pub looked_up: u32,
}

/// What a reconciliation found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reconciled {
    /// Transactions the gateway named.
    pub transactions: u64,
    /// Those that agree with the books.
    pub matched: u64,
    /// Those that were taken over. Without `apply` they are among the differences, as `state_differs`.
    pub applied: u64,
    /// True if they were only looked at.
    pub preview: bool,
    /// What does not agree, in the order of the listing, at most 1,000; `difference_count` counts all.
    pub differences: Vec<Difference>,
    /// How many differences there are.
    pub difference_count: u64,
    /// What the transactions come to, for each kind and currency.
    #[serde(default)]
    pub totals: Vec<ReconciledTotal>,
}

/// What transactions of one kind and currency come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReconciledTotal {
    /// `charge` or `refund`.
    #[schema(example = "refund")]
    pub kind: String,
    /// The currency.
    #[schema(example = "USD")]
    pub currency: String,
    /// How many the gateway named.
    pub transactions: u64,
    /// What they come to; absent if that is too large.
    #[schema(example = "120.00")]
    pub amount: Option<String>,
    /// How many of them were taken over, or would be with `apply`.
    pub applied: u64,
    /// What these come to.
    #[schema(example = "60.00")]
    pub applied_amount: Option<String>,
}

/// One difference between a gateway and the books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    /// What kind of difference: `not_ours`, `another_kind`, `amount_differs`, `twice`, `state_differs`,
    /// `not_at_gateway`.
    #[schema(example = "state_differs")]
    pub kind: String,
    /// The refund or payment.
    #[schema(example = "R-00000001")]
    pub document: Option<String>,
    /// The merchant reference the gateway has.
    pub reference: Option<String>,
    /// The gateway's id of the transaction.
    pub gateway_id: Option<String>,
    /// Currency of the amounts.
    #[schema(example = "USD")]
    pub currency: Option<String>,
    /// The amount in the books.
    #[schema(example = "60.00")]
    pub our_amount: Option<String>,
    /// The amount at the gateway.
    #[schema(example = "60.00")]
    pub gateway_amount: Option<String>,
    /// Where the order stands in the books.
    #[schema(example = "unknown")]
    pub our_state: Option<String>,
    /// Where it stands at the gateway.
    #[schema(example = "settled")]
    pub gateway_state: Option<String>,
    /// What it means, and what to do, in a sentence.
    pub explanation: String,
}

/// Whose trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskClass {
    /// The request cannot be read.
    Malformed,
    /// Who sent it cannot be proved.
    Unverified,
    /// What was given contradicts itself or is incomplete.
    Invalid,
    /// The gateway did not answer, or not as it should.
    Gateway,
    /// Nothing can be done right now.
    Unavailable,
}

/// Why the desk could not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskError {
    /// Whose trouble it is.
    pub class: DeskClass,
    /// Stable code.
    pub code: &'static str,
    /// What happened and what to do; never with a secret in it.
    pub sentence: String,
}

impl fmt::Display for DeskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for DeskError {}

impl DeskError {
    fn new(class: DeskClass, code: &'static str, sentence: impl Into<String>) -> Self {
        Self { class, code, sentence: sentence.into() }
    }

    /// The signature of a webhook does not hold: `webhook_unverified`.
    pub fn unverified(sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Unverified, "webhook_unverified", sentence)
    }

    /// A verified webhook that cannot be read: `webhook_malformed`.
    pub fn malformed_webhook(sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Malformed, "webhook_malformed", sentence)
    }

    /// A settlement file that cannot be read: `settlement_file_invalid`. Say which line.
    pub fn malformed_file(sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Malformed, "settlement_file_invalid", sentence)
    }

    /// Credentials that are incomplete or unknown: `credentials_invalid`.
    pub fn invalid(sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Invalid, "credentials_invalid", sentence)
    }

    /// The gateway has no stored credentials: `credentials_missing`.
    pub fn no_credentials(sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Invalid, "credentials_missing", sentence)
    }

    /// The gateway did not answer, or not as it should: `gateway_failed`.
    pub fn gateway(sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Gateway, "gateway_failed", sentence)
    }

    /// There is no key for credentials, or no worker: `gateways_unavailable`.
    pub fn unavailable(sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Unavailable, "gateways_unavailable", sentence)
    }

    /// The books cannot be written or read now, so that nothing was taken over: the code of the engine.
    pub fn books(code: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(DeskClass::Unavailable, code, sentence)
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        let status = match error.class {
            DeskClass::Malformed => StatusCode::BAD_REQUEST,
            DeskClass::Unverified => StatusCode::UNAUTHORIZED,
            DeskClass::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            DeskClass::Gateway => StatusCode::BAD_GATEWAY,
            DeskClass::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.code, error.sentence)
    }
}
