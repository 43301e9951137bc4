//! Reason codes (domain 8.2): predefined per category, the first one is the default.

use serde::{Deserialize, Serialize};

use crate::Rejection;
use crate::text::Text;

/// A reason code as stored with a document: at most 32 characters (domain 8.2).
pub type ReasonCode = Text<32>;

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

impl Category {
    /// The codes of the category; the first is the default.
    pub const fn codes(self) -> &'static [&'static str] {
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
    /// [`Rejection::UnknownReasonCode`] if the category has no such code.
    pub fn resolve(self, given: Option<&ReasonCode>) -> Result<ReasonCode, Rejection> {
        let codes = self.codes();
        let wanted = given.map_or(codes.first().copied().unwrap_or("Other"), Text::as_str);
        if codes.contains(&wanted)
            && let Ok(code) = ReasonCode::try_new(wanted)
        {
            return Ok(code);
        }
        Err(Rejection::UnknownReasonCode {
            reason_code: wanted.to_owned(),
            allowed: codes.iter().map(|code| (*code).to_owned()).collect(),
        })
    }
}
