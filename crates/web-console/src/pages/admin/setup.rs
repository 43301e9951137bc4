//! What is left to set up before the first refund: a list with the state of each step. The first administrator is made
//! with the API key of the server (`first_user.rs`).

use axum::Router;
use axum::routing::get;
use maud::{Markup, html};
use serde_json::Value;

use super::accounting_codes::{ROLES, in_use};
use crate::api::{Api, Problem};
use crate::pages::{Shown, shown};
use crate::parts::{badge, list, text};
use crate::visit::Visit;

const SETUP: &str = "/console/setup";
/// The zone that new books have.
const ZONE: &str = "UTC";

pub(super) fn router() -> Router<Api> {
    Router::new().route(SETUP, get(show))
}

/// One step.
struct Step {
    title: &'static str,
    /// Where one does it.
    place: &'static str,
    /// How it stands; none if the API does not tell this visitor.
    found: Option<Found>,
    /// Whether one can do without it.
    optional: bool,
}

/// How a step stands, in words.
struct Found {
    done: bool,
    said: String,
}

fn found(done: bool, said: impl Into<String>) -> Option<Found> {
    Some(Found { done, said: said.into() })
}

async fn steps(visit: &Visit) -> Result<Vec<Step>, Problem> {
    let mut steps = Vec::new();
    let mut step =
        |title, place, found, optional| steps.push(Step { title, place, found, optional });
    let settings = visit.get("/api/v1/settings").await?;
    let zone = text(&settings, "time_zone");
    let said = format!("Business dates are reckoned in {zone}.");
    // Nothing says whether somebody looked at them; a zone of one's own is the sign there is.
    step(
        "Time zone and settings",
        "/console/admin/settings",
        found(zone != ZONE, said),
        zone == ZONE,
    );
    let named = names_of_their_own(&settings);
    let said = if named {
        "Codes of your own are in use."
    } else {
        "The journal is written to the codes the program comes with."
    };
    step("Accounting codes", "/console/admin/accounting-codes", found(named, said), true);
    let reasons = visit.get("/api/v1/reason-codes").await?;
    step("Reason codes", "/console/admin/reason-codes", reasons_found(&reasons), false);
    let users =
        if visit.may("manage_users") { people(&visit.get("/api/v1/users").await?) } else { None };
    step("Users and roles", "/console/admin/users", users, false);
    let policies = visit.get("/api/v1/approval-policies").await?;
    step(
        "Approval of refunds of credit balances",
        "/console/admin/policies",
        approval(&policies),
        true,
    );
    let gateways = visit.get("/api/v1/gateways").await?;
    step("A gateway", "/console/admin/gateways", gateway(&gateways), true);
    let accounts = if visit.may("view_accounts") {
        let page = visit.get("/api/v1/accounts?limit=1").await?;
        let some = !list(&page, "accounts").is_empty();
        found(some, if some { "There are accounts." } else { "Nobody has an account yet." })
    } else {
        None
    };
    step("A first account", "/console/accounts", accounts, false);
    Ok(steps)
}

/// Whether a role of the journal has another name than the one it comes with.
fn names_of_their_own(settings: &Value) -> bool {
    let used = in_use(settings);
    ROLES.iter().any(|(role, code, _)| text(&used["accounting_codes"], role) != *code)
}

fn reasons_found(page: &Value) -> Option<Found> {
    let codes = list(page, "reason_codes");
    let active = codes.iter().filter(|it| it["active"] == true).count();
    let defaults = codes.iter().filter(|it| it["default"] == true).count();
    found(defaults > 0, format!("{active} can be given, {defaults} of them are defaults."))
}

fn people(page: &Value) -> Option<Found> {
    let active = list(page, "users").iter().filter(|it| it["active"] == true).count();
    let said = match active {
        0 => "Nobody logs in yet.".to_owned(),
        1 => "You are alone; nobody approves a refund of their own.".to_owned(),
        more => format!("{more} people can log in."),
    };
    found(active > 1, said)
}

fn approval(page: &Value) -> Option<Found> {
    let about = |it: &&Value| it["active"] == true && it["when"]["non_referenced"] != false;
    let policy = list(page, "approval_policies").iter().find(about);
    let said = policy.map_or_else(
        || "No refund of a credit balance waits for a second person.".to_owned(),
        |policy| format!("{} is in force.", text(policy, "name")),
    );
    found(policy.is_some(), said)
}

fn gateway(page: &Value) -> Option<Found> {
    let all = list(page, "gateways");
    let ready =
        all.iter().any(|it| it["active"] == true && it["credentials_stored_at"].is_string());
    let said = match (ready, all.is_empty()) {
        (true, _) => "One is active and has credentials.",
        (false, false) => "None of those there are is active and has credentials.",
        (false, true) => "Without one, refunds are sent by hand and recorded.",
    };
    found(ready, said)
}

async fn show(visit: Visit) -> Shown {
    let found = steps(&visit).await.map(|steps| page(&steps));
    shown(visit, "Set-up", found)
}

fn page(steps: &[Step]) -> Markup {
    html! {
        p { "What a new set of books needs before the first refund. Do it in any order; each step has its own page." }
        table tabindex="0" {
            thead { tr { th { "Step" } th { "State" } th { "What there is" } } }
            tbody {
                @for step in steps {
                    tr {
                        td { a href=(step.place) { (step.title) } }
                        td { (badge(state(step))) }
                        td.text { (step.found.as_ref().map_or("Your roles do not let you see it.", |it| &it.said)) }
                    }
                }
            }
        }
    }
}

const fn state(step: &Step) -> &'static str {
    match &step.found {
        Some(Found { done: true, .. }) => "done",
        Some(_) if step.optional => "to consider",
        Some(_) => "to do",
        None => "not known",
    }
}

/// For the home page of whoever sets the books up: that something is missing.
pub(in crate::pages) async fn card(visit: &Visit) -> Result<Option<Markup>, Problem> {
    if !(visit.may("manage_payments_settings")
        && visit.may("manage_user_roles")
        && visit.may("view_settings"))
    {
        return Ok(None);
    }
    let steps = steps(visit).await?;
    let open = |step: &&Step| step.found.as_ref().is_some_and(|it| !it.done) && !step.optional;
    let open: Vec<&Step> = steps.iter().filter(open).collect();
    Ok((!open.is_empty()).then(|| {
        html! {
            section.card {
                h2 { "Set-up" }
                p { "Not done yet:" }
                ul { @for step in open { li { (step.title) } } }
                p { a href=(SETUP) { "Go on with the set-up" } }
            }
        }
    }))
}
