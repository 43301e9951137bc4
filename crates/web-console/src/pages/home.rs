//! What waits for me, and what is owed to customers.

use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::Value;

use super::admin::setup;
use super::{Shown, Sorry};
use crate::layout;
use crate::parts::{document, instant, list, money, text, words};
use crate::visit::Visit;

/// So many rows of each list.
const ROWS: usize = 10;

pub(crate) async fn show(visit: Visit) -> Shown {
    let mut content = Vec::new();
    let found = async {
        content.extend(setup::card(&visit).await?);
        if visit.may("view_journal") {
            content.push(owed(&visit.get("/api/v1/trial-balance").await?));
        }
        if visit.may("view_payments") {
            let approvals = visit.get(&format!("/api/v1/approvals?limit={ROWS}")).await?;
            content.push(waiting("Waiting for approval", "/console/approvals", &approvals));
            let cheques = visit.get(&format!("/api/v1/refunds-to-be-paid?limit={ROWS}")).await?;
            content.push(waiting("To be paid by hand", "", &cheques));
        }
        if visit.may("view_journal") {
            content.push(activity(&visit.get(&format!("/api/v1/journal?limit={ROWS}")).await?));
        }
        Ok(())
    };
    match found.await {
        Ok(()) => {}
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    }
    let content = html! { div.cards { @for part in &content { (part) } } };
    Ok(layout::page(&visit, "Home", &content).into_response())
}

/// The balance of Customer Cash On Account, by currency: a credit of the books is owed to customers.
fn owed(trial_balance: &Value) -> Markup {
    let accounts = list(trial_balance, "lines");
    let cash = accounts.iter().filter(|row| text(row, "role") == "customer_cash_on_account");
    let rows: Vec<&Value> = cash.collect();
    html! {
        section.card {
            h2 { "Credit owed to customers" }
            @if rows.is_empty() {
                p.empty { "No credit yet. It arises when a negative invoice is transferred, or a customer pays more than is owed." }
            }
            @for row in rows { p.figure { (money(text(row, "balance").trim_start_matches('-'), text(row, "currency"))) } }
        }
    }
}

fn waiting(title: &str, all: &str, page: &Value) -> Markup {
    let refunds = list(page, "refunds");
    html! {
        section.card {
            h2 { (title) }
            @if refunds.is_empty() { p.empty { "Nothing waits." } }
            @else {
                table tabindex="0" {
                    thead { tr { th { "Refund" } th { "Account" } th.amount { "Amount" } } }
                    tbody {
                        @for refund in refunds {
                            tr {
                                td { (document(text(refund, "number"))) }
                                td { (document(text(refund, "account"))) }
                                td.amount { (money(text(refund, "amount"), text(refund, "currency"))) }
                            }
                        }
                    }
                }
                @if !all.is_empty() { p { a href=(all) { "All of them" } } }
            }
        }
    }
}

fn activity(journal: &Value) -> Markup {
    html! {
        section.card.wide {
            h2 { "What happened last" }
            table tabindex="0" {
                thead { tr { th { "When" } th { "Account" } th { "What" } th { "Who" } } }
                tbody {
                    @for entry in list(journal, "entries") {
                        tr {
                            td { (instant(text(entry, "at"))) }
                            td { (document(text(entry, "account"))) }
                            td { (words(text(entry, "command"))) }
                            td.text { (text(entry, "actor")) }
                        }
                    }
                }
            }
        }
    }
}
