//! Accounts over HTTP: opening, changing, canceling, figures on any day, statement, history.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{made, number, text};
use support::{Api, Server};

const ACCOUNTS: &str = "/api/v1/accounts";

#[test]
fn an_account_is_opened_shown_and_found() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let body = json!({"name": "Ada Lovelace Ltd", "currency": "USD", "external_id": "crm-4711",
        "automatic_transfer": "on", "automatic_application": "off"});
    let opened = made(&api.previewed("POST", ACCOUNTS, &body), "account");
    assert_eq!(opened["number"], "A00000001");
    let shown = api.show("/api/v1/accounts/A00000001");
    let id = text(&opened, "id");
    assert_eq!(id.len(), 32);
    assert_eq!(
        shown,
        json!({"id": id, "number": "A00000001", "external_id": "crm-4711", "name": "Ada Lovelace Ltd",
            "currency": "USD", "status": "active", "automatic_transfer": "on",
            "automatic_application": "off", "opened_at": "2026-03-02T10:00:00Z",
            "credit_balance": "0.00", "held": "0.00", "available": "0.00",
            "total_invoice_balance": "0.00", "account_balance": "0.00",
            "default_payment_method": null, "gateway": null, "custom_fields": {}, "metadata": {}})
    );
    assert_eq!(api.show(&format!("{ACCOUNTS}/{id}")), shown);
    assert_eq!(api.show(ACCOUNTS)["accounts"], json!([shown]));
    assert_eq!(api.show(&format!("{ACCOUNTS}?external_id=crm-4711"))["accounts"], json!([shown]));
    assert_eq!(api.show(&format!("{ACCOUNTS}?external_id=other"))["accounts"], json!([]));
    let taken = api.post(ACCOUNTS, &body).refused(409, "external_id_taken");
    assert_eq!(taken["document"], "A00000001");
    assert_eq!(taken["external_id"], "crm-4711");
}

#[test]
fn an_account_is_changed_canceled_and_reactivated() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let path = format!("{ACCOUNTS}/{account}");
    let change = json!({"name": "Grace Hopper & Co", "automatic_application": "on"});
    let changed = made(&api.previewed("PATCH", &path, &change), "account_change");
    assert_eq!(changed["name"], "Grace Hopper & Co");
    let shown = api.show(&path);
    assert_eq!((&shown["name"], &shown["currency"]), (&json!("Grace Hopper & Co"), &json!("USD")));
    assert_eq!(shown["automatic_application"], "on");
    assert_eq!(shown["automatic_transfer"], "inherit");
    // Scenario 54.
    api.pay(&account, &[], Some("20")).done();
    api.previewed("POST", &format!("{path}/cancel"), &json!({}));
    assert_eq!(api.show(&path)["status"], "canceled");
    api.pay(&account, &[], Some("5")).refused(409, "account_canceled");
    api.refund(&account, "20").refused(409, "account_canceled");
    let twice = api.post(&format!("{path}/cancel"), &json!({}));
    let problem = twice.refused(409, "account_status_unchanged");
    assert_eq!(problem["current_status"], "canceled");
    assert_eq!(api.figures(&account), ["20.00", "0.00", "-20.00"]);
    api.previewed("POST", &format!("{path}/reactivate"), &json!({}));
    api.post(&format!("{path}/reactivate"), &json!({})).refused(409, "account_status_unchanged");
    api.refund(&account, "20").done();
    assert_eq!(api.figures(&account), ["0.00", "0.00", "0.00"]);
}

/// Credit of 100 on the 2nd, 40 applied on the 3rd, 10 refunded on the 5th.
fn three_days(api: &Api) -> String {
    let (account, _) = api.account_with_credit("100.00");
    api.set_date("2026-03-03");
    let invoice = api.posted(&account, "45.50");
    api.apply(&account, &invoice, "40").done();
    api.set_date("2026-03-05");
    api.refund(&account, "10").done();
    account
}

#[test]
fn figures_are_known_for_any_day() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = three_days(&api);
    let figures = |query: &str| {
        let shown = api.show(&format!("{ACCOUNTS}/{account}/balance{query}"));
        assert_eq!((&shown["account"], &shown["currency"]), (&json!(account), &json!("USD")));
        ["credit_balance", "total_invoice_balance", "account_balance"]
            .map(|figure| text(&shown, figure))
    };
    assert_eq!(figures(""), ["50.00", "5.50", "-44.50"]);
    assert_eq!(figures("?as_of=2026-03-01"), ["0.00", "0.00", "0.00"]);
    assert_eq!(figures("?as_of=2026-03-02"), ["100.00", "0.00", "-100.00"]);
    for day in ["2026-03-03", "2026-03-04"] {
        assert_eq!(figures(&format!("?as_of={day}")), ["60.00", "5.50", "-54.50"]);
    }
    assert_eq!(figures("?as_of=2026-03-05"), figures(""));
    assert_eq!(figures("?as_of=9999-12-31"), figures(""));
    assert_eq!(figures("?as_of=0001-01-01"), figures("?as_of=2026-03-01"));
}

/// The figures of several days asked for at once, and the days that lie too far back.
fn over_time(api: &Api, account: &str, days: &[&str]) -> (Vec<Value>, Value) {
    let path = format!("{ACCOUNTS}/{account}/balances?as_of={}", days.join(","));
    let mut shown = api.show(&path);
    assert_eq!((&shown["account"], &shown["currency"]), (&json!(account), &json!("USD")));
    (shown["days"].as_array().unwrap().clone(), shown["too_far_back"].take())
}

/// Those of a day asked for by itself.
fn of_a_day(api: &Api, account: &str, day: &str) -> Value {
    let mut shown = api.show(&format!("{ACCOUNTS}/{account}/balance?as_of={day}"));
    for member in ["account", "currency"] {
        shown.as_object_mut().unwrap().remove(member);
    }
    shown
}

#[test]
fn figures_of_several_days_are_those_of_each_day() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = three_days(&api);
    // What reaches back and ahead: a refund of the day before, an invoice of next month, and a canceled apply.
    let body =
        json!({"type": "external", "method_type": "check", "amount": "7", "date": "2026-03-04"});
    api.post(&format!("{ACCOUNTS}/{account}/credit-balance/refund"), &body).done();
    let body = json!({"items": [{"amount": "-12"}], "invoice_date": "2026-04-01", "post": true});
    api.post(&format!("{ACCOUNTS}/{account}/invoices"), &body).done();
    api.set_date("2026-03-09");
    api.cancel_adjustment("CBA-00000002").done();
    let days = [
        "2026-02-28",
        "2026-03-01",
        "2026-03-02",
        "2026-03-03",
        "2026-03-04",
        "2026-03-05",
        "2026-03-08",
        "2026-03-09",
        "2026-03-31",
        "2026-04-01",
    ];
    let each: Vec<Value> = days.iter().map(|day| of_a_day(&api, &account, day)).collect();
    assert_eq!(over_time(&api, &account, &days), (each, json!([])));
    let credit = |day: &Value| text(day, "credit_balance");
    let (known, _) = over_time(&api, &account, &["2026-03-09", "2026-03-03", "2026-03-09"]);
    assert_eq!(known.iter().map(credit).collect::<Vec<_>>(), ["60.00", "83.00"], "in order, once");
    assert_eq!(of_a_day(&api, &account, "2026-03-04")["credit_balance"], "53.00");
    let invoices = |day: &str| text(&of_a_day(&api, &account, day), "total_invoice_balance");
    assert_eq!((invoices("2026-03-31"), invoices("2026-04-01")), ("45.50".into(), "33.50".into()));
    let today = api.show(&format!("{ACCOUNTS}/{account}/balances"));
    assert_eq!(today["days"], json!([of_a_day(&api, &account, "2026-03-09")]));
    for query in ["?as_of=", "?as_of=2026-03-01,", "?as_of=today", "?days=2026-03-01"] {
        let path = format!("{ACCOUNTS}/{account}/balances{query}");
        api.get(&path).refused(400, "query_invalid");
    }
    let many = vec!["2026-03-01"; 63].join(",");
    let path = format!("{ACCOUNTS}/{account}/balances?as_of={many}");
    api.get(&path).refused(400, "query_invalid");
    api.get(&format!("{ACCOUNTS}/A00000009/balances?as_of=2026-03-01")).refused(404, "not_found");
}

/// However long an account's history is, no more than 1,000 decisions are looked at; a single day is still answered.
#[test]
fn a_long_history_is_answered_as_far_as_it_is_looked_at() {
    let server = Server::on("2026-01-05");
    let api = server.api();
    let (account, _) = api.account_with_credit("5000");
    let refunds = |count: usize| {
        let one = |place: usize| {
            json!({"idempotency_key": format!("{count}-{place}"), "operation": "refund_credit_balance",
                "account": account, "body": {"method_type": "check", "amount": "1"}})
        };
        let commands: Vec<Value> = (0..count).map(one).collect();
        api.post("/api/v1/batch", &json!({"commands": commands})).status(200);
    };
    api.set_date("2026-02-05");
    refunds(600);
    api.set_date("2026-03-05");
    refunds(700);
    let (known, too_far_back) =
        over_time(&api, &account, &["2026-01-31", "2026-02-28", "2026-03-05"]);
    assert_eq!(too_far_back, json!(["2026-01-31"]));
    assert_eq!(known[0], of_a_day(&api, &account, "2026-02-28"));
    assert_eq!((&known[0]["credit_balance"], known.len()), (&json!("4400.00"), 2));
    assert_eq!(of_a_day(&api, &account, "2026-01-31")["credit_balance"], "5000.00");
    // It counts from where the history of the account begins, too: all of it is looked at if it is that short.
    let (known, too_far_back) = over_time(&api, &account, &["2026-02-28"]);
    assert_eq!((known.len(), too_far_back), (1, json!([])));
}

/// Whether carried forward and changes make the balance, and each line its running balance.
fn sums_up(explained: &Value) -> bool {
    let cents = |value: &Value| value.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let mut running = cents(&explained["carried_forward"]);
    for line in explained["lines"].as_array().unwrap() {
        running += cents(&line["change"]);
        if cents(&line["running"]) != running {
            return false;
        }
    }
    running == cents(&explained["balance"])
}

#[test]
fn a_balance_is_explained_by_its_documents() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = three_days(&api);
    let explain = |query: &str| {
        let found = api.show(&format!("{ACCOUNTS}/{account}/credit-balance/explain{query}"));
        assert_eq!((&found["of"], &found["document"]), (&json!("credit_balance"), &json!(account)));
        assert!(sums_up(&found), "{found}");
        found
    };
    let changes = |explained: &Value| -> Vec<(String, String)> {
        let lines = explained["lines"].as_array().unwrap();
        lines.iter().map(|line| (text(line, "document"), text(line, "change"))).collect()
    };
    let all = explain("");
    let expected =
        [("CBA-00000001", "100.00"), ("CBA-00000002", "-40.00"), ("CBA-00000003", "-10.00")]
            .map(|(document, change)| (document.to_owned(), change.to_owned()));
    assert_eq!(changes(&all), expected);
    assert_eq!(
        (text(&all, "balance"), text(&all, "carried_forward")),
        ("50.00".into(), "0.00".into())
    );
    let dates: Vec<&Value> = all["lines"].as_array().unwrap().iter().map(|l| &l["date"]).collect();
    assert_eq!(dates, ["2026-03-02", "2026-03-03", "2026-03-05"]);
    let earlier = explain("?as_of=2026-03-04");
    assert_eq!(changes(&earlier), expected[..2]);
    assert_eq!(text(&earlier, "balance"), "60.00");
    let last = explain("?limit=1");
    assert_eq!(changes(&last), expected[2..]);
    assert_eq!(text(&last, "carried_forward"), "60.00");
    assert_eq!(changes(&explain("?as_of=2026-03-01")), []);
    api.get(&format!("{ACCOUNTS}/{account}/credit-balance/explain?limit=0"))
        .refused(400, "limit_invalid");
    let whole = api.show(&format!("{ACCOUNTS}/{account}/explain"));
    assert!(sums_up(&whole), "{whole}");
    assert_eq!(text(&whole, "balance"), "-44.50");
    let parts = [("INV00000002", "5.50"), (account.as_str(), "-50.00")]
        .map(|(document, change)| (document.to_owned(), change.to_owned()));
    assert_eq!(changes(&whole), parts);
}

#[test]
fn a_statement_goes_from_opening_to_closing_balances() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = three_days(&api);
    let path = format!("{ACCOUNTS}/{account}/statement");
    let shown = api.show(&format!("{path}?from=2026-03-03&to=2026-03-05"));
    assert_eq!(shown["opening_credit_balance"], "100.00");
    assert_eq!(shown["opening_invoice_balance"], "0.00");
    assert_eq!(shown["closing_credit_balance"], "50.00");
    assert_eq!(shown["closing_invoice_balance"], "5.50");
    let lines: Vec<[String; 4]> = shown["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| {
            ["invoice_change", "credit_change", "invoice_balance", "credit_balance"]
                .map(|field| text(l, field))
        })
        .collect();
    assert_eq!(
        lines,
        [
            ["45.50", "0.00", "45.50", "100.00"],
            ["-40.00", "-40.00", "5.50", "60.00"],
            ["0.00", "-10.00", "5.50", "50.00"]
        ]
    );
    // Without dates: this month up to today.
    let whole = api.show(&path);
    assert_eq!((&whole["from"], &whole["to"]), (&json!("2026-03-01"), &json!("2026-03-05")));
    assert_eq!(whole["lines"].as_array().unwrap().len(), 5);
    let one = api.show(&format!("{path}?from=2026-03-04&to=2026-03-04"));
    assert_eq!(one["lines"], json!([]));
    assert_eq!(one["opening_credit_balance"], one["closing_credit_balance"]);
    api.get(&format!("{path}?from=2026-03-05&to=2026-03-04")).refused(400, "query_invalid");
}

#[test]
fn the_history_of_an_account_says_who_did_what() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = three_days(&api);
    api.open_account("EUR");
    let clerk = server.api_with_role("clerk");
    let other = clerk.open_account("USD");
    clerk.pay(&account, &[], Some("1")).done();
    let path = format!("{ACCOUNTS}/{account}/history");
    let entries = api.show(&path)["entries"].as_array().unwrap().clone();
    let commands: Vec<&str> =
        entries.iter().map(|entry| entry["command"].as_str().unwrap()).collect();
    assert_eq!(
        commands,
        [
            "record_payment",
            "refund_credit_balance",
            "apply_credit_balance",
            "create_invoice",
            "transfer_to_credit_balance",
            "create_invoice",
            "open_account"
        ]
    );
    assert_eq!((&entries[0]["actor"], &entries[0]["door"]), (&json!("a clerk"), &json!("api")));
    assert_eq!(entries[1]["actor"], api.administrator());
    assert!(entries.iter().all(|entry| entry["account"] == account.as_str()));
    for limit in [1, 2, 3, 6] {
        assert_eq!(api.walk(&path, "entries", limit), entries, "by {limit}");
    }
    assert_eq!(api.show(&format!("{path}?limit=7"))["next_cursor"], Value::Null);
    assert_eq!(api.walk(&format!("{ACCOUNTS}/{other}/history"), "entries", 1).len(), 1);
}

#[test]
fn pages_show_every_account_exactly_once() {
    let server = Server::fresh();
    let api = server.api();
    let command = |index: usize| {
        json!({"operation": "open_account", "idempotency_key": format!("open {index}"),
            "body": {"name": format!("Customer {index}"), "currency": "USD"}})
    };
    let commands: Vec<Value> = (1..=205).map(command).collect();
    let opened = api.post("/api/v1/batch", &json!({"commands": commands})).status(200);
    assert_eq!(opened["accepted"], 205);
    let newest_first: Vec<String> = (1..=205).rev().map(|no| format!("A{no:08}")).collect();
    for limit in [200, 41, 50] {
        let rows = api.walk(ACCOUNTS, "accounts", limit);
        let numbers: Vec<String> = rows.iter().map(|row| text(row, "number")).collect();
        assert_eq!(numbers, newest_first, "by {limit}");
    }
    // Accounts opened while walking are not met, and move nothing.
    let first = api.show(&format!("{ACCOUNTS}?limit=100"));
    let late =
        number(&api.post(ACCOUNTS, &json!({"name": "Late", "currency": "USD"})).done(), "account");
    let cursor = text(&first, "next_cursor");
    let next = api.show(&format!("{ACCOUNTS}?limit=200&cursor={cursor}"));
    let numbers: Vec<String> =
        next["accounts"].as_array().unwrap().iter().map(|row| text(row, "number")).collect();
    assert_eq!(numbers, newest_first[100..]);
    assert!(!numbers.contains(&late));
}
