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
/// Where a page of it begins.
const PLACE: &str = "place";
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

/// How a list is made of what is answered, where it is more than its member.
#[derive(Clone, Copy)]
pub(crate) struct Making<'a> {
    /// Where it begins, if no filter of the API says so; a file does, too.
    pub(crate) begin: &'a str,
    /// So many rows are asked for at once. More than a page has: the page leaves rows out itself, and looks on for some.
    pub(crate) looked_at: usize,
    /// The rows of an answer.
    pub(crate) rows: &'a (dyn Fn(&Value) -> Vec<Value> + Sync),
    /// Which of them are wanted, by all that is shown of each.
    pub(crate) keep: &'a (dyn Fn(&Value) -> bool + Sync),
    /// What stands below those that are shown.
    pub(crate) foot: &'a (dyn Fn(&[Value]) -> Markup + Sync),
}

/// All rows are wanted.
pub(crate) const KEEP_ALL: &(dyn Fn(&Value) -> bool + Sync) = &|_| true;
/// Nothing stands below.
pub(crate) const NO_FOOT: &(dyn Fn(&[Value]) -> Markup + Sync) = &|_| html! {};

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
        let making = Making { begin: "", looked_at, rows: &rows, keep: KEEP_ALL, foot: NO_FOOT };
        self.show_made(visit, making).await
    }

    /// The same with all that can be said of it.
    pub(crate) async fn show_made(
        &self,
        visit: &Visit,
        making: Making<'_>,
    ) -> Result<Listed, Problem> {
        if visit.query.get("export") == "csv" {
            return Ok(Listed::File(self.file(visit, making).await?));
        }
        let from = self.pager.from(visit);
        let ordered = order(visit).0.is_some();
        if ordered
            && from.is_empty()
            && let Some(all) = self.all(visit, making).await?
        {
            return Ok(Listed::Page(self.all_sorted(visit, making, &all)));
        }
        let (rows, page) = self.gathered(visit, from, making).await?;
        let next = self.pager.next(&page);
        let rows = sorted(&rows, self.columns, visit);
        let whole = from.is_empty() && next.is_none();
        Ok(Listed::Page(html! {
            @if rows.is_empty() {
                p.empty { @if next.is_some() { (MORE_FOLLOWS) } @else { (self.empty) } }
            } @else {
                @if !whole && ordered {
                    p.hint { "Only this page is in order, because more than a thousand rows would have to be looked at. The file is in order as a whole." }
                }
                (sortable(&rows, self.columns, Some(visit), whole))
            }
            (self.pager.links(visit, &page, !rows.is_empty()))
            ((making.foot)(&rows))
        }))
    }

    /// The rows of an answer that are wanted.
    async fn made(
        &self,
        visit: &Visit,
        page: &Value,
        making: Making<'_>,
    ) -> Result<Vec<Value>, Problem> {
        let mut rows = (making.rows)(page);
        self.join_names(visit, &mut rows).await?;
        rows.retain(|row| (making.keep)(row));
        Ok(rows)
    }

    /// The rows of a page, and the answer it ends with. Where the page itself leaves rows out, it goes on until it has some
    /// to show, or has looked at enough.
    async fn gathered(
        &self,
        visit: &Visit,
        from: &str,
        making: Making<'_>,
    ) -> Result<(Vec<Value>, Value), Problem> {
        let mut page = visit.get(&self.address(making.looked_at, from)).await?;
        let mut all = self.made(visit, &page, making).await?;
        if making.looked_at > ROWS {
            for _ in 1..LOOKS {
                let on = all.len() < ROWS / 2 && !self.was_looked_for(&page, making.looked_at);
                let Some(next) = self.pager.next(&page).filter(|_| on) else { break };
                page = visit.get(&self.address(making.looked_at, next)).await?;
                all.extend(self.made(visit, &page, making).await?);
            }
        }
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
            for row in rows.iter_mut().filter_map(Value::as_object_mut) {
                let account = row.get("account").and_then(Value::as_str).unwrap_or("");
                let name = names.get(account).copied().unwrap_or("");
                row.insert(CUSTOMER.to_owned(), name.into());
            }
        }
        Ok(())
    }

    /// Whether an answer has fewer rows than it was asked for although more follow: the API looked through thousands for
    /// them itself, which is enough for a page.
    fn was_looked_for(&self, page: &Value, asked_for: usize) -> bool {
        self.pager.next(page).is_some() && list(page, self.member).len() < asked_for
    }

    /// A list that is not too long, as a whole. None if it is longer.
    async fn all(&self, visit: &Visit, making: Making<'_>) -> Result<Option<Vec<Value>>, Problem> {
        let (mut all, mut from) = (Vec::new(), making.begin.to_owned());
        for _ in 0..SORTED_MAX / AT_ONCE {
            let page = visit.get(&self.address(AT_ONCE, &from)).await?;
            all.extend(self.made(visit, &page, making).await?);
            match self.pager.next(&page) {
                Some(_) if self.was_looked_for(&page, AT_ONCE) => return Ok(None),
                Some(next) => next.clone_into(&mut from),
                None => return Ok(Some(all)),
            }
        }
        Ok(None)
    }

    /// The first rows of a whole list, in order.
    fn all_sorted(&self, visit: &Visit, making: Making<'_>, all: &[Value]) -> Markup {
        let sorted = sorted(all, self.columns, visit);
        let place = visit.query.get(PLACE).parse::<usize>().unwrap_or(0).min(sorted.len());
        let end = place.saturating_add(SORTED_SHOWN).min(sorted.len());
        let shown = sorted.get(place..end).unwrap_or_default();
        html! {
            @if sorted.is_empty() { p.empty { (self.empty) } }
            @else { (sortable(shown, self.columns, Some(visit), true)) }
            @if sorted.len() > SORTED_SHOWN {
                p.pager {
                    span { "All " (sorted.len()) " are in order." }
                    @if end < sorted.len() { a href=(visit.here_with(&[(PLACE, &end.to_string())])) rel="next" { "More" } }
                    @if place > 0 { a href=(visit.here_with(&[(PLACE, "")])) { "Back to the first" } }
                }
            }
            (self.pager.links(visit, &Value::Null, !sorted.is_empty()))
            ((making.foot)(shown))
        }
    }

    fn address(&self, limit: usize, from: &str) -> String {
        let Some((cursor, _)) = self.pager.names() else { return self.path.clone() };
        let join = if self.path.contains('?') { '&' } else { '?' };
        let from =
            if from.is_empty() { String::new() } else { format!("&{cursor}={}", part(from)) };
        format!("{}{join}limit={limit}{from}", self.path)
    }

    async fn file(&self, visit: &Visit, making: Making<'_>) -> Result<Response, Problem> {
        let columns = file_columns(self.columns);
        let (by, down) = order(visit);
        let by = by.and_then(|by| self.columns.get(by));
        let (mut keys, mut lines) = (Vec::new(), Vec::new());
        let mut from = making.begin.to_owned();
        let mut whole = false;
        for _ in 0..EXPORT_MAX / AT_ONCE {
            let page = visit.get(&self.address(AT_ONCE, &from)).await?;
            for row in self.made(visit, &page, making).await? {
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

/// The columns for whoever reads the list: names of customers are for those who may see accounts.
pub(crate) fn for_reader(visit: &Visit, columns: &[Column]) -> Vec<Column> {
    let shown = |it: &&Column| visit.may("view_accounts") || !matches!(it.of, Of::Text(CUSTOMER));
    columns.iter().filter(shown).copied().collect()
}
