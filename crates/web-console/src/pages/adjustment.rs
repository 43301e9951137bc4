//! One credit balance adjustment, and whether it can be canceled.

use axum::extract::Path;
use maud::{Markup, html};

use super::{Shown, deeds, history, part, shown};
use crate::api::Problem;
use crate::parts::{badge, document, facts, labels, money, text, words};
use crate::visit::Visit;

pub(crate) async fn show(visit: Visit, Path(number): Path<String>) -> Shown {
    let found = page(&visit, &number).await;
    shown(visit, &format!("Credit balance adjustment {number}"), found)
}

async fn page(visit: &Visit, number: &str) -> Result<Markup, Problem> {
    let path = format!("/api/v1/credit-balance-adjustments/{}", part(number));
    let adjustment = visit.get(&path).await?;
    let cancel = adjustment.get("cancel").cloned().unwrap_or_default();
    let history = history::of(visit, text(&adjustment, "account"), number).await?;
    Ok(html! {
        p.lead {
            (document(text(&adjustment, "account"))) ", " (words(text(&adjustment, "type"))) " by "
            (money(text(&adjustment, "amount"), text(&adjustment, "currency"))) " " (badge(text(&adjustment, "status")))
        }
        dl.facts {
            div { dt { "From or to" } dd { (words(text(&adjustment, "source_type"))) " " (document(text(&adjustment, "source"))) } }
        }
        (facts(&adjustment, &[("Date", "date"), ("Reason", "reason_code"), ("Reference", "reference"),
            ("Comment", "comment"), ("Made by the posting of", "cause")]))
        @if cancel.get("allowed").is_some_and(|it| it == true) {
            p.actions { (deeds::buttons(visit, "credit-balance-adjustments", &adjustment)) }
        } @else if text(&adjustment, "status") == "processed" && !text(&cancel, "reason").is_empty() {
            p.note { "It cannot be canceled now: " (text(&cancel, "reason")) }
        }
        (history)
        (labels(&adjustment))
    })
}
