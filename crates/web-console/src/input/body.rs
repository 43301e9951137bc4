//! What a form was filled in with, as the API is told it, and the other way round.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Input, Kind};
use crate::form::Fields;

/// What the API is told of all of them.
pub(crate) fn body(inputs: &[Input], fields: &Fields) -> Value {
    let mut body = Map::new();
    for input in inputs.iter().filter(|input| input.applies(fields)) {
        let Some(value) = input.value(fields) else { continue };
        put(&mut body, &input.name, value);
    }
    Value::Object(body)
}

/// The rows of a list that are on a form, from 0: those with fields such as `items.0.amount`.
pub(crate) fn rows_of(name: &str, fields: &Fields) -> Vec<usize> {
    let of_row = |field: &str| {
        let rest = field.strip_prefix(name)?.strip_prefix('.')?;
        rest.split_once('.')?.0.parse::<usize>().ok()
    };
    let rows = fields.pairs().filter_map(|(field, _)| of_row(field));
    rows.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The field of a form that an element of a list came from, as `items[1].amount` may come from `items.4.amount`, because
/// rows that are empty are left out.
pub(crate) fn field_of_row(field: &str, fields: &Fields) -> String {
    let found = || {
        let (name, rest) = field.split_once('[')?;
        let (place, rest) = rest.split_once(']')?;
        let place: usize = place.parse().ok()?;
        let filled = |row: &usize| {
            let of_row = format!("{name}.{row}.");
            fields
                .pairs()
                .any(|(field, value)| field.starts_with(&of_row) && !value.trim().is_empty())
        };
        let row = rows_of(name, fields).into_iter().filter(filled).nth(place)?;
        let rest = if rest.is_empty() { ".amount" } else { rest };
        Some(format!("{name}.{row}{rest}"))
    };
    found().unwrap_or_else(|| field.to_owned())
}

/// Sets a member, or a member of a member.
fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    let Some((outer, inner)) = name.split_once('.') else {
        object.insert(name.to_owned(), value);
        return;
    };
    let within = object.entry(outer).or_insert_with(|| Value::Object(Map::new()));
    if let Some(within) = within.as_object_mut() {
        put(within, inner, value);
    }
}

/// What a form of an object that exists is filled with: what the API says of it.
pub(crate) fn filled(inputs: &[Input], object: &Value) -> Fields {
    let mut fields = Fields::default();
    for input in inputs {
        let path = format!("/{}", input.name.replace('.', "/"));
        let Some(found) = object.pointer(&path) else { continue };
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let name = &input.name;
        fields = match found {
            Value::Array(all) if matches!(input.kind, Kind::Lines) => {
                fields.with(name, all.iter().map(text).collect::<Vec<_>>().join("\n"))
            }
            Value::Array(all) => fields.with_all(name, all.iter().map(text).collect()),
            one => fields.with(name, text(one)),
        };
    }
    fields
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Choice;
    use super::*;

    fn inputs() -> Vec<Input> {
        vec![
            Input::new("amount", "Amount", Kind::Decimal),
            Input::new("comment", "Comment", Kind::Line).clears(),
            Input::new("days", "Days", Kind::Number),
            Input::new("active", "Active", Kind::Flag),
            Input::new("roles", "Roles", Kind::Many(Choice::plain(["a", "b"]))),
            Input::new("custom_fields.Region__c", "Region", Kind::Line),
            Input::new("values", "Values", Kind::Lines),
        ]
    }

    #[test]
    fn the_api_is_told_each_in_its_own_kind() {
        let sent = b"amount=+5.00+&comment=&days=12&roles=a&roles=b&values=x%0D%0A%0D%0Ay&custom_fields.Region__c=EMEA";
        let expected = json!({
            "amount": "5.00", "comment": null, "days": 12, "active": false, "roles": ["a", "b"],
            "custom_fields": {"Region__c": "EMEA"}, "values": ["x", "y"],
        });
        assert_eq!(body(&inputs(), &Fields::read(sent)), expected);
        let odd = body(&inputs(), &Fields::read(b"days=-1&active=true"));
        assert_eq!((&odd["days"], &odd["active"]), (&json!("-1"), &json!(true)));
    }

    #[test]
    fn what_belongs_to_another_choice_is_not_sent() {
        let line = |name: &'static str| Input::new(name, "", Kind::Line);
        let inputs = [
            line("type"),
            line("method_type").only("type", "external"),
            line("payment_method_id").only("type", "electronic"),
        ];
        let of = |kind: &str| {
            let fields = Fields::read(b"method_type=check&payment_method_id=PM-1");
            body(&inputs, &fields.with("type", kind))
        };
        assert_eq!(of("external"), json!({"type": "external", "method_type": "check"}));
        assert_eq!(of("electronic"), json!({"type": "electronic", "payment_method_id": "PM-1"}));
        let shown = inputs[1].show(&Fields::default(), None).into_string();
        assert!(shown.contains("data-only=\"type=external\""), "{shown}");
    }

    #[test]
    fn what_is_there_fills_the_form_and_comes_back_the_same() {
        let object = json!({
            "amount": "5.00", "comment": "x", "days": 12, "active": true, "roles": ["b"],
            "custom_fields": {"Region__c": "EMEA"}, "values": ["x", "y"], "other": 1,
        });
        let again = body(&inputs(), &filled(&inputs(), &object));
        for (name, value) in again.as_object().unwrap() {
            assert_eq!(value, &object[name], "{name}");
        }
    }

    #[test]
    fn an_element_of_a_list_leads_back_to_its_row() {
        let sent = b"items.0.amount=&items.0.tax=&items.2.amount=5&items.10.tax=1&items.x.amount=1&other=1";
        let fields = Fields::read(sent);
        assert_eq!(rows_of("items", &fields), [0, 2, 10]);
        for (field, expected) in [
            ("items[0].amount", "items.2.amount"),
            ("items[1].tax", "items.10.tax"),
            ("items[1]", "items.10.amount"),
            ("items[2].tax", "items[2].tax"),
            ("items", "items"),
            ("lines[0].amount", "lines[0].amount"),
        ] {
            assert_eq!(field_of_row(field, &fields), expected);
        }
    }

    #[test]
    fn a_member_of_a_member_is_told_as_such() {
        let input = |name: &'static str| Input::new(name, "", Kind::Line);
        let inputs = [input("when.total.days"), input("when.currency"), Input::part("When", "")];
        let object = json!({"when": {"total": {"days": "3"}, "currency": "USD"}});
        assert_eq!(body(&inputs, &filled(&inputs, &object)), object);
    }
}
