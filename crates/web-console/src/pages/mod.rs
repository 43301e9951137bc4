//! Every page.

mod account;
mod accounts;
mod approvals;
mod home;
mod login;
mod refund;
mod refund_credit;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::api::{Api, Problem};
use crate::assets;
use crate::visit::Visit;

pub(crate) fn router(api: Api) -> Router {
    Router::new()
        .route("/console/assets/{file}", get(assets::asset))
        .route("/console/login", get(login::show).post(login::log_in))
        .route("/console/logout", axum::routing::post(login::log_out))
        .route("/console/password", get(login::ask_password).post(login::change_password))
        .route("/console", get(home::show))
        .route("/console/accounts", get(accounts::show))
        .route("/console/accounts/{account}", get(account::show))
        .route(
            "/console/accounts/{account}/refund",
            get(refund_credit::ask).post(refund_credit::send),
        )
        .route("/console/refunds/{refund}", get(refund::show).post(refund::act))
        .route("/console/approvals", get(approvals::show))
        .with_state(api)
}

/// A page, or what was answered instead.
type Shown = Result<Response, Sorry>;

/// What was answered instead, for whom.
struct Sorry(Box<Visit>, Problem);

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        self.0.sorry(&self.1)
    }
}

/// A part of an address, so that it stays one part whatever it holds.
fn part(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
