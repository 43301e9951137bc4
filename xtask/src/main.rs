//! Every script of the repository: `cargo xtask COMMAND`.

mod api_test;
mod bench_report;
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
  ci                format, lints, documentation, tidy, test
  tidy              the repository's own lints
  kill [--times N]  kill -9 a server under load, and one of many with their PostgreSQL, N times (50
                    if left out); the one server is on PostgreSQL with QUITTANCE_TEST_STORE=postgres
  fuzz [SECONDS]    run each fuzz target for so long (60 if left out)
  bench-report [--quick]
                    measure both stores, put figures and plots into docs/performance.md
  api-test          schemathesis against the served OpenAPI document; part of test
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["test"] => test(),
        ["ci"] => ci(),
        ["tidy"] => tidy::run(),
        ["kill"] => kill("50"),
        ["kill", "--times", times] => kill(times),
        ["fuzz"] => fuzz::run("60"),
        ["fuzz", seconds] => fuzz::run(seconds),
        ["api-test"] => setup::run().and_then(|()| api_test::run()),
        ["bench-report"] => bench_report::run(false),
        ["bench-report", "--quick"] => bench_report::run(true),
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
    api_test::run()
}

/// What must hold before a change is taken.
fn ci() -> Done {
    setup::components()?;
    cargo(&["fmt", "--all", "--check"], &[])?;
    tidy::run()?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"], &[])?;
    cargo(&["doc", "--workspace", "--no-deps"], &[("RUSTDOCFLAGS", "-D warnings")])?;
    test()
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
