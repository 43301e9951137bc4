//! Personal data apart from the history: stored, shown, erased for good, and the record stays whole (D40).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::api::fresh_key;
use support::books::{made, text};
use support::store::{Store, is_stored, store};
use support::{Answer, Api, Server, ok};

fn path(account: &str) -> String {
    format!("/api/v1/accounts/{account}/personal-data")
}

fn put(api: &Api, account: &str, key: &str, body: &Value) -> Answer {
    api.command("PUT", &path(account), Some(key), body)
}

fn erase(api: &Api, account: &str, key: &str) -> Answer {
    api.command("POST", &format!("{}/erase", path(account)), Some(key), &json!({}))
}

fn shown(api: &Api, account: &str) -> Value {
    let shown = api.show(&path(account))["personal_data"].clone();
    let of_account = api.show(&format!("/api/v1/accounts/{account}"));
    let of_account = of_account.get("personal_data").cloned().unwrap_or(Value::Null);
    assert_eq!(shown, of_account);
    shown
}

#[test]
fn what_is_erased_is_gone_and_the_record_stays_whole() {
    let mut server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let person = |name: &str| {
        json!({"name": name, "email": "ada.secret@example.com",
            "postal_address": "12 Secret Square\nLondon", "note": "calls on Mondays"})
    };
    for round in 0..30 {
        let other = api.open_account("USD");
        let body = json!({"name": format!("Neighbour {round}"), "note": "x".repeat(200)});
        put(&api, &other, &fresh_key(), &body).status(201);
        if round == 7 {
            let done = put(&api, &account, &fresh_key(), &person("Ada Maidenname")).status(201);
            let noted = made(&done, "personal_data");
            assert_eq!(
                (text(&noted, "number"), text(&noted, "step")),
                (account.clone(), "stored".to_owned())
            );
            assert!(!done.to_string().contains("Maidenname"), "{done}");
        }
    }
    put(&api, &account, &fresh_key(), &person("Ada Erasable")).status(201);
    assert_eq!(shown(&api, &account), person("Ada Erasable"));
    let done = erase(&api, &account, &fresh_key()).status(201);
    assert_eq!(text(&made(&done, "personal_data"), "step"), "erased");
    assert_eq!(shown(&api, &account), Value::Null);
    let history = api.show(&format!("/api/v1/accounts/{account}/history"));
    let last = &history["entries"][0];
    assert_eq!(
        (&last["command"], &last["actor"]),
        (&json!("erase_personal_data"), &json!(api.administrator()))
    );
    assert!(server.terminate().success());
    ok(&["audit", "seal", "--database", server.database()]);
    ok(&["verify", "--audit", "--database", server.database()]);
    for secret in ["Maidenname", "Erasable", "ada.secret", "Secret Square", "Mondays"] {
        assert!(!is_stored(server.directory(), secret), "{secret}");
    }
    if store() == Store::Sqlite {
        for file in std::fs::read_dir(server.directory()).unwrap() {
            let file = file.unwrap().path();
            let bytes = std::fs::read(&file).unwrap_or_default();
            for secret in ["Maidenname", "Erasable", "ada.secret", "Secret Square", "Mondays"] {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} in {}", file.display());
            }
        }
    }
}

#[test]
fn a_request_that_comes_late_brings_nothing_back() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let (one, two) = (json!({"name": "One"}), json!({"name": "Two"}));
    put(&api, &account, "first", &one).status(201);
    put(&api, &account, "second", &two).status(201);
    let again = put(&api, &account, "first", &one);
    assert_eq!(again.headers["idempotent-replayed"], "true");
    assert_eq!(shown(&api, &account), two);
    erase(&api, &account, "gone").status(201);
    put(&api, &account, "second", &two).status(201);
    assert_eq!(shown(&api, &account), Value::Null);
    // New data may be stored again, and an old erasure does not take it.
    put(&api, &account, "third", &one).status(201);
    erase(&api, &account, "gone").status(201);
    assert_eq!(shown(&api, &account), one);
    // A preview does nothing.
    let preview = format!("{}/erase?dry_run=true", path(&account));
    api.command("POST", &preview, None, &json!({})).status(200);
    assert_eq!(shown(&api, &account), one);
    api.command("PUT", &format!("{}?dry_run=true", path(&account)), None, &two).status(200);
    assert_eq!(shown(&api, &account), one);
}

#[test]
fn the_same_key_with_other_data_is_refused() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let (one, two) = (json!({"name": "One"}), json!({"name": "Two"}));
    let entry = text(&put(&api, &account, "first", &one).status(201), "number");
    let problem = put(&api, &account, "first", &two).refused(409, "idempotency_key_reused");
    assert_eq!(text(&problem, "entry"), entry);
    assert_eq!(shown(&api, &account), one);
    put(&api, &account, "first", &one).status(201);
}

#[test]
fn only_some_may_store_and_fewer_may_erase() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let body = json!({"name": "Ada"});
    let viewer = server.api_with_role("viewer");
    put(&viewer, &account, "a", &body).refused(403, "permission_missing");
    let clerk = server.api_with_role("clerk");
    put(&clerk, &account, "b", &body).status(201);
    erase(&clerk, &account, "c").refused(403, "permission_missing");
    let problem = put(&api, "A00000077", "d", &body).refused(404, "not_found");
    assert_eq!(problem["document"], "A00000077");
    erase(&api, "A00000077", "e").refused(404, "not_found");
    api.get(&path("A00000077")).refused(404, "not_found");
    put(&api, &account, "f", &json!({"phone": "1"})).refused(400, "body_invalid");
    put(&api, &account, "g", &json!({"email": "x".repeat(255)})).refused(400, "body_invalid");
    api.put(&path(&account), &body).refused(400, "idempotency_key_missing");
    // A customer who left keeps the right to be forgotten.
    api.post(&format!("/api/v1/accounts/{account}/cancel"), &json!({})).status(201);
    erase(&api, &account, "h").status(201);
    assert_eq!(shown(&api, &account), Value::Null);
}
