use gateway::{DeclineCode, MoneyState, Receipt};
use gateway_kit::reply::decline;
use jiff::Timestamp;
use money::Money;
use serde::Deserialize;

use crate::amounts::from_stripe;
use crate::errors::card_reason;

/// What we wrote onto an object.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) reference: Option<String>,
    pub(crate) attempt_key: Option<String>,
}

/// An id, or the object itself where it was expanded.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Id {
    Plain(String),
    Expanded { id: String },
}

impl Id {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Plain(id) | Self::Expanded { id } => id,
        }
    }
}

/// Says that an object is of the right kind.
pub(crate) trait Named {
    const OBJECT: &'static str;
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    object: String,
    amount: i64,
    currency: String,
    status: Option<String>,
    pub(crate) charge: Option<Id>,
    pub(crate) payment_intent: Option<Id>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    failure_reason: Option<String>,
    pending_reason: Option<String>,
    pub(crate) created: i64,
}

impl Refund {
    pub(crate) fn money(&self) -> Option<Money> {
        from_stripe(self.amount, &self.currency)
    }

    pub(crate) fn receipt(&self) -> Receipt {
        Receipt {
            gateway_id: self.id.clone(),
            second_id: None,
            amount: self.money(),
            code: self.failure_reason.clone().or_else(|| self.pending_reason.clone()),
            message: None,
        }
    }

    /// `None` for what is not documented.
    pub(crate) fn state(&self) -> Option<MoneyState> {
        if self.object != Self::OBJECT || self.id.is_empty() {
            return None;
        }
        Some(match self.status.as_deref()? {
            "succeeded" => MoneyState::Succeeded,
            "pending" | "requires_action" => MoneyState::Pending,
            "failed" => {
                let code = self.failure_reason.as_deref().unwrap_or("unknown");
                let reason = match code {
                    "lost_or_stolen_card" => DeclineCode::MethodRevoked,
                    "expired_or_canceled_card" => DeclineCode::ExpiredCard,
                    "charge_for_pending_refund_disputed" => DeclineCode::Disputed,
                    "insufficient_funds" => DeclineCode::MerchantBalanceLow,
                    "declined" => DeclineCode::Declined,
                    _ => DeclineCode::Other,
                };
                MoneyState::Failed(decline(reason, code, "the refund failed"))
            }
            "canceled" => MoneyState::Failed(decline(
                DeclineCode::Other,
                "canceled",
                "the refund was canceled",
            )),
            _ => return None,
        })
    }
}

impl Named for Refund {
    const OBJECT: &'static str = "refund";
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct CardError {
    #[serde(default)]
    pub(crate) code: Option<String>,
    #[serde(default)]
    pub(crate) decline_code: Option<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    object: String,
    amount: i64,
    currency: String,
    pub(crate) status: String,
    latest_charge: Option<Id>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    last_payment_error: Option<CardError>,
    pub(crate) created: i64,
}

impl PaymentIntent {
    pub(crate) fn money(&self) -> Option<Money> {
        from_stripe(self.amount, &self.currency)
    }

    pub(crate) fn receipt(&self) -> Receipt {
        Receipt {
            gateway_id: self.id.clone(),
            second_id: self.latest_charge.as_ref().map(|id| id.text().to_owned()),
            amount: self.money(),
            code: None,
            message: None,
        }
    }

    /// `None` for what is not documented, or never comes from our way of charging.
    pub(crate) fn state(&self) -> Option<MoneyState> {
        if self.object != Self::OBJECT || self.id.is_empty() {
            return None;
        }
        Some(match self.status.as_str() {
            "succeeded" => MoneyState::Succeeded,
            // The customer may still act: the money may still move.
            "processing" | "requires_action" => MoneyState::Pending,
            "requires_payment_method" => {
                let error = self.last_payment_error.as_ref()?;
                let code = error.decline_code.as_deref().or(error.code.as_deref())?;
                let message = error.message.as_deref().unwrap_or("the payment failed");
                MoneyState::Failed(decline(card_reason(code), code, message))
            }
            "canceled" => MoneyState::Failed(decline(
                DeclineCode::Other,
                "canceled",
                "the payment was canceled",
            )),
            _ => return None,
        })
    }
}

impl Named for PaymentIntent {
    const OBJECT: &'static str = "payment_intent";
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    pub(crate) has_more: bool,
}

/// A Unix time.
pub(crate) fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}
