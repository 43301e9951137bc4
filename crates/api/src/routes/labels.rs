//! Custom fields, what is defined and what documents have of them, and metadata.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use receivables::Rejection;
use receivables::id::Ref;
use receivables::labels::{FieldName, FieldObject};
use receivables::{
    AccountNo, AdjustmentNo, InvoiceNo, ItemAdjustmentNo, MethodNo, PaymentNo, RefundNo,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::responses::{CommandResponses, DryRun, KeyHeader, ReadErrors};
use crate::App;
use crate::body::{
    Body, ChangeCustomFields, ChangeFieldDefinition, ChangeMetadata, DefineCustomField,
    LabeledObject, named,
};
use crate::context::{Asked, Name, Query};
use crate::problem::ApiError;
use crate::views::CustomFieldView;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_custom_fields, define_custom_field))
        .routes(routes!(change_custom_field))
        .routes(routes!(change_account_custom_fields))
        .routes(routes!(change_account_metadata))
        .routes(routes!(change_invoice_custom_fields))
        .routes(routes!(change_invoice_metadata))
        .routes(routes!(change_payment_custom_fields))
        .routes(routes!(change_payment_metadata))
        .routes(routes!(change_refund_custom_fields))
        .routes(routes!(change_refund_metadata))
        .routes(routes!(change_payment_method_custom_fields))
        .routes(routes!(change_payment_method_metadata))
        .routes(routes!(change_credit_balance_adjustment_custom_fields))
        .routes(routes!(change_credit_balance_adjustment_metadata))
        .routes(routes!(change_invoice_item_adjustment_custom_fields))
        .routes(routes!(change_invoice_item_adjustment_metadata))
}

/// Query of the list of custom fields.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FieldQuery {
    /// Only fields of this object.
    #[param(value_type = Option<LabeledObject>, example = "refund")]
    object: Option<FieldObject>,
}

/// The custom fields.
#[derive(Serialize, ToSchema)]
struct CustomFieldPage {
    /// In the order they were defined; at most 150 for an object.
    custom_fields: Vec<CustomFieldView>,
}

/// List the custom fields that are defined.
#[utoipa::path(get, path = "/api/v1/custom-fields", tag = "administration", params(FieldQuery),
    responses((status = 200, description = "The custom fields", body = CustomFieldPage), ReadErrors))]
async fn list_custom_fields(
    State(app): State<App>,
    Query(query): Query<FieldQuery>,
) -> Result<Json<CustomFieldPage>, ApiError> {
    let settings = app.read(|reader| Ok(reader.settings()?)).await?;
    let fields = settings.custom_fields.iter();
    let fields = fields.filter(|field| query.object.is_none_or(|object| field.object == object));
    let custom_fields = fields.map(|field| CustomFieldView::new(field, &settings)).collect();
    Ok(Json(CustomFieldPage { custom_fields }))
}

/// Define a custom field.
#[utoipa::path(post, path = "/api/v1/custom-fields", tag = "administration", params(DryRun, KeyHeader),
    request_body = DefineCustomField, responses(CommandResponses))]
async fn define_custom_field(
    State(app): State<App>,
    asked: Asked,
    Body(body): Body<DefineCustomField>,
) -> Result<Response, ApiError> {
    asked.execute(&app, body.command()?).await
}

/// Change the definition of a custom field: its label, whether it is required and active, its picklist.
#[utoipa::path(patch, path = "/api/v1/custom-fields/{object}/{name}", tag = "administration",
    params(
        ("object" = LabeledObject, Path, description = "What it belongs to", example = "refund"),
        ("name" = String, Path, description = "API name", example = "Region__c"), DryRun, KeyHeader),
    request_body = ChangeFieldDefinition, responses(CommandResponses))]
async fn change_custom_field(
    State(app): State<App>,
    asked: Asked,
    path: Result<Path<(String, String)>, PathRejection>,
    Body(body): Body<ChangeFieldDefinition>,
) -> Result<Response, ApiError> {
    let path = path.map_err(|error| ApiError::bad_request("path_invalid", error.body_text()))?;
    let (object, name) = field(&path.0.0, &path.0.1)?;
    asked.execute(&app, body.command(object, name)).await
}

/// The field that a path names.
fn field(object: &str, name: &str) -> Result<(FieldObject, FieldName), ApiError> {
    let shown: String = name.chars().take(64).collect();
    let known: Result<FieldObject, _> = serde_json::from_value(object.into());
    match (known, FieldName::try_new(name)) {
        (Ok(object), Ok(name)) => Ok((object, name)),
        (Ok(object), Err(_)) => {
            Err(Rejection::UnknownCustomField { object: object.name(), field: shown }.into())
        }
        (Err(_), _) => {
            let detail = "there is no such object; account, invoice, invoice_item, payment, payment_method, refund, \
                          credit_balance_adjustment and invoice_item_adjustment have custom fields";
            Err(ApiError::bad_request("path_invalid", detail))
        }
    }
}

/// The two operations that change labels of one kind of document.
macro_rules! label_operations {
    ($($number:ty, $tag:literal, $name:literal, $example:literal,
        $fields:ident at $fields_path:literal, $metadata:ident at $metadata_path:literal;)*) => {
        $(
            /// Change custom fields of a document that exists; those not named stay.
            #[utoipa::path(patch, path = $fields_path, tag = $tag,
                params(($name = String, Path, description = "Number or id", example = $example), DryRun, KeyHeader),
                request_body = ChangeCustomFields, responses(CommandResponses))]
            async fn $fields(
                State(app): State<App>,
                asked: Asked,
                Name(name): Name,
                Body(body): Body<ChangeCustomFields>,
            ) -> Result<Response, ApiError> {
                let of: Ref<$number> = named(&name)?;
                asked.execute(&app, body.command(of.into())).await
            }

            /// Change metadata of a document that exists; keys not named stay, an empty value takes one away.
            #[utoipa::path(patch, path = $metadata_path, tag = $tag,
                params(($name = String, Path, description = "Number or id", example = $example), DryRun, KeyHeader),
                request_body = ChangeMetadata, responses(CommandResponses))]
            async fn $metadata(
                State(app): State<App>,
                asked: Asked,
                Name(name): Name,
                Body(body): Body<ChangeMetadata>,
            ) -> Result<Response, ApiError> {
                let of: Ref<$number> = named(&name)?;
                asked.execute(&app, body.command(of.into())).await
            }
        )*
    };
}

label_operations! {
    AccountNo, "accounts", "account", "A00000001",
        change_account_custom_fields at "/api/v1/accounts/{account}/custom-fields",
        change_account_metadata at "/api/v1/accounts/{account}/metadata";
    InvoiceNo, "invoices", "invoice", "INV00000001",
        change_invoice_custom_fields at "/api/v1/invoices/{invoice}/custom-fields",
        change_invoice_metadata at "/api/v1/invoices/{invoice}/metadata";
    PaymentNo, "documents", "payment", "P-00000001",
        change_payment_custom_fields at "/api/v1/payments/{payment}/custom-fields",
        change_payment_metadata at "/api/v1/payments/{payment}/metadata";
    RefundNo, "documents", "refund", "R-00000001",
        change_refund_custom_fields at "/api/v1/refunds/{refund}/custom-fields",
        change_refund_metadata at "/api/v1/refunds/{refund}/metadata";
    MethodNo, "accounts", "payment_method", "PM-00000001",
        change_payment_method_custom_fields at "/api/v1/payment-methods/{payment_method}/custom-fields",
        change_payment_method_metadata at "/api/v1/payment-methods/{payment_method}/metadata";
    AdjustmentNo, "documents", "adjustment", "CBA-00000001",
        change_credit_balance_adjustment_custom_fields at "/api/v1/credit-balance-adjustments/{adjustment}/custom-fields",
        change_credit_balance_adjustment_metadata at "/api/v1/credit-balance-adjustments/{adjustment}/metadata";
    ItemAdjustmentNo, "documents", "adjustment", "IIA-00000001",
        change_invoice_item_adjustment_custom_fields at "/api/v1/invoice-item-adjustments/{adjustment}/custom-fields",
        change_invoice_item_adjustment_metadata at "/api/v1/invoice-item-adjustments/{adjustment}/metadata";
}
