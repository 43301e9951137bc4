//! Every script of the repository: `cargo xtask COMMAND`.

mod api_test;
mod bench_report;
mod browser;
mod deny;
mod fuzz;
mod setup;
mod shell;
mod stores;
mod tidy;

use std::process::ExitCode;

use shell::{Done, cargo, say};

const HELP: &str = "\
cargo xtask COMMAND

  test              install what the tests need, then run every test, on SQLite and on PostgreSQL
  ci                format, lints, documentation, tidy, deny, test
  tidy              the repository's own lints
  deny              build cargo-deny, then hold the dependencies against deny.toml
  kill [--times N]  kill -9 a server under load, and one of many with their PostgreSQL, N times (50
                    if left out); the one server is on PostgreSQL with QUITTANCE_TEST_STORE=postgres
  sim [--seeds N] [--from S]
                    simulate electronic refunds on one thread, N seeds from S on (10000 from 0 if left
                    out), through gateways with and without idempotency keys; a seed that fails replays
  torture [--rounds N] [--seed S]
                    electronic refunds under fire: N rounds (1000 if left out) of kill -9, faults and clock
                    steps, then every movement of money counted; on PostgreSQL as kill is
  fuzz [SECONDS]    run each fuzz target for so long (60 if left out)
  bench-report [--quick]
                    measure both stores, put figures and plots into docs/performance.md
  console-bench [--history N]
                    what every page of the console weighs and takes on books with N refunds (10000000 if left
                    out), into docs/performance.md
  judges            install the SDKs that judge the sandbox gateway and the signatures of events; part of test
  api-test          schemathesis against the served OpenAPI document; part of test
  browser-test      the console in Chromium without a screen; part of test
  screenshots       pictures of every page of the console, into target/xtask/screenshots
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["test"] => test(),
        ["ci"] => ci(),
        ["tidy"] => tidy::run(),
        ["deny"] => deny::run(),
        ["kill"] => kill("50"),
        ["kill", "--times", times] => kill(times),
        ["sim"] => sim("10000", "0"),
        ["sim", "--seeds", seeds] => sim(seeds, "0"),
        ["sim", "--from", from] => sim("1", from),
        ["sim", "--seeds", seeds, "--from", from] | ["sim", "--from", from, "--seeds", seeds] => {
            sim(seeds, from)
        }
        ["torture", options @ ..] => torture(options),
        ["fuzz"] => fuzz::run("60"),
        ["fuzz", seconds] => fuzz::run(seconds),
        ["judges"] => setup::judges(),
        ["api-test"] => setup::run().and_then(|()| api_test::run()),
        ["browser-test"] => setup::packages().and_then(|()| browser::test()),
        ["screenshots"] => setup::packages().and_then(|()| browser::screenshots()),
        ["bench-report"] => bench_report::run(false),
        ["bench-report", "--quick"] => bench_report::run(true),
        ["console-bench"] => console_bench("10000000"),
        ["console-bench", "--history", history] => console_bench(history),
        ["help" | "--help" | "-h"] => {
            say(HELP);
            return ExitCode::SUCCESS;
        }
        _ => {
            say(HELP);
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            say(format!("xtask: {sentence}"));
            ExitCode::FAILURE
        }
    }
}

/// The test command of the README.
fn test() -> Done {
    setup::run()?;
    cargo(&["test", "--workspace"], &[("QUITTANCE_TEST_STORE", "sqlite")])?;
    stores::test_on_postgres()?;
    api_test::run()?;
    browser::test()
}

/// What must hold before a change is taken.
fn ci() -> Done {
    setup::components()?;
    cargo(&["fmt", "--all", "--check"], &[])?;
    tidy::run()?;
    deny::run()?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    cargo(&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])?;
    test()
}

/// What pages of the console weigh.
fn console_bench(history: &str) -> Done {
    setup::packages()?;
    bench_report::console(history)
}

/// The simulator, any number of seeds.
fn sim(seeds: &str, from: &str) -> Done {
    if seeds.parse::<u64>().is_err() || from.parse::<u64>().is_err() {
        return Err(format!("--seeds {seeds:?} and --from {from:?} are numbers"));
    }
    let arguments = ["test", "--release", "-p", "sim", "--", "nobody", "--nocapture"];
    cargo(&arguments, &[("QUITTANCE_SIM_SEEDS", seeds), ("QUITTANCE_SIM_FROM", from)])
}

/// The kill tests, of one server and of many, any number of times.
fn kill(times: &str) -> Done {
    if times.parse::<u32>().is_err() {
        return Err(format!("--times {times:?} is not a number"));
    }
    let programs = ["--test", "process_kill", "--test", "process_many"];
    let arguments = [&["test", "-p", "quittance"], programs.as_slice(), &["--", "--nocapture"]];
    cargo(&arguments.concat(), &[("QUITTANCE_KILLS", times)])
}

/// The torture of electronic refunds, with any number of rounds and any seed.
fn torture(options: &[&str]) -> Done {
    let (mut rounds, mut seed) = ("1000", None);
    for pair in options.chunks(2) {
        match *pair {
            ["--rounds", given] => rounds = given,
            ["--seed", given] => seed = Some(given),
            _ => return Err(format!("{pair:?} is neither --rounds N nor --seed S")),
        }
    }
    for number in [Some(rounds), seed].into_iter().flatten() {
        if number.parse::<u64>().is_err() {
            return Err(format!("{number:?} is not a number"));
        }
    }
    let mut environment = vec![("QUITTANCE_TORTURE_ROUNDS", rounds)];
    environment.extend(seed.map(|seed| ("QUITTANCE_TORTURE_SEED", seed)));
    let test = ["test", "-p", "quittance", "--test", "process_torture", "--", "--nocapture"];
    cargo(&test, &environment)
}
