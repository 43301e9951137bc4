//! The console's pages for work and finance, as a browser without scripts sees them.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod approvals;
mod finance;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::Server;
use support::books::{number, text};
use support::console::{Page, Tab, encoded, person};
use support::scene::Scene;

use approvals::{asked_by, cheques_wait};

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>";

/// Every page of the two sections that needs no document, and a permission that opens it.
const PAGES: [(&str, &str); 9] = [
    ("/console/approvals", "view_payments"),
    ("/console/to-be-paid", "view_payments"),
    ("/console/unknown", "view_payments"),
    ("/console/payment-runs", "manage_payment_runs"),
    ("/console/journal", "view_journal"),
    ("/console/trial-balance", "view_journal"),
    ("/console/reconciliation", "edit_payment_gateway_status"),
    ("/console/audit", "view_journal"),
    ("/console/events", "view_events"),
];

/// Sends a form of a page, with what it carries and these fields.
fn send(tab: &Tab, form: &Page, to: &str, more: &[(&str, &str)]) -> Page {
    let (csrf, key) = (form.value("csrf"), form.value("key"));
    let all = [&[("csrf", csrf.as_str()), ("key", key.as_str())], more].concat();
    tab.submit(to, &all)
}

#[test]
fn whoever_looked_into_the_gateways_console_says_how_it_ended() {
    let scene = Scene::new();
    let (api, server) = (&scene.api, &scene.server);
    let ada = person(server, "ada", &["Administrator"]);
    ada.open("/console/unknown").is(200).says("Nothing waits for an answer");
    let (account, _) = api.account_with_credit("100");
    api.card_with(&account, "pm_echo_wrong");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"type": "electronic", "amount": "10"});
    let refund = number(&api.post(&path, &body).done(), "refund");
    support::sandbox::until("it waits for a person", || {
        api.show("/api/v1/orders/queue")["orders"][0]["number"] == refund.as_str()
    });
    let queue = ada.open("/console/unknown").is(200).says(&refund).says("10.00");
    let queue = queue.says("Reference at the gateway").says("The money moved");
    queue.says("Ask the gateway once more");
    ada.open("/console/unknown?currency=eur").is(200).says("Take a filter away");
    ada.open(&format!("/console/unknown?account={account}&currency=usd")).is(200).says(&refund);
    ada.open("/console/unknown?account=x").is(404).says("aria-invalid");
    let export = ada.open("/console/unknown?export=csv").is(200).says("cards").says(&refund);
    assert_eq!(export.headers["content-type"], "text/csv; charset=utf-8");
    let viewer = person(server, "vera", &["Viewer"]);
    viewer.open("/console/unknown").is(200).says(&refund).says_not("The money moved</a>");
    let at = format!("/console/unknown/{refund}/not-paid");
    viewer.open(&at).is(403).says("Edit Payment Gateway Status").says_not("How you know");
    let theirs = viewer.open("/console/me").is(200);
    send_if(&viewer, &theirs, &at, &[("step", "confirm")]).is(403);
    for answer in ["paid", "refresh"] {
        ada.open(&format!("/console/unknown/{refund}/{answer}")).is(200).says("10.00");
    }
    ada.open(&format!("/console/unknown/{refund}/perhaps")).is(404);
    let form = ada.open(&at).is(200).says("what was held is free again").says("stands for ever");
    let said = [("comment", "not in its console"), ("step", "preview")];
    let seen = send(&ada, &form, &at, &said).is(200).says("not in its console");
    assert_eq!(api.credit(&account), ["100.00", "10.00", "90.00"], "only looked at");
    let said = [("comment", "not in its console"), ("step", "confirm")];
    assert_eq!(send(&ada, &seen, &at, &said).goes_to(), "/console/unknown?said=done");
    assert_eq!(api.credit(&account), ["100.00", "0.00", "100.00"]);
    // One that the server still asks about waits for nobody, but is there.
    let (other, _) = api.account_with_credit("50");
    api.card_with(&other, "pm_timeout_lost");
    let path = format!("/api/v1/accounts/{other}/credit-balance/refund");
    let lost = number(&api.post(&path, &body).done(), "refund");
    api.until(&format!("/api/v1/refunds/{lost}"), "unknown");
    support::sandbox::until("it is asked about later", || {
        api.show("/api/v1/orders/asked-about")["orders"][0]["number"] == lost.as_str()
    });
    let about = api.show(&format!("/api/v1/orders/asked-about?account={other}&currency=USD"));
    assert_eq!(
        (&about["orders"][0]["order"]["state"], &about["more"]),
        (&json!("unknown"), &json!(false))
    );
    assert_eq!(api.show("/api/v1/orders/asked-about?currency=EUR")["orders"], json!([]));
    api.get("/api/v1/orders/asked-about?account=A09999999").refused(404, "not_found");
    api.get("/api/v1/orders/asked-about?limit=0").refused(400, "limit_invalid");
    let page = ada.open("/console/unknown").is(200).says("Nothing waits for an answer");
    page.says("Still asked about").says(&lost);
    let file = ada.open("/console/unknown?export=asked-about").is(200).says(&lost);
    assert_eq!(file.text.lines().count(), 2, "{}", file.text);
    ada.open(&format!("/console/refunds/{lost}"))
        .is(200)
        .says("asks the gateway again by itself, next at");
    ada.open("/console/unknown").is(200).says("Nothing waits for an answer");
    // The gateway's side of it, held against the books.
    let at = "/console/reconciliation";
    let form = ada.open(at).is(200).says("cards");
    let span = |from| [("gateway", "cards"), ("from", from), ("to", "2026-03-02")];
    let found = send(&ada, &form, at, &span("2026-03-01")).is(200);
    found.says("Only looked at").says(&refund).says("At the gateway");
    let wrong = send(&ada, &form, at, &span("2026-03-09")).is(400).says("aria-invalid");
    wrong.says("2026-03-09");
    send(&ada, &form, at, &[("from", "2026-03-01"), ("to", "2026-03-02")]).is(404);
    let file = "type,reference,gateway_id,amount,currency,status\ncharge,P-09999999,x_2,5.00,USD,settled\n";
    let pasted = send(&ada, &form, at, &[("gateway", "cards"), ("file", file)]).is(200);
    pasted.says("not ours").says("x_2");
}

#[test]
fn a_payment_run_is_looked_at_and_then_goes_on_from_page_to_page() {
    const AT: &str = "/console/payment-runs";
    let server = Server::on("2026-03-02");
    let api = server.api();
    api.gateway("cards");
    let accounts: Vec<String> = (0..3).map(|_| api.open_account("USD")).collect();
    for account in &accounts {
        api.posted(account, "40");
    }
    for account in &accounts[..2] {
        api.card(account);
    }
    let ada = person(&server, "ada", &["Administrator"]);
    let form = ada.open(AT).is(200);
    assert_eq!(form.value("target_date"), "2026-03-02");
    let fields = |step| {
        [("target_date", "2026-03-02"), ("limit", "1"), ("use_credit", "true"), ("step", step)]
    };
    send(&ada, &form, AT, &[("target_date", "soon"), ("step", "preview")]).is(400).says("soon");
    let seen = send(&ada, &form, AT, &fields("preview")).is(200).says(&accounts[0]);
    let seen = seen.says("40.00").says("More follow").says_not(&accounts[1]);
    assert_eq!(api.show("/api/v1/payments")["payments"], json!([]), "only looked at");
    let cursor = seen.value("cursor");
    let next = [&fields("preview")[..], &[("cursor", cursor.as_str())]].concat();
    send(&ada, &seen, AT, &next).is(200).says(&accounts[1]);
    let mut page = send(&ada, &seen, AT, &fields("run")).is(200).says("Accounts collected: 1");
    let first = api.show("/api/v1/payments")["payments"].as_array().unwrap().len();
    send(&ada, &seen, AT, &fields("run")).is(200);
    let again = api.show("/api/v1/payments")["payments"].as_array().unwrap().len();
    assert_eq!((first, again), (1, 1), "sent twice, done once");
    for _ in 1..3 {
        let hidden = |name: &str| {
            let inputs =
                page.text.split("<input").filter(|it| it.contains(&format!("name=\"{name}\"")));
            let value = |it: &str| {
                it.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
            };
            inputs.map(value).collect::<Vec<_>>()
        };
        let (cursor, so_far) = (hidden("cursor"), hidden("so_far"));
        let mut more = fields("run").to_vec();
        more.push(("cursor", cursor[0].as_str()));
        more.extend(so_far.iter().map(|it| ("so_far", it.as_str())));
        page = send(&ada, &page, AT, &more).is(200).says("<progress");
    }
    // The last has no way to pay. A full page has a page after it, even if that is empty.
    let page = page.says("Accounts collected: 2, refused: 1").says("80.00").says("refused");
    let results = ada.open(&format!("{AT}?results={}", page.value("key"))).is(200);
    assert_eq!(results.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = results.text.lines().collect();
    assert_eq!(lines.len(), 4, "of all calls of the run, each account once: {lines:?}");
    assert!(accounts.iter().all(|account| results.text.contains(account)), "{lines:?}");
    ada.open(&format!("{AT}?results=nothing")).is(404).says("does not keep these results");
    let cursor = page.value("cursor");
    let piece = [&fields("piece")[..], &[("cursor", cursor.as_str())]].concat();
    let piece = send(&ada, &page, AT, &piece).is(200).says("Done.").says("hx-swap-oob");
    piece.says_not("<html");
}

/// Domain 5.3: the gateway may still pay back to the card, but whoever chooses knows that it is gone.
#[test]
fn the_ways_of_a_refund_say_that_the_card_is_gone() {
    let scene = Scene::new();
    let api = &scene.api;
    let ada = person(&scene.server, "ada", &["Administrator"]);
    let account = api.open_account("USD");
    let card = api.card_with(&account, "pm_ok");
    let invoice = api.posted(&account, "60");
    let charge = json!({"applications": [{"invoice": invoice}]});
    let path = format!("/api/v1/accounts/{account}/payments/charge");
    let payment = number(&api.post(&path, &charge).done(), "payment");
    api.until(&format!("/api/v1/payments/{payment}"), "processed");
    let at = format!("/console/payments/{payment}/refund");
    let gone = ">closed</span>";
    ada.open(&at).is(200).says("Back to where the payment came from").says_not(gone);
    api.post(&format!("/api/v1/payment-methods/{card}/close"), &Value::Null).done();
    ada.open(&at).is(200).says(gone).says("the card that replaced a lost one").says("Outside");
}

#[test]
fn home_shows_what_is_owed_over_time_and_what_waits() {
    let server = Server::on("2026-01-15");
    let api = server.api();
    cheques_wait(&api);
    let (account, _) = api.account_with_credit("100");
    api.set_date("2026-03-02");
    let ada = person(&server, "ada", &["Administrator"]);
    let (other, _) = api.account_with_credit("40");
    asked_by(&server, "ada", &other, "5");
    let home = ada.open("/console").is(200).says("140.00").says("<svg").says("role=\"img\"");
    let home =
        home.says("2026-01-31: 100.00 USD").says("2025-04-30: 0.00 USD").says_not("style=\"");
    let home = home.says("The figures as a table").says("/console/approvals\">1</a>");
    home.says("decisions since midnight").says_not(&account);
    ada.open("/console?by=day").is(200).says("2026-03-01: 100.00 USD");
    let json = json!({"name": "Door", "permissions": ["view_invoices"]});
    api.post("/api/v1/roles", &json).status(201);
    let dora = person(&server, "dora", &["Door"]);
    dora.open("/console").is(200).says_not("140.00").says_not("Waiting for approval");
}

#[test]
fn home_says_which_systems_do_not_take_their_events() {
    let more = ["--allow-private-endpoints", "--event-poll", "5", "--event-retries", "5,300"];
    let scene = Scene::with(&more);
    let ada = person(&scene.server, "ada", &["Administrator"]);
    ada.open("/console").is(200).says_not("Deliveries of events");
    let nobody = json!({"url": "http://127.0.0.1:9/hooks", "start": "0.0"});
    scene.api.post("/api/v1/event-endpoints", &nobody).status(201);
    scene.api.open_account("USD");
    support::sandbox::until("a delivery fails", || {
        ada.open("/console").is(200).text.contains("127.0.0.1:9/hooks: ")
    });
    let viewer = person(&scene.server, "vera", &["Viewer"]);
    viewer.open("/console").is(200).says_not("Deliveries of events");
}

#[test]
fn whoever_may_not_see_a_page_has_no_link_to_it_and_is_refused() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let json = json!({"name": "Door", "permissions": ["view_invoices"]});
    api.post("/api/v1/roles", &json).status(201);
    let dora = person(&server, "dora", &["Door"]);
    let ada = person(&server, "ada", &["Administrator"]);
    for (page, needed) in PAGES {
        let refused = dora.open(page).is(403).says("Not allowed");
        refused.says_not(&format!("href=\"{page}\""));
        ada.open(page).is(200).says(&format!("href=\"{page}\""));
        let named = api.show("/api/v1/permissions");
        assert!(named.to_string().contains(needed), "{needed}");
    }
    let home = dora.open("/console");
    let (csrf, key) = (home.value("csrf"), "k-1");
    let fields = |more: &[(&'static str, &'static str)]| {
        let mut all = vec![("csrf", csrf.clone()), ("key", key.to_owned())];
        all.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all
    };
    for (page, more) in [
        ("/console/approvals", &[("refund", "R-00000001"), ("step", "confirm")][..]),
        ("/console/to-be-paid", &[("refund", "R-00000001"), ("step", "paid"), ("reference", "1")]),
        ("/console/payment-runs", &[("target_date", "2026-03-02"), ("step", "run")]),
        (
            "/console/reconciliation",
            &[("gateway", "cards"), ("from", "2026-03-01"), ("to", "2026-03-02")],
        ),
    ] {
        let sent = fields(more);
        let sent: Vec<(&str, &str)> =
            sent.iter().map(|(name, value)| (*name, value.as_str())).collect();
        dora.submit(page, &sent).is(403);
    }
    for page in [
        "/console/journal/JE-00000001",
        "/console/events/evt_1",
        "/console/unknown/R-00000001/paid",
    ] {
        dora.open(page).is(403);
    }
}

#[test]
fn what_people_wrote_is_shown_and_does_nothing() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    cheques_wait(&api);
    let tab = person(&server, "ada", &["Administrator"]);
    let body = json!({"name": HOSTILE, "currency": "USD"});
    let account = number(&api.post("/api/v1/accounts", &body).done(), "account");
    let invoice = api.posted(&account, "-100");
    api.transfer(&invoice, "100").done();
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": "5", "comment": HOSTILE});
    api.post(&path, &body).done();
    let entry = api.head();
    let events = api.show(&format!("/api/v1/events?account={account}"));
    let events: Vec<String> =
        events["events"].as_array().unwrap().iter().map(|it| text(it, "id")).collect();
    let harmless = |page: &Page| {
        assert!(!page.text.contains("<script>") && !page.text.contains("<img"), "{}", page.text);
    };
    let hostile = encoded(HOSTILE);
    for (page, _) in PAGES {
        harmless(&tab.open(page).is(200));
        let filters = [
            "account", "currency", "who", "code", "type", "on", "since", "as_of", "sort",
            "document",
        ];
        for filter in filters {
            harmless(&tab.open(&format!("{page}?{filter}={hostile}")));
        }
        let wrong = [
            ("refund", HOSTILE),
            ("reference", HOSTILE),
            ("target_date", HOSTILE),
            ("from", HOSTILE),
            ("to", HOSTILE),
            ("gateway", HOSTILE),
            ("so_far", HOSTILE),
            ("cursor", HOSTILE),
            ("step", "confirm"),
        ];
        let form = tab.open(page);
        harmless(&send_if(&tab, &form, page, &wrong));
    }
    harmless(&tab.open("/console").is(200));
    harmless(&tab.open(&format!("/console/journal/{entry}")).is(200).says("alert(1)"));
    for event in events {
        harmless(&tab.open(&format!("/console/events/{event}")).is(200));
    }
    harmless(&tab.open(&format!("/console/unknown/{hostile}/{hostile}")));
    let csv = tab.open("/console/journal?export=csv").is(200);
    assert!(csv.text.lines().skip(1).all(|line| !line.starts_with('=')), "{}", csv.text);
    let unknown: Value = api.show("/api/v1/orders/queue");
    assert_eq!(unknown["orders"], json!([]));
}

/// Sends to a page whether or not it has a form with a key.
fn send_if(tab: &Tab, form: &Page, to: &str, more: &[(&str, &str)]) -> Page {
    let csrf = form.value("csrf");
    tab.submit(to, &[&[("csrf", csrf.as_str()), ("key", "k-1")], more].concat())
}
