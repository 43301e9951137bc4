//! The fields of an approval policy, and how the API wants them.

use serde_json::{Map, Value, json};

use crate::api::Problem;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind, filled};
use crate::parts::{list, text};
use crate::visit::Visit;

/// So many levels a policy has at most.
const LEVELS: usize = 5;
const LEVEL_NAMES: [&str; LEVELS] =
    ["levels[0].roles", "levels[1].roles", "levels[2].roles", "levels[3].roles", "levels[4].roles"];

/// The kinds of payment method there are.
const METHODS: [&str; 11] = [
    "ach",
    "cash",
    "check",
    "credit_card",
    "other",
    "paypal",
    "wire_transfer",
    "debit_card",
    "credit_card_reference_transaction",
    "sepa",
    "bank_transfer",
];

/// Which refunds.
pub(super) async fn conditions(visit: &Visit) -> Result<Vec<Input>, Problem> {
    let reasons = visit.get("/api/v1/reason-codes").await?;
    let referenced = vec![
        Choice::new("", "Either"),
        Choice::new("true", "Without a payment to refer to, as every refund of a credit balance"),
        Choice::new("false", "Of a payment"),
    ];
    let mut inputs = vec![
        Input::part(
            "Which refunds wait",
            "All that is said must hold. What is left empty does not matter.",
        ),
        Input::new("when.external", "External refunds instead of electronic ones", Kind::Flag)
            .hint("An external refund that was agreed to is to be paid, and closed with its cheque number."),
        Input::new("when.non_referenced", "Kind", Kind::One(referenced)),
        Input::new("when.currency", "Currency", Kind::Line)
            .hint("Such as USD. Amounts below need one."),
        Input::new("when.amount_over", "Amount over", Kind::Decimal).hint("More than this."),
        Input::new("when.account_younger_than_days", "Account younger than days", Kind::Number)
            .hint("Opened less than so many days ago."),
        Input::new("when.method_types", "Payment methods", Kind::Many(Choice::plain(METHODS)))
            .hint("None ticked: any."),
        Input::new("when.reason_codes", "Reason codes", Kind::Many(codes(&reasons)))
            .hint("None ticked: any."),
    ];
    inputs.extend(total(
        ["when.account_total_over.amount", "when.account_total_over.count", "when.account_total_over.days"],
        "Much for one customer",
        "Waits if refunds to the account, this one counted, come to more within the days. Left empty, totals do not matter.",
    ));
    inputs.extend(total(
        [
            "when.requester_total_over.amount",
            "when.requester_total_over.count",
            "when.requester_total_over.days",
        ],
        "Much by one person",
        "The same of all that one person or program asked for, over all accounts.",
    ));
    Ok(inputs)
}

fn total(names: [&'static str; 3], title: &'static str, about: &'static str) -> [Input; 4] {
    let [amount, count, days] = names;
    [
        Input::part(title, about),
        Input::new(amount, "More than together", Kind::Decimal),
        Input::new(count, "More than so many", Kind::Number),
        Input::new(days, "Within so many days", Kind::Number)
            .hint("That end today; 1 is today alone."),
    ]
}

/// The reasons of refunds, each once.
fn codes(page: &Value) -> Vec<Choice> {
    let mut codes: Vec<&str> = Vec::new();
    let refunds = list(page, "reason_codes").iter();
    for reason in refunds.filter(|it| text(it, "category").ends_with("refund")) {
        if !codes.contains(&text(reason, "code")) {
            codes.push(text(reason, "code"));
        }
    }
    codes.into_iter().map(|code| Choice::new(code, code)).collect()
}

/// Who has to agree.
pub(super) async fn levels(visit: &Visit) -> Result<Vec<Input>, Problem> {
    let page = visit.get("/api/v1/roles").await?;
    let mut inputs = vec![Input::part(
        "Who has to agree",
        "One to five levels, one after the other. Of each level one person with any of its roles has to agree; \
         nobody agrees to a refund of their own, and nobody twice.",
    )];
    for (level, name) in LEVEL_NAMES.into_iter().enumerate() {
        let roles = list(&page, "roles").iter().map(|it| text(it, "name"));
        let roles = roles.map(|name| Choice::new(name, name)).collect();
        inputs.push(Input::new(name, format!("Level {}", level + 1), Kind::Many(roles)));
    }
    inputs.push(
        Input::new("expires_after_hours", "Lapses after hours", Kind::Number)
            .hint("What nobody agreed to by then is not done, and what it held is free again."),
    );
    Ok(inputs)
}

/// What the API is told: levels that have roles, totals that say what is too much, and a choice as yes or no.
pub(super) fn told(mut body: Value) -> Value {
    let Some(object) = body.as_object_mut() else { return body };
    let mut levels = Vec::new();
    for level in 0..LEVELS {
        let given = object.remove(&format!("levels[{level}]"));
        levels.extend(given.filter(|given| !list(given, "roles").is_empty()));
    }
    object.insert("levels".to_owned(), levels.into());
    let Some(when) = object.get_mut("when").and_then(Value::as_object_mut) else { return body };
    for total in ["account_total_over", "requester_total_over"] {
        let says = |total: &Value| total.get("amount").is_some() || total.get("count").is_some();
        if !when.get(total).is_some_and(says) {
            when.remove(total);
        }
    }
    if let Some(kind) = when.get_mut("non_referenced") {
        *kind = json!(kind == "true");
    }
    body
}

/// The form of a policy that is there.
pub(super) fn filled_policy(inputs: &[Input], policy: &Value) -> Fields {
    let mut object = policy.as_object().cloned().unwrap_or_default();
    for (place, roles) in list(policy, "levels").iter().enumerate() {
        let mut level = Map::new();
        level.insert("roles".to_owned(), roles.clone());
        object.insert(format!("levels[{place}]"), level.into());
    }
    let mut fields = filled(inputs, &Value::Object(object));
    for days in ["when.account_total_over.days", "when.requester_total_over.days"] {
        if fields.given(days).is_none() {
            fields = fields.with(days, "30");
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::body;

    fn inputs() -> Vec<Input> {
        let names = ["when.currency", "when.amount_over", "when.non_referenced"];
        let mut inputs: Vec<Input> =
            names.into_iter().map(|name| Input::new(name, "", Kind::Line)).collect();
        for total in ["when.account_total_over", "when.requester_total_over"] {
            inputs.push(Input::new(format!("{total}.amount"), "", Kind::Decimal));
            inputs.push(Input::new(format!("{total}.days"), "", Kind::Number));
        }
        inputs.extend(
            LEVEL_NAMES.into_iter().map(|name| Input::new(name, "", Kind::Many(Vec::new()))),
        );
        inputs
    }

    #[test]
    fn a_policy_fills_its_form_and_comes_back_the_same() {
        let policy = json!({
            "when": {"currency": "USD", "amount_over": "5.00", "non_referenced": false,
                "requester_total_over": {"amount": "9.00", "days": 7}},
            "levels": [["A", "B"], ["C"]],
        });
        let sent = told(body(&inputs(), &filled_policy(&inputs(), &policy)));
        let expected = json!({
            "when": policy["when"], "levels": [{"roles": ["A", "B"]}, {"roles": ["C"]}],
        });
        assert_eq!(sent, expected);
    }
}
