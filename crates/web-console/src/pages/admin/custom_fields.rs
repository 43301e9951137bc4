//! Custom fields, by the object that has them.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::{ACTIVE, Sent, form_at, kept, page, page_or_look, require};
use crate::api::{Api, Problem};
use crate::change::Form;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind, filled};
use crate::listing::{Column, Listing, Of, Pager};
use crate::pages::{Shown, part};
use crate::parts::{list, text, words};
use crate::visit::Visit;

const FIELDS: &str = "/console/admin/custom-fields";
const API: &str = "/api/v1/custom-fields";
const NEEDED: &str = "manage_payments_settings";

const OBJECTS: [&str; 8] = [
    "account",
    "invoice",
    "invoice_item",
    "payment",
    "payment_method",
    "refund",
    "credit_balance_adjustment",
    "invoice_item_adjustment",
];
const TYPES: [&str; 5] = ["text", "number", "boolean", "date", "picklist"];

const COLUMNS: [Column; 8] = [
    Column::new("Object", Of::Words("object")),
    Column::new("Label", Of::Made(link, |row| text(row, "label").to_owned())),
    Column::new("API name", Of::Text("name")),
    Column::new("Type", Of::Words("type")),
    Column::new("Generation", Of::Words("generation")),
    Column::new("Required", Of::Flag("required")),
    Column::new("Filterable", Of::Flag("filterable")),
    Column::new("Status", ACTIVE),
];

fn at(object: &str, name: &str) -> String {
    format!("{FIELDS}/{}/{}", part(object), part(name))
}

fn link(field: &Value) -> Markup {
    html! { a href=(at(text(field, "object"), text(field, "name"))) { (text(field, "label")) } }
}

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(FIELDS, get(show))
        .route("/console/admin/custom-fields/new", form_at(new))
        .route("/console/admin/custom-fields/{object}/{name}", form_at(edit))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "custom-fields",
        path: API.to_owned(),
        member: "custom_fields",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "None yet. A custom field keeps what you want to know of a document and the product does not ask for: say, a \
                region on accounts, or a case number on refunds. It is asked for on their forms, and stands in their \
                answers, exports and events.",
    };
    kept(visit, "Custom fields", &listing, (FIELDS, "New custom field", NEEDED)).await
}

/// What can be changed of a field that is there, too.
fn lasting(picklist: bool) -> Vec<Input> {
    let mut inputs = vec![
        Input::new("required", "Required", Kind::Flag).hint("A new document must have a value."),
        Input::new("filterable", "Filterable", Kind::Flag)
            .hint("Lists are filtered by it; at most 10 of an object."),
        Input::new("active", "Active", Kind::Flag).hint("Off: it takes no values any more."),
    ];
    if picklist {
        inputs.push(
            Input::new("values", "Values of the picklist", Kind::Lines)
                .hint("One in a line. Documents keep the values they have."),
        );
    }
    inputs
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let generations = vec![
            Choice::new("legacy", "Legacy: at most 50 of an object; every object may have them"),
            Choice::new("advanced", "Advanced: at most 100 of an object; not for adjustments"),
        ];
        let mut inputs = vec![
            Input::new("object", "Belongs to", Kind::One(Choice::plain(OBJECTS))).required(),
            Input::new("label", "Label", Kind::Line).hint("What it is called on screens.").required(),
            Input::new("name", "API name", Kind::Line)
                .hint("Letters, digits and underscores, with __c at the end, such as Region__c. It stays.")
                .required(),
            Input::new("type", "Type", Kind::One(Choice::plain(TYPES))).hint("It stays.").required(),
            Input::new("generation", "Generation", Kind::One(generations))
                .hint("It stays. Refunds of credit balances may know legacy ones only; see Settings.")
                .required(),
            Input::new("max_length", "Longest text", Kind::Number)
                .hint("Of a text: so many characters; 255 if left empty."),
        ];
        inputs.extend(lasting(true));
        let form = Form {
            button: "Define the field".to_owned(),
            beside: &[
                ("custom_field_exists", "name"),
                ("legacy_fields_only", "generation"),
                ("custom_field_limit", "object"),
                ("custom_field_definition", "values"),
            ],
            ..Form::new(
                "New custom field",
                format!("{FIELDS}/new"),
                API.to_owned(),
                inputs,
                &format!("{FIELDS}?said=made"),
            )
        };
        Ok((form, Fields::default().with("active", "true")))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn edit(visit: Visit, Path((object, name)): Path<(String, String)>, sent: Sent) -> Shown {
    let made = async {
        let field = found(&visit.get(API).await?, &object, &name)?;
        let mut inputs = vec![
            Input::new("label", "Label", Kind::Line)
                .hint("What it is called on screens.")
                .required(),
        ];
        inputs.extend(lasting(text(&field, "type") == "picklist"));
        let values = filled(&inputs, &field);
        let form = Form {
            lead: crate::parts::facts(
                &field,
                &[
                    ("API name", "name"),
                    ("Type", "type"),
                    ("Longest text", "max_length"),
                    ("Generation", "generation"),
                ],
            ),
            method: Method::PATCH,
            beside: &[("custom_field_definition", "values"), ("custom_field_limit", "filterable")],
            ..Form::new(
                &format!("Custom field of {}: {}", words(&object), text(&field, "label")),
                at(&object, &name),
                format!("{API}/{}/{}", part(&object), part(&name)),
                inputs,
                &format!("{FIELDS}?said=saved"),
            )
        };
        Ok((form, values))
    };
    let made = made.await;
    page_or_look(visit, sent, NEEDED, made).await
}

fn found(page: &Value, object: &str, name: &str) -> Result<Value, Problem> {
    let is = |it: &&Value| text(it, "object") == object && text(it, "name") == name;
    let found = list(page, "custom_fields").iter().find(is).cloned();
    found.ok_or_else(|| Problem {
        status: 404,
        code: "not_found".to_owned(),
        detail: "there is no such custom field; see the list".to_owned(),
        field: None,
    })
}
