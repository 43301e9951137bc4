//! One invoice: its items, how its balance is made, and what can be done with it.

use axum::extract::Path;
use maud::{Markup, html};
use serde_json::Value;

use super::{Shown, deeds, history, part, shown};
use crate::api::Problem;
use crate::listing::{Column, Of, table};
use crate::parts::{badge, document, facts, labels, list, money, text};
use crate::visit::Visit;

/// So many lines of its history are shown, the newest.
const SHOWN: usize = 100;

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
    shown(visit, &format!("Invoice {number}"), found)
}

async fn page(visit: &Visit, number: &str) -> Result<Markup, Problem> {
    let path = format!("/api/v1/invoices/{}", part(number));
    let invoice = visit.get(&path).await?;
    let explained = visit.get(&format!("{path}/explain?limit={SHOWN}")).await?;
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
    let history = history::of(visit, text(&invoice, "account"), number).await?;
    Ok(html! {
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
        (table(&with_currency(list(&invoice, "items"), currency), &ITEMS, None))
        h2 { "How the balance is made" }
        (how_it_is_made(&explained))
        (history)
        (labels(&invoice))
    })
}

/// The documents that make a balance, the newest first.
pub(super) fn how_it_is_made(explained: &Value) -> Markup {
    let currency = text(explained, "currency");
    let mut lines = with_currency(list(explained, "lines"), currency);
    lines.reverse();
    html! {
        @if lines.is_empty() { p.empty { "Nothing has changed it yet." } }
        @else {
            (table(&lines, &LINES, None))
            p.hint { "Before these: " (money(text(explained, "carried_forward"), currency)) }
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
