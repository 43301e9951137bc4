use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::call::{Call, Reply};
use crate::core::faults::FaultKind;

/// How many requests are kept.
const ENTRIES_MAX: usize = 2_000;
/// How much of a body is kept, in bytes.
const BODY_MAX: usize = 8_000;
/// Headers whose values are never kept.
const SECRET_HEADERS: [&str; 3] = ["authorization", "signature", "cookie"];
/// Fields whose values are never kept.
const SECRET_FIELDS: [&str; 5] =
    ["transactionKey", "cardNumber", "cardCode", "number", "securityCode"];

/// A request and its answer, without secrets.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) at: Timestamp,
    pub(crate) dialect: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The status answered; `null` if nothing was.
    pub(crate) status: Option<u16>,
    pub(crate) answer: String,
    pub(crate) fault: Option<FaultKind>,
}

/// The last requests.
#[derive(Debug, Default)]
pub(crate) struct Log(VecDeque<Entry>);

impl Log {
    /// Keeps a request; the oldest goes.
    pub(crate) fn push(
        &mut self,
        at: Timestamp,
        call: &Call,
        reply: Option<&Reply>,
        fault: Option<FaultKind>,
    ) {
        let mask = |(name, value): &(String, String)| {
            let secret = SECRET_HEADERS.contains(&name.as_str());
            (name.clone(), if secret { "***".to_owned() } else { value.clone() })
        };
        self.0.push_back(Entry {
            at,
            dialect: call.dialect.name(),
            method: call.method.clone(),
            path: call.full_path.clone(),
            query: call.query.clone(),
            headers: call.headers.iter().map(mask).collect(),
            body: masked(&call.text()),
            status: reply.map(|reply| reply.status).filter(|status| *status > 0),
            answer: reply
                .map(|reply| masked(&String::from_utf8_lossy(&reply.body)))
                .unwrap_or_default(),
            fault,
        });
        if self.0.len() > ENTRIES_MAX {
            self.0.pop_front();
        }
    }

    /// Those that speak of `reference`, all if it is `None`; oldest first.
    pub(crate) fn about(&self, reference: Option<&str>) -> Vec<&Entry> {
        let fits = |entry: &&Entry| {
            reference.is_none_or(|reference| {
                [&entry.body, &entry.query, &entry.answer, &entry.path]
                    .iter()
                    .any(|text| text.contains(reference))
            })
        };
        self.0.iter().filter(fits).collect()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The text without card numbers and keys: in JSON, in XML, in forms.
fn masked(text: &str) -> String {
    let text = match serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}')) {
        Ok(mut value) => {
            mask_json(&mut value);
            value.to_string()
        }
        Err(_) => {
            SECRET_FIELDS.iter().fold(text.to_owned(), |text, field| mask_field(&text, field))
        }
    };
    if text.len() <= BODY_MAX {
        return text;
    }
    let mut end = BODY_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

fn mask_json(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                if SECRET_FIELDS.contains(&name.as_str()) && value.is_string() {
                    *value = Value::String("***".to_owned());
                } else {
                    mask_json(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask_json),
        _ => {}
    }
}

/// `<field>...</field>` and `[field]=...`.
fn mask_field(text: &str, field: &str) -> String {
    let text = between(text, &format!("<{field}>"), '<');
    let text = between(&text, &format!("[{field}]="), '&');
    between(&text, &format!("%5B{field}%5D="), '&')
}

fn between(text: &str, before: &str, end: char) -> String {
    let mut parts = text.split(before);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        masked.push_str(before);
        masked.push_str("***");
        if let Some(at) = part.find(end) {
            masked.push_str(&part[at..]);
        }
    }
    masked
}
