//! The transactions of an account, a list of each kind.

use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::finding::{NOTHING, finder, stands_in};
use crate::listing::{Column, Listed, Listing, Of, Pager, rows_file, table};
use crate::pages::invoice::with_currency;
use crate::pages::part;
use crate::parts::{document, list, money, sentence, text, words};
use crate::visit::Visit;

/// So many changes of the credit balance are shown, the newest.
const SHOWN: usize = 50;
/// So many are looked through for a text, and stand in a file: the most that is explained at once.
const LOOKED_AT: usize = 1_000;
/// About so many adjustments is asked at once.
const AT_ONCE: usize = 200;

/// Part of the address, name, and the permission one needs.
const TABS: [(&str, &str, &str); 7] = [
    ("", "Credit balance", "view_accounts"),
    ("invoices", "Invoices", "view_invoices"),
    ("payments", "Payments", "view_payments"),
    ("refunds", "Refunds", "view_payments"),
    ("adjustments", "Adjustments", "view_payments"),
    ("methods", "Payment methods", "view_accounts"),
    ("timeline", "Timeline", "view_accounts"),
];

const fn how(show: fn(&Value) -> Markup) -> Of {
    Of::Made(show, |row| format!("{} {}", text(row, "type"), text(row, "method_type")))
}

fn kind_and_method(row: &Value) -> Markup {
    html! { (words(text(row, "type"))) ", " (words(text(row, "method_type"))) }
}

pub(in crate::pages) const INVOICES: [Column; 6] = [
    Column::new("Invoice", Of::Document("number")),
    Column::new("Date", Of::Plain("invoice_date")),
    Column::new("Due", Of::Plain("due_date")),
    Column::new("Status", Of::Badge("status")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Balance", Of::Money("balance")),
];
pub(in crate::pages) const PAYMENTS: [Column; 6] = [
    Column::new("Payment", Of::Document("number")),
    Column::new("Date", Of::Plain("date")),
    Column::new("How", how(kind_and_method)),
    Column::new("Status", Of::Badge("status")),
    Column::new("To the credit balance", Of::Money("credit_balance_amount")),
    Column::new("Amount", Of::Money("amount")),
];
pub(in crate::pages) const REFUNDS: [Column; 7] = [
    Column::new("Refund", Of::Document("number")),
    Column::new("Date", Of::Plain("date")),
    Column::new("How", how(kind_and_method)),
    Column::new("Of", Of::Words("source_type")),
    Column::new("Status", Of::Badge("status")),
    Column::new("Reason", Of::Text("reason_code")),
    Column::new("Amount", Of::Money("amount")),
];
const ADJUSTMENTS: [Column; 7] = [
    Column::new("Adjustment", Of::Plain("number")),
    Column::new("Date", Of::Plain("date")),
    Column::new("Type", Of::Words("type")),
    Column::new("Invoice", Of::Document("invoice")),
    Column::new("Status", Of::Badge("status")),
    Column::new("Reason", Of::Text("reason_code")),
    Column::new("Amount", Of::Money("amount")),
];
const METHODS: [Column; 8] = [
    Column::new("Method", Of::Document("number")),
    Column::new("Kind", Of::Words("method_type")),
    Column::new("Brand", Of::Plain("brand")),
    Column::new("Ends in", Of::Plain("last_four")),
    Column::new("Expires", Of::Plain("expiry")),
    Column::new("Gateway", Of::Plain("gateway")),
    Column::new("Status", Of::Badge("status")),
    Column::new("Refund of credit", Of::Long(|row| html! { (pays_out(row)) }, pays_out)),
];
const TIMELINE: [Column; 6] = [
    Column::new("When", Of::Instant("at")),
    Column::new("Entry", Of::Document("number")),
    Column::new("What", Of::Words("command")),
    Column::new("Who", Of::Text("actor")),
    Column::new("Documents", Of::Long(documents, |row| numbers(row).join(" "))),
    Column::new("Why", Of::Text("reason")),
];

/// Whether credit can be refunded to a method, and if not, why.
fn pays_out(method: &Value) -> String {
    let said = |name: &str| method.pointer(&format!("/refund_credit/{name}"));
    match said("reason").and_then(Value::as_str) {
        Some(reason) => sentence(reason),
        None => "possible".to_owned(),
    }
}

fn numbers(entry: &Value) -> Vec<&str> {
    let mut numbers: Vec<&str> = Vec::new();
    for made in list(entry, "documents") {
        // A refund and its order are two documents with one number.
        if !numbers.contains(&text(made, "number")) {
            numbers.push(text(made, "number"));
        }
    }
    numbers
}

fn documents(entry: &Value) -> Markup {
    html! { @for number in numbers(entry) { (document(number)) " " } }
}

/// The names of the lists.
pub(super) fn navigation(visit: &Visit, account: &Value) -> Markup {
    let (number, tab) = (text(account, "number"), visit.query.get("tab"));
    html! {
        nav.tabs #transactions aria-label="Transactions" {
            @for (name, label, needed) in TABS {
                @if visit.may(needed) {
                    a href={ "/console/accounts/" (number) "?tab=" (name) "#transactions" }
                        aria-current=[(name == tab).then_some("page")] { (label) }
                }
            }
        }
    }
}

/// What can be made on the list that is shown: its page, its name, and the permission it needs.
const NEW: [(&str, &str, &str, &str); 4] = [
    ("invoices", "new-invoice", "New invoice", "manage_invoices"),
    ("payments", "new-payment", "Record a payment", "process_external_payment"),
    ("", "new-payment", "Record a payment", "process_external_payment"),
    ("methods", "new-method", "Add a payment method", "manage_payment_methods"),
];

/// The way to make one more of what is listed, for those who may.
pub(super) fn start(visit: &Visit, account: &Value) -> Markup {
    let (number, tab) = (text(account, "number"), visit.query.get("tab"));
    let here = NEW.iter().filter(|(of, _, _, needed)| *of == tab && visit.may(needed));
    html! {
        @if text(account, "status") == "active" {
            @for (_, page, label, _) in here {
                p.actions { a.button href={ "/console/accounts/" (number) "/" (page) } { (label) } }
            }
        }
    }
}

/// The tab of the credit balance.
const CREDIT: [Column; 7] = [
    Column::new("Date", Of::Plain("date")),
    Column::new("Adjustment", Of::Document("document")),
    Column::new(
        "From or to",
        Of::Made(from_or_to, |line| {
            format!("{} {}", text(line, "source_type"), text(line, "source"))
        }),
    ),
    Column::new("Status", Of::Badge("status")),
    Column::new("Change", Of::Money("change")),
    Column::new("Balance", Of::Money("running")),
    Column::new("Cancel", Of::Long(cancel, |_| String::new())),
];

/// The list that was asked for.
pub(super) async fn show(visit: &Visit, account: &Value) -> Result<Listed, Problem> {
    let number = text(account, "number");
    let of = |kind: &str| format!("/api/v1/{kind}?account={}", part(number));
    let below = |what: &str| format!("/api/v1/accounts/{}/{what}", part(number));
    let (path, member, pager, columns, empty): (_, _, _, &[Column], _) = match visit
        .query
        .get("tab")
    {
        "invoices" => (
            of("invoices"),
            "invoices",
            Pager::Cursor,
            &INVOICES,
            "No invoices yet. The first is made with New invoice, over the API, or by quittance import.",
        ),
        "payments" => (
            of("payments"),
            "payments",
            Pager::Cursor,
            &PAYMENTS,
            "Nothing was paid yet. What came by wire, cheque or cash is recorded here; stored cards are charged by a payment run.",
        ),
        "refunds" => {
            (of("refunds"), "refunds", Pager::Cursor, &REFUNDS, "Nothing was refunded yet.")
        }
        "adjustments" => {
            let member = "invoice_item_adjustments";
            (
                of("invoice-item-adjustments"),
                member,
                Pager::Cursor,
                &ADJUSTMENTS,
                "No invoice was adjusted yet.",
            )
        }
        "methods" => {
            let empty = "No payment method is stored. A customer adds one in your shop, or you add one that the gateway knows; only its token is kept here.";
            (below("payment-methods"), "payment_methods", Pager::None, &METHODS, empty)
        }
        "timeline" => (
            below("history?changes=false"),
            "entries",
            Pager::Cursor,
            &TIMELINE,
            "Nothing happened yet.",
        ),
        _ => return credit_balance(visit, account).await,
    };
    Listing { name: member, path, member, pager, columns, empty }.show_found(visit).await
}

/// How the credit balance came about, the newest first, with what can still be canceled.
async fn credit_balance(visit: &Visit, account: &Value) -> Result<Listed, Problem> {
    let (number, find) = (text(account, "number"), visit.query.given("find"));
    let export = visit.query.get("export") == "csv";
    let limit = if export || find.is_some() { LOOKED_AT } else { SHOWN + 1 };
    let path = format!("/api/v1/accounts/{}/credit-balance/explain?limit={limit}", part(number));
    let explained = visit.get(&path).await?;
    let mut lines = with_currency(list(&explained, "lines"), text(account, "currency"));
    lines.reverse();
    let may_view = visit.may("view_payments");
    let more = if limit == LOOKED_AT { lines.len() == limit } else { lines.len() > SHOWN };
    if may_view && limit == LOOKED_AT {
        join_adjustments(visit, &mut lines, "").await?;
    }
    lines.retain(|line| find.is_none_or(|find| stands_in(&CREDIT, line, find)));
    if export {
        return Ok(Listed::File(rows_file("credit_balance", !more, CREDIT.split_at(6).0, &lines)));
    }
    let left_out = if find.is_some() { lines.len().saturating_sub(SHOWN) } else { 0 };
    lines.truncate(SHOWN);
    if may_view {
        let may_cancel = visit.may("cancel_credit_balance_adjustment");
        let asked = if may_cancel { "&include=cancel" } else { "" };
        join_adjustments(visit, &mut lines, asked).await?;
    }
    Ok(Listed::Page(html! {
        (finder(visit, "In any column, of the newest thousand."))
        @if lines.is_empty() {
            p.empty {
                @if find.is_some() { (NOTHING) }
                @else { "No credit yet. Transfer a negative invoice, or record a payment with a part for the credit balance." }
            }
        } @else {
            (table(&lines, &CREDIT, None))
            p.pager {
                @if more { a href={ "/console/accounts/" (number) "/explain?of=credit_balance" } { "More of them" } }
                a href=(visit.here_with(&[("export", "csv")])) download="" { "Export (CSV)" }
            }
            p.hint {
                @if left_out > 0 { (left_out) " more have this text; the file has them." }
                @else if find.is_none() && !more { "Before these: " (money(text(&explained, "carried_forward"), text(account, "currency"))) "." }
            }
        }
    }))
}

/// Puts what is known of each adjustment into its line; `include` asks whether the rules would let it be canceled.
async fn join_adjustments(
    visit: &Visit,
    lines: &mut [Value],
    include: &str,
) -> Result<(), Problem> {
    for lines in lines.chunks_mut(AT_ONCE) {
        let numbers = lines.iter().map(|line| text(line, "document"));
        let numbers: Vec<&str> = numbers.filter(|number| number.starts_with("CBA-")).collect();
        if numbers.is_empty() {
            continue;
        }
        let numbers = part(&numbers.join(","));
        let path = format!("/api/v1/credit-balance-adjustments?numbers={numbers}{include}");
        let page = visit.get(&path).await?;
        let all = list(&page, "credit_balance_adjustments").iter();
        let by_number: HashMap<&str, &Value> = all.map(|it| (text(it, "number"), it)).collect();
        for line in lines {
            if let Some(found) = by_number.get(text(line, "document")) {
                for name in ["source_type", "source", "status", "cancel"] {
                    line[name] = found.get(name).cloned().unwrap_or_default();
                }
            }
        }
    }
    Ok(())
}

fn from_or_to(line: &Value) -> Markup {
    html! { (words(text(line, "source_type"))) " " (document(text(line, "source"))) }
}

/// The way to cancel it, or why there is none; nothing for those who may not.
fn cancel(line: &Value) -> Markup {
    let (number, cancel) =
        (text(line, "document"), line.get("cancel").cloned().unwrap_or_default());
    let reason = text(&cancel, "reason");
    html! {
        span.reason {
            @if cancel.get("allowed") == Some(&Value::Bool(true)) {
                a href={ "/console/credit-balance-adjustments/" (number) "/cancel" } aria-label={ "Cancel " (number) } { "Cancel" }
            } @else if text(line, "status") == "processed" && !reason.is_empty() {
                details { summary { "Why not" } (sentence(reason)) }
            }
        }
    }
}
