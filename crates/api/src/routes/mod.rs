//! Every operation, registered together with its description.

mod access;
mod accounts;
mod admin;
mod api_clients;
mod approvals;
mod batch;
mod collecting;
mod documents;
mod emails;
mod event_endpoints;
mod events;
mod gateways;
mod invoices;
mod journal;
mod labels;
mod oauth;
mod orders;
mod payment_methods;
mod payments;
mod periods;
mod personal_data;
mod reconciliation;
mod refund_routes;
mod refunds;
mod responses;
mod search;
mod second_factor;
mod sessions;
mod system;
mod users;

use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::{Router, middleware};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

pub(crate) use payment_methods::account_of;
pub(crate) use search::document_called;

use crate::problem::ApiError;
use crate::{App, BODY_MAX};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Quittance",
        description = "Credit balances and refunds. Amounts are decimal strings in the currency of the \
            account; a document is addressed by its number or its id. Every command needs an \
            `Idempotency-Key`: sending the same request again with the same key has no second effect. \
            With `dry_run=true` a command answers with all it would do and writes nothing. Errors are \
            RFC 9457 problem documents with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    modifiers(&Bearer),
    security(("api_key" = [])),
    tags(
        (name = "accounts", description = "Customers, their credit balances and figures"),
        (name = "invoices", description = "Invoices, transfers to the credit balance, adjustments"),
        (name = "documents", description = "Payments, adjustments, refunds, and the orders behind electronic ones"),
        (name = "journal", description = "The history and the trial balance"),
        (name = "events", description = "What happened, in order, and where it is delivered"),
        (name = "administration", description = "Settings, gateways, API keys, users and API clients"),
        (name = "login", description = "Sessions of people, tokens of programs"),
        (name = "system", description = "Health, metrics, notices of gateways"),
    )
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// Every route with its description.
pub(crate) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(accounts::router())
        .merge(invoices::router())
        .merge(payments::router())
        .merge(refunds::router())
        .merge(refund_routes::router())
        .merge(documents::router())
        .merge(payment_methods::router())
        .merge(collecting::router())
        .merge(orders::router())
        .merge(search::router())
        .merge(journal::router())
        .merge(events::router())
        .merge(event_endpoints::router())
        .merge(labels::router())
        .merge(personal_data::router())
        .merge(gateways::router())
        .merge(reconciliation::router())
        .merge(access::router())
        .merge(users::router())
        .merge(sessions::router())
        .merge(second_factor::router())
        .merge(api_clients::router())
        .merge(oauth::router())
        .merge(admin::router())
        .merge(approvals::router())
        .merge(periods::router())
        .merge(batch::router())
        .merge(system::router())
}

/// The OpenAPI 3.1 document.
pub fn document() -> utoipa::openapi::OpenApi {
    router().into_openapi()
}

pub(crate) fn service(app: App) -> Router {
    let (routes, document) = router().split_for_parts();
    let text = document.to_json().unwrap_or_default();
    let serve_document = move || {
        let text = text.clone();
        async move { ([(axum::http::header::CONTENT_TYPE, "application/json")], text) }
    };
    routes
        .route("/api/openapi.json", axum::routing::get(serve_document))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), crate::access::admit))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), crate::middleware::observe))
        .with_state(app)
}

async fn not_found(uri: Uri) -> ApiError {
    let path: String = uri.path().chars().take(100).collect();
    let detail = format!("there is nothing at {path}; see /api/openapi.json");
    ApiError::new(StatusCode::NOT_FOUND, "no_such_path", detail)
}

async fn method_not_allowed() -> ApiError {
    let detail = "this path has other methods; see /api/openapi.json";
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}
