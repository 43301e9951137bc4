//! Approvals: policies, the inbox of what waits, and what people say of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::{Failure, IdempotencyKey, Outcome, Request};
use money::Money;
use receivables::approval::PolicyName;
use receivables::command::{OrderRef, Review};
use receivables::id::{Numbered, Ref};
use receivables::order::{Order, OrderState, Waiting};
use receivables::{Command, RefundNo, Rejection};
use reports::Decimal;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::orders::orders_of;
use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::auth::Caller;
use crate::body::{Body, ChangePolicy, JudgeSeveral, MakePolicy, PayRefund, ReviewRefund, named};
use crate::context::{Asked, Name, Query};
use crate::problem::{ApiError, Problem};
use crate::views::{PolicyView, RuleCheck, WaitingOrder, WaitingRefund};
use crate::waiting::{ApprovalQuery, WaitingQuery, at};
use crate::{App, PAGE_MAX};

/// Of so many refunds the rules are asked for a page, if only some of them are wanted.
const ASKED_MAX: usize = 400;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_approval_policies, make_approval_policy))
        .routes(routes!(change_approval_policy))
        .routes(routes!(list_approvals))
        .routes(routes!(approve_several))
        .routes(routes!(reject_several))
        .routes(routes!(approve_refund))
        .routes(routes!(reject_refund))
        .routes(routes!(withdraw_refund))
        .routes(routes!(list_refunds_to_be_paid))
        .routes(routes!(pay_refund))
        .routes(routes!(return_refund))
}

/// The approval policies.
#[derive(Serialize, ToSchema)]
struct PolicyPage {
    /// In the order they were made.
    approval_policies: Vec<PolicyView>,
}

/// List the approval policies.
#[utoipa::path(get, path = "/api/v1/approval-policies", tag = "administration",
    responses((status = 200, description = "The policies", body = PolicyPage), ReadErrors))]
async fn list_approval_policies(State(app): State<App>) -> Result<Json<PolicyPage>, ApiError> {
    let settings = app.read(|reader| Ok(reader.settings()?)).await?;
    let approval_policies = settings.policies.iter().map(PolicyView::new).collect();
    Ok(Json(PolicyPage { approval_policies }))
}

/// Make an approval policy: which electronic refunds wait, and for whom.
#[utoipa::path(post, path = "/api/v1/approval-policies", tag = "administration", params(DryRun, KeyHeader),
    request_body = MakePolicy, responses(CommandResponses))]
async fn make_approval_policy(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<MakePolicy>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command()?).await
}

/// Change an approval policy, or switch it off.
#[utoipa::path(patch, path = "/api/v1/approval-policies/{policy}", tag = "administration",
    params(("policy" = String, Path, description = "Name of the policy", example = "Very large payouts"), DryRun, KeyHeader),
    request_body = ChangePolicy, responses(CommandResponses))]
async fn change_approval_policy(
    State(app): State<App>,
    asked: Asked,
    Name(name): Name,
    Body(body): Body<ChangePolicy>,
) -> Result<Response, ApiError> {
    let unknown = || Rejection::UnknownPolicy { policy: name.chars().take(60).collect() };
    let policy = PolicyName::try_new(&name).map_err(|_| unknown())?;
    asked.execute(&app, body.command(policy)?).await
}

/// The refunds that wait for approval.
#[derive(Serialize, ToSchema)]
struct ApprovalPage {
    /// Oldest first.
    refunds: Vec<WaitingRefund>,
    /// Give this as `after` for the next page; absent on the last.
    next_after: Option<String>,
}

/// List the refunds that wait for approval, each with whether you could approve it.
#[utoipa::path(get, path = "/api/v1/approvals", tag = "documents", params(ApprovalQuery),
    responses((status = 200, description = "The refunds that wait", body = ApprovalPage), ReadErrors))]
async fn list_approvals(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<ApprovalQuery>,
) -> Result<Json<ApprovalPage>, ApiError> {
    let (asked, allowed_only) = query.resolve()?;
    let asked = Arc::new(asked);
    let (settings, mut after) = {
        let asked = Arc::clone(&asked);
        app.read(move |reader| Ok((reader.settings()?, asked.begin(reader)?))).await?
    };
    let (mut refunds, mut asked_about) = (Vec::with_capacity(asked.limit), 0);
    // Only the rules know who could approve what, so they are asked of so many for one page.
    let next = loop {
        // If only some are wanted, as many at once whatever the page holds; else a small page would ask many times.
        let step = if allowed_only { PAGE_MAX.min(ASKED_MAX - asked_about) } else { asked.limit };
        let found = {
            let asked = Arc::clone(&asked);
            app.read(move |reader| asked.page(reader, after, step)).await?
        };
        let checks = could_approve(&app, &caller, &found.orders).await?;
        asked_about += found.orders.len();
        let short = found.orders.len() < step;
        let mut full = false;
        for (order, approve) in found.orders.iter().zip(checks) {
            let allowed = approve.as_ref().is_some_and(|check| check.allowed);
            if allowed || !allowed_only {
                full = refunds.len() == asked.limit;
                if full {
                    break;
                }
                refunds
                    .push(WaitingRefund { waiting: WaitingOrder::new(order, &settings), approve });
            }
            after = Some(at(order));
        }
        if full {
            break after;
        }
        if !allowed_only || short || found.next.is_none() || asked_about >= ASKED_MAX {
            break found.next;
        }
        after = found.next;
    };
    let next_after = next.map(|(_, document)| document.to_string());
    Ok(Json(ApprovalPage { refunds, next_after }))
}

/// Whether the caller could approve each.
async fn could_approve(
    app: &App,
    caller: &Caller,
    orders: &[Order],
) -> Result<Vec<Option<RuleCheck>>, ApiError> {
    let preview = |order: &Order| {
        let review = Review { order: OrderRef::to(order.placed.document), comment: None };
        Request::preview(Command::ApproveRefund(review), caller.actor.clone(), "api")
    };
    let asked = app.engine.execute_all(orders.iter().map(preview).collect()).await?;
    Ok(asked.into_iter().map(RuleCheck::of).collect())
}

/// Approve a refund that waits. The last level lets it go out, after the rules were asked once more.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/approve", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002"), DryRun, KeyHeader),
    request_body = ReviewRefund, responses(CommandResponses))]
async fn approve_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
    Body(body): Body<ReviewRefund>,
) -> Result<Response, ApiError> {
    asked.execute(&app, Command::ApproveRefund(body.review(named(&refund)?))).await
}

/// Reject a refund that waits, with a reason; what was held is free again.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/reject", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002"), DryRun, KeyHeader),
    request_body = ReviewRefund, responses(CommandResponses))]
async fn reject_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
    Body(body): Body<ReviewRefund>,
) -> Result<Response, ApiError> {
    asked.execute(&app, Command::RejectRefund(body.review(named(&refund)?))).await
}

/// Take back a refund that you asked for, while it waits.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/withdraw", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002"), DryRun, KeyHeader),
    request_body = ReviewRefund, responses(CommandResponses))]
async fn withdraw_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
    Body(body): Body<ReviewRefund>,
) -> Result<Response, ApiError> {
    asked.execute(&app, Command::WithdrawRefund(body.review(named(&refund)?))).await
}

/// The external refunds that all agreed to.
#[derive(Serialize, ToSchema)]
struct ToBePaidPage {
    /// Oldest first.
    refunds: Vec<WaitingOrder>,
    /// Give this as `after` for the next page; absent on the last.
    next_after: Option<String>,
}

/// List the external refunds that were approved and are to be paid.
#[utoipa::path(get, path = "/api/v1/refunds-to-be-paid", tag = "documents", params(WaitingQuery),
    responses((status = 200, description = "The refunds to be paid", body = ToBePaidPage), ReadErrors))]
async fn list_refunds_to_be_paid(
    State(app): State<App>,
    Query(query): Query<WaitingQuery>,
) -> Result<Json<ToBePaidPage>, ApiError> {
    let asked = query.resolve(Waiting::ForPayment)?;
    let page = app
        .read(move |reader| {
            let found = asked.page(reader, asked.begin(reader)?, asked.limit)?;
            let settings = reader.settings()?;
            let view = |order: &Order| WaitingOrder::new(order, &settings);
            let next_after = found.next.map(|(_, document)| document.to_string());
            Ok(ToBePaidPage { refunds: found.orders.iter().map(view).collect(), next_after })
        })
        .await?;
    Ok(Json(page))
}

/// Say that a refund that was approved is paid, with the number of its cheque. Only now it is posted.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/paid", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002"), DryRun, KeyHeader),
    request_body = PayRefund, responses(CommandResponses))]
async fn pay_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
    Body(body): Body<PayRefund>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command(named(&refund)?)).await
}

/// Say that a refund that was approved came back unpaid, with a reason; what was held is free again.
#[utoipa::path(post, path = "/api/v1/refunds/{refund}/return", tag = "documents",
    params(("refund" = String, Path, description = "Number or id", example = "R-00000002"), DryRun, KeyHeader),
    request_body = ReviewRefund, responses(CommandResponses))]
async fn return_refund(
    State(app): State<App>,
    asked: Asked,
    Name(refund): Name,
    Body(body): Body<ReviewRefund>,
) -> Result<Response, ApiError> {
    asked.execute(&app, Command::ReturnRefund(body.review(named(&refund)?))).await
}

/// What became of each refund.
#[derive(Serialize, ToSchema)]
struct SeveralApproved {
    /// True if nothing was written.
    dry_run: bool,
    /// How many were approved.
    approved: usize,
    /// How many were not.
    refused: usize,
    /// The sum of those that were approved.
    #[schema(value_type = String, example = "60.00")]
    total: Decimal,
    /// One for each, in order.
    results: Vec<OneJudged>,
}

/// What became of each refund.
#[derive(Serialize, ToSchema)]
struct SeveralRejected {
    /// True if nothing was written.
    dry_run: bool,
    /// How many were rejected.
    rejected: usize,
    /// How many were not.
    refused: usize,
    /// The sum of those that were rejected.
    #[schema(value_type = String, example = "60.00")]
    total: Decimal,
    /// One for each, in order.
    results: Vec<OneJudged>,
}

/// What became of one refund.
#[derive(Serialize, ToSchema)]
struct OneJudged {
    /// The refund.
    #[schema(example = "R-00000001")]
    refund: String,
    /// Where it stands then; absent if it stays as it was.
    #[schema(value_type = Option<String>, example = "reserved")]
    state: Option<OrderState>,
    /// The entry; absent if it stays as it was.
    entry: Option<String>,
    /// True if an earlier call with the same key did it.
    replayed: bool,
    /// If not: the code of the rule.
    code: Option<String>,
    /// If not: why, and what to do.
    detail: Option<String>,
}

/// What several refunds judged at once may be answered with instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described, never built")]
enum JudgeErrors {
    /// `total_differs`.
    #[response(status = 409, content_type = "application/problem+json")]
    Differs(#[to_schema] Problem),
    /// `body_too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
    /// `content_type_not_json`.
    #[response(status = 415, content_type = "application/problem+json")]
    NotJson(#[to_schema] Problem),
    /// An amount that its currency does not have; a rejection without a comment.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// Nothing was acknowledged; send it again with the same key.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// Approve several refunds of one currency, if their sum is the total you saw. Each is judged by itself, under a key
/// that comes from yours, so the call can be sent again.
#[utoipa::path(post, path = "/api/v1/approvals/approve", tag = "documents", params(DryRun, KeyHeader),
    request_body = JudgeSeveral,
    responses(
        (status = 200, description = "What became of each", body = SeveralApproved),
        JudgeErrors, ReadErrors))]
async fn approve_several(
    State(app): State<App>,
    asked: Asked,
    headers: HeaderMap,
    Body(body): Body<JudgeSeveral>,
) -> Result<Json<SeveralApproved>, ApiError> {
    let judged = judge_several(&app, &asked, &headers, body, Judgement::Approve).await?;
    let (done, refused) = judged.counts();
    let Judged { total, results } = judged;
    Ok(Json(SeveralApproved { dry_run: asked.dry_run, approved: done, refused, total, results }))
}

/// Reject several refunds of one currency with one reason, if their sum is the total you saw; what was held for each is
/// free again. Otherwise as for approving several.
#[utoipa::path(post, path = "/api/v1/approvals/reject", tag = "documents", params(DryRun, KeyHeader),
    request_body = JudgeSeveral,
    responses(
        (status = 200, description = "What became of each", body = SeveralRejected),
        JudgeErrors, ReadErrors))]
async fn reject_several(
    State(app): State<App>,
    asked: Asked,
    headers: HeaderMap,
    Body(body): Body<JudgeSeveral>,
) -> Result<Json<SeveralRejected>, ApiError> {
    if body.comment.is_none() {
        let missing = Rejection::NothingGiven { what: "reasons for the rejection (comment)" };
        return Err(ApiError::from(missing).with("field", "comment"));
    }
    let judged = judge_several(&app, &asked, &headers, body, Judgement::Reject).await?;
    let (done, refused) = judged.counts();
    let Judged { total, results } = judged;
    Ok(Json(SeveralRejected { dry_run: asked.dry_run, rejected: done, refused, total, results }))
}

/// What is said of several refunds.
#[derive(Clone, Copy)]
enum Judgement {
    Approve,
    Reject,
}

/// What became of them.
struct Judged {
    /// The sum of those of which it could be said.
    total: Decimal,
    results: Vec<OneJudged>,
}

impl Judged {
    /// Of how many it could be said, and of how many not.
    fn counts(&self) -> (usize, usize) {
        let done = self.results.iter().filter(|one| one.entry.is_some()).count();
        (done, self.results.len() - done)
    }
}

async fn judge_several(
    app: &App,
    asked: &Asked,
    headers: &HeaderMap,
    body: JudgeSeveral,
    judgement: Judgement,
) -> Result<Judged, ApiError> {
    asked.key()?;
    let key = headers.get("idempotency-key").map_or(&[][..], |key| key.as_bytes());
    let total = body.total.to_money(body.currency).map_err(Rejection::from)?;
    let orders = named_orders(app, &body.refunds).await?;
    require_total(&orders, total)?;
    let request = |order: &Order| {
        let document = order.placed.document;
        // Whoever else sends the same key asks for something of their own.
        let who = engine::hash(asked.caller.actor.name().as_bytes());
        // Approving and rejecting under one key are two things asked for, of which the second is refused.
        let text = format!("bulk approval {} {who} {document}", engine::hash(key));
        let key = IdempotencyKey::try_new(&text);
        let key = key.map_err(|error| ApiError::internal(error.to_string()))?;
        let review = Review { order: OrderRef::to(document), comment: body.comment.clone() };
        let command = match judgement {
            Judgement::Approve => Command::ApproveRefund(review),
            Judgement::Reject => Command::RejectRefund(review),
        };
        asked.under(Some(key)).request(app, command)
    };
    let requests: Result<Vec<_>, _> = orders.iter().map(request).collect();
    let outcomes = app.engine.execute_all(requests?).await?;
    let (mut sum, mut results) = (Money::zero(body.currency), Vec::with_capacity(orders.len()));
    for (order, outcome) in orders.iter().zip(outcomes) {
        let one = one(order, outcome)?;
        if one.entry.is_some() {
            let added = sum.try_add(order.placed.amount);
            sum = added.map_err(|error| ApiError::internal(error.to_string()))?;
        }
        results.push(one);
    }
    Ok(Judged { total: sum.into(), results })
}

async fn named_orders(app: &App, refunds: &[String]) -> Result<Vec<Order>, ApiError> {
    if refunds.is_empty() || refunds.len() > PAGE_MAX {
        let detail = format!("refunds: name 1 to {PAGE_MAX} of them");
        return Err(ApiError::bad_request("body_invalid", detail).with("field", "refunds"));
    }
    let named: Result<Vec<Ref<RefundNo>>, ApiError> =
        refunds.iter().map(|text| named(text)).collect();
    let documents: Vec<_> = named?.iter().map(|named| named.no.document()).collect();
    if documents.iter().collect::<BTreeSet<_>>().len() < documents.len() {
        let detail = "refunds: name each of them once";
        return Err(ApiError::bad_request("body_invalid", detail).with("field", "refunds"));
    }
    app.read(move |reader| {
        let (mut found, _) = orders_of(reader, &documents)?;
        let order = |document| {
            found
                .remove(document)
                .ok_or_else(|| Rejection::NoOrder { document: document.to_string() }.into())
        };
        documents.iter().map(order).collect()
    })
    .await
}

fn require_total(orders: &[Order], total: Money) -> Result<(), ApiError> {
    let differs = |sum: &dyn std::fmt::Display| {
        let detail = format!(
            "the refunds named come to {sum}, not to {total}; look at them again before you approve"
        );
        ApiError::new(StatusCode::CONFLICT, "total_differs", detail)
    };
    let mut sum = Money::zero(total.currency());
    for order in orders {
        let added = sum.try_add(order.placed.amount);
        sum = added.map_err(|_| differs(&"amounts of several currencies"))?;
    }
    if sum == total { Ok(()) } else { Err(differs(&sum)) }
}

/// Trouble with the database ends the call: all of it can be sent again.
fn one(order: &Order, outcome: Result<Outcome, Failure>) -> Result<OneJudged, ApiError> {
    let refund = order.placed.document.to_string();
    let (mut state, mut entry, mut code, mut detail) = (None, None, None, None);
    let replayed = matches!(&outcome, Ok(outcome) if outcome.replayed);
    match outcome {
        Ok(outcome) => {
            state = outcome.entry.facts.iter().find_map(|fact| match fact {
                receivables::Fact::OrderMoved(moved) => Some(moved.state),
                _ => None,
            });
            entry = Some(outcome.entry.head.no.to_string());
        }
        Err(failure @ (Failure::Unavailable(_) | Failure::Broken(_))) => return Err(failure.into()),
        Err(failure) => {
            let problem = ApiError::from(failure).problem();
            (code, detail) = (Some(problem.code), Some(problem.detail));
        }
    }
    Ok(OneJudged { refund, state, entry, replayed, code, detail })
}
