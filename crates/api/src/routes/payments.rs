//! Payments: showing, listing, canceling, refunding; charging, voiding and following electronic ones.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use engine::Reader;
use receivables::books::PaymentState;
use receivables::command::OrderRef;
use receivables::id::Numbered;
use receivables::{Command, PaymentNo};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{find, page};
use super::orders::{attempts, order_of, orders_of};
use super::responses::{CommandResponses, DryRun, FilterErrors, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{
    Body, CancelDocument, ChargePayment, NoteDispute, RefundPayment, ResolveOrder, named,
};
use crate::context::{Asked, Name, Query};
use crate::list::ListQuery;
use crate::problem::ApiError;
use crate::views::{AttemptPage, PaymentView, labeled, labeled_one};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_payments))
        .routes(routes!(get_payment))
        .routes(routes!(list_payment_attempts))
        .routes(routes!(cancel_payment))
        .routes(routes!(refund_payment))
        .routes(routes!(charge_payment))
        .routes(routes!(void_payment))
        .routes(routes!(note_dispute))
        .routes(routes!(resolve_payment))
        .routes(routes!(refresh_payment))
}

/// A page of payments.
#[derive(Serialize, ToSchema)]
struct PaymentPage {
    /// The payments, newest first.
    payments: Vec<PaymentView>,
    /// Give this as `cursor` for the next page; absent on the last.
    next_cursor: Option<String>,
}

fn money_error(error: money::MoneyError) -> ApiError {
    ApiError::internal(error.to_string())
}

/// List payments, newest first.
#[utoipa::path(get, path = "/api/v1/payments", tag = "documents", params(ListQuery),
    responses((status = 200, description = "A page of payments", body = PaymentPage), ReadErrors, FilterErrors))]
async fn list_payments(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<PaymentPage>, ApiError> {
    let view = |reader: &dyn Reader, numbers: &[PaymentNo]| {
        let payments = reader.payments(numbers)?;
        let electronic = payments.iter().filter(|it| it.recorded.document.method.is_some());
        let named: Vec<_> = electronic.map(|it| it.recorded.document.no.document()).collect();
        let (orders, settings) = orders_of(reader, &named)?;
        let view = |state: &PaymentState| {
            let order = orders.get(&state.recorded.document.no.document());
            PaymentView::new(state, order, &settings).map_err(money_error)
        };
        labeled(reader, payments.iter().map(view).collect::<Result<_, _>>()?)
    };
    let (payments, next_cursor) = page(&app, query, view).await?;
    Ok(Json(PaymentPage { payments, next_cursor }))
}

/// Show a payment.
#[utoipa::path(get, path = "/api/v1/payments/{payment}", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000001")),
    responses((status = 200, description = "The payment", body = PaymentView), ReadErrors))]
async fn get_payment(
    State(app): State<App>,
    Name(payment): Name,
) -> Result<Json<PaymentView>, ApiError> {
    let state =
        find(&app, &payment, |reader, no| reader.payment(no), |state| state.recorded.at).await?;
    let view = app
        .read(move |reader| {
            let (order, settings) = order_of(reader, state.recorded.document.no.document())?;
            let view = PaymentView::new(&state, order.as_ref(), &settings).map_err(money_error)?;
            labeled_one(reader, view)
        })
        .await?;
    Ok(Json(view))
}

/// Cancel an external payment, as of its own date.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/cancel", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000001"), DryRun, KeyHeader),
    request_body = CancelDocument, responses(CommandResponses))]
async fn cancel_payment(
    State(app): State<App>,
    asked: Asked,
    Name(payment): Name,
    Body(body): Body<CancelDocument>,
) -> Result<Response, ApiError> {
    let command = Command::CancelPayment(body.command(named(&payment)?));
    asked.execute(&app, command).await
}

/// Refund a payment; its invoices reopen, and come to zero if `adjust` is set.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/refund", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000001"), DryRun, KeyHeader),
    request_body = RefundPayment, responses(CommandResponses))]
async fn refund_payment(
    State(app): State<App>,
    asked: Asked,
    Name(payment): Name,
    Body(body): Body<RefundPayment>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&payment)?)?).await
}

/// Charge a stored payment method; the books change when the gateway says that it paid.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/payments/charge", tag = "documents",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = ChargePayment, responses(CommandResponses))]
async fn charge_payment(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<ChargePayment>,
) -> Result<Response, ApiError> {
    let command = body.command(named(&account)?)?;
    asked.execute(&app, command).await
}

/// Void an electronic payment before it is settled.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/void", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000002"), DryRun, KeyHeader),
    request_body = CancelDocument, responses(CommandResponses))]
async fn void_payment(
    State(app): State<App>,
    asked: Asked,
    Name(payment): Name,
    Body(body): Body<CancelDocument>,
) -> Result<Response, ApiError> {
    let command = Command::VoidPayment(body.command(named(&payment)?));
    asked.execute(&app, command).await
}

/// Note that a dispute of a payment was opened or closed.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/dispute", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000002"), DryRun, KeyHeader),
    request_body = NoteDispute, responses(CommandResponses))]
async fn note_dispute(
    State(app): State<App>,
    asked: Asked,
    Name(payment): Name,
    Body(body): Body<NoteDispute>,
) -> Result<Response, ApiError> {
    let command = body.command(named(&payment)?);
    asked.execute(&app, command).await
}

/// Say how an electronic payment ended whose outcome the gateway does not tell; possible once.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/resolve", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000002"), DryRun, KeyHeader),
    request_body = ResolveOrder, responses(CommandResponses))]
async fn resolve_payment(
    State(app): State<App>,
    asked: Asked,
    Name(payment): Name,
    Body(body): Body<ResolveOrder>,
) -> Result<Response, ApiError> {
    let command = body.command(named::<PaymentNo>(&payment)?.into());
    asked.execute(&app, command).await
}

/// Ask the gateway now what became of an electronic payment.
#[utoipa::path(post, path = "/api/v1/payments/{payment}/refresh", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000002"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn refresh_payment(
    State(app): State<App>,
    asked: Asked,
    Name(payment): Name,
) -> Result<Response, ApiError> {
    let command = Command::HurryOrder(named::<PaymentNo>(&payment)?.into());
    asked.execute(&app, command).await
}

/// Show the life of an electronic payment: every attempt, with its key and what the gateway said.
#[utoipa::path(get, path = "/api/v1/payments/{payment}/attempts", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000002")),
    responses((status = 200, description = "What happened, oldest first", body = AttemptPage), ReadErrors))]
async fn list_payment_attempts(
    State(app): State<App>,
    Name(payment): Name,
) -> Result<Json<AttemptPage>, ApiError> {
    let named: OrderRef = named::<PaymentNo>(&payment)?.into();
    Ok(Json(app.read(move |reader| attempts(reader, named)).await?))
}
