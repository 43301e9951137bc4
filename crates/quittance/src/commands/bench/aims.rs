//! What was wanted, beside what was measured.

use serde_json::{Value, json};

use super::figures::{Ratio, Spread, grouped};
use super::load::Load;
use super::results::{Door, Results};
use crate::cli::Store;

/// What is wanted of a store, over HTTP. The first three are multiples of `pgbench -N`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    clients_64: Ratio,
    clients_256: Ratio,
    arrays: Ratio,
    /// A tenth of the load on one account, of the uniform load.
    hot: Ratio,
    /// With the longest history, of the shortest.
    pub(super) grown: Ratio,
}

/// The usual way is expected at about this multiple of `pgbench -N`: it does about twice the work.
const USUAL: Ratio = Ratio(50);

impl Wanted {
    pub(super) const fn of(store: Store) -> Self {
        match store {
            Store::Sqlite => Self {
                clients_64: Ratio(700),
                clients_256: Ratio(900),
                arrays: Ratio(3000),
                hot: Ratio(90),
                grown: Ratio(85),
            },
            Store::Postgres => Self {
                clients_64: Ratio(320),
                clients_256: Ratio(500),
                arrays: Ratio(800),
                hot: Ratio(80),
                grown: Ratio(80),
            },
        }
    }

    /// The multiple of `pgbench -N` wanted under a load, if one is.
    pub(super) fn times_pgbench(&self, load: &Load) -> Option<Ratio> {
        match (load.array, load.hot, load.clients) {
            (1, false, 64) => Some(self.clients_64),
            (1, false, 256) => Some(self.clients_256),
            (1, ..) => None,
            _ => Some(self.arrays),
        }
    }
}

/// One aim and how it came out.
pub(super) struct Aim {
    pub(super) what: String,
    pub(super) wanted: Ratio,
    /// Not to be reached, only expected.
    pub(super) about: bool,
    pub(super) measured: Spread<Ratio>,
}

impl Aim {
    /// In a word.
    pub(super) fn verdict(&self) -> &'static str {
        match (self.about, self.measured.median >= self.wanted) {
            (true, _) => "expected",
            (false, true) => "met",
            (false, false) => "short",
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "aim": self.what,
            "wanted": self.wanted,
            "measured": self.measured,
            "verdict": self.verdict(),
        })
    }
}

/// The aims of the store for which something was measured.
pub(super) fn aims(results: &Results) -> Vec<Aim> {
    let wanted = Wanted::of(results.store);
    let mut aims = Vec::new();
    let first = results.first();
    for door in results.doors() {
        let Door::Http(servers) = door else { continue };
        let at = if servers == 1 { String::new() } else { format!(", {servers} servers") };
        for load in results.loads() {
            let Some(measured) = results.find(first, door, |other| *other == load) else {
                continue;
            };
            let clients = load.clients;
            if let Some(ratio) = wanted.times_pgbench(&load) {
                let name = if load.array == 1 { "single requests".to_owned() } else { load.name() };
                let what = format!("{clients} clients, {name}{at}: of pgbench -N");
                push(&mut aims, what, ratio, measured.times(&results.anchors.pgbench));
            }
            let uniform = Load { hot: false, ..load.clone() };
            let Some(uniform) = results.find(first, door, |other| *other == uniform) else {
                continue;
            };
            if load.hot && clients >= 64 {
                let what = format!("{clients} clients, a tenth on one account{at}: of uniform");
                push(&mut aims, what, wanted.hot, measured.times(&uniform.rates()));
            }
        }
    }
    aims.extend(grown(results, wanted.grown));
    let usual = Spread::of_rounds(&results.anchors.usual, &results.anchors.pgbench);
    if let Some(measured) = usual {
        let what = "the usual way: of pgbench -N".to_owned();
        aims.push(Aim { what, wanted: USUAL, about: true, measured });
    }
    aims
}

/// The longest history against the first, for the loads with an aim of their own.
fn grown(results: &Results, wanted: Ratio) -> Vec<Aim> {
    let mut aims = Vec::new();
    let histories = results.histories();
    let (Some(short), Some(long)) = (histories.first(), histories.iter().max()) else {
        return aims;
    };
    if short == long {
        return aims;
    }
    for load in results.loads() {
        if Wanted::of(results.store).times_pgbench(&load).is_none() {
            continue;
        }
        let at = |history: u64| {
            results.doors().into_iter().find_map(|door| {
                results
                    .find(history, door, |other| *other == load)
                    .filter(|_| door != Door::InProcess)
            })
        };
        if let (Some(before), Some(after)) = (at(*short), at(*long)) {
            let name = if load.array == 1 { "single requests".to_owned() } else { load.name() };
            let what = format!(
                "{} clients, {name}, {} refunds in the history: of {}",
                load.clients,
                grouped(*long),
                grouped(*short),
            );
            push(&mut aims, what, wanted, after.times(&before.rates()));
        }
    }
    aims
}

fn push(aims: &mut Vec<Aim>, what: String, wanted: Ratio, measured: Option<Spread<Ratio>>) {
    if let Some(measured) = measured {
        aims.push(Aim { what, wanted, about: false, measured });
    }
}
