//! The guided choice of how a payment can be given back, when the card it came from may be gone
//! (domain 5.3). Every way is previewed, so the rules themselves say what works.

use axum::Json;
use axum::extract::State;
use engine::{Failure, Outcome, Reader, Request};
use money::Money;
use receivables::command::{RefundPayment, Words};
use receivables::fact::Fact;
use receivables::gateway::Ability;
use receivables::id::Ref;
use receivables::order::{DeclineCode, Order, OrderState};
use receivables::payment::{MethodType, Payment};
use receivables::payment_method::{MethodState, MethodStatus};
use receivables::refund::RefundType;
use receivables::{Command, MethodNo, PaymentNo, Rejection};
use reports::Decimal;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::documents::find;
use super::responses::ReadErrors;
use crate::App;
use crate::auth::Caller;
use crate::body::Method;
use crate::context::Name;
use crate::problem::{ApiError, Problem};
use crate::views::{NextStep, gateway_name};

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_refund_routes))
}

/// Which way the money would go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RouteKind {
    /// Back to where the payment came from, with reference to it.
    Referenced,
    /// To another stored method of the account, without reference to the payment.
    Push,
    /// Outside, by your own hand; the invoices come to zero in the same step.
    External,
}

/// One way to give a payment back.
#[derive(Debug, Serialize, ToSchema)]
struct RefundRoute {
    /// Which way.
    route: RouteKind,
    /// True if it would be accepted now.
    possible: bool,
    /// If not: the stable code of the rule.
    #[schema(example = "gateway_cannot")]
    code: Option<String>,
    /// If not: why, and what to do.
    reason: Option<String>,
    /// The refund that the gateway declined on this way before. It may be tried again, but is not
    /// recommended.
    #[schema(example = "R-00000001")]
    declined_before: Option<String>,
    /// The gateway it would go through.
    #[schema(example = "cards")]
    gateway: Option<String>,
    /// The stored method it would go to.
    #[schema(example = "PM-00000002")]
    payment_method: Option<String>,
    /// Type of that method.
    #[schema(value_type = Method)]
    method_type: MethodType,
    /// How much would go back: all that is left.
    #[schema(value_type = Option<String>, example = "100.00")]
    amount: Option<Decimal>,
    /// The request to send, with an idempotency key of your own.
    request: NextStep,
}

/// The ways to give a payment back.
#[derive(Debug, Serialize, ToSchema)]
struct RefundRoutes {
    /// The payment.
    #[schema(example = "P-00000001")]
    payment: String,
    /// What is usually done: referenced if possible, then a push, then outside; nothing that was declined before.
    recommended: Option<RouteKind>,
    /// The ways, in this order.
    routes: Vec<RefundRoute>,
}

/// A way before it is asked about.
struct Way {
    route: RouteKind,
    method: Option<MethodNo>,
    method_type: MethodType,
    adjust: bool,
}

impl Way {
    fn command(&self, payment: PaymentNo) -> Command {
        let external = self.route == RouteKind::External;
        Command::RefundPayment(RefundPayment {
            payment: Ref::to(payment),
            amount: None,
            currency: None,
            parts: Vec::new(),
            kind: if external { RefundType::External } else { RefundType::Electronic },
            method_type: external.then_some(self.method_type),
            method: self.method.filter(|_| self.route == RouteKind::Push).map(Ref::to),
            gateway: None,
            override_dispute: false,
            date: None,
            adjust: self.adjust,
            words: Words::default(),
        })
    }

    fn request(&self, payment: PaymentNo) -> NextStep {
        let method = self.method.map(|no| no.to_string()).unwrap_or_default();
        let (reason, body) = match self.route {
            RouteKind::Referenced => (
                "back to where the payment came from; networks often forward it to the card that \
                 replaced a lost one"
                    .to_owned(),
                json!({"type": "electronic"}),
            ),
            RouteKind::Push => (
                format!("to {method} of the same account, without reference to the payment"),
                json!({"type": "electronic", "payment_method_id": method}),
            ),
            RouteKind::External if self.adjust => (
                "pay it back in the gateway's console or in another way, and record that here; the \
                 invoices come to zero in the same step (without adjust they are open again, to be collected)"
                    .to_owned(),
                json!({"type": "external", "method_type": self.method_type, "adjust": true}),
            ),
            RouteKind::External => (
                "ask for it, and pay it back in the gateway's console or in another way once it is \
                 approved; its invoices are open again when it is paid, and are adjusted then"
                    .to_owned(),
                json!({"type": "external", "method_type": self.method_type, "adjust": false}),
            ),
        };
        let path = format!("/api/v1/payments/{payment}/refund");
        NextStep { reason, method: "POST", path, body }
    }
}

/// Every way there may be: the payment's own, each other active electronic method, outside.
fn ways(payment: &Payment, methods: &[MethodState]) -> Vec<Way> {
    let method_type = payment.method_type;
    let way = |route, method, method_type, adjust| Way { route, method, method_type, adjust };
    let mut ways = vec![way(RouteKind::Referenced, payment.method, method_type, false)];
    let others = methods.iter().filter(|state| {
        state.status == MethodStatus::Active
            && state.method.method_type.is_electronic()
            && Some(state.method.no) != payment.method
    });
    ways.extend(
        others.map(|state| {
            way(RouteKind::Push, Some(state.method.no), state.method.method_type, false)
        }),
    );
    // Who has to ask for approval cannot adjust in the same step.
    ways.extend([true, false].map(|adjust| way(RouteKind::External, None, method_type, adjust)));
    ways
}

/// The latest refund that was declined on a way, and would be again.
fn declined_before(way: &Way, orders: &[Order]) -> Option<String> {
    let ability = match way.route {
        RouteKind::Referenced => Ability::ReferencedRefund,
        RouteKind::Push => Ability::NonReferencedRefund,
        RouteKind::External => return None,
    };
    let declined = orders.iter().rev().find(|order| {
        order.state == OrderState::Declined
            && order.ability == ability
            && Some(order.placed.method) == way.method
            && !matches!(
                order.reason,
                Some(DeclineCode::MerchantBalanceLow | DeclineCode::Configuration)
            )
    });
    declined.map(|order| order.placed.document.to_string())
}

fn answered(
    payment: PaymentNo,
    way: &Way,
    declined_before: Option<String>,
    outcome: Result<Outcome, Failure>,
) -> RefundRoute {
    let (mut gateway, mut amount): (Option<String>, Option<Money>) = (None, None);
    let refused = match outcome {
        Ok(outcome) => {
            for fact in &outcome.entry.facts {
                match fact {
                    Fact::OrderPlaced(placed) => {
                        amount = amount.or(Some(placed.amount));
                        gateway = gateway_name(&outcome.settings, placed.gateway);
                    }
                    Fact::Refunded(refund) => amount = Some(refund.amount),
                    _ => {}
                }
            }
            None
        }
        // What it asks for besides is filled in by whoever asks for the refund.
        Err(Failure::Rejected(Rejection::CustomFieldMissing { .. })) => None,
        Err(failure) => Some(ApiError::from(failure).problem()),
    };
    let (code, reason) = match refused {
        Some(Problem { code, detail, .. }) => (Some(code), Some(detail)),
        None => (None, None),
    };
    RefundRoute {
        route: way.route,
        possible: code.is_none(),
        code,
        reason,
        declined_before,
        gateway,
        payment_method: way.method.map(|no| no.to_string()),
        method_type: way.method_type,
        amount: amount.map(Decimal),
        request: way.request(payment),
    }
}

/// Show every way in which what is left of a payment can be given back, and what to send for it.
#[utoipa::path(get, path = "/api/v1/payments/{payment}/refund-routes", tag = "documents",
    params(("payment" = String, Path, description = "Number or id", example = "P-00000001")),
    responses((status = 200, description = "The ways", body = RefundRoutes),
        (status = 503, description = "The rules cannot be asked now", body = Problem, content_type = "application/problem+json"),
        ReadErrors))]
async fn list_refund_routes(
    State(app): State<App>,
    caller: Caller,
    Name(payment): Name,
) -> Result<Json<RefundRoutes>, ApiError> {
    let state =
        find(&app, &payment, |reader, no| reader.payment(no), |state| state.recorded.at).await?;
    let (payment, account) = (state.recorded.document, state.recorded.account);
    let no = payment.no;
    let read = move |reader: &dyn Reader| {
        Ok((reader.account_methods(account)?, reader.payment_orders(no)?))
    };
    let (methods, orders) = app.read(read).await?;
    let ways = ways(&payment, &methods);
    let preview =
        |way: &Way| Request::preview(way.command(payment.no), caller.actor.clone(), "api");
    let outcomes = app.engine.execute_all(ways.iter().map(preview).collect()).await?;
    let mut routes = Vec::with_capacity(ways.len());
    for (way, outcome) in ways.iter().zip(outcomes) {
        if let Err(failure @ (Failure::Unavailable(_) | Failure::Broken(_))) = outcome {
            return Err(failure.into());
        }
        let answered = answered(payment.no, way, declined_before(way, &orders), outcome);
        // Of outside there is one way: with the adjustment if that is possible, else without if that is.
        match routes.last_mut().filter(|_| way.route == RouteKind::External && !way.adjust) {
            None => routes.push(answered),
            Some(with) if !with.possible && answered.possible => *with = answered,
            Some(_) => {}
        }
    }
    let recommended = routes.iter().find(|it| it.possible && it.declined_before.is_none());
    let recommended = recommended.map(|route| route.route);
    Ok(Json(RefundRoutes { payment: payment.no.to_string(), recommended, routes }))
}
