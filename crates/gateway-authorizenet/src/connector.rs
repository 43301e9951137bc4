use gateway::{
    Connector, Credentials, Exchange, Finding, Instruction, Notice, Outcome, Question, Secret,
    Settled, Step, WebhookError, Window,
};
use gateway_kit::reply::{answer, to_money_request};
use gateway_kit::{required, senseless};
use jiff::Timestamp;
use money::Currency;
use receivables::gateway::GatewayKind;
use serde::Deserialize;

use crate::outcome::{self, Messages};
use crate::requests::Account;
use crate::{list, lookup, webhook};

/// The connector for Authorize.Net.
pub struct AuthorizeNetConnector {
    account: Account,
    signature_key: Secret,
    currency: Currency,
}

/// Makes the connector. The address plays no part: nothing of it is signed.
///
/// # Errors
///
/// Names the credential that is missing, or says that the currency is none.
pub fn connector(
    credentials: &Credentials,
    _address: Option<&str>,
) -> Result<AuthorizeNetConnector, String> {
    required("Authorize.Net", credentials, &["login", "transaction_key", "signature_key"])?;
    let currency = match credentials.get("currency") {
        "" => Currency::USD,
        code => code.parse().map_err(|error| format!("the credential \"currency\": {error}"))?,
    };
    let secret = |name| Secret::new(credentials.get(name));
    let account = Account { login: secret("login"), transaction_key: secret("transaction_key") };
    Ok(AuthorizeNetConnector { account, signature_key: secret("signature_key"), currency })
}

impl Connector for AuthorizeNetConnector {
    fn kind(&self) -> GatewayKind {
        GatewayKind::AuthorizeNet
    }

    fn address(&self) -> &'static str {
        "https://api2.authorize.net"
    }

    fn send(&self, instruction: &Instruction, _: Timestamp, so_far: &[Exchange]) -> Step<Outcome> {
        if let Some(decline) = senseless(instruction) {
            return Step::Done(Outcome::Declined(decline));
        }
        let Some(sent) = so_far.first() else {
            return match self.account.create(instruction) {
                Ok(request) => Step::Ask(request),
                Err(decline) => Step::Done(Outcome::Declined(decline)),
            };
        };
        Step::Done(match to_money_request(&sent.carried) {
            Ok(reply) => outcome::of(instruction, reply),
            Err(outcome) => outcome,
        })
    }

    fn look_up(&self, question: &Question, so_far: &[Exchange]) -> Step<Finding> {
        lookup::look_up(&self.account, question, so_far)
    }

    /// Its signature has no time; a repetition is known by its event.
    fn webhook(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        _: Timestamp,
    ) -> Result<Vec<Notice>, WebhookError> {
        webhook::read(self.signature_key.reveal(), headers, body)
    }

    fn list(
        &self,
        window: Window,
        _: Timestamp,
        so_far: &[Exchange],
    ) -> Step<Result<Vec<Settled>, String>> {
        list::list(&self.account, self.currency, window, so_far)
    }

    fn test(&self, _: Timestamp, so_far: &[Exchange]) -> Step<Result<(), String>> {
        #[derive(Deserialize)]
        struct Answer {
            messages: Messages,
        }
        let Some(exchange) = so_far.first() else { return Step::Ask(self.account.test()) };
        Step::Done(answer::<Answer>(&exchange.carried).and_then(|answer| {
            if answer.messages.ok() { Ok(()) } else { Err(answer.messages.words()) }
        }))
    }
}
