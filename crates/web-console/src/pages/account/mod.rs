//! One account: its figures, how they came about, and its documents (domain 1.7).

pub(crate) mod apply;
pub(super) mod edit;
pub(super) mod explain;
pub(super) mod statement;
pub(super) mod tabs;

use axum::extract::Path;
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::Value;

use super::{Shown, Sorry, deeds, part};
use crate::api::Problem;
use crate::chart::{self, Line};
use crate::layout;
use crate::listing::Listed;
use crate::parts::{badge, facts, labels, list, money, text};
use crate::sums::is_nothing;
use crate::visit::Visit;

/// The figures of an account (domain 1.7), each with what it means.
const FIGURES: [(&str, &str, &str); 5] = [
    ("available", "Available credit", "Can be applied or refunded now."),
    ("credit_balance", "Credit balance", "What we owe the customer."),
    ("held", "Held", "In refunds that are under way or wait."),
    ("total_invoice_balance", "Total invoice balance", "What is open on posted invoices."),
    ("account_balance", "Account balance", "Invoices less credit."),
];

pub(crate) async fn show(visit: Visit, Path(account): Path<String>) -> Shown {
    let path = format!("/api/v1/accounts/{}", part(&account));
    let found = async {
        let account = visit.get(&path).await?;
        let listed = match tabs::show(&visit, &account).await? {
            Listed::Page(list) => {
                Listed::Page(page(&visit, &account, &over_time(&visit, &account).await?, &list))
            }
            file @ Listed::File(_) => file,
        };
        Ok((account, listed))
    };
    match found.await {
        Ok((_, Listed::File(file))) => Ok(file),
        Ok((account, Listed::Page(content))) => {
            Ok(layout::page(&visit, text(&account, "name"), &content).into_response())
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

fn page(visit: &Visit, account: &Value, drawn: &Markup, list: &Markup) -> Markup {
    html! {
        p.lead { (text(account, "number")) " " (badge(text(account, "status"))) }
        (figures(account))
        (actions(visit, account))
        (drawn)
        details {
            summary { "More about this account" }
            (facts(account, &[("External id", "external_id"), ("Currency", "currency"),
                ("Default payment method", "default_payment_method"), ("Gateway", "gateway"),
                ("Opened", "opened_at")]))
            dl.facts {
                div { dt { "Automatic transfer" } dd { (automatically(account, "automatic_transfer")) } }
                div { dt { "Automatic application" } dd { (automatically(account, "automatic_application")) } }
            }
            (edit::known(visit, account))
            (labels(account))
        }
        (tabs::navigation(visit, account))
        (tabs::start(visit, account))
        (list)
    }
}

/// Whether something is done by itself.
fn automatically(account: &Value, name: &str) -> &'static str {
    match text(account, name) {
        "on" => "always",
        "off" => "never",
        _ => "as the settings have it",
    }
}

/// The figures, each with a way to how it is made.
fn figures(account: &Value) -> Markup {
    let number = text(account, "number");
    html! {
        dl.figures {
            @for (name, label, meaning) in FIGURES {
                div {
                    dt { (label) }
                    dd { (money(text(account, name), text(account, "currency"))) }
                    dd.hint {
                        (meaning) " "
                        a href={ "/console/accounts/" (number) "/explain?of=" (name) }
                            aria-label={ "Explain: " (label) } { "Explain" }
                    }
                }
            }
        }
    }
}

/// The balances that are drawn.
const DRAWN: [(&str, &str); 2] =
    [("credit_balance", "Credit balance"), ("total_invoice_balance", "Total invoice balance")];

/// The balances over the last months or days; nothing if there never were any.
async fn over_time(visit: &Visit, account: &Value) -> Result<Markup, Problem> {
    let (number, currency) = (text(account, "number"), text(account, "currency"));
    let clock = visit.get("/api/v1/clock").await?;
    let days = chart::days(visit, text(&clock, "today"));
    let asked: Vec<String> = days.iter().map(ToString::to_string).collect();
    let path = format!("/api/v1/accounts/{}/balances?as_of={}", part(number), asked.join(","));
    let answer = visit.get(&path).await?;
    let (mut known, mut missing) = (list(&answer, "days").to_vec(), list(&answer, "too_far_back"));
    // What is now is known even then.
    if let ([], [before @ .., today]) = (known.as_slice(), missing) {
        let mut now = account.clone();
        now["as_of"] = today.clone();
        (known, missing) = (vec![now], before);
    }
    let line = |(member, name): (&str, &'static str)| Line {
        name,
        title: format!("{name} of {number} in {currency}"),
        currency: currency.to_owned(),
        now: text(account, member).to_owned(),
        points: known
            .iter()
            .map(|day| (text(day, "as_of").to_owned(), text(day, member).to_owned()))
            .collect(),
    };
    let lines = DRAWN.map(line);
    let nothing = lines.iter().all(|line| line.points.iter().all(|(_, amount)| is_nothing(amount)));
    if nothing && missing.is_empty() {
        return Ok(html! {});
    }
    let days = days.get(missing.len()..).unwrap_or_default();
    Ok(html! {
        section.card {
            h2 { "Balances over time" }
            p.pager { (chart::spans(visit)) }
            (chart::charts(days, &lines))
            @if let Some(day) = missing.last().and_then(Value::as_str) {
                p.hint {
                    "Too much happened since " (day) " to draw what was before. "
                    a href={ "/console/accounts/" (number) "/explain?of=credit_balance&as_of=" (day) } { "The balance of that day" }
                }
            }
        }
    })
}

fn actions(visit: &Visit, account: &Value) -> Markup {
    let at = format!("/console/accounts/{}", text(account, "number"));
    let may_refund = visit.may("credit_balance_external_refund")
        || visit.may("credit_balance_electronic_refund");
    // Without credit each of them would be refused.
    let credit = !is_nothing(text(account, "available"));
    html! {
        p.actions {
            @if may_refund && credit { a.button.primary href={ (at) "/refund" } { "Refund credit balance" } }
            @if credit && visit.may("create_credit_balance_adjustment") && visit.may("view_invoices") {
                a.button href={ (at) "/apply" } { "Apply credit to invoices" }
            }
            a.button href={ (at) "/statement" } { "Statement" }
            (deeds::buttons(visit, "accounts", account))
        }
    }
}
