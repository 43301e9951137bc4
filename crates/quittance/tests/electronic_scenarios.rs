//! The scenarios of electronic refunds and payments, over HTTP, against a sandbox gateway that is a
//! process of its own: 9, 14 to 16, 32 to 37, 40, 45, 46 of the domain dossier. What the gateway really moved
//! is asked of the gateway.
#![allow(missing_docs, reason = "a test says what it says")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

mod support;

use serde_json::{Value, json};
use support::books::{number, text};
use support::scene::Scene;

impl Scene {
    /// An account with 80.00 of credit and a card.
    fn account(&self, token: &str) -> String {
        let (account, _) = self.api.account_with_credit("80");
        self.api.card_with(&account, token);
        account
    }

    fn refund(&self, account: &str, body: &Value) -> support::Answer {
        self.api.post(&format!("/api/v1/accounts/{account}/credit-balance/refund"), body)
    }

    /// An electronic refund of the whole credit balance; its path and number.
    fn refund_all(&self, account: &str) -> (String, String) {
        let done = self.refund(account, &json!({"type": "electronic"})).done();
        let no = number(&done, "refund");
        (format!("/api/v1/refunds/{no}"), no)
    }

    /// Charges the card for an invoice; the payment.
    fn charge(&self, account: &str, invoice: &str) -> String {
        let path = format!("/api/v1/accounts/{account}/payments/charge");
        let body = json!({"applications": [{"invoice": invoice}]});
        number(&self.api.post(&path, &body).done(), "payment")
    }
}

#[test]
fn scenario_9_a_declined_overpayment() {
    let scene = Scene::new();
    let account = scene.api.open_account("USD");
    scene.api.card_with(&account, "pm_charge_declined");
    let invoice = scene.api.posted(&account, "100");
    let path = format!("/api/v1/accounts/{account}/payments/charge");
    let body = json!({"applications": [{"invoice": invoice}], "credit_balance_amount": "50"});
    let payment = number(&scene.api.post(&path, &body).done(), "payment");
    let shown = scene.api.until(&format!("/api/v1/payments/{payment}"), "declined");
    assert_eq!(shown["status"], "error");
    assert_eq!(scene.api.credit(&account), ["0.00", "0.00", "0.00"]);
    assert_eq!(scene.api.balance(&invoice), "100.00");
}

#[test]
fn scenarios_14_and_15_a_payment_run() {
    let scene = Scene::new();
    let account = scene.account("pm_ok");
    let covered = scene.api.posted(&account, "70");
    let run = json!({"target_date": "2026-03-02"});
    scene.api.post("/api/v1/payment-runs", &run).status(200);
    assert_eq!(scene.api.balance(&covered), "0.00");
    assert_eq!(scene.api.credit(&account), ["10.00", "0.00", "10.00"]);
    let short = scene.api.posted(&account, "70");
    let preview = scene.api.preview("/api/v1/payment-runs", &run).status(200);
    assert_eq!(scene.api.balance(&short), "70.00", "{preview}");
    scene.api.post("/api/v1/payment-runs", &run).status(200);
    scene.api.until("/api/v1/payments/P-00000001", "processed");
    assert_eq!(scene.api.balance(&short), "0.00");
    assert_eq!(scene.sandbox.moved("P-00000001"), (1, "60.00".to_owned()));
}

#[test]
fn scenario_16_a_target_date_that_is_not_today() {
    let scene = Scene::new();
    let account = scene.account("pm_ok");
    let invoice = scene.api.posted(&account, "70");
    let run = |date: &str| {
        scene.api.post("/api/v1/payment-runs", &json!({"target_date": date})).status(200);
        (scene.api.balance(&invoice), scene.api.credit(&account)[0].clone())
    };
    assert_eq!(run("2026-03-01"), ("70.00".to_owned(), "80.00".to_owned()), "not due by then");
    // Others may charge the card here; ours uses the credit whatever the date.
    assert_eq!(run("2026-03-03"), ("0.00".to_owned(), "10.00".to_owned()));
    assert!(scene.sandbox.ledger().is_empty(), "nobody was asked for money");
}

#[test]
fn scenario_32_success() {
    let scene = Scene::new();
    let account = scene.account("pm_ok");
    let (path, refund) = scene.refund_all(&account);
    let shown = scene.api.until(&path, "processed");
    assert_eq!(shown["status"], "processed");
    assert_eq!(scene.api.credit(&account), ["0.00", "0.00", "0.00"]);
    assert_eq!(scene.sandbox.moved(&refund), (1, "-80.00".to_owned()));
    let attempts = scene.api.show(&format!("{path}/attempts"));
    assert_eq!(attempts["attempts"].as_array().unwrap().len(), 3, "placed, claimed, answered");
}

#[test]
fn scenario_33_declined_and_again_with_another_card() {
    let scene = Scene::new();
    let account = scene.account("pm_declined");
    let (path, refund) = scene.refund_all(&account);
    let shown = scene.api.until(&path, "declined");
    assert_eq!(
        (&shown["status"], &shown["order"]["reason"]),
        (&json!("error"), &json!("declined"))
    );
    assert_eq!(scene.api.credit(&account), ["80.00", "0.00", "80.00"]);
    assert_eq!(scene.sandbox.moved(&refund).1, "0");
    let card = scene.api.card_with(&account, "pm_ok");
    let body = json!({"type": "electronic", "payment_method_id": card});
    let second = number(&scene.refund(&account, &body).done(), "refund");
    scene.api.until(&format!("/api/v1/refunds/{second}"), "processed");
    assert_eq!(scene.sandbox.moved(&second), (1, "-80.00".to_owned()));
}

#[test]
fn scenario_34_a_time_out_then_the_same_key_again() {
    let scene = Scene::new();
    let account = scene.account("pm_timeout_done");
    let (path, refund) = scene.refund_all(&account);
    let shown = scene.api.until(&path, "unknown");
    assert_eq!(shown["status"], "processing");
    assert_eq!(scene.api.credit(&account), ["80.00", "80.00", "0.00"]);
    scene.refund(&account, &json!({"type": "electronic"})).refused(409, "no_credit");
    for seconds in [31, 91, 181] {
        scene.sandbox.pass(&scene.api, seconds);
    }
    scene.api.until(&path, "processed");
    assert_eq!(scene.api.credit(&account), ["0.00", "0.00", "0.00"]);
    assert_eq!(scene.sandbox.moved(&refund), (1, "-80.00".to_owned()));
}

#[test]
fn scenario_35_a_person_decides_after_48_hours_and_once() {
    let scene = Scene::new();
    let account = scene.account("pm_timeout_lost");
    let (path, refund) = scene.refund_all(&account);
    scene.api.until(&path, "unknown");
    let resolve = format!("{path}/resolve");
    scene.api.post(&resolve, &json!({"paid": false})).refused(409, "too_early_to_resolve");
    // The gateway is out of reach for two days, so no look-up helps.
    let faults = json!({"kind": "drop_before_read", "count": 100_000});
    scene.sandbox.tell("/_sim/faults", &faults);
    scene.sandbox.pass(&scene.api, 48 * 3_600);
    // A worker may be at it just now.
    let mut answer = scene.api.post(&resolve, &json!({"paid": false}));
    for _ in 0..1_000 {
        if answer.code() != Some("order_leased") {
            break;
        }
        answer = scene.api.post(&resolve, &json!({"paid": false}));
    }
    answer.done();
    assert_eq!(scene.api.until(&path, "never_sent")["status"], "error");
    assert_eq!(scene.api.credit(&account), ["80.00", "0.00", "80.00"]);
    scene.api.post(&resolve, &json!({"paid": true})).refused(409, "already_resolved");
    assert_eq!(scene.sandbox.moved(&refund).1, "0");
}

#[test]
fn scenarios_36_and_37_are_refused_before_anything_is_sent() {
    let scene = Scene::new();
    let account = scene.account("pm_ok");
    let other = scene.account("pm_ok");
    let card = scene.api.card_with(&other, "pm_ok");
    let body = json!({"type": "electronic", "payment_method_id": card});
    scene.refund(&account, &body).refused(409, "payment_method_of_another_account");
    scene.api.gateway_of("stripe", "stripe");
    let body = json!({"type": "electronic", "gateway": "stripe"});
    let problem = scene.refund(&account, &body).refused(409, "gateway_cannot");
    assert_eq!(problem["would_work"], json!(["cards"]));
    assert_eq!(scene.api.credit(&account), ["80.00", "0.00", "80.00"]);
    scene.api.refund(&account, "80").done();
}

#[test]
fn scenario_40_late_failure_gives_the_credit_back() {
    let scene = Scene::new();
    let account = scene.account("pm_late_fail");
    let (path, refund) = scene.refund_all(&account);
    scene.api.until(&path, "processed");
    assert_eq!(scene.api.credit(&account), ["0.00", "0.00", "0.00"]);
    scene.sandbox.pass(&scene.api, 24 * 3_600);
    scene.sandbox.flush();
    let shown = scene.api.until(&path, "failed_late");
    assert_eq!(shown["status"], "error");
    assert_eq!(scene.api.credit(&account), ["80.00", "0.00", "80.00"]);
    let back = text(&shown["order"]["returned"], "credit_balance_adjustment");
    let increase = scene.api.show(&format!("/api/v1/credit-balance-adjustments/{back}"));
    assert_eq!((&increase["type"], &increase["source"]), (&json!("increase"), &json!(refund)));
    assert_eq!(scene.sandbox.moved(&refund).1, "0.00");
    // The same webhooks once more change nothing.
    scene.sandbox.flush();
    assert_eq!(scene.api.credit(&account), ["80.00", "0.00", "80.00"]);
}

#[test]
fn scenario_40_option_a_only_marks_it() {
    let scene = Scene::new();
    scene.api.patch("/api/v1/settings", &json!({"refund_rejected": "mark_only"})).done();
    let account = scene.account("pm_late_fail");
    let (path, _) = scene.refund_all(&account);
    scene.api.until(&path, "processed");
    scene.sandbox.pass(&scene.api, 24 * 3_600);
    scene.sandbox.flush();
    let shown = scene.api.until(&path, "failed_to_settle");
    assert_eq!(shown["status"], "processed");
    assert_eq!(scene.api.credit(&account), ["0.00", "0.00", "0.00"]);
}

#[test]
fn scenarios_45_and_46_refunds_of_payments() {
    let scene = Scene::new();
    let account = scene.account("pm_ok");
    let invoice = scene.api.posted(&account, "10");
    let payment = scene.charge(&account, &invoice);
    let path = format!("/api/v1/payments/{payment}");
    scene.api.until(&path, "processed");
    assert_eq!(scene.api.balance(&invoice), "0.00");
    let external = scene.api.posted(&account, "10");
    let paid = json!({"method_type": "check", "applications": [{"invoice": external}]});
    let paid = scene.api.post(&format!("/api/v1/accounts/{account}/payments"), &paid).done();
    let other = number(&paid, "payment");
    let body = json!({"type": "electronic"});
    scene
        .api
        .post(&format!("/api/v1/payments/{other}/refund"), &body)
        .refused(409, "external_payment_only");

    scene.api.patch("/api/v1/gateways/cards", &json!({"active": false})).done();
    let refund = format!("{path}/refund");
    scene.api.post(&refund, &body).refused(409, "gateway_inactive");
    let routes = scene.api.show(&format!("{path}/refund-routes"));
    assert!(routes.to_string().contains("external"), "{routes}");
    scene.api.patch("/api/v1/gateways/cards", &json!({"active": true})).done();
    let done = scene.api.post(&refund, &json!({"type": "electronic", "amount": "4"})).done();
    let refunded = number(&done, "refund");
    scene.api.until(&format!("/api/v1/refunds/{refunded}"), "processed");
    assert_eq!(scene.api.balance(&invoice), "4.00");
    assert_eq!(scene.sandbox.moved(&refunded), (1, "-4.00".to_owned()));
}

/// Domain 5.3: the money goes back elsewhere, the invoice reopens and is brought to zero, or all of it is refused.
#[test]
fn when_the_card_is_gone_the_way_back_is_offered_and_goes_all_or_nothing() {
    let scene = Scene::new();
    let account = scene.account("pm_revoked");
    let invoice = scene.api.posted(&account, "10");
    let payment = scene.charge(&account, &invoice);
    let path = format!("/api/v1/payments/{payment}");
    scene.api.until(&path, "processed");
    let refund = format!("{path}/refund");
    let declined = scene.api.post(&refund, &json!({"type": "electronic"})).done();
    let declined = number(&declined, "refund");
    scene.api.until(&format!("/api/v1/refunds/{declined}"), "declined");
    assert_eq!(scene.api.balance(&invoice), "0.00", "nothing moved");
    let routes = scene.api.show(&format!("{path}/refund-routes"));
    assert_eq!(
        (&routes["recommended"], &routes["routes"][0]["declined_before"]),
        (&json!("external"), &json!(declined)),
        "{routes}"
    );

    // Nothing is recorded if the adjustment cannot be made.
    let head = scene.api.head();
    let too_much = json!({"type": "external", "amount": "10", "method_type": "wire", "adjust": true,
        "applications": [{"invoice": invoice, "amount": "11"}]});
    assert_eq!(scene.api.post(&refund, &too_much).status / 100, 4);
    assert_eq!(scene.api.head(), head);

    let request = &routes["routes"][1]["request"];
    let done = scene.api.post(&text(request, "path"), &request["body"]).done();
    let external = scene.api.show(&format!("/api/v1/refunds/{}", number(&done, "refund")));
    assert_eq!((&external["type"], &external["amount"]), (&json!("external"), &json!("10.00")));
    assert_eq!(scene.api.balance(&invoice), "0.00", "reopened and adjusted");
    assert_eq!(scene.sandbox.moved(&payment), (1, "10.00".to_owned()), "the gateway was not asked");

    // Where the gateway pays to any card, that is offered.
    let second = scene.api.posted(&account, "20");
    let other = scene.charge(&account, &second);
    let path = format!("/api/v1/payments/{other}");
    scene.api.until(&path, "processed");
    let refund = scene.api.post(&format!("{path}/refund"), &json!({"type": "electronic"})).done();
    scene.api.until(&format!("/api/v1/refunds/{}", number(&refund, "refund")), "declined");
    scene.api.card_with(&account, "pm_ok");
    let routes = scene.api.show(&format!("{path}/refund-routes"));
    assert_eq!(routes["recommended"], "push", "{routes}");
    let request = &routes["routes"][1]["request"];
    let pushed = number(&scene.api.post(&text(request, "path"), &request["body"]).done(), "refund");
    scene.api.until(&format!("/api/v1/refunds/{pushed}"), "processed");
    assert_eq!(scene.sandbox.moved(&pushed), (1, "-20.00".to_owned()));
    assert_eq!(scene.api.balance(&second), "20.00", "it reopens");
}

#[test]
fn a_payment_is_voided_before_it_is_settled_and_reconciled_after() {
    let scene = Scene::new();
    let account = scene.account("pm_ok");
    let (first, second) = (scene.api.posted(&account, "10"), scene.api.posted(&account, "20"));
    let voided = scene.charge(&account, &first);
    let path = format!("/api/v1/payments/{voided}");
    scene.api.until(&path, "processed");
    scene.api.post(&format!("{path}/void"), &json!({})).done();
    scene.api.until(&path, "voided");
    assert_eq!(scene.api.balance(&first), "10.00");
    assert_eq!(scene.sandbox.moved(&voided).1, "0.00");
    let settled = scene.charge(&account, &second);
    let path = format!("/api/v1/payments/{settled}");
    scene.api.until(&path, "processed");
    scene.sandbox.pass(&scene.api, 3 * 24 * 3_600);
    let window =
        json!({"from": "2026-03-01T00:00:00Z", "to": "2026-03-06T00:00:00Z", "apply": true});
    let done = scene.api.post("/api/v1/gateways/cards/reconcile", &window).status(200);
    assert_eq!(done["difference_count"], 0, "{done}");
    let total = json!([{"kind": "charge", "currency": "USD", "transactions": 2, "amount": "30.00",
        "applied": 1, "applied_amount": "20.00"}]);
    assert_eq!(done["totals"], total, "{done}");
    assert_eq!(scene.api.show(&path)["order"]["settlement"], "settled");
    scene.api.post(&format!("{path}/void"), &json!({})).refused(409, "payment_settled");
}

#[test]
fn a_settlement_file_shows_what_either_side_does_not_have() {
    let scene = Scene::new();
    let account = scene.account("pm_ok");
    let invoices = ["10", "20", "30"].map(|due| scene.api.posted(&account, due));
    let charges = invoices.map(|invoice| scene.charge(&account, &invoice));
    for number in &charges {
        scene.api.until(&format!("/api/v1/payments/{number}"), "processed");
    }
    scene.api.post(&format!("/api/v1/payments/{}/void", charges[2]), &json!({})).done();
    scene.api.until(&format!("/api/v1/payments/{}", charges[2]), "voided");
    let file = format!(
        "type,reference,gateway_id,amount,currency,status\n\
         charge,{},elsewhere_1,10.00,USD,settled\ncharge,P-09999999,elsewhere_2,5.00,USD,settled\n",
        charges[0]
    );
    let reconcile = |query: &str| {
        let path = format!("/api/v1/gateways/cards/reconcile{query}");
        scene.api.send("POST", &path, &[("content-type", "text/csv")], Some(file.clone()))
    };
    let found = |query: &str| {
        let done = reconcile(query).status(200);
        let kinds = done["differences"].as_array().unwrap().iter();
        let kinds = kinds.map(|it| format!("{} {}", it["kind"], it["document"]));
        kinds.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    let other = format!("twice {}, not_ours null", charges[0]);
    assert_eq!(found(""), other, "the file may have a part only");
    let total = json!([{"kind": "charge", "currency": "USD", "transactions": 2, "amount": "15.00",
        "applied": 0, "applied_amount": "0.00"}]);
    assert_eq!(reconcile("").status(200)["totals"], total);
    let missing = format!("{other}, not_at_gateway {}", charges[1]);
    assert_eq!(found("?from=2026-03-01T00:00:00Z&to=2026-03-09T00:00:00Z"), missing);
    assert_eq!(found("?from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z"), other, "not its days");
    for query in
        ["?from=2026-03-01T00:00:00Z", "?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z"]
    {
        reconcile(query).refused(400, "query_invalid");
    }
}

#[test]
fn webhooks_are_believed_only_with_their_signature() {
    let scene = Scene::new();
    let account = scene.account("pm_pending_ok");
    let (path, refund) = scene.refund_all(&account);
    scene.api.until(&path, "pending");
    let forged = json!({"id": "evt_x", "type": "transaction.updated", "created": "2026-03-02T10:00:00Z",
        "data": {"id": "cr_x", "object": "credit", "status": "settled", "reference": refund,
            "amount": "80.00", "currency": "USD"}});
    let answer = ureq::post(format!("{}/webhooks/cards", scene.server.url))
        .config()
        .http_status_as_error(false)
        .build()
        .header("Sandbox-Signature", "t=1772445600,v1=00")
        .send(forged.to_string())
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(scene.api.show(&path)["order"]["state"], "pending");
    scene.sandbox.pass(&scene.api, 2 * 3_600);
    scene.sandbox.flush();
    scene.api.until(&path, "processed");
    assert_eq!(scene.sandbox.moved(&refund), (1, "-80.00".to_owned()));
}
