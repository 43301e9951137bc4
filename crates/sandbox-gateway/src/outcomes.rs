//! What provokes what (gateways 7.2).
//!
//! An outcome is chosen, for each call that moves money, by the first of these that names one:
//!
//! 1. `metadata.sim` of the call or its header `Sim-Outcome`: the name, with or without `pm_` before it.
//!    In CyberSource `merchantDefinedInformation` with key `sim`, in Authorize.Net a `userField` named
//!    `sim`. Works on every call, charges and voids too. A name that does not exist is refused.
//! 2. The stored method's token: of the credit itself, or of the charge that is refunded or voided (not
//!    of a refund or credit that is voided).
//!    `pm_NAME`, or `pm_NAME_anything`; for gateways with numeric tokens, ten digits `90000000NN` with the
//!    row's number; for raw cards the last four digits of the row.
//! 3. The last two digits of a refund's or credit's amount in minor units, in any currency.
//!
//! Charges look at neither amount nor such a token, so that a charge to refund can always be made; a charge
//! follows tokens of the form `pm_charge_NAME`, and its refunds then behave as `ok`. A token that names
//! nothing, and `pm_ok` itself, leave the choice to the amount.

use money::Money;
use serde::{Deserialize, Serialize};

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Succeeds at once.
    Ok,
    /// Pending, then succeeded after one step.
    PendingOk,
    /// Succeeded, then failed (expired or canceled card) after three steps.
    LateFail,
    /// Pending, then failed (declined) after one step.
    PendingFail,
    /// Declined now.
    Declined,
    /// Declined now: the card has expired.
    Expired,
    /// Credits without a payment are refused.
    NoUnlinked,
    /// Refunds are refused because the charge is disputed.
    Disputed,
    /// Pending for lack of funds, until three steps have passed or the balance is topped up.
    BalanceLow,
    /// Done, and the request hangs.
    TimeoutDone,
    /// Not done, and the request hangs.
    TimeoutLost,
    /// Done, and answered with a server error.
    ErrorDone,
    /// Not done, and answered with a server error.
    ErrorLost,
    /// Not taken the first time (429), then taken.
    RateLimit,
    /// The webhook comes before the answer.
    HookFirst,
    /// Each webhook comes three times.
    HookDup,
    /// The first webhooks come in reverse, or after the later ones.
    HookReorder,
    /// No webhook ever comes.
    HookNever,
    /// A forged copy of the webhook comes first.
    HookBadsig,
    /// The answer names another amount (one unit of currency too much).
    EchoWrong,
    /// Look-ups miss it for five minutes.
    SearchLag,
    /// Declined now: the method was revoked. Not in the table.
    Revoked,
    /// Refused: the charge is too old. Not in the table.
    TooOld,
    /// Refused: the charge is not settled. Not in the table.
    NotSettled,
    /// Refused now: the merchant's balance is too low. Not in the table.
    BalanceRefused,
}

/// Name, digits of the amount, last four digits of a card, outcome.
type Row = (&'static str, Option<i64>, Option<&'static str>, Outcome);

/// Every row, with extras that have no amount at the end.
pub const TABLE: [Row; 25] = [
    ("ok", Some(0), Some("4242"), Outcome::Ok),
    ("pending_ok", Some(51), Some("7726"), Outcome::PendingOk),
    ("late_fail", Some(52), Some("5126"), Outcome::LateFail),
    ("pending_fail", Some(53), None, Outcome::PendingFail),
    ("declined", Some(54), Some("0002"), Outcome::Declined),
    ("expired", Some(55), Some("0069"), Outcome::Expired),
    ("no_unlinked", Some(56), None, Outcome::NoUnlinked),
    ("disputed", Some(57), None, Outcome::Disputed),
    ("balance_low", Some(58), None, Outcome::BalanceLow),
    ("timeout_done", Some(61), None, Outcome::TimeoutDone),
    ("timeout_lost", Some(62), None, Outcome::TimeoutLost),
    ("500_done", Some(63), None, Outcome::ErrorDone),
    ("500_lost", Some(64), None, Outcome::ErrorLost),
    ("429", Some(65), None, Outcome::RateLimit),
    ("hook_first", Some(71), None, Outcome::HookFirst),
    ("hook_dup", Some(72), None, Outcome::HookDup),
    ("hook_reorder", Some(73), None, Outcome::HookReorder),
    ("hook_never", Some(74), None, Outcome::HookNever),
    ("hook_badsig", Some(75), None, Outcome::HookBadsig),
    ("echo_wrong", Some(76), None, Outcome::EchoWrong),
    ("search_lag", Some(77), None, Outcome::SearchLag),
    ("revoked", None, None, Outcome::Revoked),
    ("too_old", None, None, Outcome::TooOld),
    ("not_settled", None, None, Outcome::NotSettled),
    ("balance_refused", None, None, Outcome::BalanceRefused),
];

impl Outcome {
    /// The outcome of that name, with or without `pm_`.
    pub fn named(name: &str) -> Option<Self> {
        let name = name.strip_prefix("pm_").unwrap_or(name);
        TABLE.iter().find(|row| row.0 == name).map(|row| row.3)
    }

    /// What a stored method's token asks of refunds, credits and voids.
    pub fn of_token(token: &str) -> Option<Self> {
        if let Some(name) = token.strip_prefix("pm_") {
            return prefixed(name);
        }
        if let Some(digits) = token.strip_prefix("90000000")
            && let Ok(digits) = digits.parse::<i64>()
        {
            return of_digits(digits);
        }
        let last_four = token.strip_prefix("card_")?;
        TABLE.iter().find(|row| row.2 == Some(last_four)).map(|row| row.3)
    }

    /// What a stored method's token asks of charges: `pm_charge_NAME`.
    pub fn of_charge_token(token: &str) -> Option<Self> {
        prefixed(token.strip_prefix("pm_charge_")?)
    }

    /// What the last two minor digits ask for.
    pub fn of_amount(amount: Money) -> Option<Self> {
        of_digits(amount.minor().rem_euclid(100))
    }
}

fn of_digits(digits: i64) -> Option<Outcome> {
    TABLE.iter().find(|row| row.1 == Some(digits)).map(|row| row.3)
}

/// The name itself, or with an underscore and anything behind it.
fn prefixed(name: &str) -> Option<Outcome> {
    let fits = |row: &&Row| {
        name.strip_prefix(row.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    };
    TABLE.iter().filter(fits).max_by_key(|row| row.0.len()).map(|row| row.3)
}
