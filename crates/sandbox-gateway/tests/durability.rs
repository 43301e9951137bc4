//! What the data file keeps.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::{Order, Receiver, Sandbox, Told, Wire, options};
use sandbox_gateway::{Options, SandboxError};
use serde_json::json;

fn on(path: &std::path::Path) -> Options {
    Options { data: Some(path.to_owned()), ..options() }
}

#[test]
fn a_restart_keeps_transactions_keys_plans_clock_and_webhooks() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.jsonl");
    let receiver = Receiver::new();
    let first = Sandbox::with(on(&path));
    receiver.listen(&first, Wire::Plain);
    let charge = Wire::Plain.charge(&first, "pm_ok", "P-1", "100.00");
    let lost = Order { reference: "R-1", amount: "10.00", sim: Some("timeout_done") };
    assert_eq!(Wire::Plain.refund(&first, &charge, lost), Told::Dropped);
    let pending = Order { reference: "R-2", amount: "10.00", sim: Some("pending_ok") };
    assert_eq!(Wire::Plain.refund(&first, &charge, pending), Told::Pending);
    let busy = Order { reference: "R-3", amount: "10.00", sim: Some("429") };
    assert_eq!(Wire::Plain.refund(&first, &charge, busy), Told::Throttled);
    first.advance("seconds", 60);
    drop(first);

    let second = Sandbox::with(on(&path));
    assert_eq!(second.look("clock")["now"], "2026-03-02T09:01:00Z");
    assert_eq!(
        Wire::Plain.refund(&second, &charge, lost),
        Told::Succeeded(Some("10.00".to_owned())),
        "the same key answers what was done"
    );
    assert_eq!(second.moved("R-1"), "-10.00");
    assert_eq!(Wire::Plain.look_up(&second, "R-2").as_deref(), Some("pending"));
    assert!(matches!(Wire::Plain.refund(&second, &charge, busy), Told::Succeeded(_)), "once only");
    second.advance("steps", 1);
    assert_eq!(second.moved("R-2"), "-10.00");
    second.sim("webhooks/flush", &json!({}));
    let references: Vec<String> = receiver
        .taken()
        .iter()
        .map(|one| one.json()["data"]["reference"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(references, ["P-1", "R-1", "R-2", "R-3", "R-2"]);
}

#[test]
fn a_file_is_served_by_one_sandbox_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.jsonl");
    let _first = Sandbox::with(on(&path));
    // The first is up once it answers.
    let second = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sandbox_gateway::serve(listener, on(&path), std::future::pending()).await
        })
    };
    _first.look("clock");
    assert!(matches!(second(), Err(SandboxError::InUse(_))));
}

#[test]
fn a_damaged_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.jsonl");
    std::fs::write(&path, "[{\"seed\":7}]\nnonsense\n[{\"next\":1}]\n").unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        sandbox_gateway::serve(listener, on(&path), std::future::pending()).await
    });
    assert!(matches!(served, Err(SandboxError::Damaged { line: 2, .. })), "{served:?}");
}

#[test]
fn a_reset_forgets_everything_but_the_targets_and_gives_no_id_twice() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.jsonl");
    let first = Sandbox::with(on(&path));
    let old = Wire::Plain.charge(&first, "pm_ok", "P-1", "100.00");
    first.sim("reset", &json!({}));
    assert_eq!(first.moved("P-1"), "0");
    let new = Wire::Plain.charge(&first, "pm_ok", "P-1", "100.00");
    assert_ne!(old, new);
    drop(first);
    let second = Sandbox::with(on(&path));
    assert_eq!(second.moved("P-1"), "100.00");
}

#[test]
fn a_file_with_much_that_is_over_is_written_anew_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sandbox.jsonl");
    let first = Sandbox::with(on(&path));
    Wire::Plain.charge(&first, "pm_ok", "P-1", "100.00");
    first.look("clock");
    drop(first);
    let mut text = std::fs::read_to_string(&path).unwrap();
    let at = jiff::Timestamp::from_second(1_772_500_000).unwrap().as_microsecond();
    for step in 0..21_000 {
        text.push_str(&format!("[{{\"clock\":{{\"manual\":{}}}}}]\n", at + step));
    }
    std::fs::write(&path, text).unwrap();
    let second = Sandbox::with(on(&path));
    assert_eq!(second.moved("P-1"), "100.00");
    Wire::Plain.charge(&second, "pm_ok", "P-2", "5.00");
    drop(second);
    assert!(std::fs::read_to_string(&path).unwrap().lines().count() < 30);
    let third = Sandbox::with(on(&path));
    assert_eq!((third.moved("P-1"), third.moved("P-2")), ("100.00".into(), "5.00".into()));
    let again = Wire::Plain.charge(&third, "pm_ok", "P-2", "5.00");
    assert_eq!(third.moved("P-2"), "5.00", "the key of {again} is still known");
}
