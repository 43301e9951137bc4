//! *New account*: a customer, and the currency of everything on it.

use maud::html;

use super::account::edit::automation;
use super::forms::{Sent, page};
use super::{Shown, custom_fields, part, require};
use crate::api::Problem;
use crate::change::{Form, Then};
use crate::effect;
use crate::form::Fields;
use crate::input::{Input, Kind};
use crate::parts::text;
use crate::visit::Visit;

const AT: &str = "/console/accounts/new";
const BACK: &str = "/console/accounts";

pub(super) async fn show(visit: Visit, sent: Sent) -> Shown {
    let inherited = |form| {
        let fields = Fields::default().with("automatic_transfer", "inherit");
        (form, fields.with("automatic_application", "inherit"))
    };
    let made = form(&visit).await.map(inherited);
    page(visit, sent, made).await
}

async fn form(visit: &Visit) -> Result<Form, Problem> {
    require(visit, "manage_accounts").await?;
    let mut inputs = vec![
        Input::new("name", "Name of the customer", Kind::Line).required(),
        Input::new("currency", "Currency", Kind::Line)
            .hint("Such as USD. Of everything on the account, for ever.")
            .required(),
        Input::new("external_id", "External id", Kind::Line)
            .hint("As your other systems know the customer; no two accounts have the same."),
    ];
    inputs.extend(automation());
    inputs.extend(custom_fields(visit, "account").await?);
    let then = |done: &serde_json::Value| {
        let account = effect::made(done, "account")?;
        Some(format!("/console/accounts/{}?said=done", part(text(account, "number"))))
    };
    Ok(Form {
        lead: html! { p { "An account holds the invoices, payments and credit of one customer in one currency." } },
        button: "Open the account".to_owned(),
        shape: in_capitals,
        then: Then::GoBy(then, BACK.to_owned()),
        ..Form::new("New account", AT.to_owned(), "/api/v1/accounts".to_owned(), inputs, BACK)
    })
}

/// Currencies are written in capital letters; people need not.
fn in_capitals(mut body: serde_json::Value) -> serde_json::Value {
    if let Some(serde_json::Value::String(currency)) = body.get_mut("currency") {
        *currency = currency.to_uppercase();
    }
    body
}
