//! The trial balance: now, or at the end of any day; from each line to the journal.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use super::{filtered, record};
use crate::api::Problem;
use crate::chart::ends_before;
use crate::input::{Input, Kind};
use crate::listing::{Column, Listed, Listing, Of, Pager};
use crate::pages::{Shown, part};
use crate::parts::{list, money, text, words};
use crate::sums::sum;
use crate::visit::Visit;

/// As a file has it.
const COLUMNS: [Column; 6] = [
    Column::new("Currency", Of::Plain("currency")),
    Column::new("Accounting code", Of::Text("accounting_code")),
    Column::new("Role", Of::Plain("role")),
    Column::new("Debit", Of::Money("debit")),
    Column::new("Credit", Of::Money("credit")),
    Column::new("Balance", Of::Money("balance")),
];

pub(super) async fn show(visit: Visit) -> Shown {
    let inputs = [Input::new("as_of", "At the end of", Kind::Date).hint("Left empty: now.")];
    let found = find(&visit).await;
    let lead = html! {
        p.hint { "By the dates documents have: what was recorded today and dated in June counts in June." }
        (month_ends(&visit).await)
    };
    filtered(visit, "Trial balance", &inputs, found, &lead)
}

async fn find(visit: &Visit) -> Result<Listed, Problem> {
    let day = record::day(visit, "as_of")?;
    let path = match day {
        Some(day) => format!("/api/v1/trial-balance?as_of={day}"),
        None => "/api/v1/trial-balance".to_owned(),
    };
    if visit.query.get("export") == "csv" {
        let listing = Listing {
            name: "trial-balance",
            path,
            member: "lines",
            pager: Pager::None,
            columns: &COLUMNS,
            empty: "",
        };
        return listing.show(visit).await;
    }
    let balance = visit.get(&path).await?;
    let mut currencies: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for line in list(&balance, "lines") {
        currencies.entry(text(line, "currency")).or_default().push(line);
    }
    Ok(Listed::Page(html! {
        @if currencies.is_empty() {
            p.empty { "Nothing is posted " @if let Some(day) = day { "until " (day) } @else { "yet" } ". The first posted invoice or payment begins the books." }
        } @else {
            @for (currency, lines) in &currencies { (of_currency(currency, lines, day)) }
            p.pager { a href=(visit.here_with(&[("export", "csv")])) download="" { "Export (CSV)" } }
        }
    }))
}

fn of_currency(currency: &str, lines: &[&Value], day: Option<Date>) -> Markup {
    let total = |side: &str| sum(lines.iter().map(|line| text(line, side))).unwrap_or_default();
    let (debit, credit) = (total("debit"), total("credit"));
    let until = day.map(|day| format!("&until={day}")).unwrap_or_default();
    let on = format!("&currency={}{until}", part(currency));
    html! {
        h2 { (currency) }
        table tabindex="0" {
            thead { tr {
                th { "Accounting code" } th { "What it is for" } th.amount { "Debit" } th.amount { "Credit" } th.amount { "Balance" }
            } }
            tbody {
                @for line in lines {
                    @let code = text(line, "accounting_code");
                    tr {
                        td.text { a href={ "/console/journal?code=" (part(code)) (on) } { (code) } }
                        td { (words(text(line, "role"))) }
                        td.amount { (money(text(line, "debit"), currency)) }
                        td.amount { (money(text(line, "credit"), currency)) }
                        td.amount { (money(text(line, "balance"), currency)) }
                    }
                }
            }
            tfoot { tr {
                th colspan="2" scope="row" { "Together" }
                td.amount { (money(&debit, currency)) }
                td.amount { (money(&credit, currency)) }
                td.amount { (money(&total("balance"), currency)) }
            } }
        }
        @if debit == credit { p.hint { "Debits equal credits. A code leads to its lines in the journal, which stand there in the order they were decided." } }
        @else { p.alert role="alert" { "Debits and credits differ. Run quittance verify." } }
    }
}

/// The ends of the last months, one press away.
async fn month_ends(visit: &Visit) -> Markup {
    let clock = visit.get("/api/v1/clock").await.unwrap_or_default();
    let today: Option<Date> = text(&clock, "today").parse().ok();
    html! {
        p.pager {
            a href=(visit.here_with(&[("as_of", "")])) { "Now" }
            @for end in today.into_iter().flat_map(|today| ends_before(today, 4)) {
                a href=(visit.here_with(&[("as_of", &end.to_string())])) { (end) }
            }
        }
    }
}
