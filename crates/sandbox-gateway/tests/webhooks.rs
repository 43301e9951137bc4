//! Webhooks: who gets what, signed how, in which order.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Order, Received, Receiver, Sandbox, WIRES, Wire};
use serde_json::json;

const PUSHED: [Wire; 3] = [Wire::Plain, Wire::Stripe, Wire::Authorizenet];

/// A settled charge, nothing of it told; then a refund with an outcome.
fn refunded(wire: Wire, sim: &str) -> (Sandbox, Receiver) {
    let sandbox = Sandbox::new();
    let receiver = Receiver::new();
    let charge = wire.charge(&sandbox, "pm_ok", "P-1", "100.00");
    sandbox.sim("settle", &json!({}));
    receiver.listen(&sandbox, wire);
    let order = Order { reference: "R-1", amount: "10.00", sim: Some(sim) };
    wire.refund(&sandbox, &charge, order);
    (sandbox, receiver)
}

fn kinds(wire: Wire, received: &[Received]) -> Vec<String> {
    let name = if wire == Wire::Authorizenet { "eventType" } else { "type" };
    received.iter().map(|one| one.json()[name].as_str().unwrap().to_owned()).collect()
}

fn made(wire: Wire) -> Vec<&'static str> {
    match wire {
        Wire::Plain => vec!["transaction.updated"],
        Wire::Stripe => vec!["refund.created", "charge.refunded"],
        Wire::Authorizenet => vec!["net.authorize.payment.refund.created"],
        Wire::Cybersource => vec![],
    }
}

#[test]
fn a_refund_is_told_once_with_a_signature_that_holds() {
    for wire in PUSHED {
        let (sandbox, receiver) = refunded(wire, "ok");
        assert!(receiver.taken().is_empty());
        sandbox.sim("webhooks/flush", &json!({}));
        let received = receiver.taken();
        assert_eq!(kinds(wire, &received), made(wire));
        assert!(received.iter().all(|one| one.is_genuine(wire)), "{received:?}");
        assert!(received.iter().all(|one| one.body.contains("R-1") || wire == Wire::Stripe));
        sandbox.sim("webhooks/flush", &json!({}));
        assert!(receiver.taken().is_empty());
    }
}

#[test]
fn hook_first_comes_before_the_answer() {
    for wire in PUSHED {
        let (sandbox, receiver) = refunded(wire, "hook_first");
        let received = receiver.taken();
        assert_eq!(kinds(wire, &received), made(wire), "no flush was needed");
        sandbox.sim("webhooks/flush", &json!({}));
        assert!(receiver.taken().is_empty());
    }
}

#[test]
fn hook_dup_comes_three_times() {
    for wire in PUSHED {
        let (sandbox, receiver) = refunded(wire, "hook_dup");
        sandbox.sim("webhooks/flush", &json!({}));
        let received = receiver.taken();
        assert_eq!(received.len(), 3 * made(wire).len());
        assert_eq!(received[0].body, received[1].body);
        assert_eq!(received[0].body, received[2].body);
    }
}

#[test]
fn hook_reorder_comes_out_of_order() {
    let (sandbox, receiver) = refunded(Wire::Stripe, "hook_reorder");
    sandbox.sim("webhooks/flush", &json!({}));
    assert_eq!(kinds(Wire::Stripe, &receiver.taken()), ["charge.refunded", "refund.created"]);
    let (sandbox, receiver) = refunded(Wire::Plain, "hook_reorder");
    sandbox.sim("webhooks/flush", &json!({}));
    assert!(receiver.taken().is_empty());
    sandbox.sim("advance", &json!({"days": 1, "seconds": 1}));
    sandbox.sim("webhooks/flush", &json!({}));
    let received = receiver.taken();
    let states: Vec<_> = received.iter().map(|one| one.json()["data"]["status"].clone()).collect();
    assert_eq!(states, ["settled", "succeeded"]);
    let (sandbox, receiver) = refunded(Wire::Authorizenet, "hook_reorder");
    sandbox.sim("webhooks/flush", &json!({}));
    assert!(receiver.taken().is_empty());
    sandbox.sim("advance", &json!({"days": 1, "seconds": 1}));
    sandbox.sim("webhooks/flush", &json!({}));
    assert_eq!(receiver.taken().len(), 1);
}

#[test]
fn hook_never_never_comes() {
    for wire in PUSHED {
        let (sandbox, receiver) = refunded(wire, "hook_never");
        sandbox.advance("days", 30);
        sandbox.sim("webhooks/flush", &json!({}));
        assert!(receiver.taken().is_empty());
        let listed = sandbox.look("webhooks");
        assert_eq!(listed["deliveries"][0]["state"], "withheld");
    }
}

#[test]
fn hook_badsig_sends_a_forged_copy_first() {
    for wire in PUSHED {
        let (sandbox, receiver) = refunded(wire, "hook_badsig");
        sandbox.sim("webhooks/flush", &json!({}));
        let received = receiver.taken();
        let genuine: Vec<bool> = received.iter().map(|one| one.is_genuine(wire)).collect();
        let expected: Vec<bool> = made(wire).iter().flat_map(|_| [false, true]).collect();
        assert_eq!(genuine, expected);
        assert_eq!(received[0].body, received[1].body);
    }
}

#[test]
fn late_changes_are_told_at_the_instant_they_happen() {
    let (sandbox, receiver) = refunded(Wire::Stripe, "late_fail");
    sandbox.sim("webhooks/flush", &json!({}));
    receiver.taken();
    sandbox.advance("days", 2);
    sandbox.sim("webhooks/flush", &json!({}));
    let received = receiver.taken();
    let told = ["refund.updated", "charge.refund.updated", "refund.failed"];
    assert_eq!(kinds(Wire::Stripe, &received), told);
    let failed = received[2].json();
    assert_eq!(failed["data"]["object"]["failure_reason"], "expired_or_canceled_card");
    assert_eq!(failed["data"]["object"]["status"], "failed");
    assert_eq!(failed["created"], 1_772_442_000 + 3 * 3_600);
    assert_eq!(failed["request"]["idempotency_key"], json!(null));
}

#[test]
fn a_receiver_that_refuses_is_tried_again_by_the_clock_and_given_up_after_days() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::new();
    receiver.answer_with(500);
    receiver.listen(&sandbox, Wire::Plain);
    Wire::Plain.charge(&sandbox, "pm_ok", "P-1", "100.00");
    let due = json!({"due_only": true});
    // A flush of what is due takes automatic targets only.
    let target =
        json!({"dialect": "plain", "url": format!("{}/plain", receiver.url), "auto": false});
    sandbox.sim("webhooks", &target);
    let sent = sandbox.sim("webhooks/flush", &json!({}));
    assert_eq!((&sent["sent"], &sent["accepted"]), (&json!(1), &json!(0)));
    let listed = sandbox.look("webhooks");
    assert_eq!(listed["deliveries"][0]["due"], "2026-03-02T09:01:00Z");
    assert_eq!(sandbox.sim("webhooks/flush", &due)["sent"], 0);
    for _ in 0..9 {
        sandbox.sim("webhooks/flush", &json!({}));
    }
    assert_eq!(sandbox.look("webhooks")["deliveries"][0]["state"], "given_up");
    assert_eq!(receiver.taken().len(), 9);
    receiver.answer_with(200);
    Wire::Plain.charge(&sandbox, "pm_ok", "P-2", "100.00");
    sandbox.sim("webhooks/flush", &json!({}));
    assert_eq!(receiver.taken().len(), 1);
}

#[test]
fn disputes_are_told_and_decided() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::new();
    for wire in [Wire::Plain, Wire::Stripe] {
        let reference = format!("P-{}", wire.name());
        Wire::charge(wire, &sandbox, "pm_ok", &reference, "100.00");
        receiver.listen(&sandbox, wire);
        sandbox.sim("dispute", &json!({"reference": reference, "amount": "60.00"}));
        assert_eq!(sandbox.moved(&reference), "40.00");
        sandbox.sim("dispute", &json!({"reference": reference, "won": true}));
        assert_eq!(sandbox.moved(&reference), "100.00");
        sandbox.sim("webhooks/flush", &json!({}));
        let told = kinds(wire, &receiver.taken());
        match wire {
            Wire::Stripe => assert_eq!(told, ["charge.dispute.created", "charge.dispute.closed"]),
            _ => assert_eq!(told, ["dispute.opened", "dispute.closed"]),
        }
    }
}

#[test]
fn cybersource_pushes_nothing() {
    assert!(!PUSHED.contains(&WIRES[2]));
    let (sandbox, receiver) = refunded(Wire::Cybersource, "ok");
    sandbox.sim("webhooks/flush", &json!({}));
    assert!(receiver.taken().is_empty());
}
