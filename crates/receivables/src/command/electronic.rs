//! Commands for payment methods, gateways, electronic payments and refunds.

use jiff::{SignedDuration, Timestamp, civil::Date};
use money::{Amount, Currency, Money};
use serde::Serialize;

use super::{InvoicePart, Words};
use crate::gateway::{GatewayKind, GatewayName, GatewayUrl, ReferencePrefix};
use crate::id::{Numbered, Ref};
use crate::order::{GatewayId, GatewaySaid, Meaning, WorkerName};
use crate::payment::MethodType;
use crate::payment_method::{Brand, Expiry, LastFour, Token};
use crate::{AccountNo, Document, InvoiceNo, MethodNo};

/// Adds a stored payment method.
#[derive(Clone, Debug, Serialize)]
pub struct AddPaymentMethod {
    /// Whose it is.
    pub account: Ref<AccountNo>,
    /// What it is.
    pub method_type: MethodType,
    /// The gateway's token; required for electronic types.
    pub token: Option<Token>,
    /// The gateway's token of the customer.
    pub customer: Option<Token>,
    /// The gateway that knows the token, if only one does.
    pub gateway: Option<GatewayName>,
    /// Brand or bank, for people.
    pub brand: Option<Brand>,
    /// Last four digits, for people.
    pub last_four: Option<LastFour>,
    /// When a card expires.
    pub expiry: Option<Expiry>,
    /// Make it the account's default.
    pub default: bool,
}

/// Changes a stored payment method.
#[derive(Clone, Debug, Serialize)]
pub struct ChangePaymentMethod {
    /// Which method.
    pub method: Ref<MethodNo>,
    /// Close it for ever.
    pub close: bool,
    /// New expiry.
    pub expiry: Option<Expiry>,
    /// Make it the account's default.
    pub default: bool,
}

/// Configures a gateway. Its credentials go another way: they are never part of the history.
#[derive(Clone, Debug, Serialize)]
pub struct AddGateway {
    /// Its name; unique.
    pub name: GatewayName,
    /// Which processor.
    pub kind: GatewayKind,
    /// Whether the merchant account may pay out credits without a payment.
    pub unreferenced_credits: bool,
    /// Where it listens, if not at the processor's own address.
    pub url: Option<GatewayUrl>,
    /// Stands in front of every merchant reference.
    pub reference_prefix: Option<ReferencePrefix>,
    /// Calls under way at once.
    pub concurrency: Option<u16>,
    /// Calls per second at most.
    pub per_second: Option<u16>,
    /// Make it the default.
    pub default: bool,
}

/// Changes a gateway; fields left out stay.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeGateway {
    /// Which gateway.
    pub gateway: GatewayName,
    /// Whether it may be used.
    pub active: Option<bool>,
    /// Whether the merchant account may pay out credits without a payment.
    pub unreferenced_credits: Option<bool>,
    /// Where it listens.
    pub url: Option<GatewayUrl>,
    /// Calls under way at once.
    pub concurrency: Option<u16>,
    /// Calls per second at most.
    pub per_second: Option<u16>,
    /// Make it the default, or take that away.
    pub default: Option<bool>,
}

/// Charges a stored payment method.
#[derive(Clone, Debug, Serialize)]
pub struct ChargePayment {
    /// The account that pays.
    pub account: Ref<AccountNo>,
    /// The stored method; the default one if left out.
    pub method: Option<Ref<MethodNo>>,
    /// The gateway.
    pub gateway: Option<GatewayName>,
    /// The whole payment; the sum of the parts if left out.
    pub amount: Option<Amount>,
    /// Asserted currency.
    pub currency: Option<Currency>,
    /// The parts for invoices.
    pub applications: Vec<InvoicePart>,
    /// The part for the credit balance; what the invoices leave of `amount` if left out.
    pub credit_balance_amount: Option<Amount>,
    /// Comment and reference.
    pub words: Words,
}

/// Which invoices are collected.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// This one.
    Invoice(Ref<InvoiceNo>),
    /// Every open invoice due on or before a date.
    Until(Date),
}

/// Collects what an account owes: the credit balance first, then the payment method for the rest
/// (scenarios 14 to 16).
#[derive(Clone, Debug, Serialize)]
pub struct Collect {
    /// Who owes.
    pub account: Ref<AccountNo>,
    /// Which invoices.
    pub due: Due,
    /// Use the credit balance first.
    pub use_credit: bool,
    /// The stored method for the rest; the default one if left out.
    pub method: Option<Ref<MethodNo>>,
    /// The gateway.
    pub gateway: Option<GatewayName>,
    /// Comment and reference.
    pub words: Words,
}

/// Names the order of a refund or payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OrderRef {
    /// The refund or payment.
    pub document: Document,
    /// The creation instant the id carried, if it was an id.
    #[serde(skip)]
    pub stamp: Option<u64>,
}

impl OrderRef {
    /// A reference by number.
    pub const fn to(document: Document) -> Self {
        Self { document, stamp: None }
    }

    /// True if the order placed at `at` is the one meant.
    pub fn matches(&self, at: Timestamp) -> bool {
        self.stamp.is_none_or(|expected| expected == crate::id::stamp(at))
    }
}

impl<N: Numbered> From<Ref<N>> for OrderRef {
    fn from(named: Ref<N>) -> Self {
        Self { document: named.no.document(), stamp: named.stamp }
    }
}

/// A worker wants to act on an order.
#[derive(Clone, Debug, Serialize)]
pub struct ClaimOrder {
    /// Which order.
    pub order: OrderRef,
    /// Who.
    pub worker: WorkerName,
    /// For how long; two minutes if left out.
    #[serde(skip)]
    pub lease: Option<SignedDuration>,
}

/// How something was learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// The gateway's answer to the instruction.
    Call,
    /// A look-up, or the gateway's own listing.
    LookUp,
    /// A verified notice; it may be old.
    Notice,
}

/// A worker learned how an order stands.
#[derive(Clone, Debug, Serialize)]
pub struct ReportOrder {
    /// Which order.
    pub order: OrderRef,
    /// Which attempt.
    pub attempt: u16,
    /// How it was learned.
    pub source: AnswerSource,
    /// What it means.
    pub meaning: Meaning,
    /// The amount the gateway names.
    pub amount: Option<Money>,
    /// Its ids and words.
    pub said: GatewaySaid,
    /// When it may be tried again, if the gateway said.
    pub retry_after_seconds: Option<u32>,
}

/// A person says how an order ended.
#[derive(Clone, Debug, Serialize)]
pub struct ResolveOrder {
    /// Which order.
    pub order: OrderRef,
    /// True if the money moved.
    pub paid: bool,
    /// The gateway's id, if known.
    pub gateway_id: Option<GatewayId>,
    /// Comment.
    pub words: Words,
}

/// A dispute of a payment was opened or closed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NoteDispute {
    /// Which payment.
    pub order: OrderRef,
    /// True while it is open.
    pub open: bool,
    /// True if it was lost.
    pub lost: bool,
}
