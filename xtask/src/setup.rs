//! Installs what the tests need; leaves alone what is there.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{self, Done, output, root, say, scratch, works};

/// A Debian package, what it is needed for, and whether it is there.
struct Package {
    name: &'static str,
    reason: &'static str,
    present: fn() -> bool,
}

const PACKAGES: [Package; 7] = [
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
    Package {
        name: "nodejs",
        reason: "version 20 or later; the tests of the console in a browser, CyberSource's SDK and a \
                 mock of Stripe, which judge our side, are Node.js programs",
        present: || works("node", &["-e", NODE_IS_NEW]),
    },
    Package { name: "npm", reason: "it installs them", present: || works("npm", &["--version"]) },
    Package {
        name: "poppler-utils",
        reason: "a test has its pdftotext read the statements that we write as PDF",
        present: || works("pdftotext", &["-v"]),
    },
    Package {
        name: "chromium",
        reason: "tests open the console in a browser, without a screen",
        present: || works("chromium", &["--version"]),
    },
];

/// Where `throwaway-postgres` looks for it.
const FIND_POSTGRES: &str = "ls /usr/lib/postgresql/*/bin/postgres || command -v postgres";

/// What playwright-core and the options of its tests need; Debian 12's own is older.
const NODE_IS_NEW: &str = "process.exit(process.versions.node.split('.')[0] >= 20 ? 0 : 1)";

/// Installs Debian packages, Python environments and Node.js modules where they are missing.
pub(crate) fn run() -> Done {
    packages()?;
    schemathesis()?;
    judges()?;
    browser().map(|_| ())
}

/// Installs the Debian packages alone.
pub(crate) fn packages() -> Done {
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
    let venv = venv("venv", "tests/schemathesis/requirements.txt", || {
        say("installing schemathesis from PyPI into target/xtask/venv: it tests the served API");
    })?;
    Ok(venv.join("bin/schemathesis"))
}

/// The vendors' SDKs that judge the sandbox gateway. Its tests look for them where this puts them.
pub(crate) fn judges() -> Done {
    libraries()?;
    let ours = "crates/sandbox-gateway/tests/judges";
    venv("judges-venv", &format!("{ours}/requirements.txt"), || {
        say(
            "installing SDKs of payment gateways from PyPI into target/xtask/judges-venv: they judge \
             the sandbox gateway",
        );
    })?;
    node("judges-node", &format!("{ours}/package.json"), || {
        say("installing CyberSource's SDK and stripe-stateful-mock from npm into \
             target/xtask/judges-node: they judge the sandbox gateway and the Stripe connector");
    })?;
    Ok(())
}

/// What drives the browser, and what looks for barriers in its pages. The browser itself is Debian's: playwright-core
/// brings none.
pub(crate) fn browser() -> Done<PathBuf> {
    node("browser-node", "tests/browser/package.json", || {
        say(
            "installing playwright-core and axe-core from npm into target/xtask/browser-node: they \
             open and judge the pages of the console",
        );
    })
}

/// The libraries that judge what we serve. The tests look for them where this puts them.
fn libraries() -> Done {
    venv("libraries-venv", "crates/quittance/tests/judges/requirements.txt", || {
        say("installing libraries of Standard Webhooks and of OAuth 2 from PyPI into \
             target/xtask/libraries-venv: they judge what we serve");
    })?;
    Ok(())
}

/// A Python environment with what a file of requirements wants.
fn venv(name: &str, requirements: &str, announce: impl FnOnce()) -> Done<PathBuf> {
    let venv = scratch(name)?;
    let wanted = root().join(requirements);
    installed(&wanted, &venv, || {
        announce();
        shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        let mut pip = Command::new(venv.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        shell::run(pip.arg(&wanted)).map_err(|error| {
            format!("{error}; PyPI must be reachable the first time (a mirror: PIP_INDEX_URL)")
        })
    })?;
    Ok(venv)
}

/// A directory with the Node.js modules that a `package.json` wants.
fn node(name: &str, package: &str, announce: impl FnOnce()) -> Done<PathBuf> {
    let modules = scratch(name)?;
    let wanted = root().join(package);
    installed(&wanted, &modules, || {
        announce();
        let copied = modules.join("package.json");
        std::fs::copy(&wanted, &copied)
            .map_err(|error| format!("{}: {error}", copied.display()))?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"]);
        shell::run(npm.arg(&modules))
            .map_err(|error| format!("{error}; npm's registry must be reachable the first time"))
    })?;
    Ok(modules)
}

/// Installs unless `place` holds the mark of exactly what is wanted; then marks it.
fn installed(wanted: &Path, place: &Path, install: impl FnOnce() -> Done) -> Done {
    let text = std::fs::read_to_string(wanted)
        .map_err(|error| format!("{}: {error}", wanted.display()))?;
    let mark = place.join("installed.txt");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == text) {
        return Ok(());
    }
    install()?;
    std::fs::write(&mark, text).map_err(|error| format!("{}: {error}", mark.display()))
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
