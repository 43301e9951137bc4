//! What a payment run did: rows, and sums over all its calls.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::form::Fields;
use crate::listing::{self, Column, Of};
use crate::parts::{list, money, text};
use crate::sums::sum;

/// What the calls of a run did so far. It is carried from page to page to be shown, and nothing depends on it.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) collected: u64,
    pub(super) refused: u64,
    /// Credit applied and amounts charged, by currency.
    totals: BTreeMap<String, [String; 2]>,
}

/// The field with what was done so far, as `collected refused`, and one as `USD applied charged` for each currency.
const SO_FAR: &str = "so_far";

impl Tally {
    pub(super) fn read(fields: &Fields) -> Self {
        let mut tally = Self::default();
        for line in fields.all(SO_FAR) {
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                [collected, refused] => {
                    tally.collected = collected.parse().unwrap_or(0);
                    tally.refused = refused.parse().unwrap_or(0);
                }
                [currency, applied, charged] => tally.add(currency, [applied, charged]),
                _ => {}
            }
        }
        tally
    }

    /// With what one more call did.
    pub(super) fn and(mut self, answer: &Value) -> Self {
        let count = |name: &str| answer[name].as_u64().unwrap_or(0);
        self.collected = self.collected.saturating_add(count("collected"));
        self.refused = self.refused.saturating_add(count("refused"));
        for total in list(answer, "totals") {
            self.add(
                text(total, "currency"),
                [text(total, "credit_applied"), text(total, "charged")],
            );
        }
        self
    }

    fn add(&mut self, currency: &str, amounts: [&str; 2]) {
        let sums = self.totals.entry(currency.to_owned());
        let sums = sums.or_insert_with(|| ["0".to_owned(), "0".to_owned()]);
        for (total, amount) in sums.iter_mut().zip(amounts) {
            if let Some(more) = sum([total.as_str(), amount]) {
                *total = more;
            }
        }
    }

    /// For the next page.
    pub(super) fn carry(&self) -> Markup {
        html! {
            input type="hidden" name=(SO_FAR) value={ (self.collected) " " (self.refused) };
            @for (currency, [applied, charged]) in &self.totals {
                input type="hidden" name=(SO_FAR) value={ (currency) " " (applied) " " (charged) };
            }
        }
    }
}

/// The sums, a row for each currency.
pub(super) fn totals(tally: &Tally) -> Markup {
    html! {
        @if !tally.totals.is_empty() {
            table tabindex="0" {
                thead { tr { th { "Currency" } th.amount { "Credit balance used" } th.amount { "Charged" } } }
                tbody {
                    @for (currency, [applied, charged]) in &tally.totals {
                        tr {
                            td { (currency) }
                            td.amount { (money(applied, currency)) }
                            td.amount { (money(charged, currency)) }
                        }
                    }
                }
            }
        }
    }
}

pub(super) const COLUMNS: [Column; 6] = [
    Column::new("Account", Of::Document("account")),
    Column::new("Result", Of::Made(result, |row| text(row, "result").to_owned())),
    Column::new("Credit balance used", Of::Money("credit_applied")),
    Column::new("Charged", Of::Money("charged")),
    Column::new("Payment", Of::Document("payment")),
    Column::new("Why not", Of::Text("detail")),
];

/// A row for each account.
pub(super) fn results(answer: &Value) -> Markup {
    // What something is collected from comes first.
    let (done, others): (Vec<Value>, Vec<Value>) =
        list(answer, "results").iter().cloned().partition(|row| text(row, "result") == "collected");
    listing::results(&[done, others].concat(), &COLUMNS, "result")
}

fn result(row: &Value) -> Markup {
    let said = text(row, "result");
    html! {
        @match (said, text(row, "code")) {
            // Nothing went wrong: there was nothing to do.
            ("refused", "nothing_to_collect") => span.badge.quiet { "nothing due" },
            ("refused", _) => span.badge.bad { (said) },
            _ => span.badge.good { (said) },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_done_so_far_is_carried_and_added_to() {
        let sent = Fields::read(b"so_far=2+1&so_far=USD+0.10+5.00&so_far=odd");
        let answer = json!({"collected": 1, "refused": 0,
            "totals": [{"currency": "USD", "credit_applied": "0.20", "charged": "1.00"}]});
        let tally = Tally::read(&sent).and(&answer);
        assert_eq!((tally.collected, tally.refused), (3, 1));
        assert_eq!(tally.totals["USD"], ["0.30", "6.00"]);
        assert!(tally.carry().into_string().contains("USD 0.30 6.00"));
    }
}
