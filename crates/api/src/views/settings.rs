//! Settings.

use receivables::Settings;
use receivables::journal::Role;
use receivables::settings::RefundRejected;
use serde::Serialize;
use utoipa::ToSchema;

use super::gateways::GatewayDocument;
use crate::body::WhenRejected;

/// The settings of the organisation.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SettingsView {
    /// IANA time zone in which business dates are reckoned.
    #[schema(example = "UTC")]
    pub(crate) time_zone: String,
    /// Transfer negative invoices to the credit balance when they are posted.
    pub(crate) automatic_transfer: bool,
    /// Apply the credit balance to positive invoices when they are posted.
    pub(crate) automatic_application: bool,
    /// Count invoices with a negative total in the account balance.
    pub(crate) negative_invoices_in_account_balance: bool,
    /// Refuse to use a card whose month is over; off lets the gateway decide.
    pub(crate) refuse_expired_cards: bool,
    /// What is done when a processed refund comes back.
    #[schema(value_type = WhenRejected)]
    pub(crate) refund_rejected: RefundRejected,
    /// Refund the credit part of a payment that was rejected, as far as it is still there.
    pub(crate) refund_credit_of_rejected_payment: bool,
    /// Let credit arise by transfers, overpayments and prepayments.
    pub(crate) credit_balance: bool,
    /// Let credit balance adjustments and refunds be dated in the future.
    pub(crate) future_dates: bool,
    /// Refunds of credit balances know legacy custom fields only, and a required advanced one blocks them.
    pub(crate) custom_field_compatibility: bool,
    /// The gateways, without their credentials.
    pub(crate) gateways: Vec<GatewayDocument>,
    /// The chart of accounts.
    pub(crate) accounting_codes: Vec<AccountingCodeView>,
}

/// One accounting code.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountingCodeView {
    /// The code.
    #[schema(example = "Customer Cash On Account")]
    pub(crate) code: String,
    /// What it is for.
    #[schema(example = "customer_cash_on_account")]
    pub(crate) role: &'static str,
    /// True for the code new documents of this role use.
    pub(crate) in_use: bool,
}

impl SettingsView {
    pub(crate) fn new(settings: &Settings) -> Self {
        let current = Role::ALL.map(|role| settings.chart.account(role));
        let codes = settings.chart.accounts().iter().map(|entry| AccountingCodeView {
            code: entry.code.to_string(),
            role: entry.role.name(),
            in_use: current.contains(&entry.account),
        });
        let gateways =
            settings.gateways.iter().map(|gateway| GatewayDocument::new(gateway, settings));
        Self {
            time_zone: settings.time_zone.clone(),
            automatic_transfer: settings.automatic_transfer,
            automatic_application: settings.automatic_application,
            negative_invoices_in_account_balance: settings.negative_invoices_in_account_balance,
            refuse_expired_cards: settings.refuse_expired_cards,
            refund_rejected: settings.refund_rejected,
            refund_credit_of_rejected_payment: settings.refund_credit_of_rejected_payment,
            credit_balance: settings.credit_balance,
            future_dates: settings.future_dates,
            custom_field_compatibility: settings.custom_field_compatibility,
            gateways: gateways.collect(),
            accounting_codes: codes.collect(),
        }
    }
}
