//! Lists: columns, the page before and after, sorting, filters, and the same as a file.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::input::Input;
use crate::pages::part;
use crate::parts::{badge, document, instant, list, money, text, words};
use crate::sums::scaled;
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

/// A column of a list.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) of: Of,
}

/// What a cell shows, by the name of a member of the row.
#[derive(Clone, Copy)]
pub(crate) enum Of {
    /// As it is.
    Plain(&'static str),
    /// A text somebody wrote, which may be long.
    Text(&'static str),
    /// The words of a code.
    Words(&'static str),
    /// A document, with its page.
    Document(&'static str),
    /// How it stands.
    Badge(&'static str),
    /// An instant.
    Instant(&'static str),
    /// An amount in the row's `currency`.
    Money(&'static str),
    /// Yes or no.
    Flag(&'static str),
    /// A name, with its page below an address.
    Link(&'static str, &'static str),
    /// Something else: as it is shown, and as a file has it.
    Made(fn(&Value) -> Markup, fn(&Value) -> String),
    /// The same, which may be long.
    Long(fn(&Value) -> Markup, fn(&Value) -> String),
}

impl Column {
    pub(crate) const fn new(title: &'static str, of: Of) -> Self {
        Self { title, of }
    }
}

impl Of {
    fn show(self, row: &Value) -> Markup {
        match self {
            Self::Plain(name) => html! { (text_of(row, name)) },
            Self::Text(name) => html! { (text_of(row, name)) },
            Self::Words(name) => html! { (words(text(row, name))) },
            Self::Document(name) => document(text(row, name)),
            Self::Badge(name) => badge(&text_of(row, name)),
            Self::Instant(name) => html! { (instant(text(row, name))) },
            Self::Money(name) => html! {
                @if !text(row, name).is_empty() { (money(text(row, name), text(row, "currency"))) }
            },
            Self::Flag(name) => html! { (yes_or_no(row, name)) },
            Self::Link(name, below) => {
                html! { a href=(place(below, text(row, name))) { (text(row, name)) } }
            }
            Self::Made(show, _) | Self::Long(show, _) => show(row),
        }
    }

    /// As a file has it.
    pub(crate) fn file_text(self, row: &Value) -> String {
        match self {
            Self::Plain(name)
            | Self::Text(name)
            | Self::Words(name)
            | Self::Document(name)
            | Self::Badge(name)
            | Self::Instant(name)
            | Self::Link(name, _)
            | Self::Money(name) => text_of(row, name),
            Self::Flag(name) => yes_or_no(row, name).to_owned(),
            Self::Made(_, text) | Self::Long(_, text) => text(row),
        }
    }

    /// By what it is sorted.
    fn key(self, row: &Value) -> Key {
        let currency = if matches!(self, Self::Money(_)) { text(row, "currency") } else { "" };
        (currency.to_owned(), self.file_text(row))
    }

    const fn class(self) -> Option<&'static str> {
        match self {
            Self::Money(_) => Some("amount"),
            Self::Text(_) | Self::Link(..) | Self::Long(..) => Some("text"),
            _ => None,
        }
    }
}

fn yes_or_no(row: &Value, name: &str) -> &'static str {
    if row.get(name) == Some(&Value::Bool(true)) { "yes" } else { "no" }
}

/// The page of something that has a name, below an address. People may call it as pages beside it are called (`new`);
/// written another way, the address is one of its own.
pub(crate) fn place(below: &str, name: &str) -> String {
    let name = if name == "new" { "%6Eew".to_owned() } else { part(name) };
    format!("{below}/{name}")
}

/// A member as a text, whatever it is: several with commas between them.
pub(crate) fn text_of(row: &Value, name: &str) -> String {
    match row.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => {
            let all =
                all.iter().map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned));
            all.collect::<Vec<_>>().join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// The member with the name of the customer, which a list asks for by having a column of it.
pub(crate) const CUSTOMER: &str = "account_name";

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

/// The columns a file has. What has no title is there to be pressed, and an amount is nothing without its currency.
fn file_columns(columns: &[Column]) -> Vec<Column> {
    let own = columns.iter().any(|column| column.title == CURRENCY.title);
    let mut all = Vec::new();
    for column in columns.iter().filter(|column| !column.title.is_empty()) {
        let first = !own && all.iter().all(|it: &Column| it.title != CURRENCY.title);
        all.push(*column);
        if first && matches!(column.of, Of::Money(_)) {
            all.push(CURRENCY);
        }
    }
    all
}

const CURRENCY: Column = Column::new("Currency", Of::Plain("currency"));

/// Rows as a file; `whole` is whether these are all.
pub(crate) fn rows_file(name: &str, whole: bool, columns: &[Column], rows: &[Value]) -> Response {
    let columns = file_columns(columns);
    let lines: Vec<Vec<u8>> = rows.iter().map(|row| line_of(&columns, row)).collect();
    file(name, whole, &columns, &lines)
}

fn line_of(columns: &[Column], row: &Value) -> Vec<u8> {
    line(columns.iter().map(|column| column.of.file_text(row)))
}

fn file(name: &str, whole: bool, columns: &[Column], lines: &[Vec<u8>]) -> Response {
    let head = line(columns.iter().map(|column| column.title.to_owned()));
    // A file that has not all of it says so by its name, which goes with it wherever it goes.
    let cut = if whole { "" } else { "-not-all" };
    let named = format!("attachment; filename=\"{name}{cut}.csv\"");
    let named = HeaderValue::from_str(&named).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, named)];
    (headers, [head, lines.concat()].concat()).into_response()
}

/// What a spreadsheet would take for a formula is made a text.
fn harmless(cell: String) -> String {
    let number = cell
        .strip_prefix('-')
        .is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A line of a file (RFC 4180).
fn line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    drop(writer.write_record(cells.map(harmless)));
    writer.into_inner().unwrap_or_default()
}

/// The rows of this page in the order that was asked for.
fn sorted(rows: &[Value], columns: &[Column], visit: &Visit) -> Vec<Value> {
    let (by, down) = order(visit);
    let Some(column) = by.and_then(|by| columns.get(by)) else { return rows.to_vec() };
    let keys: Vec<Key> = rows.iter().map(|row| column.of.key(row)).collect();
    in_order(&keys, down, rows)
}

/// By what a row is sorted: its currency, if it is an amount, because amounts of two currencies are not compared; and the
/// text.
type Key = (String, String);

/// Things in the order of a key of each: as numbers if they all are some; without floats, so that amounts stay what they are.
fn in_order<T: Clone>(keys: &[Key], down: bool, things: &[T]) -> Vec<T> {
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
fn order(visit: &Visit) -> (Option<usize>, bool) {
    let sort = visit.query.get("sort");
    (sort.trim_start_matches('-').parse().ok(), sort.starts_with('-'))
}

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
fn sortable(rows: &[Value], columns: &[Column], visit: Option<&Visit>, whole: bool) -> Markup {
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
            a.sort href=(visit.here_with(&[("sort", &sort)])) title=[(!whole).then_some("Sorts this page")] {
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
    fn amounts_are_sorted_within_their_currency() {
        let key = |currency: &str, text: &str| (currency.to_owned(), text.to_owned());
        let keys = [key("USD", "5.00"), key("JPY", "7000"), key("USD", "10.00"), key("JPY", "300")];
        assert_eq!(in_order(&keys, false, &[0, 1, 2, 3]), [3, 1, 0, 2]);
        assert_eq!(in_order(&keys, true, &[0, 1, 2, 3]), [1, 3, 2, 0]);
        let words = [key("", "b"), key("", "A"), key("", "10")];
        assert_eq!(in_order(&words, false, &[0, 1, 2]), [2, 1, 0]);
    }

    #[test]
    fn a_file_holds_no_formula_and_quotes_what_must_be_quoted() {
        let cells = ["=cmd()", "-5.00", "-x", "a,b", "say \"hi\"", "plain"];
        let expected = "'=cmd(),-5.00,'-x,\"a,b\",\"say \"\"hi\"\"\",plain\r\n";
        assert_eq!(line(cells.iter().map(|it| (*it).to_owned())), expected.as_bytes());
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
