//! Approvals over HTTP, with a sandbox gateway that is a process of its own: who may approve what, what is held
//! meanwhile, and that money only goes out after the last of them agreed. Scenario 39's path is in
//! `http_permissions`.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod lists;
mod payments;
mod several;
#[path = "../support/mod.rs"]
mod support;
mod totals;

use std::sync::Barrier;

use serde_json::{Value, json};
use support::books::{number, text};
use support::scene::Scene;
use support::{Answer, Api};

const POLICIES: &str = "/api/v1/approval-policies";
const INBOX: &str = "/api/v1/approvals";

/// A scene with the roles of those who approve.
fn scene() -> Scene {
    scene_with(Scene::new())
}

fn scene_with(scene: Scene) -> Scene {
    for role in ["Lead", "Controller"] {
        let body = json!({"name": role, "permissions": ["view_payments", "approve_refund"]});
        scene.api.post("/api/v1/roles", &body).status(201);
    }
    scene
}

impl Scene {
    /// A policy with these conditions and a level for each role.
    fn policy(&self, name: &str, when: Value, levels: &[&str]) {
        let levels: Vec<Value> = levels.iter().map(|role| json!({"roles": [role]})).collect();
        let body = json!({"name": name, "when": when, "levels": levels});
        self.api.post(POLICIES, &body).status(201);
    }

    /// The key of a person.
    fn person(&self, name: &str, roles: &[&str]) -> Api {
        self.key(&format!("key of {name}"), Some(name), roles)
    }

    fn key(&self, key: &str, person: Option<&str>, roles: &[&str]) -> Api {
        let body = json!({"name": key, "person": person, "roles": roles});
        let made = self.api.post("/api/v1/api-keys", &body).status(201);
        self.server.api_as(&text(&made, "secret"))
    }

    /// An account with 100.00 of credit and a card.
    fn account(&self) -> String {
        let (account, _) = self.api.account_with_credit("100");
        self.api.card_with(&account, "pm_ok");
        account
    }

    /// What the gateway really moved.
    fn moved(&self) -> usize {
        self.sandbox.ledger().len()
    }
}

fn refund(api: &Api, account: &str, amount: &str) -> Answer {
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    api.post(&path, &json!({"type": "electronic", "amount": amount}))
}

fn say(api: &Api, what: &str, refund: &str) -> Answer {
    api.post(&format!("/api/v1/refunds/{refund}/{what}"), &json!({"comment": "looked at it"}))
}

fn state(api: &Api, refund: &str) -> String {
    text(&api.show(&format!("/api/v1/refunds/{refund}"))["order"], "state")
}

#[test]
fn a_refund_waits_for_two_levels_and_then_goes_out_once() {
    let scene = scene();
    scene.policy("Payouts", json!({"non_referenced": true}), &["Lead", "Controller"]);
    let clerk = scene.person("Clara", &["Administrator"]);
    let (lead, controller) =
        (scene.person("Lea", &["Lead"]), scene.person("Cora", &["Controller"]));
    let account = scene.account();
    // The preview says which policy would apply.
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let seen = clerk.preview(&path, &json!({"type": "electronic", "amount": "60"})).status(200);
    assert!(seen.to_string().contains("\"policies\":[\"Payouts\"]"), "{seen}");
    assert!(seen.to_string().contains("awaiting_approval"), "{seen}");
    let no = number(&refund(&clerk, &account, "60").done(), "refund");
    // It is held: two pending 60s on 100 cannot be.
    refund(&clerk, &account, "60").refused(409, "amount_exceeds_credit_balance");
    assert_eq!(scene.api.credit(&account), ["100.00", "60.00", "40.00"]);
    let shown = scene.api.show(&format!("/api/v1/refunds/{no}"));
    assert_eq!(shown["order"]["approval"]["levels"], json!([["Lead"], ["Controller"]]));
    assert_eq!(shown["order"]["approval"]["person"], "Clara");
    // Levels go in their order.
    say(&controller, "approve", &no).refused(409, "approval_role_missing");
    let inbox = controller.show(INBOX);
    assert_eq!(inbox["refunds"][0]["number"], no);
    assert_eq!(inbox["refunds"][0]["approve"]["code"], "approval_role_missing");
    assert_eq!(lead.show(INBOX)["refunds"][0]["approve"]["allowed"], true);
    say(&lead, "approve", &no).done();
    assert_eq!(state(&scene.api, &no), "awaiting_approval");
    assert_eq!(scene.moved(), 0);
    say(&controller, "approve", &no).done();
    scene.api.until(&format!("/api/v1/refunds/{no}"), "processed");
    assert_eq!(scene.moved(), 1);
    assert_eq!(scene.api.credit(&account), ["40.00", "0.00", "40.00"]);
    assert_eq!(controller.show(INBOX)["refunds"], json!([]));
    for what in ["approve", "reject", "withdraw"] {
        say(&lead, what, &no).refused(409, "not_awaiting_approval");
    }
    // Who judged stands in the life of the refund.
    let life = scene.api.show(&format!("/api/v1/refunds/{no}/attempts"));
    let judged = life["attempts"].as_array().unwrap().iter().filter(|it| it["what"] == "judged");
    let by: Vec<(String, String)> = judged.map(|it| (text(it, "by"), text(it, "detail"))).collect();
    let approved = |who: &str| (who.to_owned(), "approved".to_owned());
    assert_eq!(by, [approved("Lea"), approved("Cora")]);
}

#[test]
fn nobody_approves_their_own_refund_through_any_door() {
    let scene = scene();
    scene.policy("All", json!({}), &["Administrator"]);
    let account = scene.account();
    let roles = ["Administrator"];
    let clara = scene.person("Clara", &roles);
    let again = scene.key("Clara's phone", Some("Clara"), &roles);
    let no = number(&refund(&clara, &account, "10").done(), "refund");
    for api in [&clara, &again] {
        for what in ["approve", "reject"] {
            say(api, what, &no).refused(409, "self_approval");
        }
        let bulk = json!({"refunds": [no], "currency": "USD", "total": "10"});
        let answer = api.post(&format!("{INBOX}/approve"), &bulk).status(200);
        assert_eq!(answer["results"][0]["code"], "self_approval");
        let inbox = api.show(INBOX);
        assert_eq!(inbox["refunds"][0]["approve"]["code"], "self_approval");
    }
    // A program may ask, but never approve: not its own, not another's.
    let robot = scene.key("robot", None, &roles);
    let robots = number(&refund(&robot, &account, "10").done(), "refund");
    for (api, what) in [(&robot, &no), (&robot, &robots), (&scene.api, &no)] {
        say(api, "approve", what).refused(409, "only_people_approve");
    }
    // Without the permission the door is closed, whatever role a policy names.
    let viewer = scene.person("Vera", &["Viewer"]);
    say(&viewer, "approve", &no).refused(403, "permission_missing");
    assert_eq!(scene.moved(), 0);
    say(&scene.person("Ada", &roles), "approve", &no).done();
    scene.api.until(&format!("/api/v1/refunds/{no}"), "processed");
}

#[test]
fn the_same_person_cannot_approve_twice() {
    let scene = scene();
    scene.policy("Twice", json!({}), &["Lead", "Controller"]);
    let account = scene.account();
    let both = scene.person("Lea", &["Lead", "Controller"]);
    let phone = scene.key("phone", Some("Lea"), &["Controller"]);
    let no = number(&refund(&scene.api, &account, "10").done(), "refund");
    say(&both, "approve", &no).done();
    for api in [&both, &phone] {
        say(api, "approve", &no).refused(409, "approved_already");
    }
    say(&scene.person("Cora", &["controller"]), "approve", &no).done();
}

#[test]
fn two_equal_levels_want_two_people_and_a_name_is_one_person_in_any_case() {
    let scene = scene();
    scene.policy("Four eyes", json!({}), &["Lead", "Lead"]);
    scene.policy("Two eyes", json!({}), &["Lead"]);
    let account = scene.account();
    let lea = scene.person("Lea", &["Lead"]);
    let same = scene.key("other", Some(" LEA "), &["Lead"]);
    let no = number(&refund(&scene.api, &account, "10").done(), "refund");
    let shown = scene.api.show(&format!("/api/v1/refunds/{no}"));
    assert_eq!(shown["order"]["approval"]["levels"], json!([["Lead"], ["Lead"]]));
    say(&lea, "approve", &no).done();
    assert_eq!(state(&scene.api, &no), "awaiting_approval");
    say(&same, "approve", &no).refused(409, "approved_already");
    say(&scene.person("Ada", &["Lead"]), "approve", &no).done();
    scene.api.until(&format!("/api/v1/refunds/{no}"), "processed");
    // The same key of idempotency from another person is another approval.
    let own = number(&refund(&scene.api, &account, "5").done(), "refund");
    let bulk = json!({"refunds": [own], "currency": "USD", "total": "5"});
    let path = format!("{INBOX}/approve");
    let ada = scene.key("Ada's phone", Some("Ada"), &["Lead"]);
    for (api, after) in [(&lea, "awaiting_approval"), (&ada, "reserved")] {
        let answer = api.command("POST", &path, Some("the same"), &bulk).status(200);
        let result = &answer["results"][0];
        assert_eq!((&result["state"], &result["replayed"]), (&json!(after), &json!(false)));
    }
}

#[test]
fn what_a_settlement_file_says_of_a_refund_that_waits_changes_nothing() {
    let scene = scene();
    scene.policy("All", json!({}), &["Lead"]);
    let account = scene.account();
    let no = number(&refund(&scene.api, &account, "10").done(), "refund");
    let file = format!(
        "type,reference,gateway_id,amount,currency,status\nrefund,{no},tx_1,10.00,USD,succeeded\n"
    );
    let headers = [("content-type", "text/csv")];
    let path = format!("/api/v1/gateways/{}/reconcile?apply=true", support::sandbox::GATEWAY);
    let answer = scene.api.send("POST", &path, &headers, Some(file));
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains(&no), "the difference is listed: {}", answer.text);
    assert_eq!(state(&scene.api, &no), "awaiting_approval");
    assert_eq!(scene.api.credit(&account), ["100.00", "10.00", "90.00"]);
}

#[test]
fn each_condition_decides_by_itself() {
    let scene = scene();
    let account = scene.account();
    let eur = {
        let (account, _) = scene.api.account_with_credit_in("100", "EUR");
        scene.api.card_with(&account, "pm_ok");
        account
    };
    let count = std::cell::Cell::new(0);
    let waits = |when: Value, account: &str, body: Value| {
        count.set(count.get() + 1);
        let name = format!("policy {} / ?#", count.get());
        scene.policy(&name, when, &["Lead"]);
        let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
        let seen = scene.api.preview(&path, &body).status(200);
        let off = format!("{POLICIES}/{}", percent_encoded(&name));
        scene.api.patch(&off, &json!({"active": false})).status(201);
        seen.to_string().contains("awaiting_approval")
    };
    let pay = |amount: &str| json!({"type": "electronic", "amount": amount});
    let over = json!({"currency": "USD", "amount_over": "50.00"});
    assert!(!waits(over.clone(), &account, pay("50.00")));
    assert!(waits(over.clone(), &account, pay("50.01")));
    assert!(!waits(over, &eur, pay("60")));
    assert!(waits(json!({"currency": "EUR"}), &eur, pay("1")));
    assert!(!waits(json!({"currency": "EUR"}), &account, pay("1")));
    assert!(waits(json!({"non_referenced": true}), &account, pay("1")));
    assert!(!waits(json!({"non_referenced": false}), &account, pay("1")));
    assert!(waits(json!({"method_types": ["paypal", "credit_card"]}), &account, pay("1")));
    assert!(!waits(json!({"method_types": ["paypal"]}), &account, pay("1")));
    assert!(waits(json!({"account_younger_than_days": 1}), &account, pay("1")));
    assert!(!waits(json!({"account_younger_than_days": 0}), &account, pay("1")));
    let why = |reason: &str| json!({"type": "electronic", "amount": "1", "reason_code": reason});
    let reasons = json!({"reason_codes": ["Other"]});
    assert!(waits(reasons.clone(), &account, why("Other")));
    assert!(!waits(reasons, &account, why("Account Closure")));
    assert!(waits(json!({}), &account, pay("1")));
    // An external refund is no money through a gateway.
    scene.policy("every", json!({}), &["Lead"]);
    scene.api.refund(&account, "1").done();
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn rejected_withdrawn_and_lapsed_refunds_let_go_of_the_credit() {
    let scene = scene();
    scene.policy("All", json!({}), &["Lead"]);
    let (clerk, lead) = (scene.person("Clara", &["Administrator"]), scene.person("Lea", &["Lead"]));
    let account = scene.account();
    let ask = || number(&refund(&clerk, &account, "70").done(), "refund");
    let free = ["100.00", "0.00", "100.00"];
    let first = ask();
    let path = format!("/api/v1/refunds/{first}/reject");
    lead.post(&path, &json!({})).refused(422, "nothing_given");
    say(&lead, "reject", &first).done();
    assert_eq!(
        (state(&scene.api, &first).as_str(), scene.api.credit(&account)),
        ("rejected", free.map(str::to_owned))
    );
    let second = ask();
    say(&lead, "withdraw", &second).refused(409, "not_yours");
    say(&clerk, "withdraw", &second).done();
    assert_eq!(
        (state(&scene.api, &second).as_str(), scene.api.credit(&account)),
        ("withdrawn", free.map(str::to_owned))
    );
    let third = ask();
    scene.api.put("/api/v1/clock", &json!({"now": "2026-03-05T10:00:00Z"})).status(200);
    scene.api.until(&format!("/api/v1/refunds/{third}"), "lapsed");
    assert_eq!(scene.api.credit(&account), free);
    assert_eq!(scene.api.show(&format!("/api/v1/refunds/{third}"))["status"], "canceled");
    assert_eq!(scene.moved(), 0);
}

#[test]
fn what_waited_too_long_is_not_approved_even_before_the_worker_sees_it() {
    let scene = scene_with(Scene::with(&["--no-worker"]));
    scene.policy("All", json!({}), &["Lead"]);
    let lead = scene.person("Lea", &["Lead"]);
    let no = number(&refund(&scene.api, &scene.account(), "70").done(), "refund");
    scene.api.put("/api/v1/clock", &json!({"now": "2026-03-05T10:00:00Z"})).status(200);
    say(&lead, "approve", &no).refused(409, "approval_expired");
    assert_eq!(state(&scene.api, &no), "awaiting_approval");
    // Saying no is never too late.
    say(&lead, "reject", &no).done();
    assert_eq!(state(&scene.api, &no), "rejected");
    assert_eq!(scene.moved(), 0);
}

#[test]
fn the_last_approval_runs_the_rules_again() {
    let scene = scene();
    scene.policy("All", json!({}), &["Lead"]);
    let lead = scene.person("Lea", &["Lead"]);
    let account = scene.account();
    let no = number(&refund(&scene.api, &account, "10").done(), "refund");
    let method = text(&scene.api.show(&format!("/api/v1/refunds/{no}")), "payment_method");
    scene.api.post(&format!("/api/v1/payment-methods/{method}/close"), &json!({})).done();
    say(&lead, "approve", &no).refused(409, "payment_method_closed");
    // The request goes on waiting, and can still be rejected.
    assert_eq!(state(&scene.api, &no), "awaiting_approval");
    say(&lead, "reject", &no).done();
}

#[test]
fn two_who_judge_at_once_are_put_in_an_order() {
    let scene = scene();
    scene.policy("All", json!({}), &["Lead"]);
    let account = scene.account();
    let clerk = scene.person("Clara", &["Administrator"]);
    let leads: Vec<Api> =
        (0..4).map(|number| scene.person(&format!("Lead {number}"), &["Lead"])).collect();
    for round in 0..6 {
        let no = number(&refund(&clerk, &account, "1").done(), "refund");
        let start = Barrier::new(leads.len() + 1);
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let judging: Vec<_> = leads
                .iter()
                .map(|lead| (lead, "approve"))
                .chain([(&clerk, "withdraw")])
                .map(|(api, what)| {
                    let (start, no) = (&start, &no);
                    scope.spawn(move || {
                        start.wait();
                        say(api, what, no).status
                    })
                })
                .collect();
            judging.into_iter().map(|it| it.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409, 409], "round {round}");
        let shown = scene.api.show(&format!("/api/v1/refunds/{no}"));
        if shown["order"]["state"] != "withdrawn" {
            scene.api.until(&format!("/api/v1/refunds/{no}"), "processed");
        }
    }
    // Two who ask at once for 60 of what is left: one of them.
    let other = scene.account();
    let start = Barrier::new(2);
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = || {
            start.wait();
            refund(&clerk, &other, "60").status
        };
        let asking = [scope.spawn(ask), scope.spawn(ask)];
        asking.into_iter().map(|it| it.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
}

#[test]
fn refunds_of_payments_wait_too() {
    let scene = scene();
    scene.policy("Referenced", json!({"non_referenced": false}), &["Lead"]);
    let lead = scene.person("Lea", &["Lead"]);
    let account = scene.account();
    let invoice = scene.api.posted(&account, "50");
    let path = format!("/api/v1/accounts/{account}/payments/charge");
    let body = json!({"applications": [{"invoice": invoice}]});
    let payment = number(&scene.api.post(&path, &body).done(), "payment");
    scene.api.until(&format!("/api/v1/payments/{payment}"), "processed");
    let back = format!("/api/v1/payments/{payment}/refund");
    let no = number(&scene.api.post(&back, &json!({"type": "electronic"})).done(), "refund");
    assert_eq!(state(&scene.api, &no), "awaiting_approval");
    // What waits is held of the payment.
    let more = json!({"type": "electronic", "amount": "1"});
    scene.api.post(&back, &more).refused(409, "amount_exceeds_payment");
    say(&lead, "approve", &no).done();
    scene.api.until(&format!("/api/v1/refunds/{no}"), "processed");
    assert_eq!(scene.moved(), 2);
    assert_eq!(scene.api.balance(&invoice), "50.00");
}

#[test]
fn policies_are_checked_shown_and_changed() {
    let scene = scene();
    let api = &scene.api;
    let level = json!([{"roles": ["Lead"]}]);
    let make = |body: Value| api.post(POLICIES, &body);
    make(json!({"name": "p", "levels": []})).refused(422, "policy_levels");
    make(json!({"name": "p", "levels": [{"roles": []}]})).refused(422, "nothing_given");
    make(json!({"name": "p", "levels": [{"roles": ["Nobody"]}]})).refused(422, "unknown_role");
    let hours = json!({"name": "p", "levels": level, "expires_after_hours": 0});
    make(hours).refused(422, "policy_hours");
    let bare = json!({"name": "p", "levels": level, "when": {"amount_over": "5"}});
    make(bare).refused(400, "body_invalid");
    make(json!({"name": "p", "levels": level})).status(201);
    make(json!({"name": "p", "levels": level})).refused(409, "policy_name_taken");
    let change = json!({"when": {"currency": "USD", "amount_over": "5"}, "expires_after_hours": 1});
    api.patch(&format!("{POLICIES}/p"), &change).status(201);
    api.patch(&format!("{POLICIES}/q"), &change).refused(422, "unknown_policy");
    let shown = api.show(POLICIES);
    let policy = &shown["approval_policies"][0];
    assert_eq!(policy["when"]["amount_over"], "5.00");
    assert_eq!(
        (&policy["levels"], &policy["expires_after_hours"]),
        (&json!([["Lead"]]), &json!(1))
    );
    // Who changed it stands in the journal.
    let journal = api.show("/api/v1/journal?limit=1");
    assert_eq!(journal["entries"][0]["command"], "change_approval_policy");
}

fn by_check(api: &Api, account: &str, amount: &str) -> Answer {
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    api.post(&path, &json!({"method_type": "check", "amount": amount}))
}

#[test]
fn an_external_refund_is_approved_then_paid_by_hand_and_closed_with_its_cheque_number() {
    let scene = scene();
    scene.policy(
        "Cheques",
        json!({"external": true, "amount_over": "50", "currency": "USD"}),
        &["Lead"],
    );
    let clerk = scene.person("Clara", &["Administrator"]);
    let lead = scene.person("Lea", &["Lead"]);
    let (account, _) = scene.api.account_with_credit("100");
    // A small one goes out at once, and an electronic one is not concerned.
    let small = by_check(&clerk, &account, "10").done();
    assert_eq!(support::books::made(&small, "refund")["status"], "processed");
    let asked = by_check(&clerk, &account, "60").done();
    let refund = number(&asked, "refund");
    assert_eq!(asked["journal"], json!([]));
    assert_eq!(scene.api.credit(&account), ["90.00", "60.00", "30.00"]);
    by_check(&clerk, &account, "60").refused(409, "amount_exceeds_credit_balance");
    let pay = |api: &Api| {
        let body = json!({"reference": "chq 4711"});
        api.post(&format!("/api/v1/refunds/{refund}/paid"), &body)
    };
    pay(&clerk).refused(409, "not_to_be_paid");
    say(&clerk, "approve", &refund).refused(409, "self_approval");
    say(&lead, "approve", &refund).done();
    assert_eq!(state(&scene.api, &refund), "to_be_paid");
    let waiting = scene.api.show("/api/v1/refunds-to-be-paid");
    assert_eq!(waiting["refunds"][0]["number"], json!(refund));
    assert_eq!(scene.api.show(INBOX)["refunds"], json!([]));
    assert_eq!(scene.api.credit(&account), ["90.00", "60.00", "30.00"]);
    for what in ["resolve", "refresh"] {
        let body = if what == "resolve" { json!({"paid": true}) } else { json!({}) };
        let answer = clerk.post(&format!("/api/v1/refunds/{refund}/{what}"), &body);
        assert_eq!(answer.status, 409, "{what}: {}", answer.body);
    }
    let done = pay(&clerk).done();
    assert_eq!(support::books::lines(&done).len(), 2);
    let shown = scene.api.show(&format!("/api/v1/refunds/{refund}"));
    assert_eq!((&shown["status"], &shown["type"]), (&json!("processed"), &json!("external")));
    assert_eq!(shown["order"]["gateway_id"], "chq 4711");
    assert_eq!(scene.api.credit(&account), ["30.00", "0.00", "30.00"]);
    pay(&clerk).refused(409, "not_to_be_paid");
    assert_eq!(scene.api.show("/api/v1/refunds-to-be-paid")["refunds"], json!([]));
    assert_eq!(scene.moved(), 0);
}

#[test]
fn an_external_refund_that_comes_back_unpaid_frees_the_credit() {
    let scene = scene();
    scene.policy("Cheques", json!({"external": true}), &["Lead"]);
    let clerk = scene.person("Clara", &["Administrator"]);
    let lead = scene.person("Lea", &["Lead"]);
    let (account, _) = scene.api.account_with_credit("100");
    let refund = number(&by_check(&clerk, &account, "100").done(), "refund");
    say(&lead, "approve", &refund).done();
    let back = format!("/api/v1/refunds/{refund}/return");
    clerk.post(&back, &json!({})).refused(422, "nothing_given");
    clerk.post(&back, &json!({"comment": "no such address"})).done();
    assert_eq!(state(&scene.api, &refund), "returned");
    assert_eq!(scene.api.credit(&account), ["100.00", "0.00", "100.00"]);
    clerk.post(&back, &json!({"comment": "again"})).refused(409, "not_to_be_paid");
    // Rejected and withdrawn ones never become payable.
    let second = number(&by_check(&clerk, &account, "100").done(), "refund");
    say(&lead, "reject", &second).done();
    let third = number(&by_check(&clerk, &account, "100").done(), "refund");
    say(&clerk, "withdraw", &third).done();
    assert_eq!(scene.api.credit(&account), ["100.00", "0.00", "100.00"]);
}

#[test]
fn an_external_refund_that_nobody_approves_in_time_lapses() {
    let scene = scene();
    let levels = json!([{"roles": ["Lead"]}]);
    let policy = json!({"name": "Cheques", "when": {"external": true}, "levels": levels,
        "expires_after_hours": 1});
    scene.api.post(POLICIES, &policy).status(201);
    let clerk = scene.person("Clara", &["Administrator"]);
    let (account, _) = scene.api.account_with_credit("100");
    let refund = number(&by_check(&clerk, &account, "100").done(), "refund");
    scene.sandbox.pass(&scene.api, 2 * 3_600);
    scene.api.until(&format!("/api/v1/refunds/{refund}"), "lapsed");
    assert_eq!(scene.api.credit(&account), ["100.00", "0.00", "100.00"]);
}

#[test]
fn an_external_refund_of_credit_to_come_is_paid_on_its_day() {
    let scene = scene();
    scene.policy("Cheques", json!({"external": true}), &["Lead"]);
    scene.api.patch("/api/v1/settings", &json!({"future_dates": true})).done();
    let (clerk, lead) = (scene.person("Clara", &["Administrator"]), scene.person("Lea", &["Lead"]));
    let account = scene.api.open_account("USD");
    let body = json!({"items": [{"amount": "-100"}], "invoice_date": "2026-03-04", "post": true});
    let bill = scene.api.post(&format!("/api/v1/accounts/{account}/invoices"), &body).done();
    scene.api.transfer(&number(&bill, "invoice"), "100").done();
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let asked = json!({"method_type": "check", "amount": "100", "date": "2026-03-04"});
    let refund = number(&clerk.post(&path, &asked).done(), "refund");
    say(&lead, "approve", &refund).done();
    let paid = format!("/api/v1/refunds/{refund}/paid");
    let reference = json!({"reference": "chq 1"});
    clerk.post(&paid, &reference).refused(409, "order_not_due");
    scene.api.set_date("2026-03-04");
    clerk.post(&paid, &reference).done();
    assert_eq!(scene.api.credit(&account), ["0.00", "0.00", "0.00"]);
}
