//! External refunds that all agreed to: pay them, and say so here.

use axum::response::IntoResponse;
use maud::{Markup, PreEscaped, html};
use serde_json::Value;

use super::{empty, narrowed, narrowing};
use crate::api::Problem;
use crate::form::{Fields, fresh_key};
use crate::input::in_words;
use crate::layout;
use crate::listing::{
    CUSTOMER, Column, Listed, Listing, Of, Pager, ROWS, filters, for_reader, text_of,
};
use crate::pages::{Shown, Sorry, filtered, part};
use crate::parts::{list, sentence, text};
use crate::visit::{KEY, Visit, redirect};

const COLUMNS: [Column; 8] = [
    Column::new("Refund", Of::Document("number")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("", Of::Made(answer, |_| String::new())),
    Column::new("Account", Of::Document("account")),
    Column::new("Customer", Of::Text(CUSTOMER)),
    Column::new("Of payment", Of::Document("payment")),
    Column::new("Decided", Of::Instant("placed_at")),
    Column::new("Asked for by", Of::Made(asked_by, |row| said(row, "requested_by"))),
];

/// What a row is answered with, and the field it needs.
const STEPS: [(&str, &str); 2] = [("paid", "reference"), ("return", "comment")];

pub(super) async fn show(visit: Visit) -> Shown {
    let found = rows(&visit, &Fields::default(), None).await;
    filtered(visit, "To be paid", &narrowing(), found, &lead())
}

/// Says of one that it is paid, or came back.
pub(super) async fn act(visit: Visit, fields: Fields) -> Shown {
    let step = STEPS.iter().find(|(step, _)| *step == fields.get("step"));
    let (Some((step, field)), Some(refund)) = (step, fields.given("refund")) else {
        return Ok(redirect(&visit.at));
    };
    let path = format!("/api/v1/refunds/{}/{step}", part(refund));
    let problem = match visit.post(&path, fields.body(&[field]), &fields).await {
        Ok(_) => return Ok(redirect(&visit.here_with(&[("said", "done")]))),
        Err(problem) if problem.status == 401 => return Err(Sorry(Box::new(visit), problem)),
        Err(problem) => problem,
    };
    match rows(&visit, &fields, Some(&problem)).await {
        Ok(Listed::Page(list)) => {
            let content = html! {
                p.alert role="alert" { (refund) ": " (in_words(&problem.detail)) }
                (lead())
                (filters(&visit, &narrowing()))
                (list)
            };
            Ok((problem.status(), layout::page(&visit, "To be paid", &content)).into_response())
        }
        Ok(Listed::File(file)) => Ok(file),
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// The list; the row that `sent` is about is filled in as it was, with what is wrong beside its field.
async fn rows(visit: &Visit, sent: &Fields, problem: Option<&Problem>) -> Result<Listed, Problem> {
    let columns = for_reader(visit, &COLUMNS);
    let listing = Listing {
        name: "to-be-paid",
        path: format!("/api/v1/refunds-to-be-paid{}", narrowed(visit)),
        member: "refunds",
        pager: Pager::After,
        columns: &columns,
        empty: empty(
            visit,
            "Nothing is to be paid. External refunds come here once all agreed whom an approval policy names.",
        ),
    };
    let forms = |page: &Value| {
        let rows = list(page, "refunds").iter();
        rows.map(|row| with_form(visit, row, sent, problem)).collect()
    };
    listing.show_rows(visit, ROWS, forms).await
}

fn with_form(visit: &Visit, row: &Value, sent: &Fields, problem: Option<&Problem>) -> Value {
    let mut row = row.clone();
    let needed = if text(&row, "payment").is_empty() {
        "credit_balance_external_refund"
    } else {
        "issue_external_refund"
    };
    let ours = sent.get("refund") == text(&row, "number");
    let (typed, wrong) = if ours { (sent, problem) } else { (&Fields::default(), None) };
    let form = if visit.may(needed) {
        form(visit, text(&row, "number"), typed, wrong).into_string()
    } else {
        String::new()
    };
    if let Some(row) = row.as_object_mut() {
        row.insert("form".to_owned(), form.into());
    }
    row
}

/// The form of one row.
fn form(visit: &Visit, number: &str, typed: &Fields, problem: Option<&Problem>) -> Markup {
    let key = typed.given(KEY).map_or_else(fresh_key, str::to_owned);
    let wrong = problem.map(|_| format!("{number}-wrong"));
    let about = |step: &str| wrong.as_deref().filter(|_| typed.get("step") == step);
    let field = |step: &str, name: &str, label: &str| {
        html! {
            input name=(name) value=(typed.get(name)) autocomplete="off" aria-label={ (label) " of " (number) }
                placeholder=(label) required aria-describedby=[about(step)] aria-invalid=[about(step).map(|_| "true")];
        }
    };
    // What the list was narrowed to stays.
    let back = visit.here_with(&[("said", "")]);
    let carried = html! {
        (visit.guard(&key))
        input type="hidden" name="refund" value=(number);
    };
    let said = html! {
        @if let (Some(problem), Some(id)) = (problem, &wrong) { p.wrong id=(id) { (sentence(&in_words(&problem.detail))) } }
    };
    html! {
        form.row method="post" action=(back) data-once="" {
            (carried) (field("paid", "reference", "Cheque number"))
            button.primary type="submit" name="step" value="paid" { "Paid" }
        }
        @if typed.get("step") != "return" { (said) }
        details open[typed.get("step") == "return"] {
            summary { "It came back unpaid" }
            form.row method="post" action=(back) data-once="" {
                (carried) (field("return", "comment", "Why"))
                button type="submit" name="step" value="return" { "Returned" }
            }
            @if typed.get("step") == "return" { (said) }
        }
    }
}

fn lead() -> Markup {
    html! {
        p { "Pay each outside, by cheque or transfer, then close it with its number. It is posted on that day, and final." }
    }
}

fn said(row: &Value, name: &str) -> String {
    row.pointer("/order/approval").map_or_else(String::new, |it| text_of(it, name))
}

fn asked_by(row: &Value) -> Markup {
    html! { span.text { (said(row, "requested_by")) } }
}

/// The form was made above, of escaped parts.
fn answer(row: &Value) -> Markup {
    html! { (PreEscaped(text(row, "form"))) }
}
