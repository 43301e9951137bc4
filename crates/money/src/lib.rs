//! Exact money: an amount in minor units together with its ISO 4217 currency.
//!
//! *Shape.* [`Money`] is an `i64` count of minor units (cents, yen, fils) and a [`Currency`].
//! [`Amount`] is a decimal a client wrote before the currency is known; it becomes `Money` only
//! by [`Amount::to_money`], which refuses what the currency cannot hold.
//!
//! *Absent on purpose.* No floats, no `impl Add`/`Sub`, no `Ord` between currencies, no rounding
//! outside [`round_product`] (which import profiles ask for by name).

mod amount;
mod currency;
mod rounding;

pub use amount::{Amount, AmountError};
pub use currency::{Currency, UnknownCurrency};
pub use rounding::{ProductError, round_product};

use std::fmt;

use serde::{Deserialize, Serialize};

/// The largest absolute amount a single document may carry, in minor units: 10^15.
///
/// Nine thousand such documents still fit in an `i64`, so sums are checked, never wrapped.
pub const MINOR_MAX: i64 = 1_000_000_000_000_000;

/// An exact amount in the minor unit of `currency` (cents for USD, yen for JPY, fils for BHD).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why two amounts could not be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts are in different currencies.
    #[error("amounts are in different currencies ({left} and {right})")]
    CurrencyMismatch {
        /// Currency of the first amount.
        left: Currency,
        /// Currency of the second amount.
        right: Currency,
    },
    /// The result does not fit in 64 bits of minor units.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// Wraps `minor` units of `currency`.
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Zero in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The count of minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Adds, or says why not. There is deliberately no `impl Add`.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] for another currency or an overflow.
    pub fn try_add(self, rhs: Self) -> Result<Self, MoneyError> {
        self.same_currency(rhs)?;
        let minor = self.minor.checked_add(rhs.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// Subtracts, or says why not.
    ///
    /// # Errors
    ///
    /// [`MoneyError`] for another currency or an overflow.
    pub fn try_sub(self, rhs: Self) -> Result<Self, MoneyError> {
        self.same_currency(rhs)?;
        let minor = self.minor.checked_sub(rhs.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency: self.currency })
    }

    /// The amount with its sign turned. `i64::MIN` cannot occur: amounts are bounded by
    /// [`MINOR_MAX`] and sums are checked, so saturation is never reached.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { minor: self.minor.saturating_neg(), currency: self.currency }
    }

    /// The amount without its sign.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self { minor: self.minor.saturating_abs(), currency: self.currency }
    }

    /// The smaller of two amounts of one currency; the left one if the currencies differ.
    #[must_use]
    pub fn at_most(self, limit: Self) -> Self {
        if self.currency == limit.currency && limit.minor < self.minor { limit } else { self }
    }

    /// True for zero.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// True for amounts above zero.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// True for amounts below zero.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The decimal text without the currency, with exactly the currency's decimals: `"-12.50"`.
    pub fn to_decimal(self) -> String {
        let decimals = usize::from(self.currency.decimals());
        let mut digits = self.minor.unsigned_abs().to_string();
        if decimals > 0 {
            if digits.len() <= decimals {
                digits = format!("{digits:0>width$}", width = decimals + 1);
            }
            digits.insert(digits.len() - decimals, '.');
        }
        if self.minor < 0 {
            digits.insert(0, '-');
        }
        digits
    }

    fn same_currency(self, rhs: Self) -> Result<(), MoneyError> {
        if self.currency == rhs.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch { left: self.currency, right: rhs.currency })
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    amount: Amount,
    currency: Currency,
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut out = serializer.serialize_struct("Money", 2)?;
        out.serialize_field("amount", &self.to_decimal())?;
        out.serialize_field("currency", &self.currency)?;
        out.end()
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        wire.amount.to_sum(wire.currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
