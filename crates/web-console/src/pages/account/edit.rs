//! What can be changed of an account, and what is known of the customer as a person.

use axum::extract::Path;
use axum::http::Method;
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Choice, Input, Kind, filled};
use crate::pages::forms::{Sent, page};
use crate::pages::{Shown, part, require};
use crate::parts::{list, text};
use crate::visit::Visit;

/// Where one comes back to.
fn back(account: &Value) -> String {
    format!("/console/accounts/{}", text(account, "number"))
}

fn lead(account: &Value) -> Markup {
    html! { p.lead { a href=(back(account)) { (text(account, "name")) } " " (text(account, "number")) } }
}

/// *Change the account*.
pub(crate) async fn show(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let made = form(&visit, &account).await;
    page(visit, sent, made).await
}

async fn form(visit: &Visit, account: &str) -> Result<(Form, Fields), Problem> {
    require(visit, "manage_accounts").await?;
    let path = format!("/api/v1/accounts/{}", part(account));
    let account = visit.get(&path).await?;
    let mut inputs = vec![Input::new("name", "Name of the customer", Kind::Line).required()];
    inputs.extend(automation());
    let values = filled(&inputs, &account);
    let form = Form {
        lead: lead(&account),
        method: Method::PATCH,
        ..Form::new(
            "Change the account",
            format!("{}/edit", back(&account)),
            path,
            inputs,
            &format!("{}?said=saved", back(&account)),
        )
    };
    Ok((form, values))
}

/// *Choose the gateway*: by which one is charged and paid out to.
pub(crate) async fn routing(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, ROUTING).await?;
        let path = format!("/api/v1/accounts/{}", part(&account));
        let account = visit.get(&path).await?;
        let own = text(&account, "gateway");
        let none = if own.is_empty() { "Choose one" } else { "As it is" };
        let inputs = vec![gateway(&visit, "Gateway", none).await?.required()];
        let form = Form {
            lead: html! {
                (lead(&account))
                p {
                    @if own.is_empty() { "It has none of its own: the default gateway is used. " }
                    @else { "Its own gateway is " bdi { (own) } ". " }
                    "One of its own can be changed for another, and not be taken away."
                }
            },
            method: Method::PATCH,
            ..Form::new(
                "Choose the gateway",
                format!("{}/gateway", back(&account)),
                path,
                inputs,
                &format!("{}?said=saved", back(&account)),
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

/// The permission to choose the gateway of an account.
const ROUTING: &str = "edit_payment_gateway_routing";

/// Whether what is posted moves credit by itself.
pub(in crate::pages) fn automation() -> [Input; 2] {
    let choices = || {
        Kind::One(vec![
            Choice::new("inherit", "As the settings have it"),
            Choice::new("on", "Always"),
            Choice::new("off", "Never"),
        ])
    };
    let transfer = "Move negative invoices to the credit balance";
    [
        Input::new("automatic_transfer", transfer, choices()).hint("When they are posted."),
        Input::new("automatic_application", "Apply the credit balance to invoices", choices())
            .hint("When they are posted."),
    ]
}

/// A gateway that is in use, for those who may see which there are.
pub(in crate::pages) async fn gateway(
    visit: &Visit,
    label: &'static str,
    none: &str,
) -> Result<Input, Problem> {
    if !visit.may("view_settings") {
        return Ok(Input::new("gateway", label, Kind::Line).hint("By its name."));
    }
    let page = visit.get("/api/v1/gateways").await?;
    let active = list(&page, "gateways").iter().filter(|it| it["active"] == true);
    let choices = active.map(|it| Choice::new(text(it, "name"), text(it, "name"))).collect();
    Ok(Input::new("gateway", label, Kind::One(Choice::or_none(none, choices))))
}

/// *Personal data*: who the customer is.
pub(crate) async fn person(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let made = person_form(&visit, &account).await;
    page(visit, sent, made).await
}

async fn person_form(visit: &Visit, account: &str) -> Result<(Form, Fields), Problem> {
    require(visit, "manage_accounts").await?;
    let path = format!("/api/v1/accounts/{}", part(account));
    let account = visit.get(&path).await?;
    let inputs = vec![
        Input::new("name", "Name of the person", Kind::Line),
        Input::new("email", "E-mail address", Kind::Line)
            .hint("The account is found by it; no mail is sent."),
        Input::new("postal_address", "Postal address", Kind::Area),
        Input::new("note", "Note", Kind::Area),
    ];
    let values = filled(&inputs, account.get("personal_data").unwrap_or(&Value::Null));
    let form = Form {
        lead: html! {
            (lead(&account))
            p.hint { "It lies beside the record, so that it can be erased for good; the record says that it was stored, and by whom." }
        },
        method: Method::PUT,
        ..Form::new(
            "Personal data",
            format!("{}/personal-data", back(&account)),
            format!("{path}/personal-data"),
            inputs,
            &format!("{}?said=saved", back(&account)),
        )
    };
    Ok((form, values))
}

/// Erases it.
pub(crate) async fn erase(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, "erase_customer_data").await?;
        let path = format!("/api/v1/accounts/{}", part(&account));
        let account = visit.get(&path).await?;
        let form = Form::confirmation(
            "Erase the personal data".to_owned(),
            format!("{}/erase", back(&account)),
            format!("{path}/personal-data/erase"),
            "Erase for ever",
            &back(&account),
            html! {
                (lead(&account))
                p { "Name, addresses and note of the person are gone for good, and the account is no longer found by e-mail. What was billed, paid and refunded stays." }
            },
        );
        Ok((
            Form { then: Then::Go(format!("{}?said=done", back(&account))), ..form },
            Fields::default(),
        ))
    };
    let made = made.await;
    page(visit, sent, made).await
}

/// What is known of the person, and the ways to change it.
pub(super) fn known(visit: &Visit, account: &Value) -> Markup {
    let person = account.get("personal_data").filter(|it| !it.is_null());
    let at = back(account);
    let said = [
        ("Person", "name"),
        ("E-mail", "email"),
        ("Postal address", "postal_address"),
        ("Note", "note"),
    ];
    html! {
        @if let Some(person) = person {
            dl.facts {
                @for (label, name) in said {
                    @if !text(person, name).is_empty() { div { dt { (label) } dd { bdi { (text(person, name)) } } } }
                }
            }
        }
        p.actions {
            @if visit.may("manage_accounts") {
                a.button href={ (at) "/edit" } { "Change the account" }
                a.button href={ (at) "/personal-data" } { "Personal data" }
            }
            @if visit.may(ROUTING) { a.button href={ (at) "/gateway" } { "Choose the gateway" } }
            @if person.is_some() && visit.may("erase_customer_data") {
                a.button href={ (at) "/erase" } { "Erase the personal data" }
            }
        }
    }
}
