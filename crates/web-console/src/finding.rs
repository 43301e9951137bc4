//! A list one can look through for a text: of all that is shown of each row. For lists the API has no filters for, and for
//! those that are a part of a page.

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::input::{Input, Kind};
use crate::listing::{Column, Listed, Listing, Making, NO_FOOT, Pager, ROWS, rows_file, table};
use crate::parts::{instant, list, words};
use crate::visit::Visit;

/// What stands there if no row has the text.
pub(crate) const NOTHING: &str = "Nothing here has this text. Empty the field to see all.";
/// So many rows are looked through for a page, if a text is looked for.
pub(crate) const LOOKED_AT: usize = 200;

impl Listing<'_> {
    /// The rows in which the text stands that was asked for, under a field for it.
    pub(crate) async fn show_found(&self, visit: &Visit) -> Result<Listed, Problem> {
        self.show_rows_found(visit, |page| list(page, self.member).to_vec()).await
    }

    /// The same of rows that are made of what is answered.
    pub(crate) async fn show_rows_found(
        &self,
        visit: &Visit,
        rows: impl Fn(&Value) -> Vec<Value> + Sync,
    ) -> Result<Listed, Problem> {
        let text = visit.query.given("find");
        let wanted = |row: &Value| text.is_none_or(|text| stands_in(self.columns, row, text));
        let (looked_at, empty) = match text {
            Some(_) => (LOOKED_AT, NOTHING),
            None => (ROWS, self.empty),
        };
        let found = Listing { path: self.path.clone(), empty, ..*self };
        let making = Making { begin: "", looked_at, rows: &rows, keep: &wanted, foot: NO_FOOT };
        let list = match found.show_made(visit, making).await? {
            Listed::Page(list) => list,
            file @ Listed::File(_) => return Ok(file),
        };
        let hint = match self.pager {
            Pager::None => "In any column.",
            _ => "In any column. Looks through one page after the other.",
        };
        Ok(Listed::Page(html! { (finder(visit, hint)) (list) }))
    }
}

/// A list that stands on a page among other things, and is there as a whole.
pub(crate) struct Part<'a> {
    /// What a file of it is called, and what asks for one: `?export=`.
    pub(crate) name: &'static str,
    pub(crate) columns: &'a [Column],
    pub(crate) rows: &'a [Value],
    /// Whether these are all, of those that a file could have.
    pub(crate) whole: bool,
    /// What stands there if there is nothing.
    pub(crate) empty: &'a str,
}

/// A part of a page with more rows than these can be looked through for a text.
const AT_A_GLANCE: usize = 10;

impl Part<'_> {
    /// The file, if it is asked for.
    pub(crate) fn file(&self, visit: &Visit) -> Option<Response> {
        let wanted = visit.query.get("export") == self.name;
        wanted.then(|| rows_file(self.name, self.whole, self.columns, &self.found(visit)))
    }

    fn found(&self, visit: &Visit) -> Vec<Value> {
        let text = visit.query.given(&self.field());
        let wanted = |row: &&Value| text.is_none_or(|text| stands_in(self.columns, row, text));
        self.rows.iter().filter(wanted).cloned().collect()
    }

    fn field(&self) -> String {
        format!("find-{}", self.name)
    }

    /// The rows, under a field to look through them if they are many, and the way to a file of them.
    pub(crate) fn show(&self, visit: &Visit) -> Markup {
        let rows = self.found(visit);
        let (path, name) = (visit.at.split('?').next().unwrap_or("/console"), self.field());
        let others = visit.query.pairs().filter(|(it, _)| *it != name && *it != "export");
        html! {
            @if self.rows.len() > AT_A_GLANCE {
                form.filters method="get" action=(path) role="search" aria-label={ "Filter " (self.name) } {
                    @for (other, value) in others { input type="hidden" name=(other) value=(value); }
                    (Input::new(name.clone(), "Containing", Kind::Line).show(&visit.query, None))
                    button type="submit" { "Filter" }
                }
            }
            @if rows.is_empty() { p.empty { @if self.rows.is_empty() { (self.empty) } @else { (NOTHING) } } }
            @else {
                (table(&rows, self.columns, None))
                p.pager { a href=(visit.here_with(&[("export", self.name)])) download="" { "Export (CSV)" } }
            }
        }
    }
}

/// The field for the text.
pub(crate) fn finder(visit: &Visit, hint: &'static str) -> Markup {
    let field = Input::new("find", "Containing", Kind::Line).hint(hint);
    html! {
        form.filters method="get" action=(visit.at.split('?').next().unwrap_or("/console")) role="search" aria-label="Filter" {
            @if let Some(tab) = visit.query.given("tab") { input type="hidden" name="tab" value=(tab); }
            (field.show(&visit.query, None))
            button type="submit" { "Filter" }
        }
    }
}

/// Whether a text stands in a row, in capital or small letters: as a file has it, or in the words that are shown.
pub(crate) fn stands_in(columns: &[Column], row: &Value, text: &str) -> bool {
    let text = text.to_lowercase();
    columns.iter().any(|column| {
        let cell = column.of.file_text(row);
        [words(&cell), instant(&cell), cell].iter().any(|it| it.to_lowercase().contains(&text))
    })
}
