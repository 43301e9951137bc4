//! What people say about orders: how one ended, and disputes.

use receivables::command::{self as c, OrderRef};
use receivables::order::GatewayId;
use receivables::text::Comment;
use receivables::{Command, PaymentNo, id::Ref};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words;

/// Says how an order ended whose outcome the gateway does not tell. Possible once, and then for ever.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"paid": true, "gateway_id": "re_1Q2w3e", "comment": "seen in the gateway's console"}))]
pub(crate) struct ResolveOrder {
    /// True if the money moved, false if it did not and will not.
    paid: bool,
    /// The gateway's id of the transaction, if known.
    #[schema(value_type = Option<String>, max_length = 100)]
    gateway_id: Option<GatewayId>,
    /// How you know.
    #[schema(value_type = Option<String>, max_length = 255)]
    comment: Option<Comment>,
}

/// Notes that a dispute of a payment was opened or closed.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"open": true}))]
pub(crate) struct NoteDispute {
    /// True while it is open.
    open: bool,
    /// True if it was lost: the payment is then recorded as refunded outside, and its invoices reopen.
    #[serde(default)]
    lost: bool,
}

impl ResolveOrder {
    pub(crate) fn command(self, order: OrderRef) -> Command {
        let words = words(None, self.comment, None);
        let (paid, gateway_id) = (self.paid, self.gateway_id);
        Command::ResolveOrder(c::ResolveOrder { order, paid, gateway_id, words })
    }
}

impl NoteDispute {
    pub(crate) fn command(self, payment: Ref<PaymentNo>) -> Command {
        let (order, open, lost) = (payment.into(), self.open, self.lost);
        Command::NoteDispute(c::NoteDispute { order, open, lost })
    }
}
