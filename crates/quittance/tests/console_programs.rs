//! What programs and devices need, in the console: gateways, keys, clients, endpoints, second factors; their secrets are
//! shown once.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use jiff::Timestamp;
use serde_json::json;
use support::console::{Tab, encoded, one, person, scene, secret};
use support::people::PASSWORD;
use support::sandbox::{Sandbox, serve, until};
use support::{Api, Server};
use tempfile::TempDir;

const HOSTILE: &str = "<b>\"'x</b>";
const ONCE: &str = "shown this once";

/// The same with the key that keeps secrets, in this directory.
fn keyed_scene(more: &[&str]) -> (TempDir, Server, Api, Tab) {
    let directory = tempfile::tempdir().unwrap();
    let server = serve(directory.path(), None, more);
    server.api().set_date("2026-03-02");
    let (api, tab) = (server.api(), person(&server, "ada", &["Administrator"]));
    (directory, server, api, tab)
}

#[test]
fn a_gateway_is_made_tested_and_changed_and_its_credentials_are_never_shown() {
    let (directory, _server, api, ada) = keyed_scene(&[]);
    let sandbox = Sandbox::start(directory.path(), "2026-03-02T10:00:00Z".parse().unwrap());
    let url = format!("{}/plain", sandbox.url);
    ada.open("/console/admin/gateways").is(200).says("No gateway");
    let fields = [
        ("name", HOSTILE),
        ("kind", "sandbox"),
        ("url", url.as_str()),
        ("unreferenced_credits", "true"),
    ];
    let credentials = ada.fill("/console/admin/gateways/new", &fields).goes_to();
    let at = credentials.strip_suffix("/credentials").unwrap();
    ada.fill("/console/admin/gateways/new", &fields).is(409).says("id=\"name-wrong\"");
    ada.open(at).is(200).says("It has no credentials yet").says_not("<b>");
    let half = [("api_key", "key-4711"), ("webhook_secret", "")];
    ada.fill(&credentials, &half).is(422).says("webhook_secret").says_not("key-4711");
    let both = [("api_key", "key-4711"), ("webhook_secret", "whsec-4712")];
    ada.fill(&credentials, &both).goes_to();
    for path in [at, &credentials, &format!("{at}/edit"), "/console/admin/gateways"] {
        ada.open(path).is(200).says_not("key-4711").says_not("whsec-4712").says_not("<b>");
    }
    ada.open(at).is(200).says("record it as external").says("credit card");
    ada.fill(&format!("{at}/test"), &[]).is(200).says("takes the credentials");
    let change = format!("{at}/edit");
    let wrong = ada.fill(&change, &[("active", "true"), ("concurrency", "many")]).is(400);
    assert_eq!(wrong.says("id=\"concurrency-wrong\"").value("concurrency"), "many");
    ada.fill(&change, &[("concurrency", "3"), ("per_second", "9"), ("url", &url)]).goes_to();
    let gateway = one(&api, "/api/v1/gateways", "gateways", "name", HOSTILE);
    assert_eq!((&gateway["active"], &gateway["per_second"]), (&json!(false), &json!(9)));
    drop(sandbox);
    ada.fill(&format!("{at}/test"), &[]).is(200).says("It does not work");
}

#[test]
fn secrets_of_programs_are_shown_once_and_end_when_they_are_revoked() {
    let (server, api, ada) = scene();
    let new = "/console/admin/api-keys/new";
    let past = [("name", HOSTILE), ("roles", "Viewer"), ("expires_at", "2020-01-01")];
    ada.fill(new, &past).is(400).says("id=\"expires_at-wrong\"").says_not(ONCE);
    let fields = [("name", HOSTILE), ("roles", "Viewer"), ("expires_at", "2027-01-01")];
    let made = ada.fill(new, &fields).is(200).says(ONCE).says_not("<b>");
    let key = secret(&made, 0);
    assert_eq!(server.api_as(&key).show("/api/v1/me")["roles"], json!(["Viewer"]));
    let at = format!("/console/admin/api-keys/{}", encoded(HOSTILE));
    for page in ["/console/admin/api-keys", &at] {
        ada.open(page).is(200).says_not(&key).says_not("<b>").says_not(ONCE);
    }
    let form = ada.open(&format!("{at}/edit"));
    assert_eq!(form.value("expires_at"), "2027-01-01");
    ada.fill(&format!("{at}/edit"), &[("roles", "Administrator"), ("expires_at", "2028-01-01")])
        .goes_to();
    let changed = one(&api, "/api/v1/api-keys", "api_keys", "name", HOSTILE);
    assert_eq!(changed["expires_at"], "2028-01-01T00:00:00Z");
    ada.fill(&format!("{at}/revoke"), &[]).goes_to();
    server.api_as(&key).get("/api/v1/me").status(401);

    let new = "/console/admin/api-clients/new";
    ada.fill(new, &[("name", "no blanks"), ("roles", "Viewer")]).is(400).says("id=\"name-wrong\"");
    ada.fill(new, &[("name", "shop")]).is(400).says("id=\"roles-wrong\"");
    let made = ada.fill(new, &[("name", "shop"), ("roles", "Viewer")]).is(200).says(ONCE);
    let (at, first) = ("/console/admin/api-clients/shop", secret(&made, 0));
    ada.fill(new, &[("name", "shop"), ("roles", "Viewer")]).is(409).says("id=\"name-wrong\"");
    ada.fill(&format!("{at}/edit"), &[("roles", "Payments Standard User")]).goes_to();
    let rolled = ada.fill(&format!("{at}/roll-secret"), &[]).is(200).says(ONCE);
    assert_ne!(secret(&rolled, 0), first);
    for page in ["/console/admin/api-clients", at] {
        ada.open(page).is(200).says("Payments Standard User").says_not("qx_");
    }
    ada.fill(&format!("{at}/revoke"), &[]).goes_to();
    assert!(
        one(&api, "/api/v1/api-clients", "api_clients", "client_id", "shop")["revoked_at"]
            .is_string()
    );
    ada.open(at).is(200).says("revoked").says_not("/roll-secret");
}

/// The bytes an app reads out of Base32.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |it: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(it).unwrap();
    let bits: String = text.chars().map(|it| format!("{:05b}", digit(it))).collect();
    let byte = |bits: &[u8]| u8::from_str_radix(std::str::from_utf8(bits).unwrap(), 2).unwrap();
    bits.as_bytes().chunks_exact(8).map(byte).collect()
}

#[test]
fn everybody_sets_up_a_second_factor_and_ends_sessions_of_their_own() {
    let (_directory, server, api, _ada) = keyed_scene(&[]);
    let vera = person(&server, "vera", &["Viewer"]);
    let mut other = Tab::new(&server);
    other.log_in("vera", PASSWORD, "").goes_to();
    let me = vera.open("/console/me").is(200).says("View Invoices").says_not("Manage Users");
    // The other browser, and the one that chose the password.
    let ends = me.text.split("href=\"").filter(|it| it.contains("/sessions/"));
    let ends: Vec<&str> = ends.map(|it| it.split('"').next().unwrap()).collect();
    assert_eq!(ends.len(), 2, "{ends:?}");
    for end in ends {
        assert_eq!(vera.fill(end, &[]).goes_to(), "/console/me?said=done");
    }
    assert!(other.open("/console").goes_to().starts_with("/console/login"));
    let factor = "/console/me/second-factor";
    vera.fill(factor, &[("password", "not it")])
        .is(422)
        .says("id=\"password-wrong\"")
        .says_not("not it");
    let made = vera.fill(factor, &[("password", PASSWORD)]).is(200).says(ONCE).says("otpauth://");
    let made = made.says("<svg class=\"qr\"").says("role=\"img\"").says_not("style=\"");
    let shared = secret(&made, 0);
    vera.fill(&format!("{factor}/confirm"), &[("code", "000000")])
        .is(422)
        .says("id=\"code-wrong\"");
    let now: Timestamp = api.show("/api/v1/clock")["now"].as_str().unwrap().parse().unwrap();
    let step = now.as_second() / identity::CODE_PERIOD_S;
    let code = format!("{:06}", identity::code_of_step(&decoded(&shared), step).unwrap());
    vera.fill(&format!("{factor}/confirm"), &[("code", &code)]).goes_to();
    vera.open("/console/me").is(200).says("asked for at each login").says_not(&shared);
    other.log_in("vera", PASSWORD, "").is(401).says("second factor");
    vera.fill(&format!("{factor}/remove"), &[("password", PASSWORD)]).goes_to();
    assert_eq!(other.log_in("vera", PASSWORD, "").goes_to(), "/console");
}

#[test]
fn an_event_endpoint_is_made_tested_changed_and_deleted_and_dead_events_are_tried_again() {
    let more = ["--allow-private-endpoints", "--event-poll", "5", "--event-retries", "5"];
    let (_directory, _server, api, ada) = keyed_scene(&more);
    let all = "/console/admin/event-endpoints";
    let new = format!("{all}/new");
    ada.fill(&new, &[("url", "ftp://x")]).is(422).says("id=\"url-wrong\"");
    let wrong = [("url", "http://127.0.0.1:1/x"), ("types", "nonsense")];
    ada.fill(&new, &wrong).is(422).says("id=\"types-wrong\"").says("nonsense");
    let wrong = [("url", "http://127.0.0.1:1/x"), ("accounts", "A09999999")];
    ada.fill(&new, &wrong).is(404).says("id=\"accounts-wrong\"");
    // Nobody listens there.
    let fields = [
        ("url", "http://127.0.0.1:1/x"),
        ("types", "account.*\r\nrefund.*"),
        ("description", HOSTILE),
    ];
    let made = ada.fill(&new, &fields).is(200).says(ONCE);
    let first = secret(&made, 0);
    let id = api.show("/api/v1/event-endpoints")["event_endpoints"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let at = format!("{all}/{id}");
    for page in [all, &at] {
        ada.open(page).is(200).says("&lt;b&gt;").says_not("<b>").says_not("whsec_");
    }
    ada.fill(&format!("{at}/test"), &[]).is(200).says("did not take it");
    let rolled = ada.fill(&format!("{at}/roll-secret"), &[]).is(200).says(ONCE);
    assert_ne!(secret(&rolled, 0), first);
    ada.fill(&format!("{at}/replay"), &[("from", "x")]).is(400).says("id=\"from-wrong\"");
    ada.fill(&format!("{at}/replay"), &[("from", "0.0")]).goes_to();
    let account = api.open_account("USD");
    let deliveries = format!("{at}/deliveries");
    let mut later: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
    until("the event is given up", || {
        later = later.checked_add(jiff::SignedDuration::from_secs(10)).unwrap();
        api.set_clock(later);
        ada.open(&deliveries).is(200).text.contains("account.opened")
    });
    let page = ada.open(&deliveries).is(200).says(&account).says("dead");
    let retry = page.text.split("href=\"").find(|it| it.starts_with("deliveries/")).unwrap();
    let retry = format!("{at}/{}", retry.split('"').next().unwrap());
    ada.fill(&retry, &[]).is(200).says("did not take it").says("dead");
    let fields = [("url", "http://127.0.0.1:1/y"), ("types", "")];
    ada.fill(&format!("{at}/edit"), &fields).goes_to();
    let endpoint = api.show(&format!("/api/v1/event-endpoints/{id}"));
    assert_eq!((&endpoint["enabled"], &endpoint["types"]), (&json!(false), &json!([])));
    ada.open(&format!("{at}/delete")).is(200).says("everything kept about it goes");
    ada.fill(&format!("{at}/delete"), &[]).goes_to();
    ada.open(&at).is(404);
}
