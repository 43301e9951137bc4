//! Lists of documents: by page, and of those with a value of a custom field.

use engine::Reader;
use receivables::labels::{FieldName, FieldObject};
use receivables::text::{ExternalId, Text};
use receivables::{Kind, Rejection};
use serde::Deserialize;

use axum::http::StatusCode;

use crate::context::{PageQuery, next_cursor};
use crate::problem::ApiError;

/// Query of a list of documents.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Where the page before ended: its `next_cursor`.
    #[param(example = "I00000041")]
    cursor: Option<String>,
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<usize>,
    /// Only those with this value of a custom field, which must be filterable: its name, a colon, and the value as it was
    /// written, or `true` or `false`.
    #[param(min_length = 5, max_length = 565, example = "Region__c:EMEA")]
    custom_field: Option<String>,
}

/// Query of a list of documents that may have an id of another system.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExternalListQuery {
    /// Where the page before ended: its `next_cursor`.
    #[param(example = "I00000041")]
    cursor: Option<String>,
    /// At most this many rows, 1 to 200; 50 if left out.
    #[param(minimum = 1, maximum = 200, example = 50)]
    limit: Option<usize>,
    /// Only the one with this external id.
    #[param(min_length = 1, max_length = 100, example = "crm-4711")]
    external_id: Option<String>,
    /// Only those with this value of a custom field, which must be filterable: its name, a colon, and the value as it was
    /// written, or `true` or `false`.
    #[param(min_length = 5, max_length = 565, example = "Region__c:EMEA")]
    custom_field: Option<String>,
}

/// Which documents of a kind are shown.
pub(crate) struct Listed {
    before: Option<u64>,
    limit: usize,
    with: Option<(FieldName, String)>,
}

impl ListQuery {
    /// Which documents are asked for.
    pub(crate) fn resolve(self) -> Result<Listed, ApiError> {
        let Self { cursor, limit, custom_field } = self;
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
        Ok(Listed { before, limit, with })
    }
}

impl ExternalListQuery {
    /// Which documents are asked for: one with an id of its own, or a page.
    pub(crate) fn resolve(self) -> Result<(Option<ExternalId>, Listed), ApiError> {
        let Self { cursor, limit, external_id, custom_field } = self;
        let page = ListQuery { cursor, limit, custom_field }.resolve()?;
        let id = external_id.map(|text| {
            ExternalId::try_new(&text).map_err(|error| invalid(format!("external_id: {error}")))
        });
        Ok((id.transpose()?, page))
    }
}

fn invalid(detail: String) -> ApiError {
    ApiError::bad_request("query_invalid", detail)
}

impl Listed {
    /// The numbers of a page, newest first, and the cursor of the next one.
    pub(crate) fn numbers(
        &self,
        reader: &dyn Reader,
        kind: Kind,
    ) -> Result<(Vec<u64>, Option<String>), ApiError> {
        let numbers = match &self.with {
            None => reader.page(kind, self.before, self.limit)?,
            Some((field, value)) => {
                require_filterable(reader, kind, field)?;
                reader.page_with_value(kind, (field, value), self.before, self.limit)?
            }
        };
        let next_cursor = next_cursor(numbers.iter().copied(), self.limit);
        Ok((numbers, next_cursor))
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
