//! *Refund Credit Balance* (domain 4.2): ask, look at what it would do, confirm.

use axum::extract::Path;
use axum::response::IntoResponse;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{Shown, Sorry, part};
use crate::api::Problem;
use crate::form::{Fields, fresh_key};
use crate::layout;
use crate::parts::{Field, list, money, text, words, wrong_with_form};
use crate::visit::{KEY, Visit, redirect};

const TITLE: &str = "Refund credit balance";
/// What the form asks for, as the API calls it.
const FIELDS: [&str; 7] =
    ["type", "method_type", "payment_method_id", "amount", "reason_code", "reference", "comment"];
/// How an external refund goes out.
const EXTERNAL: [&str; 6] = ["check", "wire_transfer", "ach", "cash", "credit_card", "other"];

/// What is known before anything is asked: the account, its methods, and the reasons.
struct Known {
    account: Value,
    methods: Value,
    reasons: Value,
}

async fn known(visit: &Visit, path: &str) -> Result<Known, Problem> {
    Ok(Known {
        account: visit.get(path).await?,
        methods: visit.get(&format!("{path}/payment-methods")).await?,
        reasons: visit.get("/api/v1/reason-codes").await?,
    })
}

/// The empty form, with all that is available.
pub(crate) async fn ask(visit: Visit, Path(account): Path<String>) -> Shown {
    let path = format!("/api/v1/accounts/{}", part(&account));
    let known = match known(&visit, &path).await {
        Ok(known) => known,
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let fields = Fields::default()
        .with(KEY, fresh_key())
        .with("type", "external")
        .with("amount", text(&known.account, "available"));
    Ok(page(&visit, &form(&visit, &known, &fields, None)).into_response())
}

fn page(visit: &Visit, content: &Markup) -> impl IntoResponse + use<> {
    layout::page(visit, TITLE, content)
}

fn form(visit: &Visit, known: &Known, fields: &Fields, problem: Option<&Problem>) -> Markup {
    let account = &known.account;
    let (number, currency) = (text(account, "number"), text(account, "currency"));
    let field = |name, label, hint| Field { name, label, hint, fields, problem };
    let kinds = [
        ("external", "External: cheque, wire, ...", "credit_balance_external_refund"),
        ("electronic", "Electronic: by a gateway", "credit_balance_electronic_refund"),
    ];
    let kinds = kinds.into_iter().filter(|(_, _, needed)| visit.may(needed));
    let kinds: Vec<(String, String)> =
        kinds.map(|(value, label, _)| (value.to_owned(), label.to_owned())).collect();
    let external: Vec<(String, String)> = std::iter::once((String::new(), "Choose one".to_owned()))
        .chain(EXTERNAL.map(|code| (code.to_owned(), words(code))))
        .collect();
    let reasons = list(&known.reasons, "reason_codes").iter().filter(|reason| {
        text(reason, "category") == "credit_balance_refund" && reason["active"] == json!(true)
    });
    let reasons: Vec<(String, String)> =
        reasons.map(|it| (text(it, "code").to_owned(), text(it, "code").to_owned())).collect();
    html! {
        p.lead {
            a href={ "/console/accounts/" (number) } { (text(account, "name")) }
            ", available " (money(text(account, "available"), currency))
        }
        (wrong_with_form(problem, &FIELDS))
        form.columns method="post" action={ "/console/accounts/" (number) "/refund" } {
            (visit.guard(fields.get(KEY)))
            (field("type", "Kind", "").choice(&kinds))
            (field("method_type", "Paid by", "For an external refund.").choice(&external))
            (field("payment_method_id", "Payment method", "For an electronic refund; only what its gateway can pay out to.")
                .choice(&methods(&known.methods)))
            (field("amount", "Amount", currency).line("decimal", true))
            (field("reason_code", "Reason", "").choice(&reasons))
            (field("reference", "Reference", "Such as the number of the cheque.").line("text", false))
            (field("comment", "Comment", "").line("text", false))
            button.primary type="submit" name="step" value="preview" { "Look at what it does" }
        }
    }
}

/// The account's methods; those that are closed are left out.
fn methods(page: &Value) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), "The default of the account".to_owned())];
    let open = list(page, "payment_methods").iter().filter(|it| text(it, "status") == "active");
    options.extend(open.map(|method| {
        let shown = [
            words(text(method, "method_type")),
            text(method, "brand").to_owned(),
            text(method, "last_four").to_owned(),
            text(method, "number").to_owned(),
        ];
        let shown: Vec<String> = shown.into_iter().filter(|it| !it.is_empty()).collect();
        (text(method, "number").to_owned(), shown.join(" "))
    }));
    options
}

/// What the API is asked for: only what belongs to the kind, so that a choice made before another one does no harm.
fn wish(fields: &Fields) -> Value {
    let other =
        if fields.get("type") == "electronic" { "method_type" } else { "payment_method_id" };
    let names: Vec<&str> = FIELDS.into_iter().filter(|name| *name != other).collect();
    fields.body(&names)
}

/// Shows what it would do, or does it.
pub(crate) async fn send(visit: Visit, Path(account): Path<String>, fields: Fields) -> Shown {
    let path = format!("/api/v1/accounts/{}", part(&account));
    let asked = format!("{path}/credit-balance/refund");
    if fields.get("step") == "confirm" {
        match visit.post(&asked, wish(&fields), &fields).await {
            Ok(done) => return Ok(redirect(&refund_page(&done, &account))),
            Err(problem) => return again(visit, &path, &fields, problem).await,
        }
    }
    if fields.get("step") == "change" {
        return match known(&visit, &path).await {
            Ok(known) => Ok(page(&visit, &form(&visit, &known, &fields, None)).into_response()),
            Err(problem) => Err(Sorry(Box::new(visit), problem)),
        };
    }
    match visit.preview(&asked, wish(&fields), &fields).await {
        Ok(effect) => {
            let content = confirm(&visit, &account, &fields, &effect);
            Ok(layout::page(&visit, "Confirm the refund", &content).into_response())
        }
        Err(problem) => again(visit, &path, &fields, problem).await,
    }
}

/// The form as it was filled in, with what is wrong.
async fn again(visit: Visit, path: &str, fields: &Fields, problem: Problem) -> Shown {
    if problem.status == 401 {
        return Err(Sorry(Box::new(visit), problem));
    }
    match known(&visit, path).await {
        Ok(known) => {
            let content = form(&visit, &known, fields, Some(&problem));
            Ok((problem.status(), page(&visit, &content)).into_response())
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

fn refund_page(done: &Value, account: &str) -> String {
    let refund = list(done, "documents").iter().find(|it| text(it, "document_type") == "refund");
    match refund {
        Some(refund) => format!("/console/refunds/{}", part(text(refund, "number"))),
        None => format!("/console/accounts/{}", part(account)),
    }
}

/// What it would do: the refund, the balances, the journal; and the two ways on.
fn confirm(visit: &Visit, account: &str, fields: &Fields, effect: &Value) -> Markup {
    let refund = list(effect, "documents").iter().find(|it| text(it, "document_type") == "refund");
    let (amount, currency) =
        refund.map_or(("", ""), |it| (text(it, "amount"), text(it, "currency")));
    let waits = list(effect, "documents").iter().find_map(|it| it.get("approval")).cloned();
    html! {
        p.lead { "Refund " strong { (money(amount, currency)) } " of the credit balance of " (account) "." }
        @if let Some(approval) = waits.filter(|it| !it.is_null()) {
            p.note {
                "It will wait for approval, as "
                @for policy in list(&approval, "policies") { q { (policy.as_str().unwrap_or("")) } " " }
                "says; nothing goes out before."
            }
        }
        h2 { "Balances" }
        table tabindex="0" {
            thead { tr { th { "Balance" } th { "Of" } th.amount { "Before" } th.amount { "After" } } }
            tbody {
                @for balance in list(effect, "balances") {
                    tr {
                        td { (words(text(balance, "balance"))) }
                        td { (text(balance, "document")) }
                        td.amount { (money(text(balance, "before"), currency)) }
                        td.amount { (money(text(balance, "after"), currency)) }
                    }
                }
            }
        }
        h2 { "Journal" }
        @if list(effect, "journal").is_empty() {
            p.empty { "Nothing is posted before the money has moved." }
        } @else {
            table tabindex="0" {
                thead { tr { th { "Date" } th { "Account" } th.amount { "Debit" } th.amount { "Credit" } } }
                tbody {
                    @for line in list(effect, "journal") {
                        tr {
                            td { (text(line, "date")) }
                            td { (text(line, "accounting_code")) }
                            td.amount { (text(line, "debit")) }
                            td.amount { (text(line, "credit")) }
                        }
                    }
                }
            }
        }
        form method="post" action={ "/console/accounts/" (part(account)) "/refund" } data-once="" {
            (visit.guard(fields.get(KEY)))
            @for name in FIELDS { input type="hidden" name=(name) value=(fields.get(name)); }
            p.actions {
                button.primary type="submit" name="step" value="confirm" { "Refund " (amount) " " (currency) }
                button type="submit" name="step" value="change" { "Change something" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_belong_to_the_kind_is_not_asked_for() {
        let fields = Fields::default()
            .with("type", "external")
            .with("method_type", "check")
            .with("payment_method_id", "PM-00000001")
            .with("amount", "5")
            .with("step", "preview");
        let expected = json!({"type": "external", "method_type": "check", "amount": "5"});
        assert_eq!(wish(&fields), expected);
        let electronic = wish(&fields.with("type", "electronic"));
        assert_eq!(electronic["payment_method_id"], "PM-00000001");
        assert_eq!(electronic.get("method_type"), None);
    }

    #[test]
    fn afterwards_one_sees_the_refund() {
        let done = json!({"documents": [{"document_type": "refund", "number": "R-00000001"}]});
        assert_eq!(refund_page(&done, "A1"), "/console/refunds/R-00000001");
        assert_eq!(refund_page(&json!({}), "A1"), "/console/accounts/A1");
    }
}
