//! The orders nobody knows the end of: what is known of each, and what a person can answer.

use maud::{Markup, html};
use serde_json::Value;

use super::{empty, narrowed, narrowing};
use crate::api::Problem;
use crate::finding::Part;
use crate::listing::{Column, Listed, Listing, MORE_FOLLOWS, Of, Pager, ROWS, text_of};
use crate::pages::{Shown, filtered, part};
use crate::parts::{badge, document, instant, list, money, text, words};
use crate::visit::Visit;

/// As a file has them.
const COLUMNS: [Column; 9] = [
    Column::new("Document", Of::Plain("number")),
    Column::new("Account", Of::Plain("account")),
    Column::new("Payment", Of::Plain("payment")),
    Column::new("Currency", Of::Plain("currency")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Decided", Of::Instant("placed_at")),
    Column::new("Gateway", Of::Made(|_| html! {}, |row| of_order(row, "gateway").to_owned())),
    Column::new("Reference at the gateway", Of::Plain("key")),
    Column::new("Why", Of::Text("why")),
];

/// What the server still asks about by itself.
const ASKED_ABOUT: [Column; 8] = [
    Column::new("Document", Of::Document("number")),
    Column::new("Account", Of::Document("account")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Stands", Of::Made(state, |row| of_order(row, "state").to_owned())),
    Column::new("Gateway", Of::Long(gateway, |row| of_order(row, "gateway").to_owned())),
    Column::new("Sent", Of::Made(sent, |row| of_order(row, "sent_at").to_owned())),
    Column::new("Asked", Of::Made(times_shown, times)),
    Column::new("Asked next", Of::Made(next, |row| of_order(row, "due").to_owned())),
];
/// So many of them are shown.
const SHOWN: usize = 200;

fn state(row: &Value) -> Markup {
    badge(of_order(row, "state"))
}

fn gateway(row: &Value) -> Markup {
    html! { (of_order(row, "gateway")) }
}

fn sent(row: &Value) -> Markup {
    html! { (instant(of_order(row, "sent_at"))) }
}

fn next(row: &Value) -> Markup {
    html! { (instant(of_order(row, "due"))) }
}

fn times(row: &Value) -> String {
    row.get("order").map_or_else(String::new, |order| text_of(order, "tries"))
}

fn times_shown(row: &Value) -> Markup {
    html! { (times(row)) " times" }
}

pub(super) async fn show(visit: Visit) -> Shown {
    let lead = html! {
        p {
            "Refunds and payments that a gateway left open, and that the server cannot bring to an end by itself. Their amount "
            "stays held until somebody who has looked into the gateway's console says how each ended."
        }
    };
    let found = find(&visit).await;
    filtered(visit, "Unknown refunds", &narrowing(), found, &lead)
}

async fn find(visit: &Visit) -> Result<Listed, Problem> {
    let path = format!("/api/v1/orders/queue{}", narrowed(visit));
    if visit.query.get("export") == "csv" {
        let (member, pager) = ("orders", Pager::After);
        let listing =
            Listing { name: "unknown", path, member, pager, columns: &COLUMNS, empty: "" };
        return listing.show(visit).await;
    }
    let join = if path.contains('?') { '&' } else { '?' };
    let narrowed = narrowed(visit);
    let asked =
        visit.get(&format!("/api/v1/orders/asked-about{narrowed}{join}limit={SHOWN}")).await?;
    let asked_about = Part {
        name: "asked-about",
        columns: &ASKED_ABOUT,
        rows: list(&asked, "orders"),
        whole: asked["more"] != true,
        empty: match asked["more"] == true {
            true => {
                "None of what gateways are asked about next. More is under way than is looked through here."
            }
            false => {
                "Nothing. What a gateway leaves open is asked about for days, at longer and longer intervals."
            }
        },
    };
    if let Some(file) = asked_about.file(visit) {
        return Ok(Listed::File(file));
    }
    let from = Pager::After.from(visit);
    let from = if from.is_empty() { String::new() } else { format!("&after={}", part(from)) };
    let queue = visit.get(&format!("{path}{join}limit={ROWS}{from}")).await?;
    Ok(Listed::Page(html! {
        (page(visit, &queue))
        h2 { "Still asked about by the server" }
        p.hint { "Nobody need do anything about these: the server asks the gateway again by itself, and their amount stays held." }
        (asked_about.show(visit))
        @if !asked_about.whole && !asked_about.rows.is_empty() { p.hint { "These are asked about next; there may be more." } }
    }))
}

fn page(visit: &Visit, queue: &Value) -> Markup {
    let orders = list(queue, "orders");
    let nothing = "Nothing waits for an answer. What a gateway leaves open is asked about for days before it comes here.";
    html! {
        @if orders.is_empty() {
            p.empty { @if queue["more"] == true { (MORE_FOLLOWS) } @else { (empty(visit, nothing)) } }
        } @else {
            div.cards { @for order in orders { (card(visit, order)) } }
        }
        (Pager::After.links(visit, queue, !orders.is_empty()))
    }
}

/// All that is known of one, and its answers.
fn card(visit: &Visit, order: &Value) -> Markup {
    let number = text(order, "number");
    html! {
        section.card.wide {
            h2 { (document(number)) " " (badge(of_order(order, "state"))) }
            p.figure { (money(text(order, "amount"), text(order, "currency"))) }
            p { (text(order, "why")) }
            (known(order))
            p.actions {
                @for step in list(order, "next_steps") {
                    @if let Some((answer, label)) = answer_of(step) {
                        @if visit.may(needed(number, answer)) {
                            a.button href={ "/console/unknown/" (part(number)) "/" (answer) } { (label) }
                        }
                    }
                }
            }
        }
    }
}

/// What is known of it.
pub(super) fn known(order: &Value) -> Markup {
    let facts = [
        ("Gateway", of_order(order, "gateway").to_owned()),
        ("Reference at the gateway", text(order, "key").to_owned()),
        ("The gateway's id", of_order(order, "gateway_id").to_owned()),
        ("It was asked to", words(of_order(order, "asks_for"))),
        ("The gateway's code", of_order(order, "code").to_owned()),
        ("The gateway's words", of_order(order, "message").to_owned()),
        ("Decided", instant(text(order, "placed_at"))),
        ("Sent", instant(of_order(order, "sent_at"))),
        ("Looked at next", instant(of_order(order, "due"))),
    ];
    let count = |name: &str| order.pointer(&format!("/order/{name}")).and_then(Value::as_u64);
    html! {
        dl.facts {
            div { dt { "Account" } dd { (document(text(order, "account"))) } }
            @if !text(order, "payment").is_empty() { div { dt { "Of payment" } dd { (document(text(order, "payment"))) } } }
            @for (name, value) in &facts {
                @if !value.is_empty() { div { dt { (name) } dd { (value) } } }
            }
            @if let Some(attempt) = count("attempt") { div { dt { "Attempt" } dd { (attempt) ", asked about " (count("tries").unwrap_or(0)) " times" } } }
            @if order.pointer("/order/contradicted") == Some(&Value::Bool(true)) { div { dt { "Contradiction" } dd { "The gateway says otherwise than the books." } } }
        }
    }
}

/// A text of how it stands.
pub(super) fn of_order<'a>(order: &'a Value, name: &str) -> &'a str {
    order.get("order").map_or("", |it| text(it, name))
}

/// The permission an answer needs.
pub(super) fn needed(number: &str, answer: &str) -> &'static str {
    match answer {
        "refresh" if number.starts_with("R-") => "issue_electronic_refund",
        "refresh" => "process_electronic_payment",
        _ => "edit_payment_gateway_status",
    }
}

/// The answer a step of the API stands for: its place in the address, and what its button says.
fn answer_of(step: &Value) -> Option<(&'static str, &'static str)> {
    if text(step, "path").ends_with("/refresh") {
        return Some(("refresh", "Ask the gateway once more"));
    }
    match step.pointer("/body/paid")?.as_bool()? {
        true => Some(("paid", "The money moved")),
        false => Some(("not-paid", "It did not move")),
    }
}
