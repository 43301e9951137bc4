use money::Money;
use serde::{Deserialize, Serialize};

/// What a gateway gave for an instruction it carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its id of the transaction.
    pub gateway_id: String,
    /// Its second id, if it made two.
    pub second_id: Option<String>,
    /// The amount as it echoes it. Another one than asked for is caught by the worker.
    pub amount: Option<Money>,
    /// Its code, as written.
    pub code: Option<String>,
    /// What it says, in words.
    pub message: Option<String>,
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

/// A certain no: no money moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decline {
    /// In our words.
    pub reason: DeclineCode,
    /// The gateway's code, as written.
    pub code: String,
    /// What it says, in words.
    pub message: String,
}

/// What is known after an instruction was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money moves.
    Succeeded(Receipt),
    /// The gateway took it and will say later.
    Pending(Receipt),
    /// The gateway says no: nothing moved.
    Declined(Decline),
    /// The gateway, or the network before the first byte, did not take it: nothing moved, and the same
    /// may be sent again with the same key.
    NotTaken {
        /// Why, for people.
        reason: String,
        /// When it may be tried again, if the gateway said.
        retry_after_seconds: Option<u32>,
    },
    /// Whether anything moved is not known. Also what a "duplicate" means: most often the first one
    /// succeeded (gateways 6.21).
    Unknown {
        /// Why, for people.
        reason: String,
    },
}

/// What became of an instruction, as the gateway tells later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MoneyState {
    /// It moved, or moves.
    Succeeded,
    /// It moved, and the processor has settled it.
    Settled,
    /// Not decided yet.
    Pending,
    /// It did not move, or came back.
    Failed(Decline),
}

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The transaction.
    Found {
        /// Its state.
        state: MoneyState,
        /// Its ids and amount.
        receipt: Receipt,
    },
    /// There is none.
    NotFound {
        /// False while the gateway's search may lag behind: then a miss says nothing.
        conclusive: bool,
    },
    /// The gateway did not answer, or not so that it can be understood.
    NoAnswer {
        /// Why, for people.
        reason: String,
    },
}
