//! Installs what the tests need; leaves alone what is there.

use std::path::PathBuf;
use std::process::Command;

use crate::shell::{self, Done, output, root, say, scratch, works};

/// A Debian package, what it is needed for, and whether it is there.
struct Package {
    name: &'static str,
    reason: &'static str,
    present: fn() -> bool,
}

const PACKAGES: [Package; 3] = [
    Package {
        name: "hledger",
        reason: "a test holds the exported journal against the real hledger",
        present: || works("hledger", &["--version"]),
    },
    Package {
        name: "postgresql",
        reason: "tests run on servers of their own, made from its programs and thrown away; the one \
                 that the package sets up is not used",
        present: || works("sh", &["-c", FIND_POSTGRES]),
    },
    Package {
        name: "python3-venv",
        reason: "schemathesis, which tests the served API against its OpenAPI document, is a \
                 Python program",
        present: || works("python3", &["-c", "import venv, ensurepip"]),
    },
];

/// Where `throwaway-postgres` looks for it.
const FIND_POSTGRES: &str = "ls /usr/lib/postgresql/*/bin/postgres || command -v postgres";

/// Installs Debian packages and the Python environment where they are missing.
pub(crate) fn run() -> Done {
    packages()?;
    schemathesis().map(drop)
}

fn packages() -> Done {
    let missing: Vec<&Package> = PACKAGES.iter().filter(|package| !(package.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let names = names.join(" ");
    for package in &missing {
        say(format!("missing: {} ({})", package.name, package.reason));
    }
    if !works("apt-get", &["--version"]) {
        return Err(format!(
            "this machine has no apt-get; install what Debian calls {names}, then run this again"
        ));
    }
    if output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(format!(
            "installing needs root; run this, then the command again:\n  sudo apt-get update && \
             sudo apt-get install -y {names}"
        ));
    }
    apt(&["update"])?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(missing.iter().map(|package| package.name));
    apt(&arguments)?;
    match missing.iter().find(|package| !(package.present)()) {
        Some(package) => Err(format!("{} is installed and still does not work", package.name)),
        None => Ok(()),
    }
}

fn apt(arguments: &[&str]) -> Done {
    let mut command = Command::new("apt-get");
    shell::run(command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
}

/// The schemathesis program in an environment of its own; made if it is not there, or if other
/// versions are wanted by now.
pub(crate) fn schemathesis() -> Done<PathBuf> {
    let venv = scratch("venv")?;
    let program = venv.join("bin/schemathesis");
    let wanted_path = root().join("tests/schemathesis/requirements.txt");
    let wanted = std::fs::read_to_string(&wanted_path)
        .map_err(|error| format!("{}: {error}", wanted_path.display()))?;
    let mark = venv.join("installed.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    say("installing schemathesis from PyPI into target/xtask/venv: it tests the served API");
    shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    shell::run(pip.arg(&wanted_path)).map_err(|error| {
        format!("{error}; PyPI must be reachable the first time (a mirror: PIP_INDEX_URL)")
    })?;
    std::fs::write(&mark, wanted).map_err(|error| format!("{}: {error}", mark.display()))?;
    Ok(program)
}

/// rustfmt and clippy.
pub(crate) fn components() -> Done {
    let wanted = [("rustfmt", "fmt"), ("clippy", "clippy")];
    for (component, command) in wanted {
        if works("cargo", &[command, "--version"]) {
            continue;
        }
        say(format!("missing: {component} (cargo {command} checks the source)"));
        if !works("rustup", &["--version"]) {
            return Err(format!("install {component} of your Rust toolchain, then run this again"));
        }
        shell::run(Command::new("rustup").args(["component", "add", component]))?;
    }
    Ok(())
}
