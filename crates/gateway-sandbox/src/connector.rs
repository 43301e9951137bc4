use gateway::{
    Action, Connector, Credentials, Exchange, Finding, HttpMethod, HttpRequest, Instruction,
    Notice, Outcome, Question, STEPS_MAX, Settled, Step, WebhookError, Window,
};
use gateway_kit::query::{escaped, is_id, pairs};
use gateway_kit::reply::{answer, json, no_answer, said, to_money_request, to_question};
use gateway_kit::{required, senseless};
use jiff::Timestamp;
use receivables::gateway::GatewayKind;
use serde::{Deserialize, Serialize};

use crate::transaction::{Transaction, outcome_of};

/// When a miss in the search says something; the same as in the table of abilities.
pub(crate) const CONCLUSIVE_AFTER_SECONDS: u64 = 300;
/// Transactions on one page of a listing.
const PAGE: &str = "100";

/// The connector for the sandbox gateway.
pub struct SandboxConnector {
    api_key: gateway::Secret,
    pub(crate) webhook_secret: gateway::Secret,
}

/// Makes the connector. The address plays no part: nothing of it is signed.
///
/// # Errors
///
/// Names the credential that is missing.
pub fn connector(
    credentials: &Credentials,
    _address: Option<&str>,
) -> Result<SandboxConnector, String> {
    required("the sandbox gateway", credentials, &["api_key", "webhook_secret"])?;
    Ok(SandboxConnector {
        api_key: gateway::Secret::new(credentials.get("api_key")),
        webhook_secret: gateway::Secret::new(credentials.get("webhook_secret")),
    })
}

/// The body of every POST, each with the fields of its kind only: a credit cannot carry a charge, nor
/// a refund a method.
#[derive(Serialize)]
#[serde(untagged)]
enum Body<'a> {
    ToMethod {
        reference: &'a str,
        method_token: &'a str,
        amount: String,
        currency: &'static str,
        metadata: Metadata<'a>,
    },
    OfCharge {
        reference: &'a str,
        charge: &'a str,
        amount: String,
        currency: &'static str,
        metadata: Metadata<'a>,
    },
    Void {
        reference: &'a str,
        charge: &'a str,
        metadata: Metadata<'a>,
    },
}

#[derive(Serialize)]
struct Metadata<'a> {
    account: &'a str,
}

#[derive(Deserialize)]
struct Page {
    data: Vec<Transaction>,
    has_more: bool,
}

impl SandboxConnector {
    fn headers(&self) -> Vec<(String, String)> {
        let bearer = format!("Bearer {}", self.api_key.reveal());
        vec![
            ("Authorization".to_owned(), bearer),
            ("Accept".to_owned(), "application/json".to_owned()),
        ]
    }

    fn get(&self, path: String) -> HttpRequest {
        let headers = self.headers();
        HttpRequest { method: HttpMethod::Get, path, headers, body: String::new() }
    }

    fn post(&self, instruction: &Instruction) -> HttpRequest {
        let Instruction { key, reference, account, .. } = instruction;
        let amount = instruction.amount.to_decimal();
        let currency = instruction.amount.currency().code();
        let metadata = Metadata { account };
        let (path, body) = match &instruction.action {
            Action::Charge { method } => {
                let method_token = &method.token;
                ("charges", Body::ToMethod { reference, method_token, amount, currency, metadata })
            }
            Action::Credit { method } => {
                let method_token = &method.token;
                ("credits", Body::ToMethod { reference, method_token, amount, currency, metadata })
            }
            Action::Refund { payment, .. } => {
                let charge = &payment.id;
                ("refunds", Body::OfCharge { reference, charge, amount, currency, metadata })
            }
            Action::Void { payment, .. } => {
                ("voids", Body::Void { reference, charge: &payment.id, metadata })
            }
        };
        let mut headers = self.headers();
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        headers.push(("Idempotency-Key".to_owned(), key.clone()));
        // Texts and nothing else: it can be written.
        let body = serde_json::to_string(&body).unwrap_or_default();
        HttpRequest { method: HttpMethod::Post, path: format!("/v1/{path}"), headers, body }
    }

    /// The search by key, which is exact: a key belongs to one attempt for ever.
    fn search(&self, question: &Question, exchange: Option<&Exchange>) -> Step<Finding> {
        let Some(exchange) = exchange else {
            let key = escaped(&question.instruction.key);
            return Step::Ask(self.get(format!("/v1/transactions?key={key}")));
        };
        let page: Page = match answer(&exchange.carried) {
            Ok(page) => page,
            Err(reason) => return Step::Done(no_answer(reason)),
        };
        let key = Some(question.instruction.key.as_str());
        let mut ours = page.data.iter().filter(|found| found.key.as_deref() == key);
        Step::Done(match (ours.next(), ours.next()) {
            (Some(found), None) => finding(question, found),
            (Some(_), Some(_)) => no_answer("there are two transactions with our key"),
            // What has an id was there once; a miss says nothing about it.
            (None, _) => Finding::NotFound {
                conclusive: !page.has_more
                    && question.gateway_id.is_none()
                    && question.age_seconds() >= CONCLUSIVE_AFTER_SECONDS,
            },
        })
    }
}

fn finding(question: &Question, found: &Transaction) -> Finding {
    if !found.answers(&question.instruction) || found.money().is_none() {
        return no_answer(format!("{} is not what was asked for", found.id));
    }
    Finding::Found { state: found.state(), receipt: found.receipt() }
}

impl Connector for SandboxConnector {
    fn kind(&self) -> GatewayKind {
        GatewayKind::Sandbox
    }

    fn address(&self) -> &'static str {
        "http://127.0.0.1:8470"
    }

    fn send(&self, instruction: &Instruction, _: Timestamp, so_far: &[Exchange]) -> Step<Outcome> {
        if let Some(decline) = senseless(instruction) {
            return Step::Done(Outcome::Declined(decline));
        }
        let Some(exchange) = so_far.first() else { return Step::Ask(self.post(instruction)) };
        Step::Done(match to_money_request(&exchange.carried) {
            Ok(reply) => outcome_of(instruction, reply),
            Err(outcome) => outcome,
        })
    }

    fn look_up(&self, question: &Question, so_far: &[Exchange]) -> Step<Finding> {
        let Some(id) = question.gateway_id.as_deref().filter(|id| is_id(id)) else {
            return self.search(question, so_far.first());
        };
        let Some(exchange) = so_far.first() else {
            return Step::Ask(self.get(format!("/v1/transactions/{id}")));
        };
        let reply = match to_question(&exchange.carried) {
            Ok(reply) => reply,
            Err(reason) => return Step::Done(no_answer(reason)),
        };
        if reply.status == 404 {
            return self.search(question, so_far.get(1));
        }
        Step::Done(match json::<Transaction>(&reply.body) {
            Some(found) if reply.status == 200 => finding(question, &found),
            _ => no_answer(said(reply)),
        })
    }

    fn webhook(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Notice>, WebhookError> {
        crate::webhook::read(self, headers, body, now)
    }

    fn list(
        &self,
        window: Window,
        _: Timestamp,
        so_far: &[Exchange],
    ) -> Step<Result<Vec<Settled>, String>> {
        let mut listed = Vec::new();
        let mut after = None;
        for exchange in so_far {
            let page: Page = match answer(&exchange.carried) {
                Ok(page) => page,
                Err(reason) => return Step::Done(Err(reason)),
            };
            for found in &page.data {
                match found.settled() {
                    Ok(settled) => listed.extend(settled),
                    Err(reason) => return Step::Done(Err(reason)),
                }
            }
            after = page.data.last().map(|last| last.id.clone());
            if !page.has_more || after.is_none() {
                return Step::Done(Ok(listed));
            }
        }
        if so_far.len() >= STEPS_MAX {
            return Step::Done(Err("too many transactions; ask for a shorter time".to_owned()));
        }
        let (from, to) = (window.from.to_string(), window.to.to_string());
        let mut asked = vec![("created_from", from.as_str()), ("created_to", &to), ("limit", PAGE)];
        if let Some(after) = &after {
            asked.push(("after", after));
        }
        Step::Ask(self.get(format!("/v1/transactions?{}", pairs(&asked))))
    }

    fn test(&self, _: Timestamp, so_far: &[Exchange]) -> Step<Result<(), String>> {
        #[derive(Deserialize)]
        struct Ping {
            ok: bool,
        }
        let Some(exchange) = so_far.first() else {
            return Step::Ask(self.get("/v1/ping".to_owned()));
        };
        Step::Done(answer::<Ping>(&exchange.carried).and_then(|ping| {
            if ping.ok { Ok(()) } else { Err("the gateway says that it is not well".to_owned()) }
        }))
    }
}
