//! Texts and amounts: hostile ones come back as written, malformed ones are refused by field.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{made, text};
use support::{Api, Server};

const ACCOUNTS: &str = "/api/v1/accounts";
const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn hostile_texts_come_back_as_written() {
    let server = Server::fresh();
    let api = server.api();
    for (index, hostile) in [
        "<script>alert('x')</script>",
        "'; DROP TABLE account; --",
        "\"quoted\" \\ back\\\\slash",
        "line\nfeed\tand tab",
        "\u{202e}gnp.exe \u{2603}\u{fe0f} \u{1f980}",
        "=HYPERLINK(\"http://x\")",
        "%s%n {{7*7}} ${jndi:ldap://x}",
        "  blanks on both sides  ",
        "null",
        "e\u{301} \u{200b}\u{feff}",
    ]
    .into_iter()
    .enumerate()
    {
        let unique = format!("{hostile} {index}");
        let account = json!({"name": hostile, "currency": "USD", "external_id": unique});
        let opened = made(&api.post(ACCOUNTS, &account).done(), "account");
        let number = text(&opened, "number");
        for shown in [&opened, &api.show(&format!("{ACCOUNTS}/{number}"))] {
            assert_eq!((&shown["name"], &shown["external_id"]), (&json!(hostile), &json!(unique)));
        }
        let query: String = unique.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let found = api.show(&format!("{ACCOUNTS}?external_id={query}"));
        assert_eq!(found["accounts"][0]["number"], number.as_str());
        let item = json!({"amount": "-9", "sku": hostile, "description": hostile, "quantity": hostile,
            "unit_price": hostile, "accounting_code": unique});
        api.patch("/api/v1/settings", &json!({"revenue_codes": [unique]})).done();
        let invoice = json!({"items": [item], "external_id": unique, "post": true});
        let drafted = api.post(&format!("{ACCOUNTS}/{number}/invoices"), &invoice).done();
        let invoice = text(&made(&drafted, "invoice"), "number");
        let shown = api.show(&format!("/api/v1/invoices/{invoice}"));
        assert_eq!(shown["external_id"], unique.as_str());
        for field in ["sku", "description", "quantity", "unit_price"] {
            assert_eq!(shown["items"][0][field], hostile, "{field}");
        }
        assert_eq!(shown["items"][0]["accounting_code"], unique.as_str());
        words_come_back(&api, &number, &invoice, hostile);
    }
}

/// Reason, comment and reference of every document that takes them.
fn words_come_back(api: &Api, account: &str, invoice: &str, hostile: &str) {
    let with = |mut body: Value| {
        body["comment"] = json!(hostile);
        body["reference"] = json!(hostile);
        body
    };
    let on_invoice = |what: &str| format!("/api/v1/invoices/{invoice}/{what}");
    let on_account = |what: &str| format!("{ACCOUNTS}/{account}/{what}");
    let positive = api.posted(account, "3");
    let charge = json!({"lines": [{"type": "charge", "amount": "1"}]});
    let part = json!({"invoices": [{"invoice": positive, "amount": "2"}]});
    let pay =
        json!({"method_type": "cash", "applications": [{"invoice": positive, "amount": "1"}]});
    for (path, body, list) in [
        (on_invoice("adjust"), charge, "invoice-item-adjustments"),
        (on_invoice("transfer"), json!({"amount": "8"}), "credit-balance-adjustments"),
        (on_account("credit-balance/apply"), part, "credit-balance-adjustments"),
        (
            format!("/api/v1/invoices/{positive}/counter-adjust"),
            json!({"amount": "1"}),
            "credit-balance-adjustments",
        ),
        (on_account("payments"), pay, "payments"),
        (on_account("credit-balance/refund"), json!({"method_type": "cash"}), "refunds"),
    ] {
        let effect = api.post(&path, &with(body)).done();
        let listed = api.show(&format!("/api/v1/{list}?limit=1"));
        for shown in [&effect["documents"][0], &listed[list.replace('-', "_")][0]] {
            assert_eq!(
                (&shown["comment"], &shown["reference"]),
                (&json!(hostile), &json!(hostile))
            );
        }
    }
    let payment = text(&api.show("/api/v1/payments?limit=1")["payments"][0], "number");
    let path = format!("/api/v1/payments/{payment}/cancel");
    let entry = text(&api.post(&path, &json!({"comment": hostile})).done(), "number");
    let entry = api.show(&format!("/api/v1/journal/{entry}"));
    assert_eq!(made(&entry, "cancellation")["comment"], hostile);
}

#[test]
fn dates_are_written_in_one_way_only() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let path = format!("{ACCOUNTS}/{account}/payments");
    for date in [
        "20260302",
        "2026-W10-1",
        "2026-03-02T10:00",
        "2026-03-02 10:00",
        "+002026-03-02",
        "-000001-01-01",
        "0000-01-01",
        "2026-3-2",
    ] {
        let body = json!({"method_type": "cash", "amount": "1", "date": date});
        let problem = api.post(&path, &body).refused(400, "body_invalid");
        assert_eq!(problem["field"], "date", "{date}");
        let encoded: String = date.bytes().map(|byte| format!("%{byte:02x}")).collect();
        api.get(&format!("/api/v1/trial-balance?as_of={encoded}")).refused(400, "query_invalid");
    }
    for date in ["0001-01-01", "2024-02-29"] {
        let body = json!({"method_type": "cash", "amount": "1", "date": date});
        api.post(&path, &body).done();
    }
    api.post(&path, &json!({"method_type": "cash", "amount": "1", "date": null})).done();
}

#[test]
fn texts_and_amounts_that_are_none_are_refused_by_name_of_the_field() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let head = api.head();
    let refund = format!("{ACCOUNTS}/{account}/credit-balance/refund");
    let refused = |path: &str, body: String, field: &str| {
        let headers = [JSON, ("idempotency-key", "never used")];
        let problem =
            api.send("POST", path, &headers, Some(body.clone())).refused(400, "body_invalid");
        assert_eq!(problem["field"], field, "{body}: {problem}");
    };
    let long = "\u{2603}".repeat(61);
    for reference in
        [json!(""), json!(long), json!("a\u{0}b"), json!("\u{1b}[31m"), json!(7), json!([])]
    {
        let body = json!({"method_type": "check", "reference": reference});
        refused(&refund, body.to_string(), "reference");
    }
    for amount in [
        "",
        " ",
        "ten",
        "1e3",
        "1,000",
        "+1",
        " 1",
        "1 ",
        "1.",
        ".5",
        "--1",
        "NaN",
        "Infinity",
        "0x10",
        "\u{663}",
        "1_000",
        "1234567890123456789",
        "0.0000000001",
    ] {
        let body = json!({"method_type": "check", "amount": amount});
        refused(&refund, body.to_string(), "amount");
    }
    for amount in [json!(10), json!(10.5), json!(true), json!(["1"]), json!({"amount": "1"})] {
        let body = json!({"method_type": "check", "amount": amount});
        refused(&refund, body.to_string(), "amount");
    }
    for (body, field) in [
        (json!({"method_type": "shells"}), "method_type"),
        (json!({"method_type": "check", "currency": "XXX"}), "currency"),
        (json!({"method_type": "check", "currency": "usd"}), "currency"),
        (json!({"method_type": "check", "date": "2026-02-30"}), "date"),
        (json!({"method_type": "check", "date": "02/03/2026"}), "date"),
        (json!({"method_type": "check", "reason_code": "x".repeat(33)}), "reason_code"),
        (json!({"method_type": "check", "type": "wire"}), "type"),
    ] {
        refused(&refund, body.to_string(), field);
    }
    let item = json!({"items": [{"amount": "1"}, {"amount": "x"}]});
    refused(&format!("{ACCOUNTS}/{account}/invoices"), item.to_string(), "items[1].amount");
    for body in [
        "",
        "{",
        "nonsense",
        "[]",
        "null",
        "7",
        "\"x\"",
        "{\"name\": \"\\ud800\"}",
        "{}{}",
        "{\"name\":\"a\",\"name\":\"b\"}",
    ] {
        let headers = [JSON, ("idempotency-key", "never used")];
        api.send("POST", ACCOUNTS, &headers, Some(body.to_owned())).refused(400, "body_invalid");
    }
    let unknown = json!({"method_type": "check", "amonut": "1"});
    let problem = api.post(&refund, &unknown).refused(400, "body_invalid");
    assert!(text(&problem, "detail").contains("amonut"));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    refused(&refund, format!("{{\"amount\": {deep}}}"), "amount");
    assert_eq!(api.head(), head);
}
