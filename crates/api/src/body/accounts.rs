//! Opening and changing accounts.

use money::Currency;
use receivables::account::{AccountStatus, Automation};
use receivables::command as c;
use receivables::gateway::GatewayName;
use receivables::id::Ref;
use receivables::text::{ExternalId, Name};
use receivables::{AccountNo, Command};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::labels::{FieldChanges, MetadataChanges, labels};

/// Opens an account.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace Ltd", "currency": "USD", "external_id": "crm-4711"}))]
pub(crate) struct OpenAccount {
    /// Its identifier in your own system; unique.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100)]
    external_id: Option<ExternalId>,
    /// The customer's name.
    #[schema(value_type = String, min_length = 1, max_length = 255)]
    name: Name,
    /// ISO 4217 code of everything on it.
    #[schema(value_type = String, min_length = 3, max_length = 3)]
    currency: Currency,
    /// Transfer negative invoices to the credit balance when they are posted.
    #[serde(default)]
    #[schema(value_type = Choice)]
    automatic_transfer: Automation,
    /// Apply the credit balance to positive invoices when they are posted.
    #[serde(default)]
    #[schema(value_type = Choice)]
    automatic_application: Automation,
    /// Values of custom fields, by API name.
    #[serde(default)]
    #[schema(value_type = Object)]
    custom_fields: FieldChanges,
    /// Metadata: up to 50 pairs.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    metadata: MetadataChanges,
}

/// A setting of the organisation, as one account wants it: `inherit`, `on` or `off`.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Choice {
    /// As the organisation has it.
    Inherit,
    /// Always.
    On,
    /// Never.
    Off,
}

/// Changes an account; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"automatic_transfer": "on"}))]
pub(crate) struct ChangeAccount {
    /// New name.
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    name: Option<Name>,
    /// New choice for automatic transfer.
    #[schema(value_type = Option<Choice>)]
    automatic_transfer: Option<Automation>,
    /// New choice for automatic application.
    #[schema(value_type = Option<Choice>)]
    automatic_application: Option<Automation>,
    /// New gateway for its electronic payments and refunds.
    #[schema(value_type = Option<String>, max_length = 60)]
    gateway: Option<GatewayName>,
}

impl OpenAccount {
    pub(crate) fn command(self) -> Command {
        let labels = labels(self.custom_fields, self.metadata);
        Command::OpenAccount(c::OpenAccount {
            external_id: self.external_id,
            name: self.name,
            currency: self.currency,
            automatic_transfer: self.automatic_transfer,
            automatic_application: self.automatic_application,
        })
        .with_labels(labels)
    }
}

impl ChangeAccount {
    pub(crate) fn command(self, account: Ref<AccountNo>) -> Command {
        Command::ChangeAccount(c::ChangeAccount {
            account,
            name: self.name,
            status: None,
            automatic_transfer: self.automatic_transfer,
            automatic_application: self.automatic_application,
            gateway: self.gateway,
        })
    }
}

/// Cancels or reactivates an account.
pub(crate) fn change_status(account: Ref<AccountNo>, status: AccountStatus) -> Command {
    Command::ChangeAccount(c::ChangeAccount {
        account,
        name: None,
        status: Some(status),
        automatic_transfer: None,
        automatic_application: None,
        gateway: None,
    })
}
