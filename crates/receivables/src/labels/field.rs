//! Definitions of custom fields (domain 8.1).

use serde::{Deserialize, Serialize};

use super::FieldName;
use crate::text::Text;
use crate::{Kind, Settings};

/// What a field is called on screens.
pub type FieldLabel = Text<100>;
/// A value of a picklist.
pub type PicklistValue = Text<100>;

/// The longest text a field may take.
pub const TEXT_MAX: u16 = 500;
/// How many values a picklist may have.
pub(super) const PICKLIST_MAX: usize = 100;
/// How many fields of an object may be filterable.
pub(super) const FILTERABLE_MAX: usize = 10;

/// What a field belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldObject {
    /// Accounts.
    Account,
    /// Invoices.
    Invoice,
    /// Invoice items.
    InvoiceItem,
    /// Payments.
    Payment,
    /// Payment methods.
    PaymentMethod,
    /// Refunds, of credit balances and of payments.
    Refund,
    /// Credit balance adjustments.
    CreditBalanceAdjustment,
    /// Invoice item adjustments.
    InvoiceItemAdjustment,
}

impl FieldObject {
    /// The kind of document.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Account => Kind::Account,
            Self::Invoice => Kind::Invoice,
            Self::InvoiceItem => Kind::InvoiceItem,
            Self::Payment => Kind::Payment,
            Self::PaymentMethod => Kind::PaymentMethod,
            Self::Refund => Kind::Refund,
            Self::CreditBalanceAdjustment => Kind::CreditBalanceAdjustment,
            Self::InvoiceItemAdjustment => Kind::InvoiceItemAdjustment,
        }
    }

    /// The object a document is.
    pub const fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Account => Self::Account,
            Kind::Invoice => Self::Invoice,
            Kind::InvoiceItem => Self::InvoiceItem,
            Kind::Payment => Self::Payment,
            Kind::PaymentMethod => Self::PaymentMethod,
            Kind::Refund => Self::Refund,
            Kind::CreditBalanceAdjustment => Self::CreditBalanceAdjustment,
            Kind::InvoiceItemAdjustment => Self::InvoiceItemAdjustment,
            Kind::JournalEntry => return None,
        })
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.kind().name()
    }

    /// Whether it takes fields of a generation: adjustments know legacy ones only.
    pub const fn takes(self, generation: Generation) -> bool {
        matches!(generation, Generation::Legacy)
            || !matches!(self, Self::CreditBalanceAdjustment | Self::InvoiceItemAdjustment)
    }
}

/// The two ways in which the field defines custom fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generation {
    /// The old way: every object takes it.
    Legacy,
    /// The new way.
    Advanced,
}

impl Generation {
    /// How many fields of this generation an object may have.
    pub const fn max(self) -> usize {
        match self {
            Self::Legacy => 50,
            Self::Advanced => 100,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Advanced => "advanced",
        }
    }
}

/// What values a field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldType {
    /// Any text up to a length.
    Text {
        /// The longest, in characters.
        max_length: u16,
    },
    /// A decimal, written as text so that nothing is rounded.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A day, written `YYYY-MM-DD`.
    Date,
    /// One of some texts.
    Picklist {
        /// Which.
        values: Vec<PicklistValue>,
    },
}

impl FieldType {
    /// What to write for a value.
    pub const fn expects(&self) -> &'static str {
        match self {
            Self::Text { .. } => "a text",
            Self::Number => "a decimal written as text, such as \"12.50\"",
            Self::Boolean => "true or false",
            Self::Date => "a date like \"2026-11-23\"",
            Self::Picklist { .. } => "one of its picklist values",
        }
    }
}

/// A custom field as it is defined. It is never removed, so that values of the past keep their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomField {
    /// What it belongs to.
    pub object: FieldObject,
    /// Its API name; for ever.
    pub name: FieldName,
    /// What it is called on screens.
    pub label: FieldLabel,
    /// What values it takes; only picklists get other values later.
    #[serde(flatten)]
    pub field_type: FieldType,
    /// How it was defined; for ever.
    pub generation: Generation,
    /// Whoever makes such a document has to give a value.
    pub required: bool,
    /// Documents can be looked for by it.
    pub filterable: bool,
    /// Off: it takes no values any more.
    pub active: bool,
}

impl Settings {
    /// The definition of a field.
    pub fn custom_field(&self, object: FieldObject, name: &FieldName) -> Option<&CustomField> {
        self.custom_fields.iter().find(|field| field.object == object && field.name == *name)
    }

    /// Whether a refund of a credit balance takes a field: not an advanced one while the old behaviour is wanted
    /// (domain 8.1).
    pub const fn offers_on_credit_refund(&self, field: &CustomField) -> bool {
        !(self.custom_field_compatibility && matches!(field.generation, Generation::Advanced))
    }

    /// The fields that must have a value on a new `object`.
    pub fn required_fields(&self, object: FieldObject) -> impl Iterator<Item = &CustomField> {
        let fields = self.custom_fields.iter();
        fields.filter(move |field| field.object == object && field.active && field.required)
    }
}
