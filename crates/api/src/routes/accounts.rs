//! Accounts: customers, their credit balance, their figures.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use engine::{AccountProfile, Reader};
use receivables::account::AccountStatus;
use receivables::id::{Numbered, Ref};
use receivables::{AccountNo, Rejection};
use reports::{AccountFigures, Explained, FiguresOverTime, Statement};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::personal_data::personal_data;
use super::responses::{CommandResponses, DryRun, FilterErrors, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{
    ApplyCredit, Body, ChangeAccount, CreateInvoice, OpenAccount, RecordPayment, RefundCredit,
    change_status, named,
};
use crate::context::{AsOfQuery, Asked, DaysQuery, ExplainQuery, Name, PeriodQuery, Query};
use crate::history::HistoryQuery;
use crate::list::AccountListQuery;
use crate::problem::ApiError;
use crate::views::{AccountView, EntryView, labeled, labeled_one};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(open_account, list_accounts))
        .routes(routes!(get_account, change_account))
        .routes(routes!(cancel_account))
        .routes(routes!(reactivate_account))
        .routes(routes!(get_account_balance))
        .routes(routes!(list_account_balances))
        .routes(routes!(explain_credit_balance))
        .routes(routes!(explain_account_balance))
        .routes(routes!(get_statement))
        .routes(routes!(list_account_history))
        .routes(routes!(create_invoice))
        .routes(routes!(record_payment))
        .routes(routes!(apply_credit_balance))
        .routes(routes!(refund_credit_balance))
}

/// A page of accounts.
#[derive(Serialize, ToSchema)]
struct AccountPage {
    /// The accounts, newest first.
    accounts: Vec<AccountView>,
    /// Give this as `cursor` for the next page; absent on the last.
    #[schema(example = "I00000041")]
    next_cursor: Option<String>,
}

/// A page of history.
#[derive(Serialize, ToSchema)]
pub(super) struct EntryPage {
    /// The decisions, newest first.
    pub(super) entries: Vec<EntryView>,
    /// Give this as `cursor` for the next page; absent on the last.
    #[schema(example = "I00000041")]
    pub(super) next_cursor: Option<String>,
}

fn view(reader: &dyn Reader, named: Ref<AccountNo>) -> Result<AccountView, ApiError> {
    let missing = || Rejection::not_found(named.no.document());
    let account = reader.account(named.no)?.filter(|found| named.matches(found.opened_at));
    let account = account.ok_or_else(missing)?;
    let profile = reader.account_profile(named.no)?.ok_or_else(missing)?;
    let view = AccountView::new(&account, profile, &reader.settings()?);
    labeled_one(reader, view.map_err(|error| ApiError::internal(error.to_string()))?)
}

/// Open an account.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", params(DryRun, KeyHeader),
    request_body = OpenAccount, responses(CommandResponses))]
async fn open_account(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<OpenAccount>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command()).await
}

/// List accounts, newest first.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "accounts", params(AccountListQuery),
    responses((status = 200, description = "A page of accounts", body = AccountPage), ReadErrors, FilterErrors))]
async fn list_accounts(
    State(app): State<App>,
    Query(query): Query<AccountListQuery>,
) -> Result<Json<AccountPage>, ApiError> {
    let (wanted, listed, standing) = query.resolve()?;
    let page = app
        .read(move |reader| {
            if let Some(id) = wanted {
                let mut accounts = Vec::new();
                if let Some(no) = reader.find_account(&id)? {
                    accounts.push(view(reader, Ref::to(no))?);
                }
                return Ok(AccountPage { accounts, next_cursor: None });
            }
            let (numbers, next_cursor) = match standing {
                Some(standing) => standing.page(reader, listed)?,
                None => listed.numbers::<AccountNo>(reader)?,
            };
            let (accounts, settings) = (reader.accounts(&numbers)?, reader.settings()?);
            let profiles = reader.account_profiles(&numbers)?.into_iter();
            let mut profiles: HashMap<AccountNo, AccountProfile> =
                profiles.map(|profile| (profile.account, profile)).collect();
            let views = accounts.iter().filter_map(|account| {
                let profile = profiles.remove(&account.no)?;
                Some(AccountView::new(account, profile, &settings))
            });
            let accounts = views
                .collect::<Result<_, _>>()
                .map_err(|error| ApiError::internal(error.to_string()))?;
            Ok(AccountPage { accounts: labeled(reader, accounts)?, next_cursor })
        })
        .await?;
    Ok(Json(page))
}

/// Show an account with its figures.
#[utoipa::path(get, path = "/api/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001")),
    responses((status = 200, description = "The account", body = AccountView), ReadErrors))]
async fn get_account(
    State(app): State<App>,
    Name(account): Name,
) -> Result<Json<AccountView>, ApiError> {
    let named = named(&account)?;
    let view = app.read(move |reader| {
        let mut view = view(reader, named)?;
        view.personal_data = personal_data(reader, named.no)?;
        Ok(view)
    });
    Ok(Json(view.await?))
}

/// Change an account.
#[utoipa::path(patch, path = "/api/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = ChangeAccount, responses(CommandResponses))]
async fn change_account(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<ChangeAccount>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&account)?)).await
}

/// Cancel an account: it takes no more transactions.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/cancel", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn cancel_account(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
) -> Result<Response, ApiError> {
    let command = change_status(named(&account)?, AccountStatus::Canceled);
    asked.execute(&app, command).await
}

/// Reactivate a canceled account.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/reactivate", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn reactivate_account(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
) -> Result<Response, ApiError> {
    let command = change_status(named(&account)?, AccountStatus::Active);
    asked.execute(&app, command).await
}

/// Resolves a named account for a report.
pub(super) fn existing(reader: &dyn Reader, named: Ref<AccountNo>) -> Result<AccountNo, ApiError> {
    let found = reader.account(named.no)?.filter(|found| named.matches(found.opened_at));
    match found {
        Some(found) => Ok(found.no),
        None => Err(Rejection::not_found(named.no.document()).into()),
    }
}

/// Show the balances of an account, now or at the end of any day.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/balance", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), AsOfQuery),
    responses((status = 200, description = "The balances", body = AccountFigures), ReadErrors))]
async fn get_account_balance(
    State(app): State<App>,
    Name(account): Name,
    Query(query): Query<AsOfQuery>,
) -> Result<Json<AccountFigures>, ApiError> {
    let named = named(&account)?;
    let figures = app
        .read(move |reader| {
            Ok(reports::account_as_of(reader, existing(reader, named)?, query.as_of)?)
        })
        .await?;
    Ok(Json(figures))
}

/// Show the balances of an account at the end of several days at once, for a picture over time.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/balances", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DaysQuery),
    responses((status = 200, description = "The balances by day", body = FiguresOverTime), ReadErrors))]
async fn list_account_balances(
    State(app): State<App>,
    Name(account): Name,
    Query(query): Query<DaysQuery>,
) -> Result<Json<FiguresOverTime>, ApiError> {
    let (named, mut days) = (named(&account)?, query.days()?);
    let now = app.engine.clock().now();
    let figures = app
        .read(move |reader| {
            if days.is_empty() {
                days.push(reader.settings()?.business_date(now));
            }
            Ok(reports::account_over_time(reader, existing(reader, named)?, days)?)
        })
        .await?;
    Ok(Json(figures))
}

/// Explain the credit balance: the documents that make it, summing to it.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/credit-balance/explain", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), ExplainQuery),
    responses((status = 200, description = "The documents that make the balance", body = Explained), ReadErrors))]
async fn explain_credit_balance(
    State(app): State<App>,
    Name(account): Name,
    Query(query): Query<ExplainQuery>,
) -> Result<Json<Explained>, ApiError> {
    let (named, lines) = (named(&account)?, query.lines()?);
    let explained = app
        .read(move |reader| {
            Ok(reports::explain_credit(reader, existing(reader, named)?, query.as_of, lines)?)
        })
        .await?;
    Ok(Json(explained))
}

/// Explain the account balance: the open invoices and the credit balance that make it.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/explain", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001")),
    responses((status = 200, description = "The documents that make the balance", body = Explained), ReadErrors))]
async fn explain_account_balance(
    State(app): State<App>,
    Name(account): Name,
) -> Result<Json<Explained>, ApiError> {
    let named = named(&account)?;
    let explained = app
        .report(move |reader| Ok(reports::explain_account(reader, existing(reader, named)?)?))
        .await?;
    Ok(Json(explained))
}

/// Show a statement: opening balances, every posting, closing balances.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/statement", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), PeriodQuery),
    responses((status = 200, description = "The statement", body = Statement), ReadErrors,
        (status = 422, description = "`report_too_large`: choose a shorter period", body = crate::Problem, content_type = "application/problem+json")))]
async fn get_statement(
    State(app): State<App>,
    Name(account): Name,
    Query(query): Query<PeriodQuery>,
) -> Result<Json<Statement>, ApiError> {
    let named = named(&account)?;
    let now = app.engine.clock().now();
    let today = app.read(move |reader| Ok(reader.settings()?.business_date(now))).await?;
    let to = query.to.unwrap_or(today);
    let from = query.from.unwrap_or_else(|| to.first_of_month());
    if from > to {
        return Err(ApiError::bad_request("query_invalid", "from must not be after to"));
    }
    let statement = app
        .read(move |reader| Ok(reports::statement(reader, existing(reader, named)?, from, to)?))
        .await?;
    Ok(Json(statement))
}

/// List what happened on an account, newest first: every decision with who, when and from where.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/history", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), HistoryQuery),
    responses((status = 200, description = "A page of decisions", body = EntryPage), ReadErrors))]
async fn list_account_history(
    State(app): State<App>,
    Name(account): Name,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<EntryPage>, ApiError> {
    let named = named(&account)?;
    let sought = query.resolve()?;
    let page = app.read(move |reader| sought.page(reader, Some(existing(reader, named)?)));
    let (entries, next_cursor) = page.await?;
    Ok(Json(EntryPage { entries, next_cursor }))
}

/// Draft an invoice, and post it at once if wanted.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/invoices", tag = "invoices",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = CreateInvoice, responses(CommandResponses))]
async fn create_invoice(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<CreateInvoice>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&account)?)).await
}

/// Record an external payment: to invoices, to the credit balance, or both.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/payments", tag = "documents",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = RecordPayment, responses(CommandResponses))]
async fn record_payment(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<RecordPayment>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&account)?)?).await
}

/// Apply the credit balance to chosen invoices, or oldest due first.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/credit-balance/apply", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = ApplyCredit, responses(CommandResponses))]
async fn apply_credit_balance(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<ApplyCredit>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&account)?)?).await
}

/// Refund the credit balance: outside, or through a gateway to a stored payment method. An electronic
/// refund is answered as soon as it is decided and its amount is held; see its status.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/credit-balance/refund", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = RefundCredit, responses(CommandResponses))]
async fn refund_credit_balance(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<RefundCredit>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&account)?)?).await
}
