//! Reading what gateways answer. Whatever is not exactly as documented is no answer: an unclear reply
//! becomes [`Outcome::Unknown`], never a yes or a no.

use gateway::{Carried, Decline, Finding, HttpReply, MoneyState, Outcome, Receipt};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::brief;

/// A code that is written as a text here and as a whole number there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Loose {
    /// As a text.
    Text(String),
    /// As a number.
    Number(u64),
}

impl Loose {
    /// As a text in either case.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// A body as JSON of a known shape. `None` if it is anything else. A byte order mark in front is
/// passed over (gateways 2.4).
pub fn json<T: DeserializeOwned>(body: &str) -> Option<T> {
    serde_json::from_str(body.trim_start_matches('\u{feff}')).ok()
}

/// Whether a body is a JSON object at all, not the error page of something in between.
pub fn is_object(body: &str) -> bool {
    json::<serde_json::Map<String, serde_json::Value>>(body).is_some()
}

/// An unknown outcome.
pub fn unknown(reason: impl Into<String>) -> Outcome {
    Outcome::Unknown { reason: reason.into() }
}

/// The reply to a request that moves money, or the outcome if there is none.
///
/// # Errors
///
/// The outcome: not taken if nothing left, else unknown.
pub fn to_money_request(carried: &Carried) -> Result<&HttpReply, Outcome> {
    match carried {
        Carried::Reply(reply) if reply.status == 429 => Err(Outcome::NotTaken {
            reason: "the gateway asks to slow down (429)".to_owned(),
            retry_after_seconds: reply.retry_after(),
        }),
        Carried::Reply(reply) => Ok(reply),
        Carried::NotSent(reason) => {
            Err(Outcome::NotTaken { reason: reason.clone(), retry_after_seconds: None })
        }
        Carried::NoAnswer(reason) => Err(unknown(reason.clone())),
    }
}

/// The reply to a question, or why there is none.
///
/// # Errors
///
/// Why not.
pub fn to_question(carried: &Carried) -> Result<&HttpReply, String> {
    match carried {
        Carried::Reply(reply) => Ok(reply),
        Carried::NotSent(reason) | Carried::NoAnswer(reason) => Err(reason.clone()),
    }
}

/// The successful reply to a question as JSON, or why there is none.
///
/// # Errors
///
/// Why not, with what the gateway says.
pub fn answer<T: DeserializeOwned>(carried: &Carried) -> Result<T, String> {
    let reply = to_question(carried)?;
    if !(200..300).contains(&reply.status) {
        return Err(said(reply));
    }
    json(&reply.body).ok_or_else(|| format!("the answer cannot be understood: {}", said(reply)))
}

/// A reply for people: its status and the beginning of its body.
pub fn said(reply: &HttpReply) -> String {
    format!("status {}: {}", reply.status, brief(&reply.body))
}

/// An outcome that says the same as a state.
pub fn outcome(state: MoneyState, receipt: Receipt) -> Outcome {
    match state {
        MoneyState::Succeeded | MoneyState::Settled => Outcome::Succeeded(receipt),
        MoneyState::Pending => Outcome::Pending(receipt),
        MoneyState::Failed(decline) => Outcome::Declined(decline),
    }
}

/// A finding that says nothing.
pub fn no_answer(reason: impl Into<String>) -> Finding {
    Finding::NoAnswer { reason: reason.into() }
}

/// A no with what the gateway says.
pub fn decline(
    reason: gateway::DeclineCode,
    code: impl Into<String>,
    message: impl AsRef<str>,
) -> Decline {
    Decline { reason, code: code.into(), message: brief(message.as_ref()) }
}
