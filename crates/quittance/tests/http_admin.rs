//! Settings, API keys, the clock, health and metrics over HTTP (domain 13, scenario 58).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::Server;
use support::books::text;
use support::store::is_stored;

#[test]
fn scenario_58_settings_change_what_counts() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let path = "/api/v1/settings";
    let standard = api.show(path);
    assert_eq!(standard["time_zone"], "UTC");
    assert_eq!(standard["negative_invoices_in_account_balance"], true);
    let roles: Vec<String> = standard["accounting_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| text(code, "role"))
        .collect();
    assert_eq!(
        roles,
        ["accounts_receivable", "customer_cash_on_account", "bank", "revenue", "tax"]
    );
    let account = api.open_account("USD");
    api.posted(&account, "80");
    let negative = api.posted(&account, "-30");
    assert_eq!(api.figures(&account), ["0.00", "50.00", "50.00"]);
    api.previewed("PATCH", path, &json!({"negative_invoices_in_account_balance": false}));
    assert_eq!(api.figures(&account), ["0.00", "80.00", "80.00"]);
    let explained = api.show(&format!("/api/v1/accounts/{account}/explain"));
    assert_eq!(
        (&explained["balance"], &explained["carried_forward"]),
        (&json!("80.00"), &json!("0.00"))
    );
    api.transfer(&negative, "30").done();
    assert_eq!(api.figures(&account), ["30.00", "80.00", "50.00"]);
    api.patch(path, &json!({"negative_invoices_in_account_balance": true})).done();
    assert_eq!(api.figures(&account), ["30.00", "80.00", "50.00"]);
}

#[test]
fn the_business_date_follows_the_time_zone() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let path = "/api/v1/settings";
    assert_eq!(api.show("/api/v1/clock")["today"], "2026-03-02");
    api.previewed("PATCH", path, &json!({"time_zone": "Pacific/Kiritimati"}));
    let clock = api.show("/api/v1/clock");
    assert_eq!(
        clock,
        json!({"now": "2026-03-02T10:00:00Z", "today": "2026-03-03", "movable": true})
    );
    let problem =
        api.patch(path, &json!({"time_zone": "Mars/Olympus"})).refused(422, "unknown_time_zone");
    assert_eq!(problem["time_zone"], "Mars/Olympus");
    let moved = api.put("/api/v1/clock", &json!({"now": "2033-11-23T10:00:00.25Z"})).status(200);
    assert_eq!(moved["now"], "2033-11-23T10:00:00.25Z");
    let fixed = Server::fresh();
    let api = fixed.api();
    let clock = api.show("/api/v1/clock");
    assert_eq!(clock["movable"], false);
    let body = json!({"now": "2033-11-23T10:00:00Z"});
    api.put("/api/v1/clock", &body).refused(409, "clock_not_movable");
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let mut server = Server::fresh();
    let api = server.api();
    let path = "/api/v1/api-keys";
    let hostile = "web shop / '\"<b>\u{2603}?#%2F";
    let made =
        api.post(path, &json!({"name": hostile, "roles": ["Payments Standard User"]})).status(201);
    assert_eq!(made["name"], hostile);
    assert_eq!(made["roles"], json!(["Payments Standard User"]));
    let secret = text(&made, "secret");
    let clerk = server.api_as(&secret);
    clerk.open_account("USD");
    api.post(path, &json!({"name": hostile, "roles": ["Administrator"]}))
        .refused(409, "name_taken");
    let listed = api.show(path);
    let keys = listed["api_keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    assert!(keys.iter().all(|key| key.get("secret").is_none()));
    assert!(!api.get(path).text.contains(&secret));
    let one = format!("{path}/{}/revoke", percent_encoded(hostile));
    let revoked = api.post(&one, &json!({})).status(200);
    assert_eq!(revoked["name"], hostile);
    assert!(revoked["revoked_at"].is_string());
    clerk.get("/api/v1/accounts").refused(401, "api_key_unknown");
    // Revoking again keeps the first instant; the name stays taken.
    assert_eq!(api.post(&one, &json!({})).status(200), revoked);
    api.post(path, &json!({"name": hostile, "roles": ["Payments Standard User"]}))
        .refused(409, "name_taken");
    api.post(&format!("{path}/nobody/revoke"), &json!({})).refused(404, "not_found");
    let last = format!("{path}/{}/revoke", api.administrator());
    api.post(&last, &json!({})).refused(409, "last_administrator");
    let second = server.api_with_role("admin");
    second.post(&last, &json!({})).status(200);
    api.get("/api/v1/accounts").refused(401, "api_key_unknown");
    // All of it holds after a restart, and no second first key is made.
    server.kill9();
    let administrator = server.key.clone();
    server.start_again();
    assert_eq!(server.key, administrator);
    for key in [&administrator, &secret] {
        server.api_as(key).get("/api/v1/accounts").refused(401, "api_key_unknown");
    }
    // No secret is stored or logged.
    for key in [&administrator, &secret] {
        assert!(!is_stored(server.directory(), key));
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn making_and_revoking_keys_has_no_preview() {
    let server = Server::fresh();
    let api = server.api();
    let body = json!({"name": "only tried", "roles": ["Payments Standard User"]});
    api.preview("/api/v1/api-keys", &body).refused(400, "query_invalid");
    server.api_with_role("clerk");
    api.preview("/api/v1/api-keys/a%20clerk/revoke", &json!({})).refused(400, "query_invalid");
    let keys = api.show("/api/v1/api-keys")["api_keys"].clone();
    let names: Vec<&Value> = keys.as_array().unwrap().iter().map(|key| &key["name"]).collect();
    assert_eq!(names, ["a clerk", &api.administrator()]);
    assert!(keys.as_array().unwrap().iter().all(|key| key["revoked_at"].is_null()));
}

#[test]
fn health_and_metrics_need_no_key_and_show_nothing_of_the_books() {
    let server = Server::fresh();
    let api = server.anonymous();
    for path in ["/healthz", "/readyz"] {
        assert_eq!(api.show(path)["status"], "ok");
    }
    let (account, _) = server.api().account_with_credit("100");
    server.api().refund(&account, "1000").refused(409, "amount_exceeds_credit_balance");
    let refund = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": "1"});
    server.api().preview(&refund, &body).status(200);
    for _ in 0..3 {
        server.api().post_as(&refund, "same", &body).done();
    }
    let metrics = api.get("/metrics");
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let value = |name: &str| -> f64 {
        let line = metrics.text.lines().find(|line| line.starts_with(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {}", metrics.text))[name.len() + 1..]
            .parse()
            .unwrap()
    };
    assert_eq!(value("quittance_commands_accepted_total"), 4.0);
    assert_eq!(value("quittance_commands_rejected_total"), 1.0);
    assert_eq!(value("quittance_commands_previewed_total"), 1.0);
    assert_eq!(value("quittance_commands_replayed_total"), 2.0);
    assert_eq!(value("quittance_entries"), 4.0);
    assert_eq!(value("quittance_http_requests_total{status=\"409\"}"), 1.0);
    assert!(value("quittance_commits_total") >= 4.0);
    assert!(metrics.text.trim_end().ends_with("# EOF"));
    assert!(!metrics.text.contains(&account));
}

#[test]
fn a_request_id_is_echoed_logged_and_kept_in_the_history() {
    let server = Server::fresh();
    let api = server.api();
    let given = [
        ("x-request-id", "shop-7.a_B"),
        ("idempotency-key", "k"),
        ("content-type", "application/json"),
    ];
    let body = json!({"name": "Ada", "currency": "USD"}).to_string();
    let opened = api.send("POST", "/api/v1/accounts", &given, Some(body));
    assert_eq!(opened.header("x-request-id"), Some("shop-7.a_B"));
    assert_eq!(opened.done()["request_id"], "shop-7.a_B");
    assert_eq!(api.show("/api/v1/journal/JE-00000001")["request_id"], "shop-7.a_B");
    let refused = api.send("GET", "/api/v1/accounts/A00000009", &given[..1], None);
    assert_eq!(refused.header("x-request-id"), Some("shop-7.a_B"));
    assert!(server.log().contains("shop-7.a_B"), "{}", server.log());
    // One of ours instead of one that could forge a log line, or none.
    let long = "x".repeat(65);
    let mut seen = std::collections::BTreeSet::new();
    for bad in ["", "two words", "a=b", "\"", long.as_str()] {
        let answer = api.send("GET", "/healthz", &[("x-request-id", bad)], None);
        let id = answer.header("x-request-id").unwrap().to_owned();
        assert!(id != bad && !id.is_empty());
        assert!(seen.insert(id));
    }
    assert!(api.get("/nowhere").header("x-request-id").is_some());
}

#[test]
fn a_read_only_server_answers_questions_and_refuses_commands() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Server::start(directory.path());
    let (account, invoice) = server.api().account_with_credit("100");
    let key = server.key.clone();
    assert!(server.terminate().success());
    let server = Server::start_with(directory.path(), &["--read-only"]);
    let api = server.api_as(&key);
    server.anonymous().show("/healthz");
    server.anonymous().get("/readyz").refused(503, "storage_read_only");
    assert_eq!(api.figures(&account), ["100.00", "0.00", "-100.00"]);
    assert_eq!(api.balance(&invoice), "0.00");
    let refused = api.refund(&account, "1");
    refused.refused(503, "storage_read_only");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let body = json!({"name": "late", "roles": ["Viewer"]});
    api.post("/api/v1/api-keys", &body).refused(503, "storage_read_only");
    assert_eq!(api.figures(&account)[0], "100.00");
}
