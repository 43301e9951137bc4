//! The list of accounts, and the way to one of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::Value;

use super::{Shown, filtered, listed, part};
use crate::api::Problem;
use crate::input::{Choice, Input, Kind};
use crate::listing::{Column, Listed, Listing, Of, Pager, ROWS};
use crate::parts::{list, page_of};
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

/// So many are found at most.
const FOUND_MAX: usize = 50;

/// What the list can be narrowed to; a search looks through all of it.
const NARROWED: [&str; 2] = ["status", "with"];

fn inputs() -> [Input; 3] {
    let statuses = [("active", "Active"), ("canceled", "Canceled")];
    let with = [
        ("credit_balance", "A credit balance"),
        ("available", "Available credit"),
        ("held", "Credit that is held"),
        ("open_invoices", "Open invoices"),
    ];
    let one_of = |choices: &[(&'static str, &'static str)]| {
        let choices = choices.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
        Kind::One(Choice::or_none("All", choices))
    };
    [
        Input::new("status", "Status", one_of(&statuses)),
        Input::new("with", "With", one_of(&with)),
        Input::new("currency", "Currency", Kind::Line).hint("Such as USD."),
    ]
}

pub(crate) async fn show(visit: Visit) -> Shown {
    let wanted = visit.query.get("q").to_owned();
    let typing = visit.query.get("typing") == "true";
    // Whoever typed a whole number and pressed the key means that document.
    if let Some(page) = page_of(&wanted).filter(|_| !typing) {
        return Ok(redirect(&page).into_response());
    }
    if wanted.is_empty() {
        let accounts = all(&visit).await;
        let lead = html! { (new(&visit)) (search(&wanted)) };
        return filtered(visit, "Accounts", &inputs(), accounts, &lead);
    }
    let listing = Listing {
        name: "found",
        path: format!("/api/v1/search?limit={FOUND_MAX}&q={}", part(&wanted)),
        member: "results",
        pager: Pager::None,
        columns: &FOUND,
        empty: "Nothing has this name, e-mail address, number or external id.",
    };
    let count = AtomicUsize::new(0);
    let rows = |page: &Value| {
        let rows = list(page, "results").to_vec();
        count.store(rows.len(), Ordering::Relaxed);
        rows
    };
    let results = listing.show_rows(&visit, ROWS, rows).await;
    let all = count.into_inner() < FOUND_MAX;
    listed(visit, "Accounts", results, |visit, list| {
        let list = html! {
            (list)
            @if !all { p.hint { "Only 50 are shown: type more to find others." } }
        };
        html! { (new(visit)) (search(&wanted)) (found(&list)) }
    })
}

async fn all(visit: &Visit) -> Result<Listed, Problem> {
    let narrowed = visit.narrowed(&NARROWED);
    let listing = Listing {
        name: "accounts",
        path: format!("/api/v1/accounts{narrowed}"),
        member: "accounts",
        pager: Pager::Cursor,
        columns: &COLUMNS,
        empty: if narrowed.is_empty() {
            "No accounts yet. The first is opened with New account, over the API, or by quittance import."
        } else {
            "No account is like this. Take a filter away to see the others."
        },
    };
    Ok(match listing.show(visit).await? {
        Listed::Page(list) => Listed::Page(found(&list)),
        file => file,
    })
}

/// What the results of a search take the place of.
fn found(list: &Markup) -> Markup {
    html! { div #found aria-live="polite" { (list) } }
}

fn new(visit: &Visit) -> Markup {
    html! {
        @if visit.may("manage_accounts") {
            p.actions { a.button href="/console/accounts/new" { "New account" } }
        }
    }
}

/// What is found as one types takes the place of the list. Filters are hidden then (by the stylesheet, which sees by the
/// placeholder whether something is typed), because a search knows none.
fn search(wanted: &str) -> Markup {
    find(wanted, true)
}

/// The same on the page of another list, which it leads away from.
pub(super) fn search_elsewhere() -> Markup {
    find("", false)
}

/// `live` is whether it is asked while one types.
fn find(wanted: &str, live: bool) -> Markup {
    let only = |value: &'static str| live.then_some(value);
    html! {
        form.search.live[live] method="get" action="/console/accounts" role="search" aria-label="Find" {
            label for="q" { "Name, e-mail, external id, or the number of a document" }
            input #q name="q" type="search" value=(wanted) maxlength="100" autocomplete="off" placeholder=[only(" ")]
                hx-get=[only("/console/accounts")] hx-vals=[only(r#"{"typing":"true"}"#)] hx-select=[only("#found")]
                hx-target=[only("#found")] hx-swap=[only("outerHTML")] hx-sync=[only("this:queue last")]
                hx-trigger=[only("input changed delay:200ms, search")];
            button type="submit" { "Find" }
        }
    }
}
