//! What was done to a document, by whom and when.

use maud::{Markup, html};

use super::part;
use crate::api::Problem;
use crate::listing::{Column, Of, table};
use crate::parts::{list, text};
use crate::visit::Visit;

/// So many decisions are shown, the newest.
const SHOWN: usize = 50;

const DECISIONS: [Column; 5] = [
    Column::new("When", Of::Instant("at")),
    Column::new("Entry", Of::Document("number")),
    Column::new("What", Of::Words("command")),
    Column::new("Who", Of::Text("actor")),
    Column::new("Why", Of::Text("reason")),
];

/// The decisions that made or changed a document of an account, the newest first; nothing for those who may not see them.
pub(super) async fn of(visit: &Visit, account: &str, number: &str) -> Result<Markup, Problem> {
    if !visit.may("view_accounts") {
        return Ok(html! {});
    }
    let path = format!("/api/v1/accounts/{}/history?changes=false&limit={SHOWN}", part(account));
    let page = visit.get(&format!("{path}&document={}", part(number))).await?;
    let entries = list(&page, "entries");
    let more = !text(&page, "next_cursor").is_empty();
    Ok(html! {
        h2 { "What happened" }
        @if entries.is_empty() { p.empty { "Nothing in the newest decisions on the account." } }
        @else { (table(entries, &DECISIONS, None)) }
        @if visit.may("view_journal") && !entries.is_empty() {
            p.pager { a href={ "/console/audit?document=" (part(number)) "&account=" (part(account)) } { "In the record, to be narrowed and exported" } }
        }
        @if more {
            p.hint { "Older decisions stand in the " a href={ "/console/accounts/" (part(account)) "?tab=timeline" } { "timeline of the account" } "." }
        }
    })
}
