//! Reason codes (domain 8.2): predefined per category until the organisation changes the list. Documents keep the code
//! they were made with, whatever becomes of the list.

pub(crate) mod decide;

use serde::{Deserialize, Serialize};

use crate::text::Text;
use crate::{Rejection, Settings};

/// A reason code as stored with a document: at most 32 characters (domain 8.2).
pub type ReasonCode = Text<32>;

/// How many reason codes there may be, active and inactive together (domain 8.2).
pub const REASON_CODES_MAX: usize = 300;

/// What a reason code is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Refund of a payment.
    PaymentRefund,
    /// Refund of a credit balance.
    CreditBalanceRefund,
    /// Credit balance adjustment, or its cancellation.
    CreditBalanceAdjustment,
    /// Invoice item adjustment.
    InvoiceItemAdjustment,
}

/// A reason code on the list of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What it is given for.
    pub category: Category,
    /// The code.
    pub code: ReasonCode,
    /// Whether it may be given.
    pub active: bool,
    /// Whether it is taken where none is given; one of each category is.
    pub default: bool,
}

impl Category {
    /// Every category.
    pub const ALL: [Self; 4] = [
        Self::PaymentRefund,
        Self::CreditBalanceRefund,
        Self::CreditBalanceAdjustment,
        Self::InvoiceItemAdjustment,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PaymentRefund => "payment_refund",
            Self::CreditBalanceRefund => "credit_balance_refund",
            Self::CreditBalanceAdjustment => "credit_balance_adjustment",
            Self::InvoiceItemAdjustment => "invoice_item_adjustment",
        }
    }

    /// The predefined codes of the category; the first is the default.
    pub const fn predefined(self) -> &'static [&'static str] {
        match self {
            Self::PaymentRefund => &[
                "Standard Refund",
                "Customer Satisfaction",
                "Chargeback",
                "Payment Rejection",
                "Payment Reversal",
                "Other",
            ],
            Self::CreditBalanceRefund => {
                &["Standard Refund", "Account Closure", "Customer Request", "Other"]
            }
            Self::CreditBalanceAdjustment => &["Standard Adjustment", "Cancellation"],
            Self::InvoiceItemAdjustment => &[
                "Standard Adjustment",
                "Customer Satisfaction",
                "Incorrect Charge",
                "Write-off",
                "Other",
            ],
        }
    }

    /// The code given, or the default of the category.
    ///
    /// # Errors
    ///
    /// [`Rejection::UnknownReasonCode`] if the category has no such active code.
    pub fn resolve(
        self,
        settings: &Settings,
        given: Option<&ReasonCode>,
    ) -> Result<ReasonCode, Rejection> {
        let Some(wanted) = given else { return self.default(settings) };
        let known = if settings.reason_codes.is_empty() {
            self.predefined().contains(&wanted.as_str())
        } else {
            self.listed(settings).any(|reason| reason.active && reason.code == *wanted)
        };
        if known {
            return Ok(wanted.clone());
        }
        let allowed = self.list(settings).into_iter().filter(|reason| reason.active);
        Err(Rejection::UnknownReasonCode {
            reason_code: wanted.to_string(),
            allowed: allowed.map(|reason| reason.code.to_string()).collect(),
        })
    }

    /// The code given if it may be given, else the default: for what a program records, which must not fail because
    /// of a list.
    ///
    /// # Errors
    ///
    /// None in practice: every category has a default.
    pub fn or_default(
        self,
        settings: &Settings,
        wanted: Option<&ReasonCode>,
    ) -> Result<ReasonCode, Rejection> {
        self.resolve(settings, wanted).or_else(|_| self.default(settings))
    }

    fn listed(self, settings: &Settings) -> impl Iterator<Item = &Reason> {
        settings.reason_codes.iter().filter(move |reason| reason.category == self)
    }

    /// The codes of the category.
    pub fn list(self, settings: &Settings) -> Vec<Reason> {
        if settings.reason_codes.is_empty() {
            let codes = self.predefined().iter().enumerate();
            let known = codes.filter_map(|(place, code)| {
                let code = ReasonCode::try_new(code).ok()?;
                Some(Reason { category: self, code, active: true, default: place == 0 })
            });
            return known.collect();
        }
        self.listed(settings).cloned().collect()
    }

    fn default(self, settings: &Settings) -> Result<ReasonCode, Rejection> {
        if let Some(chosen) = self.listed(settings).find(|reason| reason.default) {
            return Ok(chosen.code.clone());
        }
        let first = self.predefined().first().copied().unwrap_or("Other");
        let unknown =
            |_| Rejection::UnknownReasonCode { reason_code: first.to_owned(), allowed: Vec::new() };
        ReasonCode::try_new(first).map_err(unknown)
    }
}
