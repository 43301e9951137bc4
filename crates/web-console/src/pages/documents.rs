//! Every document of a kind, the newest first.

use maud::html;

use super::account::tabs::{INVOICES, PAYMENTS, REFUNDS};
use super::accounts::search_elsewhere;
use super::{Shown, listed};
use crate::listing::{Column, Listing, Of, Pager};
use crate::parts::words;
use crate::visit::Visit;

/// What a list of documents is, and what stands there before there are some.
pub(super) struct Kind {
    title: &'static str,
    path: &'static str,
    member: &'static str,
    columns: &'static [Column],
    empty: &'static str,
}

pub(super) const ALL_INVOICES: Kind = Kind {
    title: "Invoices",
    path: "/api/v1/invoices",
    member: "invoices",
    columns: &INVOICES,
    empty: "No invoices yet. The first is made on the page of an account, over the API, or by quittance import.",
};
pub(super) const ALL_PAYMENTS: Kind = Kind {
    title: "Payments",
    path: "/api/v1/payments",
    member: "payments",
    columns: &PAYMENTS,
    empty: "Nothing was paid yet. A payment is recorded on the page of an account; stored cards are charged by a payment run.",
};
pub(super) const ALL_REFUNDS: Kind = Kind {
    title: "Refunds",
    path: "/api/v1/refunds",
    member: "refunds",
    columns: &REFUNDS,
    empty: "Nothing was refunded yet. A refund begins on the page of an account, or of a payment.",
};
pub(super) const ALL_ADJUSTMENTS: Kind = Kind {
    title: "Credit balance adjustments",
    path: "/api/v1/credit-balance-adjustments",
    member: "credit_balance_adjustments",
    columns: &ADJUSTMENTS,
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

pub(super) async fn show(visit: Visit, kind: &Kind) -> Shown {
    let mut columns = kind.columns.to_vec();
    // Each beside its account, which the page of one account need not say.
    columns.insert(1, ACCOUNT);
    let Kind { title, path, member, empty, .. } = *kind;
    let (pager, path) = (Pager::Cursor, path.to_owned());
    let listing = Listing { name: member, path, member, pager, columns: &columns, empty };
    let shown = listing.show_found(&visit).await;
    listed(visit, title, shown, |_, list| {
        html! {
            (search_elsewhere())
            p.hint { "All " (words(member)) ", the newest first. Those of one customer stand on the page of the account." }
            (list)
        }
    })
}
