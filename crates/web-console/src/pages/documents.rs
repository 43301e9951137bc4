//! Every document of a kind, the newest first.

use maud::html;
use serde_json::Value;

use super::account::tabs::{INVOICES, PAYMENTS, REFUNDS};
use super::accounts::search_elsewhere;
use super::finance::{day, unreadable};
use super::{Shown, filtered};
use crate::api::Problem;
use crate::finding::{LOOKED_AT, stands_in};
use crate::input::{Choice, Input, Kind};
use crate::listing::{CUSTOMER, Column, Listing, Making, NO_FOOT, Of, Pager, ROWS, for_reader};
use crate::parts::{list, text, words};
use crate::visit::Visit;

/// What a list of documents is, and what stands there before there are some.
pub(super) struct List {
    title: &'static str,
    path: &'static str,
    member: &'static str,
    columns: &'static [Column],
    statuses: &'static [&'static str],
    empty: &'static str,
}

/// How payments and refunds stand.
const MOVED: &[&str] = &["processing", "processed", "error", "canceled"];

pub(super) const ALL_INVOICES: List = List {
    title: "Invoices",
    path: "/api/v1/invoices",
    member: "invoices",
    columns: &INVOICES,
    statuses: &["draft", "posted", "canceled"],
    empty: "No invoices yet. The first is made on the page of an account, over the API, or by quittance import.",
};
pub(super) const ALL_PAYMENTS: List = List {
    title: "Payments",
    path: "/api/v1/payments",
    member: "payments",
    columns: &PAYMENTS,
    statuses: MOVED,
    empty: "Nothing was paid yet. A payment is recorded on the page of an account; stored cards are charged by a payment run.",
};
pub(super) const ALL_REFUNDS: List = List {
    title: "Refunds",
    path: "/api/v1/refunds",
    member: "refunds",
    columns: &REFUNDS,
    statuses: MOVED,
    empty: "Nothing was refunded yet. A refund begins on the page of an account, or of a payment.",
};
pub(super) const ALL_ADJUSTMENTS: List = List {
    title: "Credit balance adjustments",
    path: "/api/v1/credit-balance-adjustments",
    member: "credit_balance_adjustments",
    columns: &ADJUSTMENTS,
    statuses: &["processed", "canceled"],
    empty: "No credit moved yet. It does when a negative invoice is transferred, or credit is applied or refunded.",
};

const ADJUSTMENTS: [Column; 7] = [
    Column::new("Adjustment", Of::Document("number")),
    Column::new("Date", Of::Plain("date")),
    Column::new("Type", Of::Words("type")),
    Column::new("From or to", Of::Document("source")),
    Column::new("Status", Of::Badge("status")),
    Column::new("Reason", Of::Text("reason_code")),
    Column::new("Amount", Of::Money("amount")),
];
const ACCOUNT: Column = Column::new("Account", Of::Document("account"));

/// What documents are narrowed to here: the API knows the account, the rest is looked for row by row.
fn inputs(kind: &List) -> [Input; 6] {
    let statuses = Choice::or_none("All", Choice::plain(kind.statuses.iter().copied()));
    [
        Input::new("account", "Account", Kind::Line).hint("Number or id."),
        Input::new("status", "Status", Kind::One(statuses)),
        Input::new("currency", "Currency", Kind::Line).hint("Such as USD."),
        Input::new("from", "Dated from", Kind::Date),
        Input::new("until", "Dated until", Kind::Date),
        Input::new("find", "Containing", Kind::Line).hint("In any column."),
    ]
}

pub(super) async fn show(visit: Visit, kind: &List) -> Shown {
    let mut columns = kind.columns.to_vec();
    // Each beside its account and customer, which the page of one account need not say.
    columns.splice(1..1, [ACCOUNT, Column::new("Customer", Of::Text(CUSTOMER))]);
    let columns = for_reader(&visit, &columns);
    let List { title, path, member, empty, .. } = *kind;
    let asked = visit.asked(&["account"]);
    let asked = asked.strip_prefix('&').map_or_else(String::new, |asked| format!("?{asked}"));
    let (pager, path) = (Pager::Cursor, format!("{path}{asked}"));
    let inputs = inputs(kind);
    let narrowed = inputs.iter().any(|it| visit.query.given(&it.name).is_some());
    let empty =
        if narrowed { "Nothing is like this. Take a filter away to see more." } else { empty };
    let listing = Listing { name: member, path, member, pager, columns: &columns, empty };
    let rows = |page: &Value| list(page, member).to_vec();
    let keep = |row: &Value| wanted(&visit, &columns, row);
    let looked_at = if narrowed { LOOKED_AT } else { ROWS };
    let making = Making { begin: "", looked_at, rows: &rows, keep: &keep, foot: NO_FOOT };
    let found = match days(&visit) {
        Ok(()) => listing.show_made(&visit, making).await,
        Err(problem) => Err(problem),
    };
    let lead = html! {
        (search_elsewhere())
        p.hint {
            "All " (words(member)) ", the newest first. Only accounts have an index: for the other filters a page looks "
            "through a thousand rows, and More goes on from there."
        }
    };
    filtered(visit, title, &inputs, found, &lead)
}

/// Whether the days can be read that a list is narrowed to.
fn days(visit: &Visit) -> Result<(), Problem> {
    let (from, until) = (day(visit, "from")?, day(visit, "until")?);
    match (from, until) {
        (Some(from), Some(until)) if from > until => {
            Err(unreadable("until", "this day has to be after the first"))
        }
        _ => Ok(()),
    }
}

/// Whether a document is what the page was narrowed to.
fn wanted(visit: &Visit, columns: &[Column], row: &Value) -> bool {
    let given = |name: &str| visit.query.given(name);
    let date = ["invoice_date", "date"].map(|name| text(row, name)).concat();
    given("status").is_none_or(|it| text(row, "status") == it)
        && given("currency").is_none_or(|it| text(row, "currency") == it.to_uppercase())
        && given("from").is_none_or(|it| date.as_str() >= it)
        && given("until").is_none_or(|it| date.as_str() <= it)
        && given("find").is_none_or(|it| stands_in(columns, row, it))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_list_has_a_title_and_says_how_something_comes_to_be_there() {
        for kind in [ALL_INVOICES, ALL_PAYMENTS, ALL_REFUNDS, ALL_ADJUSTMENTS] {
            assert!(
                kind.path.starts_with("/api/v1/") && kind.empty.ends_with('.'),
                "{}",
                kind.title
            );
            let row = json!({"number": "R-00000001", "account": "A00000001"});
            assert_eq!(kind.columns[0].of.file_text(&row), "R-00000001");
        }
    }
}
