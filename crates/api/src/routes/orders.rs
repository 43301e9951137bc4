//! Orders: what stands behind electronic refunds and payments, and those that wait for a person.

use axum::Json;
use axum::extract::State;
use engine::Reader;
use jiff::Timestamp;
use receivables::command::OrderRef;
use receivables::order::{Order, OrderState, Waiting};
use receivables::{Document, Rejection, Settings};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::ReadErrors;
use crate::App;
use crate::context::Query;
use crate::problem::ApiError;
use crate::views::{AttemptPage, AttemptView, OrderView, QueuedOrder, WaitingOrder};
use crate::waiting::{QueueQuery, WaitingQuery, at};
use crate::walk::WALK_MAX;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_order_queue)).routes(routes!(list_orders_asked_about))
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

/// The orders whose end is not known yet.
#[derive(Serialize, ToSchema)]
struct AskedAbout {
    /// The one that is asked about next first.
    orders: Vec<WaitingOrder>,
    /// True if there may be more.
    more: bool,
}

/// Query of the orders that are asked about.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AskedAboutQuery {
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<usize>,
    /// Only those of this account: its number or id.
    #[param(min_length = 1, max_length = 100, example = "A00000001")]
    account: Option<String>,
    /// Only those in this currency.
    #[param(min_length = 3, max_length = 3, example = "USD")]
    currency: Option<String>,
}

/// List the refunds and payments of which it is not known whether the money moved, and which the server asks their gateways
/// about by itself. Those it cannot bring to an end come to the queue later. Of all that workers will see to, 2,000 are looked
/// at, as many of each gateway, what is due next first: there may be `more` beside an empty page.
#[utoipa::path(get, path = "/api/v1/orders/asked-about", tag = "documents", params(AskedAboutQuery),
    responses((status = 200, description = "The orders that are asked about", body = AskedAbout), ReadErrors))]
async fn list_orders_asked_about(
    State(app): State<App>,
    Query(query): Query<AskedAboutQuery>,
) -> Result<Json<AskedAbout>, ApiError> {
    let AskedAboutQuery { limit, account, currency } = query;
    let narrowed = WaitingQuery { after: None, limit, account, currency };
    let asked = narrowed.resolve(Waiting::ForAnswer)?;
    let found = app
        .read(move |reader| {
            asked.begin(reader)?;
            let settings = reader.settings()?;
            let (mut found, mut more) = (Vec::new(), false);
            let each = (WALK_MAX / settings.gateways.len().max(1)).max(1);
            for gateway in &settings.gateways {
                let due = reader.due_orders(gateway.no, Timestamp::MAX, each)?;
                more |= due.len() == each;
                found.extend(due.into_iter().filter(|order| is_open(order) && asked.wants(order)));
            }
            found.sort_by_key(|order| (order.due, at(order)));
            more |= found.len() > asked.limit;
            found.truncate(asked.limit);
            let orders = found.iter().map(|order| WaitingOrder::new(order, &settings));
            Ok(AskedAbout { orders: orders.collect(), more })
        })
        .await?;
    Ok(Json(found))
}

/// Whether nobody knows yet how it ended, and nobody has to be asked but the gateway.
fn is_open(order: &Order) -> bool {
    matches!(order.state, OrderState::Unknown | OrderState::Voiding) && !order.needs_a_person()
}
