//! Finding documents over HTTP: lists of one account, and search as one types.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::api::fresh_key;
use support::books::{made, number, text};
use support::store::is_stored;
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

/// Accounts by how they stand, page by page.
fn standing(api: &Api, query: &str, limit: usize) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.show(&format!("/api/v1/accounts?{query}&limit={limit}{cursor}"));
        let found = page["accounts"].as_array().unwrap();
        assert!(found.len() <= limit);
        all.extend(found.iter().map(|row| text(row, "number")));
        let Some(next) = page["next_cursor"].as_str() else { return all };
        cursor = format!("&cursor={next}");
    }
}

#[test]
fn accounts_are_narrowed_by_how_they_stand() {
    let server = Server::fresh();
    let api = server.api();
    let [none, owed, owing, euro, gone] =
        ["USD", "USD", "USD", "EUR", "EUR"].map(|currency| api.open_account(currency));
    for account in [&owed, &euro] {
        let bad = api.posted(account, "-20");
        api.transfer(&bad, "20").done();
    }
    api.posted(&owing, "7");
    api.post(&format!("/api/v1/accounts/{gone}/cancel"), &json!({})).done();
    for limit in [1, 2, 50] {
        for (query, expected) in [
            ("status=active", vec![&euro, &owing, &owed, &none]),
            ("status=canceled", vec![&gone]),
            ("currency=EUR", vec![&gone, &euro]),
            ("with=credit_balance", vec![&euro, &owed]),
            ("with=available", vec![&euro, &owed]),
            ("with=held", vec![]),
            ("with=open_invoices", vec![&owing]),
            ("status=active&currency=EUR&with=credit_balance", vec![&euro]),
            ("status=canceled&with=credit_balance", vec![]),
            ("currency=JPY", vec![]),
        ] {
            assert_eq!(
                standing(&api, query, limit),
                expected.into_iter().cloned().collect::<Vec<_>>(),
                "{query} {limit}"
            );
        }
    }
    let policy = json!({"name": "All", "when": {"external": true}, "levels": [{"roles": ["Administrator"]}]});
    api.post("/api/v1/approval-policies", &policy).done();
    api.refund(&owed, "20").done();
    assert_eq!(standing(&api, "with=held", 5).concat(), owed);
    assert_eq!(standing(&api, "with=available", 5).concat(), euro);
    assert_eq!(standing(&api, "with=credit_balance", 5), [euro, owed]);
    for query in [
        "status=open",
        "currency=usd1",
        "with=money",
        "status=active&numbers=1",
        "with=held&external_id=x",
    ] {
        api.get(&format!("/api/v1/accounts?{query}")).refused(400, "query_invalid");
    }
}

/// More accounts than one page looks at: it is short, even empty, and says where to go on.
#[test]
fn a_page_looks_at_so_many_accounts_and_goes_on() {
    let server = Server::fresh();
    let api = server.api();
    let first = api.open_account("EUR");
    for round in 0..3 {
        let account = |number: usize| {
            json!({"idempotency_key": format!("many-{round}-{number}"), "operation": "open_account",
                "body": {"name": "Many", "currency": "USD"}})
        };
        let commands: Vec<Value> = (0..1_000).map(account).collect();
        let done = api.post("/api/v1/batch", &json!({"commands": commands})).status(200);
        assert_eq!(done["accepted"], 1_000);
    }
    let page = api.show("/api/v1/accounts?currency=EUR");
    assert_eq!(page["accounts"], json!([]));
    assert_eq!(page["next_cursor"], "I00001002");
    assert_eq!(standing(&api, "currency=EUR", 50), [first]);
    assert_eq!(standing(&api, "currency=USD", 200).len(), 3_000);
}

const SEARCH: &str = "/api/v1/search";

/// What is found, as (number, by what).
fn found(api: &Api, q: &str) -> Vec<(String, String)> {
    let q = q.replace(' ', "%20").replace('&', "%26").replace('\'', "%27");
    let answer = api.show(&format!("{SEARCH}?q={q}"));
    let results = answer["results"].as_array().unwrap().iter();
    results.map(|row| (text(row, "number"), text(row, "matched"))).collect()
}

fn by(what: &str, numbers: &[&str]) -> Vec<(String, String)> {
    numbers.iter().map(|number| ((*number).to_owned(), what.to_owned())).collect()
}

fn open(api: &Api, body: &Value) -> String {
    number(&api.post("/api/v1/accounts", body).done(), "account")
}

#[test]
fn accounts_are_found_by_the_beginnings_of_words_of_their_names() {
    let server = Server::fresh();
    let api = server.api();
    for name in ["Acme Corporation", "Acme Limited", "O'Brien & Söhne", "7 Corners"] {
        open(&api, &json!({"name": name, "currency": "USD"}));
    }
    let (one, two, three, four) = ("A00000001", "A00000002", "A00000003", "A00000004");
    for (q, expected) in [
        ("acm", vec![two, one]),
        ("ACME", vec![two, one]),
        ("corp", vec![one]),
        ("cor", vec![four, one]),
        ("lim ac", vec![two]),
        ("acme x", vec![]),
        ("cme", vec![]),
        ("o'brien", vec![three]),
        ("S%C3%96HN", vec![three]),
        ("%26", vec![]),
    ] {
        assert_eq!(found(&api, q), by("name", &expected), "{q}");
    }
    let answer = api.show(&format!("{SEARCH}?q=acm&limit=1"));
    let row = json!({"document_type": "account", "number": two, "name": "Acme Limited",
        "account": two, "matched": "name"});
    assert_eq!(answer, json!({"results": [row]}));
    // A new name takes the place of the old one, and one that was erased is found no more.
    let path = format!("/api/v1/accounts/{one}");
    api.patch(&path, &json!({"name": "Zenith"})).done();
    assert_eq!(found(&api, "acm"), by("name", &[two]));
    assert_eq!(found(&api, "zen"), by("name", &[one]));
    api.post(&format!("{path}/personal-data/erase"), &json!({})).done();
    assert_eq!(found(&api, "zen"), []);
    assert_eq!(found(&api, one), by("number", &[one]));
    api.patch(&path, &json!({"name": "Zenith Two"})).done();
    assert_eq!(found(&api, "zen"), by("name", &[one]));
}

#[test]
fn a_customer_is_found_by_the_beginning_of_the_email_address_until_it_is_erased() {
    let server = Server::fresh();
    let api = server.api();
    for name in ["Ada's Shop", "Hopper & Co", "Adage"] {
        open(&api, &json!({"name": name, "currency": "USD"}));
    }
    let [one, two, three] = ["A00000001", "A00000002", "A00000003"];
    let path = |account: &str| format!("/api/v1/accounts/{account}/personal-data");
    let give = |account: &str, email: &str| {
        let body = json!({"name": "P", "email": email});
        api.command("PUT", &path(account), Some(&fresh_key()), &body).status(201);
    };
    give(one, "Ada@Example.com");
    give(two, "ada@example.org");
    for (q, expected) in [
        ("ada@ex", vec![one, two]),
        ("ADA@example.o", vec![two]),
        ("ada@example.com", vec![one]),
        ("da@example", vec![]),
        ("ada@example.comm", vec![]),
        ("ada_example", vec![]),
    ] {
        assert_eq!(found(&api, q), by("email", &expected), "{q}");
    }
    let mut expected = by("email", &[one, two]);
    expected.extend(by("name", &[three]));
    assert_eq!(found(&api, "ada"), expected, "addresses first, nothing twice");
    assert_eq!(api.show(&format!("{SEARCH}?q=ada@ex&limit=1"))["results"][0]["number"], one);
    // One address of two customers, another one, none, and none any more.
    give(one, "ada@example.org");
    assert_eq!(found(&api, "ada@ex"), by("email", &[one, two]));
    give(one, "ADA@example.org");
    give(two, "grace@example.org");
    assert_eq!(found(&api, "ada@ex"), by("email", &[one]));
    let without = json!({"name": "P"});
    api.command("PUT", &path(two), Some(&fresh_key()), &without).status(201);
    assert_eq!(found(&api, "grace@"), []);
    api.post(&format!("{}/erase", path(one)), &json!({})).done();
    assert_eq!(found(&api, "ada@ex"), []);
    assert!(!is_stored(server.directory(), "ada@example"), "the address is gone from the disk");
}

#[test]
fn documents_are_found_by_number_and_external_id_before_names() {
    let server = Server::fresh();
    let api = server.api();
    let account = open(&api, &json!({"name": "Shop 2", "currency": "USD", "external_id": "2"}));
    let other = open(&api, &json!({"name": "Other", "currency": "USD"}));
    busy(&api, &account);
    let items = json!({"items": [{"amount": "1"}], "external_id": "order 2"});
    let path = format!("/api/v1/accounts/{other}/invoices");
    let invoice = made(&api.post(&path, &items).done(), "invoice");
    let invoice = text(&invoice, "number");
    let all =
        ["A00000002", "INV00000002", "P-00000002", "R-00000002", "CBA-00000002", "IIA-00000002"];
    let mut expected = by("number", &all);
    expected.extend(by("external_id", &["A00000001"]));
    assert_eq!(found(&api, "2"), expected, "the name comes last, and it is there already");
    assert_eq!(found(&api, "00000002"), by("number", &all));
    for number in all {
        assert_eq!(found(&api, number), by("number", &[number]));
        assert_eq!(found(&api, &number.to_lowercase()), by("number", &[number]));
    }
    assert_eq!(found(&api, "inv2"), by("number", &["INV00000002"]));
    assert_eq!(found(&api, "order 2"), by("external_id", &[&invoice]));
    assert_eq!(found(&api, "Order 2"), [], "external ids are compared exactly");
    assert_eq!(found(&api, "INV99999999"), []);
    let row = &api.show(&format!("{SEARCH}?q={invoice}"))["results"][0];
    assert_eq!(
        *row,
        json!({"document_type": "invoice", "number": invoice, "name": "Other", "account": other,
            "matched": "number"})
    );
}

#[test]
fn a_search_shows_what_its_caller_may_view() {
    let server = Server::fresh();
    let api = server.api();
    let account = open(&api, &json!({"name": "Shop", "currency": "USD", "external_id": "shop"}));
    busy(&api, &account);
    let path = format!("/api/v1/accounts/{account}/personal-data");
    let person = json!({"email": "ada@example.com"});
    api.command("PUT", &path, Some(&fresh_key()), &person).status(201);
    let kinds = |api: &Api, q: &str| -> Vec<String> {
        let answer = api.show(&format!("{SEARCH}?q={q}"));
        let rows = answer["results"].as_array().unwrap().clone();
        rows.iter().map(|row| text(row, "document_type")).collect()
    };
    let payments = ["payment", "refund", "credit_balance_adjustment", "invoice_item_adjustment"];
    for (permission, expected) in [
        ("view_accounts", vec!["account"]),
        ("view_invoices", vec!["invoice"]),
        ("view_payments", payments.to_vec()),
    ] {
        let role = json!({"name": permission, "permissions": [permission]});
        api.post("/api/v1/roles", &role).done();
        let clerk = server.api_with_roles(&format!("key {permission}"), &[permission]);
        assert_eq!(kinds(&clerk, "1"), expected, "{permission}");
        let sees_accounts = permission == "view_accounts";
        for q in ["shop", "sh", "ada@"] {
            assert_eq!(kinds(&clerk, q).is_empty(), !sees_accounts, "{permission} {q}");
        }
        let row = &clerk.show(&format!("{SEARCH}?q=1"))["results"][0];
        assert_eq!(row["name"].is_string(), sees_accounts, "{permission}: {row}");
    }
    let role = json!({"name": "Settings", "permissions": ["view_settings"]});
    api.post("/api/v1/roles", &role).done();
    let outsider = server.api_with_roles("outsider", &["Settings"]);
    for q in ["1", "shop", "sh", "ada@"] {
        assert_eq!(kinds(&outsider, q), [""; 0]);
    }
}

#[test]
fn a_search_refuses_what_it_cannot_answer() {
    let server = Server::fresh();
    let api = server.api();
    for nothing_yet in ["", "?limit=5", "?q=", "?q=%20%20"] {
        assert_eq!(api.show(&format!("{SEARCH}{nothing_yet}"))["results"], json!([]));
    }
    api.get(&format!("{SEARCH}?q=a&cursor=1")).refused(400, "query_invalid");
    api.get(&format!("{SEARCH}?q={}", "x".repeat(101))).refused(400, "query_invalid");
    for limit in ["0", "51"] {
        api.get(&format!("{SEARCH}?q=a&limit={limit}")).refused(400, "limit_invalid");
    }
    assert_eq!(api.show(&format!("{SEARCH}?q={}&limit=50", "x".repeat(100)))["results"], json!([]));
    // Whatever is typed is a text.
    for q in ["%00", "%25_%27%3B--", "%F0%9F%A6%80", "%E2%80%AE", "%0A", "%C4%B0"] {
        let answer = api.get(&format!("{SEARCH}?q=a{q}"));
        assert_eq!(answer.status(200)["results"], json!([]), "{q}");
    }
}
