//! Configuring gateways, and which one an electronic payment or refund goes through (domain 7.1).

use jiff::civil::Date;
use money::Currency;

use super::{Abilities, Ability, GATEWAYS_MAX, Gateway, GatewayName, GatewayNo, capability};
use crate::account::Account;
use crate::command::{AddGateway, ChangeGateway};
use crate::draft::{Draft, Refusal};
use crate::fact::Fact;
use crate::payment_method::MethodState;
use crate::payment_method::decide::require_usable;
use crate::{Rejection, Settings};

/// How many calls may be under way at once if nothing else is said.
const CONCURRENCY: u16 = 64;

/// The gateway of that name.
pub(crate) fn by_name<'a>(
    settings: &'a Settings,
    name: &GatewayName,
) -> Result<&'a Gateway, Rejection> {
    let found = settings.gateways.iter().find(|gateway| gateway.name == *name);
    found.ok_or_else(|| Rejection::UnknownGateway { gateway: name.to_string() })
}

/// Adds a gateway. Checks: the name is free; not too many. The first one becomes the default.
pub(crate) fn add(draft: &mut Draft<'_>, command: &AddGateway) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    if settings.gateways.iter().any(|known| known.name == command.name) {
        return Err(Rejection::GatewayNameTaken { gateway: command.name.to_string() }.into());
    }
    if settings.gateways.len() >= GATEWAYS_MAX {
        return Err(Rejection::TooMany { what: "gateways", max: GATEWAYS_MAX }.into());
    }
    let no = GatewayNo(u16::try_from(settings.gateways.len() + 1).unwrap_or(u16::MAX));
    settings.gateways.push(Gateway {
        no,
        name: command.name.clone(),
        kind: command.kind,
        active: true,
        unreferenced_credits: command.unreferenced_credits,
        url: command.url.clone(),
        reference_prefix: command.reference_prefix.clone(),
        concurrency: command.concurrency.unwrap_or(CONCURRENCY).max(1),
        per_second: command.per_second.unwrap_or(0),
    });
    if command.default || settings.default_gateway.is_none() {
        settings.default_gateway = Some(no);
    }
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// Changes a gateway. Checks: it exists.
pub(crate) fn change(draft: &mut Draft<'_>, command: &ChangeGateway) -> Result<(), Refusal> {
    let mut settings = draft.ctx.settings.clone();
    let no = by_name(&settings, &command.gateway)?.no;
    for gateway in settings.gateways.iter_mut().filter(|gateway| gateway.no == no) {
        gateway.active = command.active.unwrap_or(gateway.active);
        gateway.unreferenced_credits =
            command.unreferenced_credits.unwrap_or(gateway.unreferenced_credits);
        if let Some(url) = &command.url {
            gateway.url = Some(url.clone());
        }
        gateway.concurrency = command.concurrency.unwrap_or(gateway.concurrency).max(1);
        gateway.per_second = command.per_second.unwrap_or(gateway.per_second);
    }
    match command.default {
        Some(true) => settings.default_gateway = Some(no),
        Some(false) if settings.default_gateway == Some(no) => settings.default_gateway = None,
        Some(false) | None => {}
    }
    draft.record(Fact::SettingsChanged(Box::new(settings)))
}

/// The gateway that pays credit out to a method of an account, without reference to a payment. Checks in this order: the
/// method is electronic, active and not expired (`require_usable`); a gateway for it is able (`route`). The decision
/// about a refund asks this, and so does whoever wants to know beforehand.
///
/// # Errors
///
/// The [`Rejection`] such a refund would meet.
pub fn pay_out<'a>(
    settings: &'a Settings,
    account: &Account,
    method: &MethodState,
    asked: Option<&GatewayName>,
    today: Date,
) -> Result<&'a Gateway, Rejection> {
    require_usable(settings, method, today)?;
    let (gateway, _) = route(settings, account, method, asked, Ability::NonReferencedRefund)?;
    Ok(gateway)
}

/// The gateway for a method: the one the request names, else the one that knows the method's token,
/// else the account's, else the default (domain 7.1; the token's own gateway comes before the
/// account's, because no other one could use the token). Checks in this order: there is one; it
/// knows the token; it is active; it can do it for this method type and currency (scenario 37). A
/// refusal names the gateways that would work.
pub(crate) fn route<'a>(
    settings: &'a Settings,
    account: &Account,
    method: &MethodState,
    asked: Option<&GatewayName>,
    ability: Ability,
) -> Result<(&'a Gateway, Abilities), Rejection> {
    let chosen = match asked {
        Some(name) => Some(by_name(settings, name)?.no),
        None => method.method.gateway.or(account.gateway).or(settings.default_gateway),
    };
    let no_gateway = || Rejection::NoGateway { account: account.no.to_string() };
    let gateway = settings.gateway(chosen.ok_or_else(no_gateway)?).ok_or_else(no_gateway)?;
    if method.method.gateway.is_some_and(|known| known != gateway.no) {
        return Err(Rejection::PaymentMethodUnknownToGateway {
            payment_method: method.method.no.to_string(),
            gateway: gateway.name.to_string(),
        });
    }
    let able = require_able(settings, gateway, method, account.currency, ability)?;
    Ok((gateway, able))
}

/// Refuses a gateway that is not active or cannot do it for this method type and currency.
pub(crate) fn require_able(
    settings: &Settings,
    gateway: &Gateway,
    method: &MethodState,
    currency: Currency,
    ability: Ability,
) -> Result<Abilities, Rejection> {
    if !gateway.active {
        return Err(Rejection::GatewayInactive { gateway: gateway.name.to_string() });
    }
    let method_type = method.method.method_type;
    let found = capability::abilities(gateway, method_type, currency);
    found.filter(|abilities| abilities.has(ability)).ok_or_else(|| {
        let able = |gateway: &&Gateway| {
            gateway.active
                && method.method.gateway.is_none_or(|known| known == gateway.no)
                && capability::abilities(gateway, method_type, currency)
                    .is_some_and(|abilities| abilities.has(ability))
        };
        Rejection::GatewayCannot {
            gateway: gateway.name.to_string(),
            ability,
            method_type,
            currency,
            would_work: settings
                .gateways
                .iter()
                .filter(able)
                .map(|gateway| gateway.name.to_string())
                .collect(),
        }
    })
}
