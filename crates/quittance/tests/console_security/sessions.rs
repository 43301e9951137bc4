//! Session fixation and theft: what a session is before, at and after a login.

use crate::support::Server;
use crate::support::console::{Page, Tab, person};
use crate::support::people::{FIRST, PASSWORD};

/// A cookie as the server sets it: its name, its token, and what is said of it.
#[track_caller]
fn cookie(page: &Page) -> (String, String, Vec<String>) {
    let all: Vec<_> = page.headers.get_all("set-cookie").iter().collect();
    assert_eq!(all.len(), 1, "{all:?}");
    let mut parts = all[0].to_str().unwrap().split("; ");
    let (name, token) = parts.next().unwrap().split_once('=').unwrap();
    (name.to_owned(), token.to_owned(), parts.map(str::to_owned).collect())
}

fn log_in(tab: &Tab, cookie: &str) -> Page {
    let fields = [("user", "ada"), ("password", PASSWORD)];
    let headers = [("cookie", cookie), ("sec-fetch-site", "same-origin")];
    let bare = Tab { agent: tab.agent.clone(), url: tab.url.clone(), cookie: String::new() };
    bare.submit_with("/console/login", &headers, &fields)
}

fn is_in(tab: &Tab, cookie: &str) -> bool {
    let other = Tab { agent: tab.agent.clone(), url: tab.url.clone(), cookie: cookie.to_owned() };
    other.open("/console/me").status == 200
}

#[test]
fn session_fixation_a_planted_cookie_is_never_taken_over() {
    let server = Server::on("2026-03-02");
    server.person("ada", &["Administrator"]);
    let tab = Tab::new(&server);
    // Nobody has a session before the login: there is nothing that could be planted.
    for path in ["/console", "/console/login", "/console/nothing", "/console/assets/style.css"] {
        assert!(tab.open(path).headers.get("set-cookie").is_none(), "{path}");
    }
    let planted = format!("quittance_session=qs_{}", "0".repeat(64));
    let mallory = person(&server, "mallory", &["Viewer"]);
    for before in [planted.as_str(), &mallory.cookie, "quittance_session="] {
        let (name, token, _) = cookie(&log_in(&tab, before));
        let after = format!("{name}={token}");
        assert_ne!(after, before);
        assert!(token.starts_with("qs_") && token.len() >= 46, "256 random bits: {token}");
        assert!(is_in(&tab, &after));
    }
    assert!(!is_in(&tab, &planted), "it was worth nothing before, and is worth nothing now");
    // A session of somebody else that was planted is still theirs.
    let theirs = mallory.open("/console/me").is(200);
    theirs.says("mallory").says_not(">ada<");
    // A token that was taken back is not taken by the next login.
    let (name, first, _) = cookie(&log_in(&tab, ""));
    let (_, second, _) = cookie(&log_in(&tab, &format!("{name}={first}")));
    assert_ne!(first, second);
    // A login that fails neither sets a cookie nor ends the one that is there.
    let fields = [("user", "ada"), ("password", "not the password")];
    let failed = mallory.submit("/console/login", &fields).is(401);
    assert!(failed.headers.get("set-cookie").is_none());
    mallory.open("/console/me").is(200);
}

#[test]
fn session_fixation_logging_out_and_a_new_password_end_what_was_there() {
    let server = Server::on("2026-03-02");
    let ada = person(&server, "ada", &["Administrator"]);
    let stolen = ada.cookie.clone();
    let mut second = Tab::new(&server);
    second.log_in("ada", PASSWORD, "").goes_to();
    let csrf = ada.open("/console").value("csrf");
    let out = ada.submit("/console/logout", &[("csrf", &csrf)]);
    let (name, token, said) = cookie(&out);
    assert_eq!((out.goes_to().as_str(), token.as_str()), ("/console/login", ""));
    assert!(stolen.starts_with(&name) && said.contains(&"Max-Age=0".to_owned()), "{said:?}");
    assert!(!is_in(&ada, &stolen), "the token opens nothing, whoever kept it");
    // A new password ends every session but the one that chose it.
    let mut thief = Tab::new(&server);
    thief.log_in("ada", PASSWORD, "").goes_to();
    let csrf = second.open("/console/password").value("csrf");
    let fields = [("csrf", csrf.as_str()), ("current", PASSWORD), ("new", "another long password")];
    assert_eq!(second.submit("/console/password", &fields).goes_to(), "/console");
    second.open("/console/me").is(200);
    assert_eq!(thief.open("/console/me").goes_to(), "/console/login?next=%2Fconsole%2Fme");
    thief.log_in("ada", PASSWORD, "").is(401);
    // So does one that replaces a password that somebody else gave.
    server.make_user("nora", &["Viewer"]);
    let (mut giver, mut nora) = (Tab::new(&server), Tab::new(&server));
    giver.log_in("nora", FIRST, "").goes_to();
    nora.log_in("nora", FIRST, "").goes_to();
    let csrf = nora.open("/console/password").value("csrf");
    let fields = [("csrf", csrf.as_str()), ("current", FIRST), ("new", PASSWORD)];
    assert_eq!(nora.submit("/console/password", &fields).goes_to(), "/console");
    nora.open("/console/me").is(200);
    giver.open("/console/me").goes_to();
}

#[test]
fn session_cookies_are_out_of_reach_of_scripts_other_sites_and_other_hosts() {
    let server = Server::on("2026-03-02");
    server.person("ada", &["Administrator"]);
    let (name, _, said) = cookie(&log_in(&Tab::new(&server), ""));
    assert_eq!(name, "quittance_session");
    assert_eq!(said, ["HttpOnly", "SameSite=Strict", "Path=/"], "no Domain, and no date");
    let proxied = Server::fresh_with(&["--behind-proxy"]);
    proxied.person("ada", &["Administrator"]);
    let tab = Tab::new(&proxied);
    let headers = [("x-forwarded-proto", "https"), ("sec-fetch-site", "same-origin")];
    let fields = [("user", "ada"), ("password", PASSWORD)];
    let page = tab.submit_with("/console/login", &headers, &fields);
    let (name, token, said) = cookie(&page);
    assert_eq!(name, "__Host-quittance_session");
    assert_eq!(said, ["HttpOnly", "SameSite=Strict", "Path=/", "Secure"]);
    // Over HTTPS the cookie without the prefix, which others could have set, is worth nothing.
    for (sent, status) in [(name.as_str(), 200), ("quittance_session", 303)] {
        let cookie = format!("{sent}={token}");
        let headers = [("cookie", cookie.as_str()), ("x-forwarded-proto", "https")];
        let bare = Tab { agent: tab.agent.clone(), url: tab.url.clone(), cookie: String::new() };
        assert_eq!(bare.send("GET", "/console/me", &headers, None).status, status, "{sent}");
    }
}

#[test]
fn session_tokens_stand_on_no_page_and_in_no_address() {
    let server = Server::on("2026-03-02");
    let ada = person(&server, "ada", &["Administrator"]);
    let token = ada.cookie.split_once('=').unwrap().1.to_owned();
    for path in ["/console", "/console/me", "/console/password", "/console/admin/users/ada"] {
        ada.open(path).is(200).says_not(&token);
    }
    let me = ada.open("/console/me");
    let csrf = me.value("csrf");
    me.says_not(&format!("?csrf={csrf}")).says_not(&format!("&amp;csrf={csrf}"));
    assert!(!server.log().contains(&token) && !server.log().contains(&csrf));
}
