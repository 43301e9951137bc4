//! What pages are made of: figures, tables, fields, and what an answer holds.

use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::form::Fields;

/// A text of an answer; empty if it is not there.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// A list of an answer; empty if it is not there.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The words of a code, such as *credit card* of `credit_card`.
pub(crate) fn words(code: &str) -> String {
    code.replace('_', " ")
}

/// An instant without its fractions.
pub(crate) fn instant(at: &str) -> String {
    let (date, time) = at.split_once('T').unwrap_or((at, ""));
    format!("{date} {}", time.get(..5).unwrap_or("")).trim_end().to_owned()
}

/// An amount with its currency, in a cell or a line of its own.
pub(crate) fn money(amount: &str, currency: &str) -> Markup {
    html! { span.money.negative[amount.starts_with('-')] { (amount) " " span.currency { (currency) } } }
}

/// How something stands.
pub(crate) fn badge(state: &str) -> Markup {
    let tone = match state {
        "processed" | "active" | "posted" | "settled" => "good",
        "error" | "declined" | "failed_late" | "unknown" | "rejected" | "never_sent" => "bad",
        "awaiting_approval" | "to_be_paid" | "processing" | "pending" | "reserved" | "sending"
        | "waiting" | "draft" => "waiting",
        _ => "quiet",
    };
    html! { span.badge.(tone) { (words(state)) } }
}

/// A document by its number, with the page it has.
pub(crate) fn document(number: &str) -> Markup {
    match page_of(number) {
        Some(page) => html! { a href=(page) { (number) } },
        None => html! { (number) },
    }
}

/// The page of a document.
pub(crate) fn page_of(number: &str) -> Option<String> {
    let plain = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let (kind, digits) = if number.starts_with("R-") {
        ("refunds", number.get(2..)?)
    } else {
        ("accounts", number.strip_prefix('A')?)
    };
    let counted = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && counted).then(|| format!("/console/{kind}/{number}"))
}

/// A labelled field of a form, with what is wrong with it beside it.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) hint: &'a str,
    pub(crate) fields: &'a Fields,
    pub(crate) problem: Option<&'a Problem>,
}

impl Field<'_> {
    fn wrong(&self) -> Option<&str> {
        let problem = self.problem.filter(|it| it.field.as_deref() == Some(self.name))?;
        Some(&problem.detail)
    }

    fn around(&self, input: &Markup) -> Markup {
        let (name, wrong) = (self.name, self.wrong());
        html! {
            div.field {
                label for=(name) { (self.label) }
                (input)
                @if !self.hint.is_empty() { p.hint #{(name) "-hint"} { (self.hint) } }
                @if let Some(wrong) = wrong { p.wrong #{(name) "-wrong"} { (wrong) } }
            }
        }
    }

    fn described(&self) -> Option<String> {
        let wrong = self.wrong().map(|_| format!("{}-wrong", self.name));
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let both: Vec<String> = wrong.into_iter().chain(hint).collect();
        (!both.is_empty()).then(|| both.join(" "))
    }

    /// A line of text; `kind` as in HTML.
    pub(crate) fn line(&self, kind: &str, required: bool) -> Markup {
        let value = self.fields.get(self.name);
        let decimal = (kind == "decimal").then_some("decimal");
        let kind = if kind == "decimal" { "text" } else { kind };
        self.around(&html! {
            input #(self.name) name=(self.name) type=(kind) value=(value) required[required]
                inputmode=[decimal] autocomplete="off" aria-describedby=[self.described()]
                aria-invalid=[self.wrong().map(|_| "true")];
        })
    }

    /// One of several values, each with what it is called.
    pub(crate) fn choice(&self, options: &[(String, String)]) -> Markup {
        let chosen = self.fields.get(self.name);
        self.around(&html! {
            select #(self.name) name=(self.name) aria-describedby=[self.described()]
                aria-invalid=[self.wrong().map(|_| "true")] {
                @for (value, label) in options {
                    option value=(value) selected[value == chosen] { (label) }
                }
            }
        })
    }
}

/// What is wrong with a form as a whole: what no field of it stands for.
pub(crate) fn wrong_with_form(problem: Option<&Problem>, fields: &[&str]) -> Markup {
    let beside =
        |problem: &Problem| problem.field.as_deref().is_some_and(|field| fields.contains(&field));
    html! {
        @if let Some(problem) = problem {
            @if !beside(problem) { p.alert role="alert" { (problem.detail) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_ours_become_links() {
        assert_eq!(page_of("A00000001").as_deref(), Some("/console/accounts/A00000001"));
        assert_eq!(page_of("R-00000002").as_deref(), Some("/console/refunds/R-00000002"));
        for other in ["", "A", "R-", "A1/../x", "Ada", "R-1?x", "INV00000001", "A\u{e9}"] {
            assert_eq!(page_of(other), None, "{other}");
        }
    }

    #[test]
    fn what_users_wrote_is_escaped() {
        let hostile = "\"><script>alert(1)</script>";
        let fields = Fields::default().with("comment", hostile);
        let problem = Problem {
            status: 400,
            code: "x".to_owned(),
            detail: hostile.to_owned(),
            field: Some("comment".to_owned()),
        };
        let field = Field {
            name: "comment",
            label: hostile,
            hint: hostile,
            fields: &fields,
            problem: Some(&problem),
        };
        let choice = [(hostile.to_owned(), hostile.to_owned())];
        for made in [
            field.line("text", false),
            field.choice(&choice),
            badge(hostile),
            document(hostile),
            money(hostile, hostile),
            wrong_with_form(Some(&problem), &[]),
        ] {
            assert!(!made.into_string().contains("<script"), "escaped");
        }
    }
}
