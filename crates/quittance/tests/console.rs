//! The console as a browser without scripts sees it: pages, forms, roles, and what hostile people send.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::json;
use support::Server;
use support::books::number;
use support::console::{Page, Tab, encoded, person};
use support::people::{FIRST, PASSWORD};

#[test]
fn one_logs_in_sees_what_was_asked_for_and_logs_out() {
    let server = Server::on("2026-03-02");
    server.person("ada", &["Administrator"]);
    let mut tab = Tab::new(&server);
    let to = tab.open("/console/accounts?q=x").goes_to();
    assert_eq!(to, "/console/login?next=%2Fconsole%2Faccounts%3Fq%3Dx");
    let form = tab.open(&to).is(200);
    assert_eq!(form.value("next"), "/console/accounts?q=x");
    let wrong = tab.log_in("ada", "not the password", "/console/accounts?q=x").is(401);
    let wrong = wrong
        .says("User, password or code is not right")
        .says("autocomplete=\"username\"")
        .says_not("not the password");
    assert_eq!((wrong.value("user").as_str(), tab.cookie.as_str()), ("ada", ""));
    assert_eq!(tab.log_in("ada", PASSWORD, "https://evil.example").goes_to(), "/console");
    let home = tab.open("/console").is(200).says("Log out").says("Waiting for approval");
    let csrf = home.value("csrf");
    assert_eq!(tab.submit("/console/logout", &[("csrf", &csrf)]).goes_to(), "/console/login");
    assert_eq!(tab.open("/console").goes_to(), "/console/login?next=%2Fconsole");
}

#[test]
fn a_first_password_is_changed_before_anything_else() {
    let server = Server::on("2026-03-02");
    server.make_user("new@example.com", &["Viewer"]);
    let mut tab = Tab::new(&server);
    assert_eq!(tab.log_in("new@example.com", FIRST, "").goes_to(), "/console/password");
    assert_eq!(tab.open("/console/accounts").goes_to(), "/console/password");
    let form = tab.open("/console/password").is(200).says("Choose one of your own");
    let csrf = form.value("csrf");
    let change = |new: &str| {
        let fields = [("csrf", csrf.as_str()), ("current", FIRST), ("new", new)];
        tab.submit("/console/password", &fields)
    };
    change("short").is(422);
    assert_eq!(change("four words are better").goes_to(), "/console");
    tab.open("/console/accounts").is(200);
}

/// The path of domain 4.2, as its steps stand there.
#[test]
fn a_clerk_refunds_a_credit_balance_and_pressing_twice_refunds_once() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let tab = person(&server, "clara", &["Administrator"]);
    tab.open("/console/accounts").is(200).says(&account);
    let found = tab.open(&format!("/console/accounts?q={account}")).goes_to();
    let path = format!("/console/accounts/{account}/refund");
    tab.open(&found).is(200).says("100.00").says(&path);
    let form = tab.open(&path).is(200);
    assert_eq!(form.value("amount"), "100.00", "all that is available");
    let (csrf, key) = (form.value("csrf"), form.value("key"));
    let fields = |amount: &'static str, step: &'static str| {
        [
            ("csrf", csrf.clone()),
            ("key", key.clone()),
            ("type", "external".to_owned()),
            ("method_type", "check".to_owned()),
            ("amount", amount.to_owned()),
            ("reason_code", "Standard Refund".to_owned()),
            ("reference", "chq 4711".to_owned()),
            ("step", step.to_owned()),
        ]
    };
    let send = |amount, step| {
        let fields = fields(amount, step);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        tab.submit(&path, &fields)
    };
    // Too much: said beside the form, and nothing that was typed is lost.
    let wrong = send("100.01", "preview").is(409).says("100.01");
    let wrong = wrong.says("id=\"amount-wrong\"").says_not("role=\"alert\"");
    assert_eq!(
        (wrong.value("amount").as_str(), wrong.value("reference").as_str()),
        ("100.01", "chq 4711")
    );
    send("1.001", "preview").is(422);
    let without = [("type", "external"), ("amount", "1"), ("step", "preview")];
    let without = tab.fill(&path, &without).says("Choose how an external refund is paid");
    without.says("id=\"method_type-wrong\"").says_not("wire_transfer</").says_not("method type");
    let seen = send("40", "preview").is(200).says("60.00").says("Customer Cash On Account");
    assert_eq!((seen.value("amount").as_str(), seen.value("key")), ("40", key.clone()));
    assert_eq!(api.credit(&account), ["100.00", "0.00", "100.00"], "only looked at");
    assert_eq!(send("40", "change").is(200).value("reference"), "chq 4711");
    let refund = send("40", "confirm").goes_to();
    assert_eq!(send("40", "confirm").goes_to(), refund, "the same refund");
    assert_eq!(api.credit(&account), ["60.00", "0.00", "60.00"]);
    // The same form for something else is refused, not done.
    send("41", "confirm").is(409);
    tab.open(&refund).is(200).says("chq 4711").says("40.00").says("processed");
    for listed in ["", "refunds", "payments", "invoices", "adjustments", "methods", "timeline"] {
        tab.open(&format!("/console/accounts/{account}?tab={listed}")).is(200);
    }
    let history = tab.open(&format!("/console/accounts/{account}?tab=timeline"));
    let number = refund.rsplit('/').next().unwrap();
    assert_eq!(history.text.matches(&format!(">{number}</a>")).count(), 1, "once, not twice");
    history.says("refund credit balance").says("clara");
}

#[test]
fn a_role_sees_what_it_allows_and_the_server_refuses_the_rest() {
    let server = Server::on("2026-03-02");
    let (account, _) = server.api().account_with_credit("100");
    let tab = person(&server, "vera", &["Viewer"]);
    let path = format!("/console/accounts/{account}");
    let page = tab.open(&path).is(200).says_not("Refund credit balance");
    let csrf = page.value("csrf");
    let fields = [
        ("csrf", csrf.as_str()),
        ("key", "k-1"),
        ("type", "external"),
        ("method_type", "check"),
        ("amount", "1"),
        ("step", "confirm"),
    ];
    tab.submit(&format!("{path}/refund"), &fields).is(403).says("permission");
    assert_eq!(server.api().credit(&account), ["100.00", "0.00", "100.00"]);
    let json = json!({"name": "Door", "permissions": ["view_invoices"]});
    server.api().post("/api/v1/roles", &json).status(201);
    let tab = person(&server, "dora", &["Door"]);
    tab.open(&path).is(403).says("Not allowed");
    let home = tab.open("/console").is(200).says_not("/console/accounts\"");
    home.says("Your roles show nothing here").says("Door").says("Ask an administrator");
    // What they may look at they find: listed, by number, and without links to what they may not.
    let listed =
        tab.open("/console/invoices").is(200).says("Invoices").says("/console/invoices/INV");
    listed.says(&account).says_not(&format!("/console/accounts/{account}"));
    tab.open("/console/accounts?q=1")
        .is(200)
        .says("/console/invoices/INV")
        .says_not("/console/accounts/A");
    tab.open(&format!("{path}/refund")).is(403).says("permission").says_not("name=\"amount\"");
    let other = person(&server, "ada", &["Administrator"]);
    other.open("/console/accounts/A99999999").is(404).says("Not found");
    other.open("/console/refunds/R-99999999").is(404);
    other.open("/console/accounts/..%2F..%2Fusers").is(404);
}

#[test]
fn two_people_approve_in_two_browsers() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let levels = json!([{"roles": ["Administrator"]}]);
    let policy = json!({"name": "Cheques", "when": {"external": true}, "levels": levels});
    api.post("/api/v1/approval-policies", &policy).status(201);
    let (clara, ada) =
        (person(&server, "clara", &["Administrator"]), person(&server, "ada", &["Administrator"]));
    let path = format!("/console/accounts/{account}/refund");
    let form = clara.open(&path);
    let fields = [
        ("csrf", form.value("csrf")),
        ("key", form.value("key")),
        ("type", "external".to_owned()),
        ("method_type", "check".to_owned()),
        ("amount", "30".to_owned()),
    ];
    let ask = |step: &str| {
        let mut all: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        all.push(("step", step));
        clara.submit(&path, &all)
    };
    let seen = ask("preview").is(200).says("wait for approval").says("Cheques").says("Cheque<");
    seen.says(">Ask for approval</button>").says_not(">Refund</button>");
    let refund = ask("confirm").goes_to();
    let judge = |tab: &Tab, step: &str, more: (&str, &str)| {
        let page = tab.open(&refund).is(200);
        let (csrf, key) = (page.value("csrf"), page.value("key"));
        tab.submit(&refund, &[("csrf", &csrf), ("key", &key), ("step", step), more])
    };
    judge(&clara, "approve", ("comment", "")).is(409).says("somebody else has to approve");
    // What would be refused is not offered, and says why.
    let own = clara.open(&refund).is(200).says("You cannot approve it").says("value=\"withdraw\"");
    own.says_not("value=\"approve\"");
    let others = ada.open(&refund).is(200).says("value=\"approve\"").says("value=\"reject\"");
    others.says_not("value=\"withdraw\"");
    clara.open("/console/approvals").is(200).says("somebody else has to approve");
    ada.open("/console/approvals").is(200).says("Approve or reject");
    judge(&ada, "reject", ("comment", "")).is(422);
    assert_eq!(judge(&ada, "approve", ("comment", "looked at it")).goes_to(), refund);
    ada.open(&refund).is(200).says("To be paid by hand").says("looked at it");
    judge(&clara, "paid", ("reference", "")).is(400);
    assert_eq!(judge(&clara, "paid", ("reference", "chq 1")).goes_to(), refund);
    assert_eq!(api.credit(&account), ["70.00", "0.00", "70.00"]);
    ada.open("/console").is(200).says("Nothing waits.");
}

#[test]
fn pages_of_other_sites_and_forms_of_other_sessions_change_nothing() {
    let server = Server::on("2026-03-02");
    let (account, _) = server.api().account_with_credit("100");
    let tab = person(&server, "ada", &["Administrator"]);
    let other = person(&server, "bob", &["Administrator"]);
    let path = format!("/console/accounts/{account}/refund");
    let form = tab.open(&path);
    let (csrf, key) = (form.value("csrf"), form.value("key"));
    let theirs = other.open(&path).value("csrf");
    let send = |csrf: &str, key: &str, headers: &[(&str, &str)]| {
        let fields = [
            ("csrf", csrf),
            ("key", key),
            ("type", "external"),
            ("method_type", "check"),
            ("amount", "1"),
            ("step", "confirm"),
        ];
        tab.submit_with(&path, headers, &fields)
    };
    for wrong in ["", theirs.as_str(), "guess"] {
        send(wrong, &key, &[]).is(403);
    }
    send(&csrf, &key, &[("sec-fetch-site", "cross-site")]).is(403);
    send(&csrf, &key, &[("origin", "https://evil.example")]).is(403);
    send(&csrf, "", &[]).is(400);
    assert_eq!(server.api().credit(&account), ["100.00", "0.00", "100.00"]);
    send(&csrf, &key, &[("origin", &tab.url)]).goes_to();
    assert_eq!(server.api().credit(&account), ["99.00", "0.00", "99.00"]);
}

#[test]
fn hostile_texts_are_shown_and_do_nothing() {
    const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>";
    let server = Server::on("2026-03-02");
    let api = server.api();
    let body = json!({"name": HOSTILE, "currency": "USD"});
    let account = number(&api.post("/api/v1/accounts", &body).done(), "account");
    let invoice = api.posted(&account, "-100");
    api.transfer(&invoice, "100").done();
    let body =
        json!({"method_type": "check", "amount": "5", "comment": HOSTILE, "reference": "<b>1</b>"});
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let refund = number(&api.post(&path, &body).done(), "refund");
    let tab = person(&server, "ada", &["Administrator"]);
    let harmless = |page: Page| {
        let page = page.says_not("<script>").says_not("<img").says_not("<b>");
        let said = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        let policy = said("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        let more = (said("x-frame-options"), said("x-content-type-options"), said("cache-control"));
        assert_eq!(more, ("DENY".to_owned(), "nosniff".to_owned(), "no-store".to_owned()));
    };
    for path in ["/console", "/console/accounts", "/console/approvals"] {
        harmless(tab.open(path).is(200));
    }
    let account = format!("/console/accounts/{account}");
    for listed in ["", "?tab=refunds", "?tab=payments", "?tab=invoices", "?tab=timeline", "/refund"]
    {
        harmless(tab.open(&format!("{account}{listed}")).is(200).says("alert(1)"));
    }
    harmless(tab.open(&format!("/console/refunds/{refund}")).is(200).says("alert(2)"));
    harmless(tab.open(&format!("/console/accounts?q={}", encoded(HOSTILE))).is(200));
    let form = tab.open(&format!("{account}/refund"));
    let fields = [
        ("csrf", form.value("csrf")),
        ("key", form.value("key")),
        ("type", HOSTILE.to_owned()),
        ("amount", HOSTILE.to_owned()),
        ("comment", HOSTILE.to_owned()),
    ];
    let fields: Vec<(&str, &str)> =
        fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    harmless(tab.submit(&format!("{account}/refund"), &fields).is(400));
    let login = Tab::new(&server);
    let fields = [("user", HOSTILE), ("password", "x"), ("next", HOSTILE)];
    login.submit("/console/login", &fields).is(401).says_not("<script>");
}

#[test]
fn everything_a_page_loads_is_in_the_program_and_too_large_a_form_is_refused() {
    let server = Server::on("2026-03-02");
    let tab = Tab::new(&server);
    let page = tab.open("/console/login").is(200).says_not("https://").says_not("style=\"");
    let loaded = page.text.split(['"', '\'']).filter(|text| text.starts_with("/console/assets/"));
    let loaded: Vec<&str> = loaded.collect();
    assert_eq!(loaded.len(), 5, "{loaded:?}");
    for path in loaded {
        let asset = tab.open(path).is(200);
        let length = |sent: &str| {
            let asked = tab.agent.get(format!("{}{path}", tab.url)).header("accept-encoding", sent);
            let answer = asked.call().unwrap();
            assert_eq!(answer.headers().get("content-encoding").is_some(), sent.contains("gzip"));
            answer.headers()["content-length"].to_str().unwrap().parse::<usize>().unwrap()
        };
        assert!(length("br, gzip") < 20_000, "{path}");
        assert_eq!(length("identity"), asset.text.len());
        assert_eq!(asset.headers["cache-control"], "public, max-age=3600");
    }
    tab.open("/console/assets/..%2f..%2fCargo.toml").is(404);
    tab.open("/console/nothing").is(404);
    let large = "x".repeat(100_000);
    tab.submit("/console/login", &[("user", &large)]).is(413);
}
