//! One invoice: its items, how its balance is made, and what can be done with it.

use axum::extract::Path;
use maud::{Markup, html};
use serde_json::Value;

use super::{Shown, deeds, history, listed, part};
use crate::api::Problem;
use crate::finding::Part;
use crate::listing::{Column, Listed, Of};
use crate::parts::{badge, document, facts, labels, list, money, text};
use crate::visit::Visit;

/// So many lines of its history are shown, the newest.
const SHOWN: usize = 100;
/// So many stand in a file of it: the most that is explained at once.
pub(super) const LOOKED_AT: usize = 1_000;
/// What a file of it is called.
pub(super) const MADE: &str = "how-it-is-made";
/// What looks through it for a text.
const FIND_MADE: &str = "find-how-it-is-made";

const ITEMS: [Column; 8] = [
    Column::new("Item", Of::Plain("number")),
    Column::new("Kind", Of::Words("type")),
    Column::new("Description", Of::Text("description")),
    Column::new("SKU", Of::Plain("sku")),
    Column::new("Quantity", Of::Plain("quantity")),
    Column::new("Accounting code", Of::Plain("accounting_code")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Balance", Of::Money("balance")),
];

pub(super) const LINES: [Column; 5] = [
    Column::new("Date", Of::Plain("date")),
    Column::new("Document", Of::Document("document")),
    Column::new("Entry", Of::Document("entry")),
    Column::new("Change", Of::Money("change")),
    Column::new("Balance", Of::Money("running")),
];

pub(crate) async fn show(visit: Visit, Path(number): Path<String>) -> Shown {
    let found = page(&visit, &number).await;
    listed(visit, &format!("Invoice {number}"), found, |_, page| page)
}

async fn page(visit: &Visit, number: &str) -> Result<Listed, Problem> {
    let path = format!("/api/v1/invoices/{}", part(number));
    let invoice = visit.get(&path).await?;
    let limit = lines_wanted(visit, SHOWN);
    let explained = visit.get(&format!("{path}/explain?limit={limit}")).await?;
    let currency = text(&invoice, "currency");
    let figures = [
        ("Amount", "amount"),
        ("Adjusted", "adjustment_amount"),
        ("Paid", "payment_amount"),
        ("Being paid", "pending_payment_amount"),
        ("Refunded", "refund_amount"),
        ("Moved to or from credit", "credit_balance_adjustment_amount"),
        ("Balance", "balance"),
    ];
    let items = with_currency(list(&invoice, "items"), currency);
    let (columns, empty) = (&ITEMS, "It has no items.");
    let items = Part { name: "items", columns, rows: &items, whole: true, empty };
    let lines = newest_first(&explained);
    let made = made(&lines, limit);
    if let Some(file) = items.file(visit).or_else(|| made.file(visit)) {
        return Ok(Listed::File(file));
    }
    let history = history::of(visit, text(&invoice, "account"), number).await?;
    Ok(Listed::Page(html! {
        p.lead {
            (document(text(&invoice, "account"))) ", balance " (money(text(&invoice, "balance"), currency)) " "
            (badge(text(&invoice, "status")))
        }
        (facts(&invoice, &[("Invoice date", "invoice_date"), ("Due", "due_date"), ("External id", "external_id")]))
        p.actions { (deeds::buttons(visit, "invoices", &invoice)) }
        dl.figures {
            @for (label, name) in figures {
                div { dt { (label) } dd { (money(text(&invoice, name), currency)) } }
            }
        }
        h2 { "Items" }
        (items.show(visit))
        h2 { "How the balance is made" }
        (made.show(visit))
        (before(visit, &explained))
        (history)
        (labels(&invoice))
    }))
}

/// The documents that make a balance, the newest first.
pub(super) fn newest_first(explained: &Value) -> Vec<Value> {
    let mut lines = with_currency(list(explained, "lines"), text(explained, "currency"));
    lines.reverse();
    lines
}

/// The list of them, of at most `limit`.
pub(super) const fn made(rows: &[Value], limit: usize) -> Part<'_> {
    let empty = "Nothing has changed it yet.";
    Part { name: MADE, columns: &LINES, rows, whole: rows.len() < limit, empty }
}

/// How many lines are asked for: some for the page, all that can be for a file, and to look through them for a text.
pub(super) fn lines_wanted(visit: &Visit, shown: usize) -> usize {
    let all = visit.query.get("export") == MADE || visit.query.given(FIND_MADE).is_some();
    if all { LOOKED_AT } else { shown }
}

/// What the balance was before the first of them, unless only some of them are shown.
pub(super) fn before(visit: &Visit, explained: &Value) -> Markup {
    html! {
        @if !list(explained, "lines").is_empty() && visit.query.given(FIND_MADE).is_none() {
            p.hint { "Before these: " (money(text(explained, "carried_forward"), text(explained, "currency"))) }
        }
    }
}

/// Rows that have their amounts in one currency, each with it.
pub(super) fn with_currency(rows: &[Value], currency: &str) -> Vec<Value> {
    let mut rows = rows.to_vec();
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        row.insert("currency".to_owned(), currency.into());
    }
    rows
}
