//! Every page.

mod account;
mod accounts;
mod adjustment;
mod admin;
mod deeds;
mod documents;
mod finance;
mod first_user;
mod follow;
mod forms;
mod history;
mod home;
mod invoice;
mod life;
mod login;
mod me;
mod new_account;
mod new_invoice;
mod new_payment;
mod payment;
mod payment_method;
mod refund;
mod refund_credit;
mod refund_payment;
mod work;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use maud::{Markup, html};
use serde_json::Value;

use crate::api::{Api, Problem};
use crate::assets;
use crate::input::{Choice, Input, Kind, wrong_with_form};
use crate::layout;
use crate::listing::{Column, Listed, filters_with, rows_file};
use crate::parts::{list, text};
use crate::visit::Visit;
use forms::form_at;

pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/console/assets/{file}", get(assets::asset))
        .route("/console/login", get(login::show).post(login::log_in))
        .route("/console/first-user", get(first_user::ask).post(first_user::make))
        .route("/console/logout", axum::routing::post(login::log_out))
        .route("/console/password", get(login::ask_password).post(login::change_password))
        .route("/console", get(home::show))
        .route("/console/accounts", get(accounts::show))
        .route("/console/accounts/new", form_at(new_account::show))
        .route("/console/accounts/{account}", get(account::show))
        .route(
            "/console/accounts/{account}/new-invoice",
            get(new_invoice::ask).post(new_invoice::send),
        )
        .route("/console/accounts/{account}/new-payment", form_at(new_payment::show))
        .route("/console/accounts/{account}/new-method", form_at(payment_method::new))
        .route("/console/accounts/{account}/edit", form_at(account::edit::show))
        .route("/console/accounts/{account}/personal-data", form_at(account::edit::person))
        .route("/console/accounts/{account}/gateway", form_at(account::edit::routing))
        .route("/console/accounts/{account}/erase", form_at(account::edit::erase))
        .route("/console/payment-methods/{method}", get(payment_method::show))
        .route("/console/payment-methods/{method}/edit", form_at(payment_method::edit))
        .route("/console/accounts/{account}/refund", form_at(refund_credit::show))
        .route("/console/accounts/{account}/explain", get(account::explain::show))
        .route("/console/accounts/{account}/statement", get(account::statement::show))
        .route("/console/accounts/{account}/apply", form_at(account::apply::show))
        .route(
            "/console/payments/{payment}/refund",
            get(refund_payment::ask).post(refund_payment::send),
        )
        .route("/console/invoices", get(|visit| documents::show(visit, &documents::ALL_INVOICES)))
        .route("/console/payments", get(|visit| documents::show(visit, &documents::ALL_PAYMENTS)))
        .route("/console/refunds", get(|visit| documents::show(visit, &documents::ALL_REFUNDS)))
        .route(
            "/console/credit-balance-adjustments",
            get(|visit| documents::show(visit, &documents::ALL_ADJUSTMENTS)),
        )
        .route("/console/invoices/{invoice}", get(invoice::show))
        .route("/console/payments/{payment}", get(payment::show))
        .route("/console/credit-balance-adjustments/{adjustment}", get(adjustment::show))
        .route("/console/refunds/{refund}/follow", get(follow::follow))
        .route("/console/refunds/{refund}", get(refund::show).post(refund::act))
        .route("/console/{kind}/{number}/{deed}", get(deeds::ask).post(deeds::send))
        .route("/console/{kind}", get(no_page))
        .route("/console/{kind}/{number}", get(no_page))
        .route("/console/{kind}/{number}/{deed}/{*rest}", get(no_page))
        .merge(work::router())
        .merge(finance::router())
        .merge(admin::router())
        .merge(me::router())
        .with_state(api)
}

/// A page, or what was answered instead.
pub(crate) type Shown = Result<Response, Sorry>;

/// What is said at any other address, to people who are logged in and to others.
async fn no_page(visit: Result<Visit, Response>) -> Response {
    match visit {
        Ok(visit) => visit.sorry(&Problem::no_page()),
        Err(_) => layout::alone(&Problem::no_page()),
    }
}

/// A page of this name with what was found, or what was answered instead.
pub(crate) fn shown(visit: Visit, title: &str, found: Result<Markup, Problem>) -> Shown {
    match found {
        Ok(content) => Ok(layout::page(&visit, title, &content).into_response()),
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// The same with a list, which may have been asked for as a file; `around` says what stands on the page with it.
pub(crate) fn listed(
    visit: Visit,
    title: &str,
    found: Result<Listed, Problem>,
    around: impl FnOnce(&Visit, Markup) -> Markup,
) -> Shown {
    match found {
        Ok(Listed::File(file)) => Ok(file),
        Ok(Listed::Page(list)) => {
            let content = around(&visit, list);
            Ok(layout::page(&visit, title, &content).into_response())
        }
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
    }
}

/// A list under its filters. What is wrong with a filter stands beside it, and everything that was asked for stays.
pub(crate) fn filtered(
    visit: Visit,
    title: &str,
    inputs: &[Input],
    found: Result<Listed, Problem>,
    lead: &Markup,
) -> Shown {
    let given = inputs.iter().any(|input| visit.query.given(&input.name).is_some());
    let (status, problem, list) = match found {
        Ok(Listed::File(file)) => return Ok(file),
        Ok(Listed::Page(list)) => (StatusCode::OK, None, list),
        Err(problem) if given && matches!(problem.status, 400 | 404 | 422) => {
            (problem.status(), Some(problem), html! {})
        }
        Err(problem) => return Err(Sorry(Box::new(visit), problem)),
    };
    let content = html! {
        (lead)
        (wrong_with_form(problem.as_ref(), inputs))
        (filters_with(&visit, inputs, problem.as_ref()))
        (list)
    };
    Ok((status, layout::page(&visit, title, &content)).into_response())
}

/// What became of the rows of a change, as a file, if it is asked for: `?results=` and the name under which it is kept.
pub(crate) fn results_file(
    visit: &Visit,
    name: &str,
    columns: &[Column],
) -> Option<Result<Response, Problem>> {
    let wanted = visit.query.given("results")?;
    Some(match visit.kept(wanted) {
        Some(Value::Array(rows)) => {
            let whole = visit.kept_whole(wanted) == Some(true);
            Ok(rows_file(name, whole, columns, &rows))
        }
        Some(answer) => {
            let rows = list(&answer, "differences");
            let whole = answer["difference_count"].as_u64() == u64::try_from(rows.len()).ok();
            Ok(rows_file(name, whole, columns, rows))
        }
        None => Err(Problem {
            status: 404,
            code: "not_found".to_owned(),
            detail: "This server does not keep these results any more. What was done stands in the journal.".to_owned(),
            field: None,
        }),
    })
}

/// The way to it, if there are some.
pub(crate) fn results_link(visit: &Visit, at: &str, name: &str) -> Markup {
    html! {
        @if visit.kept_whole(name).is_some() { a href={ (at) "?results=" (part(name)) } { "Results (CSV)" } }
    }
}

/// What was answered instead, for whom.
pub(crate) struct Sorry(pub(crate) Box<Visit>, pub(crate) Problem);

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        self.0.sorry(&self.1)
    }
}

/// Says at once that the API would refuse what a form is for, instead of after it was filled in.
pub(crate) async fn require(visit: &Visit, permission: &str) -> Result<(), Problem> {
    require_any(visit, &[permission]).await
}

/// The same where any of several is enough.
pub(crate) async fn require_any(visit: &Visit, permissions: &[&str]) -> Result<(), Problem> {
    if permissions.iter().any(|it| visit.may(it)) {
        return Ok(());
    }
    let all = visit.get("/api/v1/permissions").await?;
    let called = |code: &&str| {
        let named = list(&all, "permissions").iter().find(|it| text(it, "code") == *code);
        named.map_or_else(|| (*code).to_owned(), |it| text(it, "name").to_owned())
    };
    let detail = format!(
        "{:?} does not have the permission {}; ask an administrator for a role that has it",
        visit.name(),
        permissions.iter().map(called).collect::<Vec<_>>().join(" or ")
    );
    Err(Problem { status: 403, code: "permission_missing".to_owned(), detail, field: None })
}

/// The reasons of a category that can be given; what is left open takes its default.
pub(crate) async fn reasons(visit: &Visit, category: &str) -> Result<Input, Problem> {
    let page = visit.get("/api/v1/reason-codes").await?;
    let codes = list(&page, "reason_codes").iter();
    let codes = codes.filter(|it| text(it, "category") == category && it["active"] == true);
    let codes = codes.map(|it| Choice::new(text(it, "code"), text(it, "code"))).collect();
    let choices = Choice::or_none("The default of its kind", codes);
    Ok(Input::new("reason_code", "Reason", Kind::One(choices)))
}

/// The custom fields an object has, for somebody who may see their definitions.
pub(crate) async fn custom_fields(visit: &Visit, object: &str) -> Result<Vec<Input>, Problem> {
    if !visit.may("view_settings") {
        return Ok(Vec::new());
    }
    let page = visit.get(&format!("/api/v1/custom-fields?object={object}")).await?;
    let active = list(&page, "custom_fields").iter().filter(|it| it["active"] != false);
    Ok(active.map(custom_field).collect())
}

fn custom_field(field: &Value) -> Input {
    let name = text(field, "name");
    let picks = list(field, "values").iter().filter_map(Value::as_str);
    let kind = match text(field, "type") {
        "boolean" => Kind::YesNo,
        "number" => Kind::Decimal,
        "picklist" => Kind::One(Choice::or_none("", picks.map(|it| Choice::new(it, it)).collect())),
        "date" => Kind::Date,
        _ => Kind::Line,
    };
    let label = match text(field, "label") {
        "" => name,
        label => label,
    };
    let input = Input::new(format!("custom_fields.{name}"), label.to_owned(), kind);
    if field["required"] == true { input.required() } else { input }
}

/// A part of an address, so that it stays one part whatever it holds.
pub(crate) fn part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
