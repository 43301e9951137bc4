//! What a document of an entry or event says, whatever kind it is.

use maud::{Markup, html};
use serde_json::Value;

use crate::listing::text_of;
use crate::parts::{document, money, text, words};

/// A document with all it says.
pub(super) fn shown(object: &Value) -> Markup {
    let currency = text(object, "currency");
    html! {
        h3 { (words(text(object, "document_type"))) " " (document(text(object, "number"))) }
        dl.facts {
            @for (name, value) in object.as_object().into_iter().flatten() {
                @if !said_above(name) && !empty(value) {
                    div { dt { (words(name)) } dd { (member(name, value, currency)) } }
                }
            }
        }
    }
}

fn said_above(name: &str) -> bool {
    matches!(name, "document_type" | "number" | "currency")
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(all) => all.is_empty(),
        Value::Object(all) => all.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn member(name: &str, value: &Value, currency: &str) -> Markup {
    match value {
        Value::String(text) if name.contains("amount") => money(text, currency),
        Value::String(text) => document(text),
        Value::Bool(yes) => html! { @if *yes { "yes" } @else { "no" } },
        Value::Array(all) => html! {
            ul.plain { @for one in all { li { (inner(one)) } } }
        },
        other => inner(other),
    }
}

/// What is more than a text: its members with their names, without further order.
fn inner(value: &Value) -> Markup {
    match value {
        Value::String(text) => document(text),
        Value::Object(members) => html! {
            @for (place, (name, _)) in members.iter().filter(|(_, it)| !empty(it)).enumerate() {
                @if place > 0 { ", " }
                bdi { (words(name)) } " " bdi { (said(name, value)) }
            }
        },
        other => html! { (other) },
    }
}

/// A member of a member: of those that are codes, the words.
fn said(name: &str, of: &Value) -> String {
    match of.get(name) {
        Some(Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        _ if matches!(name, "role" | "type" | "state" | "status" | "method_type") => {
            words(&text_of(of, name))
        }
        _ => text_of(of, name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn whatever_users_wrote_is_escaped_however_deep_it_stands() {
        let hostile = "<script>alert(1)</script>";
        let object = json!({"document_type": hostile, "number": hostile, "amount": hostile, "comment": hostile,
            "items": [{"description": hostile, "more": {"x": hostile}}, hostile], "labels": {hostile: hostile}, "paid": true,
            hostile: hostile});
        assert!(!shown(&object).into_string().contains("<script"));
        let said = shown(
            &json!({"number": "R-00000001", "amount": "5.00", "currency": "USD", "comment": null}),
        );
        let said = said.into_string();
        assert!(said.contains("/console/refunds/R-00000001") && said.contains("USD"), "{said}");
        assert!(!said.contains("comment"), "{said}");
    }
}
