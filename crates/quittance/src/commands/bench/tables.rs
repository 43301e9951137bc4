//! Tables, for the terminal and for the documentation.

use super::aims::aims;
use super::figures::{Spread, grouped, millis};
use super::results::{Door, Measured, Results};
use crate::output::{line, table};

/// One table with what stands above it.
struct Table {
    title: String,
    header: Vec<&'static str>,
    /// Columns of numbers.
    right: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn print(&self) {
        line(format!("\n{}", self.title));
        table(&self.header, &self.right, &self.rows);
    }

    fn markdown(&self) -> String {
        let marks: Vec<&str> = (0..self.header.len())
            .map(|column| if self.right.contains(&column) { "---:" } else { "---" })
            .collect();
        let mut text = format!("{}\n\n", self.title);
        text.push_str(&format!("| {} |\n", self.header.join(" | ")));
        text.push_str(&format!("| {} |\n", marks.join(" | ")));
        for row in &self.rows {
            text.push_str(&format!("| {} |\n", row.join(" | ")));
        }
        text
    }
}

/// For the terminal.
pub(super) fn print(results: &Results) {
    for sentence in head(results) {
        line(sentence);
    }
    for table in tables(results) {
        table.print();
    }
}

/// For the documentation; plots are named relative to it.
pub(super) fn markdown(results: &Results, plots: &[(String, String)]) -> String {
    let mut text = format!("### {}\n\n", results.store_name());
    for sentence in head(results) {
        text.push_str(&format!("- {sentence}\n"));
    }
    for (path, title) in plots {
        text.push_str(&format!("\n![{title}]({path})\n"));
    }
    for table in tables(results) {
        text.push_str(&format!("\n{}", table.markdown()));
    }
    text
}

/// What one has to know to read the figures.
fn head(results: &Results) -> Vec<String> {
    let settings = &results.settings;
    let committers = match settings.committers {
        Some(committers) => format!(", {committers} committers per server"),
        None => String::new(),
    };
    let mut head = vec![
        format!("Date: {}. Machine: {}.", results.date, results.machine.sentence()),
        format!(
            "Interleaved rounds: {}, {} s per measurement; clients on the same machine; {} \
             accounts{committers}. Medians, with the smallest and the largest round in brackets; a \
             ratio is taken within a round.",
            settings.rounds,
            settings.seconds,
            grouped(settings.accounts),
        ),
    ];
    if !settings.postgres.is_empty() {
        let settings = settings.postgres.join(", ");
        head.push(format!("PostgreSQL: {settings}; everyone connects over loopback TCP."));
    }
    let rounds = results.measured.iter().flat_map(|measured| &measured.rounds);
    let again: u64 = rounds.map(|sample| sample.again).sum();
    if again > 0 {
        head.push(format!(
            "{} requests were answered \"send it again\" and sent again with the same key.",
            grouped(again)
        ));
    }
    head
}

fn tables(results: &Results) -> Vec<Table> {
    let tables = [anchors(results), throughput(results), growth(results), books(results)];
    let all = tables.into_iter().chain([wanted(results)]);
    all.filter(|table| !table.rows.is_empty()).collect()
}

fn anchors(results: &Results) -> Table {
    let anchors = &results.anchors;
    let rows = [
        ("fdatasync of 4 KiB, one after the other", &anchors.fdatasync),
        ("`pgbench -N`, 64 clients, prepared, scale 50", &anchors.pgbench),
        ("The same refund the usual way, 64 clients over 32 connections", &anchors.usual),
    ];
    let rows = rows.into_iter().filter_map(|(name, rates)| {
        let ratio = Spread::of_rounds(rates, &anchors.pgbench);
        Some(vec![name.to_owned(), Spread::of(rates.clone())?.to_string(), shown(ratio)])
    });
    Table {
        title: "Anchors, measured in every round:".to_owned(),
        header: vec!["Anchor", "per second", "x pgbench -N"],
        right: vec![1, 2],
        rows: rows.collect(),
    }
}

fn throughput(results: &Results) -> Table {
    let first = results.first();
    let of_first = results.measured.iter().filter(|measured| measured.case.history == first);
    Table {
        title: format!(
            "Refunds of a credit balance, {} of them in the history beforehand:",
            grouped(first)
        ),
        header: vec![
            "Servers",
            "Clients",
            "Load",
            "per second",
            "p50 ms",
            "p99 ms",
            "x pgbench -N",
            "x usual way",
            "x fdatasync",
        ],
        right: vec![0, 1, 3, 4, 5, 6, 7, 8],
        rows: of_first.map(|measured| row(results, measured)).collect(),
    }
}

fn row(results: &Results, measured: &Measured) -> Vec<String> {
    let load = &measured.case.load;
    let time = |spread: Option<Spread<u64>>| {
        spread.map_or_else(String::new, |spread| millis(spread.median))
    };
    vec![
        measured.case.door.name(),
        load.clients.to_string(),
        load.name(),
        rate(measured),
        time(measured.spread(|sample| sample.p50_us)),
        time(measured.spread(|sample| sample.p99_us)),
        shown(measured.times(&results.anchors.pgbench)),
        shown(measured.times(&results.anchors.usual)),
        shown(measured.times(&results.anchors.fdatasync)),
    ]
}

/// The same loads on longer histories.
fn growth(results: &Results) -> Table {
    let (first, histories) = (results.first(), results.histories());
    let mut rows = Vec::new();
    for measured in &results.measured {
        let case = &measured.case;
        if case.history == first || case.door == Door::InProcess {
            continue;
        }
        let before = results.find(first, case.door, |load| *load == case.load);
        let ratio = before.and_then(|before| measured.times(&before.rates()));
        let (clients, load) = (case.load.clients.to_string(), case.load.name());
        rows.push(vec![grouped(case.history), clients, load, rate(measured), shown(ratio)]);
    }
    Table {
        title: match histories.first() {
            Some(first) => format!("Longer histories, against {} refunds:", grouped(*first)),
            None => String::new(),
        },
        header: vec!["History", "Clients", "Load", "per second", "of the short history"],
        right: vec![0, 1, 3, 4],
        rows,
    }
}

fn books(results: &Results) -> Table {
    let mib = |bytes: u64| grouped(bytes / (1024 * 1024));
    let optional = |value: Option<u64>| value.map_or_else(String::new, grouped);
    let rows = results.books.iter().map(|books| {
        vec![
            grouped(books.history),
            grouped(books.prepared_s),
            mib(books.bytes),
            optional(books.start_ms),
            optional(books.resident_kib.map(|kib| kib / 1024)),
        ]
    });
    Table {
        title: "The books, and a server on them:".to_owned(),
        header: vec!["History", "made in s", "MiB on disk", "started in ms", "MiB at the end"],
        right: vec![0, 1, 2, 3, 4],
        rows: rows.collect(),
    }
}

fn wanted(results: &Results) -> Table {
    let rows = aims(results).into_iter().map(|aim| {
        let sign = if aim.about { "about" } else { "at least" };
        let verdict = aim.verdict().to_owned();
        vec![aim.what, format!("{sign} {}", aim.wanted), aim.measured.to_string(), verdict]
    });
    Table {
        title: "Against the aims:".to_owned(),
        header: vec!["Aim", "wanted", "measured", ""],
        right: vec![1, 2],
        rows: rows.collect(),
    }
}

fn rate(measured: &Measured) -> String {
    shown(measured.spread(|sample| sample.per_second))
}

fn shown<T>(spread: Option<Spread<T>>) -> String
where
    Spread<T>: std::fmt::Display,
{
    spread.map_or_else(String::new, |spread| spread.to_string())
}
