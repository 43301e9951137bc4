//! What waits for me, what is owed to customers, and what was done today.

mod cards;
mod chart;

use std::collections::BTreeMap;

use axum::response::IntoResponse;
use jiff::civil::Date;
use maud::{Markup, html};
use serde_json::Value;

use super::admin::setup;
use super::finance::ends_before;
use super::{Shown, Sorry};
use crate::api::Problem;
use crate::layout;
use crate::listing::text_of;
use crate::parts::{document, instant, list, money, text, words};
use crate::sums::{negated, nothing_like, sum};
use crate::visit::Visit;
use chart::Point;

/// So many decisions of today are shown.
const SHOWN: usize = 10;
/// So many are looked at to say how many there were.
const LOOKED_AT: usize = 200;
/// So many months, or days, the picture has. Each is a question to the API.
const MONTHS: usize = 12;
const DAYS: usize = 30;
/// So many currencies have a picture of their own; the others stand in the table.
const PICTURES: usize = 6;

pub(crate) async fn show(visit: Visit) -> Shown {
    let found = async {
        let clock = visit.get("/api/v1/clock").await?;
        let mut content = Vec::new();
        content.extend(setup::card(&visit).await?);
        if visit.may("view_journal") {
            content.push(owed(&visit, text(&clock, "today")).await?);
        }
        content.extend(cards::waiting(&visit).await?);
        if visit.may("view_journal") {
            let journal = visit.get(&format!("/api/v1/journal?limit={LOOKED_AT}")).await?;
            content.push(activity(&journal, text(&clock, "now")));
        }
        if content.is_empty() {
            content.push(nothing(&visit));
        }
        Ok(content)
    };
    match found.await {
        Ok(content) => {
            let content = html! { div.cards { @for part in &content { (part) } } };
            Ok(layout::page(&visit, "Home", &content).into_response())
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// What somebody is told whose roles show nothing of this page.
fn nothing(visit: &Visit) -> Markup {
    let roles = text_of(&visit.me, "roles");
    html! {
        section.card.wide {
            h2 { "Your roles show nothing here" }
            @if roles.is_empty() {
                p { "You have no role yet, so there is nothing you may look at or do." }
            } @else {
                p {
                    "You have these roles: " bdi { (roles) } ". "
                    a href="/console/me" { "What they allow" }
                }
            }
            p {
                "What waits, what is owed and what happened today is shown to whose roles let them view payments or the "
                "journal. Ask an administrator of these books for such a role; they give it at Administration, Users."
            }
        }
    }
}

/// The balance of Customer Cash On Account, by currency: a credit of the books is owed to customers.
fn balances(trial_balance: &Value) -> BTreeMap<String, String> {
    let mut owed: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let lines = list(trial_balance, "lines").iter();
    for line in lines.filter(|line| text(line, "role") == "customer_cash_on_account") {
        owed.entry(text(line, "currency").to_owned()).or_default().push(text(line, "balance"));
    }
    let total =
        |(currency, balances): (String, Vec<&str>)| Some((currency, negated(&sum(balances)?)));
    owed.into_iter().filter_map(total).collect()
}

/// The days the picture shows, the oldest first: month ends, or days, up to today.
fn days(today: Date, by_day: bool) -> Vec<Date> {
    let before = |day: &Date| day.yesterday().ok();
    let mut days: Vec<Date> = if by_day {
        std::iter::successors(before(&today), before).take(DAYS - 1).collect()
    } else {
        ends_before(today, MONTHS - 1)
    };
    days.reverse();
    days.push(today);
    days
}

async fn owed(visit: &Visit, today: &str) -> Result<Markup, Problem> {
    let now = balances(&visit.get("/api/v1/trial-balance").await?);
    let by_day = visit.query.get("by") == "day";
    let days = today.parse().map(|today| days(today, by_day)).unwrap_or_default();
    let mut lines: BTreeMap<String, Vec<Point>> = BTreeMap::new();
    if !now.is_empty() {
        for day in &days {
            let then = balances(&visit.get(&format!("/api/v1/trial-balance?as_of={day}")).await?);
            // A currency that was not there yet owed nothing.
            for (currency, balance) in &now {
                let amount = then.get(currency).cloned();
                let amount = amount.unwrap_or_else(|| nothing_like(balance));
                lines.entry(currency.clone()).or_default().push((day.to_string(), amount));
            }
        }
    }
    let lines: Vec<(String, Vec<Point>)> = lines.into_iter().collect();
    let days: Vec<String> = days.iter().map(ToString::to_string).collect();
    Ok(html! {
        section.card.wide {
            h2 { "Credit owed to customers" }
            @if now.is_empty() {
                p.empty { "No credit yet. It arises when a negative invoice is transferred, or a customer pays more than is owed." }
            } @else {
                p.pager {
                    a href="/console" aria-current=[(!by_day).then_some("true")] { "12 months" }
                    a href="/console?by=day" aria-current=[by_day.then_some("true")] { "30 days" }
                    a href="/console/trial-balance" { "Trial balance" }
                }
                div.charts {
                    @for (place, (currency, points)) in lines.iter().enumerate() {
                        @let balance = now.get(currency).map_or("", String::as_str);
                        figure {
                            figcaption.figure { (money(balance, currency)) }
                            @if place < PICTURES { @if let Some(drawn) = chart::line(points, currency) { (drawn) } }
                        }
                    }
                }
                (chart::table(&days, &lines))
            }
        }
    })
}

/// What was decided today, the newest first.
fn activity(journal: &Value, now: &str) -> Markup {
    let today = now.get(..10).unwrap_or("");
    let entries = list(journal, "entries");
    let of_today: Vec<&Value> =
        entries.iter().filter(|entry| text(entry, "at").starts_with(today)).collect();
    let more = if of_today.len() == LOOKED_AT { " or more" } else { "" };
    html! {
        section.card.wide {
            h2 { "What happened today" }
            @if of_today.is_empty() {
                p.empty {
                    "Nothing yet (UTC)."
                    @if let Some(last) = entries.first() { " The last decision was on " (instant(text(last, "at"))) "." }
                }
            } @else {
                p { (of_today.len()) (more) " decisions since midnight (UTC). " a href="/console/journal" { "All of them" } }
                table tabindex="0" {
                    thead { tr { th { "When" } th { "Entry" } th { "Account" } th { "What" } th { "Who" } } }
                    tbody {
                        @for entry in of_today.iter().take(SHOWN) {
                            tr {
                                td { (instant(text(entry, "at"))) }
                                td { (document(text(entry, "number"))) }
                                td { (document(text(entry, "account"))) }
                                td { (words(text(entry, "command"))) }
                                td.text { (text(entry, "actor")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_credit_of_the_books_is_owed_to_customers() {
        let line = |role: &str, balance: &str| json!({"role": role, "currency": "USD", "balance": balance});
        let lines = [line("bank", "7.00"), line("customer_cash_on_account", "-60.00")];
        assert_eq!(balances(&json!({"lines": lines}))["USD"], "60.00");
        assert!(balances(&json!({})).is_empty());
    }

    #[test]
    fn the_picture_ends_today() {
        let today = "2026-03-02".parse().unwrap();
        let (months, single) = (days(today, false), days(today, true));
        assert_eq!((months.len(), single.len()), (MONTHS, DAYS));
        assert_eq!(months[MONTHS - 2].to_string(), "2026-02-28");
        assert_eq!((months.last(), single.last()), (Some(&today), Some(&today)));
    }
}
