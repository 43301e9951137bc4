//! The console: pages for people.
//!
//! *Shape.* A door that is a client of the JSON door, as the command line is, only in the same process: a page asks the
//! API with the session of whoever looks at it, and renders what it answers. So what a role allows, what is refused, and
//! in which words, is said in one place; nothing here decides anything, and there is no SQL.
//!
//! *Safety.* The API wants the token of the session with every change, and refuses what pages of other sites send. A form
//! carries the idempotency key it was rendered with, so sending it twice does nothing twice. Whatever users wrote is
//! escaped where it is rendered. Pages come with a policy that lets nothing in from elsewhere, and no inline script.
//!
//! *Without scripts* every page can be read and every form be sent.

mod api;
mod assets;
mod change;
mod chart;
mod effect;
mod finding;
mod form;
mod input;
mod kept;
mod layout;
mod links;
mod listing;
mod pages;
mod parts;
mod pdf;
mod qr;
mod sums;
mod visit;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use api::Api;

/// The largest form, in bytes.
const FORM_MAX: usize = 64 * 1024;
/// The largest file a form may have, in bytes: what the API takes.
const FILE_MAX: usize = 8 * 1024 * 1024;
/// So much of a form that is too large is read to its end, so that its browser hears that it is.
const READ_MAX: usize = 1024 * 1024;

/// The console beside `api`, whose own routes stay as they are.
pub fn service(api: Router) -> Router {
    let pages =
        pages::router(Api::new(api.clone())).layer(axum::extract::DefaultBodyLimit::max(READ_MAX));
    api.merge(pages).layer(axum::middleware::from_fn(guarded))
}

/// Where an address leads that is none of ours, but stands for one: the root, and what ends with a slash too many.
fn meant(request: &Request) -> Option<String> {
    let (path, looks) =
        (request.uri().path(), matches!(*request.method(), Method::GET | Method::HEAD));
    let accepts = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok());
    // Programs are told that the root is nothing.
    let browser = accepts.is_some_and(|it| it.contains("text/html"));
    let to = match path.strip_prefix("/console/") {
        _ if !looks => return None,
        None if path == "/" && browser => "/console",
        Some(_) if path.ends_with('/') => path.trim_end_matches('/'),
        _ => return None,
    };
    let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
    Some(format!("{to}{query}"))
}

/// What browsers are told of every page, and of every address that could be one.
async fn guarded(request: Request, next: Next) -> Response {
    if let Some(to) = meant(&request) {
        return told(visit::redirect(&to));
    }
    let path = request.uri().path();
    let ours = path == "/console" || path.starts_with("/console/");
    let response = next.run(request).await;
    if ours { told(response) } else { response }
}

fn told(mut response: Response) -> Response {
    const SAID: [(HeaderName, &str); 5] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
             form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    let headers = response.headers_mut();
    for (name, value) in SAID {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What is the same for everybody says so itself; everything else is kept nowhere.
    let public =
        headers.get(header::CACHE_CONTROL).is_some_and(|it| it.as_bytes().starts_with(b"public"));
    if !public {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
