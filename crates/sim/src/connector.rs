//! The connector to the gateway in memory: requests and answers as JSON, nothing clever.

use gateway::{
    Action, Carried, Connector, Exchange, Finding, HttpMethod, HttpReply, HttpRequest, Instruction,
    Notice, Outcome, Question, Settled, Step, WebhookError, Window,
};
use jiff::Timestamp;
use receivables::gateway::GatewayKind;
use serde::{Deserialize, Serialize};

use crate::gateway_in_memory::{Said, Telling};

/// A fault that is planted to see that the simulator finds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Planted {
    /// None.
    #[default]
    Nothing,
    /// A repetition is sent under a key of its own.
    NewKeyOnRetry,
    /// A time-out counts as a decline.
    TimeOutIsDecline,
    /// A miss of a look-up is believed at once.
    MissIsConclusive,
}

/// What is asked, on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) key: String,
    pub(crate) reference: String,
    pub(crate) minor: i64,
    pub(crate) what: What,
    /// The gateway's id of the charge that is refunded or voided.
    pub(crate) of: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    Charge,
    Refund,
    Credit,
    Void,
}

/// A question, on the wire.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Lookup {
    pub(crate) wish: Wish,
    pub(crate) id: Option<String>,
}

pub(crate) struct SimConnector {
    pub(crate) kind: GatewayKind,
    pub(crate) planted: Planted,
}

fn wish(instruction: &Instruction) -> Wish {
    let (what, of) = match &instruction.action {
        Action::Charge { .. } => (What::Charge, None),
        Action::Refund { payment, .. } => (What::Refund, Some(payment.id.clone())),
        Action::Credit { .. } => (What::Credit, None),
        Action::Void { payment, .. } => (What::Void, Some(payment.id.clone())),
    };
    Wish {
        key: instruction.key.clone(),
        reference: instruction.reference.clone(),
        minor: instruction.amount.minor(),
        what,
        of,
    }
}

fn post(path: &str, body: &impl Serialize) -> HttpRequest {
    HttpRequest {
        method: HttpMethod::Post,
        path: path.to_owned(),
        headers: Vec::new(),
        body: serde_json::to_string(body).unwrap_or_default(),
    }
}

fn said(reply: &HttpReply) -> Option<Said> {
    serde_json::from_str(&reply.body).ok()
}

impl SimConnector {
    fn unknown(&self, reason: String) -> Outcome {
        if self.planted == Planted::TimeOutIsDecline {
            return Outcome::Declined(gateway::Decline {
                reason: gateway::DeclineCode::Other,
                code: "time_out".to_owned(),
                message: reason,
            });
        }
        Outcome::Unknown { reason }
    }
}

impl Connector for SimConnector {
    fn kind(&self) -> GatewayKind {
        self.kind
    }

    fn address(&self) -> &'static str {
        "http://sim"
    }

    fn send(
        &self,
        instruction: &Instruction,
        now: Timestamp,
        so_far: &[Exchange],
    ) -> Step<Outcome> {
        let Some(exchange) = so_far.last() else {
            let mut wish = wish(instruction);
            if self.planted == Planted::NewKeyOnRetry {
                wish.key = format!("{}-{now}", wish.key);
            }
            return Step::Ask(post("/send", &wish));
        };
        let currency = instruction.amount.currency();
        Step::Done(match &exchange.carried {
            Carried::NotSent(reason) => {
                Outcome::NotTaken { reason: reason.clone(), retry_after_seconds: None }
            }
            Carried::NoAnswer(reason) => self.unknown(reason.clone()),
            Carried::Reply(reply) if reply.status == 429 => Outcome::NotTaken {
                reason: "too many requests".to_owned(),
                retry_after_seconds: Some(2),
            },
            Carried::Reply(reply) => match said(reply) {
                Some(said) if reply.status < 500 => said.outcome(currency),
                _ => self.unknown(format!("status {}", reply.status)),
            },
        })
    }

    fn look_up(&self, question: &Question, so_far: &[Exchange]) -> Step<Finding> {
        let Some(exchange) = so_far.last() else {
            let wish = wish(&question.instruction);
            return Step::Ask(post("/look-up", &Lookup { wish, id: question.gateway_id.clone() }));
        };
        let reply = match &exchange.carried {
            Carried::Reply(reply) => reply,
            Carried::NotSent(reason) | Carried::NoAnswer(reason) => {
                return Step::Done(Finding::NoAnswer { reason: reason.clone() });
            }
        };
        let currency = question.instruction.amount.currency();
        Step::Done(match said(reply) {
            Some(Said::Nothing) => Finding::NotFound {
                conclusive: question.age_seconds() >= 300
                    || self.planted == Planted::MissIsConclusive,
            },
            Some(said) => said.finding(currency),
            None => Finding::NoAnswer { reason: format!("status {}", reply.status) },
        })
    }

    fn webhook(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        _: Timestamp,
    ) -> Result<Vec<Notice>, WebhookError> {
        if !headers.iter().any(|(name, value)| name == "signed" && value == "yes") {
            return Err(WebhookError::Unverified("no signature".to_owned()));
        }
        let telling: Telling = serde_json::from_slice(body)
            .map_err(|error| WebhookError::Malformed(error.to_string()))?;
        Ok(vec![telling.notice()])
    }

    fn list(&self, _: Window, _: Timestamp, _: &[Exchange]) -> Step<Result<Vec<Settled>, String>> {
        Step::Done(Err("not listed".to_owned()))
    }

    fn test(&self, _: Timestamp, _: &[Exchange]) -> Step<Result<(), String>> {
        Step::Done(Ok(()))
    }
}
