//! What waits for whoever looks at the page: only what they may see, each with its number and the way there.

use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::parts::{document, list, money, text};
use crate::visit::Visit;

/// So many rows of each are shown.
const SHOWN: usize = 5;
/// So many are counted; beyond that a card says that there are more.
const COUNTED: usize = 50;
/// So many endpoints of events are looked into.
const ENDPOINTS: usize = 20;

/// The cards.
pub(super) async fn waiting(visit: &Visit) -> Result<Vec<Markup>, Problem> {
    let mut cards = Vec::new();
    if visit.may("view_payments") {
        let approvals = visit.get(&format!("/api/v1/approvals?limit={COUNTED}")).await?;
        let mine = list(&approvals, "refunds").iter();
        let mine = mine.filter(|it| it.pointer("/approve/allowed") == Some(&Value::Bool(true)));
        let note = match mine.count() {
            0 => String::new(),
            count => format!("{count} of them for you."),
        };
        cards.push(card(
            "Waiting for approval",
            "/console/approvals",
            &approvals,
            "refunds",
            &note,
        ));
        let queue = visit.get(&format!("/api/v1/orders/queue?limit={COUNTED}")).await?;
        cards.push(card("Unknown refunds", "/console/unknown", &queue, "orders", ""));
        let paid = visit.get(&format!("/api/v1/refunds-to-be-paid?limit={COUNTED}")).await?;
        cards.push(card("To be paid by hand", "/console/to-be-paid", &paid, "refunds", ""));
    }
    if visit.may("manage_event_endpoints") {
        cards.extend(deliveries(visit).await?);
    }
    Ok(cards)
}

fn card(title: &str, all: &str, page: &Value, member: &str, note: &str) -> Markup {
    let rows = list(page, member);
    let more = page.get("next_after").is_some_and(|it| !it.is_null()) || page["more"] == true;
    html! {
        section.card {
            h2 { (title) }
            @if rows.is_empty() { p.empty { "Nothing waits." } }
            @else { p.figure { a href=(all) { (rows.len()) @if more { "+" } } } }
            @if !note.is_empty() { p { (note) } }
            @if !rows.is_empty() {
                table tabindex="0" {
                    thead { tr { th { "Document" } th { "Account" } th.amount { "Amount" } } }
                    tbody {
                        @for row in rows.iter().take(SHOWN) {
                            tr {
                                td { (document(text(row, "number"))) }
                                td { (document(text(row, "account"))) }
                                td.amount { (money(text(row, "amount"), text(row, "currency"))) }
                            }
                        }
                    }
                }
                p { a href=(all) { "All of them" } }
            }
        }
    }
}

/// Events that were not taken by the systems they are for; nothing if there are no endpoints.
async fn deliveries(visit: &Visit) -> Result<Option<Markup>, Problem> {
    const AT: &str = "/console/admin/event-endpoints";
    let page = visit.get("/api/v1/event-endpoints").await?;
    let endpoints = list(&page, "event_endpoints");
    if endpoints.is_empty() {
        return Ok(None);
    }
    let mut failed = Vec::new();
    for endpoint in endpoints.iter().take(ENDPOINTS) {
        let path = format!("/api/v1/event-endpoints/{}", crate::pages::part(text(endpoint, "id")));
        let shown = visit.get(&path).await?;
        let count = |name: &str| shown[name].as_u64().unwrap_or(0);
        let (dead, waiting) = (count("dead"), count("waiting"));
        if dead + waiting > 0 || shown["enabled"] == false {
            failed.push((text(&shown, "url").to_owned(), dead, waiting, shown["enabled"] == true));
        }
    }
    Ok(Some(html! {
        section.card {
            h2 { "Deliveries of events" }
            @if failed.is_empty() { p.empty { "All are taken." } }
            @else {
                ul.plain {
                    @for (url, dead, waiting, enabled) in &failed {
                        li {
                            (url) ": "
                            @if *enabled { (dead) " given up, " (waiting) " accounts wait" } @else { "switched off" }
                        }
                    }
                }
                p { a href=(AT) { "Event endpoints" } }
            }
        }
    }))
}
