//! The table of modes and connectors, and its copy in the documentation.

use std::fmt::Write;
use std::path::Path;

/// Every connector, in the order of the columns.
pub(crate) const CONNECTORS: [&str; 4] = ["sandbox", "stripe", "cybersource", "authorizenet"];
/// How they are called in the documentation.
const NAMES: [&str; 4] = ["Sandbox", "Stripe", "CyberSource", "Authorize.Net"];
const BEGIN: &str = "<!-- modes:begin -->\n";
const END: &str = "<!-- modes:end -->";

/// One row.
pub(crate) struct Mode {
    /// As in the dossier, from 1 to 24.
    pub(crate) number: u32,
    /// What goes wrong elsewhere.
    pub(crate) what: &'static str,
    /// Where it is tested.
    pub(crate) on: &'static [&'static str],
    /// Where it cannot happen, and why.
    pub(crate) off: &'static [(&'static str, &'static str)],
}

/// All 24, each with every connector exactly once.
pub(crate) fn check(modes: &[Mode]) {
    let numbers: Vec<u32> = modes.iter().map(|mode| mode.number).collect();
    assert_eq!(numbers, (1..=24).collect::<Vec<u32>>());
    for mode in modes {
        for connector in CONNECTORS {
            let tested = mode.on.iter().filter(|on| **on == connector).count();
            let excused = mode.off.iter().filter(|off| off.0 == connector).count();
            assert_eq!(tested + excused, 1, "mode {} and {connector}", mode.number);
        }
        assert_eq!(mode.on.len() + mode.off.len(), CONNECTORS.len(), "mode {}", mode.number);
    }
}

fn table(modes: &[Mode]) -> String {
    let mut text = format!("\n| # | What goes wrong | {} |\n", NAMES.join(" | "));
    text.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for mode in modes {
        let cell = |connector: &&str| if mode.on.contains(connector) { "tested" } else { "-" };
        let cells: Vec<&str> = CONNECTORS.iter().map(cell).collect();
        let _ = writeln!(text, "| {} | {} | {} |", mode.number, mode.what, cells.join(" | "));
    }
    text.push_str("\nWhere a mode cannot occur:\n\n");
    for mode in modes.iter().filter(|mode| !mode.off.is_empty()) {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (connector, why) in mode.off {
            let name = CONNECTORS.iter().zip(NAMES).find(|(known, _)| *known == connector);
            let name = name.map_or("", |found| found.1);
            match reasons.iter_mut().find(|reason| reason.0 == *why) {
                Some(reason) => reason.1.push(name),
                None => reasons.push((why, vec![name])),
            }
        }
        for (why, names) in reasons {
            let _ = writeln!(text, "- {}, {}: {why}.", mode.number, names.join(", "));
        }
    }
    text.push('\n');
    text
}

/// Compares the documentation with the table, or writes the table into it.
pub(crate) fn compare(modes: &[Mode]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gateways.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = page.split_once(BEGIN).unwrap();
    let (written, tail) = rest.split_once(END).unwrap();
    let table = table(modes);
    if std::env::var("UPDATE_DOCS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, format!("{head}{BEGIN}{table}{END}{tail}")).unwrap();
        return;
    }
    assert_eq!(written, table, "run it with UPDATE_DOCS=1");
}
