//! Where an order may stand, and why a gateway said no.

use serde::{Deserialize, Serialize};

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum OrderState {
    /// Decided; nothing was sent yet.
    Reserved = 1,
    /// A worker may have begun to send it.
    Sending = 2,
    /// The gateway took it and will say later.
    Pending = 3,
    /// Whether anything moved is not known.
    Unknown = 4,
    /// The payment is not settled, so a part of it cannot be refunded yet.
    Waiting = 5,
    /// The money moved.
    Processed = 6,
    /// The gateway said no. Nothing moved.
    Declined = 7,
    /// It never reached the gateway. Nothing moved.
    NeverSent = 8,
    /// The money moved and came back.
    FailedLate = 9,
    /// A processed payment whose void is under way.
    Voiding = 10,
    /// A payment that was taken back before it was settled.
    Voided = 11,
    /// Others have to agree before anything is sent.
    AwaitingApproval = 12,
    /// Somebody did not agree. Nothing was sent.
    Rejected = 13,
    /// Whoever asked took it back before all agreed. Nothing was sent.
    Withdrawn = 14,
    /// Not all agreed in time. Nothing was sent.
    Lapsed = 15,
    /// All agreed to an external refund: a person has to pay it, and to say so.
    ToBePaid = 16,
    /// An external refund that was agreed to was sent back unpaid. Nothing moved.
    Returned = 17,
}

impl OrderState {
    /// Every state.
    pub const ALL: [Self; 17] = [
        Self::Reserved,
        Self::Sending,
        Self::Pending,
        Self::Unknown,
        Self::Waiting,
        Self::Processed,
        Self::Declined,
        Self::NeverSent,
        Self::FailedLate,
        Self::Voiding,
        Self::Voided,
        Self::AwaitingApproval,
        Self::Rejected,
        Self::Withdrawn,
        Self::Lapsed,
        Self::ToBePaid,
        Self::Returned,
    ];

    /// Its name in the API and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Sending => "sending",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
            Self::Processed => "processed",
            Self::Declined => "declined",
            Self::NeverSent => "never_sent",
            Self::FailedLate => "failed_late",
            Self::Voiding => "voiding",
            Self::Voided => "voided",
            Self::AwaitingApproval => "awaiting_approval",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Lapsed => "lapsed",
            Self::ToBePaid => "to_be_paid",
            Self::Returned => "returned",
        }
    }

    /// True while the amount is held: it may still move (design 5).
    pub const fn is_held(self) -> bool {
        matches!(
            self,
            Self::AwaitingApproval
                | Self::ToBePaid
                | Self::Reserved
                | Self::Sending
                | Self::Pending
                | Self::Unknown
                | Self::Waiting
        )
    }

    /// True while the books show the money as moved.
    pub const fn is_effective(self) -> bool {
        matches!(self, Self::Processed | Self::Voiding)
    }

    /// The field's own four statuses are a projection (domain 4.5).
    pub const fn status(self) -> &'static str {
        match self {
            Self::Processed | Self::Voiding => "processed",
            Self::Declined | Self::NeverSent | Self::FailedLate => "error",
            Self::Voided | Self::Rejected | Self::Withdrawn | Self::Lapsed | Self::Returned => {
                "canceled"
            }
            _ => "processing",
        }
    }
}

/// What an order may wait for that only people can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// That others agree.
    ForApproval,
    /// That somebody pays what all agreed to.
    ForPayment,
    /// That somebody says how it ended, because nobody else can.
    ForAnswer,
}

/// What the gateway's own settlement says (domain 4.3 `GatewayState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// Nothing was sent.
    NotSubmitted,
    /// The gateway has it.
    Submitted,
    /// Settled.
    Settled,
    /// It came back.
    FailedToSettle,
}

/// Why a gateway said no, in the same words for every gateway (gateways 3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineCode {
    /// The issuer or bank says no.
    Declined,
    /// The card has expired or was canceled.
    ExpiredCard,
    /// The stored method is closed, unknown or was revoked.
    MethodRevoked,
    /// All of the payment was refunded already.
    AlreadyRefunded,
    /// More than what is left of the payment.
    ExceedsRefundable,
    /// The payment is disputed.
    Disputed,
    /// The payment is not settled yet: void it, or wait.
    NotSettled,
    /// The payment is too old.
    TooOld,
    /// The merchant account may not pay out without a payment.
    CreditNotEnabled,
    /// The merchant's balance is too low.
    MerchantBalanceLow,
    /// The payment is unknown to the gateway.
    PaymentUnknown,
    /// Another currency than the payment's, or one the gateway does not take.
    CurrencyMismatch,
    /// It was voided, so there is nothing to refund; or it cannot be voided any more.
    NotVoidable,
    /// The gateway does not accept our credentials or configuration.
    Configuration,
    /// The gateway found the request wrong.
    InvalidRequest,
    /// Anything else that is certainly a no.
    Other,
}
