//! Tokens for programs: OAuth 2 client credentials (RFC 6749) and revocation (RFC 7009).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use support::books::text;
use support::judge::judge;
use support::sandbox::until;
use support::store::is_stored;
use support::{Answer, Api, Server, ok, quittance};
use tempfile::TempDir;
use throwaway_postgres::Cluster;

const CLIENTS: &str = "/api/v1/api-clients";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const GRANT: &str = "grant_type=client_credentials";

fn client(server: &Server, name: &str, roles: &[&str]) -> String {
    let made = server.api().post(CLIENTS, &json!({"name": name, "roles": roles})).status(201);
    text(&made, "client_secret")
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

fn ask(server: &Server, path: &str, authorization: Option<&str>, form: &str) -> Answer {
    let mut headers = vec![FORM];
    headers.extend(authorization.map(|it| ("authorization", it)));
    server.anonymous().send("POST", path, &headers, Some(form.to_owned()))
}

fn token(server: &Server, id: &str, secret: &str) -> String {
    let answer = ask(server, "/oauth/token", Some(&basic(id, secret)), GRANT);
    text(&answer.status(200), "access_token")
}

#[track_caller]
fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(
        (answer.status, answer.body["error"].as_str()),
        (status, Some(error)),
        "{}",
        answer.text
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!text(&answer.body, "error_description").is_empty());
}

#[test]
fn an_independent_library_gets_tokens_and_understands_refusals() {
    let server = Server::on("2026-03-02");
    let secret = client(&server, "web-shop", &["Viewer"]);
    for in_form in [false, true] {
        let request = json!({"url": server.url, "client_id": "web-shop", "client_secret": secret,
            "in_form": in_form});
        let found: Value = serde_json::from_str(&judge("get_token.py", &request)).unwrap();
        assert_eq!(found["token_type"], "Bearer", "{found}");
        assert!(found["expires_in"].as_u64().unwrap() > 0, "{found}");
        assert_eq!(found["me"]["name"], "web-shop", "{found}");
        assert_eq!(found["refused"], "invalid_client", "{found}");
    }
}

#[test]
fn a_client_gets_a_token_by_http_basic_or_in_the_form() {
    let server = Server::on("2026-03-02");
    let secret = client(&server, "web-shop", &["Viewer", "Payments Standard User"]);
    let form = format!("{GRANT}&client_id=web-shop&client_secret={secret}");
    let escaped = basic("web%2Dshop", &secret);
    for answer in [
        ask(&server, "/oauth/token", Some(&basic("web-shop", &secret)), GRANT),
        ask(&server, "/oauth/token", Some(&escaped), GRANT),
        ask(&server, "/oauth/token", None, &form),
    ] {
        let body = answer.status(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3600)));
        assert_eq!(body["scope"], "Viewer Payments%20Standard%20User");
        let token = text(&body, "access_token");
        let me = server.api_as(&token).show("/api/v1/me");
        assert_eq!((&me["name"], &me["person"]), (&json!("web-shop"), &Value::Null));
        assert!(!is_stored(server.directory(), &token) && !server.log().contains(&token));
    }
    assert!(!is_stored(server.directory(), &secret));
}

#[test]
fn a_scope_grants_some_of_the_roles_and_never_more() {
    let server = Server::on("2026-03-02");
    let secret = client(&server, "shop", &["Viewer", "Payments Standard User"]);
    let scoped = |scope: &str| {
        let form = format!("{GRANT}&scope={scope}");
        ask(&server, "/oauth/token", Some(&basic("shop", &secret)), &form)
    };
    let body = scoped("viewer").status(200);
    assert_eq!(body["scope"], "Viewer");
    let viewer = server.api_as(&text(&body, "access_token"));
    viewer.show("/api/v1/accounts");
    let open = json!({"name": "Ada", "currency": "USD"});
    viewer.post("/api/v1/accounts", &open).refused(403, "permission_missing");
    let body = scoped("Payments%2520Standard%2520User").status(200);
    let clerk = server.api_as(&text(&body, "access_token"));
    clerk.post("/api/v1/accounts", &open).done();
    for beyond in ["Administrator", "Viewer+Administrator", "nobody"] {
        refused(&scoped(beyond), 400, "invalid_scope");
    }
    // Roles that are taken from the client are taken from its tokens.
    server.api().patch(&format!("{CLIENTS}/shop"), &json!({"roles": ["Viewer"]})).status(200);
    clerk.post("/api/v1/accounts", &open).refused(403, "permission_missing");
    viewer.show("/api/v1/accounts");
}

#[test]
fn errors_have_the_form_of_rfc_6749() {
    let server = Server::on("2026-03-02");
    let secret = client(&server, "shop", &["Viewer"]);
    let right = basic("shop", &secret);
    let ask =
        |authorization: Option<&str>, form: &str| ask(&server, "/oauth/token", authorization, form);
    for wrong in [
        basic("shop", "x"),
        basic("nobody", &secret),
        "Basic ?".to_owned(),
        format!("Bearer {secret}"),
    ] {
        let answer = ask(Some(&wrong), GRANT);
        refused(&answer, 401, "invalid_client");
        assert!(answer.header("www-authenticate").unwrap().starts_with("Basic"));
    }
    refused(&ask(None, GRANT), 401, "invalid_client");
    refused(&ask(Some(&right), ""), 400, "invalid_request");
    refused(&ask(Some(&right), &format!("{GRANT}&{GRANT}")), 400, "invalid_request");
    let both = format!("{GRANT}&client_id=shop&client_secret={secret}");
    refused(&ask(Some(&right), &both), 400, "invalid_request");
    refused(&ask(Some(&right), "grant_type=password"), 400, "unsupported_grant_type");
    let long = format!("{GRANT}&scope={}", "x".repeat(9_000));
    refused(&ask(Some(&right), &long), 400, "invalid_request");
    let json = [("content-type", "application/json"), ("authorization", right.as_str())];
    let body = json!({"grant_type": "client_credentials"}).to_string();
    let answer = server.anonymous().send("POST", "/oauth/token", &json, Some(body));
    refused(&answer, 400, "invalid_request");
}

#[test]
fn a_token_ends_after_an_hour_and_when_it_is_revoked_and_never_comes_back() {
    let server = Server::on("2026-03-02");
    let secret = client(&server, "shop", &["Viewer"]);
    let (one, other) = (token(&server, "shop", &secret), token(&server, "shop", &secret));
    let holds = |token: &str| server.api_as(token).get("/api/v1/accounts");
    let revoke = |id: &str, secret: &str, token: &str| {
        ask(&server, "/oauth/revoke", Some(&basic(id, secret)), &format!("token={token}"))
            .status(200);
    };
    holds(&one).status(200);
    // Somebody else's token is none of a client's business, and there is nothing to learn.
    let stranger = client(&server, "stranger", &["Viewer"]);
    revoke("stranger", &stranger, &one);
    revoke("shop", &secret, "qt_unheard_of");
    holds(&one).status(200);
    revoke("shop", &secret, &one);
    holds(&one).refused(401, "token_unknown");
    revoke("shop", &secret, &one);
    holds(&one).refused(401, "token_unknown");
    holds(&other).status(200);
    refused(
        &ask(&server, "/oauth/revoke", Some(&basic("shop", &secret)), ""),
        400,
        "invalid_request",
    );
    refused(&ask(&server, "/oauth/revoke", None, "token=x"), 401, "invalid_client");
    server.api().set_clock("2026-03-02T10:59:59Z".parse().unwrap());
    holds(&other).status(200);
    server.api().set_clock("2026-03-02T11:00:00Z".parse().unwrap());
    holds(&other).refused(401, "token_unknown");
}

#[test]
fn of_more_than_a_hundred_tokens_the_oldest_end_and_asking_is_limited() {
    let server = Server::fresh_with(&["--test-clock", "--rate-limit", "60"]);
    server.api().set_clock("2026-03-02T10:00:00Z".parse().unwrap());
    let secret = client(&server, "shop", &["Viewer"]);
    let oldest = token(&server, "shop", &secret);
    let mut newest = oldest.clone();
    for second in ["01", "02"] {
        server.api().set_clock(format!("2026-03-02T10:00:{second}Z").parse().unwrap());
        for _ in 0..50 {
            newest = token(&server, "shop", &secret);
        }
    }
    server.api_as(&oldest).get("/api/v1/me").refused(401, "token_unknown");
    server.api_as(&newest).get("/api/v1/me").status(200);
    for _ in 0..9 {
        server.api_as(&newest).get("/api/v1/me").status(200);
    }
    let answer = ask(&server, "/oauth/token", Some(&basic("shop", &secret)), GRANT);
    answer.refused(429, "rate_limited");
}

#[test]
fn a_client_that_is_revoked_or_gets_another_secret_is_out_at_once() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let secret = client(&server, "shop", &["Viewer"]);
    let first = server.api_as(&token(&server, "shop", &secret));
    first.show("/api/v1/accounts");
    let rolled = api.post(&format!("{CLIENTS}/shop/roll-secret"), &json!({})).status(200);
    first.get("/api/v1/accounts").refused(401, "token_unknown");
    refused(
        &ask(&server, "/oauth/token", Some(&basic("shop", &secret)), GRANT),
        401,
        "invalid_client",
    );
    let secret = text(&rolled, "client_secret");
    let second = server.api_as(&token(&server, "shop", &secret));
    second.show("/api/v1/accounts");
    let revoked = api.post(&format!("{CLIENTS}/shop/revoke"), &json!({})).status(200);
    assert!(revoked["revoked_at"].is_string());
    second.get("/api/v1/accounts").refused(401, "token_unknown");
    refused(
        &ask(&server, "/oauth/token", Some(&basic("shop", &secret)), GRANT),
        401,
        "invalid_client",
    );
    api.post(CLIENTS, &json!({"name": "SHOP", "roles": ["Viewer"]})).refused(409, "name_taken");
    api.post(&format!("{CLIENTS}/nobody/revoke"), &json!({})).refused(404, "not_found");
    let clerk = server.api_with_role("clerk");
    clerk.get(CLIENTS).refused(403, "permission_missing");
    let listed = api.show(CLIENTS);
    assert_eq!(listed["api_clients"].as_array().unwrap().len(), 1);
}

#[test]
fn the_command_line_makes_and_ends_clients() {
    let server = Server::on("2026-03-02");
    let at = ["--server", server.url.as_str(), "--api-key", server.key.as_str()];
    let secret = |said: String| said.trim().rsplit_once(": ").unwrap().1.to_owned();
    let first =
        secret(ok(&[&["client", "create", "shop", "--role", "Viewer"], at.as_slice()].concat()));
    token(&server, "shop", &first);
    let second = secret(ok(&[&["client", "roll-secret", "shop"], at.as_slice()].concat()));
    token(&server, "shop", &second);
    ok(&[&["client", "change", "shop", "--role", "Administrator"], at.as_slice()].concat());
    let listed = ok(&[&["client", "list"], at.as_slice()].concat());
    assert!(listed.contains("shop") && listed.contains("Administrator"), "{listed}");
    ok(&[&["client", "revoke", "shop"], at.as_slice()].concat());
    refused(
        &ask(&server, "/oauth/token", Some(&basic("shop", &second)), GRANT),
        401,
        "invalid_client",
    );
}

#[test]
fn a_token_opens_every_server_and_is_closed_on_every_server_within_a_second() {
    let cluster = Cluster::shared().unwrap();
    cluster.create("tokens_of_two").unwrap();
    let url = cluster.url("tokens_of_two");
    let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let serve = |home: &TempDir| Server::try_start_by(quittance(), home.path(), &url, &[]).unwrap();
    let (one, other) = (serve(&homes[0]), serve(&homes[1]));
    let secret = client(&one, "shop", &["Viewer"]);
    let token = token(&one, "shop", &secret);
    let there: Api = other.api_as(&token);
    there.show("/api/v1/accounts");
    one.api().post(&format!("{CLIENTS}/shop/revoke"), &json!({})).status(200);
    one.api_as(&token).get("/api/v1/accounts").refused(401, "token_unknown");
    let began = std::time::Instant::now();
    until("it is closed there, too", || there.get("/api/v1/accounts").status == 401);
    assert!(began.elapsed().as_secs() < 3, "{:?}", began.elapsed());
    there.get("/api/v1/accounts").refused(401, "token_unknown");
}
