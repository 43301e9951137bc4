//! Custom fields over HTTP: definitions, values, and the trap of advanced fields on credit balance refunds (domain 8.1,
//! scenario 39).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{all_made, made, text};
use support::{Answer, Api, Server, ok};

const FIELDS: &str = "/api/v1/custom-fields";

fn field(object: &str, name: &str, more: &Value) -> Value {
    let mut body = json!({"object": object, "name": name, "label": name, "type": "text", "generation": "legacy"});
    let more = more.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(more);
    body
}

#[track_caller]
fn define(api: &Api, object: &str, name: &str, more: &Value) {
    api.post(FIELDS, &field(object, name, more)).status(201);
}

fn refund(api: &Api, account: &str, fields: &Value) -> Answer {
    let body = json!({"method_type": "check", "amount": "1", "custom_fields": fields});
    api.post(&format!("/api/v1/accounts/{account}/credit-balance/refund"), &body)
}

#[test]
fn scenario_39_a_required_advanced_field_blocks_credit_balance_refunds_while_compatible() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    define(&api, "refund", "Region__c", &json!({"generation": "advanced", "required": true}));
    let value = json!({"Region__c": "north"});
    // Off, as it comes: both kinds of refund just work.
    refund(&api, &account, &json!({})).refused(422, "custom_field_missing");
    refund(&api, &account, &value).status(201);
    let shown = &api.show(FIELDS)["custom_fields"][0];
    assert_eq!(shown["on_credit_balance_refunds"], true);
    // On: the field is not offered, so no credit balance can be refunded, and the refusal says how to mend it.
    let settings = json!({"custom_field_compatibility": true});
    api.patch("/api/v1/settings", &settings).status(201);
    assert_eq!(api.show("/api/v1/settings")["custom_field_compatibility"], true);
    assert_eq!(api.show(FIELDS)["custom_fields"][0]["on_credit_balance_refunds"], false);
    for fields in [json!({}), value.clone()] {
        let code = "advanced_field_blocks_credit_balance_refund";
        let problem = refund(&api, &account, &fields).refused(409, code);
        let detail = text(&problem, "detail");
        for part in ["Region__c", "legacy", "custom_field_compatibility"] {
            assert!(detail.contains(part), "{detail}");
        }
    }
    // A refund of a payment takes the value.
    let invoice = api.posted(&account, "10");
    let paid = json!({"method_type": "check", "applications": [{"invoice": invoice}]});
    let paid = api.post(&format!("/api/v1/accounts/{account}/payments"), &paid).status(201);
    let path = format!("/api/v1/payments/{}/refund", text(&made(&paid, "payment"), "number"));
    let body = json!({"method_type": "check", "amount": "2"});
    api.post(&path, &body).refused(422, "custom_field_missing");
    let body = json!({"method_type": "check", "amount": "2", "custom_fields": value});
    let done = api.post(&path, &body).status(201);
    assert_eq!(made(&done, "labels")["custom_fields"], value);
    // No longer required, it is still not taken; the same field as a legacy one is.
    let optional = json!({"required": false});
    api.patch(&format!("{FIELDS}/refund/Region__c"), &optional).status(201);
    refund(&api, &account, &value).refused(409, "advanced_field_not_accepted");
    define(&api, "refund", "Area__c", &json!({"required": true}));
    refund(&api, &account, &json!({})).refused(422, "custom_field_missing");
    let value = json!({"Area__c": "north"});
    let done = refund(&api, &account, &value).status(201);
    let number = text(&made(&done, "refund"), "number");
    assert_eq!(api.show(&format!("/api/v1/refunds/{number}"))["custom_fields"], value);
    // Later, too, the refund of a credit balance takes no advanced field.
    let path = format!("/api/v1/refunds/{number}/custom-fields");
    let body = json!({"custom_fields": {"Region__c": "west"}});
    api.patch(&path, &body).refused(409, "advanced_field_not_accepted");
    api.patch("/api/v1/settings", &json!({"custom_field_compatibility": false})).status(201);
    api.patch(&path, &body).status(201);
}

#[test]
fn values_are_checked_against_their_definition() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    define(&api, "refund", "Text__c", &json!({"max_length": 3}));
    define(&api, "refund", "Number__c", &json!({"type": "number"}));
    define(&api, "refund", "Flag__c", &json!({"type": "boolean"}));
    define(&api, "refund", "Day__c", &json!({"type": "date"}));
    define(&api, "refund", "Pick__c", &json!({"type": "picklist", "values": ["a", "b"]}));
    define(&api, "refund", "Off__c", &json!({"active": false}));
    for (fields, status, code) in [
        (json!({"Nobody__c": "1"}), 422, "unknown_custom_field"),
        (json!({"text__c": "1"}), 422, "unknown_custom_field"),
        (json!({"Off__c": "1"}), 409, "custom_field_inactive"),
        (json!({"Text__c": true}), 422, "custom_field_wrong_type"),
        (json!({"Number__c": "1e5"}), 422, "custom_field_wrong_type"),
        (json!({"Flag__c": "true"}), 422, "custom_field_wrong_type"),
        (json!({"Day__c": "23.11.2026"}), 422, "custom_field_wrong_type"),
        (json!({"Text__c": "four"}), 422, "custom_field_too_long"),
        (json!({"Pick__c": "A"}), 422, "custom_field_not_in_picklist"),
        (json!({"Number__c": 5}), 400, "body_invalid"),
        (json!({"Text": "1"}), 400, "body_invalid"),
        (json!({"Text__c": "4111 1111 1111 1111"}), 422, "card_number_refused"),
    ] {
        refund(&api, &account, &fields).refused(status, code);
    }
    let good = json!({"Text__c": "☃☃☃", "Number__c": "-12.50", "Flag__c": false,
        "Day__c": "2028-02-29", "Pick__c": "b"});
    let done = refund(&api, &account, &good).status(201);
    let number = text(&made(&done, "refund"), "number");
    let path = format!("/api/v1/refunds/{number}");
    assert_eq!(api.show(&path)["custom_fields"], good);
    assert_eq!(api.show("/api/v1/refunds")["refunds"][0]["custom_fields"], good);
    // Those that are named change, null takes one away, a value that is not known any more stays.
    api.patch(&format!("{FIELDS}/refund/Pick__c"), &json!({"values": ["c"]})).status(201);
    let change = json!({"custom_fields": {"Flag__c": true, "Day__c": null}});
    api.previewed("PATCH", &format!("{path}/custom-fields"), &change);
    let left = json!({"Text__c": "☃☃☃", "Number__c": "-12.50", "Flag__c": true, "Pick__c": "b"});
    assert_eq!(api.show(&path)["custom_fields"], left);
    let nothing = json!({"custom_fields": {}});
    api.patch(&format!("{path}/custom-fields"), &nothing).refused(422, "nothing_given");
    let other = "/api/v1/refunds/R-00000077/custom-fields";
    api.patch(other, &change).refused(404, "not_found");
}

#[test]
fn every_object_takes_values_when_it_is_made_and_later() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    for object in ["account", "invoice", "invoice_item", "payment", "payment_method", "refund"] {
        define(&api, object, "A__c", &json!({"generation": "advanced"}));
    }
    for object in ["credit_balance_adjustment", "invoice_item_adjustment"] {
        let advanced = field(object, "A__c", &json!({"generation": "advanced"}));
        api.post(FIELDS, &advanced).refused(422, "legacy_fields_only");
        define(&api, object, "A__c", &json!({}));
    }
    let with = |mut body: Value| {
        body["custom_fields"] = json!({"A__c": "1"});
        body
    };
    let open = with(json!({"name": "Bob", "currency": "USD"}));
    let account =
        text(&made(&api.post("/api/v1/accounts", &open).status(201), "account"), "number");
    let of = |path: &str| format!("/api/v1/accounts/{account}/{path}");
    let item = with(json!({"amount": "-50", "tax": "-5"}));
    let bill = with(json!({"post": true, "items": [item]}));
    let invoice = api.post(&of("invoices"), &bill).status(201);
    assert_eq!(all_made(&invoice, "labels").len(), 2);
    let invoice = text(&made(&invoice, "invoice"), "number");
    let paid = with(json!({"method_type": "check", "credit_balance_amount": "9"}));
    api.post(&of("payments"), &paid).status(201);
    let card = with(json!({"method_type": "check"}));
    api.post(&of("payment-methods"), &card).status(201);
    refund(&api, &account, &json!({"A__c": "1"})).status(201);
    let moved = with(json!({"amount": "20"}));
    let moved = api.post(&format!("/api/v1/invoices/{invoice}/transfer"), &moved).status(201);
    let moved = text(&made(&moved, "credit_balance_adjustment"), "number");
    let adjusted = with(json!({"settle": true}));
    let adjusted = api.post(&format!("/api/v1/invoices/{invoice}/adjust"), &adjusted).status(201);
    let adjusted = text(&made(&adjusted, "invoice_item_adjustment"), "number");
    let items = &api.show(&format!("/api/v1/invoices/{invoice}"))["items"];
    assert_eq!(items[0]["custom_fields"], json!({"A__c": "1"}));
    assert_eq!(items[1]["custom_fields"], json!({}));
    for path in [
        format!("accounts/{account}"),
        format!("invoices/{invoice}"),
        "payments/P-00000001".to_owned(),
        "payment-methods/PM-00000001".to_owned(),
        "refunds/R-00000001".to_owned(),
        format!("credit-balance-adjustments/{moved}"),
        format!("invoice-item-adjustments/{adjusted}"),
    ] {
        let path = format!("/api/v1/{path}");
        assert_eq!(api.show(&path)["custom_fields"], json!({"A__c": "1"}), "{path}");
        let body = json!({"custom_fields": {"A__c": "2"}});
        api.patch(&format!("{path}/custom-fields"), &body).status(201);
        assert_eq!(api.show(&path)["custom_fields"], json!({"A__c": "2"}), "{path}");
    }
    ok(&["verify", "--database", server.database()]);
}

#[test]
fn definitions_have_limits_and_never_change_their_type() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    for number in 0..50 {
        define(&api, "account", &format!("F{number}__c"), &json!({"filterable": number < 10}));
    }
    let one_more = field("account", "More__c", &json!({}));
    let problem = api.post(FIELDS, &one_more).refused(409, "custom_field_limit");
    assert_eq!((&problem["max"], &problem["what"]), (&json!(50), &json!("legacy")));
    let filterable = json!({"filterable": true, "generation": "advanced"});
    let filterable = field("account", "More__c", &filterable);
    api.post(FIELDS, &filterable).refused(409, "custom_field_limit");
    define(&api, "account", "More__c", &json!({"generation": "advanced"}));
    define(&api, "invoice", "F0__c", &json!({}));
    let again = field("account", "F0__c", &json!({"generation": "advanced"}));
    api.post(FIELDS, &again).refused(409, "custom_field_exists");
    for (more, status, code) in [
        (json!({"max_length": 0}), 422, "custom_field_definition"),
        (json!({"max_length": 501}), 422, "custom_field_definition"),
        (json!({"type": "picklist"}), 422, "custom_field_definition"),
        (json!({"type": "picklist", "values": ["a", "a"]}), 422, "custom_field_definition"),
        (json!({"type": "date", "max_length": 5}), 400, "body_invalid"),
        (json!({"values": ["a"]}), 400, "body_invalid"),
        (json!({"name": "Region"}), 400, "body_invalid"),
        (json!({"type": "colour"}), 400, "body_invalid"),
    ] {
        api.post(FIELDS, &field("refund", "New__c", &more)).refused(status, code);
    }
    let change = |path: &str, body: &Value| api.patch(&format!("{FIELDS}/{path}"), body);
    let values = json!({"values": ["a"]});
    change("account/F0__c", &values).refused(422, "custom_field_definition");
    change("account/f0__c", &json!({"label": "x"})).refused(422, "unknown_custom_field");
    change("account/F0", &json!({"label": "x"})).refused(422, "unknown_custom_field");
    change("customer/F0__c", &json!({"label": "x"})).refused(400, "path_invalid");
    change("account/F0__c", &json!({"type": "date"})).refused(400, "body_invalid");
    change("account/F0__c", &json!({"label": "Zone", "active": false})).status(201);
    let shown = api.show(&format!("{FIELDS}?object=account"));
    let shown = shown["custom_fields"].as_array().unwrap();
    assert_eq!((shown.len(), &shown[0]["label"]), (51, &json!("Zone")));
    assert_eq!(shown[0]["active"], false);
    // Whoever may not manage the settings of payments defines nothing.
    let viewer = server.api_with_role("viewer");
    viewer.post(FIELDS, &one_more).refused(403, "permission_missing");
    assert_eq!(viewer.show(FIELDS)["custom_fields"].as_array().unwrap().len(), 52);
}

#[test]
fn a_required_field_is_asked_of_people_and_not_of_rules() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let object = "credit_balance_adjustment";
    define(&api, object, "Why__c", &json!({"required": true}));
    // The refund makes a Decrease by itself; nobody could say why.
    refund(&api, &account, &json!({})).status(201);
    let invoice = api.posted(&account, "10");
    api.apply(&account, &invoice, "5").refused(422, "custom_field_missing");
    let path = format!("/api/v1/accounts/{account}/credit-balance/apply");
    let body = json!({"amount": "5", "custom_fields": {"Why__c": "agreed"}});
    let key = "the same";
    let first = api.command("POST", &path, Some(key), &body).status(201);
    assert_eq!(made(&first, "labels")["custom_fields"], json!({"Why__c": "agreed"}));
    assert_eq!(api.command("POST", &path, Some(key), &body).status(201), first);
    let other = json!({"amount": "5", "custom_fields": {"Why__c": "promised"}});
    api.command("POST", &path, Some(key), &other).refused(409, "idempotency_key_reused");
    let adjustment = text(&made(&first, object), "number");
    let away = json!({"custom_fields": {"Why__c": null}});
    let path = format!("/api/v1/credit-balance-adjustments/{adjustment}/custom-fields");
    api.patch(&path, &away).refused(422, "custom_field_missing");
}

#[test]
fn lists_are_filtered_by_a_filterable_field() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    define(&api, "refund", "Region__c", &json!({"filterable": true}));
    define(&api, "refund", "Note__c", &json!({}));
    define(&api, "account", "Vip__c", &json!({"filterable": true, "type": "boolean"}));
    let value = |region: &str| json!({"Region__c": region, "Note__c": "seen"});
    let make = |region: &str| {
        let done = refund(&api, &account, &value(region)).status(201);
        text(&made(&done, "refund"), "number")
    };
    let (first, other, second) = (make("EMEA/Süd & co"), make("APAC"), make("EMEA/Süd & co"));
    let list = |query: &str| {
        let page = api.show(&format!("/api/v1/refunds?{query}"));
        let numbers = page["refunds"].as_array().unwrap().iter().map(|it| text(it, "number"));
        (numbers.collect::<Vec<_>>(), page.get("next_cursor").cloned())
    };
    let emea = "custom_field=Region__c:EMEA%2FS%C3%BCd%20%26%20co";
    assert_eq!(list(emea).0, [second.clone(), first.clone()]);
    let (page, cursor) = list(&format!("{emea}&limit=1"));
    assert_eq!(page, std::slice::from_ref(&second));
    let cursor = cursor.unwrap();
    let (page, _) = list(&format!("{emea}&limit=1&cursor={}", cursor.as_str().unwrap()));
    assert_eq!(page, [first]);
    // A value that was changed, or taken away, is not found any more.
    let label = |refund: &str, fields: &Value| {
        let path = format!("/api/v1/refunds/{refund}/custom-fields");
        api.patch(&path, &json!({"custom_fields": fields})).status(201);
    };
    label(&second, &json!({"Region__c": "APAC"}));
    assert_eq!(list("custom_field=Region__c:APAC").0, [second.clone(), other]);
    label(&second, &json!({"Region__c": null}));
    assert_eq!(list(emea).0.len(), 1);
    assert_eq!(list("custom_field=Region__c:Nowhere").0, Vec::<String>::new());
    // Of other documents, and of other types.
    let vip = json!({"custom_fields": {"Vip__c": true}});
    api.patch(&format!("/api/v1/accounts/{account}/custom-fields"), &vip).status(201);
    let accounts = api.show("/api/v1/accounts?custom_field=Vip__c:true");
    assert_eq!(text(&accounts["accounts"][0], "number"), account);
    assert_eq!(api.show("/api/v1/accounts?custom_field=Vip__c:false")["accounts"], json!([]));
    // What is wrong is said.
    let both = api.get("/api/v1/accounts?custom_field=Vip__c:true&external_id=x");
    both.refused(400, "query_invalid");
    let wrong = |query: &str, status: u16, code: &str| {
        api.get(&format!("/api/v1/refunds?{query}")).refused(status, code)
    };
    wrong("custom_field=Region__c", 400, "query_invalid");
    wrong("custom_field=Region__c:", 400, "query_invalid");
    wrong("custom_field=Region__c:%00", 400, "query_invalid");
    wrong("value=EMEA", 400, "query_invalid");
    wrong("custom_field=Region:EMEA", 400, "query_invalid");
    wrong("custom_field=Vip__c:true", 422, "unknown_custom_field");
    wrong("custom_field=Note__c:seen", 422, "custom_field_not_filterable");
    // What was given before the field became filterable is found, too.
    let on = json!({"filterable": true});
    api.patch(&format!("{FIELDS}/refund/Note__c"), &on).status(201);
    assert_eq!(list("custom_field=Note__c:seen").0.len(), 3);
    ok(&["verify", "--database", server.database()]);
}
