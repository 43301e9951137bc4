//! A list one can look through for a text: of all that is shown of each row. For lists the API has no filters for.

use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::input::{Input, Kind};
use crate::listing::{Column, Listed, Listing, Pager, ROWS};
use crate::parts::{instant, list, words};
use crate::visit::Visit;

/// What stands there if no row has the text.
pub(crate) const NOTHING: &str = "Nothing here has this text. Empty the field to see all.";
/// So many rows are looked through for a page, if a text is looked for.
const LOOKED_AT: usize = 100;

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
        let rows = |page: &Value| rows(page).into_iter().filter(wanted).collect();
        let list = match found.show_rows(visit, looked_at, rows).await? {
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

/// The field for the text.
pub(crate) fn finder(visit: &Visit, hint: &'static str) -> Markup {
    let field = Input::new("find", "Containing", Kind::Line).hint(hint);
    html! {
        form.filters method="get" action=(visit.at.split('?').next().unwrap_or("/console")) role="search" {
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
