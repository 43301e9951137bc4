//! Lists: columns, the page before and after, sorting, filters, and the same as a file.

mod column;
mod file;
mod sorting;
mod table;

use std::collections::{BTreeSet, HashMap};

use axum::response::Response;
use maud::{Markup, html};
use serde_json::Value;

pub(crate) use column::{CUSTOMER, Column, Of, place, text_of};
pub(crate) use file::rows_file;
pub(crate) use table::{filters, filters_with, results, table};

use file::{file, file_columns, line_of};
use sorting::{in_order, order, sorted};
use table::sortable;

use crate::api::Problem;
use crate::pages::part;
use crate::parts::{list, text};
use crate::visit::Visit;

/// So many rows a page has.
pub(crate) const ROWS: usize = 50;
/// So many rows are asked for at once for a file.
const AT_ONCE: usize = 200;
/// So many answers a page looks at that leaves rows out itself, until it has some to show.
const LOOKS: usize = 5;
/// A list of at most so many rows is put in order as a whole, and so many of them are shown.
const SORTED_MAX: usize = 1_000;
const SORTED_SHOWN: usize = 100;
/// So many rows are looked at for a file; whoever wants more has the API and `quittance export`.
const EXPORT_MAX: usize = 10_000;

/// What stands on a page that has nothing of what was asked for, while others may.
pub(crate) const MORE_FOLLOWS: &str = "Nothing on this page, but more follows.";

/// How the API says where a page ends.
#[derive(Clone, Copy)]
pub(crate) enum Pager {
    /// It answers everything at once.
    None,
    /// `cursor`, `next_cursor`.
    Cursor,
    /// `after`, `next_cursor`: events.
    AfterCursor,
    /// `after`, `next_after`.
    After,
}

impl Pager {
    const fn names(self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::None => None,
            Self::Cursor => Some(("cursor", "next_cursor")),
            Self::AfterCursor => Some(("after", "next_cursor")),
            Self::After => Some(("after", "next_after")),
        }
    }

    /// Where the page begins that was asked for; empty for the first.
    pub(crate) fn from(self, visit: &Visit) -> &str {
        self.names().map_or("", |(cursor, _)| visit.query.get(cursor))
    }

    /// Where the next page begins, if there is one. Events always say where to go on, and beside it whether there is more.
    fn next(self, page: &Value) -> Option<&str> {
        let (_, next) = self.names()?;
        let more = page.get("more") != Some(&Value::Bool(false));
        page.get(next)?.as_str().filter(|_| more)
    }

    /// The ways to the other pages, and to a file of all of them; `any` is whether this one shows something.
    pub(crate) fn links(self, visit: &Visit, page: &Value, any: bool) -> Markup {
        let (from, next) = (self.from(visit), self.next(page));
        let cursor = self.names().map_or("", |(cursor, _)| cursor);
        html! {
            @if any || next.is_some() || !from.is_empty() {
                p.pager {
                    @if let Some(next) = next {
                        a href=(visit.here_with(&[(cursor, next)])) rel="next" { "More" }
                    }
                    @if !from.is_empty() { a href=(visit.here_with(&[(cursor, "")])) { "Back to the first" } }
                    @if any || next.is_some() { a href=(visit.here_with(&[("export", "csv")])) download="" { "Export (CSV)" } }
                }
            }
        }
    }
}

/// A list of the API.
pub(crate) struct Listing<'a> {
    /// What a file of it is called.
    pub(crate) name: &'static str,
    /// Where the API has it, with what filters it.
    pub(crate) path: String,
    /// The member with the rows.
    pub(crate) member: &'static str,
    pub(crate) pager: Pager,
    pub(crate) columns: &'a [Column],
    /// What stands there if there is nothing: how something comes to be there.
    pub(crate) empty: &'a str,
}

/// What became of it.
pub(crate) enum Listed {
    /// A piece of a page.
    Page(Markup),
    /// A file.
    File(Response),
}

impl Listing<'_> {
    /// The page that was asked for, or a file of all.
    pub(crate) async fn show(&self, visit: &Visit) -> Result<Listed, Problem> {
        self.show_rows(visit, ROWS, |page| list(page, self.member).to_vec()).await
    }

    /// The same of rows that are made of what is answered, such as those the API has no filter for: `looked_at` are asked
    /// for at once, and a page may have few of them, or none, although more follow.
    pub(crate) async fn show_rows(
        &self,
        visit: &Visit,
        looked_at: usize,
        rows: impl Fn(&Value) -> Vec<Value> + Sync,
    ) -> Result<Listed, Problem> {
        self.show_rows_from(visit, looked_at, "", rows).await
    }

    /// The same where the list begins at a place that no filter of the API says; a file does, too.
    pub(crate) async fn show_rows_from(
        &self,
        visit: &Visit,
        looked_at: usize,
        begin: &str,
        rows: impl Fn(&Value) -> Vec<Value> + Sync,
    ) -> Result<Listed, Problem> {
        if visit.query.get("export") == "csv" {
            return Ok(Listed::File(self.file(visit, begin, &rows).await?));
        }
        let from = self.pager.from(visit);
        if order(visit).0.is_some()
            && from.is_empty()
            && let Some(all) = self.all_sorted(visit, &rows).await?
        {
            return Ok(Listed::Page(all));
        }
        let (rows, page) = self.gathered(visit, looked_at, from, &rows).await?;
        let next = self.pager.next(&page);
        let rows = sorted(&rows, self.columns, visit);
        let whole = from.is_empty() && next.is_none();
        Ok(Listed::Page(html! {
            @if rows.is_empty() {
                p.empty { @if next.is_some() { (MORE_FOLLOWS) } @else { (self.empty) } }
            } @else {
                @if !whole && order(visit).0.is_some() {
                    p.hint { "Only this page is in order. Narrow the list until it has a thousand rows, or export it: the file is in order as a whole." }
                }
                (sortable(&rows, self.columns, Some(visit), whole))
            }
            (self.pager.links(visit, &page, !rows.is_empty()))
        }))
    }

    /// The rows of a page, and the answer it ends with. Where the page itself leaves rows out, it goes on until it has some
    /// to show, or has looked at enough.
    async fn gathered(
        &self,
        visit: &Visit,
        looked_at: usize,
        from: &str,
        rows: &(impl Fn(&Value) -> Vec<Value> + Sync),
    ) -> Result<(Vec<Value>, Value), Problem> {
        let mut page = visit.get(&self.address(looked_at, from)).await?;
        let mut all = rows(&page);
        if looked_at > ROWS {
            for _ in 1..LOOKS {
                let Some(next) = self.pager.next(&page).filter(|_| all.len() < ROWS / 2) else {
                    break;
                };
                page = visit.get(&self.address(looked_at, next)).await?;
                all.extend(rows(&page));
            }
        }
        self.join_names(visit, &mut all).await?;
        Ok((all, page))
    }

    /// The name of the customer beside each account, where a column shows it, for those who may see it: a question for as
    /// many rows as one may ask about.
    async fn join_names(&self, visit: &Visit, rows: &mut [Value]) -> Result<(), Problem> {
        let shown = self.columns.iter().any(|it| matches!(it.of, Of::Text(CUSTOMER)));
        if !shown || !visit.may("view_accounts") {
            return Ok(());
        }
        for rows in rows.chunks_mut(AT_ONCE) {
            let accounts: BTreeSet<&str> = rows.iter().map(|row| text(row, "account")).collect();
            let accounts: Vec<&str> = accounts.into_iter().filter(|it| !it.is_empty()).collect();
            if accounts.is_empty() {
                continue;
            }
            let path = format!("/api/v1/accounts?numbers={}", part(&accounts.join(",")));
            let page = visit.get(&path).await?;
            let named = list(&page, "accounts").iter();
            let names: HashMap<&str, &str> =
                named.map(|it| (text(it, "number"), text(it, "name"))).collect();
            for row in rows {
                let name = names.get(text(row, "account")).copied().unwrap_or("");
                row[CUSTOMER] = name.into();
            }
        }
        Ok(())
    }

    /// A list that is not too long, as a whole and in order: the first rows of it. None if it is longer.
    async fn all_sorted(
        &self,
        visit: &Visit,
        rows: &(impl Fn(&Value) -> Vec<Value> + Sync),
    ) -> Result<Option<Markup>, Problem> {
        let (mut all, mut from) = (Vec::new(), String::new());
        for _ in 0..SORTED_MAX / AT_ONCE {
            let page = visit.get(&self.address(AT_ONCE, &from)).await?;
            all.extend(rows(&page));
            match self.pager.next(&page) {
                Some(next) => next.clone_into(&mut from),
                None => {
                    self.join_names(visit, &mut all).await?;
                    let mut sorted = sorted(&all, self.columns, visit);
                    let rest = sorted.len().saturating_sub(SORTED_SHOWN);
                    sorted.truncate(SORTED_SHOWN);
                    return Ok(Some(html! {
                        @if sorted.is_empty() { p.empty { (self.empty) } }
                        @else { (sortable(&sorted, self.columns, Some(visit), true)) }
                        @if rest > 0 { p.hint { "All are in order; " (rest) " more stand in the file, in this order." } }
                        (self.pager.links(visit, &Value::Null, !sorted.is_empty()))
                    }));
                }
            }
        }
        Ok(None)
    }

    fn address(&self, limit: usize, from: &str) -> String {
        let Some((cursor, _)) = self.pager.names() else { return self.path.clone() };
        let join = if self.path.contains('?') { '&' } else { '?' };
        let from =
            if from.is_empty() { String::new() } else { format!("&{cursor}={}", part(from)) };
        format!("{}{join}limit={limit}{from}", self.path)
    }

    async fn file(
        &self,
        visit: &Visit,
        begin: &str,
        rows: &(impl Fn(&Value) -> Vec<Value> + Sync),
    ) -> Result<Response, Problem> {
        let columns = file_columns(self.columns);
        let (by, down) = order(visit);
        let by = by.and_then(|by| self.columns.get(by));
        let (mut keys, mut lines) = (Vec::new(), Vec::new());
        let mut from = begin.to_owned();
        let mut whole = false;
        for _ in 0..EXPORT_MAX / AT_ONCE {
            let page = visit.get(&self.address(AT_ONCE, &from)).await?;
            let mut rows = rows(&page);
            self.join_names(visit, &mut rows).await?;
            for row in rows {
                keys.extend(by.map(|column| column.of.key(&row)));
                lines.push(line_of(&columns, &row));
            }
            match self.pager.next(&page) {
                Some(next) if next != from => next.clone_into(&mut from),
                _ => {
                    whole = true;
                    break;
                }
            }
        }
        // In the order of the page, and here all of it is there to be put in order.
        let lines = if by.is_some() { in_order(&keys, down, &lines) } else { lines };
        Ok(file(self.name, whole, &columns, &lines))
    }
}
