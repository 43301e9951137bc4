//! Settings and the test clock.

use receivables::Command;
use receivables::command as c;
use receivables::journal::Role as LedgerRole;
use receivables::settings::{AccountingCode, RefundRejected};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Accounting codes to use from now on; fields left out stay.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountingCodes {
    /// What customers owe.
    #[schema(value_type = Option<String>, max_length = 100)]
    accounts_receivable: Option<AccountingCode>,
    /// What the business owes back.
    #[schema(value_type = Option<String>, max_length = 100)]
    customer_cash_on_account: Option<AccountingCode>,
    /// Money received and paid out.
    #[schema(value_type = Option<String>, max_length = 100)]
    bank: Option<AccountingCode>,
    /// Revenue or deferred revenue.
    #[schema(value_type = Option<String>, max_length = 100)]
    revenue: Option<AccountingCode>,
    /// Tax collected.
    #[schema(value_type = Option<String>, max_length = 100)]
    tax: Option<AccountingCode>,
}

/// Changes the settings; fields left out stay.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"time_zone": "Europe/London", "automatic_transfer": true}))]
pub(crate) struct ChangeSettings {
    /// IANA time zone in which business dates are reckoned.
    #[schema(max_length = 60)]
    time_zone: Option<String>,
    /// Transfer negative invoices to the credit balance when they are posted.
    automatic_transfer: Option<bool>,
    /// Apply the credit balance to positive invoices when they are posted.
    automatic_application: Option<bool>,
    /// Count invoices with a negative total in the account balance.
    negative_invoices_in_account_balance: Option<bool>,
    /// Refuse to use a card whose month is over; off lets the gateway decide.
    refuse_expired_cards: Option<bool>,
    /// What is done when a processed refund comes back.
    #[schema(value_type = Option<WhenRejected>)]
    refund_rejected: Option<RefundRejected>,
    /// Refund the credit part of a payment that was rejected, as far as it is still there.
    refund_credit_of_rejected_payment: Option<bool>,
    /// Let credit arise by transfers, overpayments and prepayments. Off, the credit that is there can still be applied,
    /// refunded and canceled.
    credit_balance: Option<bool>,
    /// Let credit balance adjustments and refunds be dated in the future.
    future_dates: Option<bool>,
    /// Refunds of credit balances know legacy custom fields only, and a required advanced one blocks them.
    custom_field_compatibility: Option<bool>,
    /// Accounting codes to use from now on.
    #[serde(default)]
    accounting_codes: AccountingCodes,
    /// Further revenue codes that invoice items may name.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 1000)]
    revenue_codes: Vec<AccountingCode>,
}

/// What is done when a processed refund comes back.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhenRejected {
    /// Only its settlement is marked.
    MarkOnly,
    /// It is marked, and the money goes back to the books.
    Reverse,
}

/// Moves the test clock.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"now": "2033-11-23T10:00:00Z"}))]
pub(crate) struct SetClock {
    /// The instant to show from now on.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) now: jiff::Timestamp,
}

impl ChangeSettings {
    pub(crate) fn command(self) -> Command {
        let codes = self.accounting_codes;
        let assigned = [
            (LedgerRole::AccountsReceivable, codes.accounts_receivable),
            (LedgerRole::CustomerCashOnAccount, codes.customer_cash_on_account),
            (LedgerRole::Bank, codes.bank),
            (LedgerRole::Revenue, codes.revenue),
            (LedgerRole::Tax, codes.tax),
        ];
        Command::ChangeSettings(c::ChangeSettings {
            time_zone: self.time_zone,
            automatic_transfer: self.automatic_transfer,
            automatic_application: self.automatic_application,
            negative_invoices_in_account_balance: self.negative_invoices_in_account_balance,
            refuse_expired_cards: self.refuse_expired_cards,
            refund_rejected: self.refund_rejected,
            refund_credit_of_rejected_payment: self.refund_credit_of_rejected_payment,
            credit_balance: self.credit_balance,
            future_dates: self.future_dates,
            custom_field_compatibility: self.custom_field_compatibility,
            accounting_codes: assigned
                .into_iter()
                .filter_map(|(role, code)| code.map(|code| (role, code)))
                .collect(),
            additional_codes: self
                .revenue_codes
                .into_iter()
                .map(|code| (LedgerRole::Revenue, code))
                .collect(),
        })
    }
}
