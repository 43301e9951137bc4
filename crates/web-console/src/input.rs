//! What a form asks for: each field with its label, its hint, what is wrong with it, and how the API wants it.

mod body;
mod wrong;

use std::borrow::Cow;

use maud::{Markup, html};
use serde_json::Value;

pub(crate) use body::{body, field_of_row, filled, rows_of};
pub(crate) use wrong::{in_words, wrong_with_form};

use crate::api::Problem;
use crate::form::Fields;
use crate::parts::sentence;

/// One thing a form asks for.
pub(crate) struct Input {
    /// As the API calls it; a dot leads into an object, as in `custom_fields.Region__c`.
    pub(crate) name: Cow<'static, str>,
    pub(crate) label: Cow<'static, str>,
    pub(crate) hint: Cow<'static, str>,
    pub(crate) kind: Kind,
    /// The browser does not send the form without it. The server looks again.
    pub(crate) required: bool,
    /// What stands beside its value where that is shown: the currency of an amount.
    pub(crate) unit: String,
    /// Left empty, it is sent as `null`, which takes a value away; otherwise it is not sent.
    pub(crate) clears: bool,
    /// It is asked for only while another field has this value; the stylesheet hides it otherwise, and it is not sent.
    only: Option<(&'static str, &'static str)>,
    /// It can be filled in where the form is confirmed, too.
    pub(crate) late: bool,
}

/// How it is asked for.
pub(crate) enum Kind {
    /// A line of text.
    Line,
    /// A line nobody should read.
    Secret,
    /// An amount.
    Decimal,
    /// A whole number.
    Number,
    /// A date.
    Date,
    /// Several lines; each becomes an element of a list.
    Lines,
    /// A text that may have several lines.
    Area,
    /// A file with these endings or media types. Its form is a [`WithFile`](crate::form::WithFile).
    File(&'static str),
    /// Yes or no.
    Flag,
    /// Yes, no, or left open.
    YesNo,
    /// One of several.
    One(Vec<Choice>),
    /// Any of several.
    Many(Vec<Choice>),
    /// No field: what the fields after it have in common.
    Part,
}

/// A value one can choose.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// Why one cannot.
    pub(crate) greyed: Option<String>,
    /// What it means, beside a box.
    pub(crate) about: String,
    /// It says something although it has no value, such as what is taken if nothing is named.
    pub(crate) says: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            greyed: None,
            about: String::new(),
            says: false,
        }
    }

    /// Codes that say what they are.
    pub(crate) fn plain<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        values.into_iter().map(|value| Self::new(value, crate::parts::heading(value))).collect()
    }

    /// The same, after one that leaves it open.
    pub(crate) fn or_none(none: &str, rest: Vec<Self>) -> Vec<Self> {
        let mut all = vec![Self::new("", none)];
        all.extend(rest);
        all
    }
}

impl Input {
    pub(crate) fn new(
        name: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'static, str>>,
        kind: Kind,
    ) -> Self {
        let (name, label, hint) = (name.into(), label.into(), Cow::Borrowed(""));
        let unit = String::new();
        Self {
            name,
            label,
            hint,
            kind,
            required: false,
            unit,
            clears: false,
            only: None,
            late: false,
        }
    }

    /// Only for those who chose this value of another field.
    pub(crate) const fn only(mut self, field: &'static str, value: &'static str) -> Self {
        self.only = Some((field, value));
        self
    }

    /// Whether it is asked for, as the form is filled in.
    pub(crate) fn applies(&self, fields: &Fields) -> bool {
        self.only.is_none_or(|(field, value)| fields.get(field) == value)
    }

    pub(crate) const fn late(mut self) -> Self {
        self.late = true;
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = hint.into();
        self
    }

    pub(crate) fn unit(mut self, unit: &str) -> Self {
        unit.clone_into(&mut self.unit);
        self
    }

    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) const fn clears(mut self) -> Self {
        self.clears = true;
        self
    }

    /// The heading of a part of a form, with a sentence on it.
    pub(crate) fn part(
        title: impl Into<Cow<'static, str>>,
        about: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new("", title, Kind::Part).hint(about)
    }

    /// Whether a problem is about this field, or about an element of its list.
    fn is_meant(&self, problem: &Problem) -> bool {
        let rest = problem.field.as_deref().and_then(|field| field.strip_prefix(&*self.name));
        let shown = !matches!(self.kind, Kind::Part);
        shown && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    }

    /// What is wrong with it; the name the API has for it says nothing to people.
    fn wrong(&self, problem: Option<&Problem>) -> Option<String> {
        let problem = problem.filter(|it| self.is_meant(it))?;
        let detail = in_words(&problem.detail);
        let named = problem.field.as_deref().and_then(|field| detail.strip_prefix(field));
        Some(sentence(named.and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&detail)))
    }

    /// The field, as it was filled in.
    pub(crate) fn show(&self, fields: &Fields, problem: Option<&Problem>) -> Markup {
        let (name, wrong) = (&*self.name, self.wrong(problem));
        let hint = (!self.hint.is_empty()).then(|| format!("{name}-hint"));
        let greyed = self.greyed();
        let why = (!greyed.is_empty()).then(|| format!("{name}-why"));
        let described: Vec<String> =
            wrong.iter().map(|_| format!("{name}-wrong")).chain(hint).chain(why).collect();
        let described = (!described.is_empty()).then(|| described.join(" "));
        let control = self.control(fields, described.as_deref(), wrong.is_some());
        let said = html! {
            @if !self.hint.is_empty() { p.hint #{(name) "-hint"} { (self.hint) } }
            @if !greyed.is_empty() {
                ul.plain.hint #{(name) "-why"} {
                    @for choice in greyed { li { (choice.label) ": " (sentence(&choice.about)) } }
                }
            }
            @if let Some(wrong) = &wrong { p.wrong #{(name) "-wrong"} { (wrong) } }
        };
        match &self.kind {
            Kind::Part => {
                html! { div.part { h2 { (self.label) } @if !self.hint.is_empty() { p.hint { (self.hint) } } } }
            }
            Kind::Flag => html! { div.field.flag { label { (control) " " (self.label) } (said) } },
            Kind::Many(_) => html! {
                fieldset.field aria-describedby=[described] { legend { (self.label) } (control) (said) }
            },
            _ => {
                let only = self.only.map(|(field, value)| format!("{field}={value}"));
                html! { div.field data-only=[only] { label for=(name) { (self.label) } (control) (said) } }
            }
        }
    }

    /// What cannot be chosen of a list and has more to say than fits into a line of it.
    fn greyed(&self) -> Vec<&Choice> {
        let Kind::One(choices) = &self.kind else { return Vec::new() };
        choices.iter().filter(|it| it.greyed.is_some() && !it.about.is_empty()).collect()
    }

    fn control(&self, fields: &Fields, described: Option<&str>, wrong: bool) -> Markup {
        let (name, value) = (&*self.name, fields.get(&self.name));
        let wrong = wrong.then_some("true");
        let line = |kind: &str, mode: Option<&str>| {
            html! {
                input #(name) name=(name) type=(kind) value=(value) required[self.required] inputmode=[mode]
                    autocomplete="off" aria-describedby=[described] aria-invalid=[wrong];
            }
        };
        match &self.kind {
            Kind::Line => line("text", None),
            Kind::Decimal => line("text", Some("decimal")),
            Kind::Number => line("text", Some("numeric")),
            Kind::Date => line("date", None),
            // What nobody should read does not come back.
            Kind::Secret => html! {
                input #(name) name=(name) type="password" required[self.required] autocomplete="new-password"
                    aria-describedby=[described] aria-invalid=[wrong];
            },
            Kind::Lines | Kind::Area => html! {
                textarea #(name) name=(name) rows="4" required[self.required] aria-describedby=[described]
                    aria-invalid=[wrong] { (fields.exactly(name)) }
            },
            // No browser fills it in again.
            Kind::File(accept) => html! {
                input #(name) name=(name) type="file" accept=(accept) required[self.required]
                    aria-describedby=[described] aria-invalid=[wrong];
            },
            Kind::Flag => html! {
                input #(name) name=(name) type="checkbox" value="true" checked[value == "true"]
                    aria-describedby=[described];
            },
            Kind::YesNo => html! {
                select #(name) name=(name) required[self.required] aria-describedby=[described] aria-invalid=[wrong] {
                    @for (answer, label) in [("", ""), ("true", "yes"), ("false", "no")] {
                        option value=(answer) selected[answer == value] { (label) }
                    }
                }
            },
            Kind::One(choices) => html! {
                select #(name) name=(name) required[self.required] aria-describedby=[described] aria-invalid=[wrong] {
                    @for choice in choices {
                        option value=(choice.value) selected[choice.value == value] disabled[choice.greyed.is_some()] {
                            (choice.label) @if let Some(why) = &choice.greyed { " - " (why) }
                        }
                    }
                }
            },
            Kind::Many(choices) => html! {
                @for choice in choices {
                    label.box {
                        input name=(name) type="checkbox" value=(choice.value) disabled[choice.greyed.is_some()]
                            checked[fields.all(name).contains(&choice.value)];
                        " " (choice.label) @if let Some(why) = &choice.greyed { " - " (why) }
                        @if !choice.about.is_empty() { span.hint { (choice.about) } }
                    }
                }
            },
            Kind::Part => html! {},
        }
    }

    /// What it carries to the next page, unseen.
    pub(crate) fn carry(&self, fields: &Fields) -> Markup {
        html! {
            @if !matches!(self.kind, Kind::File(_)) { @for value in fields.all(&self.name) { input type="hidden" name=(self.name) value=(value); } }
        }
    }

    /// What was said, as people would; nothing if nothing was.
    pub(crate) fn said(&self, fields: &Fields) -> Option<String> {
        let called = |choices: &[Choice], value: &str| {
            let found = choices.iter().find(|choice| choice.value == value);
            found.map_or_else(|| value.to_owned(), |choice| choice.label.clone())
        };
        let Some(value) = fields.given(&self.name) else {
            let Kind::One(choices) = &self.kind else { return None };
            let taken = choices.iter().find(|it| it.value.is_empty() && it.says)?;
            return Some(taken.label.clone());
        };
        match &self.kind {
            Kind::Secret | Kind::Part | Kind::File(_) => None,
            Kind::Flag => Some(if value == "true" { "yes" } else { "no" }.to_owned()),
            Kind::One(choices) => Some(called(choices, value)),
            Kind::Many(choices) => {
                let all = fields.all(&self.name).iter().map(|value| called(choices, value));
                Some(all.collect::<Vec<_>>().join(", "))
            }
            _ => Some(format!("{value} {}", self.unit).trim_end().to_owned()),
        }
    }

    /// What the API is told; nothing if it is left out.
    fn value(&self, fields: &Fields) -> Option<Value> {
        let text = fields.given(&self.name);
        match &self.kind {
            Kind::Part | Kind::File(_) => None,
            Kind::Flag => Some(Value::Bool(text == Some("true"))),
            Kind::Many(_) => Some(fields.all(&self.name).to_vec().into()),
            Kind::YesNo => text.map(|it| Value::Bool(it == "true")),
            Kind::Lines if text.is_some() || self.clears => {
                let lines = fields.exactly(&self.name).lines().map(str::trim);
                Some(lines.filter(|line| !line.is_empty()).collect())
            }
            // Browsers end lines as forms are sent, with two letters.
            Kind::Area => text.map(|it| it.replace("\r\n", "\n").into()),
            // What is no number is sent as it is: the refusal names the field.
            Kind::Number => {
                text.map(|it| it.parse::<u64>().map_or_else(|_| it.into(), Value::from))
            }
            Kind::Secret => {
                Some(fields.exactly(&self.name)).filter(|it| !it.is_empty()).map(Value::from)
            }
            _ => text.map(Value::from),
        }
        .or_else(|| self.clears.then_some(Value::Null))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_users_wrote_is_escaped() {
        let hostile = "\"><script>alert(1)</script>";
        let problem = Problem {
            status: 400,
            code: "x".to_owned(),
            detail: hostile.to_owned(),
            field: Some("x".to_owned()),
        };
        let choice = || Choice {
            greyed: Some(hostile.to_owned()),
            about: hostile.to_owned(),
            ..Choice::new(hostile, hostile)
        };
        let kinds = [
            Kind::Line,
            Kind::Secret,
            Kind::Lines,
            Kind::Flag,
            Kind::One(vec![choice()]),
            Kind::Many(vec![choice()]),
            Kind::File("text/csv"),
            Kind::Part,
        ];
        let fields = Fields::default().with("x", hostile);
        for kind in kinds {
            let input = Input::new("x", hostile, kind).hint(hostile);
            for made in [input.show(&fields, Some(&problem)), input.carry(&fields)] {
                assert!(!made.into_string().contains("<script"), "escaped");
            }
        }
        assert!(!wrong_with_form(Some(&problem), &[]).into_string().contains("<script"));
    }
}
