//! `quittance key create | list | revoke`

use serde_json::{Value, json};

use crate::cli::{ApiKeys, Connection, Output};
use crate::client::{Client, segment};
use crate::output::{Done, line, table};

pub(crate) fn run(arguments: &ApiKeys) -> Done {
    match arguments {
        ApiKeys::Create { name, role, connection } => {
            let client = Client::open(connection, true)?;
            let body = json!({"name": name, "role": role});
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
                let fields = ["name", "role", "created_at", "revoked_at"];
                let text = |key: &Value, field: &str| {
                    key.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
                };
                let rows: Vec<Vec<String>> =
                    keys.iter().map(|key| fields.map(|field| text(key, field)).into()).collect();
                table(&["name", "role", "made", "revoked"], &[], &rows);
            })
        }
        ApiKeys::Revoke { name, connection } => {
            let client = Client::open(connection, true)?;
            let path = format!("/api/v1/api-keys/{}/revoke", segment(name));
            let revoked = client.post(&path, None, &json!({}))?;
            show(connection, &revoked, |_| line(format!("API key {name:?} is revoked")))
        }
    }
}

fn show(connection: &Connection, answer: &Value, table: impl FnOnce(&Value)) -> Done {
    if connection.output == Output::Json {
        line(serde_json::to_string_pretty(answer)?);
    } else {
        table(answer);
    }
    Ok(())
}
