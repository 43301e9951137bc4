//! Made-up figures, to see that what is shown follows from them.

use super::aims::aims;
use super::load::{Load, Sample};
use super::machine::Machine;
use super::results::{Anchors, Case, Door, Results, Settings};
use super::{plot, tables};
use crate::cli::Store;

fn load(clients: usize, hot: bool, array: usize) -> Load {
    Load { clients, hot, array, accounts: 10, electronic: false }
}

/// Two rounds: the first at a thousand transactions of pgbench, the second at two thousand.
fn results() -> Results {
    let settings =
        Settings { rounds: 2, seconds: 1, accounts: 10, committers: Some(2), postgres: Vec::new() };
    let mut results = Results {
        store: Store::Postgres,
        date: "2026-11-23".to_owned(),
        machine: Machine::here(None),
        settings,
        anchors: Anchors {
            fdatasync: vec![500, 500],
            pgbench: vec![1_000, 2_000],
            usual: vec![500, 1_100],
        },
        books: Vec::new(),
        measured: Vec::new(),
    };
    let cases = [
        (10, Door::Http(1), load(64, false, 1), [3_000, 6_600]),
        (10, Door::Http(1), load(64, true, 1), [1_500, 6_000]),
        (10, Door::Http(1), load(8, false, 1_000), [8_000, 16_000]),
        (10, Door::InProcess, load(256, false, 1), [9_000, 18_000]),
        (1_000, Door::Http(1), load(64, false, 1), [2_700, 3_300]),
    ];
    for (history, door, load, rates) in cases {
        for per_second in rates {
            let sample = Sample { per_second, p50_us: 1_000, p99_us: 2_000, again: 0 };
            results.add(Case { history, door, load: load.clone() }, sample);
        }
    }
    results
}

#[test]
fn an_aim_is_held_against_the_median_of_the_rounds() {
    let found: Vec<String> = aims(&results())
        .iter()
        .map(|aim| format!("{}: {} {}", aim.what, aim.measured, aim.verdict()))
        .collect();
    let expected = [
        "64 clients, single requests: of pgbench -N: 3.30 (3.00-3.30) met",
        "64 clients, a tenth on one account: of uniform: 0.91 (0.50-0.91) met",
        "8 clients, arrays of 1,000: of pgbench -N: 8.00 met",
        "64 clients, single requests, 1,000 refunds in the history: of 10: 0.90 (0.50-0.90) met",
        "the usual way: of pgbench -N: 0.55 (0.50-0.55) expected",
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_tables_for_the_documentation_have_every_case() {
    let plots = [("performance/a.svg".to_owned(), "A".to_owned())];
    let text = tables::markdown(&results(), &plots);
    for row in [
        "| 1 | 64 | uniform | 6,600 (3,000-6,600) | 1.00 | 2.00 | 3.30 (3.00-3.30) | 6.00 |",
        "| in process | 256 | uniform | 18,000 (9,000-18,000) |",
        "| 1,000 | 64 | uniform | 3,300 (2,700-3,300) | 0.90 (0.50-0.90) |",
        "![A](performance/a.svg)",
        "### PostgreSQL",
    ] {
        assert!(text.contains(row), "{row} is not in\n{text}");
    }
    assert!(text.lines().all(|line| line == line.trim_end()));
}

#[test]
fn every_plot_is_drawn_inside_its_card() {
    let directory = std::env::temp_dir().join(format!("quittance-plots-{}", std::process::id()));
    let drawn = plot::write(&results(), &directory).unwrap();
    let names: Vec<&str> = drawn.iter().map(|(path, _)| path.rsplit('/').next().unwrap()).collect();
    let kinds = ["throughput", "ratio", "growth", "latency"];
    assert_eq!(names, kinds.map(|kind| format!("postgresql-{kind}.svg")));
    for name in names {
        let text = std::fs::read_to_string(directory.join(name)).unwrap();
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"), "{name}");
        let places = text.split([' ', '<']).filter_map(|word| {
            let value = ["x=\"", "x1=\"", "x2=\"", "cx=\""]
                .iter()
                .find_map(|name| word.strip_prefix(name)?.split('"').next()?.parse::<i64>().ok());
            value.filter(|value| !(0..820).contains(value))
        });
        assert_eq!(places.count(), 0, "{name}");
    }
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn programs_get_every_round() {
    let json = results().json();
    let first = json.pointer("/measured/0").unwrap();
    assert_eq!(first.pointer("/x_pgbench/median").unwrap().to_string(), "3.3");
    assert_eq!(first.pointer("/rounds/1/per_second").unwrap(), 6_600);
    assert_eq!(json.pointer("/anchors_per_second/usual/0").unwrap(), 500);
}
