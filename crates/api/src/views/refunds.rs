//! Refunds.

use jiff::Timestamp;
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::books::Recorded;
use receivables::order::{Order, OrderState};
use receivables::payment::MethodType;
use receivables::refund::{Refund, RefundSource, RefundType};
use receivables::{AccountNo, Settings};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::labels::LabelsView;
use super::orders::{OrderView, StateName, method_name};
use super::{Applied, Status, applied, id, text};
use crate::body::{Method, RefundKind};

/// Money given back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefundDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018500000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "R-00000001")]
    pub(crate) number: String,
    /// Whether it counts.
    pub(crate) status: Status,
    /// For an electronic one, where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StateName>)]
    pub(crate) state: Option<OrderState>,
    /// For an electronic one, how much is held for it: of the credit balance, or of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "60.00")]
    pub(crate) held: Option<Decimal>,
    /// `external` or `electronic`.
    #[serde(rename = "type")]
    #[schema(value_type = RefundKind, example = "external")]
    pub(crate) kind: RefundType,
    /// For an electronic one, the stored method the money goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "PM-00000001")]
    pub(crate) payment_method: Option<String>,
    /// `credit_balance` or `payment`.
    #[schema(example = "credit_balance")]
    pub(crate) source_type: &'static str,
    /// The payment refunded, or the adjustment that records the refund of the credit balance; an
    /// electronic one has that only once the money went.
    #[schema(example = "CBA-00000002")]
    pub(crate) source: Option<String>,
    /// How the money went.
    #[schema(value_type = Method)]
    pub(crate) method_type: MethodType,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// How much; positive.
    #[schema(value_type = String, example = "60.00")]
    pub(crate) amount: Decimal,
    /// For a payment refund, the invoices that reopened.
    pub(crate) parts: Vec<Applied>,
    /// Why.
    #[schema(example = "Standard Refund")]
    pub(crate) reason_code: String,
    /// Free reference, such as a cheque number.
    pub(crate) reference: Option<String>,
    /// Free comment.
    pub(crate) comment: Option<String>,
}

impl RefundDocument {
    pub(crate) fn new(refund: &Refund, at: Timestamp, account: AccountNo) -> Self {
        // An external one that has to be approved first is under way as well.
        let electronic = refund.method.is_some();
        let (source_type, source, parts) = match &refund.source {
            RefundSource::CreditBalance(no) => ("credit_balance", text(no.as_ref()), Vec::new()),
            RefundSource::Payment { payment, parts } => {
                let parts: Vec<_> = parts.iter().map(|part| (*part).into()).collect();
                ("payment", Some(payment.to_string()), applied(&parts))
            }
        };
        Self {
            id: id(refund.no, at, account),
            number: refund.no.to_string(),
            status: if electronic { Status::Processing } else { Status::Processed },
            state: electronic.then_some(OrderState::Reserved),
            held: electronic.then(|| refund.amount.into()),
            kind: refund.kind(),
            payment_method: refund.method.and_then(method_name),
            source_type,
            source,
            method_type: refund.method_type,
            date: refund.date,
            currency: refund.amount.currency(),
            amount: refund.amount.into(),
            parts,
            reason_code: refund.reason_code.to_string(),
            reference: text(refund.reference.as_ref()),
            comment: text(refund.comment.as_ref()),
        }
    }
}

/// A refund as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct RefundView {
    /// The refund.
    #[serde(flatten)]
    pub(crate) refund: RefundDocument,
    /// The account.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    /// For an electronic one, all that is known of its way through the gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<OrderView>,
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
}

impl RefundView {
    pub(crate) fn new(
        recorded: &Recorded<Refund>,
        order: Option<&Order>,
        settings: &Settings,
    ) -> Self {
        let mut refund = RefundDocument::new(&recorded.document, recorded.at, recorded.account);
        refund.status = Status::of(recorded.canceled);
        if let Some(order) = order {
            refund.status = Status::of_order(order.state);
            refund.state = Some(order.state);
            let (amount, zero) = (order.placed.amount, Money::zero(order.placed.amount.currency()));
            refund.held = Some(if order.state.is_held() { amount } else { zero }.into());
            if let RefundSource::CreditBalance(None) = recorded.document.source {
                let landed = order.landed.as_ref();
                refund.source = landed.and_then(|landed| text(landed.adjustment.as_ref()));
            }
        }
        Self {
            refund,
            account: recorded.account.to_string(),
            recorded_at: recorded.at,
            order: order.map(|order| OrderView::new(order, settings)),
            labels: LabelsView::default(),
        }
    }
}
