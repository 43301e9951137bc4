//! Invoices and their adjustments over HTTP (domain 3.2 to 3.4, 10; domain 13, scenarios 19 and 55).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{all_made, lines, made, number, text};
use support::{Api, Server};

const NOTHING: Value = Value::Null;

fn items(api: &Api, invoice: &str) -> Vec<Value> {
    let shown = api.show(&format!("/api/v1/invoices/{invoice}"));
    shown["items"].as_array().unwrap().clone()
}

#[test]
fn an_invoice_is_drafted_posted_unposted_and_canceled() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let body = json!({"external_id": "536365", "invoice_date": "2026-02-27", "due_date": "2026-03-27",
        "currency": "USD", "items": [
            {"amount": "-100.00", "tax": "-10.00", "sku": "SKU-7", "description": "Returned goods",
             "quantity": "1", "unit_price": "100.00"},
            {"amount": "20"}]});
    let path = format!("/api/v1/accounts/{account}/invoices");
    let drafted = api.previewed("POST", &path, &body);
    assert_eq!(lines(&drafted), []);
    let invoice = number(&drafted, "invoice");
    let one = format!("/api/v1/invoices/{invoice}");
    let shown = api.show(&one);
    let expected = json!({"external_id": "536365", "account": account, "status": "draft",
        "invoice_date": "2026-02-27", "due_date": "2026-03-27", "currency": "USD",
        "amount": "-90.00", "balance": "-90.00", "adjustment_amount": "0.00",
        "payment_amount": "0.00", "pending_payment_amount": "0.00", "refund_amount": "0.00",
        "credit_balance_adjustment_amount": "0.00"});
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[field], value, "{field}");
    }
    assert_eq!(
        shown["items"][0],
        json!({"number": "II-00000001", "type": "charge", "amount": "-100.00", "balance": "-100.00",
            "accounting_code": "Revenue", "tax_on": null, "sku": "SKU-7",
            "description": "Returned goods", "quantity": "1", "unit_price": "100.00",
            "custom_fields": {}, "metadata": {}})
    );
    assert_eq!(
        (&shown["items"][1]["type"], &shown["items"][1]["tax_on"]),
        (&json!("tax"), &json!("II-00000001"))
    );
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
    let post = format!("{one}/post");
    let posted = api.previewed("POST", &post, &NOTHING);
    assert_eq!(made(&posted, "invoice_status")["status"], "posted");
    let line = |role: &str, side, amount: &str| (role.to_owned(), side, amount.to_owned());
    assert_eq!(
        lines(&posted),
        [
            line("revenue", "debit", "80.00"),
            line("accounts_receivable", "credit", "80.00"),
            line("tax", "debit", "10.00"),
            line("accounts_receivable", "credit", "10.00")
        ]
    );
    assert_eq!(api.figures(&account), ["0.00", "-90.00", "-90.00"]);
    api.post(&post, &NOTHING).refused(409, "invoice_status");
    api.post(&format!("{one}/cancel"), &NOTHING).refused(409, "invoice_status");
    let mirror = api.previewed("POST", &format!("{one}/unpost"), &NOTHING);
    assert_eq!(lines(&mirror).len(), 4);
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
    api.post(&post, &NOTHING).done();
    api.post(&format!("{one}/unpost"), &NOTHING).done();
    api.previewed("POST", &format!("{one}/cancel"), &NOTHING);
    let shown = api.show(&one);
    assert_eq!((&shown["status"], &shown["balance"]), (&json!("canceled"), &json!("0.00")));
    api.post(&post, &NOTHING).refused(409, "invoice_status");
    api.post(&format!("{one}/unpost"), &NOTHING).refused(409, "invoice_status");
}

#[test]
fn only_the_latest_invoice_with_nothing_on_it_is_unposted() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let (first, last) = (api.posted(&account, "10"), api.posted(&account, "20"));
    let unpost = |invoice: &str| api.post(&format!("/api/v1/invoices/{invoice}/unpost"), &NOTHING);
    let problem = unpost(&first).refused(409, "invoice_not_latest");
    assert_eq!(problem["latest"], last.as_str());
    let paid = number(&api.pay(&account, &[(&last, "5")], None).done(), "payment");
    let problem = unpost(&last).refused(409, "invoice_has_documents");
    assert_eq!(problem["attached"], 1);
    api.post(&format!("/api/v1/payments/{paid}/cancel"), &json!({})).done();
    unpost(&last).done();
    unpost(&first).done();
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
}

#[test]
fn a_zero_invoice_is_posted_and_moves_nothing() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let body = json!({"items": [{"amount": "7"}, {"amount": "-7"}], "post": true});
    let posted = api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done();
    assert_eq!(posted["journal"], json!([]));
    let invoice = number(&posted, "invoice");
    let shown = api.show(&format!("/api/v1/invoices/{invoice}"));
    assert_eq!((&shown["status"], &shown["balance"]), (&json!("posted"), &json!("0.00")));
    api.transfer(&invoice, "1").refused(409, "invoice_not_negative");
    api.pay(&account, &[(&invoice, "1")], None).refused(409, "invoice_not_positive");
    assert_eq!(
        api.show(&format!("/api/v1/accounts/{account}/open-invoices"))["invoices"],
        json!([])
    );
}

#[test]
fn items_are_adjusted_toward_zero_and_judged_on_the_net() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let body = json!({"items": [{"amount": "60", "tax": "6"}, {"amount": "-16"}], "post": true});
    let invoice =
        number(&api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done(), "invoice");
    let path = format!("/api/v1/invoices/{invoice}/adjust");
    let line = |item: &str, kind: &str, amount: &str| json!({"item": item, "type": kind, "amount": amount});
    api.post(&path, &json!({"lines": [{"type": "credit", "amount": "1"}]}))
        .refused(422, "item_ambiguous");
    let over = json!({"lines": [line("II-00000001", "credit", "60.01")]});
    api.post(&path, &over).refused(409, "item_not_toward_zero");
    let up = json!({"lines": [line("II-00000001", "charge", "1")]});
    api.post(&path, &up).refused(409, "item_not_toward_zero");
    // Each item goes toward zero, the invoice as a whole would go away from it.
    let away = json!({"lines": [line("II-00000003", "charge", "5")]});
    api.post(&path, &away).refused(409, "not_toward_zero");
    let net = json!({"lines": [line("II-00000003", "charge", "16"), line("II-00000001", "credit", "60"),
        line("II-00000002", "credit", "0.50")], "date": "2026-03-02", "reason_code": "Incorrect Charge",
        "comment": "never delivered", "reference": "ticket 7"});
    let done = api.previewed("POST", &path, &net);
    let made = all_made(&done, "invoice_item_adjustment");
    assert_eq!(made.len(), 3);
    assert!(made.iter().all(|one| one["reason_code"] == "Incorrect Charge"
        && one["comment"] == "never delivered"
        && one["reference"] == "ticket 7"));
    let balances: Vec<String> =
        items(&api, &invoice).iter().map(|item| text(item, "balance")).collect();
    assert_eq!(balances, ["0.00", "5.50", "0.00"]);
    let shown = api.show(&format!("/api/v1/invoices/{invoice}"));
    assert_eq!(
        (&shown["balance"], &shown["adjustment_amount"]),
        (&json!("5.50"), &json!("-44.50"))
    );
    // Listed, found, canceled.
    let rows = api.walk("/api/v1/invoice-item-adjustments", "invoice_item_adjustments", 2);
    let numbers: Vec<String> = rows.iter().map(|row| text(row, "number")).collect();
    assert_eq!(numbers, ["IIA-00000003", "IIA-00000002", "IIA-00000001"]);
    let one = format!("/api/v1/invoice-item-adjustments/{}", text(&rows[1], "id"));
    assert_eq!(api.show(&one), rows[1]);
    assert_eq!((&rows[1]["item"], &rows[1]["type"]), (&json!("II-00000001"), &json!("credit")));
    let undo = json!({"comment": "delivered after all", "reason_code": "Other"});
    api.previewed("POST", &format!("{one}/cancel"), &undo);
    assert_eq!(api.show(&one)["status"], "canceled");
    assert_eq!(api.balance(&invoice), "65.50");
    api.post(&format!("{one}/cancel"), &json!({})).refused(409, "already_canceled");
    let wrong = json!({"reason_code": "Nonsense"});
    let last = "/api/v1/invoice-item-adjustments/IIA-00000003/cancel";
    let problem = api.post(last, &wrong).refused(422, "unknown_reason_code");
    assert_eq!(problem["allowed"][0], "Standard Adjustment");
}

#[test]
fn an_invoice_balance_is_known_for_any_day_and_explained() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "100");
    api.set_date("2026-03-04");
    api.pay(&account, &[(&invoice, "60")], Some("5")).done();
    api.apply(&account, &invoice, "5").done();
    api.set_date("2026-03-06");
    let credit = json!({"lines": [{"type": "credit", "amount": "30"}]});
    api.post(&format!("/api/v1/invoices/{invoice}/adjust"), &credit).done();
    let at = |query: &str| {
        let shown = api.show(&format!("/api/v1/invoices/{invoice}/balance{query}"));
        assert_eq!(shown["invoice"], invoice.as_str());
        text(&shown, "balance")
    };
    let days = ["2026-03-01", "2026-03-03", "2026-03-05", "2026-03-06"];
    let found = days.map(|day| at(&format!("?as_of={day}")));
    assert_eq!(found, ["0.00", "100.00", "35.00", "5.00"]);
    assert_eq!(at(""), "5.00");
    let explained = api.show(&format!("/api/v1/invoices/{invoice}/explain"));
    let changes: Vec<(String, String)> = explained["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (text(line, "document_type"), text(line, "change")))
        .collect();
    let expected = [
        ("invoice", "100.00"),
        ("payment", "-60.00"),
        ("credit_balance_adjustment", "-5.00"),
        ("invoice_item_adjustment", "-30.00"),
    ];
    assert_eq!(changes, expected.map(|(kind, change)| (kind.to_owned(), change.to_owned())));
    assert_eq!(
        (&explained["balance"], &explained["lines"][3]["running"]),
        (&json!("5.00"), &json!("5.00"))
    );
    let part = api.show(&format!("/api/v1/invoices/{invoice}/explain?as_of=2026-03-05&limit=1"));
    assert_eq!((&part["balance"], &part["carried_forward"]), (&json!("35.00"), &json!("40.00")));
    let draft = api.invoice(&account, "9", false);
    let shown = api.show(&format!("/api/v1/invoices/{draft}/balance"));
    assert_eq!(shown["balance"], "0.00");
}

#[test]
fn scenario_55_tax_is_part_of_a_transfer() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let body = json!({"items": [{"amount": "-100", "tax": "-10"}], "post": true});
    let invoice =
        number(&api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done(), "invoice");
    api.transfer(&invoice, "100").done();
    assert_eq!(api.figures(&account), ["100.00", "-10.00", "-110.00"]);
    api.post(&format!("/api/v1/invoices/{invoice}/transfer"), &json!({})).done();
    assert_eq!(api.figures(&account), ["110.00", "0.00", "-110.00"]);
}

#[test]
fn settings_and_accounts_move_credit_when_an_invoice_is_posted() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let both = json!({"automatic_transfer": true, "automatic_application": true});
    api.previewed("PATCH", "/api/v1/settings", &both);
    let account = api.open_account("USD");
    let path = format!("/api/v1/accounts/{account}/invoices");
    let negative = json!({"items": [{"amount": "-100"}], "post": true});
    let done = api.previewed("POST", &path, &negative);
    let adjusted = made(&done, "credit_balance_adjustment");
    assert_eq!(adjusted["cause"], number(&done, "invoice").as_str());
    assert_eq!(api.figures(&account), ["100.00", "0.00", "-100.00"]);
    let positive = json!({"items": [{"amount": "70"}], "post": true});
    api.previewed("POST", &path, &positive);
    assert_eq!(api.figures(&account), ["30.00", "0.00", "-30.00"]);
    api.patch(&format!("/api/v1/accounts/{account}"), &json!({"automatic_application": "off"}))
        .done();
    api.posted(&account, "70");
    assert_eq!(api.figures(&account), ["30.00", "70.00", "40.00"]);
}

#[test]
fn invoices_are_listed_and_found_by_number_id_and_external_id() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    for no in 1..=5 {
        let body = json!({"items": [{"amount": "1"}], "external_id": format!("X{no}"), "post": no % 2 == 0});
        api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done();
    }
    for limit in [1, 2, 4] {
        let rows = api.walk("/api/v1/invoices", "invoices", limit);
        let numbers: Vec<String> = rows.iter().map(|row| text(row, "number")).collect();
        let expected: Vec<String> = (1..=5).rev().map(|no| format!("INV{no:08}")).collect();
        assert_eq!(numbers, expected);
    }
    let found = api.show("/api/v1/invoices?external_id=X3")["invoices"][0].clone();
    assert_eq!(found["number"], "INV00000003");
    assert_eq!(api.show(&format!("/api/v1/invoices/{}", text(&found, "id"))), found);
    let listed = &api.show("/api/v1/invoices")["invoices"][2];
    assert_eq!(listed["number"], "INV00000003");
    assert_eq!(listed.get("external_id"), None, "a list does not say that there is none");
    let taken = json!({"items": [{"amount": "1"}], "external_id": "X3"});
    let path = format!("/api/v1/accounts/{account}/invoices");
    let problem = api.post(&path, &taken).refused(409, "external_id_taken");
    assert_eq!(problem["document"], "INV00000003");
}
