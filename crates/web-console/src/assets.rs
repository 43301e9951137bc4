//! What pages load: everything is in the program.

use std::io::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

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

/// The same packed, in the same order, once for the life of the program; empty where that failed.
static PACKED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let packed = FILES.iter().map(|(_, _, content)| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(content.as_bytes()).and_then(|()| packer.finish()).unwrap_or_default()
    });
    packed.collect()
});

/// Serves one, packed for a browser that takes that: a page is then a third of the bytes.
pub(crate) async fn asset(Path(name): Path<String>, asked: HeaderMap) -> Response {
    let wanted = |(path, _, _): &(&str, _, _)| path.rsplit('/').next() == Some(name.as_str());
    let Some(place) = FILES.iter().position(wanted) else {
        return (StatusCode::NOT_FOUND, "there is no such file").into_response();
    };
    let (_, kind, content) = FILES[place];
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    let taken = asked.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok()).unwrap_or("");
    let takes = taken.split(',').any(|it| it.trim() == "gzip");
    match PACKED.get(place).filter(|packed| takes && !packed.is_empty()) {
        Some(packed) => {
            let packing = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
            (headers, packing, packed.as_slice()).into_response()
        }
        None => (headers, content).into_response(),
    }
}
