//! What a kind of gateway can do with a type of payment method in a currency (domain 7.2, gateways 1.1).
//!
//! A table, not a set of booleans per gateway: nearly every processor supports a non-referenced
//! refund for some method types only, and only where the merchant account has it switched on.

use money::Currency;
use serde::{Deserialize, Serialize};

use super::{Gateway, GatewayKind};
use crate::payment::MethodType;

/// One thing a gateway may be asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ability {
    /// Charge a stored payment method.
    Payment,
    /// Refund an earlier payment.
    ReferencedRefund,
    /// Pay out to a stored method without an earlier payment.
    NonReferencedRefund,
    /// Void a payment that is not settled.
    Void,
}

impl Ability {
    /// Its name in the API and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::ReferencedRefund => "referenced_refund",
            Self::NonReferencedRefund => "non_referenced_refund",
            Self::Void => "void",
        }
    }
}

/// How a gateway keeps one instruction from taking effect twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idempotency {
    /// A key that is remembered for so many hours: sending again with the same key is safe.
    Key {
        /// How long the key is remembered.
        hours: u16,
    },
    /// Nothing to rely on: before anything is sent again, our own reference must be looked up.
    None,
}

/// How a gateway can be asked what became of an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookUp {
    /// A miss says something only so many seconds after the instruction: search indexes lag.
    pub conclusive_after_seconds: u32,
}

/// What a gateway can do with one type of payment method in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    /// Charge.
    pub payment: bool,
    /// Refund a payment.
    pub referenced_refund: bool,
    /// Pay out without a payment.
    pub non_referenced_refund: bool,
    /// Void before settlement.
    pub void: bool,
    /// How it can be asked about an instruction.
    pub look_up: LookUp,
    /// How it avoids doubles.
    pub idempotency: Idempotency,
    /// A payment older than so many days cannot be refunded through it.
    pub refund_age_max_days: Option<u16>,
}

impl Abilities {
    /// Whether `ability` is among them.
    pub const fn has(&self, ability: Ability) -> bool {
        match ability {
            Ability::Payment => self.payment,
            Ability::ReferencedRefund => self.referenced_refund,
            Ability::NonReferencedRefund => self.non_referenced_refund,
            Ability::Void => self.void,
        }
    }
}

/// The currencies a kind of gateway takes; `None` for every one.
const fn currencies(kind: GatewayKind) -> Option<&'static [&'static str]> {
    match kind {
        // Card and eCheck processing of the United States, Canada, and what its merchants settle in.
        GatewayKind::AuthorizeNet => Some(&["USD", "CAD", "GBP", "EUR", "AUD", "NZD"]),
        GatewayKind::Sandbox | GatewayKind::Stripe | GatewayKind::CyberSource => None,
    }
}

/// The table: what `gateway` can do with `method` in `currency`; `None` if nothing at all.
pub fn abilities(gateway: &Gateway, method: MethodType, currency: Currency) -> Option<Abilities> {
    if !method.is_electronic() {
        return None;
    }
    if let Some(taken) = currencies(gateway.kind)
        && !taken.contains(&currency.code())
    {
        return None;
    }
    let card = method.is_card();
    let ach = matches!(method, MethodType::Ach);
    let unreferenced = gateway.unreferenced_credits;
    let found = match gateway.kind {
        GatewayKind::Sandbox => Abilities {
            payment: true,
            referenced_refund: true,
            // As with the field's gateways, a credit to a PayPal account is another product.
            non_referenced_refund: unreferenced && !matches!(method, MethodType::Paypal),
            void: true,
            look_up: LookUp { conclusive_after_seconds: 300 },
            idempotency: Idempotency::Key { hours: 24 * 30 },
            refund_age_max_days: Some(180),
        },
        GatewayKind::Stripe => Abilities {
            payment: card || ach || matches!(method, MethodType::Sepa),
            referenced_refund: card || ach || matches!(method, MethodType::Sepa),
            // "Refunds can only go back to the original payment method" (gateways 1.1).
            non_referenced_refund: false,
            void: true,
            look_up: LookUp { conclusive_after_seconds: 60 },
            idempotency: Idempotency::Key { hours: 24 },
            refund_age_max_days: None,
        },
        GatewayKind::CyberSource => Abilities {
            payment: card || ach,
            referenced_refund: card || ach,
            non_referenced_refund: unreferenced && (card || ach),
            void: card,
            look_up: LookUp { conclusive_after_seconds: 300 },
            idempotency: Idempotency::None,
            refund_age_max_days: Some(180),
        },
        GatewayKind::AuthorizeNet => Abilities {
            payment: card || ach,
            referenced_refund: card || ach,
            non_referenced_refund: unreferenced && card,
            void: true,
            look_up: LookUp { conclusive_after_seconds: 120 },
            idempotency: Idempotency::None,
            refund_age_max_days: Some(180),
        },
    };
    let any = found.payment || found.referenced_refund || found.non_referenced_refund;
    any.then_some(found)
}
