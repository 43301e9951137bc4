//! Labels, roles and policies, settings, periods and reason codes.

use serde_json::{Value, json};

use crate::Seen;
use crate::support::books::number;
use crate::support::{Api, Server};

pub(crate) fn labels(seen: &mut Seen, api: &Api) {
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
    let hidden = api.get("/api/v1/refunds?custom_field=A__c:x");
    seen.refused(&hidden, 422, "custom_field_not_filterable");
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

pub(crate) fn administration(seen: &mut Seen, server: &Server) {
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
    let ever = json!({"requester_total_over": {"count": 10, "days": 367}});
    let ever = json!({"name": "q", "levels": levels, "when": ever});
    seen.refused(&api.post(policies, &ever), 422, "policy_days");
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
pub(crate) fn reference_data(seen: &mut Seen) {
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
