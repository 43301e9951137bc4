//! One gateway: what it can do, its configuration and credentials, and whether they work.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::gateways::{API, GATEWAYS, NEEDED, PROCESSORS, lasting};
use super::{Sent, active_badge, button, facts, form_at, page, require, saved};
use crate::api::{Api, Problem};
use crate::change::{Form, Then};
use crate::finding::Part;
use crate::form::Fields;
use crate::input::{Input, Kind, filled};
use crate::listing::{Column, Listed, Of, place, text_of};
use crate::pages::{Shown, listed, part};
use crate::parts::{instant, list, text, words};
use crate::visit::Visit;

const CAPABILITIES: [Column; 8] = [
    Column::new("Payment method", Of::Words("method_type")),
    Column::new("Currencies", Of::Text("currencies")),
    Column::new("Charge", Of::Flag("payment")),
    Column::new("Refund a payment", Of::Flag("referenced_refund")),
    Column::new("Pay out without one", Of::Flag("non_referenced_refund")),
    Column::new("Void", Of::Flag("void")),
    Column::new("Refunds up to days", Of::Plain("refund_age_max_days")),
    Column::new("What it cannot do", Of::Long(|row| html! { (missing(row)) }, missing)),
];

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route("/console/admin/gateways/{gateway}", get(show))
        .route("/console/admin/gateways/{gateway}/edit", form_at(edit))
        .route("/console/admin/gateways/{gateway}/credentials", form_at(credentials))
        .route("/console/admin/gateways/{gateway}/test", form_at(test))
}

/// What would work instead of what it cannot do.
fn missing(row: &Value) -> String {
    let missing = list(row, "missing").iter();
    let said = missing.map(|it| format!("{}: {}", words(text(it, "ability")), text(it, "instead")));
    said.collect::<Vec<_>>().join("; ")
}

async fn show(visit: Visit, Path(name): Path<String>) -> Shown {
    let found = async {
        let path = format!("{API}/{}", part(&name));
        let gateway = visit.get(&path).await?;
        let table = visit.get(&format!("{path}/capabilities{}", asked_for(&visit).await?)).await?;
        let rows = list(&table, "capabilities");
        let (columns, empty) = (&CAPABILITIES, "It says nothing of what it can do.");
        let can = Part { name: "capabilities", columns, rows, whole: true, empty };
        Ok(match can.file(&visit) {
            Some(file) => Listed::File(file),
            None => Listed::Page(about(&visit, &gateway, &can.show(&visit))),
        })
    };
    let found = found.await;
    listed(visit, &name, found, |_, page| page)
}

/// Most currencies that are asked about beside the usual ones.
const CURRENCIES_MAX: usize = 40;

/// The currencies the table is about: those of the books beside the usual ones, for those who may see the books.
async fn asked_for(visit: &Visit) -> Result<String, Problem> {
    const USUAL: [&str; 7] = ["USD", "EUR", "GBP", "CAD", "AUD", "NZD", "JPY"];
    if !visit.may("view_journal") {
        return Ok(String::new());
    }
    let balance = visit.get("/api/v1/trial-balance").await?;
    let used: BTreeSet<&str> =
        list(&balance, "lines").iter().map(|line| text(line, "currency")).collect();
    let others = used.into_iter().filter(|it| !USUAL.contains(it) && !it.is_empty());
    let all: Vec<&str> = USUAL.into_iter().chain(others.take(CURRENCIES_MAX)).collect();
    Ok(format!("?currencies={}", all.join(",")))
}

fn about(visit: &Visit, gateway: &Value, capabilities: &Markup) -> Markup {
    let at = place(GATEWAYS, text(gateway, "name"));
    let yes = |name: &str| if gateway[name] == true { "yes" } else { "no" };
    let stored = instant(text(gateway, "credentials_stored_at"));
    let limit = match text_of(gateway, "per_second").as_str() {
        "0" => "no limit".to_owned(),
        some => some.to_owned(),
    };
    html! {
        p.lead { (processor(text(gateway, "kind"))) " " (active_badge(gateway)) }
        @if stored.is_empty() {
            p.note { "It has no credentials yet: nothing can be sent through it." }
        }
        (facts(&[
            ("Default", html! { (yes("default")) }),
            ("Pays out without a payment", html! { (yes("unreferenced_credits")) }),
            ("Address", html! { @if text(gateway, "url").is_empty() { "the processor's own" } @else { (text(gateway, "url")) } }),
            ("Prefix of references", html! { @if text(gateway, "reference_prefix").is_empty() { "none" } @else { (text(gateway, "reference_prefix")) } }),
            ("Calls at once", html! { (text_of(gateway, "concurrency")) }),
            ("Calls per second", html! { (limit) }),
            ("Credentials stored", html! { @if stored.is_empty() { "no" } @else { (stored) } }),
        ]))
        @if visit.may(NEEDED) {
            div.actions {
                a.button.primary href={ (at) "/edit" } { "Change" }
                a.button href={ (at) "/credentials" } { "Credentials" }
                (button(visit, &format!("{at}/test"), "Test the credentials"))
                @if visit.may("edit_payment_gateway_status") {
                    a.button href={ "/console/reconciliation?gateway=" (part(text(gateway, "name"))) } { "Reconcile" }
                }
            }
        }
        h2 { "What it can do" }
        p.hint { "In the currencies of the books, and those that are usual." }
        (capabilities)
    }
}

fn processor(kind: &str) -> &str {
    PROCESSORS.iter().find(|(it, ..)| *it == kind).map_or(kind, |(_, name, _)| name)
}

async fn edit(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let path = format!("{API}/{}", part(&name));
        let gateway = visit.get(&path).await?;
        let mut inputs = vec![Input::new("active", "Active", Kind::Flag).hint(
            "Off: nothing more is sent through it. What it was told already is still followed.",
        )];
        inputs.extend(lasting());
        let values = filled(&inputs, &gateway);
        let at = place(GATEWAYS, &name);
        let form = Form {
            method: Method::PATCH,
            ..Form::new(&format!("Change {name}"), format!("{at}/edit"), path, inputs, &saved(&at))
        };
        Ok((form, values))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn credentials(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let path = format!("{API}/{}", part(&name));
        let gateway = visit.get(&path).await?;
        let kind = text(&gateway, "kind");
        let names =
            PROCESSORS.iter().find(|(it, ..)| *it == kind).map_or(&[] as &[&str], |it| it.2);
        let inputs = names.iter().map(|name| match *name {
            // The one that may be left out, and is no secret.
            "currency" => Input::new(*name, "Currency", Kind::Line)
                .hint("Of the merchant account; USD if left empty."),
            name => Input::new(name, capital(name), Kind::Secret).required(),
        });
        let inputs = inputs.collect();
        let at = place(GATEWAYS, &name);
        let stored = instant(text(&gateway, "credentials_stored_at"));
        let form = Form {
            lead: html! {
                p {
                    "They are checked, stored encrypted, and never shown again. "
                    @if !stored.is_empty() { "There are some, stored " (stored) "; these take their place, all of them." }
                }
            },
            method: Method::PUT,
            button: "Store the credentials".to_owned(),
            ..Form::new(
                &format!("Credentials of {name}"),
                format!("{at}/credentials"),
                format!("{path}/credentials"),
                inputs,
                &saved(&at),
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn capital(name: &str) -> String {
    let word = words(name);
    let mut rest = word.chars();
    rest.next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + rest.as_str())
}

async fn test(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let at = place(GATEWAYS, &name);
        let form = Form {
            lead: html! {
                p { "The gateway is asked whether it takes the credentials. No money moves." }
                p { a href=(at) { "Back to the gateway" } }
            },
            button: "Test the credentials".to_owned(),
            then: Then::Tell(tested),
            ..Form::new(
                &format!("Test of {name}"),
                format!("{at}/test"),
                format!("{API}/{}/test", part(&name)),
                Vec::new(),
                &at,
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn tested(answer: &Value) -> Markup {
    html! {
        @if answer["works"] == true { p.said role="status" { "The gateway takes the credentials." } }
        @else {
            p.alert role="alert" {
                "It does not work: " (text(answer, "reason"))
                ". Look at its address and its credentials, change what is wrong, and test again. Until then nothing is sent through it that succeeds."
            }
        }
        p { a href=(GATEWAYS) { "To the gateways" } }
    }
}
