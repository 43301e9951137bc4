//! Who may do what: the table of permissions, held against the served document, the documentation, and every
//! operation with every single permission.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use api::{Access, OPERATIONS};
use receivables::permission::{Permission as P, Permissions, Standard};
use serde_json::{Value, json};
use support::contract::operations;
use support::{Answer, Api, Server};

const BEGIN: &str = "<!-- permissions:begin -->\n";
const END: &str = "<!-- permissions:end -->";
const ROLES: &str = "/api/v1/roles";
const KEYS: &str = "/api/v1/api-keys";

fn row(method: &str, path: &str) -> Access {
    let found = OPERATIONS.iter().find(|row| (row.0, row.1) == (method, path));
    found.unwrap_or_else(|| panic!("{method} {path} has no row")).2
}

#[test]
fn every_operation_has_one_row_and_every_row_an_operation() {
    let documented: BTreeSet<(String, String)> =
        operations().iter().map(|it| (it.method.clone(), it.template.clone())).collect();
    let rows: Vec<(String, String)> = OPERATIONS
        .iter()
        .filter(|row| row.1 != "/api/openapi.json")
        .map(|row| (row.0.to_owned(), row.1.to_owned()))
        .collect();
    assert_eq!(rows.len(), rows.iter().collect::<BTreeSet<_>>().len(), "a row twice");
    assert_eq!(rows.into_iter().collect::<BTreeSet<_>>(), documented);
}

fn tables() -> String {
    let mut text = String::from("\n## Operations\n\n| Operation | Permission |\n| --- | --- |\n");
    let names =
        |list: &[P], between| list.iter().map(|it| it.name()).collect::<Vec<_>>().join(between);
    let mut used = Permissions::NONE;
    for (method, path, access) in OPERATIONS {
        let needs = match access {
            Access::Open => "open".to_owned(),
            Access::Known => "any key".to_owned(),
            Access::All(list) => names(list, " and "),
            Access::Any(list) => {
                format!("{}, as the body or the document says", names(list, " or "))
            }
        };
        if let Access::All(list) | Access::Any(list) = access {
            used = used.union(list.iter().copied().collect());
        }
        let _ = writeln!(text, "| `{method} {path}` | {needs} |");
    }
    text.push_str("\n## Permissions\n\n| Area | Permission | Code | ");
    text.push_str(&Standard::ALL.map(Standard::name).join(" | "));
    text.push_str(" | Allows |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for permission in P::ALL {
        let has = Standard::ALL.map(
            |role| {
                if role.permissions().has(*permission) { "yes" } else { "no" }
            },
        );
        let none =
            if used.has(*permission) { "" } else { " No operation of this release asks for it." };
        let _ = writeln!(
            text,
            "| {} | {} | `{}` | {} | {}{none} |",
            permission.area(),
            permission.name(),
            permission.code(),
            has.join(" | "),
            permission.about()
        );
    }
    text.push('\n');
    text
}

#[test]
fn the_documentation_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (written, tail) = rest.split_once(END).unwrap();
    let tables = tables();
    if std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, format!("{head}{BEGIN}{tables}{END}{tail}")).unwrap();
        return;
    }
    assert_eq!(written, tables, "run it with UPDATE_DOCS=1");
}

/// A request, and what it needs with this body.
struct Case {
    label: String,
    method: String,
    path: String,
    body: Value,
    needs: Permissions,
}

fn set(list: &[P]) -> Permissions {
    list.iter().copied().collect()
}

/// Operations whose needs depend on the body, in each way.
fn variants() -> Vec<Case> {
    let case = |method: &str, path: &str, body: Value, needs: &[P]| Case {
        label: format!("{method} {path} {body}"),
        method: method.to_owned(),
        path: format!("/api/v1/{path}"),
        body,
        needs: set(needs),
    };
    let refund = "accounts/A00000001/credit-balance/refund";
    let back = "payments/P-00000001/refund";
    let (account, method) = ("accounts/A00000001", "PM-00000001");
    let invoice = json!({"items": [{"amount": "5.00"}]});
    let posted = json!({"items": [{"amount": "5.00"}], "post": true});
    let undo = "credit-balance-adjustments/CBA-00000001/cancel";
    let (cheque, comment) = (json!({"reference": "1"}), json!({"comment": "x"}));
    vec![
        case("POST", "refunds/R-00000001/paid", cheque.clone(), &[P::IssueExternalRefund]),
        case("POST", "refunds/R-00000002/paid", cheque, &[P::CreditBalanceExternalRefund]),
        case("POST", "refunds/R-00000001/return", comment.clone(), &[P::IssueExternalRefund]),
        case("POST", "refunds/R-00000002/return", comment, &[P::CreditBalanceExternalRefund]),
        case("POST", refund, json!({"method_type": "check"}), &[P::CreditBalanceExternalRefund]),
        case("POST", refund, json!({"type": "electronic"}), &[P::CreditBalanceElectronicRefund]),
        case("POST", back, json!({"method_type": "check"}), &[P::IssueExternalRefund]),
        case(
            "POST",
            back,
            json!({"method_type": "check", "adjust": true}),
            &[P::IssueExternalRefund, P::CreateInvoiceItemAdjustment],
        ),
        case("POST", back, json!({"type": "electronic"}), &[P::IssueElectronicRefund]),
        case(
            "POST",
            back,
            json!({"type": "electronic", "payment_method_id": method}),
            &[P::IssueElectronicRefund, P::CreditBalanceElectronicRefund],
        ),
        case("PATCH", account, json!({"name": "Bob"}), &[P::ManageAccounts]),
        case("PATCH", account, json!({"gateway": "cards"}), &[P::EditPaymentGatewayRouting]),
        case("PATCH", "users/ada@example.com", json!({"email": ""}), &[P::ManageUsers]),
        case(
            "PATCH",
            "users/ada@example.com",
            json!({"roles": ["Viewer"]}),
            &[P::ManageUsers, P::ManageUserRoles],
        ),
        case(
            "PATCH",
            account,
            json!({"name": "Bob", "gateway": "cards"}),
            &[P::ManageAccounts, P::EditPaymentGatewayRouting],
        ),
        case("POST", "accounts/A00000001/invoices", invoice, &[P::ManageInvoices]),
        case("POST", "accounts/A00000001/invoices", posted, &[P::ManageInvoices, P::PostInvoice]),
        case("POST", undo, json!({}), &[P::CancelCreditBalanceAdjustment]),
        case(
            "POST",
            undo,
            json!({"settle": true}),
            &[P::CancelCreditBalanceAdjustment, P::CreateInvoiceItemAdjustment],
        ),
        case(
            "POST",
            "accounts/A00000001/collect",
            json!({"due_until": "2026-11-30", "use_credit": false}),
            &[P::ProcessElectronicPayment],
        ),
        case(
            "POST",
            "accounts/A00000001/collect",
            json!({"due_until": "2026-11-30", "use_credit": true}),
            &[P::ProcessElectronicPayment, P::CreateCreditBalanceAdjustment],
        ),
    ]
}

/// Every operation that asks for something; those whose needs depend on the body are left to [`variants`].
fn cases() -> Vec<Case> {
    let varied: Vec<String> = variants().into_iter().map(|case| case.path).collect();
    let mut cases = variants();
    for operation in operations() {
        let path = operation.path();
        let needs = match row(&operation.method, &operation.template) {
            Access::Open => continue,
            Access::Known => Permissions::NONE,
            Access::All(list) => set(list),
            Access::Any(_) => {
                assert!(varied.contains(&path), "{path} has no variant");
                continue;
            }
        };
        if operation.method == "POST" && varied.contains(&path) {
            continue;
        }
        cases.push(Case {
            label: operation.id().to_owned(),
            method: operation.method.clone(),
            path,
            body: operation.example().unwrap_or(Value::Null),
            needs,
        });
    }
    cases
}

fn ask(api: &Api, case: &Case) -> Answer {
    match case.method.as_str() {
        "GET" => api.get(&case.path),
        method => api.command(method, &case.path, Some(&support::api::fresh_key()), &case.body),
    }
}

/// Callers with chosen sets of permissions, each with a role of its own.
struct Crowd<'a> {
    server: &'a Server,
    callers: BTreeMap<Vec<&'static str>, Api>,
}

impl Crowd<'_> {
    fn with(&mut self, permissions: Permissions) -> &Api {
        let codes: Vec<&'static str> = permissions.iter().map(P::code).collect();
        let (server, number) = (self.server, self.callers.len());
        self.callers.entry(codes.clone()).or_insert_with(|| {
            let role = format!("role {number}");
            let body = json!({"name": role, "permissions": codes});
            server.api().post(ROLES, &body).status(201);
            server.api_with_roles(&format!("caller {number}"), &[&role])
        })
    }
}

/// What pays a refund by hand depends on the refund: the first is of a payment, the second of a credit balance.
fn one_refund_of_each_kind(api: &Api) {
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "80");
    api.pay(&account, &[(&invoice, "80")], Some("20")).done();
    let check = json!({"method_type": "check", "amount": "10"});
    api.post("/api/v1/payments/P-00000001/refund", &check).done();
    api.refund(&account, "10").done();
}

#[test]
fn every_operation_with_every_single_permission_and_none_is_as_the_table_says() {
    let server = Server::fresh();
    one_refund_of_each_kind(&server.api());
    let mut crowd = Crowd { server: &server, callers: BTreeMap::new() };
    let everything = Permissions::all();
    let mut sets = vec![Permissions::NONE];
    sets.extend(P::ALL.iter().map(|permission| set(&[*permission])));
    for case in cases() {
        let short = case.needs.iter().map(|one| everything.without(set(&[one])));
        let mine: Vec<Permissions> =
            sets.iter().copied().chain([case.needs, everything]).chain(short).collect();
        for granted in mine {
            let answer = ask(crowd.with(granted), &case);
            let missing = case.needs.without(granted);
            if missing.is_empty() {
                assert!(![401, 403].contains(&answer.status), "{}: {}", case.label, answer.text);
                assert!(answer.status < 500 || answer.status == 503, "{}", answer.text);
                continue;
            }
            let problem = answer.refused(403, "permission_missing");
            let named = problem["permissions"].as_array().unwrap();
            assert!(!named.is_empty(), "{}", case.label);
            for one in missing.iter() {
                // The door may find fewer missing than the command, if one of several would do.
                if missing.iter().count() == 1 {
                    assert!(named.contains(&json!(one.code())), "{}: {problem}", case.label);
                }
            }
        }
    }
}

#[test]
fn a_refusal_names_the_permission_and_who_can_help() {
    let server = Server::fresh();
    let desk = json!({"name": "Payout desk", "permissions": ["credit_balance_electronic_refund"]});
    server.api().post(ROLES, &desk).status(201);
    let clerk = server.api_with_role("clerk");
    let path = "/api/v1/accounts/A00000001/credit-balance/refund";
    let problem =
        clerk.post(path, &json!({"type": "electronic"})).refused(403, "permission_missing");
    assert_eq!(problem["permissions"], json!(["credit_balance_electronic_refund"]));
    assert_eq!(problem["permission_names"], json!(["Credit Balance Electronic Refund"]));
    assert_eq!(problem["roles"], json!(["Payout desk", "Administrator"]));
    assert_eq!(problem["granted_by"], json!([server.api().administrator()]));
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("Credit Balance Electronic Refund"), "{detail}");
    assert!(detail.contains("Payout desk"), "{detail}");
}

#[test]
fn the_way_of_domain_6_to_electronic_refunds() {
    let server = Server::fresh();
    let api = server.api();
    let clerk = server.api_with_role("clerk");
    let refund = |api: &Api| {
        let path = "/api/v1/accounts/A00000001/credit-balance/refund";
        api.post(path, &json!({"type": "electronic"})).status
    };
    assert_eq!(refund(&clerk), 403);
    // The standard role cannot be edited, in whatever case it is written.
    let more = json!({"permissions": ["credit_balance_electronic_refund"]});
    for name in ["Payments%20Standard%20User", "payments%20STANDARD%20user", "Administrator"] {
        api.patch(&format!("{ROLES}/{name}"), &more).refused(409, "role_not_editable");
    }
    let body = json!({"name": "Payouts", "permissions": ["credit_balance_electronic_refund"]});
    api.post(ROLES, &body).status(201);
    for taken in ["Payouts", "PAYOUTS", "viewer"] {
        let body = json!({"name": taken, "permissions": []});
        api.post(ROLES, &body).refused(409, "role_name_taken");
    }
    let both = json!({"roles": ["Payments Standard User", "Payouts"]});
    let changed = api.patch(&format!("{KEYS}/a%20clerk"), &both).status(200);
    assert_eq!(changed["roles"], both["roles"]);
    // The same key may do it now; there is no such account.
    assert_eq!(refund(&clerk), 404);
    let me = clerk.show("/api/v1/me");
    assert_eq!((&me["name"], &me["roles"]), (&json!("a clerk"), &both["roles"]));
    // A role that is switched off grants nothing, at once.
    api.patch(&format!("{ROLES}/payouts"), &json!({"active": false})).status(201);
    assert_eq!(refund(&clerk), 403);
    let shown = api.show(ROLES);
    let last = shown["roles"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["name"], &last["active"]), (&json!("Payouts"), &json!(false)));
    api.patch(&format!("{ROLES}/Nobody"), &more).refused(422, "unknown_role");
    let unknown = json!({"name": "x", "roles": ["Nobody"]});
    api.post(KEYS, &unknown).refused(422, "unknown_role");
    let flying = json!({"name": "Pilot", "permissions": ["fly"]});
    api.post(ROLES, &flying).refused(400, "body_invalid");
}

#[test]
fn somebody_can_always_manage_roles() {
    let server = Server::fresh();
    let api = server.api();
    let name = api.administrator();
    let own = format!("{KEYS}/{name}");
    api.patch(&own, &json!({"roles": ["Viewer"]})).refused(409, "last_administrator");
    let body = json!({"name": "Admins", "permissions": ["manage_user_roles"]});
    api.post(ROLES, &body).status(201);
    let second = server.api_with_roles("second", &["Admins"]);
    api.patch(&own, &json!({"roles": ["Viewer"]})).status(200);
    api.get(KEYS).refused(403, "permission_missing");
    for body in [json!({"active": false}), json!({"permissions": ["view_accounts"]})] {
        second.patch(&format!("{ROLES}/Admins"), &body).refused(409, "last_administrator");
    }
    second
        .patch(&format!("{ROLES}/ADMINS"), &json!({"active": false}))
        .refused(409, "last_administrator");
    let end = json!({"expires_at": "2099-01-01T00:00:00Z"});
    second.patch(&format!("{KEYS}/second"), &end).refused(409, "last_administrator");
    second.post(&format!("{KEYS}/second/revoke"), &json!({})).refused(409, "last_administrator");
}

#[test]
fn a_key_ends_when_it_expires() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    for past in ["2026-03-01T00:00:00Z", "1970-01-01T00:00:00Z"] {
        let body = json!({"name": "late", "roles": ["Viewer"], "expires_at": past});
        api.post(KEYS, &body).refused(400, "body_invalid");
    }
    let body = json!({"name": "temp", "roles": ["Viewer"], "expires_at": "2026-04-01T00:00:00Z"});
    let made = api.post(KEYS, &body).status(201);
    let temp = server.api_as(made["secret"].as_str().unwrap());
    temp.show("/api/v1/me");
    api.put("/api/v1/clock", &json!({"now": "2026-03-31T23:59:59Z"})).status(200);
    temp.show("/api/v1/me");
    api.put("/api/v1/clock", &json!({"now": "2026-04-01T00:00:00Z"})).status(200);
    temp.get("/api/v1/me").refused(401, "api_key_expired");
    let later = json!({"expires_at": "2026-05-01T00:00:00Z"});
    api.patch(&format!("{KEYS}/temp"), &later).status(200);
    temp.show("/api/v1/me");
}

#[test]
fn the_rows_of_an_array_are_refused_one_by_one() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let clerk = server.api_with_role("clerk");
    let row = |key: &str, body: Value| json!({"idempotency_key": key, "operation": "refund_credit_balance", "account": account, "body": body});
    let rows = [
        row("one", json!({"method_type": "check", "amount": "10"})),
        row("two", json!({"type": "electronic", "amount": "10"})),
        row("three", json!({"method_type": "check", "amount": "20"})),
    ];
    let answer = clerk.post("/api/v1/batch", &json!({"commands": rows})).status(200);
    assert_eq!((&answer["accepted"], &answer["refused"]), (&json!(2), &json!(1)));
    assert_eq!(answer["results"][1]["code"], "permission_missing");
    assert_eq!(api.figures(&account)[0], "70.00");
}
