use std::path::Path;

use money::Currency;
use receivables::payment::MethodType;
use serde::Deserialize;

/// How to read one kind of invoice-line file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name; part of every idempotency key, so never change it.
    pub name: String,
    /// Which column means what.
    pub columns: Columns,
    /// Rules for accounts.
    pub account: AccountRules,
    /// Rules for instants.
    pub timestamp: TimestampRules,
    /// Rules for settling.
    #[serde(default)]
    pub settle: SettleRules,
}

/// Names of columns in the header.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Number of the invoice; lines with the same number make one invoice.
    pub invoice: String,
    /// Identifier of the customer.
    pub account: String,
    /// When the line was written.
    pub timestamp: String,
    /// Line amount; if left out, quantity times unit price, rounded half away from zero.
    pub amount: Option<String>,
    /// Quantity.
    pub quantity: Option<String>,
    /// Price of one.
    pub unit_price: Option<String>,
    /// Stock keeping unit.
    pub sku: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

/// How customers become accounts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountRules {
    /// Currency of every amount.
    pub currency: Currency,
    /// Cut this off the end of an id.
    pub strip_suffix: Option<String>,
    /// The account for lines without a customer; without it such lines are errors.
    pub blank: Option<String>,
    /// Put in front of the id to make a name.
    #[serde(default)]
    pub name_prefix: String,
}

/// How instants are written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimestampRules {
    /// strftime format of the column.
    pub format: String,
    /// IANA zone the column is in.
    pub time_zone: String,
}

/// How open invoices and left-over credit are settled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettleRules {
    /// Method of the payments that settle invoices.
    pub payment_method: MethodType,
    /// Method of the refunds at the end.
    pub payout_method: MethodType,
}

impl Default for SettleRules {
    fn default() -> Self {
        Self { payment_method: MethodType::Other, payout_method: MethodType::Check }
    }
}

/// A profile that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// No built-in profile and no file of that name.
    #[error("there is no profile {0:?}; built in is online-retail, others are .toml files")]
    Unknown(String),
    /// Not readable.
    #[error("the profile cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// Not a profile.
    #[error("the profile is wrong: {0}")]
    Wrong(#[from] toml::de::Error),
    /// Neither an amount nor quantity and price.
    #[error("the profile must name a column for amount, or for quantity and unit_price")]
    NoAmount,
}

impl Profile {
    /// Finds a built-in profile, or reads one from a `.toml` file.
    ///
    /// # Errors
    ///
    /// [`ProfileError`].
    pub fn find(name: &str) -> Result<Self, ProfileError> {
        let text = match name {
            "online-retail" => include_str!("../profiles/online-retail.toml").to_owned(),
            path if Path::new(path).extension().is_some_and(|ending| ending == "toml") => {
                std::fs::read_to_string(path)?
            }
            other => return Err(ProfileError::Unknown(other.to_owned())),
        };
        Self::parse(&text)
    }

    /// Parses a profile.
    ///
    /// # Errors
    ///
    /// [`ProfileError`].
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text)?;
        let columns = &profile.columns;
        let product = columns.quantity.is_some() && columns.unit_price.is_some();
        if columns.amount.is_none() && !product {
            return Err(ProfileError::NoAmount);
        }
        Ok(profile)
    }
}
