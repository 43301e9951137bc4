//! *Apply to Invoice*: the credit balance, split over open invoices.

use axum::extract::Path;
use maud::html;
use serde_json::{Value, json};

use crate::api::Problem;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Input, Kind};
use crate::pages::forms::{Sent, page};
use crate::pages::{Shown, custom_fields, part, reasons, require};
use crate::parts::{list, money, text};
use crate::visit::Visit;

/// So many invoices are shown, the oldest due; the rest is reached by leaving all empty, which takes the oldest first.
pub(crate) const SHOWN: usize = 50;

pub(crate) async fn show(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let made = form(&visit, &account).await.map(|form| (form, Fields::default()));
    page(visit, sent, made).await
}

async fn form(visit: &Visit, account: &str) -> Result<Form, Problem> {
    require(visit, "create_credit_balance_adjustment").await?;
    require(visit, "view_invoices").await?;
    let path = format!("/api/v1/accounts/{}", part(account));
    let account = visit.get(&path).await?;
    let open = visit.get(&format!("{path}/open-invoices")).await?;
    let (number, currency) = (text(&account, "number"), text(&account, "currency"));
    let available = text(&account, "available").to_owned();
    let mut inputs = lines(&open, currency);
    let none = inputs.is_empty();
    inputs.push(
        Input::new("amount", "At most, without a split", Kind::Decimal)
            .hint(
                "If no invoice above has an amount: the oldest due first, up to this much, or all.",
            )
            .unit(currency),
    );
    inputs.push(reasons(visit, "credit_balance_adjustment").await?);
    inputs.push(Input::new("reference", "Reference", Kind::Line));
    inputs.push(Input::new("comment", "Comment", Kind::Line));
    inputs.extend(custom_fields(visit, "credit_balance_adjustment").await?);
    let back = format!("/console/accounts/{number}");
    Ok(Form {
        lead: html! {
            p.lead { a href=(back) { (text(&account, "name")) } ", available " (money(&available, currency)) }
            p #remainder data-remainder=(available) data-currency=(currency) aria-live="polite" {}
            @if none { p.empty { "No invoice is open, so there is nothing to apply credit to." } }
        },
        button: "Apply".to_owned(),
        previewed: true,
        shape: split,
        then: Then::Go(format!("{back}?said=done")),
        ..Form::new(
            "Apply credit to invoices",
            format!("{back}/apply"),
            format!("{path}/credit-balance/apply"),
            inputs,
            &back,
        )
    })
}

/// A field for each invoice that owes something, the oldest due first.
pub(crate) fn lines(open: &Value, currency: &str) -> Vec<Input> {
    let owed = list(open, "invoices").iter().filter(|it| !text(it, "balance").starts_with('-'));
    owed.take(SHOWN).map(|it| line(it, currency)).collect()
}

fn line(invoice: &Value, currency: &str) -> Input {
    let number = text(invoice, "number");
    let hint =
        format!("Open: {} {currency}, due {}", text(invoice, "balance"), text(invoice, "due_date"));
    Input::new(format!("part.{number}"), number.to_owned(), Kind::Decimal).hint(hint).unit(currency)
}

/// The parts as the API takes them. With parts there is no amount of the whole.
pub(crate) fn split(body: Value) -> Value {
    split_as("invoices", body)
}

/// The same under another name.
pub(crate) fn split_as(name: &str, body: Value) -> Value {
    let mut body = parts_as(name, body);
    if let Some(body) = body.as_object_mut().filter(|body| body.contains_key(name)) {
        body.remove("amount");
    }
    body
}

/// The parts under another name, beside the amount of the whole.
pub(crate) fn parts_as(name: &str, body: Value) -> Value {
    let Value::Object(mut body) = body else { return body };
    if let Some(Value::Object(parts)) = body.remove("part") {
        let parts = parts.into_iter();
        let parts = parts.map(|(invoice, amount)| json!({"invoice": invoice, "amount": amount}));
        body.insert(name.to_owned(), parts.collect());
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_a_list_and_needs_no_amount() {
        let body = json!({"part": {"INV00000002": "40.00"}, "amount": "9", "comment": "x"});
        let expected =
            json!({"invoices": [{"invoice": "INV00000002", "amount": "40.00"}], "comment": "x"});
        assert_eq!(split(body), expected);
        assert_eq!(split(json!({"amount": "9"})), json!({"amount": "9"}));
        let whole = json!({"part": {"INV00000002": "40.00"}, "amount": "50"});
        let expected = json!({"applications": [{"invoice": "INV00000002", "amount": "40.00"}], "amount": "50"});
        assert_eq!(parts_as("applications", whole), expected);
    }
}
