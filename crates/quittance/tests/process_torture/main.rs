//! Electronic refunds under fire: a real server, a real gateway and, on that store, a real PostgreSQL, all killed
//! at any time, connections that break, notices that come twice or too late, a clock that jumps. In the end every movement of money
//! in the gateway's own ledger is held against the books: exactly once, or not at all.
//!
//! All chance comes from a seed (`QUITTANCE_TORTURE_SEED`); `QUITTANCE_TORTURE_ROUNDS` says for how long
//! (`cargo xtask torture`). What the processes do at the same time is theirs: a seed makes a run similar,
//! not the same.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that says its seed"
)]

mod end;
mod fire;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::api::fresh_key;
use support::books::{number, text};
use support::sandbox::{Sandbox, serve, until};
use support::{Api, run};

use end::{minor, moves};
use fire::{BEGIN, Torture};

const ROUNDS: u64 = 200;
const SEED: u64 = 0x5eed;

fn of_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

#[test]
fn money_moves_exactly_once_under_fire() {
    let rounds = of_environment("QUITTANCE_TORTURE_ROUNDS", ROUNDS);
    let seed = of_environment("QUITTANCE_TORTURE_SEED", SEED);
    println!("torture: {rounds} rounds with seed {seed}");
    let mut torture = Torture::begin(seed);
    torture.start_worker();
    for _ in 0..rounds {
        for _ in 0..1 + torture.random.below(4) {
            torture.act();
        }
        torture.mishap();
    }
    torture.settle();
    let by_hand = torture.resolve();
    let begin: Timestamp = BEGIN.parse().unwrap();
    let differences = torture.reconcile(begin, torture.now);
    println!("torture: {by_hand} were resolved by hand, {} differences", differences.len());
    for found in &differences {
        println!("torture: {} {} {}", found["kind"], found["document"], found["explanation"]);
    }
    let states = torture.compare();
    println!("torture: {states:#?}");
    assert!(differences.iter().all(|found| found["kind"] != "twice"), "{differences:#?}");
    let api = torture.server.api();
    for account in &torture.accounts {
        let [_, held, _] = api.credit(&account.number);
        assert_eq!(minor(&held), 0, "{}", account.number);
    }
    for sent in &torture.sent {
        assert!(api.post_as(&sent.path, &sent.key, &sent.body).replayed(), "{}", sent.key);
    }
    torture.kill_worker();
    assert!(torture.server.terminate().success());
    let verified = run(&["verify", "--database", torture.server.database()]);
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert_eq!(verified.status.code(), Some(0), "{said}");
}

/// One refund by a server that dies at `place`, and what is left of it.
fn dies_at(place: &str) {
    let directory = tempfile::tempdir().unwrap();
    let now: Timestamp = BEGIN.parse().unwrap();
    let sandbox = Sandbox::start(directory.path(), now);
    let mut server = serve(directory.path(), None, &[]);
    let api = server.api();
    api.set_clock(now);
    api.living_gateway(&sandbox);
    let (account, _) = api.account_with_credit("100");
    api.card(&account);
    let admin = server.key.clone();
    assert!(server.terminate().success());
    let mut server = serve(directory.path(), Some(&admin), &["--failpoint", place]);
    server.api().set_clock(now);
    let path = format!("/api/v1/accounts/{account}/credit-balance/refund");
    let (key, body) = (fresh_key(), json!({"type": "electronic", "amount": "60"}));
    let headers = [("content-type", "application/json"), ("idempotency-key", &*key)];
    // It may die before it has answered.
    let _ = server.api().try_send("POST", &path, &headers, Some(body.to_string()));
    until(&format!("the server dies at {place}"), || server.ended().is_some());
    let server = serve(directory.path(), Some(&admin), &[]);
    let api = server.api();
    let later = SignedDuration::from_secs(122);
    api.set_clock(now.checked_add(later).unwrap());
    sandbox.advance(later);
    let refund = number(&api.post_as(&path, &key, &body).done(), "refund");
    let state = |api: &Api| text(&api.document(&refund), "state");
    until(&format!("{place}: {refund} is processed"), || state(&api) == "processed");
    assert_eq!(moves(&sandbox), BTreeMap::from([(refund, vec![-6_000])]), "{place}");
    assert_eq!(api.credit(&account), ["40.00", "0.00", "40.00"], "{place}");
}

#[test]
fn a_worker_that_dies_anywhere_moves_money_once() {
    for place in worker::failpoint::PLACES {
        dies_at(place);
    }
}
