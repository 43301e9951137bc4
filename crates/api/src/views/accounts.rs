//! Accounts.

use engine::AccountProfile;
use jiff::Timestamp;
use money::Currency;
use receivables::Settings;
use receivables::account::{Account, AccountStatus, Automation};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::labels::LabelsView;
use super::orders::gateway_name;
use super::{id, text};
use crate::body::{Choice, PersonalData};

/// An account with its figures.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018100000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "A00000001")]
    pub(crate) number: String,
    /// Identifier in your own system.
    #[schema(example = "crm-4711")]
    pub(crate) external_id: Option<String>,
    /// The customer's name.
    #[schema(example = "Ada Lovelace Ltd")]
    pub(crate) name: String,
    /// Currency of every amount on it.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// `active` or `canceled`.
    #[schema(value_type = AccountStatusName)]
    pub(crate) status: AccountStatus,
    /// Transfer negative invoices when posted.
    #[schema(value_type = Choice)]
    pub(crate) automatic_transfer: Automation,
    /// Apply credit to positive invoices when posted.
    #[schema(value_type = Choice)]
    pub(crate) automatic_application: Automation,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
    /// What the business owes the customer.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) credit_balance: Decimal,
    /// The part of it that electronic refunds and voids under way may still take.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) held: Decimal,
    /// The part of it that may be used: credit balance minus held.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) available: Decimal,
    /// Sum of the balances of posted invoices, under the rule for negative ones.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) total_invoice_balance: Decimal,
    /// Total invoice balance minus credit balance.
    #[schema(value_type = String, example = "-100.00")]
    pub(crate) account_balance: Decimal,
    /// The stored payment method that is used if none is named.
    #[schema(example = "PM-00000001")]
    pub(crate) default_payment_method: Option<String>,
    /// The gateway of its own, if it has one.
    #[schema(example = "cards")]
    pub(crate) gateway: Option<String>,
    /// What is known of the customer as a person; only when one account is asked for, and never in the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) personal_data: Option<PersonalData>,
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
}

/// `active` or `canceled`.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes the wire names")]
enum AccountStatusName {
    Active,
    Canceled,
}

impl AccountView {
    pub(crate) fn new(
        account: &Account,
        profile: AccountProfile,
        settings: &Settings,
    ) -> Result<Self, money::MoneyError> {
        let count_negative = settings.negative_invoices_in_account_balance;
        Ok(Self {
            id: id(account.no, account.opened_at, account.no),
            number: account.no.to_string(),
            external_id: profile.external_id,
            name: profile.name,
            currency: account.currency,
            status: account.status,
            automatic_transfer: account.automatic_transfer,
            automatic_application: account.automatic_application,
            opened_at: account.opened_at,
            credit_balance: account.credit_balance.into(),
            held: account.held.into(),
            available: account.available()?.into(),
            total_invoice_balance: account.total_invoice_balance(count_negative)?.into(),
            account_balance: account.balance(count_negative)?.into(),
            default_payment_method: text(account.default_method.as_ref()),
            gateway: account.gateway.and_then(|no| gateway_name(settings, no)),
            personal_data: None,
            labels: LabelsView::default(),
        })
    }
}
