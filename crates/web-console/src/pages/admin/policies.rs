//! Approval policies: which refunds wait for others.

use axum::Router;
use axum::extract::Path;
use axum::http::Method;
use axum::routing::get;
use maud::html;
use serde_json::{Value, json};

use super::policy_form::{conditions, filled_policy, levels, told};
use super::{ACTIVE, Sent, find, form_at, kept, page, page_or_look, require, saved};
use crate::api::Api;
use crate::change::Form;
use crate::form::Fields;
use crate::input::{Input, Kind};
use crate::listing::{Column, Listing, Of, Pager, place};
use crate::pages::{Shown, part};
use crate::parts::{list, text};
use crate::visit::Visit;

const POLICIES: &str = "/console/admin/policies";
const API: &str = "/api/v1/approval-policies";
const NEEDED: &str = "manage_approval_policies";

const COLUMNS: [Column; 5] = [
    Column::new("Policy", Of::Link("name", POLICIES)),
    Column::new("Waits", Of::Long(|policy| html! { (summary(policy)) }, summary)),
    Column::new("Who has to agree", Of::Long(|policy| html! { (agreeing(policy)) }, agreeing)),
    Column::new("Lapses after hours", Of::Plain("expires_after_hours")),
    Column::new("Status", ACTIVE),
];

/// Refusals that name no field.
const BESIDE: [(&str, &str); 6] = [
    ("policy_name_taken", "name"),
    ("policy_levels", "levels[0].roles"),
    ("unknown_role", "levels[0].roles"),
    ("policy_hours", "expires_after_hours"),
    ("policy_days", "when.account_total_over.days"),
    ("unknown_reason_code", "when.reason_codes"),
];

pub(super) fn router() -> Router<Api> {
    Router::new()
        .route(POLICIES, get(show))
        .route("/console/admin/policies/new", form_at(new))
        .route("/console/admin/policies/{policy}", form_at(one))
}

/// Which refunds a policy is about, in a line.
fn summary(policy: &Value) -> String {
    let when = &policy["when"];
    let kind = if when["external"] == true { "external" } else { "electronic" };
    let mut said = vec![format!("{kind} refunds")];
    match when["non_referenced"].as_bool() {
        Some(true) => said.push("without a payment (credit balance)".to_owned()),
        Some(false) => said.push("of a payment".to_owned()),
        None => {}
    }
    let currency = text(when, "currency");
    match text(when, "amount_over") {
        "" if currency.is_empty() => {}
        "" => said.push(format!("in {currency}")),
        over => said.push(format!("over {over} {currency}")),
    }
    let more = [
        ("method_types", "some methods"),
        ("account_younger_than_days", "young accounts"),
        ("reason_codes", "some reasons"),
        ("account_total_over", "much for one customer"),
        ("requester_total_over", "much by one person"),
    ];
    let given = |name: &str| when.get(name).is_some_and(|it| !it.is_null() && *it != json!([]));
    said.extend(more.iter().filter(|(name, _)| given(name)).map(|(_, label)| (*label).to_owned()));
    said.join(", ")
}

/// Who has to agree, level by level.
fn agreeing(policy: &Value) -> String {
    let levels = list(policy, "levels").iter().map(|level| {
        let roles = level.as_array().map_or(&[] as &[Value], Vec::as_slice);
        roles.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
    });
    levels.collect::<Vec<_>>().join(", then ")
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "approval-policies",
        path: API.to_owned(),
        member: "approval_policies",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "No refund waits for anybody. A policy says which refunds do, and who has to agree: say, every refund \
                of a credit balance over 500.00 USD, and one administrator besides whoever asks for it.",
    };
    kept(visit, "Approval policies", &listing, (POLICIES, "New policy", NEEDED)).await
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let mut inputs =
            vec![Input::new("name", "Name", Kind::Line).hint("Unique; it stays.").required()];
        inputs.extend(conditions(&visit).await?);
        inputs.extend(levels(&visit).await?);
        let form = Form {
            button: "Make the policy".to_owned(),
            shape: told,
            beside: &BESIDE,
            ..Form::new(
                "New approval policy",
                format!("{POLICIES}/new"),
                API.to_owned(),
                inputs,
                &format!("{POLICIES}?said=made"),
            )
        };
        let fields = Fields::default().with("expires_after_hours", "72");
        let fields = fields.with("when.account_total_over.days", "30");
        Ok((form, fields.with("when.requester_total_over.days", "30")))
    };
    let made = made.await;
    page(visit, sent, made).await
}

async fn one(visit: Visit, Path(name): Path<String>, sent: Sent) -> Shown {
    let made = async {
        let policy = find(&visit.get(API).await?, "approval_policies", "name", &name)?;
        let at = place(POLICIES, &name);
        let mut inputs = vec![
            Input::new("active", "Active", Kind::Flag)
                .hint("Off: no refund waits because of it any more."),
        ];
        inputs.extend(conditions(&visit).await?);
        inputs.extend(levels(&visit).await?);
        let values = filled_policy(&inputs, &policy);
        let form = Form {
            lead: html! { p.hint { "What waits already goes on waiting as it was asked for." } },
            method: Method::PATCH,
            shape: told,
            beside: &BESIDE,
            ..Form::new(&name, at.clone(), format!("{API}/{}", part(&name)), inputs, &saved(&at))
        };
        Ok((form, values))
    };
    let made = made.await;
    page_or_look(visit, sent, NEEDED, made).await
}
