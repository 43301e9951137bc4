//! What the door itself does with keys, roles, headers, paths, queries and bodies.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use support::books::text;
use support::contract::operations;
use support::{Answer, Api, Server};

const ACCOUNTS: &str = "/api/v1/accounts";
const JSON: (&str, &str) = ("content-type", "application/json");

/// Every operation that needs a key: id, method, path, body.
fn guarded() -> Vec<(String, String, String, Value)> {
    // Whoever sends a notice proves by its signature who it is; whoever logs in or wants a token, by a secret.
    let proved = ["receive_webhook", "log_in", "issue_token", "revoke_token"];
    let open = ["healthz", "readyz", "metrics"].into_iter().chain(proved).collect::<Vec<_>>();
    let all = operations().into_iter().filter(|it| !open.contains(&it.id()));
    all.map(|it| {
        let body = it.example().unwrap_or(Value::Null);
        (it.id().to_owned(), it.method.clone(), it.path(), body)
    })
    .collect()
}

fn ask(api: &Api, method: &str, path: &str, body: &Value) -> Answer {
    match method {
        "GET" => api.get(path),
        _ => api.command(method, path, None, body),
    }
}

#[test]
fn nothing_is_open_without_a_key() {
    // More wrong keys than one address may send.
    let server = Server::fresh_with(&["--failure-limit", "0"]);
    let anonymous = server.anonymous();
    for (id, method, path, body) in guarded() {
        let refused = ask(&anonymous, &method, &path, &body);
        refused.refused(401, "api_key_missing");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{id}");
        // Who may not call learns nothing of the query and the body either.
        let odd = ask(&anonymous, &method, &format!("{path}?limit=x&as_of=y"), &json!({"x": 1}));
        odd.refused(401, "api_key_missing");
        ask(&server.api_as("qk_wrong"), &method, &path, &body).refused(401, "api_key_unknown");
    }
    let key = &server.key;
    for wrong in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        format!("Basic {key}"),
        key.clone(),
        format!("Bearer {}", key.to_uppercase()),
        format!("Bearer {key}0"),
        format!("Bearer {}", &key[..key.len() - 1]),
    ] {
        let answer = anonymous.send("GET", ACCOUNTS, &[("authorization", &wrong)], None);
        answer.refused(401, "api_key_unknown");
    }
    let header = format!("bearer {key}");
    assert_eq!(anonymous.send("GET", ACCOUNTS, &[("authorization", &header)], None).status, 200);
}

#[test]
fn every_command_needs_an_idempotency_key() {
    let server = Server::fresh();
    let api = server.api();
    let mut commands = 0;
    for operation in operations() {
        if operation.parameters("header").is_empty() {
            continue;
        }
        commands += 1;
        let body = operation.example().unwrap_or(Value::Null);
        let answer = api.command(&operation.method, &operation.path(), None, &body);
        answer.refused(400, "idempotency_key_missing");
    }
    assert!(commands >= 34, "only {commands} commands take a key");
    let open = |key: &str| {
        let body = json!({"name": "Ada", "currency": "USD"});
        let raw = format!(
            "POST {ACCOUNTS} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}",
            server.key,
            body.to_string().len()
        );
        api.raw(raw.as_bytes())
    };
    for bad in ["", "   ", "\u{2603}", &"x".repeat(256), "a\tb"] {
        let answer = open(bad);
        assert!(answer.starts_with("HTTP/1.1 400"), "{bad:?}: {answer}");
        assert!(answer.contains("idempotency_key_invalid"), "{bad:?}: {answer}");
    }
    for good in ["x", "with some words", "~!@#$%^&*()_+{}|:\"<>?", &"x".repeat(255)] {
        assert!(open(good).starts_with("HTTP/1.1 201"), "{good:?}");
    }
}

#[test]
fn bodies_are_json_of_at_most_a_mebibyte() {
    let server = Server::fresh();
    let api = server.api();
    let body = json!({"name": "Ada", "currency": "USD"}).to_string();
    let send = |content_type: Option<&str>, body: String| {
        let key = support::api::fresh_key();
        let mut headers = vec![("idempotency-key", key.as_str())];
        headers.extend(content_type.map(|it| ("content-type", it)));
        api.send("POST", ACCOUNTS, &headers, Some(body))
    };
    for refused in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("json"),
        Some("application/jsonp"),
    ] {
        send(refused, body.clone()).refused(415, "content_type_not_json");
    }
    for fine in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        send(Some(fine), body.clone()).done();
    }
    let padded = |length: usize| format!("{body}{}", " ".repeat(length - body.len()));
    send(Some(JSON.1), padded(1 << 20)).done();
    send(Some(JSON.1), padded((1 << 20) + 1)).refused(413, "body_too_large");
    let bytes = format!(
        "POST {ACCOUNTS} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\nidempotency-key: k\r\ncontent-length: 11\r\n\r\n",
        server.key
    );
    let broken = [bytes.as_bytes(), b"{\"name\":\"\xff\""].concat();
    let answer = api.raw(&broken);
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("body_invalid"), "{answer}");
}

#[test]
fn queries_are_read_strictly() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let lists = [
        "accounts",
        "invoices",
        "payments",
        "credit-balance-adjustments",
        "invoice-item-adjustments",
        "refunds",
        "journal",
    ];
    for list in lists {
        let refused = |query: &str, code: &str| {
            api.get(&format!("/api/v1/{list}?{query}")).refused(400, code);
        };
        for limit in ["0", "201", "18446744073709551615"] {
            refused(&format!("limit={limit}"), "limit_invalid");
        }
        for limit in ["-1", "ten", "", "1.5", "18446744073709551616"] {
            refused(&format!("limit={limit}"), "query_invalid");
        }
        for cursor in ["", "I", "I0", "41", "Ix", "I-1", "I72057594037927936", "A00000001", "%00"] {
            refused(&format!("cursor={cursor}"), "cursor_invalid");
        }
        refused("page=2", "query_invalid");
        refused("limit=1&limit=2", "query_invalid");
        // Beyond the end there is simply the end.
        let rows = list.replace('-', "_").replace("journal", "entries");
        let beyond = api.show(&format!("/api/v1/{list}?cursor=I72057594037927935&limit=200"));
        assert_eq!(beyond[&rows], api.show(&format!("/api/v1/{list}"))[&rows]);
        let before = api.show(&format!("/api/v1/{list}?cursor=I00000001"));
        assert_eq!((&before[&rows], &before["next_cursor"]), (&json!([]), &Value::Null));
    }
    for path in [format!("{ACCOUNTS}/{account}/balance"), "/api/v1/trial-balance".to_owned()] {
        for day in ["", "today", "2026-02-30", "2026-13-01", "10000-01-01"] {
            api.get(&format!("{path}?as_of={day}")).refused(400, "query_invalid");
        }
    }
    for query in ["dry_run", "dry_run=yes", "dry_run=TRUE", "dryrun=true", "dry_run=true&x=1"] {
        let body = json!({"name": "Ada", "currency": "USD"});
        api.post(&format!("{ACCOUNTS}?{query}"), &body).refused(400, "query_invalid");
    }
    for id in ["", &"x".repeat(101), "%00"] {
        api.get(&format!("{ACCOUNTS}?external_id={id}")).refused(400, "query_invalid");
    }
}

#[test]
fn only_the_right_name_leads_to_a_document() {
    let server = Server::fresh();
    let api = server.api();
    let (account, invoice) = api.account_with_credit("10");
    api.refund(&account, "1").done();
    let ids = [
        (account.as_str(), "accounts"),
        (invoice.as_str(), "invoices"),
        ("CBA-00000001", "credit-balance-adjustments"),
        ("R-00000001", "refunds"),
        ("JE-00000001", "journal"),
    ]
    .map(|(number, path)| {
        let id = text(&api.show(&format!("/api/v1/{path}/{number}")), "id");
        assert_eq!(api.show(&format!("/api/v1/{path}/{id}"))["number"], number);
        (id, path)
    });
    for (id, own) in &ids {
        // The id with another instant of creation, and the id of another kind of document.
        let other =
            format!("{}{}", &id[..11], if id[11..12] == *"0" { "1" } else { "0" }) + &id[12..];
        for name in [&other, &id.to_uppercase(), &id[..31].to_owned(), &format!("{id}0")] {
            api.get(&format!("/api/v1/{own}/{name}")).refused(404, "not_found");
        }
        for (_, path) in ids.iter().filter(|(_, path)| path != own) {
            api.get(&format!("/api/v1/{path}/{id}")).refused(404, "not_found");
        }
    }
    for name in [
        "A1",
        "a00000001",
        "A00000000",
        "A00000099",
        "A0000000x",
        "INV00000001",
        "-1",
        "..%2f",
        "%00",
        "A99999999999999999999",
        "null",
        "%F0%9F%A6%80",
        "'%20OR%201=1",
        &"9".repeat(4000),
    ] {
        let problem = api.get(&format!("{ACCOUNTS}/{name}")).refused(404, "not_found");
        assert_eq!(problem["kind"], "account");
        api.refund(name, "1").refused(404, "not_found");
    }
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/accounts/",
        "/api/v1/Accounts",
        "/API/v1/accounts",
        "/api/v1/accounts/A00000001/nothing",
        "/api/openapi.yaml",
        "/../etc/passwd",
    ] {
        api.get(path).refused(404, "no_such_path");
    }
}

#[test]
fn a_refusal_leaves_the_connection_usable() {
    let server = Server::fresh();
    let address = server.url.strip_prefix("http://").unwrap();
    let head = "host: localhost\r\ncontent-type: application/json\r\ncontent-length: 2\r\n";
    for refused in ["POST /api/v1/accounts", "DELETE /api/v1/accounts", "POST /nowhere"] {
        let mut stream = TcpStream::connect(address).unwrap();
        // The body follows on its own, as many clients send it.
        stream.write_all(format!("{refused} HTTP/1.1\r\n{head}\r\n").as_bytes()).unwrap();
        (0..20).for_each(|_| drop(server.anonymous().show("/healthz")));
        let next = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(format!("{{}}{next}").as_bytes()).unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        let statuses: Vec<&str> =
            answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert!(statuses[0].starts_with('4'), "{answers}");
        assert_eq!(statuses[1..], ["200"], "{answers}");
    }
}
