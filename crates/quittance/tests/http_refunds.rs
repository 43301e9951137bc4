//! Refunds of a credit balance over HTTP (domain 13, scenarios 24 and 27 to 31, 57).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::Server;
use support::books::{balances, lines, made, number, text};

#[test]
fn scenarios_27_and_28_a_refund_leaves_the_invoice_alone() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, invoice) = api.account_with_credit("100");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"type": "external", "method_type": "check", "amount": "35.50", "currency": "USD",
        "date": "2026-03-02", "reason_code": "Customer Request", "reference": "chq 4711",
        "comment": "by post"});
    let done = api.previewed("POST", &path, &body);
    let refund = made(&done, "refund");
    let expected = json!({"number": "R-00000001", "status": "processed", "type": "external",
        "source_type": "credit_balance", "source": "CBA-00000002", "method_type": "check",
        "date": "2026-03-02", "currency": "USD", "amount": "35.50", "parts": [],
        "reason_code": "Customer Request", "reference": "chq 4711", "comment": "by post"});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&refund[field], value, "{field}");
    }
    let adjusted = made(&done, "credit_balance_adjustment");
    assert_eq!(
        (&adjusted["type"], &adjusted["source_type"], &adjusted["source"], &adjusted["number"]),
        (&json!("decrease"), &json!("refund"), &json!("R-00000001"), &json!("CBA-00000002"))
    );
    assert_eq!(balances(&done), [(account.clone(), "100.00".into(), "64.50".into())]);
    let line = |role: &str, side| (role.to_owned(), side, "35.50".to_owned());
    assert_eq!(lines(&done), [line("customer_cash_on_account", "debit"), line("bank", "credit")]);
    // The default is all that is available.
    let rest = api.preview(&path, &json!({"method_type": "check"})).status(200);
    assert_eq!(made(&rest, "refund")["amount"], "64.50");
    api.refund(&account, "64.51").refused(409, "amount_exceeds_credit_balance");
    api.previewed("POST", &path, &json!({"method_type": "cash"}));
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
    assert_eq!(api.balance(&invoice), "0.00");
    let rows = api.walk("/api/v1/refunds", "refunds", 1);
    assert_eq!(rows.iter().map(|row| text(row, "amount")).collect::<Vec<_>>(), ["64.50", "35.50"]);
    assert_eq!(api.show(&format!("/api/v1/refunds/{}", text(&refund, "id"))), rows[1]);
    assert_eq!(api.show("/api/v1/refunds/R-00000001"), rows[1]);
    assert_eq!(rows[1]["account"], account.as_str());
}

#[test]
fn scenarios_29_to_31_what_is_no_refund() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("64.50");
    let problem = api.refund(&account, "64.51").refused(409, "amount_exceeds_credit_balance");
    assert_eq!(problem["available"], json!({"amount": "64.50", "currency": "USD"}));
    let poor = api.open_account("USD");
    api.refund(&poor, "10").refused(409, "no_credit");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let with = |body: Value| api.post(&path, &body);
    with(json!({"amount": "10"})).refused(422, "method_type_missing");
    let card = json!({"amount": "10", "type": "electronic", "method_type": "credit_card"});
    with(card).refused(422, "method_type_not_allowed");
    let electronic = json!({"amount": "10", "type": "electronic"});
    with(electronic.clone()).refused(409, "payment_method_missing");
    api.card(&account);
    with(electronic).refused(409, "no_gateway");
    for amount in ["0", "0.00", "-0", "-10"] {
        api.refund(&account, amount).refused(422, "amount_not_positive");
    }
    let reason = json!({"method_type": "check", "reason_code": "Write-off"});
    let problem = with(reason).refused(422, "unknown_reason_code");
    assert_eq!(problem["allowed"].as_array().unwrap().len(), 4);
    assert_eq!(api.show("/api/v1/refunds")["refunds"], json!([]));
    assert_eq!(api.figures(&account), ["64.50", "0.00", "-64.50"]);
}

#[test]
fn scenario_24_a_refund_is_final_and_money_that_came_back_is_paid_in() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let done = api.refund(&account, "60").done();
    let adjusted = number(&done, "credit_balance_adjustment");
    let refund = number(&done, "refund");
    let problem = api.cancel_adjustment(&adjusted).refused(409, "adjustment_of_refund");
    assert_eq!(problem["refund"], refund.as_str());
    api.post(&format!("/api/v1/refunds/{refund}/cancel"), &json!({})).refused(409, "refund_final");
    api.pay(&account, &[], Some("60")).done();
    assert_eq!(api.figures(&account), ["100.00", "0.00", "-100.00"]);
}

#[test]
fn credit_is_refunded_on_a_day_on_which_it_was_there() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    api.set_date("2026-03-09");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let dated = |date: &str| {
        api.post(&path, &json!({"method_type": "check", "amount": "60", "date": date}))
    };
    let problem = dated("2026-03-01").refused(409, "amount_exceeds_credit_balance_on");
    assert_eq!(
        (&problem["date"], &problem["available"]["amount"]),
        (&json!("2026-03-01"), &json!("0.00"))
    );
    dated("2026-03-10").refused(422, "date_in_future");
    dated("2026-03-02").done();
    let shown = api.show(&format!("/api/v1/accounts/{account}/balance?as_of=2026-03-02"));
    assert_eq!(shown["credit_balance"], "40.00");
}

#[test]
fn scenario_57_a_repeated_request_has_one_effect() {
    let mut server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": "60.00"});
    let first = api.post_as(&path, "order-1042 refund", &body);
    assert!(!first.replayed());
    let head = api.head();
    // The same command in other words is the same command.
    let id = text(&api.show(&format!("/api/v1/accounts/{account}")), "id");
    let by_id = format!("/api/v1/accounts/{id}/credit-balance/refund");
    let worded = json!({"amount": "60", "type": "external", "method_type": "check"});
    for again in [
        api.post_as(&path, "order-1042 refund", &body),
        api.post_as(&path, "order-1042 refund", &worded),
        api.post_as(&by_id, "order-1042 refund", &body),
        server.api_with_role("clerk").post_as(&path, "order-1042 refund", &body),
    ] {
        assert!(again.replayed());
        assert_eq!(again.done(), first.done());
    }
    assert_eq!(api.head(), head);
    let other = json!({"method_type": "check", "amount": "1"});
    let problem =
        api.post_as(&path, "order-1042 refund", &other).refused(409, "idempotency_key_reused");
    assert_eq!(problem["entry"], first.body["number"]);
    api.post_as(&format!("/api/v1/accounts/{account}/cancel"), "order-1042 refund", &json!({}))
        .refused(409, "idempotency_key_reused");
    // A refusal leaves the key free.
    let much = json!({"method_type": "check", "amount": "41"});
    api.post_as(&path, "free", &much).refused(409, "amount_exceeds_credit_balance");
    assert!(!api.post_as(&path, "free", &other).replayed());
    // Also after the server was killed.
    server.kill9();
    server.start_again();
    let api = server.api();
    let again = api.post_as(&path, "order-1042 refund", &body);
    assert!(again.replayed());
    assert_eq!(again.done(), first.done());
    assert_eq!(api.figures(&account), ["39.00", "0.00", "-39.00"]);
}
