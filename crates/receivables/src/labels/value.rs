//! Names and values of labels.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FieldType;
use crate::Rejection;
use crate::text::Text;

/// The text of a custom field's value.
type FieldText = Text<500>;
/// The value of a pair of metadata.
pub type MetadataValue = Text<500>;

/// The API name of a custom field: letters, digits and underscores, ending in `__c`; upper and lower case differ
/// (domain 8.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FieldName(Text<64>);

impl FieldName {
    /// Checks a name.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn try_new(text: &str) -> Result<Self, &'static str> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let stem = text.strip_suffix("__c").filter(|stem| !stem.is_empty());
        match (Text::try_new(text), stem) {
            (Ok(name), Some(_)) if plain => Ok(Self(name)),
            _ => Err(
                "an API name has letters, digits and underscores, ends in __c and has at most 64 characters, such as Region__c",
            ),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for FieldName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::try_new(&text).map_err(serde::de::Error::custom)
    }
}

/// The key of a pair of metadata: up to 40 characters, no square brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MetadataKey(Text<40>);

impl MetadataKey {
    /// Checks a key.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn try_new(text: &str) -> Result<Self, &'static str> {
        match Text::try_new(text) {
            Ok(key) if !text.contains(['[', ']', '\n', '\t']) => Ok(Self(key)),
            _ => Err("a key of metadata has 1 to 40 characters and no square brackets"),
        }
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<'de> Deserialize<'de> for MetadataKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::try_new(&text).map_err(serde::de::Error::custom)
    }
}

/// A new value of metadata; none, written as an empty text, takes the key away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetadataChange(pub Option<MetadataValue>);

impl Serialize for MetadataChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_ref().map_or("", MetadataValue::as_str))
    }
}

impl<'de> Deserialize<'de> for MetadataChange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        MetadataValue::try_new(&text).map(|text| Self(Some(text))).map_err(serde::de::Error::custom)
    }
}

/// The value of a custom field. What its text has to look like, its definition says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum FieldValue {
    /// Of a boolean field.
    Boolean(bool),
    /// Of every other one.
    Text(FieldText),
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = FieldValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, true or false (numbers are written as text)")
            }

            fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<FieldValue, E> {
                Ok(FieldValue::Boolean(value))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<FieldValue, E> {
                FieldText::try_new(text).map(FieldValue::Text).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl FieldValue {
    /// Its text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Boolean(_) => None,
        }
    }

    /// As lists are filtered by it: its text, `true` or `false`.
    pub fn as_filter(&self) -> &str {
        match self {
            Self::Text(text) => text.as_str(),
            Self::Boolean(true) => "true",
            Self::Boolean(false) => "false",
        }
    }

    /// Refuses a value that its field does not take. Checks: its type; its length; that the picklist has it.
    pub(super) fn check(&self, name: &FieldName, field_type: &FieldType) -> Result<(), Rejection> {
        let field = name.to_string();
        let fits = match (self, field_type) {
            (Self::Boolean(_), FieldType::Boolean) => true,
            (Self::Text(text), FieldType::Text { max_length }) => {
                let (max, length) = (usize::from(*max_length), text.as_str().chars().count());
                if length > max {
                    return Err(Rejection::CustomFieldTooLong { field, length, max });
                }
                true
            }
            (Self::Text(text), FieldType::Number) => is_decimal(text.as_str()),
            (Self::Text(text), FieldType::Date) => is_day(text.as_str()),
            (Self::Text(text), FieldType::Picklist { values }) => {
                if !values.iter().any(|value| value.as_str() == text.as_str()) {
                    let allowed = values.iter().map(ToString::to_string).collect();
                    return Err(Rejection::CustomFieldNotInPicklist { field, allowed });
                }
                true
            }
            _ => false,
        };
        if fits {
            return Ok(());
        }
        Err(Rejection::CustomFieldWrongType { field, expected: field_type.expects() })
    }
}

/// Up to 18 digits, and 9 after the point.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = match text.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (text, None),
    };
    let digits = |text: &str, max: usize| {
        (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    digits(whole, 18) && part.is_none_or(|part| digits(part, 9))
}

fn is_day(text: &str) -> bool {
    let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    plain && text.parse::<Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_names_end_in_c_and_have_nothing_but_letters_digits_and_underscores() {
        for good in ["Region__c", "a__c", "VAT_2__c", &format!("{}__c", "x".repeat(61))] {
            assert!(FieldName::try_new(good).is_ok(), "{good}");
        }
        for bad in ["Region", "__c", "Region__C", "Re gion__c", "Ré__c", "a__c ", &"x".repeat(65)]
        {
            assert!(FieldName::try_new(bad).is_err(), "{bad}");
        }
        assert_ne!(FieldName::try_new("a__c"), FieldName::try_new("A__c"));
    }

    #[test]
    fn numbers_are_plain_decimals_and_dates_are_written_one_way() {
        for good in ["0", "-1", "12.50", "123456789012345678.123456789"] {
            assert!(is_decimal(good), "{good}");
        }
        for bad in ["", "-", "+1", "1.", ".5", "1e3", "1,0", "--1", "1234567890123456789", " 1"] {
            assert!(!is_decimal(bad), "{bad}");
        }
        assert!(is_day("2028-02-29"));
        for bad in ["2027-02-29", "20280229", "2028-2-9", "+02028-02-29", ""] {
            assert!(!is_day(bad), "{bad}");
        }
    }

    #[test]
    fn keys_of_metadata_have_no_brackets_and_an_empty_value_takes_one_away() {
        assert!(MetadataKey::try_new(&"k".repeat(40)).is_ok());
        for bad in ["", "a[b", "a]b", &"k".repeat(41)] {
            assert!(MetadataKey::try_new(bad).is_err(), "{bad}");
        }
        let change: MetadataChange = serde_json::from_str("\"\"").unwrap();
        assert_eq!(change, MetadataChange(None));
        assert!(serde_json::from_str::<MetadataChange>("1").is_err());
    }

    #[test]
    fn values_are_texts_or_booleans() {
        assert_eq!(serde_json::from_str::<FieldValue>("true").unwrap(), FieldValue::Boolean(true));
        for bad in ["1", "1.5", "null", "[]", "{}", "\"\""] {
            assert!(serde_json::from_str::<FieldValue>(bad).is_err(), "{bad}");
        }
    }
}
