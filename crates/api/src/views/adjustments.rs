//! Adjustments of credit balances and of invoice items.

use engine::{Failure, Outcome};
use jiff::Timestamp;
use jiff::civil::Date;
use money::Currency;
use receivables::adjustment::{AdjustmentType, InvoiceItemAdjustment};
use receivables::books::Recorded;
use receivables::credit_balance::{CreditBalanceAdjustment, Direction, Source};
use receivables::{AccountNo, Rejection};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::labels::LabelsView;
use super::{Status, id, text};
use crate::body::CreditOrCharge;
use crate::problem::ApiError;

/// A change of the credit balance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdjustmentDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018400000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "CBA-00000001")]
    pub(crate) number: String,
    /// Whether it counts.
    pub(crate) status: Status,
    /// `increase` or `decrease`.
    #[serde(rename = "type")]
    #[schema(example = "increase")]
    pub(crate) kind: &'static str,
    /// `invoice`, `payment` or `refund`.
    #[schema(example = "invoice")]
    pub(crate) source_type: &'static str,
    /// The document that caused it.
    #[schema(example = "INV00000001")]
    pub(crate) source: String,
    /// Currency of the amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much; positive.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) amount: Decimal,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Why.
    #[schema(example = "Standard Adjustment")]
    pub(crate) reason_code: String,
    /// Free comment.
    pub(crate) comment: Option<String>,
    /// Free reference.
    pub(crate) reference: Option<String>,
    /// The invoice whose posting made it automatically.
    pub(crate) cause: Option<String>,
}

impl AdjustmentDocument {
    pub(crate) fn new(
        adjusted: &CreditBalanceAdjustment,
        at: Timestamp,
        account: AccountNo,
    ) -> Self {
        let (source_type, source) = match adjusted.source {
            Source::Invoice(no) => ("invoice", no.to_string()),
            Source::Payment(no) => ("payment", no.to_string()),
            Source::Refund(no) => ("refund", no.to_string()),
        };
        Self {
            id: id(adjusted.no, at, account),
            number: adjusted.no.to_string(),
            status: Status::Processed,
            kind: match adjusted.direction {
                Direction::Increase => "increase",
                Direction::Decrease => "decrease",
            },
            source_type,
            source,
            currency: adjusted.amount.currency(),
            amount: adjusted.amount.into(),
            date: adjusted.date,
            reason_code: adjusted.reason_code.to_string(),
            comment: text(adjusted.comment.as_ref()),
            reference: text(adjusted.reference.as_ref()),
            cause: text(adjusted.cause.as_ref()),
        }
    }
}

/// Whether the rules would accept something now, and if not, why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RuleCheck {
    /// True if it would be accepted now.
    pub(crate) allowed: bool,
    /// If not: the stable code of the rule.
    #[schema(example = "credit_already_used")]
    pub(crate) code: Option<String>,
    /// If not: why, and what to do.
    pub(crate) reason: Option<String>,
}

impl RuleCheck {
    /// What a rule says that was asked directly.
    pub(crate) fn ruled<T>(said: Result<T, Rejection>) -> Self {
        match said {
            Ok(_) => Self { allowed: true, code: None, reason: None },
            Err(rejection) => Self::refused(rejection.into()),
        }
    }

    fn refused(error: ApiError) -> Self {
        let problem = error.problem();
        Self { allowed: false, code: Some(problem.code), reason: Some(problem.detail) }
    }

    /// What a preview says; none if the rules cannot be asked now.
    pub(crate) fn of(preview: Result<Outcome, Failure>) -> Option<Self> {
        match preview {
            Ok(_) => Some(Self { allowed: true, code: None, reason: None }),
            Err(Failure::Unavailable(_) | Failure::Broken(_)) => None,
            Err(failure) => Some(Self::refused(failure.into())),
        }
    }
}

/// A credit balance adjustment as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct AdjustmentView {
    /// The adjustment.
    #[serde(flatten)]
    pub(crate) adjustment: AdjustmentDocument,
    /// Whose credit balance.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    /// Whether it can be canceled now; only when one adjustment is asked for, or a list with `include=cancel`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cancel: Option<RuleCheck>,
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
}

impl AdjustmentView {
    pub(crate) fn new(recorded: &Recorded<CreditBalanceAdjustment>) -> Self {
        let mut adjustment =
            AdjustmentDocument::new(&recorded.document, recorded.at, recorded.account);
        adjustment.status = Status::of(recorded.canceled);
        let account = recorded.account.to_string();
        let labels = LabelsView::default();
        Self { adjustment, account, recorded_at: recorded.at, cancel: None, labels }
    }
}

/// An adjusted invoice item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ItemAdjustmentDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018600000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "IIA-00000001")]
    pub(crate) number: String,
    /// Whether it counts.
    pub(crate) status: Status,
    /// Credit lowers, Charge raises.
    #[serde(rename = "type")]
    #[schema(value_type = CreditOrCharge)]
    pub(crate) kind: AdjustmentType,
    /// The invoice.
    #[schema(example = "INV00000001")]
    pub(crate) invoice: String,
    /// The item.
    #[schema(example = "II-00000001")]
    pub(crate) item: String,
    /// Currency of the amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much; positive.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) amount: Decimal,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Why.
    #[schema(example = "Standard Adjustment")]
    pub(crate) reason_code: String,
    /// Free comment.
    pub(crate) comment: Option<String>,
    /// Free reference.
    pub(crate) reference: Option<String>,
    /// The document it was made for in the same step.
    #[schema(example = "CBA-00000001")]
    pub(crate) cause: Option<String>,
}

impl ItemAdjustmentDocument {
    pub(crate) fn new(adjusted: &InvoiceItemAdjustment, at: Timestamp, account: AccountNo) -> Self {
        Self {
            id: id(adjusted.no, at, account),
            number: adjusted.no.to_string(),
            status: Status::Processed,
            kind: adjusted.kind,
            invoice: adjusted.invoice.to_string(),
            item: adjusted.item.to_string(),
            currency: adjusted.amount.currency(),
            amount: adjusted.amount.into(),
            date: adjusted.date,
            reason_code: adjusted.reason_code.to_string(),
            comment: text(adjusted.comment.as_ref()),
            reference: text(adjusted.reference.as_ref()),
            cause: text(adjusted.cause.as_ref()),
        }
    }
}

/// An invoice item adjustment as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ItemAdjustmentView {
    /// The adjustment.
    #[serde(flatten)]
    pub(crate) adjustment: ItemAdjustmentDocument,
    /// The account.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
}

impl ItemAdjustmentView {
    pub(crate) fn new(recorded: &Recorded<InvoiceItemAdjustment>) -> Self {
        let mut adjustment =
            ItemAdjustmentDocument::new(&recorded.document, recorded.at, recorded.account);
        adjustment.status = Status::of(recorded.canceled);
        let (account, labels) = (recorded.account.to_string(), LabelsView::default());
        Self { adjustment, account, recorded_at: recorded.at, labels }
    }
}
