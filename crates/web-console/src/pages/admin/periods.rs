//! Accounting periods: which days still take entries.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::response::IntoResponse;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{Sent, find, form_at, kept, page, require, saved};
use crate::api::{Api, Problem};
use crate::change::Form;
use crate::form::{Fields, fresh_key};
use crate::input::{Input, Kind, wrong_with_form};
use crate::layout;
use crate::listing::{Column, Listing, Of, Pager, place};
use crate::pages::{Shown, Sorry, part};
use crate::parts::{badge, list, text};
use crate::visit::{Visit, redirect};

const PERIODS: &str = "/console/admin/periods";
const API: &str = "/api/v1/accounting-periods";
const NEEDED: &str = "manage_close_process";

const COLUMNS: [Column; 4] = [
    Column::new("Period", Of::Link("name", PERIODS)),
    Column::new("First day", Of::Plain("first_day")),
    Column::new("Last day", Of::Plain("last_day")),
    Column::new("Status", Of::Badge("status")),
];

/// What a period can become: the word, what the button says, and what it does.
const STATES: [(&str, &str, &str); 3] = [
    ("open", "Open it again", "Everybody may enter into it."),
    (
        "pending_close",
        "Begin to close it",
        "Only people with Manage Close Process enter into it, while they look at what is left to do.",
    ),
    (
        "closed",
        "Close it",
        "Nothing is entered into it any more. What belongs to its days is entered late, on the next open day.",
    ),
];

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(PERIODS, get(show))
        .route("/console/admin/periods/new", form_at(new))
        .route("/console/admin/periods/{period}", form_at(one))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "accounting-periods",
        path: API.to_owned(),
        member: "accounting_periods",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "No periods: every day takes entries. Make one for each month, say, and close it once the month is \
                reported; then nothing changes behind the report.",
    };
    kept(visit, "Accounting periods", &listing, (PERIODS, "New period", NEEDED)).await
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let periods = visit.get(API).await?;
        let last = list(&periods, "accounting_periods").last();
        let inputs = vec![
            Input::new("name", "Name", Kind::Line).hint("Unique, such as 2026-06.").required(),
            Input::new("first_day", "First day", Kind::Date).required(),
            Input::new("last_day", "Last day", Kind::Date).required(),
        ];
        let form = Form {
            lead: html! {
                p {
                    @match last {
                        Some(last) => {
                            "Periods follow each other without gaps. The last one, " bdi { (text(last, "name")) } ", ends on "
                            (text(last, "last_day")) ": this one begins on the day after."
                        }
                        None => "The first period may begin on any day. It answers for all days before it, too.",
                    }
                }
            },
            button: "Make the period".to_owned(),
            beside: &[
                ("period_name_taken", "name"),
                ("period_not_next", "first_day"),
                ("period_ends_before_it_begins", "last_day"),
            ],
            ..Form::new(
                "New accounting period",
                format!("{PERIODS}/new"),
                API.to_owned(),
                inputs,
                &format!("{PERIODS}?said=made"),
            )
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}

/// A period, and what it can become. Whoever may close it sees beforehand whether that is possible now.
async fn one(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let path = format!("{API}/{}", part(&name));
    let refused = match &sent.0 {
        None => None,
        Some(fields) => {
            let body = fields.body(&["status"]);
            match visit.change(Method::PATCH, &path, body, fields).await {
                Ok(_) => return Ok(redirect(&saved(&place(PERIODS, &name)))),
                Err(problem) if problem.status == 401 => {
                    return Err(Sorry(Box::new(visit), problem));
                }
                Err(problem) => Some(problem),
            }
        }
    };
    let found = async {
        let period = find(&visit.get(API).await?, "accounting_periods", "name", &name)?;
        let mut steps = Vec::new();
        if visit.may(NEEDED) {
            for state in STATES.iter().filter(|(it, _, _)| *it != text(&period, "status")) {
                let body = json!({"status": state.0});
                let would = visit.would(Method::PATCH, &path, body).await;
                let reopened = ("pending_close", "Open it to those who close it", state.2);
                let closed = text(&period, "status") == "closed";
                let state = if closed && state.0 == reopened.0 { &reopened } else { state };
                steps.push(step(&visit, &name, state, would.err().as_ref()));
            }
        }
        Ok(about(&period, refused.as_ref(), &steps))
    };
    match found.await {
        Err(problem) => Err(Sorry(Box::new(visit), problem)),
        Ok(content) => {
            let status = refused.map_or(axum::http::StatusCode::OK, |it| it.status());
            Ok((status, layout::page(&visit, &name, &content)).into_response())
        }
    }
}

fn about(period: &Value, refused: Option<&Problem>, steps: &[Markup]) -> Markup {
    html! {
        (wrong_with_form(refused, &[]))
        p.lead { (badge(text(period, "status"))) }
        (crate::parts::facts(period, &[("First day", "first_day"), ("Last day", "last_day")]))
        div.cards { @for step in steps { (step) } }
    }
}

fn step(
    visit: &Visit,
    name: &str,
    (status, button, about): &(&str, &str, &str),
    refused: Option<&Problem>,
) -> Markup {
    html! {
        section.card {
            h2 { (button) }
            p { (about) }
            @if let Some(problem) = refused {
                p.note { "Not possible now: " (problem.detail) }
            } @else {
                form method="post" action=(place(PERIODS, name)) data-once="" {
                    (visit.guard(&fresh_key()))
                    input type="hidden" name="status" value=(status);
                    button.primary type="submit" { (button) }
                }
            }
        }
    }
}
