//! Logging in, sessions, lockouts, second factors; and that a session is a person where refunds are approved.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use jiff::Timestamp;
use serde_json::{Value, json};
use support::books::{number, text};
use support::people::{Browser, PASSWORD};
use support::sandbox::{keyed, until};
use support::scene::Scene;
use support::store::is_stored;
use support::{Answer, Server, database, quittance};
use tempfile::TempDir;
use throwaway_postgres::Cluster;

const LOGIN: &str = "/api/v1/login";
const ME: &str = "/api/v1/me";

fn at(server: &Server, instant: &str) {
    server.api().set_clock(instant.parse().unwrap());
}

#[test]
fn unknown_disabled_and_wrong_are_answered_alike_after_the_same_work() {
    let server = Server::on("2026-03-02");
    for name in ["ada", "gone"] {
        server.person(name, &["Viewer"]);
    }
    server.api().patch("/api/v1/users/gone", &json!({"active": false})).status(200);
    let mut answers: Vec<(Value, Option<String>)> = Vec::new();
    for (name, password) in [
        ("ada", "not the password"),
        ("gone", PASSWORD),
        ("nobody", PASSWORD),
        ("no name at all ", PASSWORD),
    ] {
        let before = server.passwords_verified();
        let answer = server.log_in(name, password, None);
        answers.push((
            answer.refused(401, "login_failed"),
            answer.header("set-cookie").map(str::to_owned),
        ));
        assert_eq!(server.passwords_verified(), before + 1, "{name}: the same work");
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].1, None);
}

#[test]
fn a_login_never_takes_over_a_token_that_was_planted() {
    let server = Server::on("2026-03-02");
    let ada = server.person("ada", &["Viewer"]);
    let planted = format!("quittance_session=qs_{}", "0".repeat(64));
    for cookie in [planted.as_str(), ada.cookie.as_str()] {
        let body = json!({"user": "ada", "password": PASSWORD}).to_string();
        let headers = [("cookie", cookie), ("content-type", "application/json")];
        let answer = server.anonymous().send("POST", LOGIN, &headers, Some(body));
        let fresh = Browser::of(server.anonymous(), &answer);
        assert_ne!(fresh.cookie, cookie);
        assert_ne!(fresh.csrf, ada.csrf);
    }
    let stranger = Browser { cookie: planted, ..ada };
    stranger.get(ME).refused(401, "session_unknown");
}

#[test]
fn what_changes_something_needs_the_token_of_the_session_and_comes_from_no_other_site() {
    let server = Server::on("2026-03-02");
    let ada = server.person("ada", &["Administrator"]);
    let bob = server.person("bob", &["Administrator"]);
    let open = |headers: &[(&str, &str)]| {
        ada.send("POST", "/api/v1/accounts", headers, &json!({"name": "Ada", "currency": "USD"}))
    };
    let own = ("x-csrf-token", ada.csrf.as_str());
    for wrong in [&[][..], &[("x-csrf-token", "")], &[("x-csrf-token", &bob.csrf)]] {
        open(wrong).refused(403, "csrf_token_invalid");
    }
    let host = server.url.strip_prefix("http://").unwrap();
    let here = format!("http://{host}");
    for foreign in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        open(&[own, foreign]).refused(403, "cross_site_request");
        let body = json!({"user": "ada", "password": PASSWORD}).to_string();
        let headers = [foreign, ("content-type", "application/json")];
        let login = server.anonymous().send("POST", LOGIN, &headers, Some(body));
        login.refused(403, "cross_site_request");
    }
    open(&[own, ("origin", &here)]).done();
    open(&[own, ("sec-fetch-site", "same-origin")]).done();
    // Questions need no token, and the page learns it again from one.
    assert_eq!(ada.get(ME).status(200)["session"]["csrf_token"], ada.csrf);
    // A key that is sent beside the cookie counts, not the cookie.
    let key = format!("Bearer {}", server.key);
    let me = ada.send("GET", ME, &[("authorization", &key)], &Value::Null).status(200);
    assert_eq!(me["session"], Value::Null);
}

#[test]
fn the_cookie_is_for_this_host_only_and_out_of_reach_of_scripts() {
    let server = Server::on("2026-03-02");
    server.person("ada", &["Viewer"]);
    let body = json!({"user": "ada", "password": PASSWORD}).to_string();
    let https = [("x-forwarded-proto", "https"), ("content-type", "application/json")];
    let set = |server: &Server| {
        let answer = server.anonymous().send("POST", LOGIN, &https, Some(body.clone()));
        answer.status(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        answer.header("set-cookie").unwrap().to_owned()
    };
    let plain = set(&server);
    assert!(plain.starts_with("quittance_session=qs_"), "{plain}");
    assert!(plain.ends_with("; HttpOnly; SameSite=Strict; Path=/"), "{plain}");
    let proxied = Server::fresh_with(&["--behind-proxy"]);
    proxied.person("ada", &["Viewer"]);
    let secure = set(&proxied);
    assert!(secure.starts_with("__Host-quittance_session=qs_"), "{secure}");
    assert!(secure.ends_with("; HttpOnly; SameSite=Strict; Path=/; Secure"), "{secure}");
}

#[test]
fn a_session_ends_when_it_is_idle_and_at_last_in_any_case() {
    let server = Server::on("2026-03-02");
    let ada = server.person("ada", &["Viewer"]);
    at(&server, "2026-03-02T10:29:59Z");
    ada.get(ME).status(200);
    at(&server, "2026-03-02T10:59:58Z");
    ada.get(ME).status(200);
    let idle = server.browser("ada", PASSWORD);
    let mut minutes: i64 = 60;
    while minutes < 12 * 60 {
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        server.api().set_clock(start + jiff::SignedDuration::from_mins(minutes));
        ada.get(ME).status(200);
        minutes += 25;
    }
    idle.get(ME).refused(401, "session_unknown");
    at(&server, "2026-03-02T22:00:00Z");
    ada.get(ME).refused(401, "session_unknown");
}

#[test]
fn five_failures_lock_a_name_for_longer_and_longer_whether_there_is_such_a_user_or_not() {
    let server = Server::on("2026-03-02");
    server.person("ada", &["Viewer"]);
    for name in ["ada", "nobody"] {
        at(&server, "2026-03-02T10:00:00Z");
        for _ in 0..5 {
            server.log_in(name, "not the password", None).refused(401, "login_failed");
        }
        let before = server.passwords_verified();
        let locked = server.log_in(name, PASSWORD, None);
        assert_eq!(locked.refused(429, "login_locked")["retry_after"], 30);
        assert_eq!(locked.header("retry-after"), Some("30"));
        assert_eq!(server.passwords_verified(), before, "what is locked costs nothing");
        at(&server, "2026-03-02T10:00:30Z");
        server.log_in(&name.to_uppercase(), "not the password", None).refused(401, "login_failed");
        let locked = server.log_in(name, PASSWORD, None).refused(429, "login_locked");
        assert_eq!(locked["retry_after"], 60);
    }
    // Others go on, and so does whoever is patient.
    server.person("bob", &["Viewer"]);
    at(&server, "2026-03-02T10:01:30Z");
    server.browser("ada", PASSWORD);
    for _ in 0..4 {
        server.log_in("ada", "not the password", None).refused(401, "login_failed");
    }
    server.browser("ada", PASSWORD);
}

#[test]
fn a_name_is_counted_as_one_however_it_is_written() {
    let server = Server::on("2026-03-02");
    server.person("ada", &["Viewer"]);
    let padded = |blanks: usize| format!("{}ADA{}", " ".repeat(blanks), "\u{2003}".repeat(9));
    for blanks in 0..5 {
        server.log_in(&padded(blanks), "not the password", None).refused(401, "login_failed");
    }
    server.log_in(&padded(99), PASSWORD, None).refused(429, "login_locked");
    for long in [format!("ada{}x", " ".repeat(252)), "\u{e4}".repeat(256)] {
        let problem = server.log_in(&long, PASSWORD, None).refused(400, "body_invalid");
        assert_eq!(problem["field"], "user");
    }
    server.log_in(&"\u{e4}".repeat(255), PASSWORD, None).refused(401, "login_failed");
}

#[test]
fn many_guesses_at_once_are_no_way_around_the_lock() {
    let server = Server::on("2026-03-02");
    server.person("ada", &["Viewer"]);
    let before = server.passwords_verified();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let guess = || server.log_in("ada", "not the password", None).status;
        let guessing: Vec<_> = (0..16).map(|_| scope.spawn(guess)).collect();
        guessing.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| [401, 429, 503].contains(status)), "{statuses:?}");
    assert!(server.passwords_verified() <= before + 5, "{statuses:?}");
}

#[test]
fn sessions_are_listed_and_ended_one_by_one_and_all_but_one_by_a_new_password() {
    let server = Server::on("2026-03-02");
    let first = server.person("ada", &["Viewer"]);
    let second = server.browser("ada", PASSWORD);
    let bob = server.person("bob", &["Viewer"]);
    let listed = first.get("/api/v1/sessions").status(200);
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[0]["address"], "127.0.0.1");
    let other = sessions.iter().find(|it| it["current"] == false).unwrap();
    let end = format!("/api/v1/sessions/{}/end", text(other, "id"));
    bob.post(&end, &json!({})).refused(404, "not_found");
    server.api().post(&end, &json!({})).refused(409, "not_a_session");
    first.post(&end, &json!({})).status(200);
    second.get(ME).refused(401, "session_unknown");
    let third = server.browser("ada", PASSWORD);
    let wrong = json!({"current": "not the password", "new": "another long password"});
    first.post("/api/v1/password", &wrong).refused(422, "password_wrong");
    let change = json!({"current": PASSWORD, "new": "another long password"});
    first.post("/api/v1/password", &change).status(200);
    first.get(ME).status(200);
    third.get(ME).refused(401, "session_unknown");
    let out = first.post("/api/v1/logout", &json!({}));
    out.status(200);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    first.get(ME).refused(401, "session_unknown");
    server.api().post("/api/v1/users/bob/end-sessions", &json!({})).status(200);
    bob.get(ME).refused(401, "session_unknown");
}

/// The bytes an app reads out of Base32.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |it: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(it).unwrap();
    let bits: String = text.chars().map(|it| format!("{:05b}", digit(it))).collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect()
}

/// What an app shows at an instant.
fn code(secret: &[u8], instant: &str) -> String {
    let instant: Timestamp = instant.parse().unwrap();
    let step = instant.as_second() / identity::CODE_PERIOD_S;
    format!("{:06}", identity::code_of_step(secret, step).unwrap())
}

/// A server with a key, whose clock stands still.
fn with_a_key() -> (Server, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let books = database(directory.path());
    let server = Server::try_start_by(keyed(), directory.path(), &books, &["--test-clock"]);
    let server = server.unwrap_or_else(|said| panic!("no server: {said}"));
    server.api().set_date("2026-03-02");
    (server, directory)
}

#[test]
fn a_code_of_the_second_factor_is_asked_for_and_taken_once() {
    let (server, _directory) = with_a_key();
    let ada = server.person("ada", &["Viewer"]);
    let confirm = |code: &str| ada.post("/api/v1/second-factor/confirm", &json!({"code": code}));
    confirm("000000").refused(409, "no_second_factor");
    let prove = json!({"password": PASSWORD});
    let wrong = json!({"password": "not the password"});
    ada.post("/api/v1/second-factor", &wrong).refused(422, "password_wrong");
    let made = ada.post("/api/v1/second-factor", &prove).status(200);
    let secret = decoded(&text(&made, "secret"));
    assert!(text(&made, "otpauth_uri").contains(&text(&made, "secret")));
    assert!(!is_stored(server.directory(), &text(&made, "secret")), "it is sealed");
    let now = "2026-03-02T10:00:00Z";
    server.browser("ada", PASSWORD);
    confirm("12345").refused(422, "code_wrong");
    confirm(&code(&secret, now)).status(200);
    ada.post("/api/v1/second-factor", &prove).refused(409, "second_factor_active");
    let try_it = |given: Option<&str>| server.log_in("ada", PASSWORD, given);
    try_it(None).refused(401, "second_factor_required");
    // The code that confirmed is used up; so is the next one after it let somebody in.
    try_it(Some(&code(&secret, now))).refused(401, "login_failed");
    at(&server, "2026-03-02T10:00:31Z");
    let next = code(&secret, "2026-03-02T10:00:31Z");
    try_it(Some(&next)).status(200);
    try_it(Some(&next)).refused(401, "login_failed");
    let recovery = text(&json!({"code": made["recovery_codes"][3]}), "code");
    assert!(!is_stored(server.directory(), &recovery));
    try_it(Some(&recovery.to_uppercase())).status(200);
    try_it(Some(&recovery)).refused(401, "login_failed");
    // Asking without a code gives no further guesses.
    for _ in 0..6 {
        try_it(None);
    }
    for _ in 0..4 {
        try_it(Some("000000")).refused(401, "login_failed");
        try_it(None);
    }
    try_it(Some("000000")).refused(429, "login_locked");
}

#[test]
fn a_second_factor_is_removed_with_the_password_or_by_an_administrator() {
    let (server, _directory) = with_a_key();
    let ada = server.person("ada", &["Viewer"]);
    let enrol = |ada: &Browser, instant: &str| {
        let made = ada.post("/api/v1/second-factor", &json!({"password": PASSWORD})).status(200);
        let code = code(&decoded(&text(&made, "secret")), instant);
        ada.post("/api/v1/second-factor/confirm", &json!({"code": code})).status(200);
    };
    enrol(&ada, "2026-03-02T10:00:00Z");
    let remove =
        |password: &str| ada.post("/api/v1/second-factor/remove", &json!({"password": password}));
    remove("not the password").refused(422, "password_wrong");
    remove(PASSWORD).status(200);
    server.browser("ada", PASSWORD);
    enrol(&ada, "2026-03-02T10:00:00Z");
    server.log_in("ada", PASSWORD, None).refused(401, "second_factor_required");
    server.api().post("/api/v1/users/ada/reset-second-factor", &json!({})).status(200);
    server.browser("ada", PASSWORD);
    ada.get(ME).refused(401, "session_unknown");
}

#[test]
fn without_a_key_nobody_enrols_a_second_factor() {
    let server = Server::on("2026-03-02");
    let ada = server.person("ada", &["Viewer"]);
    let answer = ada.post("/api/v1/second-factor", &json!({"password": PASSWORD}));
    let problem = answer.refused(503, "second_factor_unavailable");
    assert!(text(&problem, "detail").contains("--key-file"));
}

/// A refund that waits for approval, asked for with these headers.
fn ask(scene: &Scene, account: &str, send: impl Fn(&str, &Value) -> Answer) -> String {
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let answer = send(&path, &json!({"type": "electronic", "amount": "10"}));
    let no = number(&answer.done(), "refund");
    let shown = scene.api.show(&format!("/api/v1/refunds/{no}"));
    assert_eq!(shown["order"]["state"], "awaiting_approval");
    no
}

#[test]
fn a_session_approves_as_its_person_and_a_token_never_does() {
    let scene = Scene::new();
    let role = json!({"name": "Lead", "permissions": ["view_payments", "approve_refund"]});
    scene.api.post("/api/v1/roles", &role).status(201);
    let policy = json!({"name": "All", "levels": [{"roles": ["Lead"]}]});
    scene.api.post("/api/v1/approval-policies", &policy).status(201);
    let (account, _) = scene.api.account_with_credit("100");
    scene.api.card_with(&account, "pm_ok");
    let roles = ["Administrator", "Lead"];
    let lea = scene.server.person("lea", &roles);
    let key = json!({"name": "key of Lea", "person": "Lea", "roles": roles});
    let key = text(&scene.api.post("/api/v1/api-keys", &key).status(201), "secret");
    let key = scene.server.api_as(&key);
    // Asked for with her key or in her session, she cannot approve it either way.
    for no in [
        ask(&scene, &account, |path, body| key.post(path, body)),
        ask(&scene, &account, |path, body| lea.post(path, body)),
    ] {
        let path = format!("/api/v1/refunds/{no}/approve");
        lea.post(&path, &json!({})).refused(409, "self_approval");
        key.post(&path, &json!({})).refused(409, "self_approval");
    }
    let no = ask(&scene, &account, |path, body| scene.api.post(path, body));
    let path = format!("/api/v1/refunds/{no}/approve");
    let client = json!({"name": "robot", "roles": roles});
    let client = scene.api.post("/api/v1/api-clients", &client).status(201);
    let form = format!(
        "grant_type=client_credentials&client_id=robot&client_secret={}",
        text(&client, "client_secret")
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let token = scene.server.anonymous().send("POST", "/oauth/token", &headers, Some(form));
    let robot = scene.server.api_as(&text(&token.status(200), "access_token"));
    robot.post(&path, &json!({})).refused(409, "only_people_approve");
    lea.post(&path, &json!({})).done();
    scene.api.until(&format!("/api/v1/refunds/{no}"), "processed");
    let entries = scene.api.show("/api/v1/journal?limit=50").to_string();
    assert!(entries.contains("\"lea\""), "her name stands in the history");
}

#[test]
fn what_has_ended_is_erased() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Server::start_with(directory.path(), &["--test-clock"]);
    server.api().set_date("2020-03-02");
    let ada = server.person("ada", &["Viewer"]);
    let id = identity::sha256_hex(ada.token());
    assert!(!gone(&server, &id), "the session is kept");
    assert!(server.terminate().success());
    // It starts at the time of the machine, years later.
    server.start_again();
    until("the session is erased", || gone(&server, &id));
}

/// Whether a session is no record any more; looked for in a copy, since lists leave out what has ended.
fn gone(server: &Server, id: &str) -> bool {
    let copy = tempfile::tempdir().unwrap();
    let to = copy.path().join("copy.db");
    let to = to.to_str().unwrap();
    support::ok(&["backup", to, "--database", server.database()]);
    let bytes = std::fs::read(to).unwrap();
    !bytes.windows(id.len()).any(|window| window == id.as_bytes())
}

#[test]
fn a_session_that_ends_on_one_server_has_ended_on_the_others_within_a_second() {
    let cluster = Cluster::shared().unwrap();
    cluster.create("sessions_of_two").unwrap();
    let url = cluster.url("sessions_of_two");
    let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let serve = |home: &TempDir| Server::try_start_by(quittance(), home.path(), &url, &[]).unwrap();
    let (one, other) = (serve(&homes[0]), serve(&homes[1]));
    let ada = one.person("ada", &["Viewer"]);
    let elsewhere = Browser { api: other.anonymous(), ..ada.clone() };
    elsewhere.get(ME).status(200);
    ada.post("/api/v1/logout", &json!({})).status(200);
    ada.get(ME).refused(401, "session_unknown");
    let began = std::time::Instant::now();
    until("it has ended there, too", || elsewhere.get(ME).status == 401);
    assert!(began.elapsed().as_secs() < 3, "{:?}", began.elapsed());
    elsewhere.get(ME).refused(401, "session_unknown");
}
