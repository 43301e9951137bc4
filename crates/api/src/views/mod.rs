//! What the API answers: documents, effects, balances. Amounts are decimal strings.

mod access;
mod accounts;
mod adjustments;
mod approvals;
mod changes;
mod effect;
mod event_endpoints;
mod events;
mod gateways;
mod invoices;
mod labels;
mod orders;
mod payment_methods;
mod payments;
mod people;
mod refunds;
mod settings;

use jiff::Timestamp;
use receivables::id::Numbered;
use receivables::order::OrderState;
use receivables::payment::PaymentApplication;
use receivables::{AccountNo, PublicId};
use reports::Decimal;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use access::{ApiKeyView, CallerView, PermissionView, RoleView};
pub(crate) use accounts::AccountView;
pub(crate) use adjustments::{AdjustmentView, ItemAdjustmentView, RuleCheck};
pub(crate) use approvals::{PolicyView, WaitingRefund};
pub(crate) use effect::{EffectView, EntryView, NextStep, render_effect};
pub(crate) use event_endpoints::{DeliveryView, EventEndpointView, TriedView};
pub(crate) use events::EventView;
pub use events::render_events;
pub(crate) use gateways::{CapabilityTable, GatewayView};
pub(crate) use invoices::InvoiceView;
pub(crate) use labels::{CustomFieldView, labeled, labeled_one};
pub(crate) use orders::{
    AttemptPage, AttemptView, OrderView, QueuedOrder, WaitingOrder, gateway_name,
};
pub(crate) use payment_methods::PaymentMethodView;
pub(crate) use payments::PaymentView;
pub(crate) use people::{
    ApiClientView, DoneView, LoginView, SecondFactorView, SessionView, UserView,
};
pub(crate) use refunds::RefundView;
pub(crate) use settings::SettingsView;

pub(super) fn id<N: Numbered>(no: N, at: Timestamp, account: AccountNo) -> String {
    PublicId::new(no.document(), at, account).to_string()
}

pub(super) fn text<T: ToString>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

/// Whether a document counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// A gateway is to move the money; it has not yet, or it is not known.
    Processing,
    /// It counts.
    Processed,
    /// The money did not move, or it came back.
    Error,
    /// It was canceled or voided and counts zero.
    Canceled,
}

impl Status {
    fn of(canceled: bool) -> Self {
        if canceled { Self::Canceled } else { Self::Processed }
    }

    /// The field's own four statuses are a projection of where an order stands (domain 4.5).
    fn of_order(state: OrderState) -> Self {
        match state.status() {
            "processed" => Self::Processed,
            "error" => Self::Error,
            "canceled" => Self::Canceled,
            _ => Self::Processing,
        }
    }
}

/// The part of a payment or refund that falls on one invoice.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Applied {
    /// The invoice.
    #[schema(example = "INV00000002")]
    pub(crate) invoice: String,
    /// How much.
    #[schema(value_type = String, example = "100.00")]
    pub(crate) amount: Decimal,
    /// How much of it was refunded since; absent in effects and refunds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "0.00")]
    pub(crate) refunded: Option<Decimal>,
}

/// Parts by invoice.
pub(super) fn applied(parts: &[PaymentApplication]) -> Vec<Applied> {
    let part = |part: &PaymentApplication| Applied {
        invoice: part.invoice.to_string(),
        amount: part.amount.into(),
        refunded: None,
    };
    parts.iter().map(part).collect()
}
