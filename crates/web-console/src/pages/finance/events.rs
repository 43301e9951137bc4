//! Events: the history as other systems read it.

use maud::{Markup, html};
use serde_json::Value;

use super::{filtered, record};
use crate::api::Problem;
use crate::input::{Input, Kind};
use crate::listing::{Column, Listed, Listing, Of, Pager};
use crate::pages::{Shown, part};
use crate::parts::text;
use crate::visit::Visit;

/// So many entries before the end the newest begin.
const NEWEST: u64 = 20;

const COLUMNS: [Column; 7] = [
    Column::new("Event", Of::Made(event, |row| text(row, "id").to_owned())),
    Column::new("Type", Of::Plain("type")),
    Column::new("When (UTC)", Of::Instant("timestamp")),
    Column::new("Account", Of::Document("account")),
    Column::new("Entry", Of::Document("entry")),
    Column::new("What", Of::Words("command")),
    Column::new("Who", Of::Text("actor")),
];

pub(super) async fn show(visit: Visit) -> Shown {
    let mut inputs = vec![
        Input::new("account", "Account", Kind::Line).hint("Number or id."),
        Input::new("type", "Type", Kind::Line)
            .hint("Such as refund.processed, or refund.* for all of a kind."),
    ];
    if visit.may("view_journal") {
        inputs.push(Input::new("since", "From the day on (UTC)", Kind::Date));
    }
    let found = find(&visit).await;
    let newest = async {
        if !visit.may("view_journal") {
            return None;
        }
        record::newest(&visit).await.ok()
    };
    let lead = lead(&visit, newest.await);
    filtered(visit, "Events", &inputs, found, &lead)
}

async fn find(visit: &Visit) -> Result<Listed, Problem> {
    let mut asked = visit.asked(&["account", "type"]);
    // A page that was turned to stands behind the day already.
    if visit.query.given("after").is_none()
        && let Some(before) = record::day(visit, "since")?.and_then(|day| day.yesterday().ok())
    {
        let last = record::last_on(visit, before).await?;
        asked = format!("{asked}&after={last}.{}", u16::MAX);
    }
    let listing = Listing {
        name: "events",
        path: format!("/api/v1/events?{}", asked.trim_start_matches('&')),
        member: "events",
        pager: Pager::AfterCursor,
        columns: &COLUMNS,
        empty: "There is no such event. Every change of the books makes some.",
    };
    listing.show(visit).await
}

fn lead(visit: &Visit, newest: Option<u64>) -> Markup {
    let newest = newest.map(|it| format!("{}.{}", it.saturating_sub(NEWEST), u16::MAX));
    html! {
        p.hint { "What the history tells to other systems, the oldest first." }
        p.pager {
            a href=(visit.here_with(&[("after", ""), ("since", "")])) { "From the beginning" }
            @if let Some(after) = newest { a href=(visit.here_with(&[("after", &after), ("since", "")])) { "The newest" } }
            @if visit.may("manage_event_endpoints") { a href="/console/admin/event-endpoints" { "Where they are delivered" } }
        }
    }
}

fn event(row: &Value) -> Markup {
    html! { a href={ "/console/events/" (part(text(row, "id"))) } { (text(row, "sequence")) } }
}
