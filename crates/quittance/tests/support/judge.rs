//! Independent libraries that judge what we serve, in a Python environment of their own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs a script of `tests/judges` with `request` at its standard input, and answers what it prints.
pub(crate) fn judge(script: &str, request: &Value) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges");
    let venv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/xtask/libraries-venv");
    let wanted = std::fs::read_to_string(tests.join("requirements.txt")).unwrap();
    let mark = std::fs::read_to_string(venv.join("installed.txt")).unwrap_or_default();
    assert_eq!(
        mark,
        wanted,
        "the libraries that judge what we serve are not installed in {}; run `cargo xtask test`, or only \
         `cargo xtask judges`",
        venv.display()
    );
    let mut judge = Command::new(venv.join("bin/python"))
        .arg(tests.join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    judge.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = judge.wait_with_output().unwrap();
    assert!(output.status.success(), "{script}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
