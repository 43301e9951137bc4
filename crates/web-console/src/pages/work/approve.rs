//! Approving or rejecting several at once: what they come to in each currency, then one call for each, and what became of
//! every one.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::approvals::{self, AT};
use crate::api::Problem;
use crate::form::Fields;
use crate::input::{Input, Kind};
use crate::layout;
use crate::listing::{Column, Of};
use crate::pages::{Shown, Sorry, part, results_link};
use crate::parts::{badge, document, list, money, text};
use crate::sums::sum;
use crate::visit::{KEY, Visit};

/// What can be said of several.
#[derive(Clone, Copy)]
struct Judgement {
    /// What the button sends.
    step: &'static str,
    /// Where the API takes it.
    path: &'static str,
    /// The member that counts those of which it could be said, which is also what they are then.
    done: &'static str,
}

const APPROVE: Judgement =
    Judgement { step: "confirm", path: "/api/v1/approvals/approve", done: "approved" };
const REJECT: Judgement =
    Judgement { step: "reject", path: "/api/v1/approvals/reject", done: "rejected" };

/// What became of each, as a file has it.
pub(super) const COLUMNS: [Column; 6] = [
    Column::new("Refund", Of::Document("refund")),
    Column::new("Account", Of::Document("account")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Result", Of::Made(|_| html! {}, result)),
    Column::new("State", Of::Words("state")),
    Column::new("Why not", Of::Text("detail")),
];

fn result(row: &Value) -> String {
    let word = match (text(row, "detail").is_empty(), text(row, "state")) {
        (false, _) => "refused",
        (true, "rejected") => "rejected",
        (true, _) => "approved",
    };
    word.to_owned()
}

/// Refunds of one currency that were ticked.
struct Group {
    currency: String,
    refunds: Vec<Value>,
    /// What they come to.
    total: String,
}

/// Shows what was ticked, or judges it.
pub(super) async fn send(visit: Visit, fields: Fields) -> Shown {
    let found = async {
        let groups = groups(&visit, &fields).await?;
        let judgement = [APPROVE, REJECT].into_iter().find(|it| it.step == fields.get("step"));
        match judgement {
            _ if groups.is_empty() => Ok(None),
            Some(judgement) => judged(&visit, &groups, &fields, judgement).await.map(Some),
            None => {
                let content = review(&visit, &groups, &fields, None).await?;
                Ok(Some((StatusCode::OK, REVIEW, content)))
            }
        }
    };
    match found.await {
        Ok(Some((status, title, content))) => {
            Ok((status, layout::page(&visit, title, &content)).into_response())
        }
        Ok(None) => approvals::none_ticked(visit).await,
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

const REVIEW: &str = "Confirm: approve or reject several refunds";

/// What was ticked, by currency.
async fn groups(visit: &Visit, fields: &Fields) -> Result<Vec<Group>, Problem> {
    let mut numbers: Vec<&str> = Vec::new();
    for number in fields.all("refund") {
        if !numbers.contains(&number.as_str()) {
            numbers.push(number);
        }
    }
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let page = visit.get(&format!("/api/v1/refunds?numbers={}", part(&numbers.join(",")))).await?;
    let mut groups: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for refund in list(&page, "refunds") {
        groups.entry(text(refund, "currency").to_owned()).or_default().push(refund.clone());
    }
    let group = |(currency, refunds): (String, Vec<Value>)| {
        let total = sum(refunds.iter().map(|it| text(it, "amount"))).unwrap_or_default();
        Group { currency, refunds, total }
    };
    Ok(groups.into_iter().map(group).collect())
}

fn body(group: &Group, total: &str, comment: Option<&str>) -> Value {
    let numbers: Vec<&str> = group.refunds.iter().map(|it| text(it, "number")).collect();
    json!({"refunds": numbers, "currency": group.currency, "total": total, "comment": comment})
}

fn comment() -> Input {
    Input::new("comment", "Comment", Kind::Line)
        .hint("Stands with each of them. Needed to reject them: why.")
}

/// How many they are, what they come to, and which of them would be refused.
async fn review(
    visit: &Visit,
    groups: &[Group],
    fields: &Fields,
    wrong: Option<&Problem>,
) -> Result<Markup, Problem> {
    let mut shown = Vec::new();
    for group in groups {
        let approved = visit.preview(APPROVE.path, body(group, &group.total, None), fields).await?;
        // A rejection needs a reason; whether it would be possible does not depend on which.
        let rejected = body(group, &group.total, Some("-"));
        let rejected = visit.preview(REJECT.path, rejected, fields).await?;
        shown.push(looked_at(group, &approved, &rejected));
    }
    let count: usize = groups.iter().map(|group| group.refunds.len()).sum();
    Ok(html! {
        dl.figures {
            @for group in groups {
                div {
                    dt { (counted(group.refunds.len())) " in " (group.currency) }
                    dd { (money(&group.total, &group.currency)) }
                }
            }
        }
        @for part in &shown { (part) }
        form method="post" action=(AT) data-once="" {
            (visit.guard(fields.get(KEY)))
            @for group in groups {
                input type="hidden" name={ "total-" (group.currency) } value=(group.total);
                @for refund in &group.refunds { input type="hidden" name="refund" value=(text(refund, "number")); }
            }
            // What the key Enter presses: it judges nothing.
            button type="submit" name="step" value="review" hidden {}
            (comment().show(fields, wrong))
            p.actions {
                button.primary type="submit" name="step" value=(APPROVE.step) { "Approve " (counted(count)) }
                button.danger type="submit" name="step" value=(REJECT.step) { "Reject " (counted(count)) }
                a.button href=(AT) { "Not now" }
            }
            p.hint { "Each is judged by itself. If what they come to is no longer what stands here, nothing is done." }
        }
    })
}

fn counted(count: usize) -> String {
    if count == 1 { "1 refund".to_owned() } else { format!("{count} refunds") }
}

/// Approves or rejects them, with the totals that were seen. What one currency refuses does not stop another.
async fn judged(
    visit: &Visit,
    groups: &[Group],
    fields: &Fields,
    Judgement { path, done, .. }: Judgement,
) -> Result<(StatusCode, &'static str, Markup), Problem> {
    let mut shown = Vec::new();
    let mut status = StatusCode::OK;
    for group in groups {
        let seen = fields.get(&format!("total-{}", group.currency)).to_owned();
        // One form makes a call for each currency, so each has a key of its own that comes from the form's.
        let key = fields.clone().with(KEY, format!("{}-{}", fields.get(KEY), group.currency));
        match visit.post(path, body(group, &seen, fields.given("comment")), &key).await {
            Ok(answer) => {
                visit.keep_rows(fields.get(KEY), &rows(group, &answer), "refund", true);
                shown.push(html! {
                p.said role="status" {
                    (counted(usize::try_from(answer[done].as_u64().unwrap_or(0)).unwrap_or(0))) " " (done) ": "
                    (money(text(&answer, "total"), &group.currency))
                    @if answer["refused"].as_u64().unwrap_or(0) > 0 { "; " (answer["refused"]) " refused" }
                }
                (results(group, &answer, done))
                });
            }
            Err(problem) if problem.status == 401 || problem.status == 403 => return Err(problem),
            // The reason is missing, of each of them: nothing was done.
            Err(problem) if problem.field.as_deref() == Some("comment") => {
                let content = review(visit, groups, fields, Some(&problem)).await?;
                return Ok((problem.status(), REVIEW, content));
            }
            Err(problem) => {
                status = problem.status();
                shown.push(html! {
                    p.alert role="alert" { (group.currency) ": " (problem.detail) }
                });
            }
        }
    }
    let content = html! {
        @for part in &shown { (part) }
        p.pager { (results_link(visit, AT, fields.get(KEY))) a href=(AT) { "Back to the approvals" } }
    };
    Ok((status, "What became of them", content))
}

/// What became of each, with whose it is and how much.
fn rows(group: &Group, answer: &Value) -> Vec<Value> {
    let row = |result: &Value| {
        let refund = group.refunds.iter().find(|it| text(it, "number") == text(result, "refund"));
        let mut row = result.clone();
        if let (Some(row), Some(refund)) = (row.as_object_mut(), refund) {
            for name in ["account", "amount", "currency"] {
                row.insert(name.to_owned(), text(refund, name).into());
            }
        }
        row
    };
    list(answer, "results").iter().map(row).collect()
}

/// Each with what would become of it.
fn looked_at(group: &Group, approved: &Value, rejected: &Value) -> Markup {
    let said = |answer: &Value, refund: &Value, well: &str| {
        let of = |row: &&Value| text(row, "refund") == text(refund, "number");
        let row = list(answer, "results").iter().find(of).cloned().unwrap_or_default();
        if text(&row, "code").is_empty() {
            well.to_owned()
        } else {
            text(&row, "detail").to_owned()
        }
    };
    html! {
        h2 { (group.currency) }
        table tabindex="0" {
            thead { tr { th { "Refund" } th { "Account" } th.amount { "Amount" } th { "If you approve" } th { "If you reject" } } }
            tbody {
                @for refund in &group.refunds {
                    tr {
                        td { (document(text(refund, "number"))) }
                        td { (document(text(refund, "account"))) }
                        td.amount { (money(text(refund, "amount"), &group.currency)) }
                        td.reason { (said(approved, refund, "would be approved")) }
                        td.reason { (said(rejected, refund, "would be rejected")) }
                    }
                }
            }
        }
    }
}

/// A row for each.
fn results(group: &Group, answer: &Value, well: &str) -> Markup {
    let of = |number: &str| group.refunds.iter().find(|it| text(it, "number") == number);
    html! {
        h2 { (group.currency) }
        table tabindex="0" {
            thead { tr { th { "Refund" } th { "Account" } th.amount { "Amount" } th { "Result" } } }
            tbody {
                @for row in list(answer, "results") {
                    @let refund = of(text(row, "refund")).cloned().unwrap_or_default();
                    tr {
                        td { (document(text(row, "refund"))) }
                        td { (document(text(&refund, "account"))) }
                        td.amount { (money(text(&refund, "amount"), &group.currency)) }
                        td.reason {
                            @if text(row, "code").is_empty() {
                                @if text(row, "state") != well { (well) ": " }
                                (badge(text(row, "state")))
                            }
                            @else { (text(row, "detail")) }
                        }
                    }
                }
            }
        }
    }
}
