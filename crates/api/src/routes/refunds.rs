//! Refunds: showing, listing, canceling; following electronic ones.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use engine::Reader;
use receivables::books::Recorded;
use receivables::command::OrderRef;
use receivables::id::Numbered;
use receivables::refund::Refund;
use receivables::{Command, RefundNo};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::{find, page};
use super::orders::{attempts, order_of, orders_of};
use super::responses::{CommandResponses, DryRun, FilterErrors, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{Body, CancelDocument, ResolveOrder, named};
use crate::context::{Asked, Name, Query};
use crate::list::ListQuery;
use crate::problem::ApiError;
use crate::views::{AttemptPage, RefundView, labeled, labeled_one};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_refunds))
        .routes(routes!(get_refund))
        .routes(routes!(list_refund_attempts))
        .routes(routes!(cancel_refund))
        .routes(routes!(resolve_refund))
        .routes(routes!(refresh_refund))
}

/// A page of refunds.
#[derive(Serialize, ToSchema)]
struct RefundPage {
    /// The refunds, newest first.
    refunds: Vec<RefundView>,
    /// Give this as `cursor` for the next page; absent on the last.
    next_cursor: Option<String>,
}

/// List refunds, newest first.
#[utoipa::path(get, path = "/api/v1/refunds", tag = "documents", params(ListQuery),
    responses((status = 200, description = "A page of refunds", body = RefundPage), ReadErrors, FilterErrors))]
async fn list_refunds(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<RefundPage>, ApiError> {
    let view = |reader: &dyn Reader, numbers: &[RefundNo]| {
        let refunds = reader.refunds(numbers)?;
        let electronic = refunds.iter().filter(|it| it.document.method.is_some());
        let named: Vec<_> = electronic.map(|it| it.document.no.document()).collect();
        let (orders, settings) = orders_of(reader, &named)?;
        let view = |refund: &Recorded<Refund>| {
            RefundView::new(refund, orders.get(&refund.document.no.document()), &settings)
        };
        labeled(reader, refunds.iter().map(view).collect())
    };
    let (refunds, next_cursor) = page(&app, query, view).await?;
    Ok(Json(RefundPage { refunds, next_cursor }))
}

/// Show a refund.
#[utoipa::path(get, path = "/api/v1/refunds/{refund}", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000001")),
    responses((status = 200, description = "The refund", body = RefundView), ReadErrors))]
async fn get_refund(
    State(app): State<App>,
    Name(refund): Name,
) -> Result<Json<RefundView>, ApiError> {
    let recorded = find(&app, &refund, |reader, no| reader.refund(no), |found| found.at).await?;
    let view = app
        .read(move |reader| {
            let (order, settings) = order_of(reader, recorded.document.no.document())?;
            labeled_one(reader, RefundView::new(&recorded, order.as_ref(), &settings))
        })
        .await?;
    Ok(Json(view))
}

/// Cancel the refund of a payment; a refund of a credit balance is final.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/cancel", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000001"), DryRun, KeyHeader),
    request_body = CancelDocument, responses(CommandResponses))]
async fn cancel_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
    Body(body): Body<CancelDocument>,
) -> Result<Response, ApiError> {
    let command = Command::CancelRefund(body.command(named(&refund)?));
    asked.execute(&app, command).await
}

/// Say how an electronic refund ended whose outcome the gateway does not tell; possible once.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/resolve", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002"), DryRun, KeyHeader),
    request_body = ResolveOrder, responses(CommandResponses))]
async fn resolve_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
    Body(body): Body<ResolveOrder>,
) -> Result<Response, ApiError> {
    let command = body.command(named::<RefundNo>(&refund)?.into());
    asked.execute(&app, command).await
}

/// Ask the gateway now what became of an electronic refund.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/refresh", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn refresh_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
) -> Result<Response, ApiError> {
    let command = Command::HurryOrder(named::<RefundNo>(&refund)?.into());
    asked.execute(&app, command).await
}

/// Show the life of an electronic refund: every attempt, with its key and what the gateway said.
#[utoipa::path(get, path = "/api/v1/refunds/{refund}/attempts", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002")),
    responses((status = 200, description = "What happened, oldest first", body = AttemptPage), ReadErrors))]
async fn list_refund_attempts(
    State(app): State<App>,
    Name(refund): Name,
) -> Result<Json<AttemptPage>, ApiError> {
    let named: OrderRef = named::<RefundNo>(&refund)?.into();
    Ok(Json(app.read(move |reader| attempts(reader, named)).await?))
}
