//! Collecting what is due on every account: looked at first, then a number of accounts at a time.

use axum::response::{Html, IntoResponse};
use maud::{Markup, html};
use serde_json::Value;

use super::payment_run::{COLUMNS, Tally, results, totals};
use crate::api::Problem;
use crate::form::{Fields, fresh_key};
use crate::input::{self, Input, Kind, wrong_with_form};
use crate::layout;
use crate::pages::{Shown, Sorry, require, results_file, results_link};
use crate::parts::{list, sentence, text};
use crate::visit::{KEY, Visit};

const AT: &str = "/console/payment-runs";
const RUN: &str = "/api/v1/payment-runs";
const TITLE: &str = "Payment runs";
/// So many accounts at a time if nothing else is said: a call that short is answered soon.
const AT_A_TIME: &str = "100";

fn inputs() -> Vec<Input> {
    vec![
        Input::new("target_date", "Collect what is due until", Kind::Date).required(),
        Input::new("limit", "Accounts at a time", Kind::Number).hint("1 to 1000."),
        Input::new("use_credit", "Use the credit balance first", Kind::Flag),
    ]
}

pub(super) async fn ask(visit: Visit) -> Shown {
    if let Some(found) = results_file(&visit, "payment-run", &COLUMNS) {
        return found.map_err(|problem| Sorry(Box::new(visit), problem));
    }
    let found = async {
        require(&visit, "manage_payment_runs").await?;
        require(&visit, "process_electronic_payment").await?;
        visit.get("/api/v1/clock").await
    };
    match found.await {
        Ok(clock) => {
            let fields = Fields::default().with("target_date", text(&clock, "today"));
            let fields = fields.with("limit", AT_A_TIME).with("use_credit", "true");
            let content = form(&visit, &fields.with(KEY, fresh_key()), None);
            Ok(layout::page(&visit, TITLE, &content).into_response())
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// Looks at a run, or does the next accounts of it.
pub(super) async fn send(visit: Visit, fields: Fields) -> Shown {
    let (path, step) = (format!("{RUN}?dry_run=true"), fields.get("step"));
    let real = matches!(step, "run" | "piece");
    let path = if real { RUN } else { path.as_str() };
    if step == "change" {
        return Ok(layout::page(&visit, TITLE, &form(&visit, &fields, None)).into_response());
    }
    match visit.post(path, body(&fields), &fields).await {
        Ok(answer) if !real => {
            let content = looked_at(&visit, &fields, &answer);
            Ok(layout::page(&visit, "Confirm: payment run", &content).into_response())
        }
        Ok(answer) => {
            let first = fields.given("cursor").is_none();
            visit.keep_rows(fields.get(KEY), list(&answer, "results"), "account", first);
            let tally = Tally::read(&fields).and(&answer);
            let reached = reached(&visit, &answer).await;
            let progress = progress(&visit, &fields, &answer, &tally, reached);
            if step == "piece" {
                let rows = results(&answer);
                // What was done before stays on the page; htmx puts the rows of this piece behind it.
                let rows = if list(&answer, "results").is_empty() {
                    html! {}
                } else {
                    rows
                };
                let piece = html! { (progress) div hx-swap-oob="beforeend:#results" { (rows) } };
                return Ok(Html(piece.into_string()).into_response());
            }
            let content = html! { (progress) div #results { (results(&answer)) } };
            Ok(layout::page(&visit, "Payment run", &content).into_response())
        }
        Err(problem) if problem.status == 401 => Err(Sorry(Box::new(visit), problem)),
        Err(problem) if step == "piece" => {
            // Pieces of pages are only shown if they come with a success.
            Ok(Html(broken(&visit, &fields, &problem).into_string()).into_response())
        }
        Err(problem) => {
            let content = form(&visit, &fields, Some(&problem));
            Ok((problem.status(), layout::page(&visit, TITLE, &content)).into_response())
        }
    }
}

fn body(fields: &Fields) -> Value {
    let mut body = input::body(&inputs(), fields);
    if let (Some(body), Some(cursor)) = (body.as_object_mut(), fields.given("cursor")) {
        body.insert("cursor".to_owned(), cursor.into());
    }
    body
}

fn form(visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Markup {
    let inputs = inputs();
    html! {
        p {
            "Takes what customers owe: of their credit balance first, and the rest by the payment method they have stored. "
            "Each account is decided by itself; nothing happens twice if a run is sent again."
        }
        (wrong_with_form(problem, &inputs))
        form.columns method="post" action=(AT) {
            (visit.guard(fields.get(KEY)))
            @for input in &inputs { (input.show(fields, problem)) }
            button.primary type="submit" name="step" value="preview" { "Look at what it does" }
        }
        @if visit.may("view_journal") {
            p.pager { a href="/console/journal?what=collect" { "What earlier runs collected" } }
        }
    }
}

/// What the run itself carries on, without where it is.
fn carried(visit: &Visit, fields: &Fields) -> Markup {
    html! {
        (visit.guard(fields.get(KEY)))
        @for input in &inputs() { (input.carry(fields)) }
    }
}

/// The first accounts, or the next, as they would go.
fn looked_at(visit: &Visit, fields: &Fields, answer: &Value) -> Markup {
    let next = text(answer, "next_cursor");
    let count = list(answer, "results").len();
    html! {
        p.lead { "What is due until " (text(answer, "target_date")) }
        @if count == 0 {
            p.empty { "Nothing more is due. A run takes posted invoices with a balance that are due until the day you named." }
        } @else {
            p {
                @if fields.get("cursor").is_empty() { "The first " } @else { "The next " } (count) " accounts: something would be collected from "
                (answer["collected"]) ", and " (answer["refused"]) " would be refused."
                @if !next.is_empty() { " More follow." }
            }
            (totals(&Tally::default().and(answer)))
            (results(answer))
        }
        div.actions {
            form method="post" action=(AT) data-once="" {
                (carried(visit, fields))
                @if count > 0 { button.primary type="submit" name="step" value="run" { "Start the run, from the first account" } }
                " " button type="submit" name="step" value="change" { "Change something" }
            }
            @if !next.is_empty() {
                form method="post" action=(AT) {
                    (carried(visit, fields))
                    input type="hidden" name="cursor" value=(next);
                    button type="submit" name="step" value="preview" { "Look at the next" }
                }
            }
        }
    }
}

/// How far it is: the number of the account it came to, of the newest there is; none if that cannot be seen.
async fn reached(visit: &Visit, answer: &Value) -> Option<(u64, u64)> {
    let digits = |text: &str| text.trim_start_matches(|it: char| !it.is_ascii_digit()).parse().ok();
    if !visit.may("view_accounts") {
        return None;
    }
    let newest = visit.get("/api/v1/accounts?limit=1").await.ok()?;
    let newest = digits(text(list(&newest, "accounts").first()?, "number"))?;
    let cursor = text(answer, "next_cursor");
    Some((if cursor.is_empty() { newest } else { digits(cursor)? }, newest))
}

/// What was done so far, and the way on: pressed, or by itself where scripts run.
fn progress(
    visit: &Visit,
    fields: &Fields,
    answer: &Value,
    tally: &Tally,
    reached: Option<(u64, u64)>,
) -> Markup {
    let next = text(answer, "next_cursor");
    html! {
        section #run aria-live="polite" {
            p.lead {
                @if next.is_empty() { "Done. " } @else { "Under way. " }
                "Accounts collected: " (tally.collected) ", refused: " (tally.refused) "."
            }
            @if let Some((value, max)) = reached {
                progress value=(value) max=(max) aria-label="Accounts looked at" {}
            }
            (totals(tally))
            @if next.is_empty() {
                p.hint { "What gateways are asked for counts when they say that it was paid: see each payment." }
                p.pager { (results_link(visit, AT, fields.get(KEY))) a href=(AT) { "Another run" } }
            } @else {
                form method="post" action=(AT) data-once="" hx-post=(AT) hx-trigger="load, submit" hx-target="#run" hx-swap="outerHTML"
                    hx-vals=r#"{"step":"piece"}"# {
                    (carried(visit, fields))
                    input type="hidden" name="cursor" value=(next);
                    (tally.carry())
                    p.actions { button.primary type="submit" name="step" value="run" { "Next accounts" } }
                }
                p.pager { (results_link(visit, AT, fields.get(KEY))) }
                p.hint { "It stops if you leave this page. What was done stays done, and another run collects only what is still due." }
            }
        }
    }
}

/// Something went wrong on the way; the same again does no harm.
fn broken(visit: &Visit, fields: &Fields, problem: &Problem) -> Markup {
    html! {
        section #run aria-live="polite" {
            p.alert role="alert" { (sentence(&problem.detail)) }
            p.pager { (results_link(visit, AT, fields.get(KEY))) }
            form method="post" action=(AT) data-once="" {
                (carried(visit, fields))
                input type="hidden" name="cursor" value=(fields.get("cursor"));
                (Tally::read(fields).carry())
                button.primary type="submit" name="step" value="run" { "Try again from here" }
            }
        }
    }
}
