//! Settings of the organisation, and the chart of accounts.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::gateway::{Gateway, GatewayNo};
use crate::journal::{LedgerAccount, Role};
use crate::labels::CustomField;
use crate::period::Period;
use crate::reason::Reason;
use crate::text::Text;
use crate::{Rejection, approval, permission};

/// A code of the chart of accounts, such as `1200 Accounts Receivable`.
pub type AccountingCode = Text<100>;

/// How the organisation wants its books kept. Changing it is a decision like any other: it is
/// appended to the history and affects later decisions only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// IANA name of the time zone in which business dates are reckoned.
    pub time_zone: String,
    /// Transfer a negative invoice to the credit balance when it is posted.
    pub automatic_transfer: bool,
    /// Apply the credit balance to a positive invoice when it is posted.
    pub automatic_application: bool,
    /// Count invoices with a negative total in the account balance (domain 1.2).
    pub negative_invoices_in_account_balance: bool,
    /// Every ledger account ever used, and which one is in use for each role.
    pub chart: Chart,
    /// Configured gateways, without their credentials.
    #[serde(default)]
    pub gateways: Vec<Gateway>,
    /// The gateway for accounts and methods that name none.
    #[serde(default)]
    pub default_gateway: Option<GatewayNo>,
    /// Refuse to use a card whose month is over (domain 4.7 rule 9). Off lets the gateway decide.
    #[serde(default = "yes")]
    pub refuse_expired_cards: bool,
    /// What a refund that comes back late does.
    #[serde(default)]
    pub refund_rejected: RefundRejected,
    /// Refund the credit part of a payment that was rejected, as far as it is still there (domain 7.4
    /// `enableCBRefundInGR`).
    #[serde(default = "yes")]
    pub refund_credit_of_rejected_payment: bool,
    /// Roles that were made, beside the built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<permission::Role>,
    /// Which refunds wait for approval.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<approval::Policy>,
    /// Reason codes; the predefined ones while there are none (domain 8.2).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reason_codes: Vec<Reason>,
    /// Accounting periods in the order of their days, without gaps (domain 8.4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub periods: Vec<Period>,
    /// Let credit arise: transfers, overpayments and prepayments. Off, credit that is there can still be applied,
    /// refunded and canceled, so that nobody's money is stuck (domain 1.1).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub credit_balance: bool,
    /// Let credit balance adjustments and refunds be dated in the future (domain 1.6).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub future_dates: bool,
    /// Custom fields that were defined.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub custom_fields: Vec<CustomField>,
    /// Refunds of credit balances know legacy custom fields only, and are blocked by a required advanced one (domain
    /// 8.1).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub custom_field_compatibility: bool,
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
const fn is_yes(given: &bool) -> bool {
    *given
}

/// What is done when a processed refund comes back (domain 7.4, options A and B).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundRejected {
    /// Option A: only the settlement of the refund is marked.
    MarkOnly,
    /// Option B: marked, and the money goes back to the books.
    #[default]
    Reverse,
}

/// One account of the general ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartAccount {
    /// Its number in postings.
    pub account: LedgerAccount,
    /// Its accounting code.
    pub code: AccountingCode,
    /// What it is for; fixed for ever.
    pub role: Role,
}

/// The chart of accounts. Accounts are only ever added, so old postings keep their meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chart {
    accounts: Vec<ChartAccount>,
    current: Vec<(Role, LedgerAccount)>,
}

/// How many ledger accounts a chart may have.
pub const CHART_MAX: usize = 1_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            automatic_transfer: false,
            automatic_application: false,
            negative_invoices_in_account_balance: true,
            chart: Chart::default(),
            gateways: Vec::new(),
            default_gateway: None,
            refuse_expired_cards: true,
            refund_rejected: RefundRejected::default(),
            refund_credit_of_rejected_payment: true,
            roles: Vec::new(),
            policies: Vec::new(),
            reason_codes: Vec::new(),
            periods: Vec::new(),
            credit_balance: true,
            future_dates: false,
            custom_fields: Vec::new(),
            custom_field_compatibility: false,
        }
    }
}

impl Settings {
    /// A configured gateway.
    pub fn gateway(&self, no: GatewayNo) -> Option<&Gateway> {
        self.gateways.get(usize::from(no.0).checked_sub(1)?)
    }

    /// The business date of an instant.
    ///
    /// The zone was checked when it was set; if the zone database has since lost it, UTC is used.
    pub fn business_date(&self, at: Timestamp) -> Date {
        if self.time_zone == "UTC" {
            return at.to_zoned(TimeZone::UTC).date();
        }
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        at.to_zoned(zone).date()
    }
}

impl Settings {
    /// The instant a business day begins.
    pub fn beginning_of(&self, date: Date) -> Timestamp {
        let zone = TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC);
        let utc = || date.to_zoned(TimeZone::UTC);
        let begins = date.to_zoned(zone).or_else(|_| utc());
        begins.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
    }
}

impl Default for Chart {
    /// The standard accounts of domain 8.3.
    fn default() -> Self {
        let standard = [
            (Role::AccountsReceivable, "Accounts Receivable"),
            (Role::CustomerCashOnAccount, "Customer Cash On Account"),
            (Role::Bank, "Bank"),
            (Role::Revenue, "Revenue"),
            (Role::Tax, "Tax Payable"),
        ];
        let mut chart = Self { accounts: Vec::new(), current: Vec::new() };
        for (role, code) in standard {
            if let Ok(code) = AccountingCode::try_new(code) {
                let account = chart.next_account();
                chart.accounts.push(ChartAccount { account, code, role });
                chart.current.push((role, account));
            }
        }
        chart
    }
}

impl Chart {
    fn next_account(&self) -> LedgerAccount {
        LedgerAccount(u16::try_from(self.accounts.len() + 1).unwrap_or(u16::MAX))
    }

    /// The account in use for `role`.
    pub fn account(&self, role: Role) -> LedgerAccount {
        self.current
            .iter()
            .find(|(current, _)| *current == role)
            .map_or(LedgerAccount(0), |(_, account)| *account)
    }

    /// The entry of an account that postings mention.
    pub fn entry(&self, account: LedgerAccount) -> Option<&ChartAccount> {
        self.accounts.get(usize::from(account.0).checked_sub(1)?)
    }

    /// Every account, in the order they were added.
    pub fn accounts(&self) -> &[ChartAccount] {
        &self.accounts
    }

    /// The account with this accounting code.
    pub fn find(&self, code: &AccountingCode) -> Option<&ChartAccount> {
        self.accounts.iter().find(|entry| entry.code == *code)
    }

    /// Adds a ledger account, or finds it.
    ///
    /// # Errors
    ///
    /// [`Rejection::AccountingCodeInUse`] if the code already means another role, or the chart is full.
    pub fn ensure(
        &mut self,
        code: &AccountingCode,
        role: Role,
    ) -> Result<LedgerAccount, Rejection> {
        if let Some(found) = self.find(code) {
            if found.role != role {
                return Err(Rejection::AccountingCodeInUse {
                    accounting_code: code.to_string(),
                    role: found.role,
                });
            }
            return Ok(found.account);
        }
        if self.accounts.len() >= CHART_MAX {
            return Err(Rejection::TooMany { what: "accounting codes", max: CHART_MAX });
        }
        let account = self.next_account();
        self.accounts.push(ChartAccount { account, code: code.clone(), role });
        Ok(account)
    }

    /// Uses `code` for `role` from now on.
    ///
    /// # Errors
    ///
    /// As [`Chart::ensure`].
    pub fn assign(&mut self, role: Role, code: &AccountingCode) -> Result<(), Rejection> {
        let account = self.ensure(code, role)?;
        for slot in &mut self.current {
            if slot.0 == role {
                slot.1 = account;
            }
        }
        Ok(())
    }
}
