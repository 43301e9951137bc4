//! Accounting codes: the name each role of the journal has in the ledger (domain 8.3).

use axum::Router;
use axum::http::Method;
use maud::html;
use serde_json::{Value, json};

use super::{Sent, form_at, page_or_look, saved};
use crate::api::{Api, Problem};
use crate::change::Form;
use crate::form::Fields;
use crate::input::{Input, Kind, filled};
use crate::listing::{Column, Listed, Listing, Of, Pager};
use crate::pages::{Shown, Sorry};
use crate::parts::{list, text, words};
use crate::visit::Visit;

const CODES: &str = "/console/admin/accounting-codes";
const SETTINGS: &str = "/api/v1/settings";

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
    // In the order they were added, which is theirs for ever.
    let listing = Listing {
        name: "accounting-codes",
        path: SETTINGS.to_owned(),
        member: "accounting_codes",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "There are none.",
    };
    let list = match listing.show_found(&visit).await {
        Ok(Listed::Page(list)) => list,
        Ok(Listed::File(file)) => return Ok(file),
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let made = visit.get(SETTINGS).await.map(|settings| {
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
        let form = Form {
            lead: html! {
                (list)
                p.hint {
                    "Lines of the journal are written to these codes from now on; what is in the journal keeps the code it has. "
                    "A code belongs to one role for ever."
                }
            },
            method: Method::PATCH,
            meant: taken,
            ..Form::new(
                "Accounting codes",
                CODES.to_owned(),
                SETTINGS.to_owned(),
                inputs,
                &saved(CODES),
            )
        };
        (form, values)
    });
    page_or_look(visit, sent, "manage_payments_settings", made).await
}

/// The field with a code that stands for another role already: not the one of that role itself.
fn taken(problem: &Problem, fields: &Fields) -> Option<String> {
    let (_, rest) = problem.detail.split_once("accounting code \"")?;
    let (code, rest) = rest.split_once('"')?;
    let owner = rest.split_once("stands for ")?.1.split(';').next()?;
    let others = ROLES.iter().filter(|(role, ..)| words(role) != words(owner));
    let names = others.map(|(role, ..)| format!("accounting_codes.{role}"));
    let found = names.into_iter().find(|name| fields.get(name) == code);
    found.or_else(|| {
        let given = fields.get("revenue_codes").lines().any(|line| line.trim() == code);
        given.then(|| "revenue_codes".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_is_taken_is_wrong_where_it_was_given_to_another_role() {
        let problem = Problem {
            status: 422,
            code: "accounting_code_in_use".to_owned(),
            detail: "accounting code \"Bank\" already stands for bank; choose another code"
                .to_owned(),
            field: None,
        };
        let of = |sent: &str| taken(&problem, &Fields::read(sent.as_bytes()));
        let twice = "accounting_codes.bank=Bank&accounting_codes.tax=Bank";
        assert_eq!(of(twice).as_deref(), Some("accounting_codes.tax"));
        let more = "accounting_codes.bank=Bank&revenue_codes=Other%0D%0ABank";
        assert_eq!(of(more).as_deref(), Some("revenue_codes"));
        assert_eq!(of("accounting_codes.bank=Bank"), None);
    }
}
