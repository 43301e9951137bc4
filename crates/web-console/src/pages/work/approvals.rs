//! The inbox of those who approve.

use axum::response::IntoResponse;
use maud::html;
use serde_json::Value;

use crate::layout;
use crate::pages::{Shown, Sorry, part};
use crate::parts::{document, instant, list, money, text};
use crate::visit::Visit;

pub(crate) async fn show(visit: Visit) -> Shown {
    let after = visit.query.given("after").map(|it| format!("&after={}", part(it)));
    let path = format!("/api/v1/approvals?limit=50{}", after.unwrap_or_default());
    let page = match visit.get(&path).await {
        Ok(page) => page,
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let refunds = list(&page, "refunds");
    let content = html! {
        @if refunds.is_empty() {
            p.empty { "Nothing waits. Approval policies say which refunds do; they are made over the API." }
        } @else {
            table tabindex="0" {
                thead { tr {
                    th { "Refund" } th { "Account" } th.amount { "Amount" } th { "Asked for" } th { "Until" } th { "You" }
                } }
                tbody {
                    @for refund in refunds {
                        @let approve = refund.get("approve").cloned().unwrap_or_default();
                        @let approval = refund.get("approval").cloned().unwrap_or_default();
                        tr {
                            td { (document(text(refund, "number"))) }
                            td { (document(text(refund, "account"))) }
                            td.amount { (money(text(refund, "amount"), text(refund, "currency"))) }
                            td { (text(&approval, "requested_by")) }
                            td { (instant(text(&approval, "expires_at"))) }
                            td.reason {
                                @if approve.get("allowed") == Some(&Value::Bool(true)) {
                                    a href={ "/console/refunds/" (part(text(refund, "number"))) } { "Approve or reject" }
                                } @else { (text(&approve, "reason")) }
                            }
                        }
                    }
                }
            }
            @if let Some(next) = page.get("next_after").and_then(Value::as_str) {
                p { a href={ "/console/approvals?after=" (part(next)) } rel="next" { "More" } }
            }
        }
    };
    Ok(layout::page(&visit, "Approvals", &content).into_response())
}
