use std::collections::BTreeMap;

use jiff::Timestamp;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::core::dialect::Dialect;
use crate::outcomes::Outcome;

/// What a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Charge,
    Refund,
    Credit,
    Void,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::Credit => "credit",
            Self::Void => "void",
        }
    }

    pub(crate) const fn prefix(self) -> &'static str {
        match self {
            Self::Charge => "ch",
            Self::Refund => "re",
            Self::Credit => "cr",
            Self::Void => "vo",
        }
    }
}

/// Where a transaction is. `Failed` and `Voided` are final; `Settled` can still fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Pending,
    Succeeded,
    Settled,
    Failed,
    Voided,
}

impl Status {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Settled => "settled",
            Self::Failed => "failed",
            Self::Voided => "voided",
        }
    }
}

/// Why not, or why not yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Code {
    Declined,
    ExpiredCard,
    MethodRevoked,
    AlreadyRefunded,
    ExceedsRefundable,
    Disputed,
    NotSettled,
    TooOld,
    CreditNotEnabled,
    MerchantBalanceLow,
    NotVoidable,
    Voided,
    ChargeUnknown,
    CurrencyMismatch,
    Duplicate,
    InsufficientFunds,
}

impl Code {
    /// The plain dialect's name of it, and what it says.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Declined => ("declined", "The issuer declined."),
            Self::ExpiredCard => ("expired_card", "The card has expired or was canceled."),
            Self::MethodRevoked => ("method_revoked", "The stored method was revoked."),
            Self::AlreadyRefunded => {
                ("already_refunded", "All of the charge was refunded already.")
            }
            Self::ExceedsRefundable => {
                ("exceeds_refundable", "The amount is greater than what is left of the charge.")
            }
            Self::Disputed => ("disputed", "The charge is disputed."),
            Self::NotSettled => ("not_settled", "The charge is not settled yet."),
            Self::TooOld => ("too_old", "The charge is too old to be refunded."),
            Self::CreditNotEnabled => {
                ("credit_not_enabled", "Credits without a charge are not enabled.")
            }
            Self::MerchantBalanceLow => {
                ("merchant_balance_low", "The merchant's balance is too low.")
            }
            Self::NotVoidable => ("not_voidable", "It cannot be voided any more."),
            Self::Voided => ("not_voidable", "The charge was voided."),
            Self::ChargeUnknown => ("charge_unknown", "There is no such charge."),
            Self::CurrencyMismatch => ("currency_mismatch", "The charge has another currency."),
            Self::Duplicate => ("duplicate", "The same was sent a moment ago."),
            Self::InsufficientFunds => {
                ("insufficient_funds", "It waits until the merchant's balance is high enough.")
            }
        }
    }
}

/// A change that is due at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) at: Timestamp,
    pub(crate) to: Change,
}

/// To what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Succeed,
    Fail(Code),
    Settle,
}

/// Money that moved, towards the merchant if positive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Move {
    pub(crate) at: Timestamp,
    pub(crate) amount: Money,
    /// `charge`, `refund`, `credit`, `void`, `failed`, `voided`, `dispute`, `dispute_won`.
    pub(crate) why: String,
}

/// A dispute of a charge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) amount: Money,
    pub(crate) opened: Timestamp,
    pub(crate) won: Option<bool>,
}

/// A charge, refund, credit or void.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) number: u64,
    pub(crate) kind: Kind,
    pub(crate) dialect: Dialect,
    pub(crate) status: Status,
    pub(crate) reference: String,
    pub(crate) key: Option<String>,
    /// The charge that is refunded or voided (or the refund or credit that is voided).
    pub(crate) of: Option<u64>,
    pub(crate) amount: Money,
    pub(crate) method: String,
    pub(crate) code: Option<Code>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) settled_at: Option<Timestamp>,
    /// From when searches and lists show it.
    pub(crate) visible_from: Timestamp,
    pub(crate) metadata: BTreeMap<String, String>,
    /// Earliest first.
    pub(crate) plan: Vec<Planned>,
    pub(crate) moves: Vec<Move>,
    pub(crate) dispute: Option<Dispute>,
    pub(crate) outcome: Outcome,
}

impl Transaction {
    /// True while a dispute is open or lost.
    pub(crate) fn is_disputed(&self) -> bool {
        self.dispute.as_ref().is_some_and(|dispute| dispute.won != Some(true))
    }

    /// True if it took, or may still take, effect.
    pub(crate) const fn counts(&self) -> bool {
        matches!(self.status, Status::Pending | Status::Succeeded | Status::Settled)
    }

    /// The amount with the sign of the merchant's side.
    pub(crate) const fn signed(&self) -> Money {
        match self.kind {
            Kind::Charge => self.amount,
            Kind::Refund | Kind::Credit | Kind::Void => self.amount.negated(),
        }
    }

    /// True if it was refused by the issuer when it was made: it never moved money.
    pub(crate) const fn was_declined(&self) -> bool {
        matches!(self.status, Status::Failed) && self.moves.is_empty()
    }
}
