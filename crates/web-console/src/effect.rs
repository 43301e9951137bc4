//! What a change would do: balances before and after, and the journal (`?dry_run=true`).

use maud::{Markup, html};
use serde_json::Value;

use crate::parts::{document, list, money, text, words};

/// The first document of a kind among those a command makes or changes.
pub(crate) fn made<'a>(effect: &'a Value, kind: &str) -> Option<&'a Value> {
    list(effect, "documents").iter().find(|it| text(it, "document_type") == kind)
}

/// What it would wait for, if it needs approval.
pub(crate) fn waits(effect: &Value) -> Option<&Value> {
    let mut approvals = list(effect, "documents").iter().filter_map(|it| it.get("approval"));
    approvals.find(|it| !it.is_null())
}

/// What it would do.
pub(crate) fn show(effect: &Value) -> Markup {
    let documents = list(effect, "documents");
    // A cancellation has no document of its own, but lines in the journal.
    let told = documents.iter().chain(list(effect, "journal"));
    let currency = told.map(|it| text(it, "currency")).find(|it| !it.is_empty());
    let currency = currency.unwrap_or("");
    if let Some(draft) = draft(effect) {
        return html! {
            p.note {
                "A draft of " (money(text(draft, "amount"), text(draft, "currency")))
                ". It counts for nothing until it is posted."
            }
        };
    }
    // What a gateway is asked to do has its effect later.
    let later = ["order", "order_step"].iter().any(|kind| made(effect, kind).is_some());
    if !later
        && documents.iter().all(|it| text(it, "amount").is_empty())
        && list(effect, "balances").is_empty()
        && list(effect, "journal").is_empty()
    {
        return html! { p.note { "No balance changes, and nothing is posted." } };
    }
    let moves = ["refund", "payment"].iter().any(|kind| made(effect, kind).is_some());
    let ahead = effect.get("when_money_moves");
    html! {
        @if let Some(approval) = waits(effect) {
            p.note {
                "It will wait for approval, as "
                @for policy in list(approval, "policies") { q { (policy.as_str().unwrap_or("")) } " " }
                "says; nothing goes out before."
            }
        }
        @if !list(effect, "balances").is_empty() {
            (balances("Balances", list(effect, "balances"), currency))
        }
        @if let Some(ahead) = ahead {
            (held(list(ahead, "held"), currency))
            @if list(effect, "journal").is_empty() {
                p.hint { "Nothing is posted before the money has moved. Then this is, as the books stand now:" }
            } @else {
                h2 { "Journal" }
                (journal(list(effect, "journal"), currency))
                p.hint { "And once the rest of the money has moved, as the books stand now:" }
            }
            (balances("Balances when the money has moved", list(ahead, "balances"), currency))
            h2 { "Journal when the money has moved" }
            (journal(list(ahead, "journal"), currency))
        } @else {
            @if list(effect, "balances").is_empty() && moves {
                h2 { "Balances" }
                p.empty { "No balance changes before the money has moved; until then the amount is held." }
            }
            h2 { "Journal" }
            (journal(list(effect, "journal"), currency))
        }
    }
}

/// What is held from the confirmation on.
fn held(changes: &[Value], currency: &str) -> Markup {
    html! { @if !changes.is_empty() { (balances("Held at once", changes, currency)) } }
}

/// The invoice that it only drafts, if it does no more.
fn draft(effect: &Value) -> Option<&Value> {
    let counts = made(effect, "invoice_status").is_some() || !list(effect, "journal").is_empty();
    made(effect, "invoice").filter(|_| !counts)
}

/// Balances before and after.
pub(crate) fn balances(title: &str, changes: &[Value], currency: &str) -> Markup {
    html! {
        h2 { (title) }
        table tabindex="0" {
            thead { tr { th { "Balance" } th { "Of" } th.amount { "Before" } th.amount { "After" } } }
            tbody {
                @for balance in changes {
                    tr {
                        td { (words(text(balance, "balance"))) }
                        td { (document(text(balance, "document"))) }
                        td.amount { (money(text(balance, "before"), currency)) }
                        td.amount { (money(text(balance, "after"), currency)) }
                    }
                }
            }
        }
    }
}

/// Lines of the journal, debits and credits.
fn journal(lines: &[Value], currency: &str) -> Markup {
    let amount = |line: &Value, side: &str| {
        html! { @if !text(line, side).is_empty() { (money(text(line, side), currency)) } }
    };
    html! {
        @if lines.is_empty() {
            p.empty { "Nothing is posted before the money has moved." }
        } @else {
            table tabindex="0" {
                thead { tr { th { "Date" } th { "Account" } th.amount { "Debit" } th.amount { "Credit" } } }
                tbody {
                    @for line in lines {
                        tr {
                            td { (text(line, "date")) }
                            td { (text(line, "accounting_code")) }
                            td.amount { (amount(line, "debit")) }
                            td.amount { (amount(line, "credit")) }
                        }
                    }
                }
            }
        }
    }
}
