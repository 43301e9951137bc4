//! The list of accounts, and the way to one of them.

use axum::response::IntoResponse;
use maud::html;

use super::{Shown, listed, part};
use crate::listing::{Column, Listing, Of, Pager};
use crate::parts::page_of;
use crate::visit::{Visit, redirect};

const COLUMNS: [Column; 6] = [
    Column::new("Account", Of::Document("number")),
    Column::new("Name", Of::Text("name")),
    Column::new("Status", Of::Badge("status")),
    Column::new("Credit balance", Of::Money("credit_balance")),
    Column::new("Available", Of::Money("available")),
    Column::new("Account balance", Of::Money("account_balance")),
];

const FOUND: [Column; 4] = [
    Column::new("Document", Of::Document("number")),
    Column::new("Kind", Of::Words("document_type")),
    Column::new("Account", Of::Document("account")),
    Column::new("Name", Of::Text("name")),
];

pub(crate) async fn show(visit: Visit) -> Shown {
    let wanted = visit.query.get("q").to_owned();
    let typing = visit.query.get("typing") == "true";
    // Whoever typed a whole number and pressed the key means that document.
    if let Some(page) = page_of(&wanted).filter(|_| !typing) {
        return Ok(redirect(&page).into_response());
    }
    let all = Listing {
        name: "accounts",
        path: "/api/v1/accounts".to_owned(),
        member: "accounts",
        pager: Pager::Cursor,
        columns: &COLUMNS,
        empty: "No accounts yet. The first is opened with New account, over the API, or by quittance import.",
    };
    let found = Listing {
        name: "found",
        path: format!("/api/v1/search?limit=50&q={}", part(&wanted)),
        member: "results",
        pager: Pager::None,
        columns: &FOUND,
        empty: "Nothing has this name, number or external id.",
    };
    let listing = if wanted.is_empty() { all } else { found };
    let found = listing.show(&visit).await;
    listed(visit, "Accounts", found, |visit, list| {
        html! {
            @if visit.may("manage_accounts") { p.actions { a.button href="/console/accounts/new" { "New account" } } }
            form.search method="get" action="/console/accounts" role="search" {
                label for="q" { "Name, number or external id" }
                input #q name="q" type="search" value=(wanted) maxlength="100" autocomplete="off"
                    hx-get="/console/accounts" hx-vals=r#"{"typing":"true"}"# hx-select="#found" hx-target="#found"
                    hx-swap="outerHTML" hx-sync="this:queue last" hx-trigger="input changed delay:200ms, search";
                button type="submit" { "Find" }
            }
            div #found aria-live="polite" { (list) }
        }
    })
}
