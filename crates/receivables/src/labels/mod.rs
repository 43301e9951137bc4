//! Labels: what users hang on documents beside what the product knows of them. Custom fields are defined by the
//! organisation and checked; metadata are free pairs of texts for programs. Both are values of one fact.

pub(crate) mod decide;
pub(crate) mod define;
mod field;
mod value;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use define::ChangeCustomField;
pub use field::{
    CustomField, FieldLabel, FieldObject, FieldType, Generation, PicklistValue, TEXT_MAX,
};
pub use value::{FieldName, FieldValue, MetadataChange, MetadataKey, MetadataValue};

use crate::id::{Numbered, Ref};
use crate::{Command, Document};

/// How many pairs of metadata one document may have.
pub const METADATA_MAX: usize = 50;
/// How many documents one command may label.
pub const LABELED_MAX: usize = 500;

/// The labels of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Values of custom fields.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<FieldName, FieldValue>,
    /// Metadata.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<MetadataKey, MetadataValue>,
}

impl Labels {
    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.custom_fields.is_empty() && self.metadata.is_empty()
    }
}

/// Labels to set; those not named stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LabelChanges {
    /// New values of custom fields; none takes a value away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<FieldName, Option<FieldValue>>,
    /// New metadata; an empty value takes a key away.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<MetadataKey, MetadataChange>,
}

impl LabelChanges {
    /// True if nothing is to be set.
    pub fn is_empty(&self) -> bool {
        self.custom_fields.is_empty() && self.metadata.is_empty()
    }

    /// Every text in it, by where it stands.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = self.custom_fields.values().flatten();
        let fields = fields.filter_map(|value| Some(("custom_fields", value.as_text()?)));
        let metadata = self.metadata.values().filter_map(|change| change.0.as_ref());
        fields.chain(metadata.map(|text| ("metadata", text.as_str())))
    }
}

/// The labels of a document were set. It holds all of them, so that the last such fact of a document says how it
/// stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labeled {
    /// Which document.
    pub document: Document,
    /// Values of custom fields from now on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub custom_fields: BTreeMap<FieldName, FieldValue>,
    /// Metadata from now on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<MetadataKey, MetadataValue>,
}

impl Labeled {
    /// `document` has `labels` from now on.
    pub fn new(document: Document, labels: Labels) -> Self {
        let Labels { custom_fields, metadata } = labels;
        Self { document, custom_fields, metadata }
    }

    /// The labels from now on.
    pub fn labels(&self) -> Labels {
        let (custom_fields, metadata) = (self.custom_fields.clone(), self.metadata.clone());
        Labels { custom_fields, metadata }
    }
}

/// Names a document of any kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentRef {
    /// The document.
    pub document: Document,
    /// The creation instant the id carried, if it was an id.
    #[serde(skip)]
    pub stamp: Option<u64>,
}

impl DocumentRef {
    /// True if the document made at `at` is the one meant.
    pub fn matches(&self, at: Timestamp) -> bool {
        self.stamp.is_none_or(|expected| expected == crate::id::stamp(at))
    }
}

impl<N: Numbered> From<Ref<N>> for DocumentRef {
    fn from(named: Ref<N>) -> Self {
        Self { document: named.no.document(), stamp: named.stamp }
    }
}

/// A command that makes documents, and labels for them. A wrapper, so that every command takes labels in the same way.
#[derive(Clone, Debug, Serialize)]
pub struct WithLabels {
    /// What makes them.
    pub command: Command,
    /// For what the command is about: see [`Command::labels_object`].
    pub labels: LabelChanges,
    /// For the items of an invoice, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<LabelChanges>,
}

/// Changes the labels of a document; those not named stay.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeLabels {
    /// Which document.
    pub of: DocumentRef,
    /// What is set and taken away.
    pub changes: LabelChanges,
}

impl Command {
    /// The command with labels for what it makes; the command itself if there are none.
    #[must_use]
    pub fn with_labels(self, labels: LabelChanges) -> Self {
        self.with_item_labels(labels, Vec::new())
    }

    /// The same, and labels for the items of an invoice, in their order.
    #[must_use]
    pub fn with_item_labels(self, labels: LabelChanges, items: Vec<LabelChanges>) -> Self {
        if labels.is_empty() && items.iter().all(LabelChanges::is_empty) {
            return self;
        }
        Self::WithLabels(Box::new(WithLabels { command: self, labels, items }))
    }

    /// The command without labels.
    pub fn bare(&self) -> &Self {
        match self {
            Self::WithLabels(with) => with.command.bare(),
            _ => self,
        }
    }

    /// What the documents are that a caller makes with it and may label. What the rules make on the way (the Decrease of
    /// a refund, credit applied by automation) is not among them: nobody could be asked for its required fields.
    pub fn labels_object(&self) -> Option<FieldObject> {
        Some(match self {
            Self::OpenAccount(_) => FieldObject::Account,
            Self::CreateInvoice(_) => FieldObject::Invoice,
            Self::RecordPayment(_) | Self::ChargePayment(_) => FieldObject::Payment,
            Self::AddPaymentMethod(_) => FieldObject::PaymentMethod,
            Self::RefundCreditBalance(_) | Self::RefundPayment(_) => FieldObject::Refund,
            Self::TransferToCreditBalance(_)
            | Self::ApplyCreditBalance(_)
            | Self::CounterAdjust(_) => FieldObject::CreditBalanceAdjustment,
            Self::AdjustInvoiceItems(_) => FieldObject::InvoiceItemAdjustment,
            Self::WithLabels(with) => return with.command.labels_object(),
            _ => return None,
        })
    }
}
