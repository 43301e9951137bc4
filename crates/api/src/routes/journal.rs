//! The history: every decision with its journal entry; the trial balance of any day.

use axum::Json;
use axum::extract::State;
use receivables::id::{Numbered, Ref};
use receivables::{EntryNo, Rejection};
use reports::TrialBalance;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::accounts::EntryPage;
use super::responses::ReadErrors;
use crate::App;
use crate::body::named;
use crate::context::{AsOfQuery, Name, Query};
use crate::history::HistoryQuery;
use crate::problem::ApiError;
use crate::views::EntryView;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_journal))
        .routes(routes!(get_journal_entry))
        .routes(routes!(get_trial_balance))
        .routes(routes!(get_audit_head))
        .routes(routes!(check_audit))
}

/// List journal entries, newest first.
#[utoipa::path(get, path = "/api/v1/journal", tag = "journal", params(HistoryQuery),
    responses((status = 200, description = "A page of decisions", body = EntryPage), ReadErrors))]
async fn list_journal(
    State(app): State<App>,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<EntryPage>, ApiError> {
    let sought = query.resolve()?;
    let (entries, next_cursor) = app.read(move |reader| sought.page(reader, None)).await?;
    Ok(Json(EntryPage { entries, next_cursor }))
}

/// Show a journal entry.
#[utoipa::path(get, path = "/api/v1/journal/{entry}", tag = "journal",
    params(("entry" = String, Path, description = "Number or id", example = "JE-00000001")),
    responses((status = 200, description = "The decision", body = EntryView), ReadErrors))]
async fn get_journal_entry(
    State(app): State<App>,
    Name(entry): Name,
) -> Result<Json<EntryView>, ApiError> {
    let named: Ref<EntryNo> = named(&entry)?;
    let view = app
        .read(move |reader| {
            let found = reader.entry(named.no)?.filter(|found| named.matches(found.head.at));
            let entry = found.ok_or_else(|| Rejection::not_found(named.no.document()))?;
            EntryView::with_changes(reader, &entry, &reader.settings()?)
        })
        .await?;
    Ok(Json(view))
}

/// Show the trial balance of the whole book, now or at the end of any day.
#[utoipa::path(get, path = "/api/v1/trial-balance", tag = "journal", params(AsOfQuery),
    responses((status = 200, description = "The trial balance", body = TrialBalance), ReadErrors))]
async fn get_trial_balance(
    State(app): State<App>,
    Query(query): Query<AsOfQuery>,
) -> Result<Json<TrialBalance>, ApiError> {
    let balance = app.read(move |reader| Ok(reports::trial_balance(reader, query.as_of)?)).await?;
    Ok(Json(balance))
}

/// How far the record is sealed.
#[derive(Serialize, ToSchema)]
struct AuditHead {
    /// The last block; none while nothing is sealed.
    head: Option<AuditHeadView>,
}

/// The last block of the record. Keep it where nobody who can write the database can reach it; `quittance verify --audit
/// --head FILE` then finds whether anything up to it was changed.
#[derive(Serialize, ToSchema)]
struct AuditHeadView {
    /// The number of the block.
    #[schema(example = 17)]
    block: u64,
    /// The last entry it covers.
    #[schema(example = "JE-00000412")]
    last_entry: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    made_at: jiff::Timestamp,
    /// Its hash, in hexadecimal digits.
    hash: String,
    /// Its signature (Ed25519), in hexadecimal digits; absent if the server has no key.
    signature: Option<String>,
    /// The key that verifies it; `quittance audit public-key` prints it.
    public_key: Option<String>,
}

/// Show how far the record is sealed, to be kept elsewhere.
#[utoipa::path(get, path = "/api/v1/audit/head", tag = "journal",
    responses((status = 200, description = "The last block", body = AuditHead), ReadErrors))]
async fn get_audit_head(State(app): State<App>) -> Result<Json<AuditHead>, ApiError> {
    let block = app.read(|reader| Ok(reader.last_audit_block()?)).await?;
    let head = block.map(|block| {
        let audit::Head { block, last_entry, made_at, hash, signature, public_key } =
            audit::Head::new(&block, None);
        AuditHeadView { block, last_entry, made_at, hash, signature, public_key }
    });
    Ok(Json(AuditHead { head }))
}

/// What the newest blocks of the record are, held against the history.
#[derive(Serialize, ToSchema)]
struct AuditCheck {
    /// True if they fit each other, the block before them, and the entries they seal.
    whole: bool,
    /// How many blocks were looked at.
    #[schema(example = 16)]
    blocks: u64,
    /// How many entries they seal.
    #[schema(example = 41)]
    entries: u64,
    /// The first of these entries; none while nothing is sealed.
    #[schema(example = "JE-00000372")]
    first_entry: Option<String>,
    /// If they do not fit: the first entry or block that does not, and why.
    problem: Option<String>,
}

/// Hold the newest blocks of the record against the history: up to 16 of them, of about 4,000 entries. A glance that costs
/// the same however long the history is; `quittance verify --audit` looks at all of it, and at the signatures.
#[utoipa::path(get, path = "/api/v1/audit/check", tag = "journal",
    responses((status = 200, description = "What was found", body = AuditCheck), ReadErrors))]
async fn check_audit(State(app): State<App>) -> Result<Json<AuditCheck>, ApiError> {
    let found = app.report(|reader| match audit::check_newest(reader) {
        Ok((checked, first)) => Ok(AuditCheck {
            whole: true,
            blocks: checked.blocks,
            entries: checked.entries,
            first_entry: first.map(|no| no.to_string()),
            problem: None,
        }),
        Err(audit::AuditError::Broken(problem)) => Ok(AuditCheck {
            whole: false,
            blocks: 0,
            entries: 0,
            first_entry: None,
            problem: Some(problem),
        }),
        Err(audit::AuditError::Read(error)) => Err(error.into()),
    });
    Ok(Json(found.await?))
}
