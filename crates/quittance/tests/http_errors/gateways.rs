//! Payment methods, gateways, orders, events, and a report that is too large.

use serde_json::{Value, json};

use crate::Seen;
use crate::support::Api;
use crate::support::books::number;

pub(crate) fn methods(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let path = format!("/api/v1/accounts/{account}/payment-methods");
    let add = |body: Value| api.post(&path, &body);
    let card = json!({"method_type": "credit_card", "token": "4242 4242 4242 4242"});
    let problem = seen.refused(&add(card), 422, "card_number_refused");
    assert_eq!(problem["field"], "token");
    seen.refused(&add(json!({"method_type": "ach"})), 422, "token_missing");
    let cash = json!({"method_type": "cash", "token": "tok_cash"});
    seen.refused(&add(cash), 422, "token_not_allowed");
    let ach = api.payment_method(&account, &json!({"method_type": "ach", "token": "tok_ach"}));
    let one = format!("/api/v1/payment-methods/{ach}");
    let expiry = json!({"expiry": "2030-01"});
    seen.refused(&api.patch(&one, &expiry), 422, "expiry_not_allowed");
    api.post(&format!("{one}/close"), &Value::Null).done();
    seen.refused(&api.patch(&one, &json!({"default": true})), 409, "payment_method_closed");
    let commands: Vec<Value> = (1..100)
        .map(|number| {
            json!({"idempotency_key": format!("method {account} {number}"), "account": account,
                "operation": "add_payment_method", "body": {"method_type": "check"}})
        })
        .collect();
    let answer = api.post("/api/v1/batch", &json!({"commands": commands})).status(200);
    assert_eq!(answer["accepted"], 99);
    let more = add(json!({"method_type": "check"}));
    seen.refused(&more, 409, "too_many_payment_methods");
}

pub(crate) fn gateways(seen: &mut Seen, api: &Api) {
    let name = format!("cards {}", crate::support::api::fresh_key());
    api.gateway(&name);
    let again = json!({"name": name, "kind": "sandbox"});
    seen.refused(&api.post("/api/v1/gateways", &again), 409, "gateway_name_taken");
    let secret = json!({"name": "x", "kind": "sandbox", "credentials": {"key": "secret"}});
    seen.refused(&api.post("/api/v1/gateways", &secret), 503, "gateways_unavailable");
    let other = format!("stripe {}", crate::support::api::fresh_key());
    api.gateway_of("stripe", &other);
    let (account, _) = api.account_with_credit("10");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let refund = |method: &str, gateway: Option<&str>| {
        let body = json!({"type": "electronic", "payment_method_id": method, "gateway": gateway});
        api.post(&path, &body)
    };
    let card = api.card(&account);
    let stranger = api.card(&api.open_account("USD"));
    seen.refused(&refund(&stranger, None), 409, "payment_method_of_another_account");
    let check = api.payment_method(&account, &json!({"method_type": "check"}));
    seen.refused(&refund(&check, None), 409, "payment_method_not_electronic");
    let past = json!({"method_type": "credit_card", "token": "pm_past", "expiry": "2026-02"});
    let past = api.payment_method(&account, &past);
    seen.refused(&refund(&past, None), 409, "payment_method_expired");
    seen.refused(&refund(&card, Some("nobody")), 422, "unknown_gateway");
    let known = json!({"method_type": "credit_card", "token": "pm_known", "gateway": name});
    let known = api.payment_method(&account, &known);
    let elsewhere = refund(&known, Some(&other));
    seen.refused(&elsewhere, 409, "payment_method_unknown_to_gateway");
    let problem = seen.refused(&refund(&card, Some(&other)), 409, "gateway_cannot");
    assert_eq!(problem["would_work"], json!([name]));
    let one = format!("/api/v1/gateways/{}", other.replace(' ', "%20"));
    api.patch(&one, &json!({"active": false})).done();
    seen.refused(&refund(&card, Some(&other)), 409, "gateway_inactive");
    let dated = json!({"type": "electronic", "date": "2026-03-02"});
    seen.refused(&api.post(&path, &dated), 422, "date_not_allowed");
    let mixed = json!({"method_type": "check", "payment_method_id": card});
    seen.refused(&api.post(&path, &mixed), 422, "electronic_fields_not_allowed");
}

pub(crate) fn orders(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let collect = |body: Value| api.post(&format!("/api/v1/accounts/{account}/collect"), &body);
    seen.refused(&collect(json!({})), 400, "due_ambiguous");
    let all = json!({"due_until": "2026-03-02"});
    seen.refused(&collect(all.clone()), 409, "nothing_to_collect");
    let invoice = api.posted(&account, "10");
    let paid = number(&api.pay(&account, &[(&invoice, "2")], None).done(), "payment");
    let on = |payment: &str, what: &str, body: Value| {
        api.post(&format!("/api/v1/payments/{payment}/{what}"), &body)
    };
    seen.refused(&on(&paid, "void", json!({})), 409, "payment_not_electronic");
    seen.refused(&on(&paid, "resolve", json!({"paid": true})), 404, "no_order");
    api.card(&account);
    let charged = number(&collect(all).done(), "payment");
    let charge = format!("/api/v1/accounts/{account}/payments/charge");
    let twice = api.post(&charge, &json!({"applications": [{"invoice": invoice, "amount": "8"}]}));
    seen.refused(&twice, 409, "invoice_being_charged");
    seen.refused(&on(&charged, "void", json!({})), 409, "payment_not_processed");
    seen.refused(&on(&charged, "cancel", json!({})), 409, "electronic_payment_not_cancelable");
    seen.refused(&on(&charged, "dispute", json!({"open": false})), 409, "order_unchanged");
}

/// Eleven thousand postings on one account.
pub(crate) fn events(seen: &mut Seen, api: &Api) {
    seen.refused(&api.get("/api/v1/events/evt_1"), 404, "event_not_found");
    let endpoints = "/api/v1/event-endpoints";
    let unknown = api.get(&format!("{endpoints}/ep_1"));
    seen.refused(&unknown, 404, "event_endpoint_not_found");
    let make = |body: Value| api.post(endpoints, &body);
    let inside = make(json!({"url": "https://10.0.0.1/"}));
    seen.refused(&inside, 422, "event_endpoint_url_refused");
    let outside = "https://93.184.216.34/";
    let odd = make(json!({"url": outside, "types": ["bill.paid"]}));
    assert_eq!(seen.refused(&odd, 422, "event_type_unknown")["event_type"], "bill.paid");
    // This server has no key to seal a secret with.
    seen.refused(&make(json!({"url": outside})), 503, "events_unavailable");
}

pub(crate) fn too_long_a_statement(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "1000");
    let line = json!({"type": "credit", "amount": "0.01"});
    let lines = json!({"lines": vec![line; 1000]});
    for _ in 0..11 {
        api.post(&format!("/api/v1/invoices/{invoice}/adjust"), &lines).done();
    }
    assert_eq!(api.balance(&invoice), "890.00");
    let statement = api.get(&format!("/api/v1/accounts/{account}/statement"));
    seen.refused(&statement, 422, "report_too_large");
}
