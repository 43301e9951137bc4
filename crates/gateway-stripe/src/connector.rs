use gateway::{
    Action, Connector, Credentials, DeclineCode, Exchange, Finding, HttpReply, Instruction, Notice,
    Outcome, PaymentRef, Question, Secret, Settled, Step, WebhookError, Window,
};
use gateway_kit::query::is_id;
use gateway_kit::reply::{answer, json, outcome, said, to_money_request, unknown};
use gateway_kit::{refusal, required, senseless};
use jiff::Timestamp;
use receivables::gateway::GatewayKind;

use crate::errors;
use crate::objects::{PaymentIntent, Refund};
use crate::requests;

/// The connector for Stripe.
pub struct StripeConnector {
    pub(crate) secret_key: Secret,
    pub(crate) webhook_secret: Secret,
}

/// Makes the connector. The address plays no part: nothing of it is signed.
///
/// # Errors
///
/// Names the credential that is missing.
pub fn connector(
    credentials: &Credentials,
    _address: Option<&str>,
) -> Result<StripeConnector, String> {
    required("Stripe", credentials, &["secret_key", "webhook_secret"])?;
    Ok(StripeConnector {
        secret_key: Secret::new(credentials.get("secret_key")),
        webhook_secret: Secret::new(credentials.get("webhook_secret")),
    })
}

impl StripeConnector {
    /// Reads the PaymentIntent, then cancels or refunds it; see the crate's head.
    fn void(
        &self,
        instruction: &Instruction,
        payment: &PaymentRef,
        so_far: &[Exchange],
    ) -> Step<Outcome> {
        let key = format!("{}-r", instruction.key);
        let refund = || match requests::refund(&self.secret_key, instruction, payment, &key) {
            Ok(request) => Step::Ask(request),
            Err(decline) => Step::Done(Outcome::Declined(decline)),
        };
        let id = match requests::payment_of(payment) {
            Ok(("payment_intent", id)) if is_id(id) => id,
            // Known by its charge only: refunding an uncaptured charge releases it.
            Ok(("charge", _)) => {
                return so_far.first().map_or_else(refund, |sent| {
                    Step::Done(sent_refund(instruction, payment, sent))
                });
            }
            Ok(_) => {
                let decline = refusal(DeclineCode::PaymentUnknown, "the payment's id is malformed");
                return Step::Done(Outcome::Declined(decline));
            }
            Err(decline) => return Step::Done(Outcome::Declined(decline)),
        };
        let Some(read) = so_far.first() else {
            let path = format!("/v1/payment_intents/{id}");
            return Step::Ask(requests::get(&self.secret_key, path));
        };
        let intent = match read_intent(id, read) {
            Ok(intent) => intent,
            Err(outcome) => return Step::Done(outcome),
        };
        let captured = intent.status == "succeeded";
        match so_far.get(1) {
            None if captured => refund(),
            // Also if it is canceled already: with the same key Stripe tells whether that was us.
            None => Step::Ask(requests::cancel(&self.secret_key, instruction, id)),
            Some(sent) if captured => Step::Done(sent_refund(instruction, payment, sent)),
            Some(sent) => {
                Step::Done(sent_with(sent, |reply| match json::<PaymentIntent>(&reply.body) {
                    Some(found) if found.id == id && found.status == "canceled" => {
                        Outcome::Succeeded(found.receipt())
                    }
                    _ => unclear(reply),
                }))
            }
        }
    }
}

/// The PaymentIntent that was read before a void. Nothing was sent yet that moves money, so whatever is
/// wrong means that the void was not taken.
fn read_intent(id: &str, read: &Exchange) -> Result<PaymentIntent, Outcome> {
    let reply = to_money_request(&read.carried).map_err(|outcome| match outcome {
        Outcome::Unknown { reason } => Outcome::NotTaken { reason, retry_after_seconds: None },
        other => other,
    })?;
    match json::<PaymentIntent>(&reply.body) {
        Some(intent) if reply.status == 200 && intent.id == id => Ok(intent),
        _ => Err(match errors::outcome_of(reply) {
            Outcome::Declined(decline) if reply.status != 200 => Outcome::Declined(decline),
            _ => Outcome::NotTaken { reason: said(reply), retry_after_seconds: None },
        }),
    }
}

/// The outcome of a request that moves money; `read` reads a 200. A replay of the first answer is as
/// good as the first.
fn sent_with(sent: &Exchange, read: impl Fn(&HttpReply) -> Outcome) -> Outcome {
    match to_money_request(&sent.carried) {
        Ok(reply) if reply.status == 200 => read(reply),
        Ok(reply) => errors::outcome_of(reply),
        Err(outcome) => outcome,
    }
}

fn unclear(reply: &HttpReply) -> Outcome {
    unknown(format!("not what was asked for: {}", said(reply)))
}

fn sent_refund(instruction: &Instruction, payment: &PaymentRef, sent: &Exchange) -> Outcome {
    sent_with(sent, |reply| {
        let Some(found) = json::<Refund>(&reply.body) else { return unclear(reply) };
        match found.state() {
            Some(state) if is_ours(instruction, payment, &found) && found.money().is_some() => {
                outcome(state, found.receipt())
            }
            _ => unclear(reply),
        }
    })
}

/// Whether a refund is of the payment asked for, and carries our key if it carries one.
pub(crate) fn is_ours(instruction: &Instruction, payment: &PaymentRef, found: &Refund) -> bool {
    let ids = [found.payment_intent.as_ref(), found.charge.as_ref()];
    let of_payment = ids
        .into_iter()
        .flatten()
        .any(|id| id.text() == payment.id || Some(id.text()) == payment.second_id.as_deref());
    let key = found.metadata.attempt_key.as_deref();
    of_payment && key.is_none_or(|key| key == instruction.key)
}

fn sent_charge(instruction: &Instruction, sent: &Exchange) -> Outcome {
    sent_with(sent, |reply| {
        let Some(found) = json::<PaymentIntent>(&reply.body) else { return unclear(reply) };
        let key = found.metadata.attempt_key.as_deref();
        match found.state() {
            Some(state)
                if found.money().is_some() && key.is_none_or(|key| key == instruction.key) =>
            {
                outcome(state, found.receipt())
            }
            _ => unclear(reply),
        }
    })
}

impl Connector for StripeConnector {
    fn kind(&self) -> GatewayKind {
        GatewayKind::Stripe
    }

    fn address(&self) -> &'static str {
        "https://api.stripe.com"
    }

    fn send(&self, instruction: &Instruction, _: Timestamp, so_far: &[Exchange]) -> Step<Outcome> {
        if let Some(decline) = senseless(instruction) {
            return Step::Done(Outcome::Declined(decline));
        }
        let (secret, key) = (&self.secret_key, instruction.key.as_str());
        let request = match &instruction.action {
            Action::Void { payment, .. } => return self.void(instruction, payment, so_far),
            Action::Credit { .. } => Err(refusal(
                DeclineCode::CreditNotEnabled,
                "Stripe refunds to the method of a payment only",
            )),
            Action::Charge { method } => requests::charge(secret, instruction, method),
            Action::Refund { payment, .. } => requests::refund(secret, instruction, payment, key),
        };
        let request = match request {
            Ok(request) => request,
            Err(decline) => return Step::Done(Outcome::Declined(decline)),
        };
        match (so_far.first(), &instruction.action) {
            (None, _) => Step::Ask(request),
            (Some(sent), Action::Refund { payment, .. }) => {
                Step::Done(sent_refund(instruction, payment, sent))
            }
            (Some(sent), _) => Step::Done(sent_charge(instruction, sent)),
        }
    }

    fn look_up(&self, question: &Question, so_far: &[Exchange]) -> Step<Finding> {
        crate::lookup::look_up(&self.secret_key, question, so_far)
    }

    fn webhook(
        &self,
        headers: &[(String, String)],
        body: &[u8],
        now: Timestamp,
    ) -> Result<Vec<Notice>, WebhookError> {
        crate::webhook::read(&self.webhook_secret, headers, body, now)
    }

    fn list(
        &self,
        window: Window,
        _: Timestamp,
        so_far: &[Exchange],
    ) -> Step<Result<Vec<Settled>, String>> {
        crate::list::list(&self.secret_key, window, so_far)
    }

    fn test(&self, _: Timestamp, so_far: &[Exchange]) -> Step<Result<(), String>> {
        let Some(exchange) = so_far.first() else {
            return Step::Ask(requests::get(&self.secret_key, "/v1/balance".to_owned()));
        };
        Step::Done(answer::<serde_json::Map<_, _>>(&exchange.carried).map(|_| ()))
    }
}
