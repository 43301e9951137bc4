//! `cargo xtask bench-report`: measures both stores and puts the figures into the documentation. `cargo xtask console-bench`:
//! likewise the pages of the console.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::browser;
use crate::shell::{self, Done, cargo, root, say, scratch, target};

/// Where the report goes; the plots go beside it.
const PAGE: &str = "docs/performance.md";
/// The plots, relative to the repository; the last word is how the page names them.
const PLOTS: &str = "docs/performance";
/// What stands between `<!-- NAME:begin -->` and `<!-- NAME:end -->` is ours.
const BENCH: &str = "bench";
const CONSOLE: &str = "console";
/// Visits to each page of the console; medians are written down.
const VISITS: &str = "9";

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
    publish(BENCH, &report)?;
    say(format!("{PAGE} and {PLOTS} are written; every sample is in {}", directory.display()));
    Ok(())
}

/// Fills books with so many refunds, visits every page of the console on them, and writes.
pub(crate) fn console(history: &str) -> Done {
    if history.parse::<u64>().is_err() {
        return Err(format!("--history {history:?} is not a number"));
    }
    cargo(&["build", "--release", "-p", "quittance"], &[])?;
    let quittance = target()?.join("release/quittance");
    let directory = scratch("console-bench")?;
    let (books, part) = (directory.join("books.db"), directory.join("pages.md"));
    for end in ["", "-wal", "-shm", ".lock"] {
        let _ = fs::remove_file(directory.join(format!("books.db{end}")));
    }
    let mut fill = Command::new(&quittance);
    fill.args(["bench", "--histories", history, "--fill"]).arg(&books);
    let said = shell::output(&mut fill)?;
    let key = said.split_whitespace().last().unwrap_or_default();
    let mut node = browser::node(&quittance)?;
    node.env("QUITTANCE_BOOKS", &books).env("QUITTANCE_BOOKS_KEY", key);
    node.arg(browser::scripts().join("weigh.mjs")).args([VISITS, history]).arg(&part);
    shell::run(&mut node)?;
    let report = fs::read_to_string(&part);
    publish(CONSOLE, &report.map_err(|error| format!("{}: {error}", part.display()))?)?;
    say(format!("{PAGE} is written; the books stay in {}", books.display()));
    Ok(())
}

/// Puts a report into the page.
fn publish(mark: &str, report: &str) -> Done {
    let page = root().join(PAGE);
    let text = fs::read_to_string(&page).map_err(|error| format!("{PAGE}: {error}"))?;
    let text = replaced(&text, mark, report)?;
    fs::write(&page, text).map_err(|error| format!("{PAGE}: {error}"))
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
fn replaced(page: &str, mark: &str, report: &str) -> Done<String> {
    let (begin, end) = (format!("<!-- {mark}:begin -->"), format!("<!-- {mark}:end -->"));
    let missing = || format!("{PAGE} has no {begin} with an {end} after it");
    let (before, rest) = page.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", report.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced_and_nothing_else() {
        let (begin, end) = ("<!-- it:begin -->", "<!-- it:end -->");
        let page = format!("a\n{begin}\nold\n{end}\nb\n");
        let once = replaced(&page, "it", "\nnew\n").unwrap();
        assert_eq!(once, format!("a\n{begin}\n\nnew\n\n{end}\nb\n"));
        assert_eq!(replaced(&once, "it", "\nnew\n").unwrap(), once);
        assert!(replaced("a", "it", "new").is_err());
        assert!(replaced(&format!("{end}{begin}"), "it", "new").is_err());
        assert!(replaced(&page, "other", "new").is_err());
    }

    #[test]
    fn the_page_has_its_marks() {
        let page = fs::read_to_string(root().join(PAGE)).unwrap();
        assert!([BENCH, CONSOLE].iter().all(|mark| replaced(&page, mark, "").is_ok()));
    }
}
