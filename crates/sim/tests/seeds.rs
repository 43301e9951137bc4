//! Many seeds, and that the simulator finds what it should.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use sim::{Kind, Planted, run};

/// How many seeds of each kind of gateway are run; `cargo xtask sim` runs any number.
const SEEDS: u64 = 1_000;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().map_or(usual, |text| text.parse().unwrap())
}

fn run_all(kind: Kind) {
    let from = setting("QUITTANCE_SIM_FROM", 0);
    let seeds = setting("QUITTANCE_SIM_SEEDS", SEEDS);
    let failed: Vec<String> = (from..from + seeds)
        .filter_map(|seed| run(seed, kind, Planted::Nothing).err())
        .map(|failed| failed.to_string())
        .collect();
    assert!(
        failed.is_empty(),
        "{kind:?}, {} of {seeds} seeds:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

#[test]
fn nobody_is_paid_twice_through_a_gateway_that_remembers_keys() {
    run_all(Kind::WithKeys);
}

#[test]
fn nobody_is_paid_twice_through_a_gateway_that_does_not() {
    run_all(Kind::WithoutKeys);
}

/// How many seeds it may take to find a planted fault.
const TRIES: u64 = 200;

#[track_caller]
fn found(kind: Kind, planted: Planted, word: &str) {
    let found = (0..TRIES).find_map(|seed| run(seed, kind, planted).err());
    let failed = found.unwrap_or_else(|| panic!("{planted:?} was not found in {TRIES} seeds"));
    assert!(failed.to_string().contains(word), "{failed}");
    let again = run(failed.seed, kind, planted).unwrap_err();
    assert_eq!(again, failed, "a seed replays");
}

#[test]
fn a_retry_under_a_new_key_is_found() {
    found(Kind::WithKeys, Planted::NewKeyOnRetry, "moved money");
}

#[test]
fn a_time_out_taken_for_a_decline_is_found() {
    found(Kind::WithKeys, Planted::TimeOutIsDecline, "but the gateway has 1 movements");
}

#[test]
fn a_miss_believed_too_early_is_found() {
    found(Kind::WithoutKeys, Planted::MissIsConclusive, "moved money");
}
