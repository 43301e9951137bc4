//! Links lead only to where whoever reads a page may go.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::business::Business;
use crate::routes::{Route, routes};
use crate::support::books::text;
use crate::support::console::Tab;

/// Every address of ours that a page links to, without the place on it.
fn links(page: &str) -> BTreeSet<String> {
    let tags = page.split("<a ").skip(1).filter_map(|rest| rest.split_once('>'));
    let hrefs = tags.filter_map(|(tag, _)| tag.split_once("href=\"")?.1.split_once('"'));
    let plain = hrefs.map(|(href, _)| href.split('#').next().unwrap().replace("&amp;", "&"));
    plain.filter(|href| href.starts_with("/console")).collect()
}

/// The kind of a page, so that of a thousand entries of the journal one is looked at.
fn kind(path: &str) -> String {
    static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| routes().into_iter().collect());
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let route = ROUTES.iter().find(|it| it.get && it.has(path));
    let names: Vec<&str> = query.split('&').filter_map(|it| it.split('=').next()).collect();
    // Tabs and figures are pages of their own.
    let value = query.split('&').find(|it| it.starts_with("tab=") || it.starts_with("of="));
    format!("{} {names:?} {value:?}", route.map_or(path, |it| &it.pattern))
}

/// Follows every link from the home page on, and what the pages do not link to but somebody may know.
fn follow_all(tab: &Tab, known: &[String]) -> Vec<String> {
    let (mut seen, mut refused) = (BTreeSet::new(), Vec::new());
    let mut next: Vec<(String, String)> = vec![("the start".to_owned(), "/console".to_owned())];
    next.extend(known.iter().map(|path| (String::new(), path.clone())));
    while let Some((from, path)) = next.pop() {
        let kind = if from.is_empty() { path.clone() } else { kind(&path) };
        let file = ["export=", "=pdf", "results="].iter().any(|it| path.contains(it));
        if file || !seen.insert(kind) {
            continue;
        }
        let page = tab.open(&path);
        if page.status >= 400 && !from.is_empty() {
            refused.push(format!("{from} leads to {path}: {}", page.status));
        }
        if page.status == 200 {
            next.extend(links(&page.text).into_iter().map(|to| (path.clone(), to)));
        }
    }
    refused
}

#[test]
fn no_link_leads_where_its_reader_may_not_go() {
    let business = Business::new();
    let all = business.scene.api.show("/api/v1/permissions");
    let all: Vec<String> =
        all["permissions"].as_array().unwrap().iter().map(|it| text(it, "code")).collect();
    assert!(all.len() > 40, "{}", all.len());
    let mut known = Vec::new();
    for (kind, name) in [
        ("accounts", "account"),
        ("invoices", "invoice"),
        ("payments", "payment"),
        ("refunds", "refund"),
        ("credit-balance-adjustments", "adjustment"),
        ("journal", "entry"),
        ("events", "event"),
        ("admin/gateways", "gateway"),
    ] {
        known.extend(business.known[name].iter().map(|it| format!("/console/{kind}/{it}")));
    }
    let looks: Vec<&str> =
        all.iter().map(String::as_str).filter(|it| it.starts_with("view_")).collect();
    let mut sets: Vec<Vec<&str>> = looks.iter().map(|look| vec![*look]).collect();
    // Of any two things that one may do there are some who may do the one and not the other.
    let deeds: Vec<&str> =
        all.iter().map(String::as_str).filter(|it| !it.starts_with("view_")).collect();
    for bit in 0..usize::BITS - deeds.len().leading_zeros() {
        for wanted in [0, 1] {
            let some = deeds.iter().enumerate().filter(|(place, _)| place >> bit & 1 == wanted);
            sets.push(looks.iter().copied().chain(some.map(|(_, deed)| *deed)).collect());
        }
    }
    for out in &looks {
        sets.push(all.iter().map(String::as_str).filter(|it| it != out).collect());
    }
    let mut refused = Vec::new();
    for (place, permissions) in sets.iter().enumerate() {
        let tab = business.person_with(&format!("reader-{place}"), permissions);
        let said = follow_all(&tab, &known);
        refused.extend(said.into_iter().map(|it| format!("{permissions:?}: {it}")));
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
