//! Every error code of docs/errors.md that a client can bring about, brought about over HTTP.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use support::books::number;
use support::{Answer, Api, Server};

/// What needs several people and a refund that waits is in `approvals.rs` and `http_periods.rs`; what needs endpoints of
/// events in `events`; what needs people who log in and programs with tokens in `http_users.rs`, `http_sessions.rs`,
/// `http_oauth.rs` and `http_rate_limits.rs`.
const ELSEWHERE: &[&str] = &[
    "not_to_be_paid",
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
    let text = include_str!("../../../docs/errors.md");
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
    administration(&mut seen, &server);
    accounts(&mut seen, &server.api());
    invoices(&mut seen, &server.api());
    item_adjustments(&mut seen, &server.api());
    credit(&mut seen, &server.api());
    cancellations(&mut seen, &server.api());
    payments(&mut seen, &server.api());
    refunds(&mut seen, &server.api());
    methods(&mut seen, &server.api());
    gateways(&mut seen, &server.api());
    orders(&mut seen, &server.api());
    reference_data(&mut seen);
    events(&mut seen, &server.api());
    labels(&mut seen, &server.api());
    too_long_a_statement(&mut seen, &server.api());
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

fn labels(seen: &mut Seen, api: &Api) {
    const FIELDS: &str = "/api/v1/custom-fields";
    let field = |object: &str, name: &str, more: Value| {
        let mut field = json!({"object": object, "name": name, "label": "x", "type": "text",
            "generation": "legacy"});
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.post(FIELDS, &field)
    };
    let advanced = json!({"generation": "advanced"});
    seen.refused(
        &field("credit_balance_adjustment", "A__c", advanced.clone()),
        422,
        "legacy_fields_only",
    );
    let long = json!({"max_length": 501});
    seen.refused(&field("refund", "A__c", long), 422, "custom_field_definition");
    field("refund", "A__c", json!({"max_length": 2})).done();
    seen.refused(&field("refund", "A__c", json!({})), 409, "custom_field_exists");
    field("refund", "Off__c", json!({"active": false})).done();
    field("refund", "Pick__c", json!({"type": "picklist", "values": ["a"]})).done();
    field("refund", "New__c", advanced).done();
    for number in 0..10 {
        field("refund", &format!("F{number}__c"), json!({"filterable": true})).done();
    }
    let filterable = json!({"filterable": true});
    seen.refused(&field("refund", "F10__c", filterable), 409, "custom_field_limit");
    api.patch("/api/v1/settings", &json!({"custom_field_compatibility": true})).done();
    let (account, _) = api.account_with_credit("10");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let refund = |fields: Value| {
        api.post(&path, &json!({"method_type": "check", "amount": "1", "custom_fields": fields}))
    };
    seen.refused(&refund(json!({"B__c": "x"})), 422, "unknown_custom_field");
    seen.refused(&refund(json!({"Off__c": "x"})), 409, "custom_field_inactive");
    seen.refused(&refund(json!({"A__c": true})), 422, "custom_field_wrong_type");
    seen.refused(&refund(json!({"A__c": "long"})), 422, "custom_field_too_long");
    seen.refused(&refund(json!({"Pick__c": "b"})), 422, "custom_field_not_in_picklist");
    seen.refused(&refund(json!({"New__c": "b"})), 409, "advanced_field_not_accepted");
    let required = |name: &str, required: bool| {
        api.patch(&format!("{FIELDS}/refund/{name}"), &json!({"required": required})).done();
    };
    required("New__c", true);
    seen.refused(&refund(json!({})), 409, "advanced_field_blocks_credit_balance_refund");
    required("New__c", false);
    required("A__c", true);
    seen.refused(&refund(json!({})), 422, "custom_field_missing");
}

fn administration(seen: &mut Seen, server: &Server) {
    let api = server.api();
    let administrator = api.administrator();
    let key = json!({"name": administrator, "roles": ["Viewer"]});
    seen.refused(&api.post("/api/v1/api-keys", &key), 409, "name_taken");
    let revoke = api.post(&format!("/api/v1/api-keys/{administrator}/revoke"), &json!({}));
    seen.refused(&revoke, 409, "last_administrator");
    let role = json!({"name": "Viewer", "permissions": []});
    seen.refused(&api.post("/api/v1/roles", &role), 409, "role_name_taken");
    let off = json!({"active": false});
    seen.refused(&api.patch("/api/v1/roles/Viewer", &off), 409, "role_not_editable");
    seen.refused(&api.patch("/api/v1/roles/Nobody", &off), 422, "unknown_role");
    let policies = "/api/v1/approval-policies";
    let levels = json!([{"roles": ["Administrator"]}]);
    api.post(policies, &json!({"name": "p", "levels": levels})).status(201);
    let policy = json!({"name": "p", "levels": levels});
    seen.refused(&api.post(policies, &policy), 409, "policy_name_taken");
    seen.refused(&api.patch(&format!("{policies}/q"), &off), 422, "unknown_policy");
    let none = json!({"name": "q", "levels": []});
    seen.refused(&api.post(policies, &none), 422, "policy_levels");
    let never = json!({"name": "q", "levels": levels, "expires_after_hours": 0});
    seen.refused(&api.post(policies, &never), 422, "policy_hours");
    api.patch(&format!("{policies}/p"), &off).status(201);
    let fixed = Server::fresh();
    let moved = fixed.api().put("/api/v1/clock", &json!({"now": "2033-01-01T00:00:00Z"}));
    seen.refused(&moved, 409, "clock_not_movable");
    let settings = |body: Value| api.patch("/api/v1/settings", &body);
    seen.refused(&settings(json!({"time_zone": "Mars/Olympus"})), 422, "unknown_time_zone");
    let taken = settings(json!({"accounting_codes": {"bank": "Revenue"}}));
    seen.refused(&taken, 409, "accounting_code_in_use");
}

/// Periods, reason codes, dates ahead and credit switched off, in books of their own.
fn reference_data(seen: &mut Seen) {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let codes = "/api/v1/reason-codes";
    let code = json!({"category": "payment_refund", "code": "Other"});
    seen.refused(&api.post(codes, &code), 409, "reason_code_taken");
    let off = json!({"active": false});
    let default = format!("{codes}/payment_refund/Standard%20Refund");
    seen.refused(&api.patch(&default, &off), 409, "reason_code_is_default");
    let account = api.open_account("USD");
    let settings = |body: Value| api.patch("/api/v1/settings", &body).status(201);
    settings(json!({"future_dates": true}));
    let refund = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let electronic = json!({"type": "electronic", "date": "2026-03-04"});
    seen.refused(&api.post(&refund, &electronic), 422, "date_not_today_or_tomorrow");
    let far = json!({"method_type": "check", "date": "2028-03-03"});
    seen.refused(&api.post(&refund, &far), 422, "date_too_far_ahead");
    let ahead = json!({"items": [{"amount": "-5"}], "invoice_date": "2026-03-09", "post": true});
    let made = api.post(&format!("/api/v1/accounts/{account}/invoices"), &ahead).done();
    api.transfer(&number(&made, "invoice"), "5").done();
    let early = json!({"method_type": "check", "date": "2026-03-01"});
    seen.refused(&api.post(&refund, &early), 409, "dated_ahead_since");
    settings(json!({"credit_balance": false}));
    seen.refused(&api.pay(&account, &[], Some("1")), 409, "credit_balance_off");
    let periods = "/api/v1/accounting-periods";
    let make = |name: &str, first: &str, last: &str| {
        api.post(periods, &json!({"name": name, "first_day": first, "last_day": last}))
    };
    let set = |name: &str, status: &str| {
        api.patch(&format!("{periods}/{name}"), &json!({"status": status}))
    };
    make("February", "2026-02-01", "2026-02-28").done();
    make("March", "2026-03-01", "2026-03-31").done();
    seen.refused(&make("March", "2026-04-01", "2026-04-30"), 409, "period_name_taken");
    seen.refused(&make("May", "2026-05-01", "2026-05-31"), 409, "period_not_next");
    let backwards = make("April", "2026-04-01", "2026-03-01");
    seen.refused(&backwards, 422, "period_ends_before_it_begins");
    seen.refused(&set("April", "closed"), 422, "unknown_period");
    seen.refused(&set("March", "open"), 409, "period_status_unchanged");
    seen.refused(&set("March", "closed"), 409, "earlier_period_open");
    let draft = json!({"items": [{"amount": "5"}], "invoice_date": "2026-02-09"});
    let made = api.post(&format!("/api/v1/accounts/{account}/invoices"), &draft).done();
    seen.refused(&set("February", "closed"), 409, "period_has_drafts");
    let cancel = format!("/api/v1/invoices/{}/cancel", number(&made, "invoice"));
    api.post(&cancel, &Value::Null).done();
    set("February", "closed").done();
    let locked = format!("/api/v1/accounts/{account}/invoices");
    seen.refused(&api.post(&locked, &draft), 409, "period_closed");
    set("March", "closed").done();
    seen.refused(&set("February", "open"), 409, "period_not_reopenable");
}

fn accounts(seen: &mut Seen, api: &Api) {
    let body = json!({"name": "Ada", "currency": "USD", "external_id": "crm-1"});
    api.post_as("/api/v1/accounts", "an account", &body).done();
    seen.refused(&api.post("/api/v1/accounts", &body), 409, "external_id_taken");
    let other = json!({"name": "Grace", "currency": "USD"});
    let reused = api.post_as("/api/v1/accounts", "an account", &other);
    seen.refused(&reused, 409, "idempotency_key_reused");
    let account = api.open_account("USD");
    let cancel = format!("/api/v1/accounts/{account}/cancel");
    api.post(&cancel, &Value::Null).done();
    seen.refused(&api.post(&cancel, &Value::Null), 409, "account_status_unchanged");
    seen.refused(&api.pay(&account, &[], Some("1")), 409, "account_canceled");
}

fn invoices(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let create = |body: Value| api.post(&format!("/api/v1/accounts/{account}/invoices"), &body);
    seen.refused(&create(json!({"items": []})), 422, "nothing_given");
    let items = json!([{"amount": "1"}]);
    let dates = json!({"items": items, "invoice_date": "2026-03-02", "due_date": "2026-03-01"});
    seen.refused(&create(dates), 422, "due_before_invoice");
    let code = json!({"items": [{"amount": "1", "accounting_code": "9999"}]});
    seen.refused(&create(code), 422, "unknown_accounting_code");
    let euros = json!({"items": items, "currency": "EUR"});
    seen.refused(&create(euros), 422, "currency_mismatch");
    seen.refused(&create(json!({"items": [{"amount": "0.001"}]})), 422, "invalid_amount");
    let most = json!({"items": [{"amount": "10000000000000"}, {"amount": "0.01"}]});
    seen.refused(&create(most), 409, "balance_too_large");
    let draft = api.invoice(&account, "5", false);
    let unpost =
        |invoice: &str| api.post(&format!("/api/v1/invoices/{invoice}/unpost"), &Value::Null);
    seen.refused(&unpost(&draft), 409, "invoice_status");
    let (first, last) = (api.posted(&account, "5"), api.posted(&account, "5"));
    seen.refused(&unpost(&first), 409, "invoice_not_latest");
    api.pay(&account, &[(&last, "1")], None).done();
    seen.refused(&unpost(&last), 409, "invoice_has_documents");
}

fn item_adjustments(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let body = json!({"items": [{"amount": "10"}, {"amount": "-4"}], "post": true});
    let made = api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done();
    let invoice = number(&made, "invoice");
    let path = format!("/api/v1/invoices/{invoice}/adjust");
    let items = api.show(&format!("/api/v1/invoices/{invoice}"))["items"].clone();
    let line = |item: usize, kind: &str, amount: &str| json!({"lines": [{"item": items[item]["number"], "type": kind, "amount": amount}]});
    let unnamed = json!({"lines": [{"type": "credit", "amount": "1"}]});
    seen.refused(&api.post(&path, &unnamed), 422, "item_ambiguous");
    seen.refused(&api.post(&path, &line(0, "charge", "1")), 409, "item_not_toward_zero");
    seen.refused(&api.post(&path, &line(1, "charge", "1")), 409, "not_toward_zero");
    let mut both = line(0, "credit", "1");
    both["settle"] = json!(true);
    seen.refused(&api.post(&path, &both), 422, "lines_or_settle");
    let mut early = line(0, "credit", "1");
    early["date"] = json!("2026-03-01");
    seen.refused(&api.post(&path, &early), 422, "date_too_early");
    let mut wrong = line(0, "credit", "1");
    wrong["reason_code"] = json!("Because");
    seen.refused(&api.post(&path, &wrong), 422, "unknown_reason_code");
    api.post(&path, &json!({"settle": true})).done();
    assert_eq!(api.balance(&invoice), "0.00");
    seen.refused(&api.post(&path, &json!({"settle": true})), 409, "nothing_to_settle");
}

fn credit(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "50");
    let path = format!("/api/v1/accounts/{account}/credit-balance/apply");
    seen.refused(&api.apply(&account, &invoice, "1"), 409, "no_credit");
    seen.refused(&api.transfer(&invoice, "1"), 409, "invoice_not_negative");
    let counter = format!("/api/v1/invoices/{invoice}/counter-adjust");
    seen.refused(&api.post(&counter, &json!({})), 409, "nothing_to_reverse");
    api.pay(&account, &[], Some("30")).done();
    seen.refused(&api.apply(&account, &invoice, "31"), 409, "amount_exceeds_credit_balance");
    seen.refused(&api.apply(&account, &invoice, "51"), 409, "amount_exceeds_invoice_balance");
    seen.refused(&api.apply(&account, &invoice, "0"), 422, "amount_not_positive");
    let both = json!({"amount": "1", "invoices": [{"invoice": invoice}]});
    seen.refused(&api.post(&path, &both), 400, "amount_ambiguous");
    let many: Vec<Value> = (0..1001).map(|_| json!({"invoice": invoice})).collect();
    seen.refused(&api.post(&path, &json!({"invoices": many})), 422, "too_many");
    api.apply(&account, &invoice, "10").done();
    let more = json!({"amount": "10.01"});
    seen.refused(&api.post(&counter, &more), 409, "amount_exceeds_reversible");
    let other = api.open_account("USD");
    let theirs = api.posted(&other, "5");
    seen.refused(&api.apply(&account, &theirs, "1"), 409, "invoice_of_another_account");
    let ahead = json!({"items": [{"amount": "5"}], "invoice_date": "2026-03-03", "post": true});
    let made = api.post(&format!("/api/v1/accounts/{account}/invoices"), &ahead).done();
    let ahead = number(&made, "invoice");
    seen.refused(&api.apply(&account, &ahead, "1"), 409, "invoice_dated_in_future");
    api.apply(&account, &invoice, "20").done();
    api.pay(&account, &[(&invoice, "20")], Some("1")).done();
    seen.refused(&api.apply(&account, &invoice, "1"), 409, "invoice_not_positive");
    seen.refused(&api.post(&path, &json!({})), 409, "no_open_invoice");
}

fn cancellations(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let negative = api.posted(&account, "-10");
    let adjustment = |answer: &Answer| number(&answer.done(), "credit_balance_adjustment");
    let increase = adjustment(&api.transfer(&negative, "10"));
    let positive = api.posted(&account, "10");
    let decrease = adjustment(&api.apply(&account, &positive, "4"));
    seen.refused(&api.cancel_adjustment(&increase), 409, "credit_already_used");
    let counter = format!("/api/v1/invoices/{positive}/counter-adjust");
    api.post(&counter, &json!({"amount": "1"})).done();
    seen.refused(&api.cancel_adjustment(&decrease), 409, "invoice_beyond_its_amount");
    let overpaid = adjustment(&api.pay(&account, &[], Some("5")));
    seen.refused(&api.cancel_adjustment(&overpaid), 409, "adjustment_of_payment");
    let refund = api.refund(&account, "5");
    seen.refused(&api.cancel_adjustment(&adjustment(&refund)), 409, "adjustment_of_refund");
    let path = format!("/api/v1/refunds/{}/cancel", number(&refund.body, "refund"));
    seen.refused(&api.post(&path, &json!({})), 409, "refund_final");
    api.pay(&account, &[], Some("5")).done();
    api.cancel_adjustment(&increase).done();
    seen.refused(&api.cancel_adjustment(&increase), 409, "already_canceled");
}

fn payments(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let (a, b) = (api.posted(&account, "6"), api.posted(&account, "4"));
    seen.refused(&api.pay(&account, &[], None), 422, "payment_goes_nowhere");
    seen.refused(&api.pay(&account, &[(&a, "1"), (&a, "1")], None), 422, "invoice_named_twice");
    let uneven = json!({"method_type": "cash", "amount": "2", "credit_balance_amount": "1"});
    let path = format!("/api/v1/accounts/{account}/payments");
    seen.refused(&api.post(&path, &uneven), 422, "parts_do_not_add_up");
    let payment = number(&api.pay(&account, &[(&a, "6"), (&b, "4")], None).done(), "payment");
    let path = format!("/api/v1/payments/{payment}/refund");
    let refund = |mut body: Value| {
        body["method_type"] = json!("cash");
        api.post(&path, &body)
    };
    seen.refused(&refund(json!({"amount": "11"})), 409, "amount_exceeds_payment");
    seen.refused(&refund(json!({"amount": "1"})), 422, "parts_required");
    let over = json!({"parts": [{"invoice": b, "amount": "5"}]});
    seen.refused(&refund(over), 409, "amount_exceeds_application");
    seen.refused(&refund(json!({"type": "electronic"})), 409, "external_payment_only");
    let done = refund(json!({"adjust": true})).done();
    let cancel = format!("/api/v1/payments/{payment}/cancel");
    seen.refused(&api.post(&cancel, &json!({})), 409, "payment_refunded");
    let cancel = format!("/api/v1/refunds/{}/cancel", number(&done, "refund"));
    seen.refused(&api.post(&cancel, &json!({})), 409, "refunded_invoice_settled");
}

fn refunds(seen: &mut Seen, api: &Api) {
    let (account, _) = api.account_with_credit("10");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let refund = |body: Value| api.post(&path, &body);
    seen.refused(&refund(json!({})), 422, "method_type_missing");
    let card = json!({"type": "electronic", "method_type": "credit_card"});
    seen.refused(&refund(card), 422, "method_type_not_allowed");
    let electronic = json!({"type": "electronic"});
    seen.refused(&refund(electronic.clone()), 409, "payment_method_missing");
    api.card(&account);
    seen.refused(&refund(electronic), 409, "no_gateway");
    let on = |date: &str| json!({"method_type": "cash", "date": date});
    seen.refused(&refund(on("2026-03-03")), 422, "date_in_future");
    let early = refund(on("2026-03-01"));
    seen.refused(&early, 409, "amount_exceeds_credit_balance_on");
}

fn methods(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let path = format!("/api/v1/accounts/{account}/payment-methods");
    let add = |body: Value| api.post(&path, &body);
    let card = json!({"method_type": "credit_card", "token": "4242 4242 4242 4242"});
    let problem = seen.refused(&add(card), 422, "card_number_refused");
    assert_eq!(problem["field"], "token");
    seen.refused(&add(json!({"method_type": "ach"})), 422, "token_missing");
    let cash = json!({"method_type": "cash", "token": "tok_cash"});
    seen.refused(&add(cash), 422, "token_not_allowed");
    let ach = api.payment_method(&account, &json!({"method_type": "ach", "token": "tok_ach"}));
    let one = format!("/api/v1/payment-methods/{ach}");
    let expiry = json!({"expiry": "2030-01"});
    seen.refused(&api.patch(&one, &expiry), 422, "expiry_not_allowed");
    api.post(&format!("{one}/close"), &Value::Null).done();
    seen.refused(&api.patch(&one, &json!({"default": true})), 409, "payment_method_closed");
    let commands: Vec<Value> = (1..100)
        .map(|number| {
            json!({"idempotency_key": format!("method {account} {number}"), "account": account,
                "operation": "add_payment_method", "body": {"method_type": "check"}})
        })
        .collect();
    let answer = api.post("/api/v1/batch", &json!({"commands": commands})).status(200);
    assert_eq!(answer["accepted"], 99);
    let more = add(json!({"method_type": "check"}));
    seen.refused(&more, 409, "too_many_payment_methods");
}

fn gateways(seen: &mut Seen, api: &Api) {
    let name = format!("cards {}", support::api::fresh_key());
    api.gateway(&name);
    let again = json!({"name": name, "kind": "sandbox"});
    seen.refused(&api.post("/api/v1/gateways", &again), 409, "gateway_name_taken");
    let secret = json!({"name": "x", "kind": "sandbox", "credentials": {"key": "secret"}});
    seen.refused(&api.post("/api/v1/gateways", &secret), 503, "gateways_unavailable");
    let other = format!("stripe {}", support::api::fresh_key());
    api.gateway_of("stripe", &other);
    let (account, _) = api.account_with_credit("10");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let refund = |method: &str, gateway: Option<&str>| {
        let body = json!({"type": "electronic", "payment_method_id": method, "gateway": gateway});
        api.post(&path, &body)
    };
    let card = api.card(&account);
    let stranger = api.card(&api.open_account("USD"));
    seen.refused(&refund(&stranger, None), 409, "payment_method_of_another_account");
    let check = api.payment_method(&account, &json!({"method_type": "check"}));
    seen.refused(&refund(&check, None), 409, "payment_method_not_electronic");
    let past = json!({"method_type": "credit_card", "token": "pm_past", "expiry": "2026-02"});
    let past = api.payment_method(&account, &past);
    seen.refused(&refund(&past, None), 409, "payment_method_expired");
    seen.refused(&refund(&card, Some("nobody")), 422, "unknown_gateway");
    let known = json!({"method_type": "credit_card", "token": "pm_known", "gateway": name});
    let known = api.payment_method(&account, &known);
    let elsewhere = refund(&known, Some(&other));
    seen.refused(&elsewhere, 409, "payment_method_unknown_to_gateway");
    let problem = seen.refused(&refund(&card, Some(&other)), 409, "gateway_cannot");
    assert_eq!(problem["would_work"], json!([name]));
    let one = format!("/api/v1/gateways/{}", other.replace(' ', "%20"));
    api.patch(&one, &json!({"active": false})).done();
    seen.refused(&refund(&card, Some(&other)), 409, "gateway_inactive");
    let dated = json!({"type": "electronic", "date": "2026-03-02"});
    seen.refused(&api.post(&path, &dated), 422, "date_not_allowed");
    let mixed = json!({"method_type": "check", "payment_method_id": card});
    seen.refused(&api.post(&path, &mixed), 422, "electronic_fields_not_allowed");
}

fn orders(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let collect = |body: Value| api.post(&format!("/api/v1/accounts/{account}/collect"), &body);
    seen.refused(&collect(json!({})), 400, "due_ambiguous");
    let all = json!({"due_until": "2026-03-02"});
    seen.refused(&collect(all.clone()), 409, "nothing_to_collect");
    let invoice = api.posted(&account, "10");
    let paid = number(&api.pay(&account, &[(&invoice, "2")], None).done(), "payment");
    let on = |payment: &str, what: &str, body: Value| {
        api.post(&format!("/api/v1/payments/{payment}/{what}"), &body)
    };
    seen.refused(&on(&paid, "void", json!({})), 409, "payment_not_electronic");
    seen.refused(&on(&paid, "resolve", json!({"paid": true})), 404, "no_order");
    api.card(&account);
    let charged = number(&collect(all).done(), "payment");
    let charge = format!("/api/v1/accounts/{account}/payments/charge");
    let twice = api.post(&charge, &json!({"applications": [{"invoice": invoice, "amount": "8"}]}));
    seen.refused(&twice, 409, "invoice_being_charged");
    seen.refused(&on(&charged, "void", json!({})), 409, "payment_not_processed");
    seen.refused(&on(&charged, "cancel", json!({})), 409, "electronic_payment_not_cancelable");
    seen.refused(&on(&charged, "dispute", json!({"open": false})), 409, "order_unchanged");
}

/// Eleven thousand postings on one account.
fn events(seen: &mut Seen, api: &Api) {
    seen.refused(&api.get("/api/v1/events/evt_1"), 404, "event_not_found");
    let endpoints = "/api/v1/event-endpoints";
    let unknown = api.get(&format!("{endpoints}/ep_1"));
    seen.refused(&unknown, 404, "event_endpoint_not_found");
    let make = |body: Value| api.post(endpoints, &body);
    let inside = make(json!({"url": "https://10.0.0.1/"}));
    seen.refused(&inside, 422, "event_endpoint_url_refused");
    let outside = "https://93.184.216.34/";
    let odd = make(json!({"url": outside, "types": ["bill.paid"]}));
    assert_eq!(seen.refused(&odd, 422, "event_type_unknown")["event_type"], "bill.paid");
    // This server has no key to seal a secret with.
    seen.refused(&make(json!({"url": outside})), 503, "events_unavailable");
}

fn too_long_a_statement(seen: &mut Seen, api: &Api) {
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "1000");
    let line = json!({"type": "credit", "amount": "0.01"});
    let lines = json!({"lines": vec![line; 1000]});
    for _ in 0..11 {
        api.post(&format!("/api/v1/invoices/{invoice}/adjust"), &lines).done();
    }
    assert_eq!(api.balance(&invoice), "890.00");
    let statement = api.get(&format!("/api/v1/accounts/{account}/statement"));
    seen.refused(&statement, 422, "report_too_large");
}
