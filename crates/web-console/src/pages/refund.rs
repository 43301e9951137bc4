//! One refund: how it stands, what it waits for, and its life.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

use super::{Shown, Sorry, deeds, follow, life, part};
use crate::api::Problem;
use crate::form::{Fields, fresh_key};
use crate::input::{Input, Kind, wrong_with_form};
use crate::layout;
use crate::parts::{badge, document, instant, labels, list, money, text, words};
use crate::visit::{KEY, Visit, redirect};

/// What people may do with a refund that waits, and the field it needs.
const STEPS: [(&str, &str); 5] = [
    ("approve", "comment"),
    ("reject", "comment"),
    ("withdraw", "comment"),
    ("paid", "reference"),
    ("return", "comment"),
];

pub(crate) async fn show(visit: Visit, Path(refund): Path<String>) -> Shown {
    let fields = Fields::default().with(KEY, fresh_key());
    match page(&visit, &refund, &fields, None).await {
        Ok(page) => Ok(page.into_response()),
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// Approves, rejects, withdraws, pays, or returns it.
pub(crate) async fn act(visit: Visit, Path(refund): Path<String>, fields: Fields) -> Shown {
    let step = STEPS.iter().find(|(step, _)| *step == fields.get("step"));
    let Some((step, field)) = step else { return Ok(redirect(&address(&refund))) };
    let path = format!("/api/v1/refunds/{}/{step}", part(&refund));
    match visit.post(&path, fields.body(&[field]), &fields).await {
        Ok(_) => Ok(redirect(&address(&refund))),
        Err(problem) if problem.status == 401 => Err(Sorry(Box::new(visit), problem)),
        Err(problem) => match page(&visit, &refund, &fields, Some(&problem)).await {
            Ok(page) => Ok((problem.status(), page).into_response()),
            Err(problem) => Err(Sorry(Box::new(visit), problem)),
        },
    }
}

fn address(refund: &str) -> String {
    format!("/console/refunds/{}", part(refund))
}

async fn page(
    visit: &Visit,
    number: &str,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Result<Response, Problem> {
    let (refund, life) = found(visit, number).await?;
    let content = content(visit, &refund, &life, fields, problem);
    let number = text(&refund, "number");
    let content = html! {
        @if follow::moves(&refund) {
            div hx-ext="sse" sse-connect={ (address(number)) "/follow?state=" (follow::state(&refund)) } sse-close="end" {
                div sse-swap="state" aria-live="polite" { (content) }
            }
        } @else { (content) }
    };
    Ok(layout::page(visit, &format!("Refund {number}"), &content).into_response())
}

/// A refund, and what was done to send it.
pub(super) async fn found(visit: &Visit, number: &str) -> Result<(Value, Value), Problem> {
    let path = format!("/api/v1/refunds/{}", part(number));
    let refund = visit.get(&path).await?;
    let life = life(visit, &path).await?;
    Ok((refund, life))
}

/// All that the page says.
pub(super) fn content(
    visit: &Visit,
    refund: &Value,
    life: &Value,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Markup {
    html! {
        (facts(refund))
        p.actions { (deeds::buttons(visit, "refunds", refund)) }
        (waits(visit, refund, fields, problem))
        div sse-swap="life" { (attempts(life)) }
        (labels(refund))
    }
}

fn facts(refund: &Value) -> Markup {
    let state = match text(refund, "state") {
        "" => text(refund, "status"),
        state => state,
    };
    let from = match text(refund, "source_type") {
        "credit_balance" => "the credit balance",
        _ => "a payment",
    };
    let rest = [
        ("Date", text(refund, "date")),
        ("Reason", text(refund, "reason_code")),
        ("Reference", text(refund, "reference")),
        ("Comment", text(refund, "comment")),
    ];
    html! {
        p.lead {
            (money(text(refund, "amount"), text(refund, "currency"))) " of " (from) " of "
            (document(text(refund, "account"))) " " (badge(state))
        }
        dl.facts {
            div { dt { "How" } dd { (words(text(refund, "type"))) ", " (words(text(refund, "method_type"))) } }
            @for (name, value) in rest {
                @if !value.is_empty() { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}

/// What it waits for, and what whoever looks at it can do about that. The server says again whether they may.
fn waits(visit: &Visit, refund: &Value, fields: &Fields, problem: Option<&Problem>) -> Markup {
    let order = refund.get("order").cloned().unwrap_or_default();
    let state = text(&order, "state");
    let steps: &[(&str, &str)] = match state {
        "awaiting_approval" if visit.may("approve_refund") => {
            &[("approve", "Approve"), ("reject", "Reject"), ("withdraw", "Withdraw")]
        }
        "awaiting_approval" => &[("withdraw", "Withdraw")],
        "to_be_paid" => &[("paid", "It is paid"), ("return", "It came back unpaid")],
        _ => return html! { (wrong_with_form(problem, &[])) },
    };
    let approval = order.get("approval").cloned().unwrap_or_default();
    let mut inputs = Vec::new();
    if state == "to_be_paid" {
        let hint = "The number of the cheque; needed to close it.";
        inputs.push(Input::new("reference", "Reference of the payment", Kind::Line).hint(hint));
    }
    let hint = "Needed to reject, and to say that it came back.";
    inputs.push(Input::new("comment", "Comment", Kind::Line).hint(hint));
    html! {
        section.card {
            h2 { @if state == "to_be_paid" { "To be paid by hand" } @else { "Waiting for approval" } }
            p { "Asked for by " strong { (text(&approval, "requested_by")) } "." }
            ol {
                @for (place, level) in list(&approval, "levels").iter().enumerate() {
                    @let given = list(&approval, "approvals").get(place);
                    li {
                        @for role in level.as_array().into_iter().flatten() { (role.as_str().unwrap_or("")) " " }
                        @match given {
                            Some(given) => { "- " (text(given, "person")) ", " (instant(text(given, "at"))) }
                            None => { "- not yet" }
                        }
                    }
                }
            }
            (wrong_with_form(problem, &inputs))
            form method="post" action=(address(text(refund, "number"))) data-once="" {
                (visit.guard(fields.get(KEY)))
                @for input in &inputs { (input.show(fields, problem)) }
                p.actions {
                    @for (step, label) in steps {
                        button.primary[*step == "approve" || *step == "paid"] type="submit" name="step" value=(step) { (label) }
                    }
                }
            }
        }
    }
}

pub(super) fn attempts(life: &Value) -> Markup {
    let steps = list(life, "attempts");
    html! {
        @if !steps.is_empty() {
            h2 { "Its life" }
            table tabindex="0" {
                thead { tr { th { "When" } th { "What" } th { "Who" } th { "State" } th { "Detail" } } }
                tbody {
                    @for step in steps {
                        tr {
                            td { (instant(text(step, "at"))) }
                            td { (words(text(step, "what"))) }
                            td { (text(step, "by")) }
                            td { (badge(text(step, "state"))) }
                            td.reason { (words(text(step, "detail"))) " " (text(step, "message")) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hostile_comments_are_shown_as_they_were_written() {
        let hostile = "<img src=x onerror=alert(1)>";
        let refund = json!({"comment": hostile, "reference": hostile, "reason_code": hostile,
            "account": hostile, "amount": hostile, "currency": hostile, "status": hostile});
        let shown = facts(&refund).into_string();
        assert!(shown.contains("&lt;img") && !shown.contains("<img"), "{shown}");
        let life = json!({"attempts": [{"at": hostile, "what": hostile, "by": hostile, "detail": hostile}]});
        assert!(!attempts(&life).into_string().contains("<img"));
    }
}
