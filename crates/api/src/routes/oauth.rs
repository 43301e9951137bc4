//! Tokens for programs: OAuth 2 client credentials (RFC 6749, 4.4) and revocation (RFC 7009). Errors have the form
//! these RFCs give them, for that is what client libraries read.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::kept;
use identity::{AccessToken, ApiClient, TOKEN_SECONDS, constant_time_eq, sha256_hex};
use jiff::{SignedDuration, Timestamp};
use receivables::permission::{RoleName, same};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::people::Origin;
use crate::problem::{ApiError, Problem};
use crate::views::DoneView;

/// So many tokens of a client hold at once; another one ends the oldest.
const TOKENS_MAX: usize = 100;
/// So many are ended by one request, if there are more than that.
const ENDED_MAX: usize = 50;
/// The most bytes of a form.
const FORM_MAX: usize = 8 * 1024;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(issue_token)).routes(routes!(revoke_token))
}

/// Asks for a token.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only described; the form is read by hand, as RFC 6749 wants it")]
struct TokenRequest {
    /// `client_credentials`.
    #[schema(example = "client_credentials")]
    grant_type: String,
    /// The roles to grant, separated by blanks; all of the client's, if left out. Blanks and percent signs in the
    /// name of a role are written as in an address: `Payments%20Standard%20User`.
    #[schema(example = "Viewer")]
    scope: Option<String>,
    /// Name of the client, if it does not authenticate by HTTP Basic.
    client_id: Option<String>,
    /// Its secret, likewise.
    client_secret: Option<String>,
}

/// Names a token.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "only described; the form is read by hand, as RFC 7009 wants it")]
struct RevocationRequest {
    /// The token.
    token: String,
    /// What it is; not needed.
    token_type_hint: Option<String>,
    /// Name of the client, if it does not authenticate by HTTP Basic.
    client_id: Option<String>,
    /// Its secret, likewise.
    client_secret: Option<String>,
}

/// A token.
#[derive(Serialize, ToSchema)]
struct TokenView {
    /// What to send as `Authorization: Bearer`.
    access_token: String,
    /// `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds it holds.
    #[schema(example = 3600)]
    expires_in: i64,
    /// The roles it grants.
    #[schema(example = "Viewer")]
    scope: String,
}

/// What is wrong, in the form of RFC 6749, 5.2.
#[derive(Serialize, ToSchema)]
struct OAuthProblem {
    /// `invalid_client`, `invalid_request`, `invalid_scope` or `unsupported_grant_type`.
    #[schema(example = "invalid_client")]
    error: &'static str,
    /// What to do.
    error_description: String,
}

/// Why there is no token.
enum Refusal {
    OAuth(&'static str, &'static str),
    Api(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

const INVALID_CLIENT: Refusal =
    Refusal::OAuth("invalid_client", "client id or secret is not right, or the client is revoked");

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (error, description) = match self {
            Self::Api(error) => return error.into_response(),
            Self::OAuth(error, description) => (error, description),
        };
        tracing::info!(error, "token refused");
        let unknown = error == "invalid_client";
        let status = if unknown { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
        let body = OAuthProblem { error, error_description: description.to_owned() };
        let mut response = (status, Json(body)).into_response();
        if unknown {
            let basic = HeaderValue::from_static("Basic realm=\"Quittance\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        response
    }
}

fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// Get a token with client credentials, by HTTP Basic or in the form. At most 100 tokens of a client hold at once;
/// another one ends the oldest.
#[utoipa::path(post, path = "/oauth/token", tag = "login", security(()),
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token", body = TokenView),
        (status = 400, description = "`invalid_request`, `invalid_scope`, `unsupported_grant_type`", body = OAuthProblem),
        (status = 401, description = "`invalid_client`", body = OAuthProblem),
        (status = 429, description = "`too_many_failures`, `rate_limited`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database cannot be written now", body = Problem, content_type = "application/problem+json")))]
async fn issue_token(
    State(app): State<App>,
    origin: Origin,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let issued = issued(&app, &origin, &headers, &body).await;
    no_store(issued.map_or_else(IntoResponse::into_response, |token| Json(token).into_response()))
}

async fn issued(
    app: &App,
    origin: &Origin,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<TokenView, Refusal> {
    let form = form(headers, body)?;
    let now = app.engine.clock().now();
    let client = client(app, origin, headers, &form, now).await?;
    match form.get("grant_type").map(String::as_str) {
        Some("client_credentials") => {}
        None | Some("") => return Err(Refusal::OAuth("invalid_request", "grant_type is missing")),
        Some(_) => {
            let description = "the only grant_type here is client_credentials";
            return Err(Refusal::OAuth("unsupported_grant_type", description));
        }
    }
    let roles = match form.get("scope").filter(|scope| !scope.is_empty()) {
        None => client.roles.clone(),
        Some(scope) => scoped(scope, &client)?,
    };
    let secret = AccessToken::fresh(&client.name)
        .map_err(|error| Refusal::Api(ApiError::internal(error.to_string())))?;
    let end = now.checked_add(SignedDuration::from_secs(TOKEN_SECONDS));
    let expires_at = end.unwrap_or(Timestamp::MAX);
    let scope = roles.iter().map(scope_name).collect::<Vec<_>>().join(" ");
    let made = AccessToken { client: client.name.clone(), epoch: client.epoch, roles, expires_at };
    let id = AccessToken::id(&secret);
    let write = kept::put(&id, None, &made);
    app.engine.put_side(vec![write]).await.map_err(ApiError::from)?;
    end_oldest(app, &client.name, &id).await?;
    tracing::info!(client = client.name, scope, "token issued");
    let expires_in = TOKEN_SECONDS;
    Ok(TokenView { access_token: secret, token_type: "Bearer", expires_in, scope })
}

/// Ends the oldest tokens of a client, and never the one that was just made.
async fn end_oldest(app: &App, client: &str, made: &str) -> Result<(), ApiError> {
    let name = client.to_owned();
    let mut tokens = app.read(move |reader| Ok(AccessToken::of_client(reader, &name)?)).await?;
    tokens.sort_by_key(|token| (token.id != made, Reverse(token.body.expires_at)));
    for token in tokens.iter().skip(TOKENS_MAX).take(ENDED_MAX) {
        // Somebody else may just have ended it.
        app.change_people(vec![kept::erase(token)]).await?;
    }
    Ok(())
}

/// The fields of a form. None may be there twice (RFC 6749, 3.2).
fn form(headers: &HeaderMap, body: &[u8]) -> Result<HashMap<String, String>, Refusal> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or("");
    let media = kind.split(';').next().unwrap_or("").trim();
    if !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") || body.len() > FORM_MAX {
        let description =
            "send a form: Content-Type: application/x-www-form-urlencoded, at most 8 KiB";
        return Err(Refusal::OAuth("invalid_request", description));
    }
    let mut fields = HashMap::new();
    for (name, value) in form_urlencoded::parse(body) {
        if fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refusal::OAuth("invalid_request", "a field is there twice"));
        }
    }
    Ok(fields)
}

/// The client that authenticates, by HTTP Basic or in the form, not both.
async fn client(
    app: &App,
    origin: &Origin,
    headers: &HeaderMap,
    form: &HashMap<String, String>,
    now: Timestamp,
) -> Result<ApiClient, Refusal> {
    let (id, secret) = match (headers.get(header::AUTHORIZATION), form.get("client_secret")) {
        (Some(_), Some(_)) => {
            let description = "authenticate by HTTP Basic or in the form, not by both";
            return Err(Refusal::OAuth("invalid_request", description));
        }
        (Some(header), None) => basic(header).unwrap_or_default(),
        (None, secret) => {
            let id = form.get("client_id").cloned().unwrap_or_default();
            (id, secret.cloned().unwrap_or_default())
        }
    };
    app.people.may_try(origin, now)?;
    let wanted = id.trim().to_ascii_lowercase();
    let found = app.read(move |reader| Ok(kept::find::<ApiClient>(reader, &wanted)?)).await?;
    // The secret is random, so one fast hash of it is enough, and there is no time to tell anything by.
    let stored = found.as_ref().map_or("", |client| &client.body.secret);
    let right = constant_time_eq(&sha256_hex(&secret), stored);
    match found.filter(|client| right && client.body.revoked_at.is_none()) {
        Some(client) => {
            app.people.asks(&Arc::from(client.body.name.as_str()), now)?;
            Ok(client.body)
        }
        None => {
            let refused = ApiError::new(StatusCode::UNAUTHORIZED, "invalid_client", "");
            let refused = app.people.refused(origin, now, refused);
            let many = refused.status() == StatusCode::TOO_MANY_REQUESTS;
            Err(if many { Refusal::Api(refused) } else { INVALID_CLIENT })
        }
    }
}

/// Id and secret of HTTP Basic, each written as in a form (RFC 6749, 2.3.1). A plus stays one: no id has a blank, and
/// many clients do not escape.
fn basic(header: &HeaderValue) -> Option<(String, String)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    Some((unescaped(id)?, unescaped(secret)?))
}

/// Percent signs resolved.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let digits = [bytes.next()?, bytes.next()?];
        plain.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(plain).ok()
}

/// The name of a role as it may stand in a scope (RFC 6749, 3.3).
fn scope_name(role: &RoleName) -> String {
    let mut name = String::new();
    for byte in role.as_str().bytes() {
        if matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e) && byte != b'%' {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

/// The roles of the client that a scope names.
fn scoped(scope: &str, client: &ApiClient) -> Result<Vec<RoleName>, Refusal> {
    let mut roles: Vec<RoleName> = Vec::new();
    for name in scope.split(' ').filter(|name| !name.is_empty()) {
        let name = unescaped(name).unwrap_or_default();
        let role = client.roles.iter().find(|role| same(role.as_str(), &name));
        let description = "scope names roles of this client, with %20 for blanks in them";
        let role = role.ok_or(Refusal::OAuth("invalid_scope", description))?;
        if !roles.contains(role) {
            roles.push(role.clone());
        }
    }
    Ok(roles)
}

/// Revoke a token. It makes no difference whether there was one.
#[utoipa::path(post, path = "/oauth/revoke", tag = "login", security(()),
    request_body(content = RevocationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token does not hold", body = DoneView),
        (status = 400, description = "`invalid_request`", body = OAuthProblem),
        (status = 401, description = "`invalid_client`", body = OAuthProblem),
        (status = 429, description = "`too_many_failures`, `rate_limited`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The database cannot be written now", body = Problem, content_type = "application/problem+json")))]
async fn revoke_token(
    State(app): State<App>,
    origin: Origin,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let revoked = revoked(&app, &origin, &headers, &body).await;
    no_store(revoked.map_or_else(IntoResponse::into_response, |done| Json(done).into_response()))
}

async fn revoked(
    app: &App,
    origin: &Origin,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<DoneView, Refusal> {
    let form = form(headers, body)?;
    let client = client(app, origin, headers, &form, app.engine.clock().now()).await?;
    let token = form.get("token").filter(|token| !token.is_empty());
    let token = token.ok_or(Refusal::OAuth("invalid_request", "token is missing"))?;
    let id = AccessToken::id(token);
    let found = app.read(move |reader| Ok(kept::find::<AccessToken>(reader, &id)?)).await?;
    // A client ends its own tokens only, and learns nothing of others.
    if let Some(token) = found.filter(|token| token.body.client == client.name) {
        app.change_people(vec![kept::erase(&token)]).await?;
        tracing::info!(client = client.name, "token revoked");
    }
    Ok(DoneView::YES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_roles_fit_into_a_scope_and_come_back() {
        for name in ["Viewer", "Payments Standard User", "100% \"Übung\" \\"] {
            let role = RoleName::try_new(name).unwrap();
            let written = scope_name(&role);
            assert!(written.bytes().all(|it| matches!(it, 0x21 | 0x23..=0x5b | 0x5d..=0x7e)));
            assert_eq!(unescaped(&written).as_deref(), Some(name), "{written}");
        }
        assert_eq!(
            (unescaped("%4"), unescaped("%zz"), unescaped("a+b")),
            (None, None, Some("a+b".to_owned()))
        );
    }

    #[test]
    fn basic_is_read_as_rfc_6749_writes_it() {
        let header = |text: &str| {
            HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text))).unwrap()
        };
        let read = basic(&header("web%2Dshop:a%3Ab:c"));
        assert_eq!(read, Some(("web-shop".to_owned(), "a:b:c".to_owned())));
        assert_eq!(basic(&header("no colon")), None);
        assert_eq!(basic(&HeaderValue::from_static("Bearer x")), None);
    }
}
