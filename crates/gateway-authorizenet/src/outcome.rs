use gateway::{Action, DeclineCode, HttpReply, Instruction, Outcome, Receipt};
use gateway_kit::brief;
use gateway_kit::reply::{Loose, decline, json, said, unknown};
use serde::Deserialize;

use crate::requests::is_transaction;

/// What every answer has.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Messages {
    result_code: String,
    #[serde(default)]
    message: Vec<Message>,
}

#[derive(Clone, Debug, Deserialize)]
struct Message {
    code: String,
    #[serde(default)]
    text: String,
}

impl Messages {
    pub(crate) fn ok(&self) -> bool {
        self.result_code == "Ok"
    }

    /// What it says, for people.
    pub(crate) fn words(&self) -> String {
        let one = |message: &Message| format!("{}: {}", message.code, brief(&message.text));
        self.message.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn has(&self, code: &str) -> bool {
        self.message.iter().any(|message| message.code == code)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    transaction_response: Option<Response>,
    ref_id: Option<String>,
    messages: Messages,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    response_code: Option<Loose>,
    trans_id: Option<Loose>,
    #[serde(rename = "refTransID")]
    ref_trans_id: Option<Loose>,
    errors: Option<Vec<ErrorItem>>,
    messages: Option<Vec<Note>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErrorItem {
    error_code: Loose,
    #[serde(default)]
    error_text: String,
}

#[derive(Deserialize)]
struct Note {
    code: Loose,
    #[serde(default)]
    description: String,
}

/// The outcome in an answer to a request that moves money.
pub(crate) fn of(instruction: &Instruction, reply: &HttpReply) -> Outcome {
    let Some(answer) = json::<Answer>(&reply.body).filter(|_| reply.status == 200) else {
        return unknown(said(reply));
    };
    let other = |echo: &String| !echo.is_empty() && *echo != instruction.reference;
    if answer.ref_id.as_ref().is_some_and(other) {
        return unknown(format!("the answer to another request: {}", said(reply)));
    }
    let response = answer.transaction_response.as_ref();
    let code = response.and_then(|response| response.response_code.as_ref()).map(Loose::text);
    match (response, code.as_deref()) {
        (Some(response), Some(code @ ("1" | "4"))) if answer.messages.ok() => {
            taken(instruction, reply, response, code == "4")
        }
        (Some(response), Some(code @ ("2" | "3"))) => refused(instruction, reply, response, code),
        (None | Some(_), None) if answer.messages.result_code == "Error" => {
            not_processed(reply, &answer.messages)
        }
        _ => unknown(said(reply)),
    }
}

fn taken(instruction: &Instruction, reply: &HttpReply, response: &Response, held: bool) -> Outcome {
    let text = |loose: &Option<Loose>| loose.as_ref().map(Loose::text).unwrap_or_default();
    let (id, of) = (text(&response.trans_id), text(&response.ref_trans_id));
    let fits = match &instruction.action {
        Action::Charge { .. } => true,
        // A void has the id of what it voids.
        Action::Void { payment, .. } => id == payment.id || of == payment.id,
        Action::Refund { payment, .. } => !is_transaction(&of) || of == payment.id,
        Action::Credit { .. } => !is_transaction(&of),
    };
    if !is_transaction(&id) || !fits {
        return unknown(format!("not what was asked for: {}", said(reply)));
    }
    let note = response.messages.as_ref().and_then(|notes| notes.first());
    let code = note.map(|note| note.code.text());
    // "Already voided", "already captured": by whom, the look-up tells.
    if matches!(code.as_deref(), Some("310" | "311")) {
        return unknown(format!("it was done before: {}", said(reply)));
    }
    let message = note.map(|note| note.description.clone());
    // The amount is not echoed.
    let receipt = Receipt { gateway_id: id, second_id: None, amount: None, code, message };
    if held { Outcome::Pending(receipt) } else { Outcome::Succeeded(receipt) }
}

fn refused(
    instruction: &Instruction,
    reply: &HttpReply,
    response: &Response,
    response_code: &str,
) -> Outcome {
    let error = response.errors.as_ref().and_then(|errors| errors.first());
    let Some(error) = error else {
        return match response_code {
            "2" => Outcome::Declined(decline(DeclineCode::Declined, "2", "declined")),
            _ => unknown(said(reply)),
        };
    };
    let code = error.error_code.text();
    match reason(&instruction.action, &code, response_code == "2") {
        Some(reason) => Outcome::Declined(decline(reason, code, &error.error_text)),
        None => unknown(format!("{code}: {}", said(reply))),
    }
}

/// Codes after which it is not known whether money moved: a duplicate (most often the first one
/// succeeded, gateways 6.21), errors while processing, time-outs, processors that do not answer.
const UNCLEAR: [&str; 23] = [
    "", "0", "11", "19", "20", "21", "22", "23", "25", "26", "35", "57", "58", "59", "60", "61",
    "62", "63", "120", "121", "122", "180", "181",
];
/// Codes below this one are documented as found before anything was processed, but for those above.
const DOCUMENTED_BELOW: u32 = 180;

/// What a reason code means; `None` if it does not say that no money moved. `declined` if the answer
/// as a whole says so, and the code only says why.
pub(crate) fn reason(action: &Action, code: &str, declined: bool) -> Option<DeclineCode> {
    if UNCLEAR.contains(&code) {
        return None;
    }
    Some(match code {
        "2" | "3" | "4" => DeclineCode::Declined,
        "8" => DeclineCode::ExpiredCard,
        "13" => DeclineCode::Configuration,
        "16" => DeclineCode::PaymentUnknown,
        "33" => DeclineCode::InvalidRequest,
        // One code for what is not settled, too old, or not allowed without a payment.
        "54" if matches!(action, Action::Credit { .. }) => DeclineCode::CreditNotEnabled,
        "54" => DeclineCode::NotSettled,
        "55" => DeclineCode::ExceedsRefundable,
        _ if declined => DeclineCode::Declined,
        code if code.parse::<u32>().is_ok_and(|code| code < DOCUMENTED_BELOW) => DeclineCode::Other,
        _ => return None,
    })
}

/// The request did not get as far as a transaction.
fn not_processed(reply: &HttpReply, messages: &Messages) -> Outcome {
    let Some(message) = messages.message.first() else { return unknown(said(reply)) };
    let reason = match message.code.as_str() {
        // In maintenance.
        "E00104" => {
            return Outcome::NotTaken { reason: said(reply), retry_after_seconds: None };
        }
        "E00007" => DeclineCode::Configuration,
        "E00003" | "E00012" => DeclineCode::InvalidRequest,
        "E00040" => DeclineCode::MethodRevoked,
        // E00001 is "an error occurred"; E00027 says nothing without the reason code that is missing.
        _ => return unknown(said(reply)),
    };
    Outcome::Declined(decline(reason, &message.code, &message.text))
}
