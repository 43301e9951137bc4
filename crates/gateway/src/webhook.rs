use money::Money;

use crate::outcome::{MoneyState, Receipt};

/// What a notice is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// The state of a charge, refund or credit.
    State {
        /// The state.
        state: MoneyState,
        /// Ids and amount.
        receipt: Receipt,
    },
    /// A payment is disputed.
    DisputeOpened {
        /// How much of it.
        amount: Option<Money>,
    },
    /// The dispute was decided: the money is lost or stays.
    DisputeClosed {
        /// True if the merchant won.
        won: bool,
    },
    /// Something happened that is best looked up: a notice without a state of its own.
    Hint,
}

/// One verified notice of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The gateway's id of the event, for ever unique within the gateway; the same again is a repetition.
    pub event_id: String,
    /// Our merchant reference, if the notice carries it.
    pub reference: Option<String>,
    /// The key of our attempt, if the notice carries it.
    pub key: Option<String>,
    /// The gateway's id of the transaction it is about (for a dispute: of the payment).
    pub gateway_id: Option<String>,
    /// What it says.
    pub kind: NoticeKind,
}

/// Why a webhook was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The signature is missing, wrong or too old. Nothing it says is believed.
    #[error("the signature does not hold: {0}")]
    Unverified(String),
    /// It is signed, but cannot be read.
    #[error("the notice cannot be read: {0}")]
    Malformed(String),
}
