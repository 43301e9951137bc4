//! One account: its figures, how they came about, and its documents (domain 1.7).

use axum::extract::Path;
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::Value;

use super::{Shown, Sorry, part};
use crate::api::Problem;
use crate::layout;
use crate::parts::{badge, document, instant, list, money, text, words};
use crate::visit::Visit;

/// So many documents of a kind are shown, the newest.
const SHOWN: usize = 50;
/// So many decisions are looked through for them.
const LOOKED_AT: usize = 200;

/// Address part, name, and the permission one needs.
const TABS: [(&str, &str, &str); 5] = [
    ("", "Credit balance", "view_accounts"),
    ("refunds", "Refunds", "view_payments"),
    ("payments", "Payments", "view_payments"),
    ("invoices", "Invoices", "view_invoices"),
    ("history", "History", "view_journal"),
];

pub(crate) async fn show(visit: Visit, Path(account): Path<String>) -> Shown {
    let path = format!("/api/v1/accounts/{}", part(&account));
    let tab = visit.query.get("tab").to_owned();
    let found = async {
        let account = visit.get(&path).await?;
        let listed = match tab.as_str() {
            "refunds" => refunds(&visit, &path).await?,
            "payments" => payments(&visit, &path).await?,
            "invoices" => invoices(&visit, &path).await?,
            "history" => history(&visit.get(&format!("{path}/history?limit={SHOWN}")).await?),
            _ => credit_balance(&visit, &path, text(&account, "currency")).await?,
        };
        Ok((account, listed))
    };
    let (account, listed) = match found.await {
        Ok(found) => found,
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let number = text(&account, "number");
    let content = html! {
        p.lead { (number) " " (badge(text(&account, "status"))) }
        (figures(&account))
        @if visit.may("credit_balance_external_refund") || visit.may("credit_balance_electronic_refund") {
            p.actions { a.button.primary href={ "/console/accounts/" (number) "/refund" } { "Refund credit balance" } }
        }
        nav.tabs aria-label="Transactions" {
            @for (name, label, needed) in TABS {
                @if visit.may(needed) {
                    a href={ "/console/accounts/" (number) "?tab=" (name) }
                        aria-current=[(name == tab).then_some("page")] { (label) }
                }
            }
        }
        (listed)
    };
    Ok(layout::page(&visit, text(&account, "name"), &content).into_response())
}

/// The figures a clerk looks for, each with what it means.
fn figures(account: &Value) -> Markup {
    const FIGURES: [(&str, &str, &str); 5] = [
        ("available", "Available credit", "Can be applied or refunded now."),
        ("credit_balance", "Credit balance", "What we owe the customer."),
        ("held", "Held", "In refunds that are under way or wait."),
        ("total_invoice_balance", "Total invoice balance", "What is open on posted invoices."),
        ("account_balance", "Account balance", "Invoices less credit."),
    ];
    html! {
        dl.figures {
            @for (name, label, meaning) in FIGURES {
                div {
                    dt { (label) }
                    dd { (money(text(account, name), text(account, "currency"))) }
                    dd.hint { (meaning) }
                }
            }
        }
    }
}

/// How the credit balance came about, the newest first.
async fn credit_balance(visit: &Visit, path: &str, currency: &str) -> Result<Markup, Problem> {
    let explained = visit.get(&format!("{path}/credit-balance/explain?limit={SHOWN}")).await?;
    let lines: Vec<&Value> = list(&explained, "lines").iter().rev().collect();
    let numbers = lines.iter().map(|line| text(line, "document"));
    let numbers: Vec<&str> = numbers.filter(|number| number.starts_with("CBA-")).collect();
    let adjustments = if visit.may("view_payments") {
        named(visit, "credit-balance-adjustments", "credit_balance_adjustments", &numbers).await?
    } else {
        Vec::new()
    };
    let of = |number: &str| adjustments.iter().find(|found| text(found, "number") == number);
    Ok(html! {
        @if lines.is_empty() {
            p.empty { "No credit yet. Transfer a negative invoice, or record a payment with a part for the credit balance." }
        } @else {
            table tabindex="0" {
                thead { tr {
                    th { "Date" } th { "Adjustment" } th { "From or to" } th { "Status" }
                    th.amount { "Change" } th.amount { "Balance" }
                } }
                tbody {
                    @for line in &lines {
                        tr {
                            td { (text(line, "date")) }
                            td { (document(text(line, "document"))) }
                            @match of(text(line, "document")) {
                                Some(found) => {
                                    td { (words(text(found, "source_type"))) " " (document(text(found, "source"))) }
                                    td { (badge(text(found, "status"))) }
                                }
                                None => { td {} td {} }
                            }
                            td.amount { (money(text(line, "change"), currency)) }
                            td.amount { (money(text(line, "running"), currency)) }
                        }
                    }
                }
            }
            p.hint { "Before these: " (money(text(&explained, "carried_forward"), currency)) }
        }
    })
}

/// Documents by their numbers, as they stand now.
async fn named(
    visit: &Visit,
    listed: &str,
    member: &str,
    numbers: &[&str],
) -> Result<Vec<Value>, Problem> {
    let mut several: Vec<&str> = Vec::new();
    for number in numbers {
        if !several.contains(number) {
            several.push(number);
        }
    }
    if several.is_empty() {
        return Ok(Vec::new());
    }
    let page = visit.get(&format!("/api/v1/{listed}?numbers={}", part(&several.join(",")))).await?;
    Ok(list(&page, member).to_vec())
}

/// The newest documents of a kind, by the decisions that made them.
async fn documents(
    visit: &Visit,
    path: &str,
    kind: &str,
    listed: &str,
) -> Result<Vec<Value>, Problem> {
    let history = visit.get(&format!("{path}/history?limit={LOOKED_AT}")).await?;
    let documents = list(&history, "entries").iter().flat_map(|entry| list(entry, "documents"));
    let of_kind = documents.filter(|document| text(document, "document_type") == kind);
    let mut numbers: Vec<&str> = of_kind.map(|document| text(document, "number")).collect();
    numbers.truncate(SHOWN);
    named(visit, listed, listed, &numbers).await
}

async fn refunds(visit: &Visit, path: &str) -> Result<Markup, Problem> {
    let refunds = documents(visit, path, "refund", "refunds").await?;
    Ok(html! {
        @if refunds.is_empty() { p.empty { "Nothing was refunded yet." } }
        @else {
            table tabindex="0" {
                thead { tr {
                    th { "Refund" } th { "Date" } th { "How" } th { "Status" } th { "Reason" } th.amount { "Amount" }
                } }
                tbody {
                    @for refund in &refunds {
                        tr {
                            td { (document(text(refund, "number"))) }
                            td { (text(refund, "date")) }
                            td { (words(text(refund, "type"))) ", " (words(text(refund, "method_type"))) }
                            td { (badge(text(refund, "status"))) }
                            td.text { (text(refund, "reason_code")) }
                            td.amount { (money(text(refund, "amount"), text(refund, "currency"))) }
                        }
                    }
                }
            }
        }
    })
}

async fn payments(visit: &Visit, path: &str) -> Result<Markup, Problem> {
    let payments = documents(visit, path, "payment", "payments").await?;
    Ok(html! {
        @if payments.is_empty() { p.empty { "Nothing was paid yet." } }
        @else {
            table tabindex="0" {
                thead { tr {
                    th { "Payment" } th { "Date" } th { "How" } th { "Status" } th.amount { "To the credit balance" }
                    th.amount { "Amount" }
                } }
                tbody {
                    @for payment in &payments {
                        @let currency = text(payment, "currency");
                        tr {
                            td { (document(text(payment, "number"))) }
                            td { (text(payment, "date")) }
                            td { (words(text(payment, "type"))) ", " (words(text(payment, "method_type"))) }
                            td { (badge(text(payment, "status"))) }
                            td.amount { (money(text(payment, "credit_balance_amount"), currency)) }
                            td.amount { (money(text(payment, "amount"), currency)) }
                        }
                    }
                }
            }
        }
    })
}

async fn invoices(visit: &Visit, path: &str) -> Result<Markup, Problem> {
    let invoices = documents(visit, path, "invoice", "invoices").await?;
    Ok(html! {
        @if invoices.is_empty() { p.empty { "No invoices yet." } }
        @else {
            table tabindex="0" {
                thead { tr {
                    th { "Invoice" } th { "Date" } th { "Due" } th { "Status" } th.amount { "Amount" } th.amount { "Balance" }
                } }
                tbody {
                    @for invoice in &invoices {
                        @let currency = text(invoice, "currency");
                        tr {
                            td { (document(text(invoice, "number"))) }
                            td { (text(invoice, "invoice_date")) }
                            td { (text(invoice, "due_date")) }
                            td { (badge(text(invoice, "status"))) }
                            td.amount { (money(text(invoice, "amount"), currency)) }
                            td.amount { (money(text(invoice, "balance"), currency)) }
                        }
                    }
                }
            }
        }
    })
}

/// Who did what.
fn history(page: &Value) -> Markup {
    html! {
        table tabindex="0" {
            thead { tr { th { "When" } th { "What" } th { "Who" } th { "Documents" } th { "Why" } } }
            tbody {
                @for entry in list(page, "entries") {
                    tr {
                        td { (instant(text(entry, "at"))) }
                        td { (words(text(entry, "command"))) }
                        td.text { (text(entry, "actor")) }
                        td.text { @for made in list(entry, "documents") { (document(text(made, "number"))) " " } }
                        td.reason { (text(entry, "reason")) }
                    }
                }
            }
        }
    }
}
