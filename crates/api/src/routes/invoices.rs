//! Invoices: posting, transfers to the credit balance, adjustments.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use engine::Reader;
use receivables::command::OneInvoice;
use receivables::id::{Numbered, Ref};
use receivables::{Command, InvoiceNo, Rejection};
use reports::{Explained, InvoiceFigures};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, FilterErrors, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{AdjustInvoice, Body, MoveAmount, named};
use crate::context::{AsOfQuery, Asked, ExplainQuery, Name, Query};
use crate::list::InvoiceListQuery;
use crate::problem::ApiError;
use crate::views::{InvoiceView, labeled, labeled_one};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invoices))
        .routes(routes!(list_open_invoices))
        .routes(routes!(get_invoice))
        .routes(routes!(get_invoice_balance))
        .routes(routes!(explain_invoice))
        .routes(routes!(post_invoice))
        .routes(routes!(unpost_invoice))
        .routes(routes!(cancel_invoice))
        .routes(routes!(transfer_to_credit_balance))
        .routes(routes!(counter_adjust))
        .routes(routes!(adjust_invoice))
}

/// A page of invoices.
#[derive(Serialize, ToSchema)]
struct InvoicePage {
    /// The invoices, newest first.
    invoices: Vec<InvoiceView>,
    /// Give this as `cursor` for the next page; absent on the last.
    #[schema(example = "I00000041")]
    next_cursor: Option<String>,
}

/// The most open invoices shown of one account.
const OPEN_MAX: usize = 1_000;

fn broken(error: money::MoneyError) -> ApiError {
    ApiError::internal(error.to_string())
}

fn existing(
    reader: &dyn Reader,
    named: Ref<InvoiceNo>,
) -> Result<receivables::invoice::Invoice, ApiError> {
    let found = reader.invoice(named.no)?.filter(|found| named.matches(found.drafted_at));
    found.ok_or_else(|| Rejection::not_found(named.no.document()).into())
}

fn full_view(reader: &dyn Reader, named: Ref<InvoiceNo>) -> Result<InvoiceView, ApiError> {
    let invoice = existing(reader, named)?;
    let record = reader.invoice_record(invoice.no)?;
    let record = record.ok_or_else(|| Rejection::not_found(invoice.no.document()))?;
    let view = InvoiceView::new(&invoice).map_err(broken)?;
    labeled_one(reader, view.with_record(&record, &reader.settings()?).map_err(broken)?)
}

/// List invoices, newest first.
#[utoipa::path(get, path = "/api/v1/invoices", tag = "invoices", params(InvoiceListQuery),
    responses((status = 200, description = "A page of invoices", body = InvoicePage), ReadErrors, FilterErrors))]
async fn list_invoices(
    State(app): State<App>,
    Query(query): Query<InvoiceListQuery>,
) -> Result<Json<InvoicePage>, ApiError> {
    let (wanted, listed) = query.resolve()?;
    let page = app
        .read(move |reader| {
            let mut invoices = Vec::new();
            if let Some(id) = wanted {
                if let Some(no) = reader.find_invoice(&id)? {
                    invoices.push(full_view(reader, Ref::to(no))?);
                }
                return Ok(InvoicePage { invoices, next_cursor: None });
            }
            let (numbers, next_cursor) = listed.numbers::<InvoiceNo>(reader)?;
            for invoice in reader.invoices(&numbers)? {
                invoices.push(InvoiceView::new(&invoice).map_err(broken)?);
            }
            let invoices = labeled(reader, invoices)?;
            Ok(InvoicePage { invoices, next_cursor })
        })
        .await?;
    Ok(Json(page))
}

/// List the invoices of an account that have a balance, oldest due first.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/open-invoices", tag = "invoices",
    params(("account" = String, Path, description = "Number or id", example = "A00000001")),
    responses((status = 200, description = "A page of invoices", body = InvoicePage), ReadErrors))]
async fn list_open_invoices(
    State(app): State<App>,
    Name(account): Name,
) -> Result<Json<InvoicePage>, ApiError> {
    let named: Ref<receivables::AccountNo> = named(&account)?;
    let page = app
        .read(move |reader| {
            let found = reader.account(named.no)?.filter(|found| named.matches(found.opened_at));
            let account = found.ok_or_else(|| Rejection::not_found(named.no.document()))?;
            let open = reader.open_invoices(account.no, OPEN_MAX)?;
            let views = open.iter().map(InvoiceView::new);
            let invoices = labeled(reader, views.collect::<Result<_, _>>().map_err(broken)?)?;
            Ok(InvoicePage { invoices, next_cursor: None })
        })
        .await?;
    Ok(Json(page))
}

/// Show an invoice with its items.
#[utoipa::path(get, path = "/api/v1/invoices/{invoice}", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001")),
    responses((status = 200, description = "The invoice", body = InvoiceView), ReadErrors))]
async fn get_invoice(
    State(app): State<App>,
    Name(invoice): Name,
) -> Result<Json<InvoiceView>, ApiError> {
    let named = named(&invoice)?;
    Ok(Json(app.read(move |reader| full_view(reader, named)).await?))
}

/// Show the balance of an invoice, now or at the end of any day.
#[utoipa::path(get, path = "/api/v1/invoices/{invoice}/balance", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001"), AsOfQuery),
    responses((status = 200, description = "The balance", body = InvoiceFigures), ReadErrors))]
async fn get_invoice_balance(
    State(app): State<App>,
    Name(invoice): Name,
    Query(query): Query<AsOfQuery>,
) -> Result<Json<InvoiceFigures>, ApiError> {
    let named = named(&invoice)?;
    let figures = app
        .read(move |reader| {
            let no = existing(reader, named)?.no;
            Ok(reports::invoice_as_of(reader, no, query.as_of)?)
        })
        .await?;
    Ok(Json(figures))
}

/// Explain the balance of an invoice: the documents that make it, summing to it.
#[utoipa::path(get, path = "/api/v1/invoices/{invoice}/explain", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001"), ExplainQuery),
    responses((status = 200, description = "The documents that make the balance", body = Explained), ReadErrors))]
async fn explain_invoice(
    State(app): State<App>,
    Name(invoice): Name,
    Query(query): Query<ExplainQuery>,
) -> Result<Json<Explained>, ApiError> {
    let (named, lines) = (named(&invoice)?, query.lines()?);
    let explained = app
        .read(move |reader| {
            let no = existing(reader, named)?.no;
            Ok(reports::explain_invoice(reader, no, query.as_of, lines)?)
        })
        .await?;
    Ok(Json(explained))
}

/// Post a draft.
#[utoipa::path(post, path = "/api/v1/invoices/{invoice}/post", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn post_invoice(
    State(app): State<App>,
    asked: Asked,
    Name(invoice): Name,
) -> Result<Response, ApiError> {
    let command = Command::PostInvoice(OneInvoice { invoice: named(&invoice)? });
    asked.execute(&app, command).await
}

/// Take a posted invoice back to draft.
#[utoipa::path(post, path = "/api/v1/invoices/{invoice}/unpost", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn unpost_invoice(
    State(app): State<App>,
    asked: Asked,
    Name(invoice): Name,
) -> Result<Response, ApiError> {
    let command = Command::UnpostInvoice(OneInvoice { invoice: named(&invoice)? });
    asked.execute(&app, command).await
}

/// Cancel a draft for ever.
#[utoipa::path(post, path = "/api/v1/invoices/{invoice}/cancel", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn cancel_invoice(
    State(app): State<App>,
    asked: Asked,
    Name(invoice): Name,
) -> Result<Response, ApiError> {
    let command = Command::CancelInvoice(OneInvoice { invoice: named(&invoice)? });
    asked.execute(&app, command).await
}

/// Transfer a negative invoice to the credit balance.
#[utoipa::path(post, path = "/api/v1/invoices/{invoice}/transfer", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001"), DryRun, KeyHeader),
    request_body = MoveAmount, responses(CommandResponses))]
async fn transfer_to_credit_balance(
    State(app): State<App>,
    asked: Asked,
    Name(invoice): Name,
    Body(body): Body<MoveAmount>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.transfer(named(&invoice)?)).await
}

/// Reverse earlier credit balance adjustments of an invoice by one of the opposite type.
#[utoipa::path(post, path = "/api/v1/invoices/{invoice}/counter-adjust", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000002"), DryRun, KeyHeader),
    request_body = MoveAmount, responses(CommandResponses))]
async fn counter_adjust(
    State(app): State<App>,
    asked: Asked,
    Name(invoice): Name,
    Body(body): Body<MoveAmount>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.counter_adjust(named(&invoice)?)).await
}

/// Adjust items of an invoice; several lines are judged on the net.
#[utoipa::path(post, path = "/api/v1/invoices/{invoice}/adjust", tag = "invoices",
    params(("invoice" = String, Path, description = "Number or id", example = "INV00000001"), DryRun, KeyHeader),
    request_body = AdjustInvoice, responses(CommandResponses))]
async fn adjust_invoice(
    State(app): State<App>,
    asked: Asked,
    Name(invoice): Name,
    Body(body): Body<AdjustInvoice>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&invoice)?)?).await
}
