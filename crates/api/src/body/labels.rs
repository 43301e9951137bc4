//! Custom fields, metadata and personal data.

use std::collections::BTreeMap;

use receivables::Command;
use receivables::labels::{
    ChangeCustomField, ChangeLabels, CustomField, DocumentRef, FieldLabel, FieldName, FieldObject,
    FieldType, FieldValue, Generation, LabelChanges, MetadataChange, MetadataKey, PicklistValue,
    TEXT_MAX,
};
use receivables::text::{Comment, Name, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::ApiError;

/// Values of custom fields by API name; none takes a value away.
pub(crate) type FieldChanges = BTreeMap<FieldName, Option<FieldValue>>;
/// Metadata; an empty text takes a key away.
pub(crate) type MetadataChanges = BTreeMap<MetadataKey, MetadataChange>;

/// What has custom fields.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LabeledObject {
    Account,
    Invoice,
    InvoiceItem,
    Payment,
    PaymentMethod,
    Refund,
    CreditBalanceAdjustment,
    InvoiceItemAdjustment,
}

/// How a custom field is defined: `legacy` at most 50 for an object, `advanced` at most 100, and not for adjustments.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FieldGeneration {
    Legacy,
    Advanced,
}

/// What values a custom field takes.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ValueType {
    /// Any text.
    Text,
    /// A decimal, written as text.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A day, `YYYY-MM-DD`.
    Date,
    /// One of some texts.
    Picklist,
}

const fn yes() -> bool {
    true
}

/// Defines a custom field.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"object": "refund", "name": "Area__c", "label": "Area", "type": "picklist", "values": ["north", "south"], "generation": "legacy", "required": true}))]
pub(crate) struct DefineCustomField {
    /// What it belongs to.
    #[schema(value_type = LabeledObject)]
    object: FieldObject,
    /// Its API name: letters, digits and underscores, ending in `__c`; for ever.
    #[schema(value_type = String, min_length = 4, max_length = 64, pattern = "^[A-Za-z0-9_]+__c$")]
    name: FieldName,
    /// What it is called on screens.
    #[schema(value_type = String, min_length = 1, max_length = 100)]
    label: FieldLabel,
    /// What values it takes; for ever.
    #[serde(rename = "type")]
    value_type: ValueType,
    /// For a text, how many characters it may have; 255 if left out.
    #[schema(minimum = 1, maximum = 500)]
    max_length: Option<u16>,
    /// For a picklist, its values.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 100)]
    values: Option<Vec<PicklistValue>>,
    /// How it is defined; for ever.
    #[schema(value_type = FieldGeneration)]
    generation: Generation,
    /// Whether a new document must have a value.
    #[serde(default)]
    required: bool,
    /// Whether it is meant for looking documents up; at most 10 for an object.
    #[serde(default)]
    filterable: bool,
    /// Whether it takes values.
    #[serde(default = "yes")]
    active: bool,
}

/// The longest text if none is given.
const LENGTH: u16 = 255;

impl DefineCustomField {
    pub(crate) fn command(self) -> Result<Command, ApiError> {
        let misplaced = |field: &'static str, detail: &'static str| {
            ApiError::bad_request("body_invalid", detail).with("field", field)
        };
        let of_text = matches!(self.value_type, ValueType::Text);
        if self.max_length.is_some() && !of_text {
            return Err(misplaced("max_length", "max_length: only texts have a length"));
        }
        if self.values.is_some() && !matches!(self.value_type, ValueType::Picklist) {
            return Err(misplaced("values", "values: only picklists have values"));
        }
        let field_type = match self.value_type {
            ValueType::Text => FieldType::Text { max_length: self.max_length.unwrap_or(LENGTH) },
            ValueType::Number => FieldType::Number,
            ValueType::Boolean => FieldType::Boolean,
            ValueType::Date => FieldType::Date,
            ValueType::Picklist => FieldType::Picklist { values: self.values.unwrap_or_default() },
        };
        Ok(Command::DefineCustomField(CustomField {
            object: self.object,
            name: self.name,
            label: self.label,
            field_type,
            generation: self.generation,
            required: self.required,
            filterable: self.filterable,
            active: self.active,
        }))
    }
}

const _: () = assert!(LENGTH <= TEXT_MAX);

/// Changes the definition of a custom field; fields left out stay. Its type and its generation never change.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"required": false}))]
pub(crate) struct ChangeFieldDefinition {
    /// What it is called on screens.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    label: Option<FieldLabel>,
    /// Whether a new document must have a value.
    required: Option<bool>,
    /// Whether lists are filtered by it; 10 fields of an object may be.
    filterable: Option<bool>,
    /// Whether it takes values.
    active: Option<bool>,
    /// For a picklist, its values from now on; documents keep those they have.
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 100)]
    values: Option<Vec<PicklistValue>>,
}

impl ChangeFieldDefinition {
    pub(crate) fn command(self, object: FieldObject, name: FieldName) -> Command {
        let Self { label, required, filterable, active, values } = self;
        let picklist = values;
        Command::ChangeCustomField(ChangeCustomField {
            object,
            name,
            label,
            required,
            filterable,
            active,
            picklist,
        })
    }
}

/// Changes values of custom fields; those not named stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"custom_fields": {"Region__c": "north"}}))]
pub(crate) struct ChangeCustomFields {
    /// New values, by API name; null takes a value away.
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
}

impl ChangeCustomFields {
    pub(crate) fn command(self, of: DocumentRef) -> Command {
        let changes = labels(self.custom_fields, MetadataChanges::new());
        Command::ChangeLabels(ChangeLabels { of, changes })
    }
}

/// Changes metadata; keys not named stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"metadata": {"order": "6735", "draft": ""}}))]
pub(crate) struct ChangeMetadata {
    /// New values; an empty text takes a key away.
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

impl ChangeMetadata {
    pub(crate) fn command(self, of: DocumentRef) -> Command {
        let changes = labels(FieldChanges::new(), self.metadata);
        Command::ChangeLabels(ChangeLabels { of, changes })
    }
}

/// What a body sets.
pub(crate) const fn labels(custom_fields: FieldChanges, metadata: MetadataChanges) -> LabelChanges {
    LabelChanges { custom_fields, metadata }
}

/// What is known of a customer as a person. It is kept beside the history, so that it can be erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace", "email": "ada@example.com", "postal_address": "12 St James's Square, London"}))]
pub(crate) struct PersonalData {
    /// The name of the person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    pub(crate) name: Option<Name>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 254)]
    pub(crate) email: Option<Text<254>>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 500)]
    pub(crate) postal_address: Option<Text<500>>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    pub(crate) note: Option<Comment>,
}
