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

pub(crate) async fn show(visit: Visit) -> Shown {
    let wanted = visit.query.get("q").to_owned();
    if let Some(page) = page_of(&wanted) {
        return Ok(redirect(&page).into_response());
    }
    let (path, pager) = if wanted.is_empty() {
        ("/api/v1/accounts".to_owned(), Pager::Cursor)
    } else {
        (format!("/api/v1/accounts?external_id={}", part(&wanted)), Pager::None)
    };
    let empty = if wanted.is_empty() {
        "No accounts yet. They are made over the API, or by quittance import."
    } else {
        "Nothing has this number or external id."
    };
    let listing =
        Listing { name: "accounts", path, member: "accounts", pager, columns: &COLUMNS, empty };
    let found = listing.show(&visit).await;
    listed(visit, "Accounts", found, |_, list| {
        html! {
            form.search method="get" action="/console/accounts" role="search" {
                label for="q" { "Number, refund, or external id" }
                input #q name="q" type="search" value=(wanted) autocomplete="off";
                button type="submit" { "Find" }
            }
            (list)
        }
    })
}
