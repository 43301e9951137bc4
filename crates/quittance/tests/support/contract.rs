//! The OpenAPI document as the binary prints it, and whether an answer keeps to it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value};

/// What `quittance openapi` prints.
pub(crate) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let printed = super::run(&["openapi"]);
    assert!(printed.status.success());
    serde_json::from_slice(&printed.stdout).unwrap()
});

/// An operation of the document.
pub(crate) struct Operation {
    /// In capitals.
    pub(crate) method: String,
    /// With its parameters in braces.
    pub(crate) template: String,
    /// Its description.
    pub(crate) description: Value,
}

/// Every operation of the document.
pub(crate) fn operations() -> Vec<Operation> {
    let methods = ["get", "put", "post", "patch", "delete"];
    let empty = Map::new();
    let paths = DOCUMENT["paths"].as_object().unwrap_or(&empty);
    let mut operations = Vec::new();
    for (template, item) in paths {
        for method in methods {
            if let Some(description) = item.get(method) {
                operations.push(Operation {
                    method: method.to_uppercase(),
                    template: template.clone(),
                    description: description.clone(),
                });
            }
        }
    }
    operations
}

impl Operation {
    /// Its operation id.
    pub(crate) fn id(&self) -> &str {
        self.description["operationId"].as_str().unwrap()
    }

    /// Its parameters in the path, the query or a header.
    pub(crate) fn parameters(&self, place: &str) -> Vec<&Value> {
        let all = self.description["parameters"].as_array().into_iter().flatten();
        all.filter(|parameter| parameter["in"] == place).collect()
    }

    /// Its path with the examples of its parameters.
    pub(crate) fn path(&self) -> String {
        let mut path = self.template.clone();
        for parameter in self.parameters("path") {
            let (name, example) = (&parameter["name"], &parameter["example"]);
            let name = format!("{{{}}}", name.as_str().unwrap());
            path = path.replace(&name, &example.as_str().unwrap().replace(' ', "%20"));
        }
        path
    }

    /// The example of its body, if it takes one in JSON.
    pub(crate) fn example(&self) -> Option<Value> {
        let content = self.description.get("requestBody")?;
        let schema = resolved(&content["content"].get("application/json")?["schema"]);
        Some(schema["example"].clone())
    }
}

/// Fails if the answer is not documented for the operation: its status, its content type, or what is
/// in it. What is no operation may answer anything but 500.
#[track_caller]
pub(crate) fn check(method: &str, path: &str, status: u16, content_type: &str, body: &Value) {
    assert_ne!(status, 500, "{method} {path} broke the server");
    let path = path.split('?').next().unwrap_or(path);
    let known = DOCUMENT["paths"].as_object().into_iter().flatten();
    for (template, item) in known {
        let Some(operation) = item.get(method.to_lowercase()) else { continue };
        if !fits(template, path) {
            continue;
        }
        let Some(response) = operation["responses"].get(status.to_string()) else {
            panic!("{method} {template} answered {status}, which is not documented: {body}");
        };
        let media = content_type.split(';').next().unwrap_or("");
        let Some(content) = response["content"].get(media) else {
            panic!("{method} {template} answered {status} as {content_type:?}");
        };
        if media.ends_with("json")
            && let Err(reason) = conforms(&content["schema"], body, true)
        {
            panic!("{method} {template} answered {status} otherwise than documented: {reason}");
        }
        return;
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut left, mut right) = (template.split('/'), path.split('/'));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted.starts_with('{') && !given.is_empty() => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

/// The schema itself, or the one it refers to.
pub(crate) fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').unwrap();
            resolved(DOCUMENT.pointer(pointer).unwrap_or_else(|| panic!("no {reference}")))
        }
        None => schema,
    }
}

/// Whether `value` is what `schema` says. If `strict`, it has no fields that are not described.
pub(crate) fn conforms(schema: &Value, value: &Value, strict: bool) -> Result<(), String> {
    let schema = resolved(schema);
    if let Some(parts) = schema["oneOf"].as_array() {
        let refusals: Vec<String> =
            parts.iter().filter_map(|part| conforms(part, value, strict).err()).collect();
        if refusals.len() + 1 != parts.len() {
            return Err(format!("{value} is not one of the possibilities: {refusals:?}"));
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        conforms(part, value, false)?;
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return Err(format!("{value} is not one of {values:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !types.is_empty() && !types.iter().any(|name| is_a(value, name)) {
        return Err(format!("{value} is not {types:?}"));
    }
    if let Some(items) = value.as_array() {
        let each = |item| conforms(&schema["items"], item, true);
        return items.iter().try_for_each(each);
    }
    let Some(fields) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            return Err(format!("{name:?} is missing in {value}"));
        }
    }
    for (name, field) in fields {
        let described = &schema["properties"][name];
        conforms(described, field, true).map_err(|reason| format!("{name}: {reason}"))?;
    }
    match described(schema) {
        Some(known) if strict => match fields.keys().find(|name| !known.contains(*name)) {
            Some(name) => Err(format!("{name:?} is not described")),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type {other}"),
    }
}

/// The fields a schema describes; none if it allows any.
fn described(schema: &Value) -> Option<BTreeSet<String>> {
    let schema = resolved(schema);
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    if schema.get("oneOf").is_some() || (schema.get("additionalProperties").is_some() && !closed) {
        return None;
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts: Option<Vec<_>> = parts.iter().map(described).collect();
        return parts.map(|parts| parts.into_iter().flatten().collect());
    }
    let properties = schema["properties"].as_object()?;
    Some(properties.keys().cloned().collect())
}
