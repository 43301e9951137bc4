//! Gateways, and what each can do.

use engine::GatewaySecret;
use jiff::Timestamp;
use receivables::Settings;
use receivables::gateway::{Abilities, Ability, Gateway, GatewayKind, Idempotency, capability};
use receivables::payment::MethodType;
use serde::Serialize;
use utoipa::ToSchema;

use super::text;
use crate::body::{Method, Processor};

/// A configured gateway.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GatewayDocument {
    /// Its name.
    #[schema(example = "cards")]
    pub(crate) name: String,
    /// Which processor.
    #[schema(value_type = Processor)]
    pub(crate) kind: GatewayKind,
    /// Whether it may be used.
    pub(crate) active: bool,
    /// True for the gateway of accounts and methods that name none.
    pub(crate) default: bool,
    /// Whether the merchant account may pay out credits without a payment.
    pub(crate) unreferenced_credits: bool,
    /// Where it listens, if not at the processor's own address.
    pub(crate) url: Option<String>,
    /// Stands in front of every merchant reference.
    pub(crate) reference_prefix: Option<String>,
    /// Calls under way at once.
    pub(crate) concurrency: u16,
    /// Calls per second at most; zero for no limit.
    pub(crate) per_second: u16,
}

impl GatewayDocument {
    pub(crate) fn new(gateway: &Gateway, settings: &Settings) -> Self {
        Self {
            name: gateway.name.to_string(),
            kind: gateway.kind,
            active: gateway.active,
            default: settings.default_gateway == Some(gateway.no),
            unreferenced_credits: gateway.unreferenced_credits,
            url: text(gateway.url.as_ref()),
            reference_prefix: text(gateway.reference_prefix.as_ref()),
            concurrency: gateway.concurrency,
            per_second: gateway.per_second,
        }
    }
}

/// A configured gateway, and whether its secrets are there.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct GatewayView {
    /// The gateway.
    #[serde(flatten)]
    pub(crate) gateway: GatewayDocument,
    /// When its credentials were stored; absent if there are none. They are never shown.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) credentials_stored_at: Option<Timestamp>,
}

impl GatewayView {
    pub(crate) fn new(gateway: &Gateway, settings: &Settings, secrets: &[GatewaySecret]) -> Self {
        let secret = secrets.iter().find(|secret| secret.gateway == gateway.name.as_str());
        Self {
            gateway: GatewayDocument::new(gateway, settings),
            credentials_stored_at: secret.map(|secret| secret.stored_at),
        }
    }
}

/// What a gateway can do with one type of payment method, in some currencies.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CapabilityRow {
    /// The type of payment method.
    #[schema(value_type = Method)]
    pub(crate) method_type: MethodType,
    /// The currencies of this row, of those asked for.
    #[schema(example = json!(["USD", "EUR"]))]
    pub(crate) currencies: Vec<String>,
    /// Charge a stored method.
    pub(crate) payment: bool,
    /// Refund an earlier payment.
    pub(crate) referenced_refund: bool,
    /// Pay out to a stored method without an earlier payment.
    pub(crate) non_referenced_refund: bool,
    /// Void a payment that is not settled.
    pub(crate) void: bool,
    /// How long the gateway remembers an idempotency key, in hours; absent if it has none, so that a
    /// look-up by reference comes before anything is sent again.
    pub(crate) idempotency_key_hours: Option<u16>,
    /// How many seconds after an instruction a look-up that finds nothing is believed.
    pub(crate) look_up_conclusive_after_seconds: u32,
    /// A payment older than so many days cannot be refunded through it.
    pub(crate) refund_age_max_days: Option<u16>,
    /// What it cannot do, and what would work instead.
    pub(crate) missing: Vec<MissingAbility>,
}

/// Something a gateway cannot do with a type of payment method.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct MissingAbility {
    /// What: `payment`, `referenced_refund`, `non_referenced_refund` or `void`.
    #[schema(example = "non_referenced_refund")]
    pub(crate) ability: &'static str,
    /// Other active gateways that can.
    #[schema(example = json!(["payouts"]))]
    pub(crate) would_work: Vec<String>,
    /// What to do, in a sentence.
    pub(crate) instead: String,
}

/// What a gateway can do.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct CapabilityTable {
    /// The gateway.
    #[schema(example = "cards")]
    pub(crate) gateway: String,
    /// Whether it may be used at all.
    pub(crate) active: bool,
    /// A row for each type of payment method; several where currencies differ.
    pub(crate) capabilities: Vec<CapabilityRow>,
}

const ABILITIES: [Ability; 4] =
    [Ability::Payment, Ability::ReferencedRefund, Ability::NonReferencedRefund, Ability::Void];

impl CapabilityTable {
    pub(crate) fn new(
        gateway: &Gateway,
        settings: &Settings,
        currencies: &[money::Currency],
    ) -> Self {
        let mut capabilities = Vec::new();
        for method_type in MethodType::ALL.into_iter().filter(|found| found.is_electronic()) {
            let mut groups: Vec<(Option<Abilities>, Vec<money::Currency>)> = Vec::new();
            for currency in currencies {
                let found = capability::abilities(gateway, method_type, *currency);
                match groups.iter_mut().find(|(known, _)| *known == found) {
                    Some((_, members)) => members.push(*currency),
                    None => groups.push((found, vec![*currency])),
                }
            }
            for (found, members) in groups {
                capabilities.push(row(gateway, settings, method_type, found, &members));
            }
        }
        Self { gateway: gateway.name.to_string(), active: gateway.active, capabilities }
    }
}

fn row(
    gateway: &Gateway,
    settings: &Settings,
    method_type: MethodType,
    found: Option<Abilities>,
    currencies: &[money::Currency],
) -> CapabilityRow {
    let can = |ability| found.is_some_and(|found| found.has(ability));
    let missing = ABILITIES.into_iter().filter(|ability| !can(*ability));
    CapabilityRow {
        method_type,
        currencies: currencies.iter().map(|currency| currency.code().to_owned()).collect(),
        payment: can(Ability::Payment),
        referenced_refund: can(Ability::ReferencedRefund),
        non_referenced_refund: can(Ability::NonReferencedRefund),
        void: can(Ability::Void),
        idempotency_key_hours: found.and_then(|found| match found.idempotency {
            Idempotency::Key { hours } => Some(hours),
            Idempotency::None => None,
        }),
        look_up_conclusive_after_seconds: found
            .map_or(0, |found| found.look_up.conclusive_after_seconds),
        refund_age_max_days: found.and_then(|found| found.refund_age_max_days),
        missing: missing
            .map(|ability| instead(gateway, settings, method_type, ability, currencies))
            .collect(),
    }
}

fn instead(
    gateway: &Gateway,
    settings: &Settings,
    method_type: MethodType,
    ability: Ability,
    currencies: &[money::Currency],
) -> MissingAbility {
    let able = |other: &&Gateway| {
        other.active
            && other.no != gateway.no
            && currencies.iter().all(|currency| {
                capability::abilities(other, method_type, *currency)
                    .is_some_and(|found| found.has(ability))
            })
    };
    let would_work: Vec<String> =
        settings.gateways.iter().filter(able).map(|other| other.name.to_string()).collect();
    let instead = if !would_work.is_empty() {
        format!("use {}", would_work.join(" or "))
    } else if ability == Ability::Void {
        "refund the payment once it is settled".to_owned()
    } else if ability == Ability::NonReferencedRefund
        && switched_off(gateway, method_type, currencies)
    {
        "if the merchant account may pay out credits without a payment, set unreferenced_credits; else \
         record it as external"
            .to_owned()
    } else {
        "record it as external".to_owned()
    };
    MissingAbility { ability: ability.name(), would_work, instead }
}

/// Whether the gateway could pay out without a payment if the merchant account allowed it.
fn switched_off(gateway: &Gateway, method: MethodType, currencies: &[money::Currency]) -> bool {
    let on = Gateway { unreferenced_credits: true, ..gateway.clone() };
    currencies.iter().all(|currency| {
        capability::abilities(&on, method, *currency)
            .is_some_and(|found| found.non_referenced_refund)
    })
}
