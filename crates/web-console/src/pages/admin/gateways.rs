//! Gateways: the list, and a new one.

use axum::Router;
use axum::routing::get;
use maud::html;

use super::{ACTIVE, Sent, form_at, kept, page, require};
use crate::api::Api;
use crate::change::{Form, Then};
use crate::effect;
use crate::form::Fields;
use crate::input::{Choice, Input, Kind};
use crate::listing::{Column, Listing, Of, Pager, place};
use crate::pages::Shown;
use crate::parts::{list, text};
use crate::visit::Visit;

pub(super) const GATEWAYS: &str = "/console/admin/gateways";
pub(super) const API: &str = "/api/v1/gateways";
pub(super) const NEEDED: &str = "manage_gateways";

/// Each processor with its name and the credentials its connector asks for.
pub(super) const PROCESSORS: [(&str, &str, &[&str]); 4] = [
    ("sandbox", "Sandbox, for trying out", &["api_key", "webhook_secret"]),
    ("stripe", "Stripe", &["secret_key", "webhook_secret"]),
    (
        "cyber_source",
        "CyberSource (Visa Acceptance)",
        &["merchant_id", "key_id", "shared_secret", "webhook_key"],
    ),
    ("authorize_net", "Authorize.Net", &["login", "transaction_key", "signature_key", "currency"]),
];

const COLUMNS: [Column; 6] = [
    Column::new("Gateway", Of::Link("name", GATEWAYS)),
    Column::new("Processor", Of::Words("kind")),
    Column::new("Default", Of::Flag("default")),
    Column::new("Pays out without a payment", Of::Flag("unreferenced_credits")),
    Column::new("Credentials stored", Of::Instant("credentials_stored_at")),
    Column::new("Status", ACTIVE),
];

pub(super) fn router() -> Router<Api> {
    Router::new().route(GATEWAYS, get(show)).route("/console/admin/gateways/new", form_at(new))
}

async fn show(visit: Visit) -> Shown {
    let listing = Listing {
        name: "gateways",
        path: API.to_owned(),
        member: "gateways",
        pager: Pager::None,
        columns: &COLUMNS,
        empty: "No gateway: refunds are external, you send the money and it is recorded here. A gateway is an account at a \
                processor that sends it for you.",
    };
    kept(visit, "Gateways", &listing, (GATEWAYS, "New gateway", NEEDED)).await
}

/// What can be changed of a gateway that is there, too.
pub(super) fn lasting() -> Vec<Input> {
    vec![
        Input::new("unreferenced_credits", "Pays out without a payment", Kind::Flag).hint(
            "Refunds of credit balances need this. Tick it only if the contract with the processor allows credits \
             without a payment.",
        ),
        Input::new("default", "Default", Kind::Flag)
            .hint("For accounts and payment methods that name no gateway."),
        Input::new("url", "Address", Kind::Line)
            .hint("If it is not the processor's own, such as a test server."),
        Input::new("concurrency", "Calls at once", Kind::Number).hint("64 if left empty."),
        Input::new("per_second", "Calls per second", Kind::Number)
            .hint("At most so many; 0 or empty: no limit."),
    ]
}

async fn new(visit: Visit, sent: Sent) -> Shown {
    let made = async {
        require(&visit, NEEDED).await?;
        let processors = PROCESSORS.iter().map(|(kind, name, _)| Choice::new(*kind, *name));
        let mut inputs = vec![
            Input::new("name", "Name", Kind::Line).hint("Unique; it stays.").required(),
            Input::new("kind", "Processor", Kind::One(processors.collect())).required(),
            Input::new("reference_prefix", "Prefix of references", Kind::Line).hint(
                "At most 8 characters before every merchant reference, so that two organisations can share an account. It stays.",
            ),
        ];
        inputs.extend(lasting());
        let form = Form {
            lead: html! { p { "Credentials are asked for on the next page, and kept encrypted." } },
            button: "Make the gateway".to_owned(),
            beside: &[("gateway_name_taken", "name")],
            then: Then::GoBy(
                |done| {
                    // The settings come back with it; the one that was made is the last of theirs.
                    let made = list(effect::made(done, "settings")?, "gateways").last()?;
                    Some(format!("{}/credentials", place(GATEWAYS, text(made, "name"))))
                },
                format!("{GATEWAYS}?said=made"),
            ),
            ..Form::new("New gateway", format!("{GATEWAYS}/new"), API.to_owned(), inputs, GATEWAYS)
        };
        Ok((form, Fields::default()))
    };
    let made = made.await;
    page(visit, sent, made).await
}
