//! cargo-deny: licences, versions and sources of what we depend on, held against `deny.toml`; and known vulnerabilities.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::{self, Done, say, scratch, works};

/// The version that is wanted; its lock file says the rest.
const VERSION: &str = "0.20.2";

/// Holds the dependencies against `deny.toml`. Advisories are left out, and that is said, if their database cannot be
/// reached: it is a repository of its own, which changes without us.
pub(crate) fn run() -> Done {
    let program = install()?;
    let check = |what: &[&str]| shell::run(Command::new(&program).arg("check").args(what));
    check(&["bans", "licenses", "sources"])?;
    if !works(&program.to_string_lossy(), &["fetch", "db"]) {
        say("the database of advisories cannot be reached, so they are not looked for");
        return Ok(());
    }
    check(&["advisories"])
}

/// Builds it unless it is there.
fn install() -> Done<PathBuf> {
    let place = scratch("deny")?;
    let program = place.join("bin/cargo-deny");
    let mark = place.join("installed.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|version| version == VERSION) && program.exists() {
        return Ok(program);
    }
    say(
        "building cargo-deny into target/xtask/deny: it checks the dependencies; about two minutes",
    );
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["install", "cargo-deny", "--version", VERSION, "--locked", "--force"]);
    // Built fast rather than to be fast: it runs for three seconds.
    command.args(["--profile", "dev", "--root"]).arg(&place);
    shell::run(command.env("CARGO_TARGET_DIR", place.join("build")))?;
    let _ = std::fs::remove_dir_all(place.join("build"));
    std::fs::write(&mark, VERSION).map_err(|error| format!("{}: {error}", mark.display()))?;
    Ok(program)
}
