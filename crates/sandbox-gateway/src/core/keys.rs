use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::call::{Call, Reply};
use crate::core::Core;
use crate::core::dialect::Dialect;
use crate::core::state::Record;
use crate::sign;

/// An answer kept under an idempotency key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) dialect: Dialect,
    pub(crate) key: String,
    /// Digest of what was asked.
    pub(crate) asked: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) at: Timestamp,
}

/// What is known of a key.
pub(crate) enum Seen {
    /// Nothing.
    New,
    /// The same was asked; this was the answer.
    Before(Reply),
    /// Something else was asked with it.
    Reused,
    /// It is being answered.
    InFlight,
}

/// How long answers are kept: 30 days in the plain dialect, one in Stripe's (gateways 1.1).
fn life(dialect: Dialect) -> SignedDuration {
    match dialect {
        Dialect::Stripe => SignedDuration::from_hours(24),
        _ => SignedDuration::from_hours(30 * 24),
    }
}

/// The digest of method, path and body. Form fields may come in any order.
pub(crate) fn digest(call: &Call) -> String {
    let body = call.text();
    let mut fields: Vec<&str> = if call.dialect == Dialect::Stripe {
        body.split('&').collect()
    } else {
        vec![body.as_str()]
    };
    fields.sort_unstable();
    let asked = format!("{} {} {}", call.method, call.path, fields.join("&"));
    sign::hex(&sign::sha256(asked.as_bytes()))
}

impl Core {
    /// What is known of a key.
    pub(crate) fn seen(&self, dialect: Dialect, key: &str, asked: &str) -> Seen {
        let name = (dialect, key.to_owned());
        if self.in_flight.contains(&name) {
            return Seen::InFlight;
        }
        match self.state.keys.get(&name) {
            Some(kept) if self.now().duration_since(kept.at) < life(dialect) => {
                if kept.asked != asked {
                    return Seen::Reused;
                }
                let mut reply = Reply::new(kept.status, "", kept.body.clone().into_bytes());
                reply.headers.clone_from(&kept.headers);
                Seen::Before(reply.with("idempotent-replayed", "true"))
            }
            _ => Seen::New,
        }
    }

    /// Keeps an answer under a key.
    pub(crate) fn remember(&mut self, dialect: Dialect, key: &str, asked: &str, reply: &Reply) {
        let kept = Remembered {
            dialect,
            key: key.to_owned(),
            asked: asked.to_owned(),
            status: reply.status,
            headers: reply.headers.clone(),
            body: String::from_utf8_lossy(&reply.body).into_owned(),
            at: self.now(),
        };
        self.put(Record::Key(Box::new(kept)));
    }
}
