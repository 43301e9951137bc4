//! The second factor of a person: time-based codes.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::kept::{self, Stored};
use identity::{
    RECOVERY_CODES, SecondFactor, User, base32, hex, matching_step, otpauth_uri, recovery_code,
    sha256_hex,
};
use jiff::Timestamp;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{PeopleErrors, ReadErrors};
use super::sessions::{kept_session, login, prove};
use crate::App;
use crate::body::{Body, ConfirmSecondFactor, ProveSelf};
use crate::context::Asked;
use crate::people::Attempt;
use crate::problem::ApiError;
use crate::views::{DoneView, SecondFactorView};

/// Bytes of a secret (RFC 4226, 4: 160 bits).
const SECRET_BYTES: usize = 20;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(enrol_second_factor))
        .routes(routes!(confirm_second_factor))
        .routes(routes!(remove_second_factor))
}

/// How a login stands with the second factor.
pub(super) enum Factor {
    /// There is none.
    NotAsked,
    /// The code was right, and is used up in the user that was handed in.
    Right,
    /// It was not.
    Wrong,
    /// None was sent.
    Missing,
}

/// Takes the code of a login, if one is asked for: six digits, or a recovery code.
pub(super) fn take_code(
    app: &App,
    user: &mut User,
    code: Option<&str>,
    now: Timestamp,
) -> Result<Factor, ApiError> {
    let name = user.name.to_string();
    let Some(factor) = user.second_factor.as_mut().filter(|factor| factor.confirmed) else {
        return Ok(Factor::NotAsked);
    };
    let Some(code) = code else { return Ok(Factor::Missing) };
    let code: String = code.chars().filter(|it| !it.is_whitespace()).collect();
    let hash = sha256_hex(&code.to_ascii_lowercase());
    if let Some(place) = factor.recovery.iter().position(|left| *left == hash) {
        factor.recovery.swap_remove(place);
        tracing::warn!(user = name, left = factor.recovery.len(), "a recovery code was used");
        return Ok(Factor::Right);
    }
    let secret = opened(app, &name, factor)?;
    Ok(match matching_step(&secret, &code, now, factor.last_step) {
        Some(step) => {
            factor.last_step = step;
            Factor::Right
        }
        None => Factor::Wrong,
    })
}

/// The name a secret is sealed under. No gateway has such a name, for names have no control characters.
fn sealed_under(user: &str) -> String {
    format!("second factor\0{user}")
}

fn unavailable(detail: String) -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "second_factor_unavailable", detail)
}

fn opened(app: &App, user: &str, factor: &SecondFactor) -> Result<Vec<u8>, ApiError> {
    let secrets = app.people.secrets.as_ref().ok_or_else(no_key)?;
    let sealed: Vec<u8> = factor
        .sealed
        .as_bytes()
        .chunks(2)
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    secrets.open(&sealed_under(user), &sealed).map_err(unavailable)
}

fn no_key() -> ApiError {
    let detail = "this server has no key to keep secrets with; start it with --key-file or \
                  QUITTANCE_KEY, then try again";
    unavailable(detail.to_owned())
}

/// Enrol a second factor. It is asked for once a code has confirmed it.
#[utoipa::path(post, path = "/api/v1/second-factor", tag = "login", request_body = ProveSelf,
    responses((status = 200, description = "The secret and the recovery codes, shown once", body = SecondFactorView),
        PeopleErrors, ReadErrors))]
async fn enrol_second_factor(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<ProveSelf>,
) -> Result<Json<SecondFactorView>, ApiError> {
    asked.for_real()?;
    let login = login(&asked.caller)?;
    let Stored { id, version, body: mut user } = login.user.clone();
    let secrets = app.people.secrets.clone().ok_or_else(no_key)?;
    if user.confirmed_factor().is_some() {
        let detail = "there is a second factor; remove it before you enrol another one";
        return Err(ApiError::new(StatusCode::CONFLICT, "second_factor_active", detail));
    }
    prove(&app, &user, body.password.reveal()?).await?;
    let mut secret = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|error| ApiError::internal(error.to_string()))?;
    let codes: Result<Vec<String>, _> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    let recovery_codes = codes.map_err(|error| ApiError::internal(error.to_string()))?;
    let sealed = secrets.seal(&sealed_under(user.name.as_str()), &secret).map_err(unavailable)?;
    user.second_factor = Some(SecondFactor {
        sealed: hex(&sealed),
        confirmed: false,
        last_step: 0,
        recovery: recovery_codes.iter().map(|code| sha256_hex(code)).collect(),
    });
    app.must_change_people(vec![kept::put(&id, Some(version), &user)]).await?;
    Ok(Json(SecondFactorView {
        secret: base32(&secret),
        otpauth_uri: otpauth_uri(user.name.as_str(), &secret),
        recovery_codes,
    }))
}

/// Confirm a second factor with a code; from now on every login asks for one. Every other session ends.
#[utoipa::path(post, path = "/api/v1/second-factor/confirm", tag = "login", request_body = ConfirmSecondFactor,
    responses((status = 200, description = "It is asked for from now on", body = DoneView), PeopleErrors, ReadErrors))]
async fn confirm_second_factor(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<ConfirmSecondFactor>,
) -> Result<Json<DoneView>, ApiError> {
    asked.for_real()?;
    let login = login(&asked.caller)?;
    let Stored { id, version, body: mut user } = login.user.clone();
    let name = user.name.to_string();
    let waiting = user.second_factor.as_mut().filter(|factor| !factor.confirmed);
    let factor = waiting.ok_or_else(no_factor)?;
    let now = app.engine.clock().now();
    let attempt = Attempt::begin(&app, &name, now).await?;
    let secret = opened(&app, &name, factor)?;
    let step = matching_step(&secret, &body.code.reveal()?, now, factor.last_step);
    let Some(step) = step else {
        let detail = "the code is not right; see whether the clock of the device is";
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "code_wrong", detail));
    };
    attempt.succeeded(&app).await?;
    (factor.confirmed, factor.last_step) = (true, step);
    user.epoch += 1;
    let writes = vec![kept::put(&id, Some(version), &user), kept_session(&login.session, &user)];
    app.must_change_people(writes).await?;
    tracing::info!(user = name, "second factor confirmed");
    Ok(Json(DoneView::YES))
}

fn no_factor() -> ApiError {
    let detail = "there is no second factor to do this with; enrol one first";
    ApiError::new(StatusCode::CONFLICT, "no_second_factor", detail)
}

/// Remove one's own second factor.
#[utoipa::path(post, path = "/api/v1/second-factor/remove", tag = "login", request_body = ProveSelf,
    responses((status = 200, description = "It is not asked for any more", body = DoneView), PeopleErrors, ReadErrors))]
async fn remove_second_factor(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<ProveSelf>,
) -> Result<Json<DoneView>, ApiError> {
    asked.for_real()?;
    let login = login(&asked.caller)?;
    let Stored { id, version, body: mut user } = login.user.clone();
    if user.second_factor.is_none() {
        return Err(no_factor());
    }
    prove(&app, &user, body.password.reveal()?).await?;
    user.second_factor = None;
    app.must_change_people(vec![kept::put(&id, Some(version), &user)]).await?;
    tracing::info!(user = %user.name, "second factor removed");
    Ok(Json(DoneView::YES))
}
