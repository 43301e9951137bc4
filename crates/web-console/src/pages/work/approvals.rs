//! The inbox of those who approve: look at each, or tick several.

use axum::http::StatusCode;
use maud::{Markup, html};
use serde_json::Value;

use super::{approve, empty, narrowed, narrowing};
use crate::form::fresh_key;
use crate::input::{Input, Kind};
use crate::listing::{CUSTOMER, Column, Listed, Listing, Of, Pager, ROWS, for_reader, text_of};
use crate::pages::{Shown, Sorry, filtered, results_file};
use crate::parts::{instant, list, text};
use crate::visit::Visit;

/// Where it is.
pub(super) const AT: &str = "/console/approvals";

const COLUMNS: [Column; 9] = [
    Column::new("", Of::Made(tick, |_| String::new())),
    Column::new("Refund", Of::Document("number")),
    Column::new("Account", Of::Document("account")),
    Column::new("Customer", Of::Text(CUSTOMER)),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Asked for by", Of::Made(asked_by, |row| said(row, "requested_by"))),
    Column::new("Because of", Of::Made(policies, |row| said(row, "policies"))),
    Column::new("Until", Of::Made(until, |row| said(row, "expires_at"))),
    Column::new("You", Of::Long(you, why_not)),
];

pub(super) async fn show(visit: Visit) -> Shown {
    if let Some(found) = results_file(&visit, "approval-results", &approve::COLUMNS) {
        return found.map_err(|problem| Sorry(Box::new(visit), problem));
    }
    list_with(visit, html! {}).await
}

/// The list as it was narrowed, for somebody who pressed the button without having ticked one.
pub(super) async fn none_ticked(visit: Visit) -> Shown {
    let wrong = html! { p.wrong role="alert" { "Tick at least one refund. Nothing was done." } };
    let mut page = list_with(visit, wrong).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

async fn list_with(visit: Visit, wrong: Markup) -> Shown {
    let mut inputs = narrowing();
    inputs.push(Input::new("mine", "Only what I can approve now", Kind::Flag));
    let mut path = format!("/api/v1/approvals{}", narrowed(&visit));
    if visit.query.get("mine") == "true" {
        path += if path.contains('?') { "&can_approve=true" } else { "?can_approve=true" };
    }
    let columns = for_reader(&visit, &COLUMNS);
    let listing = Listing {
        name: "approvals",
        path,
        member: "refunds",
        pager: Pager::After,
        columns: &columns,
        empty: empty(
            &visit,
            "Nothing waits. Approval policies say which refunds do, and who has to agree.",
        ),
    };
    let all = visit.query.get("tick") == "all";
    let ticked = |row: &Value| {
        let mut row = row.clone();
        if let Some(row) = row.as_object_mut() {
            row.insert("ticked".to_owned(), all.into());
        }
        row
    };
    let rows = |page: &Value| list(page, "refunds").iter().map(ticked).collect();
    let found = match listing.show_rows(&visit, ROWS, rows).await {
        Ok(Listed::Page(list)) => Ok(Listed::Page(to_tick(&visit, list, &wrong))),
        other => other,
    };
    filtered(visit, "Approvals", &inputs, found, &html! {})
}

/// The list, in a form for those who may approve.
fn to_tick(visit: &Visit, list: Markup, wrong: &Markup) -> Markup {
    if !visit.may("approve_refund") {
        return list;
    }
    html! {
        // With what narrows it, so that the list stays what it is if nothing was ticked.
        form method="post" action=(visit.here_with(&[("tick", "")])) {
            (visit.guard(&fresh_key()))
            (list)
            (wrong)
            p.actions {
                button.primary type="submit" name="step" value="review" { "Look at those I ticked" }
                a.button href=(visit.here_with(&[("tick", "all")])) { "Tick all on this page" }
            }
            p.hint { "Nothing is approved yet: the next page shows how many they are and what they come to. There they are approved or rejected together; to judge one by itself, open it." }
        }
    }
}

pub(super) fn allowed(row: &Value) -> bool {
    row.pointer("/approve/allowed") == Some(&Value::Bool(true))
}

fn tick(row: &Value) -> Markup {
    let (number, ticked) = (text(row, "number"), row["ticked"] == true);
    html! {
        @if allowed(row) {
            input type="checkbox" name="refund" value=(number) checked[ticked] aria-label={ "Choose " (number) };
        }
    }
}

fn approval<'a>(row: &'a Value, name: &str) -> &'a Value {
    row.pointer(&format!("/order/approval/{name}")).unwrap_or(&Value::Null)
}

/// A member of what it waits for, as a file has it.
fn said(row: &Value, name: &str) -> String {
    row.pointer("/order/approval").map_or_else(String::new, |it| text_of(it, name))
}

fn asked_by(row: &Value) -> Markup {
    html! { span.text { (said(row, "requested_by")) } }
}

fn policies(row: &Value) -> Markup {
    html! { (said(row, "policies")) }
}

fn until(row: &Value) -> Markup {
    html! { (instant(approval(row, "expires_at").as_str().unwrap_or(""))) }
}

fn you(row: &Value) -> Markup {
    html! {
        span.reason {
            @if allowed(row) {
                a href={ "/console/refunds/" (crate::pages::part(text(row, "number"))) } { "Approve or reject" }
            } @else { (why_not(row)) }
        }
    }
}

fn why_not(row: &Value) -> String {
    if allowed(row) {
        return "can approve".to_owned();
    }
    row.get("approve").map_or_else(String::new, |it| text_of(it, "reason"))
}
