//! The vendors' own SDKs as judges: what they accept, a connector may rely on. `cargo xtask test` installs
//! them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Sandbox, options};
use sandbox_gateway::Options;

/// Where `cargo xtask` installs things.
fn installed(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("xtask").join(name)
}

/// The directory of the judges and the program that runs them, if what it was installed from is still
/// what is wanted.
fn tools(place: &str, program: &str, wanted: &str) -> (PathBuf, PathBuf) {
    let judges = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
    let place = installed(place);
    let mark = std::fs::read_to_string(place.join("installed.txt")).unwrap_or_default();
    let wanted = std::fs::read_to_string(judges.join(wanted)).unwrap();
    assert_eq!(
        mark,
        wanted,
        "the SDKs that judge the sandbox are not installed in {}; run `cargo xtask test`, or only \
         `cargo xtask judges`",
        place.display()
    );
    let program = place.join(program);
    (judges, if program.exists() { program } else { PathBuf::from("node") })
}

#[track_caller]
fn judge(command: &mut Command) {
    let output = command.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let cried = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("is content"), "{said}\n{cried}");
}

#[test]
fn the_stripe_sdk_is_content() {
    let (judges, python) = tools("judges-venv", "bin/python", "requirements.txt");
    let sandbox = Sandbox::with(Options { manual_clock: true, ..options() });
    let old = Sandbox::new();
    judge(Command::new(python).arg(judges.join("stripe_judge.py")).args([&sandbox.url, &old.url]));
}

#[test]
fn the_authorizenet_sdk_is_content() {
    let (judges, python) = tools("judges-venv", "bin/python", "requirements.txt");
    let sandbox = Sandbox::new();
    judge(Command::new(python).arg(judges.join("authorizenet_judge.py")).arg(&sandbox.url));
}

#[test]
fn the_cybersource_sdk_is_content() {
    let (judges, node) = tools("judges-node", "bin/node", "package.json");
    let sandbox = Sandbox::new();
    let mut command = Command::new(node);
    command.env("NODE_PATH", installed("judges-node").join("node_modules"));
    judge(command.arg(judges.join("cybersource_judge.js")).arg(&sandbox.url));
}
