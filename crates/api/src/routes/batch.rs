//! Many commands in one call, each with its own key and its own answer.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use engine::Outcome;
use receivables::Command;
use receivables::command::OneInvoice;
use receivables::fact::Fact;
use receivables::id::{Numbered, Ref};
use receivables::order::OrderState;
use reports::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::ReadErrors;
use crate::body::{
    AddPaymentMethod, AdjustInvoice, ApplyCredit, Body, CancelAdjustment, CancelDocument,
    ChargePayment, CollectDue, CreateInvoice, MoveAmount, OpenAccount, RecordPayment, RefundCredit,
    RefundPayment, named, parse,
};
use crate::context::Asked;
use crate::problem::{ApiError, Problem};
use crate::views::{EffectView, render_effect};
use crate::{App, BATCH_BODY_MAX};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(execute_batch)).layer(DefaultBodyLimit::max(BATCH_BODY_MAX))
}

/// What a batch answers per command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Detail {
    /// Entry, documents made, and balances after.
    #[default]
    Brief,
    /// The full effect, as the single command answers it.
    Full,
}

/// A list of commands, executed in order; each succeeds or fails on its own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"commands": [{"idempotency_key": "order-1042-refund", "operation": "refund_credit_balance", "account": "A00000001", "body": {"method_type": "check", "amount": "60.00"}}]}))]
struct Batch {
    /// The commands, at most 1,000.
    #[schema(max_items = 1000)]
    commands: Vec<Item>,
    /// How much to answer per command.
    #[serde(default)]
    detail: Detail,
}

/// One command of a batch: the operation, its subject, and the body of the single command.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Item {
    /// A text of your own, new for each command, repeated when you repeat the batch. Required unless
    /// `dry_run=true`.
    #[schema(min_length = 1, max_length = 255)]
    idempotency_key: Option<String>,
    /// What to do.
    operation: Operation,
    /// Number or id of the account, for operations on an account.
    #[schema(example = "A00000001")]
    account: Option<String>,
    /// Number or id of the invoice, for operations on an invoice.
    invoice: Option<String>,
    /// Number or id of the payment, for operations on a payment.
    payment: Option<String>,
    /// Number or id of the adjustment, for operations on an adjustment.
    adjustment: Option<String>,
    /// Number or id of the refund, for operations on a refund.
    refund: Option<String>,
    /// As for the single command.
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
}

/// What a command of a batch does; each stands for the single command of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Operation {
    /// `POST /accounts`
    OpenAccount,
    /// `POST /accounts/{account}/invoices`
    CreateInvoice,
    /// `POST /accounts/{account}/payments`
    RecordPayment,
    /// `POST /accounts/{account}/credit-balance/apply`
    ApplyCreditBalance,
    /// `POST /accounts/{account}/credit-balance/refund`
    RefundCreditBalance,
    /// `POST /invoices/{invoice}/post`
    PostInvoice,
    /// `POST /invoices/{invoice}/unpost`
    UnpostInvoice,
    /// `POST /invoices/{invoice}/cancel`
    CancelInvoice,
    /// `POST /invoices/{invoice}/transfer`
    TransferToCreditBalance,
    /// `POST /invoices/{invoice}/counter-adjust`
    CounterAdjust,
    /// `POST /invoices/{invoice}/adjust`
    AdjustInvoice,
    /// `POST /credit-balance-adjustments/{adjustment}/cancel`
    CancelCreditBalanceAdjustment,
    /// `POST /invoice-item-adjustments/{adjustment}/cancel`
    CancelInvoiceItemAdjustment,
    /// `POST /payments/{payment}/cancel`
    CancelPayment,
    /// `POST /payments/{payment}/refund`
    RefundPayment,
    /// `POST /refunds/{refund}/cancel`
    CancelRefund,
    /// `POST /accounts/{account}/payment-methods`
    AddPaymentMethod,
    /// `POST /accounts/{account}/payments/charge`
    ChargePayment,
    /// `POST /accounts/{account}/collect`
    CollectDue,
    /// `POST /payments/{payment}/void`
    VoidPayment,
}

impl Item {
    fn body<T: serde::de::DeserializeOwned>(&self) -> Result<T, ApiError> {
        parse(self.body.as_ref().map_or("{}", |body| body.get()).as_bytes())
    }

    /// The subject the operation needs; any other one given is a mistake worth refusing.
    fn subject<N: Numbered>(&self, wanted: &str) -> Result<Ref<N>, ApiError> {
        self.only(wanted)?;
        let given = self.subjects().into_iter().find(|(name, _)| *name == wanted);
        match given.and_then(|(_, value)| value) {
            Some(text) => named(text),
            None => {
                let detail = format!("this operation needs {wanted}: its number or id");
                Err(ApiError::bad_request("body_invalid", detail).with("field", wanted))
            }
        }
    }

    fn subjects(&self) -> [(&'static str, Option<&str>); 5] {
        [
            ("account", self.account.as_deref()),
            ("invoice", self.invoice.as_deref()),
            ("payment", self.payment.as_deref()),
            ("adjustment", self.adjustment.as_deref()),
            ("refund", self.refund.as_deref()),
        ]
    }

    fn only(&self, wanted: &str) -> Result<(), ApiError> {
        let other =
            self.subjects().into_iter().find(|(name, value)| value.is_some() && *name != wanted);
        match other {
            Some((name, _)) => {
                let detail = format!("this operation takes no {name}");
                Err(ApiError::bad_request("body_invalid", detail).with("field", name))
            }
            None => Ok(()),
        }
    }

    /// For operations without a body.
    fn bare<N: Numbered>(&self, wanted: &str) -> Result<Ref<N>, ApiError> {
        let _: Nothing = self.body()?;
        self.subject(wanted)
    }

    fn command(&self) -> Result<Command, ApiError> {
        Ok(match self.operation {
            Operation::OpenAccount => {
                self.only("")?;
                self.body::<OpenAccount>()?.command()
            }
            Operation::CreateInvoice => {
                self.body::<CreateInvoice>()?.command(self.subject("account")?)
            }
            Operation::RecordPayment => {
                self.body::<RecordPayment>()?.command(self.subject("account")?)?
            }
            Operation::ApplyCreditBalance => {
                self.body::<ApplyCredit>()?.command(self.subject("account")?)?
            }
            Operation::RefundCreditBalance => {
                self.body::<RefundCredit>()?.command(self.subject("account")?)?
            }
            Operation::PostInvoice => {
                Command::PostInvoice(OneInvoice { invoice: self.bare("invoice")? })
            }
            Operation::UnpostInvoice => {
                Command::UnpostInvoice(OneInvoice { invoice: self.bare("invoice")? })
            }
            Operation::CancelInvoice => {
                Command::CancelInvoice(OneInvoice { invoice: self.bare("invoice")? })
            }
            Operation::TransferToCreditBalance => {
                self.body::<MoveAmount>()?.transfer(self.subject("invoice")?)
            }
            Operation::CounterAdjust => {
                self.body::<MoveAmount>()?.counter_adjust(self.subject("invoice")?)
            }
            Operation::AdjustInvoice => {
                self.body::<AdjustInvoice>()?.command(self.subject("invoice")?)?
            }
            Operation::CancelCreditBalanceAdjustment => {
                self.body::<CancelAdjustment>()?.command(self.subject("adjustment")?)
            }
            Operation::CancelInvoiceItemAdjustment => Command::CancelInvoiceItemAdjustment(
                self.body::<CancelDocument>()?.command(self.subject("adjustment")?),
            ),
            Operation::CancelPayment => Command::CancelPayment(
                self.body::<CancelDocument>()?.command(self.subject("payment")?),
            ),
            Operation::RefundPayment => {
                self.body::<RefundPayment>()?.command(self.subject("payment")?)?
            }
            Operation::CancelRefund => Command::CancelRefund(
                self.body::<CancelDocument>()?.command(self.subject("refund")?),
            ),
            Operation::AddPaymentMethod => {
                self.body::<AddPaymentMethod>()?.command(self.subject("account")?)
            }
            Operation::ChargePayment => {
                self.body::<ChargePayment>()?.command(self.subject("account")?)?
            }
            Operation::CollectDue => {
                self.body::<CollectDue>()?.command(self.subject("account")?)?
            }
            Operation::VoidPayment => Command::VoidPayment(
                self.body::<CancelDocument>()?.command(self.subject("payment")?),
            ),
        })
    }
}

/// A body with nothing in it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// The answers, in the order of the commands.
#[derive(Serialize, ToSchema)]
struct BatchAnswer {
    /// How many were done, now or earlier under the same key.
    accepted: usize,
    /// How many were refused.
    refused: usize,
    /// One per command.
    results: Vec<Answer>,
}

/// What became of one command.
#[derive(Serialize, ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
enum Answer {
    /// Done, or for a preview: would be done.
    Accepted(Brief),
    /// Done; the full effect.
    Effect(Box<EffectView>),
    /// Refused; nothing was changed by it.
    Refused(Problem),
}

/// The short form of an effect.
#[derive(Serialize, ToSchema)]
struct Brief {
    /// The journal entry.
    #[schema(example = "JE-00000004")]
    entry: String,
    /// The documents it made or changed.
    #[schema(example = json!(["R-00000001", "CBA-00000002"]))]
    documents: Vec<String>,
    /// The credit balance afterwards, if it changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "40.00")]
    credit_balance: Option<Decimal>,
    /// For an electronic refund or payment, how it stood right after: `processing` until the gateway says
    /// that the money moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "processing")]
    status: Option<&'static str>,
    /// True if it was done earlier under the same key.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
}

impl Brief {
    fn new(outcome: &Outcome) -> Self {
        let entry = &outcome.entry;
        let documents = entry.facts.iter().filter_map(|fact| match fact {
            Fact::AccountOpened(opened) => Some(opened.no.to_string()),
            Fact::AccountChanged(changed) => Some(changed.no.to_string()),
            // An order and labels stand behind a document that was named before them.
            Fact::SettingsChanged(_)
            | Fact::OrderPlaced(_)
            | Fact::Labeled(_)
            | Fact::PersonalDataNoted(_) => None,
            Fact::InvoiceDrafted(drafted) => Some(drafted.no.to_string()),
            Fact::InvoiceStatusChanged(changed) => Some(changed.invoice.to_string()),
            Fact::InvoiceItemAdjusted(adjusted) => Some(adjusted.no.to_string()),
            Fact::PaymentRecorded(payment) => Some(payment.no.to_string()),
            Fact::CreditBalanceAdjusted(adjusted) => Some(adjusted.no.to_string()),
            Fact::Refunded(refund) => Some(refund.no.to_string()),
            Fact::Canceled(canceled) => Some(canceled.document.to_string()),
            Fact::PaymentMethodAdded(method) => Some(method.no.to_string()),
            Fact::PaymentMethodChanged(changed) => Some(changed.no.to_string()),
            Fact::OrderMoved(moved) => Some(moved.document.to_string()),
            Fact::EnteredLate(late) => Some(late.document.to_string()),
        });
        let order = entry.facts.iter().find_map(|fact| match fact {
            Fact::OrderPlaced(placed) => Some(placed.state()),
            Fact::OrderMoved(moved) => Some(moved.state),
            _ => None,
        });
        let last = entry.postings.iter().rev().find_map(|posting| posting.credit_balance);
        Self {
            entry: entry.head.no.to_string(),
            documents: documents.collect(),
            credit_balance: last.map(|side| side.balance.into()),
            status: order.map(OrderState::status),
            replayed: outcome.replayed,
        }
    }
}

fn answer(outcome: Result<Outcome, engine::Failure>, detail: Detail) -> Answer {
    match outcome {
        Ok(outcome) if detail == Detail::Full => Answer::Effect(Box::new(render_effect(&outcome))),
        Ok(outcome) => Answer::Accepted(Brief::new(&outcome)),
        Err(failure) => Answer::Refused(ApiError::from(failure).problem()),
    }
}

/// Execute up to 1,000 commands in order; each has its own key and its own answer.
#[utoipa::path(post, path = "/api/v1/batch", tag = "documents",
    params(super::responses::DryRun), request_body = Batch,
    responses(
        (status = 200, description = "Every command was answered; see each result", body = BatchAnswer),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`content_type_not_json`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`too_many`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Nothing was acknowledged; send it again with the same keys", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn execute_batch(
    State(app): State<App>,
    asked: Asked,
    Body(batch): Body<Batch>,
) -> Result<Json<BatchAnswer>, ApiError> {
    if batch.commands.len() > engine::ARRAY_MAX {
        return Err(engine::Failure::TooMany { max: engine::ARRAY_MAX }.into());
    }
    let mut results: Vec<Option<Answer>> = Vec::with_capacity(batch.commands.len());
    let mut requests = Vec::with_capacity(batch.commands.len());
    for item in batch.commands {
        match request(&app, &asked, item) {
            Ok(request) => {
                requests.push(request);
                results.push(None);
            }
            Err(error) => results.push(Some(Answer::Refused(error.problem()))),
        }
    }
    let mut outcomes = app.engine.execute_all(requests).await?.into_iter();
    let detail = batch.detail;
    let fill = |slot: Option<Answer>| match slot {
        Some(refused) => refused,
        None => match outcomes.next() {
            Some(outcome) => answer(outcome, detail),
            None => Answer::Refused(ApiError::internal("an answer is missing").problem()),
        },
    };
    let results: Vec<Answer> = results.into_iter().map(fill).collect();
    let refused = results.iter().filter(|answer| matches!(answer, Answer::Refused(_))).count();
    Ok(Json(BatchAnswer { accepted: results.len() - refused, refused, results }))
}

fn request(app: &App, asked: &Asked, item: Item) -> Result<engine::Request, ApiError> {
    let key = match &item.idempotency_key {
        Some(text) => Some(engine::IdempotencyKey::try_new(text).map_err(|error| {
            ApiError::bad_request("idempotency_key_invalid", error.to_string())
        })?),
        None => None,
    };
    let command = item.command()?;
    asked.under(key).request(app, command)
}
