//! The record: how far it is sealed, how to check it, and how to find something in it.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

use super::{filtered, record, unreadable};
use crate::api::Problem;
use crate::input::{Input, Kind};
use crate::listing::Listed;
use crate::pages::Shown;
use crate::parts::{document, instant, page_of, text};
use crate::visit::{Visit, redirect};

pub(super) async fn show(visit: Visit) -> Shown {
    if let Some(page) = found(&visit) {
        return Ok(redirect(&page));
    }
    let inputs = [
        Input::new("document", "Document", Kind::Line)
            .hint("A refund, payment, invoice, adjustment or entry."),
        Input::new("account", "Account", Kind::Line).hint("All that happened on it."),
        Input::new("on", "Day (UTC)", Kind::Date).hint("What was decided on it, and before."),
        Input::new("who", "Person", Kind::Line)
            .hint("Looked for among what is found by the others, or all."),
    ];
    let answered = async {
        let head = visit.get("/api/v1/audit/head").await?;
        let head = head.get("head").filter(|it| !it.is_null()).cloned();
        if visit.query.get("export") == "json" {
            return Ok(Listed::File(file(head.as_ref())));
        }
        let wanted = visit.query.given("document");
        if wanted.is_some() {
            return Err(unreadable(
                "document",
                "there is no page for this; write a number such as R-00000001",
            ));
        }
        let newest = record::newest(&visit).await?;
        Ok(Listed::Page(page(head.as_ref(), newest)))
    };
    let answered: Result<Listed, Problem> = answered.await;
    let lead = html! { h2 { "Find something" } };
    filtered(visit, "Audit", &inputs, answered, &lead)
}

/// The page that answers what was asked for, if there is one.
fn found(visit: &Visit) -> Option<String> {
    if let Some(page) = visit.query.given("document").and_then(page_of) {
        return Some(page);
    }
    if visit.query.given("document").is_some() {
        return None;
    }
    let asked = visit.asked(&["account", "on", "who"]);
    let asked = asked.strip_prefix('&')?;
    Some(format!("/console/journal?{asked}"))
}

/// The head, as `quittance verify` takes it.
fn file(head: Option<&Value>) -> Response {
    let text = head.map_or_else(String::new, |head| format!("{head:#}\n"));
    let kind = HeaderValue::from_static("application/json");
    let named = HeaderValue::from_static("attachment; filename=\"audit-head.json\"");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named)], text).into_response()
}

fn page(head: Option<&Value>, newest: u64) -> Markup {
    html! {
        p.hint {
            "The record is found by number, account and day. It has no index of persons, amounts or words: a page looks "
            "through 2,000 entries for a person. For everything one person did, take " code { "quittance export" } " and search its files."
        }
        h2 { "How far it is sealed" }
        @match head {
            None => p.empty { "Nothing is sealed yet. A running server seals every second; after an import, run quittance audit seal." }
            Some(head) => (sealed(head, newest))
        }
        h2 { "Check it" }
        ol {
            li { "Keep the head of every day where nobody who can write the database can reach it: "
                a href="/console/audit?export=json" download="" { "download it" } ", or " code { "quittance audit head" } "." }
            li { code { "quittance verify --audit --head audit-head.json" } " holds every entry against its block and every row against its entries, and proves that the record still contains that head." }
            li { code { "quittance audit public-key" } " prints the key with which an auditor checks signatures without the secret." }
            li { code { "quittance export" } " writes all of it, a file for each kind of document." }
        }
    }
}

fn sealed(head: &Value, newest: u64) -> Markup {
    let behind = newest.saturating_sub(record::count(text(head, "last_entry")));
    let signature = text(head, "signature");
    html! {
        @if behind == 0 { p.said { "Everything is sealed." } }
        @else { p.note { (behind) " entries are not sealed yet. If that does not change within seconds, no server is sealing." } }
        dl.facts {
            div { dt { "Block" } dd { (head["block"]) } }
            div { dt { "Last entry in it" } dd { (document(text(head, "last_entry"))) } }
            div { dt { "Made (UTC)" } dd { (instant(text(head, "made_at"))) } }
        }
        h3 { "Hash" }
        code.secret { (text(head, "hash")) }
        h3 { "Signature (Ed25519)" }
        @if signature.is_empty() { p { "None: the server that made it had no key (" code { "--key-file" } ")." } }
        @else { code.secret { (signature) } }
        p.hint { "It says how far the record is sealed, not that it is sound: only verify does." }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_sealed_yet_is_counted() {
        let head = json!({"block": 3, "last_entry": "JE-00000004", "made_at": "2026-03-02T10:00:00Z", "hash": "ab"});
        assert!(page(Some(&head), 6).into_string().contains("2 entries are not sealed"));
        assert!(page(Some(&head), 4).into_string().contains("Everything is sealed."));
        assert!(page(None, 4).into_string().contains("Nothing is sealed yet"));
    }
}
