//! Cross-site request forgery: every form of the console, sent in every way another site could have it sent.

use std::collections::BTreeSet;

use crate::business::Business;
use crate::forms::{Form, forms};
use crate::routes::{Route, addresses, routes};
use crate::support::console::{Page, Tab, person};

const URLENCODED: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
/// Forms that nobody has a session for when they are sent.
const NO_SESSION: [&str; 2] = ["/console/login", "/console/first-user"];
/// Buttons that are answered with a page or a piece of one whatever happens: what is refused stands in it.
const SHOWN: [&str; 4] = ["change", "live", "more", "piece"];

/// Headers as another site has a browser send them, and a token.
type Attack<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

/// Every page that can be looked at, with what it needs in its address.
fn pages(business: &Business, routes: &[Route]) -> Vec<String> {
    let shown = routes.iter().filter(|it| it.get && !it.pattern.ends_with("/follow"));
    let mut pages: Vec<String> = shown.flat_map(|it| addresses(it, &business.known)).collect();
    // The form of a refund of a payment comes after the choice of a way.
    let ways = business.known["payment"].iter();
    pages.extend(ways.map(|it| format!("/console/payments/{it}/refund?way=0")));
    pages
}

/// Every form of every page, once.
fn all_forms(tab: &Tab, pages: &[String]) -> Vec<Form> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for path in pages {
        for form in forms(&tab.open(path)) {
            let names: Vec<&str> = form.fields.iter().map(|(name, _)| name.as_str()).collect();
            if seen.insert(format!("{} {names:?} {:?}", form.action, form.steps)) {
                all.push(form);
            }
        }
    }
    all
}

fn send(tab: &Tab, form: &Form, headers: &[(&str, &str)], csrf: Option<&str>, step: &str) -> Page {
    let headers = [&[URLENCODED], headers].concat();
    tab.send("POST", &form.action, &headers, Some(form.body(csrf, step)))
}

#[test]
fn csrf_every_form_of_the_console_is_refused_from_other_sites_and_with_other_tokens() {
    let business = Business::new();
    let routes = routes();
    let tab = &business.ada;
    let mut forms = all_forms(tab, &pages(&business, &routes));
    forms.retain(|form| !NO_SESSION.contains(&form.action.as_str()));
    for route in routes.iter().filter(|it| it.post && !NO_SESSION.contains(&it.pattern.as_str())) {
        let found = forms.iter().any(|form| route.has(&form.action));
        assert!(found, "no page has the form of {}", route.pattern);
    }
    let mallory = person(business.server(), "mallory", &["Administrator"]);
    let theirs = mallory.open("/console/me").value("csrf");
    let before = business.everything();
    for form in &forms {
        let own = form.value("csrf").to_owned();
        assert_eq!(own.len(), theirs.len(), "{} has no token", form.action);
        let attacks: [Attack<'_>; 8] = [
            (&[], None),
            (&[], Some("")),
            (&[], Some("guess")),
            (&[], Some(&theirs)),
            (&[("sec-fetch-site", "cross-site")], Some(&own)),
            (&[("sec-fetch-site", "same-site")], Some(&own)),
            (&[("origin", "https://evil.example")], Some(&own)),
            (&[("origin", "null")], Some(&own)),
        ];
        for step in form.all_steps() {
            for (headers, csrf) in attacks {
                let answer = send(tab, form, headers, csrf, &step);
                let refused = answer.status == 403 || SHOWN.contains(&step.as_str());
                assert!(refused, "{} {step} {headers:?} {csrf:?}: {}", form.action, answer.text);
            }
        }
    }
    business.is_still(&before);
    tab.open("/console").is(200);
    // Otherwise the refusals would prove nothing: from a page of ours each of them is at least considered.
    let last = |form: &Form| form.action.ends_with("/logout") || form.action.contains("/sessions/");
    let (last, first): (Vec<_>, Vec<_>) = forms.iter().partition(|form| last(form));
    for form in first.into_iter().chain(last) {
        let own = form.value("csrf");
        let step = form.steps.first().map_or("", String::as_str);
        let answer = send(tab, form, &[("sec-fetch-site", "same-origin")], Some(own), step);
        assert_ne!(answer.status, 403, "{}: {}", form.action, answer.text);
    }
}

#[test]
fn csrf_looking_at_a_page_never_changes_anything_whatever_stands_in_its_address() {
    let business = Business::new();
    let routes = routes();
    let pages = pages(&business, &routes);
    let forms = all_forms(&business.ada, &pages);
    let before = business.everything();
    for path in &pages {
        business.ada.send("HEAD", path, &[], None);
    }
    for form in &forms {
        for step in form.all_steps() {
            let query = form.body(Some(form.value("csrf")), &step);
            business.ada.open(&format!("{}?{query}", form.action));
        }
    }
    business.is_still(&before);
}

#[test]
fn csrf_a_login_is_not_forged_either() {
    let business = Business::new();
    let fields = [("user", "ada"), ("password", crate::support::people::PASSWORD)];
    let tab = Tab::new(business.server());
    for foreign in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        let answer = tab.submit_with("/console/login", &[foreign], &fields).is(403);
        assert!(answer.headers.get("set-cookie").is_none(), "{foreign:?}");
    }
    let answer = tab.submit_with("/console/login", &[("origin", &tab.url)], &fields);
    assert_eq!(answer.goes_to(), "/console");
}
