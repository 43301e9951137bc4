//! Where a request comes from.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};

use super::Options;
use crate::App;
use crate::problem::ApiError;

/// The cookie of a session over HTTPS. The prefix has browsers refuse it from anybody but this very host.
const COOKIE_HTTPS: &str = "__Host-quittance_session";
/// The cookie of a session over HTTP: on one's own machine.
const COOKIE_HTTP: &str = "quittance_session";

/// Who is at the other end, and by which scheme.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    address: Option<IpAddr>,
    https: bool,
    behind_proxy: bool,
}

impl Origin {
    /// As the connection says, or the proxy before it, if there is one to be believed.
    pub(crate) fn of(request: &Request, options: Options) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|info| info.0.ip());
        if !options.behind_proxy {
            return Self { address: peer, https: false, behind_proxy: false };
        }
        let last = |name: &str| last_of(request.headers(), name);
        let forwarded = last("x-forwarded-for").and_then(|text| text.parse().ok());
        let https = last("x-forwarded-proto").is_some_and(|it| it.eq_ignore_ascii_case("https"));
        Self { address: forwarded.or(peer), https, behind_proxy: true }
    }

    /// The address.
    pub(crate) const fn ip(&self) -> Option<IpAddr> {
        self.address
    }

    /// The address, to be shown.
    pub(crate) fn address(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }

    /// What shares one bucket: an address, or of IPv6 a network as one customer gets it.
    pub(super) fn bucket(&self) -> Option<String> {
        Some(match self.address?.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        })
    }

    const fn cookie_name(&self) -> &'static str {
        if self.https { COOKIE_HTTPS } else { COOKIE_HTTP }
    }

    /// The token of the session among the cookies.
    pub(super) fn session_token<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|it| it.split_once('='));
        pairs.find(|(name, _)| name.trim() == self.cookie_name()).map(|(_, value)| value.trim())
    }

    /// What sets the cookie of a session; an empty token takes it away.
    pub(crate) fn set_cookie(&self, token: &str) -> String {
        let secure = if self.https { "; Secure" } else { "" };
        let end = if token.is_empty() { "; Max-Age=0" } else { "" };
        let name = self.cookie_name();
        format!("{name}={token}; HttpOnly; SameSite=Strict; Path=/{secure}{end}")
    }

    /// Refuses what a page of somebody else has a browser send.
    pub(crate) fn require_same_site(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or("?"));
        let own = match (text("sec-fetch-site"), text("origin")) {
            (Some(site), _) => site == "same-origin" || site == "none",
            (None, Some(origin)) => {
                let forwarded = self.behind_proxy.then(|| last_of(headers, "x-forwarded-host"));
                let host = forwarded.flatten().or_else(|| text("host"));
                let from = origin.split_once("://").map(|(_, authority)| authority);
                same_host(from, host)
            }
            (None, None) => true,
        };
        if own {
            return Ok(());
        }
        let detail = "this was sent by a page of another site; nothing was done";
        Err(ApiError::new(StatusCode::FORBIDDEN, "cross_site_request", detail))
    }
}

/// The value the nearest proxy wrote: the last one.
fn last_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let line = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next().map(str::trim)
}

fn same_host(one: Option<&str>, other: Option<&str>) -> bool {
    let parsed = |text: Option<&str>| text.and_then(|it| it.parse::<Authority>().ok());
    match (parsed(one), parsed(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

impl FromRequestParts<App> for Origin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn origin(behind_proxy: bool, headers: &[(&str, &str)]) -> (Origin, HeaderMap) {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = "192.0.2.1:99".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        let options = Options { behind_proxy, ..Options::default() };
        (Origin::of(&request, options), request.headers().clone())
    }

    #[test]
    fn what_a_client_says_of_itself_is_believed_only_behind_a_proxy() {
        let said =
            [("x-forwarded-for", "10.0.0.1, 2001:db8:1:2:3::9"), ("x-forwarded-proto", "https")];
        let (plain, _) = origin(false, &said);
        assert_eq!((plain.bucket().as_deref(), plain.https), (Some("192.0.2.1"), false));
        assert!(
            plain.set_cookie("t").starts_with("quittance_session=t; HttpOnly; SameSite=Strict")
        );
        let (behind, _) = origin(true, &said);
        assert_eq!((behind.bucket().as_deref(), behind.https), (Some("2001:db8:1:2::/64"), true));
        let cookie = behind.set_cookie("t");
        assert!(cookie.starts_with("__Host-quittance_session=t;") && cookie.contains("; Secure"));
        assert_eq!(origin(true, &[]).0.bucket().as_deref(), Some("192.0.2.1"));
        let (mapped, _) = origin(true, &[("x-forwarded-for", "::ffff:192.0.2.7")]);
        assert_eq!(mapped.bucket().as_deref(), Some("192.0.2.7"));
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        let case = |headers: &[(&str, &str)]| {
            let (origin, headers) = origin(false, headers);
            origin.require_same_site(&headers).is_ok()
        };
        assert!(case(&[]));
        assert!(case(&[("sec-fetch-site", "same-origin")]));
        assert!(
            !case(&[("sec-fetch-site", "same-site")]) && !case(&[("sec-fetch-site", "cross-site")])
        );
        let host = ("host", "books.example:8787");
        assert!(case(&[host, ("origin", "http://books.example:8787")]));
        assert!(!case(&[host, ("origin", "http://books.example")]));
        assert!(
            !case(&[host, ("origin", "https://evil.example")])
                && !case(&[host, ("origin", "null")])
        );
    }
}
