use gateway::{
    Connector, Credentials, Exchange, Finding, HttpMethod, HttpRequest, Instruction, Notice,
    Outcome, Question, STEPS_MAX, Settled, Step, WebhookError, Window,
};
use gateway_kit::query::is_id;
use gateway_kit::reply::{answer, json, no_answer, said, to_money_request, to_question};
use gateway_kit::sign::unbase64;
use gateway_kit::{required, senseless};
use jiff::Timestamp;
use receivables::gateway::GatewayKind;

use crate::search::{self, Searched, Summary};
use crate::signature::{Signer, host};
use crate::{body, outcome, webhook};

const ADDRESS: &str = "https://api.cybersource.com";
const SEARCHES: &str = "/tss/v2/searches";

/// The connector for CyberSource.
pub struct CyberSourceConnector {
    signer: Signer,
    webhook_key: Vec<u8>,
}

/// Makes the connector. Its requests are signed for the host of `address`, CyberSource's own if it is
/// left out.
///
/// # Errors
///
/// Names the credential that is missing or not base64, or says what is wrong with the address.
pub fn connector(
    credentials: &Credentials,
    address: Option<&str>,
) -> Result<CyberSourceConnector, String> {
    required("CyberSource", credentials, &["merchant_id", "key_id", "shared_secret"])?;
    let decoded = |name: &str| {
        unbase64(credentials.get(name).trim())
            .ok_or_else(|| format!("the credential {name:?} of CyberSource is not base64"))
    };
    let signer = Signer {
        merchant_id: credentials.get("merchant_id").to_owned(),
        key_id: credentials.get("key_id").to_owned(),
        secret: decoded("shared_secret")?,
        host: host(address.unwrap_or(ADDRESS))?,
    };
    Ok(CyberSourceConnector { signer, webhook_key: decoded("webhook_key")? })
}

impl CyberSourceConnector {
    fn post(&self, path: &str, body: String, now: Timestamp) -> HttpRequest {
        self.signer.request(HttpMethod::Post, path.to_owned(), body, now)
    }

    fn search(&self, question: &Question, pages: &[Exchange]) -> Step<Finding> {
        match search::finding(question, pages) {
            Searched::Done(finding) => Step::Done(finding),
            // One exchange may have gone into asking by id.
            Searched::From(_) if pages.len() + 2 > STEPS_MAX => {
                Step::Done(no_answer("too many transactions have our reference"))
            }
            Searched::From(offset) => {
                let body = search::body(&search::query(question), offset);
                Step::Ask(self.post(SEARCHES, body, question.now))
            }
        }
    }
}

impl Connector for CyberSourceConnector {
    fn kind(&self) -> GatewayKind {
        GatewayKind::CyberSource
    }

    fn address(&self) -> &'static str {
        ADDRESS
    }

    fn send(
        &self,
        instruction: &Instruction,
        now: Timestamp,
        so_far: &[Exchange],
    ) -> Step<Outcome> {
        if let Some(decline) = senseless(instruction) {
            return Step::Done(Outcome::Declined(decline));
        }
        let Some(sent) = so_far.first() else {
            return match body::of(instruction) {
                Ok((path, body)) => Step::Ask(self.post(&path, body, now)),
                Err(decline) => Step::Done(Outcome::Declined(decline)),
            };
        };
        Step::Done(match to_money_request(&sent.carried) {
            Ok(reply) => outcome::of(instruction, reply),
            Err(outcome) => outcome,
        })
    }

    fn look_up(&self, question: &Question, so_far: &[Exchange]) -> Step<Finding> {
        let Some(id) = question.gateway_id.as_deref().filter(|id| is_id(id)) else {
            return self.search(question, so_far);
        };
        let Some((first, rest)) = so_far.split_first() else {
            let path = format!("/tss/v2/transactions/{id}");
            let get = self.signer.request(HttpMethod::Get, path, String::new(), question.now);
            return Step::Ask(get);
        };
        let reply = match to_question(&first.carried) {
            Ok(reply) => reply,
            Err(reason) => return Step::Done(no_answer(reason)),
        };
        match (reply.status, json::<Summary>(&reply.body)) {
            (200, Some(found)) => Step::Done(search::finding_by_id(question, &found)),
            // Not indexed yet.
            (404, _) => self.search(question, rest),
            _ => Step::Done(no_answer(said(reply))),
        }
    }

    fn webhook(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Notice>, WebhookError> {
        webhook::read(&self.webhook_key, headers, body, now)
    }

    fn list(
        &self,
        window: Window,
        now: Timestamp,
        so_far: &[Exchange],
    ) -> Step<Result<Vec<Settled>, String>> {
        match search::listed(so_far) {
            Searched::Done(listed) => Step::Done(listed),
            Searched::From(_) if so_far.len() >= STEPS_MAX => {
                Step::Done(Err("too many transactions; ask for a shorter time".to_owned()))
            }
            Searched::From(offset) => {
                let query = format!("submitTimeUtc:[{} TO {}}}", window.from, window.to);
                Step::Ask(self.post(SEARCHES, search::body(&query, offset), now))
            }
        }
    }

    fn test(&self, now: Timestamp, so_far: &[Exchange]) -> Step<Result<(), String>> {
        let Some(exchange) = so_far.first() else {
            // A search that is not saved changes nothing.
            let body = search::body("submitTimeUtc:[NOW/DAY TO NOW/DAY+1DAY}", 0);
            return Step::Ask(self.post(SEARCHES, body, now));
        };
        Step::Done(answer::<serde_json::Map<_, _>>(&exchange.carried).map(|_| ()))
    }
}
