//! How often somebody may ask, and how often credentials may be refused.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::json;
use support::Server;
use support::people::FIRST;

const ME: &str = "/api/v1/me";

#[test]
fn a_caller_that_asks_too_often_waits_and_others_do_not() {
    let server = Server::fresh_with(&["--test-clock", "--rate-limit", "3"]);
    let api = server.api();
    api.set_clock("2026-03-02T10:00:00Z".parse().unwrap());
    let other = server.api_with_role("viewer");
    // The clock stands still now, so the bucket is as it was filled by its own move.
    api.set_clock("2026-03-02T10:00:05Z".parse().unwrap());
    api.get(ME).status(200);
    api.get(ME).status(200);
    api.get(ME).status(200);
    let answer = api.get(ME);
    assert_eq!(answer.refused(429, "rate_limited")["retry_after"], 1);
    assert_eq!(answer.header("retry-after"), Some("1"));
    for _ in 0..3 {
        other.get(ME).status(200);
    }
    other.get(ME).refused(429, "rate_limited");
    // What is open stays open.
    server.anonymous().get("/healthz").status(200);
}

#[test]
fn nobody_is_limited_unless_it_is_asked_for() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    for _ in 0..300 {
        api.get(ME).status(200);
    }
}

#[test]
fn refused_credentials_count_against_their_address_and_right_ones_go_on() {
    let server = Server::fresh_with(&["--test-clock", "--failure-limit", "2"]);
    let api = server.api();
    api.set_date("2026-03-02");
    let tries = |key: &str| server.api_as(key).get(ME);
    for number in 0..10 {
        let unknown = if number % 2 == 0 { "api_key_unknown" } else { "token_unknown" };
        let key = if number % 2 == 0 { "qk_guess" } else { "qt_guess" };
        tries(key).refused(401, unknown);
    }
    for key in ["qk_guess", "qt_guess"] {
        let answer = tries(key);
        answer.refused(429, "too_many_failures");
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    let login = json!({"user": "ada", "password": "not the password"});
    let answer = server.anonymous().command("POST", "/api/v1/login", None, &login);
    answer.refused(429, "too_many_failures");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "grant_type=client_credentials&client_id=a&client_secret=b".to_owned();
    let answer = server.anonymous().send("POST", "/oauth/token", &form, Some(body));
    answer.refused(429, "too_many_failures");
    // No credentials at all are no guess, and whoever is known is let in.
    server.anonymous().get(ME).refused(401, "api_key_missing");
    api.get(ME).status(200);
    api.set_clock("2026-03-02T10:00:01Z".parse().unwrap());
    tries("qk_guess").refused(401, "api_key_unknown");
    tries("qk_guess").refused(401, "api_key_unknown");
    tries("qk_guess").refused(429, "too_many_failures");
}

#[test]
fn a_flood_of_logins_costs_no_more_than_the_address_may_fail() {
    let server = Server::fresh_with(&["--test-clock", "--failure-limit", "1"]);
    server.api().set_date("2026-03-02");
    server.make_user("ada", &["Viewer"]);
    // Who is recognised is given the token back.
    for _ in 0..7 {
        server.log_in("ada", FIRST, None).status(200);
    }
    let before = server.passwords_verified();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let server = &server;
        let guess = |number| move || server.log_in(&format!("u{number}"), FIRST, None).status;
        let guessing: Vec<_> = (0..16).map(|number| scope.spawn(guess(number))).collect();
        guessing.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 11, "{statuses:?}");
    assert_eq!(server.passwords_verified(), before + 5);
    server.log_in("ada", FIRST, None).refused(429, "too_many_failures");
}

#[test]
fn an_address_is_what_the_proxy_says_if_there_is_one_and_else_that_of_the_connection() {
    let asks = |server: &Server, address: &str| {
        server.api_as("qk_guess").send("GET", ME, &[("x-forwarded-for", address)], None).status
    };
    let proxied = Server::fresh_with(&["--test-clock", "--failure-limit", "1", "--behind-proxy"]);
    for _ in 0..5 {
        assert_eq!(asks(&proxied, "192.0.2.1"), 401);
    }
    assert_eq!(asks(&proxied, "192.0.2.1"), 429);
    assert_eq!(asks(&proxied, "192.0.2.1, 192.0.2.2"), 401, "the last one is the proxy's word");
    assert_eq!(asks(&proxied, "198.51.100.9, 192.0.2.1"), 429);
    let direct = Server::fresh_with(&["--test-clock", "--failure-limit", "1"]);
    for number in 0..5 {
        assert_eq!(asks(&direct, &format!("192.0.2.{number}")), 401);
    }
    assert_eq!(asks(&direct, "192.0.2.99"), 429, "anybody could write that header");
}
