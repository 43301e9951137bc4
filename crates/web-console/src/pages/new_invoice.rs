//! *New invoice*: its items, of which each may be negative, looked at and then drafted or posted.

use axum::extract::Path;
use maud::html;
use serde_json::Value;

use super::{Shown, Sorry, custom_fields, part, require};
use crate::api::Problem;
use crate::change::{Form, Then};
use crate::effect;
use crate::form::Fields;
use crate::input::{Input, Kind, rows_of};
use crate::parts::text;
use crate::visit::Visit;

/// So many items one is asked for at first, and so many more at a time.
const ROWS: usize = 3;
/// So many at most: a form carries no more than that. Longer invoices come over the API, or by an import.
const ROWS_MAX: usize = 60;

pub(super) async fn ask(visit: Visit, Path(account): Path<String>) -> Shown {
    match form(&visit, &account, ROWS).await {
        Ok(form) => Ok(form.ask(&visit, Fields::default().with("post", "true"))),
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

pub(super) async fn send(visit: Visit, Path(account): Path<String>, fields: Fields) -> Shown {
    let there = rows_of("items", &fields).last().map_or(0, |last| last + 1).clamp(ROWS, ROWS_MAX);
    // More rows are the same form, filled in as it was.
    let (rows, fields) = if fields.get("step") == "more" {
        ((there + ROWS).min(ROWS_MAX), fields.with("step", "change"))
    } else {
        (there, fields)
    };
    match form(&visit, &account, rows).await {
        Ok(form) => form.send(visit, fields).await,
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

async fn form(visit: &Visit, account: &str, rows: usize) -> Result<Form, Problem> {
    require(visit, "manage_invoices").await?;
    let path = format!("/api/v1/accounts/{}", part(account));
    let account = visit.get(&path).await?;
    let (number, currency) = (text(&account, "number"), text(&account, "currency"));
    let mut inputs = vec![
        Input::new("invoice_date", "Invoice date", Kind::Date).hint("Today if left empty."),
        Input::new("due_date", "Due", Kind::Date).hint("The invoice date if left empty."),
        Input::new("external_id", "Number in your own system", Kind::Line),
    ];
    for row in 0..rows {
        inputs.push(Input::part(
            format!("Item {}", row + 1),
            if row == 0 { "What is charged is positive, what is given back negative. Rows left empty are left out." } else { "" },
        ));
        inputs.extend([
            Input::new(format!("items.{row}.description"), "Description", Kind::Line),
            Input::new(
                format!("items.{row}.amount"),
                format!("Amount ({currency})"),
                Kind::Decimal,
            ),
            Input::new(
                format!("items.{row}.tax"),
                format!("Tax on it ({currency})"),
                Kind::Decimal,
            ),
        ]);
    }
    inputs.push(Input::part("The invoice", ""));
    inputs.extend(custom_fields(visit, "invoice").await?);
    if visit.may("post_invoice") {
        inputs.push(
            Input::new("post", "Post it at once", Kind::Flag)
                .hint("Otherwise it stays a draft that counts for nothing until it is posted."),
        );
    }
    let back = format!("/console/accounts/{number}?tab=invoices");
    Ok(Form {
        lead: html! { p.lead { a href=(back) { (text(&account, "name")) } " " (number) ", in " (currency) } },
        button: "Make the invoice".to_owned(),
        previewed: true,
        more: (rows < ROWS_MAX).then_some("More items"),
        shape: |mut body| {
            listed(&mut body, "items");
            body
        },
        then: Then::GoBy(invoice_page, back.clone()),
        ..Form::new(
            "New invoice",
            format!("/console/accounts/{number}/new-invoice"),
            format!("{path}/invoices"),
            inputs,
            &back,
        )
    })
}

/// Makes the rows of a form a list, in their order. One that has none is an empty list, which the API refuses.
fn listed(body: &mut Value, name: &str) {
    let Some(body) = body.as_object_mut() else { return };
    let mut rows: Vec<(usize, Value)> = match body.remove(name) {
        Some(Value::Object(rows)) => {
            rows.into_iter().filter_map(|(row, item)| Some((row.parse().ok()?, item))).collect()
        }
        _ => Vec::new(),
    };
    rows.sort_by_key(|(row, _)| *row);
    body.insert(name.to_owned(), rows.into_iter().map(|(_, item)| item).collect());
}

fn invoice_page(done: &Value) -> Option<String> {
    let invoice = effect::made(done, "invoice")?;
    Some(format!("/console/invoices/{}?said=done", part(text(invoice, "number"))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_a_list_in_their_order() {
        let mut body =
            json!({"items": {"10": {"amount": "3"}, "2": {"amount": "-1"}}, "post": true});
        listed(&mut body, "items");
        assert_eq!(body, json!({"items": [{"amount": "-1"}, {"amount": "3"}], "post": true}));
        let mut none = json!({"post": false});
        listed(&mut none, "items");
        assert_eq!(none, json!({"items": [], "post": false}));
    }
}
