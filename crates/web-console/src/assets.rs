//! What pages load: everything is in the program.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The address of the stylesheet.
pub(crate) const STYLE: &str = "/console/assets/style.css";
/// The address of the script.
pub(crate) const SCRIPT: &str = "/console/assets/console.js";
/// The address of htmx, which asks for pieces of pages (0BSD; version 2.0.11 as it is published).
pub(crate) const HTMX: &str = "/console/assets/htmx.min.js";
/// The address of its extension for what the server sends by itself (0BSD; version 2.2.4).
pub(crate) const SSE: &str = "/console/assets/htmx-sse.min.js";
/// The address of the icon.
pub(crate) const ICON: &str = "/console/assets/icon.svg";

const FILES: [(&str, &str, &str); 5] = [
    (STYLE, "text/css; charset=utf-8", include_str!("../assets/style.css")),
    (SCRIPT, "text/javascript; charset=utf-8", include_str!("../assets/console.js")),
    (HTMX, "text/javascript; charset=utf-8", include_str!("../assets/htmx.min.js")),
    (SSE, "text/javascript; charset=utf-8", include_str!("../assets/htmx-sse.min.js")),
    (ICON, "image/svg+xml", include_str!("../assets/icon.svg")),
];

/// Serves one.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let found = FILES.iter().find(|(path, _, _)| path.rsplit('/').next() == Some(name.as_str()));
    let Some((_, kind, content)) = found else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
    ];
    (headers, *content).into_response()
}
