//! `quittance key create | list | change | revoke`

use serde_json::{Map, Value, json};

use crate::cli::{ApiKeys, Connection, Output};
use crate::client::{Client, segment};
use crate::commands::roles::words;
use crate::output::{Done, line, table};

pub(crate) fn run(arguments: &ApiKeys) -> Done {
    match arguments {
        ApiKeys::Create { name, roles, person, expires_at, connection } => {
            let client = Client::open(connection, true)?;
            let body =
                json!({"name": name, "roles": roles, "person": person, "expires_at": expires_at});
            let made = client.post("/api/v1/api-keys", None, &body)?;
            show(connection, &made, |made| {
                let secret = made.get("secret").and_then(Value::as_str).unwrap_or_default();
                line(format!("API key {name:?} (shown once, keep it safe): {secret}"));
            })
        }
        ApiKeys::List { connection } => {
            let client = Client::open(connection, false)?;
            let listed = client.get("/api/v1/api-keys")?;
            show(connection, &listed, |listed| {
                let empty = Vec::new();
                let keys = listed.get("api_keys").and_then(Value::as_array).unwrap_or(&empty);
                let fields = ["name", "person", "roles", "created_at", "expires_at", "revoked_at"];
                let row = |key: &Value| fields.map(|field| words(key, field)).into();
                let rows: Vec<Vec<String>> = keys.iter().map(row).collect();
                table(&["name", "person", "roles", "made", "expires", "revoked"], &[], &rows);
            })
        }
        ApiKeys::Change { name, roles, expires_at, connection } => {
            let client = Client::open(connection, true)?;
            let mut body = Map::new();
            if !roles.is_empty() {
                body.insert("roles".to_owned(), json!(roles));
            }
            if let Some(end) = expires_at {
                body.insert("expires_at".to_owned(), json!(end));
            }
            let path = format!("/api/v1/api-keys/{}", segment(name));
            let changed = client.patch(&path, None, &Value::Object(body))?;
            show(connection, &changed, |_| line(format!("API key {name:?} is changed")))
        }
        ApiKeys::Revoke { name, connection } => {
            let client = Client::open(connection, true)?;
            let path = format!("/api/v1/api-keys/{}/revoke", segment(name));
            let revoked = client.post(&path, None, &json!({}))?;
            show(connection, &revoked, |_| line(format!("API key {name:?} is revoked")))
        }
    }
}

pub(super) fn show(connection: &Connection, answer: &Value, table: impl FnOnce(&Value)) -> Done {
    if connection.output == Output::Json {
        line(serde_json::to_string_pretty(answer)?);
    } else {
        table(answer);
    }
    Ok(())
}
