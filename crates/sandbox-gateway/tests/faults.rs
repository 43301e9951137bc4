//! Connections that go wrong on demand, and the wire log.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::io::Write;

use common::{Order, Receiver, Sandbox, Told, WIRES, Wire};
use serde_json::{Value, json};

fn order<'a>(reference: &'a str) -> Order<'a> {
    Order { reference, amount: "10.00", sim: None }
}

fn struck(wire: Wire, kind: &str) -> (Sandbox, Told) {
    let sandbox = Sandbox::new();
    let charge = wire.charge(&sandbox, "pm_ok", "P-1", "100.00");
    sandbox.sim("settle", &json!({}));
    sandbox.sim("faults", &json!({"kind": kind, "millis": 1, "match": {"reference": "R-1"}}));
    // A fault waits for what it fits.
    let other = Wire::Plain.charge(&sandbox, "pm_ok", "P-2", "100.00");
    assert!(!other.is_empty());
    let told = wire.refund(&sandbox, &charge, order("R-1"));
    assert_eq!(sandbox.look("faults")["data"], json!([]), "used up");
    (sandbox, told)
}

#[test]
fn connections_break_before_and_after_the_effect_in_every_dialect() {
    for wire in WIRES {
        for (kind, expected, moved) in [
            ("drop_before_read", Told::Dropped, "0"),
            ("drop_after_commit", Told::Dropped, "-10.00"),
            ("truncate", Told::Dropped, "-10.00"),
            ("status_500_done", Told::Broken, "-10.00"),
            ("status_500_lost", Told::Broken, "0"),
            ("rate_limit", Told::Throttled, "0"),
        ] {
            let (sandbox, told) = struck(wire, kind);
            assert_eq!(told, expected, "{wire:?} {kind}");
            assert_eq!(sandbox.moved("R-1"), moved, "{wire:?} {kind}");
        }
        let (sandbox, told) = struck(wire, "slow");
        assert!(matches!(told, Told::Succeeded(_)), "{wire:?}: {told:?}");
        assert_eq!(sandbox.moved("R-1"), "-10.00");
    }
}

#[test]
fn a_fault_after_the_effect_does_not_spoil_the_key() {
    for kind in ["drop_after_commit", "truncate", "status_500_done"] {
        let sandbox = Sandbox::new();
        let charge = Wire::Stripe.charge(&sandbox, "pm_ok", "P-1", "100.00");
        sandbox.sim("faults", &json!({"kind": kind, "count": 2, "match": {"path": "/refunds"}}));
        for _ in 0..2 {
            let told = Wire::Stripe.refund(&sandbox, &charge, order("R-1"));
            assert!(matches!(told, Told::Dropped | Told::Broken), "{kind}: {told:?}");
        }
        let told = Wire::Stripe.refund(&sandbox, &charge, order("R-1"));
        assert_eq!(told, Told::Succeeded(Some("10.00".to_owned())));
        assert_eq!(sandbox.moved("R-1"), "-10.00");
    }
}

#[test]
fn a_key_is_in_use_until_its_answer_is_out() {
    let sandbox = Sandbox::new();
    let body =
        json!({"reference": "P-1", "method_token": "pm_ok", "amount": "1.00", "currency": "USD"});
    sandbox.sim("faults", &json!({"kind": "slow", "millis": 600_000}));
    // Sent by hand, so that it can be given up.
    let mut stream = std::net::TcpStream::connect(sandbox.host()).unwrap();
    let text = body.to_string();
    let length = text.len();
    let head = "POST /plain/v1/charges HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\n\
                idempotency-key: k\r\n";
    write!(stream, "{head}content-length: {length}\r\n\r\n{text}").unwrap();
    while sandbox.moved("P-1") == "0" {
        std::thread::yield_now();
    }
    let reply = sandbox.plain("POST", "charges", "k", Some(&body)).unwrap();
    assert_eq!((reply.status, &reply.json()["error"]["code"]), (409, &json!("key_in_use")));
    assert_eq!(reply.header("retry-after"), Some("1"));
    drop(stream);
    // The client is gone; the key is free as soon as the sandbox notices.
    let replayed = loop {
        let reply = sandbox.plain("POST", "charges", "k", Some(&body)).unwrap();
        if reply.status != 409 {
            break reply;
        }
    };
    assert_eq!((replayed.status, replayed.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(sandbox.moved("P-1"), "1.00");
}

#[test]
fn webhooks_go_out_by_themselves_unless_told_otherwise() {
    let sandbox = Sandbox::new();
    let receiver = Receiver::new();
    sandbox.sim("webhooks", &json!({"dialect": "plain", "url": receiver.url, "secret": "s"}));
    Wire::Plain.charge(&sandbox, "pm_ok", "P-1", "1.00");
    let mut received = Vec::new();
    while received.is_empty() {
        received = receiver.taken();
        std::thread::yield_now();
    }
    assert_eq!(received[0].json()["data"]["reference"], "P-1");
}

#[test]
fn the_wire_log_shows_what_was_sent_and_hides_secrets() {
    let sandbox = Sandbox::new();
    Wire::Authorizenet.credit(&sandbox, "4111111111111111", order("R-1"));
    let xml = "<authenticateTestRequest><merchantAuthentication><name>a</name>\
               <transactionKey>hidden</transactionKey></merchantAuthentication>\
               </authenticateTestRequest>";
    sandbox.send("POST", "/xml/v1/request.api", &[], Some(xml));
    let body = json!({"reference": "R-2", "method_token": "4111111111111111", "amount": "1.00",
                      "currency": "USD"});
    sandbox.plain("POST", "credits", "R-2", Some(&body)).unwrap();
    let log = sandbox.look("requests?reference=R-1");
    let entries = log["data"].as_array().unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["dialect"], "authorizenet");
    assert_eq!(entries[0]["status"], 200);
    let all = sandbox.look("requests").to_string();
    for secret in ["hidden", "Bearer sandbox", "\\\"transactionKey\\\":\\\"sandbox"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    let ledger: Value = sandbox.look("ledger");
    assert!(!ledger.to_string().contains("4111"));
}
