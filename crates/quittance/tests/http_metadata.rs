//! Metadata over HTTP: pairs of texts on every document.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Map, Value, json};
use support::books::{made, text};
use support::{Server, ok};

#[test]
fn metadata_is_merged_and_an_empty_value_takes_a_key_away() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let body =
        json!({"name": "Bob", "currency": "USD", "metadata": {"order": "6735", "draft": "yes"}});
    let done = api.post("/api/v1/accounts", &body).status(201);
    let labels = made(&done, "labels");
    assert_eq!(labels["metadata"], body["metadata"]);
    let account = text(&made(&done, "account"), "number");
    assert_eq!(
        (text(&labels, "number"), &labels["labeled_type"]),
        (account.clone(), &json!("account"))
    );
    let path = format!("/api/v1/accounts/{account}");
    assert_eq!(api.show(&path)["metadata"], body["metadata"]);
    let change = json!({"metadata": {"draft": "", "order": "6736", "box": "☃\n7", "gone": ""}});
    api.previewed("PATCH", &format!("{path}/metadata"), &change);
    assert_eq!(api.show(&path)["metadata"], json!({"order": "6736", "box": "☃\n7"}));
    // Custom fields and metadata of a document do not touch each other.
    let field = json!({"object": "account", "name": "A__c", "label": "A", "type": "text", "generation": "legacy"});
    api.post("/api/v1/custom-fields", &field).status(201);
    let value = json!({"custom_fields": {"A__c": "1"}});
    api.patch(&format!("{path}/custom-fields"), &value).status(201);
    let shown = api.show(&path);
    assert_eq!(shown["metadata"], json!({"order": "6736", "box": "☃\n7"}));
    assert_eq!(shown["custom_fields"], json!({"A__c": "1"}));
    let last = json!({"metadata": {"order": "", "box": ""}});
    api.patch(&format!("{path}/metadata"), &last).status(201);
    assert_eq!(api.show(&path)["metadata"], json!({}));
    // A canceled account takes labels; they move nothing.
    api.post(&format!("{path}/cancel"), &json!({})).status(201);
    api.patch(&format!("{path}/metadata"), &json!({"metadata": {"why": "moved"}})).status(201);
    ok(&["verify", "--database", server.database()]);
}

#[test]
fn metadata_has_limits() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let path = format!("/api/v1/accounts/{account}/metadata");
    let change = |metadata: Value| api.patch(&path, &json!({"metadata": metadata}));
    for wrong in [
        json!({"": "x"}),
        json!({"a[b": "x"}),
        json!({"a]b": "x"}),
        json!({"k".repeat(41): "x"}),
        json!({"a": "x".repeat(501)}),
        json!({"a": "x\u{0}"}),
        json!({"a": 1}),
        json!({"a": null}),
        json!({"a": {"b": "c"}}),
    ] {
        change(wrong).refused(400, "body_invalid");
    }
    change(json!({})).refused(422, "nothing_given");
    change(json!({"note": "4111111111111111"})).refused(422, "card_number_refused");
    let many = |from: usize, to: usize, value: &str| {
        let pairs = (from..to).map(|number| (format!("key {number}"), json!(value)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    change(many(0, 51, "x")).refused(422, "too_many");
    change(many(0, 50, &"☃".repeat(500))).status(201);
    change(json!({"key 50": "x"})).refused(422, "too_many");
    change(json!({"key 50": "x", "key 0": ""})).status(201);
    let shown = api.show(&format!("/api/v1/accounts/{account}"));
    assert_eq!(shown["metadata"].as_object().unwrap().len(), 50);
}

#[test]
fn every_document_takes_metadata_also_in_an_array() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let row = |key: &str, operation: &str, body: Value| json!({"idempotency_key": key, "operation": operation, "account": account, "body": body});
    let metadata = json!({"source": "till 4"});
    let rows = [
        row(
            "1",
            "record_payment",
            json!({"method_type": "check", "credit_balance_amount": "30", "metadata": metadata}),
        ),
        row(
            "2",
            "refund_credit_balance",
            json!({"method_type": "check", "amount": "5", "metadata": metadata}),
        ),
        row(
            "3",
            "create_invoice",
            json!({"post": true, "items": [{"amount": "9", "metadata": metadata}], "metadata": metadata}),
        ),
        row("4", "apply_credit_balance", json!({"metadata": metadata})),
        row("5", "add_payment_method", json!({"method_type": "check", "metadata": metadata})),
    ];
    let answer = api.post("/api/v1/batch", &json!({"commands": rows})).status(200);
    assert_eq!(answer["refused"], 0, "{answer}");
    for path in [
        "payments/P-00000001",
        "refunds/R-00000001",
        "invoices/INV00000001",
        "payment-methods/PM-00000001",
        "credit-balance-adjustments/CBA-00000003",
    ] {
        let shown = api.show(&format!("/api/v1/{path}"));
        assert_eq!(shown["metadata"], metadata, "{path}");
        let body = json!({"metadata": {"source": "", "seen": "yes"}});
        api.patch(&format!("/api/v1/{path}/metadata"), &body).status(201);
        let shown = api.show(&format!("/api/v1/{path}"));
        assert_eq!(shown["metadata"], json!({"seen": "yes"}), "{path}");
    }
    let items = &api.show("/api/v1/invoices/INV00000001")["items"];
    assert_eq!(items[0]["metadata"], metadata);
    // What a refund makes on the way has no labels.
    let shown = api.show("/api/v1/credit-balance-adjustments/CBA-00000002");
    assert_eq!(shown["metadata"], json!({}));
    ok(&["verify", "--database", server.database()]);
}
