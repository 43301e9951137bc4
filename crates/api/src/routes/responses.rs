//! Answers that many operations share, described once.

use utoipa::IntoResponses;

use crate::problem::Problem;
use crate::views::EffectView;

/// What any question may be answered with instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described, never built")]
pub(crate) enum ReadErrors {
    /// The request is malformed: query, cursor, path.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(#[to_schema] Problem),
    /// `api_key_missing`, `api_key_unknown`, `api_key_expired`, `token_unknown`, `session_unknown`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// `permission_missing`: none of the caller's roles has the permission. With a session also
    /// `csrf_token_invalid`, `cross_site_request`, `password_change_required`.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] Problem),
    /// `not_found`: no such document.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] Problem),
    /// `rate_limited`, `too_many_failures`: wait as long as `Retry-After` says.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(#[to_schema] Problem),
}

/// What a list that is filtered by a custom field may be answered with instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described, never built")]
pub(crate) enum FilterErrors {
    /// `unknown_custom_field`, `custom_field_not_filterable`.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
}

/// What may come back when a gateway, or its credentials, are asked for.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described, never built")]
pub(crate) enum DeskErrors {
    /// `credentials_invalid`, `credentials_missing`, `card_number_refused`.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// `gateway_failed`: the gateway did not answer, or not as it should.
    #[response(status = 502, content_type = "application/problem+json")]
    Gateway(#[to_schema] Problem),
    /// `gateways_unavailable`, or the database cannot be written now.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// What a change of people or programs may be answered with instead.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described, never built")]
pub(crate) enum PeopleErrors {
    /// `name_taken`, `last_administrator`, `changed_meanwhile`, `not_a_session`, `second_factor_active`,
    /// `no_second_factor`, `own_user`.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] Problem),
    /// `body_too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
    /// `content_type_not_json`.
    #[response(status = 415, content_type = "application/problem+json")]
    NotJson(#[to_schema] Problem),
    /// `unknown_role`, `password_refused`, `password_wrong`, `code_wrong`, `too_many`.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// `busy`, `second_factor_unavailable`, or the database cannot be written now.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// What any command answers.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only described, never built")]
pub(crate) enum CommandResponses {
    /// A preview (`dry_run=true`): what the command would do; nothing was written.
    #[response(status = 200)]
    Preview(#[to_schema] EffectView),
    /// Done, durably. A repeated request gets the first answer again, with the header
    /// `Idempotent-Replayed: true`.
    #[response(status = 201)]
    Done(#[to_schema] EffectView),
    /// The request is malformed: `body_invalid`, `query_invalid`, `idempotency_key_missing`,
    /// `idempotency_key_invalid`.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(#[to_schema] Problem),
    /// `api_key_missing`, `api_key_unknown`, `api_key_expired`, `token_unknown`, `session_unknown`.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthorized(#[to_schema] Problem),
    /// `permission_missing`: none of the caller's roles has the permission. With a session also
    /// `csrf_token_invalid`, `cross_site_request`, `password_change_required`.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] Problem),
    /// `not_found`: a document named does not exist.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(#[to_schema] Problem),
    /// A rule refuses it as the books stand, or the idempotency key belongs to another command. The
    /// codes and their sentences are listed in docs/errors.md.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] Problem),
    /// `body_too_large`.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
    /// `content_type_not_json`.
    #[response(status = 415, content_type = "application/problem+json")]
    NotJson(#[to_schema] Problem),
    /// The command contradicts itself and can never succeed, such as an amount of zero.
    #[response(status = 422, content_type = "application/problem+json")]
    Invalid(#[to_schema] Problem),
    /// `rate_limited`, `too_many_failures`: wait as long as `Retry-After` says.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(#[to_schema] Problem),
    /// `busy`, `stopping`, `storage_full`, `storage_read_only`, `storage_failed`: nothing was
    /// acknowledged; the same request with the same key may be sent again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// Header and query of every command.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only described, never built")]
pub(crate) struct DryRun {
    /// True: answer with all it would do, and write nothing.
    #[param(example = false)]
    dry_run: Option<bool>,
}

/// The idempotency key.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only described, never built")]
pub(crate) struct KeyHeader {
    /// A text of your own, new for each command, repeated when you repeat the request. Required
    /// unless `dry_run=true`.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 255,
        pattern = "^[!-~]([ -~]*[!-~])?$",
        example = "order-1042-refund"
    )]
    idempotency_key: Option<String>,
    /// Whom a program acts for: a name of up to 100 characters. It is recorded with what is done, and allows nothing.
    #[param(
        rename = "Quittance-On-Behalf-Of",
        min_length = 1,
        max_length = 100,
        example = "till 4"
    )]
    on_behalf_of: Option<String>,
}
