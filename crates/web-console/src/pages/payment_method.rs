//! One stored payment method: what people may know of it, and what can be done with it. Only the token of a gateway is
//! kept.

use axum::extract::Path;
use axum::http::Method;
use maud::{Markup, html};

use super::account::edit::gateway;
use super::forms::{Sent, page};
use super::{Shown, custom_fields, deeds, history, part, require, shown};
use crate::api::Problem;
use crate::change::Form;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind, filled};
use crate::parts::{badge, document, facts, labels, sentence, text, words};
use crate::visit::Visit;

/// The permission to add, change and close one.
const NEEDED: &str = "manage_payment_methods";

/// What can be stored, what gateways take first.
const TYPES: [&str; 11] = [
    "credit_card",
    "debit_card",
    "ach",
    "sepa",
    "bank_transfer",
    "paypal",
    "credit_card_reference_transaction",
    "wire_transfer",
    "check",
    "cash",
    "other",
];

pub(super) async fn show(visit: Visit, Path(number): Path<String>) -> Shown {
    let found = about(&visit, &number).await;
    shown(visit, &format!("Payment method {number}"), found)
}

async fn about(visit: &Visit, number: &str) -> Result<Markup, Problem> {
    let method = visit.get(&format!("/api/v1/payment-methods/{}", part(number))).await?;
    let number = text(&method, "number");
    let history = history::of(visit, text(&method, "account"), number).await?;
    let check = method.get("refund_credit").cloned().unwrap_or_default();
    let open = text(&method, "status") != "closed";
    Ok(html! {
        p.lead {
            (words(text(&method, "method_type"))) " of " (document(text(&method, "account"))) " "
            (badge(text(&method, "status")))
            @if method["default"] == true { " " span.badge.quiet { "default" } }
        }
        (facts(&method, &[("Brand", "brand"), ("Ends in", "last_four"), ("Expires", "expiry"), ("Gateway", "gateway")]))
        dl.facts {
            div { dt { "Refund of credit" } dd {
                @if text(&check, "reason").is_empty() { "possible" } @else { (sentence(text(&check, "reason"))) }
            } }
        }
        p.actions {
            @if open && visit.may(NEEDED) {
                a.button href={ "/console/payment-methods/" (number) "/edit" } { "Change" }
            }
            (deeds::buttons(visit, "payment-methods", &method))
        }
        (history)
        (labels(&method))
    })
}

/// *Change*: its expiry, and whether it is the default.
pub(super) async fn edit(visit: Visit, Path(number): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let path = format!("/api/v1/payment-methods/{}", part(&number));
        let method = visit.get(&path).await?;
        let mut inputs = vec![expiry().hint(
            "As 2029-12. Of a card that was renewed; its gateway knows it by the same token.",
        )];
        // What is the default is no longer when another one becomes it.
        if method["default"] != true {
            inputs.push(default());
        }
        let values = filled(&inputs, &method);
        let at = format!("/console/payment-methods/{}", text(&method, "number"));
        let form = Form {
            method: Method::PATCH,
            lead: html! { p.lead { a href=(at) { (text(&method, "number")) } " of " (document(text(&method, "account"))) } },
            ..Form::new(
                &format!("Change payment method {}", text(&method, "number")),
                format!("{at}/edit"),
                path,
                inputs,
                &format!("{at}?said=saved"),
            )
        };
        Ok((form, values))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn expiry() -> Input {
    Input::new("expiry", "Expires with the month", Kind::Line)
}

fn default() -> Input {
    Input::new("default", "Use it where none is named", Kind::Flag)
        .hint("The default of the account, for refunds and for what is collected.")
}

/// *Add a payment method* to an account.
pub(super) async fn new(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let made = new_form(&visit, &account).await.map(|form| (form, Fields::default()));
    page(visit, sent, made).await
}

async fn new_form(visit: &Visit, account: &str) -> Result<Form, Problem> {
    require(visit, NEEDED).await?;
    let path = format!("/api/v1/accounts/{}", part(account));
    let account = visit.get(&path).await?;
    let number = text(&account, "number");
    let mut inputs = vec![
        Input::new("method_type", "Kind", Kind::One(Choice::plain(TYPES))).required(),
        Input::new("token", "Token", Kind::Line)
            .hint("What the gateway calls it, such as pm_1Q2w3e. Never the number of a card: that is refused."),
        Input::new("customer", "Token of the customer", Kind::Line)
            .hint("Where the gateway has one, such as cus_4f5g."),
        gateway(visit, "Gateway that knows the token", "Any").await?,
        Input::new("brand", "Brand of the card, or bank", Kind::Line),
        Input::new("last_four", "Last four digits", Kind::Line),
        expiry().hint("As 2029-12."),
        default(),
    ];
    inputs.extend(custom_fields(visit, "payment_method").await?);
    let back = format!("/console/accounts/{number}?tab=methods");
    Ok(Form {
        lead: html! {
            p.lead { a href=(back) { (text(&account, "name")) } " " (number) }
            p.hint { "A shop adds what its customers store by itself. Here you add one that the gateway knows already." }
        },
        button: "Add it".to_owned(),
        ..Form::new(
            "Add a payment method",
            format!("/console/accounts/{number}/new-method"),
            format!("{path}/payment-methods"),
            inputs,
            &back,
        )
    })
}
