//! *Refund* a payment, the guided way: what works, what does not and why, and what is usually done (domain 5.3).

use axum::extract::Path;
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::Value;

use super::account::apply::split_as;
use super::refund_credit::{CANNOT, OUTSIDE, called, refund_page, stored};
use super::{Shown, Sorry, custom_fields, part, reasons, require_any};
use crate::api::Problem;
use crate::change::{Form, Then};
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::layout;
use crate::parts::{badge, document, list, money, text, words};
use crate::visit::Visit;

/// What one needs, by the kind of the refund.
const NEEDED: [&str; 2] = ["issue_external_refund", "issue_electronic_refund"];

/// The ways, each with a link to the form that is filled in for it; or that form.
pub(crate) async fn ask(visit: Visit, Path(payment): Path<String>) -> Shown {
    let path = format!("/api/v1/payments/{}", part(&payment));
    let found = async {
        let (form, routes, payment) = form(&visit, &path).await?;
        let wanted = list(&routes, "routes").iter().enumerate();
        let wanted = wanted.filter(|(place, _)| place.to_string() == visit.query.get("way"));
        let wanted = wanted.map(|(_, route)| filled(route, &payment)).next();
        Ok((routes, wanted, form, payment))
    };
    match found.await {
        Ok((_, Some(fields), form, _)) => Ok(form.ask(&visit, fields)),
        Ok((routes, None, form, payment)) => {
            let content = html! { (form.lead) (ways(&routes, &payment)) };
            Ok(layout::page(&visit, &form.title, &content).into_response())
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

pub(crate) async fn send(visit: Visit, Path(payment): Path<String>, fields: Fields) -> Shown {
    match form(&visit, &format!("/api/v1/payments/{}", part(&payment))).await {
        Ok((form, _, _)) => form.send(visit, fields).await,
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// A way, as its request fills the form.
fn filled(route: &Value, payment: &Value) -> Fields {
    let body = route.pointer("/request/body").cloned().unwrap_or_default();
    // Of what still asks for something the rules say no amount.
    let amount = Some(text(route, "amount")).filter(|it| !it.is_empty());
    let amount = amount.unwrap_or_else(|| text(payment, "refundable"));
    let mut fields = Fields::default().with("amount", amount);
    for name in ["type", "method_type", "payment_method_id"] {
        fields = fields.with(name, text(&body, name));
    }
    let adjust = body.get("adjust").is_some_and(|it| it == true);
    fields.with("adjust", if adjust { "true" } else { "" })
}

fn ways(routes: &Value, payment: &Value) -> Markup {
    let recommended = text(routes, "recommended");
    let called = |route: &Value| match text(route, "route") {
        "referenced" => "Back to where the payment came from",
        "push" => "To another stored method, without reference to the payment",
        _ => "Outside, by your own hand",
    };
    // Only the first of a kind is the one that is recommended.
    let first = list(routes, "routes").iter().position(|it| {
        text(it, "route") == recommended && it.get("possible").is_some_and(|it| it == true)
    });
    html! {
        @if recommended.is_empty() {
            p.note { "Nothing works right now. Each way says why, and what to do." }
        }
        ol.ways {
            @for (place, route) in list(routes, "routes").iter().enumerate() {
                @let possible = route.get("possible").is_some_and(|it| it == true);
                li.card {
                    h2 {
                        (called(route))
                        @if first == Some(place) { " " span.badge.good { "usual" } }
                    }
                    p {
                        (words(text(route, "method_type")))
                        @if !text(route, "payment_method").is_empty() { " " (document(text(route, "payment_method"))) }
                        @if !text(route, GONE).is_empty() { " " (badge(text(route, GONE))) }
                        @if !text(route, "gateway").is_empty() { " by the gateway " (text(route, "gateway")) }
                        @if !text(route, "amount").is_empty() {
                            ", " (money(text(route, "amount"), text(payment, "currency")))
                        }
                    }
                    p.hint { (route.pointer("/request/reason").and_then(Value::as_str).unwrap_or("")) "." }
                    @if !text(route, "declined_before").is_empty() {
                        p.hint { "Declined before: " (document(text(route, "declined_before"))) "." }
                    }
                    @if possible {
                        p { a.button.primary[first == Some(place)]
                            href={ "/console/payments/" (text(payment, "number")) "/refund?way=" (place) } { "Refund this way" } }
                    } @else { p.note { (text(route, "reason")) } }
                }
            }
        }
    }
}

/// The member of a way that says how its method stands, where it is not active: a gateway may still pay back to a card that
/// is gone, as its reason says, and whoever chooses has to know that it is.
const GONE: &str = "method_status";

fn with_status(routes: &mut Value, methods: &Value) {
    let status = |number: &str| {
        let found = list(methods, "payment_methods").iter().find(|it| text(it, "number") == number);
        found.map(|it| text(it, "status")).filter(|it| *it != "active")
    };
    for route in routes["routes"].as_array_mut().into_iter().flatten() {
        if let Some(status) = status(text(route, "payment_method")) {
            route[GONE] = status.into();
        }
    }
}

/// The form, the ways that there are, and the payment.
async fn form(visit: &Visit, path: &str) -> Result<(Form, Value, Value), Problem> {
    require_any(visit, &NEEDED).await?;
    let payment = visit.get(path).await?;
    let mut routes = visit.get(&format!("{path}/refund-routes")).await?;
    let account = format!("/api/v1/accounts/{}", part(text(&payment, "account")));
    let methods = if visit.may("view_accounts") {
        visit.get(&format!("{account}/payment-methods")).await?
    } else {
        Value::Null
    };
    with_status(&mut routes, &methods);
    let (number, currency) = (text(&payment, "number"), text(&payment, "currency"));
    let own = list(&routes, "routes").iter().find(|route| text(route, "route") == "referenced");
    let about = own.map_or("", |route| text(route, "reason")).to_owned();
    let greyed = (!about.is_empty()).then(|| CANNOT.to_owned());
    let with = text(&payment, "payment_method");
    let label = match with.is_empty() {
        true => "The method it was paid with".to_owned(),
        false => format!("The method it was paid with: {}", called(&methods, with)),
    };
    let first = Choice { greyed, about, says: true, ..Choice::new("", label) };
    let stored = stored(first, &methods, own.map_or("", |route| text(route, "payment_method")));
    let kinds = vec![
        Choice::new("electronic", "Electronic refund"),
        Choice::new("external", "External refund"),
    ];
    let ways = Choice::or_none("Choose one", Choice::plain(OUTSIDE));
    let mut inputs = vec![
        Input::new("type", "Refund type", Kind::One(kinds)),
        Input::new("method_type", "Refund method", Kind::One(ways))
            .hint("How an external refund is paid.")
            .only("type", "external"),
        Input::new("payment_method_id", "To", Kind::One(stored))
            .hint("For an electronic refund.")
            .only("type", "electronic"),
        Input::new("amount", "Amount", Kind::Decimal)
            .hint(format!("In {currency}."))
            .unit(currency),
    ];
    let applications = list(&payment, "applications");
    if applications.len() > 1 {
        inputs.extend(applications.iter().map(|it| {
            let invoice = text(it, "invoice");
            let hint = format!(
                "Paid {}, refunded {} {currency}",
                text(it, "amount"),
                text(it, "refunded")
            );
            Input::new(format!("part.{invoice}"), format!("Of it for {invoice}"), Kind::Decimal)
                .hint(hint)
                .unit(currency)
        }));
    }
    inputs.push(
        Input::new("adjust", "Also credit the reopened invoices", Kind::Flag)
            .hint("So that they come to zero and are not collected again."),
    );
    inputs.push(reasons(visit, "payment_refund").await?);
    inputs.push(Input::new("reference", "Reference", Kind::Line).late());
    inputs.push(Input::new("comment", "Comment", Kind::Line).late());
    inputs.extend(custom_fields(visit, "refund").await?);
    let back = format!("/console/payments/{number}");
    let form = Form {
        lead: html! {
            p.lead { a href=(back) { (number) } " of " (document(text(&payment, "account"))) ", can be refunded: "
                (money(text(&payment, "refundable"), currency)) }
        },
        button: "Refund".to_owned(),
        previewed: true,
        shape: |body| split_as("parts", body),
        then: Then::GoBy(refund_page, back.clone()),
        ..Form::new(
            &format!("Refund payment {number}"),
            format!("{back}/refund"),
            format!("{path}/refund"),
            inputs,
            &back,
        )
    };
    Ok((form, routes, payment))
}
