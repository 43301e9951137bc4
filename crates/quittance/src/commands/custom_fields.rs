//! `quittance custom-field list | create | change`

use serde_json::{Map, Value, json};

use crate::cli::CustomFields;
use crate::client::{Client, segment};
use crate::commands::keys::show;
use crate::commands::refund::random_key;
use crate::commands::roles::words;
use crate::output::{Done, line, table};

const PATH: &str = "/api/v1/custom-fields";

pub(crate) fn run(arguments: &CustomFields) -> Done {
    match arguments {
        CustomFields::List { object, connection } => {
            let path = match object {
                Some(object) => format!("{PATH}?object={}", segment(object)),
                None => PATH.to_owned(),
            };
            show(connection, &Client::open(connection, false)?.get(&path)?, list)
        }
        CustomFields::Create { object, name, connection, .. } => {
            let client = Client::open(connection, true)?;
            let made = client.post(PATH, Some(&random_key()?), &definition(arguments))?;
            show(connection, &made, |_| line(format!("custom field {name} of {object} is defined")))
        }
        CustomFields::Change { object, name, connection, .. } => {
            let client = Client::open(connection, true)?;
            let path = format!("{PATH}/{}/{}", segment(object), segment(name));
            let changed = client.patch(&path, Some(&random_key()?), &changes(arguments))?;
            show(connection, &changed, |_| {
                line(format!("custom field {name} of {object} is changed"));
            })
        }
    }
}

fn definition(arguments: &CustomFields) -> Value {
    let CustomFields::Create {
        object,
        name,
        label,
        value_type,
        max_length,
        values,
        generation,
        required,
        filterable,
        connection: _,
    } = arguments
    else {
        return Value::Null;
    };
    json!({"object": object, "name": name, "label": label.as_ref().unwrap_or(name), "type": value_type,
        "max_length": max_length, "values": (!values.is_empty()).then_some(values),
        "generation": generation, "required": required, "filterable": filterable})
}

fn changes(arguments: &CustomFields) -> Value {
    let mut body = Map::new();
    let CustomFields::Change {
        label,
        values,
        required,
        optional,
        filterable,
        not_filterable,
        off,
        on,
        ..
    } = arguments
    else {
        return Value::Null;
    };
    if let Some(label) = label {
        body.insert("label".to_owned(), json!(label));
    }
    if !values.is_empty() {
        body.insert("values".to_owned(), json!(values));
    }
    if *filterable || *not_filterable {
        body.insert("filterable".to_owned(), json!(filterable));
    }
    if *required || *optional {
        body.insert("required".to_owned(), json!(required));
    }
    if *on || *off {
        body.insert("active".to_owned(), json!(on));
    }
    Value::Object(body)
}

fn list(listed: &Value) {
    let fields = listed.get("custom_fields").and_then(Value::as_array);
    let yes_or_no = |field: &Value, name: &str| {
        let yes = field.get(name).and_then(Value::as_bool).unwrap_or_default();
        if yes { "yes" } else { "no" }.to_owned()
    };
    let row = |field: &Value| {
        let mut row: Vec<String> =
            ["object", "name", "label", "type", "generation"].map(|name| words(field, name)).into();
        row.extend(["required", "active"].map(|name| yes_or_no(field, name)));
        row
    };
    let rows: Vec<Vec<String>> = fields.into_iter().flatten().map(row).collect();
    let titles = ["object", "API name", "label", "type", "generation", "required", "active"];
    table(&titles, &[], &rows);
}
