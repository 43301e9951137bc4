//! Reconciliation, the journal, the record, and events.

use serde_json::{Value, json};

use crate::support;
use crate::support::Server;
use crate::support::books::{number, text};
use crate::support::console::{Page, Tab, person};
use crate::support::scene::Scene;

/// Sends the form of a page as browsers send one with a file.
fn send_with_file(tab: &Tab, form: &Page, fields: &[(&str, &str)], file: (&str, &str)) -> Page {
    let (csrf, key) = (form.value("csrf"), form.value("key"));
    let all = [&[("csrf", csrf.as_str()), ("key", key.as_str())], fields].concat();
    let mut body = String::new();
    for (name, value) in all {
        body +=
            &format!("--b7\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    let (name, content) = file;
    body += &format!(
        "--b7\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{content}\r\n--b7--\r\n"
    );
    let headers =
        [("content-type", "multipart/form-data; boundary=b7"), ("sec-fetch-site", "same-origin")];
    tab.send("POST", "/console/reconciliation", &headers, Some(body))
}

#[test]
fn a_settlement_file_is_looked_at_and_taken_over_once() {
    const AT: &str = "/console/reconciliation";
    const HEAD: &str = "type,reference,gateway_id,amount,currency,status\n";
    let scene = Scene::new();
    let (api, server) = (&scene.api, &scene.server);
    let (ada, eve) =
        (person(server, "ada", &["Administrator"]), person(server, "eve", &["Administrator"]));
    let (account, _) = api.account_with_credit("100");
    api.card_with(&account, "pm_ok");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let refunds = ["10", "20.50"].map(|amount| {
        let body = json!({"type": "electronic", "amount": amount});
        let refund = number(&api.post(&path, &body).done(), "refund");
        api.until(&format!("/api/v1/refunds/{refund}"), "processed");
        refund
    });
    let row = |refund: &String, amount: &str| {
        let id = text(&api.document(refund)["order"], "gateway_id");
        format!("refund,{refund},{id},{amount},USD,settled\n")
    };
    let settlement = |refund: &String| text(&api.document(refund)["order"], "settlement");
    let cards =
        [("gateway", "cards"), ("from", "2026-03-02"), ("to", "2026-03-02"), ("step", "look")];
    // A small file goes from page to page with the form.
    let form = ada.open(AT).is(200).says("enctype=\"multipart/form-data\"").says("type=\"file\"");
    let small =
        format!("{HEAD}{}charge,P-09999999,x_1,7.00,EUR,settled\n", row(&refunds[0], "10.00"));
    let seen = send_with_file(&ada, &form, &cards, ("upload", &small)).is(200);
    let seen = seen.says("A settlement file of cards").says("Only looked at: nothing was changed");
    let seen = seen.says("Take over 1 transaction").says("10.00").says("7.00").says("not ours");
    assert_eq!(settlement(&refunds[0]), "submitted", "only looked at");
    let (key, file) = (seen.value("key"), seen.value("file"));
    let csv = ada.open(&format!("{AT}?results=seen%20of%20{key}")).is(200);
    assert!(csv.headers["content-disposition"].to_str().unwrap().contains("reconciliation.csv"));
    assert_eq!(csv.text.lines().count(), 3, "{}", csv.text);
    assert!(csv.text.contains("not_ours") && csv.text.contains(&refunds[0]), "{}", csv.text);
    eve.open(&format!("{AT}?results=seen%20of%20{key}")).is(404).says("does not keep");
    let confirm = [&cards[..3], &[("step", "confirm")]].concat();
    for _ in 0..2 {
        let done = send_with_file(&ada, &seen, &confirm, ("file", &file)).is(200);
        let done = done.says("Taken over").says("not ours").says_not("nothing was changed");
        done.says(&format!("{AT}?results=done%20of%20{key}"));
        assert_eq!(settlement(&refunds[0]), "settled");
    }
    // Looked at anew, there is nothing to take over, and no button to do so.
    let again = send_with_file(&ada, &form, &cards, ("upload", &small)).is(200);
    again.says_not("value=\"confirm\"").says("Agree");
    // A large one is kept by the server, for whoever sent it, until it is confirmed.
    let many = (0..400).map(|no| format!("charge,P-09999999,x_{no:04},7.00,EUR,settled\n"));
    let large = format!("{HEAD}{}{}", row(&refunds[1], "20.50"), many.collect::<String>());
    let whole = [&cards[..], &[("whole", "true")]].concat();
    let seen = send_with_file(&ada, &form, &whole, ("upload", &large)).is(200);
    let seen = seen.says("2800.00").says("Take over 1 transaction");
    let seen = seen.says("cards, 2026-03-02 to 2026-03-02").says("not at gateway");
    assert!(seen.text.len() < 70_000, "it is light, whatever differs: {}", seen.text.len());
    let seen = seen.says("302 more stand in the file of the results");
    let csv = ada.open(&format!("{AT}?results=seen%20of%20{}", seen.value("key"))).is(200);
    assert!(csv.text.lines().count() > 400 && csv.text.contains("not_at_gateway"), "{}", csv.text);
    assert!(seen.text.contains("name=\"kept\"") && !seen.text.contains("name=\"file\""));
    let kept = [&confirm[..], &[("kept", "true"), ("whole", "true")]].concat();
    let theirs = eve.open(AT).is(200);
    let missing = send_with_file(&eve, &theirs, &kept, ("upload", ""));
    missing.is(422).says("choose it again").says("aria-invalid");
    for _ in 0..2 {
        send_with_file(&ada, &seen, &kept, ("upload", "")).is(200).says("Taken over");
        assert_eq!(settlement(&refunds[1]), "settled");
    }
    // What is wrong stands beside the file.
    let wrong = send_with_file(&ada, &form, &cards, ("upload", "id,amount\n")).is(400);
    wrong.says("there is no column").says("upload-wrong");
    let both = [&cards[..], &[("file", small.as_str())]].concat();
    send_with_file(&ada, &form, &both, ("upload", &small)).is(422).says("not both");
    let huge = format!("{HEAD}{}", "x".repeat(9 * 1024 * 1024));
    send_with_file(&ada, &form, &cards, ("upload", &huge)).is(413).says("larger than 8 MiB");
    send_with_file(&ada, &form, &[("gateway", "cards"), ("step", "look")], ("upload", "")).is(400);
}

/// Two days: credit on the first, and a refund of other credit as the last of the second.
struct TwoDays {
    server: Server,
    ada: Tab,
    first: String,
    second: String,
    last_of_first_day: String,
    refund: String,
}

fn two_days() -> TwoDays {
    let server = Server::on("2026-03-01");
    let api = server.api();
    let (first, _) = api.account_with_credit("100");
    let last_of_first_day = api.head();
    api.set_date("2026-03-02");
    let ada = person(&server, "ada", &["Administrator"]);
    let (second, _) = api.account_with_credit("50");
    api.refund(&second, "20").done();
    let refund = api.head();
    TwoDays { server, ada, first, second, last_of_first_day, refund }
}

#[test]
fn the_journal_is_found_by_day_account_person_and_code() {
    let TwoDays { server: _server, ada, first, second, last_of_first_day, refund } = two_days();
    let journal = ada.open("/console/journal").is(200).says(&refund).says("20.00");
    journal.says("refund credit balance");
    assert_eq!(
        ada.open(&format!("/console/journal?entry={refund}")).goes_to(),
        format!("/console/journal/{refund}")
    );
    let day = ada.open("/console/journal?on=2026-03-01").goes_to();
    let day = ada.open(&day).is(200).says(&last_of_first_day).says_not(&refund);
    day.says("The day before").says("on=2026-03-02");
    ada.open("/console/journal?on=soon").is(400).says("aria-invalid").says("soon");
    let of = ada.open(&format!("/console/journal?account={first}")).is(200);
    of.says(&last_of_first_day).says_not(&refund);
    let wrong = ada.open("/console/journal?account=A99999999").is(404).says("account-wrong");
    assert_eq!(wrong.value("account"), "A99999999");
    ada.open("/console/journal?who=nobody").is(200).says("Nothing is here");
    ada.open("/console/journal?who=ADMIN").is(200).says(&refund).says_not("Nothing is here");
    ada.open("/console/journal?currency=dollars").is(400).says("currency-wrong");
    let long = "x".repeat(101);
    ada.open(&format!("/console/journal?who={long}")).is(400).says("who-wrong");
    ada.open(&format!("/console/journal?code={long}")).is(400).says("code-wrong");
    let lines = ada.open("/console/journal?code=bank&show=lines").is(200).says("20.00");
    lines.says_not("Revenue</td>");
    ada.open("/console/journal?code=bank&currency=EUR").is(200).says("Nothing is here");
    let file = ada.open("/console/journal?code=bank&export=csv").is(200);
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert!(file.headers["content-disposition"].to_str().unwrap().contains("journal.csv"));
    assert_eq!(file.text.lines().count(), 2, "{}", file.text);
    let entry = ada.open(&format!("/console/journal/{refund}")).is(200);
    let entry = entry.says("Customer Cash On Account").says("administrator").says("Request");
    entry.says(&format!("/console/accounts/{second}")).says("The entry before");
    ada.open("/console/journal/JE-99999999").is(404).says("Not found");
    // The same day in the trial balance, and the way from it to the journal.
    let balance = ada.open("/console/trial-balance?as_of=2026-03-01").is(200).says("-100.00");
    let drill = "/console/journal?code=Customer%20Cash%20On%20Account&amp;currency=USD&amp;until=2026-03-01";
    balance.says(drill);
    // It leads to the lines that make the figure, by their own dates, on the page and in the file.
    let drill = drill.replace("&amp;", "&");
    let lines = ada.open(&drill).is(200).says("Credits here").says("100.00").says_not(&refund);
    lines.says_not("2026-03-02</td>");
    let file = ada.open(&format!("{drill}&export=csv")).is(200);
    assert!(file.text.lines().skip(1).all(|line| line.starts_with("2026-03-01,")), "{}", file.text);
    ada.open("/console/journal?until=x").is(400).says("until-wrong");
    ada.open("/console/journal?entry=foo").is(400).says("entry-wrong");
    ada.open("/console/journal?code=nonsense").is(200).says("Administration, Accounting codes");
    ada.open("/console/trial-balance").is(200).says("-130.00").says("Debits equal credits");
    ada.open("/console/trial-balance?as_of=2025-01-01").is(200).says("Nothing is posted until");
    ada.open("/console/trial-balance?as_of=x").is(400).says("aria-invalid");
    ada.open("/console/trial-balance?export=csv").is(200).says("Bank").says("USD");
    ada.open("/console/journal?what=refund").is(200).says(&refund).says_not(&last_of_first_day);
}

#[test]
fn the_record_is_searched_and_its_chain_is_held_against_it() {
    let TwoDays { server, ada, first, second: _, last_of_first_day, refund } = two_days();
    let api = server.api();
    let long = "x".repeat(101);
    let entry = format!("/console/audit?document={refund}");
    assert_eq!(ada.open(&entry).goes_to(), format!("/console/journal/{refund}"));
    // Who did it, when and from where, in a list; a day is a place in it.
    let newest = ada.open("/console/audit").is(200).says("127.0.0.1").says("request ");
    newest.says("2026-03-02 10:").says(&refund).says("sealed");
    support::sandbox::until("all is sealed", || {
        let newest = api.show("/api/v1/journal?limit=1")["entries"][0]["number"].clone();
        api.show("/api/v1/audit/head")["head"]["last_entry"] == newest
    });
    ada.open("/console/audit/check").is(200).says("The chain holds: the newest");
    let checked = api.show("/api/v1/audit/check");
    assert_eq!((&checked["whole"], &checked["problem"]), (&json!(true), &Value::Null));
    let row = format!("<td><a href=\"/console/journal/{refund}\"");
    let day = ada.open("/console/audit?on=2026-03-01").goes_to();
    ada.open(&day).is(200).says(&last_of_first_day).says_not(&row);
    let what = ada.open("/console/audit?what=refund+credit&who=admin").is(200).says(&refund);
    what.says_not(&last_of_first_day);
    ada.open(&format!("/console/audit?account={first}")).is(200).says_not(&row);
    ada.open(&format!("/console/audit?what={long}")).is(400).says("what-wrong");
    ada.open(&format!("/console/audit?who={long}")).is(400).says("who-wrong");
    ada.open("/console/audit?on=soon").is(400).says("on-wrong");
    ada.open("/console/audit?document=something").is(400).says("document-wrong");
    ada.open("/console/audit?account=A99999999").is(404).says("account-wrong");
    ada.open("/console/audit?account=NOPE").is(404).says("account-wrong");
    // A file begins with the day as the page does.
    for at in ["audit", "journal"] {
        let file = ada.open(&format!("/console/{at}?on=2026-03-01&export=csv")).is(200);
        assert_eq!(file.text.lines().nth(1).unwrap().split(',').next(), Some(&*last_of_first_day));
    }
    ada.open("/console/audit?what=Sent+to").is(200).says_not(&row);
    let commas = ",".repeat(25_000);
    ada.open(&format!("/console/audit?what={commas}")).is(400).says("too long");
    let file = ada.open("/console/audit?what=refund&export=csv").is(200);
    let head = "Entry,When (UTC),Account,What,Documents,Who,From,Why,Sealed";
    assert_eq!(file.text.lines().next(), Some(head));
    assert_eq!(file.text.lines().count(), 2, "{}", file.text);
    ada.open("/console/audit").is(200).says("quittance verify").says("have no index here");
}

#[test]
fn events_are_listed_and_one_is_shown() {
    let server = Server::on("2026-03-02");
    let api = server.api();
    let ada = person(&server, "ada", &["Administrator"]);
    let (account, _) = api.account_with_credit("100");
    api.refund(&account, "20").done();
    let event = api.show("/api/v1/events?type=refund.processed")["events"][0].clone();
    let id = text(&event, "id");
    ada.open("/console/events").is(200).says("account.opened").says("The newest");
    let some = ada.open(&format!("/console/events?type=refund.*&account={account}")).is(200);
    some.says(&id).says_not("account.opened</td>").says_not("rel=\"next\"");
    ada.open("/console/events?type=nothing").is(400).says("type-wrong");
    ada.open("/console/events?account=A09999999").is(404).says("account-wrong");
    ada.open("/console/events?account=x").is(404).says("account-wrong");
    ada.open("/console/events?since=2026-03-02").is(200).says(&id);
    ada.open("/console/events?since=2026-03-03").is(200).says("There is no such event");
    ada.open("/console/events?type=refund.*&export=csv").is(200).says(&id);
    ada.open(&format!("/console/events/{id}")).is(200).says("20.00").says("As it is delivered");
    ada.open("/console/events/evt_1").is(404);
    let posted = api.show("/api/v1/events?type=journal.posted")["events"][0].clone();
    ada.open(&format!("/console/events/{}", text(&posted, "id"))).is(200).says("Balances");
}
