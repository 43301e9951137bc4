//! Accounting periods and future dates over HTTP, with a sandbox gateway: scenario 48, and the electronic part of 50.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{made, number, text};
use support::scene::Scene;
use support::{Answer, Api, Server};

const PERIODS: &str = "/api/v1/accounting-periods";

fn make(api: &Api, name: &str, first: &str, last: &str) {
    api.post(PERIODS, &json!({"name": name, "first_day": first, "last_day": last})).done();
}

fn set(api: &Api, name: &str, status: &str) -> Answer {
    api.patch(&format!("{PERIODS}/{name}"), &json!({"status": status}))
}

fn refund(api: &Api, account: &str, body: &Value) -> Answer {
    api.post(&format!("/api/v1/accounts/{account}/credit-balance/refund"), body)
}

/// An account with 80.00 and a card, and a refund of all of it.
fn refunded(scene: &Scene, token: &str) -> (String, String) {
    let (account, _) = scene.api.account_with_credit("80");
    scene.api.card_with(&account, token);
    let asked = refund(&scene.api, &account, &json!({"type": "electronic"})).done();
    (account, number(&asked, "refund"))
}

#[test]
fn scenario_48_a_refund_that_is_not_decided_keeps_the_period_open() {
    let scene = Scene::new();
    let api = &scene.api;
    make(api, "March", "2026-03-01", "2026-03-31");
    let (_, refund) = refunded(&scene, "pm_timeout_done");
    let path = format!("/api/v1/refunds/{refund}");
    api.until(&path, "unknown");
    let problem = set(api, "March", "closed").refused(409, "period_has_orders");
    assert_eq!(problem["under_way"], json!([refund]));
    set(api, "March", "pending_close").done();
    assert_eq!(api.show(PERIODS)["accounting_periods"][0]["status"], "pending_close");
    for seconds in [31, 91, 181] {
        scene.sandbox.pass(api, seconds);
    }
    api.until(&path, "processed");
    set(api, "March", "closed").done();
}

#[test]
fn money_that_comes_back_in_a_locked_period_is_entered_late() {
    let scene = Scene::new();
    let api = &scene.api;
    let (account, refund) = refunded(&scene, "pm_late_fail");
    let path = format!("/api/v1/refunds/{refund}");
    api.until(&path, "processed");
    make(api, "March", "2026-03-01", "2026-03-31");
    set(api, "March", "closed").done();
    scene.sandbox.pass(api, 24 * 3_600);
    scene.sandbox.flush();
    let shown = api.until(&path, "failed_late");
    assert_eq!(api.show(&format!("/api/v1/accounts/{account}"))["credit_balance"], "80.00");
    let back = text(&shown["order"]["returned"], "credit_balance_adjustment");
    let increase = api.show(&format!("/api/v1/credit-balance-adjustments/{back}"));
    assert_eq!(increase["date"], "2026-04-01");
    let history = api.show(&format!("/api/v1/accounts/{account}/history"));
    let said = history.to_string();
    assert!(
        said.contains("\"late_entry\"") && said.contains("\"belongs_to\":\"2026-03-03\""),
        "{said}"
    );
    // What came back is there from the first of April on, not before.
    let check = json!({"method_type": "check", "amount": "80"});
    refund_refused_until_april(api, &account, &check);
}

fn refund_refused_until_april(api: &Api, account: &str, body: &Value) {
    refund(api, account, body).refused(409, "period_closed");
    api.set_date("2026-04-01");
    refund(api, account, body).done();
}

#[test]
fn what_belongs_to_a_closed_period_is_entered_late_if_that_is_asked_for() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    make(&api, "March", "2026-03-01", "2026-03-31");
    set(&api, "March", "closed").done();
    let mut body = json!({"method_type": "check", "credit_balance_amount": "5"});
    let path = format!("/api/v1/accounts/{account}/payments");
    api.post(&path, &body).refused(409, "period_closed");
    body["late_entry"] = json!(true);
    let done = api.post(&path, &body).done();
    let note = made(&done, "late_entry");
    assert_eq!(text(&note, "period"), "March");
    assert_eq!(text(&note, "belongs_to"), "2026-03-02");
    assert_eq!(text(&note, "date"), "2026-04-01");
    assert_eq!(made(&done, "payment")["date"], "2026-04-01");
}

#[test]
fn an_electronic_refund_dated_tomorrow_is_sent_tomorrow() {
    let scene = Scene::new();
    let api = &scene.api;
    api.patch("/api/v1/settings", &json!({"future_dates": true})).done();
    let account = api.open_account("USD");
    api.card_with(&account, "pm_ok");
    let body = json!({"items": [{"amount": "-100"}], "invoice_date": "2026-03-03", "post": true});
    let bill = api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done();
    api.transfer(&number(&bill, "invoice"), "100").done();
    let dated = |date: &str| json!({"type": "electronic", "amount": "100", "date": date});
    refund(api, &account, &dated("2026-03-02")).refused(409, "amount_exceeds_credit_balance_on");
    refund(api, &account, &dated("2026-03-04")).refused(422, "date_not_today_or_tomorrow");
    let asked = refund(api, &account, &dated("2026-03-03")).done();
    let number = number(&asked, "refund");
    let path = format!("/api/v1/refunds/{number}");
    let shown = api.show(&path);
    assert_eq!(shown["order"]["state"], "reserved");
    assert_eq!(scene.sandbox.ledger().len(), 0, "it was sent a day early");
    scene.sandbox.pass(api, 60 * 60 * 14);
    let shown = api.until(&path, "processed");
    assert_eq!(text(&shown, "date"), "2026-03-03");
    assert_eq!(scene.sandbox.ledger().len(), 1);
    assert_eq!(api.show(&format!("/api/v1/accounts/{account}"))["credit_balance"], "0.00");
}
