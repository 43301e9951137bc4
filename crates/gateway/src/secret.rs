use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself; for the wire, and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("•••")
    }
}

/// The credentials of one gateway by name, as its connector documents them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credentials(pub BTreeMap<String, Secret>);

impl Credentials {
    /// One of them; empty if it was not given.
    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", Secret::reveal)
    }
}
