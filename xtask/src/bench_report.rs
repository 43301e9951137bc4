//! `cargo xtask bench-report`: measures both stores and puts the figures into the documentation.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{self, Done, cargo, root, say, scratch, target};

/// Where the report goes; the plots go beside it.
const PAGE: &str = "docs/performance.md";
/// The plots, relative to the repository; the last word is how the page names them.
const PLOTS: &str = "docs/performance";
/// What stands between these is ours.
const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// The standard settings.
const STANDARD: [&str; 6] =
    ["--histories", "10000,1000000,10000000", "--rounds", "3", "--seconds", "3"];
/// To see that it works.
const QUICK: [&str; 10] = [
    "--histories",
    "10000,100000",
    "--rounds",
    "1",
    "--seconds",
    "1",
    "--accounts",
    "10000",
    "--clients",
    "1,64,256",
];

/// Each store with what only it can do. First the one that fails at once if PostgreSQL is missing.
const STORES: [(&str, &[&str]); 2] = [("postgres", &["--servers", "1,3"]), ("sqlite", &[])];

/// Measures and writes; `quick` for a short run.
pub(crate) fn run(quick: bool) -> Done {
    cargo(&["build", "--release", "-p", "quittance"], &[])?;
    let quittance = target()?.join("release/quittance");
    let directory = scratch("bench")?;
    let mut report = String::new();
    for (store, more) in STORES {
        report.push('\n');
        report.push_str(&measure(&quittance, &directory, store, more, quick)?);
    }
    let page = root().join(PAGE);
    let text = fs::read_to_string(&page).map_err(|error| format!("{PAGE}: {error}"))?;
    let text = replaced(&text, &report)?;
    fs::write(&page, text).map_err(|error| format!("{PAGE}: {error}"))?;
    say(format!("{PAGE} and {PLOTS} are written; every sample is in {}", directory.display()));
    Ok(())
}

/// Runs the bench on one store and answers its part of the page.
fn measure(
    quittance: &Path,
    directory: &Path,
    store: &str,
    more: &[&str],
    quick: bool,
) -> Done<String> {
    let part = directory.join(format!("{store}.md"));
    let mut bench = Command::new(quittance);
    bench.args(["bench", "--store", store, "--in-process"]).args(more);
    bench.args(if quick { QUICK.as_slice() } else { STANDARD.as_slice() });
    bench.arg("--plots").arg(root().join(PLOTS));
    bench.arg("--save").arg(directory.join(format!("{store}.json")));
    bench.arg("--markdown").arg(&part);
    shell::run(&mut bench)?;
    fs::read_to_string(&part).map_err(|error| format!("{}: {error}", part.display()))
}

/// The page with the report between its marks.
fn replaced(page: &str, report: &str) -> Done<String> {
    let missing = || format!("{PAGE} has no {BEGIN} with an {END} after it");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}\n{}\n\n{END}{after}", report.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let page = format!("a\n{BEGIN}\nold\n{END}\nb\n");
        let once = replaced(&page, "\nnew\n").unwrap();
        assert_eq!(once, format!("a\n{BEGIN}\n\nnew\n\n{END}\nb\n"));
        assert_eq!(replaced(&once, "\nnew\n").unwrap(), once);
        assert!(replaced("a", "new").is_err());
        assert!(replaced(&format!("{END}{BEGIN}"), "new").is_err());
    }

    #[test]
    fn the_page_has_its_marks() {
        let page = fs::read_to_string(root().join(PAGE)).unwrap();
        assert!(replaced(&page, "").is_ok());
    }
}
