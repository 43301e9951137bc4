//! What waits for me, what is owed to customers, and what was done today.

mod cards;

use std::collections::BTreeMap;

use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::Value;

use super::admin::setup;
use super::{Shown, Sorry};
use crate::api::Problem;
use crate::chart::{self, Line};
use crate::layout;
use crate::listing::text_of;
use crate::parts::{document, instant, list, text, words};
use crate::sums::{negated, nothing_like, sum};
use crate::visit::Visit;

/// So many decisions of today are shown.
const SHOWN: usize = 10;
/// So many are looked at to say how many there were.
const LOOKED_AT: usize = 200;

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
            let journal =
                visit.get(&format!("/api/v1/journal?changes=false&limit={LOOKED_AT}")).await?;
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
            @let ways = layout::ways(visit);
            @if !ways.0.is_empty() { p { "They let you go here:" } (ways) }
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

/// The picture of what is owed. Each of its days is a question to the API.
async fn owed(visit: &Visit, today: &str) -> Result<Markup, Problem> {
    let now = balances(&visit.get("/api/v1/trial-balance").await?);
    let days = chart::days(visit, today);
    let line = |(currency, balance): (&String, &String)| Line {
        name: "",
        title: format!("Credit owed to customers in {currency}"),
        currency: currency.clone(),
        now: balance.clone(),
        points: Vec::new(),
    };
    let mut lines: Vec<Line> = now.iter().map(line).collect();
    if !lines.is_empty() {
        for day in &days {
            let then = balances(&visit.get(&format!("/api/v1/trial-balance?as_of={day}")).await?);
            // A currency that was not there yet owed nothing.
            for line in &mut lines {
                let amount = then.get(&line.currency).cloned();
                let amount = amount.unwrap_or_else(|| nothing_like(&line.now));
                line.points.push((day.to_string(), amount));
            }
        }
    }
    Ok(html! {
        section.card.wide {
            h2 { "Credit owed to customers" }
            @if lines.is_empty() {
                p.empty { "No credit yet. It arises when a negative invoice is transferred, or a customer pays more than is owed." }
            } @else {
                p.pager { (chart::spans(visit)) a href="/console/trial-balance" { "Trial balance" } }
                (chart::charts(&days, &lines))
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
}
