//! The console in a real browser: its tests, and its pictures. The scripts lie in `tests/browser`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::setup;
use crate::shell::{self, Done, cargo, root, say, scratch, target};

/// Milliseconds after which a test has failed, however slow the machine: nothing may hang for ever.
const PATIENCE: &str = "600000";
/// How the name of a file of tests ends.
const TESTS: &str = ".test.mjs";

/// Runs every file of tests, one after the other: each starts a server and a browser of its own.
pub(crate) fn test() -> Done {
    let mut node = node(&program()?)?;
    say("the console in a browser");
    node.args(["--test", "--test-concurrency", "1", "--test-reporter", "spec"])
        .args(["--test-timeout", PATIENCE])
        .args(tests(&scripts())?);
    shell::run(&mut node)
}

/// Takes pictures of every page.
pub(crate) fn screenshots() -> Done {
    let mut node = node(&program()?)?;
    let pictures = scratch("screenshots")?;
    shell::run(node.arg(scripts().join("screenshots.mjs")).arg(&pictures))?;
    say(format!("the pictures are in {}", pictures.display()));
    Ok(())
}

/// Where the scripts lie.
pub(crate) fn scripts() -> PathBuf {
    root().join("tests/browser")
}

/// The program that is looked at.
fn program() -> Done<PathBuf> {
    // Of the whole workspace, as the tests are: other features would build everything anew.
    cargo(&["build", "--workspace", "--bin", "quittance"], &[])?;
    Ok(target()?.join("debug/quittance"))
}

/// Node.js with the modules it needs, which are installed if they are missing.
pub(crate) fn node(program: &Path) -> Done<Command> {
    let modules = setup::browser()?;
    let mut node = Command::new("node");
    node.env("NODE_PATH", modules.join("node_modules")).env("QUITTANCE_PROGRAM", program);
    Ok(node)
}

/// The files of tests, in order. Node.js finds them itself only in some versions.
fn tests(scripts: &Path) -> Done<Vec<PathBuf>> {
    let failed = |error| format!("{}: {error}", scripts.display());
    let entries = std::fs::read_dir(scripts).map_err(failed)?;
    let paths: Result<Vec<PathBuf>, _> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(failed)?;
    let named = |path: &PathBuf| path.file_name().and_then(OsStr::to_str).map(str::to_owned);
    paths.retain(|path| named(path).is_some_and(|name| name.ends_with(TESTS)));
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_tests_are_found_and_what_helps_them_is_left_out() {
        let found = super::tests(&scripts()).unwrap();
        let ends = |name: &str| found.iter().any(|path| path.ends_with(name));
        assert!(ends("pages.test.mjs") && ends("refund.test.mjs"), "{found:?}");
        assert!(!ends("pages.mjs") && !ends("package.json"), "{found:?}");
    }
}
