//! Stored payment methods of accounts.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use engine::Reader;
use receivables::account::Account;
use receivables::id::{Numbered, Ref};
use receivables::{AccountNo, MethodNo, Rejection};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{AddPaymentMethod, Body, ChangePaymentMethod, close_method, named};
use crate::context::{Asked, Name};
use crate::problem::ApiError;
use crate::views::{PaymentMethodView, labeled, labeled_one};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(add_payment_method, list_payment_methods))
        .routes(routes!(get_payment_method, change_payment_method))
        .routes(routes!(close_payment_method))
}

/// The payment methods of an account.
#[derive(Serialize, ToSchema)]
struct PaymentMethodPage {
    /// Oldest first; closed ones too. An account has at most 100.
    payment_methods: Vec<PaymentMethodView>,
}

/// A named account.
pub(crate) fn account_of(reader: &dyn Reader, named: Ref<AccountNo>) -> Result<Account, ApiError> {
    let found = reader.account(named.no)?.filter(|found| named.matches(found.opened_at));
    found.ok_or_else(|| Rejection::not_found(named.no.document()).into())
}

/// Add a stored payment method to an account.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/payment-methods", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = AddPaymentMethod, responses(CommandResponses))]
async fn add_payment_method(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<AddPaymentMethod>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&account)?)).await
}

/// List the stored payment methods of an account.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/payment-methods", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001")),
    responses((status = 200, description = "The payment methods", body = PaymentMethodPage), ReadErrors))]
async fn list_payment_methods(
    State(app): State<App>,
    Name(account): Name,
) -> Result<Json<PaymentMethodPage>, ApiError> {
    let named = named(&account)?;
    let now = app.engine.clock().now();
    let page = app
        .read(move |reader| {
            let account = account_of(reader, named)?;
            let settings = reader.settings()?;
            let today = settings.business_date(now);
            let methods = reader.account_methods(account.no)?;
            let view = |state| PaymentMethodView::new(state, &account, &settings, today);
            let payment_methods = labeled(reader, methods.iter().map(view).collect())?;
            Ok(PaymentMethodPage { payment_methods })
        })
        .await?;
    Ok(Json(page))
}

/// Show a stored payment method.
#[utoipa::path(get, path = "/api/v1/payment-methods/{payment_method}", tag = "accounts",
    params(("payment_method" = String, Path, description = "Number or id", example = "PM-00000001")),
    responses((status = 200, description = "The payment method", body = PaymentMethodView), ReadErrors))]
async fn get_payment_method(
    State(app): State<App>,
    Name(method): Name,
) -> Result<Json<PaymentMethodView>, ApiError> {
    let named: Ref<MethodNo> = named(&method)?;
    let now = app.engine.clock().now();
    let view = app
        .read(move |reader| {
            let found = reader.method(named.no)?.filter(|found| named.matches(found.at));
            let state = found.ok_or_else(|| Rejection::not_found(named.no.document()))?;
            let account = account_of(reader, Ref::to(state.method.account))?;
            let settings = reader.settings()?;
            let today = settings.business_date(now);
            labeled_one(reader, PaymentMethodView::new(&state, &account, &settings, today))
        })
        .await?;
    Ok(Json(view))
}

/// Change a stored payment method: its expiry, or whether it is the default.
#[utoipa::path(patch, path = "/api/v1/payment-methods/{payment_method}", tag = "accounts",
    params(("payment_method" = String, Path, description = "Number or id", example = "PM-00000001"), DryRun, KeyHeader),
    request_body = ChangePaymentMethod, responses(CommandResponses))]
async fn change_payment_method(
    State(app): State<App>,
    asked: Asked,
    Name(method): Name,
    Body(body): Body<ChangePaymentMethod>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&method)?)).await
}

/// Close a stored payment method for ever.
#[utoipa::path(post, path = "/api/v1/payment-methods/{payment_method}/close", tag = "accounts",
    params(("payment_method" = String, Path, description = "Number or id", example = "PM-00000001"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn close_payment_method(
    State(app): State<App>,
    asked: Asked,
    Name(method): Name,
) -> Result<Response, ApiError> {
    asked.execute(&app, close_method(named(&method)?)).await
}
