use jiff::Timestamp;
use money::Money;
use receivables::payment::MethodType;

/// A stored payment method, as a gateway needs it. Tokens only; there is never a card number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// What it is.
    pub method_type: MethodType,
    /// The gateway's token of it: `pm_...`, a payment instrument, a payment profile.
    pub token: String,
    /// The gateway's token of the customer it belongs to, where the gateway wants one.
    pub customer: Option<String>,
    /// The last four digits, for gateways that want to see them again.
    pub last_four: Option<String>,
}

/// A payment as its gateway knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRef {
    /// The gateway's id of the payment.
    pub id: String,
    /// The gateway's second id, if it gave one (a charge beside a payment intent).
    pub second_id: Option<String>,
    /// Its whole amount.
    pub amount: Money,
}

/// What is to happen, exactly once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Charge a stored method.
    Charge {
        /// Which one.
        method: Method,
    },
    /// Give back (part of) a payment: a referenced refund.
    Refund {
        /// Of which payment.
        payment: PaymentRef,
        /// The method it was paid with.
        method: Method,
    },
    /// Pay out to a stored method: a non-referenced refund. Must never be sent as a referenced one,
    /// nor the other way round.
    Credit {
        /// To which one.
        method: Method,
    },
    /// Take back a payment that is not settled, in full.
    Void {
        /// Which payment.
        payment: PaymentRef,
        /// The method it was paid with.
        method: Method,
    },
}

/// One attempt to move money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The idempotency key of the attempt: unique for ever, at most 40 of `[0-9a-z-]`.
    pub key: String,
    /// The merchant reference: number of the refund or payment, with the gateway's prefix. At most 20
    /// of `[0-9A-Za-z-]`.
    pub reference: String,
    /// The customer's account number, for information.
    pub account: String,
    /// How much.
    pub amount: Money,
    /// What is to happen.
    pub action: Action,
}

/// What became of an instruction?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The instruction that was, or may have been, sent.
    pub instruction: Instruction,
    /// The gateway's id of what it made, if it told.
    pub gateway_id: Option<String>,
    /// When it was first sent.
    pub sent_at: Timestamp,
    /// When this is asked.
    pub now: Timestamp,
}

impl Question {
    /// Seconds since the instruction was sent; never negative.
    pub fn age_seconds(&self) -> u64 {
        let seconds = self.now.as_second().saturating_sub(self.sent_at.as_second());
        u64::try_from(seconds).unwrap_or(0)
    }
}
