//! The frame around every page.

use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::api::Problem;
use crate::assets;
use crate::links;
use crate::parts::sentence;
use crate::visit::Visit;

/// A page one may go to from everywhere: address, name, and the permissions one needs.
type Place = (&'static str, &'static str, &'static [&'static str]);

/// The sections of the console, each with its pages; the first that somebody may see is where its name leads.
const SECTIONS: [(&str, &[Place]); 5] = [
    ("Home", &[("/console", "Home", &[])]),
    (
        "Accounts",
        &[
            ("/console/accounts", "Accounts", &["view_accounts"]),
            ("/console/invoices", "Invoices", &["view_invoices"]),
            ("/console/payments", "Payments", &["view_payments"]),
            ("/console/refunds", "Refunds", &["view_payments"]),
            (
                "/console/credit-balance-adjustments",
                "Credit balance adjustments",
                &["view_payments"],
            ),
        ],
    ),
    (
        "Work",
        &[
            ("/console/approvals", "Approvals", &["view_payments"]),
            ("/console/to-be-paid", "To be paid", &["view_payments"]),
            ("/console/unknown", "Unknown refunds", &["view_payments"]),
            (
                "/console/payment-runs",
                "Payment runs",
                &["manage_payment_runs", "process_electronic_payment"],
            ),
        ],
    ),
    (
        "Finance",
        &[
            ("/console/journal", "Journal", &["view_journal"]),
            ("/console/trial-balance", "Trial balance", &["view_journal"]),
            ("/console/reconciliation", "Reconciliation", &["edit_payment_gateway_status"]),
            ("/console/audit", "Audit", &["view_journal"]),
            ("/console/events", "Events", &["view_events"]),
        ],
    ),
    (
        "Administration",
        &[
            ("/console/admin/settings", "Settings", &["view_settings"]),
            ("/console/admin/users", "Users", &["manage_users"]),
            ("/console/admin/roles", "Roles", &["view_settings"]),
            ("/console/admin/policies", "Approval policies", &["view_settings"]),
            ("/console/admin/reason-codes", "Reason codes", &["view_settings"]),
            ("/console/admin/accounting-codes", "Accounting codes", &["view_settings"]),
            ("/console/admin/periods", "Accounting periods", &["view_settings"]),
            ("/console/admin/custom-fields", "Custom fields", &["view_settings"]),
            ("/console/admin/gateways", "Gateways", &["view_settings"]),
            ("/console/admin/api-clients", "API clients", &["manage_user_roles"]),
            ("/console/admin/api-keys", "API keys", &["manage_user_roles"]),
            ("/console/admin/event-endpoints", "Event endpoints", &["manage_event_endpoints"]),
        ],
    ),
];

/// What a page says once after something was done, by the word in its address (`?said=`).
const SAID: [(&str, &str); 6] = [
    ("saved", "Saved."),
    ("made", "Made."),
    ("done", "Done."),
    ("revoked", "Revoked: it no longer opens anything."),
    ("approved", "Approved."),
    ("rejected", "Rejected."),
];

/// A page for somebody who is logged in.
pub(crate) fn page(visit: &Visit, title: &str, content: &Markup) -> Html<String> {
    let said = SAID.iter().find(|(word, _)| *word == visit.query.get("said"));
    frame(
        title,
        visit.sent,
        &html! {
            a.skip href="#content" { "Skip to the content" }
            header.top {
                a.brand href="/console" { "Quittance" }
                (sections(visit))
                form.logout method="post" action="/console/logout" {
                    (visit.guard(""))
                    a.who href="/console/me" { (visit.name()) }
                    button.quiet type="submit" { "Log out" }
                }
            }
            (places(visit))
            main #content tabindex="-1" {
                h1 { (title) }
                @if let Some((_, sentence)) = said { p.said role="status" { (sentence) } }
                (links::followed(content, |needed| visit.may(needed)))
            }
        },
    )
}

fn may(visit: &Visit, (_, _, needed): &Place) -> bool {
    needed.iter().all(|it| visit.may(it))
}

/// Every page of a section that somebody may go to, for whom there is nothing to see at home.
pub(crate) fn ways(visit: &Visit) -> Markup {
    let places = SECTIONS.iter().flat_map(|(_, places)| places.iter());
    let open: Vec<&Place> =
        places.filter(|place| place.0 != "/console" && may(visit, place)).collect();
    html! {
        @if !open.is_empty() { ul.plain { @for (at, name, _) in open { li { a href=(at) { (name) } } } } }
    }
}

/// Whether a page is this place, or one below it.
fn within(visit: &Visit, place: &str) -> bool {
    let path = visit.at.split('?').next().unwrap_or("");
    let below =
        place != "/console" && path.strip_prefix(place).is_some_and(|it| it.starts_with('/'));
    path == place || below
}

fn sections(visit: &Visit) -> Markup {
    html! {
        nav aria-label="Main" {
            @for (name, places) in SECTIONS {
                @if let Some((first, _, _)) = places.iter().find(|place| may(visit, place)) {
                    @let here = places.iter().any(|(place, _, _)| within(visit, place));
                    a href=(first) aria-current=[here.then_some("page")] { (name) }
                }
            }
        }
    }
}

/// The pages of the section one is in, if it has several.
fn places(visit: &Visit) -> Markup {
    let here =
        SECTIONS.iter().find(|(_, places)| places.iter().any(|(it, _, _)| within(visit, it)));
    html! {
        @if let Some((name, places)) = here.filter(|(_, places)| places.len() > 1) {
            nav.places aria-label=(name) {
                @for place in places.iter().filter(|place| may(visit, place)) {
                    a href=(place.0) aria-current=[within(visit, place.0).then_some("page")] { (place.1) }
                }
            }
        }
    }
}

/// A page for somebody who is not logged in; `sent` if it answers a form.
pub(crate) fn bare(title: &str, sent: bool, content: &Markup) -> Html<String> {
    frame(
        title,
        sent,
        &html! {
            header.top { span.brand { "Quittance" } }
            main.narrow #content { h1 { (title) } (content) }
        },
    )
}

/// htmx adds nothing to pages that their policy would refuse: no style of its own, no text that is run.
const HTMX: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,"historyCacheSize":0,"timeout":5000}"#;

/// `sent` says that the page answers a form, which the way back leads past.
fn frame(title: &str, sent: bool, body: &Markup) -> Html<String> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=(HTMX);
                title { (title) " - Quittance" }
                link rel="icon" href=(assets::ICON) type="image/svg+xml";
                link rel="stylesheet" href=(assets::STYLE);
                script src=(assets::HTMX) defer {}
                script src=(assets::SSE) defer {}
                script src=(assets::SCRIPT) defer {}
            }
            body data-sent[sent] { (body) }
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
        p.alert role="alert" { (sentence(&problem.detail)) }
        p { a href="/console" { "Back to the home page" } }
    }
}

/// The same for somebody of whom nothing is known.
pub(crate) fn alone(answered: &Problem) -> Response {
    (answered.status(), bare(title_of(answered), false, &problem(answered))).into_response()
}
