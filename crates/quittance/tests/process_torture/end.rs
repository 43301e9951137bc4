//! The end: nothing goes wrong any more, and every movement is held against the books.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::support::Api;
use crate::support::books::text;
use crate::support::sandbox::{GATEWAY, Sandbox, within};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::fire::Torture;

impl Torture {
    /// No more mishaps: time goes on until nothing is left to do.
    pub(crate) fn settle(&mut self) {
        self.sandbox.kill9();
        self.sandbox.start_again();
        let (minute, hour) = (60, 3_600);
        let steps = [(31, 6), (5 * minute, 8), (hour, 24), (24 * hour, 40)];
        let steps = steps.iter().flat_map(|(seconds, times)| vec![*seconds; *times]);
        for (count, seconds) in steps.enumerate() {
            self.sandbox.flush();
            if count > 20 && self.open.is_empty() {
                break;
            }
            self.step(SignedDuration::from_secs(seconds));
            let (api, now) = (self.server.api(), self.now);
            // A gateway that was down is left in peace for a while: then the next step comes first.
            within(Duration::from_secs(1), || {
                self.open.iter().all(|number| {
                    let order = &api.document(number)["order"];
                    let due = order["due"].as_str().map(|due| due.parse::<Timestamp>().unwrap());
                    due.is_none_or(|due| due > now) && order["worker"].is_null()
                })
            });
        }
        // What is settled or fails late does so within days.
        for _ in 0..4 {
            self.step(SignedDuration::from_hours(24));
            self.sandbox.flush();
        }
        self.calm();
        let api = self.server.api();
        let lives = self.open.iter().map(|number| format!("{:#}", life(&api, number)));
        let lives: Vec<String> = lives.collect();
        assert!(lives.is_empty(), "{:?} never came to an end:\n{}", self.open, lives.join("\n"));
    }

    /// A person looks into the gateway's books and says how it was.
    pub(crate) fn resolve(&mut self) -> usize {
        let api = self.server.api();
        let queue = api.show("/api/v1/orders/queue?limit=200");
        let queue = queue["orders"].as_array().unwrap();
        let moved = moves(&self.sandbox);
        for order in queue {
            let number = text(order, "number");
            let kind = if number.starts_with("R-") { "refunds" } else { "payments" };
            let state = api.document(&number)["state"].clone();
            let total: i64 = moved.get(&number).into_iter().flatten().sum();
            // Of a void it is asked whether that was done.
            let paid = (total != 0) != (state == "voiding");
            let body = json!({"paid": paid, "comment": "seen in the ledger"});
            api.post(&format!("/api/v1/{kind}/{number}/resolve"), &body).done();
        }
        queue.len()
    }

    /// Holds all that the gateway lists against the books, in spans that it can list.
    pub(crate) fn reconcile(&self, from: Timestamp, to: Timestamp) -> Vec<Value> {
        let body = json!({"from": from.to_string(), "to": to.to_string(), "apply": true});
        let path = format!("/api/v1/gateways/{GATEWAY}/reconcile");
        let answer = self.server.api().command("POST", &path, None, &body);
        if answer.status == 200 {
            return answer.body["differences"].as_array().unwrap().clone();
        }
        let half = SignedDuration::from_secs(to.duration_since(from).as_secs() / 2);
        assert!(half.as_secs() > 0, "{}", answer.text);
        let middle = from.checked_add(half).unwrap();
        [self.reconcile(from, middle), self.reconcile(middle, to)].concat()
    }

    /// Every refund and payment against the gateway's ledger, one by one.
    pub(crate) fn compare(&self) -> BTreeMap<String, usize> {
        let api = self.server.api();
        let mut moved = moves(&self.sandbox);
        let (mut wrong, mut states, mut known) = (Vec::new(), BTreeMap::new(), BTreeSet::new());
        for kind in ["refunds", "payments"] {
            for shown in api.walk(&format!("/api/v1/{kind}"), kind, 200) {
                if shown["type"] == "external" {
                    // The books' own record that the money of a charge came back.
                    continue;
                }
                let (number, state) = (text(&shown, "number"), text(&shown, "state"));
                let amount = minor(&text(&shown, "amount"));
                let full = if kind == "refunds" { -amount } else { amount };
                let moves = moved.remove(&number).unwrap_or_default();
                let mut total = 0;
                let steps_fit = moves.iter().all(|moved| {
                    total += moved;
                    total == 0 || total == full
                });
                let expected = match state.as_str() {
                    "processed" => Some(full),
                    "declined" | "never_sent" | "failed_late" | "voided" => Some(0),
                    _ => None,
                };
                if !steps_fit || expected != Some(total) {
                    let life = life(&api, &number);
                    wrong.push(format!("{number} {state} {full}, but {moves:?}:\n{life:#}"));
                }
                *states.entry(format!("{kind} {state}")).or_default() += 1;
                known.insert(number);
            }
        }
        assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
        assert!(moved.is_empty(), "moved for nothing: {moved:?}");
        assert_eq!(known, self.documents, "not the documents that were acknowledged");
        states
    }
}

/// The movements of money by reference, oldest first, in minor units.
pub(crate) fn moves(sandbox: &Sandbox) -> BTreeMap<String, Vec<i64>> {
    let mut all = BTreeMap::new();
    for row in sandbox.ledger() {
        let mut moves: Vec<(Timestamp, i64)> = row["moves"]
            .as_array()
            .unwrap()
            .iter()
            .map(|moved| (text(moved, "at").parse().unwrap(), minor(&text(moved, "amount"))))
            .collect();
        moves.sort_by_key(|(at, _)| *at);
        let moves = moves.into_iter().map(|(_, minor)| minor).collect();
        assert!(all.insert(text(&row, "reference"), moves).is_none(), "two currencies: {row}");
    }
    all
}

/// Every step of the order of a document.
pub(crate) fn life(api: &Api, number: &str) -> Value {
    let kind = if number.starts_with("R-") { "refunds" } else { "payments" };
    api.show(&format!("/api/v1/{kind}/{number}/attempts"))
}

pub(crate) fn minor(decimal: &str) -> i64 {
    decimal.replace('.', "").parse().unwrap()
}
