//! Adjustments of credit balances and of invoice items: showing, listing, canceling.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use engine::{Failure, ReadError, Reader, Request};
use receivables::command::{CancelAdjustment as CancelAdjustmentCommand, Words};
use receivables::id::{Numbered, Ref};
use receivables::{AdjustmentNo, Command, ItemAdjustmentNo, Rejection};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, FilterErrors, KeyHeader, ReadErrors};
use crate::App;
use crate::auth::Caller;
use crate::body::{Body, CancelAdjustment, CancelDocument, named};
use crate::context::{Asked, Name, Query};
use crate::list::{AdjustmentListQuery, ListQuery};
use crate::problem::ApiError;
use crate::views::{AdjustmentView, ItemAdjustmentView, RuleCheck, labeled, labeled_one};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_credit_balance_adjustments))
        .routes(routes!(get_credit_balance_adjustment))
        .routes(routes!(cancel_credit_balance_adjustment))
        .routes(routes!(list_invoice_item_adjustments))
        .routes(routes!(get_invoice_item_adjustment))
        .routes(routes!(cancel_invoice_item_adjustment))
}

/// A page of credit balance adjustments.
#[derive(Serialize, ToSchema)]
struct AdjustmentPage {
    /// The adjustments, newest first.
    credit_balance_adjustments: Vec<AdjustmentView>,
    /// Give this as `cursor` for the next page; absent on the last.
    next_cursor: Option<String>,
}

/// A page of invoice item adjustments.
#[derive(Serialize, ToSchema)]
struct ItemAdjustmentPage {
    /// The adjustments, newest first.
    invoice_item_adjustments: Vec<ItemAdjustmentView>,
    /// Give this as `cursor` for the next page; absent on the last.
    next_cursor: Option<String>,
}

/// A page of documents of one kind, newest first.
pub(super) async fn page<N: Numbered + 'static, V: Send + 'static>(
    app: &App,
    query: ListQuery,
    views: impl Fn(&dyn Reader, &[N]) -> Result<Vec<V>, ApiError> + Send + 'static,
) -> Result<(Vec<V>, Option<String>), ApiError> {
    let listed = query.resolve()?;
    app.read(move |reader| {
        let (numbers, next_cursor) = listed.numbers::<N>(reader)?;
        Ok((views(reader, &numbers)?, next_cursor))
    })
    .await
}

/// One document by name; the instant in an id must fit.
pub(super) async fn find<N: Numbered + Send + 'static, T: Send + 'static>(
    app: &App,
    text: &str,
    read: impl FnOnce(&dyn Reader, N) -> Result<Option<T>, ReadError> + Send + 'static,
    at: impl FnOnce(&T) -> jiff::Timestamp + Send + 'static,
) -> Result<T, ApiError> {
    let named: Ref<N> = named(text)?;
    let found = {
        let no = named.no;
        app.read(move |reader| Ok(read(reader, no)?)).await?
    };
    match found {
        Some(found) if named.stamp.is_none() => Ok(found),
        Some(found) => {
            let stamp = named.stamp;
            let at = at(&found);
            if stamp == Some(receivables::id::stamp(at)) {
                Ok(found)
            } else {
                Err(Rejection::not_found(named.no.document()).into())
            }
        }
        None => Err(Rejection::not_found(named.no.document()).into()),
    }
}

/// List credit balance adjustments, newest first.
#[utoipa::path(get, path = "/api/v1/credit-balance-adjustments", tag = "documents", params(AdjustmentListQuery),
    responses((status = 200, description = "A page of credit balance adjustments", body = AdjustmentPage), ReadErrors, FilterErrors))]
async fn list_credit_balance_adjustments(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<AdjustmentListQuery>,
) -> Result<Json<AdjustmentPage>, ApiError> {
    let (query, cancel) = query.split()?;
    let view = |reader: &dyn Reader, numbers: &[AdjustmentNo]| {
        let recorded = reader.adjustments(numbers)?;
        let views = labeled(reader, recorded.iter().map(AdjustmentView::new).collect())?;
        Ok(recorded.iter().map(|it| it.document.no).zip(views).collect())
    };
    let (found, next_cursor) = page(&app, query, view).await?;
    let (numbers, mut credit_balance_adjustments): (Vec<_>, Vec<AdjustmentView>) =
        found.into_iter().unzip();
    if cancel {
        let checks = cancel_checks(&app, &caller, &numbers).await?;
        for (view, check) in credit_balance_adjustments.iter_mut().zip(checks) {
            view.cancel = check;
        }
    }
    Ok(Json(AdjustmentPage { credit_balance_adjustments, next_cursor }))
}

/// Show a credit balance adjustment, and whether it can be canceled now.
#[utoipa::path(get, path = "/api/v1/credit-balance-adjustments/{adjustment}", tag = "documents",
    params(("adjustment" = String, Path, description = "Number or id", example = "CBA-00000001")),
    responses((status = 200, description = "The credit balance adjustment", body = AdjustmentView), ReadErrors))]
async fn get_credit_balance_adjustment(
    State(app): State<App>,
    caller: Caller,
    Name(adjustment): Name,
) -> Result<Json<AdjustmentView>, ApiError> {
    let recorded =
        find(&app, &adjustment, |reader, no| reader.adjustment(no), |found| found.at).await?;
    let no = recorded.document.no;
    let view = AdjustmentView::new(&recorded);
    let mut view = app.read(move |reader| labeled_one(reader, view)).await?;
    view.cancel = cancel_checks(&app, &caller, &[no]).await?.pop().flatten();
    Ok(Json(view))
}

/// Asks the rules themselves, by previews, which are decided together; absent where they cannot be asked now.
async fn cancel_checks(
    app: &App,
    caller: &Caller,
    numbers: &[AdjustmentNo],
) -> Result<Vec<Option<RuleCheck>>, ApiError> {
    let preview = |no: &AdjustmentNo| {
        let command = Command::CancelCreditBalanceAdjustment(CancelAdjustmentCommand {
            adjustment: Ref::to(*no),
            settle: false,
            words: Words::default(),
        });
        Request::preview(command, caller.actor.clone(), "api")
    };
    match app.engine.execute_all(numbers.iter().map(preview).collect()).await {
        Ok(answers) => Ok(answers.into_iter().map(RuleCheck::of).collect()),
        Err(Failure::Unavailable(_)) => Ok(vec![None; numbers.len()]),
        Err(failure) => Err(failure.into()),
    }
}

/// Cancel a credit balance adjustment: the amount leaves the credit balance and its invoice reopens.
#[utoipa::path(post, path = "/api/v1/credit-balance-adjustments/{adjustment}/cancel", tag = "documents",
    params(("adjustment" = String, Path, description = "Number or id", example = "CBA-00000001"), DryRun, KeyHeader),
    request_body = CancelAdjustment, responses(CommandResponses))]
async fn cancel_credit_balance_adjustment(
    State(app): State<App>,
    asked: Asked,
    Name(adjustment): Name,
    Body(body): Body<CancelAdjustment>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&adjustment)?)).await
}

/// List invoice item adjustments, newest first.
#[utoipa::path(get, path = "/api/v1/invoice-item-adjustments", tag = "documents", params(ListQuery),
    responses((status = 200, description = "A page of invoice item adjustments", body = ItemAdjustmentPage), ReadErrors, FilterErrors))]
async fn list_invoice_item_adjustments(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<ItemAdjustmentPage>, ApiError> {
    let view = |reader: &dyn Reader, numbers: &[ItemAdjustmentNo]| {
        let views = reader.item_adjustments(numbers)?;
        labeled(reader, views.iter().map(ItemAdjustmentView::new).collect())
    };
    let (invoice_item_adjustments, next_cursor) = page(&app, query, view).await?;
    Ok(Json(ItemAdjustmentPage { invoice_item_adjustments, next_cursor }))
}

/// Show an invoice item adjustment.
#[utoipa::path(get, path = "/api/v1/invoice-item-adjustments/{adjustment}", tag = "documents",
    params(("adjustment" = String, Path, description = "Number or id", example = "IIA-00000001")),
    responses((status = 200, description = "The invoice item adjustment", body = ItemAdjustmentView), ReadErrors))]
async fn get_invoice_item_adjustment(
    State(app): State<App>,
    Name(adjustment): Name,
) -> Result<Json<ItemAdjustmentView>, ApiError> {
    let recorded =
        find(&app, &adjustment, |reader, no| reader.item_adjustment(no), |found| found.at).await?;
    let view = ItemAdjustmentView::new(&recorded);
    Ok(Json(app.read(move |reader| labeled_one(reader, view)).await?))
}

/// Cancel an invoice item adjustment.
#[utoipa::path(post, path = "/api/v1/invoice-item-adjustments/{adjustment}/cancel", tag = "documents",
    params(("adjustment" = String, Path, description = "Number or id", example = "IIA-00000001"), DryRun, KeyHeader),
    request_body = CancelDocument, responses(CommandResponses))]
async fn cancel_invoice_item_adjustment(
    State(app): State<App>,
    asked: Asked,
    Name(adjustment): Name,
    Body(body): Body<CancelDocument>,
) -> Result<Response, ApiError> {
    let command = Command::CancelInvoiceItemAdjustment(body.command(named(&adjustment)?));
    asked.execute(&app, command).await
}
