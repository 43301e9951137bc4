//! Stored payment methods: what a gateway may move money from and to. Only tokens and what may be
//! shown are kept; a card number is refused wherever it is written (see [`card_number`]).

pub mod card_number;
pub mod decide;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::gateway::GatewayNo;
use crate::payment::MethodType;
use crate::text::Text;
use crate::{AccountNo, MethodNo};

/// A gateway's token of a method or of a customer.
pub type Token = Text<200>;
/// The brand of a card or the name of a bank, for people.
pub type Brand = Text<40>;

/// How many methods one account may have.
pub const METHODS_MAX: u32 = 100;

/// The last four digits of a card or bank account, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LastFour([u8; 4]);

impl LastFour {
    /// Four digits, or nothing.
    pub fn new(text: &str) -> Option<Self> {
        let digits: [u8; 4] = text.as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }
}

impl std::fmt::Display for LastFour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

impl Serialize for LastFour {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for LastFour {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).ok_or_else(|| serde::de::Error::custom("last_four must be four digits"))
    }
}

/// The month a card expires with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Expiry {
    /// Four digits.
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

impl Expiry {
    /// A month that exists, between 2000 and 2199.
    pub const fn new(year: i16, month: i8) -> Option<Self> {
        if year >= 2000 && year < 2200 && month >= 1 && month <= 12 {
            Some(Self { year, month })
        } else {
            None
        }
    }

    /// True once the month is over.
    pub fn is_past(self, today: Date) -> bool {
        (self.year, self.month) < (today.year(), today.month())
    }
}

/// A payment method as it was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethod {
    /// Its number.
    pub no: MethodNo,
    /// Whose it is.
    pub account: AccountNo,
    /// What it is.
    pub method_type: MethodType,
    /// The gateway's token; external kinds have none.
    pub token: Option<Token>,
    /// The gateway's token of the customer, where the gateway has one.
    pub customer: Option<Token>,
    /// The gateway that knows the token.
    pub gateway: Option<GatewayNo>,
    /// Brand or bank.
    pub brand: Option<Brand>,
    /// Last four digits.
    pub last_four: Option<LastFour>,
    /// When a card expires.
    pub expiry: Option<Expiry>,
}

/// Whether a method may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodStatus {
    /// May be used.
    Active,
    /// May not be used any more; never active again.
    Closed,
}

/// A payment method was changed; fields left out stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentMethodChanged {
    /// Which method.
    pub no: MethodNo,
    /// New status.
    pub status: Option<MethodStatus>,
    /// New expiry, when the issuer renewed the card under the same token.
    pub expiry: Option<Expiry>,
}

/// A payment method as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodState {
    /// As it was added, with the expiry of today.
    pub method: PaymentMethod,
    /// When it was added.
    pub at: Timestamp,
    /// Whether it may be used.
    pub status: MethodStatus,
}

impl MethodState {
    /// True if it is a card whose month is over.
    pub fn is_expired(&self, today: Date) -> bool {
        self.method.expiry.is_some_and(|expiry| expiry.is_past(today))
    }
}
