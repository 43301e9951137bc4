//! Gateways: what each can do, and which one an electronic payment or refund goes through
//! (domain 7, gateways 1).
//!

pub mod capability;
pub mod decide;

use serde::{Deserialize, Serialize};

use crate::text::Text;

pub use capability::{Abilities, Ability, Idempotency, LookUp};

/// How many gateways an organisation may have.
pub const GATEWAYS_MAX: usize = 100;

/// The name of a configured gateway; unique, and for ever the same.
pub type GatewayName = Text<60>;
/// A short text in front of every merchant reference, so that two organisations can share one
/// merchant account.
pub type ReferencePrefix = Text<8>;
/// Where a gateway listens.
pub type GatewayUrl = Text<255>;

/// Number of a gateway: its place in the settings, from 1. Gateways are only ever added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GatewayNo(pub u16);

/// Which processor a gateway speaks to. The discriminant is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum GatewayKind {
    /// The test processor that comes with the program, in its own dialect.
    Sandbox = 1,
    /// Stripe.
    Stripe = 2,
    /// CyberSource (Visa Acceptance).
    CyberSource = 3,
    /// Authorize.Net.
    AuthorizeNet = 4,
}

impl GatewayKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Sandbox, Self::Stripe, Self::CyberSource, Self::AuthorizeNet];

    /// Its name in the API and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Stripe => "stripe",
            Self::CyberSource => "cyber_source",
            Self::AuthorizeNet => "authorize_net",
        }
    }
}

/// A configured gateway. Its credentials are kept elsewhere, encrypted, and never part of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Its number.
    pub no: GatewayNo,
    /// Its name.
    pub name: GatewayName,
    /// Which processor.
    pub kind: GatewayKind,
    /// Whether it may be used. A referenced refund through one that may not is refused (domain 5.1).
    pub active: bool,
    /// Whether the merchant account may pay out credits that refer to no payment: Authorize.Net's
    /// Expanded Credit-Return Capabilities, and the like elsewhere. Off unless said otherwise.
    pub unreferenced_credits: bool,
    /// Where it listens, if not at the processor's own address.
    pub url: Option<GatewayUrl>,
    /// Stands in front of every merchant reference.
    pub reference_prefix: Option<ReferencePrefix>,
    /// How many calls may be under way at once, over all workers of one process.
    pub concurrency: u16,
    /// How many calls per second at most; zero for no limit.
    pub per_second: u16,
}

impl GatewayNo {
    /// No gateway: a person pays. Gateways are numbered from 1.
    pub const BY_HAND: Self = Self(0);
}
