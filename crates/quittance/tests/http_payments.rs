//! Payments and their refunds over HTTP (domain 13, scenarios 7, 8, 23, 41 to 45).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{all_made, lines, made, number, text};
use support::{Answer, Api, Server};

fn refund(api: &Api, payment: &str, mut body: Value) -> Answer {
    if body.get("method_type").is_none() {
        body["method_type"] = json!("wire_transfer");
    }
    api.post(&format!("/api/v1/payments/{payment}/refund"), &body)
}

#[test]
fn scenarios_7_8_and_23_overpayment_and_prepayment() {
    let server = Server::on("2026-03-01");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "100");
    api.set_date("2026-03-02");
    let path = format!("/api/v1/accounts/{account}/payments");
    let body = json!({"method_type": "check", "amount": "150", "date": "2026-03-01", "reference": "chq 4711",
        "comment": "thank you", "applications": [{"invoice": invoice, "amount": "100"}]});
    let done = api.previewed("POST", &path, &body);
    let payment = made(&done, "payment");
    let expected = json!({"status": "processed", "method_type": "check", "date": "2026-03-01",
        "currency": "USD", "amount": "150.00", "credit_balance_amount": "50.00",
        "credit_balance_adjustment": "CBA-00000001", "reference": "chq 4711", "comment": "thank you",
        "applications": [{"invoice": invoice, "amount": "100.00"}]});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&payment[field], value, "{field}");
    }
    let adjusted = made(&done, "credit_balance_adjustment");
    assert_eq!(
        (&adjusted["type"], &adjusted["source_type"], &adjusted["source"], &adjusted["date"]),
        (&json!("increase"), &json!("payment"), &payment["number"], &json!("2026-03-01"))
    );
    let line = |role: &str, side, amount: &str| (role.to_owned(), side, amount.to_owned());
    assert_eq!(
        lines(&done),
        [
            line("bank", "debit", "100.00"),
            line("accounts_receivable", "credit", "100.00"),
            line("bank", "debit", "50.00"),
            line("customer_cash_on_account", "credit", "50.00")
        ]
    );
    assert_eq!(api.figures(&account), ["50.00", "0.00", "-50.00"]);
    let shown = api.show(&format!("/api/v1/payments/{}", text(&payment, "id")));
    assert_eq!((&shown["refundable"], &shown["account"]), (&json!("100.00"), &json!(account)));
    assert_eq!(shown["applications"][0]["refunded"], "0.00");
    api.cancel_adjustment("CBA-00000001").refused(409, "adjustment_of_payment");
    // 8: nothing but credit.
    let prepaid = json!({"method_type": "cash", "credit_balance_amount": "7"});
    api.previewed("POST", &path, &prepaid);
    assert_eq!(api.figures(&account), ["57.00", "0.00", "-57.00"]);
    let rows = api.walk("/api/v1/payments", "payments", 1);
    let numbers: Vec<String> = rows.iter().map(|row| text(row, "number")).collect();
    assert_eq!(numbers, ["P-00000002", "P-00000001"]);
    assert_eq!(rows[1], shown);
}

#[test]
fn scenarios_41_and_42_refunding_a_payment_reopens_its_invoice() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "100");
    let payment = number(&api.pay(&account, &[(&invoice, "100")], None).done(), "payment");
    let path = format!("/api/v1/payments/{payment}/refund");
    let body = json!({"type": "external", "method_type": "wire_transfer", "amount": "30", "date": "2026-03-02",
        "reason_code": "Customer Satisfaction", "reference": "w-1", "comment": "late"});
    let done = api.previewed("POST", &path, &body);
    let refunded = made(&done, "refund");
    let expected = json!({"status": "processed", "type": "external", "source_type": "payment",
        "source": payment, "method_type": "wire_transfer", "amount": "30.00",
        "parts": [{"invoice": invoice, "amount": "30.00"}], "reason_code": "Customer Satisfaction",
        "reference": "w-1", "comment": "late"});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&refunded[field], value, "{field}");
    }
    assert_eq!(all_made(&done, "credit_balance_adjustment"), Vec::<Value>::new());
    assert_eq!(api.balance(&invoice), "30.00");
    let shown = api.show(&format!("/api/v1/payments/{payment}"));
    assert_eq!(shown["refundable"], "70.00");
    assert_eq!(shown["applications"][0]["refunded"], "30.00");
    let problem =
        refund(&api, &payment, json!({"amount": "71"})).refused(409, "amount_exceeds_payment");
    assert_eq!(problem["refundable"], json!({"amount": "70.00", "currency": "USD"}));
    // The rest, and 41: write the reopened invoice off.
    refund(&api, &payment, json!({})).done();
    assert_eq!(api.figures(&account), ["0.00", "100.00", "100.00"]);
    let credit =
        json!({"lines": [{"type": "credit", "amount": "100"}], "reason_code": "Write-off"});
    api.post(&format!("/api/v1/invoices/{invoice}/adjust"), &credit).done();
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
    refund(&api, &payment, json!({})).refused(409, "amount_exceeds_payment");
}

#[test]
fn scenario_43_a_payment_of_several_invoices() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let (a, b) = (api.posted(&account, "6"), api.posted(&account, "4"));
    let payment = number(&api.pay(&account, &[(&a, "6"), (&b, "4")], None).done(), "payment");
    let part = |invoice: &str, amount: &str| json!({"invoice": invoice, "amount": amount});
    let problem = refund(&api, &payment, json!({"amount": "4"})).refused(422, "parts_required");
    assert_eq!(problem["invoices"], 2);
    let over = json!({"parts": [part(&b, "5")]});
    let problem = refund(&api, &payment, over).refused(409, "amount_exceeds_application");
    assert_eq!((&problem["invoice"], &problem["asked"]["amount"]), (&json!(b), &json!("5.00")));
    let uneven = json!({"amount": "4", "parts": [part(&a, "2"), part(&b, "1")]});
    refund(&api, &payment, uneven).refused(422, "parts_do_not_add_up");
    refund(&api, &payment, json!({"amount": "4", "parts": [part(&a, "2"), part(&b, "2")]})).done();
    assert_eq!((api.balance(&a), api.balance(&b)), ("2.00".into(), "2.00".into()));
    assert_eq!(api.figures(&account), ["0.00", "4.00", "4.00"]);
    refund(&api, &payment, json!({})).done();
    assert_eq!((api.balance(&a), api.balance(&b)), ("6.00".into(), "4.00".into()));
}

#[test]
fn scenarios_44_and_45_what_a_payment_refund_cannot_draw_on() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "100");
    let paid = api.pay(&account, &[(&invoice, "100")], Some("50")).done();
    let payment = number(&paid, "payment");
    refund(&api, &payment, json!({"amount": "120"})).refused(409, "amount_exceeds_payment");
    let electronic = json!({"type": "electronic", "method_type": "credit_card"});
    refund(&api, &payment, electronic).refused(409, "external_payment_only");
    refund(&api, &payment, json!({"amount": "100"})).done();
    assert_eq!(api.figures(&account), ["50.00", "100.00", "50.00"]);
    api.refund(&account, "50").done();
    assert_eq!(api.figures(&account), ["0.00", "100.00", "100.00"]);
}

#[test]
fn refund_and_adjust_is_one_step_and_can_be_taken_back() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let (a, b) = (api.posted(&account, "60"), api.posted(&account, "30"));
    let payment = number(&api.pay(&account, &[(&a, "60"), (&b, "30")], None).done(), "payment");
    let path = format!("/api/v1/payments/{payment}/refund");
    let done = api.previewed("POST", &path, &json!({"method_type": "check", "adjust": true}));
    let refunded = number(&done, "refund");
    let credits = all_made(&done, "invoice_item_adjustment");
    assert_eq!(credits.len(), 2);
    assert!(credits.iter().all(|one| one["cause"] == refunded.as_str() && one["type"] == "credit"));
    assert_eq!((api.balance(&a), api.balance(&b)), ("0.00".into(), "0.00".into()));
    let cancel = format!("/api/v1/refunds/{refunded}/cancel");
    api.post(&cancel, &json!({})).refused(409, "refunded_invoice_settled");
    for credit in &credits {
        let path = format!("/api/v1/invoice-item-adjustments/{}/cancel", text(credit, "number"));
        api.post(&path, &json!({})).done();
    }
    assert_eq!((api.balance(&a), api.balance(&b)), ("60.00".into(), "30.00".into()));
    let canceled = api.previewed("POST", &cancel, &json!({"comment": "it bounced"}));
    assert_eq!(made(&canceled, "cancellation")["canceled_type"], "refund");
    assert_eq!((api.balance(&a), api.balance(&b)), ("0.00".into(), "0.00".into()));
    assert_eq!(api.show(&format!("/api/v1/refunds/{refunded}"))["status"], "canceled");
    assert_eq!(api.show(&format!("/api/v1/payments/{payment}"))["refundable"], "90.00");
}

#[test]
fn a_payment_is_canceled_while_its_credit_is_there() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "100");
    let paid = api.pay(&account, &[(&invoice, "100")], Some("50")).done();
    let payment = number(&paid, "payment");
    let path = format!("/api/v1/payments/{payment}/cancel");
    let other = api.posted(&account, "20");
    let used = number(&api.apply(&account, &other, "20").done(), "credit_balance_adjustment");
    let problem = api.post(&path, &json!({})).refused(409, "credit_already_used");
    assert_eq!(problem["cancellable"], json!({"amount": "30.00", "currency": "USD"}));
    api.cancel_adjustment(&used).done();
    let back = number(&refund(&api, &payment, json!({"amount": "1"})).done(), "refund");
    let problem = api.post(&path, &json!({})).refused(409, "payment_refunded");
    assert_eq!(problem["refunded"], json!({"amount": "1.00", "currency": "USD"}));
    api.post(&format!("/api/v1/refunds/{back}/cancel"), &json!({})).done();
    api.set_date("2026-03-09");
    let done = api.previewed("POST", &path, &json!({"comment": "bounced"}));
    assert_eq!(made(&done, "cancellation")["date"], "2026-03-02");
    assert_eq!(api.figures(&account), ["0.00", "120.00", "120.00"]);
    let shown = api.show(&format!("/api/v1/payments/{payment}"));
    assert_eq!((&shown["status"], &shown["refundable"]), (&json!("canceled"), &json!("0.00")));
    api.post(&path, &json!({})).refused(409, "already_canceled");
    refund(&api, &payment, json!({})).refused(409, "already_canceled");
    // As of its own date: no day shows it any more.
    let shown = api.show(&format!("/api/v1/accounts/{account}/balance?as_of=2026-03-02"));
    assert_eq!(shown["credit_balance"], "0.00");
}

#[test]
fn parts_of_a_payment_must_fit() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "10");
    let path = format!("/api/v1/accounts/{account}/payments");
    let part = |amount: &str| json!({"invoice": invoice, "amount": amount});
    let pay = |body: Value| {
        let mut body = body;
        body["method_type"] = json!("ach");
        api.post(&path, &body)
    };
    pay(json!({"applications": [part("10.01")]})).refused(409, "amount_exceeds_invoice_balance");
    pay(json!({"applications": [part("1"), part("2")]})).refused(422, "invoice_named_twice");
    pay(json!({"applications": [part("5")], "amount": "4"})).refused(422, "parts_do_not_add_up");
    let three = json!({"applications": [part("5")], "credit_balance_amount": "1", "amount": "7"});
    pay(three).refused(422, "parts_do_not_add_up");
    pay(json!({})).refused(422, "payment_goes_nowhere");
    pay(json!({"amount": "0"})).refused(422, "amount_not_positive");
    pay(json!({"amount": "1", "date": "9999-12-31"})).refused(422, "date_in_future");
    let early = json!({"applications": [part("1")], "date": "2000-01-01"});
    pay(early).refused(422, "date_too_early");
    let draft = api.invoice(&account, "5", false);
    pay(json!({"applications": [{"invoice": draft}]})).refused(409, "invoice_status");
    assert_eq!(api.show("/api/v1/payments")["payments"], json!([]));
    pay(json!({"applications": [{"invoice": invoice}]})).done();
    pay(json!({"applications": [{"invoice": invoice}]})).refused(409, "invoice_not_positive");
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
}
