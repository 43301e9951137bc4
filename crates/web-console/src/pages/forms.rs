//! Pages with one form: how they are asked for and sent.

use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodRouter, get};

use super::{Shown, Sorry};
use crate::api::{Api, Problem};
use crate::change::Form;
use crate::form::Fields;
use crate::visit::Visit;

/// A page with a form, which is sent to the page itself.
pub(in crate::pages) fn form_at<H, T>(handler: H) -> MethodRouter<Api>
where
    H: axum::handler::Handler<T, Api> + Clone,
    T: 'static,
{
    get(handler.clone()).post(handler)
}

/// The fields that were sent; none if the page is only looked at.
pub(in crate::pages) struct Sent(pub(in crate::pages) Option<Fields>);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        if request.method() != Method::POST {
            return Ok(Self(None));
        }
        Fields::from_request(request, state).await.map(|fields| Self(Some(fields)))
    }
}

/// The form with what fills it, or what becomes of what was sent.
pub(in crate::pages) async fn page(
    visit: Visit,
    sent: Sent,
    made: Result<(Form, Fields), Problem>,
) -> Shown {
    match (made, sent.0) {
        (Ok((form, _)), Some(fields)) => form.send(visit, fields).await,
        (Ok((form, filled)), None) => Ok(form.ask(&visit, filled)),
        (Err(problem), _) => Err(Sorry(Box::new(visit), problem)),
    }
}
