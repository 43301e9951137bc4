//! Policies by what was refunded of late: to one customer, and at one person's asking.

use std::sync::Barrier;

use serde_json::{Value, json};

use super::support::books::{number, text};
use super::support::sandbox::serve;
use super::support::store::{Store, store};
use super::{Api, POLICIES, by_check, refund, say, scene, state};

fn total(amount: &str, days: u16) -> Value {
    json!({"amount": amount, "days": days})
}

/// Whether a refund has to wait, if it were asked for now.
fn waits(api: &Api, account: &str, amount: &str) -> bool {
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let seen = api.preview(&path, &json!({"type": "electronic", "amount": amount})).status(200);
    seen.to_string().contains("awaiting_approval")
}

#[test]
fn refunds_to_one_customer_wait_once_they_come_to_too_much_within_the_days() {
    let scene = scene();
    let when = json!({"currency": "USD", "account_total_over": total("50", 2)});
    scene.policy("Customer", when, &["Lead"]);
    let (account, other) = (scene.account(), scene.account());
    let first = number(&refund(&scene.api, &account, "30").done(), "refund");
    scene.api.until(&format!("/api/v1/refunds/{first}"), "processed");
    // What went out by cheque counts, too, whatever date it bears.
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let cheque = json!({"method_type": "check", "amount": "10", "date": "2026-03-02"});
    scene.api.post(&path, &cheque).done();
    assert!(!waits(&scene.api, &account, "10.00"), "50.00 is not more than 50.00");
    assert!(waits(&scene.api, &account, "10.01"));
    assert!(!waits(&scene.api, &other, "50"));
    // The first of two days still counts on the second, and no longer on the third.
    scene.api.set_date("2026-03-03");
    assert!(waits(&scene.api, &account, "10.01"));
    scene.api.set_date("2026-03-04");
    assert!(!waits(&scene.api, &account, "50"));
}

#[test]
fn what_certainly_paid_nothing_out_does_not_count() {
    let scene = scene();
    let when = json!({"currency": "USD", "account_total_over": total("50", 1)});
    scene.policy("Customer", when, &["Lead"]);
    let lead = scene.person("Lea", &["Lead"]);
    let account = scene.account();
    let waiting = number(&refund(&scene.api, &account, "60").done(), "refund");
    assert_eq!(state(&scene.api, &waiting), "awaiting_approval");
    assert!(waits(&scene.api, &account, "1"), "what waits may still be paid");
    say(&lead, "reject", &waiting).done();
    assert!(!waits(&scene.api, &account, "50"));
    // The gateway declines: nothing moved.
    let broken = scene.api.account_with_credit("100").0;
    scene.api.card_with(&broken, "pm_declined");
    let declined = number(&refund(&scene.api, &broken, "40").done(), "refund");
    scene.api.until(&format!("/api/v1/refunds/{declined}"), "declined");
    assert!(!waits(&scene.api, &broken, "50"));
    // A refund of a payment that was recorded and canceled again.
    let invoice = scene.api.posted(&account, "45");
    let paid = number(&scene.api.pay(&account, &[(&invoice, "45")], None).done(), "payment");
    let back = json!({"method_type": "check"});
    let path = format!("/api/v1/payments/{paid}/refund");
    let back = number(&scene.api.post(&path, &back).done(), "refund");
    assert!(waits(&scene.api, &account, "6"));
    scene.api.post(&format!("/api/v1/refunds/{back}/cancel"), &json!({})).done();
    assert!(!waits(&scene.api, &account, "50"));
}

#[test]
fn one_person_is_summed_up_over_accounts_and_keys() {
    let scene = scene();
    let when = json!({"currency": "USD", "requester_total_over": total("50", 30)});
    scene.policy("Person", when, &["Lead"]);
    let clara = scene.person("Clara", &["Administrator"]);
    let phone = scene.key("another key", Some("CLARA"), &["Administrator"]);
    let robot = scene.key("robot", None, &["Administrator"]);
    let accounts: Vec<String> = (0..4).map(|_| scene.account()).collect();
    refund(&clara, &accounts[0], "30").done();
    refund(&phone, &accounts[1], "15").done();
    for api in [&clara, &phone] {
        assert!(waits(api, &accounts[2], "5.01"));
        assert!(!waits(api, &accounts[2], "5"));
    }
    assert!(!waits(&robot, &accounts[2], "50"), "another one's refunds are not its own");
    // The record tells the person behind the second key.
    let history = scene.api.show(&format!("/api/v1/accounts/{}/history", accounts[1]));
    let mut entries = history["entries"].as_array().unwrap().iter();
    let asked = entries.find(|entry| entry["actor"] == "another key").unwrap();
    assert_eq!(asked["person"], "CLARA");
    // Other currencies are other totals.
    let (eur, _) = scene.api.account_with_credit_in("100", "EUR");
    scene.api.card_with(&eur, "pm_ok");
    assert!(!waits(&clara, &eur, "100"));
    super::support::ok(&["verify", "--database", scene.server.database()]);
}

#[test]
fn the_eleventh_refund_of_a_day_waits() {
    let scene = scene();
    let often = json!({"count": 10, "days": 1});
    scene.policy("Often", json!({"external": true, "requester_total_over": often}), &["Lead"]);
    let clara = scene.person("Clara", &["Administrator"]);
    let account = scene.account();
    for _ in 0..10 {
        let done = by_check(&clara, &account, "1").done();
        assert!(!done.to_string().contains("awaiting_approval"), "{done}");
    }
    let eleventh = number(&by_check(&clara, &account, "1").done(), "refund");
    assert_eq!(state(&scene.api, &eleventh), "awaiting_approval");
    scene.api.set_date("2026-03-03");
    let tomorrow = by_check(&clara, &account, "1").done();
    assert!(!tomorrow.to_string().contains("awaiting_approval"), "{tomorrow}");
}

/// However they come in, and through however many servers: of a person's refunds, only what is within the total goes
/// out by itself.
#[test]
fn parallel_requests_do_not_slip_past_a_total() {
    const ASKS: usize = 12;
    let scene = scene();
    let when = json!({"currency": "USD", "requester_total_over": total("50", 1)});
    scene.policy("Person", when, &["Lead"]);
    // One process writes a file; a database on a server has several.
    let second = (store() != Store::Sqlite).then(|| {
        let second = serve(scene.directory.path(), Some(&scene.server.key), &[]);
        second.api().set_date("2026-03-02");
        second
    });
    let clara = scene.key("key of Clara", Some("Clara"), &["Administrator"]);
    let other = second.as_ref().map(|second| {
        let body = json!({"name": "other", "person": "Clara", "roles": ["Administrator"]});
        let made = scene.api.post("/api/v1/api-keys", &body).status(201);
        second.api_as(&text(&made, "secret"))
    });
    let accounts: Vec<String> = (0..ASKS).map(|_| scene.account()).collect();
    let barrier = Barrier::new(ASKS);
    let refunds: Vec<String> = std::thread::scope(|scope| {
        let asks: Vec<_> = accounts
            .iter()
            .enumerate()
            .map(|(index, account)| {
                let api = if index % 2 == 0 { &clara } else { other.as_ref().unwrap_or(&clara) };
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    number(&refund(api, account, "20").done(), "refund")
                })
            })
            .collect();
        asks.into_iter().map(|ask| ask.join().unwrap()).collect()
    });
    let waiting = |refund: &&String| state(&scene.api, refund) == "awaiting_approval";
    let free = ASKS - refunds.iter().filter(waiting).count();
    assert_eq!(free, 2, "two of 20.00 are within 50.00");
}

#[test]
fn a_total_needs_something_to_exceed_days_and_a_currency_for_an_amount() {
    let scene = scene();
    let make = |when: Value| {
        let levels = json!([{"roles": ["Lead"]}]);
        scene.api.post(POLICIES, &json!({"name": "p", "when": when, "levels": levels}))
    };
    make(json!({"account_total_over": {"days": 1}})).refused(422, "nothing_given");
    for days in [0, 367] {
        let when = json!({"requester_total_over": {"count": 1, "days": days}});
        make(when).refused(422, "policy_days");
    }
    let bare = make(json!({"account_total_over": total("5", 1)})).refused(400, "body_invalid");
    assert_eq!(bare["field"], "when.currency");
    let when =
        json!({"currency": "USD", "account_total_over": {"amount": "5", "count": 3, "days": 7}});
    make(when).status(201);
    let shown = &scene.api.show(POLICIES)["approval_policies"][0];
    let expected = json!({"amount": "5.00", "count": 3, "days": 7});
    assert_eq!(shown["when"]["account_total_over"], expected);
    assert_eq!(shown["when"].get("requester_total_over"), None);
}
