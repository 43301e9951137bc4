//! Custom fields and metadata of documents.

use std::collections::{BTreeMap, HashMap};

use engine::Reader;
use receivables::id::{Numbered, Ref};
use receivables::labels::{CustomField, FieldObject, FieldType, Labeled, Labels};
use receivables::{
    AccountNo, AdjustmentNo, Document, InvoiceNo, ItemAdjustmentNo, ItemNo, MethodNo, PaymentNo,
    RefundNo, Settings,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AccountView, AdjustmentView, InvoiceView, ItemAdjustmentView, PaymentMethodView, PaymentView,
    RefundView,
};
use crate::body::{FieldGeneration, LabeledObject};
use crate::problem::ApiError;

/// Custom fields and metadata as they stand now. Effects leave them out and name them as documents of their own.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct LabelsView {
    /// Values of custom fields, by API name: texts, `true` and `false`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, example = json!({"Region__c": "north"}))]
    pub(crate) custom_fields: Option<BTreeMap<String, serde_json::Value>>,
    /// Metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!({"order": "6735"}))]
    pub(crate) metadata: Option<BTreeMap<String, String>>,
}

impl From<&Labels> for LabelsView {
    fn from(labels: &Labels) -> Self {
        let field = |(name, value): (&receivables::labels::FieldName, _)| {
            (name.to_string(), serde_json::json!(value))
        };
        let metadata = labels.metadata.iter();
        Self {
            custom_fields: Some(labels.custom_fields.iter().map(field).collect()),
            metadata: Some(
                metadata.map(|(key, text)| (key.as_str().to_owned(), text.to_string())).collect(),
            ),
        }
    }
}

/// Custom fields and metadata were set; these are all of them from then on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct LabelsDocument {
    /// The document that has them.
    #[schema(example = "R-00000001")]
    pub(crate) number: String,
    /// What kind of document.
    #[schema(example = "refund")]
    pub(crate) labeled_type: &'static str,
    /// What it has.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
}

impl LabelsDocument {
    pub(crate) fn new(labeled: &Labeled) -> Self {
        Self {
            number: labeled.document.to_string(),
            labeled_type: labeled.document.kind.name(),
            labels: LabelsView::from(&labeled.labels()),
        }
    }
}

/// A view of a document that has labels.
pub(crate) trait Labelled {
    /// The document, and where its labels are shown; of an invoice also those of its items.
    fn places(&mut self) -> Vec<(Document, &mut LabelsView)>;
}

/// The document with a number that a view shows.
fn document<N: Numbered>(number: &str) -> Option<Document> {
    number.parse::<Ref<N>>().ok().map(|named| named.no.document())
}

macro_rules! labelled {
    ($($view:ident: $number:ty = $($path:ident).+;)*) => {
        $(
            impl Labelled for $view {
                fn places(&mut self) -> Vec<(Document, &mut LabelsView)> {
                    let of = document::<$number>(&self.$($path).+);
                    of.map(|of| (of, &mut self.labels)).into_iter().collect()
                }
            }
        )*
    };
}

labelled! {
    AccountView: AccountNo = number;
    PaymentView: PaymentNo = payment.number;
    PaymentMethodView: MethodNo = method.number;
    RefundView: RefundNo = refund.number;
    AdjustmentView: AdjustmentNo = adjustment.number;
    ItemAdjustmentView: ItemAdjustmentNo = adjustment.number;
}

impl Labelled for InvoiceView {
    fn places(&mut self) -> Vec<(Document, &mut LabelsView)> {
        let of = document::<InvoiceNo>(&self.number);
        let mut places: Vec<_> = of.map(|of| (of, &mut self.labels)).into_iter().collect();
        for item in self.items.iter_mut().flatten() {
            if let Some(of) = document::<ItemNo>(&item.number) {
                places.push((of, &mut item.labels));
            }
        }
        places
    }
}

/// Fills in the labels of documents: one question for all of them.
pub(crate) fn labeled<V: Labelled>(
    reader: &dyn Reader,
    mut views: Vec<V>,
) -> Result<Vec<V>, ApiError> {
    let mut places: Vec<(Document, &mut LabelsView)> =
        views.iter_mut().flat_map(Labelled::places).collect();
    let documents: Vec<Document> = places.iter().map(|(of, _)| *of).collect();
    let found: HashMap<Document, Labels> = reader.labels(&documents, None)?.into_iter().collect();
    let none = Labels::default();
    for (of, place) in &mut places {
        **place = LabelsView::from(found.get(of).unwrap_or(&none));
    }
    Ok(views)
}

/// The same for one document.
pub(crate) fn labeled_one<V: Labelled>(reader: &dyn Reader, view: V) -> Result<V, ApiError> {
    let gone = || ApiError::internal("a view got lost");
    labeled(reader, vec![view])?.pop().ok_or_else(gone)
}

/// The definition of a custom field.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CustomFieldView {
    /// What it belongs to.
    #[schema(value_type = LabeledObject)]
    object: FieldObject,
    /// Its API name.
    #[schema(example = "Region__c")]
    name: String,
    /// What it is called on screens.
    #[schema(example = "Region")]
    label: String,
    /// `text`, `number`, `boolean`, `date` or `picklist`.
    #[serde(rename = "type")]
    #[schema(example = "text")]
    field_type: &'static str,
    /// For a text, how many characters it may have.
    max_length: Option<u16>,
    /// For a picklist, its values.
    values: Option<Vec<String>>,
    /// `legacy` or `advanced`.
    #[schema(value_type = FieldGeneration)]
    generation: receivables::labels::Generation,
    /// Whether a new document must have a value.
    required: bool,
    /// Whether it is meant for looking documents up.
    filterable: bool,
    /// Whether it takes values.
    active: bool,
    /// Whether a refund of a credit balance takes it: not an advanced one while `custom_field_compatibility` is on.
    /// Absent for other objects than refunds.
    #[serde(skip_serializing_if = "Option::is_none")]
    on_credit_balance_refunds: Option<bool>,
}

impl CustomFieldView {
    pub(crate) fn new(field: &CustomField, settings: &Settings) -> Self {
        let (field_type, max_length, values) = match &field.field_type {
            FieldType::Text { max_length } => ("text", Some(*max_length), None),
            FieldType::Number => ("number", None, None),
            FieldType::Boolean => ("boolean", None, None),
            FieldType::Date => ("date", None, None),
            FieldType::Picklist { values } => {
                ("picklist", None, Some(values.iter().map(ToString::to_string).collect()))
            }
        };
        let of_refunds = field.object == FieldObject::Refund;
        Self {
            object: field.object,
            name: field.name.to_string(),
            label: field.label.to_string(),
            field_type,
            max_length,
            values,
            generation: field.generation,
            required: field.required,
            filterable: field.filterable,
            active: field.active,
            on_credit_balance_refunds: of_refunds.then(|| settings.offers_on_credit_refund(field)),
        }
    }
}
