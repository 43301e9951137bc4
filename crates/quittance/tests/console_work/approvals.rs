//! What waits for people to agree, and to pay.

use serde_json::json;

use super::send;
use crate::support::books::number;
use crate::support::console::{Tab, person};
use crate::support::people::PASSWORD;
use crate::support::{Api, Server};

/// External refunds wait for an administrator.
pub(crate) fn cheques_wait(api: &Api) {
    let levels = json!([{"roles": ["Administrator"]}]);
    let policy = json!({"name": "Cheques", "when": {"external": true}, "levels": levels});
    api.post("/api/v1/approval-policies", &policy).status(201);
}

/// A refund by cheque that somebody asks for.
pub(crate) fn asked_by(server: &Server, who: &str, account: &str, amount: &str) -> String {
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": amount});
    number(&server.browser(who, PASSWORD).post(&path, &body).done(), "refund")
}

/// Three refunds that Clara asked for, of two currencies, and Ada, who may agree to them.
struct Three {
    server: Server,
    clara: Tab,
    ada: Tab,
    yen: String,
    refunds: [String; 3],
}

fn three_wait() -> Three {
    let server = Server::on("2026-03-02");
    let api = server.api();
    cheques_wait(&api);
    let [clara, ada] = ["clara", "ada"].map(|name| person(&server, name, &["Administrator"]));
    let (dollars, _) = api.account_with_credit("100");
    let (yen, _) = api.account_with_credit_in("9000", "JPY");
    let refunds = [
        asked_by(&server, "clara", &dollars, "10.50"),
        asked_by(&server, "clara", &dollars, "20.25"),
        asked_by(&server, "clara", &yen, "7000"),
    ];
    Three { server, clara, ada, yen, refunds }
}

#[test]
fn several_are_approved_at_once_by_somebody_else_who_saw_what_they_come_to() {
    const AT: &str = "/console/approvals";
    let Three { server, clara, ada, yen, refunds } = three_wait();
    let api = server.api();
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
    let Three { server, clara: _, ada, yen, refunds } = three_wait();
    let api = server.api();
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
