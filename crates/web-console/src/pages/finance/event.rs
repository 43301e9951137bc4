//! One event, with all it carries.

use axum::extract::Path;
use maud::{Markup, html};
use serde_json::Value;

use super::details;
use crate::effect;
use crate::pages::{Shown, part, shown};
use crate::parts::{document, instant, list, money, text, words};
use crate::visit::Visit;

pub(super) async fn show(visit: Visit, Path(event): Path<String>) -> Shown {
    let found = visit.get(&format!("/api/v1/events/{}", part(&event))).await;
    let title = found.as_ref().map_or("Event", |event| text(event, "type")).to_owned();
    let found = found.map(|event| page(&visit, &event));
    shown(visit, &title, found)
}

fn page(visit: &Visit, event: &Value) -> Markup {
    let data = event.get("data").cloned().unwrap_or_default();
    let entry = text(event, "entry");
    html! {
        dl.facts {
            div { dt { "Id" } dd { code { (text(event, "id")) } } }
            div { dt { "When (UTC)" } dd { (instant(text(event, "timestamp"))) } }
            div { dt { "Place" } dd { (text(event, "sequence")) } }
            div { dt { "Entry" } dd { @if visit.may("view_journal") { (document(entry)) } @else { (entry) } } }
            div { dt { "Account" } dd {
                @if text(event, "account").is_empty() { "The organisation" } @else { (document(text(event, "account"))) }
            } }
            div { dt { "What" } dd { (words(text(event, "command"))) } }
            div { dt { "Who" } dd { (text(event, "actor")) } }
            div { dt { "Request" } dd { (text(event, "request_id")) } }
        }
        @if list(&data, "postings").is_empty() { section.card.wide { (details::shown(&data)) } }
        @else { (postings(&data)) }
        details {
            summary { "As it is delivered" }
            pre tabindex="0" { (format!("{event:#}")) }
        }
    }
}

/// What `journal.posted` carries.
fn postings(data: &Value) -> Markup {
    let postings = list(data, "postings");
    let currency = postings.first().map_or("", |it| text(it, "currency"));
    let code = |posting: &Value, side: &str| {
        posting.get(side).map_or_else(String::new, |it| text(it, "accounting_code").to_owned())
    };
    html! {
        h2 { "Postings" }
        table tabindex="0" {
            thead { tr { th { "Date" } th { "Debit" } th { "Credit" } th.amount { "Amount" } th { "Document" } th { "Invoice" } } }
            tbody {
                @for posting in postings {
                    tr {
                        td { (text(posting, "date")) }
                        td.text { (code(posting, "debit")) }
                        td.text { (code(posting, "credit")) }
                        td.amount { (money(text(posting, "amount"), text(posting, "currency"))) }
                        td { (document(text(posting, "document"))) }
                        td { (document(text(posting, "invoice"))) }
                    }
                }
            }
        }
        (effect::balances("Balances", list(data, "balances"), currency))
    }
}
