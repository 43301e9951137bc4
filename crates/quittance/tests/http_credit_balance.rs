//! The credit balance over HTTP: transfer, apply, cancel, counter-adjust (domain 13, scenarios 1 to
//! 6, 11 to 13, 17 to 22, 25, 26, 52, 53).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{all_made, balances, lines, made, number, text};
use support::{Answer, Api, Server};

fn adjustment(answer: &Answer) -> String {
    number(&answer.done(), "credit_balance_adjustment")
}

fn change(document: &str, before: &str, after: &str) -> (String, String, String) {
    (document.to_owned(), before.to_owned(), after.to_owned())
}

#[test]
fn scenarios_1_to_3_transfer() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "-100");
    assert_eq!(api.figures(&account), ["0.00", "-100.00", "-100.00"]);
    let path = format!("/api/v1/invoices/{invoice}/transfer");
    let part =
        json!({"amount": "30", "currency": "USD", "comment": "half of it", "reference": "r-1"});
    let done = api.previewed("POST", &path, &part);
    let adjusted = made(&done, "credit_balance_adjustment");
    assert_eq!(
        (&adjusted["type"], &adjusted["source_type"], &adjusted["source"], &adjusted["status"]),
        (&json!("increase"), &json!("invoice"), &json!(invoice), &json!("processed"))
    );
    assert_eq!(adjusted["reason_code"], "Standard Adjustment");
    assert_eq!(
        (&adjusted["comment"], &adjusted["reference"]),
        (&json!("half of it"), &json!("r-1"))
    );
    assert_eq!(
        balances(&done),
        [change(&account, "0.00", "30.00"), change(&invoice, "-100.00", "-70.00")]
    );
    let line = |role: &str, side, amount: &str| (role.to_owned(), side, amount.to_owned());
    assert_eq!(
        lines(&done),
        [
            line("accounts_receivable", "debit", "30.00"),
            line("customer_cash_on_account", "credit", "30.00")
        ]
    );
    assert_eq!(api.figures(&account), ["30.00", "-70.00", "-100.00"]);
    let problem = api.transfer(&invoice, "70.01").refused(409, "amount_exceeds_invoice_balance");
    assert_eq!(problem["asked"], json!({"amount": "70.01", "currency": "USD"}));
    assert_eq!(api.figures(&account), ["30.00", "-70.00", "-100.00"]);
    // Left out: the whole rest.
    api.previewed("POST", &path, &json!({}));
    assert_eq!(api.figures(&account), ["100.00", "0.00", "-100.00"]);
    assert_eq!(api.balance(&invoice), "0.00");
    api.transfer(&invoice, "0.01").refused(409, "invoice_not_negative");
}

#[test]
fn scenarios_4_to_6_what_cannot_be_transferred() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let positive = api.posted(&account, "50");
    api.transfer(&positive, "10").refused(409, "invoice_not_negative");
    let negative = api.posted(&account, "-100");
    api.transfer(&negative, "0").refused(422, "amount_not_positive");
    api.transfer(&negative, "-100").refused(422, "amount_not_positive");
    let draft = api.invoice(&account, "-100", false);
    let problem = api.transfer(&draft, "100").refused(409, "invoice_status");
    assert_eq!(
        (&problem["current_status"], &problem["needed"]),
        (&json!("draft"), &json!("posted"))
    );
    assert_eq!(api.figures(&account), ["0.00", "-50.00", "-50.00"]);
    api.post(&format!("/api/v1/invoices/{draft}/post"), &json!({})).done();
    api.transfer(&draft, "100").done();
    assert_eq!(api.figures(&account), ["100.00", "-50.00", "-150.00"]);
}

#[test]
fn scenarios_11_to_13_and_17_apply() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, first) = api.account_with_credit("100");
    let third = api.posted(&account, "40");
    let problem = api.apply(&account, &third, "41").refused(409, "amount_exceeds_invoice_balance");
    assert_eq!(problem["balance"], json!({"amount": "40.00", "currency": "USD"}));
    let path = format!("/api/v1/accounts/{account}/credit-balance/apply");
    let chosen = json!({"invoices": [{"invoice": third, "amount": "40"}], "comment": "as agreed"});
    let done = api.previewed("POST", &path, &chosen);
    let adjusted = made(&done, "credit_balance_adjustment");
    assert_eq!((&adjusted["type"], &adjusted["source"]), (&json!("decrease"), &json!(third)));
    assert_eq!(api.figures(&account), ["60.00", "0.00", "-60.00"]);
    assert_eq!((api.balance(&first), api.balance(&third)), ("0.00".into(), "0.00".into()));
    let fourth = api.posted(&account, "80");
    let problem = api.apply(&account, &fourth, "61").refused(409, "amount_exceeds_credit_balance");
    assert_eq!(problem["available"], json!({"amount": "60.00", "currency": "USD"}));
    assert_eq!(problem["account"], account.as_str());
    api.apply(&account, &fourth, "60").done();
    assert_eq!(api.figures(&account), ["0.00", "20.00", "20.00"]);
    api.apply(&account, &fourth, "1").refused(409, "no_credit");
}

#[test]
fn credit_goes_to_several_invoices_chosen_or_oldest_due_first() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let bill = |dated: &str, due: &str| {
        let body = json!({"items": [{"amount": "10"}], "invoice_date": dated, "due_date": due, "post": true});
        number(&api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done(), "invoice")
    };
    let late = bill("2026-02-01", "2026-03-31");
    let soon = bill("2026-02-02", "2026-03-10");
    let sooner = bill("2026-02-01", "2026-03-10");
    let ahead = bill("2026-03-09", "2026-03-09");
    api.pay(&account, &[], Some("100")).done();
    let open = api.show(&format!("/api/v1/accounts/{account}/open-invoices"));
    let order: Vec<String> =
        open["invoices"].as_array().unwrap().iter().map(|row| text(row, "number")).collect();
    assert_eq!(order, [&ahead, &sooner, &soon, &late].map(String::clone));
    let path = format!("/api/v1/accounts/{account}/credit-balance/apply");
    let done = api.previewed("POST", &path, &json!({"amount": "15"}));
    let amounts = |effect: &Value| -> Vec<(String, String)> {
        let made = all_made(effect, "credit_balance_adjustment");
        made.iter().map(|one| (text(one, "source"), text(one, "amount"))).collect()
    };
    let part = |invoice: &str, amount: &str| (invoice.to_owned(), amount.to_owned());
    assert_eq!(amounts(&done), [part(&sooner, "10.00"), part(&soon, "5.00")]);
    let chosen = json!({"invoices": [{"invoice": late, "amount": "2.50"}, {"invoice": soon}]});
    let done = api.previewed("POST", &path, &chosen);
    assert_eq!(amounts(&done), [part(&late, "2.50"), part(&soon, "5.00")]);
    let done = api.previewed("POST", &path, &json!({}));
    assert_eq!(amounts(&done), [part(&late, "7.50")]);
    api.post(&path, &json!({})).refused(409, "no_open_invoice");
    api.apply(&account, &ahead, "1").refused(409, "invoice_dated_in_future");
    api.set_date("2026-03-09");
    api.apply(&account, &ahead, "1").done();
    assert_eq!(api.figures(&account), ["69.00", "9.00", "-60.00"]);
}

#[test]
fn scenarios_18_19_and_25_cancel_an_unused_transfer_and_settle_it() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "-100");
    let increase = adjustment(&api.transfer(&invoice, "100"));
    let shown = |path: &str| api.show(&format!("/api/v1/credit-balance-adjustments/{path}"));
    assert_eq!(shown(&increase)["cancel"]["allowed"], true);
    let path = format!("/api/v1/credit-balance-adjustments/{increase}/cancel");
    let done = api.previewed("POST", &path, &json!({"comment": "entered twice"}));
    let canceled = made(&done, "cancellation");
    assert_eq!(canceled["number"], increase.as_str());
    assert_eq!(canceled["canceled_type"], "credit_balance_adjustment");
    assert_eq!(
        (&canceled["reason_code"], &canceled["comment"]),
        (&json!("Cancellation"), &json!("entered twice"))
    );
    assert_eq!(api.figures(&account), ["0.00", "-100.00", "-100.00"]);
    let found = shown(&increase);
    assert_eq!((&found["status"], &found["account"]), (&json!("canceled"), &json!(account)));
    assert_eq!(found["cancel"]["allowed"], false);
    assert_eq!(found["cancel"]["code"], "already_canceled");
    assert_eq!(api.show("/api/v1/refunds")["refunds"], json!([]));
    api.cancel_adjustment(&increase).refused(409, "already_canceled");
    // What is offered next can be sent as it is, and brings the invoice to zero.
    let next = &done["next_step"];
    assert_eq!(next["method"], "POST");
    let too_much = json!({"lines": [{"type": "charge", "amount": "100.01"}]});
    api.post(&text(next, "path"), &too_much).refused(409, "item_not_toward_zero");
    api.previewed("POST", &text(next, "path"), &next["body"]);
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
    assert_eq!(api.balance(&invoice), "0.00");
    // Both steps in one call.
    let other = api.posted(&account, "-8.25");
    let increase = adjustment(&api.transfer(&other, "8.25"));
    let path = format!("/api/v1/credit-balance-adjustments/{increase}/cancel");
    let done = api.previewed("POST", &path, &json!({"settle": true}));
    let charge = made(&done, "invoice_item_adjustment");
    assert_eq!(
        (&charge["type"], &charge["amount"], &charge["cause"]),
        (&json!("charge"), &json!("8.25"), &json!(increase))
    );
    assert_eq!(done.get("next_step"), None);
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
}

#[test]
fn scenarios_20_to_22_cancel_after_a_part_was_used() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let first = api.posted(&account, "-100");
    let increase = adjustment(&api.transfer(&first, "100"));
    let third = api.posted(&account, "40");
    let decrease = adjustment(&api.apply(&account, &third, "40"));
    let problem = api.cancel_adjustment(&increase).refused(409, "credit_already_used");
    assert_eq!(problem["cancellable"], json!({"amount": "60.00", "currency": "USD"}));
    let shown = api.show(&format!("/api/v1/credit-balance-adjustments/{increase}"));
    assert_eq!(shown["cancel"]["code"], "credit_already_used");
    assert_eq!(shown["cancel"]["reason"], problem["detail"]);
    // 21: a pool, not lots.
    let sixth = api.posted(&account, "-50");
    api.transfer(&sixth, "50").done();
    api.cancel_adjustment(&increase).done();
    assert_eq!(api.figures(&account), ["10.00", "-100.00", "-110.00"]);
    assert_eq!((api.balance(&first), api.balance(&third)), ("-100.00".into(), "0.00".into()));
    // 22: cancel an application.
    api.cancel_adjustment(&decrease).done();
    assert_eq!(api.balance(&third), "40.00");
    assert_eq!(api.figures(&account), ["50.00", "-60.00", "-110.00"]);
}

#[test]
fn scenario_26_counter_adjusting() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let invoice = api.posted(&account, "100");
    let decrease = adjustment(&api.apply(&account, &invoice, "40"));
    let path = format!("/api/v1/invoices/{invoice}/counter-adjust");
    let done =
        api.previewed("POST", &path, &json!({"amount": "10", "reason_code": "Cancellation"}));
    let adjusted = made(&done, "credit_balance_adjustment");
    assert_eq!((&adjusted["type"], &adjusted["source"]), (&json!("increase"), &json!(invoice)));
    assert_eq!(adjusted["reason_code"], "Cancellation");
    assert_eq!(api.balance(&invoice), "70.00");
    api.cancel_adjustment(&decrease).refused(409, "invoice_beyond_its_amount");
    let problem =
        api.post(&path, &json!({"amount": "31"})).refused(409, "amount_exceeds_reversible");
    assert_eq!(problem["reversible"], json!({"amount": "30.00", "currency": "USD"}));
    api.post(&path, &json!({})).done();
    assert_eq!(api.figures(&account), ["100.00", "100.00", "0.00"]);
    api.post(&path, &json!({})).refused(409, "nothing_to_reverse");
}

#[test]
fn scenarios_52_and_53_currencies() {
    let server = Server::fresh();
    let api = server.api();
    for (currency, whole, part, rest, precise) in [
        ("JPY", "1000", "1", "999", "0.5"),
        ("USD", "100.00", "10.01", "89.99", "10.005"),
        ("BHD", "5.000", "0.001", "4.999", "0.0001"),
    ] {
        let account = api.open_account(currency);
        api.pay(&account, &[], Some(whole)).done();
        api.refund(&account, precise).refused(422, "invalid_amount");
        assert_eq!(api.figures(&account)[0], whole);
        api.refund(&account, part).done();
        assert_eq!(api.figures(&account)[0], rest);
    }
    let (dollars, euros) = (api.open_account("USD"), api.open_account("EUR"));
    api.pay(&dollars, &[], Some("50")).done();
    let invoice = api.posted(&euros, "50");
    let problem = api.apply(&dollars, &invoice, "50").refused(409, "invoice_of_another_account");
    assert_eq!((&problem["owner"], &problem["account"]), (&json!(euros), &json!(dollars)));
    let negative = api.posted(&euros, "-5");
    let body = json!({"amount": "5", "currency": "USD"});
    let path = format!("/api/v1/invoices/{negative}/transfer");
    let problem = api.post(&path, &body).refused(422, "currency_mismatch");
    assert_eq!((&problem["given"], &problem["currency"]), (&json!("USD"), &json!("EUR")));
    assert_eq!(api.figures(&dollars), ["50.00", "0.00", "-50.00"]);
    assert_eq!(api.figures(&euros), ["0.00", "45.00", "45.00"]);
}

#[test]
fn adjustments_are_listed_and_found_by_number_and_id() {
    let server = Server::fresh();
    let api: Api = server.api();
    let (account, _) = api.account_with_credit("9");
    for _ in 0..4 {
        let invoice = api.posted(&account, "1");
        api.apply(&account, &invoice, "1").done();
    }
    let path = "/api/v1/credit-balance-adjustments";
    let rows = api.walk(path, "credit_balance_adjustments", 2);
    let numbers: Vec<String> = rows.iter().map(|row| text(row, "number")).collect();
    assert_eq!(
        numbers,
        ["CBA-00000005", "CBA-00000004", "CBA-00000003", "CBA-00000002", "CBA-00000001"]
    );
    for row in &rows {
        let mut by_id = api.show(&format!("{path}/{}", text(row, "id")));
        let by_number = api.show(&format!("{path}/{}", text(row, "number")));
        assert_eq!(by_id, by_number);
        by_id.as_object_mut().unwrap().remove("cancel");
        assert_eq!(&by_id, row);
    }
    // Several at once, in the order asked for; what does not exist is left out.
    let several = api.show(&format!("{path}?numbers=CBA-00000002,4,CBA-09999999"));
    let several = several["credit_balance_adjustments"].as_array().unwrap();
    assert_eq!(several, &[rows[3].clone(), rows[1].clone()]);
    // What each could be canceled for, of a whole page at once: the same as of each by itself, and nothing is done.
    let (decrease, head) = (text(&rows[2], "number"), api.head());
    api.cancel_adjustment(&decrease).done();
    assert_ne!(api.head(), head);
    let head = api.head();
    let all = "5,4,3,2,1";
    for query in
        [format!("numbers={all}&"), "limit=5&".into(), format!("account={account}&limit=5&")]
    {
        let page = api.show(&format!("{path}?{query}include=cancel"));
        let checked = page["credit_balance_adjustments"].as_array().unwrap();
        let each: Vec<Value> =
            numbers.iter().map(|number| api.show(&format!("{path}/{number}"))).collect();
        assert_eq!(checked, &each);
        let codes: Vec<Option<&str>> =
            checked.iter().map(|row| row["cancel"]["code"].as_str()).collect();
        let (used, canceled) = (Some("credit_already_used"), Some("already_canceled"));
        assert_eq!(codes, [None, None, canceled, None, used]);
    }
    assert_eq!(api.head(), head, "nothing was done");
    let many = vec!["1"; 201].join(",");
    for wrong in ["include=", "include=all", "include=cancel&include=cancel"] {
        api.get(&format!("{path}?{wrong}")).refused(400, "query_invalid");
    }
    api.get("/api/v1/refunds?include=cancel").refused(400, "query_invalid");
    for wrong in ["", "x", "R-00000001", "1,,2", "1&limit=1", &many] {
        api.get(&format!("{path}?numbers={wrong}")).refused(400, "query_invalid");
    }
    let id = text(&rows[4], "id");
    api.cancel_adjustment(&id).refused(409, "credit_already_used");
    let decrease = text(&rows[0], "id");
    api.cancel_adjustment(&decrease).done();
    assert_eq!(api.show(path)["credit_balance_adjustments"][0]["status"], "canceled");
}
