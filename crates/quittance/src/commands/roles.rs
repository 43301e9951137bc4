//! `quittance role list | create | change`, `quittance whoami`

use serde_json::{Map, Value, json};

use crate::cli::{Connection, Output, Roles};
use crate::client::{Client, segment};
use crate::commands::keys::show;
use crate::commands::refund::random_key;
use crate::output::{Done, line, table};

const PATH: &str = "/api/v1/roles";

pub(crate) fn run(arguments: &Roles) -> Done {
    match arguments {
        Roles::List { connection } => {
            let listed = Client::open(connection, false)?.get(PATH)?;
            show(connection, &listed, list)
        }
        Roles::Create { name, description, permissions, connection } => {
            let body =
                json!({"name": name, "description": description, "permissions": permissions});
            let client = Client::open(connection, true)?;
            let made = client.post(PATH, Some(&random_key()?), &body)?;
            show(connection, &made, |_| line(format!("role {name:?} is made")))
        }
        Roles::Change { name, description, permissions, off, on, connection } => {
            let mut body = Map::new();
            if let Some(description) = description {
                body.insert("description".to_owned(), json!(description));
            }
            if !permissions.is_empty() {
                body.insert("permissions".to_owned(), json!(permissions));
            }
            if *on || *off {
                body.insert("active".to_owned(), json!(on));
            }
            let client = Client::open(connection, true)?;
            let path = format!("{PATH}/{}", segment(name));
            let changed = client.patch(&path, Some(&random_key()?), &Value::Object(body))?;
            show(connection, &changed, |_| line(format!("role {name:?} is changed")))
        }
    }
}

/// Says who the key belongs to.
pub(crate) fn whoami(connection: &Connection) -> Done {
    let me = Client::open(connection, false)?.get("/api/v1/me")?;
    if connection.output == Output::Json {
        line(serde_json::to_string_pretty(&me)?);
        return Ok(());
    }
    line(format!("{}: {}", words(&me, "name"), words(&me, "roles")));
    for permission in me.get("permissions").and_then(Value::as_array).into_iter().flatten() {
        line(format!("  {}", permission.as_str().unwrap_or_default()));
    }
    Ok(())
}

fn list(listed: &Value) {
    let roles = listed.get("roles").and_then(Value::as_array);
    let yes_or_no = |role: &Value, field: &str| {
        let yes = role.get(field).and_then(Value::as_bool).unwrap_or_default();
        if yes { "yes" } else { "no" }.to_owned()
    };
    let row = |role: &Value| {
        let permissions = words(role, "permissions");
        vec![
            words(role, "name"),
            yes_or_no(role, "built_in"),
            yes_or_no(role, "active"),
            permissions,
        ]
    };
    let rows: Vec<Vec<String>> = roles.into_iter().flatten().map(row).collect();
    table(&["role", "built in", "active", "permissions"], &[], &rows);
}

/// A text, or a list of texts with commas between.
pub(super) fn words(value: &Value, field: &str) -> String {
    match value.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Some(Value::Bool(yes)) => (if *yes { "yes" } else { "no" }).to_owned(),
        _ => String::new(),
    }
}
