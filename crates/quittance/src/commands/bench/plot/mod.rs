//! The plots: throughput, ratios, growth and latency, as SVG written by hand. A chart library would
//! bring its own colours for one theme; these follow the reader's.

mod bars;
mod lines;
mod scale;
mod svg;

use std::path::Path;

use super::aims::Wanted;
use super::figures::{Ratio, Spread, grouped, millis};
use super::load::{Load, Sample};
use super::results::{Door, Measured, Results};
use crate::output::{Done, sentence};

use bars::{Bar, BarChart};
use lines::{Line, LineChart};
use scale::Scale;

/// Draws what was measured into `directory`; answers file names and titles.
pub(super) fn write(results: &Results, directory: &Path) -> Done<Vec<(String, String)>> {
    let failed = |error| sentence(format!("{}: {error}", directory.display()));
    std::fs::create_dir_all(directory).map_err(failed)?;
    let charts = [
        ("throughput", throughput(results)),
        ("ratio", ratio(results)),
        ("growth", growth(results)),
        ("latency", latency(results)),
    ];
    let mut written = Vec::new();
    for (name, chart) in charts {
        let Some((title, drawing)) = chart else { continue };
        let file = format!("{}-{name}.svg", results.store_name().to_lowercase());
        std::fs::write(directory.join(&file), drawing).map_err(failed)?;
        let parent = directory.file_name().unwrap_or_default().to_string_lossy();
        written.push((format!("{parent}/{file}"), title));
    }
    Ok(written)
}

type Chart = Option<(String, String)>;

/// A load in few words.
fn name(load: &Load) -> String {
    let clients = if load.clients == 1 { "client" } else { "clients" };
    let kind = if load.hot { "hot account".to_owned() } else { load.name() };
    format!("{} {clients}, {kind}", load.clients)
}

/// Numbers of clients that sent single requests over HTTP.
fn clients(results: &Results) -> Vec<usize> {
    let loads = results.loads();
    let single = loads.iter().filter(|load| load.array == 1 && !load.hot);
    let mut clients: Vec<usize> = single.map(|load| load.clients).collect();
    let http = |count: &usize| {
        let is = |load: &Load| load.clients == *count && load.array == 1;
        results.doors().iter().any(|door| {
            *door != Door::InProcess && results.find(results.first(), *door, is).is_some()
        })
    };
    clients.retain(http);
    clients
}

/// One line per door and kind of load over the numbers of clients.
fn by_clients(results: &Results, of: impl Fn(&Sample) -> u64 + Copy) -> Vec<Line> {
    let clients = clients(results);
    let mut lines = Vec::new();
    for (index, door) in results.doors().into_iter().enumerate() {
        let Door::Http(servers) = door else { continue };
        for hot in [false, true] {
            let points = clients.iter().map(|count| {
                let is = |load: &Load| load.clients == *count && load.hot == hot && load.array == 1;
                results.find(results.first(), door, is)?.spread(of)
            });
            let kind = if hot { "hot account" } else { "uniform" };
            let name = match servers {
                1 => kind.to_owned(),
                more => format!("{more} servers, {kind}"),
            };
            let (colour, dashed) = (usize::from(hot) + 2 * index.min(1), false);
            lines.push(Line { name, colour, dashed, points: points.collect() });
        }
    }
    lines
}

fn throughput(results: &Results) -> Chart {
    let lines = by_clients(results, |sample| sample.per_second);
    let anchors = [
        ("pgbench -N, 64 clients", &results.anchors.pgbench),
        ("the usual way, 64 clients", &results.anchors.usual),
        ("fdatasync", &results.anchors.fdatasync),
    ];
    let anchors: Vec<(String, u64)> = anchors
        .into_iter()
        .filter_map(|(name, rates)| Some((name.to_owned(), Spread::of(rates.clone())?.median)))
        .collect();
    let tops = lines.iter().flat_map(|line| line.points.iter().flatten().map(|point| point.max));
    let most = tops.chain(anchors.iter().map(|(_, value)| *value)).max()?;
    let title = format!("{}: refunds per second", results.store_name());
    let chart = LineChart {
        title: title.clone(),
        explanation: "Single requests over HTTP, answered when on disk. Hot account: a tenth of \
                      them on one. Thin lines: the rounds' range."
            .to_owned(),
        x_name: "clients",
        y_name: "per second",
        categories: clients(results).iter().map(usize::to_string).collect(),
        scale: Scale::linear(most),
        tick: grouped,
        lines,
        anchors,
    };
    Some((title, chart.draw()))
}

fn latency(results: &Results) -> Chart {
    let one_server = |lines: Vec<Line>| lines.into_iter().take(2);
    let lines: Vec<Line> = one_server(by_clients(results, |sample| sample.p50_us))
        .map(|line| Line { name: format!("p50, {}", line.name), ..line })
        .chain(one_server(by_clients(results, |sample| sample.p99_us)).map(|line| Line {
            name: format!("p99, {}", line.name),
            dashed: true,
            ..line
        }))
        .collect();
    let values: Vec<u64> = lines
        .iter()
        .flat_map(|line| line.points.iter().flatten().flat_map(|point| [point.min, point.max]))
        .collect();
    values.first()?;
    let title = format!("{}: time to the answer", results.store_name());
    let chart = LineChart {
        title: title.clone(),
        explanation: "Single requests over HTTP to one server. A tenfold always takes the same \
                      height."
            .to_owned(),
        x_name: "clients",
        y_name: "milliseconds",
        categories: clients(results).iter().map(usize::to_string).collect(),
        scale: Scale::log(&values),
        tick: |micros| millis(micros).trim_end_matches('0').trim_end_matches('.').to_owned(),
        lines,
        anchors: Vec::new(),
    };
    Some((title, chart.draw()))
}

fn ratio(results: &Results) -> Chart {
    let wanted = Wanted::of(results.store);
    let pgbench = &results.anchors.pgbench;
    let first = results.first();
    let mut bars = Vec::new();
    for measured in results.measured.iter().filter(|measured| measured.case.history == first) {
        let (load, door) = (&measured.case.load, measured.case.door);
        let Some(ratio) = measured.times(pgbench) else { continue };
        let (at, aim) = match door {
            Door::Http(1) => (String::new(), wanted.times_pgbench(load)),
            Door::Http(servers) => (format!(", {servers} servers"), None),
            Door::InProcess => (", without HTTP".to_owned(), None),
        };
        let name = format!("{}{at}", name(load));
        let colour = match (door, load.array, load.hot) {
            (Door::InProcess, ..) => 3,
            (_, 1, false) => 0,
            (_, 1, true) => 1,
            _ => 2,
        };
        bars.push(Bar { name, colour, ratio, aim });
    }
    if bars.is_empty() {
        return None;
    }
    if let Some(ratio) = Spread::of_rounds(&results.anchors.usual, pgbench) {
        bars.push(Bar {
            name: "the usual way, 64 clients".to_owned(),
            colour: 4,
            ratio,
            aim: None,
        });
    }
    let title = format!("{}: multiples of pgbench -N", results.store_name());
    let chart = BarChart {
        title: title.clone(),
        explanation: "Refunds per second through transactions per second of pgbench -N at 64 \
                      clients in the same round. Upright marks: aims."
            .to_owned(),
        bars,
    };
    Some((title, chart.draw()))
}

fn growth(results: &Results) -> Chart {
    let mut histories = results.histories();
    histories.sort_unstable();
    if histories.len() < 2 {
        return None;
    }
    let first = results.first();
    let of_first: Vec<&Measured> =
        results.measured.iter().filter(|measured| measured.case.history == first).collect();
    let is_shown = |measured: &&&Measured| {
        let case = &measured.case;
        let single_door = results.doors().first() == Some(&case.door);
        single_door && (case.load.array > 1 || case.load.clients >= 64 && !case.load.hot)
    };
    let lines: Vec<Line> = of_first
        .iter()
        .filter(is_shown)
        .enumerate()
        .map(|(index, before)| {
            let points = histories.iter().map(|history| {
                let door = before.case.door;
                let after = results.find(*history, door, |load| *load == before.case.load)?;
                let ratio = after.times(&before.rates())?;
                let Spread { median, min, max } = ratio;
                Some(Spread { median: median.0, min: min.0, max: max.0 })
            });
            let load = &before.case.load;
            Line { name: name(load), colour: index % 4, dashed: false, points: points.collect() }
        })
        .collect();
    let tops = lines.iter().flat_map(|line| line.points.iter().flatten().map(|point| point.max));
    let most = tops.max()?;
    let title = format!("{}: throughput as the history grows", results.store_name());
    let aim = Wanted::of(results.store).grown;
    let chart = LineChart {
        title: title.clone(),
        explanation: format!(
            "Refunds per second through those with {} refunds in the history, in the same round.",
            grouped(first)
        ),
        x_name: "refunds in the history beforehand",
        y_name: "of the short history",
        categories: histories.iter().copied().map(grouped).collect(),
        scale: Scale::linear(most.max(100)),
        tick: |hundredths| Ratio(hundredths).to_string(),
        lines,
        anchors: vec![(format!("aim for the longest: {aim}"), aim.0)],
    };
    Some((title, chart.draw()))
}
