//! Commands about accounts and the settings of the organisation.

use money::Currency;
use serde::Serialize;

use crate::AccountNo;
use crate::account::{AccountStatus, Automation};
use crate::gateway::GatewayName;
use crate::id::Ref;
use crate::journal::Role;
use crate::settings::{AccountingCode, RefundRejected};
use crate::text::{ExternalId, Name};

/// Opens an account.
#[derive(Clone, Debug, Serialize)]
pub struct OpenAccount {
    /// Identifier in the system it comes from; unique.
    pub external_id: Option<ExternalId>,
    /// The customer's name.
    pub name: Name,
    /// The currency of everything on it.
    pub currency: Currency,
    /// Transfer negative invoices when posted.
    pub automatic_transfer: Automation,
    /// Apply credit to positive invoices when posted.
    pub automatic_application: Automation,
}

/// Changes an account; fields left out stay.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeAccount {
    /// Which account.
    pub account: Ref<AccountNo>,
    /// New name.
    pub name: Option<Name>,
    /// New status.
    pub status: Option<AccountStatus>,
    /// New choice for automatic transfer.
    pub automatic_transfer: Option<Automation>,
    /// New choice for automatic application.
    pub automatic_application: Option<Automation>,
    /// New gateway for its electronic payments and refunds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayName>,
}

/// Changes the settings of the organisation; fields left out stay.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ChangeSettings {
    /// IANA time zone name.
    pub time_zone: Option<String>,
    /// Transfer negative invoices when posted.
    pub automatic_transfer: Option<bool>,
    /// Apply credit to positive invoices when posted.
    pub automatic_application: Option<bool>,
    /// Count negative invoices in the account balance.
    pub negative_invoices_in_account_balance: Option<bool>,
    /// Refuse cards whose month is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuse_expired_cards: Option<bool>,
    /// What a refund that comes back late does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_rejected: Option<RefundRejected>,
    /// Refund the credit part of a rejected payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_credit_of_rejected_payment: Option<bool>,
    /// Let credit arise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit_balance: Option<bool>,
    /// Let credit balance adjustments and refunds be dated in the future.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub future_dates: Option<bool>,
    /// Refunds of credit balances know legacy custom fields only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_field_compatibility: Option<bool>,
    /// Accounting codes to use from now on.
    pub accounting_codes: Vec<(Role, AccountingCode)>,
    /// Further accounting codes that invoice items may name.
    pub additional_codes: Vec<(Role, AccountingCode)>,
}
