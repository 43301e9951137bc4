//! Every error code of docs/errors.md that a client can bring about, brought about over HTTP.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod books;
mod gateways;
mod rules;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use support::{Answer, Server};

/// What needs several people and a refund that waits is in `approvals.rs` and `http_periods.rs`; what needs endpoints of
/// events in `events`; what needs people who log in and programs with tokens in `http_users.rs`, `http_sessions.rs`,
/// `http_oauth.rs` and `http_rate_limits.rs`.
const ELSEWHERE: &[&str] = &[
    "not_to_be_paid",
    "adjust_before_approval",
    "approved_refund_final",
    "void_needs_approval",
    "period_has_orders",
    "token_unknown",
    "session_unknown",
    "login_failed",
    "second_factor_required",
    "csrf_token_invalid",
    "cross_site_request",
    "password_change_required",
    "not_a_session",
    "second_factor_active",
    "no_second_factor",
    "own_user",
    "not_the_first_user",
    "password_refused",
    "password_wrong",
    "code_wrong",
    "second_factor_unavailable",
    "login_locked",
    "rate_limited",
    "too_many_failures",
    "not_awaiting_approval",
    "approval_expired",
    "only_people_approve",
    "self_approval",
    "approved_already",
    "approval_role_missing",
    "not_yours",
    "total_differs",
    "too_many_event_endpoints",
    "event_delivery_not_found",
];
/// What no client can bring about at will: broken connections and disks, a full queue, a tax item
/// without its charge (`tax` stands on the charge), a hundred thousand movements, our own faults, and what
/// only follows from a gateway's answer or from secrets that are kept; labels where no body has a place for them.
const OUT_OF_REACH: &[&str] = &[
    "changed_meanwhile",
    "labels_not_taken",
    "too_many_movements",
    "body_unreadable",
    "tax_without_charge",
    "internal_error",
    "busy",
    "stopping",
    "storage_full",
    "storage_failed",
    "storage_contended",
    "storage_unreachable",
    "outcome_unknown",
    "adjust_not_allowed",
    "payment_disputed",
    "payment_settled",
    "payment_too_old",
    "not_the_original_method",
    "electronic_refund_final",
    "order_leased",
    "order_not_due",
    "stale_attempt",
    "not_in_doubt",
    "already_resolved",
    "too_early_to_resolve",
    "settlement_file_invalid",
    "webhook_malformed",
    "webhook_unverified",
    "credentials_invalid",
    "credentials_missing",
    "gateway_failed",
    "event_endpoint_contended",
];

/// Every code in the tables of docs/errors.md with its status.
fn documented() -> BTreeMap<String, u16> {
    let text = include_str!("../../../../docs/errors.md");
    let mut section = 0;
    let mut codes = BTreeMap::new();
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            section = title.get(..3).and_then(|status| status.parse().ok()).unwrap_or(0);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let own = cells.get(1).and_then(|cell| cell.parse().ok());
        let code = cells.get(if own.is_some() { 2 } else { 1 }).copied().unwrap_or("");
        if let Some(code) = code.strip_prefix('`').and_then(|code| code.strip_suffix('`')) {
            codes.insert(code.to_owned(), own.unwrap_or(section));
        }
    }
    codes
}

/// The codes seen so far.
#[derive(Default)]
struct Seen(BTreeMap<String, u16>);

impl Seen {
    #[track_caller]
    fn refused(&mut self, answer: &Answer, status: u16, code: &str) -> Value {
        let problem = answer.refused(status, code);
        self.0.insert(code.to_owned(), status);
        problem
    }
}

#[test]
fn every_documented_code_is_answered_with_its_status() {
    let server = Server::on("2026-03-02");
    let mut seen = Seen::default();
    door(&mut seen, &server);
    rules::administration(&mut seen, &server);
    books::accounts(&mut seen, &server.api());
    books::invoices(&mut seen, &server.api());
    books::item_adjustments(&mut seen, &server.api());
    books::credit(&mut seen, &server.api());
    books::cancellations(&mut seen, &server.api());
    books::payments(&mut seen, &server.api());
    books::refunds(&mut seen, &server.api());
    gateways::methods(&mut seen, &server.api());
    gateways::gateways(&mut seen, &server.api());
    gateways::orders(&mut seen, &server.api());
    rules::reference_data(&mut seen);
    gateways::events(&mut seen, &server.api());
    rules::labels(&mut seen, &server.api());
    gateways::too_long_a_statement(&mut seen, &server.api());
    let mut expected = documented();
    for code in OUT_OF_REACH.iter().chain(ELSEWHERE) {
        assert!(expected.remove(*code).is_some(), "{code} is not documented");
    }
    let missing: BTreeSet<_> = expected.keys().filter(|code| !seen.0.contains_key(*code)).collect();
    assert!(missing.is_empty(), "documented, not seen: {missing:?}");
    assert_eq!(seen.0, expected);
}

fn door(seen: &mut Seen, server: &Server) {
    let api = server.api();
    seen.refused(&server.anonymous().get("/api/v1/accounts"), 401, "api_key_missing");
    seen.refused(&server.api_as("qk_0").get("/api/v1/accounts"), 401, "api_key_unknown");
    let viewer = server.api_with_role("viewer");
    let body = json!({"name": "Ada", "currency": "USD"});
    let problem = seen.refused(&viewer.post("/api/v1/accounts", &body), 403, "permission_missing");
    assert_eq!(problem["permissions"], json!(["manage_accounts"]));
    let json = ("content-type", "application/json");
    let post = |headers: &[(&str, &str)], body: String| {
        api.send("POST", "/api/v1/accounts", headers, Some(body))
    };
    seen.refused(&post(&[json], body.to_string()), 400, "idempotency_key_missing");
    let invalid = ("idempotency-key", "\t");
    seen.refused(&post(&[json, invalid], body.to_string()), 400, "idempotency_key_invalid");
    seen.refused(
        &post(&[("idempotency-key", "k")], body.to_string()),
        415,
        "content_type_not_json",
    );
    let brief = Server::on("2026-03-02");
    let until = json!({"name": "brief", "roles": ["Viewer"], "expires_at": "2026-03-03T00:00:00Z"});
    let made = brief.api().post("/api/v1/api-keys", &until).status(201);
    let later = json!({"now": "2026-03-04T00:00:00Z"});
    brief.api().put("/api/v1/clock", &later).status(200);
    let expired = brief.api_as(made["secret"].as_str().unwrap()).get("/api/v1/accounts");
    seen.refused(&expired, 401, "api_key_expired");
    let large = " ".repeat((1 << 20) + 1);
    seen.refused(&post(&[json], large), 413, "body_too_large");
    let problem = seen.refused(&post(&[json], "{\"name\": 7}".into()), 400, "body_invalid");
    assert_eq!(problem["field"], "name");
    let whom = "x".repeat(101);
    let headers = [json, ("idempotency-key", "k"), ("quittance-on-behalf-of", whom.as_str())];
    seen.refused(&post(&headers, body.to_string()), 400, "on_behalf_of_invalid");
    seen.refused(&api.get("/api/v1/accounts?limit=201"), 400, "limit_invalid");
    seen.refused(&api.get("/api/v1/accounts?cursor=x"), 400, "cursor_invalid");
    seen.refused(&api.get("/api/v1/accounts?limit=many"), 400, "query_invalid");
    seen.refused(&api.get("/api/v1/accounts/%FF"), 400, "path_invalid");
    seen.refused(&api.get("/api/v1/accounts/A00000009"), 404, "not_found");
    seen.refused(&api.get("/api/v2/accounts"), 404, "no_such_path");
    let delete = api.send("DELETE", "/api/v1/accounts", &[], None);
    seen.refused(&delete, 405, "method_not_allowed");
    let directory = tempfile::tempdir().unwrap();
    let mut first = Server::start(directory.path());
    first.terminate();
    let second = Server::start_with(directory.path(), &["--read-only"]);
    let refused = second.api_as(&first.key).post("/api/v1/accounts", &body);
    seen.refused(&refused, 503, "storage_read_only");
}
