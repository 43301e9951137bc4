//! Collecting what is due: on one account, or as a payment run over all.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use engine::{Failure, IdempotencyKey, Outcome, Request};
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::AccountNo;
use receivables::credit_balance::Direction;
use receivables::fact::Fact;
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{Body, CollectDue, PaymentRun, named};
use crate::context::{Asked, Name, PageQuery, cursor};
use crate::problem::{ApiError, Problem};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(collect_due)).routes(routes!(run_payments))
}

/// How many accounts one call of a payment run takes if nothing else is said, and at most.
const RUN_DEFAULT: usize = 200;
const RUN_MAX: usize = engine::ARRAY_MAX;
/// How many accounts are handed to the engine at once, so that others come in between.
const SLICE: usize = 100;

/// Collect what an account owes: the credit balance first, then the stored method for the rest.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/collect", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = CollectDue, responses(CommandResponses))]
async fn collect_due(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<CollectDue>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&account)?)?).await
}

/// What a payment run did for one account.
#[derive(Debug, Serialize, ToSchema)]
struct RunLine {
    /// The account.
    #[schema(example = "A00000001")]
    account: String,
    /// `collected`, or `refused` with a code.
    #[schema(example = "collected")]
    result: &'static str,
    /// Currency of the amounts.
    #[schema(value_type = Option<String>, example = "USD")]
    currency: Option<Currency>,
    /// How much of the credit balance was applied.
    #[schema(value_type = Option<String>, example = "40.00")]
    credit_applied: Option<Decimal>,
    /// How much the stored method is charged; the books change when the gateway says that it paid.
    #[schema(value_type = Option<String>, example = "60.00")]
    charged: Option<Decimal>,
    /// The payment, if something is charged.
    #[schema(example = "P-00000001")]
    payment: Option<String>,
    /// The journal entry.
    #[schema(example = "JE-00000004")]
    entry: Option<String>,
    /// True if an earlier call of the same run did it.
    replayed: bool,
    /// Why it was refused: the stable code of the rule.
    #[schema(example = "payment_method_missing")]
    code: Option<String>,
    /// Why it was refused, in a sentence.
    detail: Option<String>,
}

/// The sums of a payment run in one currency.
#[derive(Debug, Serialize, ToSchema)]
struct RunTotal {
    /// The currency.
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// Accounts that something was collected from.
    accounts: usize,
    /// Credit balance that was applied.
    #[schema(value_type = String, example = "40.00")]
    credit_applied: Decimal,
    /// What stored methods are charged.
    #[schema(value_type = String, example = "60.00")]
    charged: Decimal,
}

/// What a call of a payment run did, or would do.
#[derive(Debug, Serialize, ToSchema)]
struct RunAnswer {
    /// True if nothing was written.
    dry_run: bool,
    /// Invoices due on or before this date.
    #[schema(value_type = String, format = Date)]
    target_date: Date,
    /// Accounts that something was collected from.
    collected: usize,
    /// Accounts that were refused.
    refused: usize,
    /// The sums of this call, by currency.
    totals: Vec<RunTotal>,
    /// One line per account, in order of their numbers.
    results: Vec<RunLine>,
    /// Send the same with this as `cursor`, and the same idempotency key, to go on; absent at the end.
    #[schema(example = "I00000041")]
    next_cursor: Option<String>,
}

/// Collect what is due on every account until a date. Each account is one command whose idempotency key
/// comes from the key of the run, so a run that was interrupted may be sent again, with the same key, and
/// does each account once.
#[utoipa::path(post, path = "/api/v1/payment-runs", tag = "accounts", params(DryRun, KeyHeader),
    request_body = PaymentRun,
    responses(
        (status = 200, description = "What was done for each account, or would be", body = RunAnswer),
        (status = 413, description = "`body_too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "`content_type_not_json`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The books cannot be written now; send it again with the same key", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn run_payments(
    State(app): State<App>,
    asked: Asked,
    headers: HeaderMap,
    Body(run): Body<PaymentRun>,
) -> Result<Json<RunAnswer>, ApiError> {
    let limit = run.limit.unwrap_or(RUN_DEFAULT);
    if limit == 0 || limit > RUN_MAX {
        let detail = format!("limit must be between 1 and {RUN_MAX}");
        return Err(ApiError::bad_request("limit_invalid", detail).with("field", "limit"));
    }
    let page = PageQuery { cursor: run.cursor.clone(), limit: None };
    let after = AccountNo(page.resolve()?.0.unwrap_or(0));
    asked.key()?;
    let key = headers.get("idempotency-key").map_or(&[][..], |key| key.as_bytes());
    let until = run.target_date;
    let accounts = app.read(move |reader| Ok(reader.accounts_due(until, after, limit)?)).await?;
    let last = accounts.last().filter(|_| accounts.len() == limit);
    let next_cursor = last.map(|last| cursor(last.0));
    let mut results = Vec::with_capacity(accounts.len());
    let mut totals: Vec<RunTotal> = Vec::new();
    for slice in accounts.chunks(SLICE) {
        let requests: Result<Vec<_>, _> =
            slice.iter().map(|account| one(&app, &asked, key, &run, *account)).collect();
        let outcomes = app.engine.execute_all(requests?).await?;
        for (account, outcome) in slice.iter().zip(outcomes) {
            let line = line(*account, outcome, &mut totals)?;
            results.push(line);
        }
    }
    let refused = results.iter().filter(|line| line.code.is_some()).count();
    Ok(Json(RunAnswer {
        dry_run: asked.dry_run,
        target_date: run.target_date,
        collected: results.len() - refused,
        refused,
        totals,
        results,
        next_cursor,
    }))
}

/// The key of one account in a run: whoever sends the run again under its key asks for the same.
fn run_key(key: &[u8], account: AccountNo) -> String {
    format!("payment run {} {account}", engine::hash(key))
}

fn one(
    app: &App,
    asked: &Asked,
    key: &[u8],
    run: &PaymentRun,
    account: AccountNo,
) -> Result<Request, ApiError> {
    let key = IdempotencyKey::try_new(&run_key(key, account))
        .map_err(|error| ApiError::internal(error.to_string()))?;
    asked.under(Some(key)).request(app, run.command(account))
}

/// What became of one account. Trouble with the database ends the call: all of it can be sent again.
fn line(
    account: AccountNo,
    outcome: Result<Outcome, Failure>,
    totals: &mut Vec<RunTotal>,
) -> Result<RunLine, ApiError> {
    let mut line = RunLine {
        account: account.to_string(),
        result: "refused",
        currency: None,
        credit_applied: None,
        charged: None,
        payment: None,
        entry: None,
        replayed: false,
        code: None,
        detail: None,
    };
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(failure @ (Failure::Unavailable(_) | Failure::Broken(_))) => return Err(failure.into()),
        Err(failure) => {
            let problem = ApiError::from(failure).problem();
            (line.code, line.detail) = (Some(problem.code), Some(problem.detail));
            return Ok(line);
        }
    };
    let (applied, charged) = collected(&outcome)?;
    let like = charged.or(applied);
    if let Some(currency) = like.map(Money::currency) {
        let zero = Money::zero(currency);
        let (applied, charged) = (applied.unwrap_or(zero), charged.unwrap_or(zero));
        add(totals, applied, charged)?;
        line.currency = Some(currency);
        line.credit_applied = Some(applied.into());
        line.charged = Some(charged.into());
    }
    line.payment = outcome.entry.facts.iter().find_map(|fact| match fact {
        Fact::PaymentRecorded(payment) => Some(payment.no.to_string()),
        _ => None,
    });
    line.result = "collected";
    line.entry = Some(outcome.entry.head.no.to_string());
    line.replayed = outcome.replayed;
    Ok(line)
}

/// Credit applied and amount charged by one decision.
fn collected(outcome: &Outcome) -> Result<(Option<Money>, Option<Money>), ApiError> {
    let (mut applied, mut charged): (Option<Money>, Option<Money>) = (None, None);
    let plus = |sum: Option<Money>, amount: Money| match sum {
        Some(sum) => sum.try_add(amount),
        None => Ok(amount),
    };
    for fact in &outcome.entry.facts {
        let sum = match fact {
            Fact::CreditBalanceAdjusted(adjusted) if adjusted.direction == Direction::Decrease => {
                plus(applied, adjusted.amount).map(|sum| applied = Some(sum))
            }
            Fact::OrderPlaced(placed) => {
                plus(charged, placed.amount).map(|sum| charged = Some(sum))
            }
            _ => Ok(()),
        };
        sum.map_err(|error| ApiError::internal(error.to_string()))?;
    }
    Ok((applied, charged))
}

fn add(totals: &mut Vec<RunTotal>, applied: Money, charged: Money) -> Result<(), ApiError> {
    let currency = charged.currency();
    let place = totals.iter().position(|total| total.currency == currency);
    let place = place.unwrap_or_else(|| {
        let zero = Money::zero(currency);
        totals.push(RunTotal {
            currency,
            accounts: 0,
            credit_applied: zero.into(),
            charged: zero.into(),
        });
        totals.len() - 1
    });
    let Some(total) = totals.get_mut(place) else { return Ok(()) };
    let sum = |sum: &Decimal, amount: Money| {
        sum.0.try_add(amount).map_err(|error| ApiError::internal(error.to_string()))
    };
    total.accounts += 1;
    total.credit_applied = sum(&total.credit_applied, applied)?.into();
    total.charged = sum(&total.charged, charged)?.into();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_an_account_comes_from_the_key_of_the_run() {
        let one = run_key(b"november", AccountNo(1));
        assert_eq!(one, run_key(b"november", AccountNo(1)));
        assert_ne!(one, run_key(b"november", AccountNo(2)));
        assert_ne!(one, run_key(b"december", AccountNo(1)));
        assert!(IdempotencyKey::try_new(&run_key(&[b'k'; 255], AccountNo(u64::MAX))).is_ok());
    }
}
