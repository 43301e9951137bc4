//! Defining custom fields and changing definitions.

use serde::Serialize;

use super::field::{FILTERABLE_MAX, PICKLIST_MAX};
use super::{CustomField, FieldLabel, FieldName, FieldObject, FieldType, PicklistValue, TEXT_MAX};
use crate::Rejection;
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;

/// Changes the definition of a custom field; what is left out stays.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeCustomField {
    /// What it belongs to.
    pub object: FieldObject,
    /// Its API name.
    pub name: FieldName,
    /// What it is called on screens.
    pub label: Option<FieldLabel>,
    /// Whether a value must be given.
    pub required: Option<bool>,
    /// Whether lists are filtered by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filterable: Option<bool>,
    /// Whether it takes values.
    pub active: Option<bool>,
    /// The values of a picklist, instead of those before.
    pub picklist: Option<Vec<PicklistValue>>,
}

/// Defines a custom field. Checks: the object takes its generation; its type is sound; the name is free; not too many
/// of the generation, not too many filterable ones.
pub(crate) fn define(draft: &mut Draft<'_>, field: &CustomField) -> Result<(), Refusal> {
    let object = field.object;
    if !object.takes(field.generation) {
        return Err(Rejection::LegacyFieldsOnly { object: object.name() }.into());
    }
    check_type(&field.field_type)?;
    let mut settings = draft.ctx.settings.clone();
    if settings.custom_field(object, &field.name).is_some() {
        let (object, field) = (object.name(), field.name.to_string());
        return Err(Rejection::CustomFieldExists { object, field }.into());
    }
    let count = |counts: &dyn Fn(&CustomField) -> bool| {
        settings.custom_fields.iter().filter(|it| it.object == object && counts(it)).count()
    };
    let max = field.generation.max();
    if count(&|it| it.generation == field.generation) >= max {
        let (object, what) = (object.name(), field.generation.name());
        return Err(Rejection::CustomFieldLimit { object, what, max }.into());
    }
    if field.filterable && count(&|it| it.filterable) >= FILTERABLE_MAX {
        let (object, what, max) = (object.name(), "filterable", FILTERABLE_MAX);
        return Err(Rejection::CustomFieldLimit { object, what, max }.into());
    }
    settings.custom_fields.push(field.clone());
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// Changes a definition. Checks: it exists; not too many filterable ones; other values are for a picklist; they are sound.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangeCustomField) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    let filterable = |it: &&CustomField| it.object == command.object && it.filterable;
    let others = settings.custom_fields.iter().filter(filterable);
    let others = others.filter(|it| it.name != command.name).count();
    let mut fields = settings.custom_fields.iter_mut();
    let found = fields.find(|it| it.object == command.object && it.name == command.name);
    let Some(field) = found else {
        let (object, field) = (command.object.name(), command.name.to_string());
        return Err(Rejection::UnknownCustomField { object, field }.into());
    };
    field.filterable = command.filterable.unwrap_or(field.filterable);
    if field.filterable && others >= FILTERABLE_MAX {
        let (object, what, max) = (command.object.name(), "filterable", FILTERABLE_MAX);
        return Err(Rejection::CustomFieldLimit { object, what, max }.into());
    }
    if let Some(picklist) = &command.picklist {
        let FieldType::Picklist { values } = &mut field.field_type else {
            let reason = "only a picklist has values, and the type of a field never changes";
            return Err(Rejection::CustomFieldDefinition { reason }.into());
        };
        values.clone_from(picklist);
        check_type(&field.field_type)?;
    }
    if let Some(label) = &command.label {
        field.label = label.clone();
    }
    field.required = command.required.unwrap_or(field.required);
    field.active = command.active.unwrap_or(field.active);
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

fn check_type(field_type: &FieldType) -> Result<(), Rejection> {
    let reason = match field_type {
        FieldType::Text { max_length } if !(1..=TEXT_MAX).contains(max_length) => {
            "a text field takes 1 to 500 characters"
        }
        FieldType::Picklist { values } if !(1..=PICKLIST_MAX).contains(&values.len()) => {
            "a picklist has 1 to 100 values"
        }
        FieldType::Picklist { values } => {
            let mut sorted: Vec<_> = values.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            if sorted.len() == values.len() {
                return Ok(());
            }
            "a picklist has each value once"
        }
        _ => return Ok(()),
    };
    Err(Rejection::CustomFieldDefinition { reason })
}
