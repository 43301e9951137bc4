//! The journal: decisions, or their lines; from a day on, of an account, by whom, or on an accounting code.

use std::collections::BTreeSet;

use maud::{Markup, html};
use serde_json::Value;

use super::record::{self, Day};
use super::{beside, filtered, unreadable};
use crate::api::Problem;
use crate::finding::LOOKED_AT;
use crate::input::{Choice, Input, Kind};
use crate::listing::{Column, Listed, Listing, Making, Of, Pager, ROWS};
use crate::pages::{Shown, part};
use crate::parts::{document, list, money, page_of, text};
use crate::sums::sum;
use crate::visit::{Visit, redirect};

/// So many documents of a decision stand in its row.
const SHOWN: usize = 2;

const DECISIONS: [Column; 8] = [
    Column::new("Entry", Of::Document("number")),
    Column::new("Decided (UTC)", Of::Instant("at")),
    Column::new("Account", Of::Document("account")),
    Column::new("What", Of::Words("command")),
    Column::new("Posted", Of::Money("posted")),
    Column::new("Documents", Of::Long(documents, |row| numbers(row).join(" "))),
    Column::new("Who", Of::Text("actor")),
    Column::new("Why", Of::Text("reason")),
];

const LINES: [Column; 9] = [
    Column::new("Date", Of::Plain("date")),
    Column::new("Entry", Of::Document("entry")),
    Column::new("Account", Of::Document("account")),
    Column::new("Accounting code", Of::Text("accounting_code")),
    Column::new("Debit", Of::Money("debit")),
    Column::new("Credit", Of::Money("credit")),
    Column::new("Document", Of::Document("document")),
    Column::new("Invoice", Of::Document("invoice")),
    Column::new("Who", Of::Text("actor")),
];

pub(super) async fn show(visit: Visit) -> Shown {
    let entry = visit.query.given("entry");
    if let Some(page) = entry.and_then(page_of) {
        return Ok(redirect(&page));
    }
    let found = match record::begins(&visit).await {
        _ if entry.is_some() => {
            Err(unreadable("entry", "write the number of an entry, such as JE-00000001"))
        }
        Ok(Day::Elsewhere(to)) => return Ok(redirect(&to)),
        Ok(Day::Here(begin)) => find(&visit, &begin).await,
        Err(problem) => Err(problem),
    };
    let named = [("actor", "who"), ("accounting_code", "code"), ("command", "what")];
    let found = found.map_err(|problem| beside(&visit, problem, &named));
    let lead = html! {
        p.hint { "Every decision, the newest first. Who, what, code and currency have no index: a page looks through 2,000 decisions for them, and More goes on from there." }
        (days(&visit))
    };
    filtered(visit, "Journal", &inputs(), found, &lead)
}

fn inputs() -> Vec<Input> {
    let shows = vec![Choice::new("", "Decisions"), Choice::new("lines", "Lines")];
    vec![
        Input::new("on", "Until the end of (UTC)", Kind::Date),
        Input::new("account", "Account", Kind::Line).hint("Number or id."),
        Input::new("who", "Who", Kind::Line).hint("A part of the name."),
        Input::new("what", "What", Kind::Line).hint("Such as refund, or collect."),
        Input::new("code", "Accounting code", Kind::Line).hint("Shows the lines on it."),
        Input::new("currency", "Currency", Kind::Line).hint("Of the lines."),
        Input::new("until", "Dated until", Kind::Date).hint("Shows the lines."),
        Input::new("show", "Show", Kind::One(shows)),
        Input::new("entry", "Go to an entry", Kind::Line).hint("Such as JE-00000001."),
    ]
}

async fn find(visit: &Visit, begin: &str) -> Result<Listed, Problem> {
    let code = visit.query.given("code");
    let currency = visit.query.given("currency").map(str::to_uppercase);
    let currency = currency.as_deref();
    let until = record::day(visit, "until")?.map(|day| day.to_string());
    let mut path = record::narrowed(visit, &[("actor", "who"), ("accounting_code", "code")]);
    if let Some(currency) = currency {
        path += &format!("&currency={}", part(currency));
    }
    if let Some(until) = &until {
        path += &format!("&dated_until={until}");
    }
    let lines = code.is_some()
        || currency.is_some()
        || until.is_some()
        || visit.query.get("show") == "lines";
    let listing = Listing {
        name: "journal",
        path,
        member: "entries",
        pager: Pager::Cursor,
        columns: if lines { &LINES } else { &DECISIONS },
        empty: match code {
            Some(_) => {
                "Nothing is here. Codes are written as they stand at Administration, Accounting codes."
            }
            None => "Nothing is here. Every change of the books makes an entry.",
        },
    };
    let rows = |page: &Value| {
        let entries = list(page, "entries").iter();
        if lines {
            entries.flat_map(|entry| lines_of(entry, code, currency)).collect()
        } else {
            entries.map(decision).collect()
        }
    };
    // A line is dated apart from when it was decided: late, or ahead.
    let dated = |line: &Value| until.as_deref().is_none_or(|until| text(line, "date") <= until);
    let foot = |shown: &[Value]| {
        if lines {
            together(shown)
        } else {
            html! {}
        }
    };
    let looked_at = if until.is_some() { LOOKED_AT } else { ROWS };
    let making = Making { begin, looked_at, rows: &rows, keep: &dated, foot: &foot };
    listing.show_made(visit, making).await
}

/// What the lines of a page come to, in each currency.
fn together(lines: &[Value]) -> Markup {
    let currencies: BTreeSet<&str> = lines.iter().map(|line| text(line, "currency")).collect();
    let total = |side: &str, currency: &str| {
        let of = lines.iter().filter(|line| text(line, "currency") == currency);
        sum(of.map(|line| text(line, side)).filter(|it| !it.is_empty())).unwrap_or_default()
    };
    html! {
        @if !lines.is_empty() {
            dl.facts {
                @for currency in currencies {
                    @for (label, side) in [("Debits here", "debit"), ("Credits here", "credit")] {
                        div { dt { (label) } dd { (money(&total(side, currency), currency)) } }
                    }
                }
            }
        }
    }
}

/// An entry with what it posts in all: the sum of its debits.
fn decision(entry: &Value) -> Value {
    let lines = list(entry, "journal");
    let posted = sum(lines.iter().map(|line| text(line, "debit")).filter(|it| !it.is_empty()));
    let mut entry = entry.clone();
    if let (Some(row), Some(line)) = (entry.as_object_mut(), lines.first()) {
        row.insert("posted".to_owned(), posted.into());
        row.insert("currency".to_owned(), text(line, "currency").into());
    }
    entry
}

/// The lines of an entry on a code and in a currency, or all, each with what its entry says.
fn lines_of(entry: &Value, code: Option<&str>, currency: Option<&str>) -> Vec<Value> {
    let fits = |line: &Value, name: &str, wanted: Option<&str>| {
        wanted.is_none_or(|wanted| text(line, name).to_lowercase() == wanted.to_lowercase())
    };
    let lines = list(entry, "journal").iter();
    let on = lines.filter(|it| fits(it, "accounting_code", code) && fits(it, "currency", currency));
    let whole = |line: &Value| {
        let mut line = line.clone();
        if let Some(row) = line.as_object_mut() {
            for (name, from) in [("entry", "number"), ("account", "account"), ("actor", "actor")] {
                row.insert(name.to_owned(), text(entry, from).into());
            }
        }
        line
    };
    on.map(whole).collect()
}

/// The numbers of the documents an entry made or changed, each once, without the account that stands beside them.
pub(super) fn numbers(entry: &Value) -> Vec<String> {
    let mut numbers: Vec<String> = Vec::new();
    for made in list(entry, "documents") {
        let number = text(made, "number").to_owned();
        let told = number.is_empty() || number == text(entry, "account");
        if !told && !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// The first of them; a run may make very many.
pub(super) fn documents(entry: &Value) -> Markup {
    let numbers = numbers(entry);
    let (shown, rest) = numbers.split_at(numbers.len().min(SHOWN));
    html! {
        @for number in shown { (document(number)) " " }
        @if !rest.is_empty() { "and " (rest.len()) " more" }
    }
}

/// The day before and after the one that was asked for.
fn days(visit: &Visit) -> Markup {
    let day = record::day(visit, "on").ok().flatten();
    let to = |day: jiff::civil::Date| visit.here_with(&[("on", &day.to_string()), ("cursor", "")]);
    html! {
        @if let Some(day) = day {
            p.pager {
                @if let Ok(before) = day.yesterday() { a href=(to(before)) rel="prev" { "The day before" } }
                strong { (day) }
                @if let Ok(after) = day.tomorrow() { a href=(to(after)) rel="next" { "The day after" } }
                a href=(visit.here_with(&[("on", ""), ("cursor", "")])) { "Now" }
            }
        }
    }
}
