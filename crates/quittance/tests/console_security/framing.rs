//! Clickjacking: no answer of the console can be framed, guessed at, or kept.

use crate::business::Business;
use crate::routes::{addresses, routes};
use crate::support::console::{Page, Tab};

/// Fails if a browser would be allowed too much with this answer.
#[track_caller]
fn guarded(what: &str, page: &Page) {
    let said = |name: &str| {
        let all: Vec<&str> =
            page.headers.get_all(name).iter().map(|it| it.to_str().unwrap()).collect();
        assert_eq!(all.len(), 1, "{what}: {name} is said {} times", all.len());
        all[0].to_owned()
    };
    let policy = said("content-security-policy");
    for part in
        ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
    {
        assert!(policy.split("; ").any(|it| it == part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{what}: {policy}");
    assert_eq!(said("x-frame-options"), "DENY", "{what}");
    assert_eq!(said("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(said("referrer-policy"), "same-origin", "{what}");
    assert_eq!(said("cross-origin-opener-policy"), "same-origin", "{what}");
    let kept = said("cache-control");
    let asset = what.contains("/console/assets/") && page.status == 200;
    assert_eq!(kept, if asset { "public, max-age=3600" } else { "no-store" }, "{what}");
}

#[test]
fn clickjacking_no_page_no_file_and_no_error_can_be_framed() {
    let business = Business::new();
    let ada = &business.ada;
    let dora = business.person_with("dora", &["view_invoices"]);
    let nobody = Tab::new(business.server());
    let routes = routes();
    for route in routes.iter().filter(|it| !it.pattern.ends_with("/follow")) {
        for path in addresses(route, &business.known) {
            // Allowed, not allowed, not logged in; by the wrong method, and with a form that is none.
            for (who, tab) in [("ada", ada), ("dora", &dora), ("nobody", &nobody)] {
                guarded(&format!("{who} {path}"), &tab.open(&path));
            }
            guarded(&format!("DELETE {path}"), &ada.send("DELETE", &path, &[], None));
            let wrong = ada.send("POST", &path, &[], Some("x".to_owned()));
            guarded(&format!("POST {path}"), &wrong);
        }
    }
    let account = &business.known["account"][0];
    let (refund, large) = (&business.known["refund"][1], "x".repeat(100_000));
    for path in [
        "/console/nothing".to_owned(),
        "/console/nothing/at/all/here".to_owned(),
        "/console/accounts/A99999999".to_owned(),
        "/console/assets/nothing.css".to_owned(),
        "/console/accounts/%FF".to_owned(),
        "/console/accounts?export=csv".to_owned(),
        "/console/journal?on=soon".to_owned(),
    ] {
        guarded(&path, &ada.open(&path));
    }
    let too_large = ada.submit("/console/login", &[("user", &large)]).is(413);
    guarded("too large", &too_large.says("what you typed"));
    // What ends with a slash too many leads to the page; the root leads browsers here, and programs nowhere.
    for (path, to) in [
        ("/console/", "/console"),
        ("/console/accounts//?q=a", "/console/accounts?q=a"),
        ("/console/nothing/", "/console/nothing"),
    ] {
        let page = ada.open(path);
        guarded(path, &page);
        assert_eq!(page.goes_to(), to);
    }
    guarded("no form", &ada.send("POST", "/console/accounts/", &[], None).is(404));
    let html = [("accept", "text/html,*/*;q=0.8")];
    let root = nobody.send("GET", "/", &html, None);
    guarded("/", &root);
    assert_eq!(root.goes_to(), "/console");
    nobody.send("GET", "/", &[("accept", "*/*")], None).is(404);
    // A file that is no text; and a page that follows a refund, which does not end by itself.
    for path in [
        format!("/console/accounts/{account}/statement?format=pdf"),
        format!("/console/refunds/{refund}/follow"),
    ] {
        let asked = ada.agent.get(format!("{}{path}", ada.url)).header("cookie", &ada.cookie);
        let answer = asked.call().unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        guarded(&path, &Page { status, headers, text: String::new() }.is(200));
    }
}

#[test]
fn clickjacking_what_is_no_page_is_said_on_a_page() {
    let business = Business::new();
    let page = business.ada.open("/console/nothing").is(404).says("There is no such page");
    page.says("<h1>Not found</h1>").says("Log out");
    let nobody = Tab::new(business.server());
    nobody.open("/console/nothing/at").is(404).says("There is no such page").says_not("Log out");
}
