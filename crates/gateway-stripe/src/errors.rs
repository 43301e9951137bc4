use gateway::{DeclineCode, HttpReply, Outcome};
use gateway_kit::reply::{decline, is_object, json, said, unknown};
use serde::Deserialize;

#[derive(Deserialize)]
struct Failure {
    error: ErrorBody,
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
    param: Option<String>,
}

/// The outcome in an answer that is not 200 (gateways 2.1).
pub(crate) fn outcome_of(reply: &HttpReply) -> Outcome {
    if matches!(reply.status, 401 | 403) && is_object(&reply.body) {
        return Outcome::Declined(decline(
            DeclineCode::Configuration,
            reply.status.to_string(),
            said(reply),
        ));
    }
    let Some(Failure { error }) = json::<Failure>(&reply.body) else {
        return unknown(said(reply));
    };
    // 409 (`idempotency_key_in_use`): the first request with this key is under way, and its money may
    // be moving, so "not taken" would claim too much. `idempotency_error`: there was one with this key
    // and other parameters. 5xx: anything.
    let certain = match error.kind.as_str() {
        "card_error" => matches!(reply.status, 400 | 402),
        "invalid_request_error" => matches!(reply.status, 400 | 402 | 404),
        _ => false,
    };
    if !certain {
        return unknown(said(reply));
    }
    let code = error.decline_code.as_deref().or(error.code.as_deref());
    let reason = if error.kind == "card_error" {
        code.map_or(DeclineCode::Declined, card_reason)
    } else {
        request_reason(&error)
    };
    let code = code.or(error.param.as_deref()).unwrap_or(&error.kind).to_owned();
    Outcome::Declined(decline(reason, code, error.message.unwrap_or_default()))
}

/// What the code of a card error means.
pub(crate) fn card_reason(code: &str) -> DeclineCode {
    match code {
        "expired_card" => DeclineCode::ExpiredCard,
        "lost_card"
        | "stolen_card"
        | "pickup_card"
        | "revocation_of_authorization"
        | "revocation_of_all_authorizations"
        | "invalid_account"
        | "payment_method_not_available" => DeclineCode::MethodRevoked,
        "currency_not_supported" => DeclineCode::CurrencyMismatch,
        _ => DeclineCode::Declined,
    }
}

fn request_reason(error: &ErrorBody) -> DeclineCode {
    let param = error.param.as_deref().unwrap_or_default();
    match error.code.as_deref() {
        Some("charge_already_refunded") => DeclineCode::AlreadyRefunded,
        Some("charge_disputed" | "refund_disputed_payment") => DeclineCode::Disputed,
        Some("balance_insufficient" | "insufficient_funds") => DeclineCode::MerchantBalanceLow,
        Some("payment_intent_unexpected_state") => DeclineCode::NotVoidable,
        Some("resource_missing") if matches!(param, "payment_method" | "customer") => {
            DeclineCode::MethodRevoked
        }
        Some("resource_missing")
            if matches!(param, "charge" | "payment_intent" | "intent" | "id") =>
        {
            DeclineCode::PaymentUnknown
        }
        Some("resource_missing") => DeclineCode::InvalidRequest,
        Some("charge_not_refundable") => DeclineCode::Other,
        // "Refund amount ($999.99) is greater than unrefunded amount on charge ($30)": it has no code.
        None if param == "amount" => DeclineCode::ExceedsRefundable,
        Some(code) if code.starts_with("payment_method_") => DeclineCode::MethodRevoked,
        _ => DeclineCode::InvalidRequest,
    }
}
