//! One refund: how it stands, what it waits for, and its life.

use axum::extract::Path;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{Shown, Sorry, deeds, follow, history, life, part};
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
    let Some((step, field)) = step else {
        // The key Enter in a field judges nothing, and loses nothing.
        let field = ["comment", "reference"].into_iter().find(|it| fields.given(it).is_some());
        return not_said(visit, &refund, &fields, field.unwrap_or("comment")).await;
    };
    let path = format!("/api/v1/refunds/{}/{step}", part(&refund));
    match visit.post(&path, fields.body(&[field]), &fields).await {
        Ok(_) => Ok(redirect(&address(&refund))),
        Err(problem) if problem.status == 401 => Err(Sorry(Box::new(visit), problem)),
        Err(mut problem) => {
            // What a step asks for is one field; where it is missing, that is what is wrong.
            if problem.field.is_none() && fields.given(field).is_none() {
                problem.field = Some((*field).to_owned());
            }
            match page(&visit, &refund, &fields, Some(&problem)).await {
                Ok(page) => Ok((problem.status(), page).into_response()),
                Err(problem) => Err(Sorry(Box::new(visit), problem)),
            }
        }
    }
}

/// The page as it was filled in, for somebody who has not said what to do.
async fn not_said(visit: Visit, refund: &str, fields: &Fields, field: &str) -> Shown {
    match found(&visit, refund).await {
        Ok((refund, _)) if offers(&visit, &refund).await.steps.is_empty() => {
            let detail = "there is nothing that you can do with this refund".to_owned();
            let problem =
                Problem { status: 403, code: "permission_missing".to_owned(), detail, field: None };
            return Err(Sorry(Box::new(visit), problem));
        }
        Ok(_) => {}
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    }
    let problem = Problem {
        status: 422,
        code: "form_invalid".to_owned(),
        detail: "press one of the buttons: nothing was done".to_owned(),
        field: Some(field.to_owned()),
    };
    match page(&visit, refund, fields, Some(&problem)).await {
        Ok(page) => Ok((problem.status(), page).into_response()),
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
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
    if let Some(file) = life::file(visit, &life) {
        return Ok(file);
    }
    let offers = offers(visit, &refund).await;
    let history = history::of(visit, text(&refund, "account"), text(&refund, "number")).await?;
    let content = content(visit, &refund, &life, &offers, fields, problem);
    let number = text(&refund, "number");
    let content = html! {
        @if follow::moves(&refund) {
            div hx-ext="sse" sse-connect={ (address(number)) "/follow?state=" (follow::state(&refund)) } sse-close="end" {
                div sse-swap="state" aria-live="polite" { (content) }
            }
        } @else { (content) }
        (history)
    };
    Ok(layout::page(visit, &format!("Refund {number}"), &content).into_response())
}

/// A refund, and what was done to send it.
pub(super) async fn found(visit: &Visit, number: &str) -> Result<(Value, Value), Problem> {
    let path = format!("/api/v1/refunds/{}", part(number));
    let refund = visit.get(&path).await?;
    let life = life::of(visit, &path).await?;
    Ok((refund, life))
}

/// All that the page says.
pub(super) fn content(
    visit: &Visit,
    refund: &Value,
    life: &Value,
    offers: &Offers,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Markup {
    html! {
        (facts(refund))
        p.actions { (deeds::buttons(visit, "refunds", refund)) }
        (waits(visit, refund, offers, fields, problem))
        div sse-swap="life" { (life::show(life)) }
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
    let order = refund.get("order").unwrap_or(&Value::Null);
    let of_payment = text(refund, "source_type") == "payment";
    let source = if of_payment { "Payment" } else { "Credit balance adjustment" };
    let rest = [
        ("To", text(refund, "payment_method")),
        (source, text(refund, "source")),
        ("Gateway", text(order, "gateway")),
        ("The gateway's id", text(order, "gateway_id")),
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
                @if !value.is_empty() { div { dt { (name) } dd { (document(value)) } } }
            }
        }
    }
}

/// What whoever looks at a refund that waits can do about it, and why not the rest.
#[derive(Default)]
pub(super) struct Offers {
    /// Each step with its button.
    steps: Vec<(&'static str, &'static str)>,
    /// What the rules say to somebody who approves, but not this one.
    why_not: String,
}

/// Asks the rules what they would say to each step, so that no button is there to be refused.
pub(super) async fn offers(visit: &Visit, refund: &Value) -> Offers {
    let mut offers = Offers::default();
    match refund.get("order").map_or("", |order| text(order, "state")) {
        "to_be_paid" if visit.may(needed_to_pay(refund)) => {
            offers.steps = vec![("paid", "It is paid"), ("return", "It came back unpaid")];
        }
        "awaiting_approval" => {
            let path = format!("/api/v1/refunds/{}", part(text(refund, "number")));
            let judges = visit.may("approve_refund");
            let asked = [
                ("approve", "Approve", judges, json!({})),
                ("reject", "Reject", judges, json!({"comment": "-"})),
                ("withdraw", "Withdraw", true, json!({})),
            ];
            for (step, label, _, body) in asked.into_iter().filter(|(_, _, may, _)| *may) {
                match visit.would(Method::POST, &format!("{path}/{step}"), body).await {
                    Ok(_) => offers.steps.push((step, label)),
                    Err(problem) if step == "approve" => offers.why_not = problem.detail,
                    Err(_) => {}
                }
            }
        }
        _ => {}
    }
    offers
}

/// The permission to say of an external refund that it is paid, or came back.
fn needed_to_pay(refund: &Value) -> &'static str {
    match text(refund, "source_type") {
        "credit_balance" => "credit_balance_external_refund",
        _ => "issue_external_refund",
    }
}

/// What it waits for, and what whoever looks at it can do about that. The server says again whether they may.
fn waits(
    visit: &Visit,
    refund: &Value,
    offers: &Offers,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Markup {
    let order = refund.get("order").cloned().unwrap_or_default();
    let state = text(&order, "state");
    if !matches!(state, "awaiting_approval" | "to_be_paid") {
        return html! { (wrong_with_form(problem, &[])) };
    }
    let approval = order.get("approval").cloned().unwrap_or_default();
    let inputs = inputs(offers);
    html! {
        section.card {
            h2 { @if state == "to_be_paid" { "To be paid by hand" } @else { "Waiting for approval" } }
            p { "Asked for by " strong { (text(&approval, "requested_by")) } "." }
            ol {
                @for (place, level) in list(&approval, "levels").iter().enumerate() {
                    @let given = list(&approval, "approvals").get(place);
                    li {
                        @for (place, role) in level.as_array().into_iter().flatten().enumerate() {
                            @if place > 0 { " or " }
                            bdi { (role.as_str().unwrap_or("")) }
                        }
                        @match given {
                            Some(given) => { ": " bdi { (text(given, "person")) } ", " (instant(text(given, "at"))) }
                            None => { ": not yet" }
                        }
                    }
                }
            }
            (wrong_with_form(problem, &inputs))
            @if !offers.why_not.is_empty() { p.note { "You cannot approve it: " (offers.why_not) "." } }
            @if offers.steps.is_empty() && offers.why_not.is_empty() { p.hint { (someone_else(state)) } }
            @if !offers.steps.is_empty() {
                form method="post" action=(address(text(refund, "number"))) data-once="" {
                    (visit.guard(fields.get(KEY)))
                    button type="submit" name="step" value="change" hidden {}
                    @for input in &inputs { (input.show(fields, problem)) }
                    p.actions {
                        @for (step, label) in &offers.steps {
                            button.primary[*step == "approve" || *step == "paid"] type="submit" name="step" value=(step) { (label) }
                        }
                    }
                }
            }
        }
    }
}

/// What the steps that are offered ask for.
fn inputs(offers: &Offers) -> Vec<Input> {
    let offered = |step: &str| offers.steps.iter().any(|(it, _)| *it == step);
    let mut inputs = Vec::new();
    if offered("paid") {
        let hint = "The number of the cheque; needed to close it.";
        inputs.push(Input::new("reference", "Reference of the payment", Kind::Line).hint(hint));
    }
    let comment = Input::new("comment", "Comment", Kind::Line);
    inputs.push(match (offered("reject"), offered("return")) {
        (true, _) => comment.hint("Needed to reject it."),
        (_, true) => comment.hint("Needed to say that it came back."),
        _ => comment,
    });
    inputs
}

/// What whoever can only look is told.
fn someone_else(state: &str) -> &'static str {
    if state == "to_be_paid" {
        "Somebody with the permission to make external refunds pays it, and closes it here."
    } else {
        "Somebody with a role named above approves or rejects it; whoever asked for it can withdraw it."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_comments_are_shown_as_they_were_written() {
        let hostile = "<img src=x onerror=alert(1)>";
        let refund = json!({"comment": hostile, "reference": hostile, "reason_code": hostile,
            "account": hostile, "amount": hostile, "currency": hostile, "status": hostile});
        let shown = facts(&refund).into_string();
        assert!(shown.contains("&lt;img") && !shown.contains("<img"), "{shown}");
    }
}
