//! The rules of the dialects: keys, refusals, look-ups, voids, credentials.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Order, Sandbox, Told, WIRES, Wire, options};
use jiff::SignedDuration;
use sandbox_gateway::Options;
use serde_json::{Value, json};

fn order<'a>(reference: &'a str, amount: &'a str) -> Order<'a> {
    Order { reference, amount, sim: None }
}

fn settled_charge(wire: Wire, sandbox: &Sandbox, reference: &str) -> String {
    let charge = wire.charge(sandbox, "pm_ok", reference, "100.00");
    sandbox.sim("settle", &json!({}));
    charge
}

#[test]
fn no_dialect_refunds_more_than_was_charged() {
    for wire in WIRES {
        let sandbox = Sandbox::new();
        let charge = settled_charge(wire, &sandbox, "P-1");
        assert_eq!(wire.refund(&sandbox, &charge, order("R-1", "100.01")), Told::Declined);
        assert!(matches!(
            wire.refund(&sandbox, &charge, order("R-2", "60.00")),
            Told::Succeeded(_)
        ));
        assert_eq!(wire.refund(&sandbox, &charge, order("R-3", "60.00")), Told::Declined);
        assert!(matches!(
            wire.refund(&sandbox, &charge, order("R-4", "40.00")),
            Told::Succeeded(_)
        ));
        assert_eq!(wire.refund(&sandbox, &charge, order("R-5", "0.01")), Told::Declined);
        let totals = sandbox.look("ledger")["totals"].clone();
        assert_eq!(totals, json!({"USD": "0.00"}), "{wire:?}");
    }
}

#[test]
fn failed_and_pending_refunds_count_as_they_should() {
    let sandbox = Sandbox::new();
    let charge = settled_charge(Wire::Plain, &sandbox, "P-1");
    let pending = Order { reference: "R-1", amount: "80.00", sim: Some("pending_fail") };
    assert_eq!(Wire::Plain.refund(&sandbox, &charge, pending), Told::Pending);
    assert_eq!(Wire::Plain.refund(&sandbox, &charge, order("R-2", "30.00")), Told::Declined);
    sandbox.advance("steps", 1);
    let again = Wire::Plain.refund(&sandbox, &charge, order("R-3", "30.00"));
    assert!(matches!(again, Told::Succeeded(_)), "what failed gave its amount back");
}

#[test]
fn of_two_refunds_at_once_one_is_refused() {
    let sandbox = Sandbox::new();
    let charge = settled_charge(Wire::Plain, &sandbox, "P-1");
    let told: Vec<Told> = std::thread::scope(|scope| {
        let send = |reference: &'static str| {
            let (sandbox, charge) = (&sandbox, &charge);
            scope.spawn(move || Wire::Plain.refund(sandbox, charge, order(reference, "60.00")))
        };
        let both = [send("R-1"), send("R-2")];
        both.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(told.iter().filter(|told| **told == Told::Declined).count(), 1, "{told:?}");
    assert_eq!(sandbox.look("ledger")["totals"]["USD"], "40.00");
}

#[test]
fn plain_keys_replay_conflict_and_expire() {
    let sandbox = Sandbox::new();
    let body = |amount: &str| {
        json!({"reference": "P-1", "method_token": "pm_ok", "amount": amount,
                                     "currency": "USD"})
    };
    let send = |key: &str, amount: &str| {
        sandbox.plain("POST", "charges", key, Some(&body(amount))).unwrap()
    };
    let first = send("k", "10.00");
    assert_eq!((first.status, first.header("idempotent-replayed")), (201, None));
    let again = send("k", "10.00");
    assert_eq!((again.status, again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(first.json(), again.json());
    let other = send("k", "11.00");
    assert_eq!((other.status, other.json()["error"]["code"].as_str()), (409, Some("key_reused")));
    assert_eq!(send("", "10.00").status, 400);
    assert_eq!(send(&"x".repeat(256), "10.00").status, 400);
    assert_eq!(sandbox.moved("P-1"), "10.00");
    sandbox.advance("days", 30);
    assert_eq!(send("k", "10.00").header("idempotent-replayed"), None);
    assert_eq!(sandbox.moved("P-1"), "20.00", "keys are kept for thirty days");
}

#[test]
fn refusals_are_replayed_but_mistakes_are_not() {
    let sandbox = Sandbox::new();
    let charge = Wire::Plain.charge(&sandbox, "pm_ok", "P-1", "10.00");
    let refund = |key: &str, amount: &str| {
        let body =
            json!({"reference": "R-1", "charge": charge, "amount": amount, "currency": "USD"});
        sandbox.plain("POST", "refunds", key, Some(&body)).unwrap()
    };
    assert_eq!(refund("a", "10.01").status, 402);
    assert_eq!(refund("a", "10.01").header("idempotent-replayed"), Some("true"));
    assert_eq!(refund("b", "1.001").status, 400);
    assert_eq!(refund("b", "1.00").status, 201);
    let euros = json!({"reference": "R-1", "charge": charge, "amount": "1.00", "currency": "EUR"});
    let reply = sandbox.plain("POST", "refunds", "c", Some(&euros)).unwrap();
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (400, &json!("currency_mismatch")));
}

#[test]
fn a_plain_transaction_shows_what_the_dialect_promises() {
    let sandbox = Sandbox::new();
    let charge = Wire::Plain.charge(&sandbox, "pm_ok", "P-1", "10.00");
    let refund = json!({"reference": "R-1", "charge": charge, "amount": "2.50", "currency": "USD"});
    let made = sandbox.plain("POST", "refunds", "key-1", Some(&refund)).unwrap().json();
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with("re_"));
    for (name, value) in [
        ("object", json!("refund")),
        ("status", json!("succeeded")),
        ("reference", json!("R-1")),
        ("key", json!("key-1")),
        ("charge", json!(charge)),
        ("amount", json!("2.50")),
        ("currency", json!("USD")),
        ("method_token", json!("pm_ok")),
        ("code", Value::Null),
        ("message", Value::Null),
        ("created", json!(common::START)),
        ("updated", json!(common::START)),
    ] {
        assert_eq!(made[name], value, "{name}");
    }
    let get = |path: &str| sandbox.plain("GET", path, "", None).unwrap();
    assert_eq!(get(&format!("transactions/{id}")).json(), made);
    assert_eq!(get("transactions/re_0").status, 404);
    assert_eq!(get("transactions?key=key-1").json()["data"], json!([made]));
    assert_eq!(get("transactions?reference=R-9").json(), json!({"data": [], "has_more": false}));
    let page = get("transactions?limit=1").json();
    assert_eq!((&page["data"][0]["id"], &page["has_more"]), (&json!(charge), &json!(true)));
    let rest = get(&format!("transactions?limit=1&after={charge}")).json();
    assert_eq!(rest, json!({"data": [made], "has_more": false}));
    let later = "transactions?created_from=2026-03-02T09:00:01Z";
    assert_eq!(get(later).json()["data"], json!([]));
    assert_eq!(get("ping").json(), json!({"ok": true}));
    let stranger = sandbox.send("GET", "/v1/ping", &[], None).unwrap();
    assert_eq!((stranger.status, &stranger.json()["error"]["code"]), (401, &json!("unauthorized")));
}

#[test]
fn voids_undo_what_is_not_settled_and_nothing_else() {
    let sandbox = Sandbox::new();
    let void = |reference: &str, charge: &str| {
        let body = json!({"reference": reference, "charge": charge});
        sandbox.plain("POST", "voids", reference, Some(&body)).unwrap()
    };
    let open = Wire::Plain.charge(&sandbox, "pm_ok", "P-1", "10.00");
    assert_eq!(void("V-1", &open).json()["object"], "void");
    assert_eq!((sandbox.moved("P-1"), sandbox.moved("V-1")), ("10.00".into(), "-10.00".into()));
    let state = sandbox.plain("GET", &format!("transactions/{open}"), "", None).unwrap().json();
    assert_eq!(state["status"], "voided");
    assert_eq!(void("V-2", &open).json()["error"]["code"], "not_voidable");
    assert_eq!(Wire::Plain.refund(&sandbox, &open, order("R-1", "1.00")), Told::Declined);
    let settled = settled_charge(Wire::Plain, &sandbox, "P-2");
    assert_eq!(void("V-3", &settled).json()["error"]["code"], "not_voidable");
    let hung = Wire::Plain.charge(&sandbox, "pm_timeout_done", "P-3", "10.00");
    let body = json!({"reference": "V-4", "charge": hung});
    assert!(sandbox.plain("POST", "voids", "V-4", Some(&body)).is_none());
    assert_eq!(sandbox.moved("V-4"), "-10.00");
}

#[test]
fn charges_grow_too_old_and_may_have_to_be_settled() {
    let sandbox = Sandbox::new();
    let charge = settled_charge(Wire::Plain, &sandbox, "P-1");
    let refund = |sandbox: &Sandbox, key: &str, charge: &str| {
        let body = json!({"reference": key, "charge": charge, "amount": "1.00", "currency": "USD"});
        let body = sandbox.plain("POST", "refunds", key, Some(&body)).unwrap().json();
        body["error"]["code"].as_str().map(str::to_owned)
    };
    sandbox.advance("days", 180);
    assert_eq!(refund(&sandbox, "R-1", &charge), None);
    sandbox.advance("seconds", 1);
    assert_eq!(refund(&sandbox, "R-2", &charge).as_deref(), Some("too_old"));
    let strict = Sandbox::with(Options { plain_needs_settlement: true, ..options() });
    let charge = Wire::Plain.charge(&strict, "pm_ok", "P-1", "10.00");
    assert_eq!(refund(&strict, "R-1", &charge).as_deref(), Some("not_settled"));
    strict.advance("days", 1);
    assert_eq!(refund(&strict, "R-3", &charge), None);
}

#[test]
fn every_currency_has_its_own_minor_units() {
    let sandbox = Sandbox::new();
    for (currency, amount, good) in
        [("JPY", "1051", true), ("JPY", "10.5", false), ("BHD", "1.051", true), ("XXX", "1", false)]
    {
        let body = json!({"reference": currency, "method_token": "pm_ok", "amount": amount,
                          "currency": currency});
        let key = format!("{currency}{amount}");
        let reply = sandbox.plain("POST", "credits", &key, Some(&body)).unwrap();
        assert_eq!(reply.status == 201, good, "{amount} {currency}: {}", reply.text);
        if good {
            assert_eq!(reply.json()["status"], "pending", "51 is in the last two minor digits");
        }
    }
}

#[test]
fn cybersource_has_no_keys_but_may_refuse_duplicates() {
    let sandbox = Sandbox::new();
    let order_one = order("R-1", "5.00");
    for _ in 0..2 {
        assert!(matches!(
            Wire::Cybersource.credit(&sandbox, "pm_ok", order_one),
            Told::Succeeded(_)
        ));
    }
    assert_eq!(sandbox.moved("R-1"), "-10.00", "the same again is a second one");
    let window = SignedDuration::from_mins(15);
    let strict = Sandbox::with(Options { cybersource_duplicate_window: window, ..options() });
    assert!(matches!(Wire::Cybersource.credit(&strict, "pm_ok", order_one), Told::Succeeded(_)));
    assert_eq!(Wire::Cybersource.credit(&strict, "pm_ok", order_one), Told::Declined);
    strict.advance("seconds", 900);
    assert!(matches!(Wire::Cybersource.credit(&strict, "pm_ok", order_one), Told::Succeeded(_)));
}

#[test]
fn cybersource_voids_by_the_transaction_id_of_an_answer_that_never_came() {
    let sandbox = Sandbox::new();
    let reference = json!({"code": "R-1", "transactionId": "attempt-1"});
    let body = json!({
        "clientReferenceInformation": reference,
        "orderInformation": {"amountDetails": {"totalAmount": "5.00", "currency": "USD"}},
        "paymentInformation": {"paymentInstrument": {"id": "pm_timeout_done"}},
    });
    assert!(sandbox.cybersource("POST", "/pts/v2/credits", Some(&body), &[]).is_none());
    assert_eq!(sandbox.moved("R-1"), "-5.00");
    let void = json!({"clientReferenceInformation": {"code": "R-1", "transactionId": "attempt-1"}});
    let reply = sandbox.cybersource("POST", "/pts/v2/voids", Some(&void), &[]).unwrap();
    assert_eq!(reply.json()["status"], "VOIDED", "{}", reply.text);
    assert_eq!(sandbox.moved("R-1"), "0.00");
}

#[test]
fn cybersource_refuses_signatures_that_do_not_hold() {
    let sandbox = Sandbox::new();
    let body = json!({"clientReferenceInformation": {"code": "R-1"}});
    let tampered = [("digest", "SHA-256=AAAA")];
    // The first digest is signed and right; a second header cannot replace it.
    let reply = sandbox.cybersource("POST", "/pts/v2/credits", Some(&body), &tampered).unwrap();
    assert_eq!(reply.status, 400, "signed, and then found incomplete: {}", reply.text);
    let unsigned =
        sandbox.send("POST", "/cybersource/pts/v2/credits", &[], Some(&body.to_string()));
    assert_eq!(unsigned.unwrap().status, 401);
}

#[test]
fn authorizenet_answers_with_a_byte_order_mark_and_in_the_language_asked() {
    let sandbox = Sandbox::new();
    let asked = json!({});
    let reply = sandbox.authorizenet("authenticateTestRequest", &asked, &[]).unwrap();
    assert!(reply.text.starts_with('\u{feff}'), "{}", reply.text);
    assert_eq!(reply.json()["messages"]["resultCode"], "Ok");
    let xml = "<authenticateTestRequest xmlns=\"AnetApi/xml/v1/schema/AnetApiSchema.xsd\">\
               <merchantAuthentication><name>a</name><transactionKey></transactionKey>\
               </merchantAuthentication></authenticateTestRequest>";
    let kind = [("content-type", "text/xml")];
    let reply = sandbox.send("POST", "/xml/v1/request.api", &kind, Some(xml)).unwrap();
    assert_eq!(reply.status, 200);
    assert!(
        reply.text.contains("<ErrorResponse") && reply.text.contains("E00007"),
        "{}",
        reply.text
    );
}

#[test]
fn authorizenet_insists_on_the_order_of_elements() {
    let sandbox = Sandbox::new();
    let send = |inner: &str| {
        let body = format!(
            "{{\"createTransactionRequest\":{{\"merchantAuthentication\":{{\"name\":\"a\",\
             \"transactionKey\":\"b\"}},\"transactionRequest\":{{{inner}}}}}}}"
        );
        sandbox.send("POST", "/xml/v1/request.api", &[], Some(&body)).unwrap().json()
    };
    let kind = "\"transactionType\":\"authCaptureTransaction\"";
    let card = "\"payment\":{\"creditCard\":{\"cardNumber\":\"4111111111111111\"}}";
    let good = send(&format!("{kind},\"amount\":12.34,{card}"));
    assert_eq!(good["messages"]["resultCode"], "Ok", "{good}");
    assert_eq!(sandbox.look("ledger")["totals"]["USD"], "12.34");
    let bad = send(&format!("{kind},{card},\"amount\":12.34"));
    assert_eq!(bad["messages"]["message"][0]["code"], "E00003", "{bad}");
    let empty = sandbox.authorizenet("getSettledBatchListRequest", &json!({}), &[]).unwrap().json();
    assert_eq!(empty["messages"]["message"][0]["code"], "I00004");
}

#[test]
fn authorizenet_refuses_credits_without_ecc_and_knows_duplicates() {
    let sandbox = Sandbox::with(Options { authorizenet_ecc: false, ..options() });
    assert_eq!(Wire::Authorizenet.credit(&sandbox, "pm_ok", order("R-1", "5.00")), Told::Declined);
    let sandbox = Sandbox::new();
    let credit = order("R-1", "5.00");
    assert_eq!(Wire::Authorizenet.credit(&sandbox, "pm_ok", credit), Told::Succeeded(None));
    assert_eq!(Wire::Authorizenet.credit(&sandbox, "pm_ok", credit), Told::Declined);
    sandbox.advance("seconds", 120);
    assert_eq!(Wire::Authorizenet.credit(&sandbox, "pm_ok", credit), Told::Succeeded(None));
    assert_eq!(sandbox.moved("R-1"), "-10.00");
}

#[test]
fn dialects_share_a_port_without_prefixes_and_see_nothing_of_each_other() {
    let sandbox = Sandbox::new();
    let charge = Wire::Plain.charge(&sandbox, "pm_ok", "P-1", "10.00");
    let headers = [("authorization", "Bearer x")];
    let plain = format!("/v1/transactions/{charge}");
    assert_eq!(sandbox.send("GET", &plain, &headers, None).unwrap().status, 200);
    let stripe = sandbox.send("GET", &format!("/v1/charges/{charge}"), &headers, None).unwrap();
    assert_eq!(stripe.json()["error"]["code"], "resource_missing");
    let form =
        [("authorization", "Bearer x"), ("content-type", "application/x-www-form-urlencoded")];
    let text = format!("charge={charge}");
    let stripe = sandbox.send("POST", "/v1/refunds", &form, Some(&text)).unwrap();
    assert_eq!(stripe.json()["error"]["param"], "charge");
}

#[test]
fn the_settlement_file_lists_what_settled_and_what_failed() {
    let sandbox = Sandbox::new();
    let charge = settled_charge(Wire::Plain, &sandbox, "P-1");
    let late = Order { reference: "R-1", amount: "10.00", sim: Some("late_fail") };
    Wire::Plain.refund(&sandbox, &charge, late);
    Wire::Plain.refund(&sandbox, &charge, order("R-2", "20.00"));
    sandbox.advance("days", 1);
    Wire::Plain.refund(&sandbox, &charge, order("R-3", "30.00"));
    let file = sandbox.sim("settlement-file", &json!({"dialect": "plain"}));
    let rows: Vec<&str> = file.as_str().unwrap().lines().collect();
    assert_eq!(rows[0], "type,reference,gateway_id,amount,currency,status,settled_on,code");
    assert!(
        rows[1].starts_with("charge,P-1,ch_")
            && rows[1].ends_with("100.00,USD,settled,2026-03-02,")
    );
    assert!(
        rows[2].starts_with("refund,R-1,re_")
            && rows[2].ends_with("10.00,USD,failed,,expired_card")
    );
    assert!(rows[3].ends_with("20.00,USD,settled,2026-03-03,"));
    assert_eq!(rows.len(), 4);
    let day = json!({"from": "2026-03-03T09:00:00Z", "to": "2026-03-04T00:00:00Z"});
    assert_eq!(sandbox.sim("settlement-file", &day).as_str().unwrap().lines().count(), 2);
}

#[test]
fn charges_can_be_put_there_to_begin_with() {
    let sandbox = Sandbox::new();
    let body = json!({"dialect": "authorizenet", "reference": "P-1", "amount": "50.00",
                      "method_token": "pm_late_fail", "settled": true});
    let made = sandbox.sim("charges", &body);
    assert_eq!(made["status"], "settled");
    let told =
        Wire::Authorizenet.refund(&sandbox, made["id"].as_str().unwrap(), order("R-1", "50.00"));
    assert_eq!(told, Told::Succeeded(None));
    sandbox.advance("steps", 3);
    assert_eq!(sandbox.moved("R-1"), "0.00");
}
