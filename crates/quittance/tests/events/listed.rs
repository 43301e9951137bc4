//! Events as they are asked for: pages, filters, the command line, and the documentation of types.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use events::EventKind;
use serde_json::{Value, json};

use super::support::books::text;
use super::support::{Server, ok, run};
use super::{all_events, ids};

const BEGIN: &str = "<!-- events:begin -->\n";
const END: &str = "<!-- events:end -->";

#[test]
fn the_documentation_lists_every_type() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/events.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (written, tail) = rest.split_once(END).unwrap();
    let mut table = String::from("\n| Type | Says |\n| --- | --- |\n");
    for kind in EventKind::ALL {
        let _ = writeln!(table, "| `{}` | {} |", kind.name(), kind.about());
    }
    table.push('\n');
    if std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, format!("{head}{BEGIN}{table}{END}{tail}")).unwrap();
        return;
    }
    assert_eq!(written, table, "run it with UPDATE_DOCS=1");
}

#[test]
fn pages_of_any_size_give_every_event_once_in_order() {
    let server = Server::fresh();
    let api = server.api();
    let (ada, invoice) = api.account_with_credit("100");
    let (bob, _) = api.account_with_credit("50");
    api.refund(&ada, "30").done();
    api.pay(&bob, &[], Some("10")).done();
    let all = all_events(&api, "");
    let kinds: Vec<&str> = all.iter().filter_map(|event| event["type"].as_str()).collect();
    let first: [&str; 6] = [
        "account.opened",
        "invoice.drafted",
        "invoice.posted",
        "journal.posted",
        "credit_balance_adjustment.created",
        "journal.posted",
    ];
    assert_eq!(kinds[..6], first);
    assert!(kinds.contains(&"credit_balance_refund.processed"));
    assert_eq!(ids(&all).iter().collect::<BTreeSet<_>>().len(), all.len());
    for limit in [1, 2, 3, 7] {
        let (mut paged, mut after) = (Vec::new(), "0.0".to_owned());
        loop {
            let page = api.show(&format!("/api/v1/events?after={after}&limit={limit}"));
            let events = page["events"].as_array().unwrap();
            assert!(events.len() <= limit);
            paged.extend(events.iter().cloned());
            after = text(&page, "next_cursor");
            if page["more"] == false {
                break;
            }
        }
        assert_eq!(paged, all, "in pages of {limit}");
        // Whoever has everything stays at the end.
        let end = api.show(&format!("/api/v1/events?after={after}"));
        assert_eq!((&end["events"], text(&end, "next_cursor")), (&json!([]), after));
    }
    let adas = all_events(&api, &format!("&account={ada}"));
    assert!(adas.iter().all(|event| event["account"] == json!(ada)) && adas.len() < all.len());
    let posted = all_events(&api, "&type=invoice.posted");
    assert_eq!(posted.len(), 2);
    assert_eq!(posted[0]["data"]["number"], json!(invoice));
    for event in &all {
        assert_eq!(api.show(&format!("/api/v1/events/{}", text(event, "id"))), *event);
        let entry = api.show(&format!("/api/v1/journal/{}", text(event, "entry")));
        assert_eq!((&entry["at"], &entry["actor"]), (&event["timestamp"], &event["actor"]));
        assert_eq!(entry["request_id"], event["request_id"]);
        let documents = entry["documents"].as_array().unwrap();
        assert!(event["type"] == "journal.posted" || documents.contains(&event["data"]));
    }
    let last = text(all.last().unwrap(), "id");
    let (entry, _) = last.rsplit_once('_').unwrap();
    for unknown in [format!("{entry}_99"), "evt_1".to_owned(), last.replace("evt_0", "evt_1")] {
        api.get(&format!("/api/v1/events/{unknown}")).refused(404, "event_not_found");
    }
    api.get("/api/v1/events?after=x").refused(400, "cursor_invalid");
    api.get("/api/v1/events?type=bill.*").refused(400, "query_invalid");
    api.get("/api/v1/events?account=A00000009").refused(404, "not_found");
    api.get("/api/v1/events?limit=201").refused(400, "limit_invalid");
}

#[test]
fn every_fact_gives_an_event_and_every_entry_with_postings_one_of_all_of_them() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    api.refund(&account, "30").done();
    let events = all_events(&api, "");
    let entries = api.walk("/api/v1/journal", "entries", 50);
    for entry in entries {
        let of_entry: Vec<&Value> =
            events.iter().filter(|event| event["entry"] == entry["number"]).collect();
        for document in entry["documents"].as_array().unwrap() {
            assert!(of_entry.iter().any(|event| event["data"] == *document), "{document}");
        }
        let posted = of_entry.iter().filter(|event| event["type"] == "journal.posted");
        let postings: usize =
            posted.map(|event| event["data"]["postings"].as_array().unwrap().len()).sum();
        assert_eq!(postings * 2, entry["journal"].as_array().unwrap().len());
    }
}

#[test]
fn the_command_line_prints_events_of_a_file_and_of_a_server() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let (url, key) = (server.url.as_str(), server.key.as_str());
    let at = ["events", "--server", url, "--api-key", key];
    let more = ["--output", "json", "--account", &account, "--type", "invoice.*"];
    let printed = ok(&[at.as_slice(), &more].concat());
    let printed: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(printed, all_events(&api, &format!("&account={account}&type=invoice.*")));
    let two = ok(&[at.as_slice(), &["--after", "1.0", "--limit", "2"]].concat());
    assert_eq!(two.lines().count(), 3, "{two}");
    assert!(two.contains("invoice.drafted"), "{two}");
    let refused = run(&[at.as_slice(), &["--after", "soon"]].concat());
    assert_eq!(refused.status.code(), Some(1));
}
