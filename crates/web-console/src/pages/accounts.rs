//! The list of accounts, and the way to one of them.

use axum::response::IntoResponse;
use maud::html;

use super::{Shown, Sorry, part};
use crate::layout;
use crate::parts::{badge, document, list, money, page_of, text};
use crate::visit::{Visit, redirect};

pub(crate) async fn show(visit: Visit) -> Shown {
    let wanted = visit.query.get("q").to_owned();
    if let Some(page) = page_of(&wanted) {
        return Ok(redirect(&page));
    }
    let cursor = visit.query.given("cursor").map(|it| format!("&cursor={}", part(it)));
    let filter = if wanted.is_empty() {
        format!("limit=50{}", cursor.unwrap_or_default())
    } else {
        format!("external_id={}", part(&wanted))
    };
    let page = match visit.get(&format!("/api/v1/accounts?{filter}")).await {
        Ok(page) => page,
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let accounts = list(&page, "accounts");
    let content = html! {
        form.search method="get" action="/console/accounts" role="search" {
            label for="q" { "Number, refund, or external id" }
            input #q name="q" type="search" value=(wanted) autocomplete="off";
            button type="submit" { "Find" }
        }
        @if accounts.is_empty() {
            @if wanted.is_empty() {
                p.empty { "No accounts yet. They are made over the API, or by " code { "quittance import" } "." }
            } @else {
                p.empty { "Nothing has the number or external id " q { (wanted) } ". Names are not searched yet." }
            }
        } @else {
            table tabindex="0" {
                thead { tr {
                    th { "Account" } th { "Name" } th { "Status" }
                    th.amount { "Credit balance" } th.amount { "Available" } th.amount { "Account balance" }
                } }
                tbody {
                    @for account in accounts {
                        @let currency = text(account, "currency");
                        tr {
                            td { (document(text(account, "number"))) }
                            td.text { (text(account, "name")) }
                            td { (badge(text(account, "status"))) }
                            td.amount { (money(text(account, "credit_balance"), currency)) }
                            td.amount { (money(text(account, "available"), currency)) }
                            td.amount { (money(text(account, "account_balance"), currency)) }
                        }
                    }
                }
            }
            @if let Some(next) = page.get("next_cursor").and_then(|it| it.as_str()) {
                p { a href={ "/console/accounts?cursor=" (part(next)) } rel="next" { "Older accounts" } }
            }
        }
    };
    Ok(layout::page(&visit, "Accounts", &content).into_response())
}
