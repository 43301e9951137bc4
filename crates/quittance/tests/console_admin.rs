//! The administration pages of the console, as a browser without scripts sees them: what is made there is there for the
//! API, what a role lacks is refused by name, secrets are shown once, and hostile names do nothing.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::console::{Tab, encoded, one, person, scene, secret};
use support::{Api, Server};

const HOSTILE: &str = "<b>\"'x</b>";
const ONCE: &str = "shown this once";

/// Pages only somebody with the permission may see, and its name.
const GUARDED: [(&str, &str); 34] = [
    ("/console/setup", "View Settings"),
    ("/console/admin/settings", "View Settings"),
    ("/console/admin/users", "Manage Users"),
    ("/console/admin/users/new", "Manage Users"),
    ("/console/admin/users/ada", "Manage Users"),
    ("/console/admin/users/ada/edit", "Manage Users"),
    ("/console/admin/users/ada/reset-password", "Manage Users"),
    ("/console/admin/roles", "View Settings"),
    ("/console/admin/roles/new", "Manage User Roles"),
    ("/console/admin/roles/Viewer", "View Settings"),
    ("/console/admin/policies", "View Settings"),
    ("/console/admin/policies/new", "Manage Approval Policies"),
    ("/console/admin/policies/Large", "View Settings"),
    ("/console/admin/reason-codes", "View Settings"),
    ("/console/admin/reason-codes/new", "Manage Payments Settings"),
    ("/console/admin/reason-codes/payment_refund/Other", "Manage Payments Settings"),
    ("/console/admin/accounting-codes", "View Settings"),
    ("/console/admin/periods", "View Settings"),
    ("/console/admin/periods/new", "Manage Close Process"),
    ("/console/admin/periods/2026-03", "View Settings"),
    ("/console/admin/custom-fields", "View Settings"),
    ("/console/admin/custom-fields/new", "Manage Payments Settings"),
    ("/console/admin/custom-fields/refund/Area__c", "View Settings"),
    ("/console/admin/gateways", "View Settings"),
    ("/console/admin/gateways/new", "Manage Gateways"),
    ("/console/admin/gateways/cards", "View Settings"),
    ("/console/admin/gateways/cards/edit", "Manage Gateways"),
    ("/console/admin/gateways/cards/credentials", "Manage Gateways"),
    ("/console/admin/gateways/cards/test", "Manage Gateways"),
    ("/console/admin/api-clients", "Manage User Roles"),
    ("/console/admin/api-clients/new", "Manage User Roles"),
    ("/console/admin/api-keys/new", "Manage User Roles"),
    ("/console/admin/event-endpoints", "Manage Event Endpoints"),
    ("/console/admin/event-endpoints/new", "Manage Event Endpoints"),
];

/// One of everything that has a page.
fn furnish(api: &Api) {
    let levels = json!([{"roles": ["Administrator"]}]);
    api.post("/api/v1/approval-policies", &json!({"name": "Large", "levels": levels})).done();
    let days = json!({"name": "2026-03", "first_day": "2026-03-01", "last_day": "2026-03-31"});
    api.post("/api/v1/accounting-periods", &days).done();
    let field = json!({"object": "refund", "name": "Area__c", "label": "Area", "type": "text", "generation": "legacy"});
    api.post("/api/v1/custom-fields", &field).done();
    api.post("/api/v1/gateways", &json!({"name": "cards", "kind": "sandbox"})).done();
    api.post("/api/v1/roles", &json!({"name": "Door", "permissions": ["view_invoices"]})).done();
}

#[test]
fn a_page_that_a_role_does_not_allow_names_the_permission() {
    let (server, api, ada) = scene();
    furnish(&api);
    let dora = person(&server, "dora", &["Door"]);
    let csrf = dora.open("/console/me").is(200).value("csrf");
    for (path, permission) in GUARDED {
        ada.open(path).is(200);
        let refused = dora.open(path).is(403).says("Not allowed");
        refused.says(permission).says_not("<form method=\"post\" action=\"/console/admin");
        let fields = [("csrf", csrf.as_str()), ("key", "k-1"), ("name", "x")];
        // Where nothing can be sent, there is nothing to refuse.
        let sent = dora.submit(path, &fields).status;
        assert!(sent == 403 || sent == 405, "{path}: {sent}");
    }
    dora.open("/console").is(200).says_not("/console/admin/").says_not("/console/setup");
}

#[test]
fn whoever_may_look_but_not_change_sees_values_and_no_buttons() {
    let (server, api, _ada) = scene();
    furnish(&api);
    let vera = person(&server, "vera", &["Viewer"]);
    for (path, said) in [
        ("settings", "UTC"),
        ("accounting-codes", "Customer Cash On Account"),
        ("roles", "Payments Standard User"),
        ("roles/Door", "View Invoices"),
        ("policies", "Large"),
        ("policies/Large", "72"),
        ("reason-codes", "Standard Refund"),
        ("periods", "2026-03"),
        ("periods/2026-03", "2026-03-31"),
        ("custom-fields", "Area__c"),
        ("custom-fields/refund/Area__c", "legacy"),
        ("gateways", "cards"),
        ("gateways/cards", "credit card"),
    ] {
        let page = vera.open(&format!("/console/admin/{path}")).is(200).says(said);
        let page = page.says_not("type=\"checkbox\"").says_not("/new\"").says_not("/edit\"");
        let content = page.text.split("<main").nth(1).unwrap();
        assert!(!content.contains("method=\"post\""), "{path}: {content}");
    }
    // The server refuses what somebody sends all the same.
    let csrf = vera.open("/console/me").value("csrf");
    let fields = [("csrf", csrf.as_str()), ("key", "k-1"), ("time_zone", "Europe/London")];
    vera.submit("/console/admin/settings", &fields).is(403).says("Manage Payments Settings");
    assert_eq!(api.show("/api/v1/settings")["time_zone"], "UTC");
}

#[test]
fn a_form_without_the_token_of_the_session_changes_nothing() {
    let (server, api, ada) = scene();
    furnish(&api);
    let theirs = person(&server, "bob", &["Administrator"]).open("/console/me").value("csrf");
    let before =
        (api.show("/api/v1/settings"), api.show("/api/v1/roles"), api.show("/api/v1/users"));
    for (path, fields) in [
        ("settings", [("time_zone", "Europe/London"), ("refund_rejected", "reverse")]),
        ("roles/new", [("name", "Mine"), ("permissions", "manage_user_roles")]),
        ("users/new", [("name", "mallory"), ("roles", "Administrator")]),
        ("users/bob/edit", [("email", ""), ("roles", "Viewer")]),
        ("users/bob/disable", [("x", ""), ("y", "")]),
        ("policies/Large", [("expires_after_hours", "1"), ("levels[0].roles", "Viewer")]),
        ("gateways/cards/edit", [("active", ""), ("concurrency", "1")]),
        ("gateways/cards/test", [("x", ""), ("y", "")]),
        ("api-keys/new", [("name", "mine"), ("roles", "Administrator")]),
        ("api-clients/new", [("name", "mine"), ("roles", "Administrator")]),
        ("periods/2026-03", [("status", "closed"), ("y", "")]),
        ("reason-codes/new", [("category", "payment_refund"), ("code", "Mine")]),
        ("event-endpoints/new", [("url", "https://evil.example"), ("y", "")]),
    ] {
        let path = format!("/console/admin/{path}");
        for csrf in ["", theirs.as_str()] {
            let guard = [("csrf", csrf), ("key", "console-1")];
            ada.submit(&path, &[guard, fields].concat()).is(403).says_not(ONCE);
        }
    }
    let after =
        (api.show("/api/v1/settings"), api.show("/api/v1/roles"), api.show("/api/v1/users"));
    assert_eq!(before, after);
    let keys = api.show("/api/v1/api-keys");
    assert_eq!(keys["api_keys"].as_array().unwrap().len(), 1, "{keys}");
}

#[test]
fn a_role_is_made_and_changed_by_area_and_a_built_in_one_is_only_read() {
    let (_server, api, ada) = scene();
    let new = "/console/admin/roles/new";
    // The path of the field: areas, and in them the permission with what it allows.
    let form = ada.open(new).is(200).says("<legend>Credit Balance</legend>");
    form.says("Credit Balance Electronic Refund").says("without an original payment to refer to");
    let fields = [
        ("name", HOSTILE),
        ("description", "desk"),
        ("permissions", "view_accounts"),
        ("permissions", "credit_balance_electronic_refund"),
    ];
    assert_eq!(ada.fill(new, &fields).goes_to(), "/console/admin/roles?said=made");
    let role = one(&api, "/api/v1/roles", "roles", "name", HOSTILE);
    let granted = json!(["view_accounts", "credit_balance_electronic_refund"]);
    assert_eq!(role["permissions"], granted);
    // The name is taken: said beside the name, and what was ticked stays ticked.
    let again = ada.fill(new, &fields).is(409).says("id=\"name-wrong\"").says_not("<b>");
    again.says("value=\"credit_balance_electronic_refund\" checked");
    let at = format!("/console/admin/roles/{}", encoded(HOSTILE));
    ada.open("/console/admin/roles").is(200).says("&lt;b&gt;").says_not("<b>");
    ada.open(&at).is(200).says("&lt;b&gt;").says_not("<b>").says("No user has it.");
    let fields = [("permissions", "view_accounts")];
    ada.fill(&at, &fields).goes_to();
    let role = one(&api, "/api/v1/roles", "roles", "name", HOSTILE);
    assert_eq!((&role["active"], &role["permissions"]), (&json!(false), &json!(["view_accounts"])));
    let fixed = ada.open("/console/admin/roles/Administrator").is(200).says("cannot be changed");
    let csrf = fixed.says("/console/admin/users/ada").says_not("type=\"checkbox\"").value("csrf");
    let fields = [("csrf", csrf.as_str()), ("key", "k-1"), ("active", "")];
    ada.submit("/console/admin/roles/Administrator", &fields).is(409);
    ada.open("/console/admin/roles/Nobody").is(404);
    // Somebody may call a role as a page is called.
    ada.fill(new, &[("name", "new"), ("description", "of that name")]).goes_to();
    ada.open("/console/admin/roles").is(200).says("/console/admin/roles/%6Eew");
    ada.open("/console/admin/roles/%6Eew").is(200).says("of that name");
}

#[test]
fn a_user_is_made_changed_and_locked_out_and_the_password_is_shown_once() {
    let (server, api, ada) = scene();
    let new = "/console/admin/users/new";
    let wrong = [("name", "bob"), ("email", "nowhere"), ("roles", "Viewer")];
    let page = ada.fill(new, &wrong).is(400).says("id=\"email-wrong\"");
    assert_eq!((page.value("name").as_str(), page.value("email").as_str()), ("bob", "nowhere"));
    let fields = [("name", "bob"), ("person", HOSTILE), ("email", "bob@x.y"), ("roles", "Viewer")];
    let made = ada.fill(new, &fields).is(200).says(ONCE).says_not("<b>\"");
    let password = secret(&made, 0);
    let mut bob = Tab::new(&server);
    assert_eq!(bob.log_in("bob", &password, "").goes_to(), "/console/password");
    let at = "/console/admin/users/bob";
    for page in ["/console/admin/users", at] {
        ada.open(page).is(200).says("&lt;b&gt;").says_not("<b>").says_not(&password).says_not(ONCE);
    }
    let fields = [("email", ""), ("roles", "Viewer"), ("roles", "Payments Standard User")];
    ada.fill(&format!("{at}/edit"), &fields).goes_to();
    let user = one(&api, "/api/v1/users", "users", "name", "bob");
    assert_eq!(user["email"], Value::Null);
    assert_eq!(user["roles"], json!(["Viewer", "Payments Standard User"]));
    // What it does is said before it is done.
    let confirm = ada.open(&format!("{at}/disable")).is(200).says("every session ends at once");
    confirm.says("Leave it as it is");
    ada.fill(&format!("{at}/disable"), &[]).goes_to();
    assert_eq!(one(&api, "/api/v1/users", "users", "name", "bob")["active"], false);
    assert!(bob.open("/console").goes_to().starts_with("/console/login"));
    ada.fill(&format!("{at}/enable"), &[]).goes_to();
    let reset = ada.fill(&format!("{at}/reset-password"), &[]).is(200).says(ONCE);
    let other = secret(&reset, 0);
    assert_ne!(password, other);
    bob.log_in("bob", &password, "").is(401);
    assert_eq!(bob.log_in("bob", &other, "").goes_to(), "/console/password");
    ada.fill(&format!("{at}/end-sessions"), &[]).goes_to();
    assert!(bob.open("/console").goes_to().starts_with("/console/login"));
    ada.fill(&format!("{at}/reset-second-factor"), &[]).goes_to();
    let own = ada.open("/console/admin/users/ada").is(200).says("/console/me");
    own.says_not("/reset-password");
    ada.open(&format!("{at}/anything")).is(404);
}

#[test]
fn a_policy_is_made_with_all_its_conditions_and_switched_off() {
    let (_server, api, ada) = scene();
    let new = "/console/admin/policies/new";
    ada.open("/console/admin/policies").is(200).says("No refund waits for anybody.");
    let with = |currency: &'static str| {
        [
            ("name", HOSTILE),
            ("when.non_referenced", "true"),
            ("when.currency", currency),
            ("when.amount_over", "500"),
            ("when.account_younger_than_days", "30"),
            ("when.method_types", "credit_card"),
            ("when.reason_codes", "Other"),
            ("when.account_total_over.amount", "2000"),
            ("when.account_total_over.days", "7"),
            ("when.requester_total_over.count", "5"),
            ("when.requester_total_over.days", "1"),
            ("levels[0].roles", "Administrator"),
            ("levels[2].roles", "Viewer"),
            ("levels[2].roles", "Administrator"),
            ("expires_after_hours", "24"),
        ]
    };
    let wrong = ada.fill(new, &with("")).is(400).says("id=\"when.currency-wrong\"");
    assert_eq!(wrong.value("when.amount_over"), "500");
    ada.fill(new, &with("USD")).goes_to();
    let listed = || one(&api, "/api/v1/approval-policies", "approval_policies", "name", HOSTILE);
    let when = json!({"currency": "USD", "amount_over": "500.00", "non_referenced": true,
        "method_types": ["credit_card"], "account_younger_than_days": 30, "reason_codes": ["Other"],
        "account_total_over": {"amount": "2000.00", "days": 7},
        "requester_total_over": {"count": 5, "days": 1}, "external": false});
    let policy = listed();
    assert_eq!(policy["when"], when);
    assert_eq!(policy["levels"], json!([["Administrator"], ["Viewer", "Administrator"]]));
    ada.open("/console/admin/policies").is(200).says("Administrator, then").says_not("<b>");
    let at = format!("/console/admin/policies/{}", encoded(HOSTILE));
    let form = ada.open(&at).is(200).says_not("<b>");
    assert_eq!(form.value("when.amount_over"), "500.00");
    let fields = [("levels[0].roles", "Viewer"), ("expires_after_hours", "9999")];
    ada.fill(&at, &fields).is(422).says("id=\"expires_after_hours-wrong\"");
    ada.fill(&at, &[("expires_after_hours", "48")]).is(422).says("id=\"levels[0].roles-wrong\"");
    ada.fill(&at, &[("levels[0].roles", "Viewer"), ("expires_after_hours", "48")]).goes_to();
    let policy = listed();
    assert_eq!((&policy["active"], &policy["levels"]), (&json!(false), &json!([["Viewer"]])));
    assert_eq!(policy["when"]["currency"], Value::Null);
}

#[test]
fn settings_and_accounting_codes_are_changed_where_they_are_explained() {
    let (_server, api, ada) = scene();
    let at = "/console/admin/settings";
    let fields =
        [("time_zone", "Mars"), ("refund_rejected", "mark_only"), ("future_dates", "true")];
    let wrong = ada.fill(at, &fields).is(422).says("id=\"time_zone-wrong\"");
    assert_eq!(wrong.value("time_zone"), "Mars");
    wrong.says("name=\"future_dates\" type=\"checkbox\" value=\"true\" checked");
    let fields = [
        ("time_zone", "Europe/London"),
        ("refund_rejected", "mark_only"),
        ("future_dates", "true"),
    ];
    let saved = ada.fill(at, &fields).goes_to();
    ada.open(&saved).is(200).says("Saved.").says("Europe/London");
    let settings = api.show("/api/v1/settings");
    assert_eq!(settings["refund_rejected"], "mark_only");
    assert_eq!(
        (&settings["future_dates"], &settings["credit_balance"]),
        (&json!(true), &json!(false))
    );
    let at = "/console/admin/accounting-codes";
    let form = ada.open(at).is(200);
    assert_eq!(form.value("accounting_codes.tax"), "Tax Payable");
    let codes = |bank: &'static str| {
        [
            ("accounting_codes.accounts_receivable", "1200"),
            ("accounting_codes.customer_cash_on_account", HOSTILE),
            ("accounting_codes.bank", bank),
            ("accounting_codes.revenue", "4000"),
            ("accounting_codes.tax", "2200"),
            ("revenue_codes", "4010\r\n4020"),
        ]
    };
    ada.fill(at, &codes("1200")).is(409).says("id=\"accounting_codes.bank-wrong\"");
    ada.open(&format!("{at}?find=cash"))
        .is(200)
        .says("Customer Cash On Account</td>")
        .says_not("Bank</td>");
    let file = ada.open(&format!("{at}?export=csv")).is(200).says("Code,Role,New documents use it");
    assert_eq!(file.text.lines().count(), 6, "{}", file.text);
    ada.fill(at, &codes("1000")).goes_to();
    let code = one(&api, "/api/v1/settings", "accounting_codes", "code", HOSTILE);
    assert_eq!(
        (&code["role"], &code["in_use"]),
        (&json!("customer_cash_on_account"), &json!(true))
    );
    assert_eq!(one(&api, "/api/v1/settings", "accounting_codes", "code", "4020")["in_use"], false);
    let page = ada.open(at).is(200).says("4010").says_not("<b>");
    assert_eq!(page.value("accounting_codes.bank"), "1000");
}

#[test]
fn reason_codes_and_custom_fields_are_made_and_changed() {
    let (_server, api, ada) = scene();
    let new = "/console/admin/reason-codes/new";
    let fields = [("category", "credit_balance_refund"), ("code", HOSTILE)];
    ada.fill(new, &fields).goes_to();
    ada.fill(new, &fields).is(409).says("id=\"code-wrong\"");
    let at = format!("/console/admin/reason-codes/credit_balance_refund/{}", encoded(HOSTILE));
    ada.fill(&at, &[("active", "true"), ("default", "true")]).goes_to();
    let code = one(&api, "/api/v1/reason-codes", "reason_codes", "code", HOSTILE);
    assert_eq!(code["default"], true);
    ada.fill(&at, &[]).is(409).says("id=\"active-wrong\"");
    ada.open("/console/admin/reason-codes").is(200).says("&lt;b&gt;").says_not("<b>");
    ada.open("/console/admin/reason-codes/credit_balance_refund/Nothing").is(404);
    let list = "/console/admin/reason-codes?find=customer%20req";
    ada.open(list).is(200).says("Customer Request").says_not("Standard Refund");
    let file = ada.open(&format!("{list}&export=csv")).is(200);
    file.says("Refund of a credit balance,Customer Request").says_not("Standard Refund");
    let none = ada.open("/console/admin/reason-codes?find=%3Cb%3Enobody").is(200);
    none.says("Empty the field to see all").says("value=\"&lt;b&gt;nobody\"").says_not("<b>");

    ada.open("/console/admin/custom-fields").is(200).says("None yet.");
    let new = "/console/admin/custom-fields/new";
    let with = |name: &'static str| {
        [
            ("object", "refund"),
            ("name", name),
            ("label", HOSTILE),
            ("type", "picklist"),
            ("generation", "legacy"),
            ("values", "north\r\nsouth"),
            ("active", "true"),
        ]
    };
    ada.fill(new, &with("Area"))
        .is(400)
        .says("id=\"name-wrong\"")
        .says_not("at line")
        .says("south");
    ada.fill(new, &with("Area__c")).goes_to();
    ada.open("/console/admin/custom-fields").is(200).says("Area__c").says_not("<b>");
    let at = "/console/admin/custom-fields/refund/Area__c";
    let fields =
        [("label", "Region"), ("required", "true"), ("values", "north\nwest"), ("active", "true")];
    ada.fill(at, &fields).goes_to();
    let field = one(&api, "/api/v1/custom-fields", "custom_fields", "name", "Area__c");
    assert_eq!((&field["label"], &field["required"]), (&json!("Region"), &json!(true)));
    assert_eq!(field["values"], json!(["north", "west"]));
}

#[test]
fn a_period_says_why_it_cannot_be_closed_and_is_closed_and_reopened() {
    let (_server, api, ada) = scene();
    let new = "/console/admin/periods/new";
    let days = |name, first, last| [("name", name), ("first_day", first), ("last_day", last)];
    ada.fill(new, &days(HOSTILE, "2026-02-01", "2026-02-28")).goes_to();
    ada.open(new).is(200).says("2026-02-28");
    let wrong = days("2026-03", "2026-04-01", "2026-04-30");
    ada.fill(new, &wrong).is(409).says("id=\"first_day-wrong\"").says("2026-03-01");
    ada.fill(new, &days("2026-03", "2026-03-01", "2026-03-31")).goes_to();
    let at = "/console/admin/periods/2026-03";
    ada.open(at).is(200).says("Not possible now:").says("close it first").says_not("<b>");
    ada.fill(at, &[("status", "closed")]).is(409).says("close it first");
    let earlier = format!("/console/admin/periods/{}", encoded(HOSTILE));
    ada.fill(&earlier, &[("status", "pending_close")]).goes_to();
    ada.fill(&earlier, &[("status", "closed")]).goes_to();
    let status = || {
        one(&api, "/api/v1/accounting-periods", "accounting_periods", "name", HOSTILE)["status"]
            .clone()
    };
    assert_eq!(status(), "closed");
    ada.fill(&earlier, &[("status", "open")]).goes_to();
    assert_eq!(status(), "open");
}

#[test]
fn set_up_says_what_is_missing_until_nothing_is() {
    let (server, api, ada) = scene();
    ada.open("/console").is(200).says("Go on with the set-up");
    let page =
        ada.open("/console/setup").is(200).says("You are alone").says("Nobody has an account yet.");
    for path in ["settings", "accounting-codes", "reason-codes", "users", "policies", "gateways"] {
        assert!(page.text.contains(&format!("/console/admin/{path}")), "{path}");
    }
    api.open_account("USD");
    server.person("bob", &["Viewer"]);
    ada.open("/console").is(200).says_not("Go on with the set-up");
    ada.open("/console/setup").is(200).says("2 people can log in.").says("to consider");
    let levels = json!([{"roles": ["Administrator"]}]);
    api.post("/api/v1/approval-policies", &json!({"name": HOSTILE, "levels": levels})).done();
    ada.open("/console/setup").is(200).says("is in force.").says_not("<b>");
}

#[test]
fn the_first_user_is_made_in_the_browser_with_the_key_the_server_printed() {
    const AT: &str = "/console/first-user";
    let server = Server::on("2026-03-02");
    let (key, mut tab) = (server.key.clone(), Tab::new(&server));
    tab.open("/console/login").is(200).says(AT);
    tab.open(AT).is(200).says("every permission");
    let fields = |key: &str, user: &str, password: &str| {
        [("api_key", key), ("user", user), ("password", password)]
            .map(|(name, it)| (name, it.to_owned()))
    };
    let send = |tab: &Tab, fields: [(&'static str, String); 3]| {
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, it)| (*name, it.as_str())).collect();
        tab.submit(AT, &fields)
    };
    let words = "seven brave otters";
    for wrong in ["", "qk_0", "line\r\nbreak", "\u{e9}"] {
        send(&tab, fields(wrong, "ada", words)).is(401).says("api_key-wrong").says_not(words);
    }
    send(&tab, fields(&key, "ada", "short")).is(422).says("password-wrong").says("value=\"ada\"");
    send(&tab, fields(&key, "a b", words)).is(400).says("user-wrong");
    // The name of the key itself: several servers on one database may each have made one.
    send(&tab, fields(&key, &server.api().administrator(), words)).is(409).says("user-wrong");
    assert_eq!(server.api().show("/api/v1/users")["users"], json!([]));
    let made = send(&tab, fields(&key, "ada", words));
    assert_eq!(made.goes_to(), "/console/setup");
    let cookie = made.headers["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().clone_into(&mut tab.cookie);
    tab.open("/console/setup").is(200).says("ada").says("You are alone");
    // Nobody is made a second time, with the key or without.
    send(&Tab::new(&server), fields(&key, "eve", words)).is(409).says("There are users already");
    assert_eq!(server.api().show("/api/v1/users")["users"].as_array().unwrap().len(), 1);
    let mut again = Tab::new(&server);
    assert_eq!(again.log_in("ada", words, "").goes_to(), "/console", "the password is theirs");
}
