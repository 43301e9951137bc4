//! The OpenAPI document held against the handlers.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use support::books::number;
use support::contract::{DOCUMENT, conforms, operations, resolved};
use support::{Api, Server};

/// The operations that need no key.
const OPEN: [&str; 5] = ["healthz", "readyz", "metrics", "issue_token", "revoke_token"];
/// The operations whose errors have the form of RFC 6749.
const OAUTH: [&str; 2] = ["issue_token", "revoke_token"];
/// The operation whose callers prove by a signature who they are.
const NOTICES: &str = "receive_webhook";

fn each_value(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                visit(name, field);
                each_value(field, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_value(item, visit)),
        _ => {}
    }
}

#[test]
fn the_served_document_is_the_printed_one() {
    let server = Server::fresh();
    let served = server.anonymous().get("/api/openapi.json");
    assert_eq!(served.header("content-type"), Some("application/json"));
    assert_eq!(served.status(200), *DOCUMENT);
    assert!(DOCUMENT["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(DOCUMENT["info"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(DOCUMENT["components"]["securitySchemes"]["api_key"]["scheme"], "bearer");
}

#[test]
fn every_operation_is_described_completely() {
    let tags: BTreeSet<&str> = DOCUMENT["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["name"].as_str().unwrap())
        .collect();
    let mut ids = BTreeSet::new();
    for operation in operations() {
        let id = operation.id().to_owned();
        let it = &operation.description;
        assert!(it["summary"].as_str().is_some_and(|text| !text.is_empty()), "{id}: no summary");
        assert_eq!(it["tags"].as_array().map(Vec::len), Some(1), "{id}: tags");
        assert!(tags.contains(it["tags"][0].as_str().unwrap()), "{id}: unknown tag");
        let responses = it["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{id}: no success");
        for (status, response) in responses {
            let said = response["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(said, "{id}: {status} has no description");
            let content = response["content"].as_object().unwrap();
            if status.starts_with('2') || OAUTH.contains(&id.as_str()) {
                continue;
            }
            assert_eq!(content.keys().collect::<Vec<_>>(), ["application/problem+json"], "{id}");
            let schema = resolved(&content["application/problem+json"]["schema"]);
            assert!(schema["properties"].get("code").is_some(), "{id}: {status} is no problem");
        }
        let open = OPEN.contains(&id.as_str());
        for status in ["400", "401", "403", "404"] {
            if OAUTH.contains(&id.as_str()) {
                continue;
            }
            let expected = !open && (id != NOTICES || status != "403");
            assert_eq!(responses.contains_key(status), expected, "{id}: {status}");
        }
        for place in ["path", "query", "header"] {
            for parameter in operation.parameters(place) {
                assert!(parameter["description"].is_string(), "{id}: {parameter}");
                assert!(parameter.get("example").is_some(), "{id}: {parameter} has no example");
                assert_eq!(parameter["required"], place == "path", "{id}: {parameter}");
            }
        }
        let braces = operation.template.matches('{').count();
        assert_eq!(operation.parameters("path").len(), braces, "{id}: path parameters");
        assert!(ids.insert(id), "an operation id is there twice");
    }
    assert!(ids.len() >= 80, "an operation went: {ids:?}");
}

#[test]
fn every_reference_leads_somewhere_and_every_field_says_what_it_is() {
    let mut described = 0;
    each_value(&DOCUMENT, &mut |name, value| {
        if name == "$ref" {
            resolved(&json!({"$ref": value}));
        }
        if name == "id" && value.get("example").is_some() {
            let example = value["example"].as_str().unwrap();
            let hex = example.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(hex && example.len() == 32, "{example} is no id");
        }
    });
    for (name, schema) in DOCUMENT["components"]["schemas"].as_object().unwrap() {
        for (field, property) in schema["properties"].as_object().into_iter().flatten() {
            let of_one = property["oneOf"]
                .as_array()
                .is_some_and(|parts| parts.iter().any(|part| part["description"].is_string()));
            let said = property["description"].is_string() || of_one;
            assert!(said, "{name}.{field} has no description");
            described += 1;
        }
    }
    assert!(described > 200, "only {described} fields were looked at");
}

#[test]
fn every_body_has_an_example_that_is_one() {
    for operation in operations() {
        let Some(example) = operation.example() else { continue };
        let schema = &operation.description["requestBody"]["content"]["application/json"]["schema"];
        assert!(example.is_object(), "{}: no example", operation.id());
        if let Err(reason) = conforms(schema, &example, true) {
            panic!("{}: {reason}", operation.id());
        }
    }
    // The yardstick itself finds what is wrong.
    let account = json!({"$ref": "#/components/schemas/OpenAccount"});
    let name = "Ada";
    assert!(conforms(&account, &json!({"name": name, "currency": "USD"}), true).is_ok());
    assert!(conforms(&account, &json!({"name": name}), true).is_err());
    assert!(conforms(&account, &json!({"name": 7, "currency": "USD"}), true).is_err());
    assert!(conforms(&account, &json!({"name": name, "currency": "USD", "x": 1}), true).is_err());
    let effect = json!({"$ref": "#/components/schemas/EffectView"});
    assert!(conforms(&effect, &json!({"dry_run": true, "balances": []}), true).is_err());
}

/// Books in which the examples of the document make sense.
fn exemplary(api: &Api) {
    let account = api.open_account("USD");
    assert_eq!(account, "A00000001");
    let negative = api.posted(&account, "-100");
    let positive = api.posted(&account, "200");
    assert_eq!((negative.as_str(), positive.as_str()), ("INV00000001", "INV00000002"));
    let transferred = api.posted(&account, "-100");
    api.transfer(&transferred, "100").done();
    let paid = api.posted(&account, "50");
    api.pay(&account, &[(&paid, "50")], Some("200")).done();
    api.apply(&account, &positive, "100").done();
    let refund = json!({"method_type": "cash", "amount": "5"});
    api.post("/api/v1/payments/P-00000001/refund", &refund).done();
    let credit = json!({"lines": [{"type": "credit", "amount": "5"}]});
    let other = api.posted(&account, "9");
    api.post(&format!("/api/v1/invoices/{other}/adjust"), &credit).done();
    // The second refund and the second payment are electronic.
    api.gateway("cards");
    let methods = [api.card(&account), api.card(&account)];
    assert_eq!(methods, ["PM-00000001", "PM-00000002"]);
    let refund = json!({"type": "electronic", "amount": "5"});
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    assert_eq!(number(&api.post(&path, &refund).done(), "refund"), "R-00000002");
    let path = format!("/api/v1/accounts/{account}/payments/charge");
    let charge = api.post(&path, &json!({"amount": "7"})).done();
    assert_eq!(number(&charge, "payment"), "P-00000002");
    for object in [
        "account",
        "invoice",
        "payment",
        "payment_method",
        "refund",
        "credit_balance_adjustment",
        "invoice_item_adjustment",
    ] {
        let field = json!({"object": object, "name": "Region__c", "label": "Region", "type": "text",
            "generation": "legacy", "filterable": true});
        api.post("/api/v1/custom-fields", &field).done();
    }
    let role = json!({"name": "Payout desk", "permissions": ["view_accounts"]});
    api.post("/api/v1/roles", &role).done();
    let user = json!({"name": "ada@example.com", "roles": ["Viewer"]});
    api.post("/api/v1/users", &user).status(201);
    let client = json!({"name": "reporting", "roles": ["Viewer"]});
    api.post("/api/v1/api-clients", &client).status(201);
    let policy = json!({"name": "Very large payouts", "when": {"currency": "USD", "amount_over": "5000"},
        "levels": [{"roles": ["Payout desk"]}]});
    api.post("/api/v1/approval-policies", &policy).done();
    let may = json!({"name": "2026-05", "first_day": "2026-05-01", "last_day": "2026-05-31"});
    api.post("/api/v1/accounting-periods", &may).done();
}

#[test]
fn every_question_can_be_asked_as_its_examples_say() {
    let server = Server::on("2026-11-23");
    let api = server.api();
    exemplary(&api);
    for operation in operations() {
        if operation.method != "GET" {
            continue;
        }
        let path = operation.path();
        // Ids of endpoints are made by chance, and those of events have an instant in them.
        let by_chance = path.contains("/event-endpoints/") || path.contains("/events/");
        let expected = if by_chance { 404 } else { 200 };
        assert_eq!(api.get(&path).status, expected, "{path}");
        for parameter in operation.parameters("query") {
            let example = &parameter["example"];
            let text = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
            let asked = format!("{path}?{}={text}", parameter["name"].as_str().unwrap());
            assert_eq!(api.get(&asked).status, expected, "{asked}");
        }
    }
}

#[test]
fn every_command_can_be_sent_as_its_example_says() {
    let server = Server::on("2026-11-23");
    let api = server.api();
    exemplary(&api);
    let head = api.head();
    let mut asked = 0;
    for operation in operations() {
        if operation.method == "GET" {
            continue;
        }
        let (id, path) = (operation.id(), operation.path());
        let body = operation.example().unwrap_or(Value::Null);
        let preview = operation.parameters("query").iter().any(|it| it["name"] == "dry_run");
        let query = if preview { "?dry_run=true" } else { "" };
        let answer = api.command(&operation.method, &format!("{path}{query}"), None, &body);
        match id {
            // What the example would do has happened, or something hangs on it.
            "post_invoice" | "unpost_invoice" | "cancel_invoice" | "reactivate_account"
            | "cancel_payment" => assert_eq!(answer.status, 409, "{id}: {}", answer.text),
            // Nothing waits for approval, or to be paid.
            "approve_refund" | "reject_refund" | "withdraw_refund" | "approve_several"
            | "reject_several" | "pay_refund" | "return_refund" => {
                assert_eq!(answer.status, 409, "{id}: {}", answer.text);
            }
            // Nothing came back yet from the gateway, and whoever works may be at it.
            "void_payment" => assert_eq!(answer.status, 409, "{id}: {}", answer.text),
            "resolve_payment" | "resolve_refund" | "refresh_payment" | "refresh_refund" => {
                assert!([200, 409].contains(&answer.status), "{id}: {}", answer.text);
            }
            // Nobody keeps secrets here, so nobody talks to gateways.
            "receive_webhook"
            | "reconcile_gateway"
            | "test_gateway"
            | "put_gateway_credentials" => {
                assert_eq!(answer.code(), Some("gateways_unavailable"), "{id}: {}", answer.text);
            }
            "make_event_endpoint" => {
                assert_eq!(answer.code(), Some("events_unavailable"), "{id}: {}", answer.text);
            }
            // There is no endpoint.
            "change_event_endpoint"
            | "delete_event_endpoint"
            | "roll_event_endpoint_secret"
            | "replay_events"
            | "test_event_endpoint"
            | "retry_event_delivery" => {
                let code = answer.code();
                assert_eq!(code, Some("event_endpoint_not_found"), "{id}: {}", answer.text);
            }
            // Keys have no session, and nobody logs in with the example.
            "log_in" => assert_eq!(answer.code(), Some("login_failed"), "{}", answer.text),
            "log_out"
            | "change_password"
            | "end_session"
            | "enrol_second_factor"
            | "confirm_second_factor"
            | "remove_second_factor" => {
                assert_eq!(answer.code(), Some("not_a_session"), "{id}: {}", answer.text);
            }
            // They take forms.
            "issue_token" | "revoke_token" => assert_eq!(answer.status, 400, "{}", answer.text),
            "create_user" | "create_api_client" | "create_api_key" => {
                assert_eq!(answer.status, 201, "{id}: {}", answer.text)
            }
            _ => assert_eq!(answer.status, 200, "{id}: {}", answer.text),
        }
        if id == "execute_batch" {
            assert_eq!(answer.body["accepted"], 1, "{}", answer.text);
        }
        let outside = ["api-keys", "/clock", "/webhooks/", "/credentials", "/test", "/reconcile"];
        let people = [
            "event-endpoints",
            "log",
            "password",
            "/sessions/",
            "second-factor",
            "/users",
            "/api-clients",
        ];
        let mut outside = outside.iter().chain(&people).chain(&["/oauth/"]);
        assert!(preview || outside.any(|part| path.contains(part)), "{id}");
        asked += 1;
    }
    assert!(asked >= 40, "only {asked} commands were sent");
    assert_eq!(api.head(), head);
}

#[test]
fn no_other_method_is_served_on_a_documented_path() {
    let server = Server::on("2026-11-23");
    let api = server.api();
    let known = operations();
    let paths: BTreeSet<&str> = known.iter().map(|it| it.template.as_str()).collect();
    for template in paths {
        let path = known.iter().find(|it| it.template == template).unwrap().path();
        for method in ["GET", "PUT", "POST", "PATCH", "DELETE"] {
            if known.iter().any(|it| it.template == template && it.method == method) {
                continue;
            }
            let body = (method != "GET" && method != "DELETE").then(|| "{}".to_owned());
            api.send(method, &path, &[], body).refused(405, "method_not_allowed");
        }
    }
}
