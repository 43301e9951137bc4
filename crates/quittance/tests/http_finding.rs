//! Finding documents over HTTP: lists of one account.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::text;
use support::{Api, Server};

/// Lists with the name of their rows.
const LISTS: [(&str, &str); 5] = [
    ("/api/v1/invoices", "invoices"),
    ("/api/v1/payments", "payments"),
    ("/api/v1/refunds", "refunds"),
    ("/api/v1/credit-balance-adjustments", "credit_balance_adjustments"),
    ("/api/v1/invoice-item-adjustments", "invoice_item_adjustments"),
];

/// Some documents of every kind.
fn busy(api: &Api, account: &str) {
    for _ in 0..3 {
        let bad = api.posted(account, "-20");
        api.transfer(&bad, "12").done();
        let items = api.show(&format!("/api/v1/invoices/{bad}"))["items"].clone();
        let line = json!({"item": items[0]["number"], "type": "charge", "amount": "1"});
        let path = format!("/api/v1/invoices/{bad}/adjust");
        api.post(&path, &json!({"lines": [line]})).done();
        let [one, two] = ["3", "4"].map(|amount| api.posted(account, amount));
        api.apply(account, &one, "1").done();
        // Several documents of a kind in one decision.
        let several = json!({"invoices": [{"invoice": one, "amount": "2"},
            {"invoice": two, "amount": "2"}]});
        api.post(&format!("/api/v1/accounts/{account}/credit-balance/apply"), &several).done();
        api.pay(account, &[(&two, "1")], Some("5")).done();
        api.refund(account, "2").done();
    }
}

/// Every row of a list of an account, page by page.
fn of_account(api: &Api, path: &str, rows: &str, account: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.show(&format!("{path}?account={account}&limit={limit}{cursor}"));
        let found = page[rows].as_array().unwrap();
        assert!(found.len() <= limit);
        all.extend(found.iter().cloned());
        let Some(next) = page["next_cursor"].as_str() else { return all };
        assert_eq!(found.len(), limit);
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn a_list_of_an_account_is_the_list_without_the_others() {
    let server = Server::fresh();
    let api = server.api();
    let accounts = ["USD", "EUR", "USD"].map(|currency| api.open_account(currency));
    for account in &accounts[..2] {
        busy(&api, account);
    }
    for (path, rows) in LISTS {
        let all = api.show(&format!("{path}?limit=200"))[rows].clone();
        let all = all.as_array().unwrap();
        for account in &accounts {
            let mut expected = all.clone();
            expected.retain(|row| row["account"] == json!(account));
            let none = *account == accounts[2];
            assert_eq!(expected.is_empty(), none, "{path} {account}");
            for limit in [1, 2, 3, 200] {
                let found = of_account(&api, path, rows, account, limit);
                assert_eq!(found, expected, "{path} {account} {limit}");
            }
            let id = text(&api.show(&format!("/api/v1/accounts/{account}")), "id");
            assert_eq!(of_account(&api, path, rows, &id, 5), expected);
        }
    }
}

/// More decisions than one page looks at: it is short, and says where to go on.
#[test]
fn a_page_looks_at_so_many_decisions_and_goes_on() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let first = api.posted(&account, "3");
    for round in 0..3 {
        let payment = |number: usize| {
            json!({"idempotency_key": format!("many-{round}-{number}"), "operation": "record_payment",
                "account": account, "body": {"method_type": "check", "credit_balance_amount": "1"}})
        };
        let commands: Vec<Value> = (0..1_000).map(payment).collect();
        let done = api.post("/api/v1/batch", &json!({"commands": commands})).status(200);
        assert_eq!(done["accepted"], 1_000);
    }
    let path = format!("/api/v1/invoices?account={account}");
    let page = api.show(&path);
    assert_eq!(page["invoices"], json!([]));
    let next = text(&page, "next_cursor");
    let page = api.show(&format!("{path}&cursor={next}"));
    assert_eq!(page["invoices"][0]["number"], json!(first));
    assert_eq!(page["next_cursor"], Value::Null);
    let payments = of_account(&api, "/api/v1/payments", "payments", &account, 200);
    let numbers: Vec<String> = payments.iter().map(|row| text(row, "number")).collect();
    let expected: Vec<String> = (1..=3_000).rev().map(|no| format!("P-{no:08}")).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_list_of_an_account_refuses_what_it_cannot_answer() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    for (path, _) in LISTS {
        api.get(&format!("{path}?account=A00000009")).refused(404, "not_found");
        let id = "01a206a6e94c70be8100000000000001";
        api.get(&format!("{path}?account={id}")).refused(404, "not_found");
        for more in ["numbers=1", "custom_field=Region__c:EMEA"] {
            api.get(&format!("{path}?account={account}&{more}")).refused(400, "query_invalid");
        }
        for cursor in ["I00000001", "E1", "E1-x", "E0-0"] {
            let path = format!("{path}?account={account}&cursor={cursor}");
            api.get(&path).refused(400, "cursor_invalid");
        }
        api.get(&format!("{path}?account={account}&limit=0")).refused(400, "limit_invalid");
        let malformed = api.get(&format!("{path}?account=acme"));
        assert_eq!(malformed.code(), api.get("/api/v1/accounts/acme").code(), "as elsewhere");
    }
    let path = format!("/api/v1/invoices?account={account}&external_id=one");
    api.get(&path).refused(400, "query_invalid");
    api.get(&format!("/api/v1/accounts?account={account}")).refused(400, "query_invalid");
    // The entry of a cursor may be of another account; then there is nothing.
    let other = api.open_account("USD");
    busy(&api, &other);
    let path = format!("/api/v1/payments?account={account}&cursor=E00000009-00000009");
    assert_eq!(api.show(&path)["payments"], json!([]));
}
