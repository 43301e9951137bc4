//! The origin of every change: who, from where, for whom, why, and what was there before (D39).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::api::fresh_key;
use support::books::number;
use support::{Answer, Api, Server, ok};

fn on_behalf(api: &Api, path: &str, whom: &str, body: &Value) -> Answer {
    let key = fresh_key();
    let headers = [
        ("content-type", "application/json"),
        ("idempotency-key", key.as_str()),
        ("quittance-on-behalf-of", whom),
        ("x-request-id", "till-7"),
    ];
    api.send("POST", path, &headers, Some(body.to_string()))
}

#[test]
fn every_change_says_who_did_it_from_where_and_for_whom() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": "5", "comment": "closed the account"});
    let done = on_behalf(&api, &path, "Zoë at the till", &body).status(201);
    let expected = json!({"address": "127.0.0.1", "on_behalf_of": "Zoë at the till", "door": "api",
        "reason": "closed the account", "request_id": "till-7", "actor": api.administrator()});
    let history = api.show(&format!("/api/v1/accounts/{account}/history"));
    let journal = api.show(&format!("/api/v1/journal/{}", done["number"].as_str().unwrap()));
    for shown in [&done, &history["entries"][0], &journal] {
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&shown[field], value, "{field}");
        }
    }
    // Without the header the address alone is known; nobody is without an actor.
    for entry in history["entries"].as_array().unwrap() {
        assert_eq!((&entry["address"], &entry["door"]), (&json!("127.0.0.1"), &json!("api")));
        assert!(!entry["actor"].as_str().unwrap().is_empty());
    }
    assert_eq!(history["entries"][1].get("on_behalf_of"), None);
    // It is part of the history, so it is exported and copied with it.
    let export = tempfile::tempdir().unwrap();
    let out = export.path().to_str().unwrap();
    ok(&["export", "--out", out, "--format", "history", "--database", server.database()]);
    let exported = std::fs::read_to_string(export.path().join("history.ndjson")).unwrap();
    assert!(exported.contains("\"on_behalf_of\":\"Zoë at the till\""), "{exported}");
    ok(&["verify", "--database", server.database()]);
}

#[test]
fn acting_for_somebody_grants_nothing_and_is_kept_short() {
    let server = Server::fresh();
    let api = server.api();
    let viewer = server.api_with_role("viewer");
    let body = json!({"name": "Bob", "currency": "USD"});
    let administrator = api.administrator();
    let answer = on_behalf(&viewer, "/api/v1/accounts", &administrator, &body);
    answer.refused(403, "permission_missing");
    for wrong in ["", &"x".repeat(101)] {
        let answer = on_behalf(&api, "/api/v1/accounts", wrong, &body);
        answer.refused(400, "on_behalf_of_invalid");
    }
    on_behalf(&api, "/api/v1/accounts", &"☃".repeat(100), &body).status(201);
    // An array says it once for all of its commands.
    let row = json!({"idempotency_key": "a", "operation": "open_account", "body": body});
    let rows = json!({"commands": [row]});
    on_behalf(&api, "/api/v1/batch", "night run", &rows).status(200);
    let last = &api.show("/api/v1/journal")["entries"][0];
    assert_eq!(
        (&last["command"], &last["on_behalf_of"]),
        (&json!("open_account"), &json!("night run"))
    );
}

fn change(of: &str, field: &str, before: Option<&str>, after: Option<&str>) -> Value {
    let mut change = json!({"of": of, "field": field});
    for (name, value) in [("before", before), ("after", after)] {
        if let Some(value) = value {
            change[name] = json!(value);
        }
    }
    change
}

#[test]
fn history_shows_what_was_there_before_and_after() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let path = format!("/api/v1/accounts/{account}");
    let last = |path: &str| api.show(path)["entries"][0]["changes"].clone();
    let history = format!("{path}/history");
    api.patch(&path, &json!({"name": "First"})).status(201);
    api.patch(&path, &json!({"name": "Second", "automatic_transfer": "on"})).status(201);
    let expected = json!([
        change(&account, "automatic_transfer", Some("inherit"), Some("on")),
        change(&account, "name", Some("First"), Some("Second")),
    ]);
    assert_eq!(last(&history), expected);
    api.post(&format!("{path}/cancel"), &json!({})).status(201);
    assert_eq!(
        last(&history),
        json!([change(&account, "status", Some("active"), Some("canceled"))])
    );
    api.post(&format!("{path}/reactivate"), &json!({})).status(201);
    let metadata = |body: Value| api.patch(&format!("{path}/metadata"), &json!({"metadata": body}));
    metadata(json!({"box": "6", "old": "x"})).status(201);
    metadata(json!({"box": "7", "old": "", "new": "y"})).status(201);
    let expected = json!([
        change(&account, "metadata.box", Some("6"), Some("7")),
        change(&account, "metadata.old", Some("x"), None),
        change(&account, "metadata.new", None, Some("y")),
    ]);
    assert_eq!(last(&history), expected);
    let invoice = api.posted(&account, "10");
    assert_eq!(last(&history), json!([change(&invoice, "status", Some("draft"), Some("posted"))]));
    let journal = "/api/v1/journal";
    api.patch("/api/v1/settings", &json!({"automatic_transfer": true})).status(201);
    let expected = json!([change("settings", "automatic_transfer", Some("false"), Some("true"))]);
    assert_eq!(last(journal), expected);
    let role = json!({"name": "Desk", "permissions": ["view_accounts"]});
    api.post("/api/v1/roles", &role).status(201);
    let field = json!({"object": "refund", "name": "A__c", "label": "A", "type": "text", "generation": "legacy"});
    api.post("/api/v1/custom-fields", &field).status(201);
    api.patch("/api/v1/roles/Desk", &json!({"active": false})).status(201);
    let expected = json!([change("settings", "roles[Desk].active", Some("true"), Some("false"))]);
    assert_eq!(last(journal), expected);
    api.patch("/api/v1/custom-fields/refund/A__c", &json!({"label": "B"})).status(201);
    let label = change("settings", "custom_fields[refund.A__c].label", Some("A"), Some("B"));
    assert_eq!(last(journal), json!([label]));
    // What a command answers does not look back.
    let done = api.patch(&path, &json!({"name": "Third"})).status(201);
    assert_eq!(done.get("changes"), None);
}

#[test]
fn steps_of_orders_and_payment_methods_show_what_was_there_before() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let last = || {
        let history = api.show(&format!("/api/v1/accounts/{account}/history"));
        history["entries"][0]["changes"].clone()
    };
    api.gateway("cards");
    let method = api.card(&account);
    let path = format!("/api/v1/payment-methods/{method}");
    api.patch(&path, &json!({"expiry": "2099-11"})).status(201);
    let expiry = change(&method, "expiry", Some("2099-12"), Some("2099-11"));
    assert_eq!(last(), json!([expiry]));
    api.post(&format!("{path}/close"), &json!({})).status(201);
    assert_eq!(last(), json!([change(&method, "status", Some("active"), Some("closed"))]));
    let levels = json!([{"roles": ["Administrator"]}]);
    let policy = json!({"name": "Cheques", "when": {"external": true}, "levels": levels});
    api.post("/api/v1/approval-policies", &policy).status(201);
    let refund = number(&api.refund(&account, "40").done(), "refund");
    let key = json!({"name": "Ada's", "person": "Ada", "roles": ["Administrator"]});
    let made = api.post("/api/v1/api-keys", &key).status(201);
    let ada = server.api_as(made["secret"].as_str().unwrap());
    ada.post(&format!("/api/v1/refunds/{refund}/approve"), &json!({})).status(201);
    let state = |before, after| change(&refund, "state", Some(before), Some(after));
    assert_eq!(last(), json!([state("awaiting_approval", "to_be_paid")]));
    let paid = json!({"reference": "chq 4711"});
    api.post(&format!("/api/v1/refunds/{refund}/paid"), &paid).status(201);
    let gateway_id = change(&refund, "gateway_id", None, Some("chq 4711"));
    let changes = last();
    for expected in [state("to_be_paid", "processed"), gateway_id] {
        assert!(changes.as_array().unwrap().contains(&expected), "{changes}");
    }
}
