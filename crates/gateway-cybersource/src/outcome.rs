use gateway::{Action, DeclineCode, HttpReply, Instruction, MoneyState, Outcome, Receipt};
use gateway_kit::amount;
use gateway_kit::reply::{decline, is_object, json, outcome, said, unknown};
use money::Money;
use serde::Deserialize;

use crate::body::is_bank;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    id: String,
    #[serde(default)]
    status: String,
    reason: Option<String>,
    message: Option<String>,
    client_reference_information: Option<Echo>,
    error_information: Option<ErrorInformation>,
    refund_amount_details: Option<RefundAmount>,
    credit_amount_details: Option<CreditAmount>,
    void_amount_details: Option<VoidAmount>,
    order_information: Option<OrderInformation>,
    processor_information: Option<Processor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Echo {
    pub(crate) code: Option<String>,
    pub(crate) transaction_id: Option<String>,
}

#[derive(Deserialize)]
struct ErrorInformation {
    reason: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RefundAmount {
    refund_amount: String,
    currency: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreditAmount {
    credit_amount: String,
    currency: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VoidAmount {
    void_amount: String,
    currency: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderInformation {
    amount_details: Option<OrderAmount>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OrderAmount {
    total_amount: Option<String>,
    authorized_amount: Option<String>,
    currency: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Processor {
    response_code: Option<String>,
}

/// The outcome in an answer to a request that moves money.
pub(crate) fn of(instruction: &Instruction, reply: &HttpReply) -> Outcome {
    if matches!(reply.status, 401 | 403) && is_object(&reply.body) {
        let code = reply.status.to_string();
        return Outcome::Declined(decline(DeclineCode::Configuration, code, said(reply)));
    }
    let Some(answer) = json::<Answer>(&reply.body) else { return unknown(said(reply)) };
    match reply.status {
        200 | 201 => accepted(instruction, reply, answer),
        400 if answer.status == "INVALID_REQUEST" => refused(instruction, reply, &answer),
        // The payment in the path.
        404 if answer.status == "NOT_FOUND" || answer.reason.as_deref() == Some("NOT_FOUND") => {
            let message = answer.message.unwrap_or_default();
            Outcome::Declined(decline(DeclineCode::PaymentUnknown, "NOT_FOUND", message))
        }
        // 502 is SERVER_ERROR: SYSTEM_ERROR, SERVER_TIMEOUT, SERVICE_TIMEOUT. The processor may have
        // acted (gateways 2.5).
        _ => unknown(said(reply)),
    }
}

fn accepted(instruction: &Instruction, reply: &HttpReply, answer: Answer) -> Outcome {
    let ours = answer.client_reference_information.as_ref().is_none_or(|echo| {
        let same =
            |echo: &Option<String>, own: &str| echo.as_deref().is_none_or(|echo| echo == own);
        same(&echo.code, &instruction.reference) && same(&echo.transaction_id, &instruction.key)
    });
    if !ours {
        return unknown(format!("not what was asked for: {}", said(reply)));
    }
    let Some(state) = state(&instruction.action, &answer.status) else {
        return match answer.status.as_str() {
            "DECLINED" | "INVALID_REQUEST" => refused(instruction, reply, &answer),
            // Among them PARTIAL_AUTHORIZED and AUTHORIZED_RISK_DECLINED: something is held at the
            // bank, and a person must see what.
            _ => unknown(said(reply)),
        };
    };
    let (Ok(amount), false) = (echoed(&answer), answer.id.is_empty()) else {
        return unknown(format!("it has no id or amount that can be read: {}", said(reply)));
    };
    let receipt = Receipt {
        gateway_id: answer.id,
        second_id: None,
        amount,
        code: answer.processor_information.and_then(|processor| processor.response_code),
        message: Some(answer.status),
    };
    outcome(state, receipt)
}

/// What a status says of an action; see the crate's head on `PENDING`.
fn state(action: &Action, status: &str) -> Option<MoneyState> {
    Some(match (action, status) {
        (Action::Charge { .. }, "AUTHORIZED") => MoneyState::Succeeded,
        (Action::Charge { method }, "PENDING") if is_bank(method) => MoneyState::Pending,
        (
            Action::Charge { .. },
            "AUTHORIZED_PENDING_REVIEW" | "PENDING_REVIEW" | "PENDING_AUTHENTICATION" | "PENDING",
        ) => MoneyState::Pending,
        (Action::Refund { .. }, "PENDING") => MoneyState::Succeeded,
        (Action::Credit { .. }, "PENDING" | "AUTHORIZED" | "COMPLETED") => MoneyState::Succeeded,
        (Action::Void { .. }, "VOIDED") => MoneyState::Succeeded,
        _ => return None,
    })
}

/// The amount as echoed; `Err` if there is one that cannot be read.
fn echoed(answer: &Answer) -> Result<Option<Money>, ()> {
    let order = answer.order_information.as_ref().and_then(|order| order.amount_details.as_ref());
    let of_order = || {
        let order = order?;
        let decimal = order.total_amount.as_deref().or(order.authorized_amount.as_deref())?;
        Some((decimal, order.currency.as_deref().unwrap_or_default()))
    };
    let found = if let Some(refund) = &answer.refund_amount_details {
        Some((refund.refund_amount.as_str(), refund.currency.as_str()))
    } else if let Some(credit) = &answer.credit_amount_details {
        Some((credit.credit_amount.as_str(), credit.currency.as_str()))
    } else if let Some(void) = &answer.void_amount_details {
        Some((void.void_amount.as_str(), void.currency.as_str()))
    } else {
        of_order()
    };
    match found {
        None => Ok(None),
        Some((decimal, currency)) => amount(decimal, currency).map(Some).ok_or(()),
    }
}

fn refused(instruction: &Instruction, reply: &HttpReply, answer: &Answer) -> Outcome {
    let error = answer.error_information.as_ref();
    let code = error.and_then(|error| error.reason.as_deref()).or(answer.reason.as_deref());
    let message = error.and_then(|error| error.message.as_deref()).or(answer.message.as_deref());
    match code {
        // Most often the first one succeeded (gateways 6.21).
        Some("DUPLICATE_REQUEST") => unknown(format!("a duplicate: {}", said(reply))),
        Some("SYSTEM_ERROR" | "SERVER_TIMEOUT" | "SERVICE_TIMEOUT" | "PROCESSOR_TIMEOUT")
        | None => unknown(said(reply)),
        Some(code) => {
            let reason = reason(&instruction.action, code);
            Outcome::Declined(decline(reason, code, message.unwrap_or_default()))
        }
    }
}

/// What a reason means. One that is not known is still a no: the status said so.
fn reason(action: &Action, code: &str) -> DeclineCode {
    match code {
        "EXPIRED_CARD" => DeclineCode::ExpiredCard,
        "STOLEN_LOST_CARD" | "UNAUTHORIZED_CARD" | "SUSPENDED_ACCOUNT" | "INVALID_ACCOUNT"
        | "INVALID_CARD" => DeclineCode::MethodRevoked,
        "PROCESSOR_DECLINED"
        | "INSUFFICIENT_FUND"
        | "EXCEEDS_CREDIT_LIMIT"
        | "GENERAL_DECLINE"
        | "ISSUER_UNAVAILABLE"
        | "ACH_VERIFICATION_FAILED" => DeclineCode::Declined,
        "MISSING_FIELD" | "INVALID_DATA" | "INVALID_AMOUNT" => DeclineCode::InvalidRequest,
        "INVALID_MERCHANT_CONFIGURATION" => DeclineCode::Configuration,
        "CAPTURE_ALREADY_VOIDED" | "NOT_VOIDABLE" => DeclineCode::NotVoidable,
        "ACCOUNT_NOT_ALLOWED_CREDIT" => DeclineCode::CreditNotEnabled,
        "NOT_SUPPORTED" if matches!(action, Action::Credit { .. }) => DeclineCode::CreditNotEnabled,
        "NOT_SUPPORTED" => DeclineCode::InvalidRequest,
        _ => DeclineCode::Other,
    }
}
