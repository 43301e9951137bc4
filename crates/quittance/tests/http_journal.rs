//! The journal and the trial balance over HTTP (domain 8.3; domain 13, scenario 56).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use support::books::{number, text};
use support::{Api, Server};

/// Whole minor units of an amount with two decimals.
fn cents(value: &Value) -> i64 {
    value.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// Debits minus credits per role, as the trial balance of `query` shows them.
fn trial(api: &Api, query: &str) -> BTreeMap<String, i64> {
    let shown = api.show(&format!("/api/v1/trial-balance{query}"));
    let mut sums = BTreeMap::new();
    let (mut debits, mut credits) = (0, 0);
    for line in shown["lines"].as_array().unwrap() {
        assert_eq!(cents(&line["debit"]) - cents(&line["credit"]), cents(&line["balance"]));
        debits += cents(&line["debit"]);
        credits += cents(&line["credit"]);
        *sums.entry(text(line, "role")).or_default() += cents(&line["balance"]);
    }
    assert_eq!(debits, credits, "{shown}");
    sums
}

#[test]
fn scenario_56_the_ledger_ties_out() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let second = api.posted(&account, "100");
    api.pay(&account, &[(&second, "100")], Some("50")).done();
    api.set_date("2026-03-03");
    api.pay(&account, &[], Some("50")).done();
    let third = api.posted(&account, "40");
    let applied = number(&api.apply(&account, &third, "40").done(), "credit_balance_adjustment");
    api.refund(&account, "35.50").done();
    assert_eq!(api.figures(&account), ["24.50", "0.00", "-24.50"]);
    let now = trial(&api, "");
    assert_eq!(now["customer_cash_on_account"], -2450);
    assert_eq!(now["accounts_receivable"], 0);
    assert_eq!((now["bank"], now["revenue"]), (20_000 - 3550, -14_000));
    let earlier = trial(&api, "?as_of=2026-03-02");
    assert_eq!(earlier["customer_cash_on_account"], -5000);
    assert_eq!(trial(&api, "?as_of=2026-03-01"), BTreeMap::new());
    api.cancel_adjustment(&applied).done();
    let after = trial(&api, "");
    assert_eq!((after["customer_cash_on_account"], after["accounts_receivable"]), (-6450, 4000));
    // What was canceled stands in the journal twice and nets to zero.
    let entries = api.walk("/api/v1/journal", "entries", 4);
    let mut net: BTreeMap<String, i64> = BTreeMap::new();
    let mut lines = 0;
    for line in entries.iter().flat_map(|entry| entry["journal"].as_array().unwrap()) {
        if line["document"] == applied.as_str() {
            let signed = line.get("debit").map_or_else(|| -cents(&line["credit"]), cents);
            *net.entry(text(line, "role")).or_default() += signed;
            lines += 1;
        }
    }
    assert_eq!(lines, 4);
    assert!(net.values().all(|sum| *sum == 0), "{net:?}");
}

#[test]
fn every_decision_is_an_entry_that_balances() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("10");
    api.refund(&account, "4").done();
    api.patch("/api/v1/settings", &json!({"automatic_transfer": true})).done();
    api.posted(&account, "-3");
    let all = api.show("/api/v1/journal")["entries"].as_array().unwrap().clone();
    let numbers: Vec<String> = all.iter().map(|entry| text(entry, "number")).collect();
    let expected: Vec<String> = (1..=6).rev().map(|no| format!("JE-{no:08}")).collect();
    assert_eq!(numbers, expected);
    for limit in [1, 2, 5, 6, 200] {
        assert_eq!(api.walk("/api/v1/journal", "entries", limit.min(6)), all);
    }
    for entry in &all {
        let sum = |side: &str| -> i64 {
            let lines = entry["journal"].as_array().unwrap().iter();
            lines.filter_map(|line| line.get(side)).map(cents).sum()
        };
        assert_eq!(sum("debit"), sum("credit"), "{entry}");
        assert_eq!(&api.show(&format!("/api/v1/journal/{}", text(entry, "number"))), entry);
        assert_eq!(&api.show(&format!("/api/v1/journal/{}", text(entry, "id"))), entry);
    }
    let settings = &all[1];
    assert_eq!((&settings["account"], &settings["journal"]), (&Value::Null, &json!([])));
    assert_eq!(settings["documents"][0]["document_type"], "settings");
}

#[test]
fn accounting_codes_are_those_of_the_day_of_the_decision() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let account = api.open_account("USD");
    let first = number(&api.pay(&account, &[], Some("10")).done(), "payment");
    let codes = json!({"accounting_codes": {"bank": "1000 Bank", "revenue": "4000 Sales"},
        "revenue_codes": ["4100 Services", "4000 Sales"]});
    api.previewed("PATCH", "/api/v1/settings", &codes);
    api.pay(&account, &[], Some("5")).done();
    let lines = |entry: &Value| -> Vec<String> {
        let lines = entry["journal"].as_array().unwrap();
        lines.iter().map(|line| text(line, "accounting_code")).collect()
    };
    let history = api.show(&format!("/api/v1/accounts/{account}/history"));
    assert_eq!(lines(&history["entries"][0]), ["1000 Bank", "Customer Cash On Account"]);
    assert_eq!(lines(&history["entries"][1]), ["Bank", "Customer Cash On Account"]);
    // A mirror goes to the accounts of what it mirrors.
    let path = format!("/api/v1/payments/{first}/cancel");
    assert_eq!(lines(&api.post(&path, &json!({})).done()), ["Customer Cash On Account", "Bank"]);
    let body = json!({"items": [{"amount": "7"}, {"amount": "2", "accounting_code": "4100 Services"}],
        "post": true});
    let path = format!("/api/v1/accounts/{account}/invoices");
    let posted = api.post(&path, &body).done();
    assert_eq!(
        lines(&posted),
        ["Accounts Receivable", "4000 Sales", "Accounts Receivable", "4100 Services"]
    );
    let trial = api.show("/api/v1/trial-balance");
    let sums: BTreeMap<String, String> = trial["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (text(line, "accounting_code"), text(line, "balance")))
        .collect();
    assert_eq!(sums["1000 Bank"], "5.00");
    assert_eq!(sums["Bank"], "0.00");
    assert_eq!(sums["4100 Services"], "-2.00");
    for (code, role) in [("Bank", "revenue"), ("4100", "revenue")] {
        let body = json!({"items": [{"amount": "1", "accounting_code": code}]});
        let problem = api.post(&path, &body).refused(422, "unknown_accounting_code");
        assert_eq!(problem["role"], role);
    }
    let taken = json!({"accounting_codes": {"tax": "4000 Sales"}});
    let problem = api.patch("/api/v1/settings", &taken).refused(409, "accounting_code_in_use");
    assert_eq!(problem["role"], "revenue");
}

#[test]
fn the_journal_is_narrowed_by_who_code_and_currency() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (dollars, euros) = (api.open_account("USD"), api.open_account("EUR"));
    let made = json!({"name": "Web Shop", "roles": ["Administrator"]});
    let made = api.post("/api/v1/api-keys", &made).status(201);
    let shop = server.api_as(&text(&made, "secret"));
    // What the shop did stands far apart, among much of others.
    shop.posted(&dollars, "1");
    for _ in 0..12 {
        api.posted(&euros, "2");
    }
    shop.posted(&euros, "3");
    shop.pay(&dollars, &[], Some("4")).done();
    for _ in 0..3 {
        api.posted(&dollars, "5");
    }
    let found = |path: &str, query: &str| {
        let (mut commands, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = api.show(&format!("{path}?limit=2&{query}{cursor}"));
            let entries = page["entries"].as_array().unwrap();
            commands.extend(entries.iter().map(|entry| text(entry, "command")));
            match &page["next_cursor"] {
                Value::String(next) => {
                    assert_eq!(entries.len(), 2, "a page is full if another follows: {page}");
                    cursor = format!("&cursor={next}");
                }
                _ => return commands,
            }
        }
    };
    const ALL: &str = "/api/v1/journal";
    let (paid, invoiced) = ("record_payment", "create_invoice");
    assert_eq!(found(ALL, "actor=web%20SHOP"), [paid, invoiced, invoiced]);
    assert_eq!(found(ALL, "actor=shop&currency=EUR"), [invoiced]);
    assert_eq!(found(ALL, "accounting_code=bank"), [paid]);
    assert_eq!(found(ALL, "accounting_code=bank&currency=EUR"), [""; 0]);
    assert_eq!(found(ALL, "accounting_code=REVENUE&currency=EUR"), vec![invoiced; 13]);
    assert_eq!(found(ALL, "actor=nobody"), [""; 0]);
    let history = format!("/api/v1/accounts/{dollars}/history");
    assert_eq!(found(&history, "actor=web"), [paid, invoiced]);
    assert_eq!(found(&history, "currency=USD"), [invoiced, invoiced, invoiced, paid, invoiced]);
    assert_eq!(found(&history, "currency=EUR"), [""; 0]);
    let long = "x".repeat(101);
    for path in [ALL, &history] {
        for (field, query) in [
            ("currency", "currency=usd".to_owned()),
            ("actor", "actor=".to_owned()),
            ("actor", format!("actor={long}")),
            ("accounting_code", format!("accounting_code={long}")),
        ] {
            let problem = api.get(&format!("{path}?{query}")).refused(400, "query_invalid");
            assert_eq!(problem["field"], field, "{query}");
        }
        api.get(&format!("{path}?who=ada")).refused(400, "query_invalid");
    }
}
