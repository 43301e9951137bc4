//! Electronic refunds and payments over HTTP, as far as no gateway has to answer (domain 4 to 7,
//! scenarios 14 to 16 and 35 to 37).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::Server;
use support::books::{all_made, balances, lines, made, number, text};

/// States in which nothing moved yet: somebody may be at it, but nobody answers.
const UNDER_WAY: [&str; 3] = ["reserved", "sending", "unknown"];

#[track_caller]
fn under_way(document: &Value) {
    assert_eq!(document["status"], "processing", "{document}");
    assert!(UNDER_WAY.contains(&document["state"].as_str().unwrap()), "{document}");
}

#[test]
fn a_refund_is_held_from_the_decision_on() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let (account, _) = api.account_with_credit("100");
    let card = api.card(&account);
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"type": "electronic", "amount": "60", "payment_method_id": card,
        "reason_code": "Customer Request", "comment": "closed"});
    let done = api.previewed("POST", &path, &body);
    let refund = made(&done, "refund");
    let expected = json!({"number": "R-00000001", "type": "electronic", "status": "processing",
        "state": "reserved", "held": "60.00", "source_type": "credit_balance", "source": null,
        "payment_method": card, "method_type": "credit_card", "amount": "60.00",
        "date": "2026-03-02", "reason_code": "Customer Request"});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&refund[field], value, "{field}");
    }
    let order = made(&done, "order");
    assert_eq!(
        (&order["gateway"], &order["asks_for"], &order["payment_method"]),
        (&json!("cards"), &json!("non_referenced_refund"), &json!(card))
    );
    // Nothing moved, so nothing is posted; but nobody else can have it.
    assert!(lines(&done).is_empty() && balances(&done).is_empty());
    assert_eq!(api.credit(&account), ["100.00", "60.00", "40.00"]);
    let problem = api.refund(&account, "40.01").refused(409, "amount_exceeds_credit_balance");
    assert_eq!(problem["available"]["amount"], "40.00");
    let invoice = api.posted(&account, "50");
    api.apply(&account, &invoice, "41").refused(409, "amount_exceeds_credit_balance");
    let shown = api.show("/api/v1/refunds/R-00000001");
    under_way(&shown);
    assert_eq!((&shown["held"], &shown["account"]), (&json!("60.00"), &json!(account)));
    let order = &shown["order"];
    assert_eq!(
        (&order["gateway"], &order["payment_method"], &order["attempt"], &order["settlement"]),
        (&json!("cards"), &json!(card), &json!(1), &json!("not_submitted"))
    );
    assert_eq!(order["needs_a_person"], false);
    assert_eq!(api.show("/api/v1/refunds")["refunds"][0]["type"], "electronic");
    let life = api.show("/api/v1/refunds/R-00000001/attempts");
    let first = &life["attempts"][0];
    assert_eq!((&first["what"], &first["state"]), (&json!("placed"), &json!("reserved")));
    assert_eq!(text(first, "key"), format!("{}-1", text(&shown, "id")));
    assert_eq!(api.show("/api/v1/orders/queue"), json!({"orders": [], "more": false}));
    api.post("/api/v1/refunds/R-00000001/cancel", &json!({})).refused(409, "refund_final");
}

#[test]
fn a_repeated_refund_has_one_effect() {
    let mut server = Server::fresh();
    let api = server.api();
    api.gateway("cards");
    let (account, _) = api.account_with_credit("100");
    api.card(&account);
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"type": "electronic", "amount": "60"});
    let first = api.post_as(&path, "order-1042 refund", &body);
    let again = api.post_as(&path, "order-1042 refund", &body);
    assert!(!first.replayed() && again.replayed());
    assert_eq!(again.done(), first.done());
    let other = json!({"type": "electronic", "amount": "40"});
    api.post_as(&path, "order-1042 refund", &other).refused(409, "idempotency_key_reused");
    server.kill9();
    server.start_again();
    let api = server.api();
    assert!(api.post_as(&path, "order-1042 refund", &body).replayed());
    assert_eq!(api.credit(&account), ["100.00", "60.00", "40.00"]);
}

#[test]
fn scenarios_36_and_37_refusals_come_in_their_order() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("10");
    let stranger = api.card(&api.open_account("USD"));
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    // Everything is wrong with it; one mistake after the other is mended.
    let mut body = json!({"type": "electronic", "method_type": "check", "currency": "EUR",
        "reason_code": "Because", "date": "2026-03-03", "amount": "10.01",
        "payment_method_id": stranger, "gateway": "us"});
    let mut mended = |field: &str, value: Value, status: u16, code: &str| {
        body[field] = value;
        api.post(&path, &body).refused(status, code)
    };
    mended("currency", json!("GBP"), 422, "currency_mismatch");
    mended("currency", Value::Null, 422, "method_type_not_allowed");
    mended("method_type", Value::Null, 422, "unknown_reason_code");
    mended("reason_code", Value::Null, 422, "date_not_allowed");
    mended("date", Value::Null, 409, "amount_exceeds_credit_balance");
    mended("amount", json!("10"), 409, "payment_method_of_another_account");
    let check = api.payment_method(&account, &json!({"method_type": "check"}));
    mended("payment_method_id", json!(check), 409, "payment_method_not_electronic");
    let past = json!({"method_type": "credit_card", "token": "pm_past", "expiry": "2026-02"});
    let past = api.payment_method(&account, &past);
    mended("payment_method_id", json!(past), 409, "payment_method_expired");
    let bank = json!({"method_type": "ach", "token": "tok_ach"});
    let bank = api.payment_method(&account, &bank);
    mended("payment_method_id", json!(bank), 422, "unknown_gateway");
    api.gateway("cards");
    api.gateway_of("authorize_net", "us");
    let problem = mended("payment_method_id", json!(bank), 409, "gateway_cannot");
    assert_eq!(
        (&problem["ability"], &problem["method_type"], &problem["would_work"]),
        (&json!("non_referenced_refund"), &json!("ach"), &json!(["cards"]))
    );
    let done = {
        body["gateway"] = Value::Null;
        api.post(&path, &body).done()
    };
    assert_eq!(made(&done, "order")["gateway"], "cards");
    api.post(&format!("/api/v1/accounts/{account}/cancel"), &Value::Null).done();
    api.post(&path, &body).refused(409, "account_canceled");
}

/// A preview of what a gateway or a person is asked for looks ahead: what is held, and what is posted when it has moved.
#[test]
fn a_preview_looks_ahead_to_when_the_money_moves() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let (account, _) = api.account_with_credit("100");
    let card = api.card(&account);
    let refund = format!("/api/v1/accounts/{account}/credit-balance/refund?dry_run=true");
    let electronic = json!({"type": "electronic", "amount": "60", "payment_method_id": card});
    let row = |balance: &str, of: &str, before: &str, after: &str| json!({"balance": balance, "document": of, "before": before, "after": after});
    let told = |answer: &Value| {
        let lines = answer["journal"].as_array().unwrap().iter();
        let side = |line: &Value| {
            let (debit, credit) = (line["debit"].as_str(), line["credit"].as_str());
            format!("{} {debit:?} {credit:?}", text(line, "accounting_code"))
        };
        lines.map(side).collect::<Vec<_>>()
    };
    let ahead = api.post(&refund, &electronic).status(200)["when_money_moves"].clone();
    let held =
        [row("held", &account, "0.00", "60.00"), row("available", &account, "100.00", "40.00")];
    assert_eq!(ahead["held"], json!(held));
    assert_eq!(ahead["balances"], json!([row("credit_balance", &account, "100.00", "40.00")]));
    let posted = told(&ahead);
    assert_eq!(posted.len(), 2, "{posted:?}");
    assert!(posted[0].starts_with("Customer Cash On Account Some(\"60.00\")"), "{posted:?}");
    // A refund that posts at once has nothing ahead.
    let cheque = json!({"method_type": "check", "amount": "60"});
    let at_once = api.post(&refund, &cheque).status(200);
    assert_eq!(at_once["when_money_moves"], Value::Null);
    assert_eq!(told(&at_once), posted);
    // One that waits for approval is held, and posts the same later.
    let policy = json!({"name": "All", "when": {"external": true}, "levels": [{"roles": ["Administrator"]}]});
    api.post("/api/v1/approval-policies", &policy).done();
    let waits = api.post(&refund, &cheque).status(200)["when_money_moves"].clone();
    assert_eq!((&waits["held"], told(&waits)), (&json!(held), posted));
    assert_eq!(api.credit(&account), ["100.00", "0.00", "100.00"], "nothing was written");
    // A refund of a payment reopens its invoices.
    let (one, other) = (api.posted(&account, "70"), api.posted(&account, "30"));
    let charge = format!("/api/v1/accounts/{account}/payments");
    let parts = json!([{"invoice": one, "amount": "70"}, {"invoice": other, "amount": "30"}]);
    let paid = json!({"amount": "100", "method_type": "cash", "applications": parts});
    let payment = number(&api.post(&charge, &paid).done(), "payment");
    let refund = format!("/api/v1/payments/{payment}/refund?dry_run=true");
    let parts = json!([{"invoice": one, "amount": "60"}, {"invoice": other, "amount": "20"}]);
    let cash = json!({"method_type": "cash", "amount": "80", "parts": parts});
    let ahead = api.post(&refund, &cash).status(200)["when_money_moves"].clone();
    let balances = ahead["balances"].as_array().unwrap();
    assert_eq!(balances.len(), 2, "{ahead}");
    assert!(balances.iter().all(|it| it["balance"] == "invoice_balance"), "{ahead}");
    assert_eq!((&ahead["held"], told(&ahead).len()), (&json!([]), 4));
}

/// What each method says of a refund of credit is what such a refund is told.
#[test]
fn a_payment_method_says_whether_credit_can_be_refunded_to_it() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("10");
    let method = |body: Value| api.payment_method(&account, &body);
    let card = api.card(&account);
    let path = format!("/api/v1/accounts/{account}/payment-methods");
    let check = || -> Vec<Option<String>> {
        let refund = format!("/api/v1/accounts/{account}/credit-balance/refund?dry_run=true");
        let listed = api.show(&path)["payment_methods"].as_array().unwrap().clone();
        let codes = listed.iter().map(|listed| {
            let said = &listed["refund_credit"];
            let number = text(listed, "number");
            assert_eq!(&api.show(&format!("/api/v1/payment-methods/{number}")), listed);
            let body = json!({"type": "electronic", "payment_method_id": number});
            let answer = api.post(&refund, &body);
            if said["allowed"] == true {
                assert_eq!(said, &json!({"allowed": true, "code": null, "reason": null}));
                answer.status(200);
                return None;
            }
            let code = text(said, "code");
            let problem = answer.refused(409, &code);
            assert_eq!((&said["allowed"], &said["reason"]), (&json!(false), &problem["detail"]));
            Some(code)
        });
        codes.collect()
    };
    assert_eq!(check(), [Some("no_gateway".to_owned())]);
    api.gateway("cards");
    api.gateway_of("authorize_net", "us");
    api.gateway_of("stripe", "back");
    method(json!({"method_type": "check"}));
    method(json!({"method_type": "credit_card", "token": "pm_past", "expiry": "2026-02"}));
    method(json!({"method_type": "ach", "token": "tok_ach", "gateway": "us"}));
    method(json!({"method_type": "credit_card", "token": "pm_back", "gateway": "back"}));
    method(json!({"method_type": "paypal", "token": "tok_paypal"}));
    let closed = api.card(&account);
    api.post(&format!("/api/v1/payment-methods/{closed}/close"), &Value::Null).done();
    let refused = |code: &str| Some(code.to_owned());
    let expected = [
        None,
        refused("payment_method_not_electronic"),
        refused("payment_method_expired"),
        refused("gateway_cannot"),
        refused("gateway_cannot"),
        refused("gateway_cannot"),
        refused("payment_method_closed"),
    ];
    assert_eq!(check(), expected);
    let change = json!({"active": false});
    api.command("PATCH", "/api/v1/gateways/cards", Some("off"), &change).done();
    assert_eq!(check()[0], refused("gateway_inactive"));
    let change = json!({"active": true, "unreferenced_credits": false});
    api.command("PATCH", "/api/v1/gateways/cards", Some("on"), &change).done();
    assert_eq!(check()[0], refused("gateway_cannot"), "{card}");
}

#[test]
fn without_the_setting_the_gateway_judges_an_expired_card() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let (account, _) = api.account_with_credit("10");
    let past = json!({"method_type": "credit_card", "token": "pm_past", "expiry": "2026-02"});
    api.payment_method(&account, &past);
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"type": "electronic"});
    api.post(&path, &body).refused(409, "payment_method_expired");
    api.patch("/api/v1/settings", &json!({"refuse_expired_cards": false})).done();
    api.post(&path, &body).done();
}

#[test]
fn a_charge_is_pending_on_its_invoices() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let account = api.open_account("USD");
    let card = api.card(&account);
    let invoice = api.posted(&account, "100");
    let path = format!("/api/v1/accounts/{account}/payments/charge");
    let body = json!({"payment_method_id": card, "credit_balance_amount": "5",
        "applications": [{"invoice": invoice, "amount": "60"}], "reference": "run 7"});
    let done = api.previewed("POST", &path, &body);
    let payment = made(&done, "payment");
    let expected = json!({"number": "P-00000001", "type": "electronic", "status": "processing",
        "state": "reserved", "amount": "65.00", "credit_balance_amount": "5.00",
        "credit_balance_adjustment": null, "payment_method": card, "reference": "run 7"});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&payment[field], value, "{field}");
    }
    assert!(lines(&done).is_empty());
    let shown = api.show(&format!("/api/v1/invoices/{invoice}"));
    assert_eq!(
        (&shown["balance"], &shown["pending_payment_amount"]),
        (&json!("100.00"), &json!("60.00"))
    );
    assert_eq!(api.credit(&account), ["0.00", "0.00", "0.00"]);
    let more = json!({"applications": [{"invoice": invoice, "amount": "40.01"}]});
    let problem = api.post(&path, &more).refused(409, "invoice_being_charged");
    assert_eq!(problem["pending"]["amount"], "60.00");
    let shown = api.show("/api/v1/payments/P-00000001");
    under_way(&shown);
    assert_eq!((&shown["refundable"], &shown["held"]), (&json!("0.00"), &json!("0.00")));
    let refund = json!({"type": "electronic"});
    let refused = api.post("/api/v1/payments/P-00000001/refund", &refund);
    refused.refused(409, "payment_not_processed");
    for (what, body, code) in [
        ("void", json!({}), "payment_not_processed"),
        ("cancel", json!({}), "electronic_payment_not_cancelable"),
        ("dispute", json!({"open": false}), "order_unchanged"),
    ] {
        api.post(&format!("/api/v1/payments/P-00000001/{what}"), &body).refused(409, code);
    }
    // A dispute may come at any time, and stays until it is closed.
    let dispute = "/api/v1/payments/P-00000001/dispute";
    let noted = api.post(dispute, &json!({"open": true})).done();
    assert_eq!(made(&noted, "order_step")["detail"], "opened");
    assert_eq!(api.show("/api/v1/payments/P-00000001")["order"]["disputed"], true);
    let life = api.show("/api/v1/payments/P-00000001/attempts");
    let what: Vec<&Value> =
        life["attempts"].as_array().unwrap().iter().map(|step| &step["what"]).collect();
    assert!(what.first() == Some(&&json!("placed")) && what.contains(&&json!("disputed")));
}

#[test]
fn scenarios_14_to_16_collecting_uses_the_credit_first() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let (account, _) = api.account_with_credit("40");
    let invoice = api.posted(&account, "100");
    let path = format!("/api/v1/accounts/{account}/collect");
    let body = json!({"invoice": invoice});
    // Nothing is applied if the rest cannot be charged.
    api.post(&path, &body).refused(409, "payment_method_missing");
    assert_eq!(api.credit(&account)[0], "40.00");
    api.card(&account);
    let done = api.previewed("POST", &path, &body);
    assert_eq!(made(&done, "credit_balance_adjustment")["amount"], "40.00");
    assert_eq!(made(&done, "payment")["amount"], "60.00");
    assert_eq!(api.balance(&invoice), "60.00");
    let both = json!({"invoice": invoice, "due_until": "2026-03-02"});
    api.post(&path, &both).refused(400, "due_ambiguous");
    let due = json!({"due_until": "2026-03-02"});
    api.post(&path, &due).refused(409, "nothing_to_collect");
    // Enough credit: nothing is charged. Not wanted: all of it is.
    let (rich, _) = api.account_with_credit("50");
    let small = api.posted(&rich, "30");
    let path = format!("/api/v1/accounts/{rich}/collect");
    let done = api.post(&path, &json!({"invoice": small})).done();
    assert!(all_made(&done, "payment").is_empty());
    assert_eq!(
        (api.balance(&small), api.credit(&rich)[0].clone()),
        ("0.00".into(), "20.00".into())
    );
    let large = api.posted(&rich, "25");
    api.card(&rich);
    let done = api.post(&path, &json!({"invoice": large, "use_credit": false})).done();
    assert_eq!(made(&done, "payment")["amount"], "25.00");
    assert_eq!(api.credit(&rich)[0], "20.00");
}

#[test]
fn a_payment_run_does_each_account_once() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let mut accounts = Vec::new();
    for (currency, amount, card) in
        [("USD", "10", true), ("USD", "20", false), ("EUR", "30", true), ("USD", "40", true)]
    {
        let account = api.open_account(currency);
        if card {
            api.card(&account);
        }
        api.posted(&account, amount);
        accounts.push(account);
    }
    let later = json!({"items": [{"amount": "5"}], "due_date": "2026-03-03", "post": true});
    let patient = api.open_account("USD");
    api.post(&format!("/api/v1/accounts/{patient}/invoices"), &later).done();
    let path = "/api/v1/payment-runs";
    let body = json!({"target_date": "2026-03-02"});
    let head = api.head();
    let preview = api.preview(path, &body).status(200);
    assert_eq!((&preview["dry_run"], &preview["collected"]), (&json!(true), &json!(3)));
    assert_eq!(api.head(), head);
    api.command("POST", path, None, &body).refused(400, "idempotency_key_missing");
    // Two by two, and the first call twice, as if its answer had been lost.
    let page = json!({"target_date": "2026-03-02", "limit": 2});
    let first = api.post_as(path, "run of march", &page).status(200);
    let again = api.post_as(path, "run of march", &page).status(200);
    let lines = first["results"].as_array().unwrap();
    let line = |index: usize, field: &str| lines[index][field].clone();
    assert_eq!((line(0, "account"), line(0, "charged")), (json!(accounts[0]), json!("10.00")));
    assert_eq!(
        (line(1, "result"), line(1, "code")),
        (json!("refused"), json!("payment_method_missing"))
    );
    assert_eq!(
        (&again["results"][0]["payment"], &again["results"][0]["replayed"]),
        (&line(0, "payment"), &json!(true))
    );
    let mut rest = page.clone();
    rest["cursor"] = first["next_cursor"].clone();
    let second = api.post_as(path, "run of march", &rest).status(200);
    let totals = json!([
        {"currency": "EUR", "accounts": 1, "credit_applied": "0.00", "charged": "30.00"},
        {"currency": "USD", "accounts": 1, "credit_applied": "0.00", "charged": "40.00"}
    ]);
    assert_eq!(second["totals"], totals);
    assert_eq!(api.show("/api/v1/payments")["payments"].as_array().unwrap().len(), 3);
    // Another run finds nothing that is not being charged already.
    let third = api.post_as(path, "another run", &body).status(200);
    assert_eq!(third["collected"], 0);
    let other = json!({"target_date": "2026-03-01", "limit": 1});
    api.post_as(path, "run of march", &other).status(200);
    api.post(path, &json!({"target_date": "2026-03-02", "limit": 1001}))
        .refused(400, "limit_invalid");
    api.post(path, &json!({})).refused(400, "body_invalid");
    let viewer = server.api_with_role("viewer");
    viewer.post(path, &body).refused(403, "permission_missing");
}

#[test]
fn scenario_35_the_ways_to_give_an_external_payment_back() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "100");
    let card = api.card(&account);
    let payment = number(&api.pay(&account, &[(&invoice, "100")], None).done(), "payment");
    let path = format!("/api/v1/payments/{payment}/refund-routes");
    let head = api.head();
    let shown = api.show(&path);
    assert_eq!(api.head(), head, "asking wrote something");
    assert_eq!(shown["recommended"], "external");
    let routes = shown["routes"].as_array().unwrap();
    let kinds: Vec<&Value> = routes.iter().map(|route| &route["route"]).collect();
    assert_eq!(kinds, [&json!("referenced"), &json!("push"), &json!("external")]);
    for route in &routes[..2] {
        assert_eq!(
            (&route["possible"], &route["code"]),
            (&json!(false), &json!("external_payment_only"))
        );
    }
    assert_eq!(routes[1]["payment_method"], card.as_str());
    // What is offered can be sent as it is.
    let request = &routes[2]["request"];
    assert_eq!((&request["method"], &routes[2]["amount"]), (&json!("POST"), &json!("100.00")));
    api.post(&text(request, "path"), &request["body"]).done();
    assert_eq!(api.balance(&invoice), "0.00");
    let shown = api.show(&path);
    assert_eq!(shown["recommended"], Value::Null);
    assert_eq!(shown["routes"][2]["code"], "amount_exceeds_payment");
}

/// Where a policy makes the refund wait, it cannot adjust in the same step; then outside is the way without.
#[test]
fn outside_is_offered_without_adjustment_where_it_has_to_be_approved() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "100");
    let payment = number(&api.pay(&account, &[(&invoice, "100")], None).done(), "payment");
    let policy = json!({"name": "All", "when": {"external": true}, "levels": [{"roles": ["Administrator"]}]});
    api.post("/api/v1/approval-policies", &policy).done();
    let path = format!("/api/v1/payments/{payment}/refund-routes");
    let shown = api.show(&path);
    assert_eq!(shown["recommended"], "external");
    let routes = shown["routes"].as_array().unwrap();
    let outside: Vec<&Value> = routes.iter().filter(|it| it["route"] == "external").collect();
    assert_eq!(outside.len(), 1, "one way outside: {shown}");
    assert_eq!((&outside[0]["possible"], &outside[0]["amount"]), (&json!(true), &json!("100.00")));
    let request = &outside[0]["request"];
    assert_eq!(request["body"]["adjust"], false);
    let asked = api.post(&text(request, "path"), &request["body"]).done();
    let refund = number(&asked, "refund");
    assert_eq!(api.document(&refund)["order"]["state"], "awaiting_approval");
    let shown = api.show(&path);
    assert_eq!(shown["recommended"], Value::Null, "all of it is asked for: {shown}");
}

#[test]
fn an_external_document_has_no_order() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("10");
    let refund = number(&api.refund(&account, "5").done(), "refund");
    let path = format!("/api/v1/refunds/{refund}");
    assert!(api.show(&path).get("order").is_none());
    api.get(&format!("{path}/attempts")).refused(404, "no_order");
    let resolve = json!({"paid": true, "gateway_id": "re_1", "comment": "seen"});
    api.post(&format!("{path}/resolve"), &resolve).refused(404, "no_order");
    api.post(&format!("{path}/refresh"), &Value::Null).refused(404, "no_order");
    api.get("/api/v1/orders/queue?limit=0").refused(400, "limit_invalid");
}

#[test]
fn many_electronic_refunds_in_one_call() {
    let server = Server::fresh();
    let api = server.api();
    api.gateway("cards");
    let (account, _) = api.account_with_credit("10");
    let command = |key: &str, operation: &str, body: Value| json!({"idempotency_key": key, "operation": operation, "account": account, "body": body});
    let card = json!({"method_type": "credit_card", "token": "pm_ok"});
    let refund = json!({"type": "electronic", "amount": "6"});
    let commands = json!({"commands": [
        command("one", "add_payment_method", card),
        command("two", "refund_credit_balance", refund.clone()),
        command("three", "refund_credit_balance", refund),
        command("four", "charge_payment", json!({"amount": "3"})),
    ]});
    let answer = api.post("/api/v1/batch", &commands).status(200);
    let result = |index: usize| answer["results"][index].clone();
    assert_eq!(result(1)["status"], "processing");
    assert_eq!(result(2)["code"], "amount_exceeds_credit_balance");
    assert_eq!(
        (&result(3)["status"], &result(3)["documents"]),
        (&json!("processing"), &json!(["P-00000001"]))
    );
    assert_eq!(api.credit(&account), ["10.00", "6.00", "4.00"]);
}
