//! Users over HTTP and on the command line: making and changing them, passwords, and who may touch whom.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use support::people::{Browser, FIRST, PASSWORD};
use support::store::is_stored;
use support::{Server, database, ok, quittance, refused};

const USERS: &str = "/api/v1/users";

#[test]
fn the_first_password_must_be_changed_before_anything_else() {
    let server = Server::on("2026-03-02");
    let made = server.api().post(USERS, &json!({"name": "Ada@Example.com", "roles": ["Viewer"]}));
    let made = made.status(201);
    assert_eq!(
        (&made["name"], &made["person"]),
        (&json!("ada@example.com"), &json!("ada@example.com"))
    );
    assert_eq!((&made["active"], &made["must_change_password"]), (&json!(true), &json!(true)));
    let first = made["password"].as_str().unwrap();
    let browser = server.browser("ADA@example.COM", first);
    browser.get("/api/v1/accounts").refused(403, "password_change_required");
    assert_eq!(browser.get("/api/v1/me").status(200)["session"]["must_change_password"], true);
    let change =
        |new: &str| browser.post("/api/v1/password", &json!({"current": first, "new": new}));
    change(first).refused(422, "password_refused");
    change(PASSWORD).status(200);
    browser.get("/api/v1/accounts").status(200);
    server.log_in("ada@example.com", first, None).refused(401, "login_failed");
    let again = server.browser("ada@example.com", PASSWORD);
    let me = again.get("/api/v1/me").status(200);
    assert_eq!(
        (&me["name"], &me["person"]),
        (&json!("ada@example.com"), &json!("ada@example.com"))
    );
    assert_eq!(me["roles"], json!(["Viewer"]));
}

#[test]
fn the_first_user_of_all_chose_the_password_and_nobody_else_is_the_first() {
    let server = Server::on("2026-03-02");
    let make = |name: &str| {
        let body =
            json!({"name": name, "roles": ["Administrator"], "password": PASSWORD, "first": true});
        server.api().post(USERS, &body)
    };
    assert_eq!(make("ada").status(201)["must_change_password"], false);
    server.browser("ada", PASSWORD).get("/api/v1/accounts").status(200);
    make("eve").refused(409, "not_the_first_user");
    make("ada").refused(409, "not_the_first_user");
    server.log_in("eve", PASSWORD, None).refused(401, "login_failed");
}

#[test]
fn passwords_are_refused_by_the_rules_of_nist() {
    let server = Server::on("2026-03-02");
    let make = |password: &str| {
        let body = json!({"name": "ada.lovelace", "roles": ["Viewer"], "password": password});
        server.api().post(USERS, &body)
    };
    for weak in
        ["elevenchars", "Password1234", "zzzzzzzzzzzzzz", "I am Ada.Lovelace", &"x".repeat(129)]
    {
        make(weak).refused(422, "password_refused");
    }
    make(&"x".repeat(2_000)).refused(400, "body_invalid");
    // No rule about kinds of characters.
    make("only small words here").status(201);
}

#[test]
fn nothing_that_is_kept_lets_anybody_in() {
    let server = Server::on("2026-03-02");
    let ada = server.person("ada", &["Viewer"]);
    ada.get("/api/v1/accounts").status(200);
    assert!(is_stored(server.directory(), "$argon2id$v=19$m=19456,t=2,p=1$"));
    for secret in [PASSWORD, FIRST, ada.token(), &ada.csrf] {
        assert!(!is_stored(server.directory(), secret));
        assert!(!server.log().contains(secret), "a secret in the log");
    }
}

#[test]
fn a_name_belongs_to_one_user_key_or_client() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let named = |name: &str| json!({"name": name, "roles": ["Viewer"]});
    api.post(USERS, &named("ada")).status(201);
    for (path, name) in
        [(USERS, "ADA"), ("/api/v1/api-keys", "Ada"), ("/api/v1/api-clients", "ada")]
    {
        api.post(path, &named(name)).refused(409, "name_taken");
    }
    api.post("/api/v1/api-keys", &named("shop")).status(201);
    api.post("/api/v1/api-clients", &named("robot")).status(201);
    for taken in ["Shop", "robot"] {
        api.post(USERS, &named(taken)).refused(409, "name_taken");
    }
    for bad in ["", "a b", "\u{430}da", "-ada"] {
        api.post(USERS, &named(bad)).refused(400, "body_invalid");
    }
    api.post(USERS, &json!({"name": "eve", "roles": ["Nobody"]})).refused(422, "unknown_role");
    api.post(USERS, &json!({"name": "eve", "roles": []})).refused(400, "body_invalid");
    let body = json!({"name": "eve", "roles": ["Viewer"], "email": "no address"});
    api.post(USERS, &body).refused(400, "body_invalid");
    api.patch(&format!("{USERS}/nobody"), &json!({})).refused(404, "not_found");
    let listed = api.show(USERS);
    let names: Vec<&Value> =
        listed["users"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["ada"]);
}

#[test]
fn the_last_administrator_stays_whether_key_or_user() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let ada = server.person("ada", &["Administrator"]);
    let key = format!("/api/v1/api-keys/{}", api.administrator());
    // The user goes on, so the key may go.
    api.post(&format!("{key}/revoke"), &json!({})).status(200);
    let patch = |browser: &Browser, body: Value| {
        browser.send("PATCH", &format!("{USERS}/ada"), &[("x-csrf-token", &browser.csrf)], &body)
    };
    patch(&ada, json!({"roles": ["Viewer"]})).refused(409, "last_administrator");
    patch(&ada, json!({"active": false})).refused(409, "last_administrator");
    let body = json!({"name": "second", "roles": ["Administrator"]});
    ada.post("/api/v1/api-keys", &body).status(201);
    patch(&ada, json!({"roles": ["Viewer"]})).status(200);
    ada.get(USERS).refused(403, "permission_missing");
}

#[test]
fn whoever_manages_users_gets_no_permission_by_it() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let role = json!({"name": "Helpdesk", "permissions": ["manage_users", "view_accounts"]});
    api.post("/api/v1/roles", &role).status(201);
    server.make_user("boss", &["Administrator"]);
    server.make_user("help", &["Helpdesk"]);
    let desk = server.api_with_roles("desk", &["Helpdesk"]);
    let boss = format!("{USERS}/boss");
    for what in ["reset-password", "reset-second-factor", "end-sessions"] {
        let problem =
            desk.post(&format!("{boss}/{what}"), &json!({})).refused(403, "permission_missing");
        assert!(problem["permissions"].as_array().unwrap().len() > 10);
    }
    desk.patch(&boss, &json!({"active": false})).refused(403, "permission_missing");
    let roles = json!({"roles": ["Administrator"]});
    let problem = desk.patch(&format!("{USERS}/help"), &roles).refused(403, "permission_missing");
    assert_eq!(problem["permissions"], json!(["manage_user_roles"]));
    let body = json!({"name": "mine", "roles": ["Helpdesk"]});
    desk.post(USERS, &body).refused(403, "permission_missing");
    // Those who may do no more than the desk are its business.
    desk.post(&format!("{USERS}/help/reset-password"), &json!({})).status(200);
    desk.patch(&format!("{USERS}/help"), &json!({"email": "help@example.com"})).status(200);
}

#[test]
fn whoever_manages_users_gets_no_second_say_in_an_approval() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    for (name, permissions) in [
        ("Helpdesk", json!(["manage_users", "view_accounts", "approve_refund"])),
        ("Signers", json!(["view_accounts"])),
        ("Approvers", json!(["approve_refund"])),
    ] {
        let role = json!({"name": name, "permissions": permissions});
        api.post("/api/v1/roles", &role).status(201);
    }
    for (user, role) in [("signer", "Signers"), ("approver", "Approvers")] {
        server.make_user(user, &[role]);
    }
    let desk = server.person("help", &["Helpdesk"]);
    desk.post(&format!("{USERS}/signer/reset-password"), &json!({})).status(200);
    let policy = json!({"name": "Two of us",
        "levels": [{"roles": ["Signers"]}]});
    api.post("/api/v1/approval-policies", &policy).status(201);
    for user in ["signer", "approver"] {
        let path = format!("{USERS}/{user}");
        let patch = |active: bool| {
            let headers = [("x-csrf-token", desk.csrf.as_str())];
            desk.send("PATCH", &path, &headers, &json!({"active": active}))
        };
        patch(false).status(200);
        for answer in [
            patch(true),
            desk.post(&format!("{path}/reset-password"), &json!({})),
            desk.post(&format!("{path}/reset-second-factor"), &json!({})),
        ] {
            let problem = answer.refused(403, "permission_missing");
            assert_eq!(problem["permissions"], json!(["manage_user_roles"]));
        }
        api.patch(&path, &json!({"active": true})).status(200);
        api.post(&format!("{path}/reset-password"), &json!({})).status(200);
    }
    // Nobody gets around the own password, the administrator neither.
    let boss = server.person("boss", &["Administrator"]);
    for (session, user) in [(&desk, "help"), (&boss, "Boss")] {
        for what in ["reset-password", "reset-second-factor"] {
            let answer = session.post(&format!("{USERS}/{user}/{what}"), &json!({}));
            answer.refused(409, "own_user");
        }
    }
}

#[test]
fn a_disabled_user_is_out_at_once_and_comes_back_without_the_old_sessions() {
    let server = Server::on("2026-03-02");
    let ada = server.person("ada", &["Viewer"]);
    let path = format!("{USERS}/ada");
    server.api().patch(&path, &json!({"active": false})).status(200);
    ada.get("/api/v1/me").refused(401, "session_unknown");
    server.log_in("ada", PASSWORD, None).refused(401, "login_failed");
    server.api().patch(&path, &json!({"active": true})).status(200);
    ada.get("/api/v1/me").refused(401, "session_unknown");
    server.browser("ada", PASSWORD).get("/api/v1/me").status(200);
    // Roles that are taken away are gone with the next request.
    let bob = server.person("bob", &["Administrator"]);
    bob.get("/api/v1/users").status(200);
    server.api().patch(&format!("{USERS}/bob"), &json!({"roles": ["Viewer"]})).status(200);
    bob.get("/api/v1/users").refused(403, "permission_missing");
}

#[test]
fn the_command_line_makes_the_first_administrator_on_a_database_and_on_a_server() {
    let directory = tempfile::tempdir().unwrap();
    drop(Server::start(directory.path()));
    let books = database(directory.path());
    let add = ["user", "add", "ada", "--role", "Administrator", "--email", "ada@example.com"];
    let said = ok(&[&add, ["--database", &books].as_slice()].concat());
    let password = said.trim().rsplit_once(": ").unwrap().1.to_owned();
    assert!(said.contains("shown once"), "{said}");
    let again = refused(&[&add, ["--database", &books].as_slice()].concat());
    assert!(again.contains("[name_taken]"), "{again}");
    let server = Server::start(directory.path());
    let ada = server.browser("ada", &password);
    ada.post("/api/v1/password", &json!({"current": password, "new": PASSWORD})).status(200);
    let made =
        ada.post("/api/v1/api-keys", &json!({"name": "cli of ada", "roles": ["Administrator"]}));
    let key = made.status(201)["secret"].as_str().unwrap().to_owned();
    let at = ["--server", server.url.as_str(), "--api-key", key.as_str()];
    let mut adding = quittance()
        .args(["user", "add", "bob", "--password-stdin"])
        .args(at)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(adding.stdin.take().unwrap(), "{FIRST}").unwrap();
    assert!(adding.wait().unwrap().success());
    server.browser("bob", FIRST);
    ok(&[&["user", "disable", "bob"], at.as_slice()].concat());
    server.log_in("bob", FIRST, None).refused(401, "login_failed");
    ok(&[&["user", "enable", "bob"], at.as_slice()].concat());
    ok(&[&["user", "change", "bob", "--role", "Viewer"], at.as_slice()].concat());
    let reset = ok(&[&["user", "reset-password", "bob"], at.as_slice()].concat());
    let password = reset.trim().rsplit_once(": ").unwrap().1;
    server.browser("bob", password);
    ok(&[&["user", "reset-second-factor", "bob"], at.as_slice()].concat());
    let listed = ok(&[&["user", "list"], at.as_slice()].concat());
    assert!(listed.contains("ada@example.com") && listed.contains("bob"), "{listed}");
}
