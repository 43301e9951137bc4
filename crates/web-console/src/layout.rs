//! The frame around every page.

use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::api::Problem;
use crate::assets;
use crate::visit::Visit;

/// The pages one may go to from everywhere: address, name, and the permission one needs.
const PLACES: [(&str, &str, &str); 3] = [
    ("/console", "Home", "view_accounts"),
    ("/console/accounts", "Accounts", "view_accounts"),
    ("/console/approvals", "Approvals", "view_payments"),
];

/// A page for somebody who is logged in.
pub(crate) fn page(visit: &Visit, title: &str, content: &Markup) -> Html<String> {
    let path = visit.at.split('?').next().unwrap_or("");
    let here = |place: &str| {
        let inside = place != "/console" && path.starts_with(place);
        (path == place || inside).then_some("page")
    };
    frame(
        title,
        &html! {
            a.skip href="#content" { "Skip to the content" }
            header.top {
                a.brand href="/console" { "Quittance" }
                nav aria-label="Main" {
                    @for (place, name, needed) in PLACES {
                        @if visit.may(needed) {
                            a href=(place) aria-current=[here(place)] { (name) }
                        }
                    }
                }
                form.logout method="post" action="/console/logout" {
                    (visit.guard(""))
                    span.who { (visit.name()) }
                    button.quiet type="submit" { "Log out" }
                }
            }
            main #content tabindex="-1" { h1 { (title) } (content) }
        },
    )
}

/// A page for somebody who is not logged in.
pub(crate) fn bare(title: &str, content: &Markup) -> Html<String> {
    frame(
        title,
        &html! {
            header.top { span.brand { "Quittance" } }
            main.narrow #content { h1 { (title) } (content) }
        },
    )
}

fn frame(title: &str, body: &Markup) -> Html<String> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " - Quittance" }
                link rel="icon" href=(assets::ICON) type="image/svg+xml";
                link rel="stylesheet" href=(assets::STYLE);
                script src=(assets::SCRIPT) defer {}
            }
            body { (body) }
        }
    };
    Html(markup.into_string())
}

/// What a problem is called.
pub(crate) fn title_of(problem: &Problem) -> &'static str {
    match problem.status {
        403 => "Not allowed",
        404 => "Not found",
        409 | 422 => "Not possible",
        429 => "Too often",
        _ => "Something went wrong",
    }
}

/// What was answered instead.
pub(crate) fn problem(problem: &Problem) -> Markup {
    html! {
        p.alert role="alert" { (problem.detail) }
        p { a href="/console" { "Back to the home page" } }
    }
}

/// The same for somebody of whom nothing is known.
pub(crate) fn alone(answered: &Problem) -> Response {
    (answered.status(), bare(title_of(answered), &problem(answered))).into_response()
}
