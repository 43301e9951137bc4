//! *Record a payment* that came from outside: to invoices, to the credit balance, or to both.

use axum::extract::Path;
use maud::html;
use serde_json::Value;

use super::account::apply::{SHOWN, lines, parts_as};
use super::forms::{Sent, page};
use super::refund_credit::OUTSIDE;
use super::{Shown, custom_fields, part, require};
use crate::api::Problem;
use crate::change::{Form, Then};
use crate::effect;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::parts::text;
use crate::visit::Visit;

pub(super) async fn show(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let made = form(&visit, &account).await.map(|form| (form, Fields::default()));
    page(visit, sent, made).await
}

async fn form(visit: &Visit, account: &str) -> Result<Form, Problem> {
    require(visit, "process_external_payment").await?;
    let path = format!("/api/v1/accounts/{}", part(account));
    let account = visit.get(&path).await?;
    let (number, currency) = (text(&account, "number"), text(&account, "currency"));
    let ways = Choice::or_none("Choose one", Choice::plain(OUTSIDE));
    let mut inputs = vec![
        Input::new("amount", format!("Amount ({currency})"), Kind::Decimal)
            .hint("All of the payment; left empty, what the invoices below are paid."),
        Input::new("method_type", "How it came", Kind::One(ways)).required(),
        Input::new("date", "Date", Kind::Date).hint("Today if left empty."),
        Input::new("reference", "Reference", Kind::Line)
            .hint("Such as the number of the cheque, or of the statement."),
        Input::new("comment", "Comment", Kind::Line),
    ];
    inputs.extend(custom_fields(visit, "payment").await?);
    if visit.may("view_invoices") {
        let open = visit.get(&format!("{path}/open-invoices")).await?;
        let owed = lines(&open, currency);
        let about = match owed.len() {
            0 => "No invoice is to be paid: all of it becomes credit.",
            SHOWN => {
                "How much of it pays which invoice; these are the 50 oldest due. What they leave becomes credit, which can be applied to others."
            }
            _ => "How much of it pays which invoice. What they leave becomes credit.",
        };
        inputs.push(Input::part("What it pays", about));
        inputs.extend(owed);
    }
    let tab = if visit.may("view_payments") { "?tab=payments" } else { "" };
    let back = format!("/console/accounts/{number}{tab}");
    Ok(Form {
        lead: html! { p.lead { a href=(back) { (text(&account, "name")) } " " (number) } },
        button: "Record the payment".to_owned(),
        previewed: true,
        shape: |body| parts_as("applications", body),
        then: Then::GoBy(payment_page, back.clone()),
        ..Form::new(
            "Record a payment",
            format!("/console/accounts/{number}/new-payment"),
            format!("{path}/payments"),
            inputs,
            &back,
        )
    })
}

fn payment_page(done: &Value) -> Option<String> {
    let payment = effect::made(done, "payment")?;
    Some(format!("/console/payments/{}?said=done", part(text(payment, "number"))))
}
