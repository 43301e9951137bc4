//! Which permissions an operation needs, and the door that asks for them before anything else.
//!
//! What a *command* needs is a rule ([`Command::requires`](receivables::Command::requires)) that the engine
//! enforces. This table says it for whole operations, reading included, so that a caller is refused before its
//! query and body are looked at. `docs/permissions.md` is made from it.

use std::collections::HashMap;
use std::sync::OnceLock;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use receivables::permission::{Permission as P, Permissions};

use crate::App;
use crate::auth::Caller;
use crate::people::Origin;
use crate::problem::ApiError;

/// What an operation asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: it is open, or proves in another way who calls.
    Open,
    /// Any caller that is known.
    Known,
    /// Every one of these.
    All(&'static [P]),
    /// At least one of these to be looked at; which ones, the body or the document says.
    Any(&'static [P]),
}

impl Access {
    /// What `granted` lacks to get past the door; `None` if nothing.
    fn lacks(self, granted: Permissions) -> Option<Permissions> {
        let missing =
            |needed: &[P]| needed.iter().copied().collect::<Permissions>().without(granted);
        match self {
            Self::Open | Self::Known => None,
            Self::All(needed) => Some(missing(needed)).filter(|missing| !missing.is_empty()),
            Self::Any(needed) if needed.iter().any(|one| granted.has(*one)) => None,
            Self::Any(needed) => Some(missing(needed)),
        }
    }
}

/// Method and path of an operation, and what it asks.
pub type Operation = (&'static str, &'static str, Access);

/// Every operation.
pub const OPERATIONS: &[Operation] = &[
    ("GET", "/healthz", Access::Open),
    ("GET", "/readyz", Access::Open),
    ("GET", "/metrics", Access::Open),
    ("GET", "/api/openapi.json", Access::Open),
    ("POST", "/webhooks/{gateway}", Access::Open),
    ("GET", "/api/v1/me", Access::Known),
    ("GET", "/api/v1/permissions", Access::Known),
    ("GET", "/api/v1/clock", Access::Known),
    ("POST", "/api/v1/batch", Access::Known),
    ("PUT", "/api/v1/clock", Access::All(&[P::MoveTestClock])),
    ("GET", "/api/v1/settings", Access::All(&[P::ViewSettings])),
    ("PATCH", "/api/v1/settings", Access::All(&[P::ManagePaymentsSettings])),
    ("GET", "/api/v1/roles", Access::All(&[P::ViewSettings])),
    ("POST", "/api/v1/roles", Access::All(&[P::ManageUserRoles])),
    ("PATCH", "/api/v1/roles/{role}", Access::All(&[P::ManageUserRoles])),
    ("GET", "/api/v1/api-keys", Access::All(&[P::ManageUserRoles])),
    ("POST", "/api/v1/api-keys", Access::All(&[P::ManageUserRoles])),
    ("PATCH", "/api/v1/api-keys/{name}", Access::All(&[P::ManageUserRoles])),
    ("POST", "/api/v1/api-keys/{name}/revoke", Access::All(&[P::ManageUserRoles])),
    ("POST", "/api/v1/login", Access::Open),
    ("POST", "/api/v1/logout", Access::Known),
    ("POST", "/api/v1/password", Access::Known),
    ("GET", "/api/v1/sessions", Access::Known),
    ("POST", "/api/v1/sessions/{session}/end", Access::Known),
    ("POST", "/api/v1/second-factor", Access::Known),
    ("POST", "/api/v1/second-factor/confirm", Access::Known),
    ("POST", "/api/v1/second-factor/remove", Access::Known),
    ("GET", "/api/v1/users", Access::All(&[P::ManageUsers])),
    ("POST", "/api/v1/users", Access::All(&[P::ManageUsers, P::ManageUserRoles])),
    ("PATCH", "/api/v1/users/{user}", Access::All(&[P::ManageUsers])),
    ("POST", "/api/v1/users/{user}/reset-password", Access::All(&[P::ManageUsers])),
    ("POST", "/api/v1/users/{user}/reset-second-factor", Access::All(&[P::ManageUsers])),
    ("POST", "/api/v1/users/{user}/end-sessions", Access::All(&[P::ManageUsers])),
    ("GET", "/api/v1/api-clients", Access::All(&[P::ManageUserRoles])),
    ("POST", "/api/v1/api-clients", Access::All(&[P::ManageUserRoles])),
    ("PATCH", "/api/v1/api-clients/{client}", Access::All(&[P::ManageUserRoles])),
    ("POST", "/api/v1/api-clients/{client}/roll-secret", Access::All(&[P::ManageUserRoles])),
    ("POST", "/api/v1/api-clients/{client}/revoke", Access::All(&[P::ManageUserRoles])),
    ("POST", "/oauth/token", Access::Open),
    ("POST", "/oauth/revoke", Access::Open),
    ("GET", "/api/v1/custom-fields", Access::All(&[P::ViewSettings])),
    ("POST", "/api/v1/custom-fields", Access::All(&[P::ManagePaymentsSettings])),
    ("PATCH", "/api/v1/custom-fields/{object}/{name}", Access::All(&[P::ManagePaymentsSettings])),
    ("PATCH", "/api/v1/accounts/{account}/custom-fields", Access::All(&[P::ManageAccounts])),
    ("PATCH", "/api/v1/accounts/{account}/metadata", Access::All(&[P::ManageAccounts])),
    ("PATCH", "/api/v1/invoices/{invoice}/custom-fields", Access::All(&[P::ManageInvoices])),
    ("PATCH", "/api/v1/invoices/{invoice}/metadata", Access::All(&[P::ManageInvoices])),
    (
        "PATCH",
        "/api/v1/payments/{payment}/custom-fields",
        Access::All(&[P::ProcessExternalPayment]),
    ),
    ("PATCH", "/api/v1/payments/{payment}/metadata", Access::All(&[P::ProcessExternalPayment])),
    ("PATCH", "/api/v1/refunds/{refund}/custom-fields", Access::All(&[P::ChangeReasonCode])),
    ("PATCH", "/api/v1/refunds/{refund}/metadata", Access::All(&[P::ChangeReasonCode])),
    (
        "PATCH",
        "/api/v1/payment-methods/{payment_method}/custom-fields",
        Access::All(&[P::ManagePaymentMethods]),
    ),
    (
        "PATCH",
        "/api/v1/payment-methods/{payment_method}/metadata",
        Access::All(&[P::ManagePaymentMethods]),
    ),
    (
        "PATCH",
        "/api/v1/credit-balance-adjustments/{adjustment}/custom-fields",
        Access::All(&[P::CreateCreditBalanceAdjustment]),
    ),
    (
        "PATCH",
        "/api/v1/credit-balance-adjustments/{adjustment}/metadata",
        Access::All(&[P::CreateCreditBalanceAdjustment]),
    ),
    (
        "PATCH",
        "/api/v1/invoice-item-adjustments/{adjustment}/custom-fields",
        Access::All(&[P::CreateInvoiceItemAdjustment]),
    ),
    (
        "PATCH",
        "/api/v1/invoice-item-adjustments/{adjustment}/metadata",
        Access::All(&[P::CreateInvoiceItemAdjustment]),
    ),
    ("GET", "/api/v1/gateways", Access::All(&[P::ViewSettings])),
    ("POST", "/api/v1/gateways", Access::All(&[P::ManageGateways])),
    ("GET", "/api/v1/gateways/{gateway}", Access::All(&[P::ViewSettings])),
    ("PATCH", "/api/v1/gateways/{gateway}", Access::All(&[P::ManageGateways])),
    ("GET", "/api/v1/gateways/{gateway}/capabilities", Access::All(&[P::ViewSettings])),
    ("PUT", "/api/v1/gateways/{gateway}/credentials", Access::All(&[P::ManageGateways])),
    ("POST", "/api/v1/gateways/{gateway}/test", Access::All(&[P::ManageGateways])),
    ("POST", "/api/v1/gateways/{gateway}/reconcile", Access::All(&[P::EditPaymentGatewayStatus])),
    ("GET", "/api/v1/accounts", Access::All(&[P::ViewAccounts])),
    ("POST", "/api/v1/accounts", Access::All(&[P::ManageAccounts])),
    ("GET", "/api/v1/accounts/{account}", Access::All(&[P::ViewAccounts])),
    (
        "PATCH",
        "/api/v1/accounts/{account}",
        Access::Any(&[P::ManageAccounts, P::EditPaymentGatewayRouting]),
    ),
    ("POST", "/api/v1/accounts/{account}/cancel", Access::All(&[P::ManageAccounts])),
    ("POST", "/api/v1/accounts/{account}/reactivate", Access::All(&[P::ManageAccounts])),
    ("GET", "/api/v1/accounts/{account}/personal-data", Access::All(&[P::ViewAccounts])),
    ("PUT", "/api/v1/accounts/{account}/personal-data", Access::All(&[P::ManageAccounts])),
    (
        "POST",
        "/api/v1/accounts/{account}/personal-data/erase",
        Access::All(&[P::EraseCustomerData]),
    ),
    ("GET", "/api/v1/accounts/{account}/balance", Access::All(&[P::ViewAccounts])),
    ("GET", "/api/v1/accounts/{account}/balances", Access::All(&[P::ViewAccounts])),
    ("GET", "/api/v1/accounts/{account}/explain", Access::All(&[P::ViewAccounts])),
    ("GET", "/api/v1/accounts/{account}/history", Access::All(&[P::ViewAccounts])),
    ("GET", "/api/v1/accounts/{account}/statement", Access::All(&[P::ViewAccounts])),
    ("GET", "/api/v1/accounts/{account}/open-invoices", Access::All(&[P::ViewInvoices])),
    ("GET", "/api/v1/accounts/{account}/credit-balance/explain", Access::All(&[P::ViewAccounts])),
    (
        "POST",
        "/api/v1/accounts/{account}/credit-balance/apply",
        Access::All(&[P::CreateCreditBalanceAdjustment]),
    ),
    (
        "POST",
        "/api/v1/accounts/{account}/credit-balance/refund",
        Access::Any(&[P::CreditBalanceExternalRefund, P::CreditBalanceElectronicRefund]),
    ),
    ("POST", "/api/v1/accounts/{account}/collect", Access::All(&[P::ProcessElectronicPayment])),
    (
        "POST",
        "/api/v1/payment-runs",
        Access::All(&[P::ManagePaymentRuns, P::ProcessElectronicPayment]),
    ),
    ("GET", "/api/v1/accounts/{account}/payment-methods", Access::All(&[P::ViewAccounts])),
    ("POST", "/api/v1/accounts/{account}/payment-methods", Access::All(&[P::ManagePaymentMethods])),
    ("GET", "/api/v1/payment-methods/{payment_method}", Access::All(&[P::ViewAccounts])),
    ("PATCH", "/api/v1/payment-methods/{payment_method}", Access::All(&[P::ManagePaymentMethods])),
    (
        "POST",
        "/api/v1/payment-methods/{payment_method}/close",
        Access::All(&[P::ManagePaymentMethods]),
    ),
    ("POST", "/api/v1/accounts/{account}/invoices", Access::All(&[P::ManageInvoices])),
    ("GET", "/api/v1/invoices", Access::All(&[P::ViewInvoices])),
    ("GET", "/api/v1/invoices/{invoice}", Access::All(&[P::ViewInvoices])),
    ("GET", "/api/v1/invoices/{invoice}/balance", Access::All(&[P::ViewInvoices])),
    ("GET", "/api/v1/invoices/{invoice}/explain", Access::All(&[P::ViewInvoices])),
    ("POST", "/api/v1/invoices/{invoice}/post", Access::All(&[P::PostInvoice])),
    ("POST", "/api/v1/invoices/{invoice}/unpost", Access::All(&[P::CancelPostedBillingDocument])),
    ("POST", "/api/v1/invoices/{invoice}/cancel", Access::All(&[P::ManageInvoices])),
    ("POST", "/api/v1/invoices/{invoice}/adjust", Access::All(&[P::CreateInvoiceItemAdjustment])),
    (
        "POST",
        "/api/v1/invoices/{invoice}/transfer",
        Access::All(&[P::CreateCreditBalanceAdjustment]),
    ),
    (
        "POST",
        "/api/v1/invoices/{invoice}/counter-adjust",
        Access::All(&[P::CreateCreditBalanceAdjustment]),
    ),
    ("POST", "/api/v1/accounts/{account}/payments", Access::All(&[P::ProcessExternalPayment])),
    (
        "POST",
        "/api/v1/accounts/{account}/payments/charge",
        Access::All(&[P::ProcessElectronicPayment]),
    ),
    ("GET", "/api/v1/payments", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/payments/{payment}", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/payments/{payment}/attempts", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/payments/{payment}/refund-routes", Access::All(&[P::ViewPayments])),
    ("POST", "/api/v1/payments/{payment}/cancel", Access::All(&[P::CancelExternalPayment])),
    ("POST", "/api/v1/payments/{payment}/void", Access::All(&[P::CancelElectronicPayment])),
    ("POST", "/api/v1/payments/{payment}/dispute", Access::All(&[P::EditPaymentGatewayStatus])),
    ("POST", "/api/v1/payments/{payment}/refresh", Access::All(&[P::ProcessElectronicPayment])),
    ("POST", "/api/v1/payments/{payment}/resolve", Access::All(&[P::EditPaymentGatewayStatus])),
    (
        "POST",
        "/api/v1/payments/{payment}/refund",
        Access::Any(&[P::IssueExternalRefund, P::IssueElectronicRefund]),
    ),
    ("GET", "/api/v1/refunds", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/refunds/{refund}", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/refunds/{refund}/attempts", Access::All(&[P::ViewPayments])),
    ("POST", "/api/v1/refunds/{refund}/cancel", Access::All(&[P::CancelExternalRefund])),
    ("POST", "/api/v1/refunds/{refund}/refresh", Access::All(&[P::IssueElectronicRefund])),
    ("POST", "/api/v1/refunds/{refund}/resolve", Access::All(&[P::EditPaymentGatewayStatus])),
    ("GET", "/api/v1/accounting-periods", Access::All(&[P::ViewSettings])),
    ("POST", "/api/v1/accounting-periods", Access::All(&[P::ManageCloseProcess])),
    ("PATCH", "/api/v1/accounting-periods/{period}", Access::All(&[P::ManageCloseProcess])),
    ("GET", "/api/v1/reason-codes", Access::Known),
    ("POST", "/api/v1/reason-codes", Access::All(&[P::ManagePaymentsSettings])),
    ("PATCH", "/api/v1/reason-codes/{category}/{code}", Access::All(&[P::ManagePaymentsSettings])),
    ("GET", "/api/v1/approval-policies", Access::All(&[P::ViewSettings])),
    ("POST", "/api/v1/approval-policies", Access::All(&[P::ManageApprovalPolicies])),
    ("PATCH", "/api/v1/approval-policies/{policy}", Access::All(&[P::ManageApprovalPolicies])),
    ("GET", "/api/v1/approvals", Access::All(&[P::ViewPayments])),
    ("POST", "/api/v1/approvals/approve", Access::All(&[P::ApproveRefund])),
    ("POST", "/api/v1/approvals/reject", Access::All(&[P::ApproveRefund])),
    ("POST", "/api/v1/refunds/{refund}/approve", Access::All(&[P::ApproveRefund])),
    ("POST", "/api/v1/refunds/{refund}/reject", Access::All(&[P::ApproveRefund])),
    ("POST", "/api/v1/refunds/{refund}/withdraw", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/refunds-to-be-paid", Access::All(&[P::ViewPayments])),
    (
        "POST",
        "/api/v1/refunds/{refund}/paid",
        Access::Any(&[P::CreditBalanceExternalRefund, P::IssueExternalRefund]),
    ),
    (
        "POST",
        "/api/v1/refunds/{refund}/return",
        Access::Any(&[P::CreditBalanceExternalRefund, P::IssueExternalRefund]),
    ),
    ("GET", "/api/v1/orders/queue", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/orders/asked-about", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/credit-balance-adjustments", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/credit-balance-adjustments/{adjustment}", Access::All(&[P::ViewPayments])),
    (
        "POST",
        "/api/v1/credit-balance-adjustments/{adjustment}/cancel",
        Access::All(&[P::CancelCreditBalanceAdjustment]),
    ),
    ("GET", "/api/v1/invoice-item-adjustments", Access::All(&[P::ViewPayments])),
    ("GET", "/api/v1/invoice-item-adjustments/{adjustment}", Access::All(&[P::ViewPayments])),
    (
        "POST",
        "/api/v1/invoice-item-adjustments/{adjustment}/cancel",
        Access::All(&[P::CancelInvoiceItemAdjustment]),
    ),
    ("GET", "/api/v1/search", Access::Known),
    ("GET", "/api/v1/journal", Access::All(&[P::ViewJournal])),
    ("GET", "/api/v1/journal/{entry}", Access::All(&[P::ViewJournal])),
    ("GET", "/api/v1/events", Access::All(&[P::ViewEvents])),
    ("GET", "/api/v1/events/{event}", Access::All(&[P::ViewEvents])),
    ("GET", "/api/v1/event-endpoints", Access::All(&[P::ManageEventEndpoints])),
    ("POST", "/api/v1/event-endpoints", Access::All(&[P::ManageEventEndpoints])),
    ("GET", "/api/v1/event-endpoints/{endpoint}", Access::All(&[P::ManageEventEndpoints])),
    ("PATCH", "/api/v1/event-endpoints/{endpoint}", Access::All(&[P::ManageEventEndpoints])),
    ("DELETE", "/api/v1/event-endpoints/{endpoint}", Access::All(&[P::ManageEventEndpoints])),
    (
        "POST",
        "/api/v1/event-endpoints/{endpoint}/roll-secret",
        Access::All(&[P::ManageEventEndpoints]),
    ),
    ("POST", "/api/v1/event-endpoints/{endpoint}/test", Access::All(&[P::ManageEventEndpoints])),
    ("POST", "/api/v1/event-endpoints/{endpoint}/replay", Access::All(&[P::ManageEventEndpoints])),
    (
        "GET",
        "/api/v1/event-endpoints/{endpoint}/deliveries",
        Access::All(&[P::ManageEventEndpoints]),
    ),
    (
        "POST",
        "/api/v1/event-endpoints/{endpoint}/deliveries/{event}/retry",
        Access::All(&[P::ManageEventEndpoints]),
    ),
    ("GET", "/api/v1/audit/head", Access::All(&[P::ViewJournal])),
    ("GET", "/api/v1/audit/check", Access::All(&[P::ViewJournal])),
    ("GET", "/api/v1/trial-balance", Access::All(&[P::ViewJournal])),
];

/// What somebody may do who has to choose a password first.
const WITH_A_GIVEN_PASSWORD: [&str; 3] = ["/api/v1/me", "/api/v1/password", "/api/v1/logout"];

/// What the operation asks; `None` if the path has no operation at all.
fn access(method: &Method, path: &str) -> Option<Access> {
    static TABLE: OnceLock<HashMap<&str, Vec<(&str, Access)>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: HashMap<&str, Vec<(&str, Access)>> = HashMap::new();
        for (method, path, access) in OPERATIONS {
            table.entry(path).or_default().push((method, *access));
        }
        table
    });
    // HEAD is answered by whoever answers GET.
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    let on_path = table.get(path)?;
    let found = on_path.iter().find(|(known, _)| *known == method);
    // Another method is refused by the router.
    Some(found.map_or(Access::Open, |(_, access)| *access))
}

/// Finds out who calls, and whether the caller may. Whoever may not learns nothing of the query, the path and
/// the body.
pub(crate) async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let origin = Origin::of(&request, app.people.options);
    request.extensions_mut().insert(origin.clone());
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let Some(path) = path else { return next.run(request).await };
    let asked = match access(request.method(), &path) {
        Some(Access::Open) => return next.run(request).await,
        Some(asked) => asked,
        None => {
            let cause = format!("{path} has no row in the table of permissions");
            return ApiError::internal(cause).into_response();
        }
    };
    let caller = match app.caller(request.method(), request.headers(), &origin).await {
        Ok(caller) => caller,
        Err(error) => return refused(&path, None, error),
    };
    if let Err(error) = app.people.asks(caller.actor.name(), app.engine.clock().now()) {
        return refused(&path, Some(&caller), error);
    }
    if caller.login.as_ref().is_some_and(|it| it.user.body.must_change)
        && !WITH_A_GIVEN_PASSWORD.contains(&path.as_str())
    {
        let detail = "the password was given to you; choose your own first: POST /api/v1/password";
        let error = ApiError::new(StatusCode::FORBIDDEN, "password_change_required", detail);
        return refused(&path, Some(&caller), error);
    }
    if let Some(missing) = asked.lacks(caller.actor.permissions()) {
        let any = matches!(asked, Access::Any(_));
        let error = app.keys.forbidden(&caller, missing, any);
        return refused(&path, Some(&caller), error);
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn refused(path: &str, caller: Option<&Caller>, error: ApiError) -> Response {
    let caller = caller.map_or("", |caller| caller.actor.name());
    tracing::info!(path, caller, code = error.code(), "refused at the door");
    error.into_response()
}
