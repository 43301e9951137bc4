//! What is not one's own (insecure direct object references): numbers and names in addresses and forms, by people who
//! may not see or not change what they are of.

use std::collections::BTreeMap;

use serde_json::json;

use crate::business::{Business, COMMENT, CUSTOMER};
use crate::forms::{Form, forms};
use crate::routes::{addresses, routes};
use crate::support::console::{Page, Tab, person};

/// Pages that are everybody's own.
const OWN: [&str; 5] = [
    "/console/login",
    "/console/first-user",
    "/console/logout",
    "/console/password",
    "/console/me",
];

fn own(path: &str) -> bool {
    let below = ["/console/me/", "/console/assets/"].iter().any(|it| path.starts_with(it));
    path == "/console" || OWN.contains(&path) || below
}

/// As many of everything, none of which is there.
fn absent(known: &BTreeMap<&'static str, Vec<String>>) -> BTreeMap<&'static str, Vec<String>> {
    let fixed = ["act", "answer", "object", "category", "file"];
    let other = |text: &String| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        if digits >= 8 && text.len() < 16 {
            text.replace("0000", "0999")
        } else {
            text.chars().rev().collect()
        }
    };
    let renamed = |(name, all): (&&'static str, &Vec<String>)| {
        let all = if fixed.contains(name) { all.clone() } else { all.iter().map(other).collect() };
        (*name, all)
    };
    known.iter().map(renamed).collect()
}

/// What a page says, without what differs anyway: the tokens, and what it was asked for.
fn essence(page: &Page, path: &str) -> String {
    let mut text = page.text.clone();
    for part in path.split('/').filter(|it| it.len() > 3) {
        text = text.replace(&format!("{part}/"), "?/").replace(&format!("{part}\""), "?\"");
    }
    let mut parts = text.split("name=\"key\" value=\"");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        plain += part.split_once('"').unwrap().1;
    }
    format!("{} {plain}", page.status)
}

#[track_caller]
fn tells_nothing(what: &str, page: &Page) {
    for secret in [CUSTOMER, COMMENT, "300.00", "290.00", "clara", "127.0.0.1:9"] {
        assert!(!page.text.contains(secret), "{what} tells {secret}: {}", page.text);
    }
}

/// Every form of the administrator's pages, with the page it is on.
fn administrators_forms(business: &Business) -> Vec<Form> {
    let mut all = Vec::new();
    for route in routes().iter().filter(|it| it.get && !it.pattern.ends_with("/follow")) {
        for path in addresses(route, &business.known) {
            let forms = forms(&business.ada.open(&path));
            all.extend(forms.into_iter().filter(|it| !own(&it.action)));
        }
    }
    assert!(all.len() >= 70, "{}", all.len());
    all
}

/// Sends each of them as somebody else, with their own token, by every button.
fn none_is_done_by(business: &Business, tab: &Tab, forms: &[Form]) {
    let csrf = tab.open("/console/me").is(200).value("csrf");
    let before = business.everything();
    for form in forms {
        for step in form.all_steps() {
            let body = form.body(Some(&csrf), &step);
            let kind = ("content-type", "application/x-www-form-urlencoded");
            let headers = [kind, ("sec-fetch-site", "same-origin")];
            let page = tab.send("POST", &form.action, &headers, Some(body));
            let refused = matches!(page.status, 403 | 404);
            assert!(refused, "{} {step}: {} {}", form.action, page.status, page.text);
        }
    }
    business.is_still(&before);
}

#[test]
fn idor_whoever_may_see_nothing_is_told_nothing_not_even_what_there_is() {
    let business = Business::new();
    let dora = business.person_with("dora", &["view_settings"]);
    let none = business.person_with("nora", &[]);
    for (tab, settings) in [(&none, false), (&dora, true)] {
        for route in routes().iter().filter(|it| it.get) {
            // Reference data is what the permission is for.
            if settings && route.pattern.starts_with("/console/admin")
                || route.pattern == "/console/setup"
            {
                continue;
            }
            let there = addresses(route, &business.known);
            let nowhere = addresses(route, &absent(&business.known));
            for (path, other) in there.iter().zip(&nowhere).filter(|(path, _)| !own(path)) {
                let (page, not) = (tab.open(path), tab.open(other));
                assert!(matches!(page.status, 403 | 404), "{path}: {}", page.text);
                tells_nothing(path, &page);
                assert_eq!(
                    essence(&page, path),
                    essence(&not, other),
                    "{path} tells that it is there"
                );
            }
        }
    }
}

#[test]
fn idor_no_form_does_anything_to_what_its_sender_may_not_see() {
    let business = Business::new();
    let forms = administrators_forms(&business);
    let none = business.person_with("nora", &[]);
    none_is_done_by(&business, &none, &forms);
}

#[test]
fn idor_whoever_may_only_look_is_offered_no_form_and_refused_each() {
    let business = Business::new();
    let forms_of_ada = administrators_forms(&business);
    let vera = person(business.server(), "vera", &["Viewer"]);
    for route in routes().iter().filter(|it| it.get && !it.pattern.ends_with("/follow")) {
        for path in addresses(route, &business.known).into_iter().filter(|it| !own(it)) {
            let page = vera.open(&path);
            let offered: Vec<String> = forms(&page).into_iter().map(|it| it.action).collect();
            let others: Vec<&String> = offered.iter().filter(|it| !own(it)).collect();
            assert!(others.is_empty(), "{path} offers {others:?}");
        }
    }
    none_is_done_by(&business, &vera, &forms_of_ada);
}

#[test]
fn idor_sessions_and_second_factors_of_others_are_out_of_reach() {
    let business = Business::new();
    let bob = person(business.server(), "bob", &["Viewer"]);
    let csrf = bob.open("/console/me").value("csrf");
    for session in &business.known["session"] {
        let path = format!("/console/me/sessions/{session}/end");
        let fields = [("csrf", csrf.as_str()), ("key", "k-1"), ("user", "ada")];
        bob.submit(&path, &fields).is(404);
    }
    business.ada.open("/console/me").is(200);
    // The administrator's own factor is there still, whatever name is sent along.
    for (path, status) in
        [("/console/me/second-factor/remove", 409), ("/console/me/second-factor", 422)]
    {
        let fields = [
            ("csrf", csrf.as_str()),
            ("key", "k-2"),
            ("user", "ada"),
            ("password", "not the password"),
        ];
        let page = bob.submit(path, &fields);
        assert!([status, 422].contains(&page.status), "{path}: {} {}", page.status, page.text);
    }
    let users = business.scene.api.show("/api/v1/users");
    assert!(users.to_string().contains("\"ada\""));
    business.ada.open("/console").is(200);
}

#[test]
fn idor_a_document_is_found_by_its_kind_and_account_only() {
    let business = Business::new();
    let (ada, api) = (&business.ada, &business.scene.api);
    let of = |name: &str| business.known[name][0].clone();
    for path in [
        format!("/console/accounts/{}", of("refund")),
        format!("/console/payments/{}", of("refund")),
        format!("/console/refunds/{}", of("payment")),
        format!("/console/invoices/{}", of("account")),
        format!("/console/accounts/{}/cancel", of("invoice")),
        format!("/console/refunds/{}/void", of("refund")),
        "/console/accounts/..%2Fusers".to_owned(),
        "/console/refunds/%2E%2E%2Fusers%2Fclara/cancel".to_owned(),
        "/console/admin/users/..%2Fapi-keys".to_owned(),
    ] {
        ada.open(&path).is(404);
    }
    // The card of another customer is no way to get this one's money.
    let body = json!({"name": "Mallory", "currency": "USD"});
    let mallory =
        crate::support::books::number(&api.post("/api/v1/accounts", &body).done(), "account");
    let card = api.card_with(&mallory, "pm_ok");
    let path = format!("/console/accounts/{}/refund", of("account"));
    let before = business.everything();
    for step in ["preview", "confirm"] {
        let fields = [
            ("type", "electronic"),
            ("amount", "1"),
            ("payment_method_id", card.as_str()),
            ("step", step),
        ];
        ada.fill(&path, &fields).is(409).says("id=\"payment_method_id-wrong\"");
    }
    business.is_still(&before);
}
