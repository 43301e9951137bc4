use std::collections::BTreeMap;

use gateway::{
    Action, Decline, DeclineCode, HttpMethod, HttpRequest, Instruction, Method, PaymentRef, Secret,
};
use gateway_kit::query::is_id;
use gateway_kit::refusal;
use jiff::Timestamp;
use serde::Serialize;

/// How long a look-alike is refused, in seconds: as long as can be asked for.
const DUPLICATE_WINDOW: &str = "28800";
/// The most characters of an invoice number. A longer one would be cut off and never found again.
const REFERENCE_MAX: usize = 20;
/// Transactions on one page of a list.
pub(crate) const PAGE: usize = 1000;

/// Who asks.
pub(crate) struct Account {
    pub(crate) login: Secret,
    pub(crate) transaction_key: Secret,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authentication<'a> {
    name: &'a str,
    transaction_key: &'a str,
}

/// The id of the payment that a refund or void is of; never empty, never zero. Without one, a refund
/// would be a credit.
#[derive(Clone, Copy, Serialize)]
#[serde(transparent)]
struct RefTransId<'a>(&'a str);

impl<'a> RefTransId<'a> {
    fn of(payment: &'a PaymentRef) -> Result<Self, Decline> {
        if is_transaction(&payment.id) {
            return Ok(Self(&payment.id));
        }
        Err(refusal(DeclineCode::PaymentUnknown, "the payment has no id of Authorize.Net's"))
    }
}

/// Whether an id is one of a transaction: zero stands for none.
pub(crate) fn is_transaction(id: &str) -> bool {
    is_id(id) && id.bytes().any(|byte| byte != b'0')
}

// The order of fields is that of Authorize.Net's schema, which matters in JSON too.

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Charge<'a> {
    transaction_type: &'static str,
    amount: String,
    currency_code: &'static str,
    profile: Profile<'a>,
    order: Order<'a>,
    transaction_settings: Settings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Refund<'a> {
    transaction_type: &'static str,
    amount: String,
    currency_code: &'static str,
    #[serde(flatten)]
    to: Destination<'a>,
    ref_trans_id: RefTransId<'a>,
    order: Order<'a>,
    transaction_settings: Settings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credit<'a> {
    transaction_type: &'static str,
    amount: String,
    currency_code: &'static str,
    profile: Profile<'a>,
    order: Order<'a>,
    transaction_settings: Settings,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Void<'a> {
    transaction_type: &'static str,
    ref_trans_id: RefTransId<'a>,
}

/// A stored method, or a card by its last digits where the profile is gone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Destination<'a> {
    Payment(Payment<'a>),
    Profile(Profile<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Payment<'a> {
    credit_card: CreditCard<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreditCard<'a> {
    card_number: &'a str,
    expiration_date: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Profile<'a> {
    customer_profile_id: &'a str,
    payment_profile: PaymentProfile<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentProfile<'a> {
    payment_profile_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Order<'a> {
    invoice_number: &'a str,
    description: &'a str,
}

#[derive(Serialize)]
struct Settings {
    setting: [Setting; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Setting {
    setting_name: &'static str,
    setting_value: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Create<'a, T> {
    merchant_authentication: Authentication<'a>,
    ref_id: &'a str,
    transaction_request: T,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bare<'a> {
    merchant_authentication: Authentication<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    merchant_authentication: Authentication<'a>,
    trans_id: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Unsettled<'a> {
    merchant_authentication: Authentication<'a>,
    status: &'static str,
    sorting: Sorting,
    paging: Paging,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Batches<'a> {
    merchant_authentication: Authentication<'a>,
    first_settlement_date: String,
    last_settlement_date: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OfBatch<'a> {
    merchant_authentication: Authentication<'a>,
    batch_id: &'a str,
    sorting: Sorting,
    paging: Paging,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sorting {
    order_by: &'static str,
    order_descending: bool,
}

#[derive(Serialize)]
struct Paging {
    limit: usize,
    offset: u32,
}

const NEWEST_FIRST: Sorting = Sorting { order_by: "submitTimeUTC", order_descending: true };

fn profile(method: &Method) -> Result<Profile<'_>, Decline> {
    let Some(customer_profile_id) = method.customer.as_deref() else {
        let message = "Authorize.Net needs the customer profile of the payment profile";
        return Err(refusal(DeclineCode::InvalidRequest, message));
    };
    let payment_profile = PaymentProfile { payment_profile_id: &method.token };
    Ok(Profile { customer_profile_id, payment_profile })
}

fn destination(method: &Method) -> Result<Destination<'_>, Decline> {
    match (&method.customer, &method.last_four) {
        (None, Some(card_number)) if method.method_type.is_card() => {
            let credit_card = CreditCard { card_number, expiration_date: "XXXX" };
            Ok(Destination::Payment(Payment { credit_card }))
        }
        _ => profile(method).map(Destination::Profile),
    }
}

impl Account {
    fn authentication(&self) -> Authentication<'_> {
        Authentication { name: self.login.reveal(), transaction_key: self.transaction_key.reveal() }
    }

    /// The request that moves money.
    ///
    /// # Errors
    ///
    /// A no of our own for what cannot be asked.
    pub(crate) fn create(&self, instruction: &Instruction) -> Result<HttpRequest, Decline> {
        if instruction.reference.len() > REFERENCE_MAX {
            let message = "Authorize.Net takes references of 20 characters at most";
            return Err(refusal(DeclineCode::InvalidRequest, message));
        }
        let amount = instruction.amount.to_decimal();
        let currency_code = instruction.amount.currency().code();
        let order = Order { invoice_number: &instruction.reference, description: &instruction.key };
        let setting_name = "duplicateWindow";
        let setting = [Setting { setting_name, setting_value: DUPLICATE_WINDOW }];
        let transaction_settings = Settings { setting };
        Ok(match &instruction.action {
            Action::Charge { method } => self.transaction(
                instruction,
                Charge {
                    transaction_type: "authCaptureTransaction",
                    amount,
                    currency_code,
                    profile: profile(method)?,
                    order,
                    transaction_settings,
                },
            ),
            Action::Refund { payment, method } => self.transaction(
                instruction,
                Refund {
                    transaction_type: "refundTransaction",
                    amount,
                    currency_code,
                    to: destination(method)?,
                    ref_trans_id: RefTransId::of(payment)?,
                    order,
                    transaction_settings,
                },
            ),
            Action::Credit { method } => self.transaction(
                instruction,
                Credit {
                    transaction_type: "refundTransaction",
                    amount,
                    currency_code,
                    profile: profile(method)?,
                    order,
                    transaction_settings,
                },
            ),
            Action::Void { payment, .. } => self.transaction(
                instruction,
                Void {
                    transaction_type: "voidTransaction",
                    ref_trans_id: RefTransId::of(payment)?,
                },
            ),
        })
    }

    fn transaction<T: Serialize>(&self, instruction: &Instruction, request: T) -> HttpRequest {
        posted(
            "createTransactionRequest",
            Create {
                merchant_authentication: self.authentication(),
                ref_id: &instruction.reference,
                transaction_request: request,
            },
        )
    }

    /// Proves the credentials.
    pub(crate) fn test(&self) -> HttpRequest {
        posted("authenticateTestRequest", Bare { merchant_authentication: self.authentication() })
    }

    /// Asks for one transaction.
    pub(crate) fn details(&self, id: &str) -> HttpRequest {
        let merchant_authentication = self.authentication();
        posted("getTransactionDetailsRequest", Details { merchant_authentication, trans_id: id })
    }

    /// Asks for a page of what is not settled: all of it, or what is held for review.
    pub(crate) fn unsettled(&self, held: bool, page: u32) -> HttpRequest {
        posted(
            "getUnsettledTransactionListRequest",
            Unsettled {
                merchant_authentication: self.authentication(),
                status: if held { "pendingApproval" } else { "any" },
                sorting: NEWEST_FIRST,
                paging: Paging { limit: PAGE, offset: page },
            },
        )
    }

    /// Asks which batches were settled in a time of at most 31 days.
    pub(crate) fn batches(&self, from: Timestamp, to: Timestamp) -> HttpRequest {
        let written = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        posted(
            "getSettledBatchListRequest",
            Batches {
                merchant_authentication: self.authentication(),
                first_settlement_date: written(from),
                last_settlement_date: written(to),
            },
        )
    }

    /// Asks for a page of a batch.
    pub(crate) fn batch(&self, id: &str, page: u32) -> HttpRequest {
        posted(
            "getTransactionListRequest",
            OfBatch {
                merchant_authentication: self.authentication(),
                batch_id: id,
                sorting: NEWEST_FIRST,
                paging: Paging { limit: PAGE, offset: page },
            },
        )
    }
}

/// Every request is a POST to the same path, under its own name.
fn posted<T: Serialize>(name: &str, request: T) -> HttpRequest {
    let headers = [("Content-Type", "application/json"), ("Accept", "application/json")];
    HttpRequest {
        method: HttpMethod::Post,
        path: "/xml/v1/request.api".to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        // Texts and numbers only: it can be written.
        body: serde_json::to_string(&BTreeMap::from([(name, request)])).unwrap_or_default(),
    }
}
