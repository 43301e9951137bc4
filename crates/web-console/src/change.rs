//! A change people ask for by a form: filled in, looked at if it moves money, confirmed, done once.

mod beside;

use axum::http::Method;
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::effect;
use crate::form::{Fields, fresh_key};
use crate::input::{self, Input, Kind, in_words, wrong_with_form};
use crate::layout;
use crate::links::followed;
use crate::pages::{Shown, Sorry};
use crate::parts::sentence;
use crate::visit::{KEY, Visit, redirect};

/// A form, and what becomes of it.
pub(crate) struct Form {
    /// What the page is called.
    pub(crate) title: String,
    /// What stands above the fields.
    pub(crate) lead: Markup,
    /// The page itself, where the form is sent.
    pub(crate) at: String,
    pub(crate) inputs: Vec<Input>,
    /// Where the API takes it.
    pub(crate) method: Method,
    pub(crate) path: String,
    /// What the button says.
    pub(crate) button: String,
    /// Whether what it does is shown before it is done.
    pub(crate) previewed: bool,
    /// What the API is told instead of what the fields say.
    pub(crate) shape: fn(Value) -> Value,
    /// Refusals that name no field, by code, each with the field it is about.
    pub(crate) beside: &'static [(&'static str, &'static str)],
    /// The field a refusal is about, where neither its code nor its field says.
    pub(crate) meant: fn(&Problem, &Fields) -> Option<String>,
    /// What the button says that asks for more rows, if there is one. Whoever makes the form answers the step `more`.
    pub(crate) more: Option<&'static str>,
    /// It cannot be taken back: where one goes who would rather not.
    pub(crate) leave: Option<String>,
    /// What follows.
    pub(crate) then: Then,
}

/// What was filled in of a part of a form, under its heading; nothing if nothing was.
fn said_in(part: &[Input], fields: &Fields) -> Markup {
    let asked = part.iter().filter(|input| input.applies(fields) && !input.late);
    let said = asked.filter_map(|input| Some((input, input.said(fields)?)));
    let said: Vec<(&Input, String)> = said.collect();
    html! {
        @if !said.is_empty() {
            @for input in part.iter().filter(|it| matches!(it.kind, Kind::Part)) { h2 { (input.label) } }
            dl.facts { @for (input, said) in &said { div { dt { (input.label) } dd { (said) } } } }
        }
    }
}

/// What follows a change that is done.
pub(crate) enum Then {
    /// Another page.
    Go(String),
    /// The page the answer names.
    GoBy(fn(&Value) -> Option<String>, String),
    /// What is answered only once is shown, such as a secret.
    Tell(fn(&Value) -> Markup),
}

impl Form {
    /// A form that changes something at once, and comes back to `back`.
    pub(crate) fn new(
        title: &str,
        at: String,
        path: String,
        inputs: Vec<Input>,
        back: &str,
    ) -> Self {
        Self {
            title: title.to_owned(),
            lead: html! {},
            at,
            inputs,
            method: Method::POST,
            path,
            button: "Save".to_owned(),
            previewed: false,
            shape: |body| body,
            beside: &[],
            meant: |_, _| None,
            more: None,
            leave: None,
            then: Then::Go(back.to_owned()),
        }
    }

    /// A button that cannot be taken back, on a page of its own that says what it does.
    pub(crate) fn confirmation(
        title: String,
        at: String,
        path: String,
        button: &str,
        back: &str,
        lead: Markup,
    ) -> Self {
        let (button, leave) = (button.to_owned(), Some(back.to_owned()));
        Self { lead, button, leave, ..Self::new(&title, at, path, Vec::new(), back) }
    }

    /// What is there, for somebody who may not change it.
    pub(crate) fn look(&self, visit: &Visit, fields: &Fields) -> Response {
        let parts = self.inputs.chunk_by(|_, next| !matches!(next.kind, Kind::Part));
        let content = html! {
            (self.lead)
            @for part in parts {
                @for input in part.iter().filter(|it| matches!(it.kind, Kind::Part)) { (input.show(fields, None)) }
                dl.facts {
                    @for input in part.iter().filter(|it| !matches!(it.kind, Kind::Part)) {
                        div { dt { (input.label) } dd { (input.said(fields).as_deref().unwrap_or("not set")) } }
                    }
                }
            }
        };
        layout::page(visit, &self.title, &content).into_response()
    }

    /// The empty form, or one that is filled with `fields`.
    pub(crate) fn ask(&self, visit: &Visit, fields: Fields) -> Response {
        layout::page(visit, &self.title, &self.show(visit, &fields.with(KEY, fresh_key()), None))
            .into_response()
    }

    /// Shows what it would do, or does it.
    pub(crate) async fn send(&self, visit: Visit, fields: Fields) -> Shown {
        match fields.get("step") {
            "change" => {
                let content = self.show(&visit, &fields, None);
                Ok(layout::page(&visit, &self.title, &content).into_response())
            }
            "live" => {
                let piece = self.live(&visit, &fields).await;
                let piece = followed(&piece, |needed| visit.may(needed));
                Ok(Html(piece.into_string()).into_response())
            }
            "confirm" => self.carry_out(visit, fields).await,
            _ if !self.previewed => self.carry_out(visit, fields).await,
            _ => match visit.preview(&self.path, self.body(&fields), &fields).await {
                Ok(effect) => {
                    let content = self.confirm(&visit, &fields, &effect);
                    let title = format!("Confirm: {}", self.title);
                    Ok(layout::page(&visit, &title, &content).into_response())
                }
                Err(problem) => self.again(visit, &fields, problem),
            },
        }
    }

    async fn carry_out(&self, visit: Visit, fields: Fields) -> Shown {
        let body = self.body(&fields);
        match visit.change(self.method.clone(), &self.path, body, &fields).await {
            Ok(answer) => Ok(match &self.then {
                Then::Go(to) => redirect(to),
                Then::GoBy(find, otherwise) => {
                    redirect(&find(&answer).unwrap_or_else(|| otherwise.clone()))
                }
                Then::Tell(tell) => {
                    layout::page(&visit, &self.title, &tell(&answer)).into_response()
                }
            }),
            Err(problem) => self.again(visit, &fields, problem),
        }
    }

    /// What the API is told.
    pub(crate) fn body(&self, fields: &Fields) -> Value {
        (self.shape)(input::body(&self.inputs, fields))
    }

    /// The form as it was filled in, with what is wrong.
    pub(crate) fn again(&self, visit: Visit, fields: &Fields, mut problem: Problem) -> Shown {
        if problem.status == 401 {
            return Err(Sorry(Box::new(visit), problem));
        }
        problem.field = self.field_of(&problem, fields);
        let content = self.show(&visit, fields, Some(&problem));
        Ok((problem.status(), layout::page(&visit, &self.title, &content)).into_response())
    }

    fn show(&self, visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Markup {
        let live = self.previewed.then_some(self.at.as_str());
        // What is wrong stands beside its field already, and need not be said again below.
        let when = if problem.is_some() {
            "change, input delay:400ms"
        } else {
            "load, change, input delay:400ms"
        };
        html! {
            (self.lead)
            (wrong_with_form(problem, &self.inputs))
            form.columns #form method="post" action=(self.at) data-once[!self.previewed] novalidate[self.previewed]
                hx-post=[live] hx-trigger=[live.map(|_| when)]
                hx-target=[live.map(|_| "#effect")] hx-vals=[live.map(|_| r#"{"step":"live"}"#)] hx-sync=[live.map(|_| "this:queue last")] {
                (visit.guard(fields.get(KEY)))
                @for input in &self.inputs { (input.show(fields, problem)) }
                @if self.previewed {
                    p.actions {
                        button.primary type="submit" name="step" value="preview" { "Look at what it does" }
                        @if let Some(more) = self.more { button type="submit" name="step" value="more" formnovalidate { (more) } }
                    }
                } @else if let Some(leave) = &self.leave {
                    p.actions {
                        button.danger type="submit" { (self.button) }
                        a.button href=(leave) { "Leave it as it is" }
                    }
                } @else {
                    button.primary type="submit" { (self.button) }
                }
            }
            @if self.previewed { section #effect aria-live="polite" {} }
        }
    }

    /// What the form as it is filled in right now would do: a piece of a page.
    async fn live(&self, visit: &Visit, fields: &Fields) -> Markup {
        match visit.preview(&self.path, self.body(fields), fields).await {
            Ok(effect) => html! { (effect::show(&effect)) },
            Err(problem) => html! { p.hint { (sentence(&in_words(&problem.detail))) } },
        }
    }

    fn confirm(&self, visit: &Visit, fields: &Fields, effect: &Value) -> Markup {
        html! {
            (self.lead)
            @for part in self.inputs.chunk_by(|_, next| !matches!(next.kind, Kind::Part)) { (said_in(part, fields)) }
            (effect::show(effect))
            form method="post" action=(self.at) data-once="" {
                (visit.guard(fields.get(KEY)))
                @for input in &self.inputs {
                    @if input.late { (input.show(fields, None)) } @else { (input.carry(fields)) }
                }
                p.actions {
                    button.primary type="submit" name="step" value="confirm" {
                        @if effect::waits(effect).is_some() { "Ask for approval" } @else { (self.button) }
                    }
                    button type="submit" name="step" value="change" { "Change something" }
                }
            }
        }
    }
}
