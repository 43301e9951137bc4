//! Payments, external and through a gateway.

use jiff::Timestamp;
use jiff::civil::Date;
use money::{Currency, Money};
use receivables::books::PaymentState;
use receivables::order::{Order, OrderState};
use receivables::payment::{MethodType, Payment};
use receivables::refund::RefundType;
use receivables::{AccountNo, Settings};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

use super::labels::LabelsView;
use super::orders::{OrderView, StateName};
use super::{Applied, Status, applied, id, text};
use crate::body::{Method, RefundKind};

/// A payment, external or through a gateway.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentDocument {
    /// 32 hex digits.
    #[schema(example = "019dd3c0a8c070018300000000000001")]
    pub(crate) id: String,
    /// Number.
    #[schema(example = "P-00000001")]
    pub(crate) number: String,
    /// `external` or `electronic`.
    #[serde(rename = "type")]
    #[schema(value_type = RefundKind, example = "external")]
    pub(crate) kind: RefundType,
    /// Whether it counts.
    pub(crate) status: Status,
    /// For an electronic one, where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StateName>)]
    pub(crate) state: Option<OrderState>,
    /// For an electronic one, the stored method that is charged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "PM-00000001")]
    pub(crate) payment_method: Option<String>,
    /// How the money came.
    #[schema(value_type = Method)]
    pub(crate) method_type: MethodType,
    /// Effective date.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// Currency of every amount.
    #[schema(value_type = String, example = "USD")]
    pub(crate) currency: Currency,
    /// The whole payment.
    #[schema(value_type = String, example = "150.00")]
    pub(crate) amount: Decimal,
    /// The part that went to the credit balance.
    #[schema(value_type = String, example = "50.00")]
    pub(crate) credit_balance_amount: Decimal,
    /// The adjustment that records that part.
    #[schema(example = "CBA-00000001")]
    pub(crate) credit_balance_adjustment: Option<String>,
    /// The parts that went to invoices.
    pub(crate) applications: Vec<Applied>,
    /// Free reference.
    pub(crate) reference: Option<String>,
    /// Free comment.
    pub(crate) comment: Option<String>,
}

impl PaymentDocument {
    pub(crate) fn new(payment: &Payment, at: Timestamp, account: AccountNo) -> Self {
        let electronic = payment.method.is_some();
        Self {
            id: id(payment.no, at, account),
            number: payment.no.to_string(),
            kind: if electronic { RefundType::Electronic } else { RefundType::External },
            status: if electronic { Status::Processing } else { Status::Processed },
            state: electronic.then_some(OrderState::Reserved),
            payment_method: text(payment.method.as_ref()),
            method_type: payment.method_type,
            date: payment.date,
            currency: payment.amount.currency(),
            amount: payment.amount.into(),
            credit_balance_amount: payment.credit_balance_amount.into(),
            credit_balance_adjustment: text(payment.credit_balance_adjustment.as_ref()),
            applications: applied(&payment.applications),
            reference: text(payment.reference.as_ref()),
            comment: text(payment.comment.as_ref()),
        }
    }
}

/// A payment as it stands now.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    /// The payment.
    #[serde(flatten)]
    pub(crate) payment: PaymentDocument,
    /// The account that paid.
    #[schema(example = "A00000001")]
    pub(crate) account: String,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) recorded_at: Timestamp,
    /// How much can still be refunded.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) refundable: Decimal,
    /// How much of it refunds under way hold; no other refund can have that.
    #[schema(value_type = String, example = "0.00")]
    pub(crate) held: Decimal,
    /// For an electronic one, all that is known of its way through the gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<OrderView>,
    /// Custom fields and metadata.
    #[serde(flatten)]
    pub(crate) labels: LabelsView,
}

impl PaymentView {
    pub(crate) fn new(
        state: &PaymentState,
        order: Option<&Order>,
        settings: &Settings,
    ) -> Result<Self, money::MoneyError> {
        let recorded = &state.recorded;
        let document = &recorded.document;
        let mut payment = PaymentDocument::new(document, recorded.at, recorded.account);
        payment.status = Status::of(recorded.canceled);
        let zero = Money::zero(document.amount.currency());
        let (mut refundable, mut held) = (zero, zero);
        for (index, part) in document.applications.iter().enumerate() {
            refundable = refundable.try_add(state.left(index, part.amount)?)?;
            held = held.try_add(state.held.get(index).copied().unwrap_or(zero))?;
        }
        for (part, refunded) in payment.applications.iter_mut().zip(&state.refunded) {
            part.refunded = Some((*refunded).into());
        }
        if let Some(order) = order {
            payment.status = Status::of_order(order.state);
            payment.state = Some(order.state);
        }
        let counts = order.is_none_or(|order| order.state == OrderState::Processed);
        if recorded.canceled || !counts {
            refundable = zero;
        }
        Ok(Self {
            payment,
            account: recorded.account.to_string(),
            recorded_at: recorded.at,
            refundable: refundable.into(),
            held: held.into(),
            order: order.map(|order| OrderView::new(order, settings)),
            labels: LabelsView::default(),
        })
    }
}
