//! Columns: what a cell of a list shows, and what a file has in its place.

use maud::{Markup, html};
use serde_json::Value;

use super::sorting::Key;
use crate::pages::part;
use crate::parts::{badge, document, instant, money, text, words};

/// A column of a list.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) of: Of,
}

/// What a cell shows, by the name of a member of the row.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    /// As it is.
    Plain(&'static str),
    /// A text somebody wrote, which may be long.
    Text(&'static str),
    /// The words of a code.
    Words(&'static str),
    /// A document, with its page.
    Document(&'static str),
    /// How it stands.
    Badge(&'static str),
    /// An instant.
    Instant(&'static str),
    /// An amount in the row's `currency`.
    Money(&'static str),
    /// Yes or no.
    Flag(&'static str),
    /// A name, with its page below an address.
    Link(&'static str, &'static str),
    /// Something else: as it is shown, and as a file has it.
    Made(fn(&Value) -> Markup, fn(&Value) -> String),
    /// The same, which may be long.
    Long(fn(&Value) -> Markup, fn(&Value) -> String),
}

impl Column {
    pub(crate) const fn new(title: &'static str, of: Of) -> Self {
        Self { title, of }
    }
}

impl Of {
    pub(super) fn show(self, row: &Value) -> Markup {
        match self {
            Self::Plain(name) => html! { (text_of(row, name)) },
            Self::Text(name) => html! { (text_of(row, name)) },
            Self::Words(name) => html! { (words(text(row, name))) },
            Self::Document(name) => document(text(row, name)),
            Self::Badge(name) => badge(&text_of(row, name)),
            Self::Instant(name) => html! { (instant(text(row, name))) },
            Self::Money(name) => html! {
                @if !text(row, name).is_empty() { (money(text(row, name), text(row, "currency"))) }
            },
            Self::Flag(name) => html! { (yes_or_no(row, name)) },
            Self::Link(name, below) => {
                html! { a href=(place(below, text(row, name))) { (text(row, name)) } }
            }
            Self::Made(show, _) | Self::Long(show, _) => show(row),
        }
    }

    /// As a file has it.
    pub(crate) fn file_text(self, row: &Value) -> String {
        match self {
            Self::Plain(name)
            | Self::Text(name)
            | Self::Words(name)
            | Self::Document(name)
            | Self::Badge(name)
            | Self::Instant(name)
            | Self::Link(name, _)
            | Self::Money(name) => text_of(row, name),
            Self::Flag(name) => yes_or_no(row, name).to_owned(),
            Self::Made(_, text) | Self::Long(_, text) => text(row),
        }
    }

    /// By what it is sorted.
    pub(super) fn key(self, row: &Value) -> Key {
        let currency = if matches!(self, Self::Money(_)) { text(row, "currency") } else { "" };
        (currency.to_owned(), self.file_text(row))
    }

    pub(super) const fn class(self) -> Option<&'static str> {
        match self {
            Self::Money(_) => Some("amount"),
            Self::Text(_) | Self::Link(..) | Self::Long(..) => Some("text"),
            _ => None,
        }
    }
}

fn yes_or_no(row: &Value, name: &str) -> &'static str {
    if row.get(name) == Some(&Value::Bool(true)) { "yes" } else { "no" }
}

/// The page of something that has a name, below an address. People may call it as pages beside it are called (`new`);
/// written another way, the address is one of its own.
pub(crate) fn place(below: &str, name: &str) -> String {
    let name = if name == "new" { "%6Eew".to_owned() } else { part(name) };
    format!("{below}/{name}")
}

/// A member as a text, whatever it is: several with commas between them.
pub(crate) fn text_of(row: &Value, name: &str) -> String {
    match row.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => {
            let all =
                all.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
            all.collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// The member with the name of the customer, which a list asks for by having a column of it.
pub(crate) const CUSTOMER: &str = "account_name";
