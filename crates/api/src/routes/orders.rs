//! Orders: what stands behind electronic refunds and payments, and those that wait for a person.

use axum::Json;
use axum::extract::State;
use engine::Reader;
use receivables::command::OrderRef;
use receivables::order::{Order, Waiting};
use receivables::{Document, Rejection, Settings};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::ReadErrors;
use crate::App;
use crate::context::{Query, rows};
use crate::problem::ApiError;
use crate::views::{AttemptPage, AttemptView, OrderView, QueuedOrder};

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
    /// True if there are more than were asked for; answer these first.
    more: bool,
}

/// Query of the queue.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct QueueQuery {
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<usize>,
}

/// List the refunds and payments that only a person can bring to an end, each with all that is known of
/// it and the possible answers.
#[utoipa::path(get, path = "/api/v1/orders/queue", tag = "documents", params(QueueQuery),
    responses((status = 200, description = "The orders that wait", body = OrderQueue), ReadErrors))]
async fn list_order_queue(
    State(app): State<App>,
    Query(query): Query<QueueQuery>,
) -> Result<Json<OrderQueue>, ApiError> {
    let limit = rows(query.limit)?;
    let queue = app
        .read(move |reader| {
            let found = reader.orders_for_people(Waiting::ForAnswer, None, limit + 1)?;
            let settings = reader.settings()?;
            let more = found.len() > limit;
            let orders = found.iter().take(limit);
            let orders = orders.map(|order| QueuedOrder::new(order, &settings)).collect();
            Ok(OrderQueue { orders, more })
        })
        .await?;
    Ok(Json(queue))
}
