//! Accounting codes: the name each role of the journal has in the ledger (domain 8.3).

use axum::Router;
use axum::http::Method;
use maud::html;
use serde_json::{Value, json};

use super::{Sent, form_at, page_or_look, saved};
use crate::api::Api;
use crate::change::Form;
use crate::input::{Input, Kind, filled};
use crate::listing::{Column, Of, table};
use crate::pages::Shown;
use crate::parts::{list, text};
use crate::visit::Visit;

const CODES: &str = "/console/admin/accounting-codes";

/// Each role with the code that new books have, and what it stands for.
pub(super) const ROLES: [(&str, &str, &str); 5] = [
    ("accounts_receivable", "Accounts Receivable", "What customers owe."),
    (
        "customer_cash_on_account",
        "Customer Cash On Account",
        "The credit that is owed to customers.",
    ),
    ("bank", "Bank", "Money received and paid out."),
    ("revenue", "Revenue", "Revenue or deferred revenue."),
    ("tax", "Tax Payable", "Tax collected."),
];

const COLUMNS: [Column; 3] = [
    Column::new("Code", Of::Text("code")),
    Column::new("Role", Of::Words("role")),
    Column::new("New documents use it", Of::Flag("in_use")),
];

pub(super) fn router() -> Router<Api> {
    Router::new().route(CODES, form_at(show))
}

/// The code each role has now, as the change names them.
pub(super) fn in_use(settings: &Value) -> Value {
    let used = list(settings, "accounting_codes").iter().filter(|it| it["in_use"] == true);
    let codes = used.map(|it| (text(it, "role").to_owned(), it["code"].clone()));
    json!({"accounting_codes": codes.collect::<serde_json::Map<_, _>>()})
}

async fn show(visit: Visit, sent: Sent) -> Shown {
    let made = visit.get("/api/v1/settings").await.map(|settings| {
        let mut inputs: Vec<Input> = ROLES
            .into_iter()
            .map(|(role, label, about)| {
                Input::new(format!("accounting_codes.{role}"), label, Kind::Line).hint(about).required()
            })
            .collect();
        inputs.push(Input::new("revenue_codes", "Add revenue codes", Kind::Lines).hint(
            "One in a line. Items of invoices may name them instead of the usual one.",
        ));
        let values = filled(&inputs, &in_use(&settings));
        let all = list(&settings, "accounting_codes");
        let form = Form {
            lead: html! {
                p.hint {
                    "Lines of the journal are written to these codes from now on; what is in the journal keeps the code it has. "
                    "A code belongs to one role for ever."
                }
                (table(all, &COLUMNS, None))
            },
            method: Method::PATCH,
            ..Form::new(
                "Accounting codes",
                CODES.to_owned(),
                "/api/v1/settings".to_owned(),
                inputs,
                &saved(CODES),
            )
        };
        (form, values)
    });
    page_or_look(visit, sent, "manage_payments_settings", made).await
}
