//! How a figure of an account is made, now or at the end of any day.

use axum::extract::Path;
use maud::html;
use serde_json::Value;

use crate::api::Problem;
use crate::finding::Part;
use crate::input::{Choice, Input, Kind};
use crate::listing::{Listed, filters};
use crate::pages::invoice::{
    LINES, LOOKED_AT, MADE, before, lines_wanted, made, newest_first, with_currency,
};
use crate::pages::{Shown, listed, part};
use crate::parts::{list, money, text};
use crate::visit::Visit;

use super::FIGURES;

/// So many lines are shown, the newest; the rest is summed.
const SHOWN: usize = 100;

pub(crate) async fn show(visit: Visit, Path(account): Path<String>) -> Shown {
    let found = page(&visit, &account).await;
    listed(visit, "How it is made", found, |_, page| page)
}

async fn page(visit: &Visit, account: &str) -> Result<Listed, Problem> {
    let path = format!("/api/v1/accounts/{}", part(account));
    let of = match visit.query.given("of") {
        None => &FIGURES[0],
        Some(of) => {
            let found = FIGURES.iter().find(|(name, _, _)| *name == of);
            found.ok_or_else(Problem::no_page)?
        }
    };
    let day = visit.asked(&["as_of"]);
    let figures = visit.get(&format!("{path}/balance?{}", day.trim_start_matches('&'))).await?;
    let account = visit.get(&path).await?;
    let currency = text(&account, "currency");
    let (name, label, meaning) = *of;
    let choices = FIGURES.iter().map(|(name, label, _)| Choice::new(*name, *label)).collect();
    let inputs = [
        Input::new("of", "Figure", Kind::One(choices)),
        Input::new("as_of", "At the end of", Kind::Date).hint("Now, if left empty."),
    ];
    let made = match name {
        "total_invoice_balance" | "account_balance" if !day.is_empty() => html! {
            p.hint { "Its documents are listed for now only; the figure is that of the day." }
        },
        "total_invoice_balance" | "account_balance" => {
            let lines = account_lines(&visit.get(&format!("{path}/explain")).await?, name);
            let (columns, empty) = (&LINES, "Nothing is open.");
            let open =
                Part { name: MADE, columns, rows: &lines, whole: lines.len() < LOOKED_AT, empty };
            if let Some(file) = open.file(visit) {
                return Ok(Listed::File(file));
            }
            open.show(visit)
        }
        "held" => html! {
            p {
                "What refunds hold that are on their way, or wait for approval or payment."
                @if visit.may("view_payments") {
                    " They stand under "
                    a href={ "/console/accounts/" (text(&account, "number")) "?tab=refunds" } { "Refunds" } " with that status."
                }
            }
        },
        _ => {
            let limit = lines_wanted(visit, SHOWN);
            let explained =
                visit.get(&format!("{path}/credit-balance/explain?limit={limit}{day}")).await?;
            let lines = newest_first(&explained);
            let made = made(&lines, limit);
            if let Some(file) = made.file(visit) {
                return Ok(Listed::File(file));
            }
            html! { (made.show(visit)) (before(visit, &explained)) }
        }
    };
    Ok(Listed::Page(html! {
        p.lead { a href={ "/console/accounts/" (text(&account, "number")) } { (text(&account, "name")) } }
        (filters(visit, &inputs))
        dl.figures {
            div { dt { (label) } dd { (money(text(&figures, name), currency)) } dd.hint { (meaning) } }
            @if name == "available" {
                div { dt { "= Credit balance" } dd { (money(text(&figures, "credit_balance"), currency)) } }
                div { dt { "- Held" } dd { (money(text(&figures, "held"), currency)) } }
            }
            @if name == "account_balance" {
                div { dt { "= Total invoice balance" } dd { (money(text(&figures, "total_invoice_balance"), currency)) } }
                div { dt { "- Credit balance" } dd { (money(text(&figures, "credit_balance"), currency)) } }
            }
        }
        (made)
    }))
}

/// The open invoices, and for the account balance the credit balance.
fn account_lines(explained: &Value, name: &str) -> Vec<Value> {
    let lines = with_currency(list(explained, "lines"), text(explained, "currency"));
    let wanted =
        |line: &Value| name == "account_balance" || text(line, "document_type") == "invoice";
    lines.into_iter().filter(wanted).collect()
}
