//! Rows in the order of a column.

use std::cmp::Ordering;

use serde_json::Value;

use super::column::Column;
use crate::sums::scaled;
use crate::visit::Visit;

/// The rows of this page in the order that was asked for.
pub(super) fn sorted(rows: &[Value], columns: &[Column], visit: &Visit) -> Vec<Value> {
    let (by, down) = order(visit);
    let Some(column) = by.and_then(|by| columns.get(by)) else { return rows.to_vec() };
    let keys: Vec<Key> = rows.iter().map(|row| column.of.key(row)).collect();
    in_order(&keys, down, rows)
}

/// By what a row is sorted: its currency, if it is an amount, because amounts of two currencies are not compared; and the
/// text.
pub(super) type Key = (String, String);

/// Things in the order of a key of each: as numbers if they all are some; without floats, so that amounts stay what they are.
pub(super) fn in_order<T: Clone>(keys: &[Key], down: bool, things: &[T]) -> Vec<T> {
    let numbers = scaled(keys.iter().map(|(_, text)| text.as_str()));
    let compared = |one: usize, other: usize| match (keys.get(one), keys.get(other)) {
        (Some((currency, text)), Some((other_currency, other_text))) => {
            let within = match &numbers {
                Some(numbers) => numbers.get(one).cmp(&numbers.get(other)),
                None => text.to_lowercase().cmp(&other_text.to_lowercase()),
            };
            currency.cmp(other_currency).then(if down { within.reverse() } else { within })
        }
        _ => Ordering::Equal,
    };
    let mut order: Vec<usize> = (0..things.len()).collect();
    order.sort_by(|one, other| compared(*one, *other));
    order.iter().filter_map(|place| things.get(*place).cloned()).collect()
}

/// Which column the page is sorted by, and whether the largest comes first.
pub(super) fn order(visit: &Visit) -> (Option<usize>, bool) {
    let sort = visit.query.get("sort");
    (sort.trim_start_matches('-').parse().ok(), sort.starts_with('-'))
}

#[cfg(test)]
mod tests {

    use super::*;

    #[test]
    fn amounts_are_sorted_within_their_currency() {
        let key = |currency: &str, text: &str| (currency.to_owned(), text.to_owned());
        let keys = [key("USD", "5.00"), key("JPY", "7000"), key("USD", "10.00"), key("JPY", "300")];
        assert_eq!(in_order(&keys, false, &[0, 1, 2, 3]), [3, 1, 0, 2]);
        assert_eq!(in_order(&keys, true, &[0, 1, 2, 3]), [1, 3, 2, 0]);
        let words = [key("", "b"), key("", "A"), key("", "10")];
        assert_eq!(in_order(&words, false, &[0, 1, 2]), [2, 1, 0]);
    }
}
