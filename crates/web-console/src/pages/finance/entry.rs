//! One journal entry: its lines, its documents, who decided it, when, why and from where, and what it changed.

use axum::extract::Path;
use maud::{Markup, html};
use serde_json::Value;

use super::{details, record};
use crate::pages::{Shown, part, shown};
use crate::parts::{document, instant, list, money, text, words};
use crate::sums::sum;
use crate::visit::Visit;

pub(super) async fn show(visit: Visit, Path(entry): Path<String>) -> Shown {
    let found = async {
        let entry = visit.get(&format!("/api/v1/journal/{}", part(&entry))).await?;
        let newest = record::newest(&visit).await?;
        Ok(html! {
            (around(&visit, &entry, newest))
            (facts(&entry))
            h2 { "Journal" }
            (lines(list(&entry, "journal")))
            (changes(list(&entry, "changes")))
            h2 { "Documents" }
            @for made in list(&entry, "documents") { section.card.wide { (details::shown(made)) } }
        })
    };
    let title = format!("Journal entry {entry}");
    let found = found.await;
    shown(visit, &title, found)
}

/// The entries beside it, and its events.
fn around(visit: &Visit, entry: &Value, newest: u64) -> Markup {
    let here = record::count(text(entry, "number"));
    let to = |number: u64| format!("/console/journal/{}", record::number(number));
    let day = text(entry, "at").get(..10).unwrap_or("");
    html! {
        p.pager {
            @if here > 1 { a href=(to(here - 1)) rel="prev" { "The entry before" } }
            @if here < newest { a href=(to(here + 1)) rel="next" { "The entry after" } }
            a href={ "/console/journal?on=" (part(day)) } { "Its day" }
            @if visit.may("view_events") {
                // Behind the last of the entry before, however many that had.
                a href={ "/console/events?after=" (here.saturating_sub(1)) "." (u16::MAX) } { "Its events, and those after" }
            }
        }
    }
}

/// The door, in words.
fn by_way_of(entry: &Value) -> &str {
    match text(entry, "door") {
        "api" => "the API (also the console and the command line)",
        "import" => "an import",
        other => other,
    }
}

fn facts(entry: &Value) -> Markup {
    let said = [
        ("Who", text(entry, "actor")),
        ("Person", text(entry, "person")),
        ("On behalf of", text(entry, "on_behalf_of")),
        ("Why", text(entry, "reason")),
        ("From", text(entry, "address")),
        ("By way of", by_way_of(entry)),
        ("Request", text(entry, "request_id")),
        ("Id", text(entry, "id")),
    ];
    html! {
        p.lead { (words(text(entry, "command"))) }
        dl.facts {
            div { dt { "Account" } dd {
                @if text(entry, "account").is_empty() { "The organisation" } @else { (document(text(entry, "account"))) }
            } }
            div { dt { "Decided (UTC)" } dd { time datetime=(text(entry, "at")) { (instant(text(entry, "at"))) } } }
            @for (name, value) in said {
                @if !value.is_empty() { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}

fn lines(lines: &[Value]) -> Markup {
    let currency = lines.first().map_or("", |line| text(line, "currency"));
    let total =
        |side: &str| sum(lines.iter().map(|line| text(line, side)).filter(|it| !it.is_empty()));
    let cell = |line: &Value, side: &str| {
        html! { @if !text(line, side).is_empty() { (money(text(line, side), text(line, "currency"))) } }
    };
    html! {
        @if lines.is_empty() { p.empty { "It posts nothing: no money moved." } }
        @else {
            table tabindex="0" {
                thead { tr {
                    th { "Date" } th { "Accounting code" } th.amount { "Debit" } th.amount { "Credit" } th { "Document" } th { "Invoice" }
                } }
                tbody {
                    @for line in lines {
                        tr {
                            td { (text(line, "date")) }
                            td.text { (text(line, "accounting_code")) }
                            td.amount { (cell(line, "debit")) }
                            td.amount { (cell(line, "credit")) }
                            td { (document(text(line, "document"))) }
                            td { (document(text(line, "invoice"))) }
                        }
                    }
                }
                tfoot { tr {
                    th colspan="2" scope="row" { "Together" }
                    td.amount { (money(&total("debit").unwrap_or_default(), currency)) }
                    td.amount { (money(&total("credit").unwrap_or_default(), currency)) }
                    td {} td {}
                } }
            }
        }
    }
}

/// What was there before, and what is from then on.
fn changes(changes: &[Value]) -> Markup {
    html! {
        @if !changes.is_empty() {
            h2 { "Before and after" }
            table tabindex="0" {
                thead { tr { th { "Of" } th { "What" } th { "Before" } th { "After" } } }
                tbody {
                    @for change in changes {
                        tr {
                            td { (document(text(change, "of"))) }
                            td.text { (words(text(change, "field"))) }
                            td.text { (text(change, "before")) }
                            td.text { (text(change, "after")) }
                        }
                    }
                }
            }
        }
    }
}
