//! The record: who did what, when, why and from where; how far it is sealed, and how to check it.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

use super::journal::{documents, numbers};
use super::record::{self, Day};
use super::{beside, filtered};
use crate::api::Problem;
use crate::input::{Input, Kind};
use crate::listing::{Column, KEEP_ALL, Listed, Listing, Making, NO_FOOT, Of, Pager, ROWS};
use crate::pages::{Shown, shown};
use crate::parts::{badge, document, instant, list, page_of, text, words};
use crate::visit::{Visit, redirect};

const COLUMNS: [Column; 9] = [
    Column::new("Entry", Of::Document("number")),
    Column::new("When (UTC)", Of::Made(when, |row| text(row, "at").to_owned())),
    Column::new("Account", Of::Document("account")),
    Column::new("What", Of::Long(what, |row| text(row, "command").to_owned())),
    Column::new("Documents", Of::Long(documents, |row| numbers(row).join(" "))),
    Column::new("Who", Of::Long(who_shown, who)),
    Column::new("From", Of::Made(from_shown, from)),
    Column::new("Why", Of::Text("reason")),
    Column::new("Sealed", Of::Made(sealed_shown, |row| text(row, "sealed").to_owned())),
];

fn inputs() -> [Input; 5] {
    [
        Input::new("document", "Document", Kind::Line)
            .hint("What made or changed a refund, payment, invoice or adjustment."),
        Input::new("account", "Account", Kind::Line).hint("Number or id."),
        Input::new("on", "Until the end of (UTC)", Kind::Date),
        Input::new("who", "Who", Kind::Line).hint("A part of the name."),
        Input::new("what", "What", Kind::Line).hint("Such as refund, or change role."),
    ]
}

pub(super) async fn show(visit: Visit) -> Shown {
    // An entry is a page of its own.
    let entry = visit.query.given("document").filter(|it| it.starts_with("JE-"));
    if let Some(page) = entry.and_then(page_of) {
        return Ok(redirect(&page));
    }
    let found = match record::begins(&visit).await {
        Ok(Day::Elsewhere(to)) => return Ok(redirect(&to)),
        Ok(Day::Here(begin)) => find(&visit, &begin).await,
        Err(problem) => Err(problem),
    };
    let named = [("actor", "who"), ("command", "what")];
    let found = found.map_err(|problem| beside(&visit, problem, &named));
    filtered(visit, "Audit", &inputs(), found, &html! {})
}

async fn find(visit: &Visit, begin: &str) -> Result<Listed, Problem> {
    let head = visit.get("/api/v1/audit/head").await?;
    let head = head.get("head").filter(|it| !it.is_null());
    if visit.query.get("export") == "json" {
        return Ok(Listed::File(file(head)));
    }
    let path = record::narrowed(visit, &[("document", "document"), ("actor", "who")]);
    let listing = Listing {
        name: "audit",
        path,
        member: "entries",
        pager: Pager::Cursor,
        columns: &COLUMNS,
        empty: "Nothing in the record is like this. Take a filter away to see more.",
    };
    let last = head.map_or(0, |head| record::count(text(head, "last_entry")));
    let rows = |page: &Value| {
        list(page, "entries").iter().map(|entry| with_seal(entry, last)).collect::<Vec<_>>()
    };
    let (looked_at, keep, foot) = (ROWS, KEEP_ALL, NO_FOOT);
    let making = Making { begin, looked_at, rows: &rows, keep, foot };
    let found = listing.show_made(visit, making).await?;
    let Listed::Page(list) = found else { return Ok(found) };
    let newest = record::newest(visit).await?;
    Ok(Listed::Page(html! {
        (status(head, newest))
        p.pager { a href=(CHECK) { "Check the newest blocks now" } }
        (list)
        (about(head))
    }))
}

/// An entry, and whether the seal is upon it.
fn with_seal(entry: &Value, last: u64) -> Value {
    let sealed = record::count(text(entry, "number")) <= last;
    let mut entry = entry.clone();
    entry["sealed"] = if sealed { "sealed" } else { "not yet" }.into();
    entry
}

fn sealed_shown(row: &Value) -> Markup {
    badge(text(row, "sealed"))
}

/// To the second: which of two was first may be what is asked.
fn when(row: &Value) -> Markup {
    let at = text(row, "at");
    html! { time datetime=(at) { (at.get(..19).unwrap_or(at).replace('T', " ")) } }
}

fn what(row: &Value) -> Markup {
    html! { (words(text(row, "command"))) }
}

/// The actor, the person behind it, and whom it acts for.
fn who(row: &Value) -> String {
    let also = [("person", ""), ("on_behalf_of", "for ")];
    let also = also.iter().filter(|(name, _)| !text(row, name).is_empty());
    let also = also.map(|(name, before)| format!(", {before}{}", text(row, name)));
    text(row, "actor").to_owned() + &also.collect::<String>()
}

fn who_shown(row: &Value) -> Markup {
    html! { bdi { (who(row)) } }
}

/// The door, the address, and the request.
fn from(row: &Value) -> String {
    let all = ["door", "address", "request_id"].map(|name| text(row, name));
    all.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The request is for the file, and for the page of the entry.
fn from_shown(row: &Value) -> Markup {
    html! { span title={ "request " (text(row, "request_id")) } { (text(row, "door")) " " (text(row, "address")) } }
}

/// How far the record is sealed, in a line.
fn status(head: Option<&Value>, newest: u64) -> Markup {
    let last = head.map_or("", |head| text(head, "last_entry"));
    let behind = newest.saturating_sub(record::count(last));
    html! {
        @if head.is_none() {
            p.note { "Nothing is sealed yet. A running server seals every second; after an import, run quittance audit seal." }
        } @else if behind == 0 {
            p.said { "Everything is sealed, up to " (document(last)) "." }
        } @else {
            p.note { (behind) " entries are not sealed yet. If that does not change within seconds, no server is sealing." }
        }
    }
}

/// The head, as `quittance verify` takes it.
fn file(head: Option<&Value>) -> Response {
    let text = head.map_or_else(String::new, |head| format!("{head:#}\n"));
    let kind = HeaderValue::from_static("application/json");
    let named = HeaderValue::from_static("attachment; filename=\"audit-head.json\"");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named)], text).into_response()
}

/// Where the newest blocks are checked.
pub(super) const CHECK: &str = "/console/audit/check";

/// Holds the newest blocks against the history.
pub(super) async fn check(visit: Visit) -> Shown {
    let found = visit.get("/api/v1/audit/check").await;
    shown(visit, "Check of the newest blocks", found.map(|checked| held(&checked)))
}

/// What a check of the newest blocks found.
fn held(checked: &Value) -> Markup {
    html! {
        @if checked["whole"] == true && checked["blocks"] == 0 {
            p.note { "Nothing is sealed yet, so nothing can be held against the history." }
        } @else if checked["whole"] == true {
            p.said role="status" {
                "The chain holds: the newest " (checked["blocks"]) " blocks fit each other and the " (checked["entries"])
                " entries they seal"
                @if !text(checked, "first_entry").is_empty() { ", from " (document(text(checked, "first_entry"))) " on" }
                ". What was before, and the signatures, verify looks at."
            }
        } @else {
            p.alert role="alert" {
                "The chain is broken: " (text(checked, "problem")) ". Run quittance verify --audit with the head that was kept, and restore from a backup that holds."
            }
        }
        p.pager { a href=(CHECK) { "Check again" } a href="/console/audit" { "The record" } }
    }
}

/// The seal, and how to check it.
fn about(head: Option<&Value>) -> Markup {
    html! {
        p.hint {
            "The record is found by account and day at once. Documents, people and what was done have no index here: a page looks "
            "through 2,000 entries for them, and More goes on from there. " code { "quittance export" } " writes all of it to be searched elsewhere."
        }
        @if let Some(head) = head {
            h2 { "The seal" }
            (sealed(head))
        }
        h2 { "Check it" }
        ol {
            li { "Keep the head of every day where nobody who can write the database can reach it: "
                a href="/console/audit?export=json" download="" { "download it" } ", or " code { "quittance audit head" } "." }
            li { code { "quittance verify --audit --head audit-head.json" } " holds every entry against its block and every row against its entries, and proves that the record still contains that head." }
            li { code { "quittance audit public-key" } " prints the key with which an auditor checks signatures without the secret." }
        }
    }
}

fn sealed(head: &Value) -> Markup {
    let signature = text(head, "signature");
    html! {
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
        assert!(status(Some(&head), 6).into_string().contains("2 entries are not sealed"));
        assert!(status(Some(&head), 4).into_string().contains("Everything is sealed"));
        assert!(status(None, 4).into_string().contains("Nothing is sealed yet"));
        let entry = |number: &str| json!({"number": number});
        assert_eq!(with_seal(&entry("JE-00000004"), 4)["sealed"], "sealed");
        assert_eq!(with_seal(&entry("JE-00000005"), 4)["sealed"], "not yet");
    }

    #[test]
    fn it_says_who_did_it_for_whom_and_from_where() {
        let row = json!({"actor": "till", "person": "Ann <b>", "on_behalf_of": "till 4", "door": "api",
            "address": "192.0.2.7", "request_id": "r-1", "at": "2026-03-02T10:00:07.123456Z"});
        assert_eq!(who(&row), "till, Ann <b>, for till 4");
        assert_eq!(from(&row), "api 192.0.2.7 r-1");
        assert!(when(&row).into_string().contains("2026-03-02 10:00:07<"));
        assert!(!who_shown(&row).into_string().contains("<b>"));
    }
}
