//! Lists of documents: by page, of those with a value of a custom field, and of those of an account.

use engine::Reader;
use receivables::id::{Numbered, Ref};
use receivables::labels::{FieldName, FieldObject};
use receivables::text::{ExternalId, Text};
use receivables::{AccountNo, Kind, Rejection};
use serde::Deserialize;

use axum::http::StatusCode;

use crate::PAGE_MAX;
use crate::body::named;
use crate::context::{PageQuery, next_cursor, rows};
use crate::of_account::{self, Place};
use crate::problem::ApiError;
use crate::routes::account_of;
use crate::standing::Standing;

/// Makes the query of a list: what every list takes, and what this one takes besides. A struct that holds another one
/// (`serde(flatten)`) would not refuse a name that is misspelt.
macro_rules! list_query {
    ($(#[$what:meta])* $name:ident { $($(#[$about:meta])* $more:ident),* }) => {
        $(#[$what])*
        #[derive(Debug, Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Where the page before ended: its `next_cursor`.
            #[param(example = "I00000041")]
            cursor: Option<String>,
            /// At most this many rows, 1 to 200; 50 if left out.
            #[param(minimum = 1, maximum = 200, example = 50)]
            limit: Option<usize>,
            /// Only those with this value of a custom field, which must be filterable: its name, a colon, and the value as
            /// it was written, or `true` or `false`.
            #[param(min_length = 5, max_length = 565, example = "Region__c:EMEA")]
            custom_field: Option<String>,
            /// Only these, in this order: up to 200 numbers with commas between them, with their letters or without. Those
            /// that do not exist are left out. Goes with nothing else.
            #[param(min_length = 1, max_length = 5000, example = "1,2")]
            numbers: Option<String>,
            $($(#[$about])* $more: Option<String>,)*
        }
    };
}

list_query! {
    /// Query of a list of documents that belong to accounts.
    ListQuery {
        /// Only those of this account: its number or id. Goes with nothing else but cursor and limit. A page may then be
        /// short, even empty, and still have a `next_cursor`, because the account's decisions are looked through 2,000 at a
        /// time.
        #[param(min_length = 1, max_length = 100, example = "A00000001")]
        account
    }
}
list_query! {
    /// Query of a list of credit balance adjustments.
    AdjustmentListQuery {
        /// Only those of this account: its number or id. Goes with nothing else but cursor and limit. A page may then be
        /// short, even empty, and still have a `next_cursor`, because the account's decisions are looked through 2,000 at a
        /// time.
        #[param(min_length = 1, max_length = 100, example = "A00000001")]
        account,
        /// `cancel`: each also says whether it can be canceled now.
        #[param(min_length = 1, max_length = 20, example = "cancel")]
        include
    }
}
list_query! {
    /// Query of the list of accounts: they may have an id of another system, and are narrowed by how they stand.
    AccountListQuery {
        /// Only the one with this external id.
        #[param(min_length = 1, max_length = 100, example = "crm-4711")]
        external_id,
        /// Only those that are `active` or `canceled`. Status, currency and `with` go together; a page may then be short,
        /// even empty, and still have a `next_cursor`, because accounts are looked through 2,000 at a time.
        #[param(pattern = "^(active|canceled)$", example = "active")]
        status,
        /// Only those in this currency.
        #[param(min_length = 3, max_length = 3, example = "USD")]
        currency,
        /// Only those with something: `credit_balance` or `available` (credit above zero), `held` (refunds under way), or
        /// `open_invoices` (a total invoice balance other than zero).
        #[param(pattern = "^(credit_balance|available|held|open_invoices)$", example = "credit_balance")]
        with
    }
}
list_query! {
    /// Query of a list of invoices: they belong to an account, and may have an id of another system.
    InvoiceListQuery {
        /// Only the one with this external id.
        #[param(min_length = 1, max_length = 100, example = "crm-4711")]
        external_id,
        /// Only those of this account: its number or id. Goes with nothing else but cursor and limit. A page may then be
        /// short, even empty, and still have a `next_cursor`, because the account's decisions are looked through 2,000 at a
        /// time.
        #[param(min_length = 1, max_length = 100, example = "A00000001")]
        account
    }
}

/// Which documents of a kind are shown.
pub(crate) enum Listed {
    /// A page of all, or of those with a value of a custom field.
    Page { before: Option<u64>, limit: usize, with: Option<(FieldName, String)> },
    /// Those that were named.
    These(Vec<String>),
    /// A page of those of an account.
    OfAccount { account: Ref<AccountNo>, from: Option<Place>, limit: usize },
}

/// The account a list is narrowed to.
fn named_account(text: &str) -> Result<Ref<AccountNo>, ApiError> {
    named(text).map_err(|error| error.with("field", "account"))
}

impl ListQuery {
    /// Which documents are asked for.
    pub(crate) fn resolve(self) -> Result<Listed, ApiError> {
        let Self { cursor, limit, custom_field, numbers, account } = self;
        if let Some(account) = account {
            if custom_field.is_some() || numbers.is_some() {
                let detail = "account goes with nothing else but cursor and limit";
                return Err(invalid(detail.to_owned()));
            }
            let from = cursor.as_deref().map(Place::read).transpose()?;
            return Ok(Listed::OfAccount {
                account: named_account(&account)?,
                from,
                limit: rows(limit)?,
            });
        }
        if let Some(numbers) = numbers {
            if cursor.is_some() || limit.is_some() || custom_field.is_some() {
                return Err(invalid("numbers goes with nothing else".to_owned()));
            }
            let these: Vec<String> = numbers.split(',').map(str::to_owned).collect();
            if these.len() > PAGE_MAX {
                return Err(invalid(format!("numbers: at most {PAGE_MAX}, not {}", these.len())));
            }
            return Ok(Listed::These(these));
        }
        let (before, limit) = PageQuery { cursor, limit }.resolve()?;
        let with = custom_field.map(|text| {
            let (name, value) = text.split_once(':').unwrap_or((&text, ""));
            if value.is_empty() {
                let detail =
                    "custom_field: write the name, a colon and the value, as in Region__c:EMEA";
                return Err(invalid(detail.to_owned()));
            }
            let value = Text::<500>::try_new(value);
            let value = value.map_err(|error| invalid(format!("custom_field: {error}")))?;
            let name = FieldName::try_new(name);
            Ok((name.map_err(|why| invalid(format!("custom_field: {why}")))?, value.to_string()))
        });
        let with = with.transpose()?;
        Ok(Listed::Page { before, limit, with })
    }
}

impl AdjustmentListQuery {
    /// The list that is asked for, and whether each row shall say if it can be canceled.
    pub(crate) fn split(self) -> Result<(ListQuery, bool), ApiError> {
        let Self { cursor, limit, custom_field, numbers, account, include } = self;
        let cancel = match include.as_deref() {
            None => false,
            Some("cancel") => true,
            Some(_) => return Err(invalid("include: only cancel can be included".to_owned())),
        };
        Ok((ListQuery { cursor, limit, custom_field, numbers, account }, cancel))
    }
}

impl AccountListQuery {
    /// Which accounts are asked for: one with an id of its own, or a page, narrowed or not.
    pub(crate) fn resolve(
        self,
    ) -> Result<(Option<ExternalId>, Listed, Option<Standing>), ApiError> {
        let Self { cursor, limit, external_id, custom_field, numbers, status, currency, with } =
            self;
        let standing = Standing::read(status.as_deref(), currency.as_deref(), with.as_deref())?;
        if standing.is_some() && (external_id.is_some() || numbers.is_some()) {
            let detail = "status, currency and with go with no external_id and no numbers";
            return Err(invalid(detail.to_owned()));
        }
        let list = ListQuery { cursor, limit, custom_field, numbers, account: None };
        let (id, listed) = resolve(external_id, list)?;
        Ok((id, listed, standing))
    }
}

impl InvoiceListQuery {
    /// Which invoices are asked for: one with an id of its own, or a page.
    pub(crate) fn resolve(self) -> Result<(Option<ExternalId>, Listed), ApiError> {
        let Self { cursor, limit, external_id, custom_field, numbers, account } = self;
        resolve(external_id, ListQuery { cursor, limit, custom_field, numbers, account })
    }
}

fn resolve(
    external_id: Option<String>,
    list: ListQuery,
) -> Result<(Option<ExternalId>, Listed), ApiError> {
    if external_id.is_some()
        && (list.custom_field.is_some() || list.numbers.is_some() || list.account.is_some())
    {
        let detail = "external_id goes with no custom_field, no numbers and no account";
        return Err(invalid(detail.to_owned()));
    }
    let id = external_id.map(|text| {
        ExternalId::try_new(&text).map_err(|error| invalid(format!("external_id: {error}")))
    });
    Ok((id.transpose()?, list.resolve()?))
}

pub(crate) fn invalid(detail: String) -> ApiError {
    ApiError::bad_request("query_invalid", detail)
}

impl Listed {
    /// The numbers of a page, newest first, and the cursor of the next one; or those that were named.
    pub(crate) fn numbers<N: Numbered>(
        &self,
        reader: &dyn Reader,
    ) -> Result<(Vec<N>, Option<String>), ApiError> {
        let (numbers, limit) = match self {
            Self::These(these) => {
                let number = |text: &String| {
                    let plain = text.len() <= 16 && text.bytes().all(|byte| byte.is_ascii_digit());
                    if let Some(raw) = text.parse().ok().filter(|_| plain) {
                        return Ok(N::from_raw(raw));
                    }
                    let named: Option<Ref<N>> = text.parse().ok();
                    let named = named.filter(|named| named.stamp.is_none());
                    let wrong = || invalid(format!("numbers: {text:?} is no such number"));
                    named.map(|named| named.no).ok_or_else(wrong)
                };
                return Ok((these.iter().map(number).collect::<Result<_, _>>()?, None));
            }
            Self::OfAccount { account, from, limit } => {
                let account = account_of(reader, *account);
                let account = account.map_err(|error| error.with("field", "account"))?.no;
                let (numbers, next) = of_account::page(reader, N::KIND, account, *from, *limit)?;
                let numbers = numbers.into_iter().map(N::from_raw).collect();
                return Ok((numbers, next.map(Place::cursor)));
            }
            Self::Page { before, limit, with: None } => {
                (reader.page(N::KIND, *before, *limit)?, *limit)
            }
            Self::Page { before, limit, with: Some((field, value)) } => {
                require_filterable(reader, N::KIND, field)?;
                let with = (field, value.as_str());
                (reader.page_with_value(N::KIND, with, *before, *limit)?, *limit)
            }
        };
        let next_cursor = next_cursor(numbers.iter().copied(), limit);
        Ok((numbers.into_iter().map(N::from_raw).collect(), next_cursor))
    }
}

fn require_filterable(reader: &dyn Reader, kind: Kind, name: &FieldName) -> Result<(), ApiError> {
    let settings = reader.settings()?;
    let object = FieldObject::of(kind).ok_or_else(|| ApiError::internal("no custom fields"))?;
    let field = name.to_string();
    let Some(found) = settings.custom_field(object, name) else {
        return Err(Rejection::UnknownCustomField { object: object.name(), field }.into());
    };
    if found.filterable {
        return Ok(());
    }
    let detail = format!("the custom field {field} is not filterable; make it so first");
    Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "custom_field_not_filterable", detail)
        .with("field", field))
}
