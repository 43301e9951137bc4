//! Bounded text: what clients write into names, references and comments.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A non-empty text of at most `MAX` characters without control characters (line feeds and tabs
/// excepted). Stored and shown as written; escaping is the business of each screen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Text<const MAX: usize>(Box<str>);

/// A free reference such as a cheque number (domain 4.3: 60 characters).
pub type Reference = Text<60>;
/// A comment (domain 2.1, 3.2, 4.3: 255 characters).
pub type Comment = Text<255>;
/// A customer's name.
pub type Name = Text<255>;
/// The identifier a document has in the system it comes from.
pub type ExternalId = Text<100>;
/// A stock keeping unit.
pub type Sku = Text<64>;
/// Whom a program acts for.
pub type OnBehalfOf = Text<100>;
/// What an invoice item is for.
pub type Description = Text<500>;
/// A quantity or a price as written on the invoice item, for information.
pub type Figure = Text<40>;

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing in it.
    #[error("the text is empty; leave the field out instead")]
    Empty,
    /// Longer than allowed.
    #[error("the text has {length} characters; at most {max} are allowed")]
    TooLong {
        /// How many characters it has.
        length: usize,
        /// How many are allowed.
        max: usize,
    },
    /// A control character other than line feed and tab.
    #[error("the text contains a control character")]
    ControlCharacter,
}

impl<const MAX: usize> Text<MAX> {
    /// Checks `text`.
    ///
    /// # Errors
    ///
    /// [`TextError`] if it is empty, too long or has control characters.
    pub fn try_new(text: &str) -> Result<Self, TextError> {
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.len() > MAX {
            let length = text.chars().count();
            if length > MAX {
                return Err(TextError::TooLong { length, max: MAX });
            }
        }
        if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    /// What fits of a text that somebody else wrote, such as a gateway's message: control characters
    /// left out, cut off where it is too long. Nothing if nothing is left.
    pub fn fitting(text: &str) -> Option<Self> {
        let clean: String = text.trim().chars().filter(|c| !c.is_control()).take(MAX).collect();
        Self::try_new(clean.trim()).ok()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::try_new(text)
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::try_new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_made_to_fit() {
        let fitting = |text: &str| Text::<4>::fitting(text).map(|text| text.to_string());
        assert_eq!(fitting(" a\0b\ncdef "), Some("abcd".to_owned()));
        assert_eq!(fitting("abc def"), Some("abc".to_owned()));
        assert_eq!(fitting("☃☃☃☃☃"), Some("☃☃☃☃".to_owned()));
        assert_eq!(fitting(" \0 "), None);
    }

    #[test]
    fn texts_are_counted_in_characters_and_kept_as_written() {
        let snow = "☃".repeat(60);
        assert_eq!(Reference::try_new(&snow).unwrap().as_str(), snow);
        assert_eq!(
            Reference::try_new(&"☃".repeat(61)),
            Err(TextError::TooLong { length: 61, max: 60 })
        );
        assert_eq!(Reference::try_new(""), Err(TextError::Empty));
        assert_eq!(Reference::try_new("a\0b"), Err(TextError::ControlCharacter));
        assert_eq!(Comment::try_new("<b>'; DROP\nTABLE").unwrap().as_str(), "<b>'; DROP\nTABLE");
    }
}
