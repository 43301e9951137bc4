//! The statement of an account for a span of days: on the screen, on paper, and as a PDF.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde_json::Value;

use crate::api::Problem;
use crate::input::{Input, Kind};
use crate::layout;
use crate::listing::{Column, Of, filters, filters_with, table};
use crate::pages::invoice::with_currency;
use crate::pages::{Shown, Sorry, part};
use crate::parts::{list, money, text};
use crate::pdf;
use crate::visit::Visit;

const LINES: [Column; 7] = [
    Column::new("Date", Of::Plain("date")),
    Column::new("What", Of::Made(|line| html! { (what(line)) }, |line| what(line).to_owned())),
    Column::new("Document", Of::Document("document")),
    Column::new("Invoices", Of::Money("invoice_change")),
    Column::new("Credit", Of::Money("credit_change")),
    Column::new("Invoice balance", Of::Money("invoice_balance")),
    Column::new("Credit balance", Of::Money("credit_balance")),
];

pub(crate) async fn show(visit: Visit, Path(account): Path<String>) -> Shown {
    let days = visit.asked(&["from", "to"]);
    let path =
        format!("/api/v1/accounts/{}/statement?{}", part(&account), days.trim_start_matches('&'));
    let statement = match visit.get(&path).await {
        Ok(statement) => statement,
        Err(problem) if !days.is_empty() && matches!(problem.status, 400 | 422) => {
            return Ok(other_days(&visit, problem));
        }
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    if visit.query.get("format") == "pdf" {
        let file = file(&statement).map(IntoResponse::into_response);
        let broken = || Problem::broken("the font of the PDF cannot be read");
        return file.ok_or_else(|| Sorry(Box::new(visit), broken()));
    }
    let title = format!("Statement of {}", text(&statement, "name"));
    Ok(layout::page(&visit, &title, &page(&visit, &statement)).into_response())
}

fn inputs() -> [Input; 2] {
    [Input::new("from", "From", Kind::Date), Input::new("to", "To", Kind::Date)]
}

/// The days that were asked for, with what is wrong with them.
fn other_days(visit: &Visit, mut problem: Problem) -> Response {
    let inputs = inputs();
    let field = problem.field.filter(|field| inputs.iter().any(|input| input.name == *field));
    problem.field = Some(field.unwrap_or_else(|| "to".to_owned()));
    let content = filters_with(visit, &inputs, Some(&problem));
    (problem.status(), layout::page(visit, "Statement", &content)).into_response()
}

fn page(visit: &Visit, statement: &Value) -> Markup {
    let account = text(statement, "account");
    html! {
        p.lead {
            a href={ "/console/accounts/" (account) } { (account) } ", "
            (text(statement, "from")) " to " (text(statement, "to"))
        }
        (filters(visit, &inputs()))
        (balances("At the beginning", "opening", statement))
        @if list(statement, "lines").is_empty() { p.empty { "Nothing happened in these days." } }
        @else { (table(&lines(statement), &LINES, None)) }
        (balances("At the end", "closing", statement))
        p.actions.no-print { a.button href=(visit.here_with(&[("format", "pdf")])) download="" { "PDF" } }
    }
}

/// The lines with their currency; where nothing changes nothing is written.
fn lines(statement: &Value) -> Vec<Value> {
    let mut lines = with_currency(list(statement, "lines"), text(statement, "currency"));
    for line in &mut lines {
        for change in ["invoice_change", "credit_change"] {
            if text(line, change).bytes().all(|byte| matches!(byte, b'0' | b'.')) {
                line[change] = "".into();
            }
        }
    }
    lines
}

fn balances(when: &str, which: &str, statement: &Value) -> Markup {
    let of = |name: &str| text(statement, &format!("{which}_{name}")).to_owned();
    let currency = text(statement, "currency");
    html! {
        dl.facts {
            div { dt { (when) ", invoices" } dd { (money(&of("invoice_balance"), currency)) } }
            div { dt { (when) ", credit" } dd { (money(&of("credit_balance"), currency)) } }
        }
    }
}

/// What happened, as a customer would say it: how it was decided in here is nothing to them. Money that moved at last, or
/// came back, is told by its document and by which way it went.
fn what(line: &Value) -> &'static str {
    let document = text(line, "document");
    let kind = document.trim_end_matches(|it: char| it.is_ascii_digit());
    let less_credit = text(line, "credit_change").starts_with('-');
    let less_owed = text(line, "invoice_change").starts_with('-');
    match (text(line, "command"), kind) {
        ("create_invoice" | "post_invoice", "CBA-") if less_credit => "Credit used for an invoice",
        ("create_invoice" | "post_invoice", "CBA-") => "Credit from an invoice",
        ("create_invoice" | "post_invoice", _) => "Invoice",
        ("unpost_invoice", _) => "Invoice taken back",
        ("adjust_invoice_items", _) => "Adjustment of an invoice",
        ("cancel_invoice_item_adjustment", _) => "Adjustment canceled",
        ("transfer_to_credit_balance", _) => "Credit from an invoice",
        ("apply_credit_balance" | "collect", "CBA-") => "Credit used for an invoice",
        ("cancel_credit_balance_adjustment", _) => "Credit canceled",
        ("counter_adjust", _) => "Credit given back",
        ("cancel_payment" | "void_payment" | "note_dispute", _) => "Payment taken back",
        ("cancel_refund", _) => "Refund canceled",
        ("refund_credit_balance" | "refund_payment" | "pay_refund", _) => "Refund",
        ("record_payment", _) => "Payment",
        (_, "R-") if less_owed => "Refund came back",
        (_, "R-") => "Refund",
        (_, "P-") if !less_owed => "Payment taken back",
        (_, "P-") => "Payment",
        // Of credit alone the line does not say whether a payment or a refund moved it.
        _ if less_credit => "Credit paid out or taken back",
        _ => "Credit received",
    }
}

fn file(statement: &Value) -> Option<impl IntoResponse + use<>> {
    const COLUMNS: [pdf::Column; 7] = [
        pdf::Column { title: "Date", width: 62.0, amount: false },
        pdf::Column { title: "What", width: 120.0, amount: false },
        pdf::Column { title: "Document", width: 74.0, amount: false },
        pdf::Column { title: "Invoices", width: 66.0, amount: true },
        pdf::Column { title: "Credit", width: 66.0, amount: true },
        pdf::Column { title: "Invoice balance", width: 66.0, amount: true },
        pdf::Column { title: "Credit balance", width: 66.0, amount: true },
    ];
    let of = |name: &str| text(statement, name).to_owned();
    let balances = |which: &str| {
        let of = |name: &str| text(statement, &format!("{which}_{name}")).to_owned();
        let none = String::new;
        vec![
            none(),
            format!("{which} balances"),
            none(),
            none(),
            none(),
            of("invoice_balance"),
            of("credit_balance"),
        ]
    };
    let mut rows = vec![balances("opening")];
    let cells = |line: &Value| LINES.iter().map(|it| it.of.file_text(line)).collect();
    rows.extend(lines(statement).iter().map(cells));
    rows.push(balances("closing"));
    let report = pdf::Report {
        title: format!("Statement of {}", of("name")),
        lead: format!(
            "{}, {} to {}, amounts in {}",
            of("account"),
            of("from"),
            of("to"),
            of("currency")
        ),
        columns: &COLUMNS,
        rows,
    };
    let kind = HeaderValue::from_static("application/pdf");
    let name = format!("attachment; filename=\"statement-{}-{}.pdf\"", of("account"), of("to"));
    let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    Some((headers, report.write()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_customer_reads_what_happened_to_the_money() {
        for (command, document, invoices, credit, expected) in [
            ("report_order", "CBA-00000002", "", "-5.00", "Credit paid out or taken back"),
            ("report_order", "CBA-00000002", "", "5.00", "Credit received"),
            ("report_order", "P-00000001", "-5.00", "", "Payment"),
            ("report_order", "P-00000001", "5.00", "", "Payment taken back"),
            ("report_order", "R-00000001", "5.00", "", "Refund"),
            ("report_order", "R-00000001", "-5.00", "", "Refund came back"),
            ("pay_refund", "CBA-00000002", "", "-5.00", "Refund"),
            ("collect", "CBA-00000003", "-5.00", "-5.00", "Credit used for an invoice"),
            ("post_invoice", "CBA-00000004", "5.00", "5.00", "Credit from an invoice"),
            ("record_payment", "P-00000001", "-5.00", "", "Payment"),
            ("post_invoice", "INV00000001", "5.00", "", "Invoice"),
        ] {
            let line = json!({"command": command, "document": document,
                "invoice_change": invoices, "credit_change": credit});
            assert_eq!(what(&line), expected, "{command} {document}");
        }
    }
}
