//! `quittance user add | list | change | disable | enable | reset-password | reset-second-factor` and
//! `quittance client create | list | change | roll-secret | revoke`

use std::io::BufRead;

use serde_json::{Map, Value, json};

use crate::cli::{Clients, Connection, Users};
use crate::client::{Client, segment};
use crate::commands::keys::show;
use crate::commands::roles::words;
use crate::output::{Done, line, sentence, table};

const USERS: &str = "/api/v1/users";
const CLIENTS: &str = "/api/v1/api-clients";

pub(crate) fn users(arguments: &Users) -> Done {
    match arguments {
        Users::Add { name, roles, email, person, password_stdin, connection } => {
            let password = password(*password_stdin)?;
            let body = json!({"name": name, "roles": roles, "email": email, "person": person,
                "password": password});
            let made = Client::open(connection, true)?.post(USERS, None, &body)?;
            show(connection, &made, |made| {
                line(format!("user {name:?} is made"));
                show_password(name, made);
            })
        }
        Users::List { connection } => {
            let listed = Client::open(connection, false)?.get(USERS)?;
            let titles = ["name", "person", "email", "roles", "active", "second factor", "made"];
            let fields =
                ["name", "person", "email", "roles", "active", "second_factor", "created_at"];
            show(connection, &listed, |listed| list(listed, "users", titles, fields))
        }
        Users::Change { name, roles, email, connection } => {
            let mut body = Map::new();
            if !roles.is_empty() {
                body.insert("roles".to_owned(), json!(roles));
            }
            if let Some(email) = email {
                body.insert("email".to_owned(), json!(email));
            }
            change_user(connection, name, &Value::Object(body), "changed")
        }
        Users::Disable { name, connection } => {
            change_user(connection, name, &json!({"active": false}), "disabled")
        }
        Users::Enable { name, connection } => {
            change_user(connection, name, &json!({"active": true}), "enabled")
        }
        Users::ResetPassword { name, password_stdin, connection } => {
            let body = json!({"password": password(*password_stdin)?});
            let path = format!("{USERS}/{}/reset-password", segment(name));
            let reset = Client::open(connection, true)?.post(&path, None, &body)?;
            show(connection, &reset, |reset| {
                line(format!("user {name:?} has another password; every session has ended"));
                show_password(name, reset);
            })
        }
        Users::ResetSecondFactor { name, connection } => {
            let path = format!("{USERS}/{}/reset-second-factor", segment(name));
            let reset = Client::open(connection, true)?.post(&path, None, &json!({}))?;
            show(connection, &reset, |_| line(format!("user {name:?} has no second factor now")))
        }
    }
}

pub(crate) fn clients(arguments: &Clients) -> Done {
    match arguments {
        Clients::Create { name, roles, connection } => {
            let body = json!({"name": name, "roles": roles});
            let made = Client::open(connection, true)?.post(CLIENTS, None, &body)?;
            show(connection, &made, |made| show_secret(name, made))
        }
        Clients::List { connection } => {
            let listed = Client::open(connection, false)?.get(CLIENTS)?;
            let titles = ["client id", "roles", "made", "revoked"];
            let fields = ["client_id", "roles", "created_at", "revoked_at"];
            show(connection, &listed, |listed| list(listed, "api_clients", titles, fields))
        }
        Clients::Change { name, roles, connection } => {
            let path = format!("{CLIENTS}/{}", segment(name));
            let changed =
                Client::open(connection, true)?.patch(&path, None, &json!({"roles": roles}))?;
            show(connection, &changed, |_| line(format!("API client {name:?} is changed")))
        }
        Clients::RollSecret { name, connection } => {
            let path = format!("{CLIENTS}/{}/roll-secret", segment(name));
            let rolled = Client::open(connection, true)?.post(&path, None, &json!({}))?;
            show(connection, &rolled, |rolled| show_secret(name, rolled))
        }
        Clients::Revoke { name, connection } => {
            let path = format!("{CLIENTS}/{}/revoke", segment(name));
            let revoked = Client::open(connection, true)?.post(&path, None, &json!({}))?;
            show(connection, &revoked, |_| line(format!("API client {name:?} is revoked")))
        }
    }
}

/// A password that was given. Never as an argument: those stand in the list of processes and in the shell's history.
fn password(given: bool) -> Done<Option<String>> {
    if !given {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin().lock().read_line(&mut text)?;
    let password = text.trim_end_matches(['\r', '\n']).to_owned();
    if password.is_empty() {
        return Err(sentence("there is no password on standard input"));
    }
    Ok(Some(password))
}

fn change_user(connection: &Connection, name: &str, body: &Value, what: &str) -> Done {
    let path = format!("{USERS}/{}", segment(name));
    let changed = Client::open(connection, true)?.patch(&path, None, body)?;
    show(connection, &changed, |_| line(format!("user {name:?} is {what}")))
}

fn show_password(name: &str, answer: &Value) {
    if let Some(password) = answer.get("password").and_then(Value::as_str) {
        line(format!(
            "password of {name:?} (shown once; the next login has to change it): {password}"
        ));
    }
}

fn show_secret(name: &str, answer: &Value) {
    let secret = answer.get("client_secret").and_then(Value::as_str).unwrap_or_default();
    line(format!("secret of API client {name:?} (shown once, keep it safe): {secret}"));
}

fn list<const N: usize>(listed: &Value, of: &str, titles: [&str; N], fields: [&str; N]) {
    let rows = listed.get(of).and_then(Value::as_array).into_iter().flatten();
    let rows: Vec<Vec<String>> =
        rows.map(|row| fields.map(|field| words(row, field)).into()).collect();
    table(&titles, &[], &rows);
}
