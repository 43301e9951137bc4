//! Stored payment methods.

use receivables::command as c;
use receivables::gateway::GatewayName;
use receivables::id::Ref;
use receivables::payment::MethodType;
use receivables::payment_method::{Brand, Expiry, LastFour, Token};
use receivables::{AccountNo, Command, MethodNo};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::Method;
use super::labels::{FieldChanges, MetadataChanges, labels};

/// A month, written `YYYY-MM`.
fn month<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Expiry>, D::Error> {
    let Some(text) = Option::<std::borrow::Cow<'de, str>>::deserialize(from)? else {
        return Ok(None);
    };
    let wrong = || serde::de::Error::custom("write the month like 2029-12");
    let plain = text.len() == 7
        && text.bytes().enumerate().all(|(place, byte)| (place == 4) == (byte == b'-'))
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let parts = text.split_once('-').filter(|_| plain).and_then(|(year, month)| {
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        Expiry::new(year, month)
    });
    parts.map(Some).ok_or_else(wrong)
}

/// Adds a stored payment method. Only the gateway's token is kept, and what people need to tell one
/// card from another; anything that looks like a full card number is refused.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"method_type": "credit_card", "token": "pm_1Q2w3e4r5t6z", "brand": "Visa", "last_four": "4242", "expiry": "2029-12", "default": true}))]
pub(crate) struct AddPaymentMethod {
    /// What it is.
    #[schema(value_type = Method)]
    method_type: MethodType,
    /// The gateway's token; required for electronic types, and never shown in full again.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    token: Option<Token>,
    /// The gateway's token of the customer, where the gateway has one.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    customer: Option<Token>,
    /// The gateway that knows the token, if only one does.
    #[schema(value_type = Option<String>, max_length = 60)]
    gateway: Option<GatewayName>,
    /// Brand of the card, or the bank.
    #[schema(value_type = Option<String>, max_length = 40)]
    brand: Option<Brand>,
    /// The last four digits.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}$")]
    last_four: Option<LastFour>,
    /// The month a card expires with: `YYYY-MM`.
    #[serde(default, deserialize_with = "month", serialize_with = "unwritten")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-[0-9]{2}$")]
    expiry: Option<Expiry>,
    /// Make it the account's default. The first electronic one becomes it by itself.
    #[serde(default)]
    default: bool,
    /// Values of custom fields, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

/// Changes a stored payment method; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"expiry": "2031-05", "default": true}))]
pub(crate) struct ChangePaymentMethod {
    /// New month of expiry of a card that was renewed under the same token: `YYYY-MM`.
    #[serde(default, deserialize_with = "month", serialize_with = "unwritten")]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{4}-[0-9]{2}$")]
    expiry: Option<Expiry>,
    /// True: make it the account's default.
    #[serde(default)]
    default: bool,
}

/// Bodies are only read.
fn unwritten<S: serde::Serializer>(_: &Option<Expiry>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_none()
}

impl AddPaymentMethod {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Command {
        let labels = labels(self.custom_fields, self.metadata);
        Command::AddPaymentMethod(c::AddPaymentMethod {
            account,
            method_type: self.method_type,
            token: self.token,
            customer: self.customer,
            gateway: self.gateway,
            brand: self.brand,
            last_four: self.last_four,
            expiry: self.expiry,
            default: self.default,
        })
        .with_labels(labels)
    }
}

impl ChangePaymentMethod {
    pub(crate) fn command(self, method: Ref<MethodNo>) -> Command {
        Command::ChangePaymentMethod(c::ChangePaymentMethod {
            method,
            close: false,
            expiry: self.expiry,
            default: self.default,
        })
    }
}

/// Closes a method for ever.
pub(crate) fn close_method(method: Ref<MethodNo>) -> Command {
    let (close, expiry, default) = (true, None, false);
    Command::ChangePaymentMethod(c::ChangePaymentMethod { method, close, expiry, default })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_month_is_written_one_way_only() {
        let read = |text: &str| {
            let body = format!("{{\"expiry\": {text}}}");
            parse::<ChangePaymentMethod>(body.as_bytes()).map(|body| body.expiry)
        };
        assert_eq!(read("\"2029-12\"").unwrap(), Expiry::new(2029, 12));
        assert_eq!(read("null").unwrap(), None);
        for wrong in ["12/29", "2029-13", "2029-00", "29-12", "2029-1", "2029-012", "+029-12", "-"]
        {
            let error = read(&format!("\"{wrong}\"")).unwrap_err();
            assert_eq!(error.code(), "body_invalid", "{wrong}");
        }
    }
}
