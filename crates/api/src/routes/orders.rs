//! Orders: what stands behind electronic refunds and payments, and those that wait for a person.

use axum::Json;
use axum::extract::State;
use engine::Reader;
use receivables::command::OrderRef;
use receivables::order::Order;
use receivables::{Document, Rejection, Settings};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::ReadErrors;
use crate::App;
use crate::context::Query;
use crate::problem::ApiError;
use crate::views::{AttemptPage, AttemptView, OrderView, QueuedOrder};
use crate::waiting::QueueQuery;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_order_queue))
}

/// The orders of documents, and the settings that name their gateways.
pub(super) fn orders_of(
    reader: &dyn Reader,
    documents: &[Document],
) -> Result<(HashMap<Document, Order>, Settings), ApiError> {
    let settings = reader.settings()?;
    let found = if documents.is_empty() { Vec::new() } else { reader.orders(documents)? };
    let orders = found.into_iter().map(|order| (order.placed.document, order)).collect();
    Ok((orders, settings))
}

/// The order of one document, if it has one.
pub(super) fn order_of(
    reader: &dyn Reader,
    document: Document,
) -> Result<(Option<Order>, Settings), ApiError> {
    Ok((reader.order(document)?, reader.settings()?))
}

/// The life of an order.
pub(super) fn attempts(reader: &dyn Reader, named: OrderRef) -> Result<AttemptPage, ApiError> {
    let found = reader.order(named.document)?.filter(|order| named.matches(order.placed_at));
    let missing = || Rejection::NoOrder { document: named.document.to_string() };
    let order = found.ok_or_else(missing)?;
    let events = reader.order_history(named.document)?;
    Ok(AttemptPage {
        number: named.document.to_string(),
        attempts: events.iter().filter_map(|event| AttemptView::new(event, &order)).collect(),
        order: OrderView::new(&order, &reader.settings()?),
    })
}

/// The orders that wait for a person.
#[derive(Serialize, ToSchema)]
struct OrderQueue {
    /// Oldest first.
    orders: Vec<QueuedOrder>,
    /// True if there may be more.
    more: bool,
    /// Give this as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<String>,
}

/// List the refunds and payments that only a person can bring to an end, each with all that is known of
/// it and the possible answers.
#[utoipa::path(get, path = "/api/v1/orders/queue", tag = "documents", params(QueueQuery),
    responses((status = 200, description = "The orders that wait", body = OrderQueue), ReadErrors))]
async fn list_order_queue(
    State(app): State<App>,
    Query(query): Query<QueueQuery>,
) -> Result<Json<OrderQueue>, ApiError> {
    let asked = query.resolve()?;
    let queue = app
        .read(move |reader| {
            let found = asked.page(reader, asked.begin(reader)?, asked.limit)?;
            let settings = reader.settings()?;
            let orders = found.orders.iter().map(|order| QueuedOrder::new(order, &settings));
            let next_after = found.next.map(|(_, document)| document.to_string());
            Ok(OrderQueue { orders: orders.collect(), more: next_after.is_some(), next_after })
        })
        .await?;
    Ok(Json(queue))
}
