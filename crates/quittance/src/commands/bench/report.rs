//! Medians over the rounds, and ratios to the anchors.
#![expect(clippy::float_arithmetic, reason = "ratios of measurements, never money")]

use serde_json::{Value, json};

use super::load::{Load, Sample};
use super::prepare::Figures;
use crate::output::{line, table};

#[derive(Default)]
pub(super) struct Report {
    pub(super) fdatasync: Vec<u64>,
    pub(super) pgbench: Vec<u64>,
    pub(super) server: Figures,
    loads: Vec<(Load, Vec<Sample>)>,
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

/// The median of the ratios within each round, which is steadier than the ratio of medians.
fn ratio(samples: &[Sample], anchor: &[u64]) -> Option<f64> {
    let mut ratios: Vec<f64> = samples
        .iter()
        .zip(anchor)
        .map(|(sample, anchor)| sample.per_second as f64 / (*anchor).max(1) as f64)
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}

fn name(load: &Load) -> String {
    match (load.array, load.hot) {
        (1, false) => "uniform".to_owned(),
        (1, true) => "10 % on one account".to_owned(),
        (array, _) => format!("arrays of {array}"),
    }
}

impl Report {
    pub(super) fn add(&mut self, load: &Load, sample: Sample) {
        match self.loads.iter_mut().find(|(known, _)| known == load) {
            Some((_, samples)) => samples.push(sample),
            None => self.loads.push((load.clone(), vec![sample])),
        }
    }

    pub(super) fn print(&self) {
        line(format!(
            "anchors: fdatasync {}/s, pgbench -N at 64 clients {}",
            median(self.fdatasync.iter().copied()),
            if self.pgbench.is_empty() {
                "not measured".to_owned()
            } else {
                format!("{}/s", median(self.pgbench.iter().copied()))
            },
        ));
        line(format!(
            "server: started in {} ms, {} MiB resident at the end",
            self.server.start_ms,
            self.server.resident_kib / 1024,
        ));
        let rows: Vec<Vec<String>> =
            self.loads.iter().map(|(load, samples)| self.row(load, samples)).collect();
        let header =
            ["clients", "load", "ops/s", "min-max", "p50 ms", "p99 ms", "x fdatasync", "x pgbench"];
        table(&header, &[0, 2, 3, 4, 5, 6, 7], &rows);
    }

    fn row(&self, load: &Load, samples: &[Sample]) -> Vec<String> {
        let rates = || samples.iter().map(|sample| sample.per_second);
        let millis = |micros: u64| format!("{:.2}", micros as f64 / 1000.0);
        let times =
            |ratio: Option<f64>| ratio.map_or_else(String::new, |ratio| format!("{ratio:.1}"));
        let (low, high) = (rates().min().unwrap_or(0), rates().max().unwrap_or(0));
        vec![
            load.clients.to_string(),
            name(load),
            median(rates()).to_string(),
            format!("{low}-{high}"),
            millis(median(samples.iter().map(|sample| sample.p50_us))),
            millis(median(samples.iter().map(|sample| sample.p99_us))),
            times(ratio(samples, &self.fdatasync)),
            times(ratio(samples, &self.pgbench)),
        ]
    }

    pub(super) fn json(&self) -> Value {
        let loads: Vec<Value> = self
            .loads
            .iter()
            .map(|(load, samples)| {
                json!({
                    "clients": load.clients,
                    "load": name(load),
                    "ops_per_second": samples.iter().map(|s| s.per_second).collect::<Vec<_>>(),
                    "p50_us": median(samples.iter().map(|s| s.p50_us)),
                    "p99_us": median(samples.iter().map(|s| s.p99_us)),
                    "x_fdatasync": ratio(samples, &self.fdatasync),
                    "x_pgbench": ratio(samples, &self.pgbench),
                })
            })
            .collect();
        json!({
            "fdatasync_per_second": self.fdatasync,
            "pgbench_per_second": self.pgbench,
            "server": self.server,
            "loads": loads,
        })
    }
}
