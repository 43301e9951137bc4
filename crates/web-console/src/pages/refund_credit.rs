//! *Refund Credit Balance* (domain 4.2): ask, look at what it would do, confirm.

use axum::extract::Path;
use maud::html;
use serde_json::Value;

use super::forms::{Sent, page};
use super::{Shown, custom_fields, part, reasons, require_any};
use crate::api::Problem;
use crate::change::{Form, Then};
use crate::effect;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::parts::{list, money, text, words};
use crate::visit::Visit;

/// How an external refund goes out.
pub(super) const OUTSIDE: [&str; 10] = [
    "check",
    "wire_transfer",
    "bank_transfer",
    "ach",
    "sepa",
    "credit_card",
    "debit_card",
    "paypal",
    "cash",
    "other",
];

/// The form, filled with all that is available.
pub(crate) async fn show(visit: Visit, Path(account): Path<String>, sent: Sent) -> Shown {
    let filled = |(form, available, default): (Form, String, String)| {
        let fields = Fields::default().with("type", "external").with("amount", available);
        (form, fields.with("payment_method_id", default))
    };
    let made = form(&visit, &account).await.map(filled);
    page(visit, sent, made).await
}

async fn form(visit: &Visit, account: &str) -> Result<(Form, String, String), Problem> {
    require_any(visit, &["credit_balance_external_refund", "credit_balance_electronic_refund"])
        .await?;
    let path = format!("/api/v1/accounts/{}", part(account));
    let account = visit.get(&path).await?;
    let methods = visit.get(&format!("{path}/payment-methods")).await?;
    let (number, currency) = (text(&account, "number"), text(&account, "currency"));
    let available = text(&account, "available");
    let default = text(&account, "default_payment_method");
    // The default is chosen by its name, so that whoever confirms reads which one it is.
    let no_default = no_default(&methods, default);
    let mut stored =
        stored(Choice { greyed: no_default.clone(), ..Choice::new("", DEFAULT) }, &methods, "");
    if no_default.is_none() {
        stored.remove(0);
        for own in stored.iter_mut().filter(|it| it.value == default) {
            own.label += " (the default)";
        }
    }
    let chosen = if no_default.is_none() { default } else { "" }.to_owned();
    let kinds = [
        ("external", "External refund", "credit_balance_external_refund"),
        ("electronic", "Electronic refund", "credit_balance_electronic_refund"),
    ];
    let kinds = kinds.into_iter().map(|(value, label, needed)| {
        let greyed = (!visit.may(needed)).then(|| "your roles do not allow it".to_owned());
        Choice { greyed, ..Choice::new(value, label) }
    });
    let ways = Choice::or_none("Choose one", Choice::plain(OUTSIDE));
    let mut inputs = vec![
        Input::new("type", "Refund type", Kind::One(kinds.collect()))
            .hint("External: you pay it by cheque, wire or in another way. Electronic: a gateway pays it."),
        Input::new("method_type", "Refund method", Kind::One(ways))
            .hint("How an external refund is paid.")
            .only("type", "external"),
        Input::new("payment_method_id", "Payment method", Kind::One(stored))
            .hint("For an electronic refund; only what its gateway can pay out to.")
            .only("type", "electronic"),
        Input::new("amount", "Amount", Kind::Decimal)
            .hint(currency.to_owned())
            .unit(currency)
            .required(),
        reasons(visit, "credit_balance_refund").await?,
        Input::new("reference", "Reference", Kind::Line)
            .hint("Such as the number of the cheque.")
            .late(),
        Input::new("comment", "Comment", Kind::Line).late(),
    ];
    inputs.extend(custom_fields(visit, "refund").await?);
    let back = format!("/console/accounts/{number}");
    let form = Form {
        lead: html! {
            p.lead {
                a href=(back) { (text(&account, "name")) }
                ", available " (money(available, currency))
            }
        },
        button: "Refund".to_owned(),
        previewed: true,
        then: Then::GoBy(refund_page, back.clone()),
        ..Form::new(
            "Refund credit balance",
            format!("{back}/refund"),
            format!("{path}/credit-balance/refund"),
            inputs,
            &back,
        )
    };
    Ok((form, available.to_owned(), chosen))
}

const DEFAULT: &str = "The default of the account";
/// What stands in the list; the reason stands below it.
pub(super) const CANNOT: &str = "cannot be paid to";

/// Why the default of an account cannot be paid to; nothing if it can.
fn no_default(page: &Value, default: &str) -> Option<String> {
    let methods = list(page, "payment_methods");
    let found = methods.iter().find(|method| text(method, "number") == default);
    match found {
        None => Some("it has none".to_owned()),
        Some(method) => cannot_pay_to(method).map(|_| CANNOT.to_owned()),
    }
}

/// Why credit cannot be paid out to a method, in the words of the rules; nothing if it can.
fn cannot_pay_to(method: &Value) -> Option<String> {
    let check = method.get("refund_credit")?;
    let allowed = check.get("allowed").is_some_and(|it| it == true);
    (!allowed).then(|| text(check, "reason").to_owned())
}

/// A choice of what is not chosen here, and the account's methods without one of them; those that cannot be paid to say
/// why.
pub(super) fn stored(first: Choice, page: &Value, without: &str) -> Vec<Choice> {
    let methods = list(page, "payment_methods").iter();
    let methods = methods.filter(|method| text(method, "number") != without);
    let mut choices = vec![first];
    choices.extend(methods.map(|method| {
        let why = cannot_pay_to(method);
        let greyed = why.as_ref().map(|_| CANNOT.to_owned());
        let about = why.unwrap_or_default();
        Choice { greyed, about, ..Choice::new(text(method, "number"), described(method)) }
    }));
    choices
}

/// What people tell a method by.
fn described(method: &Value) -> String {
    let shown = [
        words(text(method, "method_type")),
        text(method, "brand").to_owned(),
        text(method, "last_four").to_owned(),
        text(method, "number").to_owned(),
    ];
    let shown: Vec<String> = shown.into_iter().filter(|it| !it.is_empty()).collect();
    shown.join(" ")
}

/// The same of one among those of an account; its number, if they are not known.
pub(super) fn called(page: &Value, number: &str) -> String {
    let found = list(page, "payment_methods").iter().find(|it| text(it, "number") == number);
    found.map_or_else(|| number.to_owned(), described)
}

/// The page of the refund that was made.
pub(super) fn refund_page(done: &Value) -> Option<String> {
    let refund = effect::made(done, "refund")?;
    Some(format!("/console/refunds/{}", part(text(refund, "number"))))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn afterwards_one_sees_the_refund() {
        let done = json!({"documents": [{"document_type": "refund", "number": "R-00000001"}]});
        assert_eq!(refund_page(&done).as_deref(), Some("/console/refunds/R-00000001"));
        assert_eq!(refund_page(&json!({})), None);
    }
}
