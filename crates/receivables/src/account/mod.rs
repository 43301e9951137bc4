//! The account: one customer, one currency, one credit balance.

pub mod decide;

use jiff::{Timestamp, civil::Date};
use money::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::gateway::GatewayNo;
use crate::text::{ExternalId, Name};
use crate::{AccountNo, EntryNo, InvoiceNo, MethodNo, PostingNo};

/// Whether an account may take transactions (domain 2.3 rule 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Takes transactions.
    Active,
    /// Refuses every transaction until it is reactivated.
    Canceled,
}

/// A setting of the organisation, as one account wants it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Automation {
    /// As the organisation has it.
    #[default]
    Inherit,
    /// Always, on this account.
    On,
    /// Never, on this account.
    Off,
}

impl Automation {
    /// The choice in force, given the organisation's.
    pub const fn resolve(self, organisation: bool) -> bool {
        match self {
            Self::Inherit => organisation,
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// An account was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    /// Its number.
    pub no: AccountNo,
    /// Its identifier in the system it comes from; unique.
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

/// An account was changed; fields left out stay as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountChanged {
    /// Which account.
    pub no: AccountNo,
    /// New name.
    pub name: Option<Name>,
    /// New status.
    pub status: Option<AccountStatus>,
    /// New choice for automatic transfer.
    pub automatic_transfer: Option<Automation>,
    /// New choice for automatic application.
    pub automatic_application: Option<Automation>,
    /// New gateway for its electronic payments and refunds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<GatewayNo>,
    /// New default payment method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_method: Option<MethodNo>,
}

impl AccountChanged {
    /// A change of nothing yet.
    pub const fn nothing(no: AccountNo) -> Self {
        Self {
            no,
            name: None,
            status: None,
            automatic_transfer: None,
            automatic_application: None,
            gateway: None,
            default_method: None,
        }
    }
}

/// What decisions need to know of an account: its rules and its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub no: AccountNo,
    /// The currency of everything on it.
    pub currency: Currency,
    /// Whether it takes transactions.
    pub status: AccountStatus,
    /// Transfer negative invoices when posted.
    pub automatic_transfer: Automation,
    /// Apply credit to positive invoices when posted.
    pub automatic_application: Automation,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The credit balance; never negative (domain 0, invariant 1).
    pub credit_balance: Money,
    /// The part of it that electronic refunds under way may still take; never more than all of it.
    pub held: Money,
    /// Its gateway, if it has one of its own.
    pub gateway: Option<GatewayNo>,
    /// Its default payment method.
    pub default_method: Option<MethodNo>,
    /// How many payment methods were added to it.
    pub methods: u32,
    /// Sum of the balances of posted invoices with a total of zero or more.
    pub positive_invoice_balance: Money,
    /// Sum of the balances of posted invoices with a negative total.
    pub negative_invoice_balance: Money,
    /// The invoice posted last and not unposted since.
    pub latest_posted: Option<InvoiceNo>,
    /// The last decision on this account.
    pub last_entry: Option<EntryNo>,
    /// When that was; later decisions never act before it, so an account's history runs forward.
    pub last_at: Timestamp,
    /// The last posting on the credit balance.
    pub last_credit_posting: Option<PostingNo>,
    /// The latest effective date of any posting on the credit balance.
    pub last_credit_date: Option<Date>,
    /// The latest effective date that lay in the future when it was posted.
    pub dated_ahead: Option<Date>,
    /// The day on which a movement of the credit balance was first dated ahead, while such a one had not come true:
    /// whatever was dated ahead before that day had come true on it (domain 1.6).
    pub ahead_from: Option<Date>,
}

impl Account {
    /// An account as it is right after `opened`.
    pub fn new(opened: &AccountOpened, at: Timestamp) -> Self {
        let zero = Money::zero(opened.currency);
        Self {
            no: opened.no,
            currency: opened.currency,
            status: AccountStatus::Active,
            automatic_transfer: opened.automatic_transfer,
            automatic_application: opened.automatic_application,
            opened_at: at,
            credit_balance: zero,
            held: zero,
            gateway: None,
            default_method: None,
            methods: 0,
            positive_invoice_balance: zero,
            negative_invoice_balance: zero,
            latest_posted: None,
            last_entry: None,
            last_at: at,
            last_credit_posting: None,
            last_credit_date: None,
            dated_ahead: None,
            ahead_from: None,
        }
    }

    /// The business day of this account on the calendar's `today`. After a move of the time zone to the west a day may
    /// come twice: then it is still the later one here, so that an account's history runs forward.
    pub fn day_of(&self, today: Date) -> Date {
        match (self.last_credit_date, self.ahead_from) {
            (Some(last), None) => last.max(today),
            _ => today,
        }
    }

    /// From which day on decisions were made that have to be looked at because a movement of the credit balance may
    /// still be dated ahead; `last_day` is the business day of the last decision.
    pub fn looks_ahead_from(&self, last_day: impl FnOnce(Timestamp) -> Date) -> Option<Date> {
        let from = self.ahead_from?;
        (self.last_credit_date? > last_day(self.last_at)).then_some(from)
    }

    /// What may be used of the credit balance: all but what is held.
    ///
    /// # Errors
    ///
    /// [`money::MoneyError`] on overflow.
    pub fn available(&self) -> Result<Money, money::MoneyError> {
        self.credit_balance.try_sub(self.held)
    }

    /// Total invoice balance under the rule for negative invoices (domain 1.2, scenario 58).
    ///
    /// # Errors
    ///
    /// [`money::MoneyError`] on overflow.
    pub fn total_invoice_balance(&self, count_negative: bool) -> Result<Money, money::MoneyError> {
        if count_negative {
            self.positive_invoice_balance.try_add(self.negative_invoice_balance)
        } else {
            Ok(self.positive_invoice_balance)
        }
    }

    /// `total invoice balance - credit balance` (domain 1.3); may be negative.
    ///
    /// # Errors
    ///
    /// [`money::MoneyError`] on overflow.
    pub fn balance(&self, count_negative: bool) -> Result<Money, money::MoneyError> {
        self.total_invoice_balance(count_negative)?.try_sub(self.credit_balance)
    }
}
