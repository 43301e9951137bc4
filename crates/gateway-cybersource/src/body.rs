use gateway::{Action, Decline, DeclineCode, Instruction, Method};
use gateway_kit::query::is_id;
use gateway_kit::refusal;
use receivables::payment::MethodType;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    client_reference_information: Reference<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processing_information: Option<Processing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_information: Option<Payment<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_information: Option<Order>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'a> {
    code: &'a str,
    transaction_id: &'a str,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Processing {
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_transfer_options: Option<BankTransfer>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BankTransfer {
    sec_code: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payment<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Token<'a>>,
    payment_instrument: Token<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<PaymentType>,
}

#[derive(Serialize)]
struct Token<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct PaymentType {
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order {
    amount_details: Amount,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Amount {
    total_amount: String,
    currency: &'static str,
}

fn stored(method: &Method) -> Payment<'_> {
    let customer = method.customer.as_deref().map(|id| Token { id });
    let payment_type = is_bank(method).then_some(PaymentType { name: "CHECK" });
    Payment { customer, payment_instrument: Token { id: &method.token }, payment_type }
}

pub(crate) fn is_bank(method: &Method) -> bool {
    matches!(method.method_type, MethodType::Ach)
}

/// What a bank transfer is, for the clearing house; a card needs no word for it.
fn bank(method: &Method, sec_code: &'static str) -> Option<BankTransfer> {
    is_bank(method).then_some(BankTransfer { sec_code })
}

/// Path and body of an instruction. A referenced refund has its payment in the path and no method in
/// the body; a credit has no payment anywhere.
///
/// # Errors
///
/// A no of our own for a payment with an id that cannot be CyberSource's.
pub(crate) fn of(instruction: &Instruction) -> Result<(String, String), Decline> {
    let amount_details = Amount {
        total_amount: instruction.amount.to_decimal(),
        currency: instruction.amount.currency().code(),
    };
    let mut body = Body {
        client_reference_information: Reference {
            code: &instruction.reference,
            transaction_id: &instruction.key,
        },
        processing_information: None,
        payment_information: None,
        order_information: Some(Order { amount_details }),
    };
    let payment_path = |id: &str, what: &str| {
        if is_id(id) {
            return Ok(format!("/pts/v2/payments/{id}/{what}"));
        }
        Err(refusal(DeclineCode::PaymentUnknown, "the payment has no id of CyberSource's"))
    };
    let path = match &instruction.action {
        Action::Charge { method } => {
            body.payment_information = Some(stored(method));
            body.processing_information = Some(Processing {
                capture: Some(true),
                bank_transfer_options: bank(method, "WEB"),
            });
            "/pts/v2/payments".to_owned()
        }
        Action::Refund { payment, method } => {
            body.processing_information = bank(method, "PPD")
                .map(|bank| Processing { capture: None, bank_transfer_options: Some(bank) });
            payment_path(&payment.id, "refunds")?
        }
        Action::Credit { method } => {
            body.payment_information = Some(stored(method));
            body.processing_information = bank(method, "PPD")
                .map(|bank| Processing { capture: None, bank_transfer_options: Some(bank) });
            "/pts/v2/credits".to_owned()
        }
        // All of it, so no amount.
        Action::Void { payment, .. } => {
            body.order_information = None;
            payment_path(&payment.id, "voids")?
        }
    };
    // Texts and nothing else: it can be written.
    Ok((path, serde_json::to_string(&body).unwrap_or_default()))
}
