use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Currency, MINOR_MAX, Money};

/// An exact decimal as written by a client, before its currency is known: `"100.00"`, `"-7.5"`.
///
/// Digits only: no exponent, no grouping, no sign but `-`, at most 18 digits, at most 9 of them
/// after the point. Trailing zeros do not matter: `10.50` equals `10.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Amount {
    digits: i64,
    scale: u8,
}

/// Why a text or a number is not an amount of a currency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not a plain decimal.
    #[error("{0:?} is not a decimal amount; write it like \"100.00\"")]
    Malformed(String),
    /// More digits than any amount may have.
    #[error("the amount has too many digits; at most 18 are allowed")]
    TooManyDigits,
    /// More decimals than the currency has. Amounts are never rounded.
    #[error("{amount} has too many decimals for {currency}, which has {allowed}")]
    TooManyDecimals {
        /// The amount as written.
        amount: Amount,
        /// The currency it was meant in.
        currency: Currency,
        /// The decimals that currency has.
        allowed: u8,
    },
    /// Beyond [`MINOR_MAX`].
    #[error("{amount} is too large; at most 10^15 minor units are allowed")]
    TooLarge {
        /// The amount as written.
        amount: Amount,
    },
}

impl Amount {
    /// The amount in `currency`.
    ///
    /// # Errors
    ///
    /// [`AmountError::TooManyDecimals`] if a digit would be lost, [`AmountError::TooLarge`]
    /// beyond [`MINOR_MAX`]. Never rounds.
    pub fn to_money(self, currency: Currency) -> Result<Money, AmountError> {
        let money = self.to_sum(currency)?;
        if money.minor().abs() > MINOR_MAX {
            return Err(AmountError::TooLarge { amount: self });
        }
        Ok(money)
    }

    /// As [`Amount::to_money`] for sums of documents, which may be larger than any one of them.
    pub(crate) fn to_sum(self, currency: Currency) -> Result<Money, AmountError> {
        let allowed = currency.decimals();
        if self.scale > allowed {
            return Err(AmountError::TooManyDecimals { amount: self, currency, allowed });
        }
        let factor = 10_i64.pow(u32::from(allowed - self.scale));
        let minor =
            self.digits.checked_mul(factor).ok_or(AmountError::TooLarge { amount: self })?;
        Ok(Money::from_minor(minor, currency))
    }

    /// The digits and how many of them stand after the point.
    pub const fn parts(self) -> (i64, u8) {
        (self.digits, self.scale)
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        normalised(money.minor(), money.currency().decimals())
    }
}

fn normalised(mut digits: i64, mut scale: u8) -> Amount {
    while scale > 0 && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    Amount { digits, scale }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || AmountError::Malformed(text.chars().take(40).collect());
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((_, "")) => return Err(malformed()),
            Some((whole, fraction)) => (whole, fraction),
            None => (unsigned, ""),
        };
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits_only(whole) || !digits_only(fraction) {
            return Err(malformed());
        }
        let fraction = fraction.trim_end_matches('0');
        let whole = whole.trim_start_matches('0');
        if whole.len() + fraction.len() > 18 || fraction.len() > 9 {
            return Err(AmountError::TooManyDigits);
        }
        let mut digits = 0_i64;
        for byte in whole.bytes().chain(fraction.bytes()) {
            digits = digits * 10 + i64::from(byte - b'0');
        }
        if text.starts_with('-') {
            digits = -digits;
        }
        let scale = u8::try_from(fraction.len()).unwrap_or(9);
        Ok(Self { digits, scale })
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::from(self.scale);
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.digits.unsigned_abs(), width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        if scale == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
