//! What is known of a customer as a person. It lies beside the history, so that it can be erased; the history says when it
//! was stored and erased, and by whom.
//!
//! A record remembers the entry that stored it last, also when it is erased. So a request that is repeated late, after the
//! data was changed or erased, does not bring the old data back.
//!
//! Beside it stands by which e-mail address the customer is found (`routes/emails.rs`), written and erased with it.

use std::cmp::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use engine::kept::{self, Kept, Stored};
use engine::{Failure, ReadError, Reader, SideKind};
use receivables::id::Ref;
use receivables::personal_data::{NotePersonalData, PersonalDataStep};
use receivables::text::Text;
use receivables::{AccountNo, Command, EntryNo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::emails;
use super::payment_methods::account_of;
use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{Body, PersonalData, named};
use crate::context::{Asked, Name, answer};
use crate::problem::ApiError;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_personal_data, put_personal_data))
        .routes(routes!(erase_personal_data))
}

/// How often a record is tried to be changed while others change it too.
const ATTEMPTS: usize = 10;
/// After these pauses a record is tried to be changed again that could not be written.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2)];

/// What is stored.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Known {
    /// The entry that says so.
    entry: u64,
    /// None once it is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<PersonalData>,
}

impl Known {
    fn email(self) -> Option<Text<254>> {
        self.data.and_then(|data| data.email)
    }
}

impl Kept for Known {
    const KIND: SideKind = SideKind::PersonalData;
}

/// The personal data of a customer.
#[derive(Serialize, ToSchema)]
struct PersonalDataView {
    /// The account.
    #[schema(example = "A00000001")]
    account: String,
    /// What is known; none if nothing was stored, or it was erased.
    personal_data: Option<PersonalData>,
}

fn record(reader: &dyn Reader, account: AccountNo) -> Result<Option<Stored<Known>>, ReadError> {
    kept::find(reader, &account.to_string())
}

/// What is known of the person behind an account.
pub(super) fn personal_data(
    reader: &dyn Reader,
    account: AccountNo,
) -> Result<Option<PersonalData>, ApiError> {
    Ok(record(reader, account)?.and_then(|record| record.body.data))
}

/// Changes the record, unless `change` says that it stays, or refuses.
async fn change(
    app: &App,
    account: AccountNo,
    change: impl Fn(&Known) -> Result<Option<Known>, ApiError>,
) -> Result<(), ApiError> {
    for _ in 0..ATTEMPTS {
        let before = app.read(move |reader| Ok(record(reader, account)?)).await?;
        let expected = before.as_ref().map(|record| record.version);
        let before = before.map(|record| record.body).unwrap_or_default();
        let Some(after) = change(&before)? else { return Ok(()) };
        let mut writes = vec![kept::put(&account.to_string(), expected, &after)];
        let [old, new] = [before, after].map(Known::email);
        let emails = move |reader: &dyn Reader| emails::change(reader, account, old, new);
        writes.extend(app.read(emails).await?);
        if app.engine.put_side(writes).await? {
            return Ok(());
        }
    }
    let detail = "others change the same personal data; send it again with the same key";
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail))
}

/// Notes it in the history and changes the record, whether or not the caller waits for it. If the program is cut off
/// between the two, the same request with the same key does the second; so the history never lacks what became of the
/// data. The same key with other data is refused.
async fn note(
    app: &App,
    asked: &Asked,
    account: Ref<AccountNo>,
    data: Option<PersonalData>,
) -> Result<Response, ApiError> {
    let step = if data.is_some() { PersonalDataStep::Stored } else { PersonalDataStep::Erased };
    let command = Command::NotePersonalData(NotePersonalData { account, step });
    let (app, request) = (app.clone(), asked.request(app, command)?);
    // A task of its own: it goes on when the connection of the caller ends.
    let noted = tokio::spawn(async move {
        let outcome = app.engine.execute(request).await?;
        if !outcome.dry_run {
            follow(&app, account.no, outcome.entry.head.no, data.as_ref()).await?;
        }
        Ok(answer(&outcome))
    });
    noted.await.map_err(|error| ApiError::internal(error.to_string()))?
}

/// Has the record follow the entry that says so, unless it follows a later one.
async fn follow(
    app: &App,
    account: AccountNo,
    no: EntryNo,
    data: Option<&PersonalData>,
) -> Result<(), ApiError> {
    let EntryNo(entry) = no;
    let newer = |before: &Known| match before.entry.cmp(&entry) {
        Ordering::Less => Ok(Some(Known { entry, data: data.cloned() })),
        Ordering::Equal if before.data.as_ref() != data => {
            Err(Failure::KeyReused { entry: no.to_string() }.into())
        }
        Ordering::Equal | Ordering::Greater => Ok(None),
    };
    for pause in PAUSES {
        match change(app, account, newer).await {
            Err(error) if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
                tokio::time::sleep(pause).await;
            }
            done => return done,
        }
    }
    change(app, account, newer).await
}

/// Show what is known of the customer as a person.
#[utoipa::path(get, path = "/api/v1/accounts/{account}/personal-data", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001")),
    responses((status = 200, description = "What is known", body = PersonalDataView), ReadErrors))]
async fn get_personal_data(
    State(app): State<App>,
    Name(account): Name,
) -> Result<Json<PersonalDataView>, ApiError> {
    let named = named(&account)?;
    let view = app
        .read(move |reader| {
            let account = account_of(reader, named)?.no;
            let personal_data = personal_data(reader, account)?;
            Ok(PersonalDataView { account: account.to_string(), personal_data })
        })
        .await?;
    Ok(Json(view))
}

/// Store what is known of the customer as a person, instead of what was there. It is no part of the history, which only
/// says that it was stored.
#[utoipa::path(put, path = "/api/v1/accounts/{account}/personal-data", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    request_body = PersonalData, responses(CommandResponses))]
async fn put_personal_data(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
    Body(body): Body<PersonalData>,
) -> Result<Response, ApiError> {
    note(&app, &asked, named(&account)?, Some(body)).await
}

/// Erase what is known of the customer as a person, for good. What the history holds stays: names that were given to the
/// account itself, too.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/personal-data/erase", tag = "accounts",
    params(("account" = String, Path, description = "Number or id", example = "A00000001"), DryRun, KeyHeader),
    responses(CommandResponses))]
async fn erase_personal_data(
    State(app): State<App>,
    asked: Asked,
    Name(account): Name,
) -> Result<Response, ApiError> {
    note(&app, &asked, named(&account)?, None).await
}
