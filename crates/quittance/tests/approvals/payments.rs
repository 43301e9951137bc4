//! External refunds of payments wait as those of credit do, and a void is no way round.

use serde_json::json;

use super::support;
use super::support::books::{number, text};
use super::{say, scene, state};

#[test]
fn an_external_refund_of_a_payment_is_approved_paid_by_hand_and_reopens_its_invoice() {
    let scene = scene();
    scene.policy("Cheques", json!({"external": true, "non_referenced": false}), &["Lead"]);
    let clerk = scene.person("Clara", &["Administrator"]);
    let lead = scene.person("Lea", &["Lead"]);
    let account = scene.api.open_account("USD");
    let invoice = scene.api.posted(&account, "80");
    let paid = number(&scene.api.pay(&account, &[(&invoice, "80")], Some("20")).done(), "payment");
    let path = format!("/api/v1/payments/{paid}/refund");
    let ask = json!({"method_type": "check", "amount": "50"});
    // A refund of credit is no refund of a payment; this policy lets it go.
    scene.api.refund(&account, "5").done();
    let adjusted = json!({"method_type": "check", "amount": "50", "adjust": true});
    clerk.post(&path, &adjusted).refused(422, "adjust_before_approval");
    let refund = number(&clerk.post(&path, &ask).done(), "refund");
    assert_eq!(state(&scene.api, &refund), "awaiting_approval");
    assert_eq!(scene.api.balance(&invoice), "0.00");
    // What is asked for is held: it cannot be refunded again, and the payment cannot be canceled under it.
    clerk.post(&path, &ask).refused(409, "amount_exceeds_payment");
    let cancel = format!("/api/v1/payments/{paid}/cancel");
    clerk.post(&cancel, &json!({})).refused(409, "payment_refunded");
    say(&lead, "approve", &refund).done();
    let undo = format!("/api/v1/refunds/{refund}/cancel");
    let refused = clerk.post(&undo, &json!({})).refused(409, "approved_refund_final");
    assert!(text(&refused, "detail").contains("is to_be_paid"), "{refused}");
    let close = json!({"reference": "chq 4711"});
    let done = clerk.post(&format!("/api/v1/refunds/{refund}/paid"), &close).done();
    assert_eq!(support::books::lines(&done).len(), 2);
    assert_eq!(scene.api.balance(&invoice), "50.00");
    clerk.post(&undo, &json!({})).refused(409, "approved_refund_final");
    let rest = json!({"method_type": "check", "amount": "30"});
    let rest = number(&clerk.post(&path, &rest).done(), "refund");
    say(&clerk, "withdraw", &rest).done();
    let whole = json!({"method_type": "check"});
    let last = number(&clerk.post(&path, &whole).done(), "refund");
    assert_eq!(scene.api.show(&format!("/api/v1/refunds/{last}"))["amount"], "30.00");
    say(&lead, "reject", &last).done();
    assert_eq!(scene.api.balance(&invoice), "50.00");
    assert_eq!(scene.moved(), 0);
    support::ok(&["verify", "--database", scene.server.database()]);
}

#[test]
fn a_void_is_no_way_round_a_policy() {
    let scene = scene();
    let account = scene.api.open_account("USD");
    scene.api.card_with(&account, "pm_ok");
    let invoice = scene.api.posted(&account, "60");
    let path = format!("/api/v1/accounts/{account}/payments/charge");
    let charge = json!({"applications": [{"invoice": invoice}]});
    let payment = number(&scene.api.post(&path, &charge).done(), "payment");
    scene.api.until(&format!("/api/v1/payments/{payment}"), "processed");
    let over = json!({"currency": "USD", "amount_over": "50"});
    scene.policy("Large", over, &["Lead"]);
    let void = format!("/api/v1/payments/{payment}/void");
    let refused = scene.api.post(&void, &json!({})).refused(409, "void_needs_approval");
    assert_eq!(refused["policies"], json!(["Large"]));
    scene.api.patch("/api/v1/approval-policies/Large", &json!({"active": false})).done();
    // No total counts it, so one may not void at all where a total is looked at.
    let total = json!({"amount": "5000", "days": 1});
    let when = json!({"currency": "USD", "account_total_over": total});
    scene.policy("Often", when, &["Lead"]);
    scene.api.post(&void, &json!({})).refused(409, "void_needs_approval");
    scene.api.patch("/api/v1/approval-policies/Often", &json!({"active": false})).done();
    scene.api.post(&void, &json!({})).done();
    scene.api.until(&format!("/api/v1/payments/{payment}"), "voided");
}

#[test]
fn a_payment_that_came_back_is_not_refunded_by_hand_as_well() {
    let scene = scene();
    scene.policy("Cheques", json!({"external": true}), &["Lead"]);
    let (clerk, lead) = (scene.person("Clara", &["Administrator"]), scene.person("Lea", &["Lead"]));
    let account = scene.api.open_account("USD");
    scene.api.card_with(&account, "pm_ok");
    let invoice = scene.api.posted(&account, "100");
    let path = format!("/api/v1/accounts/{account}/payments/charge");
    let charge = json!({"applications": [{"invoice": invoice}]});
    let payment = number(&scene.api.post(&path, &charge).done(), "payment");
    let payment = format!("/api/v1/payments/{payment}");
    scene.api.until(&payment, "processed");
    let ask = json!({"method_type": "check", "amount": "40"});
    let refund = number(&clerk.post(&format!("{payment}/refund"), &ask).done(), "refund");
    say(&lead, "approve", &refund).done();
    let dispute = |body| scene.api.post(&format!("{payment}/dispute"), &body).done();
    dispute(json!({"open": true}));
    let paid = format!("/api/v1/refunds/{refund}/paid");
    let cheque = json!({"reference": "chq 1"});
    clerk.post(&paid, &cheque).refused(409, "payment_disputed");
    dispute(json!({"open": false, "lost": true}));
    clerk.post(&paid, &cheque).refused(409, "payment_not_processed");
    assert_eq!(scene.api.balance(&invoice), "60.00", "what the refund did not hold came back");
    let back = json!({"comment": "the bank took it back"});
    clerk.post(&format!("/api/v1/refunds/{refund}/return"), &back).done();
    assert_eq!(scene.api.balance(&invoice), "100.00");
    support::ok(&["verify", "--database", scene.server.database()]);
}

#[test]
fn who_pays_by_hand_may_issue_such_a_refund() {
    let scene = scene();
    scene.policy("Cheques", json!({"external": true}), &["Lead"]);
    let lead = scene.person("Lea", &["Lead"]);
    for (role, permission) in
        [("Credit", "credit_balance_external_refund"), ("Pay", "issue_external_refund")]
    {
        let body = json!({"name": role, "permissions": ["view_payments", permission]});
        scene.api.post("/api/v1/roles", &body).status(201);
    }
    let (credit, pay) = (scene.person("Cleo", &["Credit"]), scene.person("Paul", &["Pay"]));
    let account = scene.api.open_account("USD");
    let invoice = scene.api.posted(&account, "80");
    let paid = number(&scene.api.pay(&account, &[(&invoice, "80")], Some("20")).done(), "payment");
    let ask = json!({"method_type": "check", "amount": "10"});
    let of_payment = pay.post(&format!("/api/v1/payments/{paid}/refund"), &ask).done();
    let of_credit =
        credit.post(&format!("/api/v1/accounts/{account}/credit-balance/refund"), &ask).done();
    let cheque = json!({"reference": "chq 1"});
    for (refund, may, may_not) in [(of_payment, &pay, &credit), (of_credit, &credit, &pay)] {
        let refund = number(&refund, "refund");
        say(&lead, "approve", &refund).done();
        let path = format!("/api/v1/refunds/{refund}");
        may_not.post(&format!("{path}/paid"), &cheque).refused(403, "permission_missing");
        let back = json!({"comment": "no such address"});
        may_not.post(&format!("{path}/return"), &back).refused(403, "permission_missing");
        may.post(&format!("{path}/paid"), &cheque).done();
    }
}
