//! Many clients at once: money moves exactly once (domain 13, scenario 10; design 6, invariant 5).
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use std::collections::BTreeMap;
use std::sync::Barrier;

use serde_json::json;
use support::Server;
use support::api::{Answer, Api};
use support::books::{number, text};

/// Sends `ask(0)`, `ask(1)`, ... `ask(count - 1)` from `threads` threads that start together.
fn all_at_once<A: Send>(threads: usize, count: usize, ask: impl Fn(usize) -> A + Sync) -> Vec<A> {
    let gate = Barrier::new(threads);
    let (ask, gate) = (&ask, &gate);
    std::thread::scope(|scope| {
        let one = |thread: usize| {
            scope.spawn(move || {
                gate.wait();
                (thread..count).step_by(threads).map(ask).collect::<Vec<A>>()
            })
        };
        let running: Vec<_> = (0..threads).map(one).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// How often each status and code was answered.
fn tally(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let outcome = match (answer.status, answer.replayed()) {
            (201, true) => "replayed".to_owned(),
            (201, false) => "done".to_owned(),
            _ => answer.code().unwrap_or(&answer.text).to_owned(),
        };
        *tally.entry(outcome).or_default() += 1;
    }
    tally
}

fn expect<const N: usize>(answers: &[Answer], expected: [(&str, usize); N]) {
    let expected = expected.map(|(outcome, count)| (outcome.to_owned(), count));
    assert_eq!(tally(answers), BTreeMap::from(expected));
}

fn adjustments(api: &Api) -> usize {
    api.walk("/api/v1/credit-balance-adjustments", "credit_balance_adjustments", 200).len()
}

#[test]
fn of_a_thousand_refunds_of_60_on_100_exactly_one_succeeds() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100.00");
    let answers = all_at_once(64, 1000, |_| api.refund(&account, "60.00"));
    expect(&answers, [("done", 1), ("amount_exceeds_credit_balance", 999)]);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        let available = json!({"amount": "40.00", "currency": "USD"});
        assert_eq!(refused.body["available"], available);
    }
    assert_eq!(api.figures(&account), ["40.00", "0.00", "-40.00"]);
    assert_eq!(api.show("/api/v1/refunds")["refunds"].as_array().unwrap().len(), 1);
}

#[test]
fn the_sum_of_parallel_refunds_never_exceeds_the_credit() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100.00");
    let answers = all_at_once(32, 200, |index| api.refund(&account, ["7.00", "3.00"][index % 2]));
    let refunded = |answer: &&Answer| answer.status == 201;
    assert!(answers.iter().filter(refunded).count() < 200);
    let rows = api.walk("/api/v1/refunds", "refunds", 200);
    assert_eq!(rows.len(), answers.iter().filter(refunded).count());
    let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let sum: i64 = rows.iter().map(|row| cents(&text(row, "amount"))).sum();
    let left = cents(&api.figures(&account)[0]);
    assert_eq!(sum + left, 10_000);
    assert!((0..300).contains(&left), "{left} is left, and 3.00 was refused");
}

#[test]
fn fifty_times_the_same_key_has_one_effect() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let body = json!({"method_type": "check", "amount": "1.00"});
    let answers = all_at_once(50, 50, |_| api.post_as(&path, "the only one", &body));
    expect(&answers, [("done", 1), ("replayed", 49)]);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    assert_eq!(api.figures(&account)[0], "99.00");
    // The same key for fifty different commands: one of them is done.
    let answers = all_at_once(50, 50, |index| {
        let amount = format!("1.{index:02}");
        api.post_as(&path, "another", &json!({"method_type": "check", "amount": amount}))
    });
    expect(&answers, [("done", 1), ("idempotency_key_reused", 49)]);
    assert_eq!(adjustments(&api), 3);
}

#[test]
fn parallel_transfers_of_one_invoice_move_it_once() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "-100");
    let answers = all_at_once(20, 20, |_| api.transfer(&invoice, "100"));
    expect(&answers, [("done", 1), ("invoice_not_negative", 19)]);
    assert_eq!(api.figures(&account), ["100.00", "0.00", "-100.00"]);
    assert_eq!(adjustments(&api), 1);
}

#[test]
fn parallel_cancellations_of_one_document_take_it_back_once() {
    let server = Server::fresh();
    let api = server.api();
    let account = api.open_account("USD");
    let invoice = api.posted(&account, "-100");
    let transferred = api.transfer(&invoice, "100").done();
    let increase = number(&transferred, "credit_balance_adjustment");
    let answers = all_at_once(20, 20, |_| api.cancel_adjustment(&increase));
    expect(&answers, [("done", 1), ("already_canceled", 19)]);
    assert_eq!(api.figures(&account), ["0.00", "-100.00", "-100.00"]);
    let positive = api.posted(&account, "30");
    let payment = number(&api.pay(&account, &[(&positive, "30")], Some("5")).done(), "payment");
    let path = format!("/api/v1/payments/{payment}/cancel");
    let answers = all_at_once(20, 20, |_| api.post(&path, &json!({})));
    expect(&answers, [("done", 1), ("already_canceled", 19)]);
    assert_eq!(api.figures(&account), ["0.00", "-70.00", "-70.00"]);
}

#[test]
fn parallel_applications_never_use_more_than_there_is() {
    let server = Server::fresh();
    let api = server.api();
    let (account, _) = api.account_with_credit("100");
    let invoices: Vec<String> = (0..20).map(|_| api.posted(&account, "30")).collect();
    let answers = all_at_once(20, 20, |index| api.apply(&account, &invoices[index], "30"));
    expect(&answers, [("done", 3), ("amount_exceeds_credit_balance", 17)]);
    assert_eq!(api.figures(&account), ["10.00", "510.00", "500.00"]);
}

#[test]
fn parallel_posts_open_accounts_and_read_what_they_wrote() {
    let server = Server::fresh();
    let api = server.api();
    let answers = all_at_once(16, 160, |index| {
        let id = format!("crm {}", index % 80);
        let body = json!({"name": "Ada", "currency": "USD", "external_id": id});
        let answer = api.post("/api/v1/accounts", &body);
        // Whoever was answered finds it at once.
        let found = api.show(&format!("/api/v1/accounts?external_id=crm%20{}", index % 80));
        assert_eq!(found["accounts"].as_array().unwrap().len(), 1);
        answer
    });
    expect(&answers, [("done", 80), ("external_id_taken", 80)]);
    assert_eq!(api.walk("/api/v1/accounts", "accounts", 7).len(), 80);
}

#[test]
fn parallel_changes_of_keys_make_one_and_leave_an_administrator() {
    let server = Server::fresh();
    let api = server.api();
    for round in 0..5 {
        let body = json!({"name": format!("shop {round}"), "roles": ["Payments Standard User"]});
        let answers = all_at_once(12, 12, |_| api.post("/api/v1/api-keys", &body));
        let made: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 201).collect();
        expect(&answers, [("done", 1), ("name_taken", 11)]);
        // The one that was answered is the one that works.
        server.api_as(&text(&made[0].body, "secret")).get("/api/v1/accounts").status(200);
    }
    let other = server.api_with_role("admin");
    let first = api.administrator();
    let both = [(&api, "a%20admin"), (&other, first.as_str())];
    let answers = all_at_once(2, 2, |index| {
        let (api, name) = both[index];
        api.post(&format!("/api/v1/api-keys/{name}/revoke"), &json!({}))
    });
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let refused = answers.iter().find(|answer| answer.status != 200).unwrap();
    assert!(
        matches!(refused.code(), Some("last_administrator" | "api_key_unknown")),
        "{refused:?}"
    );
    let alive = [&api, &other].map(|api| api.get("/api/v1/api-keys").status == 200);
    assert_eq!(alive.iter().filter(|alive| **alive).count(), 1);
}
