//! Reason codes, by what they are given for.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::{ACTIVE, Sent, form_at, kept, page, require};
use crate::api::{Api, Problem};
use crate::change::Form;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind, filled};
use crate::listing::{Column, Listing, Of, Pager};
use crate::pages::{Shown, Sorry, part};
use crate::parts::{list, text};
use crate::visit::Visit;

const CODES: &str = "/console/admin/reason-codes";
const API: &str = "/api/v1/reason-codes";
const NEEDED: &str = "manage_payments_settings";

const CATEGORIES: [(&str, &str); 4] = [
    ("credit_balance_refund", "Refund of a credit balance"),
    ("payment_refund", "Refund of a payment"),
    ("credit_balance_adjustment", "Credit balance adjustment, or its cancellation"),
    ("invoice_item_adjustment", "Invoice item adjustment"),
];

const COLUMNS: [Column; 4] = [
    Column::new("Given for", Of::Made(given_for, category)),
    Column::new("Code", Of::Text("code")),
    Column::new("Default", Of::Flag("default")),
    Column::new("Status", ACTIVE),
];
const WITH_LINK: [Column; 4] = [
    Column::new("Given for", Of::Made(given_for, category)),
    Column::new("Code", Of::Made(link, |row| text(row, "code").to_owned())),
    Column::new("Default", Of::Flag("default")),
    Column::new("Status", ACTIVE),
];

fn category(reason: &Value) -> String {
    let code = text(reason, "category");
    let known = CATEGORIES.iter().find(|(category, _)| *category == code);
    known.map_or(code, |(_, title)| title).to_owned()
}

fn given_for(reason: &Value) -> Markup {
    html! { (category(reason)) }
}

fn at(category: &str, code: &str) -> String {
    format!("{CODES}/{}/{}", part(category), part(code))
}

fn link(reason: &Value) -> Markup {
    let code = text(reason, "code");
    html! { a href=(at(text(reason, "category"), code)) { (code) } }
}

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(CODES, get(show))
        .route("/console/admin/reason-codes/new", form_at(new))
        .route("/console/admin/reason-codes/{category}/{code}", form_at(edit))
}

async fn show(visit: Visit) -> Shown {
    // Whoever may name reasons need not see this page; the rest of Administration is not theirs either.
    if let Err(problem) = require(&visit, "view_settings").await {
        return Err(Sorry(Box::new(visit), problem));
    }
    let listing = Listing {
        name: "reason-codes",
        path: API.to_owned(),
        member: "reason_codes",
        pager: Pager::None,
        columns: if visit.may(NEEDED) { &WITH_LINK } else { &COLUMNS },
        empty: "None yet. People choose one when they refund or adjust; where nothing is chosen, the default is taken.",
    };
    kept(visit, "Reason codes", &listing, (CODES, "New reason code", NEEDED)).await
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let categories = CATEGORIES.into_iter().map(|(value, label)| Choice::new(value, label));
        let inputs = vec![
            Input::new("category", "Given for", Kind::One(categories.collect())).required(),
            Input::new("code", "Code", Kind::Line)
                .hint("What people choose, such as Goodwill; at most 32 characters. It stays.")
                .required(),
        ];
        let form = Form {
            button: "Add it".to_owned(),
            beside: &[("reason_code_taken", "code")],
            ..Form::new(
                "New reason code",
                format!("{CODES}/new"),
                API.to_owned(),
                inputs,
                &format!("{CODES}?said=made"),
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn edit(visit: Visit, Path((category, code)): Path<(String, String)>, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let reason = found(&visit.get(API).await?, &category, &code)?;
        let mut inputs = vec![
            Input::new("active", "Active", Kind::Flag)
                .hint("Off: it cannot be given any more. Documents that have it keep it."),
        ];
        let is_default = reason["default"] == true;
        if !is_default {
            inputs.push(Input::new("default", "Make it the default", Kind::Flag).hint(
                "It is taken where none is given; the one before is no longer. That activates it.",
            ));
        }
        let values = filled(&inputs, &reason);
        let title =
            CATEGORIES.iter().find(|(it, _)| *it == category).map_or("", |(_, title)| title);
        let form = Form {
            lead: html! {
                p.lead { (title) }
                @if is_default { p.hint { "This is the default. To change that, make another one the default." } }
            },
            method: Method::PATCH,
            beside: &[("reason_code_is_default", "active")],
            ..Form::new(
                &code,
                at(&category, &code),
                format!("{API}/{}/{}", part(&category), part(&code)),
                inputs,
                &format!("{CODES}?said=saved"),
            )
        };
        Ok((form, values))
    };
    let made = made.await;
    page(visit, sent, made).await
}

fn found(page: &Value, category: &str, code: &str) -> Result<Value, Problem> {
    let is = |it: &&Value| text(it, "category") == category && text(it, "code") == code;
    let found = list(page, "reason_codes").iter().find(is).cloned();
    found.ok_or_else(|| Problem {
        status: 404,
        code: "not_found".to_owned(),
        detail: "there is no such reason code; see the list".to_owned(),
        field: None,
    })
}
