use std::collections::BTreeMap;

use jiff::Timestamp;
use money::{Currency, Money};

use crate::stripe::Problem;

/// The fields of a form or a query, with their brackets: `metadata[sim]`.
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// A field that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    pub(super) fn all(&self) -> Vec<(String, String)> {
        self.0.clone()
    }

    /// `metadata[...]`.
    pub(super) fn metadata(&self) -> BTreeMap<String, String> {
        let inner = |name: &str| {
            name.strip_prefix("metadata[")
                .and_then(|rest| rest.strip_suffix(']'))
                .map(str::to_owned)
        };
        self.0.iter().filter_map(|(name, value)| Some((inner(name)?, value.clone()))).collect()
    }

    /// A positive amount of minor units.
    pub(super) fn amount(&self, currency: Currency) -> Result<Option<Money>, Problem> {
        let Some(text) = self.get("amount") else { return Ok(None) };
        match text.parse::<i64>() {
            Ok(minor) if (1..=99_999_999_999).contains(&minor) => {
                Ok(Some(Money::from_minor(minor, currency)))
            }
            Ok(minor) if minor > 0 => Err(Problem::invalid("amount", "Amount is too large")),
            _ => {
                let message = format!("Invalid integer: {text}");
                let code = Some("parameter_invalid_integer");
                Err(Problem { code, ..Problem::invalid("amount", message) })
            }
        }
    }

    /// Whether an instant is within `created`, `created[gte]` and the like.
    pub(super) fn within(&self, created: Timestamp) -> bool {
        let at = created.as_second();
        let holds = |name: &str, test: fn(i64, i64) -> bool| {
            let bound = self.get(name).and_then(|text| text.parse::<i64>().ok());
            bound.is_none_or(|bound| test(at, bound))
        };
        holds("created", |at, bound| at == bound)
            && holds("created[gte]", |at, bound| at >= bound)
            && holds("created[gt]", |at, bound| at > bound)
            && holds("created[lte]", |at, bound| at <= bound)
            && holds("created[lt]", |at, bound| at < bound)
    }

    /// How many are wanted: 10 unless told, at most 100.
    pub(super) fn limit(&self) -> Result<usize, Problem> {
        match self.get("limit").map(str::parse::<usize>) {
            None => Ok(10),
            Some(Ok(limit)) if (1..=100).contains(&limit) => Ok(limit),
            Some(_) => Err(Problem::invalid("limit", "This value must be from 1 to 100")),
        }
    }
}
