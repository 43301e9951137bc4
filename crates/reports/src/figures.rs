use engine::ReadError;
use money::{Money, MoneyError};
use receivables::Document;
use serde::{Serialize, Serializer};

/// An amount shown as a decimal string; the currency stands beside it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal(pub Money);

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_decimal())
    }
}

impl From<Money> for Decimal {
    fn from(money: Money) -> Self {
        Self(money)
    }
}

/// Why a figure cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// There is no such document.
    #[error("there is no {} {document}; check the number or id", document.kind.name().replace('_', " "))]
    NotFound {
        /// What was asked for.
        document: Document,
    },
    /// The database could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A sum left its range.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A file could not be written.
    #[error("{0}")]
    Output(String),
}

impl From<std::io::Error> for ReportError {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error.to_string())
    }
}

impl From<csv::Error> for ReportError {
    fn from(error: csv::Error) -> Self {
        Self::Output(error.to_string())
    }
}

impl From<serde_json::Error> for ReportError {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.to_string())
    }
}
