//! One payment: what it paid, what was refunded of it, and what can be done with it.

use axum::extract::Path;
use maud::html;

use super::invoice::with_currency;
use super::{Shown, deeds, history, life, listed, part};
use crate::api::Problem;
use crate::finding::Part;
use crate::listing::{Column, Listed, Of};
use crate::parts::{badge, document, facts, labels, list, money, text, words};
use crate::visit::Visit;

const PARTS: [Column; 3] = [
    Column::new("Invoice", Of::Document("invoice")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Refunded", Of::Money("refunded")),
];

pub(crate) async fn show(visit: Visit, Path(number): Path<String>) -> Shown {
    let found = page(&visit, &number).await;
    listed(visit, &format!("Payment {number}"), found, |_, page| page)
}

async fn page(visit: &Visit, number: &str) -> Result<Listed, Problem> {
    let path = format!("/api/v1/payments/{}", part(number));
    let payment = visit.get(&path).await?;
    let life = life::of(visit, &path).await?;
    let currency = text(&payment, "currency");
    let state = match text(&payment, "state") {
        "" => text(&payment, "status"),
        state => state,
    };
    let may_refund = visit.may("issue_external_refund") || visit.may("issue_electronic_refund");
    let refundable = text(&payment, "refundable").bytes().any(|it| matches!(it, b'1'..=b'9'));
    let rows = with_currency(list(&payment, "applications"), currency);
    let (name, columns, empty) = ("applications", &PARTS, "");
    let paid = Part { name, columns, rows: &rows, whole: true, empty };
    if let Some(file) = paid.file(visit).or_else(|| life::file(visit, &life)) {
        return Ok(Listed::File(file));
    }
    let history = history::of(visit, text(&payment, "account"), number).await?;
    Ok(Listed::Page(html! {
        p.lead {
            (document(text(&payment, "account"))) ", " (money(text(&payment, "amount"), currency)) " " (badge(state))
        }
        dl.facts {
            div { dt { "How" } dd { (words(text(&payment, "type"))) ", " (words(text(&payment, "method_type"))) } }
        }
        (facts(&payment, &[("Date", "date"), ("Payment method", "payment_method"), ("Reference", "reference"), ("Comment", "comment")]))
        p.actions {
            @if may_refund && refundable {
                a.button.primary href={ "/console/payments/" (number) "/refund" } { "Refund" }
            }
            (deeds::buttons(visit, "payments", &payment))
        }
        dl.figures {
            div { dt { "Can be refunded" } dd { (money(text(&payment, "refundable"), currency)) } }
            div { dt { "Held by refunds" } dd { (money(text(&payment, "held"), currency)) } }
            div {
                dt { "To the credit balance" }
                dd { (money(text(&payment, "credit_balance_amount"), currency)) }
                dd.hint { (document(text(&payment, "credit_balance_adjustment"))) }
            }
        }
        @if !rows.is_empty() {
            h2 { "What it paid" }
            (paid.show(visit))
        }
        (life::show(&life))
        (history)
        (labels(&payment))
    }))
}
