//! The transactions of an account, a list of each kind.

use std::collections::HashMap;

use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::listing::{Column, Listed, Listing, Of, Pager, text_of};
use crate::pages::invoice::with_currency;
use crate::pages::part;
use crate::parts::{badge, document, list, money, text, words};
use crate::visit::Visit;

/// So many changes of the credit balance are shown, the newest.
const SHOWN: usize = 50;

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

const INVOICES: [Column; 6] = [
    Column::new("Invoice", Of::Document("number")),
    Column::new("Date", Of::Plain("invoice_date")),
    Column::new("Due", Of::Plain("due_date")),
    Column::new("Status", Of::Badge("status")),
    Column::new("Amount", Of::Money("amount")),
    Column::new("Balance", Of::Money("balance")),
];
const PAYMENTS: [Column; 6] = [
    Column::new("Payment", Of::Document("number")),
    Column::new("Date", Of::Plain("date")),
    Column::new("How", how(kind_and_method)),
    Column::new("Status", Of::Badge("status")),
    Column::new("To the credit balance", Of::Money("credit_balance_amount")),
    Column::new("Amount", Of::Money("amount")),
];
const REFUNDS: [Column; 7] = [
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
    Column::new("Method", Of::Plain("number")),
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
    Column::new("Documents", Of::Made(documents, |row| numbers(row).join(" "))),
    Column::new("Why", Of::Text("reason")),
];

/// Whether credit can be refunded to a method, and if not, why.
fn pays_out(method: &Value) -> String {
    let said = |name: &str| method.pointer(&format!("/refund_credit/{name}"));
    match said("reason").and_then(Value::as_str) {
        Some(reason) => reason.to_owned(),
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
        nav.tabs aria-label="Transactions" {
            @for (name, label, needed) in TABS {
                @if visit.may(needed) {
                    a href={ "/console/accounts/" (number) "?tab=" (name) }
                        aria-current=[(name == tab).then_some("page")] { (label) }
                }
            }
        }
    }
}

/// What can be made on the list that is shown: its page, its name, and the permission it needs.
const NEW: [(&str, &str, &str, &str); 3] = [
    ("invoices", "new-invoice", "New invoice", "manage_invoices"),
    ("payments", "new-payment", "Record a payment", "process_external_payment"),
    ("", "new-payment", "Record a payment", "process_external_payment"),
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
            let empty = "No payment method is stored. A customer adds one in your shop; only its token is kept here.";
            (below("payment-methods"), "payment_methods", Pager::None, &METHODS, empty)
        }
        "timeline" => {
            (below("history"), "entries", Pager::Cursor, &TIMELINE, "Nothing happened yet.")
        }
        _ => return credit_balance(visit, account).await,
    };
    Listing { name: member, path, member, pager, columns, empty }.show(visit).await
}

/// How the credit balance came about, the newest first, with what can still be canceled.
async fn credit_balance(visit: &Visit, account: &Value) -> Result<Listed, Problem> {
    let (number, currency) = (text(account, "number"), text(account, "currency"));
    let path = format!("/api/v1/accounts/{}/credit-balance/explain?limit={SHOWN}", part(number));
    let explained = visit.get(&path).await?;
    let mut lines = with_currency(list(&explained, "lines"), currency);
    lines.reverse();
    let may_cancel = visit.may("cancel_credit_balance_adjustment");
    if visit.may("view_payments") {
        join_adjustments(visit, &mut lines, may_cancel).await?;
    }
    Ok(Listed::Page(html! {
        @if lines.is_empty() {
            p.empty { "No credit yet. Transfer a negative invoice, or record a payment with a part for the credit balance." }
        } @else {
            table tabindex="0" {
                thead { tr {
                    th { "Date" } th { "Adjustment" } th { "From or to" } th { "Status" }
                    th.amount { "Change" } th.amount { "Balance" } th { "Cancel" }
                } }
                tbody { @for line in &lines { (row(line, currency, may_cancel)) } }
            }
            p.hint {
                "Before these: " (money(text(&explained, "carried_forward"), currency)) ". "
                @if lines.len() == SHOWN { a href={ "/console/accounts/" (number) "/explain?of=credit_balance" } { "More of them" } }
            }
        }
    }))
}

/// Puts each adjustment beside its line, and whether the rules would let it be canceled: all by one question.
async fn join_adjustments(
    visit: &Visit,
    lines: &mut [Value],
    may_cancel: bool,
) -> Result<(), Problem> {
    let numbers = lines.iter().map(|line| text(line, "document"));
    let numbers: Vec<&str> = numbers.filter(|number| number.starts_with("CBA-")).collect();
    if numbers.is_empty() {
        return Ok(());
    }
    let numbers = part(&numbers.join(","));
    let asked = if may_cancel { "&include=cancel" } else { "" };
    let path = format!("/api/v1/credit-balance-adjustments?numbers={numbers}{asked}");
    let page = visit.get(&path).await?;
    let all = list(&page, "credit_balance_adjustments").iter();
    let by_number: HashMap<&str, &Value> = all.map(|it| (text(it, "number"), it)).collect();
    for line in lines {
        if let Some(found) = by_number.get(text(line, "document")) {
            line["adjustment"] = (*found).clone();
        }
    }
    Ok(())
}

fn row(line: &Value, currency: &str, may_cancel: bool) -> Markup {
    let adjustment = line.get("adjustment").cloned().unwrap_or_default();
    let cancel = adjustment.get("cancel").cloned().unwrap_or_default();
    let allowed = cancel.get("allowed").is_some_and(|it| it == true);
    let number = text(line, "document");
    html! {
        tr {
            td { (text(line, "date")) }
            td { (document(number)) }
            td { (words(text(&adjustment, "source_type"))) " " (document(text(&adjustment, "source"))) }
            td { (badge(&text_of(&adjustment, "status"))) }
            td.amount { (money(text(line, "change"), currency)) }
            td.amount { (money(text(line, "running"), currency)) }
            td.reason {
                @if allowed && may_cancel {
                    a href={ "/console/credit-balance-adjustments/" (number) "/cancel" } aria-label={ "Cancel " (number) } { "Cancel" }
                } @else if text(&adjustment, "status") == "processed" { (text(&cancel, "reason")) }
            }
        }
    }
}
