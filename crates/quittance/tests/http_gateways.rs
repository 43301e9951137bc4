//! Gateways and payment methods over HTTP (domain 7, scenarios 36, 37 and 40).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::Server;
use support::books::{made, number, text};
use support::store::is_stored;

#[test]
fn a_gateway_is_configured_shown_and_changed() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let body = json!({"name": "cards / 1", "kind": "sandbox", "url": "http://127.0.0.1:9",
        "reference_prefix": "Q-", "per_second": 20});
    let done = api.previewed("POST", "/api/v1/gateways", &body);
    let shown = &made(&done, "settings")["gateways"][0];
    let expected = json!({"name": "cards / 1", "kind": "sandbox", "active": true, "default": true,
        "unreferenced_credits": false, "url": "http://127.0.0.1:9", "reference_prefix": "Q-",
        "concurrency": 64, "per_second": 20});
    assert_eq!(shown, &expected);
    let path = "/api/v1/gateways/cards%20%2F%201";
    let view = api.show(path);
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&view[field], value, "{field}");
    }
    assert_eq!(view["credentials_stored_at"], Value::Null);
    assert_eq!(api.show("/api/v1/gateways")["gateways"], json!([view]));
    api.previewed("PATCH", path, &json!({"active": false, "unreferenced_credits": true}));
    let view = api.show(path);
    assert_eq!((&view["active"], &view["unreferenced_credits"]), (&json!(false), &json!(true)));
    // The first one is the default until another takes its place.
    api.post("/api/v1/gateways", &json!({"name": "b", "kind": "stripe", "default": true})).done();
    let gateways = api.show("/api/v1/gateways")["gateways"].clone();
    assert_eq!((&gateways[0]["default"], &gateways[1]["default"]), (&json!(false), &json!(true)));
    let problem = api.post("/api/v1/gateways", &json!({"name": "b", "kind": "stripe"}));
    problem.refused(409, "gateway_name_taken");
    api.get("/api/v1/gateways/nobody").refused(404, "not_found");
    api.patch("/api/v1/gateways/nobody", &json!({"active": true})).refused(404, "not_found");
    // Everyone may look, only an administrator may change.
    let clerk = server.api_with_role("clerk");
    clerk.show(path);
    clerk.patch(path, &json!({"active": true})).refused(403, "permission_missing");
    clerk
        .post("/api/v1/gateways", &json!({"name": "c", "kind": "stripe"}))
        .refused(403, "permission_missing");
    let credentials = format!("{path}/credentials");
    clerk.put(&credentials, &json!({"key": "x"})).refused(403, "permission_missing");
}

#[test]
fn without_a_key_nothing_secret_is_taken() {
    let server = Server::fresh();
    let api = server.api();
    api.gateway("cards");
    let path = "/api/v1/gateways/cards";
    let secret = "sk_a_secret_that_stays_nowhere";
    let body = json!({"secret_key": secret});
    let answer = api.put(&format!("{path}/credentials"), &body);
    answer.refused(503, "gateways_unavailable");
    assert!(!answer.text.contains(secret));
    let added = json!({"name": "more", "kind": "sandbox", "credentials": {"secret_key": secret}});
    api.post("/api/v1/gateways", &added).refused(503, "gateways_unavailable");
    api.get("/api/v1/gateways/more").refused(404, "not_found");
    for wrong in [json!({}), json!({"key": ""}), json!({"key": 7})] {
        api.put(&format!("{path}/credentials"), &wrong).refused(400, "body_invalid");
    }
    let card = json!({"key": "5555 5555 5555 4444"});
    api.put(&format!("{path}/credentials"), &card).refused(422, "card_number_refused");
    api.post(&format!("{path}/test"), &Value::Null).refused(503, "gateways_unavailable");
    let window = json!({"from": "2026-03-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"});
    let reconcile = format!("{path}/reconcile");
    api.post(&reconcile, &window).refused(503, "gateways_unavailable");
    let backwards = json!({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"});
    api.post(&reconcile, &backwards).refused(400, "body_invalid");
    let csv = [("content-type", "text/csv")];
    api.send("POST", &format!("{reconcile}?apply=true"), &csv, Some("id,amount\n".to_owned()))
        .refused(400, "settlement_file_invalid");
    let xml = [("content-type", "application/xml")];
    api.send("POST", &reconcile, &xml, Some("<a/>".to_owned()))
        .refused(415, "content_type_not_json");
    assert!(!is_stored(server.directory(), secret));
}

#[test]
fn a_notice_needs_no_key_and_changes_nothing_unproved() {
    let server = Server::fresh();
    server.api().gateway("cards");
    let anonymous = server.anonymous();
    let send = |path: &str, body: String| {
        anonymous.send("POST", path, &[("x-signature", "no")], Some(body))
    };
    let head = server.api().head();
    let refused = send("/webhooks/cards", "{\"event\": 1}".to_owned());
    assert!([401, 422, 503].contains(&refused.status), "{}", refused.text);
    send("/webhooks/nobody", String::new()).refused(404, "not_found");
    send("/webhooks/cards", "x".repeat(256 * 1024 + 1)).refused(413, "body_too_large");
    assert_eq!(server.api().head(), head);
}

#[test]
fn what_a_gateway_can_do_is_a_table() {
    let server = Server::fresh();
    let api = server.api();
    let plain = json!({"name": "plain", "kind": "sandbox", "url": "http://127.0.0.1:9"});
    api.post("/api/v1/gateways", &plain).done();
    api.gateway("payouts");
    api.gateway_of("authorize_net", "us");
    let table = api.show("/api/v1/gateways/plain/capabilities?currencies=USD,JPY,USD");
    let row = |table: &Value, method: &str| {
        let rows = table["capabilities"].as_array().unwrap().iter();
        rows.filter(|row| row["method_type"] == method).cloned().collect::<Vec<Value>>()
    };
    let cards = row(&table, "credit_card");
    assert_eq!(cards.len(), 1);
    assert_eq!(cards[0]["currencies"], json!(["USD", "JPY"]));
    assert_eq!(
        (&cards[0]["payment"], &cards[0]["non_referenced_refund"]),
        (&json!(true), &json!(false))
    );
    let missing = &cards[0]["missing"][0];
    assert_eq!(missing["ability"], "non_referenced_refund");
    assert_eq!(missing["would_work"], json!(["payouts"]));
    let paypal = &row(&table, "paypal")[0]["missing"][0];
    assert_eq!(
        (&paypal["would_work"], &paypal["instead"]),
        (&json!([]), &json!("record it as external"))
    );
    // Where currencies differ there are several rows.
    let table = api.show("/api/v1/gateways/us/capabilities?currencies=USD,JPY");
    let cards = row(&table, "credit_card");
    let currencies: Vec<&Value> = cards.iter().map(|row| &row["currencies"]).collect();
    assert_eq!(currencies, [&json!(["USD"]), &json!(["JPY"])]);
    assert_eq!(cards[0]["idempotency_key_hours"], Value::Null);
    api.show("/api/v1/gateways/plain/capabilities");
    let wrong = api.get("/api/v1/gateways/plain/capabilities?currencies=dollars");
    wrong.refused(400, "query_invalid");
}

#[test]
fn methods_are_added_shown_shortened_changed_and_closed() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let account = api.open_account("USD");
    let path = format!("/api/v1/accounts/{account}/payment-methods");
    let token = "pm_1Q2w3e4r5t6z7u8i9o0p";
    let body = json!({"method_type": "credit_card", "token": token, "customer": "cus_0123456789",
        "gateway": "cards", "brand": "Visa", "last_four": "4242", "expiry": "2026-03"});
    let done = api.previewed("POST", &path, &body);
    let method = made(&done, "payment_method");
    let expected = json!({"number": "PM-00000001", "method_type": "credit_card", "status": "active",
        "token": "pm_1…9o0p", "customer": "cus…789", "gateway": "cards", "brand": "Visa",
        "last_four": "4242", "expiry": "2026-03"});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&method[field], value, "{field}");
    }
    assert_eq!(made(&done, "account_change")["default_payment_method"], "PM-00000001");
    let one = format!("/api/v1/payment-methods/{}", text(&method, "id"));
    let view = api.show(&one);
    assert_eq!((&view["account"], &view["default"]), (&json!(account), &json!(true)));
    let second = api.card(&account);
    let listed = api.show(&path)["payment_methods"].clone();
    assert_eq!(listed[0], view);
    assert_eq!((&listed[1]["number"], &listed[1]["default"]), (&json!(second), &json!(false)));
    api.previewed("PATCH", &format!("/api/v1/payment-methods/{second}"), &json!({"default": true}));
    let shown = api.show(&format!("/api/v1/accounts/{account}"));
    assert_eq!(shown["default_payment_method"], second.as_str());
    // A month later the card has expired; renewed under the same token, it has not.
    api.set_date("2026-04-01");
    assert_eq!(api.show(&one)["status"], "expired");
    api.patch(&one, &json!({"expiry": "2031-05"})).done();
    assert_eq!(
        (&api.show(&one)["status"], &api.show(&one)["expiry"]),
        (&json!("active"), &json!("2031-05"))
    );
    api.patch(&one, &json!({})).refused(422, "nothing_given");
    api.patch(&one, &json!({"expiry": "05/31"})).refused(400, "body_invalid");
    api.post(&format!("{one}/close"), &Value::Null).done();
    assert_eq!(api.show(&one)["status"], "closed");
    api.patch(&one, &json!({"expiry": "2032-05"})).refused(409, "payment_method_closed");
    // The token is in no answer.
    for shown in ["/api/v1/journal", &path, &one, &format!("/api/v1/accounts/{account}/history")] {
        let answer = api.get(shown);
        assert!(!answer.text.contains(token) && !answer.text.contains("cus_0123"), "{shown}");
    }
}

#[test]
fn scenario_40_a_card_number_is_refused_wherever_it_is_written() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("10");
    let methods = format!("/api/v1/accounts/{account}/payment-methods");
    let number = "4242 4242 4242 4242";
    let method = |field: &str| {
        let mut body = json!({"method_type": "credit_card", "token": "pm_ok"});
        body[field] = json!(number);
        (methods.clone(), body)
    };
    let refund = |field: &str| {
        let mut body = json!({"method_type": "check"});
        body[field] = json!(format!("card {number}"));
        (format!("/api/v1/accounts/{account}/credit-balance/refund"), body)
    };
    let payment = |field: &str| {
        let mut body = json!({"method_type": "check", "credit_balance_amount": "1"});
        body[field] = json!(number.replace(' ', "-"));
        (format!("/api/v1/accounts/{account}/payments"), body)
    };
    let named = ("/api/v1/accounts".to_owned(), json!({"name": number, "currency": "USD"}));
    let head = api.head();
    for (path, body) in [
        method("token"),
        method("customer"),
        method("brand"),
        refund("comment"),
        refund("reference"),
        payment("comment"),
        payment("reference"),
        named,
    ] {
        let answer = api.post(&path, &body);
        answer.refused(422, "card_number_refused");
        assert!(!answer.text.contains("4242"), "{path}: {}", answer.text);
    }
    assert_eq!(api.head(), head);
    assert!(!is_stored(server.directory(), number));
}

#[test]
fn an_account_has_a_gateway_of_its_own() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    api.gateway("other");
    let (account, _) = api.account_with_credit("10");
    api.card(&account);
    let path = format!("/api/v1/accounts/{account}");
    assert_eq!(api.show(&path)["gateway"], Value::Null);
    let done = api.previewed("PATCH", &path, &json!({"gateway": "other"}));
    assert_eq!(made(&done, "account_change")["gateway"], "other");
    assert_eq!(api.show(&path)["gateway"], "other");
    api.patch(&path, &json!({"gateway": "nobody"})).refused(422, "unknown_gateway");
    let refund = format!("{path}/credit-balance/refund");
    let gateway = |body: Value| {
        let preview = api.preview(&refund, &body).status(200);
        text(&made(&preview, "order"), "gateway")
    };
    assert_eq!(gateway(json!({"type": "electronic"})), "other");
    assert_eq!(gateway(json!({"type": "electronic", "gateway": "cards"})), "cards");
    // The gateway that knows the token comes before the account's.
    let known = json!({"method_type": "credit_card", "token": "pm_known", "gateway": "cards"});
    let known = api.payment_method(&account, &known);
    assert_eq!(gateway(json!({"type": "electronic", "payment_method_id": known})), "cards");
    let preview = api.preview(&refund, &json!({"type": "electronic"})).status(200);
    assert_eq!(number(&preview, "refund"), "R-00000001");
}

#[test]
fn settings_say_what_happens_when_money_comes_back() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let path = "/api/v1/settings";
    let shown = api.show(path);
    assert_eq!(
        (
            &shown["refuse_expired_cards"],
            &shown["refund_rejected"],
            &shown["refund_credit_of_rejected_payment"]
        ),
        (&json!(true), &json!("reverse"), &json!(true))
    );
    let body = json!({"refuse_expired_cards": false, "refund_rejected": "mark_only",
        "refund_credit_of_rejected_payment": false});
    api.previewed("PATCH", path, &body);
    let shown = api.show(path);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&shown[field], value, "{field}");
    }
    api.patch(path, &json!({"refund_rejected": "sometimes"})).refused(400, "body_invalid");
}
