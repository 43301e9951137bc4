//! One account: its figures, how they came about, and its documents (domain 1.7).

pub(crate) mod apply;
pub(super) mod explain;
pub(super) mod statement;
mod tabs;

use axum::extract::Path;
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::Value;

use super::{Shown, Sorry, deeds, part};
use crate::layout;
use crate::listing::Listed;
use crate::parts::{badge, facts, labels, money, text};
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
        let listed = tabs::show(&visit, &account).await?;
        Ok((account, listed))
    };
    match found.await {
        Ok((_, Listed::File(file))) => Ok(file),
        Ok((account, Listed::Page(list))) => {
            let content = page(&visit, &account, &list);
            Ok(layout::page(&visit, text(&account, "name"), &content).into_response())
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

fn page(visit: &Visit, account: &Value, list: &Markup) -> Markup {
    html! {
        p.lead { (text(account, "number")) " " (badge(text(account, "status"))) }
        (figures(account))
        (actions(visit, account))
        details {
            summary { "More about this account" }
            (facts(account, &[("External id", "external_id"), ("Currency", "currency"),
                ("Default payment method", "default_payment_method"), ("Gateway", "gateway"),
                ("Automatic transfer", "automatic_transfer"), ("Automatic application", "automatic_application")]))
            (labels(account))
        }
        (tabs::navigation(visit, account))
        (tabs::start(visit, account))
        (list)
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

fn actions(visit: &Visit, account: &Value) -> Markup {
    let at = format!("/console/accounts/{}", text(account, "number"));
    let may_refund = visit.may("credit_balance_external_refund")
        || visit.may("credit_balance_electronic_refund");
    html! {
        p.actions {
            @if may_refund { a.button.primary href={ (at) "/refund" } { "Refund credit balance" } }
            @if visit.may("create_credit_balance_adjustment") {
                a.button href={ (at) "/apply" } { "Apply credit to invoices" }
            }
            a.button href={ (at) "/statement" } { "Statement" }
            (deeds::buttons(visit, "accounts", account))
        }
    }
}
