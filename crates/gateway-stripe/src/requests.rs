use gateway::{
    Decline, DeclineCode, HttpMethod, HttpRequest, Instruction, Method, PaymentRef, Secret,
};
use gateway_kit::query::pairs;
use gateway_kit::refusal;
use receivables::payment::MethodType;

use crate::amounts::to_stripe;

/// The version whose words this connector speaks. Stripe keeps speaking it whatever the account's own
/// version is.
const VERSION: &str = "2025-03-31.basil";

fn headers(key: &Secret) -> Vec<(String, String)> {
    vec![
        ("Authorization".to_owned(), format!("Bearer {}", key.reveal())),
        ("Stripe-Version".to_owned(), VERSION.to_owned()),
    ]
}

/// A question.
pub(crate) fn get(key: &Secret, path: String) -> HttpRequest {
    HttpRequest { method: HttpMethod::Get, path, headers: headers(key), body: String::new() }
}

fn post(
    secret: &Secret,
    path: String,
    idempotency_key: &str,
    form: &[(&str, &str)],
) -> HttpRequest {
    let mut headers = headers(secret);
    headers.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    headers.push(("Idempotency-Key".to_owned(), idempotency_key.to_owned()));
    HttpRequest { method: HttpMethod::Post, path, headers, body: pairs(form) }
}

/// What goes onto everything we make.
fn metadata(instruction: &Instruction) -> [(&str, &str); 3] {
    [
        ("metadata[reference]", &instruction.reference),
        ("metadata[attempt_key]", &instruction.key),
        ("metadata[account]", &instruction.account),
    ]
}

/// Charges a stored method at once, without the customer.
pub(crate) fn charge(
    secret: &Secret,
    instruction: &Instruction,
    method: &Method,
) -> Result<HttpRequest, Decline> {
    let kind = match method.method_type {
        kind if kind.is_card() => "card",
        MethodType::Ach => "us_bank_account",
        MethodType::Sepa => "sepa_debit",
        _ => {
            return Err(refusal(
                DeclineCode::InvalidRequest,
                "Stripe is not asked for this method",
            ));
        }
    };
    let amount = to_stripe(instruction.amount)?.to_string();
    let currency = instruction.amount.currency().code().to_ascii_lowercase();
    let mut form = vec![("amount", amount.as_str()), ("currency", &currency)];
    form.push(("payment_method", &method.token));
    if let Some(customer) = &method.customer {
        form.push(("customer", customer));
    }
    // Without it, Stripe asks for an address to send the customer back to.
    form.extend([("payment_method_types[0]", kind), ("confirm", "true"), ("off_session", "true")]);
    form.extend(metadata(instruction));
    Ok(post(secret, "/v1/payment_intents".to_owned(), &instruction.key, &form))
}

/// The parameter and id by which Stripe knows a payment.
pub(crate) fn payment_of(payment: &PaymentRef) -> Result<(&'static str, &str), Decline> {
    let ids = [Some(payment.id.as_str()), payment.second_id.as_deref()];
    for id in ids.into_iter().flatten() {
        if id.starts_with("pi_") {
            return Ok(("payment_intent", id));
        }
        // `py_`: a charge of a bank account.
        if id.starts_with("ch_") || id.starts_with("py_") {
            return Ok(("charge", id));
        }
    }
    Err(refusal(DeclineCode::PaymentUnknown, "the payment has no id of Stripe's"))
}

/// Refunds (part of) a payment.
pub(crate) fn refund(
    secret: &Secret,
    instruction: &Instruction,
    payment: &PaymentRef,
    idempotency_key: &str,
) -> Result<HttpRequest, Decline> {
    let amount = to_stripe(instruction.amount)?.to_string();
    let mut form = vec![payment_of(payment)?, ("amount", amount.as_str())];
    form.push(("reason", "requested_by_customer"));
    form.extend(metadata(instruction));
    Ok(post(secret, "/v1/refunds".to_owned(), idempotency_key, &form))
}

/// Cancels a PaymentIntent that is not captured.
pub(crate) fn cancel(secret: &Secret, instruction: &Instruction, id: &str) -> HttpRequest {
    let form = [("cancellation_reason", "requested_by_customer")];
    post(secret, format!("/v1/payment_intents/{id}/cancel"), &instruction.key, &form)
}
