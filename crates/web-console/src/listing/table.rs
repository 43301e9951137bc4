//! Rows under their columns, and the filters above them.

use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::Value;

use super::column::Column;
use super::sorting::order;
use crate::api::Problem;
use crate::input::Input;
use crate::parts::text;
use crate::visit::Visit;

/// So many rows of a result stand on a page; a file has all.
const RESULTS: usize = 100;

/// Rows of a result that has all of them in a file: as many as fit on a page, some of each kind, which is what they say
/// under `kind`.
pub(crate) fn results(rows: &[Value], columns: &[Column], kind: &str) -> Markup {
    let rest = rows.len().saturating_sub(RESULTS);
    html! {
        (table(&some_of_each(rows, kind), columns, None))
        @if rest > 0 {
            p.note { "Here are " (RESULTS) ", some of each kind, and " (rest) " more stand in the file of the results." }
        }
    }
}

fn some_of_each(rows: &[Value], kind: &str) -> Vec<Value> {
    let mut before: HashMap<&str, usize> = HashMap::new();
    let mut ranked: Vec<(usize, usize)> = Vec::with_capacity(rows.len());
    for (place, row) in rows.iter().enumerate() {
        let before = before.entry(text(row, kind)).or_default();
        ranked.push((*before, place));
        *before += 1;
    }
    ranked.sort_unstable();
    ranked.truncate(RESULTS);
    ranked.sort_unstable_by_key(|(_, place)| *place);
    ranked.iter().filter_map(|(_, place)| rows.get(*place).cloned()).collect()
}

/// Rows under their columns. With `visit` one can sort them.
pub(crate) fn table(rows: &[Value], columns: &[Column], visit: Option<&Visit>) -> Markup {
    sortable(rows, columns, visit, true)
}

/// The same; `whole` is whether the rows are all there are, or a page of them. There is no index for every column of every
/// list, so a column sorts what is on the page, and says so.
pub(super) fn sortable(
    rows: &[Value],
    columns: &[Column],
    visit: Option<&Visit>,
    whole: bool,
) -> Markup {
    html! {
        table tabindex="0" {
            thead { tr { @for (place, column) in columns.iter().enumerate() { (head(place, column, visit, whole)) } } }
            tbody {
                @for row in rows {
                    tr { @for column in columns { td class=[column.of.class()] { (column.of.show(row)) } } }
                }
            }
        }
    }
}

fn head(place: usize, column: &Column, visit: Option<&Visit>, whole: bool) -> Markup {
    let Some(visit) = visit.filter(|_| !column.title.is_empty()) else {
        return html! { th class=[column.of.class()] { (column.title) } };
    };
    let (by, down) = order(visit);
    let here = by == Some(place);
    let sort = if here && !down { format!("-{place}") } else { place.to_string() };
    let said = here.then_some(if down { "descending" } else { "ascending" });
    html! {
        th class=[column.of.class()] aria-sort=[said] {
            a.sort href=(visit.here_with(&[("sort", &sort), ("place", "")])) title=[(!whole).then_some("Sorts this page")] {
                (column.title) @if here && !whole { span.hint { " this page" } }
            }
        }
    }
}

/// A form that filters a list: what is asked for stands in the address.
pub(crate) fn filters(visit: &Visit, inputs: &[Input]) -> Markup {
    filters_with(visit, inputs, None)
}

/// The same, with what is wrong with one of them.
pub(crate) fn filters_with(visit: &Visit, inputs: &[Input], problem: Option<&Problem>) -> Markup {
    let path = visit.at.split('?').next().unwrap_or("/console");
    html! {
        form.filters method="get" action=(path) role="search" aria-label="Filter" {
            @for input in inputs { (input.show(&visit.query, problem)) }
            button type="submit" { "Filter" }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::column::Of;
    use super::*;

    #[test]
    fn of_many_results_some_of_each_kind_are_shown() {
        let row = |kind: &str, place: usize| json!({"kind": kind, "place": place});
        let mut rows: Vec<Value> = (0..500).map(|place| row("common", place)).collect();
        rows.extend((500..503).map(|place| row("rare", place)));
        let shown = some_of_each(&rows, "kind");
        assert_eq!(shown.len(), RESULTS);
        assert_eq!(shown[..97], rows[..97]);
        assert_eq!(shown[97..], rows[500..]);
        assert_eq!(some_of_each(&rows[..RESULTS], "kind"), rows[..RESULTS]);
    }

    #[test]
    fn what_users_wrote_is_escaped_in_every_kind_of_cell() {
        let hostile = "<script>alert(1)</script>";
        let row = json!({"x": hostile, "currency": hostile, "all": [hostile]});
        let kinds = [
            Of::Plain("x"),
            Of::Text("x"),
            Of::Words("x"),
            Of::Document("x"),
            Of::Badge("x"),
            Of::Instant("x"),
            Of::Money("x"),
            Of::Flag("x"),
            Of::Link("x", "/console"),
            Of::Plain("all"),
        ];
        for of in kinds {
            let shown = table(std::slice::from_ref(&row), &[Column::new("X", of)], None);
            assert!(!shown.into_string().contains("<script"), "escaped");
        }
    }
}
