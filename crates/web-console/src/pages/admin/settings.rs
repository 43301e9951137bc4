//! The settings of the organisation.

use axum::Router;
use axum::http::Method;
use maud::html;

use super::{Sent, form_at, page_or_look, saved};
use crate::api::Api;
use crate::change::Form;
use crate::input::{Choice, Input, Kind, filled};
use crate::pages::Shown;
use crate::visit::Visit;

const SETTINGS: &str = "/console/admin/settings";

pub(super) fn router() -> Router<Api> {
    Router::new().route(SETTINGS, form_at(show))
}

fn flag(name: &'static str, label: &'static str, hint: &'static str) -> Input {
    Input::new(name, label, Kind::Flag).hint(hint)
}

fn inputs() -> Vec<Input> {
    let rejected = vec![
        Choice::new("reverse", "Mark it, and take the money back into the books"),
        Choice::new("mark_only", "Only mark its settlement"),
    ];
    vec![
        Input::part("Calendar", ""),
        Input::new("time_zone", "Time zone", Kind::Line)
            .hint("In which business dates are reckoned, by its IANA name, such as Europe/London.")
            .required(),
        flag(
            "future_dates",
            "Allow dates in the future",
            "Credit balance adjustments and refunds may be dated ahead.",
        ),
        Input::part("Credit balance", "Where credit comes from, and what is done with it."),
        flag(
            "credit_balance",
            "Use credit balances",
            "Credit may arise by transfers, overpayments and prepayments. Off, the credit that is there can still be \
             applied, refunded and canceled.",
        ),
        flag(
            "automatic_transfer",
            "Transfer automatically",
            "A negative invoice goes to the credit balance when it is posted. An account may say otherwise.",
        ),
        flag(
            "automatic_application",
            "Apply automatically",
            "The credit balance pays a positive invoice when it is posted. An account may say otherwise.",
        ),
        flag(
            "negative_invoices_in_account_balance",
            "Count negative invoices in the account balance",
            "Off, invoices with a negative total are left out of it.",
        ),
        Input::part("Payments and refunds", ""),
        flag(
            "refuse_expired_cards",
            "Refuse expired cards",
            "A card whose month is over is not used for anything new. Off lets the gateway decide.",
        ),
        Input::new("refund_rejected", "When a processed refund comes back", Kind::One(rejected))
            .hint("Taken back, the money goes to the credit balance, or to the invoices of its payment."),
        flag(
            "refund_credit_of_rejected_payment",
            "Refund the credit of a rejected payment",
            "If a payment bounces, its part in the credit balance is taken back, as far as it is still there.",
        ),
        Input::part("Custom fields", ""),
        flag(
            "custom_field_compatibility",
            "Legacy custom fields only on refunds of credit balances",
            "Such refunds do not know advanced fields then, and a required advanced one blocks them.",
        ),
    ]
}

async fn show(visit: Visit, sent: Sent) -> Shown {
    let made = visit.get("/api/v1/settings").await.map(|settings| {
        let inputs = inputs();
        let values = filled(&inputs, &settings);
        let form = Form {
            lead: html! {
                p.hint {
                    "Decisions from now on follow them; what was decided stays as it is. Accounting codes, reason codes and "
                    "custom fields have pages of their own."
                }
            },
            method: Method::PATCH,
            beside: &[("unknown_time_zone", "time_zone")],
            ..Form::new(
                "Settings",
                SETTINGS.to_owned(),
                "/api/v1/settings".to_owned(),
                inputs,
                &saved(SETTINGS),
            )
        };
        (form, values)
    });
    page_or_look(visit, sent, "manage_payments_settings", made).await
}
