//! The console's pages for work and finance, as a browser without scripts sees them.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{number, text};
use support::console::{Page, Tab, encoded, person};
use support::people::PASSWORD;
use support::scene::Scene;
use support::{Api, Server};

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

/// External refunds wait for an administrator.
fn cheques_wait(api: &Api) {
    let levels = json!([{"roles": ["Administrator"]}]);
    let policy = json!({"name": "Cheques", "when": {"external": true}, "levels": levels});
    api.post("/api/v1/approval-policies", &policy).status(201);
}

/// A refund by cheque that somebody asks for.
fn asked_by(server: &Server, who: &str, account: &str, amount: &str) -> String {
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": amount});
    number(&server.browser(who, PASSWORD).post(&path, &body).done(), "refund")
}

/// Sends a form of a page, with what it carries and these fields.
fn send(tab: &Tab, form: &Page, to: &str, more: &[(&str, &str)]) -> Page {
    let (csrf, key) = (form.value("csrf"), form.value("key"));
    let all = [&[("csrf", csrf.as_str()), ("key", key.as_str())], more].concat();
    tab.submit(to, &all)
}

#[test]
fn several_are_approved_at_once_by_somebody_else_who_saw_what_they_come_to() {
    const AT: &str = "/console/approvals";
    let server = Server::on("2026-03-02");
    let api = server.api();
    cheques_wait(&api);
    let (clara, ada) =
        (person(&server, "clara", &["Administrator"]), person(&server, "ada", &["Administrator"]));
    let (dollars, _) = api.account_with_credit("100");
    let (yen, _) = api.account_with_credit_in("9000", "JPY");
    let refunds = [
        asked_by(&server, "clara", &dollars, "10.50"),
        asked_by(&server, "clara", &dollars, "20.25"),
        asked_by(&server, "clara", &yen, "7000"),
    ];
    let ticked: Vec<(&str, &str)> = refunds.iter().map(|it| ("refund", it.as_str())).collect();
    // Whoever asked sees none to tick, and is refused if they send them all the same.
    let own = clara.open(AT).is(200).says("somebody else has to approve");
    let own = own.says_not("type=\"checkbox\" name=\"refund\"");
    let review = send(&clara, &own, AT, &[&ticked[..], &[("step", "review")]].concat());
    let review = review.is(200).says("somebody else has to approve");
    let seen = [("total-USD", "30.75"), ("total-JPY", "7000"), ("step", "confirm")];
    let refused = send(&clara, &review, AT, &[&ticked[..], &seen].concat()).is(200);
    refused.says("0 refunds approved").says("somebody else has to approve");
    // Somebody else sees count and total of each currency, and nothing happens before they agree.
    let inbox = ada.open(AT).is(200).says("type=\"checkbox\" name=\"refund\"").says("Cheques");
    ada.open(&format!("{AT}?tick=all")).is(200).says("checked");
    ada.open(&format!("{AT}?currency=jpy")).is(200).says(&refunds[2]).says_not(&refunds[0]);
    ada.open(&format!("{AT}?account={yen}&mine=true")).is(200).says(&refunds[2]);
    clara.open(&format!("{AT}?mine=true")).is(200).says("Take a filter away").says_not("R-0");
    let file = ada.open(&format!("{AT}?currency=jpy&export=csv&sort=-3")).is(200);
    assert_eq!(file.text.lines().count(), 2, "{}", file.text);
    let wrong = ada.open(&format!("{AT}?currency=dollars")).is(400).says("aria-invalid");
    assert_eq!(wrong.value("currency"), "dollars");
    ada.open(&format!("{AT}?account=A09999999")).is(404).says("aria-invalid").says("Filter");
    send(&ada, &inbox, AT, &[("step", "review")]).is(422).says("Tick at least one");
    let review = send(&ada, &inbox, AT, &[&ticked[..], &[("step", "review")]].concat()).is(200);
    let review = review.says("2 refunds in USD").says("30.75").says("1 refund in JPY");
    let review = review.says("Approve 3 refunds").says("would be approved");
    assert_eq!(review.value("total-USD"), "30.75");
    let wrong = [("total-USD", "30.74"), ("total-JPY", "7000"), ("step", "confirm")];
    let some = send(&ada, &review, AT, &[&ticked[..2], &wrong].concat()).is(409);
    some.says("come to 30.75");
    assert_eq!(api.document(&refunds[0])["order"]["state"], "awaiting_approval");
    let all = [&ticked[..], &seen, &[("comment", "looked at each")]].concat();
    let done = send(&ada, &review, AT, &all).is(200).says("2 refunds approved");
    done.says("1 refund approved").says("7<span class=\"thousands\">000</span>");
    send(&ada, &review, AT, &all).is(200).says("2 refunds approved");
    let results = format!("{AT}?results={}", review.value("key"));
    let results = ada.open(&results).is(200);
    assert!(
        results.headers["content-disposition"].to_str().unwrap().contains("approval-results.csv")
    );
    let lines: Vec<&str> = results.text.lines().collect();
    assert_eq!(lines[0], "Refund,Account,Amount,Currency,Result,State,Why not");
    assert_eq!(lines.len(), 4, "each of them once: {lines:?}");
    let yen = format!("{},{yen},7000,JPY,approved,to_be_paid,", refunds[2]);
    assert!(lines.contains(&yen.as_str()), "{lines:?}");
    for refund in &refunds {
        assert_eq!(api.document(refund)["order"]["state"], "to_be_paid", "once, and each of them");
    }
    ada.open(AT).is(200).says("Nothing waits.");
}

#[test]
fn several_are_rejected_at_once_with_a_reason() {
    const AT: &str = "/console/approvals";
    let server = Server::on("2026-03-02");
    let api = server.api();
    cheques_wait(&api);
    let (_, ada) =
        (person(&server, "clara", &["Administrator"]), person(&server, "ada", &["Administrator"]));
    let (dollars, _) = api.account_with_credit("100");
    let (yen, _) = api.account_with_credit_in("9000", "JPY");
    let refunds = [
        asked_by(&server, "clara", &dollars, "10.50"),
        asked_by(&server, "clara", &dollars, "20.25"),
        asked_by(&server, "clara", &yen, "7000"),
    ];
    // The list stays as it was narrowed if nothing is ticked.
    let here = format!("{AT}?currency=usd");
    let inbox = ada.open(&here).is(200).says(&format!("action=\"{here}\""));
    let none = send(&ada, &inbox, &here, &[("step", "review")]).is(422).says("Tick at least one");
    none.says(&refunds[0]).says_not(&refunds[2]);
    let ticked: Vec<(&str, &str)> = refunds.iter().map(|it| ("refund", it.as_str())).collect();
    let review = send(&ada, &inbox, AT, &[&ticked[..], &[("step", "review")]].concat()).is(200);
    let review = review.says("Reject 3 refunds").says("would be rejected");
    // The key Enter presses the first button, which judges nothing and keeps what was typed.
    let first = review.text.find("value=\"review\" hidden").unwrap();
    assert!(first < review.text.find("value=\"confirm\"").unwrap());
    let entered = [&ticked[..], &[("step", "review"), ("comment", "no contract")]].concat();
    assert_eq!(send(&ada, &review, AT, &entered).is(200).value("comment"), "no contract");
    assert_eq!(api.document(&refunds[0])["order"]["state"], "awaiting_approval");
    let at = format!("/console/refunds/{}", refunds[0]);
    let page = ada.open(&at).is(200);
    let entered = send(&ada, &page, &at, &[("step", "change"), ("comment", "no contract")]).is(422);
    assert_eq!(entered.says("Press one of the buttons").value("comment"), "no contract");
    assert_eq!(api.document(&refunds[0])["order"]["state"], "awaiting_approval");
    let seen = [("total-USD", "30.75"), ("total-JPY", "7000"), ("step", "reject")];
    let silent = send(&ada, &review, AT, &[&ticked[..], &seen].concat()).is(422);
    let silent = silent.says("comment-wrong").says("Reject 3 refunds");
    assert_eq!(api.document(&refunds[0])["order"]["state"], "awaiting_approval");
    let all = [&ticked[..], &seen, &[("comment", "no contract")]].concat();
    let done = send(&ada, &silent, AT, &all).is(200).says("2 refunds rejected: ");
    done.says("1 refund rejected: ");
    send(&ada, &silent, AT, &all).is(200).says("2 refunds rejected: ");
    let results = ada.open(&format!("{AT}?results={}", silent.value("key"))).is(200);
    let yen = format!("{},{yen},7000,JPY,rejected,rejected,", refunds[2]);
    assert!(results.text.lines().any(|it| it == yen), "{}", results.text);
    for refund in &refunds {
        let order = api.document(refund)["order"].clone();
        assert_eq!(order["state"], "rejected", "{order}");
    }
}

#[test]
fn cheques_are_closed_with_their_number_in_the_list() {
    const AT: &str = "/console/to-be-paid";
    let server = Server::on("2026-03-02");
    let api = server.api();
    let (ada, eve) =
        (person(&server, "ada", &["Administrator"]), person(&server, "eve", &["Administrator"]));
    ada.open(AT).is(200).says("Nothing is to be paid");
    cheques_wait(&api);
    let (account, _) = api.account_with_credit("100");
    let refunds = ["10", "20"].map(|amount| asked_by(&server, "ada", &account, amount));
    for refund in &refunds {
        let page = eve.open(&format!("/console/refunds/{refund}"));
        send(&eve, &page, &format!("/console/refunds/{refund}"), &[("step", "approve")]).goes_to();
    }
    let page = eve.open(AT).is(200).says(&refunds[0]).says(&refunds[1]).says("20.00");
    let long = "x".repeat(61);
    let wrong = [("refund", refunds[0].as_str()), ("step", "paid"), ("reference", long.as_str())];
    let wrong = send(&eve, &page, AT, &wrong).is(400).says("aria-invalid").says(&long);
    // What the list was narrowed to stays, also for whoever closes one.
    let narrowed = format!("{AT}?account={account}");
    let some =
        eve.open(&narrowed).is(200).says(&refunds[1]).says(&format!("action=\"{narrowed}\""));
    let nothing = [("refund", refunds[1].as_str()), ("step", "")];
    assert_eq!(send(&eve, &some, &narrowed, &nothing).goes_to(), narrowed);
    eve.open(&format!("{AT}?currency=jpy")).is(200).says_not(&refunds[0]);
    let paid = [("refund", refunds[0].as_str()), ("step", "paid"), ("reference", "chq 4711")];
    assert_eq!(send(&eve, &wrong, AT, &paid).goes_to(), "/console/to-be-paid?said=done");
    assert_eq!(api.credit(&account), ["90.00", "20.00", "70.00"]);
    let page = eve.open(AT).is(200).says_not(&refunds[0]);
    let back = |why| [("refund", refunds[1].as_str()), ("step", "return"), ("comment", why)];
    send(&eve, &page, AT, &back("")).is(422).says("aria-invalid");
    let page = eve.open(AT);
    send(&eve, &page, AT, &back("the address is wrong")).goes_to();
    assert_eq!(api.credit(&account), ["90.00", "0.00", "90.00"]);
    let viewer = person(&server, "vera", &["Viewer"]);
    viewer.open(AT).is(200).says_not("Cheque number");
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
